//! Layers drawn by our own generator, so that a seed gives the same network on every device and whatever else runs.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A layer with weights from a uniform distribution of the given standard deviation, and no bias yet.
pub(super) fn linear(
    inputs: usize,
    outputs: usize,
    deviation: f32,
    random: &mut ChaCha8Rng,
    device: &Device,
) -> Linear {
    let bound = 3.0_f32.sqrt() * deviation;
    let values: Vec<f32> = (0..inputs * outputs).map(|_| random.random_range(-bound..bound)).collect();
    Linear {
        weight: Param::from_data(TensorData::new(values, [inputs, outputs]), device),
        bias: Some(vector(vec![0.0; outputs], device)),
    }
}

/// A layer whose weights are about to be read.
pub(super) fn zeros(inputs: usize, outputs: usize, device: &Device) -> Linear {
    let weight = TensorData::new(vec![0.0_f32; inputs * outputs], [inputs, outputs]);
    Linear { weight: Param::from_data(weight, device), bias: Some(vector(vec![0.0; outputs], device)) }
}

pub(super) fn vector(values: Vec<f32>, device: &Device) -> Param<Tensor<1>> {
    let size = values.len();
    Param::from_data(TensorData::new(values, [size]), device)
}

/// A vector that does not learn.
pub(super) fn constant(values: Vec<f32>, device: &Device) -> Param<Tensor<1>> {
    vector(values, device).set_require_grad(false)
}
