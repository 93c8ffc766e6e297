//! The blend of the four distances.

use crate::domain::Metric;

/// Weights of the four distances with each one's median already divided in, and those medians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Blend {
    weights: [f32; 4],
    scales: [f32; 4],
}

impl Blend {
    /// Scales `weights` by the medians of the four distances over `table`, one row per compared track, so that a metric
    /// counts by its weight and not by the size of its numbers. Weights that are negative or not finite count as 0;
    /// where none is left, all four count alike. A metric whose median is 0 is not scaled.
    pub fn new(weights: [f32; 4], table: &[[f32; 4]]) -> Self {
        let mut weights = weights.map(|weight| if weight.is_finite() { weight.max(0.0) } else { 0.0 });
        if weights.iter().sum::<f32>() <= 0.0 {
            weights = [1.0; 4];
        }
        let total: f32 = weights.iter().sum();
        let scales = scales(table);
        Self { weights: std::array::from_fn(|metric| weights[metric] / total / scales[metric]), scales }
    }

    /// Each of the four distances with how much it counts and what it was divided by.
    pub fn terms(&self) -> Vec<(Metric, f32, f32)> {
        Metric::SINGLE.into_iter().enumerate().map(|(at, metric)| (metric, self.weights[at], self.scales[at])).collect()
    }

    pub fn of(&self, distances: &[f32; 4]) -> f32 {
        // A weight of 0 leaves a metric out even where its distance overflowed.
        self.weights
            .iter()
            .zip(distances)
            .filter(|(weight, _)| **weight > 0.0)
            .map(|(weight, value)| weight * value)
            .sum()
    }

    pub fn of_all(&self, table: &[[f32; 4]]) -> Vec<f32> {
        table.iter().map(|row| self.of(row)).collect()
    }
}

/// What each of the four distances is divided by: its median over `table`, or 1 where that is 0.
pub(super) fn scales(table: &[[f32; 4]]) -> [f32; 4] {
    std::array::from_fn(|metric| {
        let median = median(table.iter().map(|row| row[metric]).collect());
        if median > 0.0 && median.is_finite() { median } else { 1.0 }
    })
}

/// The lower median; 0 of nothing.
fn median(mut values: Vec<f32>) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = (values.len() - 1) / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_distance_counts_by_its_weight_whatever_its_size() {
        let table = [[1.0, 100.0, 0.0, 3.0], [2.0, 200.0, 0.0, 3.0], [4.0, 400.0, 0.0, 3.0]];
        let equal = Blend::new([1.0; 4], &table);
        assert!((equal.of(&table[1]) - 0.75).abs() < 1e-6, "the third metric is 0 everywhere");
        let first_alone = Blend::new([2.0, 0.0, f32::NAN, -1.0], &table);
        assert_eq!(first_alone.of_all(&table), [0.5, 1.0, 2.0]);
        assert_eq!(Blend::new([0.0; 4], &table), equal);
        assert_eq!(Blend::new([1.0; 4], &[]), Blend { weights: [0.25; 4], scales: [1.0; 4] });
        assert_eq!(scales(&table), [2.0, 200.0, 1.0, 3.0]);
    }
}
