//! The map: projections to two dimensions, placement of new points, map quality.

mod layout;

pub use layout::{MapLayout, MapPoint, MapSettings};
