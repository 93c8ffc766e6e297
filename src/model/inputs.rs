//! What a network is shown of a segment: its log-mel spectrogram, and where the model asks for it what lasts and what
//! strikes in it.
//!
//! The harmonic part of a spectrogram is its median along time, the percussive part its median along frequency
//! (Fitzgerald 2010). Medians of decibels are decibels of medians, so they are taken of the log-mel values as they are,
//! within the segment, mirrored at its edges.

use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;
use wide::f32x8;

use super::{Input, ModelConfig};

/// Frames whose median is the harmonic part: 0.34 s.
const FRAMES: usize = 17;
/// Mel bands whose median is the percussive part.
const BANDS: usize = 11;

/// Segments as the network of `config` takes them: rows × H·W·sources values of a track → rows × H·W·layers, every frame
/// with the bands of one layer after those of another.
pub(super) fn tensor(values: Vec<f32>, config: &ModelConfig, device: &Device) -> Tensor<2> {
    let rows = values.len() / config.source_len();
    let values = stack(values, config);
    Tensor::from_data(TensorData::new(values, [rows, config.input_len()]), device)
}

/// See [`tensor`].
pub(super) fn stack(values: Vec<f32>, config: &ModelConfig) -> Vec<f32> {
    match config.input {
        // A track's own frames have the side after the middle.
        Input::Plain | Input::Stereo => values,
        Input::Separated => {
            let mut stacked = vec![0.0; values.len() * config.input.layers()];
            let segments = values.par_chunks_exact(config.segment_len());
            segments
                .zip(stacked.par_chunks_exact_mut(config.input_len()))
                .for_each(|(segment, out)| separate(segment, config.bands, out));
            stacked
        }
    }
}

/// What a network of `config` draws again of segments of a track: rows × H·W·sources → rows × H·W.
pub(super) fn target(values: &[f32], config: &ModelConfig) -> Vec<f32> {
    let frames = values.chunks_exact(config.source_bands());
    frames.flat_map(|frame| &frame[..config.bands]).copied().collect()
}

/// frames × bands → frames × (bands, harmonic bands, percussive bands)
fn separate(segment: &[f32], bands: usize, out: &mut [f32]) {
    let frames = segment.len() / bands;
    let across: Vec<f32> = (0..bands).flat_map(|band| segment.iter().skip(band).step_by(bands).copied()).collect();
    let harmonic = running_medians::<FRAMES>(segment, bands);
    let percussive = running_medians::<BANDS>(&across, frames);
    let width = Input::Separated.layers() * bands;
    for (frame, out) in out.chunks_exact_mut(width).enumerate() {
        let of_frame = frame * bands..(frame + 1) * bands;
        out[..bands].copy_from_slice(&segment[of_frame.clone()]);
        out[bands..2 * bands].copy_from_slice(&harmonic[of_frame]);
        let percussive = percussive.iter().skip(frame).step_by(frames);
        out[2 * bands..].iter_mut().zip(percussive).for_each(|(out, value)| *out = *value);
    }
}

/// Neighbouring values that are put in order together, a vector register of them.
const LANES: usize = 8;

/// Of lines × lanes the median of the `SIZE` (odd) lines around each, lane by lane, mirrored at the ends with the last line
/// twice.
fn running_medians<const SIZE: usize>(values: &[f32], lanes: usize) -> Vec<f32> {
    let count = values.len() / lanes;
    let mut out = vec![0.0; values.len()];
    for start in (0..lanes).step_by(LANES) {
        let width = LANES.min(lanes - start);
        for line in 0..count {
            let mut window = [f32x8::ZERO; SIZE];
            for (place, row) in window.iter_mut().enumerate() {
                let from = mirrored(line as isize + place as isize - (SIZE / 2) as isize, count) * lanes + start;
                let mut values_of_line = [0.0; LANES];
                values_of_line[..width].copy_from_slice(&values[from..from + width]);
                *row = f32x8::new(values_of_line);
            }
            sort(&mut window);
            out[line * lanes + start..][..width].copy_from_slice(&window[SIZE / 2].to_array()[..width]);
        }
    }
    out
}

/// Where a line outside of `count` of them is read instead, mirrored as often as it takes.
fn mirrored(index: isize, count: usize) -> usize {
    let index = index.rem_euclid(2 * count as isize) as usize;
    if index < count { index } else { 2 * count - 1 - index }
}

/// Puts each lane in order: odd-even transposition, whose steps are the same for all lanes.
fn sort<const SIZE: usize>(rows: &mut [f32x8; SIZE]) {
    for round in 0..SIZE {
        for [above, below] in rows[round % 2..].as_chunks_mut::<2>().0 {
            (*above, *below) = (above.fast_min(*below), above.fast_max(*below));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::TrainingSpec;

    /// `scipy.ndimage.median_filter(np.array([.1,.9,.2,.8,.3,.7,.4]), size=5, mode="reflect")`, scipy 1.17.
    #[test]
    fn medians_are_scipys() {
        let out = running_medians::<5>(&[0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4], 1);
        assert_eq!(out, [0.2, 0.2, 0.3, 0.7, 0.4, 0.4, 0.4]);
    }

    #[test]
    fn a_tone_is_harmonic_and_a_click_is_percussive() {
        let config = ModelConfig::of(&TrainingSpec {
            architecture: crate::model::Architecture::Contrastive,
            input: Input::Separated,
            ..TrainingSpec::default()
        })
        .unwrap();
        let (frames, bands) = (config.grid.frames, config.bands);
        let mut segment = vec![0.0; config.segment_len()];
        (0..frames).for_each(|frame| segment[frame * bands + 30] = 0.8);
        (0..bands).for_each(|band| segment[100 * bands + band] = 0.9);
        let stacked = stack(segment, &config);
        let of = |frame: usize, layer: usize, band: usize| stacked[(frame * 3 + layer) * bands + band];
        assert_eq!((of(50, 0, 30), of(50, 1, 30), of(50, 2, 30)), (0.8, 0.8, 0.0));
        assert_eq!((of(100, 0, 5), of(100, 1, 5), of(100, 2, 5)), (0.9, 0.0, 0.9));
        assert_eq!(stacked.len(), config.input_len());
    }

    proptest! {
        #[test]
        fn running_medians_are_medians(lines in 1_usize..40, lanes in 1_usize..40, seed in 0_u64..1_000) {
            let values: Vec<f32> = (0..lines * lanes).map(|at| ((at as u64 * 7_919 + seed * 104_729) % 23) as f32).collect();
            let out = running_medians::<9>(&values, lanes);
            for (at, median) in out.iter().enumerate() {
                let around = (at / lanes) as isize - 4..=(at / lanes) as isize + 4;
                let mut window: Vec<f32> = around
                    .map(|mut line| {
                        while !(0..lines as isize).contains(&line) {
                            line = if line < 0 { -1 - line } else { 2 * lines as isize - 1 - line };
                        }
                        values[line as usize * lanes + at % lanes]
                    })
                    .collect();
                window.sort_by(f32::total_cmp);
                prop_assert_eq!(*median, window[4]);
            }
            prop_assert_eq!(out.len(), values.len());
        }
    }
}
