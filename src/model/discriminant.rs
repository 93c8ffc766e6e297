//! The axes along which recordings differ the most from one another for what their own segments differ among themselves:
//! linear discriminant analysis (Fisher 1936; Rao 1948) with the recordings as classes, its scatter within classes shrunk towards
//! that of a ball (Friedman 1989), so that few recordings suffice.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::measured::Axes;
use crate::domain::symmetric_eigen;

/// How much of the scatter within recordings is taken to be the same in all directions.
const SHRUNK: f64 = 0.1;
/// The ratio of what recordings differ by to what their segments do, as variances, at which an axis counts half in a squared distance.
/// At a small one all axes count nearly alike, and recordings are found best; the larger it is, the more the few axes decide along
/// which recordings differ the most, and styles are found better.
const HALF: f64 = 2.0;

/// Sums over the segments of recordings, recording by recording.
#[derive(Debug)]
pub(super) struct Scatter {
    rows: f64,
    sums: Array1<f64>,
    /// Sums of the products of every two values.
    products: Array2<f64>,
    /// The same of what differs from the recording's own mean.
    within: Array2<f64>,
}

impl Scatter {
    /// Of nothing yet; of so many values a segment.
    pub fn new(values: usize) -> Self {
        let square = || Array2::zeros((values, values));
        Self { rows: 0.0, sums: Array1::zeros(values), products: square(), within: square() }
    }

    /// Adds the segments of one recording, row by row.
    pub fn add(&mut self, segments: &[f32]) {
        let values = self.sums.len();
        let Ok(rows) = ArrayView2::from_shape((segments.len() / values, values), segments) else { return };
        let mut rows = rows.mapv(f64::from);
        let Some(mean) = rows.mean_axis(Axis(0)) else { return };
        self.rows += rows.nrows() as f64;
        self.sums += &rows.sum_axis(Axis(0));
        self.products += &rows.t().dot(&rows);
        rows -= &mean;
        self.within += &rows.t().dot(&rows);
    }

    /// The `count` axes that tell the recordings apart best, of the values scaled to deviation 1. Along each the segments of a
    /// recording spread by 1, and less where recordings hardly differ.
    pub fn axes(self, count: usize) -> Axes {
        let values = self.sums.len();
        let rows = self.rows.max(1.0);
        let mean = &self.sums / rows;
        let column = mean.view().insert_axis(Axis(1));
        let all = &self.products / rows - column.dot(&column.t());
        // A value that never moves says nothing; it must not be blown up either.
        let deviation = all.diag().mapv(|variance| variance.max(0.0).sqrt().max(1e-4));
        let scales = deviation.view().insert_axis(Axis(1));
        let scale = scales.dot(&scales.t());
        let within = self.within / rows / &scale;
        let between = all / &scale - &within;
        let shrunk = &within * (1.0 - SHRUNK) + Array2::<f64>::eye(values) * ball(&within);

        let (spreads, mut whitening) = symmetric_eigen(shrunk);
        for (mut axis, spread) in whitening.columns_mut().into_iter().zip(&spreads) {
            axis /= spread.max(f64::MIN_POSITIVE).sqrt();
        }
        let (ratios, directions) = symmetric_eigen(whitening.t().dot(&between).dot(&whitening));
        let mut order: Vec<usize> = (0..values).collect();
        order.sort_by(|a, b| ratios[*b].total_cmp(&ratios[*a]));
        order.truncate(count);
        let mut axes = whitening.dot(&directions.select(Axis(1), &order));
        for (mut axis, place) in axes.columns_mut().into_iter().zip(&order) {
            let ratio = ratios[*place].max(0.0);
            axis *= (ratio / (ratio + HALF)).sqrt();
        }
        let narrow = |values: &mut dyn Iterator<Item = &f64>| values.map(|value| *value as f32).collect();
        Axes {
            mean: narrow(&mut mean.iter()),
            deviation: narrow(&mut deviation.iter()),
            axes: narrow(&mut axes.iter()),
            count: order.len(),
        }
    }
}

