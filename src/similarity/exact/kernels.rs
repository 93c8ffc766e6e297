//! Lower bounds of sixteen tracks at once, from whole numbers.
//!
//! A block holds sixteen tracks, point by point; a query's rows are on the same grid. The squared distance of a row q and
//! a point t on the grid is Σq² + Σt² − 2 Σqt, exact in whole numbers. What rounding onto the grid changed is taken off
//! afterwards, so every result here is at most the true distance.

#![expect(unsafe_code, reason = "vector instructions over checked slices")]

use super::grid::Lines;
use super::simd::{LANES, Rows, Simd, dispatch};

/// One number for each track of a block.
pub type Lanes = [f32; LANES];

/// Points of a block on a grid.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    /// Points × groups × 16 tracks × 4 dimensions.
    pub data: &'a [u8],
    /// Points × 16 tracks: the squared norms on the grid.
    pub norms: &'a [i32],
    /// By how much rounding may have moved any point of each track.
    pub errors: &'a [f32],
}

/// Working space of one thread.
#[derive(Default)]
pub struct Scratch {
    squares: Vec<i32>,
    whole: Vec<i32>,
    real: Vec<f32>,
}

/// A number of type i32 above any squared distance on a grid.
const FAR: i32 = i32::MAX;

/// Squared distances of one point of each track from every row of the query, into `out`, rows × 16.
#[inline(always)]
unsafe fn squares<S: Simd>(block: &Block<'_>, point: usize, query: &Lines, out: *mut i32) {
    unsafe {
        let groups = query.groups;
        let data = block.data.as_ptr().add(point.wrapping_mul(groups).wrapping_mul(LANES * 4));
        let norms = S::load_i(block.norms.as_ptr().add(point.wrapping_mul(LANES)));
        let count = query.len();
        let mut row = 0_usize;
        macro_rules! take {
            ($n:literal) => {
                while row.wrapping_add($n) <= count {
                    let at = row.wrapping_mul(groups);
                    let from = Rows {
                        bytes: query.bytes.as_ptr().add(at),
                        words: query.words.as_ptr().add(at),
                        stride: groups,
                    };
                    let dots = S::dots::<$n>(data, groups, from);
                    let mut k = 0_usize;
                    while k < $n {
                        let base = S::add_i(S::splat_i(*query.bases.as_ptr().add(row.wrapping_add(k))), norms);
                        let square = S::sub_i(base, S::add_i(dots[k], dots[k]));
                        S::store_i(out.add(row.wrapping_add(k).wrapping_mul(LANES)), square);
                        k += 1;
                    }
                    row = row.wrapping_add($n);
                }
            };
        }
        take!(14);
        take!(4);
        take!(1);
    }
}

/// `root` × step − error, at least 0.
#[inline(always)]
unsafe fn bound<S: Simd>(square: S::I, step: S::F, error: S::F) -> S::F {
    unsafe {
        let root = S::root_below(S::to_f(square));
        S::max_f(S::sub_f(S::mul_f(root, step), error), S::splat_f(0.0))
    }
}

#[inline(always)]
unsafe fn lanes<S: Simd>(value: S::F) -> Lanes {
    let mut out = [0.0; LANES];
    unsafe { S::store_f(out.as_mut_ptr(), value) };
    out
}

fn check(block: &Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) {
    assert!(block.data.len() >= points * query.groups * LANES * 4, "points of the block");
    assert!(block.norms.len() >= points * LANES && block.errors.len() == LANES, "norms and errors of the block");
    assert!(
        query.bytes.len() == query.len() * query.groups && query.words.len() == query.bytes.len(),
        "rows of the query"
    );
    scratch.squares.resize(query.len() * LANES, 0);
}

