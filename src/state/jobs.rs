//! Jobs under way, as the window shows them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::domain::{Progress, TrackId};
use crate::jobs::message::{JobId, SetSource, Waiting, Work};

/// What a job is for: how its answer is taken in.
#[derive(Debug, Clone, PartialEq)]
pub enum JobKind {
    ReadLibrary,
    Devices,
    Demo,
    Import,
    /// An import of what changed in followed folders, which nobody asked for.
    CatchUp,
    ImportSpotify,
    FindSpotify,
    MatchSpotify,
    AcceptTerms,
    FetchPreviews,
    /// How Songline is signed in to Spotify.
    ReadAccount,
    SignIn,
    FollowFolder,
    /// A data set that is downloaded and imported.
    TakeSet(SetSource),
    /// Which data sets there are.
    Sets,
    Train,
    /// A network that learns for an audience and is forgotten.
    Rehearse,
    Embed,
    Activate,
    Recommend,
    Hide,
    FindNeighbours,
    FindRecordings,
    KeepApart,
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
    /// The history of work.
    History,
}

impl From<&Work> for JobKind {
    fn from(work: &Work) -> Self {
        match work {
            Work::Demo => Self::Demo,
            Work::Import { .. } => Self::Import,
            Work::ImportSpotify { .. } => Self::ImportSpotify,
            Work::MatchSpotify => Self::MatchSpotify,
            Work::FetchPreviews { .. } => Self::FetchPreviews,
            Work::TakeSet { spec } => Self::TakeSet(spec.source.clone()),
            Work::Embed { .. } => Self::Embed,
            Work::Train { .. } => Self::Train,
            Work::FindNeighbours { .. } => Self::FindNeighbours,
            Work::FindRecordings => Self::FindRecordings,
        }
    }
}

impl JobKind {
    /// The job in the words of the status bar; `None` where it is too short to be shown.
    pub fn title(&self) -> Option<&'static str> {
        match self {
            Self::Demo => Some("Composing the demo library"),
            Self::Import => Some("Importing"),
            Self::CatchUp => Some("Looking through followed folders"),
            Self::ImportSpotify => Some("Reading the Spotify catalogue"),
            Self::MatchSpotify => Some("Matching tracks with the Spotify catalogue"),
            Self::TakeSet(_) => Some("Taking in a data set"),
            Self::FetchPreviews => Some("Fetching previews"),
            Self::SignIn => Some("Signing in to Spotify"),
            Self::Train => Some("Training"),
            Self::Rehearse => Some("Training for the tour"),
            Self::Embed => Some("Embedding"),
            Self::Map => Some("Laying out the map"),
            Self::Recommend => Some("Searching"),
            Self::WriteMap => Some("Writing the map"),
            Self::FindNeighbours => Some("Finding neighbours"),
            Self::FindRecordings => Some("Looking for versions"),
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
    /// Why it is not at work, where it is not.
    pub waiting: Option<Waiting>,
    /// Cancelled, and not yet gone: what it still reports is dropped.
    pub cancelling: bool,
    pace: Pace,
}

/// What the time left is told from: when this stage was at work first, how far it was then, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pace {
    since: Instant,
    done: u64,
    last: Instant,
}

/// A stage tells nothing of the time left before it was at work for so long.
const SETTLED: Duration = Duration::from_secs(2);

impl RunningJob {
    /// How long it will still be at work, by how fast its stage went until now.
    pub fn time_left(&self) -> Option<Duration> {
        let total = self.progress.total?;
        let (steps, time) = (self.progress.done.checked_sub(self.pace.done)?, self.pace.last - self.pace.since);
        let idle = self.paused || self.waiting.is_some() || self.cancelling;
        (!idle && steps > 0 && time >= SETTLED)
            .then(|| time.mul_f64(total.saturating_sub(self.progress.done) as f64 / steps as f64))
    }

    /// Takes in how far it is `now`.
    pub(super) fn advance(&mut self, progress: Progress, now: Instant) {
        if progress.stage != self.progress.stage || progress.done < self.progress.done {
            self.pace = Pace { since: now, done: progress.done, last: now };
        }
        self.pace.last = now;
        self.progress = progress;
    }

    /// It is at work again, or no more: time that passed in between tells nothing.
    pub(super) fn stop(&mut self, now: Instant) {
        self.pace = Pace { since: now, done: self.progress.done, last: now };
    }
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
        self.running.values().any(|job| !job.paused && job.waiting.is_none())
    }

    pub(super) fn begin(&mut self, kind: JobKind) -> JobId {
        self.last += 1;
        let id = JobId(self.last);
        let now = Instant::now();
        let pace = Pace { since: now, done: 0, last: now };
        let progress = Progress::default();
        self.running.insert(id, RunningJob { kind, progress, paused: false, waiting: None, cancelling: false, pace });
        id
    }

    pub(super) fn get_mut(&mut self, id: JobId) -> Option<&mut RunningJob> {
        self.running.get_mut(&id)
    }

    pub(super) fn end(&mut self, id: JobId) -> Option<RunningJob> {
        self.running.remove(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_the_pace_of_the_stage() {
        let mut jobs = JobList::default();
        let id = jobs.begin(JobKind::Import);
        let job = jobs.get_mut(id).unwrap();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        job.advance(Progress::new("Importing", 10, Some(100)), at(0));
        assert_eq!(job.time_left(), None);
        job.advance(Progress::new("Importing", 40, Some(100)), at(30));
        assert_eq!(job.time_left(), Some(Duration::from_secs(60)));
        job.paused = true;
        assert_eq!(job.time_left(), None);
        job.paused = false;
        // What passed while it was paused does not make it slow.
        job.stop(at(1_000));
        job.advance(Progress::new("Importing", 70, Some(100)), at(1_030));
        assert_eq!(job.time_left(), Some(Duration::from_secs(30)));
        job.advance(Progress::new("Tidying", 0, Some(5)), at(1_040));
        assert_eq!(job.time_left(), None);
    }
}
