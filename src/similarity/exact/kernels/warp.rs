//! Bounds of DTW: sums along warping paths of sixteen tracks at once.

#![expect(unsafe_code, reason = "vector instructions over checked slices")]

use super::super::grid::Lines;
use super::super::simd::{LANES, Level, Simd, dispatch};
use super::{Block, Lanes, Scratch, check, lanes, squares_of};

/// The offset of paths' costs as a share of the distance in question: low enough for long paths to cost something, high
/// enough for few lengths to stay possible. Of 0.94, 0.9, 0.85, 0.8 and 0.7 the one that left fewest tracks to compare in full.
const OFFSET: f32 = 0.75;

/// How long the tracks of a block are.
#[derive(Clone, Copy)]
pub struct Tracks<'a> {
    /// Points of each track.
    pub lengths: &'a [i32],
    /// Points of the longest.
    pub points: usize,
}

/// For each track the least sums over all warping paths: of (bound of the pair's distance − `offset`), and with `BOTH` of
/// the bounds themselves.
#[inline(always)]
unsafe fn warp_with<S: Simd, const BOTH: bool>(
    block: Block<'_>,
    tracks: Tracks<'_>,
    query: &Lines,
    offset: f32,
    shared: bool,
    scratch: &mut Scratch,
) -> (Lanes, Lanes) {
    unsafe {
        let count = query.len();
        let far = S::splat_f(f32::MAX);
        scratch.real.clear();
        scratch.real.resize(2 * count * LANES, f32::MAX);
        let cells = scratch.real.as_mut_ptr();
        let step = S::splat_f(query.step);
        let error = S::load_f(block.errors.as_ptr());
        let limits = S::load_i(tracks.lengths.as_ptr());
        let (offset, zero) = (S::splat_f(offset), S::splat_f(0.0));
        let mut point = 0_usize;
        while point < tracks.points {
            let found = squares_of::<S>(&block, point, query, shared, scratch);
            let start = if point == 0 { zero } else { far };
            let (mut diagonal, mut below) = (start, far);
            let (mut diagonal_whole, mut below_whole) = (start, far);
            let mut row = 0_usize;
            while row < count {
                let cell = cells.wrapping_add(row.wrapping_mul(2 * LANES));
                let cell_whole = cell.wrapping_add(LANES);
                let error = S::add_f(error, S::splat_f(*query.errors.as_ptr().wrapping_add(row)));
                let square = S::load_i(found.wrapping_add(row.wrapping_mul(LANES)));
                let root = S::root_below(S::to_f(square));
                let cost = S::max_f(S::sub_f(S::mul_f(root, step), error), zero);
                let left = S::load_f(cell);
                below = S::add_f(S::min_f(S::min_f(diagonal, left), below), S::sub_f(cost, offset));
                diagonal = left;
                // A track that ended keeps what it had.
                S::store_f(cell, S::choose(limits, point as i32, below, left));
                if BOTH {
                    let left = S::load_f(cell_whole);
                    below_whole = S::add_f(S::min_f(S::min_f(diagonal_whole, left), below_whole), cost);
                    diagonal_whole = left;
                    S::store_f(cell_whole, S::choose(limits, point as i32, below_whole, left));
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
    [both, shared]: [bool; 2],
    scratch: &mut Scratch,
) -> (Lanes, Lanes) {
    unsafe {
        if both {
            warp_with::<S, true>(block, tracks, query, offset, shared, scratch)
        } else {
            warp_with::<S, false>(block, tracks, query, offset, shared, scratch)
        }
    }
}
dispatch!(fn warp_dispatch = warp_on(block: Block<'_>, tracks: Tracks<'_>, query: &Lines, offset: f32, how: [bool; 2], scratch: &mut Scratch) -> (Lanes, Lanes));

/// What is known of a block for [`warp`].
#[derive(Clone, Copy)]
pub struct Known {
    /// Where the bounds should be closest.
    pub near: f32,
    /// Whether the points are the tracks' own but for rounding, so that distances are bounded from above as well.
    pub rounded: bool,
    /// See [`table`](super::table).
    pub shared: bool,
}

/// Bounds of the DTW distance of each track of the block.
///
/// The distance is S ÷ L, with S the least sum of any path and L the number of its pairs, from max(m, n) to m + n − 1.
/// Let W be the least sum of bounds of the pairs' distances, and V that of (bound − μ). Then S ≥ W and S ≥ V + μ L, so
/// S ÷ L is at least the greater of W ÷ L and μ + V ÷ L, for whichever L the path has.
///
/// Where distances are bounded from above as well, few L are possible. The path that W is the sum of has at most
/// (W − V) ÷ μ pairs, for V is at most its sum less μ for each. Its true sum U is above W by no more than what rounding can do to
/// so many pairs, and S ≤ U. So V + μ L ≤ U, which limits L.
pub fn warp(
    level: Level,
    block: Block<'_>,
    tracks: Tracks<'_>,
    query: &Lines,
    known: Known,
    scratch: &mut Scratch,
) -> Lanes {
    check(&block, tracks.points, query, known.shared, scratch);
    assert_eq!(tracks.lengths.len(), LANES, "a length a track");
    // Below the distance in question a further pair costs something, which keeps paths short.
    let offset = if known.rounded { OFFSET * known.near } else { known.near };
    let both = known.rounded && offset > 0.0;
    let (sums, whole) = warp_dispatch(level, block, tracks, query, offset, [both, known.shared], scratch);
    let m = query.len() as f32;
    let mut bounds = [0.0; LANES];
    for (lane, bound) in bounds.iter_mut().enumerate() {
        let n = tracks.lengths[lane] as f32;
        let (shortest, longest) = (m.max(n), m + n - 1.0);
        // Sums of floats lose digits with every pair.
        let lost = 1e-6 * (m + n);
        let sum = sums[lane] - 2.0 * lost * offset;
        if !both || whole[lane] >= 1e30 {
            *bound = offset + sum / if sum > 0.0 { longest } else { shortest };
            continue;
        }
        let (least, most) = (whole[lane] * (1.0 - lost), whole[lane] * (1.0 + lost));
        let error = block.errors[lane] + query.error();
        let pairs = ((most - sum) / offset * 1.000_01).clamp(shortest, longest);
        // A root may lack a thousandth.
        let above = (most + error * pairs) * 1.002 + error * pairs;
        let limit = ((above - sum) / offset * 1.000_01).floor().clamp(shortest, longest);
        let at = |pairs: f32| (least / pairs).max(offset + sum / pairs);
        *bound = if sum >= 0.0 {
            at(limit)
        } else {
            // The first falls with L, the second rises: the least is where they meet.
            let meet = ((least - sum) / offset).clamp(shortest, limit);
            at(meet.floor()).min(at(meet.ceil()))
        };
    }
    bounds
}
