//! How far two orders of the same tracks agree.

use std::collections::HashSet;
use std::hash::Hash;

/// The share of the first `k` of `a` that is among the first `k` of `b`, whatever the order; `None` where one of the
/// two is empty. Where a list is shorter than `k`, the shorter of the two counts.
pub fn overlap<T: Eq + Hash>(a: &[T], b: &[T], k: usize) -> Option<f64> {
    let k = k.min(a.len()).min(b.len());
    let first: HashSet<&T> = a.iter().take(k).collect();
    let shared = b.iter().take(k).filter(|item| first.contains(item)).count();
    (k > 0).then(|| shared as f64 / k as f64)
}

/// Spearman's rank correlation of two lists of values of the same things, from −1 to 1; equal values share their mean
/// rank. `None` where the lengths differ, there are fewer than two things, or one list is constant.
pub fn spearman(a: &[f32], b: &[f32]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let (a, b) = (mean_ranks(a), mean_ranks(b));
    let middle = (a.len() as f64 - 1.0) / 2.0;
    let covariance: f64 = a.iter().zip(&b).map(|(x, y)| (x - middle) * (y - middle)).sum();
    let spread = |ranks: &[f64]| ranks.iter().map(|rank| (rank - middle).powi(2)).sum::<f64>();
    let scale = (spread(&a) * spread(&b)).sqrt();
    (scale > 0.0).then(|| covariance / scale)
}

fn mean_ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|x, y| values[*x].total_cmp(&values[*y]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for group in order.chunk_by(|x, y| values[*x] == values[*y]) {
        let rank = first as f64 + (group.len() as f64 - 1.0) / 2.0;
        group.iter().for_each(|index| ranks[*index] = rank);
        first += group.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_counts_what_both_begin_with() {
        assert_eq!(overlap(&[1, 2, 3, 4], &[4, 2, 1, 9], 3), Some(2.0 / 3.0));
        assert_eq!(overlap(&[1, 2], &[2, 1], 10), Some(1.0));
        assert_eq!(overlap::<u8>(&[], &[1], 3), None);
    }

    #[test]
    fn spearman_sees_order_and_not_size() {
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[1.0, 20.0, 300.0]), Some(1.0));
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
        // scipy.stats.spearmanr([1, 2, 2, 4, 5], [2, 1, 3, 3, 5]).statistic
        let tied = spearman(&[1.0, 2.0, 2.0, 4.0, 5.0], &[2.0, 1.0, 3.0, 3.0, 5.0]).unwrap();
        assert!((tied - 0.763_157_894_736_842).abs() < 1e-12, "{tied}");
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0], &[1.0, 2.0]), None);
    }
}
