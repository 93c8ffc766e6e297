//! What is asked of the engine: trajectories, the distances that count, and where to look.

use super::assist::Rows;
use super::basis::NEAR;
use super::build::mean;
use std::sync::Arc;

use rayon::prelude::*;

use super::grid::Lines;
use super::kernels::{self, Lanes, Scratch};
use super::simd::{LANES, Level};
use super::store::Store;
use crate::domain::{Metric, Trajectory};

/// A store with the place of each of its tracks in the catalogue.
#[derive(Debug, Clone)]
pub struct Part {
    pub store: Store,
    /// For each slot of each block the place of its track in the catalogue; [`Part::NOBODY`] where the slot is empty.
    places: Vec<u32>,
    /// For each block a bit for each slot with somebody in it.
    alive: Arc<Vec<u16>>,
}

impl Part {
    pub const NOBODY: u32 = u32::MAX;

    /// A store and the place of each of its tracks, in the order of [`Store::tracks`]; [`Part::NOBODY`] for a track that
    /// was taken out or embedded again since.
    pub fn new(store: Store, mut places: Vec<u32>) -> Self {
        places.resize(store.blocks() * LANES, Self::NOBODY);
        let bit = |(lane, place): (usize, &u32)| u16::from(*place != Self::NOBODY) << lane;
        let alive = places.chunks_exact(LANES).map(|slots| slots.iter().enumerate().map(bit).sum()).collect();
        Self { store, places, alive: Arc::new(alive) }
    }

    /// For each slot the place of its track; [`Part::NOBODY`] where there is none.
    pub fn places(&self) -> &[u32] {
        &self.places
    }

    /// For each block a bit for each slot with somebody in it, without the places that `skip` leaves out.
    pub(super) fn alive(&self, skip: Option<&[bool]>) -> Arc<Vec<u16>> {
        let Some(skip) = skip else { return self.alive.clone() };
        let slots = self.places.par_chunks(LANES).with_min_len(1 << 10).zip(&self.alive[..]);
        let kept = |(slots, alive): (&[u32], &u16)| {
            let bit = |(lane, place): (usize, &u32)| u16::from(skip.get(*place as usize) == Some(&true)) << lane;
            alive & !slots.iter().enumerate().map(bit).sum::<u16>()
        };
        Arc::new(slots.map(kept).collect())
    }
}

/// One distance from one query, and how much it counts.
#[derive(Debug, Clone)]
pub struct Term<'a> {
    pub query: &'a Trajectory,
    /// One of [`Metric::SINGLE`].
    pub metric: Metric,
    /// Not negative.
    pub weight: f32,
    /// How large this distance is where the worth is 1, about: where bounds should be closest.
    pub scale: f32,
}

/// What a track is worth: the weighted sum of the terms.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    pub terms: Vec<Term<'a>>,
}

/// How closely bounds are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// From the images of means and end points against all rows.
    Cheap,
    /// From the images of all points; from whole means.
    Images,
    /// From all points in all dimensions.
    Whole,
}

/// A query on the grids of one store, with the distances that count.
pub(super) struct Prepared {
    terms: Vec<(Metric, f32)>,
    /// The scale of the last term by DTW.
    scale: f32,
    points: usize,
    mean_near: Lines,
    mean_whole: Lines,
    ends: Lines,
    near: Lines,
    /// The mean of the images of all points, which is not the image of the mean.
    middle: Lines,
    whole: Lines,
    /// The share of a bound that floats may have lost on the way.
    slack: f32,
}

