//! The plane in which a few trajectories are drawn: the two directions of their common largest spread.

use ndarray::Array2;

use crate::domain::{Trajectory, symmetric_eigen};

/// Trajectories on their common plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// The points of each trajectory, in the units of the embedding. A line in the plane is never longer than the distance
    /// it stands for.
    pub positions: Vec<Vec<[f32; 2]>>,
    /// Share of the points' variance that the plane shows, 0 to 1.
    pub kept: f32,
}

/// Projects trajectories of one model onto the plane of their first two principal components.
///
/// Each axis has the sign that makes its largest coordinate positive. Points of different dimensions, and points that are
/// all the same, lie at the origin.
pub fn plane(trajectories: &[&Trajectory]) -> Plane {
    let dim = trajectories.first().map_or(0, |first| first.dim());
    let count: usize = trajectories.iter().map(|trajectory| trajectory.len()).sum();
    let nowhere = || trajectories.iter().map(|trajectory| vec![[0.0; 2]; trajectory.len()]).collect();
    if dim == 0 || count == 0 || trajectories.iter().any(|trajectory| trajectory.dim() != dim) {
        return Plane { positions: nowhere(), kept: 0.0 };
    }
    let mut points = Array2::<f64>::zeros((count, dim));
    let values = trajectories.iter().flat_map(|trajectory| trajectory.values());
    points.iter_mut().zip(values).for_each(|(point, value)| *point = f64::from(*value));
    for mut column in points.columns_mut() {
        let mean = column.sum() / count as f64;
        column.mapv_inplace(|value| value - mean);
    }
    // Fewer points than dimensions: the products of points have the same largest eigenvalues as the covariance, and their
    // eigenvectors are the coordinates themselves.
    let by_point = count <= dim;
    let products = if by_point { points.dot(&points.t()) } else { points.t().dot(&points) };
    let (spreads, vectors) = symmetric_eigen(products);
    let total: f64 = spreads.iter().map(|spread| spread.max(0.0)).sum();
    let mut order: Vec<usize> = (0..spreads.len()).collect();
    order.sort_by(|a, b| spreads[*b].total_cmp(&spreads[*a]));
    let axes: Vec<usize> = order.into_iter().take(2).collect();
    let along: Vec<Vec<f64>> = axes
        .iter()
        .map(|axis| {
            let vector = vectors.column(*axis);
            let coordinates: Vec<f64> = if by_point {
                let scale = spreads[*axis].max(0.0).sqrt();
                vector.iter().map(|value| value * scale).collect()
            } else {
                points.dot(&vector).to_vec()
            };
            let largest = coordinates.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
            coordinates.iter().map(|value| value * largest.signum()).collect()
        })
        .collect();
    let coordinate = |axis: usize, point: usize| along.get(axis).map_or(0.0, |values| values[point]) as f32;
    let mut next = 0..count;
    let positions = trajectories
        .iter()
        .map(|trajectory| {
            next.by_ref().take(trajectory.len()).map(|point| [0, 1].map(|axis| coordinate(axis, point))).collect()
        })
        .collect();
    let shown: f64 = axes.iter().map(|axis| spreads[*axis].max(0.0)).sum();
    Plane { positions, kept: if total > 0.0 { (shown / total) as f32 } else { 0.0 } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
        (a[0] - b[0]).hypot(a[1] - b[1])
    }

    #[test]
    fn points_of_a_plane_keep_their_distances() {
        // A plane of five dimensions spanned by (3, 4, 0, 0, 0) / 5 and (0, 0, 0, 0, 1).
        let at = |x: f32, y: f32| [0.6 * x, 0.8 * x, 2.0, 0.0, y];
        let query = [at(0.0, 0.0), at(4.0, 1.0), at(8.0, -1.0)];
        let target = [at(1.0, 1.0), at(5.0, 3.0)];
        for copies in [1, 4] {
            // Few points and many take different ways to the same plane.
            let long = Trajectory::new(5, query.concat().repeat(copies)).unwrap();
            let short = Trajectory::new(5, target.concat()).unwrap();
            let plane = plane(&[&long, &short]);
            assert!((plane.kept - 1.0).abs() < 1e-5);
            assert_eq!(plane.positions.iter().map(Vec::len).collect::<Vec<_>>(), [3 * copies, 2]);
            let [a, b] = [plane.positions[0][1], plane.positions[1][1]];
            assert!((distance(a, b) - 5.0_f32.sqrt()).abs() < 1e-4, "{a:?} {b:?}");
        }
    }

    #[test]
    fn what_the_plane_cannot_show_is_said() {
        // The corners of a cube's axes, spread alike in three directions: a plane shows two thirds.
        let corners =
            [[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]];
        let plane = plane(&[&Trajectory::new(3, corners.concat()).unwrap()]);
        assert!((plane.kept - 2.0 / 3.0).abs() < 1e-5, "{}", plane.kept);
    }
}
