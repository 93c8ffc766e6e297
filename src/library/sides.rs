//! The spectrograms of tracks' sides, which only some models listen to: made from the files once they are needed.

use rusqlite::{Connection, OptionalExtension};

use super::spectrogram::MappedSpectrogram;
use super::{Library, LibraryError};
use crate::domain::{ContentHash, Spectrogram, TrackId};

impl Library {
    /// Keeps the spectrogram of a track's side.
    ///
    /// # Errors
    /// [`LibraryError::NoTrack`], and where it cannot be written.
    pub fn put_side(&self, track: TrackId, side: &Spectrogram) -> Result<(), LibraryError> {
        let hash = self.store.put_spectrogram(side)?;
        let written = self.database.write(|transaction| {
            let sql = "INSERT OR REPLACE INTO sides (track, spectrogram) SELECT id, ?2 FROM tracks WHERE id = ?1";
            Ok(transaction.prepare_cached(sql)?.execute((track.0, hash.0))?)
        })?;
        if written == 0 { Err(LibraryError::NoTrack(track)) } else { Ok(()) }
    }

    /// The spectrogram of a track's side, frames × bands as the track's own; `None` where it was not needed yet, or is
    /// damaged: it is made again then.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn side(&self, track: TrackId) -> Result<Option<Spectrogram>, LibraryError> {
        Ok(self.side_hash(track)?.and_then(|hash| self.store.spectrogram(hash).ok()))
    }

    /// As [`Library::side`], mapped from its file.
    ///
    /// # Errors
    /// As [`Library::side`].
    pub fn mapped_side(&self, track: TrackId) -> Result<Option<MappedSpectrogram>, LibraryError> {
        Ok(self.side_hash(track)?.and_then(|hash| self.store.mapped_spectrogram(hash).ok()))
    }

    fn side_hash(&self, track: TrackId) -> Result<Option<ContentHash>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT spectrogram FROM sides WHERE track = ?1")?;
            Ok(statement.query_row([track.0], |row| row.get(0).map(ContentHash)).optional()?)
        })
    }
}

/// The arrays of all sides.
pub(super) fn all_sides(connection: &Connection) -> Result<Vec<ContentHash>, LibraryError> {
    let mut statement = connection.prepare_cached("SELECT spectrogram FROM sides")?;
    let sides = statement.query_map([], |row| row.get(0).map(ContentHash))?.collect::<Result<_, _>>()?;
    Ok(sides)
}
