//! Timbre: what a segment sounds like on average, measured and not learnt. Of each mel band the mean, the deviation and the
//! mean change from frame to frame, after the segment's own mean level is taken out, so that loudness says nothing. The
//! values are scaled, turned to their principal axes over the training set and flattened along them, as whitening does half
//! way (Kessy et al. 2018): no one axis decides alone.
//!
//! A network trained to tell recordings apart forgets what they share; this is kept beside what it learns.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData, s};
use ndarray::Array2;

use super::ModelConfig;
use super::layers::constant;
use crate::domain::{MEL_BANDS, symmetric_eigen};

/// Values of a segment before they are turned: mean, deviation and mean change of each mel band.
const MEASURED: usize = 3 * MEL_BANDS;
/// How far the spread along each axis is flattened: 0 leaves it, 1 makes all axes alike.
const FLATTENED: f64 = 0.75;

/// Scale and axes, none of which learns.
#[derive(Module, Debug)]
pub struct Timbre {
    /// Mean of each measured value over the training set.
    pub mean: Param<Tensor<1>>,
    /// Deviation of each.
    pub deviation: Param<Tensor<1>>,
    /// measured values × axes
    pub axes: Param<Tensor<2>>,
    /// Share of a squared distance.
    share: f32,
}

/// What [`Timbre`] is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axes {
    mean: Vec<f32>,
    deviation: Vec<f32>,
    /// measured values × `count`, row by row
    axes: Vec<f32>,
    count: usize,
}

impl Timbre {
    pub(super) fn new(axes: &Axes, share: f32, device: &Device) -> Self {
        let matrix = TensorData::new(axes.axes.clone(), [MEASURED, axes.count]);
        Self {
            mean: constant(axes.mean.clone(), device),
            deviation: constant(axes.deviation.clone(), device),
            axes: Param::from_data(matrix, device).set_require_grad(false),
            share,
        }
    }

    /// Of the right shape; what it holds is about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        let count = config.timbre_values();
        let blank = Axes {
            mean: vec![0.0; MEASURED],
            deviation: vec![1.0; MEASURED],
            axes: vec![0.0; MEASURED * count],
            count,
        };
        Self::new(&blank, config.timbre, device)
    }

    /// Log-mel segments, rows × frames × bands → rows × axes.
    pub(super) fn measure(&self, segments: Tensor<3>) -> Tensor<2> {
        let measured = measure(segments);
        let scaled = (measured - self.mean.val().unsqueeze()) / self.deviation.val().unsqueeze();
        scaled.matmul(self.axes.val())
    }

    /// Learnt points and timbre, both of length 1, as one point of length 1.
    pub(super) fn beside(&self, learnt: Tensor<2>, timbre: Tensor<2>) -> Tensor<2> {
        let lengths = [(1.0 - self.share).sqrt(), self.share.sqrt()];
        Tensor::cat(vec![learnt.mul_scalar(lengths[0]), timbre.mul_scalar(lengths[1])], 1)
    }
}

/// rows × frames × bands → rows × [`MEASURED`]
pub(super) fn measure(segments: Tensor<3>) -> Tensor<2> {
    let [rows, frames, bands] = segments.dims();
    let level = segments.clone().mean_dim(1).mean_dim(2);
    let means = segments.clone().mean_dim(1);
    let deviation = (segments.clone() - means.clone()).square().mean_dim(1).add_scalar(1e-8).sqrt();
    let change = segments.clone().slice(s![.., 1..frames, ..]) - segments.slice(s![.., 0..frames - 1, ..]);
    let parts = [means - level, deviation, change.abs().mean_dim(1)];
    Tensor::cat(parts.into_iter().map(|part| part.reshape([rows, bands])).collect(), 1)
}

