//! Making a compact store from trajectories.

use std::sync::Arc;

use rayon::prelude::*;

use super::basis::{Basis, NEAR};
use super::grid::{GROUP, Grid};
use super::order::by_likeness;
use super::simd::LANES;
use super::store::{ALIGN, HEADER, MAGIC, SECTIONS, Store, StoreError, VERSION, checksum, lengths};
use crate::domain::TrackId;

/// Points that the axes and the grids are made from, at most.
const SAMPLE: usize = 1 << 15;
/// Blocks that are made at a time.
const BATCH: usize = 4_096;
/// Tracks whose images are made at a time.
const CHUNK: usize = 512;

/// A trajectory to store: where its points start in the file they come from, and the points.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    pub track: TrackId,
    pub start: u64,
    /// Points × dimensions, finite.
    pub values: &'a [f32],
}

/// Memory that starts at a multiple of 64 bytes.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
struct Line([u8; ALIGN]);

struct Memory {
    lines: Vec<Line>,
    length: usize,
}

impl AsRef<[u8]> for Memory {
    fn as_ref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.lines)[..self.length]
    }
}

impl Memory {
    fn new(length: usize) -> Self {
        Self { lines: vec![Line([0; ALIGN]); length.div_ceil(ALIGN)], length }
    }

    fn bytes(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.length]
    }
}

/// What one block adds to each section, from the tracks on.
#[derive(Default)]
struct Part {
    tracks: Vec<i64>,
    starts: Vec<u64>,
    lengths: Vec<i32>,
    sets: [Set; 3],
    ends: Vec<u8>,
    ends_norms: Vec<i32>,
    mean: Set,
    radii: Vec<f32>,
}

#[derive(Default)]
struct Set {
    data: Vec<u8>,
    norms: Vec<i32>,
    errors: Vec<f32>,
}

struct Plan {
    dim: usize,
    basis: Basis,
    near: Grid,
    mean: Grid,
    whole: Grid,
}

