//! Phase 2: on the frozen encoder one linear layer learns to put what belongs with a segment nearer than what does not: the
//! next segment of the track, or any by the same artist (Cleveland et al. 2020). Loss: max(d(a, p) − d(a, n) + margin, 0) with
//! Euclidean d (Schroff et al. 2015). Where it is asked for, the encoder goes on learning with it.

use burn::module::Module;
use burn::nn::Linear;
use burn::optim::AdamConfig;
use burn::tensor::s;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::autoencode::Autoencode;
use super::checkpoint::{Keeper, load_module};
use super::epochs::{self, Batches, Learner, Plan, Point};
use super::phase_one::scalar;
use super::pupil::Pupil;
use super::triplets::{Encodings, Rows, Triplet, losses};
use super::{Setting, Sums};
use crate::model::data::shuffled;
use crate::model::dense::embedding_layer;
use crate::model::{ModelError, Phase, TrainingEvent, inputs};

/// Triplets that validation looks at in one go.
const VALIDATION_ROWS: usize = 2_048;

/// The autoencoder with a fresh embedding that no training has touched.
pub(super) fn untrained<A: Autoencode>(setting: &Setting<'_>, autoencoder: A) -> Result<(A, Linear), ModelError> {
    let encodings = Encodings::of(setting, &autoencoder, &setting.split.training)?;
    let scale = encodings.scale(setting.spec.seed);
    let embedding = embedding_layer(setting.config, scale, setting.spec.seed, &setting.device.device);
    Ok((autoencoder, embedding))
}

/// Trains the embedding on a finished autoencoder.
pub(super) fn run<A: Autoencode>(
    setting: &Setting<'_>,
    autoencoder: A,
    keeper: &mut Keeper,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<(A, Linear), ModelError> {
    let spec = setting.spec;
    let training = Encodings::of(setting, &autoencoder, &setting.split.training)?;
    if !training.rows.is_enough() {
        return Err(ModelError::NoTracks(
            "phase 2 needs two tracks or artists to tell apart, and two segments that belong together".to_owned(),
        ));
    }
    let plain = &setting.device.device;
    let learning = plain.clone().autodiff();
    let scale = training.scale(spec.seed);
    let plan = Plan {
        phase: Phase::Embedding,
        epochs: spec.embedding_epochs,
        steps: training.rows.anchors.len().div_ceil(spec.batch_triplets),
        patience: spec.patience,
    };
    let layer = embedding_layer(setting.config, scale, spec.seed, &learning);
    let optimiser = AdamConfig::new().with_epsilon(1e-8).init();
    let blank = embedding_layer(setting.config, scale, spec.seed, plain);
    if spec.fine_tune {
        let start = load_module(A::blank(setting, &learning), super::checkpoint::module_bytes(&autoencoder)?)?;
        let pupil = Pupil { network: (start, layer), optimiser };
        let mut learner = FineTuning { setting, rows: &training.rows, pupil };
        let best = epochs::run(setting, &mut learner, &plan, keeper, on_event)?;
        keeper.finish()?;
        return load_module((autoencoder, blank), best);
    }
    let validation = Encodings::of(setting, &autoencoder, &setting.split.validation)?;
    let pupil = Pupil { network: layer, optimiser };
    let mut learner = Triplets { setting, training: &training, validation: &validation, pupil };
    let best = epochs::run(setting, &mut learner, &plan, keeper, on_event)?;
    keeper.finish()?;
    Ok((autoencoder, load_module(blank, best)?))
}

/// The triplets of each batch of an epoch, without the first `done` batches.
fn batches<'a>(setting: &Setting<'a>, rows: &'a Rows, epoch: usize, done: usize) -> Vec<Vec<Triplet>> {
    let spec = setting.spec;
    let order = shuffled(rows.anchors.len(), spec.seed, epoch, 2);
    let batches = order.chunks(spec.batch_triplets).enumerate().skip(done);
    batches
        .map(|(index, batch)| {
            let mut random = ChaCha8Rng::seed_from_u64(spec.seed.wrapping_add((epoch as u64) << 32));
            random.set_stream(3 + index as u64);
            batch.iter().map(|anchor| rows.triplet(rows.anchors[*anchor], &mut random)).collect()
        })
        .collect()
}

