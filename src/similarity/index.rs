//! Exact search over all trajectories of a library.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rayon::prelude::*;

use super::distance::{PairDistances, distance, euclidean, pair_distances};
use super::{Recommendation, Recommendations, SimilarityError};
use crate::domain::{Cancelled, Control, Metric, TrackId, Trajectory};

/// Trajectories of one model and one span, with their means.
pub struct Index {
    /// In the order of their tracks' numbers.
    entries: Vec<Entry>,
    dim: usize,
}

struct Entry {
    track: TrackId,
    trajectory: Trajectory,
    mean: Vec<f32>,
}

/// What a search is told beside the query.
#[derive(Debug, Clone)]
pub struct SearchOptions {
    pub metric: Metric,
    /// Recommendations wanted.
    pub top: usize,
    /// The query's own tracks, never recommended.
    pub seeds: Vec<TrackId>,
    /// The query's exact duplicates: left out, and reported as folded.
    pub exclude: HashSet<TrackId>,
    /// Places an artist may take; 0 sets no limit. Tracks without an artist are not counted together.
    pub per_artist: usize,
    pub artists: Arc<HashMap<TrackId, String>>,
    /// Weights of mean, min, Fréchet and DTW in the blend; equal ones where none is positive.
    pub blend: [f32; 4],
}

/// One line of the table of neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NeighbourRow {
    pub query: TrackId,
    /// From 1.
    pub rank: usize,
    pub neighbour: TrackId,
    pub distance: f32,
}

impl Index {
    /// Takes the trajectories of a library.
    ///
    /// # Errors
    /// [`SimilarityError::Dimension`] where points differ in their dimensions.
    pub fn new(trajectories: Vec<(TrackId, Trajectory)>) -> Result<Self, SimilarityError> {
        let dim = trajectories.first().map_or(0, |(_, trajectory)| trajectory.dim());
        if let Some((track, other)) = trajectories.iter().find(|(_, trajectory)| trajectory.dim() != dim) {
            return Err(SimilarityError::Dimension { track: *track, expected: dim, found: other.dim() });
        }
        let mut entries: Vec<Entry> = trajectories
            .into_par_iter()
            .map(|(track, trajectory)| Entry { track, mean: trajectory.mean(), trajectory })
            .collect();
        entries.sort_by_key(|entry| entry.track);
        Ok(Self { entries, dim })
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Dimensions of the points; 0 where there is none.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The trajectory of a track.
    pub fn trajectory(&self, track: TrackId) -> Option<&Trajectory> {
        let position = self.entries.binary_search_by_key(&track, |entry| entry.track).ok()?;
        self.entries.get(position).map(|entry| &entry.trajectory)
    }

    /// The mean of every trajectory, in the order of the tracks' numbers.
    pub fn means(&self) -> Vec<(TrackId, Vec<f32>)> {
        self.entries.iter().map(|entry| (entry.track, entry.mean.clone())).collect()
    }

    /// Compares the query with every track, under every metric. Several trajectories ask together: each distance is the
    /// mean of theirs. Equal distances are ordered by the tracks' numbers, so that an answer can be repeated.
    ///
    /// # Errors
    /// [`SimilarityError::Dimension`] where the query comes from another model.
    pub fn search(&self, queries: &[Trajectory], options: &SearchOptions) -> Result<Recommendations, SimilarityError> {
        let begun = Instant::now();
        for query in queries {
            if !self.is_empty() && query.dim() != self.dim {
                let track = options.seeds.first().copied().unwrap_or(TrackId(0));
                return Err(SimilarityError::Dimension { track, expected: self.dim, found: query.dim() });
            }
        }
        let folded: Vec<TrackId> = self
            .entries
            .iter()
            .map(|entry| entry.track)
            .filter(|track| options.exclude.contains(track) && !options.seeds.contains(track))
            .collect();
        let compared: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| !options.exclude.contains(&entry.track) && !options.seeds.contains(&entry.track))
            .collect();
        let queries: Vec<(&Trajectory, Vec<f32>)> = queries.iter().map(|query| (query, query.mean())).collect();
        let mut distances: Vec<[f32; 5]> =
            compared.par_iter().map(|entry| together(&queries, entry)).collect();
        blend(&mut distances, options.blend);

        let orders: Vec<Vec<usize>> = (0..5)
            .into_par_iter()
            .map(|metric| {
                let mut order: Vec<usize> = (0..compared.len()).collect();
                order.sort_by(|a, b| distances[*a][metric].total_cmp(&distances[*b][metric]).then(a.cmp(b)));
                order
            })
            .collect();
        let mut ranks = vec![[0_u32; 5]; compared.len()];
        for (metric, order) in orders.iter().enumerate() {
            for (rank, position) in order.iter().enumerate() {
                ranks[*position][metric] = rank as u32 + 1;
            }
        }

        let asked = place(options.metric);
        let mut capped = 0;
        let mut items = Vec::with_capacity(options.top.min(compared.len()));
        let mut taken: HashMap<&str, usize> = HashMap::new();
        for position in &orders[asked] {
            if items.len() >= options.top {
                break;
            }
            let track = compared[*position].track;
            let artist = options.artists.get(&track).map(String::as_str).filter(|artist| !artist.trim().is_empty());
            if let (Some(artist), true) = (artist, options.per_artist > 0) {
                let places = taken.entry(artist).or_default();
                if *places >= options.per_artist {
                    capped += 1;
                    continue;
                }
                *places += 1;
            }
            items.push(Recommendation {
                track,
                distance: distances[*position][asked],
                distances: distances[*position],
                ranks: ranks[*position],
            });
        }
        Ok(Recommendations {
            seeds: options.seeds.clone(),
            metric: options.metric,
            items,
            compared: compared.len(),
            folded,
            capped,
            took: begun.elapsed(),
        })
    }

