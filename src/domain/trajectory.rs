//! A song as a path: one point per segment, in the order of time.

use serde::{Deserialize, Serialize};

/// Points in time order, row by row: `len` × `dim`. There is at least one point, and every value is finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    dim: usize,
    values: Vec<f32>,
}

/// Why values do not make a trajectory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrajectoryError {
    #[error("{len} values do not make points of {dim} dimensions")]
    Shape { dim: usize, len: usize },
    #[error("point {point} of the trajectory has a non-finite value")]
    NonFinite { point: usize },
}

impl Trajectory {
    /// Takes `values` of shape points × `dim`, row by row.
    ///
    /// # Errors
    /// [`TrajectoryError`] where there is no point, the last one is incomplete, or a value is not finite.
    pub fn new(dim: usize, values: Vec<f32>) -> Result<Self, TrajectoryError> {
        if dim == 0 || values.is_empty() || !values.len().is_multiple_of(dim) {
            return Err(TrajectoryError::Shape { dim, len: values.len() });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(TrajectoryError::NonFinite { point: index / dim }),
            None => Ok(Self { dim, values }),
        }
    }

    /// Dimensions of a point.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of points; never 0.
    #[expect(clippy::len_without_is_empty, reason = "a trajectory has at least one point")]
    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// All values, point by point.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Point `index`. Panics past the end, as a slice does.
    pub fn point(&self, index: usize) -> &[f32] {
        &self.values[index * self.dim..(index + 1) * self.dim]
    }

    /// The points in time order.
    pub fn points(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.dim)
    }

    /// The points of `range` as a trajectory of their own; `None` where the range is empty or reaches past the end.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Option<Self> {
        let values = self.values.get(range.start * self.dim..range.end * self.dim)?;
        (!values.is_empty()).then(|| Self { dim: self.dim, values: values.to_vec() })
    }

    /// The mean of the points, summed in `f64`.
    pub fn mean(&self) -> Vec<f32> {
        let mut sums = vec![0.0_f64; self.dim];
        for point in self.points() {
            for (sum, value) in sums.iter_mut().zip(point) {
                *sum += f64::from(*value);
            }
        }
        sums.into_iter().map(|sum| (sum / self.len() as f64) as f32).collect()
    }
}

/// A track after phase 1: a trajectory through the autoencoder's bottleneck.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding(pub Trajectory);

/// A track after phase 2: the trajectory that similarity compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding(pub Trajectory);

/// How two trajectories are compared. `docs` of `similarity` give the formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Euclidean distance between the means of the points.
    #[default]
    Mean,
    /// For each point of the query the nearest point of the target, averaged. Not symmetric.
    Min,
    /// Discrete Fréchet distance (Eiter and Mannila 1994).
    Frechet,
    /// Dynamic time warping, divided by the length of the warping path.
    Dtw,
    /// A weighted mean of the four, each scaled by its median over the library.
    Blend,
}

impl Metric {
    /// The metrics in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Mean, Self::Min, Self::Frechet, Self::Dtw, Self::Blend];
    /// The metrics that compare two trajectories without a library around them.
    pub const SINGLE: [Self; 4] = [Self::Mean, Self::Min, Self::Frechet, Self::Dtw];

    /// The name used on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Frechet => "frechet",
            Self::Dtw => "dtw",
            Self::Blend => "blend",
        }
    }

    /// The name shown to people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mean => "Mean",
            Self::Min => "Min",
            Self::Frechet => "Fréchet",
            Self::Dtw => "DTW",
            Self::Blend => "Blend",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trajectory_has_points_and_they_are_finite() {
        assert!(Trajectory::new(2, vec![]).is_err());
        assert!(Trajectory::new(2, vec![1.0; 3]).is_err());
        assert_eq!(Trajectory::new(2, vec![0.0, 0.0, f32::NAN, 0.0]), Err(TrajectoryError::NonFinite { point: 1 }));
        let path = Trajectory::new(2, vec![0.0, 2.0, 4.0, 6.0]).unwrap();
        assert_eq!(path.mean(), [2.0, 4.0]);
        assert_eq!(path.slice(1..2).unwrap().values(), [4.0, 6.0]);
        assert_eq!(path.slice(1..3), None);
        assert_eq!(path.slice(1..1), None);
    }
}
