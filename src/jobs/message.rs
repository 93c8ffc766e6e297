//! What the worker is asked and what it answers: plain data, shared with the window's state.

mod datasets;
mod history;
mod inside;
mod listening;
mod playlists;
mod previews;
mod spotify;

use std::collections::BTreeMap;
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
pub use datasets::{SetSource, SetSpec, SetSummary, Sets};
pub use history::{JobState, LeftJob, PastJob, Waiting, Work};
pub use inside::{
    DrawSpec, Drawn, LayerUse, PairOutput, SoundFile, SoundSpec, StrongSegment, UnitLayer, UnitUse, UnitsOutput,
};

pub use previews::{Coverage, FetchSpec, resting};
pub use spotify::SpotifySummary;

pub use listening::{ListeningSpec, PUBLISHED_PAIRS, StudySpec};
pub use playlists::{CopySummary, ImportedPlaylist, WalkSpec, Walked};

use crate::domain::{
    DeviceChoice, Filter, ListeningSession, Metric, Playlist, PlaylistChange, Progress, Recording, Response,
    SegmentGrid, Span, Track, TrackId, Trajectory, Waveform,
};

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

/// A piece of work.
#[derive(Debug, Clone, PartialEq)]
pub enum JobSpec {
    /// Reads what the library knows. Answers [`JobOutput::Library`].
    ReadLibrary,
    /// Composes the demo pieces and imports them. Answers [`JobOutput::Imported`].
    MakeDemo,
    /// Reads a table of the Spotify catalogue. Answers [`JobOutput::SpotifyImported`].
    ImportSpotify { path: PathBuf },
    /// Searches the Spotify catalogue. Answers [`JobOutput::SpotifyFound`].
    FindSpotify { words: String, limit: usize },
    /// Accepts what services allow. Answers [`JobOutput::TermsAccepted`].
    AcceptTerms,
    /// Gives tracks of the catalogue sound. Answers [`JobOutput::Fetched`].
    FetchPreviews(Box<FetchSpec>),
    /// Reads which data sets there are. `hosts` replaces the addresses of hosts. Answers [`JobOutput::Sets`].
    ReadSets { hosts: BTreeMap<String, String> },
    /// Downloads a data set and imports it. Answers [`JobOutput::Imported`].
    TakeSet(Box<SetSpec>),
    /// Deletes what was downloaded of a known set. Answers [`JobOutput::Sets`].
    RemoveSet { name: String, hosts: BTreeMap<String, String> },
    /// Follows a folder, or no longer. Answers [`JobOutput::Folders`].
    FollowFolder { path: PathBuf, follow: bool },
    /// Matches the library's tracks with the Spotify catalogue. Answers [`JobOutput::SpotifyMatched`].
    MatchSpotify,
    /// Imports files and folders. Answers [`JobOutput::Imported`].
    Import { paths: Vec<PathBuf>, retry_failed: bool },
    /// Imports what changed in followed folders; what is not there now is passed over. Answers [`JobOutput::Imported`].
    CatchUp { paths: Vec<PathBuf> },
    /// Trains a model. Answers [`JobOutput::Trained`].
    Train { spec: Box<TrainingSpec>, device: DeviceChoice },
    /// Trains a network that nobody keeps. Answers [`JobOutput::Rehearsed`].
    Rehearse { spec: Box<TrainingSpec>, device: DeviceChoice },
    /// Embeds every track that the model has not embedded yet. Answers [`JobOutput::Embedded`].
    Embed { model: String, device: DeviceChoice },
    /// Makes a model the one that recommends. Answers [`JobOutput::Activated`].
    Activate { model: String },
    /// Answers [`JobOutput::Recommended`].
    Recommend(RecommendSpec),
    /// Hides tracks from all recommendations, or takes them back. Answers [`JobOutput::Hidden`].
    Hide { tracks: Vec<TrackId>, hidden: bool },
    /// Finds and keeps the nearest tracks of every track. Answers [`JobOutput::Neighbours`].
    FindNeighbours { metric: Metric, span: Span },
    /// Looks for tracks that are one recording. Answers [`JobOutput::Recordings`].
    FindRecordings,
    /// Keeps versions of a recording apart, or folds them again. Answers [`JobOutput::Recordings`].
    KeepApart { tracks: Vec<TrackId>, apart: bool },
    /// Reads which nearest tracks are kept. Answers [`JobOutput::Neighbours`].
    ReadNeighbours { span: Span },
    /// Answers [`JobOutput::Explained`].
    Explain(ExplainSpec),
    /// Puts query and target of an explanation into one plane. Answers [`JobOutput::Paired`].
    Pair(ExplainSpec),
    /// Lays out the map of the active model, or reads it where it was saved. Answers [`JobOutput::Mapped`].
    BuildMap { settings: MapSettings, fresh: bool },
    /// Finds the way of each track over the map. Answers [`JobOutput::Placed`].
    PlaceTrajectories { tracks: Vec<TrackId>, file: Option<Box<FileQuery>>, span: Span, settings: MapSettings },
    /// Sends a track or a file through a network, the active one where none is named. Answers [`JobOutput::Inspected`].
    Inspect { subject: Subject, model: Option<String>, span: Span, device: DeviceChoice },
    /// Reads the active network's weights and what its units do with the library. Answers [`JobOutput::Units`].
    ReadUnits { span: Span, device: DeviceChoice },
    /// Looks for segments like this one. Answers [`JobOutput::Nearest`].
    Nearest { track: TrackId, segment: usize },
    /// Draws what the decoder makes of an encoding. Answers [`JobOutput::Drawn`].
    Draw(DrawSpec),
    /// Makes sound of a spectrogram. Answers [`JobOutput::Sound`].
    MakeSound(SoundSpec),
    /// Answers [`JobOutput::Sketch`].
    ReadSketch { track: TrackId },
    /// Writes a playlist as M3U8, CSV or the XML of DJ programs, by the path's extension. Answers [`JobOutput::Wrote`].
    WritePlaylist { name: String, tracks: Vec<TrackId>, path: PathBuf, relative: bool },
    /// Answers [`JobOutput::Playlists`].
    ReadPlaylists,
    /// Answers [`JobOutput::PlaylistsKept`].
    KeepPlaylists(Vec<PlaylistChange>),
    /// Reads a playlist of another program. Answers [`JobOutput::PlaylistRead`].
    ReadPlaylistFile { path: PathBuf },
    /// Copies the files of tracks into a folder, with a playlist of that name where there is one. Answers
    /// [`JobOutput::Copied`].
    CopyFiles { tracks: Vec<TrackId>, folder: PathBuf, playlist: Option<String> },
    /// Finds a walk from one track to another. Answers [`JobOutput::Walked`].
    Walk(WalkSpec),
    /// Writes the map as PNG, SVG, HTML or CSV, by the path's extension, with ways over it. Answers [`JobOutput::Wrote`].
    WriteMap { path: PathBuf, settings: MapSettings, ways: MapWays },
    /// Writes a picture of the window: width, height, and four channels a pixel. Answers [`JobOutput::Wrote`].
    WritePicture { path: PathBuf, size: [usize; 2], pixels: Arc<[u8]> },
    /// Reads the learning curves of a model. Answers [`JobOutput::Curves`].
    ReadCurves { model: String },
    /// Evaluates models and baselines. Answers [`JobOutput::Evaluated`].
    Evaluate(Box<EvaluateSpec>),
    /// Reads the evaluations made so far. Answers [`JobOutput::Evaluations`].
    ReadEvaluations,
    /// Writes an evaluation into a folder. Answers [`JobOutput::Wrote`].
    WriteEvaluation { report: Arc<EvaluationReport>, metric: Metric, folder: PathBuf },
    /// Prepares a listening session. Answers [`JobOutput::ListeningPlanned`].
    PlanListening(Box<ListeningSpec>),
    /// Reads the listening sessions and what they came to. Answers [`JobOutput::Listening`].
    ReadListening { listener: Option<String> },
    /// Keeps what a listener said, each answer with the number of its recommendation. Answers [`JobOutput::Kept`].
    KeepAnswers(Vec<(i64, Response)>),
    /// Learns weights of the blend from ratings, beside those in use. Answers [`JobOutput::Lesson`].
    LearnBlend { before: [f32; 4] },
    /// Writes every answer as CSV. Answers [`JobOutput::Wrote`].
    WriteListening { path: PathBuf },
    /// Trains the published sizes and makes the publication's tables. Answers [`JobOutput::Studied`].
    Study(Box<StudySpec>),
    /// Reads the studies made so far. Answers [`JobOutput::Studies`].
    ReadStudies,
    /// Writes a study into a folder. Answers [`JobOutput::Wrote`].
    WriteStudy { study: Arc<Study>, folder: PathBuf },
    /// Looks for processors that can run the model. Answers [`JobOutput::Devices`].
    ListDevices,
    /// Reads what was asked of the worker, the newest first. Answers [`JobOutput::History`].
    ReadHistory,
    /// Forgets work that has ended. Answers [`JobOutput::History`].
    ForgetHistory,
}

