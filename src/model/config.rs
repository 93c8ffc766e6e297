//! What rebuilds a model: saved beside its weights before training begins.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files::{read_json, write_json};
use super::strided::SHORTEST;
use super::{Architecture, Augmentation, ContrastSpec, Input, ModelError, TrainingSpec};
use crate::domain::{ContentHash, MEL_BANDS, SegmentGrid};

/// Above this nothing would be left of the segment itself.
const MOST_CONTEXT: f32 = 10.0;

/// The shape of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    pub architecture: Architecture,
    /// How a spectrogram is cut; H is `grid.frames`.
    pub grid: SegmentGrid,
    /// W, the mel bands of a frame.
    pub bands: usize,
    /// What the network is shown of each frame.
    #[serde(default)]
    pub input: Input,
    /// N, the width of the bottleneck.
    pub encoding: usize,
    /// M, the dimensions of the embedding.
    pub embedding: usize,
    /// Share of a squared distance that what is measured has, from 0 (none) to below 1; `measured.rs` says what it is.
    #[serde(default)]
    pub measured: f32,
    /// Weight of the music around a segment beside 1 for the segment itself; `context.rs` says what it is.
    #[serde(default)]
    pub context: f32,
}

impl ModelConfig {
    /// The shape that a training run asks for.
    ///
    /// # Errors
    /// [`ModelError::Setting`] where a size is none of those offered.
    pub fn of(spec: &TrainingSpec) -> Result<Self, ModelError> {
        let refuse = |setting, value: String, allowed| Err(ModelError::Setting { setting, value, allowed });
        if ![16, 32, 64, 128, 256].contains(&spec.encoding) {
            return refuse("the encoding size", spec.encoding.to_string(), "16, 32, 64, 128 or 256");
        }
        if ![64, 128].contains(&spec.embedding) {
            return refuse("the embedding size", spec.embedding.to_string(), "64 or 128");
        }
        if spec.grid.frames == 0 || spec.grid.hop == 0 || spec.grid.frames > 1_500 {
            let value = format!("{} frames every {}", spec.grid.frames, spec.grid.hop);
            return refuse("the segment", value, "up to 1,500 frames with a hop of at least one");
        }
        if !(spec.learning_rate.is_finite() && spec.learning_rate > 0.0 && spec.learning_rate <= 1.0) {
            return refuse("the learning rate", spec.learning_rate.to_string(), "above 0 and at most 1");
        }
        if !(spec.margin.is_finite() && spec.margin > 0.0) {
            return refuse("the margin", spec.margin.to_string(), "above 0");
        }
        if !(0.0..=0.5).contains(&spec.validation_share) {
            return refuse("the validation share", spec.validation_share.to_string(), "from 0 to 0.5");
        }
        if !(0.0..=1.0).contains(&spec.validation_from) {
            return refuse("the begin of the validation share", spec.validation_from.to_string(), "from 0 to 1");
        }
        if spec.batch_tracks == 0 || spec.batch_triplets == 0 || spec.epochs == 0 || spec.embedding_epochs == 0 {
            return refuse("a batch size or number of epochs", "0".to_owned(), "at least 1");
        }
        if spec.architecture == Architecture::Dense && spec.input != Input::Plain {
            let value = if spec.input == Input::Stereo { "stereo" } else { "separated" };
            return refuse("the input", value.to_owned(), "plain for the dense architecture, as published");
        }
        if spec.architecture != Architecture::Dense && spec.grid.frames < SHORTEST {
            let value = format!("{} frames", spec.grid.frames);
            return refuse("the segment", value, "at least 40 frames for this architecture");
        }
        check_contrast(&spec.contrast)?;
        let TrainingSpec { architecture, grid, encoding, embedding, input, .. } = *spec;
        let (measured, context) = match architecture {
            Architecture::Contrastive => (spec.contrast.measured, spec.contrast.context),
            Architecture::Dense | Architecture::Conv | Architecture::Siamese => (0.0, 0.0),
        };
        Ok(Self { architecture, grid, bands: MEL_BANDS, input, encoding, embedding, measured, context })
    }

    /// Values of an encoding, and of a point, that are measured: three quarters of the narrower of the two, or none.
    pub fn measured_values(&self) -> usize {
        if self.measured > 0.0 { self.encoding.min(self.embedding) * 3 / 4 } else { 0 }
    }

    /// Values of one segment of the middle, which is what is drawn again: H·W.
    pub fn segment_len(&self) -> usize {
        self.grid.frames * self.bands
    }

