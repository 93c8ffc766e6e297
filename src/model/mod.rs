//! The networks: configuration, training, inference, weights. The only user of burn.
//!
//! A model is a folder: `config.json` ([`ModelConfig`] with the training settings, written before training),
//! `model.safetensors` (half precision), `run.json` (curves and outcome), and `checkpoint/` while it is trained.

mod augment;
mod bundled;
mod config;
mod contrastive;
mod data;
mod decoder;
mod dense;
mod device;
mod embedder;
mod error;
mod files;
mod layers;
mod network;
mod spec;
mod training;
mod units;
mod windows;

pub use bundled::{BUNDLED, install_bundled};
pub use config::ModelConfig;
pub use contrastive::Contrastive;
pub use data::{LibrarySource, MemorySource, SpectrogramSource, TrainingTrack, is_validation_artist};
pub use decoder::Decoder;
pub use dense::{Autoencoder, Dense};
pub use device::{ComputeDevice, DeviceInfo, default_to_cpu, list_devices, resolve_device};
pub use embedder::Embedder;
pub use error::ModelError;
pub use network::{Activations, Network};
pub use spec::{
    Architecture, Augmentation, ContrastSpec, CurvePoint, Flow, Phase, PhaseChoice, Positives, ReconstructionSample,
    TrainingEvent, TrainingOutcome, TrainingSpec,
};
pub use training::{Run, curves, train, train_on};
pub use units::{WeightKind, WeightLayer, WeightPictures};
