//! What is asked of and told by listening studies and studies of sizes.

use crate::domain::{DeviceChoice, Metric, Span};

/// A session that is to be prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct ListeningSpec {
    /// Who listens.
    pub listener: String,
    /// The active model where there is none.
    pub models: Vec<String>,
    pub metrics: Vec<Metric>,
    /// Recommendations of each model under each metric.
    pub top: usize,
    /// Tracks drawn at random.
    pub chance: usize,
    /// Queries.
    pub rounds: usize,
    /// The same seed asks everybody about the same tracks.
    pub seed: u64,
    /// Places that an artist may take among the recommendations of one metric; 0 sets no limit.
    pub per_artist: usize,
    pub span: Span,
    /// Weights of mean, min, Fréchet and DTW in the blend.
    pub blend: [f32; 4],
    pub device: DeviceChoice,
}

impl Default for ListeningSpec {
    fn default() -> Self {
        Self {
            listener: String::new(),
            models: Vec::new(),
            metrics: vec![Metric::Mean, Metric::Min, Metric::Dtw],
            top: 2,
            chance: 2,
            rounds: 5,
            seed: 1,
            per_artist: 3,
            span: Span::Preview,
            blend: [1.0; 4],
            device: DeviceChoice::Auto,
        }
    }
}

/// A study of sizes.
#[derive(Debug, Clone, PartialEq)]
pub struct StudySpec {
    /// N and M of each model.
    pub pairs: Vec<(usize, usize)>,
    /// Epochs of each phase; the published ones, and more for a small library, where there is none.
    pub epochs: Option<usize>,
    /// Tracks that ask for recommendations.
    pub queries: usize,
    pub seed: u64,
    pub span: Span,
    pub device: DeviceChoice,
}

impl Default for StudySpec {
    fn default() -> Self {
        Self {
            pairs: PUBLISHED_PAIRS.to_vec(),
            epochs: None,
            queries: 5,
            seed: 1,
            span: Span::Preview,
            device: DeviceChoice::Auto,
        }
    }
}

/// Encoding and embedding sizes of the publication's tables.
pub const PUBLISHED_PAIRS: [(usize, usize); 7] =
    [(16, 64), (32, 64), (64, 64), (128, 64), (128, 128), (256, 64), (256, 128)];
