//! The points a map is made of, and their exact nearest neighbours.

use rayon::prelude::*;

use crate::domain::{Cancelled, Control, TrackId};
use crate::similarity::kernel::{Points, squared_distances, squared_norms};

use super::MapError;

/// The largest coordinate whose square still leaves room for a sum of many.
const LARGEST: f32 = 1e15;

/// Points of the embedding space, moved so that their mean is the origin: distances keep, and their digits too.
#[derive(Debug, Clone)]
pub struct PointSet {
    dim: usize,
    centre: Vec<f32>,
    values: Vec<f32>,
    norms: Vec<f32>,
}

impl PointSet {
    /// Takes one point per track.
    ///
    /// # Errors
    /// [`MapError`] where dimensions differ, a value is not finite or so large that squares overflow, or a track comes
    /// twice.
    pub fn new(points: &[(TrackId, Vec<f32>)]) -> Result<Self, MapError> {
        let dim = points.first().map_or(0, |(_, point)| point.len());
        for (track, point) in points {
            if point.len() != dim || dim == 0 {
                return Err(MapError::MixedDimensions { track: *track, expected: dim, found: point.len() });
            }
            if !point.iter().all(|value| value.abs() <= LARGEST) {
                return Err(MapError::Unusable { track: *track });
            }
        }
        let mut ids: Vec<TrackId> = points.iter().map(|(track, _)| *track).collect();
        ids.sort_unstable();
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(MapError::RepeatedTrack { track: pair[0] });
        }
        Ok(Self::centred(dim, points.iter().map(|(_, point)| point.as_slice())))
    }

    fn centred<'a>(dim: usize, points: impl Iterator<Item = &'a [f32]> + Clone) -> Self {
        let mut sums = vec![0.0_f64; dim];
        let mut count = 0_usize;
        for point in points.clone() {
            sums.iter_mut().zip(point).for_each(|(sum, value)| *sum += f64::from(*value));
            count += 1;
        }
        let centre: Vec<f32> = sums.iter().map(|sum| (sum / count.max(1) as f64) as f32).collect();
        let values: Vec<f32> =
            points.flat_map(|point| point.iter().zip(&centre).map(|(value, centre)| value - centre)).collect();
        let norms = if dim == 0 { Vec::new() } else { squared_norms(dim, &values) };
        Self { dim, centre, values, norms }
    }

    /// The points at `places`, centred anew.
    #[must_use]
    pub fn subset(&self, places: &[usize]) -> Self {
        Self::centred(self.dim, places.iter().map(|place| self.point(*place)))
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.norms.len()
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.norms.is_empty()
    }

    /// Dimensions of a point; 0 where there is none.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Coordinates of one point. Panics past the end.
    pub fn point(&self, place: usize) -> &[f32] {
        &self.values[place * self.dim..(place + 1) * self.dim]
    }

    /// All coordinates, point by point.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Moves coordinates of the embedding space as the points were moved.
    pub(super) fn moved(&self, values: &[f32]) -> Vec<f32> {
        values.chunks_exact(self.dim).flat_map(|point| point.iter().zip(&self.centre).map(|(v, c)| v - c)).collect()
    }

    pub(super) fn as_points(&self) -> Points<'_> {
        Points::new(self.dim, &self.values, &self.norms)
    }

    /// Whether all points lie in one place.
    pub fn is_single_place(&self) -> bool {
        let scale = self.centre.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        self.values.iter().all(|value| value.abs() <= scale * 1e-6)
    }
}

/// For every point its `k` nearest, by rising distance; equally near ones by rising place.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    /// Neighbours of each point.
    pub k: usize,
    /// Places of the neighbours, `k` for each point.
    pub places: Vec<u32>,
    /// Squared Euclidean distances to them.
    pub squared: Vec<f32>,
}

impl Neighbours {
    /// Places of the neighbours of one point.
    pub fn of(&self, point: usize) -> &[u32] {
        &self.places[point * self.k..(point + 1) * self.k]
    }

    /// Squared distances to the neighbours of one point.
    pub fn squared_of(&self, point: usize) -> &[f32] {
        &self.squared[point * self.k..(point + 1) * self.k]
    }
}

/// The nearest of every point as they are known from elsewhere: of each as many places, itself left out, nearest first.
#[derive(Debug, Clone, Copy)]
pub struct KnownNearest<'a> {
    k: usize,
    places: &'a [u32],
}

impl<'a> KnownNearest<'a> {
    /// Takes `k` places for each of `points` points; `None` where there are fewer, or one names no point.
    pub fn new(points: usize, k: usize, places: &'a [u32]) -> Option<Self> {
        let fits = k > 0 && places.len() == points.checked_mul(k)?;
        (fits && places.iter().all(|place| (*place as usize) < points)).then_some(Self { k, places })
    }

