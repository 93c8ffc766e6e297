//! The GPU draws what its CPU twin computes.

use eframe::egui_wgpu::{RenderState, RendererOptions, WgpuConfiguration};
use egui::{Color32, Rect, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::wgpu::{WgpuTestRenderer, create_render_state, default_wgpu_setup};
use songline::render::{
    self, COLOURS, Cloud, ColourMap, Dot, Heatmap, Line, Lines, Matrix, Orientation, Points, Projection, Style,
};

/// `None`, with a message, where no GPU, real or software, is there.
fn render_state() -> Option<RenderState> {
    render_state_of(false)
}

/// As the window asks for it where `exact`: sums in 32 bits where the adapter can.
fn render_state_of(exact: bool) -> Option<RenderState> {
    let state = std::panic::catch_unwind(|| {
        let mut configuration = WgpuConfiguration { wgpu_setup: default_wgpu_setup(), ..Default::default() };
        if exact {
            render::prefer_exact_sums(&mut configuration);
        }
        create_render_state(configuration.wgpu_setup, RendererOptions::PREDICTABLE)
    });
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

/// Numbers from 0 to 1 that look like noise (linear congruential, Numerical Recipes).
fn noise() -> impl FnMut() -> f32 {
    let mut seed = 7_u32;
    move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / (1 << 24) as f32
    }
}

/// Draws over `ground` in a window of 200 × 120 at (30, 10) and compares with the picture of the twin.
fn compare_drawn(ground: Color32, twin: &egui::ColorImage, paint: impl Fn(&egui::Ui, Rect) -> bool + 'static) {
    compare_drawn_by(render_state(), ground, twin, paint);
}

fn compare_drawn_by(
    state: Option<RenderState>,
    ground: Color32,
    twin: &egui::ColorImage,
    paint: impl Fn(&egui::Ui, Rect) -> bool + 'static,
) {
    let Some(state) = state else { return };
    let [width, height] = twin.size;
    let rect = Rect::from_min_size(pos2(30.0, 10.0), vec2(width as f32, height as f32));
    let setup = state.clone();
    let mut harness = Harness::builder()
        .with_size(vec2(200.0, 120.0))
        .with_pixels_per_point(1.0)
        .with_context_setup(move |ctx| render::install(ctx, &setup))
        .renderer(WgpuTestRenderer::from_render_state(state))
        .build_ui(move |ui| {
            ui.painter().rect_filled(rect, 0.0, ground);
            assert!(paint(ui, rect), "the GPU draws it");
        });
    let seen = harness.render().unwrap();
    let (mut different, mut drawn) = (0, 0);
    for y in 0..height {
        for x in 0..width {
            let (gpu, cpu) = (seen.get_pixel(x as u32 + 30, y as u32 + 10).0, twin[(x, y)].to_array());
            // Edges are interpolated by the rasteriser, and every layer of the window is rounded to 8 bits.
            different += usize::from(gpu.iter().zip(cpu).any(|(gpu, cpu)| gpu.abs_diff(cpu) > 6));
            drawn += usize::from(twin[(x, y)] != ground);
        }
    }
    assert!(drawn > width * height / 50, "hardly anything was drawn");
    assert_eq!(different, 0, "{different} of {} pixels differ", width * height);
}

/// A cloud with a dense middle, colours, dimmed points and points on their way.
fn cloud(count: usize) -> Cloud {
    let mut random = noise();
    Cloud::new((0..count).map(|index| {
        let near = random() * random();
        let angle = random() * std::f32::consts::TAU;
        let mut dot = Dot::new([2.0 + near * angle.cos(), 1.0 + near * angle.sin()], (index % 5) as u8, index % 3 > 0);
        dot.before = [dot.at[0] + 0.1 * random(), dot.at[1]];
        dot.colour_before = (index % 4) as u8;
        dot
    }))
}

fn drawn_points(count: usize, density: f32, radius: f32, progress: f32) {
    drawn_points_by(render_state, count, density, radius, progress);
}

fn drawn_points_by(state: impl Fn() -> Option<RenderState>, count: usize, density: f32, radius: f32, progress: f32) {
    let mut colours = [Color32::WHITE; COLOURS];
    for (index, colour) in colours.iter_mut().enumerate() {
        *colour = Color32::from_rgb((index * 60 % 256) as u8, (200 - index * 30 % 200) as u8, 90);
    }
    let ground = Color32::from_rgb(16, 18, 24);
    let style = Style { colours, ground, radius, outline: 1.0, lit: 0.8, dim: 0.22, density, progress };
    let projection = Projection { centre: [2.1, 0.95], scale: 48.0, size: [140.0, 100.0] };
    let points = Points { cloud: cloud(count), projection, style };
    let twin = points.image();
    let place = egui::Id::unique("points");
    let drawn = points.clone();
    compare_drawn_by(state(), ground, &twin, move |ui, rect| drawn.paint_on_gpu(ui, place, rect));
    // As the window has it, after a frame that was drawn otherwise: where the processor imitates the GPU, it draws many points
    // itself and keeps the picture.
    let before = std::cell::Cell::new(Some(Points { cloud: cloud(count + 1), ..points.clone() }));
    compare_drawn_by(state(), ground, &twin, move |ui, rect| match before.take() {
        Some(before) => before.paint(ui, place, rect),
        None => points.paint(ui, place, rect),
    });
}

#[test]
fn points_as_discs() {
    drawn_points(60, 0.0, 4.0, 1.0);
}

#[test]
fn points_as_densities() {
    drawn_points(5_000, 1.0, 1.8, 1.0);
}

/// As the window does it: in 32 bits where the adapter can add those up.
#[test]
fn points_as_densities_with_the_window_s_own_device() {
    drawn_points_by(|| render_state_of(true), 5_000, 1.0, 1.8, 1.0);
}

#[test]
fn points_so_many_that_the_window_draws_them_itself_where_the_gpu_is_imitated() {
    drawn_points_by(|| render_state_of(true), 21_000, 1.0, 1.2, 0.5);
}

#[test]
fn points_between_both_and_on_their_way() {
    drawn_points(200, 0.4, 3.0, 0.3);
}

#[test]
fn lines_of_every_width() {
    let mut random = noise();
    let lines: Vec<Line> = (0..40)
        .map(|index| {
            let from = [random() * 3.0 - 1.5, random() * 2.0 - 1.0];
            let to = if index % 9 == 0 { from } else { [from[0] + random() - 0.5, from[1] + random() - 0.5] };
            let colour = Color32::from_rgb(40 * (index % 6), 220 - 5 * index, 120).gamma_multiply(0.3 + 0.6 * random());
            Line::new(from, to, 1.0 + 4.0 * random(), colour)
        })
        .collect();
    let projection = Projection { centre: [0.1, -0.05], scale: 45.0, size: [150.0, 100.0] };
    let lines = Lines { lines: lines.into(), projection, pixels_per_point: 1.0 };
    let ground = Color32::from_rgb(240, 240, 236);
    let twin = lines.image(ground);
    compare_drawn(ground, &twin, move |ui, rect| lines.paint(ui, rect));
}
