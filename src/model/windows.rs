//! Segments from anywhere in a recording, for learning what its parts have in common.
//!
//! A 30-second file is scaled to its own loudest moment, a whole recording to that of all of it. Windows are therefore
//! scaled again, so that a segment looks as it would in a file of its window alone.

use std::ops::Range;

use burn::tensor::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::data::{SpectrogramSource, TrainingTrack};
use super::{ModelConfig, ModelError, inputs, variation};
use crate::domain::{MEL_BANDS, PREVIEW_FRAMES};

/// Segments of tracks one after the other: rows × H·W·sources.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    pub values: Vec<f32>,
}

impl Rows {
    pub fn len(&self, config: &ModelConfig) -> usize {
        self.values.len() / config.source_len()
    }

    pub fn slice(&self, config: &ModelConfig, rows: Range<usize>) -> Self {
        let size = config.source_len();
        Self { values: self.values[rows.start * size..rows.end * size].to_vec() }
    }

    pub fn tensor(self, config: &ModelConfig, device: &Device) -> Tensor<2> {
        inputs::tensor(self.values, config, device)
    }
}

/// Random numbers that a seed, a step and a purpose decide.
pub(super) fn generator(seed: u64, at: usize, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add((at as u64) << 32));
    random.set_stream(stream);
    random
}

/// Two windows of a track of so many frames: 30 s each and apart from one another where there is room, else its halves;
/// all of it twice where a half has no room for a segment.
fn pair(frames: usize, shortest: usize, random: &mut ChaCha8Rng) -> [Range<usize>; 2] {
    let slack = frames.saturating_sub(2 * PREVIEW_FRAMES);
    if frames >= 2 * PREVIEW_FRAMES {
        let before = random.random_range(0..=slack);
        let between = random.random_range(0..=slack - before);
        let second = before + PREVIEW_FRAMES + between;
        return [before..before + PREVIEW_FRAMES, second..second + PREVIEW_FRAMES];
    }
    let half = frames / 2;
    if half >= shortest { [0..half, half..frames] } else { [0..frames, 0..frames] }
}

/// A window's values, scaled so that the loudest of its middle is 1.
fn read(
    source: &dyn SpectrogramSource,
    track: &TrainingTrack,
    window: &Range<usize>,
    bands: usize,
) -> Result<Vec<f32>, ModelError> {
    let mut values = Vec::with_capacity(window.len() * bands);
    let start = track.frames.start;
    source.read(track.id, start + window.start..start + window.end, &mut values)?;
    let middle = values.chunks_exact(bands).flat_map(|frame| &frame[..MEL_BANDS.min(bands)]);
    let loudest = middle.copied().fold(0.0_f32, f32::max);
    values.iter_mut().for_each(|value| *value = (*value + 1.0 - loudest).clamp(0.0, 1.0));
    Ok(values)
}

/// One 30-second window of a track of so many frames; all of it where it is shorter.
fn single(frames: usize, random: &mut ChaCha8Rng) -> Range<usize> {
    let start = random.random_range(0..=frames.saturating_sub(PREVIEW_FRAMES));
    start..(start + PREVIEW_FRAMES).min(frames)
}

/// `count` segments of each pair of tracks, in turn from a window of the one and of the other, at random places, each
/// stretched or squeezed by up to `stretch`, a share of its length, and all of a pair by the tempo of a variation of that
/// strength. A track paired with itself gives two windows.
pub(super) fn draw(
    source: &dyn SpectrogramSource,
    pairs: &[[&TrainingTrack; 2]],
    config: &ModelConfig,
    count: usize,
    stretch: f32,
    variation: f32,
    random: &mut ChaCha8Rng,
) -> Result<Rows, ModelError> {
    let (frames, bands) = (config.grid.frames, config.source_bands());
    let mut rows = Vec::with_capacity(pairs.len() * count * config.source_len());
    for [one, other] in pairs {
        let windows = if one.id == other.id {
            pair(one.frames.len(), frames, random)
        } else {
            [single(one.frames.len(), random), single(other.frames.len(), random)]
        };
        let values = [read(source, one, &windows[0], bands)?, read(source, other, &windows[1], bands)?];
        let tempo = variation::tempo(variation, random);
        for index in 0..count {
            let window = &values[index % 2];
            let room = window.len() / bands;
            let factor = tempo * (1.0 + stretch * (2.0 * random.random::<f32>() - 1.0));
            let taken = ((frames as f32 * factor).round() as usize).clamp(2, room);
            let start = random.random_range(0..=room - taken);
            let segment = &window[start * bands..(start + taken) * bands];
            if taken == frames { rows.extend_from_slice(segment) } else { stretched(segment, bands, frames, &mut rows) }
        }
    }
    Ok(Rows { values: rows })
}

/// Appends a segment whose frames were made `frames` by linear interpolation between neighbours.
fn stretched(segment: &[f32], bands: usize, frames: usize, out: &mut Vec<f32>) {
    let last = segment.len() / bands - 1;
    for frame in 0..frames {
        let place = frame as f32 * last as f32 / (frames - 1).max(1) as f32;
        let before = (place as usize).min(last);
        let share = place - before as f32;
        let after = (before + 1).min(last);
        let pairs = segment[before * bands..(before + 1) * bands].iter().zip(&segment[after * bands..]);
        out.extend(pairs.map(|(a, b)| a + (b - a) * share));
    }
}

/// `count` segments spread over each of two windows of every track that has two, always the same ones, and the artist of each
/// of those tracks.
pub(super) fn of_validation<'a>(
    source: &dyn SpectrogramSource,
    tracks: &'a [TrainingTrack],
    config: &ModelConfig,
    count: usize,
) -> Result<(Rows, Vec<&'a str>), ModelError> {
    let (frames, bands) = (config.grid.frames, config.source_bands());
    let (mut rows, mut artists) = (Vec::new(), Vec::new());
    for track in tracks {
        let mut random = generator(track.id.0.unsigned_abs(), 0, 6);
        let windows = pair(track.frames.len(), frames, &mut random);
        if windows[0] == windows[1] {
            continue;
        }
        artists.push(track.artist.as_str());
        for window in &windows {
            let values = read(source, track, window, bands)?;
            let room = window.len() - frames;
            for index in 0..count {
                let start = room * index / (count - 1).max(1);
                rows.extend_from_slice(&values[start * bands..(start + frames) * bands]);
            }
        }
    }
    Ok((Rows { values: rows }, artists))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stretching_keeps_the_ends_and_the_line_between() {
        let segment: Vec<f32> = (0..5).flat_map(|frame| [frame as f32, 10.0]).collect();
        let mut out = Vec::new();
        stretched(&segment, 2, 9, &mut out);
        let first: Vec<f32> = out.chunks_exact(2).map(|frame| frame[0]).collect();
        assert_eq!(first, [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]);
        assert!(out.chunks_exact(2).all(|frame| frame[1] == 10.0));
    }

    proptest! {
        #[test]
        fn windows_lie_within_the_track_apart_and_hold_a_segment(frames in 200_usize..20_000, seed: u64) {
            let [first, second] = pair(frames, 200, &mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert!(second.end <= frames && first.len() >= 200 && second.len() >= 200);
            prop_assert!(first.end <= second.start || (first == second && frames < 400));
            let window = single(frames, &mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert!(window.end <= frames && window.len() == frames.min(PREVIEW_FRAMES));
        }
    }
}
