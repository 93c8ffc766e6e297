//! Irregularity: how rough the spectrum is, and how restless. The differences of neighbouring mel bands tell lines from noise: large
//! where single partials stand out, small where a band is like the next; after the spectral irregularity of Krimphoff et al. 1994 and
//! Jensen 1999, which sum them over the partials of a note. Loudness is no part of a difference of decibels.

use burn::tensor::{Tensor, s};

use super::frames::change;
use crate::domain::MEL_BANDS;

/// Pairs of neighbouring bands.
const STEPS: usize = MEL_BANDS - 1;
/// Frames over which the differences change.
const CHANGES: [usize; 2] = [1, 8];

/// Values of a segment: of each pair of neighbouring bands how much they differ on average, the deviation of what they differ by, and
/// its mean change over a fiftieth and over a sixth of a second.
pub(super) const VALUES: usize = (2 + CHANGES.len()) * STEPS;

/// rows × frames × bands → rows × [`VALUES`]
pub(super) fn measure(segments: Tensor<3>) -> Tensor<2> {
    let [rows, _, bands] = segments.dims();
    let steps = segments.clone().slice(s![.., .., 1..bands]) - segments.slice(s![.., .., 0..bands - 1]);
    let deviation = (steps.clone() - steps.clone().mean_dim(1)).square().mean_dim(1).add_scalar(1e-8).sqrt();
    let size = steps.clone().abs().mean_dim(1);
    let changes = CHANGES.map(|over| change(steps.clone(), over).abs().mean_dim(1));
    let parts = [size, deviation].into_iter().chain(changes);
    Tensor::cat(parts.map(|part| part.reshape([rows, bands - 1])).collect(), 1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::domain::DeviceChoice;
    use crate::model::embedder::values;
    use crate::model::resolve_device;

    /// Values of 40 frames.
    fn irregularity(of: impl Fn(usize, usize) -> f32) -> Vec<f32> {
        let device = resolve_device(DeviceChoice::Cpu).unwrap().device;
        let flat = (0..40 * MEL_BANDS).map(|at| of(at / MEL_BANDS, at % MEL_BANDS)).collect();
        values(measure(Tensor::from_data(TensorData::new::<f32, _>(flat, [1, 40, MEL_BANDS]), &device))).unwrap()
    }

    #[test]
    fn measured_values_are_what_numpy_would_say() {
        // A partial in band 7 that sounds every other frame, one in band 30 that holds, over a floor.
        let found = irregularity(|frame, band| match band {
            7 if frame % 2 == 0 => 0.8,
            30 => 0.6,
            _ => 0.2,
        });
        assert_eq!(found.len(), VALUES);
        let at = |part: usize, step: usize| found[part * STEPS + step];
        // d = numpy.where(numpy.arange(40) % 2, 0, .6): abs(d).mean(), d.std(), abs(d[1:] - d[:-1]).mean(), abs(d[8:] - d[:-8]).mean()
        for step in [6, 7] {
            let expected = [0.3, 0.3, 0.6, 0.0];
            for (part, expected) in expected.into_iter().enumerate() {
                assert!((at(part, step) - expected).abs() < 1e-5, "{part} {step}: {}", at(part, step));
            }
        }
        for step in [29, 30] {
            assert!((at(0, step) - 0.4).abs() < 1e-5 && at(1, step) < 1e-3 && at(2, step) < 1e-5);
        }
        assert!(at(0, 50) < 1e-5 && at(1, 50) < 1e-3, "a floor is smooth");
    }

    #[test]
    fn level_does_not_matter() {
        let noise =
            |frame: usize, band: usize| ((band * 37 + frame * frame * 13 + frame * band * 5) % 17) as f32 / 34.0;
        let (plain, louder) = (irregularity(noise), irregularity(|frame, band| 0.3 + noise(frame, band)));
        assert!(plain.iter().zip(&louder).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
