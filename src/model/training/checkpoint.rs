//! Checkpoints: what a run needs to go on after a kill as if nothing had happened.
//!
//! `checkpoint/state.json` names the folder of the last checkpoint beside it; that folder is written whole before the
//! name changes, so there is always one that is complete. Older ones are removed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::optim::ModuleOptimizer;
use burn::tensor::Bytes;
use serde::{Deserialize, Serialize};

use super::Sums;
use super::sharpness::Sharpness;
use crate::model::data::Split;
use crate::model::{CurvePoint, ModelError, Phase, PhaseChoice, Training, TrainingSpec, files};

/// A checkpoint is written this often at most, but for the last of a phase.
const EVERY: Duration = Duration::from_secs(15);

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    spec: TrainingSpec,
    /// [`Split::fingerprint`]: the same batches come from the same tracks alone.
    tracks: String,
    /// Folder of the weights, below `checkpoint`; empty before the first.
    folder: String,
    pub phase: Phase,
    /// The epoch in hand, from 1.
    pub epoch: usize,
    /// Steps of that epoch that are done.
    pub step: usize,
    pub sums: Sums,
    pub best_loss: Option<f32>,
    pub best_epoch: usize,
    pub phase_one_done: bool,
    pub phase_two_done: bool,
    pub epochs: Vec<(CurvePoint, Option<CurvePoint>)>,
    /// How sharp reconstructions are, once phase 1 or the decoder is finished.
    #[serde(default)]
    pub sharpness: Option<Sharpness>,
    /// Seconds of training before this start of the program.
    pub seconds_before: f64,
}

/// Weights and optimiser as bytes.
pub(super) struct Weights {
    pub last: Vec<u8>,
    pub best: Vec<u8>,
    pub optimiser: Vec<u8>,
}

/// Keeps the checkpoints of one run.
pub(super) struct Keeper {
    root: PathBuf,
    state: State,
    written: Instant,
    begun: Instant,
    resumed_from: Option<usize>,
}

impl Keeper {
    /// Finds the checkpoint of a run with these settings on these tracks, or begins a new one. A finished phase 1 is built
    /// upon by a phase 2 alone, whatever the tracks are by then.
    pub fn open(folder: &Path, spec: &TrainingSpec, split: &Split) -> Result<Self, ModelError> {
        let root = folder.join("checkpoint");
        files::make_folder(&root)?;
        let path = root.join("state.json");
        let known: Option<State> = match path.exists().then(|| files::read_json(&path)) {
            Some(Ok(state)) => Some(state),
            Some(Err(error)) => {
                tracing::warn!(%error, "the checkpoint cannot be read; training begins anew");
                None
            }
            None => None,
        };
        let fresh = State {
            spec: spec.clone(),
            tracks: split.fingerprint(),
            folder: String::new(),
            phase: Phase::Encoding,
            epoch: 1,
            step: 0,
            sums: Sums::default(),
            best_loss: None,
            best_epoch: 0,
            phase_one_done: false,
            phase_two_done: false,
            epochs: Vec::new(),
            sharpness: None,
            seconds_before: 0.0,
        };
        let state = match known {
            // Finished and asked for again: there may be other music to learn from by now.
            Some(known) if known.is_finished(spec.phases) => fresh,
            Some(known)
                if same_phase_one(&known.spec, spec)
                    && (known.tracks == fresh.tracks || (spec.phases == PhaseChoice::Two && known.phase_one_done)) =>
            {
                let mut state = State { spec: spec.clone(), tracks: fresh.tracks, ..known.clone() };
                if known.phase_two_done || !same_phase_two(&known.spec, spec) || known.tracks != state.tracks {
                    state = state.before_phase_two();
                }
                state
            }
            _ => fresh,
        };
        let begins = state.epoch == 1 && state.step == 0 && !state.phase_one_done;
        let resumed_from = (!begins).then_some(state.epoch);
        let now = Instant::now();
        Ok(Self { root, state, written: now, begun: now, resumed_from })
    }

