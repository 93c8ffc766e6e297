//! Tracks and the files they were found in: questions.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row};

use super::store::Stored;
use super::{Library, LibraryError, MappedSpectrogram, path_bytes};
use crate::domain::{ContentHash, FEATURES_VERSION, Key, Spectrogram, Tags, Track, TrackId, Waveform};

/// What the library knows of a file on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Nothing.
    New,
    /// The file is another than it was, or what is stored of it is incomplete or from older features: analyse it again.
    Changed,
    /// The file is as it was when it became this track.
    Unchanged(TrackId),
    /// The file could not be read, and is as it was then.
    FailedBefore,
}

/// How much there is of a library for one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub generation: i64,
    pub points: u64,
    /// Trajectories, and the sum of their tracks' numbers.
    pub trajectories: [i64; 2],
    /// Files, and the sum of their tracks' numbers.
    pub paths: [i64; 2],
}

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub path: PathBuf,
    pub reason: String,
    /// Seconds since the Unix epoch.
    pub at: i64,
}

/// The columns that [`track_of`] reads, with one path for each track: the first. Tracks without a path (their file was
/// overwritten with another) are left out.
const TRACKS: &str = "SELECT t.id, t.hash, t.sound, p.path, t.title, t.artist, t.album, t.genre, t.year, t.duration_s, \
     t.segments, t.preview_start, t.tempo, t.key, t.loudness, t.damaged_packets, t.added_at \
     FROM tracks t JOIN paths p ON p.track = t.id \
     AND p.position = (SELECT min(position) FROM paths WHERE track = t.id)";

fn track_of(row: &Row<'_>) -> rusqlite::Result<Track> {
    let count = |column| row.get::<_, i64>(column).map(|value| usize::try_from(value).unwrap_or(0));
    Ok(Track {
        id: TrackId(row.get(0)?),
        hash: ContentHash(row.get(1)?),
        sound: ContentHash(row.get(2)?),
        path: path_bytes::from_bytes(row.get(3)?),
        tags: Tags {
            title: row.get(4)?,
            artist: row.get(5)?,
            album: row.get(6)?,
            genre: row.get(7)?,
            year: row.get(8)?,
        },
        duration_s: row.get(9)?,
        segments: count(10)?,
        preview_start: count(11)?,
        tempo: row.get(12)?,
        key: row.get::<_, Option<u8>>(13)?.and_then(Key::from_index),
        loudness: row.get(14)?,
        damaged_packets: row.get(15)?,
        added_at: row.get(16)?,
    })
}

/// What is stored of a track on disk, and by which features.
pub(super) struct StoredTrack {
    pub id: TrackId,
    pub stored: Stored,
    pub features_version: u32,
}

/// Finds the one track for which `condition` holds.
pub(super) fn stored_track(
    connection: &Connection,
    condition: &str,
    value: impl rusqlite::ToSql,
) -> Result<Option<StoredTrack>, LibraryError> {
    let sql = format!(
        "SELECT id, sound, waveform, cover, frames, bands, peaks, features_version FROM tracks WHERE {condition}"
    );
    Ok(connection.prepare_cached(&sql)?.query_row([value], stored_of).optional()?)
}

/// Reads the columns id, sound, waveform, cover, frames, bands, peaks, features_version.
pub(super) fn stored_of(row: &Row<'_>) -> rusqlite::Result<StoredTrack> {
    // A count that is not one (damage) becomes one that no file can have.
    let count = |column| row.get::<_, i64>(column).map(|value| usize::try_from(value).unwrap_or(usize::MAX));
    Ok(StoredTrack {
        id: TrackId(row.get(0)?),
        stored: Stored {
            sound: ContentHash(row.get(1)?),
            waveform: ContentHash(row.get(2)?),
            cover: row.get::<_, Option<[u8; 32]>>(3)?.map(ContentHash),
            frames: count(4)?,
            bands: count(5)?,
            peaks: count(6)?,
        },
        features_version: row.get(7)?,
    })
}

