//! The autoencoders there are, as training makes, reads and uses them.

use burn::tensor::{Device, Tensor};

use super::Setting;
use super::phase_one::Reconstruct;
use super::statistics::{band_statistics, principal_axes, segment_statistics};
use crate::model::{Autoencoder, ConvAutoencoder, ModelError};

/// The autoencoder of an architecture: from segments to encodings and back.
pub(super) trait Autoencode: Reconstruct {
    /// One that has learnt nothing yet.
    fn fresh(setting: &Setting<'_>, device: &Device) -> Result<Self, ModelError>;

    /// One of the right shape whose weights are about to be read.
    fn blank(setting: &Setting<'_>, device: &Device) -> Self;

    /// rows × H·W·layers → rows × N
    fn encode(&self, segments: Tensor<2>) -> Tensor<2>;
}

impl Autoencode for Autoencoder {
    fn fresh(setting: &Setting<'_>, device: &Device) -> Result<Self, ModelError> {
        let statistics = segment_statistics(setting)?;
        Ok(Self::new(setting.config, &statistics, setting.spec.seed, device))
    }

    fn blank(setting: &Setting<'_>, device: &Device) -> Self {
        Self::blank(setting.config, device)
    }

    fn encode(&self, segments: Tensor<2>) -> Tensor<2> {
        self.encode(segments)
    }
}

impl Autoencode for ConvAutoencoder {
    fn fresh(setting: &Setting<'_>, device: &Device) -> Result<Self, ModelError> {
        let (bands, axes) = (band_statistics(setting)?, principal_axes(setting)?);
        let mut network = Self::new(setting.config, &bands, &axes, setting.spec.seed, device);
        if let Some(ears) = setting.ears(device)? {
            (network.mean, network.deviation, network.layers) = (ears.mean, ears.deviation, ears.layers);
        }
        Ok(network)
    }

    fn blank(setting: &Setting<'_>, device: &Device) -> Self {
        Self::blank(setting.config, device)
    }

    fn encode(&self, segments: Tensor<2>) -> Tensor<2> {
        self.encode(segments)
    }
}
