//! Phase 1, and the decoding of a contrastive model: a network learns to give back the segment it saw, or the segment that
//! an encoding stands for. Loss: mean squared error; accuracy: cosine similarity.

use std::time::{Duration, Instant};

use burn::module::Module;
use burn::optim::AdamConfig;
use burn::tensor::{Device, Tensor, TensorData};

use super::autoencode::Autoencode;
use super::checkpoint::{Keeper, load_module};
use super::epochs::{self, Batches, Learner, Plan, Point};
use super::pupil::Pupil;
use super::statistics::segment_statistics;
use super::{Setting, Sums, sharpness};
use crate::model::data::{Batch, TrainingTrack, read_batch, shuffled};
use crate::model::embedder::{cosine, values};
use crate::model::{
    Autoencoder, Contrastive, ConvAutoencoder, Decoder, ModelError, Network, Phase, PhaseChoice, ReconstructionSample,
    SpectrogramSource, TrainingEvent, inputs,
};

/// A reconstruction is shown this often at most.
const SHOW_EVERY: Duration = Duration::from_millis(1_500);

/// A network that gives segments back: rows × its input → rows × H·W.
pub(super) trait Reconstruct: Module {
    fn reconstruct(&self, input: Tensor<2>) -> Tensor<2>;
}

impl Reconstruct for Autoencoder {
    fn reconstruct(&self, input: Tensor<2>) -> Tensor<2> {
        self.forward(input).output
    }
}

impl Reconstruct for ConvAutoencoder {
    fn reconstruct(&self, input: Tensor<2>) -> Tensor<2> {
        self.forward(input).output
    }
}

impl Reconstruct for Decoder {
    fn reconstruct(&self, input: Tensor<2>) -> Tensor<2> {
        self.stages(input).1
    }
}

/// From segments to what the network is given: rows × H·W·layers → rows × its input, without gradients.
type Before<'a> = &'a (dyn Fn(Tensor<2>) -> Tensor<2> + Sync);

/// Trains the autoencoder, or reads the finished one; without autodiff.
pub(super) fn autoencoder<A: Autoencode>(
    setting: &Setting<'_>,
    keeper: &mut Keeper,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<A, ModelError> {
    let plain = &setting.device.device;
    if keeper.state().phase_one_done {
        return load_module(A::blank(setting, plain), keeper.phase_one()?);
    }
    if setting.spec.phases == PhaseChoice::Two {
        return Err(ModelError::NoPhaseOne(setting.spec.name.clone()));
    }
    let network = A::fresh(setting, &plain.clone().autodiff())?;
    let best = reconstruct(setting, network, &|segments| segments, Phase::Encoding, keeper, on_event)?;
    let network = load_module(A::blank(setting, plain), best.clone())?;
    keeper.state_mut().sharpness = Some(sharpness::of(setting, &|segments| network.reconstruct(segments))?);
    keeper.keep_phase_one(&best)?;
    Ok(network)
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
    let decoder = load_module(Decoder::blank(setting.config, &setting.device.device), best)?;
    keeper.state_mut().sharpness = Some(sharpness::of(setting, &|segments| decoder.reconstruct(before(segments)))?);
    keeper.finish()?;
    Ok(decoder)
}

/// A decoder that has learnt nothing but the mean segment.
pub(super) fn fresh_decoder(
    setting: &Setting<'_>,
    encoder: &Contrastive,
    device: &Device,
) -> Result<Decoder, ModelError> {
    let statistics = segment_statistics(setting)?;
    let tracks: Vec<&TrainingTrack> = setting.split.training.iter().take(16).collect();
    let batch = read_batch(setting.source, &tracks, setting.config.grid, setting.config.source_bands())?;
    let input = inputs::tensor(batch.values, setting.config, &setting.device.device);
    let encodings = values(encoder.encode(input))?;
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
    let mut learner = Reconstruction { setting, pupil: Pupil { network, optimiser }, before, watched };
    epochs::run(setting, &mut learner, &Plan { phase, epochs, steps, patience }, keeper, on_event)
}

struct Reconstruction<'a, M> {
    setting: &'a Setting<'a>,
    pupil: Pupil<M>,
    before: Before<'a>,
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
            read_batch(setting.source, &tracks, setting.config.grid, setting.config.source_bands())
        }))
    }

    fn step(&mut self, batch: Batch, _: usize) -> Result<Point, ModelError> {
        let (segments, input) = self.pair(&batch);
        let target = segments.clone().autodiff();
        let output = self.pupil.network.reconstruct((self.before)(input).autodiff());
        let loss = (output.clone() - target).square().mean();
        self.pupil.learn(loss.clone(), self.setting.spec.learning_rate);
        let accuracy = scalar(row_cosine(segments, output.inner()))?;
        Ok(Point { loss: scalar(loss.inner())?, accuracy, rows: batch.rows })
    }

    fn validate(&self) -> Result<Option<Point>, ModelError> {
        let setting = self.setting;
        if setting.split.validation.is_empty() {
            return Ok(None);
        }
        let network = self.pupil.network.valid();
        let mut sums = Sums::default();
        for tracks in setting.split.validation.chunks(setting.spec.batch_tracks) {
            setting.control.checkpoint()?;
            let tracks: Vec<TrainingTrack> = tracks.iter().map(|track| track.view(setting.spec.seed, 0)).collect();
            let tracks: Vec<&TrainingTrack> = tracks.iter().collect();
            let batch = read_batch(setting.source, &tracks, setting.config.grid, setting.config.source_bands())?;
            let (segments, input) = self.pair(&batch);
            let output = network.reconstruct((self.before)(input));
            let loss = scalar((output.clone() - segments.clone()).square().mean())?;
            let accuracy = scalar(row_cosine(segments, output))?;
            sums.add(loss, accuracy, batch.rows);
        }
        Ok(Some(sums.mean()))
    }

    fn weights(&self) -> Result<Vec<u8>, ModelError> {
        self.pupil.weights()
    }

    fn optimiser(&self) -> Result<Vec<u8>, ModelError> {
        self.pupil.optimiser()
    }

    fn resume(&mut self, weights: Vec<u8>, optimiser: Vec<u8>) -> Result<(), ModelError> {
        self.pupil.resume(weights, optimiser)
    }

    fn sample(&mut self, at_once: bool) -> Result<Option<ReconstructionSample>, ModelError> {
        let Some(watched) = self.watched.as_mut() else { return Ok(None) };
        if !at_once && watched.shown.is_some_and(|shown| shown.elapsed() < SHOW_EVERY) {
            return Ok(None);
        }
        watched.shown = Some(Instant::now());
        let input = inputs::tensor(watched.input.clone(), self.setting.config, &self.setting.device.device);
        let output = values(self.pupil.network.valid().reconstruct((self.before)(input)))?;
        let segment = inputs::target(&watched.input, self.setting.config);
        Ok(Some(ReconstructionSample {
            track: watched.track,
            segment: watched.segment,
            frames: self.setting.config.grid.frames,
            bands: self.setting.config.bands,
            accuracy: cosine(&segment, &output),
            input: segment,
            output,
        }))
    }
}

impl<M> Reconstruction<'_, M> {
    /// The segments of a batch, rows × H·W, and what the network is shown of them, rows × H·W·layers.
    fn pair(&self, batch: &Batch) -> (Tensor<2>, Tensor<2>) {
        let (config, device) = (self.setting.config, &self.setting.device.device);
        let data = TensorData::new(inputs::target(&batch.values, config), [batch.rows, config.segment_len()]);
        (Tensor::from_data(data, device), inputs::tensor(batch.values.clone(), config, device))
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
