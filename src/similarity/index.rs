//! The tracks of one model and one span, ready to be compared.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::domain::{Metric, TrackId, Trajectory};

use super::SimilarityError;
use super::blend::{Blend, scales};
use super::curves::{Curves, Held};
use super::distance::{self, DTW, FRECHET, MEAN, MIN, Warp};
use super::exact::{Assist, Engine, Item, Level, Part, Store, squared_table};
use super::kernel::{Points, squared_distance, squared_norms};

/// From this many tracks on an index has a compact store, and a search looks at few of them in full.
pub const LARGE: usize = 4_096;

/// Tracks of a larger library over which the blend is scaled.
const SAMPLE: usize = 1_024;
/// Bytes of the sample's trajectories that are kept in memory at most.
const SAMPLE_BYTES: usize = 64 << 20;

/// Trajectories of one model and one span, in the order of their ids.
pub struct Index {
    ids: Vec<TrackId>,
    curves: Arc<dyn Curves>,
    dim: usize,
    parts: Vec<Part>,
    level: Level,
    /// Means and the squares of their norms, once somebody asks for all of them.
    means: OnceLock<(Vec<f32>, Vec<f32>)>,
    /// The sample's trajectories, which would else be read from all over a file: places, where each lies, and the values.
    sample: OnceLock<Box<Sample>>,
    /// Another processor that may compute the first pass.
    assist: OnceLock<Assist>,
}

#[derive(Default)]
struct Sample {
    places: Vec<u32>,
    ends: Vec<usize>,
    values: Vec<f32>,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Index({} tracks of {} dimensions, {} parts)", self.len(), self.dim, self.parts.len())
    }
}

impl Default for Index {
    fn default() -> Self {
        Self::of(Vec::new(), Arc::new(Held::default()), 0, Vec::new())
    }
}

/// A query with what a comparison needs computed once.
#[derive(Clone)]
pub(super) struct Prepared<'a> {
    pub trajectory: &'a Trajectory,
    mean: Vec<f32>,
    /// How much it counts among several; negative where it pushes away.
    pub share: f32,
}

impl<'a> Prepared<'a> {
    pub fn new(trajectory: &'a Trajectory) -> Self {
        Self { trajectory, mean: trajectory.mean(), share: 1.0 }
    }

    /// The same, counting otherwise.
    pub fn sharing(self, share: f32) -> Self {
        Self { share, ..self }
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
    /// Takes the trajectories in any order. Many get a compact store as well, which takes a while to make.
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
        let ids: Vec<TrackId> = tracks.iter().map(|(id, _)| *id).collect();
        let curves = Arc::new(Held::new(tracks.iter().map(|(_, trajectory)| trajectory)));
        drop(tracks);
        let index = Self::of(ids, curves, dim, Vec::new());
        Ok(if index.len() >= LARGE { index.compacted() } else { index })
    }

    /// An index over trajectories that lie elsewhere, with the compact stores that were made of them. `ids` are in rising
    /// order and name the places of `curves` and of `parts`.
    pub fn over(ids: Vec<TrackId>, curves: Arc<dyn Curves>, dim: usize, parts: Vec<Part>) -> Self {
        Self::of(ids, curves, dim, parts)
    }

    fn of(ids: Vec<TrackId>, curves: Arc<dyn Curves>, dim: usize, parts: Vec<Part>) -> Self {
        let level = Level::best();
        let (means, sample, assist) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { ids, curves, dim, parts, level, means, sample, assist }
    }

    /// The same index with a compact store of all tracks, however few they are.
    pub fn compacted(mut self) -> Self {
        let items: Vec<Item<'_>> = self
            .ids
            .iter()
            .enumerate()
            .map(|(place, track)| Item { track: *track, start: place as u64, values: self.curves.points(place) })
            .collect();
        // Only an index of nothing, or of more points than the layout counts, goes without.
        if let Ok(store) = Store::build(self.dim, &items) {
            let places = store.tracks().map(|(_, place, _)| place as u32).collect();
            self.parts = vec![Part::new(store, places)];
        }
        self
    }

