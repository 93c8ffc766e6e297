//! The distances of two trajectories.
//!
//! With q₁…qₘ the points of the query, t₁…tₙ those of the target and d the Euclidean distance:
//!
//! | metric | value | symmetric | triangle inequality |
//! |---|---|---|---|
//! | mean | d(mean of q, mean of t) | yes | yes |
//! | min | 1/m Σᵢ minⱼ d(qᵢ, tⱼ) | no | no |
//! | Fréchet | the smallest over all couplings of the largest d(qᵢ, tⱼ) in it; discrete, after Eiter and Mannila (1994) | yes | yes |
//! | DTW | Σ d(qᵢ, tⱼ) along the warping path with the smallest sum, divided by the number of its pairs | yes | no |
//! | blend | weighted mean of the four, each divided by its median over the compared tracks | no | no |
//!
//! A coupling, like a warping path, starts at (1, 1), ends at (m, n) and goes on by one point of the query, of the target
//! or of both. Each pair on a warping path weighs 1 (Sakoe and Chiba's pattern "symmetric1"). Of several paths with the
//! same sum the shortest counts: a rule that does not tell the query from the target, so DTW is symmetric to the last bit.

use crate::domain::{Metric, Trajectory};

use super::kernel::squared_distance;

/// The distances in the order of [`Metric::SINGLE`].
pub(super) const MEAN: usize = 0;
pub(super) const MIN: usize = 1;
pub(super) const FRECHET: usize = 2;
pub(super) const DTW: usize = 3;

/// The distance of `target` from `query` under `metric`.
///
/// [`Metric::Blend`] has no library to scale by here: it is the plain mean of the four. Trajectories of different
/// dimensions are infinitely far apart.
pub fn distance(metric: Metric, query: &Trajectory, target: &Trajectory) -> f32 {
    let pairs = Pairs::new(query, target);
    let mut row = Vec::new();
    match metric {
        Metric::Mean => point_distance(&query.mean(), &target.mean()).sqrt(),
        Metric::Min => min(&pairs.squared, pairs.columns),
        Metric::Frechet => frechet(&pairs.squared, pairs.columns, &mut row),
        Metric::Dtw => dtw(&pairs.squared, pairs.columns, &mut Vec::new()),
        Metric::Blend => Metric::SINGLE.iter().map(|single| distance(*single, query, target)).sum::<f32>() / 4.0,
    }
}

/// Squared distances of every point of the query to every point of the target, row by row.
pub(super) struct Pairs {
    pub squared: Vec<f32>,
    pub columns: usize,
}

impl Pairs {
    pub fn new(query: &Trajectory, target: &Trajectory) -> Self {
        let squared =
            query.points().flat_map(|point| target.points().map(move |other| point_distance(point, other))).collect();
        Self { squared, columns: target.len() }
    }
}

fn point_distance(a: &[f32], b: &[f32]) -> f32 {
    if a.len() == b.len() { squared_distance(a, b) } else { f32::INFINITY }
}

/// The min distance from squared distances of points.
pub(super) fn min(squared: &[f32], columns: usize) -> f32 {
    let nearest = |row: &[f32]| row.iter().copied().fold(f32::INFINITY, f32::min).sqrt();
    let rows = squared.chunks_exact(columns);
    let count = rows.len() as f32;
    rows.map(nearest).sum::<f32>() / count
}

/// The discrete Fréchet distance from squared distances of points. `row` is working space.
pub(super) fn frechet(squared: &[f32], columns: usize, row: &mut Vec<f32>) -> f32 {
    // Before the first row no coupling exists, but the corner that the first pair starts from.
    row.clear();
    row.resize(columns, f32::INFINITY);
    let mut corner = 0.0_f32;
    for costs in squared.chunks_exact(columns) {
        let mut diagonal = corner;
        let mut left = f32::INFINITY;
        for (cell, cost) in row.iter_mut().zip(costs) {
            let reach = diagonal.min(*cell).min(left).max(*cost);
            diagonal = *cell;
            left = reach;
            *cell = reach;
        }
        corner = f32::INFINITY;
    }
    row.last().copied().unwrap_or(0.0).sqrt()
}

/// A sum of costs and the number of pairs it is made of in one number, so that comparing two numbers compares the sums
/// first and the lengths second: the bits of a float that is not negative rise with its value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Warp(u64);

impl Warp {
    pub const NONE: Self = Self(u64::MAX);
    pub const START: Self = Self(0);

    pub fn step(self, cost: f32) -> Self {
        let sum = f32::from_bits((self.0 >> 32) as u32) + cost;
        Self((u64::from(sum.to_bits()) << 32) | ((self.0 & 0xFFFF_FFFF) + 1))
    }

    pub fn mean_cost(self) -> f32 {
        f32::from_bits((self.0 >> 32) as u32) / (self.0 & 0xFFFF_FFFF).max(1) as f32
    }
}

/// The DTW distance from squared distances of points. `row` is working space.
pub(super) fn dtw(squared: &[f32], columns: usize, row: &mut Vec<Warp>) -> f32 {
    row.clear();
    row.resize(columns, Warp::NONE);
    let mut corner = Warp::START;
    for costs in squared.chunks_exact(columns) {
        let mut diagonal = corner;
        let mut left = Warp::NONE;
        for (cell, cost) in row.iter_mut().zip(costs) {
            let reach = diagonal.min(*cell).min(left).step(cost.sqrt());
            diagonal = *cell;
            left = reach;
            *cell = reach;
        }
        corner = Warp::NONE;
    }
    row.last().copied().unwrap_or(Warp::START).mean_cost()
}
