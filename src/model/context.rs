//! The music around a segment. Every point moves towards the mean of the points heard within [`REACH`] of it: a bar of silence
//! in a lively piece is still part of that piece.
//!
//! Points lie on the unit sphere, so the mean of points that scatter lies near its middle, where it is near to the means of
//! everything: scattered tracks would be everyone's neighbours by *mean* (hubs). In context they scatter less.

use crate::domain::{PREVIEW_FRAMES, SegmentGrid};

/// Frames to either side: 15 seconds, together the length of a 30-second view.
const REACH: usize = PREVIEW_FRAMES / 2;

/// Segments to either side of one that belong to its context.
pub(super) fn reach(grid: SegmentGrid) -> usize {
    REACH / grid.hop.max(1)
}

/// Adds `weight` times the mean of the points around it to each of `points`, rows × `dim`, and puts it back on the unit sphere.
pub(super) fn hear(points: &mut [f32], dim: usize, grid: SegmentGrid, weight: f32) {
    if weight <= 0.0 || dim == 0 {
        return;
    }
    let (before, reach) = (points.to_vec(), reach(grid));
    let count = before.len() / dim;
    for (index, point) in points.chunks_exact_mut(dim).enumerate() {
        let around = index.saturating_sub(reach)..(index + reach + 1).min(count);
        let share = weight / around.len() as f32;
        for other in before[around.start * dim..around.end * dim].chunks_exact(dim) {
            point.iter_mut().zip(other).for_each(|(value, other)| *value += share * other);
        }
        let length = point.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > 0.0 {
            point.iter_mut().for_each(|value| *value /= length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: SegmentGrid = SegmentGrid { frames: 200, hop: 500 };

    #[test]
    fn a_point_moves_towards_those_within_fifteen_seconds() {
        // 10 seconds apart, so that each hears its neighbours and no others.
        let mut points = vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
        hear(&mut points, 2, GRID, 1.0);
        assert_eq!(points[..2], [1.0, 0.0], "none but its own kind is near");
        // (1, 0) and the mean (2/3, 1/3) together point along (5, 1).
        let length = 26.0_f32.sqrt();
        assert!((points[2] - 5.0 / length).abs() < 1e-6 && (points[3] - 1.0 / length).abs() < 1e-6);
    }

    #[test]
    fn one_segment_and_no_weight_change_nothing() {
        let mut alone = vec![0.6, 0.8];
        hear(&mut alone, 2, GRID, 0.5);
        assert!((alone[0] - 0.6).abs() < 1e-6 && (alone[1] - 0.8).abs() < 1e-6);
        let mut points = vec![1.0, 0.0, 0.0, 1.0];
        hear(&mut points, 2, GRID, 0.0);
        assert_eq!(points, [1.0, 0.0, 0.0, 1.0]);
    }
}
