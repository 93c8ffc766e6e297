//! Rhythm: how strongly what is heard swells and fades at slow and fast rates, wherever in the segment it does. Fluctuation patterns
//! (Pampalk et al. 2002), not of loudness in bands but of three things that a listener follows: the shape of the spectrum (its
//! cepstrum; Lee et al. 2009), the strokes (what grows from frame to frame) and the decays (what shrinks). Each goes through a Hann
//! window; the values are logarithms of magnitudes of its Fourier transform along time.

use std::f32::consts::TAU;

use burn::tensor::activation::relu;
use burn::tensor::{Tensor, TensorData, s};

use super::frames::{averaged, change};
use crate::domain::{HOP, MEL_BANDS, SAMPLE_RATE};
use crate::dsp::cepstral_weight;

/// Coefficients of the cepstrum, the zeroth included.
const COEFFICIENTS: usize = 12;
/// Parts of the spectrum whose strokes and decays are followed, of as many mel bands each.
const PARTS: usize = 4;

/// Rates of what swells, evenly spread over the logarithms.
struct Rates {
    count: usize,
    /// Hz
    slowest: f32,
    /// Hz: half the frames' own rate is 25.
    fastest: f32,
    /// Magnitude below which a swell is as good as none.
    faintest: f32,
}

const OF_SHAPE: Rates = Rates { count: 12, slowest: 0.5, fastest: 12.5, faintest: 1e-4 };
const OF_STROKES: Rates = Rates { count: 24, slowest: 0.5, fastest: 16.0, faintest: 1e-5 };

/// Values of a segment: the rates of each coefficient, of the strokes of each part, and of its decays.
pub(super) const VALUES: usize = COEFFICIENTS * OF_SHAPE.count + 2 * PARTS * OF_STROKES.count;

/// rows × frames × bands → rows × [`VALUES`]
pub(super) fn measure(segments: Tensor<3>) -> Tensor<2> {
    let [rows, frames, bands] = segments.dims();
    let cepstra = Tensor::<2>::from_data(TensorData::new(cosines(), [bands, COEFFICIENTS]), &segments.device());
    let shape = segments.clone().reshape([rows * frames, bands]).matmul(cepstra).reshape([rows, frames, COEFFICIENTS]);
    let growth = change(segments, 1);
    let strokes = averaged(relu(growth.clone()), PARTS);
    let decays = averaged(relu(growth.neg()), PARTS);
    Tensor::cat(vec![swells(shape, &OF_SHAPE), swells(strokes, &OF_STROKES), swells(decays, &OF_STROKES)], 1)
}

/// How strongly each channel swells at each rate: rows × frames × channels → rows × (channels · rates).
fn swells(channels: Tensor<3>, rates: &Rates) -> Tensor<2> {
    let [rows, frames, count] = channels.dims();
    let swells = channels.clone() - channels.mean_dim(1);
    let basis = TensorData::new(basis(frames, rates), [frames, 2 * rates.count]);
    let basis = Tensor::<2>::from_data(basis, &swells.device());
    let turned = swells.swap_dims(1, 2).reshape([rows * count, frames]).matmul(basis).square();
    let power = turned.clone().slice(s![.., 0..rates.count]) + turned.slice(s![.., rates.count..2 * rates.count]);
    power.sqrt().div_scalar(frames as f32).add_scalar(rates.faintest).log().reshape([rows, count * rates.count])
}

/// The weights of the cepstrum's first coefficients, bands × [`COEFFICIENTS`].
fn cosines() -> Vec<f32> {
    let of = |band: usize| (0..COEFFICIENTS).map(move |at| cepstral_weight(at, band, MEL_BANDS) as f32);
    (0..MEL_BANDS).flat_map(of).collect()
}

/// Cosines and then sines of every rate under a symmetric Hann window: frames × 2 · rates.
fn basis(frames: usize, rates: &Rates) -> Vec<f32> {
    let frame_rate = SAMPLE_RATE as f32 / HOP as f32;
    let last = (frames.max(2) - 1) as f32;
    let mut values = Vec::with_capacity(frames * 2 * rates.count);
    for frame in 0..frames {
        let window = 0.5 - 0.5 * (TAU * frame as f32 / last).cos();
        let angle = |rate: usize| TAU * rates.hertz(rate) * frame as f32 / frame_rate;
        values.extend((0..rates.count).map(|rate| window * angle(rate).cos()));
        values.extend((0..rates.count).map(|rate| window * angle(rate).sin()));
    }
    values
}

impl Rates {
    /// The rate at `index`, in Hz.
    fn hertz(&self, index: usize) -> f32 {
        self.slowest * (self.fastest / self.slowest).powf(index as f32 / (self.count - 1) as f32)
    }
}

const _: () = assert!(MEL_BANDS.is_multiple_of(PARTS), "every part has as many bands");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DeviceChoice;
    use crate::model::embedder::values;
    use crate::model::resolve_device;

    /// Where the rates of the strokes begin.
    const STROKES: usize = COEFFICIENTS * OF_SHAPE.count;

    /// Four seconds in which the bands of `part` of four swell by `depth` at `rate` Hz from `phase` on; all others hold.
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
        (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap()
    }

    #[test]
    fn a_swell_is_found_at_its_rate_and_its_strokes_and_decays_in_its_part() {
        for (part, index) in [(0, 9), (2, 12), (3, 20)] {
            let all = rhythm(segment(part, OF_STROKES.hertz(index), 0.1, 0.2));
            assert_eq!(all.len(), VALUES);
            let count = PARTS * OF_STROKES.count;
            for kind in [&all[STROKES..STROKES + count], &all[STROKES + count..]] {
                assert_eq!(strongest(kind), part * OF_STROKES.count + index);
            }
        }
        for index in [3, 7, 10] {
            // All bands of a quarter together are mostly level, which is the zeroth coefficient.
            let all = rhythm(segment(1, OF_SHAPE.hertz(index), 0.1, 0.2));
            assert_eq!(strongest(&all[..OF_SHAPE.count]), index);
        }
    }

    #[test]
    fn what_grows_slowly_and_falls_at_once_has_other_strokes_than_decays() {
        // A saw of 2 Hz: in a decay of one frame there is as much of four times the rate as of the rate itself.
        let saw: Vec<f32> = (0..200 * MEL_BANDS).map(|at| (at / MEL_BANDS % 25) as f32 / 25.0).collect();
        let all = rhythm(saw);
        let count = PARTS * OF_STROKES.count;
        // 8 Hz, near enough
        let fast =
            (0..OF_STROKES.count).min_by_key(|rate| ((OF_STROKES.hertz(*rate) - 8.0).abs() * 1e3) as u32).unwrap();
        assert!(all[STROKES + count + fast] > all[STROKES + fast] + 1e-3);
    }

    #[test]
    fn where_in_the_segment_it_swells_does_not_matter_but_how_much_does() {
        let early = rhythm(segment(1, 4.0, 0.0, 0.2));
        let late = rhythm(segment(1, 4.0, 0.4, 0.2));
        let deep = rhythm(segment(1, 4.0, 0.0, 0.4));
        let top = strongest(&early[..OF_SHAPE.count]);
        assert!((early[top] - late[top]).abs() < 0.05, "{} {}", early[top], late[top]);
        assert!((deep[top] - early[top] - 2.0_f32.ln()).abs() < 0.01);
        // A part that holds has nothing but the floor.
        let still = STROKES + 3 * OF_STROKES.count + 5;
        assert!((early[still] - OF_STROKES.faintest.ln()).abs() < 0.05, "{}", early[still]);
    }
}
