//! A convolutional autoencoder with the dense one's bottleneck. What its N numbers hold first is measured: how far the segment
//! lies along the N principal axes of the training set, the best that any N numbers do by sums alone. Three strided
//! convolutions along time, laid flat, add to them what the axes miss, and on the way back convolutions over neighbouring
//! frames sharpen the picture that the axes draw. Both begin at nothing, so that training begins where the axes end.
//!
//! Unlike the contrastive encoder it does not pool: what is where inside the segment has to come back.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::gelu;
use burn::tensor::{Device, Tensor, TensorData, s};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::axes::PrincipalAxes;
use super::contrastive::{BandStatistics, scaled};
use super::layers::{constant, linear, zeros};
use super::network::{Activations, Network};
use super::strided::{self, CHANNELS, Make, Strided};
use super::{ModelConfig, WeightKind, WeightLayer};

/// Channels between the two layers on the way back.
const BACK: usize = 64;
/// Frames that a layer on the way back sees at once: itself and its neighbours on either side.
const AROUND: usize = 5;

/// Each frame from itself and its neighbours.
#[derive(Module, Debug)]
pub struct Around {
    /// frames around · channels in → channels out
    pub weights: Linear,
}

impl Around {
    /// rows × frames × channels → rows × frames × channels out
    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        let [rows, frames, channels] = input.dims();
        let edge = Tensor::zeros([rows, AROUND / 2, channels], &input.device());
        let padded = Tensor::cat(vec![edge.clone(), input, edge], 1);
        let windows = (0..AROUND).map(|at| padded.clone().slice(s![.., at..at + frames, ..])).collect();
        let windows = Tensor::cat(windows, 2).reshape([rows * frames, AROUND * channels]);
        self.weights.forward(windows).reshape([rows as i32, frames as i32, -1])
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
    /// What the convolutions add to the encoding.
    pub encoding: Linear,
    /// H·W × N: the principal axes of the training set, along which segments are measured and drawn; they do not learn.
    pub axes: Param<Tensor<2>>,
    /// The mean segment, H·W values, from which segments are measured; it does not learn.
    pub start: Param<Tensor<1>>,
    /// The first layer that sharpens what the axes draw.
    pub hidden_out: Around,
    pub sharpen: Around,
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
    /// A fresh network, which gives back what the axes draw.
    pub(super) fn new(
        config: &ModelConfig,
        statistics: &BandStatistics,
        axes: &PrincipalAxes,
        seed: u64,
        device: &Device,
    ) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut make =
            |inputs: usize, outputs: usize| linear(inputs, outputs, (1.0 / inputs as f32).sqrt(), &mut random, device);
        let mut network = Self::build(config, statistics, axes, &mut make, device);
        let nothing = |layer: &Linear| {
            let [inputs, outputs] = layer.weight.dims();
            zeros(inputs, outputs, device)
        };
        network.encoding = nothing(&network.encoding);
        network.sharpen.weights = nothing(&network.sharpen.weights);
        network
    }

    /// A network of the right shape whose weights are about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        let size = config.segment_len();
        let axes = PrincipalAxes { mean: vec![0.0; size], axes: vec![0.0; size * config.encoding] };
        Self::build(config, &BandStatistics::blank(config), &axes, &mut |i, o| zeros(i, o, device), device)
    }

    fn build(
        config: &ModelConfig,
        statistics: &BandStatistics,
        axes: &PrincipalAxes,
        make: &mut Make<'_>,
        device: &Device,
    ) -> Self {
        let layers = strided::layers(config.channels(), make, device);
        let flat = strided::length(config.grid.frames) * CHANNELS[CHANNELS.len() - 1];
        let matrix = TensorData::new(axes.axes.clone(), [config.segment_len(), config.encoding]);
        Self {
            mean: constant(statistics.mean.clone(), device),
            deviation: constant(statistics.deviation.clone(), device),
            layers,
            encoding: make(flat, config.encoding),
            axes: Param::from_data(matrix, device).set_require_grad(false),
            start: constant(axes.mean.clone(), device),
            hidden_out: Around { weights: make(AROUND * config.bands, BACK) },
            sharpen: Around { weights: make(AROUND * BACK, config.bands) },
            bands: config.bands,
        }
    }

    /// The frames of segments: rows × H·W·layers → rows × H × W·layers.
    fn frames(&self, segments: Tensor<2>) -> Tensor<3> {
        let [rows, size] = segments.dims();
        let channels = self.mean.dims()[0];
        segments.reshape([rows, size / channels, channels])
    }

    /// What the convolutions make of segments, flat: rows × H·W·layers → rows × frames left · channels.
    fn hidden_in(&self, segments: Tensor<2>) -> Tensor<2> {
        let input = scaled(self.frames(segments), &self.mean, &self.deviation);
        strided::forward(&self.layers, input).flatten(1, 2)
    }

    /// The bottleneck of segments and what the convolutions made of them: rows × N.
    fn bottleneck(&self, segments: Tensor<2>, hidden_in: Tensor<2>) -> Tensor<2> {
        // The plain bands stand before the other layers of the input.
        let plain = self.frames(segments).slice(s![.., .., 0..self.bands]).flatten(1, 2);
        let along = (plain - self.start.val().unsqueeze()).matmul(self.axes.val());
        along + self.encoding.forward(hidden_in)
    }

    /// From segments to the bottleneck: rows × H·W·layers → rows × N.
    pub fn encode(&self, segments: Tensor<2>) -> Tensor<2> {
        let hidden_in = self.hidden_in(segments.clone());
        self.bottleneck(segments, hidden_in)
    }

    /// There and back, with every stage.
    ///
    /// # Shapes
    /// rows × H·W·layers in; see [`Activations`].
    pub fn forward(&self, segments: Tensor<2>) -> Activations {
        let hidden_in = self.hidden_in(segments.clone());
        let encoding = self.bottleneck(segments, hidden_in.clone());
        let (hidden_out, output) = self.decode(encoding.clone());
        Activations { hidden_in, encoding, hidden_out, output }
    }

    /// From the bottleneck back: rows × N → the layer after it, flat, and rows × H·W.
    fn decode(&self, encoding: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let drawn = encoding.matmul(self.axes.val().transpose()) + self.start.val().unsqueeze();
        let [rows, size] = drawn.dims();
        let shape = [rows, size / self.bands, self.bands];
        let of_bands = |values: &Param<Tensor<1>>| values.val().slice(s![0..self.bands]).reshape([1, 1, self.bands]);
        let (mean, deviation) = (of_bands(&self.mean), of_bands(&self.deviation));
        let scaled = (drawn.clone().reshape(shape) - mean) / deviation.clone();
        let hidden_out = gelu(self.hidden_out.forward(scaled));
        let sharper = self.sharpen.forward(hidden_out.clone()) * deviation;
        (hidden_out.flatten(1, 2), drawn + sharper.reshape([rows, size]))
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
