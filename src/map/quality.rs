//! How good a map is, by our own measure.

use super::MapError;
use super::neighbours::{nearest, squared};
use crate::domain::Control;

/// Kullback-Leibler divergence of the map from the points, as t-SNE defines it (van der Maaten and Hinton 2008): P from
/// Gaussians of the given perplexity over each point's 3 · perplexity nearest neighbours (as every Barnes-Hut t-SNE
/// has it), symmetrised; Q from Student's t over all pairs. `None` for fewer than 8 points.
///
/// # Errors
/// [`MapError::Cancelled`]
pub fn kl_divergence<P: AsRef<[f32]> + Sync>(
    points: &[P],
    positions: &[[f32; 2]],
    perplexity: f32,
    control: &Control,
) -> Result<Option<f64>, MapError> {
    use rayon::prelude::*;
    let count = points.len();
    if count < 8 || positions.len() != count {
        return Ok(None);
    }
    let perplexity = f64::from(perplexity).clamp(1.0, (count - 1) as f64 / 3.0);
    let wanted = ((3.0 * perplexity) as usize + 1).min(count - 1);
    let neighbours = nearest(points, wanted, control)?;
    let conditional: Vec<Vec<f64>> = neighbours.par_iter().map(|row| conditional_row(row, perplexity)).collect();

    // (p(j|i) + p(i|j)) / 2n: where only one of the two is a neighbour, the other's share is 0.
    let mut joint: std::collections::HashMap<(usize, usize), f64> = std::collections::HashMap::new();
    for (own, (row, shares)) in neighbours.iter().zip(&conditional).enumerate() {
        for ((other, _), share) in row.iter().zip(shares) {
            let pair = (own.min(*other), own.max(*other));
            *joint.entry(pair).or_default() += share / (2.0 * count as f64);
        }
    }
    let normalisation: f64 = positions
        .par_iter()
        .enumerate()
        .map(|(own, a)| {
            let near = positions.iter().enumerate().filter(|(other, _)| *other != own);
            near.map(|(_, b)| student(a, b)).sum::<f64>()
        })
        .sum();
    // Each unordered pair stands for two ordered ones.
    let divergence = joint
        .iter()
        .map(|((a, b), p)| {
            let q = (student(&positions[*a], &positions[*b]) / normalisation).max(f64::MIN_POSITIVE);
            2.0 * p * (p / q).ln()
        })
        .sum();
    Ok(Some(divergence))
}

/// Share of the `k` nearest neighbours among the points that are also among the `k` nearest on the map; `None` for `k`
/// or fewer points.
///
/// # Errors
/// [`MapError::Cancelled`]
pub fn recall<P: AsRef<[f32]> + Sync>(
    points: &[P],
    positions: &[[f32; 2]],
    k: usize,
    control: &Control,
) -> Result<Option<f64>, MapError> {
    if points.len() <= k || positions.len() != points.len() || k == 0 {
        return Ok(None);
    }
    let true_ones = nearest(points, k, control)?;
    let shown_ones = nearest(positions, k, control)?;
    let kept: usize = true_ones
        .iter()
        .zip(&shown_ones)
        .map(|(near, shown)| near.iter().filter(|(index, _)| shown.iter().any(|(other, _)| other == index)).count())
        .sum();
    Ok(Some(kept as f64 / (k * points.len()) as f64))
}

/// Gaussian shares of a row of neighbours with the wanted perplexity, by bisection of the precision.
fn conditional_row(row: &[(usize, f32)], perplexity: f64) -> Vec<f64> {
    let distances: Vec<f64> = row.iter().map(|(_, distance)| f64::from(*distance).powi(2)).collect();
    // Shifting all exponents by the nearest distance changes no share and keeps them from vanishing.
    let nearest = distances.first().copied().unwrap_or(0.0);
    let wanted = perplexity.ln();
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut precision = 1.0 / (distances.iter().sum::<f64>() / distances.len() as f64).max(f64::MIN_POSITIVE);
    let mut shares = Vec::new();
    for _ in 0..200 {
        shares = distances.iter().map(|distance| (-precision * (distance - nearest)).exp()).collect();
        let sum: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= sum);
        let entropy: f64 = shares.iter().filter(|share| **share > 0.0).map(|share| -share * share.ln()).sum();
        if (entropy - wanted).abs() < 1e-6 {
            break;
        }
        if entropy > wanted {
            low = precision;
            precision = if high.is_finite() { f64::midpoint(low, high) } else { precision * 2.0 };
        } else {
            high = precision;
            precision = f64::midpoint(low, high);
        }
    }
    shares
}

fn student(a: &[f32; 2], b: &[f32; 2]) -> f64 {
    1.0 / (1.0 + f64::from(squared(a, b)))
}
