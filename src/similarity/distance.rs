//! Distances between two trajectories of any lengths.

use crate::domain::{Metric, Trajectory};

/// The four single distances of a pair, from one matrix of segment distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairDistances {
    pub mean: f32,
    pub min: f32,
    pub frechet: f32,
    pub dtw: f32,
}

impl PairDistances {
    /// In the order of [`Metric::SINGLE`].
    pub fn to_array(self) -> [f32; 4] {
        [self.mean, self.min, self.frechet, self.dtw]
    }
}

/// The distance of `target` from `query` under a single metric. A blend needs a library around it: it stands for the
/// unscaled mean of the four here.
///
/// Points of different dimensions are compared in the dimensions they share; an [`Index`](super::Index) refuses them.
pub fn distance(metric: Metric, query: &Trajectory, target: &Trajectory) -> f32 {
    match metric {
        Metric::Mean => euclidean(&query.mean(), &target.mean()),
        Metric::Min => min(&segment_distances(query, target), target.len()),
        Metric::Frechet => frechet(&segment_distances(query, target), target.len()),
        Metric::Dtw => dtw(&segment_distances(query, target), target.len()),
        Metric::Blend => {
            pair_distances(query, &query.mean(), target, &target.mean()).to_array().iter().sum::<f32>() / 4.0
        }
    }
}

/// All four distances; the means are given so that a library computes them once.
pub fn pair_distances(query: &Trajectory, query_mean: &[f32], target: &Trajectory, target_mean: &[f32]) -> PairDistances {
    let matrix = segment_distances(query, target);
    let columns = target.len();
    PairDistances {
        mean: euclidean(query_mean, target_mean),
        min: min(&matrix, columns),
        frechet: frechet(&matrix, columns),
        dtw: dtw(&matrix, columns),
    }
}

/// Euclidean distance of two points. Differences are squared rather than products expanded, so that equal points are
/// exactly 0 apart.
pub(super) fn euclidean(a: &[f32], b: &[f32]) -> f32 {
    /// Sums kept side by side, so that the compiler can use vector registers.
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| (x - y) * (x - y)).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            let difference = x[lane] - y[lane];
            sums[lane] += difference * difference;
        }
    }
    (sums.iter().sum::<f32>() + rest).sqrt()
}

/// Distances of every segment of the query to every segment of the target: query × target, row by row.
pub(super) fn segment_distances(query: &Trajectory, target: &Trajectory) -> Vec<f32> {
    let mut matrix = Vec::with_capacity(query.len() * target.len());
    for q in query.points() {
        matrix.extend(target.points().map(|t| euclidean(q, t)));
    }
    matrix
}

/// For each row the smallest value, averaged.
fn min(matrix: &[f32], columns: usize) -> f32 {
    let rows = matrix.len() / columns;
    let sum: f32 = matrix.chunks_exact(columns).map(|row| row.iter().copied().fold(f32::INFINITY, f32::min)).sum();
    sum / rows as f32
}

/// Discrete Fréchet distance by dynamic programming (Eiter and Mannila 1994): the smallest, over all couplings that
/// walk both curves forwards, of the largest distance met.
fn frechet(matrix: &[f32], columns: usize) -> f32 {
    let mut reach = vec![f32::INFINITY; columns];
    for (row_index, row) in matrix.chunks_exact(columns).enumerate() {
        let mut diagonal = f32::INFINITY;
        for column in 0..columns {
            let above = reach[column];
            let left = if column > 0 { reach[column - 1] } else { f32::INFINITY };
            let before = if row_index == 0 && column == 0 { 0.0 } else { above.min(left).min(diagonal) };
            diagonal = above;
            reach[column] = row[column].max(before);
        }
    }
    reach[columns - 1]
}

/// Cost and length of a warping path so far.
#[derive(Clone, Copy)]
struct Warp {
    cost: f32,
    steps: u32,
}

impl Warp {
    const NONE: Self = Self { cost: f32::INFINITY, steps: 0 };

    /// The cheaper one; of equally cheap ones the shorter, which makes the result symmetric.
    fn better(self, other: Self) -> Self {
        if other.cost < self.cost || (other.cost == self.cost && other.steps < self.steps) { other } else { self }
    }
}

/// Dynamic time warping with steps (1,0), (0,1), (1,1) of weight one: cost of the cheapest path over its length.
fn dtw(matrix: &[f32], columns: usize) -> f32 {
    let mut reach = vec![Warp::NONE; columns];
    for (row_index, row) in matrix.chunks_exact(columns).enumerate() {
        let mut diagonal = Warp::NONE;
        for column in 0..columns {
            let above = reach[column];
            let left = if column > 0 { reach[column - 1] } else { Warp::NONE };
            let before = match (row_index, column) {
                (0, 0) => Warp { cost: 0.0, steps: 0 },
                _ => diagonal.better(above).better(left),
            };
            diagonal = above;
            reach[column] = Warp { cost: before.cost + row[column], steps: before.steps + 1 };
        }
    }
    let end = reach[columns - 1];
    end.cost / end.steps as f32
}

/// The path whose cost [`dtw`] gives: (row, column), from the first pair to the last.
pub(super) fn warping_path(matrix: &[f32], columns: usize) -> Vec<(usize, usize)> {
    let rows = matrix.len() / columns;
    let mut reach = vec![Warp::NONE; matrix.len()];
    for row in 0..rows {
        for column in 0..columns {
            let before = match (row, column) {
                (0, 0) => Warp { cost: 0.0, steps: 0 },
                _ => predecessors(row, column)
                    .into_iter()
                    .flatten()
                    .fold(Warp::NONE, |best, (r, c)| best.better(reach[r * columns + c])),
            };
            let here = row * columns + column;
            reach[here] = Warp { cost: before.cost + matrix[here], steps: before.steps + 1 };
        }
    }
    let mut at = (rows - 1, columns - 1);
    let mut path = vec![at];
    while at != (0, 0) {
        let mut best: Option<((usize, usize), Warp)> = None;
        for cell in predecessors(at.0, at.1).into_iter().flatten() {
            let warp = reach[cell.0 * columns + cell.1];
            let wins = best.is_none_or(|(_, known)| {
                warp.cost < known.cost || (warp.cost == known.cost && warp.steps < known.steps)
            });
            if wins {
                best = Some((cell, warp));
            }
        }
        let Some((cell, _)) = best else { break };
        at = cell;
        path.push(at);
    }
    path.reverse();
    path
}

/// Cells a path may come from: the diagonal first.
fn predecessors(row: usize, column: usize) -> [Option<(usize, usize)>; 3] {
    let up = row.checked_sub(1);
    let left = column.checked_sub(1);
    [up.zip(left), up.map(|up| (up, column)), left.map(|left| (row, left))]
}
