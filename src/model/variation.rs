//! Other recordings made of one: in each batch all segments of a recording are transposed, played faster or slower, and bent in
//! their spectrum alike, so that a network hears more recordings than there are and learns what tells any two of them apart.
//! What must not matter, and differs from segment to segment, is [`super::augment`].

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::ModelConfig;
use super::augment::Bend;
use crate::domain::MEL_BANDS;
use crate::dsp::bands_before;

/// Most that is transposed, in semitones.
const TRANSPOSED: f64 = 2.5;
/// Most that is played faster or slower, as a share.
const FASTER: f32 = 0.12;
/// Deviation of the first cosine that bends the spectrum, of 80 dB.
const BENT: f32 = 0.03;

/// How many times longer all segments of a recording are taken, for a variation of `strength`, from 0 (none) to 1.
pub(super) fn tempo(strength: f32, random: &mut ChaCha8Rng) -> f32 {
    1.0 + strength * FASTER * random.random_range(-1.0..=1.0_f32)
}

/// Transposes and bends all segments of each recording alike: `group` rows of each after one another, rows × frames × bands
/// of each source.
pub(super) fn apply(strength: f32, rows: &mut [f32], group: usize, config: &ModelConfig, random: &mut ChaCha8Rng) {
    if strength <= 0.0 {
        return;
    }
    let mut frame_before = [0.0; MEL_BANDS];
    for recording in rows.chunks_mut(group * config.source_len()) {
        let semitones = f64::from(strength) * TRANSPOSED * random.random_range(-1.0..=1.0);
        let before = bands_before(semitones);
        let bend = Bend::draw(strength * BENT, random);
        for frame in recording.chunks_exact_mut(MEL_BANDS) {
            frame_before.copy_from_slice(frame);
            for (band, (value, place)) in frame.iter_mut().zip(before).enumerate() {
                let low = (place as usize).min(MEL_BANDS - 2);
                let share = place - low as f32;
                let moved = frame_before[low] + share * (frame_before[low + 1] - frame_before[low]);
                *value = (moved + bend.at(band, MEL_BANDS)).clamp(0.0, 1.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::model::TrainingSpec;

    fn varied(strength: f32, seed: u64) -> (ModelConfig, Vec<f32>) {
        let config = ModelConfig::of(&TrainingSpec::default()).unwrap();
        // A peak in band 30 of every frame of two recordings of two segments each.
        let peak = |at: usize| if at % MEL_BANDS == 30 { 0.8 } else { 0.2 };
        let mut rows: Vec<f32> = (0..4 * config.segment_len()).map(peak).collect();
        apply(strength, &mut rows, 2, &config, &mut ChaCha8Rng::seed_from_u64(seed));
        (config, rows)
    }

    #[test]
    fn segments_of_a_recording_change_alike_and_recordings_apart() {
        let (config, rows) = varied(1.0, 4);
        let segments: Vec<&[f32]> = rows.chunks_exact(config.segment_len()).collect();
        assert_eq!(segments[0], segments[1]);
        assert_eq!(segments[2], segments[3]);
        assert_ne!(segments[0], segments[2]);
        assert!(rows.iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn a_peak_moves_by_the_semitones_at_most() {
        for seed in 0..20 {
            let (_, rows) = varied(1.0, seed);
            let peak = (0..MEL_BANDS).max_by(|a, b| rows[*a].total_cmp(&rows[*b])).unwrap();
            // Band 30 lies where a semitone is less than a band.
            assert!(peak.abs_diff(30) <= 3, "{peak}");
        }
    }

    #[test]
    fn none_changes_nothing_and_tempo_stays_in_its_bounds() {
        let (_, rows) = varied(0.0, 1);
        assert_eq!((rows[30], rows[31]), (0.8, 0.2));
        let mut random = ChaCha8Rng::seed_from_u64(2);
        assert_eq!(tempo(0.0, &mut random), 1.0);
        assert!((0..100).all(|_| (tempo(1.0, &mut random) - 1.0).abs() <= FASTER + 1e-6));
    }
}
