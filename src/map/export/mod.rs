//! A finished map as a table, a drawing or a picture.

pub mod palette;
mod raster;
mod scene;
mod svg;
mod table;

pub use raster::raster;
pub use scene::{Drawing, DrawnLine, DrawnPoint, Look};
pub use svg::svg;
pub use table::{TableRow, write_csv};
