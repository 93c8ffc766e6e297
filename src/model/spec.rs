//! What training is asked for: plain data, free of burn's types.

use serde::{Deserialize, Serialize};

use super::ContrastSpec;
use crate::domain::{SegmentGrid, Span, TrackId};

/// Which network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// Fully connected: H·W → N → N → N → H·W, then N → M.
    #[default]
    Dense,
    /// A convolutional autoencoder around the principal axes, with the same bottleneck, then N → M as above.
    Conv,
    /// Convolutions along time, pooled, trained to keep the segments of a recording together; the decoder learns afterwards.
    Contrastive,
    /// The same network trained on pairs, alike or not, each by itself (after Vassallo 2020).
    Siamese,
}

/// How a network is trained, whatever it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Training {
    /// An autoencoder, then an embedding of its encodings by triplets.
    Reconstruction,
    /// Encoder and embedding together by what belongs together, then a decoder.
    Contrast,
}

impl Architecture {
    pub const ALL: [Self; 4] = [Self::Dense, Self::Conv, Self::Contrastive, Self::Siamese];

    /// The name used on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Conv => "conv",
            Self::Contrastive => "contrastive",
            Self::Siamese => "siamese",
        }
    }

    pub fn training(self) -> Training {
        match self {
            Self::Dense | Self::Conv => Training::Reconstruction,
            Self::Contrastive | Self::Siamese => Training::Contrast,
        }
    }

    /// What is best heard of a track: all of it where segments from anywhere in a recording are drawn together, else `otherwise`.
    pub fn span(self, otherwise: Span) -> Span {
        match self.training() {
            Training::Reconstruction => otherwise,
            Training::Contrast => Span::Whole,
        }
    }
}

/// What a network is shown of each frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// The log-mel bands alone.
    #[default]
    Plain,
    /// The log-mel bands, and beside them their harmonic and their percussive part (Fitzgerald 2010).
    Separated,
    /// The log-mel bands of the middle, and beside them those of the side: half the difference of left and right
    /// (after Sakashita 2018).
    Stereo,
}

impl Input {
    pub const ALL: [Self; 3] = [Self::Plain, Self::Separated, Self::Stereo];

    /// Spectrograms stacked.
    pub fn layers(self) -> usize {
        match self {
            Self::Plain => 1,
            Self::Separated => 3,
            Self::Stereo => 2,
        }
    }

    /// Spectrograms of a track that these layers are made of: that of the middle, and for some that of the side.
    pub fn sources(self) -> usize {
        match self {
            Self::Plain | Self::Separated => 1,
            Self::Stereo => 2,
        }
    }
}

/// What belongs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positives {
    /// Segments of the same recording, from anywhere in it or, as triplets, one after the other: no label is needed.
    #[default]
    Recording,
    /// Segments of recordings by the same artist, as the tags say (after Cleveland et al. 2020).
    Artist,
    /// One as often as the other.
    Both,
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
    pub input: Input,
    /// A model of the same library whose convolutions this one starts from.
    pub start_from: Option<String>,
    /// What is drawn together.
    pub positives: Positives,
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
    /// Whether phase 2 goes on teaching the autoencoder's encoder beside the embedding.
    pub fine_tune: bool,
    /// What the contrastive architecture is trained by instead of epochs and triplets.
    pub contrast: ContrastSpec,
    /// Share of the artists kept aside for validation.
    pub validation_share: f64,
    /// Where that share begins among the artists' places from 0 to 1, for folds.
    #[serde(default)]
    pub validation_from: f64,
    /// Epochs without a better validation loss after which a phase ends; 0 never ends early.
    pub patience: usize,
    pub seed: u64,
    /// The track whose reconstruction is shown while the model learns; the first validation track where `None`.
    pub watch: Option<TrackId>,
    /// Learns from tracks too whose origin does not allow it.
    #[serde(default)]
    pub include_restricted: bool,
}

impl Default for TrainingSpec {
    fn default() -> Self {
        Self {
            name: "my-model".to_owned(),
            architecture: Architecture::Dense,
            input: Input::Plain,
            start_from: None,
            positives: Positives::Recording,
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
            fine_tune: false,
            contrast: ContrastSpec::default(),
            validation_share: 0.1,
            validation_from: 0.0,
            patience: 3,
            seed: 1,
            watch: None,
            include_restricted: false,
        }
    }
}
