//! Looking after a library: what is in it, what is damaged, what is left over, how much room it takes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use walkdir::WalkDir;

use super::array::{ArrayFile, ArrayKind};
use super::database::SCHEMA_VERSION;
use super::file::{TEMPORARY_PREFIX, remove_quietly};
use super::import::is_used;
use super::sides::all_sides;
use super::store::Shelf;
use super::tracks::{StoredTrack, stored_of};
use super::trajectories::{all_models, count_by_model, trajectory_file_name};
use super::{Library, LibraryError};
use crate::domain::{ContentHash, FEATURES_VERSION, TrackId};

/// What [`Library::check`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub root: PathBuf,
    /// Tracks that have a file.
    pub tracks: usize,
    /// Tracks whose file was overwritten with another; importing it again brings them back.
    pub without_path: usize,
    /// Tracks that the next import analyses again: their features are of an older version, or were found damaged.
    pub outdated: usize,
    pub paths: usize,
    /// Files that could not be read.
    pub failures: usize,
    pub maps: usize,
    /// Every model, with the number of tracks it has embedded.
    pub models: Vec<(String, usize)>,
    /// Arrays that are missing or damaged.
    pub problems: Vec<Problem>,
    /// What SQLite says is wrong with the database; empty where all is well.
    pub database_problems: Vec<String>,
    /// Files of the library that nothing refers to: left by a kill, removed by [`Library::sweep`]. They do no harm.
    pub orphans: Vec<PathBuf>,
    /// Version of the database's schema.
    pub schema_version: i64,
    pub features_version: u32,
    pub sqlite_version: String,
    /// SQLite's journal: "wal".
    pub journal: String,
    pub disk: DiskUse,
}

impl Health {
    /// Whether everything that the library promises is there and readable.
    pub fn is_healthy(&self) -> bool {
        self.problems.is_empty() && self.database_problems.is_empty()
    }
}

/// An array that is missing or damaged. Importing the music again, or embedding again, rebuilds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The track it is of; `None` for the trajectories of a model.
    pub track: Option<TrackId>,
    pub path: PathBuf,
    pub reason: String,
}

/// The room a library takes on disk, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiskUse {
    pub database: u64,
    /// The write-ahead log, which SQLite folds into the database from time to time.
    pub write_ahead_log: u64,
    pub spectrograms: u64,
    pub waveforms: u64,
    pub covers: u64,
    pub trajectories: u64,
    pub models: u64,
    /// Anything else below the library's folder.
    pub other: u64,
}

impl DiskUse {
    /// All of it.
    pub fn total(&self) -> u64 {
        let Self { database, write_ahead_log, spectrograms, waveforms, covers, trajectories, models, other } = self;
        database + write_ahead_log + spectrograms + waveforms + covers + trajectories + models + other
    }
}

/// What [`Library::sweep`] removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    pub files: usize,
    pub bytes: u64,
}

/// A temporary file this old was left by a process that is gone.
const STALE: Duration = Duration::from_secs(3_600);

/// A file below the library's root.
struct Entry {
    path: PathBuf,
    bytes: u64,
    place: Place,
}

/// What a file below the root is, by its place and its name.
enum Place {
    Array(Shelf, ContentHash),
    Trajectories(String),
    Temporary { stale: bool },
    Other(PathBuf),
}

impl Library {
    /// Looks at everything: the database by SQLite's own check, the header and the length of every array. Seconds for a
    /// large library. Tracks with damaged arrays are marked, so that the next import analyses them again.
    pub fn check(&self) -> Result<Health, LibraryError> {
        let disk = self.disk_use();
        let (journal, database_problems) = self.database.raw(|connection| {
            let journal = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
            Ok((journal, database_problems(connection)?))
        })?;
        let mut health = self.database.read(|connection| {
            let count = |sql: &str| -> Result<usize, LibraryError> {
                let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
                Ok(usize::try_from(count).unwrap_or(0))
            };
            let tracks = count("SELECT count(DISTINCT track) FROM paths")?;
            Ok(Health {
                root: self.root().to_path_buf(),
                tracks,
                without_path: count("SELECT count(*) FROM tracks")?.saturating_sub(tracks),
                outdated: count(&format!("SELECT count(*) FROM tracks WHERE features_version < {FEATURES_VERSION}"))?,
                paths: count("SELECT count(*) FROM paths")?,
                failures: count("SELECT count(*) FROM failures")?,
                maps: count("SELECT count(*) FROM maps")?,
                models: count_by_model(connection)?,
                problems: Vec::new(),
                database_problems,
                orphans: Vec::new(),
                schema_version: SCHEMA_VERSION,
                features_version: FEATURES_VERSION,
                sqlite_version: rusqlite::version().to_owned(),
                journal,
                disk,
            })
        })?;
        let (tracks, models, sides) = self
            .database
            .read(|connection| Ok((all_tracks(connection)?, all_models(connection)?, all_sides(connection)?)))?;
        for track in &tracks {
            health.problems.extend(self.array_problems(track));
        }
        let damaged: Vec<TrackId> = health.problems.iter().filter_map(|problem| problem.track).collect();
        if !damaged.is_empty() {
            self.mark_for_analysis(&damaged)?;
        }
        let mut used: HashSet<(Shelf, ContentHash)> =
            sides.into_iter().map(|side| (Shelf::Spectrograms, side)).collect();
        for StoredTrack { stored, .. } in &tracks {
            used.insert((Shelf::Spectrograms, stored.sound));
            used.insert((Shelf::Waveforms, stored.waveform));
            used.extend(stored.cover.map(|cover| (Shelf::Covers, cover)));
        }
        let mut files = HashSet::new();
        for model in &models {
            files.insert(trajectory_file_name(model.id, model.generation));
            if let Err(error) = self.check_trajectory_file(model) {
                let path = self.trajectory_file(model);
                health.problems.push(Problem { track: None, path, reason: reason_of(&error) });
            }
        }
        health.orphans = self
            .entries()
            .filter(|entry| match &entry.place {
                Place::Array(shelf, hash) => !used.contains(&(*shelf, *hash)),
                Place::Trajectories(name) => !files.contains(name),
                Place::Temporary { stale } => *stale,
                Place::Other(_) => false,
            })
            .map(|entry| entry.path)
            .collect();
        health.orphans.sort();
        Ok(health)
    }

