//! How each distance pairs the points of two trajectories: what a picture of it draws.
//!
//! All of it is read from the table of an [`Explanation`], so that a picture and the distance it shows have the same source.

use crate::domain::Trajectory;

use super::distance::Pairs;
use super::recommendation::Explanation;

/// Query and target points paired in the order in which both trajectories are walked, and the pair that is farthest apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coupling {
    /// From (0, 0) to the last point of both; each step goes on by one in either or in both.
    pub pairs: Vec<(usize, usize)>,
    /// Index into `pairs`: the discrete Fréchet distance is how far this pair is apart.
    pub longest: usize,
}

/// For each point of the query the nearest point of the target; the min distance is the mean of how far they are. Of
/// targets equally near the first counts.
pub fn nearest_points(explanation: &Explanation) -> Vec<usize> {
    let nearest = |row: &[f32]| row.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index);
    explanation.matrix.chunks_exact(explanation.target_segments.max(1)).map(nearest).collect()
}

/// Where two trajectories come closest: the point of the query, that of the target, and how far they are apart. Of pairs
/// equally near the first counts; `None` where one has no points or the dimensions differ.
pub fn meeting(query: &Trajectory, target: &Trajectory) -> Option<(usize, usize, f32)> {
    let Pairs { squared, columns } = Pairs::new(query, target);
    let (at, least) = squared.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?;
    least.is_finite().then(|| (at / columns, at % columns, least.sqrt()))
}

/// A coupling whose longest pair is as short as any coupling's can be (Eiter and Mannila 1994).
///
/// Many couplings share the longest pair. Of these, the one is given that, walked from the end, goes to the predecessor
/// whose own longest pair so far is shortest, then to the pair that is nearest, then on in both.
pub fn coupling(explanation: &Explanation) -> Coupling {
    let (rows, columns) = (explanation.query_segments, explanation.target_segments);
    let matrix = &explanation.matrix;
    if rows == 0 || columns == 0 || matrix.len() != rows * columns {
        return Coupling::default();
    }
    let mut reach = vec![f32::INFINITY; rows * columns];
    for i in 0..rows {
        for j in 0..columns {
            let before = predecessors(i, j).map(|(i, j)| reach[i * columns + j]).fold(f32::INFINITY, f32::min);
            let before = if (i, j) == (0, 0) { 0.0 } else { before };
            reach[i * columns + j] = before.max(matrix[i * columns + j]);
        }
    }
    let mut at = (rows - 1, columns - 1);
    let mut pairs = vec![at];
    let cost = |(i, j): (usize, usize)| (reach[i * columns + j], matrix[i * columns + j]);
    while let Some(before) = predecessors(at.0, at.1)
        .min_by(|a, b| cost(*a).0.total_cmp(&cost(*b).0).then(cost(*a).1.total_cmp(&cost(*b).1)))
    {
        at = before;
        pairs.push(at);
    }
    pairs.reverse();
    let length = |pair: &(usize, usize)| matrix[pair.0 * columns + pair.1];
    let longest = pairs.iter().enumerate().max_by(|a, b| length(a.1).total_cmp(&length(b.1)).then(b.0.cmp(&a.0)));
    Coupling { longest: longest.map_or(0, |(index, _)| index), pairs }
}

/// The pairs from which a coupling may come to (`i`, `j`): from both, from the query's, from the target's last point.
fn predecessors(i: usize, j: usize) -> impl Iterator<Item = (usize, usize)> {
    let both = (i > 0 && j > 0).then(|| (i - 1, j - 1));
    let query = (i > 0).then(|| (i - 1, j));
    let target = (j > 0).then(|| (i, j - 1));
    [both, query, target].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Metric, Trajectory};
    use crate::similarity::{distance, explain};

    fn path(points: &[[f32; 2]]) -> Trajectory {
        Trajectory::new(2, points.concat()).unwrap()
    }

    #[test]
    fn the_dog_waits_while_the_man_walks_a_detour() {
        // By hand: the man goes out to (1, 3) and back; the dog goes straight. The leash is longest at the detour.
        let man = path(&[[0.0, 0.0], [1.0, 3.0], [2.0, 0.0]]);
        let dog = path(&[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]);
        let coupling = coupling(&explain(&man, &dog));
        assert_eq!(coupling, Coupling { pairs: vec![(0, 0), (1, 1), (2, 1), (2, 2)], longest: 1 });
        assert_eq!(nearest_points(&explain(&man, &dog)), [0, 1, 2]);
    }

    #[test]
    fn two_ways_meet_where_they_come_closest() {
        let (query, target) = (path(&[[0.0, 0.0], [4.0, 1.0], [9.0, 9.0]]), path(&[[4.0, -5.0], [7.0, 5.0]]));
        // By hand: (4, 1) to (7, 5) is a triangle of 3, 4 and 5; nothing is nearer but (9, 9) to (7, 5), √20.
        assert_eq!(meeting(&query, &target), Some((2, 1, 20.0_f32.sqrt())));
        let flat = Trajectory::new(1, vec![0.0]).unwrap();
        assert_eq!(meeting(&query, &flat), None, "they are not of one space");
    }

    fn any_path() -> impl Strategy<Value = Trajectory> {
        prop::collection::vec(prop::array::uniform2(-9.0_f32..9.0), 1..9).prop_map(|points| path(&points))
    }

    proptest! {
        #[test]
        fn what_is_drawn_is_what_is_measured(query in any_path(), target in any_path()) {
            let explanation = explain(&query, &target);
            let length = |(i, j): (usize, usize)| explanation.matrix[i * target.len() + j];
            let Coupling { pairs, longest } = coupling(&explanation);
            prop_assert_eq!(pairs.first(), Some(&(0, 0)));
            prop_assert_eq!(pairs.last(), Some(&(query.len() - 1, target.len() - 1)));
            for step in pairs.windows(2) {
                let (across, down) = (step[1].0 - step[0].0, step[1].1 - step[0].1);
                prop_assert!(across <= 1 && down <= 1 && across + down > 0);
            }
            prop_assert!(pairs.iter().all(|pair| length(*pair) <= length(pairs[longest])));
            prop_assert!((length(pairs[longest]) - distance(Metric::Frechet, &query, &target)).abs() < 1e-5);
            let (row, column, met) = meeting(&query, &target).unwrap();
            prop_assert!((length((row, column)) - met).abs() < 1e-5);
            prop_assert!(explanation.matrix.iter().all(|other| *other >= met - 1e-5));
            let nearest = nearest_points(&explanation);
            let mean = nearest.iter().enumerate().map(|(i, j)| length((i, *j))).sum::<f32>() / query.len() as f32;
            prop_assert!((mean - distance(Metric::Min, &query, &target)).abs() < 1e-4);
            let warped = explanation.path.iter().map(|pair| length(*pair)).sum::<f32>() / explanation.path.len() as f32;
            prop_assert!((warped - distance(Metric::Dtw, &query, &target)).abs() < 1e-4);
        }
    }
}
