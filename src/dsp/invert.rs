//! From a log-mel spectrogram back to sound: what a picture of sound sounds like.
//!
//! Two things are lost on the way here and guessed on the way back. The 60 bands are spread over 513 bins by multiplicative
//! updates that keep powers positive and lessen their divergence from those wanted (Lee and Seung 2001): unlike least
//! squares they count an error relative to its level, so that quiet bands beside loud ones stay quiet. Phases are found by
//! the fast Griffin-Lim algorithm (Perraudin, Balazs and Søndergaard 2013). The level is the picture's own: its brightest
//! value is full scale.

use std::f64::consts::TAU;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::fourier::hann;
use super::mel::FilterBank;
use super::spectrogram::RANGE_DB;
use crate::domain::{Cancelled, Control, FFT, HOP, MEL_BANDS, Spectrogram, WINDOW};

/// Bins of a transform.
const BINS: usize = FFT / 2 + 1;
/// Updates of the powers: more change them by less than can be heard.
const UPDATES: usize = 60;
/// How much of the last change is made once more: Perraudin's α.
const MOMENTUM: f32 = 0.99;
/// The largest sample of what is given back.
const PEAK: f32 = 0.7;

/// Sound that has nearly the spectrogram it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Inversion {
    /// Mono at 22,050 Hz, `frames` · 441 samples, the largest 0.7.
    pub samples: Vec<f32>,
    /// After each round the relative distance of the sound's magnitudes from those wanted (spectral convergence).
    pub convergence: Vec<f32>,
}

/// Sound whose log-mel spectrogram is nearly `spectrogram`, found in `rounds` rounds from phases drawn by a fixed seed.
///
/// # Errors
/// [`Cancelled`]
pub fn invert(spectrogram: &Spectrogram, rounds: usize, control: &Control) -> Result<Inversion, Cancelled> {
    let wanted = magnitudes(spectrogram, control)?;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut transforms = Transforms::new(spectrogram.frames());
    // The magnitudes under random phases, and what the sound made of it looked like in the round before.
    let mut guess: Vec<Complex<f32>> = wanted
        .iter()
        .map(|magnitude| Complex::from_polar(*magnitude, (random.random_range(0.0..1.0) * TAU) as f32))
        .collect();
    let mut before: Vec<Complex<f32>> = vec![Complex::default(); guess.len()];
    let mut seen = before.clone();
    let total = wanted.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().max(f64::MIN_POSITIVE);
    let mut convergence = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        control.checkpoint()?;
        transforms.synthesise(&guess);
        transforms.analyse(&mut seen);
        let mut error = 0.0_f64;
        for (((guess, seen), before), wanted) in guess.iter_mut().zip(&seen).zip(&mut before).zip(&wanted) {
            error += f64::from(seen.norm() - wanted).powi(2);
            let moved = *seen + (*seen - *before) * MOMENTUM;
            let length = moved.norm();
            *guess = if length > 0.0 { moved * (wanted / length) } else { Complex::new(*wanted, 0.0) };
            *before = *seen;
        }
        convergence.push((error / total).sqrt() as f32);
    }
    transforms.synthesise(&guess);
    let mut samples = transforms.sound[HOP..].to_vec();
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if peak > 0.0 {
        samples.iter_mut().for_each(|sample| *sample *= PEAK / peak);
    }
    Ok(Inversion { samples, convergence })
}

/// Magnitudes of all bins whose mel powers are nearest to the picture's: frames × [`BINS`].
fn magnitudes(spectrogram: &Spectrogram, control: &Control) -> Result<Vec<f32>, Cancelled> {
    let bank = FilterBank::get();
    let column = {
        let mut sums = vec![0.0; BINS];
        bank.spread(&[1.0; MEL_BANDS], &mut sums);
        sums
    };
    let mut all = Vec::with_capacity(spectrogram.frames() * BINS);
    let (mut bands, mut moves) = (Vec::new(), vec![0.0; BINS]);
    for frame in spectrogram.values().chunks_exact(spectrogram.bands().max(1)) {
        control.checkpoint()?;
        // A value of 0 is 80 dB under the loudest or less: nothing.
        let wanted: Vec<f32> = frame
            .iter()
            .map(|value| if *value > 0.0 { 10.0_f32.powf((value.min(1.0) - 1.0) * RANGE_DB / 10.0) } else { 0.0 })
            .collect();
        let mut power: Vec<f32> = vec![1.0; BINS];
        for _ in 0..UPDATES {
            bands.clear();
            bank.apply(&power, &mut bands);
            bands.iter_mut().zip(&wanted).for_each(|(band, wanted)| *band = wanted / band.max(f32::MIN_POSITIVE));
            bank.spread(&bands, &mut moves);
            for ((power, moved), column) in power.iter_mut().zip(&moves).zip(&column) {
                *power = if *column > 0.0 { *power * moved / column } else { 0.0 };
            }
        }
        all.extend(power.iter().map(|power| power.sqrt()));
    }
    Ok(all)
}

/// Sound and its spectra, there and back, under the analysis's own window.
struct Transforms {
    forward: std::sync::Arc<dyn RealToComplex<f32>>,
    back: std::sync::Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    /// One hop of nothing, then the sound: frame `t` starts at sample `t` · [`HOP`].
    sound: Vec<f32>,
    weights: Vec<f32>,
    frame: Vec<f32>,
    bins: Vec<Complex<f32>>,
}

