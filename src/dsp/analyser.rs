//! One pass over a track's samples that gives everything Songline knows of its sound.

use crate::domain::{HOP, Key, SAMPLE_RATE, Spectrogram, Waveform};

use super::DspError;
use super::key::Chroma;
use super::loudness::Meter;
use super::preview::StepEnergies;
use super::spectrogram::MelFrames;
use super::tempo::tempo;
use super::waveform::Outline;

/// What one track sounds like.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// 50 frames a second × 60 mel bands, 0..1.
    pub spectrogram: Spectrogram,
    /// At most [`crate::dsp::MAX_PEAKS`] peaks over the whole track.
    pub waveform: Waveform,
    /// Beats a minute, 40 to 240, where there is a steady beat.
    pub tempo: Option<f32>,
    /// The key, where there is one.
    pub key: Option<Key>,
    /// Integrated loudness (ITU-R BS.1770) in LUFS; `None` for silence.
    pub loudness: Option<f32>,
    /// Length in seconds.
    pub duration_s: f64,
    /// First segment of the 30-second view: of the 14-segment window with the greatest energy.
    pub preview_start: usize,
}

/// Analyses mono samples at 22,050 Hz that come in blocks. The result does not depend on how they were cut. Beside the
/// spectrogram (12 kB a second) it holds a few numbers for each second, never the samples.
pub struct Analyser {
    mel: MelFrames,
    outline: Outline,
    meter: Meter,
    chroma: Chroma,
    energies: StepEnergies,
    /// The samples of a hop that is not full yet.
    pending: Vec<f32>,
    samples: u64,
}

impl Default for Analyser {
    fn default() -> Self {
        Self::new()
    }
}

impl Analyser {
    /// An analyser that has heard nothing.
    pub fn new() -> Self {
        Self {
            mel: MelFrames::new(),
            outline: Outline::new(),
            meter: Meter::new(),
            chroma: Chroma::new(),
            energies: StepEnergies::new(),
            pending: Vec::with_capacity(HOP),
            samples: 0,
        }
    }

    /// Takes the next samples.
    pub fn push(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        self.outline.push(samples);
        self.meter.push(samples);
        self.chroma.push(samples);
        self.energies.push(samples);
        let (head, rest) = if self.pending.is_empty() {
            samples.split_at(0)
        } else {
            samples.split_at((HOP - self.pending.len()).min(samples.len()))
        };
        self.pending.extend_from_slice(head);
        if self.pending.len() == HOP {
            self.mel.push(&self.pending);
            self.pending.clear();
        }
        let hops = rest.chunks_exact(HOP);
        let tail = hops.remainder();
        hops.for_each(|hop| self.mel.push(hop));
        self.pending.extend_from_slice(tail);
    }

    /// The features of all that was pushed.
    ///
    /// # Errors
    /// [`DspError`] for less than 20 ms of sound and for samples that are not numbers.
    pub fn finish(self) -> Result<Features, DspError> {
        if self.samples < HOP as u64 {
            return Err(DspError::TooShort { samples: self.samples });
        }
        let spectrogram = self.mel.finish()?;
        Ok(Features {
            waveform: self.outline.finish(),
            tempo: tempo(&spectrogram),
            key: self.chroma.finish(),
            loudness: self.meter.finish(),
            duration_s: self.samples as f64 / f64::from(SAMPLE_RATE),
            preview_start: self.energies.preview_start(spectrogram.frames()),
            spectrogram,
        })
    }
}
