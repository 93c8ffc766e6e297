//! Where a point of the embedding space lies on a finished map.

use std::collections::HashMap;

use rayon::prelude::*;

use super::MapLayout;
use super::neighbours::nearest_to;
use crate::domain::{TrackId, Trajectory};

/// Neighbours a point is placed between: few, so that it stays on the map's islands instead of in the sea between them.
const NEIGHBOURS: usize = 8;

/// Places points between the laid-out tracks nearest to them in the embedding space, weighted by the inverse of the
/// squared distance. A point that equals a track's mean lies exactly on that track.
pub struct Placer {
    means: Vec<Vec<f32>>,
    positions: Vec<[f32; 2]>,
}

impl Placer {
    /// Takes a map and the means of its tracks. Tracks that were placed approximately themselves carry no weight.
    pub fn new(layout: &MapLayout, means: &[(TrackId, Vec<f32>)]) -> Self {
        let of: HashMap<TrackId, &Vec<f32>> = means.iter().map(|(track, mean)| (*track, mean)).collect();
        let known = layout.points.iter().filter(|point| !point.approximate);
        let (means, positions) =
            known.filter_map(|point| Some(((*of.get(&point.track)?).clone(), [point.x, point.y]))).unzip();
        Self { means, positions }
    }

    pub(super) fn of(means: Vec<Vec<f32>>, positions: Vec<[f32; 2]>) -> Self {
        Self { means, positions }
    }

    /// The position of one point; the origin on an empty map.
    pub fn place(&self, point: &[f32]) -> [f32; 2] {
        let near = nearest_to(&self.means, point, NEIGHBOURS, None);
        if let Some((index, _)) = near.first().filter(|(_, distance)| *distance <= 0.0) {
            return self.positions[*index];
        }
        let (mut x, mut y, mut total) = (0.0_f64, 0.0_f64, 0.0_f64);
        for (index, distance) in near {
            let weight = 1.0 / f64::from(distance).powi(2).max(f64::MIN_POSITIVE);
            let [px, py] = self.positions[index];
            x += weight * f64::from(px);
            y += weight * f64::from(py);
            total += weight;
        }
        if total > 0.0 { [(x / total) as f32, (y / total) as f32] } else { [0.0, 0.0] }
    }

    /// The positions of a trajectory's points, in their order.
    pub fn place_trajectory(&self, trajectory: &Trajectory) -> Vec<[f32; 2]> {
        let points: Vec<&[f32]> = trajectory.points().collect();
        points.par_iter().map(|point| self.place(point)).collect()
    }
}
