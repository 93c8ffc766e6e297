//! The tracks of one model and one span in memory, ready to be compared.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::domain::{Metric, TrackId, Trajectory};

use super::SimilarityError;
use super::blend::Blend;
use super::distance::{self, DTW, FRECHET, MEAN, MIN, Warp};
use super::kernel::{Points, squared_distance, squared_distances, squared_norms};

/// Trajectories of one model and one span, in the order of their ids, with what every query needs computed once: norms
/// of all points, means and the means' norms.
#[derive(Debug, Clone, Default)]
pub struct Index {
    ids: Vec<TrackId>,
    places: HashMap<TrackId, usize>,
    trajectories: Vec<Trajectory>,
    norms: Vec<Vec<f32>>,
    dim: usize,
    means: Vec<f32>,
    mean_norms: Vec<f32>,
}

/// A query with what a comparison needs computed once.
pub(super) struct Prepared<'a> {
    trajectory: &'a Trajectory,
    norms: Vec<f32>,
    mean: Vec<f32>,
}

impl<'a> Prepared<'a> {
    pub fn new(trajectory: &'a Trajectory) -> Self {
        Self { trajectory, norms: squared_norms(trajectory.dim(), trajectory.values()), mean: trajectory.mean() }
    }
}

/// Working space of one thread.
#[derive(Default)]
pub(super) struct Scratch {
    squared: Vec<f32>,
    frechet: Vec<f32>,
    dtw: Vec<Warp>,
}

