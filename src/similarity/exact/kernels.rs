//! Lower bounds of sixteen tracks at once, from whole numbers.
//!
//! A block holds sixteen tracks, point by point; a query's rows are on the same grid. The squared distance of a row q and
//! a point t on the grid is Σq² + Σt² − 2 Σqt, exact in whole numbers. What rounding onto the grid changed is taken off
//! afterwards, so every result here is at most the true distance.

#![expect(unsafe_code, reason = "vector instructions over checked slices")]

mod sweep;
mod warp;

pub use sweep::{Glance, Run, add, count, glance, settle, sweep};
pub use warp::{Known, Tracks, warp};

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

/// Has the processor begin to read what will be computed next, which lies apart from what is computed now.
pub fn fetch(data: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        const LINE: usize = 64;
        let (mut line, end) = (data.as_ptr(), data.as_ptr_range().end);
        while line < end {
            // SAFETY: a prefetch of any address is allowed, and reads nothing that the program sees.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(line.cast()) };
            line = line.wrapping_add(LINE);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = data;
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

/// Where the squared distances of one point of each track lie: among all of the block where they are `shared`, else
/// computed now.
#[inline(always)]
unsafe fn squares_of<S: Simd>(
    block: &Block<'_>,
    point: usize,
    query: &Lines,
    shared: bool,
    scratch: &mut Scratch,
) -> *const i32 {
    if shared {
        let width = query.bases.len().wrapping_mul(LANES);
        return scratch.squares.as_ptr().wrapping_add(point.wrapping_mul(width));
    }
    unsafe { squares::<S>(block, point, query, scratch.squares.as_mut_ptr()) };
    scratch.squares.as_ptr()
}

#[inline(always)]
unsafe fn table_on<S: Simd>(block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) {
    unsafe {
        let width = query.bases.len().wrapping_mul(LANES);
        let mut point = 0_usize;
        while point < points {
            let out = scratch.squares.as_mut_ptr().wrapping_add(point.wrapping_mul(width));
            squares::<S>(&block, point, query, out);
            point = point.wrapping_add(1);
        }
    }
}
dispatch!(fn table_dispatch = table_on(block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch));

/// Squared distances of all points of each track from every row of the query, which the bounds of one block under several
/// distances then share.
pub fn table(level: super::Level, block: Block<'_>, points: usize, query: &Lines, scratch: &mut Scratch) {
    check(&block, points, query, false, scratch);
    scratch.squares.resize(points * query.len() * LANES, 0);
    table_dispatch(level, block, points, query, scratch);
}

fn check(block: &Block<'_>, points: usize, query: &Lines, shared: bool, scratch: &mut Scratch) {
    assert!(block.data.len() >= points * query.groups * LANES * 4, "points of the block");
    assert!(block.norms.len() >= points * LANES && block.errors.len() >= LANES, "norms and errors of the block");
    assert!(
        query.bytes.len() == query.len() * query.groups && query.words.len() == query.bytes.len(),
        "rows of the query"
    );
    if shared {
        assert!(scratch.squares.len() >= points * query.len() * LANES, "the table of the block");
    } else {
        scratch.squares.resize(query.len() * LANES, 0);
    }
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
    check(&block, query.len(), query, false, scratch);
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
    check(&block, 1, query, false, scratch);
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
    check(&block, 1, query, false, scratch);
    assert!(limits.len() == query.len() && masks.len() == query.len(), "a limit and a mask a row");
    within_dispatch(level, block, query, limits, scratch, masks);
}

/// Bounds of the min distance: for each row the nearest point, and the mean of that over the rows.
#[inline(always)]
unsafe fn nearest_on<S: Simd>(
    block: Block<'_>,
    points: usize,
    query: &Lines,
    shared: bool,
    scratch: &mut Scratch,
) -> Lanes {
    unsafe {
        let count = query.len();
        let width = count.wrapping_mul(LANES);
        scratch.whole.resize(width, FAR);
        let whole_run = count == 14 && !shared && points > 0;
        if whole_run {
            let rows = Rows { bytes: query.bytes.as_ptr(), words: query.words.as_ptr(), bases: query.bases.as_ptr() };
            let (data, norms) = (block.data.as_ptr(), block.norms.as_ptr());
            S::fourteen_least(data, query.groups, points, rows, norms, scratch.whole.as_mut_ptr());
        } else {
            scratch.whole.fill(FAR);
        }
        let mut point = if whole_run { points } else { 0 };
        while point < points {
            let found = squares_of::<S>(&block, point, query, shared, scratch);
            let mut at = 0_usize;
            while at < width {
                let cell = scratch.whole.as_mut_ptr().wrapping_add(at);
                S::store_i(cell, S::min_i(S::load_i(cell), S::load_i(found.wrapping_add(at))));
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
dispatch!(fn nearest_dispatch = nearest_on(block: Block<'_>, points: usize, query: &Lines, shared: bool, scratch: &mut Scratch) -> Lanes);

/// Bounds of the min distance of each track of the block; `shared` says that [`table`] was asked for it just before.
pub fn nearest(
    level: super::Level,
    block: Block<'_>,
    points: usize,
    query: &Lines,
    shared: bool,
    scratch: &mut Scratch,
) -> Lanes {
    check(&block, points, query, shared, scratch);
    nearest_dispatch(level, block, points, query, shared, scratch)
}

/// Bounds of the Fréchet distance, by its recurrence over whole numbers. A track that ends before the block does goes on
/// with its last point, which changes nothing.
#[inline(always)]
unsafe fn frechet_on<S: Simd>(
    block: Block<'_>,
    points: usize,
    query: &Lines,
    shared: bool,
    scratch: &mut Scratch,
) -> Lanes {
    unsafe {
        let count = query.len();
        scratch.whole.clear();
        scratch.whole.resize(count * LANES, FAR);
        let cells = scratch.whole.as_mut_ptr();
        let mut point = 0_usize;
        while point < points {
            let found = squares_of::<S>(&block, point, query, shared, scratch);
            let mut diagonal = S::splat_i(if point == 0 { 0 } else { FAR });
            let mut below = S::splat_i(FAR);
            let mut at = 0_usize;
            while at < count * LANES {
                let left = S::load_i(cells.wrapping_add(at));
                let cost = S::load_i(found.wrapping_add(at));
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
dispatch!(fn frechet_dispatch = frechet_on(block: Block<'_>, points: usize, query: &Lines, shared: bool, scratch: &mut Scratch) -> Lanes);

/// Bounds of the discrete Fréchet distance of each track of the block; `shared` as for [`nearest`].
pub fn frechet(
    level: super::Level,
    block: Block<'_>,
    points: usize,
    query: &Lines,
    shared: bool,
    scratch: &mut Scratch,
) -> Lanes {
    check(&block, points, query, shared, scratch);
    frechet_dispatch(level, block, points, query, shared, scratch)
}
