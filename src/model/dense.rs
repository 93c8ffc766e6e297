//! The published architecture, fully connected: H·W → N → N → N → H·W for phase 1, N → M on top for phase 2.

use std::path::Path;

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use burn_store::{HalfPrecisionAdapter, ModuleSnapshot, SafetensorsStore};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{ModelConfig, ModelError, files};

/// Phase 1. Hidden layers are rectified, the bottleneck and the output are linear: an encoding may use both signs.
#[derive(Module, Debug)]
pub struct Autoencoder {
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

/// A layer with weights from U(−k, k), k = √(6 / inputs) (He et al. 2015, for rectified layers) scaled by `gain`, and no
/// bias yet. Drawn by our own generator, so that a seed gives the same network on every device.
fn linear(inputs: usize, outputs: usize, gain: f32, random: &mut ChaCha8Rng, device: &Device) -> Linear {
    let bound = (6.0 / inputs as f32).sqrt() * gain;
    let values: Vec<f32> = (0..inputs * outputs).map(|_| random.random_range(-bound..bound)).collect();
    let weight = TensorData::new(values, [inputs, outputs]);
    let bias = TensorData::new(vec![0.0_f32; outputs], [outputs]);
    Linear { weight: Param::from_data(weight, device), bias: Some(Param::from_data(bias, device)) }
}

impl Autoencoder {
    /// A fresh network. `mean` is the mean segment of the training set (H·W values): the output starts there, so that
    /// training begins with what tells segments apart.
    pub fn new(config: &ModelConfig, mean: &[f32], seed: u64, device: &Device) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (size, width) = (config.segment_len(), config.encoding);
        // Spectrograms are positive and their neighbours alike, so a row sums up far more than independent inputs do.
        let hidden_in = linear(size, width, 0.5, &mut random, device);
        let encoding = linear(width, width, 0.7, &mut random, device);
        let hidden_out = linear(width, width, 1.0, &mut random, device);
        let mut output = linear(width, size, 0.1, &mut random, device);
        if mean.len() == size {
            output.bias = Some(Param::from_data(TensorData::new(mean.to_vec(), [size]), device));
        }
        Self { hidden_in, encoding, hidden_out, output }
    }

    /// From segments to the bottleneck.
    ///
    /// # Shapes
    /// rows × H·W → rows × N
    pub fn encode(&self, segments: Tensor<2>) -> Tensor<2> {
        self.encoding.forward(relu(self.hidden_in.forward(segments)))
    }

    /// There and back, with every stage.
    ///
    /// # Shapes
    /// rows × H·W in; see [`Activations`].
    pub fn forward(&self, segments: Tensor<2>) -> Activations {
        let hidden_in = relu(self.hidden_in.forward(segments));
        let encoding = self.encoding.forward(hidden_in.clone());
        let hidden_out = relu(self.hidden_out.forward(encoding.clone()));
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
    // Var U(−b, b) = b²/3; distances keep their length where M · b²/3 = 1.
    let wanted = (3.0 / config.embedding as f32).sqrt() / scale.max(f32::MIN_POSITIVE);
    let gain = wanted / (6.0 / config.encoding as f32).sqrt();
    linear(config.encoding, config.embedding, gain, &mut random, device)
}

const FILE: &str = "model.safetensors";

impl Dense {
    /// A network of the right shape whose weights are about to be read.
    fn blank(config: &ModelConfig, device: &Device) -> Self {
        let zeros = |inputs: usize, outputs: usize| Linear {
            weight: Param::from_data(TensorData::new(vec![0.0_f32; inputs * outputs], [inputs, outputs]), device),
            bias: Some(Param::from_data(TensorData::new(vec![0.0_f32; outputs], [outputs]), device)),
        };
        let (size, width) = (config.segment_len(), config.encoding);
        let autoencoder = Autoencoder {
            hidden_in: zeros(size, width),
            encoding: zeros(width, width),
            hidden_out: zeros(width, width),
            output: zeros(width, size),
        };
        Self { autoencoder, embedding: zeros(width, config.embedding) }
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
