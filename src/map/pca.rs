//! Principal components: the start of every map, and all of a tiny one.

use ndarray::ArrayView2;

use super::points::PointSet;
use crate::domain::symmetric_eigen;

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
