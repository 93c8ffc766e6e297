//! Eigenvalues of symmetric matrices: what principal components are made of, on the map and in a network.

use ndarray::Array2;

/// Eigenvalues and eigenvectors (as columns) of a symmetric matrix, by Jacobi's rotations.
pub fn symmetric_eigen(mut matrix: Array2<f64>) -> (Vec<f64>, Array2<f64>) {
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
    use ndarray::arr2;

    use super::*;

    /// `numpy.linalg.eigh([[2, 1, 0], [1, 2, 1], [0, 1, 2]])`: 2 - √2, 2, 2 + √2.
    #[test]
    fn eigenvalues_are_numpys_and_vectors_belong_to_them() {
        let matrix = arr2(&[[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]]);
        let (values, vectors) = symmetric_eigen(matrix.clone());
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        for (value, expected) in sorted.iter().zip([2.0 - 2.0_f64.sqrt(), 2.0, 2.0 + 2.0_f64.sqrt()]) {
            assert!((value - expected).abs() < 1e-12, "{value} {expected}");
        }
        for (column, value) in values.iter().enumerate() {
            let vector = vectors.column(column).to_owned();
            let off = (matrix.dot(&vector) - vector.mapv(|entry| entry * value)).mapv(f64::abs).sum();
            assert!(off < 1e-12, "{off}");
        }
    }
}
