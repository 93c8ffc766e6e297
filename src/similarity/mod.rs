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
mod harmony;
mod index;
pub mod kernel;
mod m3u;
mod neighbours;
mod playlist;
mod playlist_table;
mod recommendation;
mod rekordbox;
mod search;
mod walk;
mod weighted;

pub use agreement::{overlap, spearman};
pub use alignment::{Coupling, coupling, meeting, nearest_points};
pub use artists::Artists;
pub use curves::Curves;
pub use distance::distance;
pub use error::SimilarityError;
pub use explain::explain;
pub use harmony::{Mixable, mixing_cost, mixing_order};
pub use index::{Index, LARGE};
pub use m3u::read_m3u;
pub use neighbours::NeighbourRow;
pub use playlist::{PlaylistEntry, write_m3u8};
pub use playlist_table::write_playlist_csv;
pub use recommendation::{Explanation, Recommendation, Recommendations};
pub use rekordbox::write_rekordbox;
pub use search::{OnFirst, SearchOptions};
pub use walk::{Walk, WalkOptions};