impl Prepared {
    fn new(query: &Trajectory, terms: Vec<(Metric, f32)>, scale: f32, store: &Store) -> Self {
        let [near_grid, mean_grid, whole_grid] = store.grids();
        let on_near = |points: &[f32]| {
            let (images, off) = store.basis().map(points);
            let mut lines = near_grid.lines(&images);
            lines.errors.iter_mut().zip(off).for_each(|(error, off)| *error += off);
            lines
        };
        let ends = [query.point(0), query.point(query.len() - 1)].concat();
        let mean = mean(query.dim(), query.values());
        let needs = |metric: Metric| terms.iter().any(|(term, _)| *term == metric);
        let curves = terms.iter().any(|(term, _)| *term != Metric::Mean);
        let none = Lines::default;
        Self {
            mean_near: on_near(&mean),
            mean_whole: if needs(Metric::Mean) { mean_grid.lines(&mean) } else { none() },
            ends: if needs(Metric::Frechet) { on_near(&ends) } else { none() },
            near: if curves { on_near(query.values()) } else { none() },
            middle: if curves { middle(query, store) } else { none() },
            whole: if curves { whole_grid.lines(query.values()) } else { none() },
            slack: 3e-7 * (query.dim() as f32 / 4.0 + query.len() as f32),
            points: query.len(),
            scale,
            terms,
        }
    }

    /// Distances other than that of the means.
    fn curves(&self) -> usize {
        self.terms.iter().filter(|(metric, _)| *metric != Metric::Mean).count()
    }

    /// Whether bounds from all rows against the means count.
    fn has_centres(&self) -> bool {
        self.terms.iter().any(|(metric, _)| matches!(metric, Metric::Min | Metric::Dtw))
    }

    /// The share of a bound that stays when what floats may have lost is taken off, for tracks of so many points.
    fn kept(&self, points: usize) -> f32 {
        1.0 - self.slack - 3e-7 * points as f32
    }
}

/// All that is asked on the grids of one store, ready to bound its blocks.
pub(super) struct Bounds<'a> {
    store: &'a Store,
    queries: Vec<Prepared>,
    level: Level,
}

impl<'a> Bounds<'a> {
    pub fn new(store: &'a Store, ask: &Ask<'_>, level: Level) -> Self {
        let mut asked: Vec<(&Trajectory, Vec<(Metric, f32)>, f32)> = Vec::new();
        for term in ask.terms.iter().filter(|term| term.weight > 0.0) {
            let known = asked.iter().position(|(query, ..)| std::ptr::eq(*query, term.query));
            let known = known.unwrap_or_else(|| {
                asked.push((term.query, Vec::new(), 1.0));
                asked.len() - 1
            });
            let (_, terms, scale) = &mut asked[known];
            terms.push((term.metric, term.weight));
            if term.metric == Metric::Dtw {
                *scale = term.scale;
            }
        }
        let prepared =
            |(query, terms, scale): (&Trajectory, Vec<(Metric, f32)>, f32)| Prepared::new(query, terms, scale, store);
        let queries = asked.into_iter().map(prepared).collect();
        Self { store, queries, level }
    }

    /// Lower bounds of the worth of each track of a block. `near` is the worth for which they should be closest.
    pub fn of(&self, block: usize, depth: Depth, near: f32, scratch: &mut Scratch) -> Lanes {
        let mut sums = [0.0; LANES];
        let points = self.store.points(block);
        for query in &self.queries {
            let kept = query.kept(points);
            if depth == Depth::Cheap {
                self.cheap_of(query, block, kept, None, &mut sums, scratch);
                continue;
            }
            let (part, lines) = match depth {
                Depth::Whole => (self.store.whole(block), &query.whole),
                _ => (self.store.near(block), &query.near),
            };
            let shared = query.curves() > 1;
            if shared {
                kernels::table(self.level, part, points, lines, scratch);
            }
            // Means come last: they make use of the room that a table lies in.
            let curves = query.terms.iter().filter(|(metric, _)| *metric != Metric::Mean);
            let means = query.terms.iter().filter(|(metric, _)| *metric == Metric::Mean);
            for (metric, weight) in curves.chain(means) {
                let bounds = match metric {
                    Metric::Min => kernels::nearest(self.level, part, points, lines, shared, scratch),
                    Metric::Frechet => kernels::frechet(self.level, part, points, lines, shared, scratch),
                    Metric::Dtw => {
                        let tracks = kernels::Tracks { lengths: self.store.block_lengths(block), points };
                        let near = near * query.scale;
                        let known = kernels::Known { near, rounded: depth == Depth::Whole, shared };
                        kernels::warp(self.level, part, tracks, lines, known, scratch)
                    }
                    Metric::Mean | Metric::Blend => {
                        let data = self.store.mean_whole(block);
                        kernels::centre(self.level, data, &[0.0; LANES], &query.mean_whole, scratch).0
                    }
                };
                kernels::add(self.level, &mut sums, &bounds, weight * kept);
            }
        }
        sums
    }

