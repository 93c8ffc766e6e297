//! Distances between trajectories, exact search, explanations, diversity rules, playlists.
//!
//! [`distance`] compares two trajectories; an [`Index`] holds all of a library and compares a query with every one of
//! them, through tables of point distances that [`kernel`] makes with matrix products.

mod agreement;
mod alignment;
mod artists;
mod blend;
mod curves;
mod distance;
mod error;
pub mod exact;
mod explain;
mod index;
pub mod kernel;
mod neighbours;
mod playlist;
mod recommendation;
mod search;

pub use agreement::{overlap, spearman};
pub use alignment::{Coupling, coupling, nearest_points};
pub use artists::Artists;
pub use curves::Curves;
pub use distance::distance;
pub use error::SimilarityError;
pub use explain::explain;
pub use index::{Index, LARGE};
pub use neighbours::NeighbourRow;
pub use playlist::{PlaylistEntry, write_m3u8};
pub use recommendation::{Explanation, Recommendation, Recommendations};
pub use search::{OnFirst, SearchOptions};
