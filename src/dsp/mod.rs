//! Pure functions of samples: spectrogram and back, tempo, key, loudness.
//!
//! Everything here starts from mono samples at [`crate::domain::SAMPLE_RATE`]. [`Analyser`] takes them in blocks of any
//! size, so that a track of any length is analysed without ever holding its audio.

mod analyser;
mod cepstrum;
mod character;
mod error;
mod fingerprint;
mod fourier;
mod invert;
mod key;
mod loudness;
mod mel;
mod preview;
mod side;
mod spectrogram;
mod tempo;
mod waveform;

pub use analyser::{Analyser, Features};
pub use cepstrum::cepstral_weight;
pub use character::{Character, character};
pub use error::DspError;
pub use fingerprint::{Printer, is_same_recording, shared};
pub use invert::{Inversion, invert};
pub use mel::bands_before;
pub use side::SideAnalyser;
pub use spectrogram::log_mel;
pub use waveform::MAX_PEAKS;
