//! A network and its optimiser, as every phase teaches and keeps them.

use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;

use super::checkpoint::{load_module, module_bytes, optimiser_bytes, optimiser_from};
use crate::model::ModelError;

/// What learns.
pub(super) struct Pupil<M> {
    pub network: M,
    pub optimiser: ModuleOptimizer,
}

impl<M: burn::module::Module> Pupil<M> {
    /// One step down the slope of `loss`.
    pub fn learn(&mut self, loss: Tensor<1>, learning_rate: f64) {
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimiser.step(learning_rate, self.network.clone(), gradients);
    }

    pub fn weights(&self) -> Result<Vec<u8>, ModelError> {
        // Batch normalisation keeps its last update aside, and what is written would lack it, until it is asked for.
        drop(self.network.valid());
        module_bytes(&self.network)
    }

    pub fn optimiser(&self) -> Result<Vec<u8>, ModelError> {
        optimiser_bytes(&self.optimiser)
    }

    /// Goes on from a checkpoint.
    pub fn resume(&mut self, weights: Vec<u8>, optimiser: Vec<u8>) -> Result<(), ModelError> {
        self.network = load_module(self.network.clone(), weights)?;
        self.optimiser = optimiser_from(self.optimiser.clone(), optimiser)?;
        Ok(())
    }
}
