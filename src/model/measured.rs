//! What is measured of a segment and not learnt by steps: its timbre, how irregular its spectrum is, its rhythm and the
//! interplay of its parts, along the axes that tell recordings apart ([`super::discriminant`]).
//!
//! A network trained to tell a few hundred recordings apart learns them by heart; these axes, which come in closed form from
//! the same recordings, hold for others too. A point is both side by side.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::layers::constant;
use super::{ModelConfig, interplay, irregularity, rhythm, timbre};

/// Values of a segment before they are turned: those of its timbre, its irregularity, its rhythm, and the interplay of its parts.
pub(super) const VALUES: usize = timbre::VALUES + irregularity::VALUES + rhythm::VALUES + interplay::VALUES;

/// rows × frames × bands → rows × [`VALUES`]
pub(super) fn measure(segments: Tensor<3>) -> Tensor<2> {
    measure_around(segments.clone(), motion(segments))
}

/// The same where the segments' [`motion`] is known already.
pub(super) fn measure_around(segments: Tensor<3>, motion: Tensor<2>) -> Tensor<2> {
    Tensor::cat(vec![timbre::measure(segments.clone()), irregularity::measure(segments), motion], 1)
}

/// Values of [`motion`].
pub(super) const MOTION: usize = rhythm::VALUES + interplay::VALUES;

/// Rhythm and interplay: what no mean over time has kept. rows × frames × bands → rows × [`MOTION`]
pub(super) fn motion(segments: Tensor<3>) -> Tensor<2> {
    Tensor::cat(vec![rhythm::measure(segments.clone()), interplay::measure(segments)], 1)
}

/// What [`Measured`] is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axes {
    /// Mean of each measured value over the training set.
    pub mean: Vec<f32>,
    /// Deviation of each.
    pub deviation: Vec<f32>,
    /// [`VALUES`] × `count`, row by row
    pub axes: Vec<f32>,
    pub count: usize,
}

/// Scale and axes, none of which learns.
#[derive(Module, Debug)]
pub struct Measured {
    pub mean: Param<Tensor<1>>,
    pub deviation: Param<Tensor<1>>,
    /// measured values × axes
    pub axes: Param<Tensor<2>>,
    /// Share of a squared distance.
    share: f32,
}

impl Measured {
    pub(super) fn new(axes: &Axes, share: f32, device: &Device) -> Self {
        let matrix = TensorData::new(axes.axes.clone(), [VALUES, axes.count]);
        Self {
            mean: constant(axes.mean.clone(), device),
            deviation: constant(axes.deviation.clone(), device),
            axes: Param::from_data(matrix, device).set_require_grad(false),
            share,
        }
    }

    /// Of the right shape; what it holds is about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        let count = config.measured_values();
        let blank =
            Axes { mean: vec![0.0; VALUES], deviation: vec![1.0; VALUES], axes: vec![0.0; VALUES * count], count };
        Self::new(&blank, config.measured, device)
    }

    /// Measured values, rows × [`VALUES`] → rows × axes.
    pub(super) fn along(&self, measured: Tensor<2>) -> Tensor<2> {
        let scaled = (measured - self.mean.val().unsqueeze()) / self.deviation.val().unsqueeze();
        scaled.matmul(self.axes.val())
    }

    /// Learnt and measured points, both of length 1, as one point of length 1.
    pub(super) fn beside(&self, learnt: Tensor<2>, measured: Tensor<2>) -> Tensor<2> {
        let lengths = [(1.0 - self.share).sqrt(), self.share.sqrt()];
        Tensor::cat(vec![learnt.mul_scalar(lengths[0]), measured.mul_scalar(lengths[1])], 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DeviceChoice;
    use crate::model::embedder::values;
    use crate::model::resolve_device;

    fn device() -> Device {
        resolve_device(DeviceChoice::Cpu).unwrap().device
    }

    fn measured(share: f32) -> Measured {
        let mut axes =
            Axes { mean: vec![1.0; VALUES], deviation: vec![2.0; VALUES], axes: vec![0.0; VALUES * 2], count: 2 };
        // The second axis is twice the last value.
        axes.axes[VALUES * 2 - 1] = 2.0;
        Measured::new(&axes, share, &device())
    }

    #[test]
    fn values_are_scaled_and_turned() {
        let mut row = vec![1.0; VALUES];
        row[VALUES - 1] = 4.0;
        let rows = Tensor::<2>::from_data(TensorData::new(row, [1, VALUES]), &device());
        assert_eq!(values(measured(0.5).along(rows)).unwrap(), [0.0, 3.0]);
    }

    #[test]
    fn both_parts_have_their_share_of_a_squared_distance() {
        let rows = |values: [f32; 4]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), [2, 2]), &device());
        let points = measured(0.25).beside(rows([1.0, 0.0, 0.0, 1.0]), rows([1.0, 0.0, 0.0, 1.0]));
        let points = values(points).unwrap();
        let squared: Vec<f32> = (0..4).map(|at| (points[at] - points[4 + at]).powi(2)).collect();
        assert!((squared[0] + squared[1] - 1.5).abs() < 1e-6 && (squared[2] + squared[3] - 0.5).abs() < 1e-6);
    }
}
