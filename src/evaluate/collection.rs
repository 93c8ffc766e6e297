//! The tracks that are evaluated and what is known of them.

use crate::domain::TrackId;

use super::EvaluateError;

/// What a column of labels says of a track, which decides what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Clips with the same value are parts of the same recording.
    Recording,
    Album,
    Artist,
    /// A style, and any other label: what tracks of different artists may share.
    Style,
}

impl Role {
    /// The role of a column, by its name.
    pub fn of(name: &str) -> Self {
        match name.to_lowercase().as_str() {
            "track_id" | "recording" => Self::Recording,
            "album" => Self::Album,
            "artist" => Self::Artist,
            _ => Self::Style,
        }
    }
}

/// A column of labels, a value a track. Values are compared without regard to case and outer spaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name shown in reports: "recording", "album", "artist", "style", or the column's own.
    pub name: String,
    pub role: Role,
    /// For each track the place of its value in `names`; `None` where it is unknown.
    pub values: Vec<Option<usize>>,
    /// The values as they are first written.
    pub names: Vec<String>,
}

impl Column {
    /// Numbers the `values`, one a track; empty ones count as unknown.
    pub fn new(name: &str, values: &[Option<String>]) -> Self {
        let role = Role::of(name);
        let shown = match role {
            Role::Recording => "recording".to_owned(),
            _ => name.to_lowercase(),
        };
        let mut names: Vec<String> = Vec::new();
        let mut known = std::collections::HashMap::new();
        let values = values
            .iter()
            .map(|value| {
                let value = value.as_deref().map(str::trim).filter(|value| !value.is_empty())?;
                Some(*known.entry(value.to_lowercase()).or_insert_with(|| {
                    names.push(value.to_owned());
                    names.len() - 1
                }))
            })
            .collect();
        Self { name: shown, role, values, names }
    }

    /// Whether both tracks are known to have the same value.
    fn same(&self, a: usize, b: usize) -> bool {
        self.values[a].is_some() && self.values[a] == self.values[b]
    }

    /// The number of different values that occur.
    pub fn distinct(&self) -> usize {
        let mut seen: Vec<usize> = self.values.iter().flatten().copied().collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    }
}

/// The tracks in rising order of their ids, and their labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Collection {
    pub tracks: Vec<TrackId>,
    /// Every column that is known, asked about or not.
    pub columns: Vec<Column>,
    /// Places in `columns` of those that are asked about.
    pub asked: Vec<usize>,
    /// Styles, in lower case, that take no part in the style measures.
    pub left_out: Vec<String>,
    recording: Option<usize>,
    album: Option<usize>,
    artist: Option<usize>,
}

/// What a candidate is to a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not in the gallery.
    LeftOut,
    Irrelevant,
    Relevant,
}

impl Collection {
    /// Takes the tracks with their labels. `by` names the columns that are asked about; empty asks about recording,
    /// album, artist and style as far as they are there. Recording is asked about wherever it is known. "style" and
    /// "genre" stand for each other.
    ///
    /// # Errors
    /// [`EvaluateError::UnknownColumn`]; [`EvaluateError::NothingToAsk`] for fewer than two tracks or no labels.
    pub fn new(
        tracks: Vec<TrackId>,
        columns: Vec<Column>,
        by: &[String],
        left_out: &[String],
    ) -> Result<Self, EvaluateError> {
        if tracks.len() < 2 {
            return Err(EvaluateError::NothingToAsk(format!(
                "{} of the library's tracks can be evaluated; two are needed at least",
                tracks.len()
            )));
        }
        let place = |name: &str| {
            let wanted = name.trim().to_lowercase();
            columns.iter().position(|column| {
                column.name == wanted
                    || (column.role == Role::Recording && Role::of(&wanted) == Role::Recording)
                    || (wanted == "style" && column.name == "genre")
                    || (wanted == "genre" && column.name == "style")
            })
        };
        let role = |role: Role| columns.iter().position(|column| column.role == role);
        let recording = role(Role::Recording);
        let mut asked: Vec<usize> = recording.into_iter().collect();
        if by.is_empty() {
            asked.extend(["album", "artist", "style"].into_iter().filter_map(place));
        }
        for name in by.iter().filter(|name| !name.trim().is_empty()) {
            let names = || columns.iter().map(|column| column.name.clone()).collect();
            let found =
                place(name).ok_or_else(|| EvaluateError::UnknownColumn { name: name.clone(), columns: names() })?;
            if !asked.contains(&found) {
                asked.push(found);
            }
        }
        if asked.iter().all(|place| columns[*place].values.iter().all(Option::is_none)) {
            return Err(EvaluateError::NothingToAsk(
                "the tracks have no labels to evaluate by: give a table with --labels, or import files with tags"
                    .to_owned(),
            ));
        }
        let left_out =
            left_out.iter().map(|style| style.trim().to_lowercase()).filter(|style| !style.is_empty()).collect();
        let (album, artist) = (role(Role::Album), role(Role::Artist));
        Ok(Self { tracks, columns, asked, left_out, recording, album, artist })
    }

    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// Whether both are known to be of the same recording.
    pub fn same_recording(&self, a: usize, b: usize) -> bool {
        self.same(self.recording, a, b)
    }

