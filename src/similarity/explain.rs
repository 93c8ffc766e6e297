//! Why two tracks match.

use crate::domain::Trajectory;

use super::distance::{Pairs, Warp};
use super::recommendation::Explanation;

/// Every segment of the query against every segment of the target, the warping path of DTW through that table and the
/// nearest pair on it.
///
/// Of paths with the same sum and length the one is given that goes on in both as late as it can, and rather in the
/// query than in the target. Of pairs equally near the first counts.
/// Segments of different models are infinitely far apart.
pub fn explain(query: &Trajectory, target: &Trajectory) -> Explanation {
    let Pairs { squared, columns } = Pairs::new(query, target);
    let matrix: Vec<f32> = squared.into_iter().map(f32::sqrt).collect();
    let path = warping_path(&matrix, query.len(), columns);
    let best = path.iter().copied().min_by(|a, b| matrix[a.0 * columns + a.1].total_cmp(&matrix[b.0 * columns + b.1]));
    let best = best.unwrap_or((0, 0));
    Explanation {
        query_segments: query.len(),
        target_segments: columns,
        best_distance: matrix[best.0 * columns + best.1],
        matrix,
        path,
        best,
    }
}

fn warping_path(matrix: &[f32], rows: usize, columns: usize) -> Vec<(usize, usize)> {
    // One row and one column of "no path" in front, so that the first pair has predecessors like any other.
    let width = columns + 1;
    let mut table = vec![Warp::NONE; (rows + 1) * width];
    table[0] = Warp::START;
    for i in 0..rows {
        for j in 0..columns {
            let before = table[i * width + j].min(table[i * width + j + 1]).min(table[(i + 1) * width + j]);
            table[(i + 1) * width + j + 1] = before.step(matrix[i * columns + j]);
        }
    }
    let mut path = Vec::with_capacity(rows + columns);
    let (mut i, mut j) = (rows, columns);
    while i > 0 && j > 0 {
        path.push((i - 1, j - 1));
        let both = table[(i - 1) * width + j - 1];
        let query = table[(i - 1) * width + j];
        let target = table[i * width + j - 1];
        if both <= query && both <= target {
            (i, j) = (i - 1, j - 1);
        } else if query <= target {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    path.reverse();
    path
}
