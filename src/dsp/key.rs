//! Musical key: a chroma profile of the whole track against the profiles of the 24 keys.

use crate::domain::{Key, SAMPLE_RATE};

use super::fourier::PowerSpectrum;

/// Samples of a chroma frame, 0.37 s: long enough to tell semitones apart from about 110 Hz up.
const FRAME: usize = 8_192;
const HALF: usize = FRAME / 2;
/// The semitones that count, as MIDI numbers: A2 (110 Hz) to A7 (3,520 Hz).
const LOWEST_NOTE: usize = 45;
const NOTES: usize = 60;
/// Krumhansl and Kessler (1982): how well each semitone above the tonic fits a key.
const MAJOR: [f64; 12] = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88];
const MINOR: [f64; 12] = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17];
/// A chroma whose standard deviation is a smaller share of its mean is flat: noise, or drums alone.
const LEAST_CONTRAST: f64 = 0.12;
/// A best correlation below this is no key.
const LEAST_FIT: f64 = 0.5;
/// Mean power of a bin below which a frame is silence.
const SILENCE: f32 = 1e-6;

/// Chroma of a stream.
pub(super) struct Chroma {
    spectrum: PowerSpectrum,
    /// For each note, its first bin and the bin after its last.
    notes: Vec<(usize, usize)>,
    pending: Vec<f32>,
    classes: [f64; 12],
}

impl Chroma {
    pub(super) fn new() -> Self {
        let bin_hz = f64::from(SAMPLE_RATE) / FRAME as f64;
        let bin_of = |note: f64| (440.0 * 2_f64.powf((note - 69.0) / 12.0) / bin_hz).round() as usize;
        let notes = (LOWEST_NOTE..LOWEST_NOTE + NOTES)
            .map(|note| {
                let first = bin_of(note as f64 - 0.5);
                (first, bin_of(note as f64 + 0.5).max(first + 1))
            })
            .collect();
        Self {
            spectrum: PowerSpectrum::new(FRAME, FRAME),
            notes,
            pending: Vec::with_capacity(FRAME),
            classes: [0.0; 12],
        }
    }

    pub(super) fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let take = (FRAME - self.pending.len()).min(samples.len());
            let (now, later) = samples.split_at(take);
            self.pending.extend_from_slice(now);
            samples = later;
            if self.pending.len() == FRAME {
                self.add_frame();
                self.pending.clear();
            }
        }
    }

    /// Adds the notes of the pending frame. The magnitude of a note is the root of its mean power, so that the wide
    /// bands of high notes weigh no more than the narrow ones of low notes. Each frame is scaled by its own loudest
    /// class: a quiet verse says as much of the key as a loud chorus.
    fn add_frame(&mut self) {
        let (head, tail) = self.pending.split_at(HALF);
        let power = self.spectrum.of(head, tail);
        let mut classes = [0.0_f64; 12];
        for (index, &(first, end)) in self.notes.iter().enumerate() {
            let bins = power.get(first..end).unwrap_or_default();
            let mean = bins.iter().sum::<f32>() / bins.len().max(1) as f32;
            if mean > SILENCE {
                classes[(LOWEST_NOTE + index) % 12] += f64::from(mean.sqrt());
            }
        }
        let loudest = classes.iter().copied().fold(0.0, f64::max);
        if loudest > 0.0 && loudest.is_finite() {
            for (sum, class) in self.classes.iter_mut().zip(classes) {
                *sum += class / loudest;
            }
        }
    }

    /// The key whose profile correlates best; `None` for silence and for sound without pitch.
    pub(super) fn finish(self) -> Option<Key> {
        let (mean, deviation) = moments(&self.classes);
        if mean <= 0.0 || deviation / mean < LEAST_CONTRAST {
            return None;
        }
        let fit = |key: Key| {
            let profile = if key.index() < 12 { &MAJOR } else { &MINOR };
            let turned: [f64; 12] = std::array::from_fn(|class| profile[(class + 12 - usize::from(key.tonic)) % 12]);
            correlation(&self.classes, &turned)
        };
        let keys = (0..24).filter_map(Key::from_index);
        let (best, key) = keys.map(|key| (fit(key), key)).max_by(|left, right| left.0.total_cmp(&right.0))?;
        (best >= LEAST_FIT).then_some(key)
    }
}

/// Mean and standard deviation.
fn moments(values: &[f64; 12]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / 12.0;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 12.0;
    (mean, variance.sqrt())
}

/// Pearson's correlation.
fn correlation(left: &[f64; 12], right: &[f64; 12]) -> f64 {
    let ((left_mean, left_deviation), (right_mean, right_deviation)) = (moments(left), moments(right));
    let covariance: f64 = left.iter().zip(right).map(|(l, r)| (l - left_mean) * (r - right_mean)).sum::<f64>() / 12.0;
    covariance / (left_deviation * right_deviation).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Mode;

    fn key_of(samples: &[f32]) -> Option<Key> {
        let mut chroma = Chroma::new();
        samples.chunks(1_000).for_each(|block| chroma.push(block));
        chroma.finish()
    }

    /// A second of a chord of notes with a few falling harmonics.
    fn chord(notes: &[i32], out: &mut Vec<f32>) {
        for n in 0..SAMPLE_RATE {
            let t = f64::from(n) / f64::from(SAMPLE_RATE);
            let sample: f64 = notes
                .iter()
                .flat_map(|&note| (1..=4).map(move |harmonic| (note, f64::from(harmonic))))
                .map(|(note, harmonic)| {
                    let hz = 440.0 * 2_f64.powf(f64::from(note - 69) / 12.0) * harmonic;
                    (std::f64::consts::TAU * hz * t).sin() / harmonic.powi(2)
                })
                .sum();
            out.push((0.1 * sample) as f32);
        }
    }

    #[test]
    fn cadences_in_every_key_are_told() {
        for tonic in 0..12 {
            let at = |notes: [i32; 3]| notes.map(|note| 48 + tonic + note);
            let mut major = Vec::new();
            let mut minor = Vec::new();
            for _ in 0..2 {
                // I IV V I, and i iv V i with the leading note of the harmonic minor.
                [[0, 4, 7], [5, 9, 12], [7, 11, 14], [0, 4, 7]].into_iter().for_each(|c| chord(&at(c), &mut major));
                [[0, 3, 7], [5, 8, 12], [7, 11, 14], [0, 3, 7]].into_iter().for_each(|c| chord(&at(c), &mut minor));
            }
            assert_eq!(key_of(&major), Some(Key { tonic: tonic as u8, mode: Mode::Major }));
            assert_eq!(key_of(&minor), Some(Key { tonic: tonic as u8, mode: Mode::Minor }));
        }
    }

    #[test]
    fn silence_and_noise_have_no_key() {
        assert_eq!(key_of(&vec![0.0; 300_000]), None);
        let mut state = 1_u32;
        let hiss: Vec<f32> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .take(661_500)
        .collect();
        assert_eq!(key_of(&hiss), None);
        assert_eq!(key_of(&[]), None);
    }
}