    /// Whether they are those of so many points.
    pub(super) fn is_of(&self, points: usize) -> bool {
        self.places.len() == points * self.k
    }

    /// Places of the nearest of one point.
    fn of(&self, point: usize) -> &'a [u32] {
        &self.places[point * self.k..(point + 1) * self.k]
    }

    /// The `k` nearest of every point of `set`, with their distances; `None` where not so many are known.
    pub(super) fn nearest(&self, set: &PointSet, k: usize) -> Option<Neighbours> {
        if k > self.k {
            return None;
        }
        let rows: Vec<Vec<(f32, u32)>> =
            (0..set.len()).into_par_iter().map(|point| measured(set, point, &self.of(point)[..k])).collect();
        let (squared, places) = rows.into_iter().flatten().unzip();
        Some(Neighbours { k, places, squared })
    }

    /// The `k` of `chosen` (rising places) that are nearest to one point, by their rows in it; fewer where fewer are known.
    pub(super) fn nearest_chosen(&self, set: &PointSet, point: usize, chosen: &[usize], k: usize) -> Vec<(f32, u32)> {
        let row = |place: u32| chosen.binary_search(&(place as usize)).ok();
        let places: Vec<u32> = self.of(point).iter().copied().filter(|place| row(*place).is_some()).take(k).collect();
        let found = measured(set, point, &places).into_iter();
        found.filter_map(|(squared, place)| Some((squared, row(place)? as u32))).collect()
    }
}

/// Squared distances from one point to those at `places`, and the places, as [`nearest`] gives and orders them.
fn measured(set: &PointSet, point: usize, places: &[u32]) -> Vec<(f32, u32)> {
    let values: Vec<f32> = places.iter().flat_map(|place| set.point(*place as usize)).copied().collect();
    let norms: Vec<f32> = places.iter().map(|place| set.norms[*place as usize]).collect();
    let mut squared = vec![0.0; places.len()];
    let query = set.as_points();
    squared_distances(query.slice(point..point + 1), Points::new(set.dim, &values, &norms), &mut squared);
    let mut found: Vec<(f32, u32)> = squared.into_iter().zip(places.iter().copied()).collect();
    found.sort_unstable_by(by_distance);
    found
}

fn by_distance(a: &(f32, u32), b: &(f32, u32)) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

/// Rows of one matrix product: enough to reuse what is loaded of the other side.
const BLOCK: usize = 64;

/// The `k` nearest points of `set` of each of its points, itself left out; fewer where there are not so many.
///
/// # Errors
/// [`Cancelled`] soon after `control` is cancelled.
pub fn exact_neighbours(set: &PointSet, k: usize, control: &Control) -> Result<Neighbours, Cancelled> {
    let k = k.min(set.len().saturating_sub(1));
    nearest(set.as_points(), set.as_points(), k, true, control)
}

/// The `k` points of `among` nearest to each of `queries`. `within` says that both are the same points, and leaves each
/// out of its own neighbours; `k` is then less than their number, else at most it.
pub(super) fn nearest(
    queries: Points<'_>,
    among: Points<'_>,
    k: usize,
    within: bool,
    control: &Control,
) -> Result<Neighbours, Cancelled> {
    let mut places = Vec::with_capacity(queries.len() * k);
    let mut squared = Vec::with_capacity(queries.len() * k);
    let step = BLOCK * rayon::current_num_threads().max(1);
    for start in (0..queries.len()).step_by(step) {
        control.checkpoint()?;
        let end = (start + step).min(queries.len());
        let blocks: Vec<_> = (start..end).step_by(BLOCK).collect();
        let found: Vec<Vec<(f32, u32)>> = blocks
            .into_par_iter()
            .map(|start| nearest_of_block(queries, start..(start + BLOCK).min(end), among, k, within))
            .collect();
        for (distance, place) in found.into_iter().flatten() {
            places.push(place);
            squared.push(distance);
        }
    }
    Ok(Neighbours { k, places, squared })
}

fn nearest_of_block(
    queries: Points<'_>,
    block: std::ops::Range<usize>,
    among: Points<'_>,
    k: usize,
    within: bool,
) -> Vec<(f32, u32)> {
    let mut table = vec![0.0; block.len() * among.len()];
    squared_distances(queries.slice(block.clone()), among, &mut table);
    let mut found = Vec::with_capacity(block.len() * k);
    let mut keys: Vec<(f32, u32)> = Vec::with_capacity(among.len());
    for (query, row) in block.zip(table.chunks_exact(among.len().max(1))) {
        keys.clear();
        keys.extend(row.iter().copied().zip(0..).filter(|key| !within || key.1 as usize != query));
        if k < keys.len() {
            keys.select_nth_unstable_by(k, by_distance);
            keys.truncate(k);
        }
        keys.sort_unstable_by(by_distance);
        found.extend_from_slice(&keys);
    }
    found
}
