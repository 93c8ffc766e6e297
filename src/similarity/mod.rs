//! Distances between trajectories, exact search, explanations, diversity rules, playlists.

mod recommendation;

pub use recommendation::{Explanation, Recommendation, Recommendations};
