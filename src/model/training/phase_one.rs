//! Phase 1: the autoencoder learns to give back what it saw. Loss: mean squared error; accuracy: cosine similarity.

use std::thread;
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Bytes, Tensor, TensorData};

use super::checkpoint::{Keeper, Weights, damaged, load_module, module_bytes};
use super::{Setting, Sums, eta};
use crate::model::data::{Batch, TrainingTrack, batches, read_batch, shuffled};
use crate::model::dense::Statistics;
use crate::model::embedder::{cosine, values};
use crate::model::{
    Autoencoder, CurvePoint, ModelError, Phase, PhaseChoice, ReconstructionSample, SpectrogramSource, TrainingEvent,
};

/// A reconstruction is shown this often at most.
const SHOW_EVERY: Duration = Duration::from_millis(1_500);
/// Tracks that tell what the first weights are drawn for.
const SAMPLE: usize = 256;

/// Trains the autoencoder, or reads the finished one; without autodiff.
pub(super) fn run(
    setting: &Setting<'_>,
    keeper: &mut Keeper,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<Autoencoder, ModelError> {
    let plain = &setting.device.device;
    if keeper.state().phase_one_done {
        return load_module(Autoencoder::blank(setting.config, plain), keeper.phase_one()?);
    }
    if setting.spec.phases == PhaseChoice::Two {
        return Err(ModelError::NoPhaseOne(setting.spec.name.clone()));
    }
    keeper.begin(Phase::Encoding);
    let spec = setting.spec;
    let steps = setting.split.training.len().div_ceil(batch_tracks(setting));
    let epochs = spec.epochs.max(spec.minimum_steps.div_ceil(steps));
    // Where small libraries are seen more often, each epoch is a smaller part of the whole.
    let patience = spec.patience * epochs.div_ceil(spec.epochs);
    on_event(TrainingEvent::PhaseStarted { phase: Phase::Encoding, epochs, steps_per_epoch: steps });

    let device = plain.clone().autodiff();
    let statistics = statistics(setting)?;
    let mut network = Autoencoder::new(setting.config, &statistics, spec.seed, &device);
    let mut optimiser: ModuleOptimizer = AdamConfig::new().with_epsilon(1e-8).init();
    let mut best = module_bytes(&network)?;
    if let Some(weights) = keeper.weights(Phase::Encoding)? {
        network = load_module(network, weights.last)?;
        optimiser = optimiser.from_bytes(Bytes::from_bytes_vec(weights.optimiser)).map_err(|error| damaged(&error))?;
        best = weights.best;
    }
    let mut watched = Watched::find(setting)?;
    let begun = Instant::now();
    let mut steps_done = 0;
    let mut stopped_early = false;

    while keeper.state().epoch <= epochs {
        let epoch = keeper.state().epoch;
        let order = epoch_order(setting, epoch, keeper.state().step);
        thread::scope(|scope| {
            let feed = batches(scope, setting.source, order, setting.config.grid, setting.config.bands)?;
            for batch in feed {
                if let Err(cancelled) = setting.control.checkpoint() {
                    keep(keeper, &network, &optimiser, &best)?;
                    return Err(cancelled.into());
                }
                let batch = batch?;
                let (next, point) = step(network.clone(), &mut optimiser, &batch, setting)?;
                network = next;
                let state = keeper.state_mut();
                state.step += 1;
                state.sums.add(point.0, point.1, batch.rows);
                steps_done += 1;
                let at = (epoch - 1) * steps + state.step;
                let (loss, accuracy) = point;
                on_event(TrainingEvent::Step(CurvePoint { phase: Phase::Encoding, epoch, step: at, loss, accuracy }));
                if let Some(sample) = watched.as_mut().and_then(|watched| watched.show(&network, setting, false)) {
                    on_event(TrainingEvent::Reconstruction(Box::new(sample?)));
                }
                if keeper.is_due() {
                    keep(keeper, &network, &optimiser, &best)?;
                }
            }
            Ok::<(), ModelError>(())
        })?;

        let training = keeper.state().sums.point(Phase::Encoding, epoch, epoch * steps);
        let validation = validate(&network.valid(), setting, epoch, epoch * steps)?;
        let loss = validation.map_or(training.loss, |point| point.loss);
        if !loss.is_finite() {
            return Err(ModelError::Diverged);
        }
        let state = keeper.state_mut();
        let is_best = state.best_loss.is_none_or(|known| loss < known);
        if is_best {
            state.best_loss = Some(loss);
            state.best_epoch = epoch;
            best = module_bytes(&network)?;
        }
        state.epochs.push((training, validation));
        state.epoch += 1;
        state.step = 0;
        state.sums = Sums::default();
        stopped_early = patience > 0 && epoch - state.best_epoch >= patience;
        let left = epochs.saturating_sub(epoch) * steps;
        on_event(TrainingEvent::Epoch { training, validation, best: is_best, eta: eta(begun, steps_done, left) });
        if let Some(sample) = watched.as_mut().and_then(|watched| watched.show(&network, setting, true)) {
            on_event(TrainingEvent::Reconstruction(Box::new(sample?)));
        }
        if keeper.is_due() {
            keep(keeper, &network, &optimiser, &best)?;
        }
        if stopped_early {
            break;
        }
    }
    keeper.keep_phase_one(&best)?;
    let best_epoch = keeper.state().best_epoch;
    on_event(TrainingEvent::PhaseFinished { phase: Phase::Encoding, best_epoch, stopped_early });
    load_module(Autoencoder::blank(setting.config, plain), best)
}

fn keep(
    keeper: &mut Keeper,
    network: &Autoencoder,
    optimiser: &ModuleOptimizer,
    best: &[u8],
) -> Result<(), ModelError> {
    let optimiser = optimiser.into_bytes().map_err(|error| damaged(&error))?.to_vec();
    keeper.keep(&Weights { last: module_bytes(network)?, best: best.to_vec(), optimiser })
}

/// Tracks in a batch: as many as the settings say, fewer where an epoch would have too few steps.
fn batch_tracks(setting: &Setting<'_>) -> usize {
    let wanted = setting.split.training.len().div_ceil(setting.spec.steps_per_epoch.max(1));
    if setting.spec.steps_per_epoch == 0 {
        setting.spec.batch_tracks
    } else {
        wanted.clamp(1, setting.spec.batch_tracks)
    }
}

/// The tracks of an epoch in batches, without the batches that are done.
fn epoch_order(setting: &Setting<'_>, epoch: usize, done: usize) -> Vec<Vec<TrainingTrack>> {
    let tracks = &setting.split.training;
    let order = shuffled(tracks.len(), setting.spec.seed, epoch, 1);
    let batches = order.chunks(batch_tracks(setting)).skip(done);
    batches.map(|batch| batch.iter().map(|index| tracks[*index].clone()).collect()).collect()
}

fn tensor(batch: &Batch, setting: &Setting<'_>, device: &burn::tensor::Device) -> Tensor<2> {
    let shape = [batch.rows, setting.config.segment_len()];
    Tensor::from_data(TensorData::new(batch.values.clone(), shape), device)
}

/// One step of Adam; the loss and the accuracy before it.
fn step(
    network: Autoencoder,
    optimiser: &mut ModuleOptimizer,
    batch: &Batch,
    setting: &Setting<'_>,
) -> Result<(Autoencoder, (f32, f32)), ModelError> {
    let device = setting.device.device.clone().autodiff();
    let input = tensor(batch, setting, &device);
    let output = network.forward(input.clone()).output;
    let loss = (output.clone() - input.clone()).square().mean();
    let gradients = GradientsParams::from_grads(loss.backward(), &network);
    let network = optimiser.step(setting.spec.learning_rate, network, gradients);
    let accuracy = row_cosine(input.inner(), output.inner());
    let point = (scalar(loss.inner())?, scalar(accuracy)?);
    if point.0.is_finite() { Ok((network, point)) } else { Err(ModelError::Diverged) }
}

/// Mean cosine similarity of the rows of two batches.
fn row_cosine(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    let dot = (a.clone() * b.clone()).sum_dim(1);
    let lengths = (a.square().sum_dim(1) * b.square().sum_dim(1)).sqrt();
    // Silence against silence counts as 0, and divides by nothing.
    (dot / lengths.clamp_min(1e-12)).mean()
}

pub(super) fn scalar(tensor: Tensor<1>) -> Result<f32, ModelError> {
    let data = tensor.try_into_data().map_err(|error| ModelError::Device(format!("{error:?}")))?;
    let values = data.try_to_vec::<f32>().map_err(|error| ModelError::Device(format!("{error:?}")))?;
    values.first().copied().ok_or_else(|| ModelError::Device("an empty result".to_owned()))
}

/// Loss and accuracy on the tracks kept aside.
fn validate(
    network: &Autoencoder,
    setting: &Setting<'_>,
    epoch: usize,
    at: usize,
) -> Result<Option<CurvePoint>, ModelError> {
    if setting.split.validation.is_empty() {
        return Ok(None);
    }
    let mut sums = Sums::default();
    for tracks in setting.split.validation.chunks(setting.spec.batch_tracks) {
        setting.control.checkpoint()?;
        let tracks: Vec<&TrainingTrack> = tracks.iter().collect();
        let batch = read_batch(setting.source, &tracks, setting.config.grid, setting.config.bands)?;
        let input = tensor(&batch, setting, &setting.device.device);
        let output = network.forward(input.clone()).output;
        let loss = scalar((output.clone() - input.clone()).square().mean())?;
        let accuracy = scalar(row_cosine(input, output))?;
        sums.add(loss, accuracy, batch.rows);
    }
    Ok(Some(sums.point(Phase::Encoding, epoch, at)))
}

/// Mean and spread of the segments of a seeded sample of the training set.
fn statistics(setting: &Setting<'_>) -> Result<Statistics, ModelError> {
    let tracks = &setting.split.training;
    let size = setting.config.segment_len();
    let (mut sums, mut squares, mut rows) = (vec![0.0_f64; size], 0.0_f64, 0);
    for index in shuffled(tracks.len(), setting.spec.seed, 0, 1).into_iter().take(SAMPLE) {
        setting.control.checkpoint()?;
        let batch = read_batch(setting.source, &[&tracks[index]], setting.config.grid, setting.config.bands)?;
        for row in batch.values.chunks_exact(size) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += f64::from(*value);
                squares += f64::from(*value).powi(2);
            }
        }
        rows += batch.rows;
    }
    let count = rows.max(1) as f64;
    let mean: Vec<f64> = sums.into_iter().map(|sum| sum / count).collect();
    let variance = squares / count - mean.iter().map(|value| value * value).sum::<f64>();
    let spread = variance.max(0.0).sqrt() as f32;
    Ok(Statistics { mean: mean.into_iter().map(|value| value as f32).collect(), spread })
}

