//! Where a point that was not laid out belongs on a finished map.

use std::collections::HashMap;

use crate::domain::{Control, TrackId, Trajectory};
use crate::similarity::kernel::{Points, squared_norms};

use super::layout::MapLayout;
use super::points::{Neighbours, PointSet, nearest};

/// Neighbours that a place is made of.
pub(super) const PLACE_NEIGHBOURS: usize = 5;

/// Places points of the embedding space on a map: at the mean of the map positions of the 5 nearest track means that were
/// laid out themselves, weighted by 1 / distance². A point that is such a mean lies exactly where that track lies.
#[derive(Debug, Clone)]
pub struct Placer {
    anchors: Option<PointSet>,
    positions: Vec<[f32; 2]>,
}

impl Placer {
    /// Takes a map and the means it was made from. Tracks that only one of the two has are left out; so are means whose
    /// dimensions differ from those of the first.
    pub fn new(layout: &MapLayout, means: &[(TrackId, Vec<f32>)]) -> Self {
        let means: HashMap<TrackId, &Vec<f32>> = means.iter().map(|(track, mean)| (*track, mean)).collect();
        let mut anchors: Vec<(TrackId, Vec<f32>)> = Vec::new();
        let mut positions = Vec::new();
        for point in layout.points.iter().filter(|point| !point.approximate) {
            let Some(mean) = means.get(&point.track) else { continue };
            if anchors.first().is_none_or(|(_, first)| first.len() == mean.len()) {
                anchors.push((point.track, (*mean).clone()));
                positions.push([point.x, point.y]);
            }
        }
        // A map names each track once and means are finite; where a caller breaks that, nothing can be placed.
        Self { anchors: PointSet::new(&anchors).ok().filter(|set| !set.is_empty()), positions }
    }

    /// The position of one point of the embedding space; the origin where the map is empty or of another model.
    pub fn place(&self, point: &[f32]) -> [f32; 2] {
        self.place_rows(point.len(), point).first().copied().unwrap_or([0.0; 2])
    }

    /// The position of every segment of a track, in the order of time.
    pub fn place_trajectory(&self, trajectory: &Trajectory) -> Vec<[f32; 2]> {
        self.place_rows(trajectory.dim(), trajectory.values())
    }

    fn place_rows(&self, dim: usize, values: &[f32]) -> Vec<[f32; 2]> {
        let rows = values.len().checked_div(dim).unwrap_or(0);
        let Some(anchors) = self.anchors.as_ref().filter(|anchors| anchors.dim() == dim) else {
            return vec![[0.0; 2]; rows];
        };
        let moved = anchors.moved(values);
        let norms = squared_norms(dim, &moved);
        let k = PLACE_NEIGHBOURS.min(anchors.len());
        let queries = Points::new(dim, &moved, &norms);
        match nearest(queries, anchors.as_points(), k, false, &Control::default()) {
            Ok(near) => (0..rows).map(|row| weighted(&near, row, &self.positions)).collect(),
            // Nobody else holds the control.
            Err(_cancelled) => vec![[0.0; 2]; rows],
        }
    }
}

/// The mean of the positions of a row's neighbours, each weighted by 1 / distance²; of those at distance 0 alone, where
/// there are such.
pub(super) fn weighted(near: &Neighbours, row: usize, positions: &[[f32; 2]]) -> [f32; 2] {
    let nearest = near.squared_of(row).first().copied().unwrap_or(0.0);
    let mut sums = [0.0_f64; 3];
    for (place, squared) in near.of(row).iter().zip(near.squared_of(row)) {
        // Shares of the nearest, so that nothing overflows however near it is.
        let weight = match (nearest > 0.0, *squared > 0.0) {
            (true, _) => f64::from(nearest) / f64::from(*squared),
            (false, true) => 0.0,
            (false, false) => 1.0,
        };
        let [x, y] = positions[*place as usize];
        sums[0] += weight * f64::from(x);
        sums[1] += weight * f64::from(y);
        sums[2] += weight;
    }
    if sums[2] > 0.0 { [(sums[0] / sums[2]) as f32, (sums[1] / sums[2]) as f32] } else { [0.0; 2] }
}
