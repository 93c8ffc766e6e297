//! What can go wrong while music is brought in.

use std::io;
use std::path::PathBuf;

use crate::domain::Cancelled;

/// Why a source could not give its music.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file could not be read.
    #[error("cannot read; see that the file is there and readable: {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A table is not one of the Spotify catalogue.
    #[error("this is not a table of Spotify tracks, {reason}; choose tracks_features.csv or one like it: {}", path.display())]
    NotACatalogue { path: PathBuf, reason: String },
    /// A folder or a file could not be written.
    #[error("cannot write music; see that the folder is writable and the disk is not full: {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// Sound could not be encoded.
    #[error("cannot encode music: {}", path.display())]
    Encode { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the system gives no threads for composing; close other programs and try again")]
    Threads { source: Box<dyn std::error::Error + Send + Sync> },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
