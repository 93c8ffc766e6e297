//! What the first weights are drawn for and inputs are scaled by, from a seeded sample of the training set.

use burn::tensor::{Tensor, TensorData};
use ndarray::Array2;

use super::Setting;
use crate::model::ModelError;
use crate::model::axes::PrincipalAxes;
use crate::model::contrastive::BandStatistics;
use crate::model::data::{read_batch, shuffled};
use crate::model::dense::Statistics;
use crate::model::discriminant::Scatter;
use crate::model::embedder::values;
use crate::model::measured::{self, Axes};
use crate::model::{augment, inputs, windows};

/// Tracks in the sample.
const SAMPLE: usize = 256;
/// Recordings that the axes of what is measured tell apart, at most.
const RECORDINGS: usize = 2_048;
/// Segments of each pair of windows of a recording.
const PER_PAIR: usize = 12;

/// Calls `each` with the segments of one track after the other of a seeded sample of `count` training tracks at most: rows, and
/// rows × H·W values.
fn sample(
    setting: &Setting<'_>,
    count: usize,
    each: &mut dyn FnMut(usize, Vec<f32>) -> Result<(), ModelError>,
) -> Result<(), ModelError> {
    let (config, tracks) = (setting.config, &setting.split.training);
    for index in shuffled(tracks.len(), setting.spec.seed, 0, 1).into_iter().take(count) {
        setting.control.checkpoint()?;
        let track = tracks[index].view(setting.spec.seed, 0);
        let batch = read_batch(setting.source, &[&track], config.grid, config.source_bands())?;
        each(batch.rows, inputs::target(&batch.values, config))?;
    }
    Ok(())
}

/// Mean and spread of the segments of a seeded sample of the training set.
pub(super) fn segment_statistics(setting: &Setting<'_>) -> Result<Statistics, ModelError> {
    let size = setting.config.segment_len();
    let (mut sums, mut squares, mut rows) = (vec![0.0_f64; size], 0.0_f64, 0);
    sample(setting, SAMPLE, &mut |count, segments| {
        for row in segments.chunks_exact(size) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += f64::from(*value);
                squares += f64::from(*value).powi(2);
            }
        }
        rows += count;
        Ok(())
    })?;
    let count = rows.max(1) as f64;
    let mean: Vec<f64> = sums.into_iter().map(|sum| sum / count).collect();
    let variance = squares / count - mean.iter().map(|value| value * value).sum::<f64>();
    let spread = variance.max(0.0).sqrt() as f32;
    Ok(Statistics { mean: mean.into_iter().map(|value| value as f32).collect(), spread })
}

/// The principal axes of the segments of the sample.
pub(super) fn principal_axes(setting: &Setting<'_>) -> Result<PrincipalAxes, ModelError> {
    let (size, count) = (setting.config.segment_len(), setting.config.encoding);
    let mut segments = Vec::new();
    sample(setting, SAMPLE, &mut |_, of_track| {
        segments.extend(of_track);
        Ok(())
    })?;
    // Whole segments alone come out of a batch, so that the shape fits.
    let segments = Array2::from_shape_vec((segments.len() / size, size), segments)
        .map_err(|error| ModelError::NoTracks(error.to_string()))?;
    Ok(PrincipalAxes::of(segments, count, setting.spec.seed, &mut || setting.control.checkpoint())?)
}

/// The axes along which segments are measured, where the model measures any, from segments of recordings of the training set: as
/// they are, and changed as the network must not mind.
pub(super) fn measured_axes(setting: &Setting<'_>) -> Result<Option<Axes>, ModelError> {
    let (config, tracks) = (setting.config, &setting.split.training);
    if config.measured_values() == 0 {
        return Ok(None);
    }
    let augmentation = &setting.spec.contrast.augmentation;
    let mut scatter = Scatter::new(measured::VALUES);
    for (place, index) in shuffled(tracks.len(), setting.spec.seed, 0, 1).into_iter().take(RECORDINGS).enumerate() {
        setting.control.checkpoint()?;
        let track = &tracks[index];
        let mut random = windows::generator(setting.spec.seed, place, 7);
        // Twice two windows that do not overlap.
        let pairs = [[track, track]; 2];
        let drawn = windows::draw(setting.source, &pairs, config, PER_PAIR, augmentation.stretch, 0.0, &mut random)?;
        let mut changed = drawn.clone();
        augment::apply(augmentation, &mut changed.values, 2 * PER_PAIR, config, &mut random);
        let mut both = Vec::new();
        for rows in [drawn, changed] {
            let segments = inputs::target(&rows.values, config);
            let shape = [rows.len(config), config.grid.frames, config.bands];
            let segments = Tensor::from_data(TensorData::new(segments, shape), &setting.device.device);
            both.extend(values(measured::measure(segments))?);
        }
        scatter.add(&both);
    }
    setting.control.checkpoint()?;
    Ok(Some(scatter.axes(config.measured_values())))
}

/// Mean and deviation of every band of the input.
pub(super) fn band_statistics(setting: &Setting<'_>) -> Result<BandStatistics, ModelError> {
    let (tracks, bands) = (&setting.split.training, setting.config.channels());
    let (mut sums, mut squares, mut count) = (vec![0.0_f64; bands], vec![0.0_f64; bands], 0.0_f64);
    for index in shuffled(tracks.len(), setting.spec.seed, 0, 1).into_iter().take(SAMPLE) {
        setting.control.checkpoint()?;
        let track = tracks[index].view(setting.spec.seed, 0);
        let mut values = Vec::new();
        setting.source.read(track.id, track.frames, &mut values)?;
        // Whole segments, as the layers of the input are made of them.
        values.truncate(values.len() / setting.config.source_len() * setting.config.source_len());
        for frame in inputs::stack(values, setting.config).chunks_exact(bands) {
            for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(frame) {
                *sum += f64::from(*value);
                *square += f64::from(*value).powi(2);
            }
            count += 1.0;
        }
    }
    let count = count.max(1.0);
    let deviation = |(sum, square): (&f64, &f64)| {
        let mean = sum / count;
        // A band that never moves says nothing; it must not be blown up either.
        ((square / count - mean * mean).max(0.0).sqrt() as f32).max(0.02)
    };
    Ok(BandStatistics {
        mean: sums.iter().map(|sum| (sum / count) as f32).collect(),
        deviation: sums.iter().zip(&squares).map(deviation).collect(),
    })
}
