//! The nearest tracks of every track.

use std::collections::HashSet;
use std::ops::Range;

use rayon::prelude::*;

use crate::domain::{Cancelled, Control, Metric, TrackId, Trajectory};

use super::blend::Blend;
use super::exact::{Ask, Limits, Skip, Term, find, nearest_means};
use super::index::{Prepared, Scratch};
use super::kernel::{squared_distance, squared_distances};
use super::{Index, SimilarityError};

/// One neighbour of one track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NeighbourRow {
    pub query: TrackId,
    /// From 1, the nearest.
    pub rank: usize,
    pub neighbour: TrackId,
    pub distance: f32,
}

/// Queries one thread takes at a time. Means share one matrix product; curves take long enough by themselves.
const BLOCK_OF_MEANS: usize = 64;
const BLOCK_OF_CURVES: usize = 8;
/// Queries answered between two looks at whether to stop.
const MEANS_AT_ONCE: usize = 2_048;

impl Index {
    /// The `top` nearest tracks of every track under `metric`, itself left out: by query in the order of the ids, then
    /// by rank. Equally near tracks are in the order of their ids. A blend weighs the four equally and scales each by its
    /// median over the tracks the query is compared with.
    ///
    /// `on_progress` hears how many queries are finished.
    ///
    /// # Errors
    /// [`Cancelled`] soon after `control` is cancelled.
    pub fn neighbours(
        &self,
        metric: Metric,
        top: usize,
        control: &Control,
        on_progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<NeighbourRow>, Cancelled> {
        let all: Vec<u32> = (0..self.len() as u32).collect();
        self.neighbours_among(metric, &all, top, control, on_progress)
    }

    /// The same without a compact store: every track is compared with every query.
    fn neighbours_of_few(
        &self,
        metric: Metric,
        queries: Range<usize>,
        top: usize,
        control: &Control,
        on_progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<NeighbourRow>, Cancelled> {
        let mut rows = Vec::with_capacity(self.len() * top.min(self.len().saturating_sub(1)));
        let block = if metric == Metric::Mean { BLOCK_OF_MEANS } else { BLOCK_OF_CURVES };
        let step = block * rayon::current_num_threads().max(1);
        for start in queries.clone().step_by(step) {
            control.checkpoint()?;
            let end = (start + step).min(queries.end);
            let blocks: Vec<Range<usize>> =
                (start..end).step_by(block).map(|first| first..(first + block).min(end)).collect();
            let found: Vec<Vec<NeighbourRow>> =
                blocks.into_par_iter().map(|queries| self.neighbours_of(metric, queries, top)).collect();
            rows.extend(found.into_iter().flatten());
            on_progress(end - queries.start);
        }
        control.checkpoint()?;
        Ok(rows)
    }

    /// The `top` nearest tracks of each of `queries` (places of [`Index::ids`], one behind the other), as
    /// [`Index::neighbours`] gives them.
    ///
    /// # Errors
    /// [`Cancelled`] soon after `control` is cancelled.
    pub fn neighbours_among(
        &self,
        metric: Metric,
        queries: &[u32],
        top: usize,
        control: &Control,
        on_progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<NeighbourRow>, Cancelled> {
        if self.parts().is_empty() {
            let first = queries.first().map_or(0, |query| *query as usize);
            return self.neighbours_of_few(metric, first..first + queries.len(), top, control, on_progress);
        }
        let step = if metric == Metric::Mean { MEANS_AT_ONCE } else { 1 };
        let mut rows = Vec::with_capacity(queries.len() * top.min(self.len().saturating_sub(1)));
        let mut done = 0;
        for queries in queries.chunks(step) {
            control.checkpoint()?;
            let found = match metric {
                Metric::Mean => nearest_means(
                    self.parts(),
                    queries,
                    top,
                    self.level(),
                    &|place| self.mean_at(place as usize),
                    &|a, b| squared_distance(a, b).sqrt(),
                ),
                _ => queries.iter().map(|query| self.nearest_curves(metric, *query, top)).collect(),
            };
            for (query, found) in queries.iter().zip(found) {
                let id = |place: u32| self.ids()[place as usize];
                rows.extend(found.into_iter().zip(1..).map(|((distance, place), rank)| NeighbourRow {
                    query: id(*query),
                    rank,
                    neighbour: id(place),
                    distance,
                }));
            }
            done += queries.len();
            on_progress(done);
        }
        control.checkpoint()?;
        Ok(rows)
    }

    fn nearest_curves(&self, metric: Metric, query: u32, top: usize) -> Vec<(f32, u32)> {
        let Some(trajectory) = self.trajectory_at(query as usize) else { return Vec::new() };
        let prepared = [Prepared::new(&trajectory)];
        let blend = (metric == Metric::Blend)
            .then(|| Blend::new([1.0; 4], &self.sample_distances(&prepared, &|place| place == query)));
        let metrics = blend.as_ref().map_or_else(|| vec![(metric, 1.0, 1.0)], Blend::terms);
        let terms =
            metrics.into_iter().map(|(metric, weight, scale)| Term { query: &trajectory, metric, weight, scale });
        let exact = |place: u32| {
            let mut scratch = Scratch::default();
            match &blend {
                Some(blend) => blend.of(&self.singles(&prepared, place as usize, &mut scratch)),
                None => self.single(metric, &prepared, place as usize, &mut scratch),
            }
        };
        let limits = Limits { top, per_artist: 0, artists: &|_| 0 };
        let itself = HashSet::from([query]);
        let ask = Ask { terms: terms.collect() };
        let found = find(self.parts(), &ask, &limits, Skip::Few(&itself), &exact, self.engine(), None);
        found.pool.ranked(&limits).0.into_iter().map(|(distance, place, _)| (distance, place)).collect()
    }

    /// The distance of every track from `query` under each metric, in the order of [`Metric::ALL`] and of
    /// [`Index::ids`], on this thread alone. `itself` is the query's own track, which the medians of the blend leave out;
    /// the rows are those that [`Index::neighbours`] ranks.
    ///
    /// # Errors
    /// [`SimilarityError::DifferentDimensions`] where the query is of another model.
    pub fn distance_rows(&self, query: &Trajectory, itself: Option<TrackId>) -> Result<[Vec<f32>; 5], SimilarityError> {
        self.check(query)?;
        let mut scratch = Scratch::default();
        let prepared = Prepared::new(query);
        let mut table: Vec<[f32; 4]> =
            (0..self.len()).map(|target| self.pair(&prepared, target, &mut scratch)).collect();
        let single: [Vec<f32>; 4] = std::array::from_fn(|metric| table.iter().map(|row| row[metric]).collect());
        let place = itself.and_then(|track| self.place(track));
        let own = place.map(|place| table.remove(place));
        let blend = Blend::new([1.0; 4], &table);
        if let (Some(place), Some(own)) = (place, own) {
            table.insert(place, own);
        }
        let [mean, min, frechet, dtw] = single;
        Ok([mean, min, frechet, dtw, blend.of_all(&table)])
    }

    fn neighbours_of(&self, metric: Metric, queries: Range<usize>, top: usize) -> Vec<NeighbourRow> {
        let mut rows = Vec::with_capacity(queries.len() * top.min(self.len()));
        let mut take = |query: usize, distances: &[f32]| {
            rows.extend(nearest(distances, query, top).into_iter().zip(1..).map(|((distance, place), rank)| {
                NeighbourRow { query: self.ids()[query], rank, neighbour: self.ids()[place as usize], distance }
            }));
        };
        if metric == Metric::Mean {
            let means = self.mean_points();
            let mut table = vec![0.0; queries.len() * self.len()];
            squared_distances(means.slice(queries.clone()), means, &mut table);
            table.iter_mut().for_each(|squared| *squared = squared.sqrt());
            queries.zip(table.chunks_exact(self.len())).for_each(|(query, distances)| take(query, distances));
        } else {
            let mut scratch = Scratch::default();
            queries.for_each(|query| take(query, &self.curve_distances(metric, query, &mut scratch)));
        }
        rows
    }

    /// Distances of every track from the track at `query`, on this thread alone: other queries keep the others busy.
    fn curve_distances(&self, metric: Metric, query: usize, scratch: &mut Scratch) -> Vec<f32> {
        let Some(trajectory) = self.trajectory_at(query) else { return Vec::new() };
        let prepared = Prepared::new(&trajectory);
        let targets = 0..self.len();
        if metric != Metric::Blend {
            return targets.map(|target| self.one_distance(metric, &prepared, target, scratch)).collect();
        }
        let mut table: Vec<[f32; 4]> = targets.map(|target| self.pair(&prepared, target, scratch)).collect();
        let itself = table.remove(query);
        let blend = Blend::new([1.0; 4], &table);
        table.insert(query, itself);
        blend.of_all(&table)
    }
}

/// The `top` places with the smallest distances, nearest first, `query` left out.
fn nearest(distances: &[f32], query: usize, top: usize) -> Vec<(f32, u32)> {
    let order = |a: &(f32, u32), b: &(f32, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    let mut keys: Vec<(f32, u32)> = distances.iter().copied().zip(0..).filter(|key| key.1 as usize != query).collect();
    if top < keys.len() {
        keys.select_nth_unstable_by(top, order);
        keys.truncate(top);
    }
    keys.sort_unstable_by(order);
    keys
}
