//! Ways to lay points out in two dimensions, behind one trait.

use crate::domain::Control;

use super::MapError;
use super::points::{Neighbours, PointSet};

/// What is to be laid out.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    pub points: &'a PointSet,
    /// The exact nearest neighbours: all other points, or three times the perplexity of them.
    pub neighbours: &'a Neighbours,
    pub perplexity: f32,
    /// Where the points start.
    pub start: &'a [[f32; 2]],
}

/// Hears of the layout as it grows: epoch, epochs in all, positions.
pub type Watch<'a> = dyn FnMut(usize, usize, &[[f32; 2]]) + 'a;

/// A way to lay points out.
pub trait Projection {
    /// What a finished map says it was made by.
    fn name(&self) -> &'static str;

    /// The position of every point. The same problem gives the same positions, whatever the number of threads.
    ///
    /// `watch` is called on the calling thread, as often as it is ready for more.
    ///
    /// # Errors
    /// [`MapError::Cancelled`] soon after `control` is cancelled; [`MapError`] where the projection fails.
    fn project(
        &self,
        problem: &Problem<'_>,
        control: &Control,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<[f32; 2]>, MapError>;
}