impl Axes {
    /// From measured segments, one after the other, `count` axes of the widest spread.
    pub fn of(measured: &[f32], count: usize) -> Self {
        let rows = (measured.len() / MEASURED).max(1) as f64;
        let (mut sums, mut squares) = (vec![0.0_f64; MEASURED], vec![0.0_f64; MEASURED]);
        for row in measured.chunks_exact(MEASURED) {
            for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(row) {
                *sum += f64::from(*value);
                *square += f64::from(*value).powi(2);
            }
        }
        let mean: Vec<f64> = sums.iter().map(|sum| sum / rows).collect();
        let spread = |(mean, square): (&f64, &f64)| (square / rows - mean * mean).max(0.0).sqrt().max(1e-4);
        let deviation: Vec<f64> = mean.iter().zip(&squares).map(spread).collect();
        let scaled: Vec<f64> = measured
            .chunks_exact(MEASURED)
            .flat_map(|row| row.iter().zip(&mean).zip(&deviation))
            .map(|((value, mean), deviation)| (f64::from(*value) - mean) / deviation)
            .collect();
        let scaled = Array2::from_shape_vec((measured.len() / MEASURED, MEASURED), scaled).unwrap_or_default();
        let (spreads, directions) = symmetric_eigen(scaled.t().dot(&scaled) / rows);
        let mut order: Vec<usize> = (0..spreads.len()).collect();
        order.sort_by(|a, b| spreads[*b].total_cmp(&spreads[*a]));
        let floor = order.first().map_or(1.0, |first| spreads[*first] * 1e-6).max(f64::MIN_POSITIVE);
        let mut axes = vec![0.0; MEASURED * count];
        for (place, column) in order.into_iter().take(count).enumerate() {
            let scale = spreads[column].max(floor).powf(-0.5 * FLATTENED);
            for (row, weight) in directions.column(column).iter().enumerate() {
                axes[row * count + place] = (weight * scale) as f32;
            }
        }
        let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
        Self { mean: narrow(mean), deviation: narrow(deviation), axes, count }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::domain::DeviceChoice;
    use crate::model::embedder::values;
    use crate::model::resolve_device;

    const FRAMES: usize = 50;

    /// Segments with a spectrum, a liveliness and a level of their own.
    fn segments(count: usize, offset: f32) -> Tensor<3> {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut all = Vec::new();
        for _ in 0..count {
            let (slope, moving): (f32, f32) = (random.random_range(0.0..0.3), random.random_range(0.0..0.2));
            for _ in 0..FRAMES {
                for band in 0..MEL_BANDS {
                    let noise: f32 = random.random_range(-1.0..1.0);
                    all.push(0.4 + offset + slope * band as f32 / MEL_BANDS as f32 + moving * noise);
                }
            }
        }
        Tensor::from_data(TensorData::new(all, [count, FRAMES, MEL_BANDS]), &device())
    }

    fn device() -> Device {
        resolve_device(DeviceChoice::Cpu).unwrap().device
    }

    #[test]
    fn measured_values_are_what_numpy_would_say() {
        // One band moves 0, 1, 0, 1; all others lie at 0.5.
        let values_of = |frame: usize, band: usize| if band == 3 { (frame % 2) as f32 } else { 0.5 };
        let flat: Vec<f32> = (0..4).flat_map(|frame| (0..MEL_BANDS).map(move |band| values_of(frame, band))).collect();
        let found = values(measure(Tensor::from_data(TensorData::new(flat, [1, 4, MEL_BANDS]), &device()))).unwrap();
        assert_eq!(found.len(), MEASURED);
        let expected = |index: usize| match (index / MEL_BANDS, index % MEL_BANDS) {
            (1, 3) => 0.5,
            (2, 3) => 1.0,
            (1, _) => 1e-4,
            _ => 0.0,
        };
        for (index, value) in found.iter().enumerate() {
            assert!((value - expected(index)).abs() < 1e-6, "{index}: {value}");
        }
    }

    #[test]
    fn level_says_nothing_and_axes_are_flattened() {
        let measured = values(measure(segments(400, 0.0))).unwrap();
        let axes = Axes::of(&measured, 4);
        let timbre = Timbre::new(&axes, 0.25, &device());
        let (plain, louder) =
            (values(timbre.measure(segments(400, 0.0))).unwrap(), values(timbre.measure(segments(400, 0.1))).unwrap());
        for (a, b) in plain.iter().zip(&louder) {
            assert!((a - b).abs() < 1e-2, "{a} {b}");
        }
        // Spread s along an axis becomes s^(1 - 0.75): the first axis holds nearly all of it before, not after.
        let spread =
            |axis: usize| plain.iter().skip(axis).step_by(4).map(|value| f64::from(value * value)).sum::<f64>();
        assert!(spread(0) > spread(3) && spread(0) < 6.0 * spread(3), "{} {}", spread(0), spread(3));
    }

    #[test]
    fn both_parts_have_their_share_of_a_squared_distance() {
        let axes =
            Axes { mean: vec![0.0; MEASURED], deviation: vec![1.0; MEASURED], axes: vec![0.0; MEASURED], count: 1 };
        let timbre = Timbre::new(&axes, 0.25, &device());
        let rows = |values: [f32; 4]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), [2, 2]), &device());
        let points = values(timbre.beside(rows([1.0, 0.0, 0.0, 1.0]), rows([1.0, 0.0, 0.0, 1.0]))).unwrap();
        let squared: Vec<f32> = (0..4).map(|at| (points[at] - points[4 + at]).powi(2)).collect();
        assert!((squared[0] + squared[1] - 1.5).abs() < 1e-6 && (squared[2] + squared[3] - 0.5).abs() < 1e-6);
    }
}
