//! What can go wrong with a library, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::{Cancelled, SpectrogramError, TrackId, TrajectoryError};

/// Why the library could not do what was asked. Every message says what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The library's path, or something above it, is a file.
    #[error("the library needs a folder, but this is not one; choose another place: {}", path.display())]
    NotAFolder { path: PathBuf },
    /// The library's folder does not let us write.
    #[error("the library's folder cannot be written to; make it writable or choose another place: {}", path.display())]
    ReadOnly { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    /// The disk, or the user's share of it, is full. Nothing half-written stays behind.
    #[error("the disk is full; free some space and try again, what was finished before is kept: {}", path.display())]
    DiskFull { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    /// The database was written by a newer version of this program.
    #[error(
        "this library was made by a newer Songline (format {found}, this one knows up to {known}); \
         update Songline or choose another library: {}", path.display()
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    /// `library.db` is not one of ours.
    #[error("this is not a Songline library; choose another place, or move the file away: {}", path.display())]
    NotALibrary { path: PathBuf },
    /// Another process kept the database locked for too long.
    #[error("another program keeps the library busy; wait for it to finish, then try again: {}", path.display())]
    Busy { path: PathBuf, source: rusqlite::Error },
    /// SQLite failed in another way.
    #[error("the library's database failed; `songline doctor` checks it: {}", path.display())]
    Database { path: PathBuf, source: rusqlite::Error },
    /// Reading or writing a file failed.
    #[error("cannot {action}: {}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    /// A file of the library is not what its header or its place says.
    #[error("a file of the library is damaged ({reason}); import its music again to rebuild it: {}", path.display())]
    Damaged { path: PathBuf, reason: String },
    /// No track has this number.
    #[error("the library has no track number {}", .0.0)]
    NoTrack(TrackId),
    /// No model has this name.
    #[error("the library has no model called “{0}”; `songline models` lists them")]
    NoModel(String),
    /// A model cannot be called that.
    #[error(
        "a model cannot be called “{0}”: use 1 to 64 letters, digits, spaces, “-”, “_” or “.”, with a letter or digit first and last"
    )]
    BadModelName(String),
    /// A trajectory does not come from the model it is stored for.
    #[error("a trajectory of {found} dimensions does not belong to model “{model}”, whose embedding has {expected}")]
    Dimension { model: String, expected: usize, found: usize },
    /// A spectrogram or outline has a shape that cannot be stored.
    #[error("an array of {rows} × {columns} values cannot be stored")]
    Shape { rows: usize, columns: usize },
    /// A stored spectrogram does not make one.
    #[error("a stored spectrogram is not valid")]
    Spectrogram(#[from] SpectrogramError),
    /// A stored trajectory does not make one.
    #[error("a stored trajectory is not valid; embed again")]
    Trajectory(#[from] TrajectoryError),
    /// A model's scores are not JSON.
    #[error("the scores of a model cannot be kept as JSON")]
    Scores(#[from] serde_json::Error),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<rusqlite::Error> for LibraryError {
    /// The path is filled in by [`LibraryError::of_database`], where it is known.
    fn from(source: rusqlite::Error) -> Self {
        Self::Database { path: PathBuf::new(), source }
    }
}

impl LibraryError {
    /// Sorts an I/O error into what a person can do about it.
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path, source: source.into() },
            io::ErrorKind::PermissionDenied if action == "write" => Self::ReadOnly { path, source: source.into() },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, source: source.into() },
            _ => Self::Io { action, path, source },
        }
    }

    /// Names the database in an error of SQLite and sorts it likewise. Other errors pass.
    pub(super) fn of_database(self, database: &Path) -> Self {
        use rusqlite::ErrorCode as Code;
        let Self::Database { source, .. } = self else { return self };
        let path = database.to_path_buf();
        match source.sqlite_error_code() {
            Some(Code::DiskFull) => Self::DiskFull { path, source: source.into() },
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied) => {
                Self::ReadOnly { path, source: source.into() }
            }
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy { path, source },
            Some(Code::NotADatabase) => Self::NotALibrary { path },
            _ => Self::Database { path, source },
        }
    }

    /// Whether the file that was looked for is not there.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
