//! The library table: which tracks are shown, in which order.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Track, TrackId};

use super::Marks;

/// The column the table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum SortKey {
    #[default]
    Title,
    Artist,
    Album,
    Genre,
    Year,
    Duration,
    Tempo,
    Key,
    Added,
}

impl SortKey {
    pub const ALL: [Self; 9] = [
        Self::Title,
        Self::Artist,
        Self::Album,
        Self::Genre,
        Self::Year,
        Self::Duration,
        Self::Tempo,
        Self::Key,
        Self::Added,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Title => "Title",
            Self::Artist => "Artist",
            Self::Album => "Album",
            Self::Genre => "Genre",
            Self::Year => "Year",
            Self::Duration => "Length",
            Self::Tempo => "Tempo",
            Self::Key => "Key",
            Self::Added => "Added",
        }
    }
}

/// The rows of the table after search and sort.
#[derive(Debug, Clone, Default)]
pub struct TableView {
    /// What is searched for, in title, artist, album and genre; every word must occur.
    pub search: String,
    /// Tracks shown, in order.
    pub rows: Vec<TrackId>,
}

impl TableView {
    /// Finds and orders the rows anew.
    pub fn rebuild(&mut self, tracks: &[Arc<Track>], marks: &Marks, sort: SortKey, descending: bool) {
        let words: Vec<String> = self.search.split_whitespace().map(str::to_lowercase).collect();
        let mut found: Vec<(SortValue, &Track)> = tracks
            .iter()
            .filter(|track| marks.shows(track.id) && (words.is_empty() || matches(track, &words)))
            .map(|track| (SortValue::of(track, sort), track.as_ref()))
            .collect();
        found.sort_by(|(a, track_a), (b, track_b)| {
            // What is not known stands last in either direction.
            let order = match (a.is_unknown(), b.is_unknown()) {
                (false, false) if descending => b.cmp(a),
                (false, false) => a.cmp(b),
                (unknown_a, unknown_b) => unknown_a.cmp(&unknown_b),
            };
            order.then_with(|| track_a.id.cmp(&track_b.id))
        });
        self.rows = found.into_iter().map(|(_, track)| track.id).collect();
    }

    /// The row of a track, where it is shown.
    pub fn position(&self, track: TrackId) -> Option<usize> {
        self.rows.iter().position(|row| *row == track)
    }
}

fn matches(track: &Track, words: &[String]) -> bool {
    let fields = [Some(track.title()), Some(track.artist()), track.tags.album.as_deref(), track.tags.genre.as_deref()];
    let text = fields.into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SortValue {
    Text(String),
    Number(i64),
    Unknown,
}

impl SortValue {
    fn of(track: &Track, key: SortKey) -> Self {
        let text = |text: Option<&str>| text.map_or(Self::Unknown, |text| Self::Text(text.to_lowercase()));
        match key {
            SortKey::Title => text(Some(track.title())),
            SortKey::Artist => text(track.tags.artist.as_deref()),
            SortKey::Album => text(track.tags.album.as_deref()),
            SortKey::Genre => text(track.tags.genre.as_deref()),
            SortKey::Year => track.tags.year.map_or(Self::Unknown, |year| Self::Number(year.into())),
            SortKey::Duration => Self::Number((track.duration_s * 1_000.0) as i64),
            SortKey::Tempo => track.tempo.map_or(Self::Unknown, |tempo| Self::Number((tempo * 100.0) as i64)),
            SortKey::Key => track.key.map_or(Self::Unknown, |key| Self::Number(key.index().into())),
            SortKey::Added => Self::Number(track.added_at),
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}
