//! Clusters of the embedding space, for colouring the map.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::neighbours::squared;
use crate::domain::{Cancelled, Control};

const ROUNDS: usize = 50;

/// How many clusters are told apart: √(n/2), at least 2 and at most 12, for more colours are not told apart.
fn wanted(count: usize) -> usize {
    (((count as f64) / 2.0).sqrt().round() as usize).clamp(2, 12).min(count.max(1))
}

/// The cluster of every point by k-means with k-means++ (Arthur and Vassilvitskii 2007), numbered by size from 0.
///
/// # Errors
/// [`Cancelled`], at the next round.
pub(super) fn clusters(points: &[&[f32]], seed: u64, control: &Control) -> Result<Vec<u16>, Cancelled> {
    if points.is_empty() {
        return Ok(Vec::new());
    }
    let mut centres = seeds(points, wanted(points.len()), seed);
    let mut of = vec![0_usize; points.len()];
    for _ in 0..ROUNDS {
        control.checkpoint()?;
        let next: Vec<usize> = points.par_iter().map(|point| closest(&centres, point)).collect();
        let settled = next == of;
        of = next;
        if settled {
            break;
        }
        centres = means(points, &of, centres);
    }
    let mut sizes: Vec<(usize, usize)> = (0..centres.len()).map(|cluster| (cluster, 0)).collect();
    for cluster in &of {
        sizes[*cluster].1 += 1;
    }
    sizes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut number = vec![0_u16; centres.len()];
    for (place, (cluster, _)) in sizes.iter().enumerate() {
        number[*cluster] = place as u16;
    }
    Ok(of.into_iter().map(|cluster| number[cluster]).collect())
}

fn seeds(points: &[&[f32]], wanted: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut centres = vec![points[random.random_range(0..points.len())].to_vec()];
    let mut nearest: Vec<f32> = points.iter().map(|point| squared(point, &centres[0])).collect();
    while centres.len() < wanted {
        let total: f64 = nearest.iter().map(|distance| f64::from(*distance)).sum();
        if total <= 0.0 {
            // Fewer different points than clusters.
            break;
        }
        let mut at = random.random_range(0.0..total);
        let chosen = nearest
            .iter()
            .position(|distance| {
                at -= f64::from(*distance);
                at < 0.0
            })
            .unwrap_or(points.len() - 1);
        centres.push(points[chosen].to_vec());
        for (distance, point) in nearest.iter_mut().zip(points) {
            *distance = distance.min(squared(point, points[chosen]));
        }
    }
    centres
}

fn closest(centres: &[Vec<f32>], point: &[f32]) -> usize {
    let distances = centres.iter().map(|centre| squared(centre, point)).enumerate();
    distances.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(cluster, _)| cluster)
}

/// The mean of each cluster; one that lost its points keeps its centre.
fn means(points: &[&[f32]], of: &[usize], before: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    let dim = points[0].len();
    let mut sums = vec![(vec![0.0_f64; dim], 0_usize); before.len()];
    for (point, cluster) in points.iter().zip(of) {
        let (sum, count) = &mut sums[*cluster];
        *count += 1;
        for (sum, value) in sum.iter_mut().zip(*point) {
            *sum += f64::from(*value);
        }
    }
    let centres = sums.into_iter().zip(before);
    centres
        .map(|((sum, count), before)| {
            if count == 0 { before } else { sum.into_iter().map(|sum| (sum / count as f64) as f32).collect() }
        })
        .collect()
}
