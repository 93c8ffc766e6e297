//! A map as pixels: points and lines alone. Title and legend are text, which SVG holds.

use image::{Rgba, RgbaImage};

use super::palette::Rgb;
use super::scene::{Drawing, Frame, Look, coloured};

/// Width of a trajectory's line in pixels.
const LINE_WIDTH: f32 = 2.5;

/// The map with smooth edges on an opaque ground, for a PNG file.
pub fn raster(drawing: &Drawing, look: &Look) -> RgbaImage {
    let [red, green, blue] = look.background;
    let mut image = RgbaImage::from_pixel(look.width, look.height, Rgba([red, green, blue, 255]));
    let frame = Frame::new(drawing, look, 0.0, 0.0);
    let (colours, _) = coloured(drawing, look);
    for trajectory in &drawing.lines {
        let pixels: Vec<[f32; 2]> = trajectory.points.iter().map(|at| frame.pixel(*at)).collect();
        // One coverage for the whole line, so that its joints are not painted twice.
        let reach = LINE_WIDTH / 2.0;
        let parts: Vec<[[f32; 2]; 2]> = match pixels.as_slice() {
            [only] => vec![[*only, *only]],
            pixels => pixels.windows(2).map(|pair| [pair[0], pair[1]]).collect(),
        };
        paint(&mut image, bounds(&pixels, reach), trajectory.colour, 1.0, |at| {
            parts.iter().map(|part| distance_to_part(at, *part)).fold(f32::INFINITY, f32::min) - reach
        });
    }
    for (point, colour) in drawing.points.iter().zip(colours) {
        let centre = frame.pixel(point.at);
        let opacity = if point.approximate { 0.4 } else { 0.85 };
        paint(&mut image, bounds(&[centre], look.radius), colour, opacity, |at| {
            (at[0] - centre[0]).hypot(at[1] - centre[1]) - look.radius
        });
    }
    image
}

/// The rectangle around pixels and what reaches beyond them: low corner, high corner.
fn bounds(pixels: &[[f32; 2]], reach: f32) -> [[f32; 2]; 2] {
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    for pixel in pixels.iter().filter(|pixel| pixel.iter().all(|value| value.is_finite())) {
        low = [low[0].min(pixel[0]), low[1].min(pixel[1])];
        high = [high[0].max(pixel[0]), high[1].max(pixel[1])];
    }
    [low.map(|value| value - reach - 1.0), high.map(|value| value + reach + 1.0)]
}

/// Lays colour over the pixels of a shape, given how far a place lies outside of its edge.
fn paint(
    image: &mut RgbaImage,
    [low, high]: [[f32; 2]; 2],
    colour: Rgb,
    opacity: f32,
    outside: impl Fn([f32; 2]) -> f32,
) {
    // Floats become whole numbers by saturation: what lies off the picture ends at its edge.
    let (right, bottom) = ((high[0].ceil() as u32).min(image.width()), (high[1].ceil() as u32).min(image.height()));
    for y in low[1].floor() as u32..bottom {
        for x in low[0].floor() as u32..right {
            let coverage = (0.5 - outside([x as f32 + 0.5, y as f32 + 0.5])).clamp(0.0, 1.0) * opacity;
            if coverage > 0.0 {
                let pixel = image.get_pixel_mut(x, y);
                for (channel, over) in pixel.0.iter_mut().zip(colour) {
                    let mixed = f32::from(*channel) * (1.0 - coverage) + f32::from(over) * coverage;
                    *channel = mixed.round() as u8;
                }
            }
        }
    }
}

fn distance_to_part(at: [f32; 2], [from, to]: [[f32; 2]; 2]) -> f32 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    let offset = [at[0] - from[0], at[1] - from[1]];
    let share =
        if length > 0.0 { ((offset[0] * along[0] + offset[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    (offset[0] - share * along[0]).hypot(offset[1] - share * along[1])
}
