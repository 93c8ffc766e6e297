//! Exact nearest neighbours by brute force.

use rayon::prelude::*;

use crate::domain::{Cancelled, Control};

/// Squared Euclidean distance.
pub(super) fn squared(a: &[f32], b: &[f32]) -> f32 {
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
    sums.iter().sum::<f32>() + rest
}

/// The `k` nearest other points of every point: (index, distance), nearest first; equal distances by index.
///
/// # Errors
/// [`Cancelled`], at the next point.
pub(super) fn nearest<P: AsRef<[f32]> + Sync>(
    points: &[P],
    k: usize,
    control: &Control,
) -> Result<Vec<Vec<(usize, f32)>>, Cancelled> {
    (0..points.len())
        .into_par_iter()
        .map(|own| {
            control.checkpoint()?;
            Ok(nearest_to(points, points[own].as_ref(), k, Some(own)))
        })
        .collect()
}

/// The `k` points nearest to `query`, without the point `own`.
pub(super) fn nearest_to<P: AsRef<[f32]>>(
    points: &[P],
    query: &[f32],
    k: usize,
    own: Option<usize>,
) -> Vec<(usize, f32)> {
    let mut all: Vec<(usize, f32)> = points
        .iter()
        .enumerate()
        .filter(|(index, _)| Some(*index) != own)
        .map(|(index, point)| (index, squared(query, point.as_ref())))
        .collect();
    let order = |a: &(usize, f32), b: &(usize, f32)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
    if k < all.len() && k > 0 {
        all.select_nth_unstable_by(k - 1, order);
    }
    all.truncate(k);
    all.sort_unstable_by(order);
    all.into_iter().map(|(index, distance)| (index, distance.sqrt())).collect()
}
