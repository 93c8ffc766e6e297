//! What can go wrong when a map is made or written.

use std::path::PathBuf;

use crate::domain::{Cancelled, TrackId};

/// Why there is no map.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("track {} has a point of {found} dimensions and the others of {expected}: embed all with one model", track.0)]
    MixedDimensions { track: TrackId, expected: usize, found: usize },
    #[error("the embedding of track {} has a value that is not finite or far too large: embed it again", track.0)]
    Unusable { track: TrackId },
    #[error("track {} was given twice", track.0)]
    RepeatedTrack { track: TrackId },
    #[error("no thread could be started for the map: {0}")]
    Threads(#[source] rayon::ThreadPoolBuildError),
    #[error("a map is written as .png, .svg, .html or .csv; this is none of them: {}", .0.display())]
    Format(PathBuf),
    #[error("the map cannot be written; choose a folder that is writable: {}", path.display())]
    Write { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the projection failed: {0}; try another perplexity")]
    Projection(String),
}
