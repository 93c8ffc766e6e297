//! Which segments each distance sets against each other.

use crate::domain::Metric;

use super::recommendation::Explanation;

/// The pairs that make up one distance.
#[derive(Debug, Clone, PartialEq)]
pub struct Alignment {
    /// (query segment, target segment), in the order of the query.
    pub pairs: Vec<(usize, usize)>,
    /// Fréchet: the pair as far apart as the distance says. Min and DTW: the nearest. None where no segment is set
    /// against another.
    pub decisive: Option<(usize, usize)>,
}

impl Explanation {
    fn at(&self, pair: (usize, usize)) -> f32 {
        self.matrix[pair.0 * self.target_segments + pair.1]
    }

    /// What `metric` compares: for min each segment of the query with its nearest of the target, the first of several
    /// equals; for Fréchet a coupling whose farthest pair is the distance; for DTW the warping path. The mean and the
    /// blend set no segment against another.
    pub fn alignment(&self, metric: Metric) -> Alignment {
        let distance = |pair: &(usize, usize)| self.at(*pair);
        let nearest =
            |pairs: &[(usize, usize)]| pairs.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        match metric {
            Metric::Mean | Metric::Blend => Alignment { pairs: Vec::new(), decisive: None },
            Metric::Min => {
                let of_row = |row: usize| {
                    let pairs = (0..self.target_segments).map(|column| (row, column));
                    pairs.min_by(|a, b| distance(a).total_cmp(&distance(b)))
                };
                let pairs: Vec<(usize, usize)> = (0..self.query_segments).filter_map(of_row).collect();
                Alignment { decisive: nearest(&pairs), pairs }
            }
            Metric::Frechet => {
                let pairs = self.coupling();
                let decisive = pairs.iter().copied().max_by(|a, b| distance(a).total_cmp(&distance(b)));
                Alignment { pairs, decisive }
            }
            Metric::Dtw => Alignment { pairs: self.path.clone(), decisive: Some(self.best) },
        }
    }

    /// A coupling with the smallest farthest pair (Eiter and Mannila 1994), which goes on in both where it can.
    fn coupling(&self) -> Vec<(usize, usize)> {
        let (rows, columns) = (self.query_segments, self.target_segments);
        let mut reach = vec![f32::INFINITY; rows * columns];
        let before = |reach: &[f32], row: usize, column: usize| {
            let of = |row: Option<usize>, column: Option<usize>| Some(reach[row? * columns + column?]);
            let (up, left) = (row.checked_sub(1), column.checked_sub(1));
            [of(up, left), of(up, Some(column)), of(Some(row), left)]
        };
        for row in 0..rows {
            for column in 0..columns {
                let least = before(&reach, row, column).into_iter().flatten().reduce(f32::min);
                reach[row * columns + column] = self.at((row, column)).max(least.unwrap_or(0.0));
            }
        }
        let (mut row, mut column) = (rows.saturating_sub(1), columns.saturating_sub(1));
        let mut pairs = vec![(row, column)];
        while row > 0 || column > 0 {
            let [both, up, left] = before(&reach, row, column).map(|reach| reach.unwrap_or(f32::INFINITY));
            if row > 0 && column > 0 && both <= up && both <= left {
                (row, column) = (row - 1, column - 1);
            } else if column == 0 || (row > 0 && up <= left) {
                row -= 1;
            } else {
                column -= 1;
            }
            pairs.push((row, column));
        }
        pairs.reverse();
        pairs
    }
}
