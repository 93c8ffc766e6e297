//! Groups of tracks that lie together in the embedding space: k-means.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::domain::{Cancelled, Control};
use crate::similarity::kernel::squared_distance;

use super::points::PointSet;

/// The fewest and the most clusters: what a legend of colours can tell apart.
const CLUSTERS: std::ops::RangeInclusive<usize> = 2..=12;
/// Starts of which the tightest counts.
const RESTARTS: usize = 4;
/// Rounds of one start; a few dozen are enough but for odd data.
const ROUNDS: usize = 100;

/// The cluster of each point, numbered from 0 by falling size; clusters of one size by their first point.
///
/// √(n / 2) clusters between 2 and 12 are sought, by Lloyd's rounds from seeded k-means++ starts (Arthur and
/// Vassilvitskii 2007); fewer where fewer places differ.
///
/// # Errors
/// [`Cancelled`] soon after `control` is cancelled.
pub fn clusters(set: &PointSet, seed: u64, control: &Control) -> Result<Vec<u16>, Cancelled> {
    let wanted = ((set.len() as f64 / 2.0).sqrt().round() as usize).clamp(*CLUSTERS.start(), *CLUSTERS.end());
    let mut best: Option<(f64, Vec<u16>)> = None;
    for restart in 0..RESTARTS as u64 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(restart);
        let (cost, assigned) = lloyd(set, starts(set, wanted, &mut rng), control)?;
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, assigned));
        }
    }
    Ok(best.map_or_else(Vec::new, |(_, assigned)| numbered_by_size(&assigned)))
}

/// Places of the first centres: the next is drawn with the square of its distance to those before as its weight.
fn starts(set: &PointSet, wanted: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<f32>> {
    if set.is_empty() {
        return Vec::new();
    }
    let mut centres = vec![set.point(rng.random_range(0..set.len())).to_vec()];
    let mut squared = vec![f32::INFINITY; set.len()];
    while let Some(last) = centres.last().filter(|_| centres.len() < wanted) {
        squared.par_iter_mut().enumerate().for_each(|(place, least)| {
            *least = least.min(squared_distance(set.point(place), last));
        });
        let total: f64 = squared.iter().map(|value| f64::from(*value)).sum();
        if total <= 0.0 {
            break;
        }
        let mut drawn = rng.random_range(0.0..total);
        // Rounding may leave a rest after the last point: then the farthest is as good.
        let next = squared.iter().position(|value| {
            drawn -= f64::from(*value);
            drawn < 0.0
        });
        let farthest = || (0..set.len()).max_by(|a, b| squared[*a].total_cmp(&squared[*b])).unwrap_or(0);
        centres.push(set.point(next.unwrap_or_else(farthest)).to_vec());
    }
    centres
}

fn lloyd(set: &PointSet, mut centres: Vec<Vec<f32>>, control: &Control) -> Result<(f64, Vec<u16>), Cancelled> {
    let mut assigned: Vec<(u16, f32)> = Vec::new();
    for _ in 0..ROUNDS {
        control.checkpoint()?;
        let now: Vec<(u16, f32)> =
            (0..set.len()).into_par_iter().map(|place| nearest(set.point(place), &centres)).collect();
        let settled = now.iter().map(|(cluster, _)| cluster).eq(assigned.iter().map(|(cluster, _)| cluster));
        assigned = now;
        if settled {
            break;
        }
        move_centres(set, &assigned, &mut centres);
    }
    let cost = assigned.iter().map(|(_, squared)| f64::from(*squared)).sum();
    Ok((cost, assigned.into_iter().map(|(cluster, _)| cluster).collect()))
}

fn nearest(point: &[f32], centres: &[Vec<f32>]) -> (u16, f32) {
    let distances = centres.iter().map(|centre| squared_distance(point, centre));
    (0..).zip(distances).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
}

/// Moves each centre to the mean of its points; one without points stays.
fn move_centres(set: &PointSet, assigned: &[(u16, f32)], centres: &mut [Vec<f32>]) {
    let mut sums = vec![vec![0.0_f64; set.dim()]; centres.len()];
    let mut counts = vec![0_usize; centres.len()];
    for (place, (cluster, _)) in assigned.iter().enumerate() {
        let cluster = usize::from(*cluster);
        counts[cluster] += 1;
        sums[cluster].iter_mut().zip(set.point(place)).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    for ((centre, sum), count) in centres.iter_mut().zip(sums).zip(counts) {
        if count > 0 {
            *centre = sum.into_iter().map(|sum| (sum / count as f64) as f32).collect();
        }
    }
}

fn numbered_by_size(assigned: &[u16]) -> Vec<u16> {
    let count = assigned.iter().max().map_or(0, |most| usize::from(*most) + 1);
    let mut sizes = vec![(0_usize, usize::MAX); count];
    for (place, cluster) in assigned.iter().enumerate() {
        let (size, first) = &mut sizes[usize::from(*cluster)];
        *size += 1;
        *first = (*first).min(place);
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|cluster| (std::cmp::Reverse(sizes[*cluster].0), sizes[*cluster].1));
    let mut number = vec![0_u16; count];
    for (new, old) in (0..).zip(order) {
        number[old] = new;
    }
    assigned.iter().map(|cluster| number[usize::from(*cluster)]).collect()
}
