//! One search: bounds from coarse to fine, what is left in full precision.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::ask::{Ask, Bounds, Depth, Part};
use super::assist::{Assist, FirstPass};
use super::kernels::{self, Lanes, Scratch};
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

/// What computes.
#[derive(Clone, Copy)]
pub struct Engine<'a> {
    pub level: Level,
    pub assist: Option<&'a Assist>,
}

/// Which places are left out: a few, or for each place whether.
#[derive(Clone, Copy)]
pub enum Skip<'a> {
    Few(&'a HashSet<u32>),
    Many(&'a [bool]),
}

/// Finds the best tracks of all parts.
///
/// `exact` is the worth of the track at a place in full precision; the terms of `ask` must be what it is made of. Equal
/// worths are in the order of places.
pub fn find<'a>(
    parts: &'a [Part],
    ask: &Ask<'_>,
    limits: &'a Limits<'a>,
    skip: Skip<'a>,
    exact: &'a (dyn Fn(u32) -> f32 + Sync),
    engine: Engine<'a>,
    first: Option<First<'_>>,
) -> Found {
    let mut run = Run::new(parts, ask, limits, exact, engine.level);
    run.assist = engine.assist;
    run.skip = skip;
    run.sweep();
    run.seed(limits.top.saturating_mul(2).max(SEEDS));
    if let Some(first) = first {
        first(&run.pool);
    }
    if run.bounds.iter().any(Bounds::has_more) {
        run.widen();
    }
    run.refine(Depth::Images, "images of points");
    if run.has_curves() {
        run.refine(Depth::Whole, "whole points");
    }
    run.finish();
    Found { pool: run.pool, stages: run.stages }
}