    /// Has the processor begin to read the points that [`Bounds::of`] will need.
    pub fn fetch(&self, block: usize, depth: Depth) {
        if !self.has_curves() {
            return;
        }
        match depth {
            // Means and end points are so short that the neighbouring ones come with them.
            Depth::Cheap => {}
            Depth::Images => kernels::fetch(self.store.near(block).data),
            Depth::Whole => kernels::fetch(self.store.whole(block).data),
        }
    }

    /// For each query its rows, where bounds from all of them against the means count.
    pub fn rows(&self) -> Vec<Option<Rows>> {
        let rows = |query: &Prepared| {
            let fours = query.near.fours();
            let square = |row: &[i32]| {
                row.iter().flat_map(|four| four.to_le_bytes()).map(|byte| i32::from(byte.cast_signed()).pow(2)).sum()
            };
            let squares = fours.chunks_exact(query.near.groups).map(square).collect();
            Rows { squares, errors: query.near.errors.clone(), step: query.near.step, fours }
        };
        self.queries.iter().map(|query| query.has_centres().then(|| rows(query))).collect()
    }

    /// What the kernels make of the first query's rows against the means of every slot.
    pub fn centres(&self) -> Vec<[f32; 2]> {
        let mut scratch = Scratch::default();
        let mut found = Vec::with_capacity(self.store.blocks() * LANES);
        for query in self.queries.iter().take(1) {
            for block in 0..self.store.blocks() {
                let (means, radii) = (self.store.mean_near(block), self.store.radii(block));
                let (mean, least) = kernels::centre(self.level, means, radii, &query.near, &mut scratch);
                found.extend(mean.into_iter().zip(least).map(|(mean, least)| [mean, least]));
            }
        }
        found
    }

    /// As [`Bounds::of`] from means and end points, with the centres of all slots known for some queries.
    pub fn of_centres(&self, block: usize, centres: &[Option<Vec<[f32; 2]>>], scratch: &mut Scratch) -> Lanes {
        let mut sums = [0.0; LANES];
        for (query, centres) in self.queries.iter().zip(centres) {
            let centres = centres.as_ref().map(|all| &all[block * LANES..(block + 1) * LANES]);
            let kept = query.kept(self.store.points(block));
            self.cheap_of(query, block, kept, centres, &mut sums, scratch);
        }
        sums
    }

    /// Adds the bounds of one query from the images of means and of end points.
    /// `centres` are those of the block, where they are known already.
    fn cheap_of(
        &self,
        query: &Prepared,
        block: usize,
        kept: f32,
        centres: Option<&[[f32; 2]]>,
        sums: &mut Lanes,
        scratch: &mut Scratch,
    ) {
        let (store, level) = (self.store, self.level);
        let (means, least) = match centres {
            Some(found) => (std::array::from_fn(|lane| found[lane][0]), std::array::from_fn(|lane| found[lane][1])),
            None if query.has_centres() => {
                kernels::centre(level, store.mean_near(block), store.radii(block), &query.near, scratch)
            }
            None => ([0.0; LANES], [0.0; LANES]),
        };
        for (metric, weight) in &query.terms {
            let bounds = match metric {
                Metric::Min => means,
                Metric::Dtw => {
                    let lengths = store.block_lengths(block);
                    let m = query.points as f32;
                    std::array::from_fn(|lane| rows_of_path(means[lane], least[lane], m, lengths[lane] as f32))
                }
                Metric::Frechet => kernels::paired(level, store.ends(block), &query.ends, scratch),
                Metric::Mean | Metric::Blend => {
                    kernels::centre(level, store.mean_near(block), &[0.0; LANES], &query.mean_near, scratch).0
                }
            };
            kernels::add(level, sums, &bounds, weight * kept);
        }
    }

