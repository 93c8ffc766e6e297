//! GPU pipelines of the window, each with a CPU twin for what it computes.

pub mod colormap;
mod colormap_tables;
pub mod heatmap;
mod heatmap_gpu;

pub use colormap::ColourMap;
pub use heatmap::{Heatmap, Matrix, Orientation};
pub use heatmap_gpu::install;
