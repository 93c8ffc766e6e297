//! Exact search: every track is compared with the query under every metric.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use crate::domain::{Metric, TrackId, Trajectory};

use super::blend::Blend;
use super::index::Prepared;
use super::recommendation::{Recommendation, Recommendations};
use super::{Index, SimilarityError};

/// What a search is asked for.
#[derive(Debug, Clone)]
pub struct SearchOptions {
    /// The metric that orders the answer.
    pub metric: Metric,
    /// Recommendations wanted at most.
    pub top: usize,
    /// The library tracks the query trajectories belong to: never recommended.
    pub seeds: Vec<TrackId>,
    /// Exact duplicates of the seeds, or of a file outside the library: left out and reported as folded.
    pub exclude: HashSet<TrackId>,
    /// Places one artist may take; 0 is no limit. Tracks without a known artist are not limited.
    pub per_artist: usize,
    /// The artist of each track, as far as known. Compared without regard to case and outer spaces.
    pub artists: Arc<HashMap<TrackId, String>>,
    /// Weights of the blend in the order of [`Metric::SINGLE`]; they need not add up to 1.
    pub blend: [f32; 4],
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            metric: Metric::default(),
            top: 20,
            seeds: Vec::new(),
            exclude: HashSet::new(),
            per_artist: 3,
            artists: Arc::default(),
            blend: [1.0; 4],
        }
    }
}

impl Index {
    /// The tracks nearest to `queries`, nearest first; equally near tracks in the order of their ids.
    ///
    /// The distance to several queries is the mean of the distances to each, under every metric; the blend is made of
    /// those means. Without a query nothing is compared and nothing is recommended.
    ///
    /// # Errors
    /// [`SimilarityError::DifferentDimensions`] where a query is of another model.
    pub fn search(&self, queries: &[Trajectory], options: &SearchOptions) -> Result<Recommendations, SimilarityError> {
        let start = Instant::now();
        queries.iter().try_for_each(|query| self.check(query))?;
        let queries: Vec<Prepared<'_>> = queries.iter().map(Prepared::new).collect();
        let seeds: HashSet<TrackId> = options.seeds.iter().copied().collect();
        let (folded, targets) = self.targets(&seeds, &options.exclude);
        let targets = if queries.is_empty() { Vec::new() } else { targets };

        let single = self.single_distances(&queries, &targets);
        let blend = Blend::new(options.blend, &single);
        let distances: Vec<[f32; 5]> =
            single.par_iter().map(|row| [row[0], row[1], row[2], row[3], blend.of(row)]).collect();
        let orders: Vec<Vec<u32>> =
            (0..Metric::ALL.len()).into_par_iter().map(|metric| order(&distances, metric)).collect();
        let wanted = column(options.metric);
        let id_of = |row: u32| self.ids()[targets[row as usize]];
        let (chosen, capped) = choose(&orders[wanted], id_of, options);
        let items = chosen
            .iter()
            .zip(ranks(&chosen, &orders, targets.len()))
            .map(|(row, ranks)| {
                let distances = distances[*row as usize];
                Recommendation { track: id_of(*row), distance: distances[wanted], distances, ranks }
            })
            .collect();
        Ok(Recommendations {
            seeds: options.seeds.clone(),
            metric: options.metric,
            items,
            compared: targets.len(),
            folded,
            capped,
            took: start.elapsed(),
        })
    }

    /// The tracks folded away and the places of those to compare, both in the order of the ids.
    fn targets(&self, seeds: &HashSet<TrackId>, exclude: &HashSet<TrackId>) -> (Vec<TrackId>, Vec<usize>) {
        let mut folded = Vec::new();
        let mut targets = Vec::with_capacity(self.len());
        for (place, id) in self.ids().iter().enumerate() {
            if seeds.contains(id) {
                continue;
            }
            if exclude.contains(id) { folded.push(*id) } else { targets.push(place) }
        }
        (folded, targets)
    }
}

fn column(metric: Metric) -> usize {
    match metric {
        Metric::Mean => 0,
        Metric::Min => 1,
        Metric::Frechet => 2,
        Metric::Dtw => 3,
        Metric::Blend => 4,
    }
}

/// The rows of `distances` from the nearest to the farthest under one metric. Rows are in the order of the ids, so
/// equal distances stay in that order.
fn order(distances: &[[f32; 5]], metric: usize) -> Vec<u32> {
    let mut keys: Vec<(f32, u32)> = distances.iter().map(|row| row[metric]).zip(0..).collect();
    keys.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    keys.into_iter().map(|(_, row)| row).collect()
}

/// Takes rows in their order until `top` are taken, and counts those passed over because their artist had its places
/// already.
fn choose(order: &[u32], id_of: impl Fn(u32) -> TrackId, options: &SearchOptions) -> (Vec<u32>, usize) {
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut chosen = Vec::new();
    let mut capped = 0;
    for row in order {
        if chosen.len() == options.top {
            break;
        }
        if options.per_artist > 0
            && let Some(artist) = known_artist(&options.artists, id_of(*row))
        {
            let places = taken.entry(artist).or_default();
            if *places == options.per_artist {
                capped += 1;
                continue;
            }
            *places += 1;
        }
        chosen.push(*row);
    }
    (chosen, capped)
}

fn known_artist(artists: &HashMap<TrackId, String>, track: TrackId) -> Option<String> {
    let artist = artists.get(&track)?.trim().to_lowercase();
    (!artist.is_empty() && artist != "unknown artist").then_some(artist)
}

/// Ranks from 1 of the chosen rows under each metric, among all `count` rows.
fn ranks(chosen: &[u32], orders: &[Vec<u32>], count: usize) -> Vec<[u32; 5]> {
    let mut ranks = vec![[0; 5]; chosen.len()];
    let mut rank_of = vec![0; count];
    for (metric, order) in orders.iter().enumerate() {
        for (rank, row) in (1..).zip(order) {
            rank_of[*row as usize] = rank;
        }
        for (ranks, row) in ranks.iter_mut().zip(chosen) {
            ranks[metric] = rank_of[*row as usize];
        }
    }
    ranks
}
