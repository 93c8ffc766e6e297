//! Tracks and the files they were found in: changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use super::store::{Shelf, Stored};
use super::tracks::{sql_size, stored_track};
use super::{Library, LibraryError, now, path_bytes};
use crate::domain::{ContentHash, FEATURES_VERSION, Key, SegmentGrid, Spectrogram, Tags, TrackId, Waveform};

/// The facts of a file that was analysed. What follows from its spectrogram is worked out by [`Library::add_track`].
#[derive(Debug, Clone, PartialEq)]
pub struct NewTrack {
    pub path: PathBuf,
    /// Size of the file in bytes.
    pub size: u64,
    /// When the file was modified, in nanoseconds since the Unix epoch.
    pub modified_ns: i64,
    /// Hash of the file's bytes: [`content_hash`](super::content_hash).
    pub hash: ContentHash,
    pub tags: Tags,
    pub duration_s: f64,
    pub preview_start: usize,
    pub tempo: Option<f32>,
    pub key: Option<Key>,
    pub loudness: Option<f32>,
    pub damaged_packets: u32,
}

/// What became of a file that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is a new track.
    New(TrackId),
    /// The library had the same bytes under another path, or had them complete already.
    Duplicate(TrackId),
    /// It is a track that the library had, analysed again or with new tags; its number stays.
    Updated(TrackId),
}

impl Added {
    /// The track, whatever became of it.
    pub fn id(self) -> TrackId {
        match self {
            Self::New(id) | Self::Duplicate(id) | Self::Updated(id) => id,
        }
    }
}

impl Library {
    /// Adds an analysed file. The arrays are written and synced first, then one transaction makes them count: a kill at
    /// any moment leaves the track either there and whole or not there.
    ///
    /// - The same bytes under another path: that track gets the path ([`Added::Duplicate`]).
    /// - The same bytes, analysed by older features or with a damaged array: the track is brought up to date and keeps
    ///   its number ([`Added::Updated`]). Where its sound changed, its trajectories are forgotten.
    /// - Another file at a known path with the same sound (new tags): the track follows ([`Added::Updated`]).
    /// - Another sound at a known path: a new track. The old one keeps its number and its trajectories; without a path
    ///   it is not shown, and importing its file again brings it back.
    ///
    /// # Errors
    /// [`LibraryError::DiskFull`] and other errors of writing; nothing half-written stays.
    pub fn add_track(
        &self,
        new: NewTrack,
        spectrogram: &Spectrogram,
        waveform: &Waveform,
        cover: Option<&[u8]>,
    ) -> Result<Added, LibraryError> {
        if let Some(id) = self.adopt(&new.path, new.size, new.modified_ns, new.hash)? {
            return Ok(Added::Duplicate(id));
        }
        let stored = self.store.put(spectrogram, waveform, cover)?;
        let (added, unused) = self.database.write(|transaction| {
            // Another process may have swept them as unused just now; under the write lock it no longer can.
            if !self.store.has(&stored) {
                self.store.put(spectrogram, waveform, cover)?;
            }
            commit(transaction, &new, &stored)
        })?;
        self.remove_unused(unused)?;
        Ok(added)
    }

    /// Where the library has a track of these bytes, complete and by today's features: gives it the path, and returns
    /// it. So a file that was moved, copied or merely touched need not be analysed.
    pub fn adopt(
        &self,
        path: &Path,
        size: u64,
        modified_ns: i64,
        hash: ContentHash,
    ) -> Result<Option<TrackId>, LibraryError> {
        let track = self.database.read(|connection| stored_track(connection, "hash = ?1", hash.0))?;
        match track.filter(|track| self.is_current(track)) {
            Some(track) => self.add_path(track.id, path, size, modified_ns).map(|()| Some(track.id)),
            None => Ok(None),
        }
    }

