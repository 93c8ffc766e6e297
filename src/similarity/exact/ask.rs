//! What is asked of the engine: trajectories, the distances that count, and where to look.

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

    /// For each block a bit for each slot with somebody in it whom `skip` does not leave out.
    /// The same without the places that `skip` leaves out.
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
}

/// What a track is worth: the weighted sum of the terms.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    pub terms: Vec<Term<'a>>,
}

/// How closely bounds are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// From the images of means or end points.
    Cheap,
    /// From the images of all points; from whole means.
    Images,
    /// From all points in all dimensions.
    Whole,
}

/// A term on the grids of one store.
pub(super) struct Prepared {
    metric: Metric,
    weight: f32,
    mean_near: Lines,
    mean_whole: Lines,
    ends: Lines,
    near: Lines,
    whole: Lines,
    /// The share of a bound that floats may have lost on the way.
    slack: f32,
}

impl Prepared {
    fn new(term: &Term<'_>, store: &Store) -> Self {
        let query = term.query;
        let [near_grid, mean_grid, whole_grid] = store.grids();
        let on_near = |points: &[f32]| {
            let (images, off) = store.basis().map(points);
            let mut lines = near_grid.lines(&images);
            lines.errors.iter_mut().zip(off).for_each(|(error, off)| *error += off);
            lines
        };
        let ends = [query.point(0), query.point(query.len() - 1)].concat();
        let mean = mean(query.dim(), query.values());
        let needs = |metrics: &[Metric]| metrics.contains(&term.metric);
        let none = Lines::default;
        let is_mean = needs(&[Metric::Mean]);
        Self {
            metric: term.metric,
            weight: term.weight,
            mean_near: if is_mean { on_near(&mean) } else { none() },
            mean_whole: if is_mean { mean_grid.lines(&mean) } else { none() },
            ends: if needs(&[Metric::Frechet]) { on_near(&ends) } else { none() },
            near: if is_mean { none() } else { on_near(query.values()) },
            whole: if is_mean { none() } else { whole_grid.lines(query.values()) },
            slack: 3e-7 * (query.dim() as f32 / 4.0 + query.len() as f32),
        }
    }
}

/// All terms on the grids of one store, ready to bound its blocks.
pub(super) struct Bounds<'a> {
    store: &'a Store,
    terms: Vec<Prepared>,
    level: Level,
}

impl<'a> Bounds<'a> {
    pub fn new(store: &'a Store, ask: &Ask<'_>, level: Level) -> Self {
        let terms = ask.terms.iter().filter(|term| term.weight > 0.0);
        Self { store, terms: terms.map(|term| Prepared::new(term, store)).collect(), level }
    }

    /// Lower bounds of the worth of each track of a block. `near` is where the bounds of DTW should be closest.
    pub fn of(&self, block: usize, depth: Depth, near: f32, scratch: &mut Scratch) -> Lanes {
        let mut sums = [0.0; LANES];
        for term in &self.terms {
            let bounds = self.term(term, block, depth, near, scratch);
            // Less what floats may have lost on the way, here and where the distance is computed in full.
            let slack = term.slack + 3e-7 * self.store.points(block) as f32;
            kernels::add(self.level, &mut sums, &bounds, term.weight * (1.0 - slack));
        }
        sums
    }

