//! The shared words of Songline. Every other room speaks in these types; this room knows no other.

mod colormap;
mod control;
mod device;
mod eigen;
mod features;
mod filter;
mod folder;
mod harmony;
mod listening;
mod names;
mod origin;
mod playlist;
mod progress;
mod recording;
mod segment;
mod spectrogram;
mod spotify;
mod track;
mod trajectory;

pub use colormap::viridis;
pub use control::{Cancelled, Control};
pub use device::DeviceChoice;
pub use eigen::symmetric_eigen;
pub use features::{Key, Mode, Waveform};
pub use filter::{Filter, KeyRule, TempoRange};
pub use folder::{FolderNews, FolderState};
pub use harmony::tempo_gap;
pub use listening::{
    Answers, Chooser, ListeningPick, ListeningRecord, ListeningRound, ListeningSession, Question, Response,
    ScaledDistances, Standing,
};
pub use names::{plain_name, same_name};
pub use origin::{Origin, Outcome};
pub use playlist::{Playlist, PlaylistChange, PlaylistId, free_name, move_rows};
pub use progress::Progress;
pub use recording::{Recording, Version};
pub use segment::{SegmentGrid, Span};
pub use spectrogram::{Spectrogram, SpectrogramError};
pub use spotify::{AudioFeatures, Feature, SpotifyTrack, is_spotify_id, spotify_key};
pub use track::{ContentHash, Tags, Track, TrackId};
pub use trajectory::{Embedding, Encoding, Metric, Trajectory, TrajectoryError};

/// Sample rate of the analysis, in Hz. Everything is resampled to it before the spectrogram.
pub const SAMPLE_RATE: u32 = 22_050;
/// Samples under the analysis window: 40 ms.
pub const WINDOW: usize = 882;
/// Length of the Fourier transform the window is zero-padded to.
pub const FFT: usize = 1_024;
/// Samples between two frames: 20 ms.
pub const HOP: usize = 441;
/// Mel bands of a spectrogram, from 0 to 11,025 Hz.
pub const MEL_BANDS: usize = 60;
/// Frames of a spectrogram in one second.
pub const FRAMES_PER_SECOND: usize = SAMPLE_RATE as usize / HOP;
/// Segments in the 30-second view of a track.
pub const PREVIEW_SEGMENTS: usize = 14;
/// Frames in the 30-second view of a track.
pub const PREVIEW_FRAMES: usize = 30 * FRAMES_PER_SECOND;
/// Version of the features stored in a library. It rises whenever the analysis changes what it produces, so that a
/// library knows which of its tracks are to be analysed again.
pub const FEATURES_VERSION: u32 = 1;
