//! Where the trajectories of an index are read from.

use crate::domain::Trajectory;

/// Trajectories by their place in an index: in memory, or in a mapped file.
pub trait Curves: Send + Sync {
    /// The points at `place`, one after the other: finite, and at least one. Places are those that the index was made
    /// with.
    fn points(&self, place: usize) -> &[f32];
}

/// Trajectories in memory, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Held {
    values: Vec<f32>,
    /// Where each begins, and where the last ends.
    starts: Vec<usize>,
}

impl Held {
    pub fn new<'a>(trajectories: impl Iterator<Item = &'a Trajectory>) -> Self {
        let mut held = Self { values: Vec::new(), starts: vec![0] };
        for trajectory in trajectories {
            held.values.extend_from_slice(trajectory.values());
            held.starts.push(held.values.len());
        }
        held
    }
}

impl Curves for Held {
    fn points(&self, place: usize) -> &[f32] {
        &self.values[self.starts[place]..self.starts[place + 1]]
    }
}
