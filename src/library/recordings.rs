//! Recordings that the library has in several versions, and the fingerprints that tell.

use std::collections::BTreeMap;

use rusqlite::Transaction;

use super::{Library, LibraryError};
use crate::domain::{Recording, TrackId, Version};

/// Versions of tracks that still have a file.
const PRESENT: &str = "SELECT track, recording, apart FROM versions \
     WHERE EXISTS (SELECT 1 FROM paths WHERE paths.track = versions.track) ORDER BY recording, track";

impl Library {
    /// Every recording with two versions or more, each with its versions in the order in which they were imported.
    pub fn recordings(&self) -> Result<Vec<Recording>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(PRESENT)?;
            let mut all = BTreeMap::<i64, Vec<Version>>::new();
            let rows = statement.query_map([], |row| Ok((TrackId(row.get(0)?), row.get(1)?, row.get(2)?)))?;
            for row in rows {
                let (track, recording, apart) = row?;
                all.entry(recording).or_default().push(Version { track, apart });
            }
            let versions = all.into_values().filter(|versions| versions.len() > 1);
            Ok(versions.map(|versions| Recording { versions }).collect())
        })
    }

    /// The fingerprint of a track, where it is known.
    pub fn fingerprint(&self, track: TrackId) -> Result<Option<Vec<u32>>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT print FROM fingerprints WHERE track = ?1")?;
            let mut rows = statement.query([track.0])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            Ok(Some(bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect()))
        })
    }

    /// Keeps fingerprints.
    pub fn put_fingerprints(&self, prints: &[(TrackId, Vec<u32>)]) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            let mut statement =
                transaction.prepare_cached("INSERT OR REPLACE INTO fingerprints (track, print) VALUES (?1, ?2)")?;
            for (track, print) in prints {
                let bytes: Vec<u8> = print.iter().flat_map(|word| word.to_le_bytes()).collect();
                statement.execute((track.0, bytes))?;
            }
            Ok(())
        })
    }

    /// Tracks whose other versions were not looked for yet, by number.
    pub fn tracks_not_compared(&self) -> Result<Vec<TrackId>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM tracks WHERE NOT EXISTS (SELECT 1 FROM compared WHERE track = id) ORDER BY id",
            )?;
            let tracks = statement.query_map([], |row| row.get(0).map(TrackId))?;
            Ok(tracks.collect::<Result<_, _>>()?)
        })
    }

    /// Notes that other versions of `tracks` were looked for, and that each of `pairs` is one recording; all of it, or
    /// nothing where it fails. Whoever was kept apart by hand stays so.
    pub fn put_recordings(&self, tracks: &[TrackId], pairs: &[[TrackId; 2]]) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            let mut statement = transaction.prepare_cached("INSERT OR IGNORE INTO compared (track) VALUES (?1)")?;
            for track in tracks {
                statement.execute([track.0])?;
            }
            pairs.iter().try_for_each(|pair| join(transaction, *pair))
        })
    }

    /// Keeps tracks apart from the other versions of their recordings, or folds them again. Tracks without another version
    /// are left as they are.
    pub fn set_apart(&self, tracks: &[TrackId], apart: bool) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            let mut statement = transaction.prepare_cached("UPDATE versions SET apart = ?2 WHERE track = ?1")?;
            for track in tracks {
                statement.execute((track.0, apart))?;
            }
            Ok(())
        })
    }
}

/// Makes the recordings of two tracks one.
fn join(transaction: &Transaction<'_>, [one, other]: [TrackId; 2]) -> Result<(), LibraryError> {
    let mut statement =
        transaction.prepare_cached("INSERT OR IGNORE INTO versions (track, recording) VALUES (?1, ?2)")?;
    let first = one.min(other);
    for track in [one, other] {
        statement.execute((track.0, first.0))?;
    }
    let mut statement = transaction.prepare_cached("SELECT recording FROM versions WHERE track = ?1")?;
    let mut of = |track: TrackId| statement.query_row([track.0], |row| row.get::<_, i64>(0));
    let (one, other) = (of(one)?, of(other)?);
    let mut statement = transaction.prepare_cached("UPDATE versions SET recording = ?2 WHERE recording = ?1")?;
    statement.execute((one.max(other), one.min(other)))?;
    Ok(())
}
