//! One search: bounds from coarse to fine, what is left in full precision.

use rayon::prelude::*;

use super::ask::{Ask, Bounds, Depth, Part};
use super::kernels::Scratch;
use super::pool::{Limits, Pool};
use super::simd::{LANES, Level};

/// Blocks that one thread takes at a time.
const CHUNK: usize = 64;
/// Tracks compared in full to find the first limit, beyond those that are wanted.
const SEEDS: usize = 48;
/// Tracks compared in full at a time at the end.
const BATCH: usize = 256;
/// A stage that keeps more of a sample of blocks than this is left out for the rest.
const WORTH: f64 = 0.7;

/// What one stage left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    pub stage: &'static str,
    /// Tracks that it looked at.
    pub seen: usize,
    /// Tracks that are still possible after it.
    pub left: usize,
}

/// The answer, and what it took.
#[derive(Debug, Clone)]
pub struct Found {
    pub pool: Pool,
    pub stages: Vec<Share>,
}

/// Where the search is told of the first good answers, before it is exact.
pub type First<'a> = &'a (dyn Fn(&Pool) + Sync);

/// Finds the best tracks of all parts.
///
/// `exact` is the worth of the track at a place in full precision; the terms of `ask` must be what it is made of. `skip`
/// says which places are left out. Equal worths are in the order of places.
pub fn find(
    parts: &[Part],
    ask: &Ask<'_>,
    limits: &Limits<'_>,
    skip: &(dyn Fn(u32) -> bool + Sync),
    exact: &(dyn Fn(u32) -> f32 + Sync),
    level: Level,
    first: Option<First<'_>>,
) -> Found {
    let mut run = Run::new(parts, ask, limits, exact, level);
    run.cheap(skip);
    run.seed(limits.top.saturating_mul(2).max(SEEDS));
    if let Some(first) = first {
        first(&run.pool);
    }
    run.refine(Depth::Images, "images of points");
    if run.bounds.iter().any(Bounds::has_curves) {
        run.refine(Depth::Whole, "whole points");
    }
    run.finish();
    Found { pool: run.pool, stages: run.stages }
}

struct Run<'a> {
    parts: &'a [Part],
    bounds: Vec<Bounds<'a>>,
    /// The part of each block and its number there.
    first_block: Vec<usize>,
    limits: &'a Limits<'a>,
    exact: &'a (dyn Fn(u32) -> f32 + Sync),
    /// A bound for each slot; infinite where there is nobody, or nobody left to ask for.
    lower: Vec<f32>,
    /// The least bound of each block.
    least: Vec<f32>,
    pool: Pool,
    stages: Vec<Share>,
}

impl<'a> Run<'a> {
    fn new(
        parts: &'a [Part],
        ask: &Ask<'_>,
        limits: &'a Limits<'a>,
        exact: &'a (dyn Fn(u32) -> f32 + Sync),
        level: Level,
    ) -> Self {
        let bounds: Vec<Bounds<'a>> = parts.iter().map(|part| Bounds::new(&part.store, ask, level)).collect();
        let mut first_block = vec![0];
        for part in parts {
            first_block.push(first_block.last().copied().unwrap_or(0) + part.store.blocks());
        }
        let blocks = first_block.last().copied().unwrap_or(0);
        let lower = vec![f32::INFINITY; blocks * LANES];
        let least = vec![f32::INFINITY; blocks];
        Self { parts, bounds, first_block, limits, exact, lower, least, pool: Pool::default(), stages: Vec::new() }
    }

    fn part_of(&self, block: usize) -> (usize, usize) {
        let part = self.first_block.partition_point(|first| *first <= block) - 1;
        (part, block - self.first_block[part])
    }

    fn place(&self, slot: usize) -> u32 {
        let (part, block) = self.part_of(slot / LANES);
        self.parts[part].places[block * LANES + slot % LANES]
    }

