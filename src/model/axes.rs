//! The principal axes of segments: the N directions that give the most back by sums alone.

use ndarray::{Array2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::{Cancelled, symmetric_eigen};

/// More axes than asked for are followed, so that the last asked for are found as well as the first.
const BESIDE: usize = 32;
/// Rounds in which the axes turn towards the largest spreads.
const ROUNDS: usize = 4;

/// What was found in a sample of segments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PrincipalAxes {
    /// The mean segment: H·W values.
    pub mean: Vec<f32>,
    /// H·W × N, row by row; each axis has length 1.
    pub axes: Vec<f32>,
}

impl PrincipalAxes {
    /// The `count` axes along which `segments`, rows × H·W, spread the most, by randomised subspace iteration (Halko,
    /// Martinsson and Tropp 2011, algorithm 4.4). Where the segments spread along fewer than that, the others are 0.
    /// `pause` is asked between rounds, each of which may take a second.
    ///
    /// # Errors
    /// [`Cancelled`] where `pause` is.
    pub fn of(
        mut segments: Array2<f32>,
        count: usize,
        seed: u64,
        pause: &mut dyn FnMut() -> Result<(), Cancelled>,
    ) -> Result<Self, Cancelled> {
        let (rows, size) = segments.dim();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Another stream than the networks'.
        random.set_stream(3);
        let mean = segments.mean_axis(Axis(0)).unwrap_or_else(|| ndarray::Array1::zeros(size));
        segments -= &mean;
        let mut axes = Array2::from_shape_fn((size, count.max((count + BESIDE).min(rows))), |_| {
            random.random_range(-1.0_f32..1.0)
        });
        orthonormal(&mut axes);
        for _ in 0..ROUNDS {
            pause()?;
            let mut turned = segments.t().dot(&segments.dot(&axes));
            orthonormal(&mut turned);
            axes = turned;
        }
        let along = segments.dot(&axes).mapv(f64::from);
        let (spreads, directions) = symmetric_eigen(along.t().dot(&along));
        let mut order: Vec<usize> = (0..spreads.len()).collect();
        order.sort_by(|a, b| spreads[*b].total_cmp(&spreads[*a]));
        let directions = directions.select(Axis(1), &order[..count]).mapv(|value| value as f32);
        Ok(Self { mean: mean.to_vec(), axes: axes.dot(&directions).iter().copied().collect() })
    }
}

/// Makes columns stand at right angles, each of length 1, by Gram and Schmidt, twice for the rounding. A column that
/// depends on those before becomes nothing.
fn orthonormal(columns: &mut Array2<f32>) {
    // Rows of the transposed lie together in memory.
    let mut rows = columns.t().as_standard_layout().into_owned();
    for index in 0..rows.nrows() {
        let (before, mut rest) = rows.view_mut().split_at(Axis(0), index);
        let mut row = rest.row_mut(0);
        let length = row.dot(&row).sqrt();
        for _ in 0..2 {
            let along = before.dot(&row);
            row -= &before.t().dot(&along);
        }
        let left = row.dot(&row).sqrt();
        let scale = if left > 1e-5 * length { 1.0 / left } else { 0.0 };
        row *= scale;
    }
    *columns = rows.reversed_axes().as_standard_layout().into_owned();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rows: usize, size: usize) -> Array2<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        // Spreads that fall from column to column, and a mean that is not nothing.
        Array2::from_shape_fn((rows, size), |(_, column)| {
            2.0 + random.random_range(-1.0_f32..1.0) / (1.0 + column as f32)
        })
    }

    fn found(segments: Array2<f32>, count: usize) -> PrincipalAxes {
        PrincipalAxes::of(segments, count, 1, &mut || Ok(())).unwrap()
    }

    #[test]
    fn axes_are_the_eigenvectors_of_the_covariance() {
        let segments = sample(300, 40);
        let found = found(segments.clone(), 4);
        let centred = &segments - &segments.mean_axis(Axis(0)).unwrap();
        let centred = centred.mapv(f64::from);
        let (spreads, directions) = symmetric_eigen(centred.t().dot(&centred));
        let mut order: Vec<usize> = (0..40).collect();
        order.sort_by(|a, b| spreads[*b].total_cmp(&spreads[*a]));
        for (axis, theirs) in order.into_iter().take(4).map(|index| directions.column(index)).enumerate() {
            let ours = found.axes.iter().skip(axis).step_by(4).map(|value| f64::from(*value));
            let cosine: f64 = theirs.iter().zip(ours).map(|(theirs, ours)| theirs * ours).sum();
            assert!(cosine.abs() > 0.9999, "axis {axis}: {cosine}");
        }
    }

    #[test]
    fn axes_stand_at_right_angles_even_with_fewer_segments_than_axes() {
        for rows in [1, 3, 50] {
            let found = found(sample(rows, 30), 8);
            let axes = Array2::from_shape_vec((30, 8), found.axes).unwrap();
            let products = axes.t().dot(&axes);
            for ((a, b), product) in products.indexed_iter() {
                let expected = if a == b && product.abs() > 0.5 { 1.0 } else { 0.0 };
                assert!((product - expected).abs() < 1e-4, "{rows} rows: {a} and {b} have {product}");
            }
            assert!(axes.iter().all(|value| value.is_finite()));
        }
    }
}
