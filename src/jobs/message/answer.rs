//! What the worker says of its work, and what the work gives.

use std::path::PathBuf;
use std::sync::Arc;

use super::{
    Account, CopySummary, Coverage, CurvePoint, DeviceSummary, Drawn, EvaluationReport, ExplanationOutput, FailedFile,
    FileQuery, ImportSummary, ImportedPlaylist, Inspection, JobId, KeptNeighbours, Lessons, LibrarySnapshot,
    ListeningResults, MapLayout, PairOutput, PastJob, PlacedTrajectory, Recommendations, RecordingsFound, Sets, Sketch,
    SoundFile, SpotifySummary, StrongSegment, Study, TrainingEvent, TrainingOutcome, UnitsOutput, Waiting, Walked,
};
use crate::domain::{AudioFeatures, ListeningSession, Playlist, Progress, Recording, SpotifyTrack, Track, TrackId};

/// Told by the worker. `Progress` and `Partial` may be merged on the way; `Finished` always arrives and is the last.
#[derive(Debug, Clone, PartialEq)]
pub enum JobEvent {
    /// It is at work, or is again.
    Started {
        id: JobId,
    },
    Waiting {
        id: JobId,
        why: Waiting,
    },
    Progress {
        id: JobId,
        progress: Progress,
    },
    Partial {
        id: JobId,
        partial: Partial,
    },
    Warning {
        id: JobId,
        text: String,
    },
    Finished {
        id: JobId,
        result: Result<JobOutput, JobError>,
    },
}

/// What a job has so far.
#[derive(Debug, Clone, PartialEq)]
pub enum Partial {
    TrackAdded(Arc<Track>),
    FileFailed(FailedFile),
    Training(TrainingEvent),
    /// A study with the models that are trained by now.
    Study(Arc<Study>),
    /// The map at some epoch of its making.
    Map {
        epoch: usize,
        epochs: usize,
        positions: Arc<Vec<(TrackId, [f32; 2])>>,
    },
    /// A page that the user is to agree on in a browser, and the address that it leads back to.
    Visit {
        page: String,
        redirect: String,
    },
    /// Good answers to a search that goes on; the exact ones follow.
    FirstResults(Arc<Recommendations>),
}

/// What a finished job gives.
#[derive(Debug, Clone, PartialEq)]
pub enum JobOutput {
    /// The folders that are followed.
    Folders(Vec<PathBuf>),
    SpotifyImported(SpotifySummary),
    SpotifyFound {
        words: String,
        rows: Vec<SpotifyTrack>,
        /// Rows in the whole catalogue.
        count: usize,
    },
    Sets(Sets),
    TermsAccepted,
    /// How Songline is signed in to Spotify; `None` where it is not.
    Account(Option<Account>),
    Fetched(Box<Coverage>),
    SpotifyMatched {
        /// Tracks that were found just now.
        found: usize,
        /// The audio features of all that were ever found.
        features: Vec<(TrackId, AudioFeatures)>,
    },
    Library(Box<LibrarySnapshot>),
    Imported(ImportSummary),
    Trained(Box<TrainingOutcome>),
    Rehearsed(Box<TrainingOutcome>),
    Embedded {
        model: String,
        tracks: usize,
    },
    Activated {
        model: String,
    },
    Recommended {
        recommendations: Arc<Recommendations>,
        file: Option<Box<FileQuery>>,
    },
    /// All recordings with several versions; what the search for them came to, where it was one.
    Recordings {
        recordings: Vec<Recording>,
        found: Option<RecordingsFound>,
    },
    /// All tracks that are hidden now.
    Hidden(Vec<TrackId>),
    Neighbours(Vec<KeptNeighbours>),
    Explained(Box<ExplanationOutput>),
    Paired(Box<PairOutput>),
    Mapped(Arc<MapLayout>),
    Placed(Vec<PlacedTrajectory>),
    Inspected(Arc<Inspection>),
    Units(Arc<UnitsOutput>),
    /// `value` is the distance, nearest first.
    Nearest {
        track: TrackId,
        segment: usize,
        found: Vec<StrongSegment>,
    },
    Drawn(Arc<Drawn>),
    Sound(SoundFile),
    Sketch(Sketch),
    Wrote(PathBuf),
    Curves {
        model: String,
        epochs: Vec<(CurvePoint, Option<CurvePoint>)>,
    },
    Devices(Vec<DeviceSummary>),
    /// The evaluation with the number it has in the library.
    Evaluated {
        id: i64,
        report: Arc<EvaluationReport>,
    },
    /// Oldest first.
    Evaluations(Vec<(i64, Arc<EvaluationReport>)>),
    ListeningPlanned(Box<ListeningSession>),
    Listening {
        sessions: Vec<ListeningSession>,
        /// Of one listener alone where one was named.
        results: Arc<ListeningResults>,
    },
    /// Answers were kept.
    Kept,
    Lesson(Arc<Lessons>),
    /// The study with the number it has in the library.
    Studied {
        id: i64,
        study: Arc<Study>,
    },
    /// Oldest first.
    Studies(Vec<(i64, Arc<Study>)>),
    /// By name.
    Playlists(Vec<Playlist>),
    PlaylistsKept,
    PlaylistRead(ImportedPlaylist),
    Copied(CopySummary),
    Walked(Walked),
    /// The newest first.
    History(Vec<PastJob>),
}

/// Why a job ended without its result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JobError {
    #[error("cancelled")]
    Cancelled,
    /// There is nothing to compare with yet.
    #[error("no track is embedded by the model {model}")]
    NothingEmbedded { model: String },
    #[error("another window works with this library")]
    ReadOnly,
    #[error("the library's folder cannot be written to")]
    Unwritable,
    #[error("no model is active")]
    NoModel,
    #[error("{title} is not in the library any more")]
    UnknownTrack { title: String },
    /// The 30-second view needs 30 s.
    #[error("{title} lasts {seconds:.1} s; preview mode needs 30 s")]
    TooShort { title: String, seconds: f64 },
    /// A room failed; its message says why.
    #[error("{reason}")]
    Failed { doing: &'static str, reason: String },
    /// A room failed for a reason that may pass: a full disk, a busy library, a service that does not answer.
    #[error("{reason}")]
    Passing { doing: &'static str, reason: String },
}
