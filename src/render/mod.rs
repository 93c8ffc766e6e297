//! GPU pipelines of the window, each with a CPU twin for what it computes.

pub mod colormap;
mod colormap_tables;
pub mod heatmap;
mod heatmap_gpu;
pub mod lines;
mod lines_gpu;
mod place;
pub mod points;
mod points_gpu;
mod points_layer;
mod projection;

pub use colormap::ColourMap;
pub use heatmap::{Heatmap, Matrix, Orientation};
pub use lines::{Line, Lines};
pub use points::{COLOURS, Cloud, Dot, Points, Style};
pub use points_gpu::prefer_exact_sums;
pub use projection::Projection;

/// Makes the pipelines for a window, once, before the first frame. Without them pictures are computed on the CPU, and
/// maps are drawn with egui's own shapes.
pub fn install(ctx: &egui::Context, render_state: &eframe::egui_wgpu::RenderState) {
    heatmap_gpu::install(ctx, render_state);
    points_gpu::install(ctx, render_state);
    lines_gpu::install(ctx, render_state);
}
