//! What a contrastive encoder must not listen to, changed at random before it learns: level, equalisation, noise, what a
//! lossy encoder leaves out, single bands and moments, and other music at the same time.

use std::f32::consts::PI;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{Augmentation, ModelConfig};

/// Cosines that bend the spectrum.
const BENDS: usize = 3;
/// Width of a noise's flutter: 8 dB of 80.
const NOISE_FLUTTER: f32 = 0.1;

/// Changes each segment of `rows` (rows × frames × bands of each source, 0..1 for 80 dB, `group` rows of each recording
/// after one another) in its own way, middle and side alike.
pub(super) fn apply(
    augmentation: &Augmentation,
    rows: &mut [f32],
    group: usize,
    config: &ModelConfig,
    random: &mut ChaCha8Rng,
) {
    if augmentation.mix > 0.0 {
        mix(augmentation.mix, rows, group, config.source_len(), random);
    }
    for segment in rows.chunks_exact_mut(config.source_len()) {
        level_and_spectrum(augmentation, segment, config.bands, random);
        if augmentation.gate > 0.0 && random.random::<bool>() {
            gate(augmentation.gate * random.random::<f32>(), segment, config.bands, random);
        }
        if augmentation.noise > 0.0 && random.random::<bool>() {
            noise(augmentation.noise * random.random::<f32>(), segment, random);
        }
        masks(augmentation, segment, config, random);
    }
}

/// Silences what lies below `threshold` from a random band upwards: lossy encoders save their bits there first.
fn gate(threshold: f32, segment: &mut [f32], bands: usize, random: &mut ChaCha8Rng) {
    let lowest = random.random_range(0..bands);
    for frame in segment.chunks_exact_mut(bands) {
        frame[lowest..].iter_mut().filter(|value| **value < threshold).for_each(|value| *value = 0.0);
    }
}

/// Adds to every other segment one of another recording, at up to `loudest` of its amplitude.
fn mix(loudest: f32, rows: &mut [f32], group: usize, size: usize, random: &mut ChaCha8Rng) {
    let before = rows.to_vec();
    let count = before.len() / size;
    if count <= group {
        return;
    }
    for (row, segment) in rows.chunks_exact_mut(size).enumerate() {
        if !random.random::<bool>() {
            continue;
        }
        let first = row / group * group;
        let drawn = random.random_range(0..count - group);
        let other = if drawn < first { drawn } else { drawn + group };
        // An amplitude of a is 20 log10 a of 80 dB.
        let amplitude = (loudest * random.random::<f32>()).max(f32::MIN_POSITIVE);
        let level = amplitude.log10() / 4.0;
        for (value, added) in segment.iter_mut().zip(&before[other * size..(other + 1) * size]) {
            *value = sum_of_powers(*value, added + level);
        }
    }
}

/// The power of two values together, as a value.
fn sum_of_powers(a: f32, b: f32) -> f32 {
    // A value v stands for 80 dB · v, a power of 10^(8 v).
    const POWER: f32 = 8.0 * std::f32::consts::LOG2_10;
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    (high + (1.0 + (POWER * (low - high)).exp2()).log2() / POWER).clamp(0.0, 1.0)
}

/// Adds the power of a noise of `level` that flutters by a few decibels.
fn noise(level: f32, segment: &mut [f32], random: &mut ChaCha8Rng) {
    for value in segment {
        *value = sum_of_powers(*value, level + NOISE_FLUTTER * (random.random::<f32>() - 0.5));
    }
}

/// A curve over the bands, made of a few cosines.
pub(super) struct Bend([f32; BENDS]);

impl Bend {
    /// At random, the first cosine with this deviation.
    pub fn draw(deviation: f32, random: &mut ChaCha8Rng) -> Self {
        // A sum of uniform numbers with the deviation of one: near enough to normal, and never far out.
        Self(std::array::from_fn(|bend| {
            let normal: f32 = (0..4).map(|_| random.random::<f32>() - 0.5).sum::<f32>() * 3.0_f32.sqrt();
            deviation * normal / ((bend + 1) as f32).sqrt()
        }))
    }

    /// Its height at one of `bands`.
    pub fn at(&self, band: usize, bands: usize) -> f32 {
        let place = band as f32 / (bands - 1).max(1) as f32;
        (1..).zip(self.0).map(|(bend, height)| height * (PI * bend as f32 * place).cos()).sum()
    }
}

fn level_and_spectrum(augmentation: &Augmentation, segment: &mut [f32], bands: usize, random: &mut ChaCha8Rng) {
    let level = augmentation.level * (random.random::<f32>() * 1.25 - 1.0);
    let bend = Bend::draw(augmentation.equaliser, random);
    let curve: Vec<f32> = (0..bands).map(|band| level + bend.at(band, bands)).collect();
    for frame in segment.chunks_exact_mut(bands) {
        for (value, change) in frame.iter_mut().zip(&curve) {
            *value = (*value + change).clamp(0.0, 1.0);
        }
    }
}