/// Loss and accuracy of `layer` on each anchor once, its triplet always the same one; `None` where there are none.
fn validate(setting: &Setting<'_>, encodings: &Encodings, layer: &Linear) -> Result<Option<Point>, ModelError> {
    let rows = &encodings.rows;
    if !rows.is_enough() {
        return Ok(None);
    }
    let mut random = ChaCha8Rng::seed_from_u64(setting.spec.seed);
    let mut sums = Sums::default();
    for anchors in rows.anchors.chunks(VALIDATION_ROWS) {
        setting.control.checkpoint()?;
        let triplets: Vec<Triplet> = anchors.iter().map(|anchor| rows.triplet(*anchor, &mut random)).collect();
        let triplets = encodings.triplets(&triplets, &setting.device.device);
        let (loss, order) = losses(layer, triplets, setting.spec.margin);
        sums.add(scalar(loss.mean())?, scalar(order.mean())?, anchors.len());
    }
    Ok(Some(sums.mean()))
}

/// The embedding alone, on encodings made once.
struct Triplets<'a> {
    setting: &'a Setting<'a>,
    training: &'a Encodings,
    validation: &'a Encodings,
    pupil: Pupil<Linear>,
}

impl<'a> Learner<'a> for Triplets<'a> {
    type Batch = Vec<Triplet>;

    fn batches(&self, epoch: usize, done: usize) -> Batches<'a, Vec<Triplet>> {
        Box::new(batches(self.setting, &self.training.rows, epoch, done).into_iter().map(Ok))
    }

    fn step(&mut self, batch: Vec<Triplet>, _: usize) -> Result<Point, ModelError> {
        let device = self.setting.device.device.clone().autodiff();
        let triplets = self.training.triplets(&batch, &device);
        let (loss, order) = losses(&self.pupil.network, triplets, self.setting.spec.margin);
        let mean = loss.mean();
        self.pupil.learn(mean.clone(), self.setting.spec.learning_rate);
        Ok(Point { loss: scalar(mean.inner())?, accuracy: scalar(order.inner().mean())?, rows: batch.len() })
    }

    fn validate(&self) -> Result<Option<Point>, ModelError> {
        validate(self.setting, self.validation, &self.pupil.network.valid())
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
}

/// Encoder and embedding together, on the segments themselves.
struct FineTuning<'a, A> {
    setting: &'a Setting<'a>,
    rows: &'a Rows,
    pupil: Pupil<(A, Linear)>,
}

/// Anchors, positives and negatives after one another: 3 · triplets × H·W.
struct Segments {
    triplets: usize,
    values: Vec<f32>,
}

impl<'a, A: Autoencode> Learner<'a> for FineTuning<'a, A> {
    type Batch = Segments;

    fn batches(&self, epoch: usize, done: usize) -> Batches<'a, Segments> {
        let (setting, rows) = (self.setting, self.rows);
        Box::new(batches(setting, rows, epoch, done).into_iter().map(move |triplets| {
            let mut values = Vec::new();
            for row in (0..3).flat_map(|side| triplets.iter().map(move |rows| rows[side])) {
                let (track, segment) = rows.place(row);
                let track = &setting.split.training[track];
                let range = setting.config.grid.frames_of(segment);
                let frames = track.frames.start + range.start..track.frames.start + range.end;
                setting.source.read(track.id, frames, &mut values)?;
            }
            Ok(Segments { triplets: triplets.len(), values })
        }))
    }

    fn step(&mut self, batch: Segments, _: usize) -> Result<Point, ModelError> {
        let device = self.setting.device.device.clone().autodiff();
        let input = inputs::tensor(batch.values, self.setting.config, &device);
        let encodings = self.pupil.network.0.encode(input);
        let side = |side: usize| encodings.clone().slice(s![side * batch.triplets..(side + 1) * batch.triplets, ..]);
        let triplets = [side(0), side(1), side(2)];
        let (loss, order) = losses(&self.pupil.network.1, triplets, self.setting.spec.margin);
        let mean = loss.mean();
        self.pupil.learn(mean.clone(), self.setting.spec.learning_rate);
        Ok(Point { loss: scalar(mean.inner())?, accuracy: scalar(order.inner().mean())?, rows: batch.triplets })
    }

    fn validate(&self) -> Result<Option<Point>, ModelError> {
        let (autoencoder, layer) = self.pupil.network.valid();
        let validation = Encodings::of(self.setting, &autoencoder, &self.setting.split.validation)?;
        validate(self.setting, &validation, &layer)
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
}
