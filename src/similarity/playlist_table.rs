//! Playlists as tables: CSV, one line a track.

use std::path::Path;

use super::SimilarityError;
use super::playlist::{PlaylistEntry, folder_of, write_atomically};

/// The columns of the table.
pub const PLAYLIST_COLUMNS: [&str; 11] =
    ["position", "title", "artist", "album", "genre", "year", "seconds", "bpm", "key", "camelot", "path"];

/// Writes `entries` as CSV, replacing what was there only when all is written. What is not known is left empty.
///
/// # Errors
/// [`SimilarityError::Write`]; [`SimilarityError::UnwritablePath`] where a path is not UTF-8.
pub fn write_playlist_csv(file: &Path, entries: &[PlaylistEntry]) -> Result<(), SimilarityError> {
    let failed = |source| SimilarityError::Write { path: file.to_owned(), source };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut write = |record: &[String]| table.write_record(record).map_err(|error| failed(error.into()));
    write(&PLAYLIST_COLUMNS.map(str::to_owned))?;
    for (position, entry) in (1..).zip(entries) {
        let path = entry.path.to_str();
        let path = path.ok_or_else(|| SimilarityError::UnwritablePath { path: entry.path.clone() })?;
        write(&[
            position.to_string(),
            entry.title.clone(),
            entry.artist.clone(),
            text(&entry.album),
            text(&entry.genre),
            entry.year.map(|year| year.to_string()).unwrap_or_default(),
            format!("{:.3}", entry.duration_s),
            entry.tempo.map(|tempo| format!("{tempo:.2}")).unwrap_or_default(),
            entry.key.map(|key| key.to_string()).unwrap_or_default(),
            entry.key.map(|key| key.camelot()).unwrap_or_default(),
            path.to_owned(),
        ])?;
    }
    let bytes = table.into_inner().map_err(|error| failed(std::io::Error::other(error.to_string())))?;
    write_atomically(file, folder_of(file), &bytes).map_err(failed)
}
