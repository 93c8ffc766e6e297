//! What training is told.

use clap::Args;

use super::read::{Fold, fold};
use super::{
    ArchitectureName, AugmentationName, InputName, LossName, NegativesName, PhaseName, PositivesName, SpanName,
};

#[derive(Debug, Args)]
pub struct TrainArguments {
    #[arg(long, value_enum, default_value = "both")]
    pub phase: PhaseName,
    /// Learn also from tracks whose origin does not allow it, as previews: your own, explicit decision
    #[arg(long)]
    pub include_restricted: bool,
    #[arg(long, value_enum, default_value = "dense")]
    pub architecture: ArchitectureName,
    /// N, the width of the bottleneck: 16, 32, 64, 128 or 256
    #[arg(long, default_value_t = 128, value_name = "N")]
    pub encoding: usize,
    /// M, the dimensions of the embedding: 64 or 128
    #[arg(long, default_value_t = 128, value_name = "M")]
    pub embedding: usize,
    /// Epochs of each phase
    #[arg(long, value_name = "E")]
    pub epochs: Option<usize>,
    /// Steps that phase 1 takes at least, however small the library
    #[arg(long, value_name = "STEPS")]
    pub minimum_steps: Option<usize>,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Name of the model; made from the settings by default
    #[arg(long, value_name = "MODEL")]
    pub name: Option<String>,
    #[arg(long)]
    pub span: Option<SpanName>,
    /// Tracks in a batch of the autoencoder
    #[arg(long, value_name = "TRACKS")]
    pub batch: Option<usize>,
    #[arg(long, value_name = "RATE")]
    pub learning_rate: Option<f64>,
    /// Margin of the triplet loss, or of a contrastive encoder's triplets or pairs
    #[arg(long)]
    pub margin: Option<f64>,
    /// Let phase 2 go on teaching the encoder of a dense or conv model
    #[arg(long)]
    pub fine_tune: bool,
    /// What the network is shown: log-mel bands, or beside them their harmonic and percussive part, or the difference
    /// of left and right (the files are listened to once more)
    #[arg(long, value_enum, default_value = "plain")]
    pub input: InputName,
    /// Start from the convolutions of another conv, contrastive or siamese model
    #[arg(long, value_name = "MODEL")]
    pub start_from: Option<String>,
    /// What a contrastive encoder learns by
    #[arg(long, value_enum, default_value = "nt-xent")]
    pub loss: LossName,
    /// Steps of a contrastive encoder
    #[arg(long, value_name = "STEPS")]
    pub steps: Option<usize>,
    /// Recordings in a batch of a contrastive encoder
    #[arg(long, value_name = "N")]
    pub recordings: Option<usize>,
    /// Segments of each recording in a batch of a contrastive encoder
    #[arg(long, value_name = "N")]
    pub segments: Option<usize>,
    /// Temperature of the contrastive loss
    #[arg(long)]
    pub temperature: Option<f64>,
    /// Weight of the contrastive loss on means of segments, beside 1 for that on segments
    #[arg(long, value_name = "WEIGHT")]
    pub mean_weight: Option<f64>,
    /// Share of a squared distance that measured timbre, roughness, rhythm and interplay have beside what a contrastive encoder learns
    #[arg(long, value_name = "SHARE")]
    pub measured: Option<f32>,
    /// Weight of the 15 seconds around a segment beside 1 for the segment itself
    #[arg(long, value_name = "WEIGHT")]
    pub context: Option<f32>,
    /// What belongs together: segments of a recording, of an artist, or either as often
    #[arg(long, value_enum, default_value = "recording")]
    pub positives: PositivesName,
    /// What a contrastive encoder pushes apart: all other recordings, or those of other artists
    #[arg(long, value_enum, default_value = "artists")]
    pub negatives: NegativesName,
    /// Mix every other segment with one of another recording, at up to this share of its amplitude
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub mix: f32,
    /// Stretch or squeeze segments in time by up to this share
    #[arg(long, default_value_t = 0.1, value_name = "SHARE")]
    pub stretch: f32,
    /// Transpose, play and bend all segments of a recording in a batch alike, from 0 (not) to 1 (up to 2.5 semitones, 12 %
    /// of tempo, about 2.4 dB): more recordings to tell apart
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub variation: f32,
    /// Mask up to so many mel bands of a segment
    #[arg(long, default_value_t = 0, value_name = "BANDS")]
    pub mask_bands: usize,
    /// Mask up to so many frames of a segment, 50 a second
    #[arg(long, default_value_t = 0, value_name = "FRAMES")]
    pub mask_frames: usize,
    /// Kinds of augmentation a contrastive encoder does without
    #[arg(long, value_delimiter = ',', value_name = "KIND")]
    pub without: Vec<AugmentationName>,
    /// Share of the artists kept aside for validation
    #[arg(long, value_name = "SHARE")]
    pub validation_share: Option<f64>,
    /// Keep the artists of one fold of several aside instead, as 2/5: each artist is in one of them
    #[arg(long, value_name = "FOLD/FOLDS", value_parser = fold, conflicts_with = "validation_share")]
    pub validation_fold: Option<Fold>,
    /// 3-second segments without overlap instead of 4 seconds every 2
    #[arg(long)]
    pub three_seconds: bool,
}
