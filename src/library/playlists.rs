//! Playlists: each is written as a whole, so that a kill leaves the one before or the one after.

use super::{Library, LibraryError, now};
use crate::domain::{Playlist, PlaylistChange, PlaylistId, TrackId};

impl Library {
    /// Every playlist with its tracks in order, by name.
    pub fn playlists(&self) -> Result<Vec<Playlist>, LibraryError> {
        self.database.read(|connection| {
            let mut playlists: Vec<Playlist> = connection
                .prepare_cached("SELECT id, name FROM playlists ORDER BY id")?
                .query_map([], |row| {
                    Ok(Playlist { id: PlaylistId(row.get(0)?), name: row.get(1)?, tracks: Vec::new() })
                })?
                .collect::<Result<_, _>>()?;
            let mut statement = connection
                .prepare_cached("SELECT playlist, track FROM playlist_entries ORDER BY playlist, position")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let id = PlaylistId(row.get(0)?);
                if let Ok(place) = playlists.binary_search_by_key(&id, |playlist| playlist.id) {
                    playlists[place].tracks.push(TrackId(row.get(1)?));
                }
            }
            playlists.sort_by_cached_key(|playlist| (playlist.name.to_lowercase(), playlist.id));
            Ok(playlists)
        })
    }

    /// Puts playlists in the place of those of the same number, or takes them out: all of it, or nothing where it fails.
    /// Tracks that are not in the library are left out.
    pub fn change_playlists(&self, changes: &[PlaylistChange]) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            for change in changes {
                let id = match change {
                    PlaylistChange::Put(playlist) => playlist.id,
                    PlaylistChange::Remove(id) => *id,
                };
                transaction.prepare_cached("DELETE FROM playlists WHERE id = ?1")?.execute([id.0])?;
                let PlaylistChange::Put(playlist) = change else { continue };
                transaction
                    .prepare_cached("INSERT INTO playlists (id, name, changed_at) VALUES (?1, ?2, ?3)")?
                    .execute((id.0, &playlist.name, now()))?;
                let mut statement = transaction.prepare_cached(
                    "INSERT INTO playlist_entries (playlist, position, track) SELECT ?1, ?2, id FROM tracks WHERE id = ?3",
                )?;
                for (position, track) in (0_i64..).zip(&playlist.tracks) {
                    statement.execute((id.0, position, track.0))?;
                }
            }
            Ok(())
        })
    }
}
