//! A track analysed in blocks gives what it gives at once, whatever the blocks.

use proptest::prelude::*;
use songline::domain::{Key, Mode};
use songline::dsp::{Analyser, DspError, Features, MAX_PEAKS, log_mel};

fn analyse(samples: &[f32], blocks: &[usize]) -> Result<Features, DspError> {
    let mut analyser = Analyser::new();
    let mut rest = samples;
    for &block in blocks.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at(block.min(rest.len()));
        analyser.push(now);
        rest = later;
    }
    analyser.finish()
}

/// Clicks at 120 BPM over a chord of C major.
fn tune(count: usize, level: f32) -> Vec<f32> {
    let at = |n: usize| {
        let t = n as f64 / 22_050.0;
        let chord: f64 = [261.63, 329.63, 392.0].iter().map(|hz| (std::f64::consts::TAU * hz * t).sin()).sum();
        let click = (-(t % 0.5) / 0.01).exp() * (t * 9_000.0).sin();
        level * (0.1 * chord + 0.5 * click) as f32
    };
    (0..count).map(at).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blocks_do_not_matter(
        count in 0_usize..120_000,
        blocks in prop::collection::vec(1_usize..5_000, 1..20),
        level in 0.01_f32..1.0,
    ) {
        let samples = tune(count, level);
        prop_assert_eq!(analyse(&samples, &[count.max(1)]), analyse(&samples, &blocks));
    }

    #[test]
    fn any_sound_gives_values_in_range(
        samples in prop::collection::vec(prop_oneof![-1.0_f32..1.0, Just(0.0), Just(1e-30), Just(1e6)], 441..6_000),
    ) {
        let features = analyse(&samples, &[1_000]).unwrap();
        prop_assert_eq!(features.spectrogram.frames(), samples.len() / 441);
        prop_assert!(features.spectrogram.values().iter().all(|value| (0.0..=1.0).contains(value)));
        prop_assert!(!features.waveform.peaks.is_empty() && features.waveform.peaks.len() <= MAX_PEAKS);
        prop_assert!(features.loudness.is_none_or(f32::is_finite));
        prop_assert_eq!(features.preview_start, 0);
    }
}

#[test]
fn a_tune_has_its_tempo_key_and_length() {
    let samples = tune(661_500, 0.8);
    let features = analyse(&samples, &[22_050]).unwrap();
    assert_eq!(features.spectrogram, log_mel(&samples).unwrap());
    assert!((features.tempo.unwrap() - 120.0).abs() < 1.0, "{:?}", features.tempo);
    assert_eq!(features.key, Some(Key { tonic: 0, mode: Mode::Major }));
    assert_eq!(features.duration_s, 30.0);
    assert_eq!(features.preview_start, 0);
    assert!((-25.0..-10.0).contains(&features.loudness.unwrap()), "{:?}", features.loudness);
}

#[test]
fn silence_has_nothing_but_a_length() {
    let features = analyse(&vec![0.0; 661_500], &[22_050]).unwrap();
    assert_eq!((features.tempo, features.key, features.loudness), (None, None, None));
    assert!(features.spectrogram.values().iter().all(|&value| value == 0.0));
    assert!(features.waveform.peaks.iter().all(|&peak| peak == 0));
}

#[test]
fn too_little_sound_and_no_numbers_are_errors() {
    assert_eq!(analyse(&[], &[1]), Err(DspError::TooShort { samples: 0 }));
    assert_eq!(analyse(&[0.5; 440], &[7]), Err(DspError::TooShort { samples: 440 }));
    let mut samples = tune(50_000, 1.0);
    samples[30_000] = f32::NAN;
    assert!(matches!(analyse(&samples, &[999]), Err(DspError::Spectrogram(_))));
}
