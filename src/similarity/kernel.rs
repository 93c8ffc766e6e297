//! Distances between many points at once.
//!
//! ‖a − b‖² = ‖a‖² + ‖b‖² − 2 a·b turns a table of distances into one matrix product, which runs at the speed of the
//! processor's vector units whatever this crate itself is built with. The difference loses digits where two points are
//! much nearer to each other than to the origin; such pairs are computed again from their coordinates.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

/// Below this share of ‖a‖² + ‖b‖² a squared distance has lost too many digits to the subtraction. Above it the
/// relative error of the distance stays under 1e-4.
const CANCELLATION: f32 = 4e-3;

/// Points row by row with the squares of their norms.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a> {
    dim: usize,
    values: &'a [f32],
    norms: &'a [f32],
}

impl<'a> Points<'a> {
    /// Takes `norms.len()` points of `dim` dimensions and their [`squared_norms`].
    ///
    /// Panics where the lengths do not agree: they are computed, never read.
    pub fn new(dim: usize, values: &'a [f32], norms: &'a [f32]) -> Self {
        assert_eq!(values.len(), dim * norms.len(), "one squared norm for each point");
        Self { dim, values, norms }
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.norms.len()
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.norms.is_empty()
    }

    /// The points of `range`.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        let values = &self.values[range.start * self.dim..range.end * self.dim];
        Self { dim: self.dim, values, norms: &self.norms[range] }
    }

    fn point(&self, index: usize) -> &'a [f32] {
        &self.values[index * self.dim..(index + 1) * self.dim]
    }

    fn view(&self) -> ArrayView2<'a, f32> {
        ArrayView2::from_shape((self.len(), self.dim), self.values).expect("`new` and `slice` hold the shape")
    }
}

/// The squared norm of each point of `values`.
pub fn squared_norms(dim: usize, values: &[f32]) -> Vec<f32> {
    values.chunks_exact(dim).map(|point| dot(point, point)).collect()
}

/// Squared Euclidean distances of every point of `a` to every point of `b`, row by row into `out`
/// (`a.len()` × `b.len()`). Never negative; infinite where a square overflows.
///
/// Panics where the dimensions differ or `out` has another length.
pub fn squared_distances(a: Points<'_>, b: Points<'_>, out: &mut [f32]) {
    assert_eq!(a.dim, b.dim, "points of one space");
    let columns = b.len();
    let mut table = ArrayViewMut2::from_shape((a.len(), columns), &mut *out).expect("out holds a.len() × b.len()");
    general_mat_mul(-2.0, &a.view(), &b.view().t(), 0.0, &mut table);
    if columns == 0 {
        return;
    }
    for (i, (row, a_norm)) in out.chunks_exact_mut(columns).zip(a.norms).enumerate() {
        for (j, (value, b_norm)) in row.iter_mut().zip(b.norms).enumerate() {
            let scale = a_norm + b_norm;
            let squared = scale + *value;
            // Written so that a NaN, the difference of two infinities, is computed again as well.
            *value = if squared > CANCELLATION * scale { squared } else { squared_distance(a.point(i), b.point(j)) };
        }
    }
}

/// The squared Euclidean distance of two points, from their coordinates.
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..8 {
            let difference = x[lane] - y[lane];
            sums[lane] += difference * difference;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| (x - y) * (x - y)).sum();
    sums.iter().sum::<f32>() + rest
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_single_distances_far_from_the_origin_too() {
        for offset in [0.0, 3.0, 1_000.0] {
            let dim = 11;
            let values: Vec<f32> = (0..6 * dim).map(|i| offset + ((i * 37 % 23) as f32) / 7.0).collect();
            let norms = squared_norms(dim, &values);
            let points = Points::new(dim, &values, &norms);
            let mut table = vec![f32::NAN; 36];
            squared_distances(points, points, &mut table);
            for i in 0..6 {
                assert_eq!(table[i * 6 + i], 0.0);
                for j in 0..6 {
                    let single = squared_distance(points.point(i), points.point(j));
                    assert!((table[i * 6 + j] - single).abs() <= 2e-4 * single, "{} {single}", table[i * 6 + j]);
                    assert_eq!(table[i * 6 + j], table[j * 6 + i]);
                }
            }
        }
    }

    #[test]
    fn an_overflow_is_infinitely_far_and_no_nan() {
        let values = [1e30, 0.0, -1e30, 0.0];
        let norms = squared_norms(2, &values);
        let points = Points::new(2, &values, &norms);
        let mut table = vec![0.0; 4];
        squared_distances(points, points, &mut table);
        assert_eq!(table, [0.0, f32::INFINITY, f32::INFINITY, 0.0]);
    }
}