/// The segment whose reconstruction is shown while the network learns.
struct Watched {
    track: crate::domain::TrackId,
    segment: usize,
    input: Vec<f32>,
    shown: Option<Instant>,
}

impl Watched {
    /// The track that was chosen, else the first kept aside, else the first.
    fn find(setting: &Setting<'_>) -> Result<Option<Self>, ModelError> {
        let split = setting.split;
        let mut tracks = split.validation.iter().chain(&split.training);
        let chosen = setting.spec.watch.and_then(|id| tracks.clone().find(|track| track.id == id));
        let Some(track) = chosen.or_else(|| tracks.next()) else { return Ok(None) };
        let grid = setting.config.grid;
        let segment = grid.count(track.frames.len()) / 2;
        let range = grid.frames_of(segment);
        let mut input = Vec::new();
        let frames = track.frames.start + range.start..track.frames.start + range.end;
        let source: &dyn SpectrogramSource = setting.source;
        source.read(track.id, frames, &mut input)?;
        Ok(Some(Self { track: track.id, segment, input, shown: None }))
    }

    fn show(
        &mut self,
        network: &Autoencoder,
        setting: &Setting<'_>,
        at_once: bool,
    ) -> Option<Result<ReconstructionSample, ModelError>> {
        if !at_once && self.shown.is_some_and(|shown| shown.elapsed() < SHOW_EVERY) {
            return None;
        }
        self.shown = Some(Instant::now());
        let shape = [1, self.input.len()];
        let input = Tensor::from_data(TensorData::new(self.input.clone(), shape), &setting.device.device);
        let output = match values(network.valid().forward(input).output) {
            Ok(output) => output,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(ReconstructionSample {
            track: self.track,
            segment: self.segment,
            frames: setting.config.grid.frames,
            bands: setting.config.bands,
            accuracy: cosine(&self.input, &output),
            input: self.input.clone(),
            output,
        }))
    }
}
