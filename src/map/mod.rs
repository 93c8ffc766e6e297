//! The map: projections to two dimensions, placement of new points, map quality.

mod clusters;
mod error;
mod export;
mod layout;
mod make;
mod neighbours;
mod pca;
mod placer;
mod projection;
mod quality;
mod tsne;

pub use error::MapError;
pub use export::{Mark, Picture, write_csv, write_png, write_svg};
pub use layout::{MapLayout, MapPoint, MapSettings};
pub use make::{MapProgress, layout};
pub use placer::Placer;
pub use projection::{Epoch, Projected, Projection};
pub use quality::{kl_divergence, recall};
pub use tsne::TSne;
