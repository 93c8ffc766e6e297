//! What the measured parts of a point ask of frames before they measure.

use burn::tensor::{Tensor, s};

/// What changes from each frame to the one `over` frames later: rows × frames × channels → rows × (frames − `over`) × channels.
pub(super) fn change(channels: Tensor<3>, over: usize) -> Tensor<3> {
    let frames = channels.dims()[1];
    channels.clone().slice(s![.., over..frames, ..]) - channels.slice(s![.., 0..frames - over, ..])
}

/// Neighbouring bands averaged: rows × frames × bands → rows × frames × `parts`.
pub(super) fn averaged(segments: Tensor<3>, parts: usize) -> Tensor<3> {
    let [rows, frames, bands] = segments.dims();
    segments.reshape([rows, frames, parts, bands / parts]).mean_dim(3).reshape([rows, frames, parts])
}
