//! What the window shows and the commands that change it, testable without one.
//!
//! Views read [`AppState`] and push [`AppCommand`]s; only this room changes it. What has to happen outside (a job, the
//! player, a dialog) leaves as [`Effect`]s, which `app.rs` carries out.

mod account;
mod apply;
mod asking;
mod command;
mod datasets;
mod evaluation;
mod events;
mod example;
mod files;
mod folders;
mod history;
mod inspect;
mod jobs;
mod lab;
mod lesson;
mod library;
mod listening;
mod map;
mod marks;
pub mod notice;
mod playback;
mod player;
mod playlists;
mod present;
mod prompt;
mod query;
mod recordings;
mod session;
mod spotify;
mod study;
mod table;
mod training;
mod work;

pub use account::{AccountCommand, AccountForm, AccountView};
pub use command::{AppCommand, Dialog, Effect};
pub use datasets::{SetCommand, SetsView};
pub use evaluation::EvaluationView;
pub use example::Example;
pub use folders::{FolderCommand, FollowedFolder};
pub use history::{Change, Changed, History};
pub use jobs::{JobKind, JobList, RunningJob};
pub use lab::{Curve, LabCommand, LabPair, LabView, Measured};
pub use library::LibraryView;
pub use listening::{Heard, Hearing, ListeningCommand, ListeningView, Stage};
pub use map::{ColourBy, MapInMaking, MapView};
pub use marks::{MOST_ASKED, MarkCommand, Marks};
pub use notice::{Notice, Notices, Severity};
pub use player::{PlayerView, QueueItem, Side};
pub use playlists::{Arrangement, Choose, PlaylistCommand, PlaylistsView, WALK_TRACKS};
pub use present::{PresentCommand, Ready, Tour, TourStep, thinned};
pub use prompt::Prompt;
pub use query::{ExplanationView, InspectView, QueryView, Shape, ShapeView};
pub use session::{AnswerTab, EvaluateTab, Screen, Session};
pub use spotify::{SpotifyCommand, SpotifyView};
pub use study::StudyView;
pub use table::{SortKey, TableView};
pub use training::TrainingView;
pub use work::WorkCommand;

use crate::domain::{Track, TrackId};
use crate::jobs::message::{DeviceSummary, Subject};
use crate::settings::Settings;

/// Everything the window shows.
#[derive(Debug, Default)]
pub struct AppState {
    pub settings: Settings,
    /// What survives a restart beside the settings: screen, selection, layout.
    pub session: Session,
    pub library: LibraryView,
    pub table: TableView,
    /// The tracks that are marked, beside the selected one.
    pub marks: Marks,
    pub query: QueryView,
    pub map: MapView,
    pub inspect: InspectView,
    pub lab: LabView,
    /// The tour for an audience, while it is under way.
    pub tour: Option<Tour>,
    pub training: TrainingView,
    pub evaluation: EvaluationView,
    pub listening: ListeningView,
    pub study: StudyView,
    pub spotify: SpotifyView,
    pub account: AccountView,
    pub sets: SetsView,
    /// Folders whose changes are followed.
    pub folders: Vec<FollowedFolder>,
    /// What changed in them and was not looked at yet.
    changed: std::collections::BTreeSet<std::path::PathBuf>,
    pub playlists: PlaylistsView,
    /// What can be undone.
    pub history: History,
    pub player: PlayerView,
    pub jobs: JobList,
    /// Work of earlier, the newest first; `None` until it was read.
    pub past: Option<Vec<crate::jobs::message::PastJob>>,
    pub notices: Notices,
    /// Whether another window has the right to write to the library.
    pub read_only: bool,
    /// Where a picture of the window is to be saved, until it was taken.
    pub picture: Option<std::path::PathBuf>,
    /// A path that is asked for in the window.
    pub prompt: Option<Prompt>,
    /// Processors that can run the model; empty until they were looked for.
    pub devices: Vec<DeviceSummary>,
    /// Model and number of tracks of the last embedding that was started by itself: tracks that cannot be embedded do
    /// not start it again and again.
    embedding_tried: Option<(String, usize)>,
    /// Tracks that came since embedding was started last.
    arrived: usize,
    /// Whether tracks were embedded while versions of recordings were looked for: those were not among the compared.
    versions_again: bool,
}

impl AppState {
    /// The state at the start of the program, before the library was read.
    pub fn new(settings: Settings, session: Session) -> Self {
        let mut state = Self { settings, session, ..Self::default() };
        state.player.volume = state.settings.volume;
        state.query.metric = state.settings.metric;
        state.query.blend = state.settings.blend;
        state.map.settings.span = state.settings.span;
        state.training.spec.span = state.settings.span;
        state
    }

    /// What has to happen first: read the library and look for processors.
    pub fn start(&mut self) -> Vec<Effect> {
        use crate::jobs::message::JobSpec;
        vec![
            self.launch(JobKind::ReadLibrary, JobSpec::ReadLibrary),
            self.launch(JobKind::Devices, JobSpec::ListDevices),
            self.launch(JobKind::ReadPlaylists, JobSpec::ReadPlaylists),
        ]
    }

    /// The selected track, while it is in the library.
    pub fn selected(&self) -> Option<TrackId> {
        self.session.selected.filter(|track| self.library.track(*track).is_some())
    }

    /// What the inspect screen shows: what is asked about, track or file.
    pub fn inspected(&self) -> Option<Subject> {
        match &self.query.file {
            Some(file) => Some(Subject::File(file.clone())),
            None => self.selected().map(Subject::Track),
        }
    }

    /// Title and artist of a track or of the file asked about.
    pub fn named(&self, subject: &Subject) -> (String, String) {
        let of = |track: &Track| (track.title().to_owned(), track.artist().to_owned());
        match subject {
            Subject::Track(id) => self.library.track(*id).map(|track| of(track)).unwrap_or_default(),
            Subject::File(path) => match self.query.file_query.as_ref().filter(|file| file.track.path == *path) {
                Some(file) => of(&file.track),
                None => (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), String::new()),
            },
        }
    }

    /// Whether the player plays, or holds, that track or file.
    pub fn is_loaded(&self, subject: &Subject) -> bool {
        self.player.item.as_ref().is_some_and(|item| match subject {
            Subject::Track(id) => item.track == Some(*id),
            Subject::File(path) => item.track.is_none() && item.path == *path,
        })
    }

    /// Whether anything moves that needs another frame without input.
    pub fn is_animating(&self) -> bool {
        self.player.is_playing() || self.jobs.any_running()
    }
}

#[cfg(test)]
mod tests;
