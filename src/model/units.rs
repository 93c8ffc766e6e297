//! What single units do: their weights as pictures, and what the network draws of an encoding that someone made up.

use burn::tensor::{Tensor, TensorData};

use super::embedder::values;
use super::{Embedder, ModelError};

/// Weights that have the shape of a spectrogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WeightKind {
    /// What a hidden unit of the encoder looks for in a segment.
    LooksFor,
    /// What a channel of the first convolution looks for in a few frames.
    Kernel,
    /// What a hidden unit of the decoder adds to the segment it draws.
    Draws,
}

/// The weights of a layer, a picture a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightPictures {
    pub kind: WeightKind,
    pub units: usize,
    /// Frames × bands of one picture.
    pub frames: usize,
    pub bands: usize,
    /// units × frames × bands, row by row.
    pub values: Vec<f32>,
}

/// A layer of weights as an architecture gives it: units × (frames · bands).
pub struct WeightLayer {
    pub kind: WeightKind,
    pub weights: Tensor<2>,
}

impl Embedder {
    /// The weights of this network that have the shape of a spectrogram.
    ///
    /// # Errors
    /// Where they cannot be read from the device.
    pub fn weight_pictures(&self) -> Result<Vec<WeightPictures>, ModelError> {
        let layers = self.network.weight_layers().into_iter();
        layers
            .map(|WeightLayer { kind, weights }| {
                let [units, size] = weights.dims();
                // A kernel sees all layers of the input, one above the other.
                let bands = if kind == WeightKind::Kernel { self.config.channels() } else { self.config.bands };
                Ok(WeightPictures { kind, units, frames: size / bands.max(1), bands, values: values(weights)? })
            })
            .collect()
    }

    /// The segments (rows × H·W) that the network draws of `encodings` (rows × N, row by row).
    ///
    /// # Errors
    /// [`ModelError::NonFinite`] where the encodings are not whole rows of finite numbers, or what is drawn is not finite.
    pub fn draw(&self, encodings: &[f32]) -> Result<Vec<f32>, ModelError> {
        let width = self.config.encoding;
        let rows = encodings.len() / width.max(1);
        if rows == 0 || rows * width != encodings.len() || !encodings.iter().all(|value| value.is_finite()) {
            return Err(ModelError::NonFinite);
        }
        let encoding = Tensor::from_data(TensorData::new(encodings.to_vec(), [rows, width]), &self.device.device);
        let drawn = values(self.network.decode(encoding).1)?;
        if drawn.iter().all(|value| value.is_finite()) { Ok(drawn) } else { Err(ModelError::NonFinite) }
    }
}
