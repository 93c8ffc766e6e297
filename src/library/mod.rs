//! Durable truth: SQLite for facts, mapped files for arrays.
//!
//! A library is one folder:
//!
//! | below the root | holds |
//! |---|---|
//! | `library.db` | SQLite: tracks, paths, failures, models, places of trajectories, maps, evaluations, studies, listening, hidden tracks, playlists |
//! | `spectrograms/ab/HASH.spectrogram` | `u16` fixed point, frames × 60, named by its own hash |
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
mod listening;
mod lock;
mod models;
mod path_bytes;
mod playlists;
mod previews;
mod search_files;
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

/// An open library. Share it between threads as `Arc<Library>`.
pub struct Library {
    root: PathBuf,
    database: Database,
    store: Store,
}

impl Library {
    /// Opens the library in the folder `dir`, which is made where it is missing; one from an older version of this
    /// program is brought up to date.
    ///
    /// # Errors
    /// [`LibraryError::NotAFolder`], [`LibraryError::ReadOnly`]; [`LibraryError::Newer`] and
    /// [`LibraryError::NotALibrary`], which leave everything as it was.
    pub fn open(dir: &Path) -> Result<Self, LibraryError> {
        let root = std::path::absolute(dir).map_err(|source| LibraryError::io("find the folder", dir, source))?;
        file::make_folder(&root)?;
        // SQLite would tell only at the first change, and not clearly.
        tempfile::Builder::new()
            .prefix(file::TEMPORARY_PREFIX)
            .tempfile_in(&root)
            .map_err(|source| LibraryError::io("write", &root, source))?;
        let database = Database::open(&root.join("library.db"))?;
        tracing::debug!(database = %database.path().display(), "the library is open");
        let store = Store::new(&root);
        Ok(Self { root, database, store })
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
