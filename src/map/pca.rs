//! The first two principal components: the start of every layout, and the whole layout of a handful of points.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Rounds of the power iteration: the start of a layout needs the direction, not the digits.
const ROUNDS: usize = 60;

/// Positions of `points` along their first two principal components, found by power iteration on the centred points.
/// The sign of each axis is fixed by its largest loading, so that the result is the same on every run.
pub(super) fn principal_plane(points: &[&[f32]], seed: u64) -> Vec<[f64; 2]> {
    let Some(dim) = points.first().map(|point| point.len()) else { return Vec::new() };
    let mut mean = vec![0.0_f64; dim];
    for point in points {
        for (sum, value) in mean.iter_mut().zip(*point) {
            *sum += f64::from(*value) / points.len() as f64;
        }
    }
    let centred: Vec<Vec<f64>> =
        points.iter().map(|point| point.iter().zip(&mean).map(|(value, mean)| f64::from(*value) - mean).collect()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut axes: Vec<Vec<f64>> = Vec::new();
    for _ in 0..2 {
        let mut axis: Vec<f64> = (0..dim).map(|_| random.random_range(-1.0..1.0)).collect();
        for _ in 0..ROUNDS {
            let mut next = vec![0.0_f64; dim];
            for point in &centred {
                let along = dot(point, &axis);
                for (sum, value) in next.iter_mut().zip(point) {
                    *sum += along * value;
                }
            }
            for known in &axes {
                let along = dot(&next, known);
                for (value, known) in next.iter_mut().zip(known) {
                    *value -= along * known;
                }
            }
            let length = dot(&next, &next).sqrt();
            if length <= f64::EPSILON {
                // No spread in this direction: every point gets 0 along it.
                axis = vec![0.0; dim];
                break;
            }
            axis = next.into_iter().map(|value| value / length).collect();
        }
        let largest = axis.iter().copied().fold(0.0_f64, |best, value| if value.abs() > best.abs() { value } else { best });
        if largest < 0.0 {
            axis.iter_mut().for_each(|value| *value = -*value);
        }
        axes.push(axis);
    }
    centred.iter().map(|point| [dot(point, &axes[0]), dot(point, &axes[1])]).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
