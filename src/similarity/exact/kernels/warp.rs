//! Bounds of DTW: sums along warping paths of sixteen tracks at once.

#![expect(unsafe_code, reason = "vector instructions over checked slices")]

use super::super::grid::Lines;
use super::super::simd::{LANES, Level, Simd, dispatch};
use super::{Block, Lanes, Scratch, check, lanes, squares};

/// How long the tracks of a block are.
#[derive(Clone, Copy)]
pub struct Tracks<'a> {
    /// Points of each track.
    pub lengths: &'a [i32],
    /// Points of the longest.
    pub points: usize,
}

/// For each track the least sums over all warping paths: of (bound of the pair's distance − `offset`), and of the most
/// that the pairs' distances can be.
#[inline(always)]
unsafe fn warp_with<S: Simd, const BOTH: bool>(
    block: Block<'_>,
    tracks: Tracks<'_>,
    query: &Lines,
    offset: f32,
    scratch: &mut Scratch,
) -> (Lanes, Lanes) {
    unsafe {
        let count = query.len();
        let far = S::splat_f(f32::MAX);
        scratch.real.clear();
        scratch.real.resize(2 * count * LANES, f32::MAX);
        let cells = scratch.real.as_mut_ptr();
        let step = S::splat_f(query.step);
        // What a root may lack.
        let above = S::splat_f(query.step * 1.002);
        let error = S::load_f(block.errors.as_ptr());
        let limits = S::load_i(tracks.lengths.as_ptr());
        let (offset, zero) = (S::splat_f(offset), S::splat_f(0.0));
        let mut point = 0_usize;
        while point < tracks.points {
            squares::<S>(&block, point, query, scratch.squares.as_mut_ptr());
            let start = if point == 0 { zero } else { far };
            let (mut diagonal, mut below) = (start, far);
            let (mut diagonal_most, mut below_most) = (start, far);
            let mut row = 0_usize;
            while row < count {
                let cell = cells.wrapping_add(row.wrapping_mul(2 * LANES));
                let cell_most = cell.wrapping_add(LANES);
                let error = S::add_f(error, S::splat_f(*query.errors.as_ptr().wrapping_add(row)));
                let root =
                    S::root_below(S::to_f(S::load_i(scratch.squares.as_ptr().wrapping_add(row.wrapping_mul(LANES)))));
                let cost = S::sub_f(S::max_f(S::sub_f(S::mul_f(root, step), error), zero), offset);
                let left = S::load_f(cell);
                below = S::add_f(S::min_f(S::min_f(diagonal, left), below), cost);
                diagonal = left;
                // A track that ended keeps what it had.
                S::store_f(cell, S::choose(limits, point as i32, below, left));
                if BOTH {
                    let most = S::add_f(S::mul_f(root, above), error);
                    let left = S::load_f(cell_most);
                    below_most = S::add_f(S::min_f(S::min_f(diagonal_most, left), below_most), most);
                    diagonal_most = left;
                    S::store_f(cell_most, S::choose(limits, point as i32, below_most, left));
                }
                row = row.wrapping_add(1);
            }
            point = point.wrapping_add(1);
        }
        let last = cells.wrapping_add((count - 1) * LANES * 2);
        (lanes::<S>(S::load_f(last)), lanes::<S>(S::load_f(last.wrapping_add(LANES))))
    }
}

/// See `warp_with`; the second sums count only with `both`.
#[inline(always)]
unsafe fn warp_on<S: Simd>(
    block: Block<'_>,
    tracks: Tracks<'_>,
    query: &Lines,
    offset: f32,
    both: bool,
    scratch: &mut Scratch,
) -> (Lanes, Lanes) {
    unsafe {
        if both {
            warp_with::<S, true>(block, tracks, query, offset, scratch)
        } else {
            warp_with::<S, false>(block, tracks, query, offset, scratch)
        }
    }
}
dispatch!(fn warp_dispatch = warp_on(block: Block<'_>, tracks: Tracks<'_>, query: &Lines, offset: f32, both: bool, scratch: &mut Scratch) -> (Lanes, Lanes));

/// Bounds of the DTW distance of each track of the block, closest near `near`; `rounded` says that the points are the
/// track's own but for rounding, so that distances are bounded from above as well.
///
/// The distance is S ÷ L, with S the least sum of any path and L the number of its pairs, from max(m, n) to m + n − 1.
/// Let V be the least of all Σ (d − μ). Then S ≥ V + μ L, so S ÷ L ≥ μ + V ÷ L: with V < 0 the smallest L counts. With V ≥ 0
/// the largest does, and S is at most the least sum U of upper bounds, so L ≤ (U − V) ÷ μ.
pub fn warp(
    level: Level,
    block: Block<'_>,
    tracks: Tracks<'_>,
    query: &Lines,
    near: f32,
    rounded: bool,
    scratch: &mut Scratch,
) -> Lanes {
    check(&block, tracks.points, query, scratch);
    assert_eq!(tracks.lengths.len(), LANES, "a length a track");
    // Below the distance in question a further pair costs something, which keeps paths short.
    let offset = if rounded { 0.94 * near } else { near };
    let (sums, most) = warp_dispatch(level, block, tracks, query, offset, rounded, scratch);
    let m = query.len() as f32;
    let mut bounds = [0.0; LANES];
    for (lane, bound) in bounds.iter_mut().enumerate() {
        let n = tracks.lengths[lane] as f32;
        // Sums of floats lose digits with every pair.
        let sum = sums[lane] - 2e-6 * (m + n) * offset;
        let longest = if rounded && offset > 0.0 && most[lane] < 1e30 {
            let limit = (most[lane] * (1.0 + 1e-6 * (m + n)) - sum) / offset * 1.000_01;
            limit.floor().clamp(m.max(n), m + n - 1.0)
        } else {
            m + n - 1.0
        };
        *bound = offset + sum / if sum > 0.0 { longest } else { m.max(n) };
    }
    bounds
}
