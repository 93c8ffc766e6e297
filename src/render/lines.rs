//! Segments of lines over a map, however many, each with its own width and colour. This file holds what is drawn and
//! computes it on the CPU; `lines_gpu.rs` and `shaders/lines.wgsl` draw the same on the GPU.

use std::sync::Arc;

use egui::{Color32, ColorImage, Rect, Ui};

use super::lines_gpu;
use super::points::{over, rgb};
use super::projection::{Projection, around};

/// One segment, as the GPU takes it.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Line {
    /// Its ends in map coordinates.
    pub from: [f32; 2],
    pub to: [f32; 2],
    /// In points of the screen.
    pub width: f32,
    colour: [u8; 4],
}

impl Line {
    pub fn new(from: [f32; 2], to: [f32; 2], width: f32, colour: Color32) -> Self {
        Self { from, to, width, colour: colour.to_array() }
    }
}

/// One drawing of segments, in the order in which they cover each other.
#[derive(Debug, Clone)]
pub struct Lines {
    pub lines: Arc<[Line]>,
    pub projection: Projection,
    /// Pixels of the screen to one of its points.
    pub pixels_per_point: f32,
}

impl Lines {
    /// Draws them in `rect` on the GPU; `false` where there is none.
    pub fn paint(&self, ui: &Ui, rect: Rect) -> bool {
        lines_gpu::paint(self, ui, rect)
    }

    /// The whole drawing over `ground`, computed here.
    pub fn image(&self, ground: Color32) -> ColorImage {
        let [width, height] = self.projection.pixels();
        let mut pixels = vec![rgb(ground); width * height];
        for line in self.lines.iter() {
            let [from, to] = [self.projection.pixel(line.from), self.projection.pixel(line.to)];
            let half = line.width * self.pixels_per_point * 0.5;
            let spans = [(0, width), (1, height)].map(|(axis, count)| {
                let middle = (from[axis] + to[axis]) * 0.5;
                around(middle, (to[axis] - from[axis]).abs() * 0.5 + half + 1.0, count)
            });
            let [red, green, blue, alpha] = line.colour.map(|value| f32::from(value) / 255.0);
            for row in spans[1].clone() {
                for column in spans[0].clone() {
                    let at = [column as f32 + 0.5, row as f32 + 0.5];
                    let cover = (half - distance(at, from, to) + 0.5).clamp(0.0, 1.0);
                    let pixel = &mut pixels[row * width + column];
                    *pixel = over(*pixel, [red, green, blue].map(|value| value * cover), alpha * cover);
                }
            }
        }
        let pixels = pixels.into_iter().map(|colour| {
            let [red, green, blue] = colour.map(|value| (value * 255.0).round().clamp(0.0, 255.0) as u8);
            Color32::from_rgb(red, green, blue)
        });
        ColorImage::new([width, height], pixels.collect())
    }
}

/// How far `at` is from the nearest point of a segment.
fn distance(at: [f32; 2], from: [f32; 2], to: [f32; 2]) -> f32 {
    let (way, here) = ([to[0] - from[0], to[1] - from[1]], [at[0] - from[0], at[1] - from[1]]);
    let squared = way[0] * way[0] + way[1] * way[1];
    let share = if squared > 1e-12 { ((here[0] * way[0] + here[1] * way[1]) / squared).clamp(0.0, 1.0) } else { 0.0 };
    (here[0] - way[0] * share).hypot(here[1] - way[1] * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_wide_as_it_says_and_ends_where_it_ends() {
        let projection = Projection { centre: [0.0; 2], scale: 2.0, size: [40.0, 20.0] };
        let lines = Arc::from([Line::new([-5.0, 0.0], [5.0, 0.0], 4.0, Color32::WHITE)]);
        let image = Lines { lines, projection, pixels_per_point: 1.0 }.image(Color32::BLACK);
        let lit = |x: usize, y: usize| image[(x, y)] == Color32::WHITE;
        // From pixel 10 to 30, two pixels to either side of the middle.
        assert!(lit(20, 8) && lit(20, 11) && lit(11, 9) && lit(29, 10));
        assert!(image[(20, 7)].r() < 10 && image[(20, 12)].r() < 10 && image[(34, 10)] == Color32::BLACK);
    }

    #[test]
    fn the_distance_to_a_segment_is_that_to_its_nearest_point() {
        assert_eq!(distance([2.0, 3.0], [0.0, 0.0], [4.0, 0.0]), 3.0);
        assert_eq!(distance([7.0, 4.0], [0.0, 0.0], [4.0, 0.0]), 5.0);
        assert_eq!(distance([3.0, 4.0], [0.0, 0.0], [0.0, 0.0]), 5.0);
    }
}
