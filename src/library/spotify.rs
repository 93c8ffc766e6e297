//! The Spotify catalogue in the library: rows with audio features, found by their words, and which of the library's own
//! tracks they are.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{Library, LibraryError};
use crate::domain::{AudioFeatures, Key, SpotifyTrack, TrackId};

/// What a batch of rows did to the catalogue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Listed {
    pub new: usize,
    /// Known, and said otherwise before.
    pub changed: usize,
    /// Known as they are.
    pub same: usize,
}

pub(super) const COLUMNS: &str = "id, title, album, album_id, artists, artist_ids, track_number, disc_number, explicit, danceability, \
    energy, key, loudness, major, speechiness, acousticness, instrumentalness, liveness, valence, tempo, time_signature, \
    duration_ms, year, release_date";

impl Library {
    /// Keeps rows of the catalogue: all of them, or none where it fails. A row that is there already is brought up to date.
    ///
    /// # Errors
    /// [`LibraryError::DiskFull`] and other errors of writing.
    pub fn put_spotify(&self, rows: &[SpotifyTrack]) -> Result<Listed, LibraryError> {
        self.database.write(|transaction| {
            let mut listed = Listed::default();
            for row in rows {
                match place(transaction, &row.id)? {
                    None => {
                        insert(transaction, None, row)?;
                        listed.new += 1;
                    }
                    Some(_) if one(transaction, &row.id)?.as_ref() == Some(row) => listed.same += 1,
                    Some(place) => {
                        // The index of words has no text of its own: it must be told what to forget.
                        transaction
                            .prepare_cached(
                                "INSERT INTO spotify_words (spotify_words, rowid, title, artist, album) \
                                 SELECT 'delete', row, title, artist, album FROM spotify WHERE row = ?1",
                            )?
                            .execute([place])?;
                        transaction.prepare_cached("DELETE FROM spotify WHERE row = ?1")?.execute([place])?;
                        insert(transaction, Some(place), row)?;
                        listed.changed += 1;
                    }
                }
            }
            Ok(listed)
        })
    }

    /// Rows in the catalogue.
    pub fn spotify_count(&self) -> Result<usize, LibraryError> {
        let count = |connection: &Connection| -> rusqlite::Result<i64> {
            // The last number is the count: rows are replaced in place and never taken out.
            connection.query_row("SELECT coalesce(max(row), 0) FROM spotify", [], |row| row.get(0))
        };
        Ok(usize::try_from(self.database.raw(count)?).unwrap_or(0))
    }

    /// The row with this identifier.
    pub fn spotify_row(&self, id: &str) -> Result<Option<SpotifyTrack>, LibraryError> {
        self.database.read(|connection| one(connection, id))
    }

