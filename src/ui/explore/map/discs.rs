//! Many discs of one size in one mesh: every point of the map is a square that shows the picture of a disc.

use std::collections::BTreeMap;

use egui::epaint::{Mesh, Vertex};
use egui::{Color32, ColorImage, Context, Pos2, TextureHandle, TextureOptions, pos2, vec2};

/// Pictures kept at most: zooming asks for ever new sizes.
const KEPT: usize = 24;

/// The pictures of discs, by radius in quarters of a pixel.
#[derive(Default)]
pub struct Discs {
    pictures: BTreeMap<u32, TextureHandle>,
}

/// Collects discs of one size.
pub struct Brush {
    pub mesh: Mesh,
    half: f32,
}

impl Discs {
    /// A brush for discs of `radius` points. The picture has the pixels of the screen, so that edges are sharp.
    pub fn brush(&mut self, ctx: &Context, radius: f32) -> Brush {
        let scale = ctx.pixels_per_point();
        let quarters = (radius * scale * 4.0).round().clamp(2.0, 512.0) as u32;
        if self.pictures.len() >= KEPT && !self.pictures.contains_key(&quarters) {
            self.pictures.clear();
        }
        let texture = self
            .pictures
            .entry(quarters)
            .or_insert_with(|| ctx.load_texture("disc", picture(quarters as f32 / 4.0), TextureOptions::LINEAR));
        Brush { mesh: Mesh::with_texture(texture.id()), half: texture.size()[0] as f32 / scale / 2.0 }
    }
}

impl Brush {
    /// Adds one disc.
    pub fn add(&mut self, centre: Pos2, colour: Color32) {
        let mesh = &mut self.mesh;
        let first = mesh.vertices.len() as u32;
        for (x, y) in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)] {
            let pos = centre + vec2((x * 2.0 - 1.0) * self.half, (y * 2.0 - 1.0) * self.half);
            mesh.vertices.push(Vertex { pos, uv: pos2(x, y), color: colour });
        }
        mesh.indices.extend([0, 1, 2, 0, 2, 3].map(|corner| first + corner));
    }
}

/// A white disc of `radius` pixels with a soft edge.
fn picture(radius: f32) -> ColorImage {
    let side = (radius * 2.0).ceil() as usize + 4;
    let centre = (side as f32 - 1.0) / 2.0;
    let pixels = (0..side * side).map(|index| {
        let (x, y) = ((index % side) as f32 - centre, (index / side) as f32 - centre);
        let cover = (radius - x.hypot(y) + 0.5).clamp(0.0, 1.0);
        Color32::from_white_alpha((cover * 255.0).round() as u8)
    });
    ColorImage::new([side, side], pixels.collect())
}
