//! What the worker is asked and what it answers: plain data, shared with the window's state.

mod account;
mod answer;
mod datasets;
mod evaluate;
mod history;
mod inside;
mod listening;
mod playlists;
mod previews;
mod spec;
mod spotify;

use std::path::PathBuf;
use std::sync::Arc;

pub use crate::evaluate::listening::{
    ChooserResult, Estimate, LEAST_QUERIES, LEAST_RATINGS, Lesson, Lessons, ListeningResults, Verdict, results_table,
};
pub use crate::evaluate::study::{Cell, Study, Suggestion, reported_accuracy, reported_loss, study_tables};
pub use crate::evaluate::{
    Measure, MetricReport, Report as EvaluationReport, Score, SystemKind, SystemReport, Table as ScoreTable, facts,
    runs as runs_table, tables as score_tables,
};
pub use crate::map::{MapLayout, MapPoint, MapSettings, Region, RegionKind};
pub use crate::model::{
    Architecture, ContrastSpec, CurvePoint, Flow, Input, Loss, Negatives, Phase, PhaseChoice, Positives, RESTRICTED,
    ReconstructionSample, Training, TrainingEvent, TrainingOutcome, TrainingSpec, WeightKind, WeightPictures,
};
pub use crate::similarity::{Explanation, Recommendation, Recommendations, Walk};
pub use crate::source::preview::TERMS;
pub use crate::source::spotify::Credentials;
pub use account::{Account, AccountSpec};
pub use answer::{JobError, JobEvent, JobOutput, Partial};
pub use datasets::{SetSource, SetSpec, SetSummary, Sets};
pub use evaluate::EvaluateSpec;
pub use history::{JobState, LeftJob, PastJob, Waiting, Work};
pub use inside::{
    DrawSpec, Drawn, LayerUse, PairOutput, SoundFile, SoundSpec, StrongSegment, UnitLayer, UnitUse, UnitsOutput,
};

pub use previews::{Coverage, FetchSpec, resting};
pub use spec::JobSpec;
pub use spotify::SpotifySummary;

pub use listening::{ListeningSpec, PUBLISHED_PAIRS, StudySpec};
pub use playlists::{CopySummary, ImportedPlaylist, WalkSpec, Walked};

use crate::domain::{DeviceChoice, Filter, Metric, Recording, SegmentGrid, Span, Track, TrackId, Trajectory, Waveform};

/// What a search for versions of recordings came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordingsFound {
    /// Tracks whose other versions were looked for.
    pub compared: usize,
    /// Times a fingerprint was made or looked up.
    pub fingerprinted: usize,
    /// Pairs of tracks that are one recording.
    pub pairs: usize,
    /// Tracks whose files could not be read now: they are looked at again the next time.
    pub unreadable: usize,
}

/// Names one job for as long as the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// Asked of the worker.
#[derive(Debug, Clone, PartialEq)]
pub enum JobCommand {
    Start {
        id: JobId,
        spec: JobSpec,
    },
    Pause(JobId),
    /// Lets a paused job go on, and one that waits to be tried again try at once.
    Resume(JobId),
    /// Puts a job before all others.
    Prefer(JobId),
    Cancel(JobId),
    Shutdown,
}

/// What is asked about: library tracks, or a file that need not be in the library.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    Tracks(Vec<TrackId>),
    File(PathBuf),
}

/// What is sent through the network: a library track, or a file that need not be in the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Track(TrackId),
    File(PathBuf),
}

/// Whose ways are drawn over a map that is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MapWays {
    /// Files outside the library that are asked about.
    pub files: Vec<FileQuery>,
    /// Tracks asked about.
    pub asked: Vec<TrackId>,
    /// Tracks that are drawn beside them, each in a colour of its own.
    pub others: Vec<TrackId>,
}

/// A search for similar tracks.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendSpec {
    pub query: Query,
    /// A weight for each track asked about, 1 where there is none; what has a negative one is kept away from.
    pub weights: Vec<f32>,
    pub metric: Metric,
    pub top: usize,
    /// Places an artist may take; 0 sets no limit.
    pub per_artist: usize,
    pub span: Span,
    /// Weights of mean, min, Fréchet and DTW in the blend.
    pub blend: [f32; 4],
    /// What may be recommended.
    pub filter: Filter,
    pub device: DeviceChoice,
}

