//! The contrastive encoder: three strided convolutions along time whose channels start as mel bands, then what the channels
//! do over the segment — mean and deviation, never a position — down to the encoding and the embedding, which lies on the
//! unit sphere. Trained so that segments of one recording lie together (NT-Xent: Chen et al. 2020, with every other segment
//! of the recording as a positive, as Khosla et al. 2020 do with labels).
//!
//! The dense model ties a feature to its place inside the segment; pooling over time takes that away. Statistics of the
//! input itself, its rhythm and the interplay of its parts go around the convolutions, so that the network starts from what MFCC
//! statistics know.
//!
//! Where the configuration gives what is measured a share, the last values of the encoding are measured ([`Measured`]) and not
//! learnt, and a point is both parts side by side, each of its own length, so that the whole lies on the unit sphere.

use burn::module::{Module, Param};
use burn::nn::{BatchNorm, BatchNormConfig, Linear};
use burn::tensor::activation::gelu;
use burn::tensor::{Device, Tensor, s};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::layers::{constant, linear, zeros};
use super::measured::{Axes, MOTION, Measured, measure_around, motion};
use super::network::{Activations, Network};
use super::strided::{self, CHANNELS, Make, Strided};
use super::{Decoder, ModelConfig, WeightKind, WeightLayer, frames};
use crate::domain::MEL_BANDS;

/// Statistics of each band that go around the convolutions: mean, deviation, mean and deviation of the change.
const AROUND: usize = 4;
/// Width of the layer before the bottleneck.
pub(super) const HIDDEN: usize = 256;

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
    /// What is learnt of N → what is learnt of M
    pub embedding: Linear,
    /// What is measured beside what is learnt, where the model has it.
    pub measured: Option<Measured>,
    /// Learns afterwards what the encoding has kept; it shapes nothing.
    pub decoder: Decoder,
}

/// What the input is scaled by: a value for each band of each layer of the input.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BandStatistics {
    pub mean: Vec<f32>,
    pub deviation: Vec<f32>,
}

impl BandStatistics {
    /// What leaves the input as it is.
    pub fn blank(config: &ModelConfig) -> Self {
        Self { mean: vec![0.0; config.channels()], deviation: vec![1.0; config.channels()] }
    }
}

/// Every band with mean 0 and deviation 1: rows × frames × bands.
pub(super) fn scaled(input: Tensor<3>, mean: &Param<Tensor<1>>, deviation: &Param<Tensor<1>>) -> Tensor<3> {
    let bands = input.dims()[2];
    (input - mean.val().reshape([1, 1, bands])) / deviation.val().reshape([1, 1, bands])
}

