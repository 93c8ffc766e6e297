//! A few coordinates that hold most of a point: principal axes, and the length of what they leave out.
//!
//! x ↦ (Px, √(‖x‖² − ‖Px‖²)) never moves two points apart: with P a part of an orthonormal basis, the last coordinate is
//! the norm of the rest, and norms differ by no more than the points do. So any distance of the images, and any distance of
//! trajectories made of them, is at most that of the originals. The axes only decide how close it comes.

use ndarray::{Array2, ArrayView2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Coordinates of an image.
pub const NEAR: usize = 32;
/// Rounds of the orthogonal iteration; whatever it reaches is a basis.
const ROUNDS: usize = 12;
/// Keeps P a contraction although its rows are rounded.
const SHRINK: f64 = 0.999_99;

/// The centre and the axes, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    pub centre: Vec<f32>,
    pub axes: Vec<f32>,
}

impl Basis {
    /// The principal axes of a sample of points of `dim` dimensions.
    pub fn of(dim: usize, sample: &[f32]) -> Self {
        let count = sample.len() / dim;
        let mut centre = vec![0.0_f64; dim];
        for point in sample.chunks_exact(dim) {
            centre.iter_mut().zip(point).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        let centre: Vec<f32> = centre.iter().map(|sum| (sum / count.max(1) as f64) as f32).collect();
        let mut points = Array2::<f32>::zeros((count, dim));
        let scale = sample.iter().fold(1e-30_f32, |most, value| most.max(value.abs()));
        for (mut row, point) in points.rows_mut().into_iter().zip(sample.chunks_exact(dim)) {
            for ((cell, value), centre) in row.iter_mut().zip(point).zip(&centre) {
                *cell = value / scale - centre / scale;
            }
        }
        let covariance = points.t().dot(&points).mapv(f64::from);
        let count = (NEAR - 1).min(dim);
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let mut axes = Array2::from_shape_simple_fn((count, dim), || random.random_range(-1.0..1.0_f64));
        orthonormalise(&mut axes);
        for _ in 0..ROUNDS {
            axes = axes.dot(&covariance);
            orthonormalise(&mut axes);
        }
        Self { centre, axes: axes.iter().map(|value| (value * SHRINK) as f32).collect() }
    }

    /// The images of points, [`NEAR`] coordinates each, and for each how far rounding may have moved it.
    pub fn map(&self, points: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let dim = self.centre.len();
        let (count, axes) = (points.len() / dim, self.axes.len() / dim);
        let mut centred = points.to_vec();
        for point in centred.chunks_exact_mut(dim) {
            point.iter_mut().zip(&self.centre).for_each(|(value, centre)| *value -= centre);
        }
        let projected = match (
            ArrayView2::from_shape((count, dim), &centred[..]),
            ArrayView2::from_shape((axes, dim), &self.axes[..]),
        ) {
            (Ok(points), Ok(axes)) => points.dot(&axes.t()),
            _ => Array2::zeros((count, axes)),
        };
        let mut images = vec![0.0; count * NEAR];
        let mut errors = Vec::with_capacity(count);
        let unit = dim as f64 * 1.2e-7;
        for ((point, image), row) in
            centred.chunks_exact(dim).zip(images.chunks_exact_mut(NEAR)).zip(projected.axis_iter(Axis(0)))
        {
            let mut kept = 0.0_f64;
            for (cell, value) in image.iter_mut().zip(row) {
                *cell = *value;
                kept += f64::from(*value) * f64::from(*value);
            }
            let whole: f64 = point.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
            let rest = (whole - kept).max(0.0).sqrt();
            image[NEAR - 1] = rest as f32;
            // The projection is off by `unit` of the norm, its square by twice that; a root of little is off by more.
            let norm = whole.sqrt();
            errors.push((unit * norm + 2.0 * unit * whole / rest.max(unit.sqrt() * norm).max(1e-30)) as f32);
        }
        (images, errors)
    }
}

/// Makes the rows orthonormal (Gram and Schmidt, twice each); a row that vanishes becomes a zero row, which is a
/// contraction as well.
fn orthonormalise(rows: &mut Array2<f64>) {
    for i in 0..rows.nrows() {
        for _ in 0..2 {
            for j in 0..i {
                let share = rows.row(i).dot(&rows.row(j));
                let other = rows.row(j).to_owned();
                rows.row_mut(i).scaled_add(-share, &other);
            }
            let norm = rows.row(i).dot(&rows.row(i)).sqrt();
            let factor = if norm > 1e-12 { 1.0 / norm } else { 0.0 };
            rows.row_mut(i).mapv_inplace(|value| value * factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn images_are_never_farther_apart_than_the_points_and_nearly_as_far_where_few_axes_matter() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for dim in [2, 31, 40, 128] {
            let width = |k: usize| 1.0 / (1.0 + k as f32);
            let points: Vec<f32> =
                (0..60 * dim).map(|i| 5.0 + width(i % dim) * random.random_range(-1.0..1.0_f32)).collect();
            let basis = Basis::of(dim, &points);
            let (images, errors) = basis.map(&points);
            for i in 0..60 {
                for j in 0..60 {
                    let whole = apart(&points[i * dim..][..dim], &points[j * dim..][..dim]);
                    let image = apart(&images[i * NEAR..][..NEAR], &images[j * NEAR..][..NEAR]);
                    let slack = f64::from(errors[i] + errors[j]);
                    assert!(image <= whole + slack, "{image} {whole} {slack}");
                    assert!(image >= 0.9 * whole, "{image} {whole} of {dim}");
                }
            }
        }
    }
}
