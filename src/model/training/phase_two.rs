//! Phase 2: on the frozen encoder one linear layer learns to put the next segment of a track nearer than a segment of
//! another track. Loss: max(d(a, p) − d(a, n) + margin, 0) with Euclidean d (Schroff et al. 2015).

use std::time::Instant;

use burn::module::Module;
use burn::nn::Linear;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Bytes, Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::checkpoint::{Keeper, Weights, damaged, load_module, module_bytes};
use super::phase_one::scalar;
use super::{Setting, Sums, eta};
use crate::model::data::{TrainingTrack, read_batch, shuffled};
use crate::model::dense::embedding_layer;
use crate::model::embedder::values;
use crate::model::{Autoencoder, CurvePoint, Dense, ModelError, Phase, TrainingEvent};

/// Triplets that validation looks at in one go.
const VALIDATION_ROWS: usize = 2_048;

/// Encodings of one side of the split, made once: the encoder is frozen.
struct Encodings {
    dim: usize,
    values: Vec<f32>,
    /// First row of each track, and the row past the last one at the end.
    starts: Vec<usize>,
    /// Rows that have a next segment in their track, with their track.
    anchors: Vec<(usize, usize)>,
}

impl Encodings {
    fn of(setting: &Setting<'_>, autoencoder: &Autoencoder, tracks: &[TrainingTrack]) -> Result<Self, ModelError> {
        let mut encodings =
            Self { dim: setting.config.encoding, values: Vec::new(), starts: vec![0], anchors: Vec::new() };
        for (index, track) in tracks.iter().enumerate() {
            setting.control.checkpoint()?;
            let batch = read_batch(setting.source, &[track], setting.config.grid, setting.config.bands)?;
            let shape = [batch.rows, setting.config.segment_len()];
            let input = Tensor::from_data(TensorData::new(batch.values, shape), &setting.device.device);
            encodings.values.extend(values(autoencoder.encode(input))?);
            let start = encodings.starts[index];
            let end = start + batch.rows;
            encodings.anchors.extend((start..end.saturating_sub(1)).map(|row| (row, index)));
            encodings.starts.push(end);
        }
        Ok(encodings)
    }

    fn rows(&self) -> usize {
        self.values.len() / self.dim
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.dim..(row + 1) * self.dim]
    }

    /// Whether there is a pair to learn from and another track to tell it from.
    fn is_enough(&self) -> bool {
        self.starts.len() > 2 && !self.anchors.is_empty()
    }

    /// A row of another track.
    fn negative(&self, track: usize, random: &mut ChaCha8Rng) -> usize {
        let (start, end) = (self.starts[track], self.starts[track + 1]);
        let drawn = random.random_range(0..self.rows() - (end - start));
        if drawn < start { drawn } else { drawn + (end - start) }
    }

    /// Mean distance of random pairs of rows.
    fn scale(&self, seed: u64) -> f32 {
        const PAIRS: usize = 2_000;
        if self.rows() < 2 {
            return 1.0;
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let sum: f64 = (0..PAIRS)
            .map(|_| {
                let a = self.row(random.random_range(0..self.rows()));
                let b = self.row(random.random_range(0..self.rows()));
                let squares = a.iter().zip(b).map(|(x, y)| f64::from(x - y).powi(2));
                squares.sum::<f64>().sqrt()
            })
            .sum();
        let mean = (sum / PAIRS as f64) as f32;
        if mean > 0.0 { mean } else { 1.0 }
    }

    /// Anchors, positives and negatives of some anchors: rows × N each.
    fn triplets(&self, anchors: &[(usize, usize)], random: &mut ChaCha8Rng, device: &Device) -> [Tensor<2>; 3] {
        let mut sides = [Vec::new(), Vec::new(), Vec::new()];
        for (row, track) in anchors {
            sides[0].extend_from_slice(self.row(*row));
            sides[1].extend_from_slice(self.row(row + 1));
            sides[2].extend_from_slice(self.row(self.negative(*track, random)));
        }
        sides.map(|side| Tensor::from_data(TensorData::new(side, [anchors.len(), self.dim]), device))
    }
}

/// The network with a fresh embedding that no training has touched.
pub(super) fn untrained(setting: &Setting<'_>, autoencoder: Autoencoder) -> Result<Dense, ModelError> {
    let encodings = Encodings::of(setting, &autoencoder, &setting.split.training)?;
    let scale = encodings.scale(setting.spec.seed);
    let embedding = embedding_layer(setting.config, scale, setting.spec.seed, &setting.device.device);
    Ok(Dense { autoencoder, embedding })
}

