//! The published architecture, fully connected: H·W → N → N → N → H·W for phase 1, N → M on top for phase 2.
//!
//! The publication leaves the activations open. Here the hidden layers are bent by ELU (Clevert et al. 2016), the
//! bottleneck and the output are linear, so that an encoding may use both signs, and the mean segment of the training set
//! is taken off the input and starts the output. Without that the first steps of Adam, whose 12,000 weights a unit all
//! move the same way on inputs that are all positive, leave most units dead, and the network learns nothing but the mean
//! segment: a cosine of 96 % on real music, and encodings that are all the same.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::elu;
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::layers::{constant, linear, vector, zeros};
use super::network::{Activations, Network};
use super::{ModelConfig, WeightKind, WeightLayer};

/// Phase 1.
#[derive(Module, Debug)]
pub struct Autoencoder {
    /// The mean segment, H·W values, which does not learn.
    pub mean: Param<Tensor<1>>,
    pub hidden_in: Linear,
    pub encoding: Linear,
    pub hidden_out: Linear,
    pub output: Linear,
}

/// Both phases together, as they are saved.
#[derive(Module, Debug)]
pub struct Dense {
    pub autoencoder: Autoencoder,
    /// N → M.
    pub embedding: Linear,
}

/// What the first weights are drawn for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statistics {
    /// The mean segment of the training set: H·W values.
    pub mean: Vec<f32>,
    /// Root of the mean squared distance of a segment from it.
    pub spread: f32,
}

impl Autoencoder {
    /// A fresh network that gives back nearly the mean segment whatever it sees, with units of about unit variance.
    pub(super) fn new(config: &ModelConfig, statistics: &Statistics, seed: u64, device: &Device) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (size, width) = (config.segment_len(), config.encoding);
        let root = (width as f32).sqrt();
        let spread = if statistics.spread > 0.0 { statistics.spread } else { 1.0 };
        let hidden_in = linear(size, width, 1.0 / spread, &mut random, device);
        let encoding = linear(width, width, 2.0_f32.sqrt() / root, &mut random, device);
        let hidden_out = linear(width, width, 1.0 / root, &mut random, device);
        // A third of what there is to explain, so that the first steps need not undo the draw.
        let of_value = spread / (size as f32).sqrt();
        let mut output = linear(width, size, 0.3 * of_value / root, &mut random, device);
        output.bias = Some(vector(statistics.mean.clone(), device));
        let mean = constant(statistics.mean.clone(), device);
        Self { mean, hidden_in, encoding, hidden_out, output }
    }

    /// A network of the right shape whose weights are about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        let (size, width) = (config.segment_len(), config.encoding);
        Self {
            mean: constant(vec![0.0; size], device),
            hidden_in: zeros(size, width, device),
            encoding: zeros(width, width, device),
            hidden_out: zeros(width, width, device),
            output: zeros(width, size, device),
        }
    }

    fn hidden_in(&self, segments: Tensor<2>) -> Tensor<2> {
        elu(self.hidden_in.forward(segments - self.mean.val().unsqueeze()), 1.0)
    }

    /// From segments to the bottleneck.
    ///
    /// # Shapes
    /// rows × H·W → rows × N
    pub fn encode(&self, segments: Tensor<2>) -> Tensor<2> {
        self.encoding.forward(self.hidden_in(segments))
    }

    /// There and back, with every stage.
    ///
    /// # Shapes
    /// rows × H·W in; see [`Activations`].
    pub fn forward(&self, segments: Tensor<2>) -> Activations {
        let hidden_in = self.hidden_in(segments);
        let encoding = self.encoding.forward(hidden_in.clone());
        let (hidden_out, output) = self.decode(encoding.clone());
        Activations { hidden_in, encoding, hidden_out, output }
    }

    /// From the bottleneck back: rows × N → rows × N and rows × H·W.
    fn decode(&self, encoding: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let hidden_out = elu(self.hidden_out.forward(encoding), 1.0);
        let output = self.output.forward(hidden_out.clone());
        (hidden_out, output)
    }
}

/// A fresh phase 2. `scale` is the mean distance of two random encodings: two random embeddings start about one apart,
/// so that the margin means the same for every model.
pub(super) fn embedding_layer(config: &ModelConfig, scale: f32, seed: u64, device: &Device) -> Linear {
    // Another stream than the autoencoder's.
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(2);
    // A random projection keeps distances where M · variance is 1.
    let deviation = 1.0 / ((config.embedding as f32).sqrt() * scale.max(f32::MIN_POSITIVE));
    linear(config.encoding, config.embedding, deviation, &mut random, device)
}

impl Dense {
    /// A network of the right shape whose weights are about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        Self {
            autoencoder: Autoencoder::blank(config, device),
            embedding: zeros(config.encoding, config.embedding, device),
        }
    }
}

impl Network for Dense {
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

    fn weight_layers(&self) -> Vec<WeightLayer> {
        let looks_for = self.autoencoder.hidden_in.weight.val().transpose();
        let draws = self.autoencoder.output.weight.val();
        vec![
            WeightLayer { kind: WeightKind::LooksFor, weights: looks_for },
            WeightLayer { kind: WeightKind::Draws, weights: draws },
        ]
    }
}
