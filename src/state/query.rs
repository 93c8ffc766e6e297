//! The query, its answer, its explanation, and the track under inspection.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{Filter, Metric, TrackId};
use crate::jobs::message::{
    Drawn, ExplanationOutput, FileQuery, Inspection, KeptNeighbours, Query, Recommendations, StrongSegment, UnitsOutput,
};

/// What is asked and what was answered.
#[derive(Debug, Clone)]
pub struct QueryView {
    pub metric: Metric,
    /// Weights of mean, min, Fréchet and DTW.
    pub blend: [f32; 4],
    /// Tracks asked about beside the selected one.
    pub seeds: Vec<TrackId>,
    /// How much tracks asked about weigh, 1 where none is given; what has a negative weight is kept away from.
    pub weights: HashMap<TrackId, f32>,
    /// A file outside the library that is asked about instead of library tracks.
    pub file: Option<PathBuf>,
    /// That file analysed, once the answer is there.
    pub file_query: Option<Box<FileQuery>>,
    /// What may be recommended.
    pub filter: Filter,
    /// Which nearest tracks of every track the library keeps, once it was asked.
    pub kept: Option<Vec<KeptNeighbours>>,
    pub results: Option<Arc<Recommendations>>,
    /// What `results` answers.
    pub answered: Option<Query>,
    pub explanation: Option<ExplanationView>,
}

impl Default for QueryView {
    fn default() -> Self {
        Self {
            metric: Metric::default(),
            blend: [1.0; 4],
            seeds: Vec::new(),
            weights: HashMap::new(),
            file: None,
            file_query: None,
            filter: Filter::default(),
            kept: None,
            results: None,
            answered: None,
            explanation: None,
        }
    }
}

impl QueryView {
    /// How much a track asked about weighs.
    pub fn weight(&self, track: TrackId) -> f32 {
        self.weights.get(&track).copied().unwrap_or(1.0)
    }
}

/// "Why": the explanation of one recommended track, and the pair of segments in hand.
#[derive(Debug, Clone)]
pub struct ExplanationView {
    pub target: TrackId,
    /// `None` while it is computed.
    pub output: Option<Box<ExplanationOutput>>,
    /// Row and column of the matrix in hand: the best pair at first.
    pub pair: (usize, usize),
}

/// Tracks on their way through the network.
#[derive(Debug, Clone, Default)]
pub struct InspectView {
    pub inspection: Option<Arc<Inspection>>,
    /// The track shown beside it.
    pub beside_track: Option<TrackId>,
    /// The model whose view of the same track is shown beside it.
    pub beside_model: Option<String>,
    pub beside: Option<Arc<Inspection>>,
    /// What the units of the active model do, once it was asked.
    pub units: Option<Arc<UnitsOutput>>,
    /// A segment and the segments most like it.
    pub nearest: Option<(TrackId, usize, Vec<StrongSegment>)>,
    pub shape: ShapeView,
}

/// An encoding made up from that of the chosen segment.
#[derive(Debug, Clone, Default)]
pub struct ShapeView {
    pub shape: Shape,
    /// What was last asked to be drawn.
    pub asked: Option<Vec<f32>>,
    pub drawn: Option<Arc<Drawn>>,
}

/// How the encoding of the chosen segment is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shape {
    /// The value of the encoding that is moved, and by how much.
    pub unit: usize,
    pub by: f32,
    /// How far it is on the way to the track beside: 0 to 1.
    pub towards: f32,
}
