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

/// For each track the least sum over all warping paths of (bound of the pair's distance − `level_of`).
#[inline(always)]
unsafe fn warp_on<S: Simd>(
    block: Block<'_>,
    lengths: &[i32],
    points: usize,
    query: &Lines,
    level_of: f32,
    scratch: &mut Scratch,
) -> Lanes {
    unsafe {
        let count = query.len();
        let far = S::splat_f(f32::MAX);
        scratch.real.clear();
        scratch.real.resize(count * LANES, f32::MAX);
        let cells = scratch.real.as_mut_ptr();
        let step = S::splat_f(query.step);
        let error = S::load_f(block.errors.as_ptr());
        let limits = S::load_i(lengths.as_ptr());
        let offset = S::splat_f(level_of);
        for point in 0..points {
            squares::<S>(&block, point, query, scratch.squares.as_mut_ptr());
            let mut diagonal = if point == 0 { S::splat_f(0.0) } else { far };
            let mut below = far;
            for row in 0..count {
                let at = row * LANES;
                let left = S::load_f(cells.add(at));
                let error = S::add_f(error, S::splat_f(*query.errors.as_ptr().add(row)));
                let cost = S::sub_f(bound::<S>(S::load_i(scratch.squares.as_ptr().add(at)), step, error), offset);
                let reach = S::add_f(S::min_f(S::min_f(diagonal, left), below), cost);
                // A track that ended keeps what it had.
                below = reach;
                diagonal = left;
                S::store_f(cells.add(at), S::choose(limits, point as i32, reach, left));
            }
        }
        lanes::<S>(S::load_f(cells.add((count - 1) * LANES)))
    }
}
dispatch!(fn warp_dispatch = warp_on(block: Block<'_>, lengths: &[i32], points: usize, query: &Lines, level_of: f32, scratch: &mut Scratch) -> Lanes);

/// Bounds of the DTW distance of each track of the block, closest near `near`.
///
/// The distance is the sum of some path divided by the number of its pairs, so it is at least λ where no path has
/// Σ (d − λ) < 0. With V the least of these sums at λ = `near`, over paths of at least max(m, n) and at most m + n − 1
/// pairs, the distance is at least λ + V ÷ (m + n − 1) where V ≥ 0, else λ + V ÷ max(m, n).
pub fn warp(
    level: super::Level,
    block: Block<'_>,
    lengths: &[i32],
    points: usize,
    query: &Lines,
    near: f32,
    scratch: &mut Scratch,
) -> Lanes {
    check(&block, points, query, scratch);
    assert_eq!(lengths.len(), LANES, "a length a track");
    let sums = warp_dispatch(level, block, lengths, points, query, near, scratch);
    let m = query.len() as f32;
    std::array::from_fn(|lane| {
        let (sum, n) = (sums[lane], lengths[lane] as f32);
        // Sums of floats lose digits with every pair.
        let slack = 1e-6 * (m + n) * near;
        near + (sum - slack) / if sum > slack { m + n - 1.0 } else { m.max(n) }
    })
}
