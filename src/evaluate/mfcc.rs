//! Mel-frequency cepstral coefficients of a stored spectrogram, and the two classic descriptions made of them.
//!
//! A stored value v (0 to 1) stands for 80 v − 80 decibels relative to the track's maximum. The coefficients of a frame
//! are the first [`COEFFICIENTS`] of the orthonormal DCT-II of its 60 decibel values, the zeroth included:
//! cₖ = √((2 − δₖ₀) / 60) Σₙ xₙ cos(π k (n + ½) / 60). That is `scipy.fft.dct(x, type=2, norm="ortho")[:20]`, and
//! `librosa.feature.mfcc` on the same decibels.

use crate::domain::Spectrogram;
use crate::dsp::cepstral_weight;

/// Coefficients of a frame.
pub const COEFFICIENTS: usize = 20;
/// Values of [`statistics`].
pub const STATISTICS: usize = 4 * COEFFICIENTS;
/// Frames on either side under the slope of a delta.
const REACH: usize = 2;
/// The covariance of a [`Gaussian`] gets this share of its mean variance on its diagonal.
const RIDGE: f64 = 1e-3;
/// And this, in squared decibels, so that silence has a covariance too.
const LEAST_VARIANCE: f64 = 1e-3;

/// The coefficients of every frame: frames × 20.
pub fn mfcc(spectrogram: &Spectrogram) -> Vec<[f64; COEFFICIENTS]> {
    let bands = spectrogram.bands();
    let basis: Vec<Vec<f64>> =
        (0..COEFFICIENTS).map(|k| (0..bands).map(|n| cepstral_weight(k, n, bands)).collect()).collect();
    let frame = |values: &[f32]| {
        let decibels: Vec<f64> = values.iter().map(|value| 80.0 * f64::from(*value) - 80.0).collect();
        std::array::from_fn(|k| basis[k].iter().zip(&decibels).map(|(weight, value)| weight * value).sum())
    };
    spectrogram.values().chunks_exact(bands).map(frame).collect()
}

/// The slope of each coefficient over five frames, Δcₜ = Σ₁² n (cₜ₊ₙ − cₜ₋ₙ) / (2 Σ₁² n²); the first and the last frame
/// go on beyond the ends.
fn deltas(frames: &[[f64; COEFFICIENTS]]) -> Vec<[f64; COEFFICIENTS]> {
    let last = frames.len().saturating_sub(1);
    let scale: f64 = 2.0 * (1..=REACH).map(|n| (n * n) as f64).sum::<f64>();
    (0..frames.len())
        .map(|t| {
            std::array::from_fn(|k| {
                let slope = |n: usize| n as f64 * (frames[(t + n).min(last)][k] - frames[t.saturating_sub(n)][k]);
                (1..=REACH).map(slope).sum::<f64>() / scale
            })
        })
        .collect()
}

/// Mean and standard deviation over time of the coefficients, then of their deltas: 80 values, `None` without a frame.
pub fn statistics(frames: &[[f64; COEFFICIENTS]]) -> Option<Vec<f32>> {
    if frames.is_empty() {
        return None;
    }
    let slopes = deltas(frames);
    let mut values = Vec::with_capacity(STATISTICS);
    for rows in [frames, &slopes] {
        let count = rows.len() as f64;
        let mean: [f64; COEFFICIENTS] = std::array::from_fn(|k| rows.iter().map(|row| row[k]).sum::<f64>() / count);
        let deviation = |k: usize| (rows.iter().map(|row| (row[k] - mean[k]).powi(2)).sum::<f64>() / count).sqrt();
        values.extend(mean.map(|value| value as f32));
        values.extend((0..COEFFICIENTS).map(|k| deviation(k) as f32));
    }
    Some(values)
}

/// The coefficients of a track as one normal distribution with full covariance (Mandel and Ellis 2005).
///
/// The covariance is divided by the number of frames, and a ridge of 0.1 % of its mean variance (plus 0.001 dB²) is added
/// to its diagonal.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    mean: Vec<f64>,
    covariance: Vec<f64>,
    inverse: Vec<f64>,
}

impl Gaussian {
    /// Fits the frames; `None` where there is none or their numbers are no good.
    pub fn fit(frames: &[[f64; COEFFICIENTS]]) -> Option<Self> {
        const D: usize = COEFFICIENTS;
        if frames.is_empty() {
            return None;
        }
        let count = frames.len() as f64;
        let mean: Vec<f64> = (0..D).map(|k| frames.iter().map(|frame| frame[k]).sum::<f64>() / count).collect();
        let mut covariance = vec![0.0; D * D];
        for frame in frames {
            for i in 0..D {
                for j in i..D {
                    covariance[i * D + j] += (frame[i] - mean[i]) * (frame[j] - mean[j]) / count;
                }
            }
        }
        for i in 0..D {
            for j in 0..i {
                covariance[i * D + j] = covariance[j * D + i];
            }
        }
        let variance = (0..D).map(|i| covariance[i * D + i]).sum::<f64>() / D as f64;
        (0..D).for_each(|i| covariance[i * D + i] += RIDGE * variance + LEAST_VARIANCE);
        let inverse = inverse(&covariance, D)?;
        Some(Self { mean, covariance, inverse })
    }