/// Puts the segment's own mean in place of some bands and some frames (after Park et al. 2019).
fn masks(augmentation: &Augmentation, segment: &mut [f32], config: &ModelConfig, random: &mut ChaCha8Rng) {
    let (bands, all_bands, frames) = (config.bands, config.source_bands(), config.grid.frames);
    let mean = segment.iter().sum::<f32>() / segment.len().max(1) as f32;
    let width = random.random_range(0..=augmentation.bands.min(bands));
    let first = random.random_range(0..=bands - width);
    for frame in segment.chunks_exact_mut(bands) {
        frame[first..first + width].fill(mean);
    }
    let length = random.random_range(0..=augmentation.frames.min(frames));
    let first = random.random_range(0..=frames - length);
    segment[first * all_bands..(first + length) * all_bands].fill(mean);
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::model::TrainingSpec;

    const OFF: Augmentation = Augmentation {
        level: 0.0,
        equaliser: 0.0,
        noise: 0.0,
        gate: 0.0,
        bands: 0,
        frames: 0,
        mix: 0.0,
        stretch: 0.0,
        variation: 0.0,
    };

    #[test]
    fn mixing_adds_another_recording_and_never_the_same_one() {
        // Four recordings of two rows; each row's value names its recording.
        let before: Vec<f32> = (0..8).flat_map(|row| [0.2 * (row / 2) as f32; 4]).collect();
        let mut rows = before.clone();
        mix(1.0, &mut rows, 2, 4, &mut ChaCha8Rng::seed_from_u64(5));
        assert_ne!(rows, before);
        assert!(rows.iter().zip(&before).all(|(after, before)| after >= before));
        assert!((sum_of_powers(0.5, 0.5) - 0.5 - 3.0103 / 80.0).abs() < 1e-4);
        assert!((sum_of_powers(0.2, 0.9) - 0.9).abs() < 1e-4);
        let mut alone = vec![0.3; 8];
        mix(1.0, &mut alone, 2, 4, &mut ChaCha8Rng::seed_from_u64(5));
        assert_eq!(alone, [0.3; 8]);
    }

    #[test]
    fn noise_adds_its_power_and_the_gate_silences_what_is_weak() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut segment = vec![0.5; 6_000];
        noise(0.5, &mut segment, &mut random);
        // Two equal powers are 3 dB more than one.
        let mean = segment.iter().sum::<f32>() / segment.len() as f32;
        assert!((mean - 0.5 - 3.01 / 80.0).abs() < 0.005, "{mean}");
        let mut loud = vec![0.9; 600];
        noise(0.3, &mut loud, &mut random);
        assert!(loud.iter().all(|value| (value - 0.9).abs() < 1e-4));
        let mut segment: Vec<f32> = (0..6_000).map(|at| if at % 2 == 0 { 0.1 } else { 0.6 }).collect();
        gate(0.3, &mut segment, 60, &mut random);
        assert!(segment.iter().all(|value| [0.0, 0.1, 0.6].contains(value)) && segment.contains(&0.0));
        assert_eq!(segment.iter().filter(|value| **value == 0.6).count(), 3_000);
    }

    fn changed(augmentation: Augmentation) -> (Vec<f32>, Vec<f32>) {
        let config = ModelConfig::of(&TrainingSpec::default()).unwrap();
        let rows: Vec<f32> = (0..2 * config.segment_len()).map(|at| 0.3 + 0.4 * ((at % 97) as f32 / 97.0)).collect();
        let mut after = rows.clone();
        apply(&augmentation, &mut after, 1, &config, &mut ChaCha8Rng::seed_from_u64(7));
        (rows, after)
    }

    #[test]
    fn switched_off_it_changes_nothing() {
        let (before, after) = changed(OFF);
        assert_eq!(before, after);
    }

    #[test]
    fn each_kind_changes_what_it_says() {
        let (before, after) = changed(Augmentation { level: 0.2, ..OFF });
        let moved: Vec<f32> = before.iter().zip(&after).map(|(a, b)| b - a).collect();
        assert!(moved[..12_000].iter().all(|by| (by - moved[0]).abs() < 1e-6) && moved[0] != moved[12_000]);
        assert!(moved.iter().all(|by| (-0.2001..=0.0501).contains(by)));
        let (before, after) = changed(Augmentation { equaliser: 0.05, ..OFF });
        let moved: Vec<f32> = before.iter().zip(&after).map(|(a, b)| b - a).collect();
        assert!((moved[0] - moved[60]).abs() < 1e-6 && (moved[0] - moved[59]).abs() > 1e-4);
        let (before, after) = changed(Augmentation { bands: 60, frames: 200, ..OFF });
        assert_ne!(before, after);
        assert!(after.iter().all(|value| (0.0..=1.0).contains(value)));
    }
}