impl Contrastive {
    /// A fresh network. What is measured is turned to `axes` where the configuration asks for it.
    pub(super) fn new(
        config: &ModelConfig,
        statistics: &BandStatistics,
        axes: Option<&Axes>,
        seed: u64,
        device: &Device,
    ) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Inputs of unit variance stay so (He et al. 2015), and normalisation does the rest.
        let mut make =
            |inputs: usize, outputs: usize| linear(inputs, outputs, (1.0 / inputs as f32).sqrt(), &mut random, device);
        let measured = axes.map(|axes| Measured::new(axes, config.measured, device));
        Self { measured, ..Self::build(config, statistics, &mut make, device) }
    }

    /// A network of the right shape whose weights are about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        let statistics = BandStatistics::blank(config);
        Self::build(config, &statistics, &mut |inputs, outputs| zeros(inputs, outputs, device), device)
    }

    fn build(config: &ModelConfig, statistics: &BandStatistics, make: &mut Make<'_>, device: &Device) -> Self {
        let norm = |size: usize| BatchNormConfig::new(size).init(device);
        let layers = strided::layers(config.channels(), make, device);
        let pooled = 2 * CHANNELS[CHANNELS.len() - 1] + AROUND * config.channels() + MOTION;
        let measured = config.measured_values();
        Self {
            mean: constant(statistics.mean.clone(), device),
            deviation: constant(statistics.deviation.clone(), device),
            layers,
            statistics: norm(pooled),
            hidden: make(pooled, HIDDEN),
            hidden_norm: norm(HIDDEN),
            encoding: make(HIDDEN, config.encoding - measured),
            embedding: make(config.encoding - measured, config.embedding - measured),
            measured: (measured > 0).then(|| Measured::blank(config, device)),
            decoder: Decoder::blank(config, device),
        }
    }

    /// What there is to hear in segments: rows × H·W·layers.
    fn heard(&self, segments: Tensor<2>) -> Heard {
        let [rows, size] = segments.dims();
        let channels = self.mean.dims()[0];
        let frames = segments.reshape([rows, size / channels, channels]);
        let motion = motion(middle(&frames));
        Heard { frames, motion }
    }

    /// From what is heard to the layer before the bottleneck: rows × [`HIDDEN`].
    fn hidden(&self, heard: &Heard) -> Tensor<2> {
        let input = scaled(heard.frames.clone(), &self.mean, &self.deviation);
        let output = strided::forward(&self.layers, input.clone());
        let [rows, _, bands] = input.dims();
        let change = frames::change(input.clone(), 1);
        let (mean, deviation) = over_time(output);
        let (band_mean, band_deviation) = over_time(input);
        let (_, change_deviation) = over_time(change.clone());
        let change = change.abs().mean_dim(1).reshape([rows, bands]);
        let pooled = vec![mean, deviation, band_mean, band_deviation, change, change_deviation, heard.motion.clone()];
        gelu(self.hidden_norm.forward(self.hidden.forward(self.statistics.forward(Tensor::cat(pooled, 1)))))
    }

    /// From the layer before the bottleneck, and what it was made of, to the encoding.
    fn bottleneck(&self, hidden: Tensor<2>, heard: Heard) -> Tensor<2> {
        let learnt = self.encoding.forward(hidden);
        let Some(measured) = &self.measured else { return learnt };
        let values = measure_around(middle(&heard.frames), heard.motion);
        Tensor::cat(vec![learnt, measured.along(values)], 1)
    }

    /// From segments to points, as training sees it: rows × H·W → rows × M.
    pub(super) fn points(&self, segments: Tensor<2>) -> Tensor<2> {
        self.embed(self.encode(segments))
    }
}

/// Segments, and what moves in them.
struct Heard {
    /// rows × frames × bands of each layer of the input
    frames: Tensor<3>,
    /// rows × [`MOTION`]
    motion: Tensor<2>,
}

/// The log-mel bands, which come first among the layers of every input.
fn middle(frames: &Tensor<3>) -> Tensor<3> {
    frames.clone().slice(s![.., .., 0..MEL_BANDS])
}

impl Network for Contrastive {
    fn encode(&self, segments: Tensor<2>) -> Tensor<2> {
        let heard = self.heard(segments);
        self.bottleneck(self.hidden(&heard), heard)
    }

    fn embed(&self, encoding: Tensor<2>) -> Tensor<2> {
        let Some(measured) = &self.measured else { return unit(self.embedding.forward(encoding)) };
        let learnt = self.encoding.weight.dims()[1];
        let all = encoding.dims()[1];
        let points = unit(self.embedding.forward(encoding.clone().slice(s![.., 0..learnt])));
        measured.beside(points, unit(encoding.slice(s![.., learnt..all])))
    }

    fn forward(&self, segments: Tensor<2>) -> Activations {
        let heard = self.heard(segments);
        let hidden_in = self.hidden(&heard);
        let encoding = self.bottleneck(hidden_in.clone(), heard);
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

/// Every row with length 1.
fn unit(points: Tensor<2>) -> Tensor<2> {
    // The small number keeps the slope finite at the origin, where no direction is.
    let lengths = points.clone().square().sum_dim(1).add_scalar(1e-12).sqrt();
    points / lengths
}

/// Mean and deviation over time: rows × frames × channels → rows × channels each.
fn over_time(values: Tensor<3>) -> (Tensor<2>, Tensor<2>) {
    let [rows, _, channels] = values.dims();
    let mean = values.clone().mean_dim(1);
    let variance = (values - mean.clone()).square().mean_dim(1);
    (mean.reshape([rows, channels]), variance.add_scalar(1e-5).sqrt().reshape([rows, channels]))
}
