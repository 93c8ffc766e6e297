//! A convolutional autoencoder with the dense one's bottleneck: three strided convolutions along time, N values, and the
//! way back by layers that double the frames. Unlike the contrastive encoder it does not pool: what is where inside the
//! segment has to come back.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::gelu;
use burn::tensor::{Device, Tensor, s};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::contrastive::{BandStatistics, scaled};
use super::layers::{constant, linear, vector, zeros};
use super::network::{Activations, Network};
use super::strided::{self, CHANNELS, Make, Strided};
use super::{ModelConfig, WeightKind, WeightLayer};

/// Channels on the way back, from the layer after the bottleneck to the one before the bands.
const BACK: [usize; 3] = [128, 96, 64];
/// Frames that a layer on the way back sees at once: itself and its neighbours.
const NEIGHBOURS: usize = 3;

/// Twice the frames: from each and its neighbours come two.
#[derive(Module, Debug)]
pub struct Doubling {
    /// neighbours · channels in → 2 · channels out
    pub weights: Linear,
}

impl Doubling {
    /// rows × frames × channels → rows × 2·frames × channels out
    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        let [rows, frames, channels] = input.dims();
        let edge = Tensor::zeros([rows, 1, channels], &input.device());
        let padded = Tensor::cat(vec![edge.clone(), input, edge], 1);
        let windows = (0..NEIGHBOURS).map(|at| padded.clone().slice(s![.., at..at + frames, ..])).collect();
        let windows = Tensor::cat(windows, 2).reshape([rows * frames, NEIGHBOURS * channels]);
        let output = self.weights.forward(windows);
        let channels = output.dims()[1] / 2;
        output.reshape([rows, frames * 2, channels])
    }
}

/// Phase 1.
#[derive(Module, Debug)]
pub struct ConvAutoencoder {
    /// Mean of each band of the input over the training set, which does not learn.
    pub mean: Param<Tensor<1>>,
    /// Deviation of each band of the input over the training set, which does not learn.
    pub deviation: Param<Tensor<1>>,
    pub layers: Vec<Strided>,
    pub encoding: Linear,
    pub hidden_out: Linear,
    pub back: Vec<Doubling>,
    /// The mean segment, H·W values, from which the reconstruction starts; it learns.
    pub start: Param<Tensor<1>>,
    bands: usize,
}

/// Both phases together, as they are saved.
#[derive(Module, Debug)]
pub struct Conv {
    pub autoencoder: ConvAutoencoder,
    /// N → M.
    pub embedding: Linear,
}

impl ConvAutoencoder {
    /// A fresh network. `segment` is the mean segment of the training set, H·W values.
    pub(super) fn new(
        config: &ModelConfig,
        statistics: &BandStatistics,
        segment: &[f32],
        seed: u64,
        device: &Device,
    ) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut make =
            |inputs: usize, outputs: usize| linear(inputs, outputs, (1.0 / inputs as f32).sqrt(), &mut random, device);
        Self::build(config, statistics, segment, &mut make, device)
    }

    /// A network of the right shape whose weights are about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        let segment = vec![0.0; config.segment_len()];
        Self::build(config, &BandStatistics::blank(config), &segment, &mut |i, o| zeros(i, o, device), device)
    }

    fn build(
        config: &ModelConfig,
        statistics: &BandStatistics,
        segment: &[f32],
        make: &mut Make<'_>,
        device: &Device,
    ) -> Self {
        let layers = strided::layers(config.channels(), make, device);
        let flat = strided::length(config.grid.frames) * CHANNELS[CHANNELS.len() - 1];
        let encoding = make(flat, config.encoding);
        let hidden_out = make(config.encoding, config.grid.frames.div_ceil(8) * BACK[0]);
        let outputs = [BACK[1], BACK[2], config.bands];
        let back = BACK.into_iter().zip(outputs);
        let back = back.map(|(inputs, outputs)| Doubling { weights: make(NEIGHBOURS * inputs, 2 * outputs) }).collect();
        Self {
            mean: constant(statistics.mean.clone(), device),
            deviation: constant(statistics.deviation.clone(), device),
            layers,
            encoding,
            hidden_out,
            back,
            start: vector(segment.to_vec(), device),
            bands: config.bands,
        }
    }

    /// What the convolutions make of segments, flat: rows × H·W·layers → rows × frames left · channels.
    fn hidden_in(&self, segments: Tensor<2>) -> Tensor<2> {
        let [rows, size] = segments.dims();
        let channels = self.mean.dims()[0];
        let input = scaled(segments.reshape([rows, size / channels, channels]), &self.mean, &self.deviation);
        strided::forward(&self.layers, input).flatten(1, 2)
    }

    /// From segments to the bottleneck: rows × H·W·layers → rows × N.
    pub fn encode(&self, segments: Tensor<2>) -> Tensor<2> {
        self.encoding.forward(self.hidden_in(segments))
    }

    /// There and back, with every stage.
    ///
    /// # Shapes
    /// rows × H·W·layers in; see [`Activations`].
    pub fn forward(&self, segments: Tensor<2>) -> Activations {
        let hidden_in = self.hidden_in(segments);
        let encoding = self.encoding.forward(hidden_in.clone());
        let (hidden_out, output) = self.decode(encoding.clone());
        Activations { hidden_in, encoding, hidden_out, output }
    }

    /// From the bottleneck back: rows × N → the layer after it, flat, and rows × H·W.
    fn decode(&self, encoding: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let hidden_out = gelu(self.hidden_out.forward(encoding));
        let [rows, size] = hidden_out.dims();
        let mut output = hidden_out.clone().reshape([rows, size / BACK[0], BACK[0]]);
        for (index, layer) in self.back.iter().enumerate() {
            output = layer.forward(output);
            if index + 1 < self.back.len() {
                output = gelu(output);
            }
        }
        let size = self.start.dims()[0];
        // Eight frames come from one, which may be a few more than there are.
        let output = output.slice(s![.., 0..size / self.bands, ..]).reshape([rows, size]);
        (hidden_out, output + self.start.val().unsqueeze())
    }
}

impl Conv {
    /// A network of the right shape whose weights are about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        Self {
            autoencoder: ConvAutoencoder::blank(config, device),
            embedding: zeros(config.encoding, config.embedding, device),
        }
    }
}

impl Network for Conv {
    fn encode(&self, segments: Tensor<2>) -> Tensor<2> {
        self.autoencoder.encode(segments)
    }

    fn embed(&self, encoding: Tensor<2>) -> Tensor<2> {
        self.embedding.forward(encoding)
    }

    fn decode(&self, encoding: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        self.autoencoder.decode(encoding)
    }

    fn forward(&self, segments: Tensor<2>) -> Activations {
        self.autoencoder.forward(segments)
    }

    /// The first convolution alone: behind it channels stand where bands were.
    fn weight_layers(&self) -> Vec<WeightLayer> {
        let first = self.autoencoder.layers.first();
        let kernels = first
            .map(|layer| WeightLayer { kind: WeightKind::Kernel, weights: layer.weights.weight.val().transpose() });
        kernels.into_iter().collect()
    }
}
