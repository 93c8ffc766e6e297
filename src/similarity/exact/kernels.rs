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
        let data = block.data.as_ptr().wrapping_add(point.wrapping_mul(groups).wrapping_mul(LANES * 4));
        let norms = S::load_i(block.norms.as_ptr().wrapping_add(point.wrapping_mul(LANES)));
        let mut left = query.bases.len();
        let mut out = out;
        let mut rows = Rows { bytes: query.bytes.as_ptr(), words: query.words.as_ptr(), bases: query.bases.as_ptr() };
        macro_rules! take {
            ($run:ident, $n:literal) => {
                while left >= $n {
                    S::$run(data, groups, rows, norms, out);
                    let step = groups.wrapping_mul($n);
                    rows.bytes = rows.bytes.wrapping_add(step);
                    rows.words = rows.words.wrapping_add(step);
                    rows.bases = rows.bases.wrapping_add($n);
                    out = out.wrapping_add($n * LANES);
                    left = left.wrapping_sub($n);
                }
            };
        }
        take!(fourteen, 14);
        take!(four, 4);
        take!(one, 1);
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
    assert!(block.norms.len() >= points * LANES && block.errors.len() >= LANES, "norms and errors of the block");
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
        let mut point = 0_usize;
        while point < points {
            squares::<S>(&block, point, query, scratch.squares.as_mut_ptr());
            most = S::max_i(most, S::load_i(scratch.squares.as_ptr().wrapping_add(point.wrapping_mul(LANES))));
            point = point.wrapping_add(1);
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
unsafe fn centre_on<S: Simd>(block: Block<'_>, radii: &[f32], query: &Lines, scratch: &mut Scratch) -> (Lanes, Lanes) {
    unsafe {
        squares::<S>(&block, 0, query, scratch.squares.as_mut_ptr());
        let step = S::splat_f(query.step);
        let error = S::add_f(S::load_f(block.errors.as_ptr()), S::load_f(radii.as_ptr()));
        let zero = S::splat_f(0.0);
        let (mut sum, mut kept, mut least) = (zero, zero, S::splat_f(f32::MAX));
        let mut row = 0_usize;
        while row < query.bases.len() {
            let square = S::to_f(S::load_i(scratch.squares.as_ptr().wrapping_add(row.wrapping_mul(LANES))));
            let far =
                S::sub_f(S::mul_f(S::root_below(square), step), S::splat_f(*query.errors.as_ptr().wrapping_add(row)));
            let value = S::sub_f(far, error);
            sum = S::add_f(sum, value);
            kept = S::add_f(kept, S::max_f(value, zero));
            least = S::min_f(least, value);
            row = row.wrapping_add(1);
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
        let mut row = 0_usize;
        while row < query.bases.len() {
            let square = S::to_f(S::load_i(scratch.squares.as_ptr().wrapping_add(row.wrapping_mul(LANES))));
            // root · step − errors ≤ limit, without a root.
            let limit = (*limits.as_ptr().wrapping_add(row) + *query.errors.as_ptr().wrapping_add(row)) * inverse;
            let reach = S::add_f(errors, S::splat_f(limit * 1.000_05));
            *masks.as_mut_ptr().wrapping_add(row) = S::within(square, S::mul_f(reach, reach));
            row = row.wrapping_add(1);
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
        let mut point = 0_usize;
        while point < points {
            squares::<S>(&block, point, query, scratch.squares.as_mut_ptr());
            let mut at = 0_usize;
            while at < count * LANES {
                let cell = scratch.whole.as_mut_ptr().wrapping_add(at);
                S::store_i(cell, S::min_i(S::load_i(cell), S::load_i(scratch.squares.as_ptr().wrapping_add(at))));
                at = at.wrapping_add(LANES);
            }
            point = point.wrapping_add(1);
        }
        let step = S::splat_f(query.step);
        let error = S::load_f(block.errors.as_ptr());
        let mut sum = S::splat_f(0.0);
        let mut row = 0_usize;
        while row < count {
            let error = S::add_f(error, S::splat_f(*query.errors.as_ptr().wrapping_add(row)));
            sum = S::add_f(
                sum,
                bound::<S>(S::load_i(scratch.whole.as_ptr().wrapping_add(row.wrapping_mul(LANES))), step, error),
            );
            row = row.wrapping_add(1);
        }
        lanes::<S>(S::mul_f(sum, S::splat_f(1.0 / count as f32)))
    }
}
dispatch!(fn nearest_dispatch = nearest_on(block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) -> Lanes);

/// Bounds of the min distance of each track of the block.
pub fn nearest(level: super::Level, block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) -> Lanes {
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
        let mut point = 0_usize;
        while point < points {
            squares::<S>(&block, point, query, scratch.squares.as_mut_ptr());
            let mut diagonal = S::splat_i(if point == 0 { 0 } else { FAR });
            let mut below = S::splat_i(FAR);
            let mut at = 0_usize;
            while at < count * LANES {
                let left = S::load_i(cells.wrapping_add(at));
                let cost = S::load_i(scratch.squares.as_ptr().wrapping_add(at));
                below = S::max_i(cost, S::min_i(S::min_i(diagonal, left), below));
                diagonal = left;
                S::store_i(cells.wrapping_add(at), below);
                at = at.wrapping_add(LANES);
            }
            point = point.wrapping_add(1);
        }
        let reach = S::load_i(cells.wrapping_add((count - 1) * LANES));
        let error = S::add_f(S::load_f(block.errors.as_ptr()), S::splat_f(query.error()));
        lanes::<S>(bound::<S>(reach, S::splat_f(query.step), error))
    }
}
dispatch!(fn frechet_dispatch = frechet_on(block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) -> Lanes);

/// Bounds of the discrete Fréchet distance of each track of the block.
pub fn frechet(level: super::Level, block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) -> Lanes {
    check(&block, points, query, scratch);
    frechet_dispatch(level, block, points, query, scratch)
}

/// For each track the least sums over all warping paths: of (bound of the pair's distance − `offset`), and of the most
/// that the pairs' distances can be.
#[inline(always)]
unsafe fn warp_with<S: Simd, const BOTH: bool>(
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
        let mut point = 0_usize;
        while point < points {
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
    lengths: &[i32],
    points: usize,
    query: &Lines,
    offset: f32,
    both: bool,
    scratch: &mut Scratch,
) -> (Lanes, Lanes) {
    unsafe {
        if both {
            warp_with::<S, true>(block, lengths, points, query, offset, scratch)
        } else {
            warp_with::<S, false>(block, lengths, points, query, offset, scratch)
        }
    }
}
dispatch!(fn warp_dispatch = warp_on(block: Block<'_>, lengths: &[i32], points: usize, query: &Lines, offset: f32, both: bool, scratch: &mut Scratch) -> (Lanes, Lanes));

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
    let (sums, most) = warp_dispatch(level, block, lengths, points, query, offset, rounded, scratch);
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
            count =
                count.wrapping_add(S::within(S::load_f(lower.as_ptr().wrapping_add(at)), limit).count_ones() as usize);
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

/// Neighbouring blocks with one or two points each, and which of their tracks count.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub blocks: Block<'a>,
    /// Points of each block: 1 for means, 2 for the first and the last.
    pub points: usize,
    /// What is taken off the bounds of each track's centre.
    pub radii: &'a [f32],
    pub alive: &'a [u16],
}

#[inline(always)]
unsafe fn sweep_on<S: Simd>(
    run: Run<'_>,
    query: &Lines,
    factor: f32,
    lower: &mut [Lanes],
    least: &mut [f32],
    scratch: &mut Scratch,
) {
    unsafe {
        let width = run.points.wrapping_mul(query.groups).wrapping_mul(LANES * 4);
        let mut index = 0_usize;
        while index < run.alive.len() {
            let slot = index.wrapping_mul(LANES);
            let block = Block {
                data: &run.blocks.data[index.wrapping_mul(width)..],
                norms: &run.blocks.norms[slot.wrapping_mul(run.points)..],
                errors: &run.blocks.errors[slot..],
            };
            let found = if run.points == 2 {
                paired_on::<S>(block, query, 2, scratch)
            } else {
                centre_on::<S>(block, &run.radii[slot..], query, scratch).0
            };
            let bounds = &mut lower[index];
            S::store_f(bounds.as_mut_ptr(), S::mul_f(S::load_f(found.as_ptr()), S::splat_f(factor)));
            least[index] = settle_on::<S>(bounds, &[f32::NEG_INFINITY; LANES], run.alive[index]);
            index = index.wrapping_add(1);
        }
    }
}
dispatch!(fn sweep_dispatch = sweep_on(run: Run<'_>, query: &Lines, factor: f32, lower: &mut [Lanes], least: &mut [f32], scratch: &mut Scratch));

/// [`paired`] or [`centre`] of neighbouring blocks at once, times `factor`, settled.
pub fn sweep(
    level: super::Level,
    run: Run<'_>,
    query: &Lines,
    factor: f32,
    lower: &mut [Lanes],
    least: &mut [f32],
    scratch: &mut Scratch,
) {
    let blocks = run.alive.len();
    let slots = blocks * LANES;
    assert!(lower.len() == blocks && least.len() == blocks && run.radii.len() >= slots, "a bound a track");
    assert!(run.blocks.data.len() >= slots * run.points * query.groups * 4, "points of the blocks");
    assert!(run.blocks.norms.len() >= slots * run.points && run.blocks.errors.len() >= slots, "their norms and errors");
    assert!(query.bytes.len() == query.len() * query.groups && query.words.len() == query.bytes.len(), "rows");
    scratch.squares.resize(query.len() * LANES, 0);
    sweep_dispatch(level, run, query, factor, lower, least, scratch);
}