    /// The `top` nearest tracks of every track under one metric, itself left out; by query, then by rank. A blend
    /// weighs the four metrics equally.
    ///
    /// # Errors
    /// [`Cancelled`], at the next track.
    pub fn neighbours(
        &self,
        metric: Metric,
        top: usize,
        control: &Control,
        on_progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<NeighbourRow>, Cancelled> {
        let done = AtomicUsize::new(0);
        let rows: Result<Vec<Vec<NeighbourRow>>, Cancelled> = self
            .entries
            .par_iter()
            .map(|query| {
                control.checkpoint()?;
                let rows = self.neighbours_of(query, metric, top);
                on_progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                Ok(rows)
            })
            .collect();
        Ok(rows?.into_iter().flatten().collect())
    }

    fn neighbours_of(&self, query: &Entry, metric: Metric, top: usize) -> Vec<NeighbourRow> {
        let others: Vec<&Entry> = self.entries.iter().filter(|entry| entry.track != query.track).collect();
        let mut found: Vec<(f32, TrackId)> = match metric {
            Metric::Blend => {
                let queries = [(&query.trajectory, query.mean.clone())];
                let mut distances: Vec<[f32; 5]> = others.iter().map(|entry| together(&queries, entry)).collect();
                blend(&mut distances, [1.0; 4]);
                distances.iter().zip(&others).map(|(all, entry)| (all[4], entry.track)).collect()
            }
            Metric::Mean => others.iter().map(|entry| (euclidean(&query.mean, &entry.mean), entry.track)).collect(),
            single => others
                .iter()
                .map(|entry| (distance(single, &query.trajectory, &entry.trajectory), entry.track))
                .collect(),
        };
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found.truncate(top);
        let rows = found.into_iter().enumerate();
        rows.map(|(position, (distance, neighbour))| NeighbourRow {
            query: query.track,
            rank: position + 1,
            neighbour,
            distance,
        })
        .collect()
    }
}

/// Where a metric stands in [`Metric::ALL`].
fn place(metric: Metric) -> usize {
    match metric {
        Metric::Mean => 0,
        Metric::Min => 1,
        Metric::Frechet => 2,
        Metric::Dtw => 3,
        Metric::Blend => 4,
    }
}

/// The four distances of a track from all queries, averaged; the blend's place is still empty.
fn together(queries: &[(&Trajectory, Vec<f32>)], entry: &Entry) -> [f32; 5] {
    let mut sums = [0.0_f32; 5];
    for (query, mean) in queries {
        let pair: PairDistances = pair_distances(query, mean, &entry.trajectory, &entry.mean);
        for (sum, value) in sums.iter_mut().zip(pair.to_array()) {
            *sum += value;
        }
    }
    sums.map(|sum| sum / queries.len().max(1) as f32)
}

/// Fills in the blend: each distance over its median among the compared tracks, weighted.
fn blend(distances: &mut [[f32; 5]], weights: [f32; 4]) {
    let mut weights = weights.map(|weight| if weight.is_finite() { weight.max(0.0) } else { 0.0 });
    if weights.iter().sum::<f32>() <= 0.0 {
        weights = [1.0; 4];
    }
    let total: f32 = weights.iter().sum();
    let medians: [f32; 4] = std::array::from_fn(|metric| {
        let mut values: Vec<f32> = distances.iter().map(|all| all[metric]).collect();
        if values.is_empty() {
            return 1.0;
        }
        let middle = values.len() / 2;
        let (_, median, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
        // Where most tracks are the query once more there is nothing to scale by.
        if *median > 0.0 { *median } else { 1.0 }
    });
    for all in distances {
        all[4] = (0..4).map(|metric| weights[metric] / total * all[metric] / medians[metric]).sum();
    }
}
