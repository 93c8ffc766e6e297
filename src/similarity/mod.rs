//! Distances between trajectories, exact search, explanations, diversity rules, playlists.
//!
//! | metric | definition | symmetric |
//! |---|---|---|
//! | mean | Euclidean distance between the means of the points | yes |
//! | min | for each point of the query the nearest point of the target, averaged | no |
//! | Fréchet | discrete Fréchet distance, Eiter and Mannila 1994 | yes |
//! | DTW | dynamic time warping with Euclidean costs, divided by the length of the warping path | yes |
//! | blend | weighted mean of the four, each divided by its median over the compared tracks | as its parts |

mod distance;
mod error;
mod explain;
mod index;
mod playlist;
mod recommendation;

pub use distance::{PairDistances, distance, pair_distances};
pub use error::SimilarityError;
pub use explain::explain;
pub use index::{Index, NeighbourRow, SearchOptions};
pub use playlist::{PlaylistEntry, write_m3u8};
pub use recommendation::{Explanation, Recommendation, Recommendations};
