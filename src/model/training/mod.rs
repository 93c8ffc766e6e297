//! Training: phase 1 teaches the autoencoder, phase 2 the embedding on top of it.
//!
//! A run is decided by its settings alone: what is drawn depends on seed, phase and epoch, never on what was drawn
//! before, so a run that goes on from a checkpoint gives the losses it would have given without the break.

mod autoencode;
mod checkpoint;
mod contrast;
mod epochs;
mod losses;
mod phase_one;
mod phase_two;
mod pupil;
mod sharpness;
mod statistics;
mod triplets;

use std::path::Path;
use std::time::{Duration, Instant};

use burn::nn::Linear;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::bundled::record;
use super::config::SavedConfig;
use super::data::Split;
use super::network::Ears;
use super::{
    Architecture, ComputeDevice, Contrastive, Conv, CurvePoint, Dense, Input, LibrarySource, ModelConfig, ModelError,
    Phase, PhaseChoice, SpectrogramSource, TrainingEvent, TrainingOutcome, TrainingSpec, files, network,
};
use crate::domain::{ContentHash, Control};
use crate::library::{Library, check_model_name};
use autoencode::Autoencode;
use checkpoint::{Keeper, State};
use epochs::Point;

/// `run.json`: the curves of a finished run and what it came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub spec: TrainingSpec,
    pub device: String,
    pub training_tracks: usize,
    pub validation_tracks: usize,
    /// Training and, where tracks were kept aside, validation values of every epoch of both phases.
    pub epochs: Vec<(CurvePoint, Option<CurvePoint>)>,
    pub outcome: TrainingOutcome,
}

const RUN_FILE: &str = "run.json";

impl Run {
    /// The run that made the model in `folder`; `None` where none is finished.
    fn read(folder: &Path) -> Result<Option<Self>, ModelError> {
        let path = folder.join(RUN_FILE);
        if path.exists() { files::read_json(&path).map(Some) } else { Ok(None) }
    }

    /// What the library keeps of a run as the model's scores.
    pub fn scores(&self) -> serde_json::Value {
        serde_json::json!({
            "encoding_loss": self.outcome.encoding_loss,
            "encoding_accuracy": self.outcome.encoding_accuracy,
            "centred_accuracy": self.outcome.centred_accuracy,
            "detail": self.outcome.detail,
            "embedding_loss": self.outcome.embedding_loss,
            "triplet_accuracy": self.outcome.triplet_accuracy,
            "retrieval": self.outcome.retrieval,
            "training_tracks": self.training_tracks,
            "validation_tracks": self.validation_tracks,
        })
    }
}

/// The epochs of a `run.json`.
///
/// # Errors
/// [`ModelError::Damaged`]
pub fn curves(run: &str) -> Result<Vec<(CurvePoint, Option<CurvePoint>)>, ModelError> {
    let run: Run = serde_json::from_str(run)
        .map_err(|error| ModelError::Damaged { path: "run.json".into(), reason: error.to_string() })?;
    Ok(run.epochs)
}

