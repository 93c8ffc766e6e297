//! The registry of architectures: what every network can do, and which one a configuration means.

use std::fmt;
use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use burn_store::{HalfPrecisionAdapter, ModuleSnapshot, SafetensorsStore};

use super::strided::Strided;
use super::{Architecture, Contrastive, Conv, Dense, ModelConfig, ModelError, WeightLayer, files};
use crate::domain::ContentHash;

/// Every stage of a batch of segments on its way to the encoding and back.
#[derive(Debug, Clone)]
pub struct Activations {
    /// rows × the width of the layer before the bottleneck
    pub hidden_in: Tensor<2>,
    /// rows × N
    pub encoding: Tensor<2>,
    /// rows × the width of the layer after the bottleneck
    pub hidden_out: Tensor<2>,
    /// rows × H·W
    pub output: Tensor<2>,
}

/// What an architecture does with segments, whatever it is made of.
pub trait Network: fmt::Debug + Send + Sync {
    /// From segments to the bottleneck: rows × H·W·layers of the input → rows × N.
    fn encode(&self, segments: Tensor<2>) -> Tensor<2>;

    /// From the bottleneck to the points that are compared: rows × N → rows × M.
    fn embed(&self, encoding: Tensor<2>) -> Tensor<2>;

    /// From the bottleneck back: rows × N → the layer after it, and rows × H·W.
    fn decode(&self, encoding: Tensor<2>) -> (Tensor<2>, Tensor<2>);

    /// To the bottleneck and back: rows × H·W·layers in; see [`Activations`].
    fn forward(&self, segments: Tensor<2>) -> Activations;

    /// The layers whose weights have the shape of a spectrogram.
    fn weight_layers(&self) -> Vec<WeightLayer>;
}

/// Reads the network in `folder` that `config` describes.
///
/// # Errors
/// [`ModelError::Damaged`] where the weights are not those of the configuration, [`ModelError::Io`].
pub(super) fn read(folder: &Path, config: &ModelConfig, device: &Device) -> Result<Box<dyn Network>, ModelError> {
    Ok(match config.architecture {
        Architecture::Dense => Box::new(load(Dense::blank(config, device), folder)?),
        Architecture::Conv => Box::new(load(Conv::blank(config, device), folder)?),
        Architecture::Contrastive | Architecture::Siamese => {
            Box::new(load(Contrastive::blank(config, device), folder)?)
        }
    })
}

/// The convolutions of a model, and what their input was scaled by.
pub(super) struct Ears {
    pub mean: Param<Tensor<1>>,
    pub deviation: Param<Tensor<1>>,
    pub layers: Vec<Strided>,
}

/// Reads the convolutions of the model in `folder` for another one of the shape of `config` to start from.
///
/// # Errors
/// [`ModelError::Setting`] where that model has none of this shape, [`ModelError::Damaged`], [`ModelError::Io`].
pub(super) fn ears(folder: &Path, config: &ModelConfig, device: &Device) -> Result<Ears, ModelError> {
    let theirs = ModelConfig::read(folder)?;
    if theirs.architecture == Architecture::Dense || theirs.channels() != config.channels() {
        return Err(ModelError::Setting {
            setting: "the model to start from",
            value: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            allowed: "a conv, contrastive or siamese model with the same input",
        });
    }
    Ok(if theirs.architecture == Architecture::Conv {
        let network = load(Conv::blank(&theirs, device), folder)?.autoencoder;
        Ears { mean: network.mean, deviation: network.deviation, layers: network.layers }
    } else {
        let network = load(Contrastive::blank(&theirs, device), folder)?;
        Ears { mean: network.mean, deviation: network.deviation, layers: network.layers }
    })
}

const FILE: &str = "model.safetensors";

/// Reads the weights in `folder` into a network of their shape.
fn load<M: Module + ModuleSnapshot>(mut network: M, folder: &Path) -> Result<M, ModelError> {
    let path = folder.join(FILE);
    let damaged = |reason: String| ModelError::Damaged { path: path.clone(), reason };
    let bytes = files::read(&path)?;
    // What does not fit is told below, in a line instead of tensor by tensor.
    let mut store = SafetensorsStore::from_bytes(Some(bytes))
        .with_from_adapter(HalfPrecisionAdapter::new())
        .validate(false)
        .allow_partial(true);
    let applied = network.load_from(&mut store).map_err(|error| damaged(error.to_string()))?;
    if !applied.missing.is_empty() || !applied.errors.is_empty() {
        let reason = "weights are missing or of another shape, as those that an older version of Songline made may be";
        return Err(damaged(reason.to_owned()));
    }
    Ok(network)
}

/// The weights as they are saved: safetensors in half precision.
fn to_bytes(network: &impl ModuleSnapshot) -> Result<Vec<u8>, ModelError> {
    let damaged = |reason: String| ModelError::Damaged { path: FILE.into(), reason };
    // Burn's own remarks come in another order each time; without them the same weights are the same bytes.
    let mut store = SafetensorsStore::from_bytes(None).clear_metadata().with_to_adapter(HalfPrecisionAdapter::new());
    network.save_into(&mut store).map_err(|error| damaged(error.to_string()))?;
    store.get_bytes().map_err(|error| damaged(error.to_string()))
}

/// Writes the weights into `folder`; returns what tells the model from others.
pub(super) fn write(
    network: &impl ModuleSnapshot,
    folder: &Path,
    config: &ModelConfig,
) -> Result<ContentHash, ModelError> {
    let bytes = to_bytes(network)?;
    files::write(&folder.join(FILE), &bytes)?;
    Ok(config.identity(&bytes))
}
