//! Labels of tracks: from a table, or from the tags of their files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::domain::{Tags, TrackId};

use super::EvaluateError;
use super::collection::{Column, Role};

/// A table of labels as it is in its file.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelTable {
    pub path: PathBuf,
    /// Names of the columns but for `file`.
    pub columns: Vec<String>,
    /// What the column `file` says, and the values of the other columns.
    pub rows: Vec<(String, Vec<String>)>,
}

/// Columns of labels for a list of tracks.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// Tracks that have a row, in rising order.
    pub tracks: Vec<TrackId>,
    /// In the order of `tracks`.
    pub columns: Vec<Column>,
    /// Rows that belong to no track, or to several.
    pub unmatched: usize,
    pub ambiguous: usize,
}

impl LabelTable {
    /// Reads a CSV file with a header, one column of which is called `file`.
    ///
    /// # Errors
    /// [`EvaluateError::Table`] and [`EvaluateError::NoFileColumn`]
    pub fn read(path: &Path) -> Result<Self, EvaluateError> {
        let failed = |error: csv::Error| EvaluateError::Table {
            path: path.to_owned(),
            reason: format!("the labels cannot be read ({error})"),
        };
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_path(path).map_err(failed)?;
        // Spreadsheets put a mark in front of the first name.
        let header: Vec<String> = reader
            .headers()
            .map_err(failed)?
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').to_owned())
            .collect();
        let file = header.iter().position(|name| name.eq_ignore_ascii_case("file"));
        let file =
            file.ok_or_else(|| EvaluateError::NoFileColumn { path: path.to_owned(), columns: header.clone() })?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(failed)?;
            let Some(name) = record.get(file).filter(|name| !name.is_empty()) else { continue };
            let values = (0..header.len()).filter(|place| *place != file);
            let values = values.map(|place| record.get(place).unwrap_or_default().to_owned()).collect();
            rows.push((name.to_owned(), values));
        }
        let columns =
            header.into_iter().enumerate().filter(|(place, _)| *place != file).map(|(_, name)| name).collect();
        Ok(Self { path: path.to_owned(), columns, rows })
    }

    /// Finds the tracks of the rows. `paths` are all paths of all tracks that can be evaluated.
    ///
    /// A row belongs to the track with the same file name; where there are several, to the one whose path ends as the row
    /// says. A row that still fits several tracks is not used.
    ///
    /// # Errors
    /// [`EvaluateError::NothingMatched`]
    pub fn matched(&self, paths: &[(TrackId, PathBuf)]) -> Result<Labelled, EvaluateError> {
        let names = Names::new(paths);
        let (mut unmatched, mut ambiguous) = (0, 0);
        let mut found: HashMap<TrackId, &Vec<String>> = HashMap::new();
        for (file, values) in &self.rows {
            match names.find(file) {
                Found::One(track) => {
                    found.insert(track, values);
                }
                Found::None => unmatched += 1,
                Found::Several => ambiguous += 1,
            }
        }
        if found.is_empty() {
            let track = paths.first().map_or_else(|| "no track".to_owned(), |(_, path)| file_name(path));
            let label = self.rows.first().map(|(file, _)| file.clone()).unwrap_or_default();
            return Err(EvaluateError::NothingMatched { looked: self.rows.len(), label, track });
        }
        let mut tracks: Vec<TrackId> = found.keys().copied().collect();
        tracks.sort_unstable();
        let columns = self.columns.iter().enumerate().map(|(place, name)| {
            let values: Vec<Option<String>> = tracks.iter().map(|track| found[track].get(place).cloned()).collect();
            Column::new(name, &values)
        });
        Ok(Labelled { columns: columns.collect(), tracks, unmatched, ambiguous })
    }
}

/// The labels that files bring in their tags: artist, album, and the genre as "style".
pub fn from_tags(tracks: &[(TrackId, Tags)]) -> Labelled {
    let mut tracks: Vec<&(TrackId, Tags)> = tracks.iter().collect();
    tracks.sort_by_key(|(id, _)| *id);
    let column = |name: &str, tag: fn(&Tags) -> &Option<String>| {
        let values: Vec<Option<String>> = tracks.iter().map(|(_, tags)| tag(tags).clone()).collect();
        Column::new(name, &values)
    };
    let columns = vec![
        column("album", |tags| &tags.album),
        column("artist", |tags| &tags.artist),
        column("style", |tags| &tags.genre),
    ];
    debug_assert!(columns.iter().all(|column| column.role != Role::Recording));
    Labelled { tracks: tracks.iter().map(|(id, _)| *id).collect(), columns, unmatched: 0, ambiguous: 0 }
}

