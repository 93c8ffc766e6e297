//! The networks: configuration, training, inference, weights. The only user of burn.
//!
//! A model is a folder: `config.json` ([`ModelConfig`] with the training settings, written before training),
//! `model.safetensors` (half precision), `run.json` (curves and outcome), and `checkpoint/` while it is trained.

mod bundled;
mod config;
mod data;
mod dense;
mod device;
mod embedder;
mod error;
mod files;
mod spec;
mod training;

pub use bundled::{BUNDLED, install_bundled};
pub use config::ModelConfig;
pub use data::{LibrarySource, MemorySource, SpectrogramSource, TrainingTrack, is_validation_artist};
pub use dense::{Activations, Autoencoder, Dense};
pub use device::{ComputeDevice, DeviceInfo, list_devices, resolve_device};
pub use embedder::Embedder;
pub use error::ModelError;
pub use spec::{
    Architecture, CurvePoint, Flow, Phase, PhaseChoice, ReconstructionSample, TrainingEvent, TrainingOutcome,
    TrainingSpec,
};
pub use training::{Run, curves, train, train_on};
