//! The loop that all phases share: batches brought by a thread of their own, steps, validation after each epoch,
//! checkpoints, early stopping, and what is reported on the way.

use std::thread;
use std::time::Instant;

use super::checkpoint::{Keeper, Weights};
use super::{Setting, Sums, eta};
use crate::model::data::feed;
use crate::model::{CurvePoint, ModelError, Phase, ReconstructionSample, TrainingEvent};

/// How long a phase goes on.
pub(super) struct Plan {
    pub phase: Phase,
    pub epochs: usize,
    /// Steps of an epoch.
    pub steps: usize,
    /// Epochs without a better validation loss after which it ends; 0 never ends early.
    pub patience: usize,
}

/// Means over some rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub loss: f32,
    pub accuracy: f32,
    pub rows: usize,
}

/// The batches of an epoch, read while the network learns.
pub(super) type Batches<'a, B> = Box<dyn Iterator<Item = Result<B, ModelError>> + Send + 'a>;

/// What a phase teaches, and how.
pub(super) trait Learner<'a> {
    type Batch: Send;

    /// The batches of `epoch` (from 1), without the first `done`: decided by seed, phase and epoch alone.
    fn batches(&self, epoch: usize, done: usize) -> Batches<'a, Self::Batch>;

    /// Learns from a batch; `at` counts the steps of the phase from 1. Loss and accuracy are those before the step.
    fn step(&mut self, batch: Self::Batch, at: usize) -> Result<Point, ModelError>;

    /// Loss and accuracy on the tracks kept aside; `None` where there are none.
    fn validate(&self) -> Result<Option<Point>, ModelError>;

    fn weights(&self) -> Result<Vec<u8>, ModelError>;

    fn optimiser(&self) -> Result<Vec<u8>, ModelError>;

    /// Goes on from a checkpoint.
    fn resume(&mut self, weights: Vec<u8>, optimiser: Vec<u8>) -> Result<(), ModelError>;

    /// What the network makes of the watched segment now, where that is shown and it is time.
    fn sample(&mut self, at_once: bool) -> Result<Option<ReconstructionSample>, ModelError> {
        let _ = at_once;
        Ok(None)
    }
}

/// Teaches until the plan is done or nothing gets better; returns the weights of the best epoch.
pub(super) fn run<'a, L: Learner<'a>>(
    setting: &Setting<'a>,
    learner: &mut L,
    plan: &Plan,
    keeper: &mut Keeper,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<Vec<u8>, ModelError> {
    let Plan { phase, epochs, steps, patience } = *plan;
    keeper.begin(phase);
    on_event(TrainingEvent::PhaseStarted { phase, epochs, steps_per_epoch: steps });
    let mut best = learner.weights()?;
    if let Some(weights) = keeper.weights(phase)? {
        learner.resume(weights.last, weights.optimiser)?;
        best = weights.best;
    }
    let begun = Instant::now();
    let mut steps_done = 0;
    let mut stopped_early = false;

    while keeper.state().epoch <= epochs {
        let epoch = keeper.state().epoch;
        let batches = learner.batches(epoch, keeper.state().step);
        thread::scope(|scope| {
            for batch in feed(scope, batches)? {
                if let Err(cancelled) = setting.control.checkpoint() {
                    keep(keeper, learner, &best)?;
                    return Err(cancelled.into());
                }
                let at = (epoch - 1) * steps + keeper.state().step + 1;
                let Point { loss, accuracy, rows } = learner.step(batch?, at)?;
                if !loss.is_finite() {
                    return Err(ModelError::Diverged);
                }
                let state = keeper.state_mut();
                state.step += 1;
                state.sums.add(loss, accuracy, rows);
                steps_done += 1;
                on_event(TrainingEvent::Step(CurvePoint { phase, epoch, step: at, loss, accuracy }));
                if let Some(sample) = learner.sample(false)? {
                    on_event(TrainingEvent::Reconstruction(Box::new(sample)));
                }
                if keeper.is_due() {
                    keep(keeper, learner, &best)?;
                }
            }
            Ok::<(), ModelError>(())
        })?;

        let at = epoch * steps;
        let training = keeper.state().sums.point(phase, epoch, at);
        let validation = learner.validate()?;
        let validation =
            validation.map(|Point { loss, accuracy, .. }| CurvePoint { phase, epoch, step: at, loss, accuracy });
        let loss = validation.map_or(training.loss, |point| point.loss);
        if !loss.is_finite() {
            return Err(ModelError::Diverged);
        }
        let state = keeper.state_mut();
        let is_best = state.best_loss.is_none_or(|known| loss < known);
        if is_best {
            state.best_loss = Some(loss);
            state.best_epoch = epoch;
            best = learner.weights()?;
        }
        state.epochs.push((training, validation));
        state.epoch += 1;
        state.step = 0;
        state.sums = Sums::default();
        stopped_early = patience > 0 && epoch - state.best_epoch >= patience;
        let left = epochs.saturating_sub(epoch) * steps;
        let eta = eta(begun, steps_done, left);
        on_event(TrainingEvent::Epoch { training, validation, best: is_best, eta });
        if let Some(sample) = learner.sample(true)? {
            on_event(TrainingEvent::Reconstruction(Box::new(sample)));
        }
        if keeper.is_due() {
            keep(keeper, learner, &best)?;
        }
        if stopped_early {
            break;
        }
    }
    let best_epoch = keeper.state().best_epoch;
    on_event(TrainingEvent::PhaseFinished { phase, best_epoch, stopped_early });
    Ok(best)
}

fn keep<'a, L: Learner<'a>>(keeper: &mut Keeper, learner: &L, best: &[u8]) -> Result<(), ModelError> {
    keeper.keep(&Weights { last: learner.weights()?, best: best.to_vec(), optimiser: learner.optimiser()? })
}
