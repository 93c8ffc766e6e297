//! Tracks that are never to be recommended, until they are taken back.

use super::{Library, LibraryError};
use crate::domain::TrackId;

impl Library {
    /// Every hidden track, by number.
    pub fn hidden(&self) -> Result<Vec<TrackId>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT track FROM hidden ORDER BY track")?;
            let tracks = statement.query_map([], |row| row.get(0).map(TrackId))?;
            Ok(tracks.collect::<Result<_, _>>()?)
        })
    }

    /// Hides tracks, or takes them back: all of them, or none where it fails. What is as wanted already stays so.
    ///
    /// # Errors
    /// [`LibraryError::NoTrack`] where one that is to be hidden is not there.
    pub fn set_hidden(&self, tracks: &[TrackId], hidden: bool) -> Result<(), LibraryError> {
        let sql = if hidden {
            "INSERT OR IGNORE INTO hidden (track) VALUES (?1)"
        } else {
            "DELETE FROM hidden WHERE track = ?1"
        };
        self.database.write(|transaction| {
            let mut statement = transaction.prepare_cached(sql)?;
            for track in tracks {
                statement.execute([track.0]).map_err(|error| match error.sqlite_error_code() {
                    Some(rusqlite::ErrorCode::ConstraintViolation) => LibraryError::NoTrack(*track),
                    _ => error.into(),
                })?;
            }
            Ok(())
        })
    }
}
