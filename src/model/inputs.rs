//! What a network is shown of a segment: its log-mel spectrogram, and where the model asks for it what lasts and what
//! strikes in it.
//!
//! The harmonic part of a spectrogram is its median along time, the percussive part its median along frequency
//! (Fitzgerald 2010). Medians of decibels are decibels of medians, so they are taken of the log-mel values as they are,
//! within the segment, mirrored at its edges.

use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;

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
    let width = Input::Separated.layers() * bands;
    let (mut line, mut medians) = (Vec::new(), Vec::new());
    for band in 0..bands {
        line.clear();
        line.extend((0..frames).map(|frame| segment[frame * bands + band]));
        running_median(&line, FRAMES, &mut medians);
        for (frame, median) in medians.iter().enumerate() {
            out[frame * width + bands + band] = *median;
        }
    }
    for (frame, values) in segment.chunks_exact(bands).enumerate() {
        running_median(values, BANDS, &mut medians);
        let out = &mut out[frame * width..(frame + 1) * width];
        out[..bands].copy_from_slice(values);
        out[2 * bands..].copy_from_slice(&medians);
    }
}

/// The median of the `size` (odd) values around each, mirrored at the ends with the last value twice.
fn running_median(values: &[f32], size: usize, out: &mut Vec<f32>) {
    out.clear();
    let (half, count) = ((size / 2) as isize, values.len() as isize);
    let at = |index: isize| {
        // Mirrored as often as it takes, for lines shorter than the window.
        let index = index.rem_euclid(2 * count);
        values[if index < count { index } else { 2 * count - 1 - index } as usize]
    };
    // The window's values in order: one leaves and one comes at each step.
    let mut window: Vec<f32> = (-half..=half).map(at).collect();
    window.sort_by(f32::total_cmp);
    for index in 0..count {
        out.push(window[half as usize]);
        let (leaving, coming) = (at(index - half), at(index + half + 1));
        let from = window.partition_point(|value| value.total_cmp(&leaving).is_lt());
        window.remove(from);
        let to = window.partition_point(|value| value.total_cmp(&coming).is_lt());
        window.insert(to, coming);
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
        let mut out = Vec::new();
        running_median(&[0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4], 5, &mut out);
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
        fn running_medians_are_medians(values in proptest::collection::vec(0_u8..20, 1..60), half in 0_usize..9) {
            let values: Vec<f32> = values.into_iter().map(f32::from).collect();
            let mut out = Vec::new();
            running_median(&values, 2 * half + 1, &mut out);
            let mirrored = |index: isize| {
                let (mut index, count) = (index, values.len() as isize);
                while !(0..count).contains(&index) {
                    index = if index < 0 { -1 - index } else { 2 * count - 1 - index };
                }
                values[index as usize]
            };
            for (index, median) in out.iter().enumerate() {
                let index = index as isize;
                let mut window: Vec<f32> = (index - half as isize..=index + half as isize).map(mirrored).collect();
                window.sort_by(f32::total_cmp);
                prop_assert_eq!(*median, window[half]);
            }
            prop_assert_eq!(out.len(), values.len());
        }
    }
}
