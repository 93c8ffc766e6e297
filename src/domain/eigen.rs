//! Eigenvalues of symmetric matrices: what principal components are made of, on the map and in a network.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::Array2;

/// Eigenvalues, in no order, and eigenvectors (as columns) of a symmetric matrix.
pub fn symmetric_eigen(matrix: Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let dim = matrix.nrows();
    let eigen = SymmetricEigen::new(DMatrix::from_fn(dim, dim, |row, column| matrix[(row, column)]));
    let vectors = Array2::from_shape_fn((dim, dim), |(row, column)| eigen.eigenvectors[(row, column)]);
    (eigen.eigenvalues.iter().copied().collect(), vectors)
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
