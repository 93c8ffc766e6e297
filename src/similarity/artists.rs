//! Who made a track, asked only of the tracks that come into question.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::TrackId;

/// Knows the artists of tracks.
pub trait Artists: std::fmt::Debug + Send + Sync {
    /// The artist as the tags have it.
    fn of(&self, track: TrackId) -> Option<String>;
}

impl Artists for HashMap<TrackId, String> {
    fn of(&self, track: TrackId) -> Option<String> {
        self.get(&track).cloned()
    }
}

/// The artist of a track without regard to case and outer spaces; none where nobody is named.
pub(super) fn known(artists: &dyn Artists, track: TrackId) -> Option<String> {
    let artist = artists.of(track)?.trim().to_lowercase();
    (!artist.is_empty() && artist != "unknown artist").then_some(artist)
}

/// A number for the artist of each place that is asked about.
pub(super) struct Numbers<'a> {
    artists: &'a dyn Artists,
    ids: &'a [TrackId],
    given: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    of_place: HashMap<u32, u32>,
    of_name: HashMap<String, u32>,
}

impl<'a> Numbers<'a> {
    /// `ids` are the tracks of the places.
    pub fn new(artists: &'a dyn Artists, ids: &'a [TrackId]) -> Self {
        Self { artists, ids, given: Mutex::default() }
    }

    /// The number of a place's artist; 0 where none is known.
    pub fn of(&self, place: u32) -> u32 {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = given.of_place.get(&place) {
            return *number;
        }
        let name = self.ids.get(place as usize).and_then(|track| known(self.artists, *track));
        let next = given.of_name.len() as u32 + 1;
        let number = name.map_or(0, |name| *given.of_name.entry(name).or_insert(next));
        given.of_place.insert(place, number);
        number
    }
}
