//! The probabilities t-SNE keeps: how likely each point would pick each other as its neighbour
//! (van der Maaten and Hinton 2008).

use rayon::prelude::*;

use super::points::Neighbours;

/// The joint probabilities of pairs of points, row by row, each row by rising column. Symmetric; all add up to 1.
#[derive(Debug, Clone)]
pub struct Affinities {
    starts: Vec<usize>,
    entries: Vec<(u32, f64)>,
}

impl Affinities {
    /// The probabilities over the given neighbours: for each point a Gaussian whose width gives `perplexity` neighbours
    /// their share, then the mean of both directions of a pair. Exact where the neighbours are all other points.
    pub fn new(neighbours: &Neighbours, perplexity: f64) -> Self {
        let n = neighbours.places.len().checked_div(neighbours.k).unwrap_or(0);
        let conditional: Vec<Vec<f64>> =
            (0..n).into_par_iter().map(|point| conditional(neighbours.squared_of(point), perplexity)).collect();
        let mut rows: Vec<Vec<(u32, f64)>> = vec![Vec::with_capacity(2 * neighbours.k); n];
        let share = 0.5 / n as f64;
        for (point, probabilities) in conditional.iter().enumerate() {
            for (other, probability) in neighbours.of(point).iter().zip(probabilities) {
                rows[point].push((*other, probability * share));
                rows[*other as usize].push((point as u32, probability * share));
            }
        }
        rows.par_iter_mut().for_each(|row| {
            row.sort_by_key(|entry| entry.0);
            row.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
        });
        let mut starts = vec![0];
        starts.extend(rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        }));
        Self { starts, entries: rows.concat() }
    }

    /// The columns and probabilities of one row.
    pub fn row(&self, point: usize) -> &[(u32, f64)] {
        &self.entries[self.starts[point]..self.starts[point + 1]]
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The probabilities of neighbours at these squared distances under the Gaussian whose entropy is ln `perplexity`.
/// Where no width gives that entropy (all equally far, or too few), the nearest possible one is taken.
fn conditional(squared: &[f32], perplexity: f64) -> Vec<f64> {
    let wanted = perplexity.ln();
    // Only differences count, and without the common part no exponential underflows for all at once.
    let nearest = squared.iter().copied().fold(f32::INFINITY, f32::min);
    let gaps: Vec<f64> = squared.iter().map(|value| f64::from(value - nearest)).collect();
    let mean_gap = gaps.iter().sum::<f64>() / gaps.len().max(1) as f64;
    if mean_gap <= 0.0 {
        return vec![1.0 / gaps.len().max(1) as f64; gaps.len()];
    }
    let mut beta = 1.0 / mean_gap;
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut weights = vec![0.0; gaps.len()];
    let mut sum = 1.0;
    for _ in 0..100 {
        sum = 0.0;
        let mut moment = 0.0;
        for (weight, gap) in weights.iter_mut().zip(&gaps) {
            *weight = (-beta * gap).exp();
            sum += *weight;
            moment += *weight * gap;
        }
        let excess = beta * moment / sum + sum.ln() - wanted;
        if excess.abs() < 1e-6 {
            break;
        }
        if excess > 0.0 {
            low = beta;
            beta = if high.is_finite() { (low + high) / 2.0 } else { beta * 2.0 };
        } else {
            high = beta;
            beta = (low + high) / 2.0;
        }
    }
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gaussian_has_the_perplexity_asked_for() {
        let squared: Vec<f32> = (1..200).map(|i| 50.0 + (i as f32).powf(1.3)).collect();
        for perplexity in [2.0, 5.0, 30.0, 66.0] {
            let probabilities = conditional(&squared, perplexity);
            let entropy: f64 = probabilities.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum();
            assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!((entropy.exp() - perplexity).abs() < 1e-3, "{} {perplexity}", entropy.exp());
        }
        assert_eq!(conditional(&[4.0; 4], 2.0), [0.25; 4]);
        assert_eq!(conditional(&[], 2.0), [0.0; 0]);
    }

    #[test]
    fn pairs_are_symmetric_and_add_up_to_one() {
        let neighbours =
            Neighbours { k: 2, places: vec![1, 2, 0, 2, 1, 0], squared: vec![1.0, 4.0, 1.0, 2.0, 2.0, 4.0] };
        let affinities = Affinities::new(&neighbours, 1.5);
        let at = |i: usize, j: u32| affinities.row(i).iter().find(|entry| entry.0 == j).unwrap().1;
        assert_eq!((at(0, 1), at(0, 2), at(1, 2)), (at(1, 0), at(2, 0), at(2, 1)));
        assert!(at(0, 1) > at(0, 2));
        let all: f64 = (0..3).flat_map(|i| affinities.row(i)).map(|entry| entry.1).sum();
        assert!((all - 1.0).abs() < 1e-12);
    }
}
