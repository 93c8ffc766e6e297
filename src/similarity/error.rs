//! What can go wrong while trajectories are compared.

use std::path::PathBuf;

use crate::domain::TrackId;

/// Why trajectories cannot be compared, or a playlist not be written.
#[derive(Debug, thiserror::Error)]
pub enum SimilarityError {
    #[error("track {} has points of {found} dimensions where the others have {expected}; embed it again", .track.0)]
    Dimension { track: TrackId, expected: usize, found: usize },
    #[error("the playlist cannot be written; choose a folder that is writable: {}", path.display())]
    Playlist { path: PathBuf, source: std::io::Error },
}
