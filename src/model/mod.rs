//! The networks: configuration, training, inference, weights. The only user of burn.
//!
//! A model is a folder: `config.json` ([`ModelConfig`] with the training settings, written before training),
//! `model.safetensors` (half precision), `run.json` (curves and outcome), and `checkpoint/` while it is trained.

mod augment;
mod axes;
mod bundled;
mod config;
mod context;
mod contrast_spec;
mod contrastive;
mod conv;
mod data;
mod decoder;
mod dense;
mod device;
mod discriminant;
mod embedder;
mod error;
mod files;
mod frames;
mod inputs;
mod interplay;
mod irregularity;
mod layers;
mod measured;
mod network;
mod report;
mod rhythm;
mod spec;
mod strided;
mod timbre;
mod training;
mod units;
mod variation;
mod windows;

pub use bundled::{BUNDLED, install_bundled};
pub use config::ModelConfig;
pub use contrast_spec::{Augmentation, ContrastSpec, Loss, Negatives};
pub use contrastive::Contrastive;
pub use conv::{Conv, ConvAutoencoder};
pub use data::{LibrarySource, MemorySource, RESTRICTED, SpectrogramSource, TrainingTrack, is_validation_artist};
pub use decoder::Decoder;
pub use dense::{Autoencoder, Dense};
pub use device::{ComputeDevice, DeviceInfo, default_to_cpu, list_devices, resolve_device};
pub use embedder::Embedder;
pub use error::ModelError;
pub use network::{Activations, Network};
pub use report::{CurvePoint, Flow, ReconstructionSample, TrainingEvent, TrainingOutcome};
pub use spec::{Architecture, Input, Phase, PhaseChoice, Positives, Training, TrainingSpec};
pub use training::{Run, curves, train, train_on};
pub use units::{WeightKind, WeightLayer, WeightPictures};
