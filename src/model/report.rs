//! What training reports and what inference shows: plain data, free of burn's types.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Phase;
use crate::domain::TrackId;

/// One point of the learning curves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    pub phase: Phase,
    /// Epoch, from 1.
    pub epoch: usize,
    /// Step since the phase began, from 1.
    pub step: usize,
    /// Mean loss: of the step, or of the epoch.
    pub loss: f32,
    /// Autoencoder and decoder: mean cosine similarity of input and output. Embedding: share of triplets in the right
    /// order. Contrast: share of rows whose nearest other row is of the same recording.
    pub accuracy: f32,
}

/// The watched track as the autoencoder gives it back at this stage of training.
#[derive(Debug, Clone, PartialEq)]
pub struct ReconstructionSample {
    pub track: TrackId,
    pub segment: usize,
    /// Frames × bands of both images.
    pub frames: usize,
    pub bands: usize,
    pub input: Vec<f32>,
    pub output: Vec<f32>,
    /// Cosine similarity of the two.
    pub accuracy: f32,
}

/// What a training run reports, in this order: `Started`; per phase `PhaseStarted`, `Step`s and `Reconstruction`s within
/// `Epoch`s, `PhaseFinished`.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainingEvent {
    Started {
        device: String,
        training_tracks: usize,
        validation_tracks: usize,
        /// Tracks that take no part, with the reason.
        refused: Vec<(TrackId, String)>,
        /// The epoch it goes on from, where it resumes an interrupted run.
        resumed_from: Option<usize>,
    },
    PhaseStarted {
        phase: Phase,
        epochs: usize,
        steps_per_epoch: usize,
    },
    Step(CurvePoint),
    Epoch {
        training: CurvePoint,
        /// `None` where no track is kept aside.
        validation: Option<CurvePoint>,
        /// Whether this epoch is the best so far.
        best: bool,
        /// Time left of the whole run, estimated.
        eta: Duration,
    },
    Reconstruction(Box<ReconstructionSample>),
    PhaseFinished {
        phase: Phase,
        best_epoch: usize,
        stopped_early: bool,
    },
}

/// How a training run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingOutcome {
    pub name: String,
    /// Where the model lies; not part of its files, which may be copied elsewhere.
    #[serde(skip)]
    pub directory: PathBuf,
    /// Best validation (or training, without validation) values of each phase that ran.
    pub encoding_loss: Option<f32>,
    pub encoding_accuracy: Option<f32>,
    /// Mean cosine of what differs from the mean segment, on the artists kept aside: drawing the mean segment has 0.
    #[serde(default)]
    pub centred_accuracy: Option<f32>,
    /// Share of the change from frame to frame in the upper half of the bands that the reconstruction brings back, on the
    /// artists kept aside: 1 is all of it, a blurred picture has 0.
    #[serde(default)]
    pub detail: Option<f32>,
    pub embedding_loss: Option<f32>,
    /// Share of validation triplets in the right order.
    pub triplet_accuracy: Option<f32>,
    /// Contrastive: share of the validation windows whose nearest other window is of the same recording.
    #[serde(default)]
    pub retrieval: Option<f32>,
    pub seconds: f64,
}

/// One track on its way through the network, every stage of it. Arrays are row by row with one row per segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    pub segments: usize,
    /// Frames × bands of one segment's image.
    pub frames: usize,
    pub bands: usize,
    /// segments × (frames × bands)
    pub input: Vec<f32>,
    /// segments × the first of `hidden_dims`: the layer before the bottleneck.
    pub hidden_in: Vec<f32>,
    /// segments × N: the bottleneck.
    pub encoding: Vec<f32>,
    /// segments × the second of `hidden_dims`: the layer after the bottleneck.
    pub hidden_out: Vec<f32>,
    /// segments × (frames × bands)
    pub reconstruction: Vec<f32>,
    /// segments × M
    pub embedding: Vec<f32>,
    /// Widths of the layers before and after the bottleneck.
    pub hidden_dims: [usize; 2],
    /// N
    pub encoding_dim: usize,
    /// M
    pub embedding_dim: usize,
    /// Cosine similarity of input and reconstruction, one per segment.
    pub accuracy: Vec<f32>,
}
