//! What training is asked for, what it reports, and what inference shows: plain data, free of burn's types.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{SegmentGrid, Span, TrackId};

/// Which network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// Fully connected: H·W → N → N → N → H·W, then N → M.
    #[default]
    Dense,
    /// Convolutions along time, pooled, trained to keep the segments of a recording together; the decoder learns afterwards.
    Contrastive,
}

impl Architecture {
    pub const ALL: [Self; 2] = [Self::Dense, Self::Contrastive];

    /// The name used on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Contrastive => "contrastive",
        }
    }
}

/// Which phases a training run goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseChoice {
    #[default]
    Both,
    /// The autoencoder, or the contrastive encoder, alone.
    One,
    /// The embedding, or the contrastive model's decoder, alone, on top of a finished phase 1 of the same name.
    Two,
}

/// A phase in progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// Phase 1: the autoencoder.
    Encoding,
    /// Phase 2: the embedding.
    Embedding,
    /// Phase 1 of a contrastive model: encoder and embedding together.
    Contrast,
    /// Phase 2 of a contrastive model: what the encoding has kept.
    Decoding,
}

impl Phase {
    pub const ALL: [Self; 4] = [Self::Encoding, Self::Embedding, Self::Contrast, Self::Decoding];

    /// "Phase 1 · encoding", "Phase 2 · embedding".
    pub fn title(self) -> &'static str {
        match self {
            Self::Encoding => "Phase 1 · encoding",
            Self::Embedding => "Phase 2 · embedding",
            Self::Contrast => "Phase 1 · contrast",
            Self::Decoding => "Phase 2 · decoding",
        }
    }
}

/// Everything a training run can be told. The defaults are the published system's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingSpec {
    /// Name of the model; also its directory's.
    pub name: String,
    pub architecture: Architecture,
    pub phases: PhaseChoice,
    /// N, the width of the bottleneck: one of 16, 32, 64, 128, 256.
    pub encoding: usize,
    /// M, the dimensions of the embedding: 64 or 128.
    pub embedding: usize,
    pub grid: SegmentGrid,
    pub span: Span,
    /// Epochs of phase 1.
    pub epochs: usize,
    /// Steps that phase 1 takes at least: a small library is seen more often than `epochs` says, for ten epochs of a few
    /// hundred tracks are far fewer steps than ten epochs of a million.
    pub minimum_steps: usize,
    /// Steps that an epoch of phase 1 has at least: with few tracks the batches are smaller than `batch_tracks` says. 0
    /// never makes them smaller.
    pub steps_per_epoch: usize,
    /// Epochs of phase 2.
    pub embedding_epochs: usize,
    /// Tracks in a batch of phase 1 at most; each brings all its segments.
    pub batch_tracks: usize,
    /// Triplets in a batch of phase 2.
    pub batch_triplets: usize,
    pub learning_rate: f64,
    /// Margin of the triplet loss.
    pub margin: f64,
    /// What the contrastive architecture is trained by instead of epochs and triplets.
    pub contrast: ContrastSpec,
    /// Share of the artists kept aside for validation.
    pub validation_share: f64,
    /// Epochs without a better validation loss after which a phase ends; 0 never ends early.
    pub patience: usize,
    pub seed: u64,
    /// The track whose reconstruction is shown while the model learns; the first validation track where `None`.
    pub watch: Option<TrackId>,
}

impl Default for TrainingSpec {
    fn default() -> Self {
        Self {
            name: "my-model".to_owned(),
            architecture: Architecture::Dense,
            phases: PhaseChoice::Both,
            encoding: 128,
            embedding: 128,
            grid: SegmentGrid::default(),
            span: Span::Preview,
            epochs: 10,
            minimum_steps: 800,
            steps_per_epoch: 16,
            embedding_epochs: 10,
            batch_tracks: 64,
            batch_triplets: 16,
            learning_rate: 1e-3,
            margin: 0.2,
            contrast: ContrastSpec::default(),
            validation_share: 0.1,
            patience: 3,
            seed: 1,
            watch: None,
        }
    }
}

/// What a contrastive model draws together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positives {
    /// Segments from anywhere in the same recording: no label is needed.
    #[default]
    Recording,
    /// Segments of recordings by the same artist, as the tags say (after Cleveland et al. 2020).
    Artist,
}

/// Phase 1 of a contrastive model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContrastSpec {
    pub steps: usize,
    /// Steps between two looks at the validation artists.
    pub steps_per_epoch: usize,
    pub positives: Positives,
    /// Recordings, or artists, in a batch.
    pub recordings: usize,
    /// Segments of each in a batch, drawn from two 30-second windows in turn.
    pub segments: usize,
    /// What cosine similarities are divided by: the lower, the more the nearest wrong segments count.
    pub temperature: f64,
    /// Highest learning rate: reached after a tenth of the steps, then falling to nothing along half a cosine.
    pub learning_rate: f64,
    /// Weight decay of AdamW (Loshchilov and Hutter 2019).
    pub weight_decay: f64,
    /// Weight of the same loss on the means of each window's segments, beside 1 for that on the segments.
    pub mean_weight: f64,
    pub augmentation: Augmentation,
}

impl Default for ContrastSpec {
    fn default() -> Self {
        Self {
            steps: 1_200,
            steps_per_epoch: 50,
            positives: Positives::Recording,
            recordings: 64,
            segments: 4,
            temperature: 0.1,
            learning_rate: 2e-3,
            weight_decay: 1e-2,
            mean_weight: 1.0,
            augmentation: Augmentation::default(),
        }
    }
}

/// What is done to a segment before the contrastive encoder learns from it. A value of 0 switches a kind off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augmentation {
    /// Most that the level falls by, of the 80 dB that 0 to 1 stand for; it rises by a quarter of that at most.
    pub level: f32,
    /// Deviation of the first of three cosines that bend the spectrum, of 80 dB.
    pub equaliser: f32,
    /// Highest level of a floor of noise, of 80 dB, that every other segment gets.
    pub noise: f32,
    /// Highest level, of 80 dB, below which values fall silent in every other segment, as a lossy encoder lets them.
    pub gate: f32,
    /// Most mel bands that are masked, side by side.
    pub bands: usize,
    /// Most frames that are masked, one after the other.
    pub frames: usize,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self { level: 0.12, equaliser: 0.03, noise: 0.55, gate: 0.35, bands: 8, frames: 30 }
    }
}

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
