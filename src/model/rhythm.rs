//! Rhythm: how strongly each part of the spectrum swells and fades at slow and fast rates, wherever in the segment it does.
//! Fluctuation patterns (Pampalk et al. 2002) on the log-mel bands: neighbouring bands averaged, each through a Hann window, the
//! magnitude of its Fourier transform along time at a few rates, in logarithms.

use std::f32::consts::TAU;

use burn::tensor::{Tensor, TensorData, s};

use crate::domain::{HOP, MEL_BANDS, SAMPLE_RATE};

/// Parts of the spectrum, of as many mel bands each.
const PARTS: usize = 12;
/// Rates, evenly spread over the logarithms from [`SLOWEST`] to [`FASTEST`].
const RATES: usize = 12;
/// Hz: a swell every two seconds.
const SLOWEST: f32 = 0.5;
/// Hz: half the frames' own rate is 25.
const FASTEST: f32 = 12.5;
/// Magnitude below which a swell is as good as none: 0.008 of 80 dB.
const FAINTEST: f32 = 1e-4;

/// Values of a segment: the rates of each part.
pub(super) const VALUES: usize = PARTS * RATES;

/// rows × frames × bands → rows × [`VALUES`]
pub(super) fn measure(segments: Tensor<3>) -> Tensor<2> {
    let [rows, frames, bands] = segments.dims();
    let parts = segments.reshape([rows, frames, PARTS, bands / PARTS]).mean_dim(3).reshape([rows, frames, PARTS]);
    let swells = parts.clone() - parts.mean_dim(1);
    let basis = Tensor::<2>::from_data(TensorData::new(basis(frames), [frames, 2 * RATES]), &swells.device());
    let turned = swells.swap_dims(1, 2).reshape([rows * PARTS, frames]).matmul(basis);
    let squares = turned.square();
    let power = squares.clone().slice(s![.., 0..RATES]) + squares.slice(s![.., RATES..2 * RATES]);
    power.sqrt().div_scalar(frames as f32).add_scalar(FAINTEST).log().reshape([rows, VALUES])
}

/// Cosines and then sines of every rate under a symmetric Hann window: frames × 2 · [`RATES`].
fn basis(frames: usize) -> Vec<f32> {
    let frame_rate = SAMPLE_RATE as f32 / HOP as f32;
    let last = (frames.max(2) - 1) as f32;
    let mut values = Vec::with_capacity(frames * 2 * RATES);
    for frame in 0..frames {
        let window = 0.5 - 0.5 * (TAU * frame as f32 / last).cos();
        let angle = |rate: usize| {
            let share = rate as f32 / (RATES - 1) as f32;
            TAU * SLOWEST * (FASTEST / SLOWEST).powf(share) * frame as f32 / frame_rate
        };
        values.extend((0..RATES).map(|rate| window * angle(rate).cos()));
        values.extend((0..RATES).map(|rate| window * angle(rate).sin()));
    }
    values
}

const _: () = assert!(MEL_BANDS.is_multiple_of(PARTS), "every part has as many bands");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DeviceChoice;
    use crate::model::embedder::values;
    use crate::model::resolve_device;

    /// Four seconds in which the bands of `part` swell by `depth` at `rate` Hz from `phase` on; all others hold.
    fn segment(part: usize, rate: f32, phase: f32, depth: f32) -> Vec<f32> {
        (0..200 * MEL_BANDS)
            .map(|at| {
                let swell = (TAU * (rate * (at / MEL_BANDS) as f32 / 50.0 + phase)).sin();
                if at % MEL_BANDS / (MEL_BANDS / PARTS) == part { 0.5 + depth * swell } else { 0.5 }
            })
            .collect()
    }

    fn rhythm(segment: Vec<f32>) -> Vec<f32> {
        let device = resolve_device(DeviceChoice::Cpu).unwrap().device;
        values(measure(Tensor::from_data(TensorData::new(segment, [1, 200, MEL_BANDS]), &device))).unwrap()
    }

    fn strongest(values: &[f32]) -> usize {
        (0..VALUES).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap()
    }

    #[test]
    fn a_swell_is_found_in_its_part_and_at_its_rate() {
        let rate = |index: usize| SLOWEST * (FASTEST / SLOWEST).powf(index as f32 / (RATES - 1) as f32);
        for (part, index) in [(0, 3), (5, 7), (11, 10)] {
            let found = strongest(&rhythm(segment(part, rate(index), 0.1, 0.2)));
            assert_eq!(found, part * RATES + index);
        }
    }

    #[test]
    fn where_in_the_segment_it_swells_does_not_matter_but_how_much_does() {
        let early = rhythm(segment(4, 4.0, 0.0, 0.2));
        let late = rhythm(segment(4, 4.0, 0.4, 0.2));
        let deep = rhythm(segment(4, 4.0, 0.0, 0.4));
        let top = strongest(&early);
        assert!((early[top] - late[top]).abs() < 0.05, "{} {}", early[top], late[top]);
        assert!((deep[top] - early[top] - 2.0_f32.ln()).abs() < 0.01);
        // What holds has nothing but the floor.
        assert!((early[0] - FAINTEST.ln()).abs() < 0.05, "{}", early[0]);
    }
}