    /// Bounds of all tracks from the least there is to read.
    fn cheap(&mut self, skip: &(dyn Fn(u32) -> bool + Sync)) {
        let (bounds, parts, first_block) = (&self.bounds, self.parts, &self.first_block);
        let mut lower = &mut self.lower[..];
        let mut least = &mut self.least[..];
        for (part, of_part) in parts.iter().enumerate() {
            let blocks = first_block[part + 1] - first_block[part];
            let (lower_here, lower_rest) = std::mem::take(&mut lower).split_at_mut(blocks * LANES);
            let (least_here, least_rest) = std::mem::take(&mut least).split_at_mut(blocks);
            (lower, least) = (lower_rest, least_rest);
            lower_here
                .par_chunks_mut(CHUNK * LANES)
                .zip(least_here.par_chunks_mut(CHUNK))
                .enumerate()
                .for_each_init(Scratch::default, |scratch, (chunk, (lower, least))| {
                    for (index, (lower, least)) in lower.chunks_exact_mut(LANES).zip(least).enumerate() {
                        let block = chunk * CHUNK + index;
                        let found = bounds[part].of(block, Depth::Cheap, 0.0, scratch);
                        let places = &of_part.places[block * LANES..(block + 1) * LANES];
                        for ((lower, found), place) in lower.iter_mut().zip(found).zip(places) {
                            let alive = *place != Part::NOBODY && !skip(*place);
                            *lower = if alive { possible(found) } else { f32::INFINITY };
                        }
                        *least = lower.iter().copied().fold(f32::INFINITY, f32::min);
                    }
                });
        }
    }

    /// Compares in full the `count` tracks with the least bounds.
    fn seed(&mut self, count: usize) {
        let mut blocks: Vec<u32> = (0..self.least.len() as u32).collect();
        if count < blocks.len() {
            let least = &self.least;
            blocks.select_nth_unstable_by(count, |a, b| least[*a as usize].total_cmp(&least[*b as usize]));
            blocks.truncate(count);
        }
        self.compare_best(&blocks, count);
        let (seen, left) = (self.live(), self.count_left());
        self.stages.push(Share { stage: "means or end points", seen, left });
    }

    fn live(&self) -> usize {
        self.parts.iter().map(|part| part.store.len()).sum()
    }

    fn count_left(&self) -> usize {
        let limit = self.pool.limit();
        let left = |lower: &&f32| **lower != f32::INFINITY && **lower <= limit;
        self.lower.par_chunks(1 << 14).map(|chunk| chunk.iter().filter(left).count()).sum()
    }

