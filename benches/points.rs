//! How long a frame of the map takes off screen: `cargo bench --profile dev --bench points`. Points and segments go
//! through the window's own pipelines; beside them, in the same run, egui's own circles, as far as those go.

use std::time::{Duration, Instant};

use eframe::egui_wgpu::{RenderState, RendererOptions, ScreenDescriptor, wgpu};
use egui::{Color32, Rect, Stroke, Ui, pos2, vec2};
use egui_kittest::wgpu::{create_render_state, default_wgpu_setup};
use songline::render::{self, COLOURS, Cloud, Dot, Line, Lines, Points, Projection, Style};

const SIZE: [f32; 2] = [1_280.0, 800.0];
const FRAMES: usize = 5;

fn main() {
    let state = create_render_state(default_wgpu_setup(), RendererOptions::PREDICTABLE);
    let about = state.adapter.get_info();
    println!("{} ({:?}, {}), {} × {} pixels", about.name, about.backend, about.driver_info, SIZE[0], SIZE[1]);
    println!("ms a frame, the shortest of {FRAMES}: one frame made, sent and drawn to its end");
    for count in [10_000, 100_000, 1_000_000] {
        let cloud = Cloud::new(dots(count));
        for (name, density) in [("density", 1.0), ("discs", 0.0)] {
            let points = drawing(cloud.clone(), density);
            let place = egui::Id::unique("points");
            let took = frame(&state, FRAMES, |ui, rect| assert!(points.paint_on_gpu(ui, place, rect)));
            report(&format!("{count} points, {name}, GPU"), took);
            let began = Instant::now();
            std::hint::black_box(points.image());
            report(&format!("{count} points, {name}, computed"), began.elapsed());
            // As the window draws them where the GPU is imitated, moved a little in every frame, and at rest.
            let moved = std::cell::Cell::new(0.0);
            let took = frame(&state, FRAMES, |ui, rect| {
                let mut points = points.clone();
                moved.set(moved.get() + 0.01);
                points.projection.centre[0] += moved.get();
                assert!(points.paint(ui, place, rect));
            });
            report(&format!("{count} points, {name}, window, moving"), took);
            let took = frame(&state, FRAMES, |ui, rect| assert!(points.paint(ui, place, rect)));
            report(&format!("{count} points, {name}, window, at rest"), took);
        }
        // A million of them takes more memory than many machines have.
        if count <= 100_000 {
            let points = drawing(cloud, 0.0);
            let took = frame(&state, 2, |ui, rect| circles(ui, rect, &points, count));
            report(&format!("{count} points, egui's circles"), took);
        }
    }
    let segments: Vec<Line> = segments(100_000);
    let lines = Lines { lines: segments.clone().into(), projection: projection(), pixels_per_point: 1.0 };
    report("100000 segments", frame(&state, FRAMES, |ui, rect| assert!(lines.paint(ui, rect))));
    let took = frame(&state, 2, |ui, rect| {
        let painter = ui.painter_at(rect);
        for line in &segments {
            let ends = [line.from, line.to].map(|at| projection().pixel(at)).map(|[x, y]| pos2(x, y));
            painter.line_segment(ends, Stroke::new(line.width, Color32::LIGHT_BLUE));
        }
    });
    report("100000 segments, egui's lines", took);
}

fn report(what: &str, took: Duration) {
    println!("{what:44} {:9.2}", took.as_secs_f64() * 1_000.0);
}

fn projection() -> Projection {
    Projection { centre: [0.0, 0.0], scale: 60.0, size: SIZE }
}

/// Numbers from 0 to 1 that look like noise (linear congruential, Numerical Recipes).
fn noise() -> impl FnMut() -> f32 {
    let mut seed = 11_u32;
    move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / (1 << 24) as f32
    }
}

