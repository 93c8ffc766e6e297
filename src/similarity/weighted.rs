//! More of this, less of that: several queries, each with a weight.
//!
//! With weights wₛ the distance of a track t is Σ wₛ d(s, t) ÷ Σ |wₛ|, under every metric. So weights count by their
//! proportions alone; equal positive weights give the mean of the distances, one positive weight the plain search, and a
//! weight of 0 is as if the query were not there. A negative weight pushes away: far from that query is near. The four
//! distances of a blend are put on one scale first, by their medians under the sizes of the weights.
//!
//! All of this is exact. Where no weight is negative, a large library is searched through lower bounds as ever; lower
//! bounds of a difference would need upper ones of what is taken away, so with a negative weight every track is compared.

use crate::domain::Trajectory;

use super::index::Prepared;

/// The share of each query in the distance; they add up to 1 in size. Nothing where `weights` leave no query.
///
/// Queries beyond the end of `weights` weigh 1; a weight that is not finite counts as 0.
pub(super) fn prepare<'a>(queries: &'a [Trajectory], weights: &[f32]) -> Vec<Prepared<'a>> {
    let weight = |at: usize| weights.get(at).map_or(1.0, |weight| if weight.is_finite() { *weight } else { 0.0 });
    let total: f32 = (0..queries.len()).map(|at| weight(at).abs()).sum();
    let counted = queries.iter().enumerate().filter(|(at, _)| weight(*at) != 0.0);
    counted.map(|(at, query)| Prepared::new(query).sharing(weight(at) / total)).collect()
}

/// The same queries with the size of each share.
pub(super) fn sizes<'a>(queries: &[Prepared<'a>]) -> Vec<Prepared<'a>> {
    queries.iter().map(|query| query.clone().sharing(query.share.abs())).collect()
}

/// Whether a query pushes away.
pub(super) fn pushes(queries: &[Prepared<'_>]) -> bool {
    queries.iter().any(|query| query.share < 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_weights_by_proportion() {
        let query = Trajectory::new(1, vec![0.0]).unwrap();
        let queries = vec![query; 3];
        let shares = |weights: &[f32]| prepare(&queries, weights).iter().map(|query| query.share).collect::<Vec<_>>();
        assert_eq!(shares(&[]), [1.0 / 3.0; 3]);
        assert_eq!(shares(&[2.0, 0.0, -2.0]), [0.5, -0.5]);
        assert_eq!(shares(&[1.0, f32::NAN, 3.0]), [0.25, 0.75]);
        assert_eq!(shares(&[0.0; 3]), [0.0; 0]);
        assert!(pushes(&prepare(&queries, &[1.0, -1.0])) && !pushes(&prepare(&queries, &[1.0, 2.0])));
    }
}