/// Trains a model on a library's tracks and registers it there.
///
/// An interrupted run of the same name and settings goes on from its last checkpoint; a finished model is never
/// overwritten by a run with other settings.
///
/// # Errors
/// [`ModelError`]; what was learnt up to the last checkpoint is kept.
pub fn train(
    library: &Library,
    spec: &TrainingSpec,
    device: &ComputeDevice,
    control: &Control,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<TrainingOutcome, ModelError> {
    check_model_name(&spec.name)?;
    if spec.name == super::BUNDLED {
        return Err(ModelError::NameTaken(spec.name.clone()));
    }
    let folder = library.model_directory(&spec.name);
    let source =
        LibrarySource { library, include_restricted: spec.include_restricted, with_side: spec.input == Input::Stereo };
    let (outcome, weights, run) = train_on(&source, &folder, spec, device, control, on_event)?;
    let config = ModelConfig::of(spec)?;
    library.register_model(&record(&spec.name, &config, weights, run.scores(), false))?;
    Ok(outcome)
}

/// Trains a model on any source into `folder`; returns the outcome, the hash of the weights, and the run.
///
/// # Errors
/// As [`train`].
pub fn train_on(
    source: &dyn SpectrogramSource,
    folder: &Path,
    spec: &TrainingSpec,
    device: &ComputeDevice,
    control: &Control,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<(TrainingOutcome, ContentHash, Run), ModelError> {
    let begun = Instant::now();
    let config = ModelConfig::of(spec)?;
    let finished = Run::read(folder)?;
    check_name_is_free(finished.as_ref(), spec)?;
    let split = Split::of(source, spec)?;
    files::make_folder(folder)?;
    let saved = SavedConfig { model: config.clone(), training: Some(spec.clone()) };
    if finished.is_none() {
        // A finished model keeps the configuration that fits its weights until there are new ones.
        saved.write(folder)?;
    }
    let mut keeper = Keeper::open(folder, spec, &split)?;
    on_event(TrainingEvent::Started {
        device: device.name.clone(),
        training_tracks: split.training.len(),
        validation_tracks: split.validation.len(),
        refused: split.refused.clone(),
        resumed_from: keeper.resumed_from(),
    });
    let setting = Setting { source, folder, split: &split, spec, config: &config, device, control };
    let weights = match spec.architecture {
        Architecture::Dense => {
            let (autoencoder, embedding) = reconstructing(&setting, &mut keeper, on_event)?;
            network::write(&Dense { autoencoder, embedding }, folder, &config)?
        }
        Architecture::Conv => {
            let (autoencoder, embedding) = reconstructing(&setting, &mut keeper, on_event)?;
            network::write(&Conv { autoencoder, embedding }, folder, &config)?
        }
        Architecture::Contrastive | Architecture::Siamese => {
            network::write(&contrastive(&setting, &mut keeper, on_event)?, folder, &config)?
        }
    };
    saved.write(folder)?;
    let state = keeper.state();
    let seconds = state.seconds_before + begun.elapsed().as_secs_f64();
    let outcome = outcome(spec, folder, state, seconds);
    let run = Run {
        spec: spec.clone(),
        device: device.name.clone(),
        training_tracks: split.training.len(),
        validation_tracks: split.validation.len(),
        epochs: state.epochs.clone(),
        outcome: outcome.clone(),
    };
    files::write_json(&folder.join(RUN_FILE), &run)?;
    Ok((outcome, weights, run))
}

/// Autoencoder and embedding.
fn reconstructing<A: Autoencode>(
    setting: &Setting<'_>,
    keeper: &mut Keeper,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<(A, Linear), ModelError> {
    let autoencoder = phase_one::autoencoder(setting, keeper, on_event)?;
    if setting.spec.phases == PhaseChoice::One {
        // Without phase 2 the embedding is as it was drawn: distances are those of the encoding, roughly kept.
        phase_two::untrained(setting, autoencoder)
    } else {
        phase_two::run(setting, autoencoder, keeper, on_event)
    }
}

fn contrastive(
    setting: &Setting<'_>,
    keeper: &mut Keeper,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<Contrastive, ModelError> {
    let mut network = contrast::run(setting, keeper, on_event)?;
    network.decoder = if setting.spec.phases == PhaseChoice::One {
        phase_one::fresh_decoder(setting, &network, &setting.device.device)?
    } else {
        phase_one::decoder(setting, &network, keeper, on_event)?
    };
    Ok(network)
}

/// What both phases look at.
struct Setting<'a> {
    source: &'a dyn SpectrogramSource,
    /// Where the model is made; others lie beside it.
    folder: &'a Path,
    split: &'a Split,
    spec: &'a TrainingSpec,
    config: &'a ModelConfig,
    device: &'a ComputeDevice,
    control: &'a Control,
}

impl Setting<'_> {
    /// The convolutions that the run starts from, where it does not start from nothing.
    fn ears(&self, device: &Device) -> Result<Option<Ears>, ModelError> {
        let Some(name) = &self.spec.start_from else { return Ok(None) };
        check_model_name(name)?;
        network::ears(&self.folder.with_file_name(name), self.config, device).map(Some)
    }
}

/// A finished model may be built upon and trained again, never replaced by one with other settings. A run that was
/// broken off keeps no name.
fn check_name_is_free(finished: Option<&Run>, spec: &TrainingSpec) -> Result<(), ModelError> {
    let Some(Run { spec: made, .. }) = finished else { return Ok(()) };
    let adds_phase_two = made.phases == PhaseChoice::One && spec.phases != PhaseChoice::One;
    let keeps_phase_two = (made.phases == PhaseChoice::One) == (spec.phases == PhaseChoice::One)
        && checkpoint::same_phase_two(made, spec);
    let free = checkpoint::same_phase_one(made, spec) && (adds_phase_two || keeps_phase_two);
    if free { Ok(()) } else { Err(ModelError::NameTaken(spec.name.clone())) }
}

fn outcome(spec: &TrainingSpec, folder: &Path, state: &State, seconds: f64) -> TrainingOutcome {
    let best = |phase: Phase| {
        let values = state.epochs.iter().filter(|(training, _)| training.phase == phase);
        let values = values.map(|(training, validation)| validation.unwrap_or(*training));
        values.min_by(|a, b| a.loss.total_cmp(&b.loss))
    };
    let encoding = best(Phase::Encoding).or_else(|| best(Phase::Decoding));
    let (embedding, contrast) = (best(Phase::Embedding), best(Phase::Contrast));
    TrainingOutcome {
        name: spec.name.clone(),
        directory: folder.to_path_buf(),
        encoding_loss: encoding.map(|point| point.loss),
        encoding_accuracy: encoding.map(|point| point.accuracy),
        centred_accuracy: state.sharpness.map(|sharpness| sharpness.centred),
        detail: state.sharpness.map(|sharpness| sharpness.detail),
        embedding_loss: embedding.or(contrast).map(|point| point.loss),
        triplet_accuracy: embedding.map(|point| point.accuracy),
        retrieval: contrast.map(|point| point.accuracy),
        seconds,
    }
}

/// Time left: what the steps so far took, for the steps to come.
fn eta(begun: Instant, done: usize, left: usize) -> Duration {
    if done == 0 { Duration::ZERO } else { begun.elapsed().mul_f64(left as f64 / done as f64) }
}

/// Sums of an epoch, weighted by the rows they come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    loss: f64,
    accuracy: f64,
    rows: f64,
}

impl Sums {
    fn add(&mut self, loss: f32, accuracy: f32, rows: usize) {
        self.loss += f64::from(loss) * rows as f64;
        self.accuracy += f64::from(accuracy) * rows as f64;
        self.rows += rows as f64;
    }

    fn mean(&self) -> Point {
        let mean = |sum: f64| (sum / self.rows.max(1.0)) as f32;
        Point { loss: mean(self.loss), accuracy: mean(self.accuracy), rows: self.rows as usize }
    }

    fn point(&self, phase: Phase, epoch: usize, step: usize) -> CurvePoint {
        let Point { loss, accuracy, .. } = self.mean();
        CurvePoint { phase, epoch, step, loss, accuracy }
    }
}
