//! The GPU draws what its CPU twin computes.

use eframe::egui_wgpu::{RenderState, RendererOptions};
use egui::{Rect, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::wgpu::{WgpuTestRenderer, create_render_state, default_wgpu_setup};
use songline::render::{self, ColourMap, Heatmap, Matrix, Orientation};

/// `None`, with a message, where no GPU, real or software, is there.
fn render_state() -> Option<RenderState> {
    let state = std::panic::catch_unwind(|| create_render_state(default_wgpu_setup(), RendererOptions::PREDICTABLE));
    if state.is_err() {
        eprintln!("skipped: no graphics adapter");
    }
    state.ok()
}

/// Something with edges, slopes and noise.
fn matrix(rows: usize, columns: usize) -> Matrix {
    let value = |i: usize| {
        let (row, column) = ((i / columns) as f32, (i % columns) as f32);
        let noise = (i as u32).wrapping_mul(2_654_435_761) as f32 / u32::MAX as f32;
        0.5 + 0.35 * (row * 0.07).sin() * (column * 0.21).cos() + 0.15 * noise
    };
    Matrix::new(rows, columns, (0..rows * columns).map(value).collect::<Vec<_>>()).unwrap()
}

/// Draws `heatmap` at (`left`, 10) in a window of 200 × 120 and compares what is seen of it with the twin.
fn compare(heatmap: Heatmap, left: f32, size: [usize; 2]) {
    let Some(state) = render_state() else { return };
    let rect = Rect::from_min_size(pos2(left, 10.0), vec2(size[0] as f32, size[1] as f32));
    let drawn = heatmap.clone();
    let setup = state.clone();
    let mut harness = Harness::builder()
        .with_size(vec2(200.0, 120.0))
        .with_pixels_per_point(1.0)
        .with_context_setup(move |ctx| render::install(ctx, &setup))
        .renderer(WgpuTestRenderer::from_render_state(state))
        .build_ui(move |ui| drawn.paint(ui, egui::Id::unique("drawn"), rect));
    let seen = harness.render().unwrap();
    let twin = heatmap.image(size);
    let mut compared = 0;
    let mut different = 0;
    for y in 0..size[1] {
        for x in 0..size[0] {
            let at = (x as f32 + left, y + 10);
            if at.0 < 0.0 || at.0 >= 200.0 {
                continue;
            }
            let (gpu, cpu) = (seen.get_pixel(at.0 as u32, at.1 as u32).0, twin[(x, y)].to_array());
            compared += 1;
            // Sums in another order may fall on the neighbouring entry of the table.
            if gpu.iter().zip(cpu).any(|(gpu, cpu)| gpu.abs_diff(cpu) > 6) {
                different += 1;
            }
        }
    }
    assert!(compared > size[0] * size[1] / 4, "hardly anything was seen");
    assert_eq!(different, 0, "{different} of {compared} pixels differ");
}

#[test]
fn magnified_table() {
    compare(Heatmap::new(&matrix(7, 9)).colours(ColourMap::Viridis), 20.0, [100, 61]);
}

#[test]
fn minified_upright_spectrogram() {
    let heatmap = Heatmap::new(&matrix(1_500, 60)).orientation(Orientation::Upright).colours(ColourMap::Inferno);
    compare(heatmap, 5.0, [180, 40]);
}

#[test]
fn mixed_with_a_range_and_a_view() {
    let view = Rect::from_min_max(pos2(0.25, 0.1), pos2(0.75, 0.9));
    let heatmap = Heatmap::new(&matrix(20, 500)).range(0.2, 0.7).view(view).colours(ColourMap::Cividis);
    compare(heatmap, 20.0, [120, 90]);
}

#[test]
fn partly_outside_the_window() {
    compare(Heatmap::new(&matrix(12, 40)).colours(ColourMap::Magma), -60.0, [160, 80]);
}

#[test]
fn longer_than_a_texture_is_wide() {
    let heatmap = Heatmap::new(&matrix(20_000, 3)).orientation(Orientation::Upright);
    compare(heatmap, 10.0, [150, 30]);
}