    /// Mel bands of a frame of a track as the input is made of it: those of the middle, and for some inputs those of the side
    /// after them.
    pub fn source_bands(&self) -> usize {
        self.bands * self.input.sources()
    }

    /// Values of one segment of a track as the input is made of it.
    pub fn source_len(&self) -> usize {
        self.grid.frames * self.source_bands()
    }

    /// Bands of all layers of the input.
    pub fn channels(&self) -> usize {
        self.bands * self.input.layers()
    }

    /// Values that the network is shown of one segment: H·W·layers.
    pub fn input_len(&self) -> usize {
        self.grid.frames * self.channels()
    }

    /// Tells a network from every other: points count only for the weights, and for the way to use them, that made them.
    pub fn identity(&self, weights: &[u8]) -> ContentHash {
        let mut hasher = blake3::Hasher::new();
        // A map of plain values always has its JSON.
        hasher.update(&serde_json::to_vec(self).unwrap_or_default()).update(weights);
        ContentHash(*hasher.finalize().as_bytes())
    }

    /// Reads the shape of the model in `folder`.
    ///
    /// # Errors
    /// [`ModelError::Io`] or [`ModelError::Damaged`]
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let saved: SavedConfig = read_json(&folder.join(FILE))?;
        let config = saved.model;
        let sane = config.grid.frames > 0
            && config.grid.hop > 0
            && config.grid.frames <= 1_500
            && config.bands == MEL_BANDS
            && (1..=4_096).contains(&config.encoding)
            && (1..=4_096).contains(&config.embedding)
            && (0.0..1.0).contains(&config.measured)
            && (0.0..=MOST_CONTEXT).contains(&config.context);
        if sane {
            Ok(config)
        } else {
            let reason = "it describes no network that fits Songline's spectrograms".to_owned();
            Err(ModelError::Damaged { path: folder.join(FILE), reason })
        }
    }
}

fn check_contrast(spec: &ContrastSpec) -> Result<(), ModelError> {
    let refuse = |setting, value: String, allowed| Err(ModelError::Setting { setting, value, allowed });
    if spec.steps == 0 || spec.steps_per_epoch == 0 {
        return refuse("the number of steps", "0".to_owned(), "at least 1");
    }
    if spec.recordings < 2 || spec.segments < 2 {
        let value = format!("{} recordings of {} segments", spec.recordings, spec.segments);
        return refuse("the batch", value, "at least 2 recordings of 2 segments");
    }
    if !(0.01..=10.0).contains(&spec.temperature) {
        return refuse("the temperature", spec.temperature.to_string(), "from 0.01 to 10");
    }
    if !(spec.learning_rate.is_finite() && spec.learning_rate > 0.0 && spec.learning_rate <= 1.0) {
        return refuse("the learning rate", spec.learning_rate.to_string(), "above 0 and at most 1");
    }
    if !(0.0..=1.0).contains(&spec.weight_decay) {
        return refuse("the weight decay", spec.weight_decay.to_string(), "from 0 to 1");
    }
    if !(0.0..=100.0).contains(&spec.mean_weight) {
        return refuse("the weight of the means", spec.mean_weight.to_string(), "from 0 to 100");
    }
    if !(spec.margin > 0.0 && spec.margin <= 2.0) {
        return refuse("the margin", spec.margin.to_string(), "above 0 and at most 2, the width of the unit sphere");
    }
    if !(0.0..=0.9).contains(&spec.measured) {
        return refuse("the share of what is measured", spec.measured.to_string(), "from 0 to 0.9");
    }
    if !(0.0..=MOST_CONTEXT).contains(&spec.context) {
        return refuse("the weight of the context", spec.context.to_string(), "from 0 to 10");
    }
    let Augmentation { level, equaliser, noise, gate, mix, stretch, variation, .. } = spec.augmentation;
    if stretch > 0.5 {
        return refuse("the stretching", stretch.to_string(), "from 0 to 0.5");
    }
    if let Some(value) =
        [level, equaliser, noise, gate, mix, stretch, variation].into_iter().find(|value| !(0.0..=1.0).contains(value))
    {
        return refuse("the augmentation", value.to_string(), "from 0 to 1");
    }
    Ok(())
}

const FILE: &str = "config.json";

/// `config.json`: the network, and the settings of its training where there were any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedConfig {
    pub model: ModelConfig,
    pub training: Option<TrainingSpec>,
}

impl SavedConfig {
    pub fn write(&self, folder: &Path) -> Result<(), ModelError> {
        write_json(&folder.join(FILE), self)
    }
}
