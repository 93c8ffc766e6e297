//! The nearest tracks of every track.

use rayon::prelude::*;

use crate::domain::{Cancelled, Control, Metric, TrackId};

use super::Index;
use super::blend::Blend;
use super::index::{Prepared, Scratch};
use super::kernel::squared_distances;

/// One neighbour of one track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NeighbourRow {
    pub query: TrackId,
    /// From 1, the nearest.
    pub rank: u32,
    pub neighbour: TrackId,
    pub distance: f32,
}

/// Queries between two looks at the control: a few per thread, so that no thread waits long for the last.
const QUERIES_PER_THREAD: usize = 8;

impl Index {
    /// The `top` nearest tracks of every track under `metric`, itself left out: by query in the order of the ids, then
    /// by rank. Equally near tracks are in the order of their ids. A blend weighs the four equally and scales each by its
    /// median over the tracks the query is compared with.
    ///
    /// `on_progress` hears of finished queries and of all.
    ///
    /// # Errors
    /// [`Cancelled`] soon after `control` is cancelled.
    pub fn neighbours(
        &self,
        metric: Metric,
        top: usize,
        control: &Control,
        on_progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<NeighbourRow>, Cancelled> {
        let mut rows = Vec::with_capacity(self.len() * top.min(self.len().saturating_sub(1)));
        let step = QUERIES_PER_THREAD * rayon::current_num_threads();
        for start in (0..self.len()).step_by(step) {
            control.checkpoint()?;
            let queries = start..(start + step).min(self.len());
            let found: Vec<Vec<NeighbourRow>> = queries
                .into_par_iter()
                .with_max_len(QUERIES_PER_THREAD)
                .map_init(Scratch::default, |scratch, query| {
                    nearest(&self.distances_within(metric, query, scratch), query, top)
                        .into_iter()
                        .zip(1..)
                        .map(|((distance, place), rank)| NeighbourRow {
                            query: self.ids()[query],
                            rank,
                            neighbour: self.ids()[place as usize],
                            distance,
                        })
                        .collect()
                })
                .collect();
            rows.extend(found.into_iter().flatten());
            on_progress((start + step).min(self.len()), self.len());
        }
        control.checkpoint()?;
        Ok(rows)
    }

    /// Distances of every track from the track at `query`, on one thread: the queries fill the others.
    fn distances_within(&self, metric: Metric, query: usize, scratch: &mut Scratch) -> Vec<f32> {
        let places = 0..self.len();
        match metric {
            Metric::Mean => {
                let means = self.mean_points();
                let mut squared = vec![0.0; self.len()];
                squared_distances(means.slice(query..query + 1), means, &mut squared);
                squared.into_iter().map(f32::sqrt).collect()
            }
            Metric::Blend => {
                let prepared = Prepared::new(self.trajectory_at(query));
                let mut table: Vec<_> = places.map(|target| self.pair(&prepared, target, scratch)).collect();
                let itself = table.remove(query);
                let blend = Blend::new([1.0; 4], &table);
                table.insert(query, itself);
                blend.of_all(&table)
            }
            _ => {
                let prepared = Prepared::new(self.trajectory_at(query));
                places.map(|target| self.curve_distance(metric, &prepared, target, scratch)).collect()
            }
        }
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
