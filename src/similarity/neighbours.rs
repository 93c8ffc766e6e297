//! The nearest tracks of every track.

use std::ops::Range;

use rayon::prelude::*;

use crate::domain::{Cancelled, Control, Metric, TrackId, Trajectory};

use super::blend::Blend;
use super::index::{Prepared, Scratch};
use super::kernel::squared_distances;
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
        let mut rows = Vec::with_capacity(self.len() * top.min(self.len().saturating_sub(1)));
        let block = if metric == Metric::Mean { BLOCK_OF_MEANS } else { BLOCK_OF_CURVES };
        let step = block * rayon::current_num_threads().max(1);
        for start in (0..self.len()).step_by(step) {
            control.checkpoint()?;
            let end = (start + step).min(self.len());
            let blocks: Vec<Range<usize>> =
                (start..end).step_by(block).map(|first| first..(first + block).min(end)).collect();
            let found: Vec<Vec<NeighbourRow>> =
                blocks.into_par_iter().map(|queries| self.neighbours_of(metric, queries, top)).collect();
            rows.extend(found.into_iter().flatten());
            on_progress(end);
        }
        control.checkpoint()?;
        Ok(rows)
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
        let prepared = Prepared::new(self.trajectory_at(query));
        let targets = 0..self.len();
        if metric != Metric::Blend {
            return targets.map(|target| self.curve_distance(metric, &prepared, target, scratch)).collect();
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
