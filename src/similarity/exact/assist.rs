//! Another processor that may compute the first pass, and whether it is faster.

use std::sync::OnceLock;

use super::ask::{Bounds, Part};
use super::simd::Level;
use super::{Ask, Store};
use crate::domain::{Metric, Trajectory};

/// Rows of a query on the grid of images.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Row by row four signed bytes for each group of dimensions.
    pub fours: Vec<i32>,
    /// The squared norm of each row.
    pub squares: Vec<i32>,
    /// By how much rounding moved each row.
    pub errors: Vec<f32>,
    /// Distance of two neighbours on the grid.
    pub step: f32,
}

/// The images of the means of a store, block by block as they lie.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    /// Blocks × groups × 16 tracks × 4 dimensions, 128 for 0.
    pub points: &'a [u8],
    /// Squared norms on the grid.
    pub norms: &'a [i32],
    pub errors: &'a [f32],
    pub radii: &'a [f32],
}

/// Computes bounds from all rows of a query against all means elsewhere than on this processor.
pub trait FirstPass: Send + Sync + std::fmt::Debug {
    /// What computes.
    fn name(&self) -> &str;

    /// For each slot of a store what [`centres`] gives: never more than the true bound, and less by no more than floats can
    /// lose. Nothing where it failed.
    fn centres(&self, part: usize, rows: &Rows) -> Option<Vec<[f32; 2]>>;
}

/// A first pass elsewhere, with the outcome of the trial against this processor.
#[derive(Debug)]
pub struct Assist {
    pub pass: Box<dyn FirstPass>,
    /// Whether it was the faster one; not known before the first search that it could help.
    pub(super) faster: OnceLock<bool>,
}

impl Assist {
    /// Tried against this processor at the first search that it could help.
    pub fn new(pass: Box<dyn FirstPass>) -> Self {
        Self { pass, faster: OnceLock::new() }
    }

    /// Used whether it is faster or not.
    pub fn always(pass: Box<dyn FirstPass>) -> Self {
        Self { pass, faster: OnceLock::from(true) }
    }

    /// Whether it was found to be faster; `None` before the trial.
    pub fn is_faster(&self) -> Option<bool> {
        self.faster.get().copied()
    }
}

/// The rows of a query as a first pass takes them.
pub fn rows(store: &Store, query: &Trajectory) -> Rows {
    let ask = ask(query);
    let found = Bounds::new(store, &ask, Level::Portable).rows().into_iter().flatten().next();
    found.unwrap_or(Rows { fours: Vec::new(), squares: Vec::new(), errors: Vec::new(), step: 1.0 })
}

/// For each slot of a store the mean over the rows of a query of (bound of the distance from the track's mean − its radius)
/// where that is above 0, and the least: the twin of every [`FirstPass`].
pub fn centres(part: &Part, query: &Trajectory, level: Level) -> Vec<[f32; 2]> {
    let ask = ask(query);
    Bounds::new(&part.store, &ask, level).centres()
}

fn ask(query: &Trajectory) -> Ask<'_> {
    Ask { terms: vec![super::Term { query, metric: Metric::Min, weight: 1.0, scale: 1.0 }] }
}
