//! Intervals by resampling.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::measures::skewness;

/// Resamples of an interval.
pub const RESAMPLES: usize = 1_000;

/// The 95 % percentile interval of a statistic under resampling with replacement (Efron 1979).
///
/// What is drawn are `groups` groups, not single queries: clips of one recording move together, for they are not
/// independent. `statistic` gets how often each group was drawn; a resample for which it gives `None` is drawn
/// but does not count. The same seed and number of groups draw the same resamples, so that systems are compared on equal
/// draws.
pub fn interval(groups: usize, seed: u64, statistic: impl Fn(&[f64]) -> Option<f64>) -> Option<(f64, f64)> {
    if groups == 0 {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut weights = vec![0.0; groups];
    let mut values = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        weights.fill(0.0);
        (0..groups).for_each(|_| weights[random.random_range(0..groups)] += 1.0);
        values.extend(statistic(&weights));
    }
    values.sort_unstable_by(f64::total_cmp);
    Some((quantile(&values, 0.025)?, quantile(&values, 0.975)?))
}

/// The interval of the mean of `values`, each with the group it moves with.
pub fn interval_of_mean(values: &[(usize, f64)], seed: u64) -> Option<(f64, f64)> {
    let (places, groups) = dense(values.iter().map(|(group, _)| *group));
    let mut sums = vec![(0.0, 0.0); groups];
    for (place, (_, value)) in places.iter().zip(values) {
        sums[*place].0 += value;
        sums[*place].1 += 1.0;
    }
    interval(groups, seed, |weights| {
        let drawn =
            |part: fn(&(f64, f64)) -> f64| -> f64 { sums.iter().zip(weights).map(|(sum, w)| part(sum) * w).sum() };
        let count = drawn(|sum| sum.1);
        (count > 0.0).then(|| drawn(|sum| sum.0) / count)
    })
}

/// The interval of the skewness of `values`, each with the group it moves with.
pub fn interval_of_skewness(values: &[(usize, f64)], seed: u64) -> Option<(f64, f64)> {
    let (places, groups) = dense(values.iter().map(|(group, _)| *group));
    interval(groups, seed, |weights| {
        Some(skewness(places.iter().zip(values).map(|(place, (_, value))| (weights[*place], *value))))
    })
}

/// Numbers the groups that occur without gaps, in the order in which they come.
fn dense(groups: impl Iterator<Item = usize>) -> (Vec<usize>, usize) {
    let mut known = std::collections::HashMap::new();
    let places = groups
        .map(|group| {
            let next = known.len();
            *known.entry(group).or_insert(next)
        })
        .collect();
    (places, known.len())
}

/// The quantile of sorted values, between two of them by their distance (numpy's "linear").
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * (sorted.len().checked_sub(1)?) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(quantile(&[7.0], 0.025), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_interval_of_many_coin_tosses_is_that_of_theory() {
        let values: Vec<(usize, f64)> = (0..400).map(|index| (index, f64::from(u8::from(index % 2 == 0)))).collect();
        let (low, high) = interval_of_mean(&values, 1).unwrap();
        // ±1.96 · √(0.25 / 400) = ±0.049
        assert!((low - 0.451).abs() < 0.01 && (high - 0.549).abs() < 0.01, "{low} to {high}");
        assert_eq!(interval_of_mean(&values, 1), Some((low, high)), "seeded");
        // In groups of four equal ones there is only a quarter as much to learn.
        let grouped: Vec<(usize, f64)> =
            values.iter().map(|(index, _)| (index / 4, f64::from(u8::from(index / 4 % 2 == 0)))).collect();
        let (wide_low, wide_high) = interval_of_mean(&grouped, 1).unwrap();
        assert!(((wide_high - wide_low) / (high - low) - 2.0).abs() < 0.2, "{wide_low} to {wide_high}");
    }

    #[test]
    fn nothing_has_no_interval_and_one_thing_a_point() {
        assert_eq!(interval_of_mean(&[], 1), None);
        assert_eq!(interval_of_mean(&[(3, 0.5), (3, 0.7)], 1), Some((0.6, 0.6)));
        assert_eq!(interval_of_skewness(&[(0, 2.0)], 1), Some((0.0, 0.0)));
    }
}
