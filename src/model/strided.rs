//! Convolutions of stride 2 along time whose channels start as mel bands: what `conv`, `contrastive` and `siamese` listen
//! with, so that one can start from what another has learnt.
//!
//! A convolution of stride 2 is a matrix product here: neighbouring frames are joined in pairs, and a window of pairs
//! slides by one. That runs at the speed of the matrix product on every device.

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig, Linear};
use burn::tensor::activation::gelu;
use burn::tensor::{Device, Tensor, s};

/// Channels of the three convolutions.
pub(super) const CHANNELS: [usize; 3] = [128, 192, 256];
/// Pairs of frames that each convolution sees at once: kernels of 6, 4 and 4 frames.
const PAIRS: [usize; 3] = [3, 2, 2];
/// Frames that the convolutions need at least to have something to give a deviation of.
pub(super) const SHORTEST: usize = 40;

/// Makes a layer of so many inputs and outputs.
pub(super) type Make<'a> = dyn FnMut(usize, usize) -> Linear + 'a;

/// Convolution of stride 2 along time, batch normalisation, GELU.
#[derive(Module, Debug)]
pub struct Strided {
    /// pairs · 2 · channels in → channels out
    pub weights: Linear,
    pub norm: BatchNorm,
    pairs: usize,
}

impl Strided {
    /// rows × frames × channels → rows × (frames/2 − pairs + 1) × channels out
    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        let [rows, frames, channels] = input.dims();
        let paired = frames / 2;
        let input = input.slice(s![.., 0..paired * 2, ..]).reshape([rows, paired, channels * 2]);
        let length = paired + 1 - self.pairs;
        let windows = (0..self.pairs).map(|pair| input.clone().slice(s![.., pair..pair + length, ..])).collect();
        let windows = Tensor::cat(windows, 2).reshape([rows * length, self.pairs * 2 * channels]);
        let output = gelu(self.norm.forward(self.weights.forward(windows)));
        let channels = output.dims()[1];
        output.reshape([rows, length, channels])
    }
}

/// The three of them, for inputs of so many channels.
pub(super) fn layers(channels: usize, make: &mut Make<'_>, device: &Device) -> Vec<Strided> {
    let mut inputs = channels;
    let mut layers = Vec::new();
    for (outputs, pairs) in CHANNELS.into_iter().zip(PAIRS) {
        let weights = make(pairs * 2 * inputs, outputs);
        layers.push(Strided { weights, norm: BatchNormConfig::new(outputs).init(device), pairs });
        inputs = outputs;
    }
    layers
}

/// One after the other: rows × frames × channels → rows × [`length`] × the last of [`CHANNELS`].
pub(super) fn forward(layers: &[Strided], input: Tensor<3>) -> Tensor<3> {
    layers.iter().fold(input, |output, layer| layer.forward(output))
}

/// Frames that are left of `frames`, at least [`SHORTEST`] of them.
pub(super) fn length(frames: usize) -> usize {
    PAIRS.into_iter().fold(frames, |length, pairs| length / 2 + 1 - pairs)
}