impl Transforms {
    fn new(frames: usize) -> Self {
        let mut planner = RealFftPlanner::<f32>::new();
        let (forward, back) = (planner.plan_fft_forward(FFT), planner.plan_fft_inverse(FFT));
        let window = hann(WINDOW);
        let mut weights = vec![0.0_f32; (frames + 1) * HOP];
        for start in (0..frames).map(|frame| frame * HOP) {
            weights[start..start + WINDOW].iter_mut().zip(&window).for_each(|(sum, weight)| *sum += weight * weight);
        }
        let (frame, bins) = (forward.make_input_vec(), forward.make_output_vec());
        Self { forward, back, window, sound: vec![0.0; weights.len()], weights, frame, bins }
    }

    /// The sound whose spectra are nearest to `spectra` (Griffin and Lim 1984, equation 6).
    fn synthesise(&mut self, spectra: &[Complex<f32>]) {
        self.sound.fill(0.0);
        for (index, spectrum) in spectra.chunks_exact(BINS).enumerate() {
            self.bins.copy_from_slice(spectrum);
            // The first and the last bin of a real signal have no imaginary part.
            for edge in [0, BINS - 1] {
                self.bins[edge].im = 0.0;
            }
            // The lengths are the transform's own, and nothing else is checked.
            if self.back.process(&mut self.bins, &mut self.frame).is_err() {
                self.frame.fill(0.0);
            }
            let sound = &mut self.sound[index * HOP..index * HOP + WINDOW];
            for ((sound, value), weight) in sound.iter_mut().zip(&self.frame).zip(&self.window) {
                *sound += value * weight / FFT as f32;
            }
        }
        for (sound, weight) in self.sound.iter_mut().zip(&self.weights) {
            // At the very ends a single window falls to nothing.
            *sound = if *weight > 1e-3 { *sound / weight } else { 0.0 };
        }
        // Before the track there is nothing.
        self.sound[..HOP].fill(0.0);
    }

    fn analyse(&mut self, spectra: &mut [Complex<f32>]) {
        for (index, spectrum) in spectra.chunks_exact_mut(BINS).enumerate() {
            let sound = &self.sound[index * HOP..index * HOP + WINDOW];
            let (head, padding) = self.frame.split_at_mut(WINDOW);
            for ((value, sound), weight) in head.iter_mut().zip(sound).zip(&self.window) {
                *value = sound * weight;
            }
            padding.fill(0.0);
            if self.forward.process(&mut self.frame, spectrum).is_err() {
                spectrum.fill(Complex::default());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SAMPLE_RATE;
    use crate::dsp::log_mel;

    /// Two seconds of a chord that swells, with a click every half second.
    fn music() -> Vec<f32> {
        let tone = |n: usize, hz: f64| (TAU * hz * n as f64 / f64::from(SAMPLE_RATE)).sin() as f32;
        (0..2 * SAMPLE_RATE as usize)
            .map(|n| {
                let swell = 0.3 + 0.7 * (n as f32 / 44_100.0);
                let click = if n % 11_025 < 60 { 0.6 } else { 0.0 };
                swell * (0.4 * tone(n, 220.0) + 0.3 * tone(n, 660.0) + 0.2 * tone(n, 1_980.0))
                    + click * tone(n, 5_000.0)
            })
            .collect()
    }

    #[test]
    fn the_sound_has_nearly_the_picture_it_was_made_from() {
        let picture = log_mel(&music()).unwrap();
        let inversion = invert(&picture, 48, &Control::default()).unwrap();
        assert_eq!(inversion.samples.len(), picture.frames() * HOP);
        let (first, last) = (inversion.convergence[0], inversion.convergence[47]);
        assert!(last < 0.5 * first && last < 0.3, "spectral convergence from {first} to {last}");
        let again = log_mel(&inversion.samples).unwrap();
        // What is within 50 dB of the loudest is heard; the mean of its error is told in decibels.
        let heard = picture.values().iter().zip(again.values()).filter(|(wanted, _)| **wanted > 0.375);
        let errors: Vec<f32> = heard.map(|(wanted, found)| (wanted - found).abs() * RANGE_DB).collect();
        let mean = errors.iter().sum::<f32>() / errors.len() as f32;
        assert!(mean < 3.0, "{mean} dB off over {} values", errors.len());
    }

    #[test]
    fn powers_are_found_that_give_the_bands() {
        let picture = log_mel(&music()).unwrap();
        let bins = magnitudes(&picture, &Control::default()).unwrap();
        let power: Vec<f32> = bins[60 * BINS..61 * BINS].iter().map(|value| value * value).collect();
        let mut bands = Vec::new();
        FilterBank::get().apply(&power, &mut bands);
        for (band, value) in bands.iter().zip(&picture.values()[60 * MEL_BANDS..61 * MEL_BANDS]) {
            let wanted = (value - 1.0) * RANGE_DB;
            let found = 10.0 * band.max(1e-12).log10();
            // What is within 40 dB of the loudest.
            assert!(*value < 0.5 || (wanted - found).abs() < 1.5, "{found} dB is not {wanted} dB");
        }
    }

    #[test]
    fn silence_stays_silent_and_work_can_be_cancelled() {
        let silence = Spectrogram::new(50, MEL_BANDS, vec![0.0; 50 * MEL_BANDS]).unwrap();
        let inversion = invert(&silence, 4, &Control::default()).unwrap();
        assert!(inversion.samples.iter().all(|sample| *sample == 0.0));
        let control = Control::default();
        control.cancel();
        assert!(invert(&silence, 4, &control).is_err());
    }
}
