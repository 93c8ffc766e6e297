//! Phase 1, and the decoding of a contrastive model: a network learns to give back the segment it saw, or the segment that
//! an encoding stands for. Loss: mean squared error; accuracy: cosine similarity.

use std::time::{Duration, Instant};

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};

use super::checkpoint::{Keeper, load_module, module_bytes, optimiser_bytes, optimiser_from};
use super::epochs::{self, Batches, Learner, Plan, Point};
use super::{Setting, Sums};
use crate::model::data::{Batch, TrainingTrack, read_batch, shuffled};
use crate::model::dense::Statistics;
use crate::model::embedder::{cosine, values};
use crate::model::{
    Autoencoder, Contrastive, Decoder, ModelError, Network, Phase, PhaseChoice, ReconstructionSample,
    SpectrogramSource, TrainingEvent,
};

/// A reconstruction is shown this often at most.
const SHOW_EVERY: Duration = Duration::from_millis(1_500);
/// Tracks that tell what the first weights are drawn for.
const SAMPLE: usize = 256;

/// A network that gives segments back: rows × its input → rows × H·W.
trait Reconstruct: Module {
    fn reconstruct(&self, input: Tensor<2>) -> Tensor<2>;
}

impl Reconstruct for Autoencoder {
    fn reconstruct(&self, input: Tensor<2>) -> Tensor<2> {
        self.forward(input).output
    }
}

impl Reconstruct for Decoder {
    fn reconstruct(&self, input: Tensor<2>) -> Tensor<2> {
        self.stages(input).1
    }
}

/// From segments to what the network is given: rows × H·W → rows × its input, without gradients.
type Before<'a> = &'a (dyn Fn(Tensor<2>) -> Tensor<2> + Sync);

/// Trains the autoencoder, or reads the finished one; without autodiff.
pub(super) fn autoencoder(
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
    let statistics = statistics(setting)?;
    let network = Autoencoder::new(setting.config, &statistics, setting.spec.seed, &plain.clone().autodiff());
    let best = reconstruct(setting, network, &|segments| segments, Phase::Encoding, keeper, on_event)?;
    keeper.keep_phase_one(&best)?;
    load_module(Autoencoder::blank(setting.config, plain), best)
}

