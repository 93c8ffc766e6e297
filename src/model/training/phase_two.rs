//! Phase 2: on the frozen encoder one linear layer learns to put the next segment of a track nearer than a segment of
//! another track. Loss: max(d(a, p) − d(a, n) + margin, 0) with Euclidean d (Schroff et al. 2015).

use burn::module::Module;
use burn::nn::Linear;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::checkpoint::{Keeper, load_module, module_bytes, optimiser_bytes, optimiser_from};
use super::epochs::{self, Batches, Learner, Plan, Point};
use super::phase_one::scalar;
use super::{Setting, Sums};
use crate::model::data::{TrainingTrack, read_batch, shuffled};
use crate::model::dense::embedding_layer;
use crate::model::embedder::values;
use crate::model::{Autoencoder, Dense, ModelError, Phase, TrainingEvent};

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
    let scale = training.scale(spec.seed);
    let plan = Plan {
        phase: Phase::Embedding,
        epochs: spec.embedding_epochs,
        steps: training.anchors.len().div_ceil(spec.batch_triplets),
        patience: spec.patience,
    };
    let layer = embedding_layer(setting.config, scale, spec.seed, &plain.clone().autodiff());
    let optimiser = AdamConfig::new().with_epsilon(1e-8).init();
    let mut learner = Triplets { setting, training: &training, validation: &validation, layer, optimiser };
    let best = epochs::run(setting, &mut learner, &plan, keeper, on_event)?;
    keeper.finish()?;
    let embedding = load_module(embedding_layer(setting.config, scale, spec.seed, plain), best)?;
    Ok(Dense { autoencoder, embedding })
}

struct Triplets<'a> {
    setting: &'a Setting<'a>,
    training: &'a Encodings,
    validation: &'a Encodings,
    layer: Linear,
    optimiser: ModuleOptimizer,
}

/// Some anchors, and what their negatives are drawn from.
struct Anchors {
    anchors: Vec<(usize, usize)>,
    random: ChaCha8Rng,
}

impl<'a> Learner<'a> for Triplets<'a> {
    type Batch = Anchors;

    fn batches(&self, epoch: usize, done: usize) -> Batches<'a, Anchors> {
        let (training, spec) = (self.training, self.setting.spec);
        let order = shuffled(training.anchors.len(), spec.seed, epoch, 2);
        let batches: Vec<Anchors> = order
            .chunks(spec.batch_triplets)
            .enumerate()
            .skip(done)
            .map(|(index, batch)| {
                let mut random = ChaCha8Rng::seed_from_u64(spec.seed.wrapping_add((epoch as u64) << 32));
                random.set_stream(3 + index as u64);
                Anchors { anchors: batch.iter().map(|anchor| training.anchors[*anchor]).collect(), random }
            })
            .collect();
        Box::new(batches.into_iter().map(Ok))
    }

    fn step(&mut self, batch: Anchors, _: usize) -> Result<Point, ModelError> {
        let Anchors { anchors, mut random } = batch;
        let device = self.setting.device.device.clone().autodiff();
        let triplets = self.training.triplets(&anchors, &mut random, &device);
        let (loss, order) = losses(&self.layer, triplets, self.setting.spec.margin);
        let mean = loss.mean();
        let gradients = GradientsParams::from_grads(mean.backward(), &self.layer);
        self.layer = self.optimiser.step(self.setting.spec.learning_rate, self.layer.clone(), gradients);
        Ok(Point { loss: scalar(mean.inner())?, accuracy: scalar(order.inner().mean())?, rows: anchors.len() })
    }

    /// Each anchor once, its negative always the same one.
    fn validate(&self) -> Result<Option<Point>, ModelError> {
        if !self.validation.is_enough() {
            return Ok(None);
        }
        let (setting, layer) = (self.setting, self.layer.valid());
        let mut random = ChaCha8Rng::seed_from_u64(setting.spec.seed);
        let mut sums = Sums::default();
        for anchors in self.validation.anchors.chunks(VALIDATION_ROWS) {
            setting.control.checkpoint()?;
            let triplets = self.validation.triplets(anchors, &mut random, &setting.device.device);
            let (loss, order) = losses(&layer, triplets, setting.spec.margin);
            sums.add(scalar(loss.mean())?, scalar(order.mean())?, anchors.len());
        }
        Ok(Some(sums.mean()))
    }

    fn weights(&self) -> Result<Vec<u8>, ModelError> {
        module_bytes(&self.layer)
    }

    fn optimiser(&self) -> Result<Vec<u8>, ModelError> {
        optimiser_bytes(&self.optimiser)
    }

    fn resume(&mut self, weights: Vec<u8>, optimiser: Vec<u8>) -> Result<(), ModelError> {
        self.layer = load_module(self.layer.clone(), weights)?;
        self.optimiser = optimiser_from(self.optimiser.clone(), optimiser)?;
        Ok(())
    }
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
