//! The contrastive encoder: three strided convolutions along time whose channels start as mel bands, then what the channels
//! do over the segment — mean and deviation, never a position — down to the encoding and the embedding, which lies on the
//! unit sphere. Trained so that segments of one recording lie together (NT-Xent: Chen et al. 2020, with every other segment
//! of the recording as a positive, as Khosla et al. 2020 do with labels).
//!
//! The dense model ties a feature to its place inside the segment; pooling over time takes that away. Statistics of the
//! input itself go around the convolutions, so that the network starts from what MFCC statistics know.
//!
//! A convolution of stride 2 is a matrix product here: neighbouring frames are joined in pairs, and a window of pairs
//! slides by one. That runs at the speed of the matrix product on every device.

use burn::module::{Module, Param};
use burn::nn::{BatchNorm, BatchNormConfig, Linear};
use burn::tensor::activation::gelu;
use burn::tensor::{Device, Tensor, s};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::layers::{constant, linear, zeros};
use super::network::{Activations, Network};
use super::{Decoder, ModelConfig, WeightKind, WeightLayer};

/// Channels of the three convolutions.
const CHANNELS: [usize; 3] = [128, 192, 256];
/// Pairs of frames that each convolution sees at once: kernels of 6, 4 and 4 frames.
const PAIRS: [usize; 3] = [3, 2, 2];
/// Frames that the convolutions need at least to have something to give a deviation of.
pub(super) const SHORTEST: usize = 40;
/// Statistics of each band that go around the convolutions: mean, deviation, mean and deviation of the change.
const AROUND: usize = 4;
/// Width of the layer before the bottleneck.
pub(super) const HIDDEN: usize = 256;

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

/// The encoder, the embedding and the decoder together, as they are saved.
#[derive(Module, Debug)]
pub struct Contrastive {
    /// Mean of each mel band over the training set, which does not learn.
    pub mean: Param<Tensor<1>>,
    /// Deviation of each mel band over the training set, which does not learn.
    pub deviation: Param<Tensor<1>>,
    pub layers: Vec<Strided>,
    pub statistics: BatchNorm,
    pub hidden: Linear,
    pub hidden_norm: BatchNorm,
    pub encoding: Linear,
    /// N → M
    pub embedding: Linear,
    /// Learns afterwards what the encoding has kept; it shapes nothing.
    pub decoder: Decoder,
}

/// What the input is scaled by: a value for each mel band.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BandStatistics {
    pub mean: Vec<f32>,
    pub deviation: Vec<f32>,
}

/// Makes a layer of so many inputs and outputs.
type Make<'a> = dyn FnMut(usize, usize) -> Linear + 'a;

impl Contrastive {
    /// A fresh network.
    pub(super) fn new(config: &ModelConfig, statistics: &BandStatistics, seed: u64, device: &Device) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Inputs of unit variance stay so (He et al. 2015), and normalisation does the rest.
        let mut make =
            |inputs: usize, outputs: usize| linear(inputs, outputs, (1.0 / inputs as f32).sqrt(), &mut random, device);
        Self::build(config, statistics, &mut make, device)
    }

    /// A network of the right shape whose weights are about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        let statistics = BandStatistics { mean: vec![0.0; config.bands], deviation: vec![1.0; config.bands] };
        Self::build(config, &statistics, &mut |inputs, outputs| zeros(inputs, outputs, device), device)
    }

    fn build(config: &ModelConfig, statistics: &BandStatistics, make: &mut Make<'_>, device: &Device) -> Self {
        let norm = |size: usize| BatchNormConfig::new(size).init(device);
        let mut channels = config.bands;
        let mut layers = Vec::new();
        for (out, pairs) in CHANNELS.into_iter().zip(PAIRS) {
            layers.push(Strided { weights: make(pairs * 2 * channels, out), norm: norm(out), pairs });
            channels = out;
        }
        let pooled = 2 * channels + AROUND * config.bands;
        Self {
            mean: constant(statistics.mean.clone(), device),
            deviation: constant(statistics.deviation.clone(), device),
            layers,
            statistics: norm(pooled),
            hidden: make(pooled, HIDDEN),
            hidden_norm: norm(HIDDEN),
            encoding: make(HIDDEN, config.encoding),
            embedding: make(config.encoding, config.embedding),
            decoder: Decoder::blank(config, device),
        }
    }

    /// From segments to the layer before the bottleneck: rows × H·W → rows × [`HIDDEN`].
    fn hidden(&self, segments: Tensor<2>) -> Tensor<2> {
        let [rows, size] = segments.dims();
        let bands = self.mean.dims()[0];
        let frames = segments.reshape([rows, size / bands, bands]);
        let input = (frames - self.mean.val().reshape([1, 1, bands])) / self.deviation.val().reshape([1, 1, bands]);
        let mut output = input.clone();
        for layer in &self.layers {
            output = layer.forward(output);
        }
        let length = input.dims()[1];
        let change = input.clone().slice(s![.., 1..length, ..]) - input.clone().slice(s![.., 0..length - 1, ..]);
        let (mean, deviation) = over_time(output);
        let (band_mean, band_deviation) = over_time(input);
        let (_, change_deviation) = over_time(change.clone());
        let change = change.abs().mean_dim(1).reshape([rows, bands]);
        let pooled = Tensor::cat(vec![mean, deviation, band_mean, band_deviation, change, change_deviation], 1);
        gelu(self.hidden_norm.forward(self.hidden.forward(self.statistics.forward(pooled))))
    }

    /// From segments to points, as training sees it: rows × H·W → rows × M.
    pub(super) fn points(&self, segments: Tensor<2>) -> Tensor<2> {
        self.embed(self.encode(segments))
    }
}

impl Network for Contrastive {
    fn encode(&self, segments: Tensor<2>) -> Tensor<2> {
        self.encoding.forward(self.hidden(segments))
    }

    fn embed(&self, encoding: Tensor<2>) -> Tensor<2> {
        let points = self.embedding.forward(encoding);
        // The small number keeps the slope finite at the origin, where no direction is.
        let lengths = points.clone().square().sum_dim(1).add_scalar(1e-12).sqrt();
        points / lengths
    }

    fn forward(&self, segments: Tensor<2>) -> Activations {
        let hidden_in = self.hidden(segments);
        let encoding = self.encoding.forward(hidden_in.clone());
        let (hidden_out, output) = self.decode(encoding.clone());
        Activations { hidden_in, encoding, hidden_out, output }
    }

    fn decode(&self, encoding: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        self.decoder.stages(encoding)
    }

    /// Beyond the first convolution nothing has the shape of a spectrogram: time is pooled away.
    fn weight_layers(&self) -> Vec<WeightLayer> {
        let kernels = self
            .layers
            .first()
            .map(|layer| WeightLayer { kind: WeightKind::Kernel, weights: layer.weights.weight.val().transpose() });
        let draws = WeightLayer { kind: WeightKind::Draws, weights: self.decoder.output.weight.val() };
        kernels.into_iter().chain([draws]).collect()
    }
}

/// Mean and deviation over time: rows × frames × channels → rows × channels each.
fn over_time(values: Tensor<3>) -> (Tensor<2>, Tensor<2>) {
    let [rows, _, channels] = values.dims();
    let mean = values.clone().mean_dim(1);
    let variance = (values - mean.clone()).square().mean_dim(1);
    (mean.reshape([rows, channels]), variance.add_scalar(1e-5).sqrt().reshape([rows, channels]))
}
