//! Principal components: the start of every map, and all of a tiny one.

use ndarray::{Array2, ArrayView2};

use super::points::PointSet;

/// The points along the two directions of their largest spread, each with the sign that makes its largest weight
/// positive. One-dimensional points lie on the first axis.
pub fn principal_positions(set: &PointSet) -> Vec<[f64; 2]> {
    let dim = set.dim();
    if set.is_empty() {
        return Vec::new();
    }
    let values: Vec<f64> = set.values().iter().map(|value| f64::from(*value)).collect();
    let points = ArrayView2::from_shape((set.len(), dim), &values).expect("a point set holds len × dim values");
    let covariance = points.t().dot(&points) / set.len() as f64;
    let (spreads, directions) = symmetric_eigen(covariance);
    let mut order: Vec<usize> = (0..dim).collect();
    order.sort_by(|a, b| spreads[*b].total_cmp(&spreads[*a]));
    let axes: Vec<Vec<f64>> = order
        .iter()
        .take(2)
        .map(|column| {
            let axis: Vec<f64> = directions.column(*column).to_vec();
            let heaviest = axis.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
            axis.iter().map(|weight| weight * heaviest.signum()).collect()
        })
        .collect();
    let along = |point: &[f64], axis: Option<&Vec<f64>>| -> f64 {
        axis.map_or(0.0, |axis| point.iter().zip(axis).map(|(value, weight)| value * weight).sum())
    };
    values.chunks_exact(dim).map(|point| [along(point, axes.first()), along(point, axes.get(1))]).collect()
}

/// Eigenvalues and eigenvectors (as columns) of a symmetric matrix, by Jacobi's rotations.
pub(super) fn symmetric_eigen(mut matrix: Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let dim = matrix.nrows();
    let mut vectors = Array2::<f64>::eye(dim);
    let size: f64 = matrix.iter().map(|value| value * value).sum();
    for _sweep in 0..50 {
        let rest: f64 = matrix.indexed_iter().filter(|((i, j), _)| i != j).map(|(_, value)| value * value).sum();
        if rest <= size * 1e-24 {
            break;
        }
        for p in 0..dim {
            for q in p + 1..dim {
                rotate(&mut matrix, &mut vectors, p, q);
            }
        }
    }
    (matrix.diag().to_vec(), vectors)
}

/// Turns the plane of axes `p` and `q` so that their covariance is 0 (Golub and Van Loan, section 8.5).
fn rotate(matrix: &mut Array2<f64>, vectors: &mut Array2<f64>, p: usize, q: usize) {
    let covariance = matrix[(p, q)];
    if covariance == 0.0 {
        return;
    }
    let ratio = (matrix[(q, q)] - matrix[(p, p)]) / (2.0 * covariance);
    let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |a: &mut f64, b: &mut f64| (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    for row in 0..matrix.nrows() {
        let (mut a, mut b) = (matrix[(row, p)], matrix[(row, q)]);
        turn(&mut a, &mut b);
        (matrix[(row, p)], matrix[(row, q)]) = (a, b);
        let (mut a, mut b) = (vectors[(row, p)], vectors[(row, q)]);
        turn(&mut a, &mut b);
        (vectors[(row, p)], vectors[(row, q)]) = (a, b);
    }
    for column in 0..matrix.ncols() {
        let (mut a, mut b) = (matrix[(p, column)], matrix[(q, column)]);
        turn(&mut a, &mut b);
        (matrix[(p, column)], matrix[(q, column)]) = (a, b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TrackId;

    #[test]
    fn the_widest_directions_come_first() {
        // Spread 9 along (3, 4) / 5, spread 1 across it, in a plane of three dimensions.
        let at = |long: f32, across: f32| vec![0.6 * long - 0.8 * across, 7.0, 0.8 * long + 0.6 * across];
        let points = [(-9.0, 0.0), (9.0, 0.0), (0.0, 1.0), (0.0, -1.0)];
        let points: Vec<_> = points.iter().zip(1..).map(|((l, a), i)| (TrackId(i), at(*l, *a))).collect();
        let positions = principal_positions(&PointSet::new(&points).unwrap());
        for (position, (x, y)) in positions.iter().zip([(-9.0, 0.0), (9.0, 0.0), (0.0, -1.0), (0.0, 1.0)]) {
            assert!((position[0] - x).abs() < 1e-5 && (position[1] - y).abs() < 1e-5, "{position:?} {x} {y}");
        }
    }

    #[test]
    fn one_dimension_lies_on_the_first_axis() {
        let points = [(TrackId(1), vec![1.0]), (TrackId(2), vec![3.0])];
        assert_eq!(principal_positions(&PointSet::new(&points).unwrap()), [[-1.0, 0.0], [1.0, 0.0]]);
    }
}