impl Labelled {
    /// Keeps the tracks that `keep` says, with their labels.
    pub fn retain(&mut self, keep: impl Fn(TrackId) -> bool) {
        let kept: Vec<bool> = self.tracks.iter().map(|track| keep(*track)).collect();
        let mut of_tracks = kept.iter().copied();
        self.tracks.retain(|_| of_tracks.next().unwrap_or(false));
        for column in &mut self.columns {
            let mut of_values = kept.iter().copied();
            column.values.retain(|_| of_values.next().unwrap_or(false));
        }
    }
}

/// Whose file a name or a path stands for.
pub enum Found {
    None,
    One(TrackId),
    Several,
}

/// Finds tracks by the names of their files.
pub struct Names<'a> {
    by_name: HashMap<String, Vec<(TrackId, &'a Path)>>,
}

impl<'a> Names<'a> {
    pub fn new(paths: &'a [(TrackId, PathBuf)]) -> Self {
        let mut by_name: HashMap<String, Vec<(TrackId, &Path)>> = HashMap::new();
        for (track, path) in paths {
            by_name.entry(file_name(path)).or_default().push((*track, path));
        }
        Self { by_name }
    }

    pub fn find(&self, file: &str) -> Found {
        // Tables travel between systems, so both separators count.
        let file = file.replace('\\', "/");
        let name = file.rsplit('/').next().unwrap_or_default();
        let Some(candidates) = self.by_name.get(name) else { return Found::None };
        if let Some(track) = only(candidates.iter().map(|(track, _)| *track)) {
            return Found::One(track);
        }
        let ends = candidates.iter().filter(|(_, path)| path.ends_with(Path::new(&file)));
        only(ends.map(|(track, _)| *track)).map_or(Found::Several, Found::One)
    }
}

/// The track that all of them are.
fn only(mut tracks: impl Iterator<Item = TrackId>) -> Option<TrackId> {
    let first = tracks.next()?;
    tracks.all(|other| other == first).then_some(first)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn paths() -> Vec<(TrackId, PathBuf)> {
        let of = |id, path: &str| (TrackId(id), PathBuf::from(path));
        vec![of(1, "/m/a/one.mp3"), of(2, "/m/a/two.mp3"), of(3, "/m/b/two.mp3"), of(1, "/m/copy of one.mp3")]
    }

    #[test]
    fn rows_find_their_tracks_by_name_and_then_by_the_end_of_the_path() {
        let (_folder, path) =
            table("\u{feff}file,artist,mood\ncopy of one.mp3,X, calm \nb/two.mp3,Y\ntwo.mp3,Z,\nthree.mp3,Q,\n");
        let labels = LabelTable::read(&path).unwrap();
        assert_eq!(labels.columns, ["artist", "mood"]);
        let found = labels.matched(&paths()).unwrap();
        assert_eq!(found.tracks, [TrackId(1), TrackId(3)]);
        assert_eq!((found.unmatched, found.ambiguous), (1, 1));
        assert_eq!(found.columns[0].names, ["X", "Y"]);
        assert_eq!(found.columns[1].values, [Some(0), None], "an empty value is unknown");
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said() {
        let (_folder, path) = table("name,artist\na,b\n");
        let error = LabelTable::read(&path).unwrap_err().to_string();
        assert!(error.contains("“file”") && error.contains("name, artist"), "{error}");
        let (_folder, path) = table("file,artist\nnine.mp3,b\nten.mp3,b\n");
        let error = LabelTable::read(&path).unwrap().matched(&paths()).unwrap_err().to_string();
        assert!(error.contains("2 file names") && error.contains("nine.mp3") && error.contains("one.mp3"), "{error}");
        let gone = LabelTable::read(Path::new("/nowhere/labels.csv")).unwrap_err().to_string();
        assert!(gone.contains("/nowhere/labels.csv"), "{gone}");
    }

    #[test]
    fn tags_are_labels_too() {
        let tags =
            |artist: &str| Tags { artist: Some(artist.to_owned()), genre: Some("rock".to_owned()), ..Tags::default() };
        let labelled = from_tags(&[(TrackId(2), tags("B")), (TrackId(1), tags("A"))]);
        assert_eq!(labelled.tracks, [TrackId(1), TrackId(2)]);
        let style = labelled.columns.iter().find(|column| column.name == "style").unwrap();
        assert_eq!(style.values, [Some(0), Some(0)]);
    }
}
