//! How sharp reconstructions are, beyond the cosine of the whole segment, which the mean segment alone nearly reaches.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::Setting;
use super::statistics::segment_statistics;
use crate::model::data::read_batch;
use crate::model::embedder::{cosine, values};
use crate::model::{ModelError, inputs};

/// Tracks that tell.
const TRACKS: usize = 100;

/// Measured over the artists kept aside, or the training set where there are none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Sharpness {
    /// Mean cosine of x − m and x̂ − m, m the mean segment of the training set: drawing m itself has 0.
    pub centred: f32,
    /// How much of what is fast and high comes back: 1 − Σ(Δx − Δx̂)² / Σ(Δx)², Δ the change from frame to frame in the
    /// upper half of the bands. A blurred picture has 0.
    pub detail: f32,
}

/// What `reconstruct` (rows × H·W·layers → rows × H·W) makes of the tracks.
pub(super) fn of(setting: &Setting<'_>, reconstruct: &dyn Fn(Tensor<2>) -> Tensor<2>) -> Result<Sharpness, ModelError> {
    let Setting { split, config, .. } = *setting;
    let mean = segment_statistics(setting)?.mean;
    let tracks = if split.validation.is_empty() { &split.training } else { &split.validation };
    let mut tally = Tally::default();
    for track in tracks.iter().take(TRACKS) {
        setting.control.checkpoint()?;
        let track = track.view(setting.spec.seed, 0);
        let batch = read_batch(setting.source, &[&track], config.grid, config.source_bands())?;
        let input = inputs::tensor(batch.values.clone(), config, &setting.device.device);
        let output = values(reconstruct(input))?;
        let target = inputs::target(&batch.values, config);
        for (segment, output) in target.chunks_exact(mean.len()).zip(output.chunks_exact(mean.len())) {
            tally.add(segment, output, &mean, config.bands);
        }
    }
    Ok(tally.sharpness())
}

#[derive(Default)]
struct Tally {
    cosines: f64,
    segments: f64,
    /// Squares of the change that is missed, and of all of it.
    missed: f64,
    changes: f64,
}

impl Tally {
    fn add(&mut self, segment: &[f32], output: &[f32], mean: &[f32], bands: usize) {
        let centred = |values: &[f32]| values.iter().zip(mean).map(|(value, mean)| value - mean).collect::<Vec<f32>>();
        self.cosines += f64::from(cosine(&centred(segment), &centred(output)));
        self.segments += 1.0;
        for at in (bands..segment.len()).filter(|at| at % bands >= bands / 2) {
            let change = f64::from(segment[at] - segment[at - bands]);
            self.missed += (change - f64::from(output[at] - output[at - bands])).powi(2);
            self.changes += change * change;
        }
    }

    fn sharpness(&self) -> Sharpness {
        let detail = if self.changes > 0.0 { 1.0 - self.missed / self.changes } else { 0.0 };
        Sharpness { centred: (self.cosines / self.segments.max(1.0)) as f32, detail: detail as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three frames of two bands; the upper one moves by .5 and back.
    const SEGMENT: [f32; 6] = [0.2, 0.0, 0.4, 0.5, 0.6, 0.0];
    const MEAN: [f32; 6] = [0.3, 0.2, 0.3, 0.2, 0.3, 0.2];

    fn of(output: &[f32; 6]) -> Sharpness {
        let mut tally = Tally::default();
        tally.add(&SEGMENT, output, &MEAN, 2);
        tally.sharpness()
    }

    #[test]
    fn the_segment_has_all_and_the_mean_segment_nothing() {
        let all = of(&SEGMENT);
        assert!((all.centred - 1.0).abs() < 1e-6 && (all.detail - 1.0).abs() < 1e-6);
        let mean = of(&MEAN);
        assert_eq!((mean.centred, mean.detail), (0.0, 0.0));
    }

    #[test]
    fn half_of_what_differs_has_its_direction_and_three_quarters_of_its_squares() {
        let half: [f32; 6] = std::array::from_fn(|at| (SEGMENT[at] + MEAN[at]) / 2.0);
        let sharpness = of(&half);
        assert!((sharpness.centred - 1.0).abs() < 1e-6 && (sharpness.detail - 0.75).abs() < 1e-6, "{sharpness:?}");
    }
}
