//! What is done with the bounds of blocks, and the bounds of many neighbouring blocks in one go.

#![expect(unsafe_code, reason = "vector instructions over checked slices")]

use super::super::grid::Lines;
use super::super::simd::{LANES, Level, Simd, dispatch};
use super::{Block, Lanes, Scratch, centre_on, paired_on, squares};

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
pub fn count(level: Level, lower: &[f32], limit: f32) -> usize {
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
    level: Level,
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

/// What a glance at the means counts.
#[derive(Clone, Copy)]
pub struct Glance<'a> {
    /// The factor of that distance.
    pub flat: f32,
    /// For each block the factor of that distance less the track's radius, where it is above 0.
    pub radial: &'a [f32],
}

#[inline(always)]
unsafe fn glance_on<S: Simd>(
    run: Run<'_>,
    query: &Lines,
    glance: Glance<'_>,
    lower: &mut [Lanes],
    scratch: &mut Scratch,
) {
    unsafe {
        let width = query.groups.wrapping_mul(LANES * 4);
        let (step, zero) = (S::splat_f(query.step), S::splat_f(0.0));
        let query_error = S::splat_f(query.errors[0]);
        let mut index = 0_usize;
        while index < lower.len() {
            let slot = index.wrapping_mul(LANES);
            let block = Block {
                data: &run.blocks.data[index.wrapping_mul(width)..],
                norms: &run.blocks.norms[slot..],
                errors: &run.blocks.errors[slot..],
            };
            squares::<S>(&block, 0, query, scratch.squares.as_mut_ptr());
            let root = S::root_below(S::to_f(S::load_i(scratch.squares.as_ptr())));
            let error = S::add_f(S::load_f(block.errors.as_ptr()), query_error);
            let apart = S::sub_f(S::mul_f(root, step), error);
            let value = S::sub_f(apart, S::load_f(run.radii.as_ptr().wrapping_add(slot)));
            // Where nothing is left, which is a bound of 0, a trace of it keeps an order among the tracks.
            let trace = S::mul_f(S::min_f(value, zero), S::splat_f(1e-6));
            let radial = S::mul_f(S::add_f(S::max_f(value, zero), trace), S::splat_f(glance.radial[index]));
            let flat = S::mul_f(S::max_f(apart, zero), S::splat_f(glance.flat));
            let sums = lower[index].as_mut_ptr();
            S::store_f(sums, S::add_f(S::load_f(sums), S::add_f(radial, flat)));
            index = index.wrapping_add(1);
        }
    }
}
dispatch!(fn glance_dispatch = glance_on(run: Run<'_>, query: &Lines, glance: Glance<'_>, lower: &mut [Lanes], scratch: &mut Scratch));

/// Adds to the bounds of neighbouring blocks what the distance of one point, the row of `query`, from the tracks' means says.
pub fn glance(
    level: Level,
    run: Run<'_>,
    query: &Lines,
    glance: Glance<'_>,
    lower: &mut [Lanes],
    scratch: &mut Scratch,
) {
    let slots = lower.len() * LANES;
    assert!(query.len() == 1 && glance.radial.len() >= lower.len() && run.radii.len() >= slots, "a row and radii");
    assert!(run.blocks.data.len() >= slots * query.groups * 4, "means of the blocks");
    assert!(run.blocks.norms.len() >= slots && run.blocks.errors.len() >= slots, "their norms and errors");
    assert!(query.bytes.len() == query.groups && query.words.len() == query.bytes.len(), "rows");
    scratch.squares.resize(LANES, 0);
    glance_dispatch(level, run, query, glance, lower, scratch);
}