impl Library {
    /// Every track that has a file, in the order of import.
    pub fn tracks(&self) -> Result<Vec<Track>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{TRACKS} ORDER BY t.id"))?;
            let tracks = statement.query_map([], track_of)?.collect::<Result<_, _>>()?;
            Ok(tracks)
        })
    }

    /// The artist of a track, as its tags have it.
    pub fn artist_of(&self, id: TrackId) -> Result<Option<String>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT artist FROM tracks WHERE id = ?1")?;
            Ok(statement.query_row([id.0], |row| row.get(0)).optional()?.flatten())
        })
    }

    /// Tempo and key of every track, by number.
    pub fn tempi_and_keys(&self) -> Result<Vec<(TrackId, Option<f32>, Option<Key>)>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT id, tempo, key FROM tracks ORDER BY id")?;
            let rows = statement.query_map([], |row| {
                let key = row.get::<_, Option<u8>>(2)?.and_then(Key::from_index);
                Ok((TrackId(row.get(0)?), row.get(1)?, key))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Every track with that spectrogram that has a file, in the order of import.
    pub fn tracks_with_sound(&self, sound: ContentHash) -> Result<Vec<TrackId>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM tracks WHERE sound = ?1 AND EXISTS (SELECT 1 FROM paths WHERE track = id) ORDER BY id",
            )?;
            let tracks = statement.query_map([sound.0], |row| row.get(0).map(TrackId))?;
            Ok(tracks.collect::<Result<_, _>>()?)
        })
    }

    /// A number that is another one after every change to the database, by this process or another. Two changes may
    /// share one where nothing was written.
    pub fn changes(&self) -> Result<(i64, u64), LibraryError> {
        self.database.raw(|connection| {
            let by_others = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
            Ok((by_others, connection.total_changes()))
        })
    }

    /// What tells whether tracks or trajectories of `model` came or went, read without reading them all.
    ///
    /// # Errors
    /// [`LibraryError::NoModel`]
    pub fn extent(&self, model: &str) -> Result<Extent, LibraryError> {
        self.database.read(|connection| {
            let model = super::models::stored_model(connection, model)?;
            let sums = |row: &Row<'_>| Ok([row.get(0)?, row.get(1)?]);
            let trajectories = "SELECT count(*), coalesce(sum(track), 0) FROM trajectories WHERE model = ?1";
            let paths = "SELECT count(*), coalesce(sum(track), 0) FROM paths";
            Ok(Extent {
                generation: model.generation,
                points: model.points,
                trajectories: connection.prepare_cached(trajectories)?.query_row([model.id], sums)?,
                paths: connection.prepare_cached(paths)?.query_row([], sums)?,
            })
        })
    }

    /// The number of tracks that have a file.
    pub fn track_count(&self) -> Result<usize, LibraryError> {
        let count = |connection: &Connection| -> rusqlite::Result<i64> {
            connection.query_row("SELECT count(DISTINCT track) FROM paths", [], |row| row.get(0))
        };
        Ok(usize::try_from(self.database.raw(count)?).unwrap_or(0))
    }

    /// The track numbered `id`.
    pub fn track(&self, id: TrackId) -> Result<Option<Track>, LibraryError> {
        self.one_track("t.id = ?1", id.0)
    }

    /// The track found at `path`, as it was imported.
    pub fn find_by_path(&self, path: &Path) -> Result<Option<Track>, LibraryError> {
        self.one_track("t.id = (SELECT track FROM paths WHERE path = ?1)", path_bytes::to_bytes(path))
    }

    /// The track whose file has these bytes. An import asks [`Library::adopt`] instead.
    pub fn find_by_hash(&self, hash: ContentHash) -> Result<Option<Track>, LibraryError> {
        self.one_track("t.hash = ?1", hash.0)
    }

    fn one_track(&self, condition: &str, value: impl rusqlite::ToSql) -> Result<Option<Track>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{TRACKS} WHERE {condition}"))?;
            Ok(statement.query_row([value], track_of).optional()?)
        })
    }

    /// Every path at which the track was found, the one that [`Track::path`] shows first.
    pub fn paths_of(&self, id: TrackId) -> Result<Vec<PathBuf>, LibraryError> {
        self.database.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT path FROM paths WHERE track = ?1 ORDER BY position")?;
            let paths = statement.query_map([id.0], |row| row.get(0).map(path_bytes::from_bytes))?;
            Ok(paths.collect::<Result<_, _>>()?)
        })
    }

    /// The first of the track's paths at which there is a file now.
    pub fn existing_path(&self, id: TrackId) -> Result<Option<PathBuf>, LibraryError> {
        Ok(self.paths_of(id)?.into_iter().find(|path| path.is_file()))
    }

    /// The tracks none of whose files are there now: moved, deleted, or on a disk that is not plugged in. They stay in
    /// the library, and importing the files from where they are now finds them again.
    pub fn missing_files(&self) -> Result<Vec<TrackId>, LibraryError> {
        let paths: Vec<(TrackId, PathBuf)> = self.database.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT track, path FROM paths ORDER BY track, position")?;
            let rows =
                statement.query_map([], |row| Ok((TrackId(row.get(0)?), path_bytes::from_bytes(row.get(1)?))))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        let of_one_track = paths.chunk_by(|a, b| a.0 == b.0);
        let missing = of_one_track.filter(|paths| !paths.iter().any(|(_, path)| path.is_file()));
        Ok(missing.filter_map(|paths| paths.first().map(|(track, _)| *track)).collect())
    }

    /// What the library knows of the file `path`, which now has this size and time of modification. A check of the
    /// facts and of the presence of the track's arrays; the file itself is not read.
    pub fn file_state(&self, path: &Path, size: u64, modified_ns: i64) -> Result<FileState, LibraryError> {
        let path = path_bytes::to_bytes(path);
        let same = (sql_size(size), modified_ns);
        let stamp = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        enum Known {
            Failed,
            Track(Box<StoredTrack>),
            Other(FileState),
        }
        let known = self.database.read(|connection| {
            let failure = connection
                .prepare_cached("SELECT size, modified_ns FROM failures WHERE path = ?1 AND features_version >= ?2")?
                .query_row((&path, FEATURES_VERSION), stamp)
                .optional()?;
            if failure == Some(same) {
                return Ok(Known::Failed);
            }
            let found = connection
                .prepare_cached("SELECT size, modified_ns, track FROM paths WHERE path = ?1")?
                .query_row([&path], |row| Ok((stamp(row)?, row.get::<_, i64>(2)?)))
                .optional()?;
            Ok(match found {
                None => Known::Other(FileState::New),
                Some((stamp, track)) if stamp == same => match stored_track(connection, "id = ?1", track)? {
                    Some(track) => Known::Track(Box::new(track)),
                    None => Known::Other(FileState::Changed),
                },
                Some(_) => Known::Other(FileState::Changed),
            })
        })?;
        Ok(match known {
            Known::Failed => FileState::FailedBefore,
            Known::Other(state) => state,
            Known::Track(track) if self.is_current(&track) => FileState::Unchanged(track.id),
            Known::Track(_) => FileState::Changed,
        })
    }

    /// Whether a track was analysed by today's features and its arrays are there.
    pub(super) fn is_current(&self, track: &StoredTrack) -> bool {
        track.features_version >= FEATURES_VERSION && self.store.has(&track.stored)
    }

    /// The files that could not be read, with the reasons, sorted by path.
    pub fn failures(&self) -> Result<Vec<Failure>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT path, reason, at FROM failures ORDER BY path")?;
            let failures = statement.query_map([], |row| {
                Ok(Failure { path: path_bytes::from_bytes(row.get(0)?), reason: row.get(1)?, at: row.get(2)? })
            })?;
            Ok(failures.collect::<Result<_, _>>()?)
        })
    }

    /// The track's spectrogram, read whole and checked against its checksum: frames × bands, 0 to 1.
    ///
    /// # Errors
    /// [`LibraryError::NoTrack`]; [`LibraryError::Damaged`], upon which the next import analyses the track again.
    pub fn spectrogram(&self, id: TrackId) -> Result<Spectrogram, LibraryError> {
        self.noting_damage(id, |stored| self.store.spectrogram(stored.sound))
    }

    /// The track's spectrogram mapped from its file, for reading a few segments of it. Errors as of
    /// [`Library::spectrogram`].
    pub fn mapped_spectrogram(&self, id: TrackId) -> Result<MappedSpectrogram, LibraryError> {
        self.noting_damage(id, |stored| self.store.mapped_spectrogram(stored.sound))
    }

    /// The track's outline. Errors as of [`Library::spectrogram`].
    pub fn waveform(&self, id: TrackId) -> Result<Waveform, LibraryError> {
        self.noting_damage(id, |stored| self.store.waveform(stored.waveform))
    }

    /// The track's cover as PNG or JPEG, where its file has one of at most [`LONGEST_COVER`] bytes. Errors as of
    /// [`Library::spectrogram`].
    ///
    /// [`LONGEST_COVER`]: super::LONGEST_COVER
    pub fn cover(&self, id: TrackId) -> Result<Option<Vec<u8>>, LibraryError> {
        self.noting_damage(id, |stored| stored.cover.map(|hash| self.store.cover(hash)).transpose())
    }

    /// Reads an array of a track. Where it is damaged, the track is marked, for its length alone need not show it.
    fn noting_damage<T>(
        &self,
        id: TrackId,
        read: impl FnOnce(Stored) -> Result<T, LibraryError>,
    ) -> Result<T, LibraryError> {
        let result = read(self.stored(id)?);
        if let Err(error @ (LibraryError::Damaged { .. } | LibraryError::Spectrogram(_))) = &result {
            tracing::warn!(track = id.0, %error, "the track is to be analysed again");
            self.mark_for_analysis(&[id])?;
        }
        result
    }

    fn stored(&self, id: TrackId) -> Result<Stored, LibraryError> {
        let track = self.database.read(|connection| stored_track(connection, "id = ?1", id.0))?;
        track.map(|track| track.stored).ok_or(LibraryError::NoTrack(id))
    }
}

/// A file's size as SQLite keeps it.
pub(super) fn sql_size(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
