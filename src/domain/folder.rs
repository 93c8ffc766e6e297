//! A folder whose changes are followed.

use std::path::PathBuf;

/// How a folder is followed at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderState {
    /// The system tells of changes as they happen.
    Watched,
    /// The system tells nothing: the folder is looked through from time to time.
    LookedThrough,
    /// It is not there, as when a drive is not plugged in. What came from it stays in the library.
    Missing,
}

/// News of folders that are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderNews {
    /// Files and folders that are new, changed or moved here, and are there.
    Changed(Vec<PathBuf>),
    /// How every folder is followed.
    States(Vec<(PathBuf, FolderState)>),
}
