//! Points of a map, however many: crisp discs where they lie apart, their density on a logarithmic scale where they
//! would cover each other. This file holds what is drawn and computes it on the CPU; `points_gpu.rs` and
//! `shaders/points.wgsl` draw the same on the GPU.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use egui::{Color32, ColorImage, Id, Rect, Ui};

use super::projection::{Projection, around};
use super::{points_gpu, points_layer};

/// Colours that points can have.
pub const COLOURS: usize = 16;

/// The strength of a point that is alone under a pixel, where densities are drawn.
const FAINTEST: f32 = 0.4;

/// Up to this many points the processor's imitation of a GPU is the quicker one (`cargo bench --bench points`).
const FEW: usize = 20_000;

/// One point, as the GPU takes it.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Dot {
    pub at: [f32; 2],
    /// Where it was before the present arrangement.
    pub before: [f32; 2],
    /// Indices into [`Style::colours`]: now, and before.
    pub colour: u8,
    pub colour_before: u8,
    lit: u8,
    unused: u8,
}

impl Dot {
    /// A point that was there before, in the same colour.
    pub fn new(at: [f32; 2], colour: u8, lit: bool) -> Self {
        Self { at, before: at, colour, colour_before: colour, lit: u8::from(lit), unused: 0 }
    }

    pub fn is_lit(&self) -> bool {
        self.lit != 0
    }
}

/// Points, shared between copies. Every cloud made anew has a revision of its own, by which what was uploaded of it is
/// found again.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// Dimmed points first, so that lit ones cover them.
    dots: Arc<[Dot]>,
    dimmed: usize,
    /// Points to a square unit of the map where they are densest.
    peak: f32,
    revision: u64,
}

impl Cloud {
    /// Takes points in the order in which they cover each other; those that are nowhere are left out.
    pub fn new(dots: impl IntoIterator<Item = Dot>) -> Self {
        static REVISIONS: AtomicU64 = AtomicU64::new(1);
        let finite = |dot: &Dot| dot.at.iter().chain(&dot.before).all(|value| value.is_finite());
        let mut dots: Vec<Dot> = dots.into_iter().filter(finite).collect();
        dots.sort_by_key(Dot::is_lit);
        Self {
            dimmed: dots.partition_point(|dot| !dot.is_lit()),
            peak: peak(&dots),
            dots: dots.into(),
            revision: REVISIONS.fetch_add(1, Ordering::Relaxed),
        }
    }

    pub fn len(&self) -> usize {
        self.dots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.dots.is_empty()
    }

    pub(super) fn dots(&self) -> &[Dot] {
        &self.dots
    }

    /// How many of the first are dimmed.
    pub(super) fn dimmed(&self) -> usize {
        self.dimmed
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision
    }
}

/// Points to a square unit in the fullest of 128 × 128 cells.
fn peak(dots: &[Dot]) -> f32 {
    const SIDE: usize = 128;
    let (mut min, mut max) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    for dot in dots {
        for axis in 0..2 {
            min[axis] = min[axis].min(dot.at[axis]);
            max[axis] = max[axis].max(dot.at[axis]);
        }
    }
    let cell = [0, 1].map(|axis| ((max[axis] - min[axis]) / SIDE as f32).max(f32::MIN_POSITIVE));
    let mut counts = vec![0_u32; SIDE * SIDE];
    for dot in dots {
        let [x, y] = [0, 1].map(|axis| (((dot.at[axis] - min[axis]) / cell[axis]) as usize).min(SIDE - 1));
        counts[y * SIDE + x] += 1;
    }
    let most = counts.into_iter().max().unwrap_or_default();
    (most as f32 / (cell[0] * cell[1]).max(f32::MIN_POSITIVE)).min(f32::MAX)
}

