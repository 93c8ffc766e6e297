//! What a search answers.

use std::time::Duration;

use crate::domain::{Metric, TrackId};

use super::exact::Share;

/// One recommended track.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    pub track: TrackId,
    /// Distance to the query under the metric that was asked for.
    pub distance: f32,
    /// Distance under each metric, in the order of [`Metric::ALL`]. In a large library the blend is not a number unless it
    /// was asked for, for its scale costs more than the search.
    pub distances: [f32; 5],
    /// Rank under each metric among all compared tracks, from 1, in the order of [`Metric::ALL`]. In a large library only
    /// that of the metric asked for is known, the others are 0.
    pub ranks: [u32; 5],
}

/// The answer to one query, nearest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendations {
    /// The library tracks asked about; empty where the query is a file outside the library.
    pub seeds: Vec<TrackId>,
    pub metric: Metric,
    pub items: Vec<Recommendation>,
    /// Tracks the query was compared with.
    pub compared: usize,
    /// Tracks that the filter left out.
    pub filtered: usize,
    /// Tracks left out because they are the query's exact duplicates.
    pub folded: Vec<TrackId>,
    /// Tracks left out because their artist had enough places already.
    pub capped: usize,
    /// Whether this is the answer; first good ones may come before it while the search goes on.
    pub exact: bool,
    /// What each stage of the search looked at and left; nothing where every track was compared in full.
    pub stages: Vec<Share>,
    /// Time the comparison took.
    pub took: Duration,
}

/// Why two tracks match: every segment of the query against every segment of the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub query_segments: usize,
    pub target_segments: usize,
    /// Distances of segments, query × target, row by row.
    pub matrix: Vec<f32>,
    /// The warping path of DTW: (query segment, target segment), from the first pair to the last.
    pub path: Vec<(usize, usize)>,
    /// The nearest pair on the path: what to listen to.
    pub best: (usize, usize),
    /// Distance of that pair.
    pub best_distance: f32,
}
