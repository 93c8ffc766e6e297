//! The bank of triangular mel filters: Slaney's scale, each filter of equal area (Slaney 1998, "Auditory Toolbox").

use std::sync::OnceLock;

use crate::domain::{FFT, MEL_BANDS, SAMPLE_RATE};

/// One triangle: the weights of the bins it covers, from `first` on.
struct Filter {
    first: usize,
    weights: Vec<f32>,
}

/// [`MEL_BANDS`] filters from 0 Hz to half the sample rate over the bins of a transform of [`FFT`] samples.
pub(super) struct FilterBank {
    filters: Vec<Filter>,
}

impl FilterBank {
    /// The bank, made once.
    pub(super) fn get() -> &'static Self {
        static BANK: OnceLock<FilterBank> = OnceLock::new();
        BANK.get_or_init(Self::new)
    }

    fn new() -> Self {
        let top = hz_to_mel(f64::from(SAMPLE_RATE) / 2.0);
        let edge = |index: usize| mel_to_hz(top * index as f64 / (MEL_BANDS + 1) as f64);
        let filters = (0..MEL_BANDS).map(|band| Filter::new(edge(band), edge(band + 1), edge(band + 2))).collect();
        Self { filters }
    }

    /// Appends the [`MEL_BANDS`] band powers of one frame of bin powers.
    pub(super) fn apply(&self, power: &[f32], out: &mut Vec<f32>) {
        out.extend(self.filters.iter().map(|filter| {
            let bins = power.get(filter.first..).unwrap_or_default();
            dot(&filter.weights, bins)
        }));
    }

    /// The transposed bank: spreads the [`MEL_BANDS`] values of one frame over the bins of `out`, which it overwrites.
    pub(super) fn spread(&self, bands: &[f32], out: &mut [f32]) {
        out.fill(0.0);
        for (filter, band) in self.filters.iter().zip(bands) {
            let bins = out.get_mut(filter.first..).unwrap_or_default();
            bins.iter_mut().zip(&filter.weights).for_each(|(bin, weight)| *bin += weight * band);
        }
    }
}

impl Filter {
    /// Rises from `low` to `centre` and falls to `high` (Hz), with an area of 1 over frequency in Hz.
    fn new(low: f64, centre: f64, high: f64) -> Self {
        let bin_hz = f64::from(SAMPLE_RATE) / FFT as f64;
        let area = 2.0 / (high - low);
        let weight = |bin: usize| {
            let hz = bin as f64 * bin_hz;
            ((hz - low) / (centre - low)).min((high - hz) / (high - centre)).max(0.0) * area
        };
        let bins = FFT / 2 + 1;
        let first = (0..bins).find(|&bin| weight(bin) > 0.0).unwrap_or(bins);
        let weights =
            (first..bins).map(weight).take_while(|&weight| weight > 0.0).map(|weight| weight as f32).collect();
        Self { first, weights }
    }
}

/// The sum of products over the shorter length, in eight lanes so that it compiles to vector instructions.
fn dot(left: &[f32], right: &[f32]) -> f32 {
    const LANES: usize = 8;
    let (left_chunks, left_rest) = left.as_chunks::<LANES>();
    let right = right.get(..left.len()).unwrap_or(right);
    let (right_chunks, right_rest) = right.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (left, right) in left_chunks.iter().zip(right_chunks) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f32>() + rest
}

/// Slaney's scale is linear up to 1,000 Hz (15 mel) and logarithmic above, 27 mel for a factor of 6.4.
const LINEAR_HZ_PER_MEL: f64 = 200.0 / 3.0;
const BREAK_HZ: f64 = 1_000.0;
const BREAK_MEL: f64 = BREAK_HZ / LINEAR_HZ_PER_MEL;

fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn hz_to_mel(hz: f64) -> f64 {
    if hz < BREAK_HZ { hz / LINEAR_HZ_PER_MEL } else { BREAK_MEL + (hz / BREAK_HZ).ln() / log_step() }
}

fn mel_to_hz(mel: f64) -> f64 {
    if mel < BREAK_MEL { mel * LINEAR_HZ_PER_MEL } else { BREAK_HZ * ((mel - BREAK_MEL) * log_step()).exp() }
}

/// For each mel band the place, in bands, whose sound it has once all is transposed up by so many semitones: where a place
/// lies beyond the lowest or the highest band, that band.
pub fn bands_before(semitones: f64) -> [f32; MEL_BANDS] {
    let step = hz_to_mel(f64::from(SAMPLE_RATE) / 2.0) / (MEL_BANDS + 1) as f64;
    let ratio = (semitones / 12.0).exp2();
    std::array::from_fn(|band| {
        let centre = mel_to_hz(step * (band + 1) as f64);
        (hz_to_mel(centre / ratio) / step - 1.0).clamp(0.0, (MEL_BANDS - 1) as f64) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_moves_bands_and_back_again() {
        let still = bands_before(0.0);
        assert!(still.iter().enumerate().all(|(band, place)| (place - band as f32).abs() < 1e-4));
        // Above 1,000 Hz the scale is logarithmic: an octave is ln 2 / ln 6.4 · 27 mel, whatever the band.
        let step = hz_to_mel(11_025.0) / 61.0;
        let octave = (2.0_f64.ln() / log_step() / step) as f32;
        let up = bands_before(12.0);
        assert!((59.0 - up[59] - octave).abs() < 1e-3 && (50.0 - up[50] - octave).abs() < 1e-3, "{octave} {up:?}");
        // Below the lowest band there is nothing to come from, and above the highest neither.
        assert_eq!((up[0], bands_before(-12.0)[59]), (0.0, 59.0));
    }

    #[test]
    fn the_scale_is_its_own_inverse() {
        for hz in [0.0, 440.0, 999.0, 1_000.0, 6_400.0, 11_025.0] {
            approx::assert_relative_eq!(mel_to_hz(hz_to_mel(hz)), hz, max_relative = 1e-12);
        }
        approx::assert_relative_eq!(hz_to_mel(6_400.0), 42.0, max_relative = 1e-12);
    }

    #[test]
    fn every_filter_covers_bins_and_weighs_them_once() {
        let bank = FilterBank::get();
        assert_eq!(bank.filters.len(), MEL_BANDS);
        for filter in &bank.filters {
            assert!(!filter.weights.is_empty());
            assert!(filter.first + filter.weights.len() <= FFT / 2 + 1);
        }
    }

    #[test]
    fn the_dot_product_takes_the_shorter_length() {
        let left: Vec<f32> = (0..19).map(|n| n as f32).collect();
        let sum: f32 = left.iter().map(|value| value * 2.0).sum();
        assert_eq!(dot(&left, &[2.0; 30]), sum);
        assert_eq!(dot(&left, &[]), 0.0);
    }
}