/// How points look.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    pub colours: [Color32; COLOURS],
    /// What the points lie on; outlines have its colour.
    pub ground: Color32,
    /// Radius of a disc, and width of its outline, in pixels.
    pub radius: f32,
    pub outline: f32,
    /// How much is left of the colour of lit and of dimmed points, 0 to 1.
    pub lit: f32,
    pub dim: f32,
    /// 0: discs; 1: densities; between: some of both.
    pub density: f32,
    /// How far points are on their way from where they were, 0 to 1.
    pub progress: f32,
}

/// One drawing of a cloud.
#[derive(Debug, Clone)]
pub struct Points {
    pub cloud: Cloud,
    pub projection: Projection,
    pub style: Style,
}

impl Points {
    /// The strength of a single point, and the number of points under one pixel that has full strength: as many as lie
    /// there where they are densest.
    pub(super) fn scale(&self) -> (f32, f32) {
        let pixel = 1.0 / (self.projection.scale * self.projection.scale).max(f32::MIN_POSITIVE);
        let area = std::f32::consts::PI * self.style.radius * self.style.radius;
        (FAINTEST, (self.cloud.peak * pixel * area).clamp(2.0, 1e9))
    }

    /// Draws it in `rect`, `false` where there is no GPU: on the GPU, or here where that is one that the processor imitates,
    /// which is slower at it. `id` names the place.
    pub fn paint(&self, ui: &Ui, id: Id, rect: Rect) -> bool {
        if points_gpu::is_imitated(ui.ctx()) && self.cloud.len() > FEW {
            points_layer::paint(self, ui, id, rect);
            return true;
        }
        self.paint_on_gpu(ui, id, rect)
    }

    /// Draws it in `rect` on the GPU, whatever that is; `false` where there is none.
    pub fn paint_on_gpu(&self, ui: &Ui, id: Id, rect: Rect) -> bool {
        points_gpu::paint(self, ui, id, rect)
    }

    /// The whole drawing over the ground, computed here.
    pub fn image(&self) -> ColorImage {
        let ground = rgb(self.style.ground);
        let pixels = self.layer().into_iter().map(|colour| {
            let [red, green, blue] = over(ground, rgb(colour), f32::from(colour.a()) / 255.0).map(eight_bits);
            Color32::from_rgb(red, green, blue)
        });
        ColorImage::new(self.projection.pixels(), pixels.collect())
    }

