//! What views ask for, and what leaves the state to be done outside.

use std::path::PathBuf;

use crate::audio::message::PlayerCommand;
use crate::domain::{Filter, Metric, TrackId};
use crate::jobs::message::{JobCommand, JobId};
use crate::settings::Settings;

#[cfg(doc)]
use super::AppState;
use super::{ColourBy, Screen, Severity, Side, SortKey};

/// Asked by a view.
#[derive(Debug, Clone, PartialEq)]
pub enum AppCommand {
    Show(Screen),
    // --- selection
    Select(TrackId),
    /// Selects the next (positive) or previous track of the table.
    SelectStep(isize),
    /// Adds a track to the query beside the selected one, or takes it out again.
    ToggleSeed(TrackId),
    ClearSeeds,
    /// How much a track asked about weighs, from -1 to 1.
    SetWeight {
        track: TrackId,
        weight: f32,
    },
    /// Asks for less of what sounds like a track.
    LessLike(TrackId),
    SelectSegment(usize),
    SelectRandom,
    /// Changes which tracks are marked.
    Mark(super::MarkCommand),
    // --- library
    MakeDemo,
    OpenDialog(Dialog),
    /// Asks for a path in the window: the dialog cannot be shown.
    AskForPath {
        dialog: Dialog,
        reason: String,
    },
    /// The path that was typed; empty to leave it.
    AnswerPath(String),
    Import(Vec<PathBuf>),
    RetryFailed,
    /// Opens the library in a folder; in the platform's own folder where `None`.
    OpenLibrary(Option<PathBuf>),
    Spotify(super::SpotifyCommand),
    Account(super::AccountCommand),
    Set(super::SetCommand),
    Folder(super::FolderCommand),
    // --- table
    Search(String),
    Sort(SortKey),
    // --- recommend
    Recommend,
    RecommendFile(PathBuf),
    SetMetric(Metric),
    /// Weights of mean, min, Fréchet and DTW.
    SetBlend([f32; 4]),
    /// What may be recommended.
    SetFilter(Box<Filter>),
    /// Never recommends a track again, until it is taken back.
    Hide(TrackId),
    /// Takes hidden tracks back.
    Unhide(Vec<TrackId>),
    /// Finds and keeps the nearest tracks of every track under the metric in use.
    FindNeighbours,
    /// Looks for tracks that are one recording.
    FindRecordings,
    /// Keeps versions of a recording apart, or folds them again.
    KeepApart {
        tracks: Vec<TrackId>,
        apart: bool,
    },
    /// Reads which of them are kept.
    ReadNeighbours,
    /// Opens "why" for a recommended track, or closes it.
    Explain(Option<TrackId>),
    /// A pair of segments (of the matrix) to listen to.
    SelectPair {
        query: usize,
        target: usize,
    },
    ExportPlaylist(PathBuf),
    // --- playlists
    Playlist(super::PlaylistCommand),
    ShowAnswer(super::AnswerTab),
    /// Takes the last change of data back.
    Undo,
    Redo,
    // --- hear
    /// Plays a track from its 30-second view or, in whole-track mode, from its start.
    PlayTrack(TrackId),
    /// Plays one segment of a track; of the file asked about where `None`.
    PlaySegment(Option<TrackId>, usize),
    /// Plays one side of the explained pair.
    PlaySide(Side),
    TogglePlay,
    Stop,
    Next,
    Previous,
    Seek(f64),
    SeekBy(f64),
    SetVolume(f32),
    // --- map
    BuildMap {
        fresh: bool,
    },
    SetMapSettings(crate::jobs::message::MapSettings),
    ColourMapBy(ColourBy),
    ShowTrajectories(bool),
    ShowNeighbours(bool),
    ShowRegions(bool),
    /// Plays where a way over the map comes closest to the query; `None` for the file asked about.
    PlayMeeting(Option<TrackId>),
    ExportMap(PathBuf),
    // --- inspect
    /// The track shown beside the selected one, or none.
    CompareWith(Option<TrackId>),
    /// The model whose view of the selected track is shown beside the active one's, or none.
    CompareModel(Option<String>),
    /// Looks into the units of the active model, unless that was done.
    ReadUnits,
    /// Looks for segments like this one.
    FindNearest {
        track: TrackId,
        segment: usize,
    },
    SetShape(super::Shape),
    /// Draws the encoding as it is shaped now.
    DrawShape,
    /// Makes sound of a spectrogram and plays it.
    Hear(Box<crate::jobs::message::SoundSpec>),
    // --- lab
    Lab(super::LabCommand),
    // --- present
    Present(super::PresentCommand),
    // --- train
    EditTraining(Box<crate::jobs::message::TrainingSpec>),
    StartTraining,
    ActivateModel(String),
    ShowCurves(String),
    /// Embeds what the model has not embedded yet.
    Embed(String),
    // --- evaluate
    EditEvaluation(Box<crate::jobs::message::EvaluateSpec>),
    /// The table of labels for the next evaluation.
    ChooseLabels(PathBuf),
    StartEvaluation,
    ShowEvaluation(i64),
    SetEvaluationMetric(Metric),
    /// Writes the evaluation that is shown into a folder.
    SaveEvaluation(PathBuf),
    ShowEvaluateTab(super::EvaluateTab),
    /// A file of vectors that the next evaluation judges too.
    ChooseVectors(PathBuf),
    // --- listening study
    Listening(super::ListeningCommand),
    /// Writes every answer as CSV.
    SaveAnswers(PathBuf),
    /// Takes the weights of the last lesson into use.
    UseLearntBlend,
    /// Goes back to the weights from before.
    ForgetLearntBlend,
    // --- study of sizes
    EditStudy(Box<crate::jobs::message::StudySpec>),
    StartStudy,
    ShowStudy(i64),
    /// The study shown beside the first, or none.
    CompareStudy(Option<i64>),
    /// Writes the study that is shown into a folder.
    SaveStudy(PathBuf),
    // --- jobs
    Pause(JobId),
    /// Lets work go on; what waits to be tried again is tried at once.
    Resume(JobId),
    Cancel(JobId),
    Work(super::WorkCommand),
    // --- the rest
    ChangeSettings(Box<Settings>),
    /// Says something that happened outside the state.
    Tell {
        severity: Severity,
        title: String,
        detail: String,
    },
    DismissNotice(u64),
    /// Saves what the window shows as a picture, once it was drawn without a dialog over it.
    SavePicture(PathBuf),
    /// The window as it was drawn: width, height, and four channels a pixel.
    TakePicture {
        size: [usize; 2],
        pixels: std::sync::Arc<[u8]>,
    },
    RevealTrack(TrackId),
    CopyPath(TrackId),
    /// Widths of the panels as the user dragged them.
    SetPanelWidths {
        left: f32,
        right: f32,
    },
}

/// A dialog of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialog {
    ImportFiles,
    ImportFolder,
    QueryFile,
    /// What sounds alike, as a playlist.
    SavePlaylist,
    /// The open playlist.
    ExportPlaylist,
    ImportPlaylist,
    CopyFiles,
    SaveMap,
    SavePicture,
    Labels,
    SaveEvaluation,
    Vectors,
    SaveAnswers,
    SaveStudy,
    Library,
    ImportSpotify,
    FollowFolder,
}

/// To be done outside the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Job(JobCommand),
    Player(PlayerCommand),
    OpenDialog(Dialog),
    /// Opens another library; [`AppState::opened_library`] follows once it is open.
    OpenLibrary(Option<PathBuf>),
    /// Follows these folders from now on, and no others.
    Follow(Vec<PathBuf>),
    /// Shows a file in the platform's file manager.
    Reveal(PathBuf),
    /// Shows a page in the platform's browser.
    OpenPage(String),
    CopyText(String),
    SaveSettings,
    SaveSession,
}
