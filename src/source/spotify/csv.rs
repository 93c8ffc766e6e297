//! `tracks_features.csv`: 1.2 million rows, read one at a time. A row that cannot be read is told with its line and never
//! ends the reading.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::python_list;
use crate::domain::{AudioFeatures, SpotifyTrack, is_spotify_id, spotify_key};
use crate::source::SourceError;

/// A row that says nothing usable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Where it begins in the file, from 1.
    pub line: u64,
    pub reason: String,
}

/// Columns that a table must have; others are used where they are there.
const NEEDED: [&str; 4] = ["id", "name", "artists", "duration_ms"];
/// All columns that are used, in the order of [`Columns`].
const USED: [&str; 24] = [
    "id",
    "name",
    "album",
    "album_id",
    "artists",
    "artist_ids",
    "track_number",
    "disc_number",
    "explicit",
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "duration_ms",
    "time_signature",
    "year",
    "release_date",
];

/// Reads the rows of a table one after the other.
pub struct Rows<R> {
    reader: Reader<R>,
    /// Where each of [`USED`] stands.
    columns: [Option<usize>; USED.len()],
    record: ByteRecord,
}

impl Rows<File> {
    /// Opens a table.
    ///
    /// # Errors
    /// [`SourceError::Read`] where it cannot be opened, [`SourceError::NotACatalogue`] where a needed column is missing.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let file = File::open(path).map_err(|source| SourceError::Read { path: path.to_path_buf(), source })?;
        Self::of(file, path)
    }
}

impl<R: Read> Rows<R> {
    /// Reads the names of the columns; `path` is for errors.
    ///
    /// # Errors
    /// As of [`Rows::open`].
    pub fn of(from: R, path: &Path) -> Result<Self, SourceError> {
        // Rows of another length are told apart below, with their line.
        let mut reader = ReaderBuilder::new().flexible(true).buffer_capacity(1 << 20).from_reader(from);
        let header = reader.byte_headers().map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(source) => SourceError::Read { path: path.to_path_buf(), source },
            other => SourceError::NotACatalogue { path: path.to_path_buf(), reason: format!("{other:?}") },
        })?;
        let columns = USED.map(|name| header.iter().position(|column| column.trim_ascii() == name.as_bytes()));
        for needed in NEEDED {
            let at = USED.iter().position(|name| *name == needed);
            if at.and_then(|at| columns[at]).is_none() {
                let reason = format!("it has no column “{needed}”");
                return Err(SourceError::NotACatalogue { path: path.to_path_buf(), reason });
            }
        }
        Ok(Self { reader, columns, record: ByteRecord::new() })
    }

    /// Bytes read so far, for progress.
    pub fn position(&self) -> u64 {
        self.reader.position().byte()
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<SpotifyTrack, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let begun = self.reader.position().line();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                let line = self.record.position().map_or(begun, csv::Position::line);
                let columns = self.reader.byte_headers().map_or(0, ByteRecord::len);
                if self.record.len() != columns {
                    let reason = format!("it has {} fields where the table has {columns} columns", self.record.len());
                    return Some(Err(BadRow { line, reason }));
                }
                Some(track(&self.record, &self.columns).map_err(|reason| BadRow { line, reason }))
            }
            Err(error) => {
                // The disk failed or the file is gone: there is no next row.
                let reason = format!("the file cannot be read on: {error}");
                self.columns = [None; USED.len()];
                Some(Err(BadRow { line: begun, reason })).filter(|_| !self.reader.is_done())
            }
        }
    }
}

fn track(record: &ByteRecord, columns: &[Option<usize>; USED.len()]) -> Result<SpotifyTrack, String> {
    let text = |index: usize| -> Result<&str, String> {
        let field = columns[index].and_then(|column| record.get(column)).unwrap_or_default();
        std::str::from_utf8(field).map(str::trim).map_err(|_| format!("{} is not UTF-8", USED[index]))
    };
    // Empty is 0, as for tracks that were never analysed.
    let number = |index: usize| -> Result<f64, String> {
        let text = text(index)?;
        let value: f64 = if text.is_empty() { 0.0 } else { text.parse().map_err(|_| not_a_number(index, text))? };
        if value.is_finite() { Ok(value) } else { Err(not_a_number(index, text)) }
    };
    let whole = |index: usize| number(index).map(|value| value.round().clamp(0.0, f64::from(u32::MAX)) as u32);
    let list = |index: usize| -> Result<Vec<String>, String> {
        match text(index)? {
            "" => Ok(Vec::new()),
            text => {
                python_list::read(text).ok_or_else(|| format!("{} is no list of names: {}", USED[index], cut(text)))
            }
        }
    };
    let id = text(0)?;
    if !is_spotify_id(id) {
        return Err(format!("its id is not one of Spotify's: {}", cut(id)));
    }
    let major = number(13)? >= 0.5;
    let pitch_class = if text(11)?.is_empty() { -1.0 } else { number(11)? };
    let positive = |value: f64| Some(value).filter(|value| *value > 0.0);
    let features = AudioFeatures {
        danceability: number(9)?,
        energy: number(10)?,
        key: spotify_key(pitch_class.round() as i64, major),
        loudness: number(12)?,
        major,
        speechiness: number(14)?,
        acousticness: number(15)?,
        instrumentalness: number(16)?,
        liveness: number(17)?,
        valence: number(18)?,
        tempo: positive(number(19)?),
        time_signature: positive(number(21)?).map(|beats| beats.round().clamp(1.0, 255.0) as u8),
    };
    let year = positive(number(22)?).map(|year| year.clamp(0.0, 9_999.0) as u16);
    let release_date = Some(text(23)?).filter(|date| !date.is_empty() && !date.starts_with("0000")).map(str::to_owned);
    Ok(SpotifyTrack {
        id: id.to_owned(),
        title: text(1)?.to_owned(),
        album: text(2)?.to_owned(),
        album_id: text(3)?.to_owned(),
        artists: list(4)?,
        artist_ids: list(5)?,
        track_number: whole(6)?,
        disc_number: whole(7)?,
        explicit: text(8)?.eq_ignore_ascii_case("true"),
        features,
        duration_ms: whole(20)?,
        year,
        release_date,
    })
}