impl JobSpec {
    /// Whether the work changes what the library holds, which one window does at a time. Maps, indexes and curves, which any
    /// window may work out again, are not meant.
    pub fn changes_library(&self) -> bool {
        matches!(
            self,
            Self::MakeDemo
                | Self::ImportSpotify { .. }
                | Self::MatchSpotify
                | Self::AcceptTerms
                | Self::FetchPreviews(_)
                | Self::TakeSet(_)
                | Self::RemoveSet { .. }
                | Self::FollowFolder { .. }
                | Self::Import { .. }
                | Self::CatchUp { .. }
                | Self::Train { .. }
                | Self::Embed { .. }
                | Self::Activate { .. }
                | Self::Hide { .. }
                | Self::FindNeighbours { .. }
                | Self::FindRecordings
                | Self::KeepApart { .. }
                | Self::Evaluate(_)
                | Self::PlanListening(_)
                | Self::KeepAnswers(_)
                | Self::KeepPlaylists(_)
                | Self::ForgetHistory
                | Self::Study(_)
        )
    }
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

/// An evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateSpec {
    /// A table with a column `file`; the tags of the files where there is none.
    pub labels: Option<PathBuf>,
    /// Columns of labels that are asked about; recording, album, artist and style where there is none.
    pub by: Vec<String>,
    /// Styles that take no part in the style measures.
    pub left_out_styles: Vec<String>,
    /// The active model where there is none.
    pub models: Vec<String>,
    /// Files of vectors to judge beside the models.
    pub vectors: Vec<PathBuf>,
    pub span: Span,
    pub seed: u64,
    /// Only tracks of artists that training with this validation share keeps aside.
    pub validation_share: Option<f64>,
    /// Whether altered versions of tracks are looked for.
    pub robustness: bool,
    /// Whether the dense model as published is among the baselines; it is trained where it is not there yet.
    pub published: bool,
    pub device: DeviceChoice,
}

impl Default for EvaluateSpec {
    fn default() -> Self {
        Self {
            labels: None,
            by: Vec::new(),
            left_out_styles: Vec::new(),
            models: Vec::new(),
            vectors: Vec::new(),
            span: Span::Preview,
            seed: 1,
            validation_share: None,
            robustness: true,
            published: false,
            device: DeviceChoice::Auto,
        }
    }
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
    /// Good answers to a search that goes on; the exact ones follow.
    FirstResults(Arc<Recommendations>),
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

/// What a finished job gives.
#[derive(Debug, Clone, PartialEq)]
pub enum JobOutput {
    /// The folders that are followed.
    Folders(Vec<PathBuf>),
    SpotifyImported(SpotifySummary),
    SpotifyFound {
        words: String,
        rows: Vec<crate::domain::SpotifyTrack>,
        /// Rows in the whole catalogue.
        count: usize,
    },
    Sets(Sets),
    TermsAccepted,
    Fetched(Box<Coverage>),
    SpotifyMatched {
        /// Tracks that were found just now.
        found: usize,
        /// The audio features of all that were ever found.
        features: Vec<(TrackId, crate::domain::AudioFeatures)>,
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