    /// Notes that the track's bytes are also in the file `path`. A failure noted for it is cleared.
    ///
    /// # Errors
    /// [`LibraryError::NoTrack`] where there is no such track.
    pub fn add_path(&self, id: TrackId, path: &Path, size: u64, modified_ns: i64) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            stored_track(transaction, "id = ?1", id.0)?.ok_or(LibraryError::NoTrack(id))?;
            attach(transaction, id, path, size, modified_ns)
        })
    }

    /// Notes that the file `path` could not be read, and why. Cleared when the file is added later.
    pub fn record_failure(&self, path: &Path, size: u64, modified_ns: i64, reason: &str) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO failures (path, size, modified_ns, reason, at, features_version) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute((path_bytes::to_bytes(path), sql_size(size), modified_ns, reason, now(), FEATURES_VERSION))?;
            Ok(())
        })
    }

    /// Makes the files of `tracks` count as changed, so that the next import analyses them again.
    pub fn mark_for_analysis(&self, tracks: &[TrackId]) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            let mut mark = transaction.prepare_cached("UPDATE tracks SET features_version = 0 WHERE id = ?1")?;
            tracks.iter().try_for_each(|track| mark.execute([track.0]).map(drop))?;
            Ok(())
        })
    }

    /// Removes the arrays among `candidates` that no track has. Under the write lock, so that a process that is about
    /// to commit a track with one of them sees that it is gone.
    fn remove_unused(&self, mut candidates: BTreeSet<(Shelf, ContentHash)>) -> Result<(), LibraryError> {
        if candidates.is_empty() {
            return Ok(());
        }
        self.database.write(|transaction| {
            let mut used = BTreeSet::new();
            for candidate in &candidates {
                if is_used(transaction, candidate.0, candidate.1)? {
                    used.insert(*candidate);
                }
            }
            candidates.retain(|candidate| !used.contains(candidate));
            self.store.remove(&candidates);
            Ok(())
        })
    }
}

/// Whether a track has this array.
pub(super) fn is_used(connection: &Connection, shelf: Shelf, hash: ContentHash) -> Result<bool, LibraryError> {
    let sql = match shelf {
        Shelf::Spectrograms => {
            "SELECT EXISTS (SELECT 1 FROM tracks WHERE sound = ?1) \
             OR EXISTS (SELECT 1 FROM sides WHERE spectrogram = ?1)"
        }
        Shelf::Waveforms => "SELECT EXISTS (SELECT 1 FROM tracks WHERE waveform = ?1)",
        Shelf::Covers => "SELECT EXISTS (SELECT 1 FROM tracks WHERE cover = ?1)",
    };
    Ok(connection.prepare_cached(sql)?.query_row([hash.0], |row| row.get(0))?)
}

/// Makes the track count; returns the arrays that it no longer has.
fn commit(
    transaction: &Transaction<'_>,
    new: &NewTrack,
    stored: &Stored,
) -> Result<(Added, BTreeSet<(Shelf, ContentHash)>), LibraryError> {
    let mut before = stored_track(transaction, "hash = ?1", new.hash.0)?;
    if before.is_none() {
        before = only_track_at(transaction, &new.path)?
            .map(|id| stored_track(transaction, "id = ?1", id))
            .transpose()?
            .flatten()
            .filter(|track| track.stored.sound == stored.sound);
    }
    let id = write_facts(transaction, before.as_ref().map(|track| track.id), new, stored)?;
    attach(transaction, id, &new.path, new.size, new.modified_ns)?;
    let Some(before) = before else { return Ok((Added::New(id), BTreeSet::new())) };
    // The file may have another side now. What no track has any more is swept.
    transaction.prepare_cached("DELETE FROM sides WHERE track = ?1")?.execute([id.0])?;
    if before.stored.sound != stored.sound {
        transaction.prepare_cached("DELETE FROM trajectories WHERE track = ?1")?.execute([id.0])?;
    }
    let arrays = |stored: &Stored| {
        [
            Some((Shelf::Spectrograms, stored.sound)),
            Some((Shelf::Waveforms, stored.waveform)),
            stored.cover.map(|cover| (Shelf::Covers, cover)),
        ]
    };
    let kept = arrays(stored);
    let unused = arrays(&before.stored).into_iter().filter(|array| !kept.contains(array)).flatten().collect();
    Ok((Added::Updated(id), unused))
}

/// The track at `path`, where it has no other path.
fn only_track_at(connection: &Connection, path: &Path) -> Result<Option<i64>, LibraryError> {
    let sql = "SELECT p.track FROM paths p WHERE p.path = ?1 \
         AND NOT EXISTS (SELECT 1 FROM paths o WHERE o.track = p.track AND o.path <> p.path)";
    let row = connection.prepare_cached(sql)?.query_row([path_bytes::to_bytes(path)], |row| row.get(0)).optional()?;
    Ok(row)
}

