//! How true a map is.

use rayon::prelude::*;

use super::affinity::Affinities;
use super::points::Neighbours;

/// Neighbours whose fate [`recall`] counts in a finished map.
pub const RECALL_NEIGHBOURS: usize = 10;

/// The Kullback-Leibler divergence of the map from the affinities, the cost that t-SNE lowers: Σ p ln(p / q) with
/// q = 1 / (1 + distance²) over its exact sum over all pairs.
pub fn kl_divergence(affinities: &Affinities, positions: &[[f32; 2]]) -> f64 {
    let kernel = |i: usize, j: usize| {
        let [x, y] = [0, 1].map(|axis| f64::from(positions[i][axis]) - f64::from(positions[j][axis]));
        1.0 / (1.0 + x * x + y * y)
    };
    // Rows are summed apart and then in order, so that the sum is the same on any number of threads.
    let rows: Vec<f64> = (0..positions.len())
        .into_par_iter()
        .map(|i| (0..positions.len()).filter(|j| *j != i).map(|j| kernel(i, j)).sum())
        .collect();
    let normalisation: f64 = rows.iter().sum();
    let costs: Vec<f64> = (0..positions.len())
        .into_par_iter()
        .map(|i| {
            let cost = |(j, p): &(u32, f64)| p * (p * normalisation / kernel(i, *j as usize)).ln();
            affinities.row(i).iter().filter(|entry| entry.1 > 0.0).map(cost).sum()
        })
        .collect();
    costs.iter().sum()
}

/// For every point the share of its `k` nearest neighbours in the embedding that are not among its `k` nearest on the
/// map; none without neighbours. `neighbours` hold at least `k` for each point, or all there are.
pub fn lost(neighbours: &Neighbours, positions: &[[f32; 2]], k: usize) -> Vec<f32> {
    let k = k.min(neighbours.k);
    if k == 0 {
        return Vec::new();
    }
    (0..positions.len())
        .into_par_iter()
        .map(|i| {
            let on_map = nearest_on_map(positions, i, k);
            let lost = neighbours.of(i)[..k].iter().filter(|place| !on_map.contains(place)).count();
            lost as f32 / k as f32
        })
        .collect()
}

/// The share of the `k` nearest neighbours in the embedding that are among the `k` nearest on the map; `None` without
/// neighbours.
pub fn recall(neighbours: &Neighbours, positions: &[[f32; 2]], k: usize) -> Option<f64> {
    kept(&lost(neighbours, positions, k))
}

/// The share of neighbours that all points together kept, from what each has [`lost`].
pub fn kept(lost: &[f32]) -> Option<f64> {
    let sum: f64 = lost.iter().map(|lost| f64::from(*lost)).sum();
    (!lost.is_empty()).then(|| 1.0 - sum / lost.len() as f64)
}

fn nearest_on_map(positions: &[[f32; 2]], point: usize, k: usize) -> Vec<u32> {
    let [x, y] = positions[point];
    let mut keys: Vec<(f32, u32)> = positions
        .iter()
        .zip(0..)
        .filter(|(_, place)| *place as usize != point)
        .map(|(other, place)| ((other[0] - x).powi(2) + (other[1] - y).powi(2), place))
        .collect();
    if k < keys.len() {
        keys.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        keys.truncate(k);
    }
    keys.into_iter().map(|(_, place)| place).collect()
}
