//! Jobs under way, as the window shows them.

use std::collections::BTreeMap;

use crate::domain::{Progress, TrackId};
use crate::jobs::message::JobId;

/// What a job is for: how its answer is taken in.
#[derive(Debug, Clone, PartialEq)]
pub enum JobKind {
    ReadLibrary,
    Devices,
    Demo,
    Import,
    ImportSpotify,
    FindSpotify,
    MatchSpotify,
    AcceptTerms,
    FetchPreviews,
    FollowFolder,
    Train,
    /// A network that learns for an audience and is forgotten.
    Rehearse,
    Embed,
    Activate,
    Recommend,
    Hide,
    FindNeighbours,
    ReadNeighbours,
    Explain,
    /// Two tracks for the lab.
    Pair,
    Map,
    Place,
    /// `beside`: for the track shown beside the selected one.
    Inspect {
        beside: bool,
    },
    Units,
    Nearest,
    Draw,
    Sound,
    Sketch(TrackId),
    Playlist,
    ReadPlaylists,
    KeepPlaylists,
    ImportPlaylist,
    CopyFiles,
    Walk,
    WriteMap,
    WritePicture,
    Curves,
    Evaluate,
    Evaluations,
    WriteEvaluation,
    PlanListening,
    ReadListening,
    KeepAnswers,
    LearnBlend,
    WriteAnswers,
    Study,
    ReadStudies,
    WriteStudy,
}

impl JobKind {
    /// The job in the words of the status bar; `None` where it is too short to be shown.
    pub fn title(&self) -> Option<&'static str> {
        match self {
            Self::Demo => Some("Composing the demo library"),
            Self::Import => Some("Importing"),
            Self::ImportSpotify => Some("Reading the Spotify catalogue"),
            Self::MatchSpotify => Some("Matching tracks with the Spotify catalogue"),
            Self::FetchPreviews => Some("Fetching previews"),
            Self::Train => Some("Training"),
            Self::Rehearse => Some("Training for the tour"),
            Self::Embed => Some("Embedding"),
            Self::Map => Some("Laying out the map"),
            Self::Recommend => Some("Searching"),
            Self::WriteMap => Some("Writing the map"),
            Self::FindNeighbours => Some("Finding neighbours"),
            Self::Units => Some("Looking into the units"),
            Self::Sound => Some("Making sound of a picture"),
            Self::Evaluate => Some("Evaluating"),
            Self::PlanListening => Some("Preparing the listening study"),
            Self::Study => Some("Studying"),
            Self::CopyFiles => Some("Copying files"),
            Self::Walk => Some("Walking"),
            _ => None,
        }
    }
}

/// A job under way.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningJob {
    pub kind: JobKind,
    pub progress: Progress,
    pub paused: bool,
    /// Cancelled, and not yet gone: what it still reports is dropped.
    pub cancelling: bool,
}

/// All jobs under way, oldest first.
#[derive(Debug, Clone, Default)]
pub struct JobList {
    running: BTreeMap<JobId, RunningJob>,
    last: u64,
}

impl JobList {
    /// The job of that name.
    pub fn get(&self, id: JobId) -> Option<&RunningJob> {
        self.running.get(&id)
    }

    /// All jobs, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (JobId, &RunningJob)> {
        self.running.iter().map(|(id, job)| (*id, job))
    }

    /// The newest job of that kind that was not cancelled.
    pub fn of_kind(&self, wanted: &JobKind) -> Option<(JobId, &RunningJob)> {
        self.iter().filter(|(_, job)| job.kind == *wanted && !job.cancelling).last()
    }

    pub fn any_running(&self) -> bool {
        self.running.values().any(|job| !job.paused)
    }

    pub(super) fn begin(&mut self, kind: JobKind) -> JobId {
        self.last += 1;
        let id = JobId(self.last);
        self.running.insert(id, RunningJob { kind, progress: Progress::default(), paused: false, cancelling: false });
        id
    }

    pub(super) fn get_mut(&mut self, id: JobId) -> Option<&mut RunningJob> {
        self.running.get_mut(&id)
    }

    pub(super) fn end(&mut self, id: JobId) -> Option<RunningJob> {
        self.running.remove(&id)
    }
}