/// The greatest of the lower bounds of row i of the query to point i of each track, for all points.
#[inline(always)]
unsafe fn paired_on<S: Simd>(block: Block<'_>, query: &Lines, points: usize, scratch: &mut Scratch) -> Lanes {
    unsafe {
        let mut most = S::splat_i(0);
        for point in 0..points {
            squares::<S>(&block, point, query, scratch.squares.as_mut_ptr());
            most = S::max_i(most, S::load_i(scratch.squares.as_ptr().add(point * LANES)));
        }
        let error = S::add_f(S::load_f(block.errors.as_ptr()), S::splat_f(query.error()));
        lanes::<S>(bound::<S>(most, S::splat_f(query.step), error))
    }
}
dispatch!(fn paired_dispatch = paired_on(block: Block<'_>, query: &Lines, points: usize, scratch: &mut Scratch) -> Lanes);

/// The greatest of the bounds of row i of the query to point i of each track: of end points, for the Fréchet distance.
pub fn paired(level: super::Level, block: Block<'_>, query: &Lines, scratch: &mut Scratch) -> Lanes {
    check(&block, query.len(), query, scratch);
    paired_dispatch(level, block, query, query.len(), scratch)
}

/// Bounds of every row of the query to every track's centre, less the track's radius. The mean over the rows, and the
/// least of them; both may be below 0.
#[inline(always)]
unsafe fn centre_on<S: Simd>(
    block: Block<'_>,
    radii: &[f32],
    query: &Lines,
    scratch: &mut Scratch,
) -> (Lanes, Lanes) {
    unsafe {
        squares::<S>(&block, 0, query, scratch.squares.as_mut_ptr());
        let step = S::splat_f(query.step);
        let error = S::add_f(S::load_f(block.errors.as_ptr()), S::load_f(radii.as_ptr()));
        let zero = S::splat_f(0.0);
        let (mut sum, mut kept, mut least) = (zero, zero, S::splat_f(f32::MAX));
        for row in 0..query.len() {
            let square = S::to_f(S::load_i(scratch.squares.as_ptr().add(row * LANES)));
            let far = S::sub_f(S::mul_f(S::root_below(square), step), S::splat_f(*query.errors.as_ptr().add(row)));
            let value = S::sub_f(far, error);
            sum = S::add_f(sum, value);
            kept = S::add_f(kept, S::max_f(value, zero));
            least = S::min_f(least, value);
        }
        let share = S::splat_f(1.0 / query.len() as f32);
        // Where nothing is kept, which is a bound of 0, a trace of the sum keeps an order among the tracks.
        let trace = S::mul_f(S::min_f(sum, zero), S::splat_f(1e-6));
        (lanes::<S>(S::mul_f(S::add_f(kept, trace), share)), lanes::<S>(least))
    }
}
dispatch!(fn centre_dispatch = centre_on(block: Block<'_>, radii: &[f32], query: &Lines, scratch: &mut Scratch) -> (Lanes, Lanes));

/// See `centre_on`. With radii of 0 and one row it bounds the distance of two means.
pub fn centre(
    level: super::Level,
    block: Block<'_>,
    radii: &[f32],
    query: &Lines,
    scratch: &mut Scratch,
) -> (Lanes, Lanes) {
    check(&block, 1, query, scratch);
    assert_eq!(radii.len(), LANES, "a radius a track");
    centre_dispatch(level, block, radii, query, scratch)
}

/// For each row a bit for each track whose first point may be within the row's limit.
#[inline(always)]
unsafe fn within_on<S: Simd>(
    block: Block<'_>,
    query: &Lines,
    limits: &[f32],
    scratch: &mut Scratch,
    masks: &mut [u16],
) {
    unsafe {
        squares::<S>(&block, 0, query, scratch.squares.as_mut_ptr());
        let inverse = 1.0 / query.step;
        let errors = S::mul_f(S::load_f(block.errors.as_ptr()), S::splat_f(inverse));
        for row in 0..query.len() {
            let square = S::to_f(S::load_i(scratch.squares.as_ptr().add(row * LANES)));
            // root · step − errors ≤ limit, without a root.
            let limit = (*limits.as_ptr().add(row) + *query.errors.as_ptr().add(row)) * inverse;
            let reach = S::add_f(errors, S::splat_f(limit * 1.000_05));
            *masks.as_mut_ptr().add(row) = S::within(square, S::mul_f(reach, reach));
        }
    }
}
dispatch!(fn within_dispatch = within_on(block: Block<'_>, query: &Lines, limits: &[f32], scratch: &mut Scratch, masks: &mut [u16]));

/// For each row of the query which tracks of a block of means may be within the row's limit, a bit each.
pub fn within(
    level: super::Level,
    block: Block<'_>,
    query: &Lines,
    limits: &[f32],
    scratch: &mut Scratch,
    masks: &mut [u16],
) {
    check(&block, 1, query, scratch);
    assert!(limits.len() == query.len() && masks.len() == query.len(), "a limit and a mask a row");
    within_dispatch(level, block, query, limits, scratch, masks);
}

/// Bounds of the min distance: for each row the nearest point, and the mean of that over the rows.
#[inline(always)]
unsafe fn nearest_on<S: Simd>(block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) -> Lanes {
    unsafe {
        let count = query.len();
        scratch.whole.clear();
        scratch.whole.resize(count * LANES, FAR);
        for point in 0..points {
            squares::<S>(&block, point, query, scratch.squares.as_mut_ptr());
            let mut at = 0_usize;
            while at < count * LANES {
                let cell = scratch.whole.as_mut_ptr().add(at);
                S::store_i(cell, S::min_i(S::load_i(cell), S::load_i(scratch.squares.as_ptr().add(at))));
                at = at.wrapping_add(LANES);
            }
        }
        let step = S::splat_f(query.step);
        let error = S::load_f(block.errors.as_ptr());
        let mut sum = S::splat_f(0.0);
        for row in 0..count {
            let error = S::add_f(error, S::splat_f(*query.errors.as_ptr().add(row)));
            sum = S::add_f(sum, bound::<S>(S::load_i(scratch.whole.as_ptr().add(row * LANES)), step, error));
        }
        lanes::<S>(S::mul_f(sum, S::splat_f(1.0 / count as f32)))
    }
}
dispatch!(fn nearest_dispatch = nearest_on(block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) -> Lanes);

/// Bounds of the min distance of each track of the block.
pub fn nearest(
    level: super::Level,
    block: Block<'_>,
    points: usize,
    query: &Lines,
    scratch: &mut Scratch,
) -> Lanes {
    check(&block, points, query, scratch);
    nearest_dispatch(level, block, points, query, scratch)
}

/// Bounds of the Fréchet distance, by its recurrence over whole numbers. A track that ends before the block does goes on
/// with its last point, which changes nothing.
#[inline(always)]
unsafe fn frechet_on<S: Simd>(block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) -> Lanes {
    unsafe {
        let count = query.len();
        scratch.whole.clear();
        scratch.whole.resize(count * LANES, FAR);
        let cells = scratch.whole.as_mut_ptr();
        for point in 0..points {
            squares::<S>(&block, point, query, scratch.squares.as_mut_ptr());
            let mut diagonal = S::splat_i(if point == 0 { 0 } else { FAR });
            let mut below = S::splat_i(FAR);
            let mut at = 0_usize;
            while at < count * LANES {
                let left = S::load_i(cells.add(at));
                let cost = S::load_i(scratch.squares.as_ptr().add(at));
                below = S::max_i(cost, S::min_i(S::min_i(diagonal, left), below));
                diagonal = left;
                S::store_i(cells.add(at), below);
                at = at.wrapping_add(LANES);
            }
        }
        let reach = S::load_i(cells.add((count - 1) * LANES));
        let error = S::add_f(S::load_f(block.errors.as_ptr()), S::splat_f(query.error()));
        lanes::<S>(bound::<S>(reach, S::splat_f(query.step), error))
    }
}
dispatch!(fn frechet_dispatch = frechet_on(block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) -> Lanes);

/// Bounds of the discrete Fréchet distance of each track of the block.
pub fn frechet(
    level: super::Level,
    block: Block<'_>,
    points: usize,
    query: &Lines,
    scratch: &mut Scratch,
) -> Lanes {
    check(&block, points, query, scratch);
    frechet_dispatch(level, block, points, query, scratch)
}

/// For each track the least sums over all warping paths: of (bound of the pair's distance − `offset`), and of the most
/// that the pairs' distances can be.
#[inline(always)]
unsafe fn warp_on<S: Simd>(
    block: Block<'_>,
    lengths: &[i32],
    points: usize,
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
        let limits = S::load_i(lengths.as_ptr());
        let (offset, zero) = (S::splat_f(offset), S::splat_f(0.0));
        for point in 0..points {
            squares::<S>(&block, point, query, scratch.squares.as_mut_ptr());
            let start = if point == 0 { zero } else { far };
            let (mut diagonal, mut below) = (start, far);
            let (mut diagonal_most, mut below_most) = (start, far);
            for row in 0..count {
                let cell = cells.add(row * LANES * 2);
                let cell_most = cell.add(LANES);
                let error = S::add_f(error, S::splat_f(*query.errors.as_ptr().add(row)));
                let root = S::root_below(S::to_f(S::load_i(scratch.squares.as_ptr().add(row * LANES))));
                let cost = S::sub_f(S::max_f(S::sub_f(S::mul_f(root, step), error), zero), offset);
                let most = S::add_f(S::mul_f(root, above), error);
                let left = S::load_f(cell);
                let left_most = S::load_f(cell_most);
                below = S::add_f(S::min_f(S::min_f(diagonal, left), below), cost);
                below_most = S::add_f(S::min_f(S::min_f(diagonal_most, left_most), below_most), most);
                diagonal = left;
                diagonal_most = left_most;
                // A track that ended keeps what it had.
                S::store_f(cell, S::choose(limits, point as i32, below, left));
                S::store_f(cell_most, S::choose(limits, point as i32, below_most, left_most));
            }
        }
        let last = cells.add((count - 1) * LANES * 2);
        (lanes::<S>(S::load_f(last)), lanes::<S>(S::load_f(last.add(LANES))))
    }
}
dispatch!(fn warp_dispatch = warp_on(block: Block<'_>, lengths: &[i32], points: usize, query: &Lines, offset: f32, scratch: &mut Scratch) -> (Lanes, Lanes));

/// Bounds of the DTW distance of each track of the block, closest near `near`; `rounded` says that the points are the
/// track's own but for rounding, so that distances are bounded from above as well.
///
/// The distance is S ÷ L, with S the least sum of any path and L the number of its pairs, from max(m, n) to m + n − 1.
/// Let V be the least of all Σ (d − μ). Then S ≥ V + μ L, so S ÷ L ≥ μ + V ÷ L: with V < 0 the smallest L counts. With V ≥ 0
/// the largest does, and S is at most the least sum U of upper bounds, so L ≤ (U − V) ÷ μ.
pub fn warp(
    level: super::Level,
    block: Block<'_>,
    lengths: &[i32],
    points: usize,
    query: &Lines,
    near: f32,
    rounded: bool,
    scratch: &mut Scratch,
) -> Lanes {
    check(&block, points, query, scratch);
    assert_eq!(lengths.len(), LANES, "a length a track");
    // Below the distance in question a further pair costs something, which keeps paths short.
    let offset = if rounded { 0.94 * near } else { near };
    let (sums, most) = warp_dispatch(level, block, lengths, points, query, offset, scratch);
    let m = query.len() as f32;
    let mut bounds = [0.0; LANES];
    for (lane, bound) in bounds.iter_mut().enumerate() {
        let n = lengths[lane] as f32;
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

/// `sums` + `bounds` × `factor`.
#[inline(always)]
unsafe fn add_on<S: Simd>(sums: &mut Lanes, bounds: &Lanes, factor: f32) {
    unsafe {
        let scaled = S::mul_f(S::load_f(bounds.as_ptr()), S::splat_f(factor));
        S::store_f(sums.as_mut_ptr(), S::add_f(S::load_f(sums.as_ptr()), scaled));
    }
}
dispatch!(
    /// Adds `bounds` × `factor` to `sums`.
    pub fn add = add_on(sums: &mut Lanes, bounds: &Lanes, factor: f32)
);

/// See [`settle`].
#[inline(always)]
unsafe fn settle_on<S: Simd>(bounds: &mut Lanes, before: &Lanes, alive: u16) -> f32 {
    unsafe {
        let old = S::load_f(before.as_ptr());
        let new = S::min_f(S::max_f(S::load_f(bounds.as_ptr()), old), S::splat_f(f32::MAX));
        let new = S::pick(alive, new, S::splat_f(f32::INFINITY));
        // Who was nobody stays so.
        let gone = S::within(S::splat_f(f32::INFINITY), old);
        let new = S::pick(gone, old, new);
        S::store_f(bounds.as_mut_ptr(), new);
        S::least(new)
    }
}
dispatch!(
    /// Makes `bounds` at least those `before`, finite where `alive` has the track's bit and infinite elsewhere, and
    /// returns the least.
    pub fn settle = settle_on(bounds: &mut Lanes, before: &Lanes, alive: u16) -> f32
);

#[inline(always)]
unsafe fn count_on<S: Simd>(lower: &[f32], limit: f32) -> usize {
    unsafe {
        let limit = S::splat_f(limit.min(f32::MAX));
        let mut count = 0_usize;
        let mut at = 0_usize;
        while at < lower.len() {
            count = count.wrapping_add(S::within(S::load_f(lower.as_ptr().add(at)), limit).count_ones() as usize);
            at = at.wrapping_add(LANES);
        }
        count
    }
}
dispatch!(fn count_dispatch = count_on(lower: &[f32], limit: f32) -> usize);

/// How many of whole blocks of bounds are finite and within `limit`.
pub fn count(level: super::Level, lower: &[f32], limit: f32) -> usize {
    assert!(lower.len().is_multiple_of(LANES), "whole blocks");
    count_dispatch(level, lower, limit)
}
