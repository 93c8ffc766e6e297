//! From an encoding back to a segment, for networks whose encoder was not trained to give anything back: what it draws is
//! what the encoding has kept.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::activation::elu;
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::ModelConfig;
use super::dense::Statistics;
use super::layers::{linear, vector, zeros};

/// N → N → H·W.
#[derive(Module, Debug)]
pub struct Decoder {
    pub hidden_out: Linear,
    pub output: Linear,
}

impl Decoder {
    /// A fresh decoder that gives nearly the mean segment whatever it is told. `spread` is the deviation of an encoding's
    /// values.
    pub(super) fn new(config: &ModelConfig, segments: &Statistics, spread: f32, seed: u64, device: &Device) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Another stream than the encoder's.
        random.set_stream(2);
        let root = (config.encoding as f32).sqrt();
        let hidden_out =
            linear(config.encoding, config.encoding, 1.0 / (root * spread.max(f32::MIN_POSITIVE)), &mut random, device);
        let of_value = segments.spread / (config.segment_len() as f32).sqrt();
        let mut output = linear(config.encoding, config.segment_len(), 0.3 * of_value / root, &mut random, device);
        output.bias = Some(vector(segments.mean.clone(), device));
        Self { hidden_out, output }
    }

    /// A decoder of the right shape whose weights are about to be read.
    pub(super) fn blank(config: &ModelConfig, device: &Device) -> Self {
        Self {
            hidden_out: zeros(config.encoding, config.encoding, device),
            output: zeros(config.encoding, config.segment_len(), device),
        }
    }

    /// The layer after the bottleneck, and the segment: rows × N → rows × N and rows × H·W.
    pub(super) fn stages(&self, encoding: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let hidden_out = elu(self.hidden_out.forward(encoding), 1.0);
        let output = self.output.forward(hidden_out.clone());
        (hidden_out, output)
    }
}