/// Twelve clusters.
fn dots(count: usize) -> Vec<Dot> {
    let mut random = noise();
    (0..count)
        .map(|index| {
            let cluster = index % 12;
            let [x, y] = [(cluster % 4) as f32 * 4.0 - 6.0, (cluster / 4) as f32 * 4.0 - 4.0];
            let (far, angle) = (random() * 2.4, random() * std::f32::consts::TAU);
            Dot::new([x + far * angle.cos(), y + far * angle.sin()], (cluster % 8) as u8, index % 7 > 0)
        })
        .collect()
}

fn segments(count: usize) -> Vec<Line> {
    let mut random = noise();
    let mut at = [0.0, 0.0];
    (0..count)
        .map(|index| {
            if index % 100 == 0 {
                at = [random() * 16.0 - 8.0, random() * 10.0 - 5.0];
            }
            let from = at;
            at = [at[0] + random() * 0.4 - 0.2, at[1] + random() * 0.4 - 0.2];
            Line::new(from, at, 1.5, Color32::LIGHT_BLUE.gamma_multiply(0.5))
        })
        .collect()
}

fn drawing(cloud: Cloud, density: f32) -> Points {
    let colours = std::array::from_fn(|index: usize| Color32::from_rgb(40 * (index % 6) as u8, 180, 240));
    let radius = if cloud.len() > 20_000 { 1.8 } else { 2.8 };
    let style = Style {
        colours: colours as [Color32; COLOURS],
        ground: Color32::BLACK,
        radius,
        outline: 0.0,
        lit: 1.0,
        dim: 0.22,
        density,
        progress: 1.0,
    };
    Points { cloud, projection: projection(), style }
}

fn circles(ui: &Ui, rect: Rect, points: &Points, count: usize) {
    let painter = ui.painter_at(rect);
    for dot in dots(count) {
        let [x, y] = points.projection.pixel(dot.at);
        painter.circle_filled(pos2(x, y), points.style.radius, points.style.colours[usize::from(dot.colour)]);
    }
}

/// The shortest time from the first call of `draw` to the end of the drawing.
fn frame(state: &RenderState, frames: usize, draw: impl Fn(&Ui, Rect)) -> Duration {
    let ctx = egui::Context::default();
    render::install(&ctx, state);
    let device = &state.device;
    let target = device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width: SIZE[0] as u32, height: SIZE[1] as u32, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: state.target_format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    });
    let view = target.create_view(&wgpu::TextureViewDescriptor::default());
    let screen = ScreenDescriptor { size_in_pixels: [SIZE[0] as u32, SIZE[1] as u32], pixels_per_point: 1.0 };
    let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(SIZE[0], SIZE[1]));
    let mut best = Duration::MAX;
    // The first frame makes fonts and uploads.
    for round in 0..=frames {
        let began = Instant::now();
        let input = egui::RawInput { screen_rect: Some(rect), ..Default::default() };
        let mut output = ctx.run_ui(input, |ui| draw(ui, rect));
        let shapes = ctx.tessellate(output.shapes, 1.0);
        let mut renderer = state.renderer.write();
        for (id, images) in output.textures_delta.set.drain() {
            for image in images {
                renderer.update_texture(device, &state.queue, id, &image);
            }
        }
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let before = renderer.update_buffers(device, &state.queue, &mut encoder, &shapes, &screen);
        {
            let mut pass = encoder
                .begin_render_pass(&wgpu::RenderPassDescriptor {
                    color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                        view: &view,
                        resolve_target: None,
                        ops: wgpu::Operations {
                            load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                            store: wgpu::StoreOp::Store,
                        },
                        depth_slice: None,
                    })],
                    ..Default::default()
                })
                .forget_lifetime();
            renderer.render(&mut pass, &shapes, &screen);
        }
        state.queue.submit(before.into_iter().chain([encoder.finish()]));
        if let Err(error) = device.poll(wgpu::PollType::wait_indefinitely()) {
            println!("the device did not finish: {error}");
        }
        if round > 0 {
            best = best.min(began.elapsed());
        }
    }
    best
}
