//! Timbre: what a segment sounds like on average. Of each mel band the mean, the deviation and the mean change from frame to
//! frame, after the segment's own mean level is taken out, so that loudness says nothing.

use burn::tensor::Tensor;

use super::frames::change;
use crate::domain::MEL_BANDS;

/// Values of a segment: mean, deviation and mean change of each mel band.
pub(super) const VALUES: usize = 3 * MEL_BANDS;

/// rows × frames × bands → rows × [`VALUES`]
pub(super) fn measure(segments: Tensor<3>) -> Tensor<2> {
    let [rows, _, bands] = segments.dims();
    let level = segments.clone().mean_dim(1).mean_dim(2);
    let means = segments.clone().mean_dim(1);
    let deviation = (segments.clone() - means.clone()).square().mean_dim(1).add_scalar(1e-8).sqrt();
    let parts = [means - level, deviation, change(segments, 1).abs().mean_dim(1)];
    Tensor::cat(parts.into_iter().map(|part| part.reshape([rows, bands])).collect(), 1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::domain::DeviceChoice;
    use crate::model::embedder::values;
    use crate::model::resolve_device;

    #[test]
    fn measured_values_are_what_numpy_would_say() {
        let device = resolve_device(DeviceChoice::Cpu).unwrap().device;
        // One band moves 0, 1, 0, 1; all others lie at 0.5.
        let values_of = |frame: usize, band: usize| if band == 3 { (frame % 2) as f32 } else { 0.5 };
        let flat: Vec<f32> = (0..4).flat_map(|frame| (0..MEL_BANDS).map(move |band| values_of(frame, band))).collect();
        let found = values(measure(Tensor::from_data(TensorData::new(flat, [1, 4, MEL_BANDS]), &device))).unwrap();
        assert_eq!(found.len(), VALUES);
        let expected = |index: usize| match (index / MEL_BANDS, index % MEL_BANDS) {
            (1, 3) => 0.5,
            (2, 3) => 1.0,
            (1, _) => 1e-4,
            _ => 0.0,
        };
        for (index, value) in found.iter().enumerate() {
            assert!((value - expected(index)).abs() < 1e-6, "{index}: {value}");
        }
    }
}
