//! A finished map.

use serde::{Deserialize, Serialize};

use crate::domain::{Span, TrackId};

use super::region::Region;

/// What a map is made from, chosen before it is computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapSettings {
    pub seed: u64,
    /// Effective number of neighbours in t-SNE.
    pub perplexity: f32,
    pub span: Span,
    /// Tracks that t-SNE lays out itself; where there are more, a seeded sample is laid out and the rest is placed.
    pub exact_limit: usize,
}

impl Default for MapSettings {
    fn default() -> Self {
        Self { seed: 1, perplexity: 30.0, span: Span::Preview, exact_limit: 10_000 }
    }
}

/// Where a track lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MapPoint {
    pub track: TrackId,
    pub x: f32,
    pub y: f32,
    /// Placed between its neighbours rather than laid out by t-SNE itself.
    pub approximate: bool,
    /// Cluster of the track in the embedding space (k-means on the means), numbered by size from 0.
    pub cluster: u16,
    /// Share of its 10 nearest in the embedding that are not among its 10 nearest on the map; `None` where it was not
    /// laid out by t-SNE itself, and in maps saved before this was counted.
    #[serde(default)]
    pub lost: Option<f32>,
}

/// A finished map: it is saved with the model and the settings that made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapLayout {
    /// Name of the model whose embedding was laid out.
    pub model: String,
    pub settings: MapSettings,
    /// The projection that made it: "t-SNE (exact)", "t-SNE (Barnes-Hut)".
    pub method: String,
    /// Kullback-Leibler divergence of the finished map, from our own evaluator; `None` for too few points.
    pub kl: Option<f64>,
    /// Share of the 10 nearest neighbours in the embedding that are among the 10 nearest on the map.
    pub recall_10: Option<f64>,
    pub points: Vec<MapPoint>,
    /// Regions with a name. Found anew whenever the map is read, for tags change and names with them.
    #[serde(skip)]
    pub regions: Vec<Region>,
}
