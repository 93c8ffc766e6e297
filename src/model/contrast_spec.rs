//! What a contrastive encoder is trained by, and what is done to a segment before it learns from it.

use serde::{Deserialize, Serialize};

/// What a contrastive encoder learns by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Every segment against all others of the batch at once (Chen et al. 2020).
    #[default]
    NtXent,
    /// The farthest positive against the nearest negative of each segment (Hermans et al. 2017).
    BatchHard,
    /// Pairs, alike or not, each by itself (Hadsell et al. 2006): what Siamese networks learn by.
    Pairs,
}

/// What a contrastive encoder pushes apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Negatives {
    /// All other recordings of the batch.
    Recordings,
    /// Those by other artists, as far as the tags tell: an artist's recordings may well sound alike.
    #[default]
    Artists,
}

/// Phase 1 of a contrastive model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContrastSpec {
    pub steps: usize,
    /// Steps between two looks at the validation artists.
    pub steps_per_epoch: usize,
    pub loss: Loss,
    pub negatives: Negatives,
    /// Recordings, or artists, in a batch.
    pub recordings: usize,
    /// Segments of each in a batch, drawn from two 30-second windows in turn.
    pub segments: usize,
    /// NT-Xent: what cosine similarities are divided by: the lower, the more the nearest wrong segments count.
    pub temperature: f64,
    /// Batch-hard triplets and pairs: how much farther, or how far, a negative must be. Points lie on the unit sphere, so
    /// no two are more than 2 apart.
    pub margin: f64,
    /// Highest learning rate: reached after a tenth of the steps, then falling to nothing along half a cosine.
    pub learning_rate: f64,
    /// Weight decay of AdamW (Loshchilov and Hutter 2019).
    pub weight_decay: f64,
    /// Weight of the same loss on the means of each window's segments, beside 1 for that on the segments.
    pub mean_weight: f64,
    /// Share of a squared distance that measured timbre, irregularity, rhythm and interplay have beside what is learnt; 0 leaves them out.
    /// Siamese networks do without, and without context.
    pub measured: f32,
    /// Weight of the music around a segment beside 1 for the segment itself: its point moves towards the mean of those within
    /// 15 seconds of it.
    pub context: f32,
    pub augmentation: Augmentation,
}

impl Default for ContrastSpec {
    fn default() -> Self {
        Self {
            steps: 400,
            steps_per_epoch: 50,
            loss: Loss::NtXent,
            negatives: Negatives::Artists,
            recordings: 64,
            segments: 4,
            temperature: 0.1,
            margin: 0.5,
            learning_rate: 2e-3,
            weight_decay: 1e-2,
            mean_weight: 1.0,
            measured: 0.75,
            context: 3.0,
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
    /// Highest level, relative to its own, of a segment of another recording that every other segment is mixed with, as a
    /// power; 1 mixes equals.
    pub mix: f32,
    /// Most that time is stretched or squeezed, as a share.
    pub stretch: f32,
    /// How far all segments of a recording in a batch are changed alike, which makes another recording of it: transposed, in
    /// tempo and in spectrum; 1 is up to 2.5 semitones, 12 % and about 2.4 dB.
    pub variation: f32,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self {
            level: 0.12,
            equaliser: 0.03,
            noise: 0.55,
            gate: 0.35,
            bands: 0,
            frames: 0,
            mix: 0.0,
            stretch: 0.1,
            variation: 0.0,
        }
    }
}