fn not_a_number(index: usize, text: &str) -> String {
    format!("{} is not a number: {}", USED[index], cut(text))
}

/// As much of a field as fits into a message.
fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "id,name,album,album_id,artists,artist_ids,track_number,disc_number,explicit,danceability,energy,key,\
        loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,duration_ms,time_signature,year,\
        release_date";
    const ROW: &str = "7lmeHLHBe4nmXzuXc0HDjk,Testify,The Battle Of Los Angeles,2eia0myWFgoHuttJytCxgX,\
        ['Rage Against The Machine'],['2d0hyoQ5ynDBnkvAbJKORj'],1,1,False,0.47,0.978,7,-5.399,1,0.0727,0.0261,1.09e-05,0.356,\
        0.503,117.906,210133,4.0,1999,1999-11-02";

    fn rows(text: &str) -> Vec<Result<SpotifyTrack, BadRow>> {
        Rows::of(text.as_bytes(), Path::new("table.csv")).unwrap().collect()
    }

    #[test]
    fn a_row_is_read_as_it_is_meant() {
        let found = rows(&format!("\u{feff}{HEADER}\n{ROW}\n")).remove(0).unwrap();
        assert_eq!((found.id.as_str(), found.title.as_str()), ("7lmeHLHBe4nmXzuXc0HDjk", "Testify"));
        assert_eq!(
            (found.artists, found.artist_ids),
            (vec!["Rage Against The Machine".to_owned()], vec!["2d0hyoQ5ynDBnkvAbJKORj".to_owned()])
        );
        assert_eq!((found.track_number, found.disc_number, found.explicit), (1, 1, false));
        assert_eq!(
            (found.duration_ms, found.year, found.release_date.as_deref()),
            (210_133, Some(1999), Some("1999-11-02"))
        );
        let features = found.features;
        assert_eq!(
            (features.key, features.tempo, features.time_signature),
            (spotify_key(7, true), Some(117.906), Some(4))
        );
        assert_eq!((features.instrumentalness, features.valence, features.major), (1.09e-05, 0.503, true));
    }

    #[test]
    fn quirks_of_the_table_are_understood() {
        let change = |from: &str, to: &str| format!("{HEADER}\r\n{}\r\n", ROW.replace(from, to));
        let one = |text: String| rows(&text).remove(0).unwrap();
        assert_eq!(
            one(change("['Rage Against The Machine']", r#""[""John O'Gallagher"", 'X']""#)).artists,
            ["John O'Gallagher", "X"]
        );
        assert_eq!(one(change(",Testify,", r#","A ""b"", c","#)).title, "A \"b\", c");
        assert_eq!(one(change(",Testify,", ",,")).title, "");
        assert_eq!(one(change("1999,1999-11-02", "0,0000")).year, None);
        assert_eq!(one(change("1999,1999-11-02", "0,0000")).release_date, None);
        let silent = one(change("117.906,210133,4.0", "0.0,29000,0.0")).features;
        assert_eq!((silent.tempo, silent.time_signature), (None, None));
        assert_eq!(one(change(",7,-5.399,1,", ",-1,-5.399,0,")).features.key, None);
        assert!(one(change(",False,", ",True,")).explicit);
        // Other columns, in another order.
        let short = "duration_ms,artists,name,id,unknown\n1000,['A'],T,7lmeHLHBe4nmXzuXc0HDjk,?\n";
        assert_eq!((one(short.to_owned()).duration_ms, one(short.to_owned()).title), (1_000, "T".to_owned()));
    }

    #[test]
    fn bad_rows_are_told_with_their_line_and_the_rest_is_read() {
        let broken = [
            ROW.replace("7lmeHLHBe4nmXzuXc0HDjk", "short"),
            ROW.replace("['Rage Against The Machine']", "Rage"),
            ROW.replace("0.978", "loud"),
            ROW.replace("0.978", "inf"),
            ROW.replace(",1999-11-02", ""),
        ];
        let text = format!("{HEADER}\n{}\n\"two\nlines\"{}\n{ROW}\n", broken.join("\n"), &ROW[22..]);
        let found = rows(&text);
        let lines: Vec<u64> = found.iter().filter_map(|row| row.as_ref().err()).map(|bad| bad.line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 7]);
        assert!(found.last().unwrap().is_ok());
        assert!(found[2].as_ref().unwrap_err().reason.contains("energy is not a number: loud"));
        let mut bytes = format!("{HEADER}\n").into_bytes();
        bytes.extend(ROW.replace("Testify", "#").bytes().map(|byte| if byte == b'#' { 0xff } else { byte }));
        let found: Vec<_> = Rows::of(bytes.as_slice(), Path::new("table.csv")).unwrap().collect();
        assert_eq!(found[0].as_ref().unwrap_err().reason, "name is not UTF-8");
    }

    #[test]
    fn another_table_is_refused_with_what_it_lacks() {
        let refused = Rows::of("id,name,duration_ms\n".as_bytes(), Path::new("table.csv")).err().unwrap().to_string();
        assert!(refused.contains("no column “artists”"), "{refused}");
        assert!(Rows::of("".as_bytes(), Path::new("table.csv")).is_err());
    }
}
