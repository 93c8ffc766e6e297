//! The nearest means of many means at once.
//!
//! One pass over the store answers a whole group of queries: each block of sixteen tracks is read once for all of them,
//! so that the work is that of a product of two matrices of bytes.

use rayon::prelude::*;

use super::ask::Part;
use super::grid::Lines;
use super::kernels::{self, Scratch};
use super::simd::{LANES, Level};

/// Queries that one thread answers at a time.
const GROUP: usize = 56;
/// Bounds kept for a query beyond those wanted before the worst go.
const ROOM: usize = 4;

/// For each of `queries` (places) the `top` places with the nearest means, itself left out: distance and place, nearest
/// first, equals by place.
///
/// `mean_of` gives the mean of a place, `apart` the distance of two means in full precision.
pub fn nearest_means<'m>(
    parts: &[Part],
    queries: &[u32],
    top: usize,
    level: Level,
    mean_of: &(dyn Fn(u32) -> &'m [f32] + Sync),
    apart: &(dyn Fn(&[f32], &[f32]) -> f32 + Sync),
) -> Vec<Vec<(f32, u32)>> {
    queries
        .par_chunks(GROUP)
        .flat_map_iter(|group| {
            let rows: Vec<f32> = group.iter().flat_map(|query| mean_of(*query).iter().copied()).collect();
            let mut best: Vec<Nearest> = group.iter().map(|_| Nearest::new(top)).collect();
            let mut scratch = Scratch::default();
            let mut limits: Vec<f32> = best.iter().map(|best| best.limit).collect();
            let mut masks = vec![0_u16; group.len()];
            for part in parts {
                let lines: Lines = part.store.grids()[1].lines(&rows);
                for block in 0..part.store.blocks() {
                    let places = &part.places()[block * LANES..(block + 1) * LANES];
                    let data = part.store.mean_whole(block);
                    kernels::within(level, data, &lines, &limits, &mut scratch, &mut masks);
                    for (row, mask) in masks.iter().enumerate().filter(|(_, mask)| **mask != 0) {
                        best[row].offer(*mask, places, group[row], |place| apart(mean_of(group[row]), mean_of(place)));
                        limits[row] = best[row].limit;
                    }
                }
            }
            best.into_iter().map(Nearest::into_sorted).collect::<Vec<_>>()
        })
        .collect()
}

struct Nearest {
    top: usize,
    limit: f32,
    found: Vec<(f32, u32)>,
}

impl Nearest {
    fn new(top: usize) -> Self {
        Self { top, limit: if top == 0 { f32::NEG_INFINITY } else { f32::INFINITY }, found: Vec::new() }
    }

    fn offer(&mut self, mask: u16, places: &[u32], query: u32, exact: impl Fn(u32) -> f32) {
        for (lane, place) in places.iter().enumerate() {
            if mask & (1 << lane) == 0 || *place == Part::NOBODY || *place == query {
                continue;
            }
            let distance = exact(*place);
            if distance > self.limit {
                continue;
            }
            self.found.push((distance, *place));
            if self.found.len() >= self.top.saturating_mul(ROOM).max(self.top + 16) {
                self.trim();
            }
        }
    }

    fn trim(&mut self) {
        self.found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        self.found.truncate(self.top);
        if self.found.len() == self.top
            && let Some((distance, _)) = self.found.last()
        {
            self.limit = *distance;
        }
    }

    fn into_sorted(mut self) -> Vec<(f32, u32)> {
        self.trim();
        self.found
    }
}
