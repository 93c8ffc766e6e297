//! Durable truth: SQLite for facts, mapped files for arrays.
//!
//! A library is one folder:
//!
//! | below the root | holds |
//! |---|---|
//! | `library.db` | SQLite: tracks, paths, failures, models, places of trajectories, maps, evaluations, studies, listening, hidden tracks, playlists, work that was asked for, recordings and fingerprints |
//! | `spectrograms/ab/HASH.spectrogram` | `u16` fixed point, frames × 60, of a track or of its side, named by its own hash |
//! | `waveforms/ab/HASH.waveform` | `u8` peaks, named likewise |
//! | `covers/ab/HASH.cover` | PNG or JPEG as it came, named likewise |
//! | `trajectories/MODEL-GENERATION.trajectories` | `f32` points of all tracks of a model; grows |
//! | `models/NAME/` | weights, `config.json`, `run.json` |
//!
//! Arrays are written and synced before the transaction that makes them count, so that a kill at any moment leaves
//! whole tracks and at most some files that nothing refers to. Threads share one [`Library`]; processes (the window and
//! the command line) each open their own on the same folder. Nothing of the user's is deleted: only files that the
//! library wrote itself and no longer refers to.

mod array;
mod database;
mod error;
mod evaluations;
mod file;
mod folders;
mod hash;
mod health;
mod hidden;
mod import;
mod jobs;
mod listening;
mod lock;
mod models;
mod path_bytes;
mod playlists;
mod previews;
mod recordings;
mod search_files;
mod sides;
mod spectrogram;
mod spotify;
mod store;
mod tracks;
mod trajectories;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub use error::LibraryError;
pub use evaluations::StoredReport;
pub use hash::content_hash;
pub use health::{DiskUse, Health, Problem, Swept};
pub use import::{Added, NewTrack};
pub use jobs::{JobRecord, JobState};
pub use listening::{NewListening, NewPick, NewRound};
pub use lock::WindowLock;
pub use models::{ModelRecord, check_model_name};
pub use search_files::{SearchFile, SearchLog};
pub use spectrogram::MappedSpectrogram;
pub use spotify::Listed;
pub use store::LONGEST_COVER;
pub use tracks::{Extent, Failure, FileState};
pub use trajectories::TrajectorySet;

use database::Database;
use store::Store;

/// The file of facts, below the root.
const DATABASE: &str = "library.db";

/// An open library. Share it between threads as `Arc<Library>`.
pub struct Library {
    root: PathBuf,
    database: Database,
    store: Store,
}

impl Library {
    /// Opens the library in the folder `dir`, which is made where it is missing; one from an older version of this
    /// program is brought up to date. A library in a folder that cannot be written to is opened to be read.
    ///
    /// # Errors
    /// [`LibraryError::NotAFolder`]; [`LibraryError::ReadOnly`] where there is no library to read either;
    /// [`LibraryError::Newer`] and [`LibraryError::NotALibrary`], which leave everything as it was.
    pub fn open(dir: &Path) -> Result<Self, LibraryError> {
        let root = std::path::absolute(dir).map_err(|source| LibraryError::io("find the folder", dir, source))?;
        match Self::open_to_write(&root) {
            Err(LibraryError::ReadOnly { .. }) if root.join(DATABASE).is_file() => Self::open_to_read(&root),
            opened => opened,
        }
    }

    fn open_to_write(root: &Path) -> Result<Self, LibraryError> {
        file::make_folder(root)?;
        // SQLite would tell only at the first change, and not clearly.
        tempfile::Builder::new()
            .prefix(file::TEMPORARY_PREFIX)
            .tempfile_in(root)
            .map_err(|source| LibraryError::io("write", root, source))?;
        Ok(Self::with(root, Database::open(&root.join(DATABASE))?))
    }

    /// Opens the library in the folder `dir` to be read alone: nothing in the folder is changed, and whatever would change it
    /// fails with [`LibraryError::ReadOnly`].
    ///
    /// # Errors
    /// As [`Library::open`]; and where there is none.
    pub fn open_to_read(dir: &Path) -> Result<Self, LibraryError> {
        let root = std::path::absolute(dir).map_err(|source| LibraryError::io("find the folder", dir, source))?;
        Ok(Self::with(&root, Database::open_to_read(&root.join(DATABASE))?))
    }

    fn with(root: &Path, database: Database) -> Self {
        let read_only = database.is_read_only();
        tracing::debug!(database = %database.path().display(), read_only, "the library is open");
        Self { root: root.to_path_buf(), database, store: Store::new(root) }
    }

    /// Whether the folder cannot be written to.
    pub fn is_read_only(&self) -> bool {
        self.database.is_read_only()
    }

    /// The library's folder, as an absolute path.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("root", &self.root).finish_non_exhaustive()
    }
}

/// Seconds since the Unix epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every file below a folder with what it holds.
    fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut all: Vec<_> = walkdir::WalkDir::new(folder)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| (entry.path().to_path_buf(), std::fs::read(entry.path()).unwrap()))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn a_library_that_is_only_read_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        // An address of SQLite has its own meaning for these.
        let root = folder.path().join("50 % of?what#ä");
        let library = Library::open(&root).unwrap();
        library.follow_folder(Path::new("/music"), true).unwrap();
        assert!(!library.is_read_only());
        drop(library);
        let before = files(&root);
        let library = Library::open_to_read(&root).unwrap();
        assert!(library.is_read_only());
        assert_eq!(library.folders().unwrap(), [PathBuf::from("/music")]);
        let refused = library.follow_folder(Path::new("/other"), true).unwrap_err();
        assert!(matches!(refused, LibraryError::ReadOnly { .. }), "{refused}");
        drop(library);
        assert_eq!(files(&root), before);
        assert!(Library::open_to_read(folder.path()).is_err(), "there is none");
    }

    #[test]
    fn what_a_kill_left_in_the_log_and_what_an_older_program_wrote_is_read_too() {
        let folder = tempfile::tempdir().unwrap();
        let (one, cut_off, old) = (folder.path().join("one"), folder.path().join("cut off"), folder.path().join("old"));
        let library = Library::open(&one).unwrap();
        library.follow_folder(Path::new("/music"), true).unwrap();
        // As a kill leaves it: what was committed last is in the log alone.
        std::fs::create_dir(&cut_off).unwrap();
        for name in ["library.db", "library.db-wal"] {
            std::fs::copy(one.join(name), cut_off.join(name)).unwrap();
        }
        assert!(std::fs::metadata(cut_off.join("library.db-wal")).unwrap().len() > 0);
        drop(library);
        let before = files(&cut_off);
        let read = Library::open_to_read(&cut_off).unwrap();
        assert_eq!(read.folders().unwrap(), [PathBuf::from("/music")]);
        assert!(read.follow_folder(Path::new("/other"), true).is_err());
        assert_eq!(files(&cut_off), before);

        let library = Library::open(&old).unwrap();
        library.follow_folder(Path::new("/music"), true).unwrap();
        library
            .database
            .raw(|connection| {
                connection.execute_batch(
                    "DROP TABLE sides; DROP TABLE versions; DROP TABLE compared; DROP TABLE fingerprints; \
                     ALTER TABLE origins DROP COLUMN licence; PRAGMA user_version = 10",
                )
            })
            .unwrap();
        drop(library);
        let before = files(&old);
        let read = Library::open_to_read(&old).unwrap();
        assert_eq!((read.folders().unwrap(), read.recordings().unwrap()), (vec![PathBuf::from("/music")], Vec::new()));
        assert_eq!(files(&old), before);
    }
}