    /// What lies over the ground, for every pixel.
    pub(super) fn layer(&self) -> Vec<Color32> {
        let [width, height] = self.projection.pixels();
        let mut pixels = vec![Color32::TRANSPARENT; width * height];
        // Not the pool that the jobs share: a picture waits for none of them.
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let rows = height.div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            for (band, pixels) in pixels.chunks_mut((rows * width).max(1)).enumerate() {
                scope.spawn(move || self.band(band * rows, width, pixels));
            }
        });
        pixels
    }

    /// The rows of the layer from `top` on.
    fn band(&self, top: usize, width: usize, shown: &mut [Color32]) {
        let density = self.style.density;
        // Red, green and blue multiplied with alpha, and alpha.
        let mut pixels = vec![[0.0; 4]; shown.len()];
        if density > 0.0 {
            let (dimmed, lit) = self.cloud.dots.split_at(self.cloud.dimmed);
            let mut sums = vec![[0.0; 4]; pixels.len()];
            for (dots, strength) in [(dimmed, self.style.dim), (lit, self.style.lit)] {
                if dots.is_empty() {
                    continue;
                }
                sums.fill([0.0; 4]);
                self.add_up(dots, top, width, &mut sums);
                for (pixel, sum) in pixels.iter_mut().zip(&sums).filter(|(_, sum)| sum[3] > 0.0) {
                    *pixel = above(*pixel, self.toned(*sum, strength * density));
                }
            }
        }
        if density < 1.0 {
            self.discs(top, width, &mut pixels);
        }
        for (shown, pixel) in shown.iter_mut().zip(&pixels).filter(|(_, pixel)| pixel[3] > 0.0) {
            let [red, green, blue, alpha] = pixel.map(eight_bits);
            *shown = Color32::from_rgba_premultiplied(red, green, blue, alpha);
        }
    }

    /// Red, green and blue added up, and the number of points, under every pixel.
    fn add_up(&self, dots: &[Dot], top: usize, width: usize, sums: &mut [[f32; 4]]) {
        for dot in dots {
            let [red, green, blue] = self.colour(dot);
            self.each_pixel(dot, 0.0, top, width, sums, |sum, distance| {
                let cover = cover(self.style.radius, distance);
                for (sum, value) in sum.iter_mut().zip([red, green, blue, 1.0]) {
                    *sum += value * cover;
                }
            });
        }
    }

    fn toned(&self, [red, green, blue, number]: [f32; 4], strength: f32) -> [f32; 4] {
        let (faintest, brightest) = self.scale();
        let share = (number.ln_1p() / brightest.ln_1p()).clamp(0.0, 1.0);
        let alpha = number.min(1.0) * (faintest + (1.0 - faintest) * share) * strength;
        [red / number * alpha, green / number * alpha, blue / number * alpha, alpha]
    }

    fn discs(&self, top: usize, width: usize, pixels: &mut [[f32; 4]]) {
        let (style, ground) = (&self.style, rgb(self.style.ground));
        for dot in self.cloud.dots.iter() {
            let mut colour = self.colour(dot);
            let mut strength = 1.0 - style.density;
            if dot.is_lit() {
                colour = mix(ground, colour, style.lit);
            } else {
                strength *= style.dim;
            }
            self.each_pixel(dot, style.outline, top, width, pixels, |pixel, distance| {
                let inside = cover(style.radius, distance);
                let whole = cover(style.radius + style.outline, distance);
                let [red, green, blue] =
                    [0, 1, 2].map(|i| (colour[i] * inside + ground[i] * (whole - inside)) * strength);
                *pixel = above(*pixel, [red, green, blue, whole * strength]);
            });
        }
    }

    /// Calls with each pixel of `pixels`, rows from `top` on, that a disc may touch, and its distance from the middle of the
    /// disc.
    fn each_pixel(
        &self,
        dot: &Dot,
        outline: f32,
        top: usize,
        width: usize,
        pixels: &mut [[f32; 4]],
        mut act: impl FnMut(&mut [f32; 4], f32),
    ) {
        let share = self.style.progress;
        let at = [0, 1].map(|axis| dot.before[axis] + (dot.at[axis] - dot.before[axis]) * share);
        let [x, y] = self.projection.pixel(at);
        let reach = self.style.radius + outline + 0.5;
        let columns = around(x, reach, width);
        let rows = around(y - top as f32, reach, pixels.len().checked_div(width).unwrap_or(0));
        for row in rows {
            let down = (top + row) as f32 + 0.5 - y;
            let Some(line) = pixels.get_mut(row * width + columns.start..row * width + columns.end) else { continue };
            let left = columns.start as f32 + 0.5 - x;
            for (pixel, step) in line.iter_mut().zip(0_u16..) {
                let across = left + f32::from(step);
                let squared = across * across + down * down;
                if squared < reach * reach {
                    act(pixel, squared.sqrt());
                }
            }
        }
    }

    fn colour(&self, dot: &Dot) -> [f32; 3] {
        let of = |index: u8| rgb(self.style.colours[usize::from(index) % COLOURS]);
        mix(of(dot.colour_before), of(dot.colour), self.style.progress)
    }
}

/// How much of a pixel a disc covers whose middle is `distance` away.
fn cover(radius: f32, distance: f32) -> f32 {
    (radius - distance + 0.5).clamp(0.0, 1.0)
}

fn mix(from: [f32; 3], to: [f32; 3], share: f32) -> [f32; 3] {
    [0, 1, 2].map(|i| from[i] + (to[i] - from[i]) * share)
}

