//! What a system knows of each track, and how far tracks are from each other by it.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::{Metric, Spectrogram, Trajectory};
use crate::similarity::Index;

use super::mfcc::{Gaussian, mfcc, statistics};

/// All tracks as one system sees them, in the order of the collection.
pub enum Representation {
    /// Distances drawn at random.
    Random { seed: u64, tracks: usize },
    /// Trajectories, compared by every metric; only by the mean where no track has more than one point.
    Trajectories(Index),
    /// A point a track, compared by Euclidean distance after each dimension was standardised over the collection.
    Points(Points),
    /// A distribution a track, compared by symmetrised Kullback-Leibler divergence.
    Gaussians(Vec<Gaussian>),
}

/// Something outside the collection in the same terms.
pub enum Description {
    Trajectory(Trajectory),
    Point(Vec<f32>),
    Gaussian(Gaussian),
}

/// Points with each dimension at mean 0 and standard deviation 1 over the collection; one that never changes is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    rows: Vec<Vec<f32>>,
    mean: Vec<f32>,
    scale: Vec<f32>,
}

impl Points {
    /// Standardises the rows, which are of one length.
    pub fn new(rows: &[Vec<f32>]) -> Self {
        let dim = rows.first().map_or(0, Vec::len);
        let count = rows.len().max(1) as f64;
        let column = |k: usize| rows.iter().map(move |row| f64::from(row[k]));
        let means: Vec<f64> = (0..dim).map(|k| column(k).sum::<f64>() / count).collect();
        let scale = (0..dim).map(|k| {
            let variance = column(k).map(|value| (value - means[k]).powi(2)).sum::<f64>() / count;
            if variance > 1e-12 { (1.0 / variance.sqrt()) as f32 } else { 0.0 }
        });
        let scale = scale.collect();
        let mut points = Self { rows: Vec::new(), mean: means.iter().map(|mean| *mean as f32).collect(), scale };
        points.rows = rows.iter().map(|row| points.standardised(row)).collect();
        points
    }

    fn standardised(&self, row: &[f32]) -> Vec<f32> {
        row.iter().zip(&self.mean).zip(&self.scale).map(|((value, mean), scale)| (value - mean) * scale).collect()
    }

    fn distances(&self, point: &[f32]) -> Vec<f32> {
        let apart = |row: &Vec<f32>| row.iter().zip(point).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
        self.rows.iter().map(apart).collect()
    }
}

/// The MFCC descriptions of a spectrogram; `None` for what has no frames.
pub fn describe(spectrogram: &Spectrogram) -> Option<(Vec<f32>, Gaussian)> {
    let frames = mfcc(spectrogram);
    Some((statistics(&frames)?, Gaussian::fit(&frames)?))
}

impl Representation {
    /// The ways in which tracks are compared, in the order of the rows of distances.
    pub fn metrics(&self) -> Vec<&'static str> {
        match self {
            Self::Random { .. } => vec!["random"],
            Self::Trajectories(index) if has_curves(index) => Metric::ALL.iter().map(|metric| metric.name()).collect(),
            Self::Trajectories(_) => vec![Metric::Mean.name()],
            Self::Points(_) => vec!["euclidean"],
            Self::Gaussians(_) => vec!["kl"],
        }
    }

    /// The distances of every track from the track at `query`, a row a metric.
    pub fn distances(&self, query: usize) -> Vec<Vec<f32>> {
        match self {
            Self::Random { seed, tracks } => {
                let mut random = ChaCha8Rng::seed_from_u64(*seed);
                random.set_stream(query as u64);
                vec![(0..*tracks).map(|_| random.random::<f32>()).collect()]
            }
            Self::Trajectories(index) => {
                let id = index.ids()[query];
                let rows = index.trajectory(id).and_then(|trajectory| index.distance_rows(&trajectory, Some(id)).ok());
                self.chosen(rows.map(Vec::from).unwrap_or_default())
            }
            Self::Points(points) => vec![points.distances(&points.rows[query])],
            Self::Gaussians(all) => vec![all.iter().map(|other| all[query].divergence(other) as f32).collect()],
        }
    }

    /// The distances of every track from something outside; `None` where it is described in other terms.
    pub fn distances_from(&self, query: &Description) -> Option<Vec<Vec<f32>>> {
        match (self, query) {
            (Self::Trajectories(index), Description::Trajectory(trajectory)) => {
                Some(self.chosen(Vec::from(index.distance_rows(trajectory, None).ok()?)))
            }
            (Self::Points(points), Description::Point(point)) => {
                Some(vec![points.distances(&points.standardised(point))])
            }
            (Self::Gaussians(all), Description::Gaussian(gaussian)) => {
                Some(vec![all.iter().map(|other| gaussian.divergence(other) as f32).collect()])
            }
            _ => None,
        }
    }

    fn chosen(&self, mut rows: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        rows.truncate(self.metrics().len());
        rows
    }
}

fn has_curves(index: &Index) -> bool {
    index.ids().iter().any(|id| index.points(*id).is_some_and(|points| points.len() > index.dim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TrackId;

    #[test]
    fn points_count_every_dimension_alike() {
        let points = Points::new(&[vec![0.0, 0.0, 7.0], vec![2.0, 2_000.0, 7.0]]);
        let distances = points.distances(&points.rows[0].clone());
        assert_eq!(distances[0], 0.0);
        assert!((distances[1] - 8.0_f32.sqrt()).abs() < 1e-5, "{distances:?}");
        let outside = Representation::Points(points).distances_from(&Description::Point(vec![0.0, 0.0, 9.0])).unwrap();
        assert_eq!(outside[0], distances);
    }

    #[test]
    fn random_rankings_are_seeded_and_differ_by_query() {
        let random = |seed| Representation::Random { seed, tracks: 9 };
        assert_eq!(random(1).distances(3), random(1).distances(3));
        assert_ne!(random(1).distances(3), random(1).distances(4));
        assert_ne!(random(1).distances(3), random(2).distances(3));
    }

    #[test]
    fn single_points_are_compared_by_their_mean_alone() {
        let of = |values: Vec<f32>| Trajectory::new(2, values).unwrap();
        let flat = Index::new(vec![(TrackId(1), of(vec![0.0, 0.0])), (TrackId(2), of(vec![3.0, 4.0]))]).unwrap();
        let flat = Representation::Trajectories(flat);
        assert_eq!((flat.metrics(), flat.distances(0)), (vec!["mean"], vec![vec![0.0, 5.0]]));
        let long = Index::new(vec![(TrackId(1), of(vec![0.0; 4])), (TrackId(2), of(vec![3.0, 4.0]))]).unwrap();
        assert_eq!(Representation::Trajectories(long).distances(0).len(), 5);
    }
}
