//! The measures of one query, and what they are expected to be where the ranking is random.
//!
//! A ranking is the query's gallery from the nearest to the farthest, told as whether each candidate is relevant. With G
//! candidates of which R are relevant:
//!
//! | measure | value | expected under a random ranking |
//! |---|---|---|
//! | R@1 | 1 where the first is relevant, else 0 | R / G |
//! | P@k | relevant ones among the first k, divided by k | min(k, G) / k · R / G |
//! | MRR | mean over queries of 1 / (rank of the first relevant) | Σᵣ 1/r · P(first relevant at r) |
//! | mAP | mean over queries of 1/R Σ P@r over the ranks r of relevant ones | 1/G · (H(G) + (R − 1)/(G − 1) · (G − H(G))), H the harmonic number |
//!
//! Equally near candidates stand in the order of their ids, as everywhere in Songline.

/// R@1: 1 where the nearest candidate is relevant.
pub fn recall_at_1(ranking: &[bool]) -> f64 {
    f64::from(u8::from(ranking.first() == Some(&true)))
}

/// P@k: the share of the first `k` that is relevant. A gallery smaller than `k` counts as filled up with irrelevant
/// ones, so that a query cannot win by having few candidates.
pub fn precision_at(k: usize, ranking: &[bool]) -> f64 {
    ranking.iter().take(k).filter(|relevant| **relevant).count() as f64 / k.max(1) as f64
}

/// 1 / rank of the first relevant candidate; 0 where none is. Its mean over queries is MRR.
pub fn reciprocal_rank(ranking: &[bool]) -> f64 {
    ranking.iter().position(|relevant| *relevant).map_or(0.0, |place| 1.0 / (place + 1) as f64)
}

/// Average precision: the mean, over the relevant candidates, of the precision at their ranks; 0 where there is none. Its
/// mean over queries is mAP.
pub fn average_precision(ranking: &[bool]) -> f64 {
    let (mut found, mut sum) = (0.0, 0.0);
    for (place, _) in ranking.iter().enumerate().filter(|(_, relevant)| **relevant) {
        found += 1.0;
        sum += found / (place + 1) as f64;
    }
    if found > 0.0 { sum / found } else { 0.0 }
}

/// Skewness of a sample from its moments: m₃ / m₂^1.5 with mₚ the p-th central moment (divided by n); 0 where all values
/// are equal.
///
/// Of the k-occurrence (how often a track is among the k nearest of another) it measures hubness: above 1 a few tracks
/// are recommended to everybody (Radovanović, Nanopoulos and Ivanović 2010).
pub fn skewness(values: impl Iterator<Item = (f64, f64)>) -> f64 {
    // (weight, value): a value may count several times, as in a resample.
    let (mut n, mut s1, mut s2, mut s3) = (0.0, 0.0, 0.0, 0.0);
    for (weight, value) in values {
        n += weight;
        s1 += weight * value;
        s2 += weight * value * value;
        s3 += weight * value * value * value;
    }
    if n <= 0.0 {
        return 0.0;
    }
    let mean = s1 / n;
    let second = s2 / n - mean * mean;
    let third = s3 / n - 3.0 * mean * s2 / n + 2.0 * mean.powi(3);
    if second > 1e-12 * (1.0 + mean * mean) { third / second.powf(1.5) } else { 0.0 }
}

/// Expected R@1 under a random ranking of `gallery` candidates, `relevant` of them relevant.
pub fn chance_recall_at_1(relevant: usize, gallery: usize) -> f64 {
    share(relevant, gallery)
}

/// Expected P@k under a random ranking.
pub fn chance_precision_at(k: usize, relevant: usize, gallery: usize) -> f64 {
    k.min(gallery) as f64 / k.max(1) as f64 * share(relevant, gallery)
}

/// Expected reciprocal rank under a random ranking.
pub fn chance_reciprocal_rank(relevant: usize, gallery: usize) -> f64 {
    if relevant == 0 || relevant > gallery {
        return 0.0;
    }
    let (mut none_before, mut sum) = (1.0, 0.0);
    for rank in 1..=gallery - relevant + 1 {
        let left = (gallery - rank + 1) as f64;
        let here = relevant as f64 / left;
        sum += none_before * here / rank as f64;
        none_before *= 1.0 - here;
    }
    sum
}

/// Expected average precision under a random ranking.
pub fn chance_average_precision(relevant: usize, gallery: usize) -> f64 {
    if relevant == 0 || gallery == 0 {
        return 0.0;
    }
    let harmonic: f64 = (1..=gallery).map(|rank| 1.0 / rank as f64).sum();
    let count = gallery as f64;
    let others = if gallery > 1 { (relevant as f64 - 1.0) / (count - 1.0) } else { 0.0 };
    (harmonic + others * (count - harmonic)) / count
}

