//! The same recording as it might come from elsewhere: quieter, with another sound, later, noisier, encoded again.

use std::f64::consts::PI;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::SAMPLE_RATE;

/// What is done to a recording before it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alteration {
    /// All samples at a quarter: −12.04 dB.
    Quieter,
    /// A high shelf of +6 dB from 4 kHz and a low shelf of −6 dB below 200 Hz.
    Shelves,
    /// The first second is moved to the end, so that the length stays.
    Shift,
    /// White normal noise with a power 20 dB below the recording's.
    Noise,
    /// Encoded as MP3 at 64 kbit/s and decoded again, by a program on the machine.
    Mp3,
}

impl Alteration {
    pub const ALL: [Self; 5] = [Self::Quieter, Self::Shelves, Self::Shift, Self::Noise, Self::Mp3];

    /// The name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quieter => "-12 dB",
            Self::Shelves => "shelving EQ",
            Self::Shift => "1 s shift",
            Self::Noise => "noise at 20 dB",
            Self::Mp3 => "MP3 64 kbit/s",
        }
    }

    /// Alters mono samples at 22,050 Hz. MP3 is another program's work: the samples are given back as they are.
    pub fn apply(self, samples: &[f32], seed: u64) -> Vec<f32> {
        match self {
            Self::Quieter => samples.iter().map(|sample| sample * 0.25).collect(),
            Self::Shelves => {
                let high = Shelf::new(4_000.0, 6.0, true).run(samples);
                Shelf::new(200.0, -6.0, false).run(&high)
            }
            Self::Shift => {
                let mut shifted = samples.to_vec();
                shifted.rotate_left((SAMPLE_RATE as usize).min(samples.len()));
                shifted
            }
            Self::Noise => with_noise(samples, 20.0, seed),
            Self::Mp3 => samples.to_vec(),
        }
    }
}

/// Adds white normal noise so that the ratio of the powers is `decibels`.
fn with_noise(samples: &[f32], decibels: f64, seed: u64) -> Vec<f32> {
    let power = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len().max(1) as f64;
    let deviation = (power / 10_f64.powf(decibels / 10.0)).sqrt();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = move || {
        // Box and Muller (1958); 1 − u is never 0.
        let (u, v): (f64, f64) = (random.random(), random.random());
        (-2.0 * (1.0 - u).ln()).sqrt() * (2.0 * PI * v).cos()
    };
    samples.iter().map(|sample| sample + (normal() * deviation) as f32).collect()
}

/// A shelving filter of second order after Bristow-Johnson's cookbook, slope 1.
struct Shelf {
    b: [f64; 3],
    a: [f64; 2],
}

impl Shelf {
    fn new(corner_hz: f64, gain_db: f64, high: bool) -> Self {
        let amplitude = 10_f64.powf(gain_db / 40.0);
        let omega = 2.0 * PI * corner_hz / f64::from(SAMPLE_RATE);
        let alpha = omega.sin() / 2.0 * 2.0_f64.sqrt();
        let root = 2.0 * amplitude.sqrt() * alpha;
        // The high shelf is the low shelf with the sign of the cosine turned.
        let cosine = if high { -omega.cos() } else { omega.cos() };
        let (plus, minus) = (amplitude + 1.0, amplitude - 1.0);
        let sign = if high { -1.0 } else { 1.0 };
        let a0 = plus + minus * cosine + root;
        Self {
            b: [
                amplitude * (plus - minus * cosine + root) / a0,
                sign * 2.0 * amplitude * (minus - plus * cosine) / a0,
                amplitude * (plus - minus * cosine - root) / a0,
            ],
            a: [sign * -2.0 * (minus + plus * cosine) / a0, (plus + minus * cosine - root) / a0],
        }
    }

    fn run(&self, samples: &[f32]) -> Vec<f32> {
        let (mut s1, mut s2) = (0.0, 0.0);
        let step = |sample: &f32| {
            let x = f64::from(*sample);
            let y = self.b[0] * x + s1;
            s1 = self.b[1] * x - self.a[0] * y + s2;
            s2 = self.b[2] * x - self.a[1] * y;
            y as f32
        };
        samples.iter().map(step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency: f64) -> Vec<f32> {
        let step = 2.0 * PI * frequency / f64::from(SAMPLE_RATE);
        (0..SAMPLE_RATE).map(|n| (0.3 * (step * f64::from(n)).sin()) as f32).collect()
    }

    fn level_db(samples: &[f32]) -> f64 {
        // The second half, where the filter has settled.
        let half = &samples[samples.len() / 2..];
        10.0 * (half.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / half.len() as f64).log10()
    }

    #[test]
    fn the_shelves_raise_the_treble_and_lower_the_bass_by_six_decibels() {
        for (frequency, gain) in [(20.0, -6.0), (200.0, -3.0), (900.0, 0.0), (4_000.0, 3.0), (10_000.0, 6.0)] {
            let before = sine(frequency);
            let change = level_db(&Alteration::Shelves.apply(&before, 1)) - level_db(&before);
            assert!((change - gain).abs() < 0.25, "{frequency} Hz: {change} dB");
        }
    }

    #[test]
    fn the_other_alterations_do_what_they_say() {
        let before = sine(440.0);
        assert!((level_db(&Alteration::Quieter.apply(&before, 1)) - level_db(&before) + 12.04).abs() < 0.01);
        let noisy = Alteration::Noise.apply(&before, 1);
        let noise: Vec<f32> = noisy.iter().zip(&before).map(|(a, b)| a - b).collect();
        assert!((level_db(&before) - level_db(&noise) - 20.0).abs() < 0.3);
        assert_eq!(noisy, Alteration::Noise.apply(&before, 1), "seeded");
        let long: Vec<f32> = (0..SAMPLE_RATE * 2).map(|n| n as f32).collect();
        let shifted = Alteration::Shift.apply(&long, 1);
        assert_eq!((shifted.len(), shifted[0]), (long.len(), SAMPLE_RATE as f32));
        assert_eq!(*shifted.last().unwrap(), SAMPLE_RATE as f32 - 1.0);
        assert!(Alteration::Noise.apply(&[], 1).is_empty());
    }
}
