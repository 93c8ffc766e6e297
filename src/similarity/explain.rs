//! Why two tracks match.

use super::Explanation;
use super::distance::{segment_distances, warping_path};
use crate::domain::Trajectory;

/// Every segment of `query` against every segment of `target`, the warping path through them, and the nearest pair on
/// that path.
pub fn explain(query: &Trajectory, target: &Trajectory) -> Explanation {
    let matrix = segment_distances(query, target);
    let columns = target.len();
    let path = warping_path(&matrix, columns);
    let at = |&(row, column): &(usize, usize)| matrix[row * columns + column];
    let best = path.iter().copied().min_by(|a, b| at(a).total_cmp(&at(b))).unwrap_or((0, 0));
    Explanation {
        query_segments: query.len(),
        target_segments: columns,
        best_distance: at(&best),
        best,
        path,
        matrix,
    }
}
