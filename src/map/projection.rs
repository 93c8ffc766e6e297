//! What a projection to two dimensions has to offer.

use super::MapError;
use crate::domain::Control;

/// An intermediate state of a projection.
#[derive(Debug, Clone, Copy)]
pub struct Epoch<'a> {
    /// From 1.
    pub epoch: usize,
    pub epochs: usize,
    pub positions: &'a [[f32; 2]],
}

/// The finished projection.
#[derive(Debug, Clone, PartialEq)]
pub struct Projected {
    pub positions: Vec<[f32; 2]>,
    /// For people: "t-SNE (Barnes-Hut)".
    pub method: &'static str,
}

/// Lays out points of many dimensions in two.
pub trait Projection {
    /// Positions of `points`, in their order, the same for the same seed. `control` is looked at in every epoch;
    /// `on_epoch` hears of some of them.
    ///
    /// # Errors
    /// [`MapError::Cancelled`], or what the method cannot lay out.
    fn project(
        &self,
        points: &[&[f32]],
        seed: u64,
        control: &Control,
        on_epoch: &mut dyn FnMut(Epoch<'_>),
    ) -> Result<Projected, MapError>;
}