impl Store {
    /// Makes a store of `items`, points of `dim` dimensions.
    ///
    /// # Errors
    /// [`StoreError`] where there are none, or more than the layout can hold.
    pub fn build(dim: usize, items: &[Item<'_>]) -> Result<Self, StoreError> {
        if dim == 0 || items.is_empty() || items.iter().any(|item| item.values.len() < dim) {
            return Err(StoreError::Damaged);
        }
        let plan = Plan::new(dim, items);
        let lengths: Vec<u32> = items.iter().map(|item| (item.values.len() / dim) as u32).collect();
        let images: Vec<f32> = items
            .par_chunks(CHUNK)
            .flat_map_iter(|items| {
                let means: Vec<f32> = items.iter().flat_map(|item| mean(dim, item.values)).collect();
                plan.basis.map(&means).0
            })
            .collect();
        let order = by_likeness(&lengths, &images);
        drop(images);
        let blocks: Vec<&[u32]> = order.chunks(LANES).collect();
        let mut rows = vec![0_u32];
        for block in &blocks {
            let points = block.iter().map(|track| lengths[*track as usize]).max().unwrap_or(0);
            let end = rows.last().and_then(|last| last.checked_add(points)).ok_or(StoreError::Damaged)?;
            rows.push(end);
        }
        let sections = layout(dim, blocks.len(), rows.last().map_or(0, |rows| *rows as usize));
        let end = sections.last().map_or(HEADER, |(start, length)| start + length);
        let mut memory = Memory::new(end);
        plan.head(memory.bytes(), items.len(), &sections);
        let mut cursors: Vec<usize> = sections.iter().map(|(start, _)| *start).collect();
        let bytes = memory.bytes();
        let mut put = |section: usize, values: &[u8]| {
            let at = cursors[section];
            bytes[at..at + values.len()].copy_from_slice(values);
            cursors[section] = at + values.len();
        };
        put(0, bytemuck::cast_slice(&plan.basis.axes));
        put(1, bytemuck::cast_slice(&plan.basis.centre));
        for grid in [&plan.near, &plan.mean, &plan.whole] {
            put(2, bytemuck::cast_slice(&grid.offset));
        }
        put(6, bytemuck::cast_slice(&rows));
        for batch in blocks.chunks(BATCH) {
            let parts: Vec<Part> = batch.par_iter().map(|block| plan.part(items, block)).collect();
            for part in &parts {
                let [mean_near, near, whole] = &part.sets;
                let sections: [(usize, &[u8]); 18] = [
                    (3, bytemuck::cast_slice(&part.tracks)),
                    (4, bytemuck::cast_slice(&part.starts)),
                    (5, bytemuck::cast_slice(&part.lengths)),
                    (7, &mean_near.data),
                    (8, bytemuck::cast_slice(&mean_near.norms)),
                    (9, bytemuck::cast_slice(&mean_near.errors)),
                    (10, bytemuck::cast_slice(&part.radii)),
                    (11, &part.mean.data),
                    (12, bytemuck::cast_slice(&part.mean.norms)),
                    (13, bytemuck::cast_slice(&part.mean.errors)),
                    (14, &part.ends),
                    (15, bytemuck::cast_slice(&part.ends_norms)),
                    (16, &near.data),
                    (17, bytemuck::cast_slice(&near.norms)),
                    (18, bytemuck::cast_slice(&near.errors)),
                    (19, &whole.data),
                    (20, bytemuck::cast_slice(&whole.norms)),
                    (21, bytemuck::cast_slice(&whole.errors)),
                ];
                sections.iter().for_each(|(section, values)| put(*section, values));
            }
        }
        Self::open(Arc::new(memory))
    }
}

/// Start and length of each section.
fn layout(dim: usize, blocks: usize, rows: usize) -> Vec<(usize, usize)> {
    let mut at = HEADER;
    let mut place = |length: usize| {
        let start = at;
        at = (start + length).next_multiple_of(ALIGN);
        (start, length)
    };
    lengths(dim, blocks, rows).into_iter().map(&mut place).collect()
}

/// The mean of points, as [`crate::domain::Trajectory::mean`] computes it.
pub(in crate::similarity) fn mean(dim: usize, values: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0_f64; dim];
    for point in values.chunks_exact(dim) {
        sums.iter_mut().zip(point).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let count = (values.len() / dim) as f64;
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}

/// How far a grid should reach: all but one in two thousand of the values lie within.
fn reach(values: &[f32], offset: &[f32]) -> f32 {
    let mut all: Vec<f32> = values
        .chunks_exact(offset.len())
        .flat_map(|point| point.iter().zip(offset).map(|(value, offset)| (value - offset).abs()))
        .collect();
    if all.is_empty() {
        return 0.0;
    }
    let last = all.len() - 1;
    let at = last - last / 2_000;
    *all.select_nth_unstable_by(at, f32::total_cmp).1 * 1.05
}

impl Plan {
    fn new(dim: usize, items: &[Item<'_>]) -> Self {
        let total: usize = items.iter().map(|item| item.values.len() / dim).sum();
        let step = total.div_ceil(SAMPLE).max(1);
        let mut sample = Vec::with_capacity(SAMPLE.min(total) * dim);
        let mut next = 0;
        let mut seen = 0;
        for item in items {
            let points = item.values.len() / dim;
            while next < seen + points {
                let at = (next - seen) * dim;
                sample.extend_from_slice(&item.values[at..at + dim]);
                next += step;
            }
            seen += points;
        }
        let every = items.len().div_ceil(SAMPLE / 4).max(1);
        let means: Vec<f32> = items.iter().step_by(every).flat_map(|item| mean(dim, item.values)).collect();
        let basis = Basis::of(dim, &sample);
        let images = basis.map(&sample).0;
        let rests: f32 = images.chunks_exact(NEAR).map(|image| image[NEAR - 1]).sum();
        let mut offset = vec![0.0; NEAR];
        offset[NEAR - 1] = rests / (images.len() / NEAR).max(1) as f32;
        let near_reach = reach(&images, &offset);
        let centre = basis.centre.clone();
        let (mean_reach, whole_reach) = (reach(&means, &centre), reach(&sample, &centre));
        Self {
            dim,
            basis,
            near: Grid::new(offset, near_reach),
            mean: Grid::new(centre.clone(), mean_reach),
            whole: Grid::new(centre, whole_reach),
        }
    }

    fn head(&self, bytes: &mut [u8], tracks: usize, sections: &[(usize, usize)]) {
        bytes[..8].copy_from_slice(&MAGIC);
        let mut word = |at: usize, value: u64| bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        word(8, u64::from(VERSION));
        word(16, self.dim as u64);
        word(24, tracks as u64);
        for (index, (start, length)) in sections.iter().enumerate().take(SECTIONS) {
            word(64 + index * 16, *start as u64);
            word(72 + index * 16, *length as u64);
        }
        for (index, grid) in [&self.near, &self.mean, &self.whole].into_iter().enumerate() {
            bytes[32 + index * 4..36 + index * 4].copy_from_slice(&grid.step.to_le_bytes());
        }
        let sum = checksum(&bytes[..HEADER - 8]);
        bytes[HEADER - 8..HEADER].copy_from_slice(&sum.to_le_bytes());
    }

    /// One block. Slots without a track repeat the last one; nobody asks for them.
    fn part(&self, items: &[Item<'_>], block: &[u32]) -> Part {
        let dim = self.dim;
        let lanes: Vec<&Item<'_>> = (0..LANES).map(|lane| &items[block[lane.min(block.len() - 1)] as usize]).collect();
        let length = |item: &Item<'_>| item.values.len() / dim;
        let points = lanes.iter().map(|item| length(item)).max().unwrap_or(0);
        let mut part = Part::default();
        let mut images = Vec::with_capacity(LANES);
        let mut means = Vec::with_capacity(LANES);
        for item in &lanes {
            part.tracks.push(item.track.0);
            part.starts.push(item.start);
            part.lengths.push(length(item) as i32);
            images.push(self.basis.map(item.values));
            means.push(mean(dim, item.values));
        }
        let mean_images: Vec<(Vec<f32>, Vec<f32>)> = means.iter().map(|mean| self.basis.map(mean)).collect();
        for ((of_points, points_off), (of_mean, mean_off)) in images.iter().zip(&mean_images) {
            let apart = |point: &[f32]| {
                point.iter().zip(of_mean).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
            };
            let off = points_off.iter().copied().fold(0.0, f32::max) + mean_off[0];
            part.radii.push((of_points.chunks_exact(NEAR).map(apart).fold(0.0, f64::max) * 1.000_001) as f32 + off);
        }
        // A track that ends before the block does goes on with its last point.
        let at = |lane: usize, point: usize| point.min(length(lanes[lane]) - 1);
        part.sets[0] = set(&self.near, 1, |lane, _| (&mean_images[lane].0[..], mean_images[lane].1[0]));
        part.mean = set(&self.mean, 1, |lane, _| (&means[lane][..], 0.0));
        part.sets[1] = set(&self.near, points, |lane, point| {
            let point = at(lane, point);
            (&images[lane].0[point * NEAR..(point + 1) * NEAR], images[lane].1[point])
        });
        part.sets[2] = set(&self.whole, points, |lane, point| {
            let point = at(lane, point);
            (&lanes[lane].values[point * dim..(point + 1) * dim], 0.0)
        });
        let ends = set(&self.near, 2, |lane, end| {
            let point = if end == 0 { 0 } else { length(lanes[lane]) - 1 };
            (&images[lane].0[point * NEAR..(point + 1) * NEAR], images[lane].1[point])
        });
        part.ends = ends.data;
        part.ends_norms = ends.norms;
        part
    }
}

/// Rounds `points` points of sixteen tracks onto a grid. `of` gives a point and what its coordinates are off by already.
fn set<'a>(grid: &Grid, points: usize, of: impl Fn(usize, usize) -> (&'a [f32], f32)) -> Set {
    let groups = grid.groups();
    // A number of 0 is stored as 128.
    let mut data = vec![128_u8; points * groups * GROUP * LANES];
    let mut norms = vec![0; points * LANES];
    let mut errors = vec![0.0_f32; LANES];
    let mut numbers = vec![0_i8; groups * GROUP];
    for point in 0..points {
        for lane in 0..LANES {
            let (values, before) = of(lane, point);
            let lost = grid.round(values, &mut numbers[..values.len()]);
            errors[lane] = errors[lane].max(lost + before);
            let mut norm = 0_i32;
            let row = &mut data[point * groups * GROUP * LANES..(point + 1) * groups * GROUP * LANES];
            for (four, group) in numbers.as_chunks::<GROUP>().0.iter().zip(row.chunks_exact_mut(GROUP * LANES)) {
                for (byte, number) in group[lane * GROUP..(lane + 1) * GROUP].iter_mut().zip(four) {
                    *byte = number.cast_unsigned() ^ 0x80;
                    norm += i32::from(*number) * i32::from(*number);
                }
            }
            norms[point * LANES + lane] = norm;
        }
    }
    Set { data, norms, errors }
}