/// Inserts the facts of a track, or replaces those of track `id`.
fn write_facts(
    transaction: &Transaction<'_>,
    id: Option<TrackId>,
    new: &NewTrack,
    stored: &Stored,
) -> Result<TrackId, LibraryError> {
    let sql = match id {
        None => {
            "INSERT INTO tracks (hash, sound, waveform, cover, frames, bands, peaks, title, artist, album, genre, year, \
             duration_s, segments, preview_start, tempo, key, loudness, damaged_packets, features_version, added_at) \
             VALUES (:hash, :sound, :waveform, :cover, :frames, :bands, :peaks, :title, :artist, :album, :genre, \
             :year, :duration_s, :segments, :preview_start, :tempo, :key, :loudness, :damaged_packets, \
             :features_version, :added_at) RETURNING id"
        }
        // COALESCE only gives :added_at a place: a track keeps the time at which it was first imported.
        Some(_) => {
            "UPDATE tracks SET hash = :hash, sound = :sound, waveform = :waveform, cover = :cover, frames = :frames, \
             bands = :bands, peaks = :peaks, title = :title, artist = :artist, album = :album, genre = :genre, \
             year = :year, duration_s = :duration_s, segments = :segments, preview_start = :preview_start, \
             tempo = :tempo, key = :key, loudness = :loudness, damaged_packets = :damaged_packets, \
             features_version = :features_version, added_at = COALESCE(added_at, :added_at) \
             WHERE id = :id RETURNING id"
        }
    };
    let segments = SegmentGrid::default().count(stored.frames);
    let count = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
    let (cover, key) = (stored.cover.map(|hash| hash.0), new.key.map(Key::index));
    let (frames, bands, peaks) = (count(stored.frames), count(stored.bands), count(stored.peaks));
    let (segments, preview_start) = (count(segments), count(new.preview_start));
    let added_at = now();
    let facts = named_params! {
        ":hash": new.hash.0, ":sound": stored.sound.0, ":waveform": stored.waveform.0, ":cover": cover,
        ":frames": frames, ":bands": bands, ":peaks": peaks,
        ":title": new.tags.title, ":artist": new.tags.artist, ":album": new.tags.album, ":genre": new.tags.genre,
        ":year": new.tags.year, ":duration_s": new.duration_s, ":segments": segments,
        ":preview_start": preview_start, ":tempo": new.tempo, ":key": key, ":loudness": new.loudness,
        ":damaged_packets": new.damaged_packets, ":features_version": FEATURES_VERSION, ":added_at": added_at,
    };
    let mut statement = transaction.prepare_cached(sql)?;
    let id = match id {
        None => statement.query_row(facts, |row| row.get(0))?,
        Some(id) => {
            let with_id: Vec<_> = facts.iter().copied().chain([(":id", &id.0 as &dyn rusqlite::ToSql)]).collect();
            statement.query_row(&with_id[..], |row| row.get(0))?
        }
    };
    Ok(TrackId(id))
}

/// Gives the track the path, taking it from the track that had it. Where none of the track's files exist any more, the
/// new path becomes the one that is shown: the file was moved.
fn attach(
    transaction: &Transaction<'_>,
    id: TrackId,
    path: &Path,
    size: u64,
    modified_ns: i64,
) -> Result<(), LibraryError> {
    let bytes = path_bytes::to_bytes(path);
    transaction.prepare_cached("DELETE FROM failures WHERE path = ?1")?.execute([&bytes])?;
    let updated = transaction
        .prepare_cached("UPDATE paths SET size = ?3, modified_ns = ?4 WHERE path = ?1 AND track = ?2")?
        .execute((&bytes, id.0, sql_size(size), modified_ns))?;
    if updated > 0 {
        return Ok(());
    }
    transaction.prepare_cached("DELETE FROM paths WHERE path = ?1")?.execute([&bytes])?;
    let others: Vec<(i64, Vec<u8>)> = transaction
        .prepare_cached("SELECT position, path FROM paths WHERE track = ?1 ORDER BY position")?
        .query_map([id.0], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let position = match (others.first(), others.last()) {
        (Some(first), Some(last)) => {
            let any_there = others.iter().any(|(_, path)| path_bytes::from_bytes(path.clone()).is_file());
            if any_there { last.0.saturating_add(1) } else { first.0.saturating_sub(1) }
        }
        _ => 0,
    };
    transaction
        .prepare_cached("INSERT INTO paths (path, track, position, size, modified_ns) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((&bytes, id.0, position, sql_size(size), modified_ns))?;
    Ok(())
}
