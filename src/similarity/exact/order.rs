//! Which tracks share a block: tracks that are alike, so that whole blocks fall away at once.

use rayon::prelude::*;

use super::basis::NEAR;
use super::simd::LANES;

/// Below this many tracks one thread goes on alone.
const PARALLEL: usize = 1 << 14;
/// Tracks that are looked at for the widest axis.
const SAMPLE: usize = 256;

/// The tracks in the order of their blocks, by lengths and by the images of their means ([`NEAR`] values each).
///
/// Lengths come first, in steps of an eighth, for a block is as long as its longest track; then halves across the widest
/// axis, down to a block.
pub fn by_likeness(lengths: &[u32], images: &[f32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..lengths.len() as u32).collect();
    let class = |track: u32| length_class(lengths[track as usize]);
    order.par_sort_by_key(|track| (class(*track), *track));
    let groups: Vec<&mut [u32]> = order.chunk_by_mut(|a, b| class(*a) == class(*b)).collect();
    groups.into_par_iter().for_each(|group| halve(group, images));
    order
}

/// Lengths of one class differ by an eighth at most.
fn length_class(length: u32) -> u32 {
    let scale = length.max(8).ilog2() - 3;
    (scale << 8) | (length >> scale)
}

fn halve(tracks: &mut [u32], images: &[f32]) {
    if tracks.len() <= LANES {
        return;
    }
    let value = |track: u32, axis: usize| images[track as usize * NEAR + axis];
    let step = (tracks.len() / SAMPLE).max(1);
    let mut widest = (0, f32::NEG_INFINITY);
    for axis in 0..NEAR {
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for track in tracks.iter().step_by(step) {
            low = low.min(value(*track, axis));
            high = high.max(value(*track, axis));
        }
        if high - low > widest.1 {
            widest = (axis, high - low);
        }
    }
    let axis = widest.0;
    let middle = (tracks.len() / 2).next_multiple_of(LANES).min(tracks.len() - 1);
    tracks.select_nth_unstable_by(middle, |a, b| value(*a, axis).total_cmp(&value(*b, axis)).then(a.cmp(b)));
    let (left, right) = tracks.split_at_mut(middle);
    if left.len() > PARALLEL {
        rayon::join(|| halve(left, images), || halve(right, images));
    } else {
        halve(left, images);
        halve(right, images);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_track_has_one_place_and_blocks_hold_neighbours_of_like_length() {
        let tracks = 1_000;
        let lengths: Vec<u32> = (0..tracks).map(|i| if i % 2 == 0 { 14 } else { 100 }).collect();
        let mut images = vec![0.0; tracks as usize * NEAR];
        for track in 0..tracks as usize {
            images[track * NEAR + 3] = (track * 7919 % 1_000) as f32;
        }
        let order = by_likeness(&lengths, &images);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..tracks));
        assert!(order[..500].iter().all(|track| track % 2 == 0), "the short ones first");
        let first: Vec<f32> = order[..16].iter().map(|track| images[*track as usize * NEAR + 3]).collect();
        let (low, high) = first.iter().fold((f32::MAX, f32::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
        assert!(high - low < 40.0, "{first:?}");
    }
}
