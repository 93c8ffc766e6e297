//! Commands about files and folders: another library, the map as a file.

use std::path::PathBuf;

use crate::audio::message::PlayerCommand;
use crate::domain::TrackId;
use crate::jobs::message::{JobSpec, MapWays};
use crate::settings::Settings;

use super::{AppState, Effect, JobKind, PlayerView, Session, Severity};

/// Recommendations whose ways are drawn: more would hide each other.
const WAYS: usize = 5;

impl AppState {
    /// The job that keeps another library from being opened: what it does would be thrown away.
    pub fn keeps_library(&self) -> Option<&'static str> {
        let kinds =
            [JobKind::Import, JobKind::CatchUp, JobKind::FetchPreviews, JobKind::Demo, JobKind::Train, JobKind::Embed];
        kinds.into_iter().find(|kind| self.jobs.of_kind(kind).is_some()).and_then(|kind| kind.title())
    }

    pub(super) fn open_library(&mut self, folder: Option<PathBuf>) -> Vec<Effect> {
        if let Some(doing) = self.keeps_library() {
            let detail = format!("{doing} is under way. Let it finish, or cancel it, then choose the folder again.");
            self.notices.push(Severity::Warning, "The library stays open", detail);
            return Vec::new();
        }
        vec![Effect::OpenLibrary(folder)]
    }

    /// Begins anew over the library that was opened; `chosen` is kept in the settings, `None` stands for the
    /// platform's folder.
    pub fn opened_library(&mut self, chosen: Option<PathBuf>) -> Vec<Effect> {
        let settings = Settings { library: chosen, ..self.settings.clone() };
        // Tracks have other numbers there.
        let session = Session { selected: None, segment: 0, ..self.session.clone() };
        let mut fresh = Self::new(settings, session);
        fresh.notices = std::mem::take(&mut self.notices);
        fresh.devices = std::mem::take(&mut self.devices);
        let player = &self.player;
        fresh.player = PlayerView {
            volume: player.volume,
            no_device: player.no_device.clone(),
            // What the player still says is about an item of before.
            token: player.token + 1,
            ..PlayerView::default()
        };
        *self = fresh;
        let mut effects = vec![Effect::Player(PlayerCommand::Stop), Effect::SaveSettings, Effect::SaveSession];
        // What changes in the folders of the library before is none of this one's business.
        effects.push(Effect::Follow(Vec::new()));
        effects.extend(self.start());
        effects
    }

    /// The tracks asked about, and the recommendations whose ways are drawn beside theirs.
    pub(super) fn tracks_with_ways(&self) -> (Vec<TrackId>, Vec<TrackId>) {
        let Some(results) = &self.query.results else { return (Vec::new(), Vec::new()) };
        (results.seeds.clone(), results.items.iter().take(WAYS).map(|item| item.track).collect())
    }

    /// Writes the map with the ways that the window shows over it.
    pub(super) fn export_map(&mut self, path: PathBuf) -> Vec<Effect> {
        let ways = if self.session.show_trajectories && self.query.results.is_some() {
            let (asked, others) = self.tracks_with_ways();
            MapWays { files: self.query.file_query.iter().map(|file| (**file).clone()).collect(), asked, others }
        } else {
            MapWays::default()
        };
        let settings = self.map.settings.clone();
        vec![self.launch(JobKind::WriteMap, JobSpec::WriteMap { path, settings, ways })]
    }
}