/// Expected skewness of the k-occurrence where every track picks its `k` neighbours at random: that of a binomial
/// distribution of n = `tracks` − 1 trials with p = k / n, (1 − 2p) / √(n p (1 − p)).
pub fn chance_hubness(k: usize, tracks: usize) -> f64 {
    let trials = tracks.saturating_sub(1) as f64;
    let p = if trials > 0.0 { (k as f64 / trials).min(1.0) } else { 1.0 };
    let variance = trials * p * (1.0 - p);
    if variance > 0.0 { (1.0 - 2.0 * p) / variance.sqrt() } else { 0.0 }
}

fn share(relevant: usize, gallery: usize) -> f64 {
    if gallery == 0 { 0.0 } else { relevant as f64 / gallery as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NO: bool = false;
    const YES: bool = true;

    #[test]
    fn the_measures_of_a_ranking_counted_by_hand() {
        let ranking = [NO, YES, NO, YES, NO, NO];
        assert_eq!(recall_at_1(&ranking), 0.0);
        assert_eq!(recall_at_1(&[YES, NO]), 1.0);
        assert_eq!(reciprocal_rank(&ranking), 0.5);
        assert_eq!(precision_at(5, &ranking), 0.4);
        assert_eq!(precision_at(10, &ranking), 0.2);
        assert_eq!(average_precision(&ranking), (1.0 / 2.0 + 2.0 / 4.0) / 2.0);
        assert_eq!((recall_at_1(&[]), reciprocal_rank(&[NO]), average_precision(&[NO])), (0.0, 0.0, 0.0));
    }

    #[test]
    fn skewness_by_hand() {
        // Mean 2, deviations −1, −1, −1, 3: m2 = 3, m3 = 6.
        let skew = skewness([1.0, 1.0, 1.0, 5.0].map(|value| (1.0, value)).into_iter());
        assert!((skew - 6.0 / 3.0_f64.powf(1.5)).abs() < 1e-12, "{skew}");
        let weighted = skewness([(3.0, 1.0), (1.0, 5.0)].into_iter());
        assert!((skew - weighted).abs() < 1e-12);
        assert_eq!(skewness([(1.0, 4.0), (1.0, 4.0)].into_iter()), 0.0);
        assert_eq!(skewness(std::iter::empty()), 0.0);
    }

    /// Every order of `relevant` ones among `gallery` has the same probability: the mean over all is the expectation.
    fn over_all_orders(relevant: usize, gallery: usize, measure: impl Fn(&[bool]) -> f64) -> f64 {
        let orders: Vec<Vec<bool>> = (0_u32..1 << gallery)
            .filter(|bits| bits.count_ones() as usize == relevant)
            .map(|bits| (0..gallery).map(|place| bits >> place & 1 == 1).collect())
            .collect();
        orders.iter().map(|order| measure(order)).sum::<f64>() / orders.len() as f64
    }

    #[test]
    fn chance_is_the_mean_over_all_orders() {
        for gallery in 1..=9 {
            for relevant in 1..=gallery {
                let near = |found: f64, expected: f64, what: &str| {
                    assert!((found - expected).abs() < 1e-12, "{what} of {relevant} in {gallery}: {found}, {expected}");
                };
                near(chance_recall_at_1(relevant, gallery), over_all_orders(relevant, gallery, recall_at_1), "R@1");
                let p5 = over_all_orders(relevant, gallery, |ranking| precision_at(5, ranking));
                near(chance_precision_at(5, relevant, gallery), p5, "P@5");
                let rr = over_all_orders(relevant, gallery, reciprocal_rank);
                near(chance_reciprocal_rank(relevant, gallery), rr, "MRR");
                let ap = over_all_orders(relevant, gallery, average_precision);
                near(chance_average_precision(relevant, gallery), ap, "mAP");
            }
        }
        assert_eq!(chance_reciprocal_rank(0, 3), 0.0);
        // 10 neighbours among 100 others: p = 0.1, variance 9.
        assert!((chance_hubness(10, 101) - 0.8 / 3.0).abs() < 1e-12);
        assert_eq!(chance_hubness(10, 5), 0.0);
    }

    proptest! {
        #[test]
        fn moving_a_relevant_one_up_never_costs(mut ranking in proptest::collection::vec(any::<bool>(), 2..40), at in 1_usize..39) {
            let before = [recall_at_1(&ranking), precision_at(5, &ranking), reciprocal_rank(&ranking), average_precision(&ranking)];
            prop_assert!(before.iter().all(|value| (0.0..=1.0).contains(value)));
            let at = at.min(ranking.len() - 1);
            if ranking[at] && !ranking[at - 1] {
                ranking.swap(at, at - 1);
            }
            let after = [recall_at_1(&ranking), precision_at(5, &ranking), reciprocal_rank(&ranking), average_precision(&ranking)];
            prop_assert!(before.iter().zip(after).all(|(before, after)| after >= *before));
        }

        #[test]
        fn mirrored_values_have_the_opposite_skewness(values in proptest::collection::vec(-50.0_f64..50.0, 3..40)) {
            let skew = skewness(values.iter().map(|value| (1.0, *value)));
            let mirrored = skewness(values.iter().map(|value| (1.0, -value)));
            prop_assert!((skew + mirrored).abs() < 1e-6 * (1.0 + skew.abs()));
        }
    }
}