struct Run<'a> {
    parts: &'a [Part],
    bounds: Vec<Bounds<'a>>,
    /// The number of each part's first block among all, and of all.
    first_block: Vec<usize>,
    limits: &'a Limits<'a>,
    exact: &'a (dyn Fn(u32) -> f32 + Sync),
    level: Level,
    skip: Skip<'a>,
    assist: Option<&'a Assist>,
    /// A bound for each slot of each block; infinite where there is nobody, or nobody left to ask for.
    lower: Vec<Lanes>,
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
        Self {
            parts,
            bounds,
            first_block,
            limits,
            exact,
            level,
            skip: Skip::Many(&[]),
            assist: None,
            lower: Vec::new(),
            least: Vec::new(),
            pool: Pool::default(),
            stages: Vec::new(),
        }
    }

    fn has_curves(&self) -> bool {
        self.bounds.iter().any(Bounds::has_curves)
    }

    fn part_of(&self, block: usize) -> (usize, usize) {
        let part = self.first_block.partition_point(|first| *first <= block) - 1;
        (part, block - self.first_block[part])
    }

    fn place(&self, slot: usize) -> u32 {
        let (part, block) = self.part_of(slot / LANES);
        self.parts[part].places()[block * LANES + slot % LANES]
    }

    /// Bounds of all tracks from the least there is to read.
    fn sweep(&mut self) {
        let mut seen = 0;
        for (bounds, part) in self.bounds.iter().zip(self.parts) {
            let alive = match self.skip {
                Skip::Many(skip) if !skip.is_empty() => part.alive(Some(skip)),
                _ => part.alive(None),
            };
            let found: Vec<(Vec<Lanes>, Vec<f32>)> = alive
                .par_chunks(CHUNK)
                .enumerate()
                .map_init(Scratch::default, |scratch, (chunk, alive)| bounds.sweep(chunk * CHUNK, alive, scratch))
                .collect();
            self.lower.reserve(alive.len());
            self.least.reserve(alive.len());
            for (lower, least) in found {
                self.lower.extend_from_slice(&lower);
                self.least.extend_from_slice(&least);
            }
            seen += part.store.len();
        }
        self.stages.push(Share { stage: "means or end points", seen, left: 0 });
    }

    /// Compares in full the `count` tracks with the least bounds.
    fn seed(&mut self, count: usize) {
        // First the best runs of blocks, then the best blocks of those.
        let best = |run: (usize, &[f32])| (run.1.iter().copied().fold(f32::INFINITY, f32::min), run.0);
        let mut runs: Vec<(f32, usize)> =
            self.least.chunks(CHUNK).enumerate().map(|(at, run)| best((at, run))).collect();
        if count < runs.len() {
            runs.select_nth_unstable_by(count, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            runs.truncate(count);
        }
        let last = self.least.len();
        let blocks = runs.iter().flat_map(|(_, run)| run * CHUNK..((run + 1) * CHUNK).min(last));
        let mut blocks: Vec<u32> = blocks.map(|block| block as u32).collect();
        self.split_best(&mut blocks, count);
        blocks.truncate(count);
        self.compare_best(&blocks, count);
        let left = self.count_left();
        if let Some(stage) = self.stages.last_mut() {
            stage.left = left;
        }
    }

    /// Bounds from all rows of the query against means and end points, for the tracks that are left.
    fn widen(&mut self) {
        let blocks = self.alive();
        if !self.widen_elsewhere(&blocks) {
            self.bound(&blocks, Depth::Cheap);
        }
        self.compare_best(&blocks, SEEDS);
        let left = self.count_left();
        self.stages.push(Share { stage: "rows against means", seen: blocks.len() * LANES, left });
    }

    /// The same by another processor, where that was faster at the first search with enough to do; whether it was done.
    fn widen_elsewhere(&mut self, blocks: &[u32]) -> bool {
        let Some(assist) = self.assist.filter(|_| 2 * blocks.len() > self.least.len()) else { return false };
        match assist.faster.get() {
            Some(true) => self.with_pass(&*assist.pass, blocks),
            Some(false) => false,
            None => {
                let start = Instant::now();
                self.bound(blocks, Depth::Cheap);
                let here = start.elapsed();
                // The first time a driver still has to prepare itself.
                let mut there = Duration::MAX;
                for _ in 0..2 {
                    let start = Instant::now();
                    if self.with_pass(&*assist.pass, blocks) {
                        there = start.elapsed();
                    }
                }
                let faster = *assist.faster.get_or_init(|| there < here);
                let name = assist.pass.name();
                tracing::info!(name, ?here, ?there, faster, "the first pass of searches was tried elsewhere");
                true
            }
        }
    }

    fn with_pass(&mut self, pass: &dyn FirstPass, blocks: &[u32]) -> bool {
        let mut centres = Vec::with_capacity(self.bounds.len());
        for (part, bounds) in self.bounds.iter().enumerate() {
            let slots = self.parts[part].store.blocks() * LANES;
            let mut of_part = Vec::new();
            for rows in bounds.rows() {
                let found = rows.map(|rows| pass.centres(part, &rows).filter(|found| found.len() == slots));
                match found {
                    Some(None) => return false,
                    Some(found) => of_part.push(found),
                    None => of_part.push(None),
                }
            }
            centres.push(of_part);
        }
        let found = self.settled(blocks, Depth::Cheap, |part, block, scratch| {
            self.bounds[part].of_centres(block, &centres[part], scratch)
        });
        self.keep(blocks, found);
        true
    }

    /// Brings the `count` blocks with the least bounds to the front.
    fn split_best(&self, blocks: &mut [u32], count: usize) {
        let least = &self.least;
        if count < blocks.len() {
            blocks.select_nth_unstable_by(count, |a, b| least[*a as usize].total_cmp(&least[*b as usize]));
        }
    }

    fn count_left(&self) -> usize {
        let (limit, level) = (self.pool.limit(), self.level);
        let may = |(least, _): &(&f32, &Lanes)| **least != f32::INFINITY && **least <= limit;
        self.least.iter().zip(&self.lower).filter(may).map(|(_, lower)| kernels::count(level, lower, limit)).sum()
    }

    /// Compares in full the `count` tracks of `blocks` with the least bounds that may still be among the best.
    fn compare_best(&mut self, blocks: &[u32], count: usize) {
        let mut best = self.slots(blocks);
        if count < best.len() {
            best.select_nth_unstable_by(count, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            best.truncate(count);
        }
        self.compare(&best);
    }

    /// The slots of `blocks` that may still be among the best, with their bounds.
    fn slots(&self, blocks: &[u32]) -> Vec<(f32, usize)> {
        let limit = self.pool.limit();
        let mut slots = Vec::new();
        for block in blocks {
            let block = *block as usize;
            if self.least[block] <= limit {
                for (lane, lower) in self.lower[block].iter().enumerate() {
                    if *lower != f32::INFINITY && *lower <= limit {
                        slots.push((*lower, block * LANES + lane));
                    }
                }
            }
        }
        slots
    }

    fn compare(&mut self, slots: &[(f32, usize)]) {
        let mut places: Vec<u32> = slots.iter().map(|(_, slot)| self.place(*slot)).collect();
        if let Skip::Few(skip) = self.skip {
            places.retain(|place| !skip.contains(place));
        }
        let exact = self.exact;
        let compared: Vec<(f32, u32)> =
            places.par_iter().with_min_len(4).map(|place| (exact(*place), *place)).collect();
        self.pool.take(compared, self.limits);
        for (_, slot) in slots {
            let block = slot / LANES;
            self.lower[block][slot % LANES] = f32::INFINITY;
            self.least[block] = self.lower[block].iter().copied().fold(f32::INFINITY, f32::min);
        }
    }

    /// Blocks with a track that may still be among the best.
    fn alive(&self) -> Vec<u32> {
        let limit = self.pool.limit();
        let may = |(_, least): &(u32, &f32)| **least != f32::INFINITY && **least <= limit;
        (0..).zip(&self.least).filter(may).map(|(block, _)| block).collect()
    }

    /// Closer bounds for the tracks that are left: the most promising first, with some compared in full in between, so
    /// that the rest meets a closer limit.
    fn refine(&mut self, depth: Depth, stage: &'static str) {
        let mut blocks = self.alive();
        let mut seen = 0;
        let mut round = (blocks.len() / 64).max(64);
        let mut rest = &mut blocks[..];
        let mut first = true;
        while !rest.is_empty() {
            self.split_best(rest, round);
            let (front, behind) = rest.split_at_mut(round.min(rest.len()));
            rest = behind;
            // In the order in which they lie in memory.
            front.sort_unstable();
            let limit = self.pool.limit();
            let batch: Vec<u32> = front.iter().filter(|block| self.least[**block as usize] <= limit).copied().collect();
            self.bound(&batch, depth);
            seen += batch.len() * LANES;
            self.compare_best(&batch, SEEDS / 2);
            if depth == Depth::Images && !first && self.has_curves() {
                let limit = self.pool.limit();
                let kept = batch.iter().filter(|block| self.least[**block as usize] <= limit).count();
                if kept as f64 > WORTH * batch.len() as f64 {
                    break;
                }
            }
            first = false;
            round = round.saturating_mul(6);
        }
        let left = self.count_left();
        self.stages.push(Share { stage, seen, left });
    }

    fn bound(&mut self, blocks: &[u32], depth: Depth) {
        let near = self.pool.limit();
        let near = if near.is_finite() { near } else { 0.0 };
        let found =
            self.settled(blocks, depth, |part, block, scratch| self.bounds[part].of(block, depth, near, scratch));
        self.keep(blocks, found);
    }

    /// New bounds of blocks at a depth, no lower than those before, and the least of each.
    fn settled(
        &self,
        blocks: &[u32],
        depth: Depth,
        of: impl Fn(usize, usize, &mut Scratch) -> Lanes + Sync,
    ) -> Vec<(Lanes, f32)> {
        let (level, lower) = (self.level, &self.lower);
        let settle = |scratch: &mut Scratch, at: usize| {
            let global = blocks[at];
            // What lies side by side the processor reads ahead by itself.
            if let Some(next) = blocks.get(at + 1).filter(|next| **next != global + 1) {
                let (part, block) = self.part_of(*next as usize);
                self.bounds[part].fetch(block, depth);
            }
            let (part, block) = self.part_of(global as usize);
            let mut found = of(part, block, scratch);
            let least = kernels::settle(level, &mut found, &lower[global as usize], u16::MAX);
            (found, least)
        };
        (0..blocks.len()).into_par_iter().with_min_len(8).map_init(Scratch::default, settle).collect()
    }

    fn keep(&mut self, blocks: &[u32], found: Vec<(Lanes, f32)>) {
        for (block, (found, least)) in blocks.iter().zip(found) {
            self.lower[*block as usize] = found;
            self.least[*block as usize] = least;
        }
    }

    /// Compares in full what is left, the most promising first.
    fn finish(&mut self) {
        let blocks = self.alive();
        let mut left = self.slots(&blocks);
        left.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut seen = 0;
        for batch in left.chunks(BATCH) {
            let limit = self.pool.limit();
            let batch: Vec<(f32, usize)> = batch.iter().copied().filter(|(lower, _)| *lower <= limit).collect();
            if batch.is_empty() {
                break;
            }
            seen += batch.len();
            self.compare(&batch);
        }
        self.stages.push(Share { stage: "full precision", seen, left: self.pool.ranked(self.limits).0.len() });
    }
}