    /// The same index with its kernels restricted to one instruction set, which the processor must have.
    pub fn with_level(mut self, level: Level) -> Self {
        if Level::available().contains(&level) {
            self.level = level;
        }
        self
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

    /// The compact stores; none where there are few tracks.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The trajectory of a track.
    pub fn trajectory(&self, track: TrackId) -> Option<Trajectory> {
        Trajectory::new(self.dim, self.points(track)?.to_vec()).ok()
    }

    /// The points of a track, one after the other.
    pub fn points(&self, track: TrackId) -> Option<&[f32]> {
        self.place(track).map(|place| self.curves.points(place))
    }

    /// Whether the track is one of these.
    pub fn contains(&self, track: TrackId) -> bool {
        self.place(track).is_some()
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
    /// the metric does not need. A blend weighs the four equally and scales each by its median, as [`Index::search`] does.
    ///
    /// # Errors
    /// [`SimilarityError::DifferentDimensions`] where the query is of another model.
    pub fn distances(&self, metric: Metric, query: &Trajectory) -> Result<Vec<f32>, SimilarityError> {
        self.check(query)?;
        let prepared = Prepared::new(query);
        let all: Vec<usize> = (0..self.len()).collect();
        Ok(match metric {
            Metric::Blend => {
                let table = self.single_distances(std::slice::from_ref(&prepared), &all);
                let sample: Vec<[f32; 4]> = table.iter().step_by(self.sample_step()).copied().collect();
                Blend::new([1.0; 4], &sample).of_all(&table)
            }
            _ => all
                .par_iter()
                .with_min_len(16)
                .map_init(Scratch::default, |scratch, target| self.one_distance(metric, &prepared, *target, scratch))
                .collect(),
        })
    }

    /// The distances of `tracks` from `query` under each of [`Metric::SINGLE`], each divided by its median over all tracks
    /// but `itself` (or over an even sample of them): what a blend weighs. Tracks that are not here are left out.
    ///
    /// # Errors
    /// [`SimilarityError::DifferentDimensions`] where the query is of another model.
    pub fn scaled_distances(
        &self,
        query: &Trajectory,
        itself: TrackId,
        tracks: &[TrackId],
    ) -> Result<Vec<(TrackId, [f32; 4])>, SimilarityError> {
        self.check(query)?;
        let prepared = [Prepared::new(query)];
        let own = self.place(itself);
        let scales = scales(&self.sample_distances(&prepared, &|place| Some(place as usize) == own));
        let known: Vec<(TrackId, usize)> = tracks.iter().filter_map(|id| Some((*id, self.place(*id)?))).collect();
        let places: Vec<usize> = known.iter().map(|(_, place)| *place).collect();
        let rows = self.single_distances(&prepared, &places);
        let scaled = |row: [f32; 4]| std::array::from_fn(|metric| row[metric] / scales[metric]);
        Ok(known.into_iter().zip(rows).map(|((id, _), row)| (id, scaled(row))).collect())
    }

    pub(super) fn place(&self, track: TrackId) -> Option<usize> {
        self.ids.binary_search(&track).ok()
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    pub(super) fn engine(&self) -> Engine<'_> {
        Engine { level: self.level, assist: self.assist.get() }
    }

    /// Lets another processor compute the first pass of searches from now on, once.
    pub fn assist(&self, assist: Assist) -> &Assist {
        self.assist.get_or_init(|| assist)
    }

    /// The trajectory at a place, which is one of this index.
    pub(super) fn trajectory_at(&self, place: usize) -> Option<Trajectory> {
        Trajectory::new(self.dim, self.curves.points(place).to_vec()).ok()
    }

    /// All means as points.
    pub(super) fn mean_points(&self) -> Points<'_> {
        let (means, norms) = self.all_means();
        Points::new(self.dim, means, norms)
    }

    /// The distances under each of [`Metric::SINGLE`] of every target: those from the single queries by their shares.
    pub(super) fn single_distances(&self, queries: &[Prepared<'_>], targets: &[usize]) -> Vec<[f32; 4]> {
        targets
            .par_iter()
            .with_min_len(16)
            .map_init(Scratch::default, |scratch, target| self.singles(queries, *target, scratch))
            .collect()
    }

    /// The same of an even sample of all tracks, of all where they are few, without those that `without` names: what a blend is
    /// scaled by.
    pub(super) fn sample_distances(
        &self,
        queries: &[Prepared<'_>],
        without: &(dyn Fn(u32) -> bool + Sync),
    ) -> Vec<[f32; 4]> {
        let step = self.sample_step();
        let places = (0..self.len()).step_by(step);
        let sample = self.sample.get_or_init(|| Box::new(self.read_sample(step)));
        if sample.places.is_empty() {
            let places: Vec<usize> = places.filter(|place| !without(*place as u32)).collect();
            return self.single_distances(queries, &places);
        }
        let of = |scratch: &mut Scratch, at: usize| {
            let start = at.checked_sub(1).map_or(0, |before| sample.ends[before]);
            let points = &sample.values[start..sample.ends[at]];
            let mut sums = [0.0; 4];
            for query in queries {
                let distances = self.pair_of(query, points, None, scratch);
                sums.iter_mut().zip(distances).for_each(|(sum, distance)| *sum += distance * query.share);
            }
            sums
        };
        let wanted: Vec<usize> = (0..sample.places.len()).filter(|at| !without(sample.places[*at])).collect();
        wanted.par_iter().with_min_len(16).map_init(Scratch::default, |scratch, at| of(scratch, *at)).collect()
    }

    fn read_sample(&self, step: usize) -> Sample {
        let places: Vec<u32> = (0..self.len() as u32).step_by(step).collect();
        let values: usize = places.iter().map(|place| self.curves.points(*place as usize).len()).sum();
        if step == 1 || values * 4 > SAMPLE_BYTES {
            return Sample::default();
        }
        let mut sample = Sample { places, ends: Vec::new(), values: Vec::with_capacity(values) };
        for place in &sample.places {
            sample.values.extend_from_slice(self.curves.points(*place as usize));
            sample.ends.push(sample.values.len());
        }
        sample
    }

    /// One in so many tracks is in the sample.
    pub(super) fn sample_step(&self) -> usize {
        if self.len() <= LARGE { 1 } else { self.len().div_ceil(SAMPLE) }
    }

    /// Reads what the first search by the blend would have to wait for.
    pub fn warm(&self) {
        self.sample.get_or_init(|| Box::new(self.read_sample(self.sample_step())));
    }

    /// The distances under each of [`Metric::SINGLE`] of one target: those from the single queries by their shares.
    pub(super) fn singles(&self, queries: &[Prepared<'_>], target: usize, scratch: &mut Scratch) -> [f32; 4] {
        let mut sums = [0.0; 4];
        for query in queries {
            let distances = self.pair(query, target, scratch);
            sums.iter_mut().zip(distances).for_each(|(sum, distance)| *sum += distance * query.share);
        }
        sums
    }

    /// One of the single distances of one target: those from the single queries by their shares.
    pub(super) fn single(&self, metric: Metric, queries: &[Prepared<'_>], target: usize, scratch: &mut Scratch) -> f32 {
        queries.iter().fold(0.0, |sum, query| sum + self.one_distance(metric, query, target, scratch) * query.share)
    }

    pub(super) fn pair(&self, query: &Prepared<'_>, target: usize, scratch: &mut Scratch) -> [f32; 4] {
        let mean = self.means.get().map(|_| self.mean_at(target));
        self.pair_of(query, self.curves.points(target), mean, scratch)
    }

    /// The distances from a trajectory of these points, with its mean where that is known.
    fn pair_of(&self, query: &Prepared<'_>, points: &[f32], mean: Option<&[f32]>, scratch: &mut Scratch) -> [f32; 4] {
        let columns = self.fill_pairs(query, points, scratch);
        let mut distances = [0.0; 4];
        distances[MEAN] = self.mean_distance(query, points, mean);
        distances[MIN] = distance::min(&scratch.squared, columns);
        distances[FRECHET] = distance::frechet(&scratch.squared, columns, &mut scratch.frechet);
        distances[DTW] = distance::dtw(&scratch.squared, columns, &mut scratch.dtw);
        distances
    }

    /// One of [`Metric::SINGLE`].
    pub(super) fn one_distance(
        &self,
        metric: Metric,
        query: &Prepared<'_>,
        target: usize,
        scratch: &mut Scratch,
    ) -> f32 {
        let points = self.curves.points(target);
        if matches!(metric, Metric::Mean | Metric::Blend) {
            return self.mean_distance(query, points, self.means.get().map(|_| self.mean_at(target)));
        }
        let columns = self.fill_pairs(query, points, scratch);
        match metric {
            Metric::Min => distance::min(&scratch.squared, columns),
            Metric::Frechet => distance::frechet(&scratch.squared, columns, &mut scratch.frechet),
            Metric::Dtw | Metric::Mean | Metric::Blend => distance::dtw(&scratch.squared, columns, &mut scratch.dtw),
        }
    }

    /// The table of squared distances into the scratch; returns its columns.
    fn fill_pairs(&self, query: &Prepared<'_>, points: &[f32], scratch: &mut Scratch) -> usize {
        let columns = points.len() / self.dim;
        scratch.squared.resize(query.trajectory.len() * columns, 0.0);
        squared_table(self.level, self.dim, query.trajectory.values(), points, &mut scratch.squared);
        columns
    }

    fn mean_distance(&self, query: &Prepared<'_>, points: &[f32], mean: Option<&[f32]>) -> f32 {
        match mean {
            Some(mean) => squared_distance(&query.mean, mean).sqrt(),
            None => squared_distance(&query.mean, &mean_of(self.dim, points)).sqrt(),
        }
    }

    fn all_means(&self) -> &(Vec<f32>, Vec<f32>) {
        self.means.get_or_init(|| {
            let means: Vec<f32> = (0..self.len())
                .into_par_iter()
                .flat_map_iter(|place| mean_of(self.dim, self.curves.points(place)))
                .collect();
            let norms = if self.dim == 0 { Vec::new() } else { squared_norms(self.dim, &means) };
            (means, norms)
        })
    }

    pub(super) fn mean_at(&self, place: usize) -> &[f32] {
        &self.all_means().0[place * self.dim..(place + 1) * self.dim]
    }
}

/// The mean of points, summed in `f64`.
pub(super) fn mean_of(dim: usize, values: &[f32]) -> Vec<f32> {
    super::exact::mean(dim, values)
}