    /// Rows whose title, artists or album have all the words, or words that begin so, in the order of the table; at most
    /// `limit`. Case and accents do not matter.
    pub fn find_spotify(&self, words: &str, limit: usize) -> Result<Vec<SpotifyTrack>, LibraryError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let wanted = query_of(words);
        self.database.read(|connection| {
            let rows = if wanted.is_empty() {
                let mut all = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM spotify ORDER BY row LIMIT ?1"))?;
                all.query_map([limit], track_of)?.collect::<Result<Vec<_>, _>>()?
            } else {
                let mut found = connection.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM spotify WHERE row IN (SELECT rowid FROM spotify_words WHERE spotify_words MATCH ?1 \
                     ORDER BY rowid LIMIT ?2) ORDER BY row"
                ))?;
                found.query_map((wanted, limit), track_of)?.collect::<Result<Vec<_>, _>>()?
            };
            Ok(rows)
        })
    }

    /// Notes that a track of the library is a row of the catalogue.
    ///
    /// # Errors
    /// [`LibraryError::NoTrack`], errors of writing.
    pub fn link_spotify(&self, links: &[(TrackId, String)]) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            let mut link =
                transaction.prepare_cached("INSERT OR REPLACE INTO spotify_tracks (track, spotify) VALUES (?1, ?2)")?;
            for (track, id) in links {
                link.execute((track.0, id)).map_err(|error| match error.sqlite_error_code() {
                    Some(rusqlite::ErrorCode::ConstraintViolation) => LibraryError::NoTrack(*track),
                    _ => error.into(),
                })?;
            }
            Ok(())
        })
    }

    /// The audio features of every track of the library that the catalogue knows, by track.
    pub fn spotify_features(&self) -> Result<Vec<(TrackId, AudioFeatures)>, LibraryError> {
        self.database.read(|connection| {
            let mut all = connection.prepare_cached(&format!(
                "SELECT {COLUMNS}, spotify_tracks.track FROM spotify_tracks JOIN spotify ON spotify.id = spotify_tracks.spotify \
                 ORDER BY spotify_tracks.track"
            ))?;
            let rows = all.query_map([], |row| Ok((TrackId(row.get("track")?), track_of(row)?.features)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// What the index of words is asked for, empty where there are no words. Quoted, nothing that is typed is an operator.
pub(super) fn query_of(words: &str) -> String {
    let words = words.split_whitespace().map(|word| format!("\"{}\"*", word.replace('"', "\"\"")));
    words.collect::<Vec<_>>().join(" ")
}

fn place(connection: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached("SELECT row FROM spotify WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()
}

fn one(connection: &Connection, id: &str) -> Result<Option<SpotifyTrack>, LibraryError> {
    let mut found = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM spotify WHERE id = ?1"))?;
    Ok(found.query_row([id], track_of).optional()?)
}

fn insert(transaction: &Transaction<'_>, place: Option<i64>, track: &SpotifyTrack) -> Result<(), LibraryError> {
    let features = &track.features;
    let artist = track.artist();
    let mut statement = transaction.prepare_cached(&format!(
        "INSERT INTO spotify (row, artist, {COLUMNS}) VALUES \
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)"
    ))?;
    statement.execute(params![
        place,
        artist,
        track.id,
        track.title,
        track.album,
        track.album_id,
        serde_json::to_string(&track.artists)?,
        serde_json::to_string(&track.artist_ids)?,
        track.track_number,
        track.disc_number,
        track.explicit,
        features.danceability,
        features.energy,
        features.key.map(|key| key.index()),
        features.loudness,
        features.major,
        features.speechiness,
        features.acousticness,
        features.instrumentalness,
        features.liveness,
        features.valence,
        features.tempo,
        features.time_signature,
        track.duration_ms,
        track.year,
        track.release_date,
    ])?;
    let place = transaction.last_insert_rowid();
    transaction
        .prepare_cached("INSERT INTO spotify_words (rowid, title, artist, album) VALUES (?1, ?2, ?3, ?4)")?
        .execute((place, &track.title, artist, &track.album))?;
    Ok(())
}

pub(super) fn track_of(row: &Row<'_>) -> rusqlite::Result<SpotifyTrack> {
    // What is stored was written above; a list that is none is an empty one.
    let list = |name: &str| -> rusqlite::Result<Vec<String>> {
        Ok(serde_json::from_str(&row.get::<_, String>(name)?).unwrap_or_default())
    };
    let features = AudioFeatures {
        danceability: row.get("danceability")?,
        energy: row.get("energy")?,
        key: row.get::<_, Option<u8>>("key")?.and_then(Key::from_index),
        loudness: row.get("loudness")?,
        major: row.get("major")?,
        speechiness: row.get("speechiness")?,
        acousticness: row.get("acousticness")?,
        instrumentalness: row.get("instrumentalness")?,
        liveness: row.get("liveness")?,
        valence: row.get("valence")?,
        tempo: row.get("tempo")?,
        time_signature: row.get("time_signature")?,
    };
    Ok(SpotifyTrack {
        id: row.get("id")?,
        title: row.get("title")?,
        album: row.get("album")?,
        album_id: row.get("album_id")?,
        artists: list("artists")?,
        artist_ids: list("artist_ids")?,
        track_number: row.get("track_number")?,
        disc_number: row.get("disc_number")?,
        explicit: row.get("explicit")?,
        features,
        duration_ms: row.get("duration_ms")?,
        year: row.get("year")?,
        release_date: row.get("release_date")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::spotify_key;

    fn row(number: usize, title: &str) -> SpotifyTrack {
        SpotifyTrack {
            id: format!("{number:022}"),
            title: title.to_owned(),
            album: "Früchte".to_owned(),
            album_id: String::new(),
            artists: vec!["Ada O'Neil".to_owned(), "Ben".to_owned()],
            artist_ids: vec!["a".to_owned(), "b".to_owned()],
            track_number: 1,
            disc_number: 1,
            explicit: true,
            features: AudioFeatures { key: spotify_key(9, false), tempo: Some(120.5), ..AudioFeatures::default() },
            duration_ms: 180_000,
            year: None,
            release_date: Some("1999".to_owned()),
        }
    }

    #[test]
    fn rows_come_back_are_found_and_are_brought_up_to_date() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        let rows = [row(1, "Ein Lied"), row(2, "Another Song"), row(3, "")];
        assert_eq!(library.put_spotify(&rows).unwrap(), Listed { new: 3, ..Listed::default() });
        assert_eq!(library.put_spotify(&rows).unwrap(), Listed { same: 3, ..Listed::default() });
        assert_eq!(library.spotify_count().unwrap(), 3);
        assert_eq!(library.spotify_row(&rows[0].id).unwrap().as_ref(), Some(&rows[0]));
        let found =
            |words: &str| library.find_spotify(words, 10).unwrap().into_iter().map(|row| row.title).collect::<Vec<_>>();
        assert_eq!(found("fruchte oneil"), Vec::<String>::new());
        assert_eq!(found("frucht o'ne"), ["Ein Lied", "Another Song", ""]);
        assert_eq!(found("song ada"), ["Another Song"]);
        assert_eq!(found("").len(), 3);
        for strange in ["\"", "AND", "NEAR(", "title:", "*", "( OR -"] {
            library.find_spotify(strange, 10).unwrap();
        }
        let changed = [SpotifyTrack { title: "Ein anderes Lied".to_owned(), ..rows[0].clone() }];
        assert_eq!(library.put_spotify(&changed).unwrap(), Listed { changed: 1, ..Listed::default() });
        assert_eq!(
            (found("anderes"), found("ein"), library.spotify_count().unwrap()),
            (vec!["Ein anderes Lied".to_owned()], vec!["Ein anderes Lied".to_owned()], 3)
        );
        assert!(matches!(
            library.link_spotify(&[(TrackId(7), rows[0].id.clone())]),
            Err(LibraryError::NoTrack(TrackId(7)))
        ));
        assert_eq!(library.spotify_features().unwrap(), []);
    }
}