    pub fn resumed_from(&self) -> Option<usize> {
        self.resumed_from
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Begins a phase, unless the run goes on within it.
    pub fn begin(&mut self, phase: Phase) {
        if self.state.phase != phase {
            self.state.phase = phase;
            self.state.epoch = 1;
            self.state.step = 0;
            self.state.sums = Sums::default();
            self.state.best_loss = None;
            self.state.best_epoch = 0;
        }
    }

    /// Whether it is time for a checkpoint.
    pub fn is_due(&self) -> bool {
        self.written.elapsed() >= EVERY
    }

    /// The weights of the last checkpoint, where the run goes on within `phase`.
    pub fn weights(&self, phase: Phase) -> Result<Option<Weights>, ModelError> {
        if self.state.phase != phase || self.state.folder.is_empty() {
            return Ok(None);
        }
        let folder = self.root.join(&self.state.folder);
        Ok(Some(Weights {
            last: files::read(&folder.join("last.bpk"))?,
            best: files::read(&folder.join("best.bpk"))?,
            optimiser: files::read(&folder.join("optimiser.bpk"))?,
        }))
    }

    /// The finished autoencoder of phase 1.
    pub fn phase_one(&self) -> Result<Vec<u8>, ModelError> {
        files::read(&self.root.join("phase-1.bpk"))
    }

    /// Keeps the finished autoencoder of phase 1, for phase 2 and for runs of phase 2 alone.
    pub fn keep_phase_one(&mut self, best: &[u8]) -> Result<(), ModelError> {
        files::write(&self.root.join("phase-1.bpk"), best)?;
        self.state.phase_one_done = true;
        self.forget_weights()
    }

    /// Writes a checkpoint of where the run stands.
    pub fn keep(&mut self, weights: &Weights) -> Result<(), ModelError> {
        let phase = if matches!(self.state.phase, Phase::Encoding | Phase::Contrast) { 1 } else { 2 };
        let name = format!("phase-{phase}-epoch-{}-step-{}", self.state.epoch, self.state.step);
        let folder = self.root.join(&name);
        files::make_folder(&folder)?;
        files::write(&folder.join("last.bpk"), &weights.last)?;
        files::write(&folder.join("best.bpk"), &weights.best)?;
        files::write(&folder.join("optimiser.bpk"), &weights.optimiser)?;
        let older = std::mem::replace(&mut self.state.folder, name.clone());
        self.write_state()?;
        if older != name {
            self.remove(&older);
        }
        self.written = Instant::now();
        Ok(())
    }

    /// Notes that everything is done; the weights of the checkpoint are not needed any more.
    pub fn finish(&mut self) -> Result<(), ModelError> {
        self.state.phase_two_done = true;
        self.forget_weights()
    }

    /// Writes the state without the weights of the last checkpoint, then removes them.
    fn forget_weights(&mut self) -> Result<(), ModelError> {
        let folder = std::mem::take(&mut self.state.folder);
        self.write_state()?;
        self.remove(&folder);
        Ok(())
    }

    /// Removes a folder that the state does not name any more. What stays after a failure costs room and nothing else.
    fn remove(&self, folder: &str) {
        if !folder.is_empty()
            && let Err(error) = fs::remove_dir_all(self.root.join(folder))
        {
            tracing::debug!(%error, folder, "a checkpoint stays behind");
        }
    }

    fn write_state(&self) -> Result<(), ModelError> {
        let mut state = self.state.clone();
        state.seconds_before += self.begun.elapsed().as_secs_f64();
        files::write_json(&self.root.join("state.json"), &state)
    }
}

impl State {
    /// Whether a run of `phases` would find nothing left to do. Phase 2 alone is always done anew.
    fn is_finished(&self, phases: PhaseChoice) -> bool {
        match phases {
            PhaseChoice::Both => self.phase_two_done,
            PhaseChoice::One => self.phase_one_done,
            PhaseChoice::Two => false,
        }
    }

    fn before_phase_two(mut self) -> Self {
        let first = match self.phase {
            Phase::Embedding => Some(Phase::Encoding),
            Phase::Decoding => Some(Phase::Contrast),
            Phase::Encoding | Phase::Contrast => None,
        };
        if let Some(first) = first {
            self.epochs.retain(|(training, _)| training.phase == first);
            self.phase = first;
            self.phase_two_done = false;
        }
        self
    }
}

/// Whether two runs share their phase 1.
pub(super) fn same_phase_one(a: &TrainingSpec, b: &TrainingSpec) -> bool {
    let mut a = a.clone();
    a.phases = b.phases;
    a.watch = b.watch;
    a.embedding = b.embedding;
    a.embedding_epochs = b.embedding_epochs;
    a.batch_triplets = b.batch_triplets;
    a.margin = b.margin;
    a.fine_tune = b.fine_tune;
    if a.architecture.training() == Training::Reconstruction {
        // An autoencoder knows of no pairs.
        a.positives = b.positives;
    }
    a == *b
}

/// Whether two runs share their phase 2, given the same phase 1.
pub(super) fn same_phase_two(a: &TrainingSpec, b: &TrainingSpec) -> bool {
    a.embedding == b.embedding
        && a.embedding_epochs == b.embedding_epochs
        && a.batch_triplets == b.batch_triplets
        && a.margin == b.margin
        && a.fine_tune == b.fine_tune
        && a.positives == b.positives
}

/// A module's weights as bytes, with the identities the optimiser knows them by.
pub(super) fn module_bytes<M: burn::module::Module>(module: &M) -> Result<Vec<u8>, ModelError> {
    let bytes = module.clone().into_record().into_bytes();
    bytes.map(|bytes| bytes.to_vec()).map_err(|error| damaged(&error))
}

/// Reads what [`module_bytes`] wrote.
pub(super) fn load_module<M: burn::module::Module>(module: M, bytes: Vec<u8>) -> Result<M, ModelError> {
    let record =
        burn::store::ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes)).map_err(|error| damaged(&error))?;
    module.try_load_record(record).map_err(|error| damaged(&error))
}

pub(super) fn optimiser_bytes(optimiser: &ModuleOptimizer) -> Result<Vec<u8>, ModelError> {
    optimiser.into_bytes().map(|bytes| bytes.to_vec()).map_err(|error| damaged(&error))
}

/// Gives an optimiser the state that [`optimiser_bytes`] wrote.
pub(super) fn optimiser_from(optimiser: ModuleOptimizer, bytes: Vec<u8>) -> Result<ModuleOptimizer, ModelError> {
    optimiser.from_bytes(Bytes::from_bytes_vec(bytes)).map_err(|error| damaged(&error))
}

fn damaged(error: &dyn std::fmt::Debug) -> ModelError {
    ModelError::Damaged { path: "checkpoint".into(), reason: format!("{error:?}") }
}