/// Trains the decoder of a contrastive encoder that stays as it is; without autodiff.
pub(super) fn decoder(
    setting: &Setting<'_>,
    encoder: &Contrastive,
    keeper: &mut Keeper,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<Decoder, ModelError> {
    let fresh = fresh_decoder(setting, encoder, &setting.device.device.clone().autodiff())?;
    let before = |segments| encoder.encode(segments);
    let best = reconstruct(setting, fresh, &before, Phase::Decoding, keeper, on_event)?;
    keeper.finish()?;
    load_module(Decoder::blank(setting.config, &setting.device.device), best)
}

/// A decoder that has learnt nothing but the mean segment.
pub(super) fn fresh_decoder(
    setting: &Setting<'_>,
    encoder: &Contrastive,
    device: &Device,
) -> Result<Decoder, ModelError> {
    let statistics = statistics(setting)?;
    let tracks: Vec<&TrainingTrack> = setting.split.training.iter().take(16).collect();
    let batch = read_batch(setting.source, &tracks, setting.config.grid, setting.config.bands)?;
    let encodings = values(encoder.encode(tensor(&batch, setting, &setting.device.device)))?;
    let squares: f64 = encodings.iter().map(|value| f64::from(value * value)).sum();
    let spread = (squares / encodings.len().max(1) as f64).sqrt() as f32;
    Ok(Decoder::new(setting.config, &statistics, spread, setting.spec.seed, device))
}

fn reconstruct<M: Reconstruct>(
    setting: &Setting<'_>,
    network: M,
    before: Before<'_>,
    phase: Phase,
    keeper: &mut Keeper,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<Vec<u8>, ModelError> {
    let spec = setting.spec;
    let steps = setting.split.training.len().div_ceil(batch_tracks(setting));
    let epochs = spec.epochs.max(spec.minimum_steps.div_ceil(steps));
    // Where small libraries are seen more often, each epoch is a smaller part of the whole.
    let patience = spec.patience * epochs.div_ceil(spec.epochs);
    let optimiser = AdamConfig::new().with_epsilon(1e-8).init();
    let watched = Watched::find(setting)?;
    let mut learner = Reconstruction { setting, network, before, optimiser, watched };
    epochs::run(setting, &mut learner, &Plan { phase, epochs, steps, patience }, keeper, on_event)
}

struct Reconstruction<'a, M> {
    setting: &'a Setting<'a>,
    network: M,
    before: Before<'a>,
    optimiser: ModuleOptimizer,
    watched: Option<Watched>,
}

impl<'a, M: Reconstruct> Learner<'a> for Reconstruction<'a, M> {
    type Batch = Batch;

    fn batches(&self, epoch: usize, done: usize) -> Batches<'a, Batch> {
        let setting = self.setting;
        let tracks = &setting.split.training;
        let order = shuffled(tracks.len(), setting.spec.seed, epoch, 1);
        let batches: Vec<Vec<TrainingTrack>> = order
            .chunks(batch_tracks(setting))
            .skip(done)
            .map(|batch| batch.iter().map(|index| tracks[*index].view(setting.spec.seed, epoch)).collect())
            .collect();
        Box::new(batches.into_iter().map(|tracks| {
            let tracks: Vec<&TrainingTrack> = tracks.iter().collect();
            read_batch(setting.source, &tracks, setting.config.grid, setting.config.bands)
        }))
    }

    fn step(&mut self, batch: Batch, _: usize) -> Result<Point, ModelError> {
        let segments = tensor(&batch, self.setting, &self.setting.device.device);
        let input = (self.before)(segments.clone()).autodiff();
        let target = segments.clone().autodiff();
        let output = self.network.reconstruct(input);
        let loss = (output.clone() - target).square().mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        let network = self.network.clone();
        self.network = self.optimiser.step(self.setting.spec.learning_rate, network, gradients);
        let accuracy = scalar(row_cosine(segments, output.inner()))?;
        Ok(Point { loss: scalar(loss.inner())?, accuracy, rows: batch.rows })
    }

    fn validate(&self) -> Result<Option<Point>, ModelError> {
        let setting = self.setting;
        if setting.split.validation.is_empty() {
            return Ok(None);
        }
        let network = self.network.valid();
        let mut sums = Sums::default();
        for tracks in setting.split.validation.chunks(setting.spec.batch_tracks) {
            setting.control.checkpoint()?;
            let tracks: Vec<TrainingTrack> = tracks.iter().map(|track| track.view(setting.spec.seed, 0)).collect();
            let tracks: Vec<&TrainingTrack> = tracks.iter().collect();
            let batch = read_batch(setting.source, &tracks, setting.config.grid, setting.config.bands)?;
            let segments = tensor(&batch, setting, &setting.device.device);
            let output = network.reconstruct((self.before)(segments.clone()));
            let loss = scalar((output.clone() - segments.clone()).square().mean())?;
            let accuracy = scalar(row_cosine(segments, output))?;
            sums.add(loss, accuracy, batch.rows);
        }
        Ok(Some(sums.mean()))
    }

    fn weights(&self) -> Result<Vec<u8>, ModelError> {
        module_bytes(&self.network)
    }

    fn optimiser(&self) -> Result<Vec<u8>, ModelError> {
        optimiser_bytes(&self.optimiser)
    }

    fn resume(&mut self, weights: Vec<u8>, optimiser: Vec<u8>) -> Result<(), ModelError> {
        self.network = load_module(self.network.clone(), weights)?;
        self.optimiser = optimiser_from(self.optimiser.clone(), optimiser)?;
        Ok(())
    }

    fn sample(&mut self, at_once: bool) -> Result<Option<ReconstructionSample>, ModelError> {
        let Some(watched) = self.watched.as_mut() else { return Ok(None) };
        if !at_once && watched.shown.is_some_and(|shown| shown.elapsed() < SHOW_EVERY) {
            return Ok(None);
        }
        watched.shown = Some(Instant::now());
        let shape = [1, watched.input.len()];
        let input = Tensor::from_data(TensorData::new(watched.input.clone(), shape), &self.setting.device.device);
        let output = values(self.network.valid().reconstruct((self.before)(input)))?;
        Ok(Some(ReconstructionSample {
            track: watched.track,
            segment: watched.segment,
            frames: self.setting.config.grid.frames,
            bands: self.setting.config.bands,
            accuracy: cosine(&watched.input, &output),
            input: watched.input.clone(),
            output,
        }))
    }
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

fn tensor(batch: &Batch, setting: &Setting<'_>, device: &Device) -> Tensor<2> {
    let shape = [batch.rows, setting.config.segment_len()];
    Tensor::from_data(TensorData::new(batch.values.clone(), shape), device)
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

/// Mean and spread of the segments of a seeded sample of the training set.
fn statistics(setting: &Setting<'_>) -> Result<Statistics, ModelError> {
    let tracks = &setting.split.training;
    let size = setting.config.segment_len();
    let (mut sums, mut squares, mut rows) = (vec![0.0_f64; size], 0.0_f64, 0);
    for index in shuffled(tracks.len(), setting.spec.seed, 0, 1).into_iter().take(SAMPLE) {
        setting.control.checkpoint()?;
        let track = tracks[index].view(setting.spec.seed, 0);
        let batch = read_batch(setting.source, &[&track], setting.config.grid, setting.config.bands)?;
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
}
