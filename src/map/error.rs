//! What can go wrong while a map is made or written.

use std::path::PathBuf;

use crate::domain::Cancelled;

/// Why there is no map.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    #[error("the points of the map differ in their dimensions; embed all tracks again")]
    Dimension,
    #[error("the layout gave positions that are not numbers; try another seed or perplexity")]
    NonFinite,
    #[error("a map is written as .png, .svg or .csv; this is neither: {}", .0.display())]
    Format(PathBuf),
    #[error("the map cannot be written; choose a folder that is writable: {}", path.display())]
    Write { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the system gives no thread for the layout; close other programs and try again")]
    Threads(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