    /// Compares in full the `count` tracks of `blocks` with the least bounds that may still be among the best.
    fn compare_best(&mut self, blocks: &[u32], count: usize) {
        let limit = self.pool.limit();
        let slots = blocks.iter().flat_map(|block| *block as usize * LANES..(*block as usize + 1) * LANES);
        let mut best: Vec<(f32, usize)> = slots
            .map(|slot| (self.lower[slot], slot))
            .filter(|(lower, _)| *lower != f32::INFINITY && *lower <= limit)
            .collect();
        if count < best.len() {
            best.select_nth_unstable_by(count, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            best.truncate(count);
        }
        self.compare(&best);
    }

    fn compare(&mut self, slots: &[(f32, usize)]) {
        let places: Vec<u32> = slots.iter().map(|(_, slot)| self.place(*slot)).collect();
        let exact = self.exact;
        let compared: Vec<(f32, u32)> =
            places.par_iter().with_min_len(4).map(|place| (exact(*place), *place)).collect();
        self.pool.take(compared, self.limits);
        for (_, slot) in slots {
            self.lower[*slot] = f32::INFINITY;
            let block = slot / LANES;
            self.least[block] =
                self.lower[block * LANES..(block + 1) * LANES].iter().copied().fold(f32::INFINITY, f32::min);
        }
    }

    /// Blocks with a track that may still be among the best, the most promising first.
    fn alive(&self) -> Vec<u32> {
        let limit = self.pool.limit();
        let least = &self.least;
        let mut blocks: Vec<u32> = (0..least.len() as u32)
            .filter(|block| least[*block as usize] != f32::INFINITY && least[*block as usize] <= limit)
            .collect();
        blocks.par_sort_unstable_by(|a, b| least[*a as usize].total_cmp(&least[*b as usize]).then(a.cmp(b)));
        blocks
    }

    /// Closer bounds for the tracks that are left, in rounds, with some compared in full after each.
    fn refine(&mut self, depth: Depth, stage: &'static str) {
        let blocks = self.alive();
        let mut seen = 0;
        let mut from = 0;
        let mut round = (blocks.len() / 64).max(64);
        while from < blocks.len() {
            let limit = self.pool.limit();
            let to = (from + round).min(blocks.len());
            let still = |block: &&u32| self.least[**block as usize] <= limit;
            let batch: Vec<u32> = blocks[from..to].iter().filter(still).copied().collect();
            if batch.is_empty() {
                break;
            }
            self.bound(&batch, depth);
            seen += batch.len() * LANES;
            self.compare_best(&batch, SEEDS / 2);
            if depth == Depth::Images && self.bounds.iter().any(Bounds::has_curves) && from > 0 {
                let limit = self.pool.limit();
                let kept = batch.iter().filter(|block| self.least[**block as usize] <= limit).count();
                if kept as f64 > WORTH * batch.len() as f64 && to < blocks.len() {
                    break;
                }
            }
            from = to;
            round = round.saturating_mul(4);
        }
        let left = self.count_left();
        self.stages.push(Share { stage, seen, left });
    }

    fn bound(&mut self, blocks: &[u32], depth: Depth) {
        let near = self.pool.limit().min(f32::MAX / 4.0);
        let near = if near == f32::MAX / 4.0 { 0.0 } else { near };
        let bounds = &self.bounds;
        let at = |block: u32| self.part_of(block as usize);
        let found: Vec<[f32; LANES]> = blocks
            .par_iter()
            .with_min_len(8)
            .map_init(Scratch::default, |scratch, block| {
                let (part, block) = at(*block);
                bounds[part].of(block, depth, near, scratch)
            })
            .collect();
        for (block, found) in blocks.iter().zip(found) {
            let block = *block as usize;
            let lower = &mut self.lower[block * LANES..(block + 1) * LANES];
            for (lower, found) in lower.iter_mut().zip(found) {
                // Whichever is closer; nobody stays nobody.
                *lower = lower.max(possible(found));
            }
            self.least[block] = lower.iter().copied().fold(f32::INFINITY, f32::min);
        }
    }

    /// Compares in full what is left, the most promising first.
    fn finish(&mut self) {
        let blocks = self.alive();
        let limit = self.pool.limit();
        let slots = blocks.iter().flat_map(|block| *block as usize * LANES..(*block as usize + 1) * LANES);
        let mut left: Vec<(f32, usize)> = slots
            .map(|slot| (self.lower[slot], slot))
            .filter(|(lower, _)| *lower != f32::INFINITY && *lower <= limit)
            .collect();
        left.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut seen = 0;
        for batch in left.chunks(BATCH) {
            if batch.first().is_none_or(|(lower, _)| *lower > self.pool.limit()) {
                break;
            }
            let limit = self.pool.limit();
            let batch: Vec<(f32, usize)> = batch.iter().copied().filter(|(lower, _)| *lower <= limit).collect();
            seen += batch.len();
            self.compare(&batch);
        }
        self.stages.push(Share { stage: "full precision", seen, left: self.pool.ranked(self.limits).0.len() });
    }
}

/// A bound of somebody who can still be asked for: a number, and finite.
fn possible(bound: f32) -> f32 {
    if bound.is_nan() { f32::NEG_INFINITY } else { bound.min(f32::MAX) }
}