    /// Cheap bounds of neighbouring blocks from `first` on, as many as `alive` has, and the least of each.
    pub fn cheap(&self, first: usize, alive: &[u16], scratch: &mut Scratch) -> (Vec<Lanes>, Vec<f32>) {
        let mut lower = vec![[0.0; LANES]; alive.len()];
        let mut least = vec![0.0; alive.len()];
        let blocks = first..first + alive.len();
        if let [term] = &self.terms[..]
            && term.metric != Metric::Dtw
        {
            let none = vec![0.0; alive.len() * LANES];
            let (means, radii) = self.store.means_near(blocks.clone());
            let (run, query) = match term.metric {
                Metric::Frechet => {
                    let blocks = self.store.all_ends(blocks.clone());
                    (kernels::Run { blocks, points: 2, radii: &none, alive }, &term.ends)
                }
                Metric::Min => (kernels::Run { blocks: means, points: 1, radii, alive }, &term.near),
                _ => (kernels::Run { blocks: means, points: 1, radii: &none, alive }, &term.mean_near),
            };
            let points = blocks.map(|block| self.store.points(block)).max().unwrap_or(0);
            let factor = term.weight * (1.0 - term.slack - 3e-7 * points as f32);
            kernels::sweep(self.level, run, query, factor, &mut lower, &mut least, scratch);
            return (lower, least);
        }
        for ((block, alive), (lower, least)) in blocks.zip(alive).zip(lower.iter_mut().zip(&mut least)) {
            *lower = self.of(block, Depth::Cheap, 0.0, scratch);
            *least = kernels::settle(self.level, lower, &[f32::NEG_INFINITY; LANES], *alive);
        }
        (lower, least)
    }

    fn term(&self, term: &Prepared, block: usize, depth: Depth, near: f32, scratch: &mut Scratch) -> Lanes {
        let (store, level) = (self.store, self.level);
        let points = store.points(block);
        match (term.metric, depth) {
            (Metric::Mean, Depth::Cheap) => {
                kernels::centre(level, store.mean_near(block), &[0.0; LANES], &term.mean_near, scratch).0
            }
            (Metric::Mean | Metric::Blend, _) => {
                kernels::centre(level, store.mean_whole(block), &[0.0; LANES], &term.mean_whole, scratch).0
            }
            (Metric::Frechet, Depth::Cheap) => kernels::paired(level, store.ends(block), &term.ends, scratch),
            (Metric::Frechet, Depth::Images) => kernels::frechet(level, store.near(block), points, &term.near, scratch),
            (Metric::Frechet, Depth::Whole) => {
                kernels::frechet(level, store.whole(block), points, &term.whole, scratch)
            }
            (Metric::Min, Depth::Cheap) => {
                kernels::centre(level, store.mean_near(block), store.radii(block), &term.near, scratch).0
            }
            (Metric::Min, Depth::Images) => kernels::nearest(level, store.near(block), points, &term.near, scratch),
            (Metric::Min, Depth::Whole) => kernels::nearest(level, store.whole(block), points, &term.whole, scratch),
            (Metric::Dtw, Depth::Cheap) => {
                let (means, least) =
                    kernels::centre(level, store.mean_near(block), store.radii(block), &term.near, scratch);
                let m = term.near.len() as f32;
                let lengths = store.block_lengths(block);
                let mut bounds = [0.0; LANES];
                for (lane, bound) in bounds.iter_mut().enumerate() {
                    *bound = rows_of_path(means[lane], least[lane], m, lengths[lane] as f32);
                }
                bounds
            }
            (Metric::Dtw, Depth::Images | Depth::Whole) => {
                let lengths = store.block_lengths(block);
                let rounded = depth == Depth::Whole;
                let (part, lines) =
                    if rounded { (store.whole(block), &term.whole) } else { (store.near(block), &term.near) };
                let tracks = kernels::Tracks { lengths, points };
                kernels::warp(level, part, tracks, lines, near, rounded, scratch)
            }
        }
    }

    /// Whether whole points say more than images do: not where only means count.
    pub fn has_curves(&self) -> bool {
        self.terms.iter().any(|term| term.metric != Metric::Mean)
    }
}

/// A bound of DTW from bounds of the rows: a path of at most m + n − 1 pairs visits each of m rows, and every further
/// pair costs at least the least row. So S ÷ L ≥ (Σ rᵢ + (n − 1) r) ÷ (m + n − 1), with r the least of the rᵢ.
fn rows_of_path(mean: f32, least: f32, m: f32, n: f32) -> f32 {
    if mean <= 0.0 { mean } else { (m * mean + (n - 1.0) * least.max(0.0)) / (m + n - 1.0) }
}
