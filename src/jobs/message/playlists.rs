//! What jobs about playlists are asked and answer.

use std::path::PathBuf;

use super::FailedFile;
use crate::domain::{Span, TrackId};
use crate::similarity::Walk;

/// A walk from one track to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkSpec {
    pub from: TrackId,
    pub to: TrackId,
    /// Tracks of the walk, both ends with it.
    pub tracks: usize,
    /// Places an artist may take; 0 sets no limit.
    pub per_artist: usize,
    pub span: Span,
}

/// A walk that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Walked {
    pub spec: WalkSpec,
    pub walk: Walk,
}

/// A playlist of another program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedPlaylist {
    pub name: String,
    /// What of it is in the library, in order.
    pub tracks: Vec<TrackId>,
    /// What is not.
    pub missing: Vec<PathBuf>,
}

/// What became of files that were to be copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopySummary {
    pub folder: PathBuf,
    pub copied: usize,
    /// Files that were in the folder already.
    pub there: usize,
    pub failed: Vec<FailedFile>,
}