/// Asks why `target` matches the query.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainSpec {
    pub query: ExplainQuery,
    pub target: TrackId,
    pub span: Span,
}

/// The query side of an explanation.
#[derive(Debug, Clone, PartialEq)]
pub enum ExplainQuery {
    Track(TrackId),
    File(Box<FileQuery>),
}

/// A file outside the library, analysed and embedded for one search.
#[derive(Debug, Clone, PartialEq)]
pub struct FileQuery {
    /// What the file's tags say, with `TrackId(0)`.
    pub track: Track,
    pub trajectory: Trajectory,
    pub waveform: Waveform,
}

/// A file that could not be imported. It stays in the library's list until it succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedFile {
    pub path: PathBuf,
    pub reason: String,
}

/// A model of the library.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSummary {
    pub name: String,
    pub architecture: String,
    pub encoding: usize,
    pub embedding: usize,
    pub bundled: bool,
    pub active: bool,
    pub created_at: i64,
    /// Validation cosine similarity of phase 1, where it was measured.
    pub encoding_accuracy: Option<f32>,
    /// Share of validation triplets in the right order, where it was measured.
    pub triplet_accuracy: Option<f32>,
    /// Contrastive models: how often the nearest window is of the same recording.
    pub retrieval: Option<f32>,
    /// Tracks it has embedded.
    pub embedded: usize,
    /// How it cuts tracks.
    pub grid: SegmentGrid,
}

/// What the library knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LibrarySnapshot {
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
    /// The folders that are followed.
    pub folders: Vec<PathBuf>,
    /// The audio features of those tracks that are in the Spotify catalogue.
    pub features: Vec<(TrackId, crate::domain::AudioFeatures)>,
    /// Tracks whose sound is not the user's own.
    pub origins: Vec<(TrackId, crate::domain::Origin)>,
    /// Whether what services of previews allow was accepted.
    pub terms_accepted: bool,
    /// Work that an earlier start of the program left undone; told once.
    pub left: Vec<LeftJob>,
}

/// Nearest tracks of every track that the library keeps for the model in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptNeighbours {
    pub metric: Metric,
    pub span: Span,
    /// Neighbours of each track.
    pub top: usize,
    /// Tracks whose neighbours are there, of how many; 0 where the library changed since.
    pub done: usize,
    pub of: usize,
}

impl KeptNeighbours {
    /// Whether they are there for every track.
    pub fn is_whole(&self) -> bool {
        self.of > 0 && self.done == self.of
    }
}

/// How an import went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportSummary {
    pub imported: usize,
    /// Unchanged since they were imported.
    pub unchanged: usize,
    /// The same content as a track that is there already.
    pub duplicates: usize,
    /// Failed before and not asked to be tried again.
    pub skipped: usize,
    pub failed: usize,
}

/// The outline of a track, for the player.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    pub track: TrackId,
    pub waveform: Waveform,
    /// The cover as PNG or JPEG bytes.
    pub cover: Option<Arc<[u8]>>,
}

/// Why two tracks match, with what is needed to hear it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplanationOutput {
    pub explanation: Explanation,
    pub target: TrackId,
    /// Segment of the whole track that row 0 of the matrix stands for.
    pub query_offset: usize,
    /// Segment of the whole track that column 0 of the matrix stands for.
    pub target_offset: usize,
    /// How the model cuts tracks: where segments lie in time.
    pub grid: SegmentGrid,
}

/// A track's way over the map: the positions of its segments in time order.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedTrajectory {
    /// `None` for a file outside the library.
    pub track: Option<TrackId>,
    /// Segment of the whole track that the first position stands for.
    pub offset: usize,
    pub positions: Vec<[f32; 2]>,
    /// Where it comes closest to the first of the ways it was placed with; `None` for that one itself.
    pub meeting: Option<Meeting>,
}

/// Where two tracks come closest in the embedding, as segments of the whole tracks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meeting {
    /// Segment of the first way.
    pub first: usize,
    /// Segment of the way that holds this.
    pub own: usize,
    /// The distance of the two points.
    pub distance: f32,
}

/// A track or a file on its way through the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    pub subject: Subject,
    pub model: String,
    /// Segment of the whole track that row 0 stands for.
    pub offset: usize,
    pub flow: Flow,
}

/// A processor that can run the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSummary {
    pub choice: DeviceChoice,
    pub name: String,
    /// A GPU imitated by the processor: correct, and slow.
    pub software: bool,
}
