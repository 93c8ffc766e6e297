//! The log-mel spectrogram.
//!
//! A frame every [`HOP`] samples under a periodic Hann window of [`WINDOW`], zero-padded to [`FFT`], centred on the
//! frame's first sample with zeros before the track; power; [`MEL_BANDS`] Slaney mel bands; decibels relative to the
//! track's maximum with an 80 dB floor; scaled to 0..1. This is `librosa.feature.melspectrogram` with `center=True`,
//! `pad_mode="constant"`, then `power_to_db(ref=np.max)`, then `(dB + 80) / 80`, less its last frame.
//!
//! The window is two hops long, so frame `t` covers exactly the hops `t − 1` and `t`. Dropping the frame past the end
//! is what lets a stream give each frame as soon as its hop is complete.

use crate::domain::{FFT, HOP, MEL_BANDS, Spectrogram, SpectrogramError, WINDOW};

use super::DspError;
use super::fourier::PowerSpectrum;
use super::mel::FilterBank;

/// Power below which librosa's `power_to_db` does not look.
const LEAST_POWER: f32 = 1e-10;
/// Decibels from the loudest value to the floor.
pub(super) const RANGE_DB: f32 = 80.0;

const _: () = assert!(WINDOW == 2 * HOP, "a frame covers two hops");

/// Mel powers of a stream, frame after frame.
pub(super) struct MelFrames {
    spectrum: PowerSpectrum,
    previous: Vec<f32>,
    powers: Vec<f32>,
}

impl MelFrames {
    pub(super) fn new() -> Self {
        Self { spectrum: PowerSpectrum::new(WINDOW, FFT), previous: vec![0.0; HOP], powers: Vec::new() }
    }

    /// Takes the next [`HOP`] samples and adds their frame.
    pub(super) fn push(&mut self, hop: &[f32]) {
        let power = self.spectrum.of(&self.previous, hop);
        FilterBank::get().apply(power, &mut self.powers);
        self.previous.copy_from_slice(hop);
    }

    /// The frames so far as a spectrogram of 0..1. Silence, where no power reaches 1e-10, is 0 throughout: librosa
    /// would call its silent maximum 0 dB and give 1.
    pub(super) fn finish(self) -> Result<Spectrogram, SpectrogramError> {
        let loudest = self.loudest();
        self.below(loudest)
    }

    /// The greatest power so far.
    pub(super) fn loudest(&self) -> f32 {
        self.powers.iter().copied().filter(|power| power.is_finite()).fold(0.0, f32::max)
    }

    /// As [`MelFrames::finish`], in decibels below the power `loudest`.
    pub(super) fn below(self, loudest: f32) -> Result<Spectrogram, SpectrogramError> {
        let mut values = self.powers;
        if loudest > LEAST_POWER {
            let reference = 10.0 * loudest.log10();
            for value in &mut values {
                let below = 10.0 * value.max(LEAST_POWER).log10() - reference;
                // `max` would turn a NaN into the floor; a spectrogram is refused for it instead.
                *value = if value.is_finite() { ((below + RANGE_DB) / RANGE_DB).clamp(0.0, 1.0) } else { f32::NAN };
            }
        } else {
            for value in &mut values {
                *value = if value.is_finite() { 0.0 } else { f32::NAN };
            }
        }
        Spectrogram::new(values.len() / MEL_BANDS, MEL_BANDS, values)
    }
}

/// The spectrogram of `samples` (mono, 22,050 Hz), `samples.len() / 441` frames × 60 bands. For whole tracks,
/// [`crate::dsp::Analyser`] gives the same without holding the samples.
///
/// # Errors
/// [`DspError`] for less than one frame and for samples that are not numbers.
pub fn log_mel(samples: &[f32]) -> Result<Spectrogram, DspError> {
    if samples.len() < HOP {
        return Err(DspError::TooShort { samples: samples.len() as u64 });
    }
    let mut frames = MelFrames::new();
    samples.chunks_exact(HOP).for_each(|hop| frames.push(hop));
    Ok(frames.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_seconds_are_1500_frames_and_silence_is_zero() {
        let spectrogram = log_mel(&vec![0.0; 661_500]).unwrap();
        assert_eq!((spectrogram.frames(), spectrogram.bands()), (1_500, 60));
        assert!(spectrogram.values().iter().all(|&value| value == 0.0));
        assert_eq!(log_mel(&[0.0; 440]), Err(DspError::TooShort { samples: 440 }));
    }

    #[test]
    fn loudness_does_not_change_it() {
        let samples: Vec<f32> = (0..44_100).map(|n| (n as f32 * 0.07).sin() * (n as f32 * 1e-4).sin()).collect();
        let quiet: Vec<f32> = samples.iter().map(|sample| sample * 0.25).collect();
        let (loud, quiet) = (log_mel(&samples).unwrap(), log_mel(&quiet).unwrap());
        for (a, b) in loud.values().iter().zip(quiet.values()) {
            approx::assert_abs_diff_eq!(a, b, epsilon = 1e-5);
        }
    }

    #[test]
    fn a_sample_that_is_no_number_is_refused() {
        for bad in [f32::NAN, f32::INFINITY] {
            let mut samples = vec![0.1; 44_100];
            samples[20_000] = bad;
            assert!(matches!(log_mel(&samples), Err(DspError::Spectrogram(_))));
        }
    }
}
