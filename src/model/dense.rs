//! The published architecture, fully connected: H·W → N → N → N → H·W for phase 1, N → M on top for phase 2.
//!
//! The publication leaves the activations open. Here the hidden layers are bent by ELU (Clevert et al. 2016), the
//! bottleneck and the output are linear, so that an encoding may use both signs, and the mean segment of the training set
//! is taken off the input and starts the output. Without that the first steps of Adam, whose 12,000 weights a unit all
//! move the same way on inputs that are all positive, leave most units dead, and the network learns nothing but the mean
//! segment: a cosine of 96 % on real music, and encodings that are all the same.

use std::path::Path;

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::elu;
use burn::tensor::{Device, Tensor, TensorData};
use burn_store::{HalfPrecisionAdapter, ModuleSnapshot, SafetensorsStore};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{ModelConfig, ModelError, files};

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

/// Every stage of a batch on its way through phase 1.
#[derive(Debug, Clone)]
pub struct Activations {
    /// rows × N
    pub hidden_in: Tensor<2>,
    /// rows × N
    pub encoding: Tensor<2>,
    /// rows × N
    pub hidden_out: Tensor<2>,
    /// rows × H·W
    pub output: Tensor<2>,
}

/// What the first weights are drawn for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statistics {
    /// The mean segment of the training set: H·W values.
    pub mean: Vec<f32>,
    /// Root of the mean squared distance of a segment from it.
    pub spread: f32,
}

/// A layer with weights from a uniform distribution of the given standard deviation, and no bias yet. Drawn by our own
/// generator, so that a seed gives the same network on every device and whatever else runs.
fn linear(inputs: usize, outputs: usize, deviation: f32, random: &mut ChaCha8Rng, device: &Device) -> Linear {
    let bound = 3.0_f32.sqrt() * deviation;
    let values: Vec<f32> = (0..inputs * outputs).map(|_| random.random_range(-bound..bound)).collect();
    Linear {
        weight: Param::from_data(TensorData::new(values, [inputs, outputs]), device),
        bias: Some(vector(vec![0.0; outputs], device)),
    }
}

fn vector(values: Vec<f32>, device: &Device) -> Param<Tensor<1>> {
    let size = values.len();
    Param::from_data(TensorData::new(values, [size]), device)
}

fn zeros(inputs: usize, outputs: usize, device: &Device) -> Linear {
    let weight = TensorData::new(vec![0.0_f32; inputs * outputs], [inputs, outputs]);
    Linear { weight: Param::from_data(weight, device), bias: Some(vector(vec![0.0; outputs], device)) }
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
        let mean = vector(statistics.mean.clone(), device).set_require_grad(false);
        Self { mean, hidden_in, encoding, hidden_out, output }
    }

    /// A network of the right shape whose weights are about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        let (size, width) = (config.segment_len(), config.encoding);
        Self {
            mean: vector(vec![0.0; size], device).set_require_grad(false),
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
        let hidden_out = elu(self.hidden_out.forward(encoding.clone()), 1.0);
        let output = self.output.forward(hidden_out.clone());
        Activations { hidden_in, encoding, hidden_out, output }
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

const FILE: &str = "model.safetensors";

impl Dense {
    /// A network of the right shape whose weights are about to be read.
    fn blank(config: &ModelConfig, device: &Device) -> Self {
        Self {
            autoencoder: Autoencoder::blank(config, device),
            embedding: zeros(config.encoding, config.embedding, device),
        }
    }

    /// Reads the model in `folder`.
    ///
    /// # Errors
    /// [`ModelError::Damaged`] where the weights are not those of the configuration.
    pub fn read(folder: &Path, config: &ModelConfig, device: &Device) -> Result<Self, ModelError> {
        let path = folder.join(FILE);
        let damaged = |reason: String| ModelError::Damaged { path: path.clone(), reason };
        let mut network = Self::blank(config, device);
        let bytes = files::read(&path)?;
        let mut store = SafetensorsStore::from_bytes(Some(bytes)).with_from_adapter(HalfPrecisionAdapter::new());
        let applied = network.load_from(&mut store).map_err(|error| damaged(error.to_string()))?;
        if !applied.missing.is_empty() || !applied.errors.is_empty() {
            return Err(damaged("weights are missing or of another shape".to_owned()));
        }
        Ok(network)
    }

    /// The weights as they are saved: safetensors in half precision.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let damaged = |reason: String| ModelError::Damaged { path: FILE.into(), reason };
        // Burn's own remarks come in another order each time; without them the same weights are the same bytes.
        let mut store =
            SafetensorsStore::from_bytes(None).clear_metadata().with_to_adapter(HalfPrecisionAdapter::new());
        self.save_into(&mut store).map_err(|error| damaged(error.to_string()))?;
        store.get_bytes().map_err(|error| damaged(error.to_string()))
    }

    /// Writes the weights into `folder`; returns their hash.
    pub(super) fn write(&self, folder: &Path) -> Result<crate::domain::ContentHash, ModelError> {
        let bytes = self.to_bytes()?;
        files::write(&folder.join(FILE), &bytes)?;
        Ok(super::bundled::hash(&bytes))
    }
}