    /// Removes the library's own files that nothing refers to: what a kill left, what an analysis replaced. Anything
    /// else below the library's folder stays.
    pub fn sweep(&self) -> Result<Swept, LibraryError> {
        let mut swept = Swept::default();
        let entries: Vec<Entry> = self.entries().filter(|entry| !matches!(entry.place, Place::Other(_))).collect();
        // The write lock is given back now and then, so that an import in another process goes on.
        for some in entries.chunks(500) {
            self.database.write(|transaction| {
                let models = all_models(transaction)?;
                let files: Vec<_> = models.iter().map(|m| trajectory_file_name(m.id, m.generation)).collect();
                for entry in some {
                    let unused = match &entry.place {
                        Place::Array(shelf, hash) => !is_used(transaction, *shelf, *hash)?,
                        Place::Trajectories(name) => !files.contains(name),
                        Place::Temporary { stale } => *stale,
                        Place::Other(_) => false,
                    };
                    if unused {
                        remove_quietly(&entry.path);
                        swept.files += 1;
                        swept.bytes += entry.bytes;
                    }
                }
                Ok(())
            })?;
        }
        Ok(swept)
    }

    /// The room the library takes on disk.
    pub fn disk_use(&self) -> DiskUse {
        let mut disk = DiskUse::default();
        for entry in self.entries() {
            let sum = match &entry.place {
                Place::Array(Shelf::Spectrograms, _) => &mut disk.spectrograms,
                Place::Array(Shelf::Waveforms, _) => &mut disk.waveforms,
                Place::Array(Shelf::Covers, _) => &mut disk.covers,
                Place::Trajectories(_) => &mut disk.trajectories,
                Place::Temporary { .. } => &mut disk.other,
                Place::Other(below) if below == Path::new("library.db") => &mut disk.database,
                Place::Other(below) if below == Path::new("library.db-wal") => &mut disk.write_ahead_log,
                Place::Other(below) if below.starts_with("models") => &mut disk.models,
                Place::Other(_) => &mut disk.other,
            };
            *sum += entry.bytes;
        }
        disk
    }

    /// Every file below the root. What cannot be looked at is left out.
    fn entries(&self) -> impl Iterator<Item = Entry> {
        let now = SystemTime::now();
        WalkDir::new(self.root()).into_iter().filter_map(move |entry| {
            let entry = entry.ok().filter(|entry| entry.file_type().is_file())?;
            let metadata = entry.metadata().ok()?;
            let path = entry.path();
            let below = path.strip_prefix(self.root()).ok()?;
            let first = below.iter().next().and_then(|name| name.to_str()).unwrap_or_default();
            let name = entry.file_name().to_str().unwrap_or_default();
            let shelf = Shelf::ALL.into_iter().find(|shelf| shelf.folder() == first);
            let array = shelf.and_then(|shelf| shelf.hash_of(path).map(|hash| Place::Array(shelf, hash)));
            let place = if name.starts_with(TEMPORARY_PREFIX) {
                let age = metadata.modified().ok().and_then(|modified| now.duration_since(modified).ok());
                Place::Temporary { stale: age.is_some_and(|age| age > STALE) }
            } else if let Some(array) = array {
                array
            } else if first == "trajectories" && name.ends_with(".trajectories") {
                Place::Trajectories(name.to_owned())
            } else {
                Place::Other(below.to_path_buf())
            };
            Some(Entry { path: path.to_path_buf(), bytes: metadata.len(), place })
        })
    }

    fn array_problems(&self, track: &StoredTrack) -> Option<Problem> {
        let array = |shelf, hash, kind| {
            let path = self.store.path(shelf, hash);
            let error = ArrayFile::open(&path, kind).err()?;
            Some((path, reason_of(&error)))
        };
        let problem = array(Shelf::Spectrograms, track.stored.sound, ArrayKind::Spectrogram)
            .or_else(|| array(Shelf::Waveforms, track.stored.waveform, ArrayKind::Waveform))
            .or_else(|| Some((self.store.missing(&track.stored)?, "missing, or not of its length".to_owned())));
        problem.map(|(path, reason)| Problem { track: Some(track.id), path, reason })
    }
}

fn all_tracks(connection: &Connection) -> Result<Vec<StoredTrack>, LibraryError> {
    let sql = "SELECT id, sound, waveform, cover, frames, bands, peaks, features_version FROM tracks ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let tracks = statement.query_map([], stored_of)?.collect::<Result<_, _>>()?;
    Ok(tracks)
}

fn database_problems(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA quick_check")?;
    let mut problems: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    problems.retain(|line| line != "ok");
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let broken = statement.query_map([], |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!("a row of {table} refers to nothing in {parent}"))
    })?;
    problems.extend(broken.collect::<Result<Vec<_>, _>>()?);
    Ok(problems)
}

/// The short reason of an error about a file that is named beside it.
fn reason_of(error: &LibraryError) -> String {
    match error {
        LibraryError::Damaged { reason, .. } => reason.clone(),
        LibraryError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => "missing".to_owned(),
        LibraryError::Io { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}
