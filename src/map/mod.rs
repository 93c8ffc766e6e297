//! The map: projections to two dimensions, placement of new points, map quality, export.

mod affinity;
mod build;
mod cluster;
mod error;
mod export;
mod layout;
mod page;
mod pca;
mod placer;
mod plane;
mod points;
mod projection;
mod quality;
mod region;
mod tsne;

pub use affinity::Affinities;
pub use build::{MapProgress, layout};
pub use cluster::clusters;
pub use error::MapError;
pub use export::{Mark, Picture, Way, write_csv, write_png, write_svg};
pub use layout::{MapLayout, MapPoint, MapSettings};
pub use page::write_html;
pub use pca::principal_positions;
pub use placer::Placer;
pub use plane::{Plane, plane};
pub use points::{KnownNearest, Neighbours, PointSet, exact_neighbours};
pub use projection::{Problem, Projection, Watch};
pub use quality::{RECALL_NEIGHBOURS, kept, kl_divergence, lost, recall};
pub use region::{Has, Property, Region, RegionKind, regions};
pub use tsne::{BarnesHutTsne, ExactTsne};