impl Index {
    /// Takes the trajectories in any order.
    ///
    /// # Errors
    /// [`SimilarityError::MixedDimensions`] where they are of different models, [`SimilarityError::RepeatedTrack`] where
    /// a track comes twice.
    pub fn new(mut tracks: Vec<(TrackId, Trajectory)>) -> Result<Self, SimilarityError> {
        tracks.sort_by_key(|(id, _)| *id);
        if let Some(pair) = tracks.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(SimilarityError::RepeatedTrack { track: pair[0].0 });
        }
        let dim = tracks.first().map_or(0, |(_, trajectory)| trajectory.dim());
        if let Some((track, other)) = tracks.iter().find(|(_, trajectory)| trajectory.dim() != dim) {
            return Err(SimilarityError::MixedDimensions { track: *track, expected: dim, found: other.dim() });
        }
        let (ids, trajectories): (Vec<_>, Vec<_>) = tracks.into_iter().unzip();
        let norms = trajectories.par_iter().map(|trajectory| squared_norms(dim, trajectory.values())).collect();
        let means: Vec<f32> = trajectories.par_iter().flat_map_iter(Trajectory::mean).collect();
        let mean_norms = if dim == 0 { Vec::new() } else { squared_norms(dim, &means) };
        let places = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        Ok(Self { ids, places, trajectories, norms, dim, means, mean_norms })
    }

    /// Number of tracks.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no track.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Dimensions of a point; 0 where there is no track.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The tracks in rising order; whatever is given "for every track" is in this order.
    pub fn ids(&self) -> &[TrackId] {
        &self.ids
    }

    /// The trajectory of a track.
    pub fn trajectory(&self, track: TrackId) -> Option<&Trajectory> {
        self.place(track).map(|place| &self.trajectories[place])
    }

    /// The mean of a track's points.
    pub fn mean(&self, track: TrackId) -> Option<&[f32]> {
        self.place(track).map(|place| self.mean_at(place))
    }

    /// The mean of every track's points, in the order of [`Index::ids`].
    pub fn means(&self) -> Vec<(TrackId, Vec<f32>)> {
        self.ids.iter().enumerate().map(|(place, id)| (*id, self.mean_at(place).to_vec())).collect()
    }

    /// Whether a query of this shape can be compared with the tracks.
    ///
    /// # Errors
    /// [`SimilarityError::DifferentDimensions`] where the query is of another model.
    pub fn check(&self, query: &Trajectory) -> Result<(), SimilarityError> {
        if self.is_empty() || query.dim() == self.dim {
            return Ok(());
        }
        Err(SimilarityError::DifferentDimensions { query: query.dim(), target: self.dim })
    }

    /// The distance of every track from `query` under `metric`, in the order of [`Index::ids`]. Computes nothing that
    /// the metric does not need. A blend weighs the four equally and scales each by its median over all tracks.
    ///
    /// # Errors
    /// [`SimilarityError::DifferentDimensions`] where the query is of another model.
    pub fn distances(&self, metric: Metric, query: &Trajectory) -> Result<Vec<f32>, SimilarityError> {
        self.check(query)?;
        let prepared = Prepared::new(query);
        let all: Vec<usize> = (0..self.len()).collect();
        Ok(match metric {
            Metric::Mean => {
                all.par_iter().with_min_len(256).map(|target| self.mean_distance(&prepared, *target)).collect()
            }
            Metric::Blend => {
                let table = self.single_distances(std::slice::from_ref(&prepared), &all);
                Blend::new([1.0; 4], &table).of_all(&table)
            }
            _ => all
                .par_iter()
                .with_min_len(16)
                .map_init(Scratch::default, |scratch, target| self.curve_distance(metric, &prepared, *target, scratch))
                .collect(),
        })
    }

    pub(super) fn place(&self, track: TrackId) -> Option<usize> {
        self.places.get(&track).copied()
    }

    pub(super) fn trajectory_at(&self, place: usize) -> &Trajectory {
        &self.trajectories[place]
    }

    /// All means as points.
    pub(super) fn mean_points(&self) -> Points<'_> {
        Points::new(self.dim, &self.means, &self.mean_norms)
    }

    /// The distances under each of [`Metric::SINGLE`] of every target, the mean of those from the single queries.
    pub(super) fn single_distances(&self, queries: &[Prepared<'_>], targets: &[usize]) -> Vec<[f32; 4]> {
        let share = 1.0 / queries.len().max(1) as f32;
        let of_target = |scratch: &mut Scratch, target: &usize| {
            let mut sums = [0.0; 4];
            for query in queries {
                let distances = self.pair(query, *target, scratch);
                sums.iter_mut().zip(distances).for_each(|(sum, distance)| *sum += distance * share);
            }
            sums
        };
        targets.par_iter().with_min_len(16).map_init(Scratch::default, of_target).collect()
    }

    pub(super) fn pair(&self, query: &Prepared<'_>, target: usize, scratch: &mut Scratch) -> [f32; 4] {
        self.fill_pairs(query, target, scratch);
        let columns = self.trajectories[target].len();
        let mut distances = [0.0; 4];
        distances[MEAN] = self.mean_distance(query, target);
        distances[MIN] = distance::min(&scratch.squared, columns);
        distances[FRECHET] = distance::frechet(&scratch.squared, columns, &mut scratch.frechet);
        distances[DTW] = distance::dtw(&scratch.squared, columns, &mut scratch.dtw);
        distances
    }

    /// One of min, Fréchet and DTW; the others are not asked of it.
    pub(super) fn curve_distance(
        &self,
        metric: Metric,
        query: &Prepared<'_>,
        target: usize,
        scratch: &mut Scratch,
    ) -> f32 {
        self.fill_pairs(query, target, scratch);
        let columns = self.trajectories[target].len();
        match metric {
            Metric::Min => distance::min(&scratch.squared, columns),
            Metric::Frechet => distance::frechet(&scratch.squared, columns, &mut scratch.frechet),
            Metric::Dtw => distance::dtw(&scratch.squared, columns, &mut scratch.dtw),
            Metric::Mean | Metric::Blend => self.mean_distance(query, target),
        }
    }

    fn fill_pairs(&self, query: &Prepared<'_>, target: usize, scratch: &mut Scratch) {
        let rows = Points::new(self.dim, query.trajectory.values(), &query.norms);
        let columns = Points::new(self.dim, self.trajectories[target].values(), &self.norms[target]);
        scratch.squared.resize(rows.len() * columns.len(), 0.0);
        squared_distances(rows, columns, &mut scratch.squared);
    }

    fn mean_distance(&self, query: &Prepared<'_>, target: usize) -> f32 {
        squared_distance(&query.mean, self.mean_at(target)).sqrt()
    }

    fn mean_at(&self, place: usize) -> &[f32] {
        &self.means[place * self.dim..(place + 1) * self.dim]
    }
}
