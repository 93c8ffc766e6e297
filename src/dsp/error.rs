//! Why sound could not be analysed.

use crate::domain::SpectrogramError;

/// Why [`crate::dsp::Analyser::finish`] gave no features.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DspError {
    /// There is not one whole frame (20 ms) of sound.
    #[error("only {samples} samples of sound, less than one frame of {} samples", crate::domain::HOP)]
    TooShort { samples: u64 },
    /// The samples held infinities or NaN.
    #[error("the sound has samples that are not numbers")]
    Spectrogram(#[from] SpectrogramError),
    #[error("no fingerprint can be made: {0}")]
    Fingerprint(String),
}