    /// The symmetrised Kullback-Leibler divergence KL(p‖q) + KL(q‖p) =
    /// ½ (tr(Σq⁻¹ Σp) + tr(Σp⁻¹ Σq) − 2 D + (μp − μq)ᵀ (Σp⁻¹ + Σq⁻¹) (μp − μq)).
    pub fn divergence(&self, other: &Self) -> f64 {
        let dim = self.mean.len();
        // Both factors are symmetric, so the trace of their product is the sum of the products of their values.
        let trace = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let traces = trace(&other.inverse, &self.covariance) + trace(&self.inverse, &other.covariance);
        let apart: Vec<f64> = self.mean.iter().zip(&other.mean).map(|(a, b)| a - b).collect();
        let mut between = 0.0;
        for i in 0..dim {
            let row = i * dim..(i + 1) * dim;
            let sum = self.inverse[row.clone()].iter().zip(&other.inverse[row]).zip(&apart);
            between += apart[i] * sum.map(|((a, b), apart)| (a + b) * apart).sum::<f64>();
        }
        (0.5 * (traces - 2.0 * dim as f64 + between)).max(0.0)
    }
}

/// The inverse of a symmetric positive definite matrix by its Cholesky factor; `None` where it is not one.
fn inverse(matrix: &[f64], dim: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; dim * dim];
    for i in 0..dim {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| lower[i * dim + k] * lower[j * dim + k]).sum();
            let rest = matrix[i * dim + j] - sum;
            lower[i * dim + j] = if i == j { (rest > 0.0).then(|| rest.sqrt())? } else { rest / lower[j * dim + j] };
        }
    }
    // The inverse of the factor, column by column; then Σ⁻¹ = L⁻ᵀ L⁻¹.
    let mut factor = vec![0.0; dim * dim];
    for column in 0..dim {
        for i in column..dim {
            let sum: f64 = (column..i).map(|k| lower[i * dim + k] * factor[k * dim + column]).sum();
            let one = f64::from(u8::from(i == column));
            factor[i * dim + column] = (one - sum) / lower[i * dim + i];
        }
    }
    let mut inverse = vec![0.0; dim * dim];
    for i in 0..dim {
        for j in 0..dim {
            let from = i.max(j);
            inverse[i * dim + j] = (from..dim).map(|k| factor[k * dim + i] * factor[k * dim + j]).sum();
        }
    }
    Some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames(seed: u32, count: usize) -> Vec<[f64; COEFFICIENTS]> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24) - 0.5
        };
        (0..count).map(|_| std::array::from_fn(|_| 10.0 * next() + f64::from(seed))).collect()
    }

    #[test]
    fn a_flat_spectrum_has_a_zeroth_coefficient_alone() {
        let spectrogram = Spectrogram::new(2, 60, vec![0.5; 120]).unwrap();
        let frame = mfcc(&spectrogram)[1];
        // −40 dB in 60 bands: −40 · √60.
        assert!((frame[0] + 40.0 * 60.0_f64.sqrt()).abs() < 1e-9, "{}", frame[0]);
        assert!(frame[1..].iter().all(|value| value.abs() < 1e-9));
    }

    #[test]
    fn statistics_of_a_ramp_by_hand() {
        // 0, 1, 2, 3, 4: mean 2, variance 2; slopes 0.5, 0.8, 1, 0.8, 0.5.
        let ramp: Vec<[f64; COEFFICIENTS]> = (0..5).map(|t| [f64::from(t); COEFFICIENTS]).collect();
        let values = statistics(&ramp).unwrap();
        assert_eq!(values.len(), STATISTICS);
        assert!((values[0] - 2.0).abs() < 1e-6 && (values[20] - 2.0_f32.sqrt()).abs() < 1e-6);
        assert!((values[40] - 0.72).abs() < 1e-6, "{}", values[40]);
        assert_eq!(statistics(&[]), None);
    }

    #[test]
    fn the_divergence_of_two_spheres_is_that_of_theory() {
        // Σ = s·I, means a distance apart: ½ (D (s/t + t/s) − 2 D + |μ|² (1/s + 1/t)).
        let sphere = |mean: f64, variance: f64| {
            let diagonal = |value: f64| {
                let mut matrix = vec![0.0; COEFFICIENTS * COEFFICIENTS];
                (0..COEFFICIENTS).for_each(|i| matrix[i * COEFFICIENTS + i] = value);
                matrix
            };
            let covariance = diagonal(variance);
            let inverse = inverse(&covariance, COEFFICIENTS).unwrap();
            Gaussian { mean: vec![mean; COEFFICIENTS], covariance, inverse }
        };
        let found = sphere(0.0, 2.0).divergence(&sphere(3.0, 4.0));
        let expected = 0.5 * (20.0 * (0.5 + 2.0) - 40.0 + 20.0 * 9.0 * (0.5 + 0.25));
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    #[test]
    fn silence_has_a_distribution() {
        let silence = Gaussian::fit(&[[-80.0; COEFFICIENTS]; 3]).unwrap();
        assert!(silence.divergence(&Gaussian::fit(&frames(1, 50)).unwrap()).is_finite());
        assert!(silence.divergence(&silence) < 1e-9);
        assert!(Gaussian::fit(&[]).is_none() && Gaussian::fit(&[[f64::NAN; COEFFICIENTS]]).is_none());
    }

    proptest! {
        #[test]
        fn the_divergence_is_symmetric_and_zero_only_to_itself(a in 0_u32..50, b in 0_u32..50) {
            let (p, q) = (Gaussian::fit(&frames(a, 60)).unwrap(), Gaussian::fit(&frames(b, 60)).unwrap());
            prop_assert!((p.divergence(&q) - q.divergence(&p)).abs() <= 1e-9 * (1.0 + p.divergence(&q)));
            prop_assert!(p.divergence(&p) < 1e-6);
            prop_assert!(a == b || p.divergence(&q) > 0.1);
        }
    }
}