    /// Whether the two may be by the same artist: they are known to be, or are of one recording, or one of the artists is
    /// unknown while others are known.
    pub fn may_share_artist(&self, a: usize, b: usize) -> bool {
        if self.same_recording(a, b) {
            return true;
        }
        let Some(artist) = self.artist.map(|place| &self.columns[place]) else { return false };
        match (artist.values[a], artist.values[b]) {
            (Some(a), Some(b)) => a == b,
            _ => artist.values.iter().any(Option::is_some),
        }
    }

    /// The group of each track in resampling: its recording, or itself where that is unknown.
    pub fn groups(&self) -> Vec<usize> {
        let recordings = self.recording.map(|place| &self.columns[place]);
        let known = recordings.map_or(0, |column| column.names.len());
        let group = |track: usize| recordings.and_then(|column| column.values[track]).unwrap_or(known + track);
        (0..self.len()).map(group).collect()
    }

    /// The column that styles are told by, for the table by style.
    pub fn style(&self) -> Option<&Column> {
        let styles =
            || self.asked.iter().map(|place| &self.columns[*place]).filter(|column| column.role == Role::Style);
        styles().find(|column| matches!(column.name.as_str(), "style" | "genre")).or_else(|| styles().next())
    }

    /// Whether the track's style takes part.
    pub fn is_style_left_out(&self, column: &Column, track: usize) -> bool {
        column.values[track].is_some_and(|value| self.left_out.contains(&column.names[value].to_lowercase()))
    }

    /// What `candidate` is to `query` where tracks with the same value in `column` are looked for:
    ///
    /// - recording: all other clips are the gallery;
    /// - album and artist: without the recording's own clips, and without tracks whose label is unknown;
    /// - style and other labels: without the tracks of the query's recording, artist and album, those whose label is
    ///   unknown, and those of styles left out.
    ///
    /// A track without a label asks nothing: everything is left out.
    pub fn standing(&self, column: &Column, query: usize, candidate: usize) -> Standing {
        let same = column.same(query, candidate);
        let told = |left_out: bool| match (left_out, same) {
            (true, _) => Standing::LeftOut,
            (false, true) => Standing::Relevant,
            (false, false) => Standing::Irrelevant,
        };
        if query == candidate || column.values[query].is_none() {
            return Standing::LeftOut;
        }
        match column.role {
            Role::Recording => told(false),
            Role::Album | Role::Artist => {
                told(column.values[candidate].is_none() || self.same_recording(query, candidate))
            }
            Role::Style => told(
                column.values[candidate].is_none()
                    || self.is_style_left_out(column, query)
                    || self.is_style_left_out(column, candidate)
                    || self.same_recording(query, candidate)
                    || self.same(self.artist, query, candidate)
                    || self.same(self.album, query, candidate),
            ),
        }
    }

    fn same(&self, column: Option<usize>, a: usize, b: usize) -> bool {
        column.is_some_and(|place| self.columns[place].same(a, b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[&str]) -> Vec<Option<String>> {
        values.iter().map(|value| Some((*value).to_owned())).collect()
    }

    /// Two clips of recording r, one other track of the same album, one of the same artist, one of the same style alone.
    fn five() -> Collection {
        let columns = vec![
            Column::new("track_id", &texts(&["r", "r", "s", "t", "u"])),
            Column::new("album", &texts(&["A", "a ", "A", "B", "C"])),
            Column::new("artist", &texts(&["X", "X", "Y", "x", "Z"])),
            Column::new("style", &texts(&["rock", "rock", "rock", "rock", "Rock"])),
        ];
        Collection::new((1..=5).map(TrackId).collect(), columns, &[], &[]).unwrap()
    }

    #[test]
    fn galleries_leave_out_what_would_be_too_easy() {
        let five = five();
        let standings = |name: &str| -> Vec<Standing> {
            let column = five.columns.iter().find(|column| column.name == name).unwrap();
            (0..5).map(|candidate| five.standing(column, 0, candidate)).collect()
        };
        use Standing::{Irrelevant as I, LeftOut as L, Relevant as R};
        assert_eq!(standings("recording"), [L, R, I, I, I]);
        assert_eq!(standings("album"), [L, L, R, I, I]);
        assert_eq!(standings("artist"), [L, L, I, R, I]);
        assert_eq!(standings("style"), [L, L, L, L, R]);
        assert_eq!(five.groups(), [0, 0, 1, 2, 3]);
        assert!(five.may_share_artist(0, 3) && !five.may_share_artist(0, 4));
    }

    #[test]
    fn styles_can_be_left_out_and_unknown_columns_are_named() {
        let columns = five().columns;
        let tracks: Vec<TrackId> = (1..=5).map(TrackId).collect();
        let by = ["style".to_owned()];
        let some = Collection::new(tracks.clone(), columns.clone(), &by, &["ROCK".to_owned()]).unwrap();
        assert_eq!(some.asked, [0, 3], "recording is asked about wherever it is known");
        assert_eq!(some.standing(&some.columns[3], 0, 4), Standing::LeftOut);
        let error = Collection::new(tracks.clone(), columns, &["mood".to_owned()], &[]).unwrap_err().to_string();
        assert!(error.contains("mood") && error.contains("recording, album, artist, style"), "{error}");
        let empty = vec![Column::new("artist", &vec![None; 5])];
        assert!(Collection::new(tracks, empty, &[], &[]).unwrap_err().to_string().contains("--labels"));
    }
}