    /// Bounds of neighbouring blocks from `first` on, as many as `alive` has, from the least there is to read, and the
    /// least of each.
    pub fn sweep(&self, first: usize, alive: &[u16], scratch: &mut Scratch) -> (Vec<Lanes>, Vec<f32>) {
        let mut lower = vec![[0.0; LANES]; alive.len()];
        let mut least = vec![0.0; alive.len()];
        let blocks = first..first + alive.len();
        let none = vec![0.0; alive.len() * LANES];
        let points = blocks.clone().map(|block| self.store.points(block)).max().unwrap_or(0);
        if let Some((query, metric, weight)) = self.alone() {
            let (run, lines) = if metric == Metric::Frechet {
                let blocks = self.store.all_ends(blocks);
                (kernels::Run { blocks, points: 2, radii: &none, alive }, &query.ends)
            } else {
                let (blocks, _) = self.store.means_near(blocks);
                (kernels::Run { blocks, points: 1, radii: &none, alive }, &query.mean_near)
            };
            let factor = weight * query.kept(points);
            kernels::sweep(self.level, run, lines, factor, &mut lower, &mut least, scratch);
            return (lower, least);
        }
        let (means, radii) = self.store.means_near(blocks.clone());
        for query in &self.queries {
            let kept = query.kept(points);
            let mut flat = 0.0;
            let (mut round, mut path) = (0.0, 0.0);
            for (metric, weight) in &query.terms {
                match metric {
                    Metric::Mean | Metric::Blend => flat += weight * kept,
                    Metric::Min | Metric::Frechet => round += weight * kept,
                    Metric::Dtw => path += weight * kept,
                }
            }
            let m = query.points as f32;
            let radial: Vec<f32> =
                blocks.clone().map(|block| round + path * m / (m + self.store.points(block) as f32 - 1.0)).collect();
            let run = kernels::Run { blocks: means, points: 1, radii, alive };
            if query.curves() > 0 {
                let curves = kernels::Glance { flat: 0.0, radial: &radial };
                kernels::glance(self.level, run, &query.middle, curves, &mut lower, scratch);
            }
            if flat > 0.0 {
                let none = vec![0.0; alive.len()];
                let means = kernels::Glance { flat, radial: &none };
                kernels::glance(self.level, run, &query.mean_near, means, &mut lower, scratch);
            }
        }
        for ((lower, least), alive) in lower.iter_mut().zip(&mut least).zip(alive) {
            *least = kernels::settle(self.level, lower, &[f32::NEG_INFINITY; LANES], *alive);
        }
        (lower, least)
    }

    /// The one distance that counts, where its first bound comes from one look at means or end points.
    fn alone(&self) -> Option<(&Prepared, Metric, f32)> {
        let [query] = &self.queries[..] else { return None };
        let [(metric, weight)] = query.terms[..] else { return None };
        matches!(metric, Metric::Mean | Metric::Frechet).then_some((query, metric, weight))
    }

    /// Whether [`Depth::Cheap`] says more than [`Bounds::sweep`].
    pub fn has_more(&self) -> bool {
        self.alone().is_none()
    }

    /// Whether whole points say more than images do: not where only means count.
    pub fn has_curves(&self) -> bool {
        self.queries.iter().any(|query| query.curves() > 0)
    }
}

/// The mean of the images of a query's points, as the one row of a glance: mean ‖qᵢ − t‖ ≥ ‖mean qᵢ − mean t‖, with every
/// mean of a track's images within its radius of the image of its mean.
fn middle(query: &Trajectory, store: &Store) -> Lines {
    let (images, off) = store.basis().map(query.values());
    let mut lines = store.grids()[0].lines(&mean(NEAR, &images));
    let off = off.iter().copied().fold(0.0, f32::max);
    lines.errors.iter_mut().for_each(|error| *error = (*error + off) * 1.000_01);
    lines
}

/// A bound of DTW from bounds of the rows: a path of at most m + n − 1 pairs visits each of m rows, and every further
/// pair costs at least the least row. So S ÷ L ≥ (Σ rᵢ + (n − 1) r) ÷ (m + n − 1), with r the least of the rᵢ.
fn rows_of_path(mean: f32, least: f32, m: f32, n: f32) -> f32 {
    if mean <= 0.0 { mean } else { (m * mean + (n - 1.0) * least.max(0.0)) / (m + n - 1.0) }
}