/// Trains the embedding on a finished autoencoder.
pub(super) fn run(
    setting: &Setting<'_>,
    autoencoder: Autoencoder,
    keeper: &mut Keeper,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<Dense, ModelError> {
    let spec = setting.spec;
    let training = Encodings::of(setting, &autoencoder, &setting.split.training)?;
    if !training.is_enough() {
        return Err(ModelError::NoTracks(
            "phase 2 needs two tracks or more, with two segments or more in one of them".to_owned(),
        ));
    }
    let validation = Encodings::of(setting, &autoencoder, &setting.split.validation)?;
    let plain = &setting.device.device;
    let device = plain.clone().autodiff();
    let scale = training.scale(spec.seed);

    keeper.begin(Phase::Embedding);
    let steps = training.anchors.len().div_ceil(spec.batch_triplets);
    let epochs = spec.embedding_epochs;
    on_event(TrainingEvent::PhaseStarted { phase: Phase::Embedding, epochs, steps_per_epoch: steps });
    let mut layer = embedding_layer(setting.config, scale, spec.seed, &device);
    let mut optimiser: ModuleOptimizer = AdamConfig::new().with_epsilon(1e-8).init();
    let mut best = module_bytes(&layer)?;
    if let Some(weights) = keeper.weights(Phase::Embedding)? {
        layer = load_module(layer, weights.last)?;
        optimiser = optimiser.from_bytes(Bytes::from_bytes_vec(weights.optimiser)).map_err(|error| damaged(&error))?;
        best = weights.best;
    }
    let begun = Instant::now();
    let mut steps_done = 0;
    let mut stopped_early = false;
    while keeper.state().epoch <= epochs && !keeper.state().phase_two_done {
        let epoch = keeper.state().epoch;
        let order = shuffled(training.anchors.len(), spec.seed, epoch, 2);
        for (index, batch) in order.chunks(spec.batch_triplets).enumerate().skip(keeper.state().step) {
            if let Err(cancelled) = setting.control.checkpoint() {
                keep(keeper, &layer, &optimiser, &best)?;
                return Err(cancelled.into());
            }
            let anchors: Vec<(usize, usize)> = batch.iter().map(|anchor| training.anchors[*anchor]).collect();
            let mut random = ChaCha8Rng::seed_from_u64(spec.seed.wrapping_add((epoch as u64) << 32));
            random.set_stream(3 + index as u64);
            let triplets = training.triplets(&anchors, &mut random, &device);
            let (loss, order) = losses(&layer, triplets, spec.margin);
            let mean = loss.mean();
            let gradients = GradientsParams::from_grads(mean.backward(), &layer);
            layer = optimiser.step(spec.learning_rate, layer, gradients);
            let (loss, accuracy) = (scalar(mean.inner())?, scalar(order.inner().mean())?);
            if !loss.is_finite() {
                return Err(ModelError::Diverged);
            }
            let state = keeper.state_mut();
            state.step += 1;
            state.sums.add(loss, accuracy, anchors.len());
            steps_done += 1;
            let step = (epoch - 1) * steps + state.step;
            on_event(TrainingEvent::Step(CurvePoint { phase: Phase::Embedding, epoch, step, loss, accuracy }));
            if keeper.is_due() {
                keep(keeper, &layer, &optimiser, &best)?;
            }
        }
        let trained = keeper.state().sums.point(Phase::Embedding, epoch, epoch * steps);
        let validated = validate(&layer.valid(), &validation, setting, epoch, epoch * steps)?;
        let loss = validated.map_or(trained.loss, |point| point.loss);
        if !loss.is_finite() {
            return Err(ModelError::Diverged);
        }
        let state = keeper.state_mut();
        let is_best = state.best_loss.is_none_or(|known| loss < known);
        if is_best {
            state.best_loss = Some(loss);
            state.best_epoch = epoch;
            best = module_bytes(&layer)?;
        }
        state.epochs.push((trained, validated));
        state.epoch += 1;
        state.step = 0;
        state.sums = Sums::default();
        stopped_early = spec.patience > 0 && epoch - state.best_epoch >= spec.patience;
        let left = (epochs - epoch) * steps;
        let eta = eta(begun, steps_done, left);
        on_event(TrainingEvent::Epoch { training: trained, validation: validated, best: is_best, eta });
        if keeper.is_due() {
            keep(keeper, &layer, &optimiser, &best)?;
        }
        if stopped_early {
            break;
        }
    }
    keep(keeper, &layer, &optimiser, &best)?;
    keeper.finish()?;
    let best_epoch = keeper.state().best_epoch;
    on_event(TrainingEvent::PhaseFinished { phase: Phase::Embedding, best_epoch, stopped_early });
    let embedding = load_module(embedding_layer(setting.config, scale, spec.seed, plain), best)?;
    Ok(Dense { autoencoder, embedding })
}

fn keep(keeper: &mut Keeper, layer: &Linear, optimiser: &ModuleOptimizer, best: &[u8]) -> Result<(), ModelError> {
    let optimiser = optimiser.into_bytes().map_err(|error| damaged(&error))?.to_vec();
    keeper.keep(&Weights { last: module_bytes(layer)?, best: best.to_vec(), optimiser })
}

/// The loss of every triplet, and 1 for each in the right order: rows × 1.
fn losses(layer: &Linear, [anchors, positives, negatives]: [Tensor<2>; 3], margin: f64) -> (Tensor<2>, Tensor<2>) {
    let anchors = layer.forward(anchors);
    let near = distance(anchors.clone(), layer.forward(positives));
    let far = distance(anchors, layer.forward(negatives));
    let order = near.clone().lower(far.clone()).float();
    ((near - far).add_scalar(margin).clamp_min(0.0), order)
}

/// Euclidean distance of the rows; the small number keeps the root's slope finite where two points meet.
fn distance(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    (a - b).square().sum_dim(1).add_scalar(1e-12).sqrt()
}

/// Loss and share of triplets in the right order among the tracks kept aside: each anchor once, its negative always the
/// same one.
fn validate(
    layer: &Linear,
    encodings: &Encodings,
    setting: &Setting<'_>,
    epoch: usize,
    step: usize,
) -> Result<Option<CurvePoint>, ModelError> {
    if !encodings.is_enough() {
        return Ok(None);
    }
    let mut random = ChaCha8Rng::seed_from_u64(setting.spec.seed);
    let mut sums = Sums::default();
    for anchors in encodings.anchors.chunks(VALIDATION_ROWS) {
        setting.control.checkpoint()?;
        let triplets = encodings.triplets(anchors, &mut random, &setting.device.device);
        let (loss, order) = losses(layer, triplets, setting.spec.margin);
        sums.add(scalar(loss.mean())?, scalar(order.mean())?, anchors.len());
    }
    Ok(Some(sums.point(Phase::Embedding, epoch, step)))
}
