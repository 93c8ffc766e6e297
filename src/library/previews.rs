//! Previews in the library: where sound came from, what became of rows of the catalogue, and the services' rests and terms.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::{Library, LibraryError, now};
use crate::domain::{ContentHash, Origin, Outcome, SpotifyTrack, Tags, TrackId};

/// Rows whose question may have another answer are asked again after so many seconds.
const ASK_AGAIN_S: i64 = 7 * 24 * 3_600;

impl Library {
    /// Notes where the sound of these bytes comes from, before or after they are imported.
    pub fn set_origin(&self, hash: ContentHash, origin: &Origin) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO origins (hash, source, licence, trainable) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![hash.0, origin.source, origin.licence, origin.trainable])?;
            Ok(())
        })
    }

    /// The tracks whose sound is not the user's own, by number.
    pub fn origins(&self) -> Result<Vec<(TrackId, Origin)>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT tracks.id, source, licence, trainable FROM origins JOIN tracks ON tracks.hash = origins.hash \
                 ORDER BY tracks.id",
            )?;
            let rows = statement.query_map([], |row| {
                Ok((TrackId(row.get(0)?), Origin { source: row.get(1)?, licence: row.get(2)?, trainable: row.get(3)? }))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Gives a track the tags that its file lacks.
    ///
    /// # Errors
    /// [`LibraryError::NoTrack`], errors of writing.
    pub fn add_tags(&self, track: TrackId, tags: &Tags) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            let changed = transaction
                .prepare_cached(
                    "UPDATE tracks SET title = coalesce(title, ?2), artist = coalesce(artist, ?3), \
                     album = coalesce(album, ?4), year = coalesce(year, ?5) WHERE id = ?1",
                )?
                .execute(params![track.0, tags.title, tags.artist, tags.album, tags.year])?;
            if changed == 0 { Err(LibraryError::NoTrack(track)) } else { Ok(()) }
        })
    }

    /// Rows of the catalogue that have all the words and no sound yet, at most `limit`: not tracks of the library, and not
    /// asked for before unless `retry`; what may have another answer by now is asked again after a week. Without words they
    /// are spread over the whole table, which is ordered by album.
    pub fn spotify_without_sound(
        &self,
        words: &str,
        limit: usize,
        retry: bool,
    ) -> Result<Vec<SpotifyTrack>, LibraryError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let settled: Vec<String> = Outcome::ALL
            .into_iter()
            .filter(|outcome| if retry { *outcome == Outcome::Preview } else { outcome.is_settled() })
            .map(|outcome| format!("'{}'", outcome.key()))
            .collect();
        let since = if retry { i64::MAX } else { now() - ASK_AGAIN_S };
        let query = super::spotify::query_of(words);
        let chosen = if query.is_empty() {
            // Knuth's multiplicative hash: the same rows each time, from everywhere.
            "?1 = '' ORDER BY (row * 2654435761) % 4294967296"
        } else {
            "row IN (SELECT rowid FROM spotify_words WHERE spotify_words MATCH ?1) ORDER BY row"
        };
        let sql = format!(
            "SELECT {} FROM spotify WHERE NOT EXISTS (SELECT 1 FROM spotify_tracks WHERE spotify_tracks.spotify = spotify.id) \
             AND NOT EXISTS (SELECT 1 FROM previews WHERE previews.spotify = spotify.id \
             AND (outcome IN ({}) OR at > ?3)) AND {chosen} LIMIT ?2",
            super::spotify::COLUMNS,
            settled.join(", "),
        );
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![query, limit, since], super::spotify::track_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes what became of a row of the catalogue.
    pub fn set_outcome(&self, spotify: &str, outcome: Outcome, service: Option<&str>) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO previews (spotify, outcome, service, at) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![spotify, outcome.key(), service, now()])?;
            Ok(())
        })
    }

    /// How many rows came to which outcome, over all runs; rows that are the user's own files are counted by their links.
    pub fn outcomes(&self) -> Result<BTreeMap<Outcome, usize>, LibraryError> {
        self.database.read(|connection| {
            let mut counts = BTreeMap::new();
            let mut statement = connection.prepare_cached("SELECT outcome, count(*) FROM previews GROUP BY outcome")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Some(outcome) = Outcome::of_key(&row.get::<_, String>(0)?) {
                    counts.insert(outcome, usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0));
                }
            }
            let own: i64 = connection.query_row(
                "SELECT count(DISTINCT spotify) FROM spotify_tracks WHERE spotify NOT IN (SELECT spotify FROM previews)",
                [],
                |row| row.get(0),
            )?;
            if own > 0 {
                counts.insert(Outcome::Own, usize::try_from(own).unwrap_or(0));
            }
            Ok(counts)
        })
    }

    /// Until when a service wants to be left alone, in seconds since the Unix epoch.
    pub fn service_rest(&self, service: &str) -> Result<Option<i64>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT not_before FROM services WHERE name = ?1")?;
            Ok(statement.query_row([service], |row| row.get(0)).optional()?.flatten())
        })
    }

    /// Keeps until when a service wants to be left alone.
    pub fn set_service_rest(&self, service: &str, not_before: i64) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO services (name, not_before) VALUES (?1, ?2) \
                     ON CONFLICT (name) DO UPDATE SET not_before = excluded.not_before",
                )?
                .execute(params![service, not_before])?;
            Ok(())
        })
    }

    /// When the terms of a service were accepted, in seconds since the Unix epoch.
    pub fn terms_accepted(&self, service: &str) -> Result<Option<i64>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT accepted_at FROM services WHERE name = ?1")?;
            Ok(statement.query_row([service], |row| row.get(0)).optional()?.flatten())
        })
    }

    /// Notes that the terms of a service were accepted now.
    pub fn accept_terms(&self, service: &str) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO services (name, accepted_at) VALUES (?1, ?2) \
                     ON CONFLICT (name) DO UPDATE SET accepted_at = coalesce(accepted_at, excluded.accepted_at)",
                )?
                .execute(params![service, now()])?;
            Ok(())
        })
    }
}
