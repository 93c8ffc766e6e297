//! Versions of one recording: found, folded into one, kept apart by hand.

use super::history::{Change, Changed};
use super::notice::Severity;
use super::{AppState, Effect, JobKind};
use crate::domain::{Recording, TrackId};
use crate::jobs::message::{JobSpec, RecordingsFound};

impl AppState {
    pub(super) fn keep_apart(&mut self, tracks: Vec<TrackId>, apart: bool) -> Vec<Effect> {
        let is_apart = |track: &TrackId| {
            let recording = self.library.recording(*track)?;
            Some(recording.versions.iter().any(|version| version.track == *track && version.apart))
        };
        let tracks: Vec<TrackId> = tracks.into_iter().filter(|track| is_apart(track) == Some(!apart)).collect();
        if tracks.is_empty() {
            return Vec::new();
        }
        let what = if apart { "Keep versions apart" } else { "Fold versions" };
        self.history
            .note(Change { what: what.to_owned(), data: Changed::Apart { tracks: tracks.clone(), apart } }, false);
        self.set_apart(tracks, apart)
    }

    pub(super) fn set_apart(&mut self, tracks: Vec<TrackId>, apart: bool) -> Vec<Effect> {
        vec![self.launch(JobKind::KeepApart, JobSpec::KeepApart { tracks, apart })]
    }

    pub(super) fn take_recordings(
        &mut self,
        recordings: Vec<Recording>,
        found: Option<RecordingsFound>,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if found.is_some() && std::mem::take(&mut self.versions_again) {
            effects.extend(self.once(JobKind::FindRecordings, JobSpec::FindRecordings));
        }
        if let Some(found) = found.filter(|found| found.pairs > 0) {
            let versions = if found.pairs == 1 { "1 pair of versions" } else { "Versions" };
            let title = if found.pairs == 1 {
                format!("{versions} was found")
            } else {
                format!("{versions} of recordings were found")
            };
            self.notices.push(Severity::Info, title, "One stands for the others in recommendations; Data lists them.");
        }
        if self.library.recordings == recordings {
            return effects;
        }
        self.library.set_recordings(recordings);
        if self.query.results.is_some() {
            effects.extend(self.recommend());
        }
        effects
    }
}