/// The share of a ball's variance that is added, along every axis.
fn ball(within: &Array2<f64>) -> f64 {
    // Where no segment differs from its recording there is nothing to shrink, and nothing may be divided by it.
    (SHRUNK * within.diag().sum() / within.nrows().max(1) as f64).max(1e-9)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Recordings of four values a segment: the first differs from segment to segment alone, the second mostly from recording
    /// to recording, the third is the sum of both, the fourth never moves.
    fn scatter(recordings: usize) -> Scatter {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut scatter = Scatter::new(4);
        for _ in 0..recordings {
            let own: f32 = random.random_range(-1.0..1.0);
            let mut rows = Vec::new();
            for _ in 0..20 {
                let here: f32 = random.random_range(-1.0..1.0);
                let second = own + 0.1 * random.random_range(-1.0..1.0_f32);
                rows.extend([5.0 + 3.0 * here, second, second + here, 7.0]);
            }
            scatter.add(&rows);
        }
        scatter
    }

    fn along(axes: &Axes, row: [f32; 4], axis: usize) -> f32 {
        (0..4).map(|at| (row[at] - axes.mean[at]) / axes.deviation[at] * axes.axes[at * axes.count + axis]).sum()
    }

    #[test]
    fn the_first_axis_is_what_tells_recordings_apart() {
        let axes = scatter(60).axes(2);
        assert_eq!((axes.count, axes.axes.len()), (2, 8));
        let moved = |row: [f32; 4]| (along(&axes, row, 0) - along(&axes, [5.0, 0.0, 0.0, 7.0], 0)).abs();
        // A segment that differs as the recording's own do, against another recording.
        let (own, other) = (moved([8.0, 0.0, 1.0, 7.0]), moved([5.0, 1.0, 1.0, 7.0]));
        assert!(other > 4.0 * own, "{own} {other}");
    }

    #[test]
    fn what_no_recording_differs_by_is_left_out() {
        let axes = scatter(60).axes(4);
        let size = |axis: usize| (0..4).map(|at| axes.axes[at * 4 + axis].powi(2)).sum::<f32>();
        assert!(size(0) > 0.5 && size(3) < 1e-3 * size(0), "{} {}", size(0), size(3));
    }

    #[test]
    fn an_axis_counts_by_what_recordings_differ_by_along_it() {
        // Between four recordings variances of 8 and 2, within each of 1 and 1, and nothing that goes together.
        let signs = [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0_f32)];
        let mut scatter = Scatter::new(2);
        for (first, second) in signs {
            let segments = signs.map(|(x, y)| [first * 8.0_f32.sqrt() + x, second * 2.0_f32.sqrt() + y]);
            scatter.add(segments.as_flattened());
        }
        let found = scatter.axes(2);
        // Scaled to variances of 1 the variances within are 1/9 and 1/3, and a tenth of their mean is put for a tenth of each.
        for (value, within) in [1.0 / 9.0, 1.0 / 3.0_f64].into_iter().enumerate() {
            let shrunk = 0.9 * within + 0.1 * (1.0 / 9.0 + 1.0 / 3.0) / 2.0;
            let ratio = (1.0 - within) / shrunk;
            let expected = (ratio / (ratio + HALF) / shrunk).sqrt();
            let axis = |axis: usize| f64::from(found.axes[value * 2 + axis]).abs();
            assert!((axis(value) - expected).abs() < 1e-5 && axis(1 - value) < 1e-5, "{:?} {expected}", found.axes);
        }
    }

    #[test]
    fn one_recording_or_silence_gives_numbers() {
        for scatter in [scatter(1), Scatter::new(4)] {
            let axes = scatter.axes(3);
            assert!(axes.axes.iter().chain(&axes.mean).chain(&axes.deviation).all(|value| value.is_finite()));
        }
        let mut silent = Scatter::new(4);
        silent.add(&[0.0; 40]);
        assert!(silent.axes(3).axes.iter().all(|value| value.is_finite()));
    }
}
