//! How a spectrogram sounds in three numbers: brightness, business, pulse.

use std::ops::RangeInclusive;

use crate::domain::Spectrogram;

/// Periods of a beat in frames: 200 to 60 beats a minute at 50 frames a second.
const BEATS: RangeInclusive<usize> = 15..=50;

/// How a piece of music sounds. The numbers say which of two is more so, and have no unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Character {
    /// The centre of the mean amplitudes over the mel bands, 0 (all in the lowest) to 1 (all in the highest).
    pub brightness: f32,
    /// Mean rise from frame to frame (spectral flux), in shares of the 80 dB of the scale.
    pub business: f32,
    /// The largest autocorrelation of the rise at the period of a beat, beside that at no distance: 1 for a strict pulse.
    pub pulse: f32,
}

/// The character of a spectrogram; `None` where it is too short to have a beat.
pub fn character(spectrogram: &Spectrogram) -> Option<Character> {
    let (frames, bands) = (spectrogram.frames(), spectrogram.bands());
    if frames <= 2 * BEATS.end() || bands < 2 {
        return None;
    }
    let mut amplitudes = vec![0.0_f64; bands];
    for frame in spectrogram.values().chunks_exact(bands) {
        // 80 dB over the scale: a value of 1 is the loudest, 0 is 10⁻⁴ of its amplitude.
        let amplitude = |value: &f32| 10_f64.powf(4.0 * (f64::from(*value) - 1.0));
        amplitudes.iter_mut().zip(frame).for_each(|(sum, value)| *sum += amplitude(value));
    }
    let weighted: f64 = amplitudes.iter().enumerate().map(|(band, amplitude)| band as f64 * amplitude).sum();
    let brightness = weighted / amplitudes.iter().sum::<f64>().max(f64::MIN_POSITIVE) / (bands - 1) as f64;
    let rises: Vec<f64> = spectrogram
        .values()
        .chunks_exact(bands)
        .zip(spectrogram.values().chunks_exact(bands).skip(1))
        .map(|(before, now)| {
            let rise = before.iter().zip(now).map(|(before, now)| f64::from((now - before).max(0.0)));
            rise.sum::<f64>() / bands as f64
        })
        .collect();
    let mean = rises.iter().sum::<f64>() / rises.len() as f64;
    let product = |lag: usize| {
        let pairs = rises.iter().zip(rises.iter().skip(lag));
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / (rises.len() - lag) as f64
    };
    let power = product(0);
    let strongest = BEATS.map(product).fold(0.0, f64::max);
    let pulse = if power > 1e-12 { (strongest / power).min(1.0) } else { 0.0 };
    Some(Character { brightness: brightness as f32, business: mean as f32, pulse: pulse as f32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A spectrogram of 400 frames × 60 bands.
    fn made(value: impl Fn(usize, usize) -> f32) -> Character {
        let values = (0..400).flat_map(|frame| (0..60).map(move |band| (frame, band)));
        let values = values.map(|(frame, band)| value(frame, band)).collect();
        character(&Spectrogram::new(400, 60, values).unwrap()).unwrap()
    }

    #[test]
    fn high_bands_are_bright() {
        let low = made(|_, band| if band < 10 { 0.9 } else { 0.1 });
        let high = made(|_, band| if band >= 50 { 0.9 } else { 0.1 });
        assert!(low.brightness < 0.1 && high.brightness > 0.9, "{low:?} {high:?}");
        assert_eq!((low.business, low.pulse), (0.0, 0.0), "nothing changes");
    }

    #[test]
    fn a_strict_beat_drives_and_noise_does_not() {
        let beat = made(|frame, _| if frame % 25 == 0 { 0.9 } else { 0.2 });
        // Fixed pseudo-random levels, one a frame (SplitMix64).
        let noise = made(|frame, _| {
            let mut z = (frame as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (z >> 40) as f32 / (1 << 24) as f32
        });
        assert!(beat.pulse > 0.9, "{beat:?}");
        assert!(noise.pulse < 0.5, "{noise:?}");
        assert!(noise.business > beat.business * 3.0);
    }

    #[test]
    fn too_short_is_said() {
        assert_eq!(character(&Spectrogram::new(80, 60, vec![0.5; 4_800]).unwrap()), None);
    }
}
