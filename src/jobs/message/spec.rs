//! What the worker can be asked to do.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{
    AccountSpec, DrawSpec, EvaluateSpec, EvaluationReport, ExplainSpec, FetchSpec, FileQuery, ListeningSpec,
    MapSettings, MapWays, RecommendSpec, SetSpec, SoundSpec, Study, StudySpec, Subject, TrainingSpec, WalkSpec,
};
use crate::domain::{DeviceChoice, Metric, PlaylistChange, Response, Span, TrackId};

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
    /// Signs in to Spotify or out, or tells how it is. Answers [`JobOutput::Account`].
    Account(Box<AccountSpec>),
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
