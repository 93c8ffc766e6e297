//! What can go wrong when trajectories are compared or a playlist is written.

use std::path::PathBuf;

use crate::domain::TrackId;

/// Why a comparison, an index or a playlist could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SimilarityError {
    #[error("track {} has points of {found} dimensions and the others of {expected}: embed all with one model", track.0)]
    MixedDimensions { track: TrackId, expected: usize, found: usize },
    #[error("track {} was given twice", track.0)]
    RepeatedTrack { track: TrackId },
    #[error("points of {query} and of {target} dimensions cannot be compared: embed both with one model")]
    DifferentDimensions { query: usize, target: usize },
    #[error("a playlist cannot hold this path, for it is not UTF-8 or has a line break; rename the file: {}", path.display())]
    UnwritablePath { path: PathBuf },
    #[error("the playlist could not be written; choose another folder or check the free space: {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}