pub(super) fn rgb(colour: Color32) -> [f32; 3] {
    [colour.r(), colour.g(), colour.b()].map(|value| f32::from(value) / 255.0)
}

/// A colour over another one, both multiplied with their alpha already.
fn above(below: [f32; 4], colour: [f32; 4]) -> [f32; 4] {
    [0, 1, 2, 3].map(|i| colour[i] + below[i] * (1.0 - colour[3]))
}

/// A share of full strength as a byte; `as` sends what lies outside to the nearer end.
fn eight_bits(share: f32) -> u8 {
    (share * 255.0 + 0.5) as u8
}

/// `above`, multiplied with its alpha already, over `below`.
pub(super) fn over(below: [f32; 3], above: [f32; 3], alpha: f32) -> [f32; 3] {
    [0, 1, 2].map(|i| above[i] + below[i] * (1.0 - alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(dots: Vec<Dot>, density: f32) -> Points {
        let mut colours = [Color32::WHITE; COLOURS];
        colours[1] = Color32::from_rgb(200, 40, 0);
        Points {
            cloud: Cloud::new(dots),
            projection: Projection { centre: [0.0; 2], scale: 1.0, size: [20.0; 2] },
            style: Style {
                colours,
                ground: Color32::BLACK,
                radius: 2.0,
                outline: 0.0,
                lit: 1.0,
                dim: 0.25,
                density,
                progress: 1.0,
            },
        }
    }

    #[test]
    fn a_disc_is_where_the_projection_says_and_nowhere_else() {
        let image = points(vec![Dot::new([5.5, 4.5], 1, true)], 0.0).image();
        // 5.5 to the right of the middle and 4.5 above it.
        assert_eq!(image[(15, 5)], Color32::from_rgb(200, 40, 0));
        assert_eq!(image[(5, 5)], Color32::BLACK);
        assert_eq!(image[(15, 8)], Color32::BLACK);
    }

    #[test]
    fn where_more_points_lie_it_is_brighter_and_one_alone_is_seen() {
        let stack = |count: usize, x: f32| vec![Dot::new([x, 0.5], 0, true); count];
        let dots = [stack(1, -7.5), stack(10, -2.5), stack(100, 2.5), stack(1_000, 7.5)].concat();
        let image = points(dots, 1.0).image();
        let values = [2, 7, 12, 17].map(|x| image[(x, 9)].r());
        assert!(values[0] > 60 && values.windows(2).all(|pair| pair[1] > pair[0] + 10), "{values:?}");
    }

    #[test]
    fn lit_points_cover_dimmed_ones_in_whatever_order_they_come() {
        let dots = vec![Dot::new([0.5, 0.5], 1, true), Dot::new([0.5, 0.5], 0, false)];
        let image = points(dots, 0.0).image();
        assert_eq!(image[(10, 9)], Color32::from_rgb(200, 40, 0));
        let alone = points(vec![Dot::new([0.5, 0.5], 0, false)], 0.0).image();
        assert_eq!(alone[(10, 9)].r(), 64, "a quarter is left of it");
    }

    #[test]
    fn points_halfway_are_halfway() {
        let mut dot = Dot::new([4.5, 0.5], 1, true);
        (dot.before, dot.colour_before) = ([-3.5, 0.5], 1);
        let mut drawn = points(vec![dot], 0.0);
        drawn.style.progress = 0.5;
        assert_eq!(drawn.image()[(10, 9)], Color32::from_rgb(200, 40, 0));
    }

    #[test]
    fn points_that_are_nowhere_are_left_out() {
        let cloud = Cloud::new([Dot::new([f32::NAN, 0.0], 0, true), Dot::new([1.0, 2.0], 0, true)]);
        assert_eq!(cloud.len(), 1);
        assert!(Cloud::new([]).is_empty());
    }
}
