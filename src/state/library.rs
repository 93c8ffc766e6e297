//! The library as the window knows it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{Recording, Track, TrackId};
use crate::jobs::message::{FailedFile, LibrarySnapshot, ModelSummary};

/// Tracks, failures and models of the open library.
#[derive(Debug, Clone, Default)]
pub struct LibraryView {
    /// Whether the library was read at least once.
    pub loaded: bool,
    pub root: PathBuf,
    /// Whether its folder cannot be written to.
    pub unwritable: bool,
    pub tracks: Vec<Arc<Track>>,
    pub failures: Vec<FailedFile>,
    /// Tracks that are never recommended.
    pub hidden: Vec<TrackId>,
    /// Recordings with several versions.
    pub recordings: Vec<Recording>,
    pub models: Vec<ModelSummary>,
    /// The genres of the tracks, the most frequent first.
    pub genres: Vec<String>,
    positions: HashMap<TrackId, usize>,
    /// Where in `recordings` the recording of each of their tracks is.
    versions: HashMap<TrackId, usize>,
}

impl LibraryView {
    /// The track of that number.
    pub fn track(&self, id: TrackId) -> Option<&Arc<Track>> {
        self.positions.get(&id).and_then(|position| self.tracks.get(*position))
    }

    /// The model that recommends.
    pub fn active_model(&self) -> Option<&ModelSummary> {
        self.models.iter().find(|model| model.active)
    }

    /// Whether there is no track although the library was read: time for the first-run screen.
    pub fn is_empty(&self) -> bool {
        self.loaded && self.tracks.is_empty()
    }

    pub(super) fn replace(&mut self, snapshot: LibrarySnapshot) {
        self.loaded = true;
        self.root = snapshot.root;
        self.unwritable = snapshot.unwritable;
        self.tracks = snapshot.tracks;
        self.failures = snapshot.failures;
        self.hidden = snapshot.hidden;
        self.set_recordings(snapshot.recordings);
        self.genres = genres(&self.tracks);
        self.models = snapshot.models;
        self.positions = self.tracks.iter().enumerate().map(|(position, track)| (track.id, position)).collect();
    }

    /// The recording that a track is a version of, where there are others.
    pub fn recording(&self, track: TrackId) -> Option<&Recording> {
        self.versions.get(&track).and_then(|place| self.recordings.get(*place))
    }

    pub(super) fn set_recordings(&mut self, recordings: Vec<Recording>) {
        let tracks = recordings.iter().enumerate();
        self.versions = tracks
            .flat_map(|(place, recording)| recording.versions.iter().map(move |version| (version.track, place)))
            .collect();
        self.recordings = recordings;
    }

    pub(super) fn add(&mut self, track: Arc<Track>) {
        match self.positions.get(&track.id) {
            Some(position) => self.tracks[*position] = track,
            None => {
                self.positions.insert(track.id, self.tracks.len());
                self.tracks.push(track);
            }
        }
    }

    pub(super) fn add_failure(&mut self, failure: FailedFile) {
        self.failures.retain(|known| known.path != failure.path);
        self.failures.push(failure);
    }
}

/// The genres in the tags of tracks by how many have them, in the case in which they are met first.
fn genres(tracks: &[Arc<Track>]) -> Vec<String> {
    let mut found: HashMap<String, (&str, usize)> = HashMap::new();
    for genre in tracks.iter().filter_map(|track| track.tags.genre.as_deref()) {
        let genre = genre.trim();
        if !genre.is_empty() {
            found.entry(genre.to_lowercase()).or_insert((genre, 0)).1 += 1;
        }
    }
    let mut genres: Vec<(&str, usize)> = found.into_values().collect();
    genres.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    genres.into_iter().map(|(genre, _)| genre.to_owned()).collect()
}
