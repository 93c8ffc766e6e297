//! Phase 1 of a contrastive model: segments of one recording, wherever they come from in it, are drawn together, those of
//! other recordings pushed apart.
//!
//! Loss, for each pair (i, p) of rows of one recording: −log(exp(sᵢₚ/τ) / (exp(sᵢₚ/τ) + Σₙ exp(sᵢₙ/τ))), with s the cosine
//! similarity of two points, τ the temperature and n over the rows of all other recordings (NT-Xent: Chen et al. 2020; several
//! positives as in Khosla et al. 2020, without the other positives below the line). The same, with −d²/2 in place of the cosine,
//! on the means of each window's rows, since tracks are compared by means too: a window whose points scatter has its mean
//! near the middle of the sphere, near to everything, and learns not to.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::Setting;
use super::checkpoint::{Keeper, load_module, module_bytes, optimiser_bytes, optimiser_from};
use super::epochs::{self, Batches, Learner, Plan, Point};
use super::phase_one::scalar;
use crate::model::augment;
use crate::model::contrastive::{BandStatistics, SHORTEST};
use crate::model::data::{TrainingTrack, shuffled};
use crate::model::embedder::values;
use crate::model::windows::{self, Rows};
use crate::model::{Contrastive, ModelError, Phase, PhaseChoice, Positives, TrainingEvent};

/// Rows that validation looks at in one go.
const VALIDATION_ROWS: usize = 256;
/// Segments of a window that validation averages.
const VALIDATION_SEGMENTS: usize = 7;
/// Tracks whose bands tell what the input is scaled by.
const SAMPLE: usize = 256;
/// Part of the steps in which the learning rate rises.
const WARM_UP: f64 = 0.1;
/// Gradients longer than this are shortened to it.
const LONGEST_GRADIENT: f32 = 5.0;

/// Trains encoder and embedding, or reads the finished ones; the decoder is blank. Without autodiff.
pub(super) fn run(
    setting: &Setting<'_>,
    keeper: &mut Keeper,
    on_event: &mut dyn FnMut(TrainingEvent),
) -> Result<Contrastive, ModelError> {
    let plain = &setting.device.device;
    let blank = Contrastive::blank(setting.config, plain);
    if keeper.state().phase_one_done {
        return load_module(blank, keeper.phase_one()?);
    }
    if setting.spec.phases == PhaseChoice::Two {
        return Err(ModelError::NoPhaseOne(setting.spec.name.clone()));
    }
    if setting.config.grid.frames < SHORTEST {
        return Err(ModelError::Setting {
            setting: "the segment",
            value: format!("{} frames", setting.config.grid.frames),
            allowed: "at least 40 frames for this architecture",
        });
    }
    let spec = &setting.spec.contrast;
    if groups(&setting.split.training, spec.positives).len() < 2 {
        return Err(ModelError::NoTracks("telling recordings or artists apart needs two or more of them".to_owned()));
    }
    let steps = spec.steps_per_epoch.clamp(1, spec.steps);
    let plan = Plan { phase: Phase::Contrast, epochs: spec.steps.div_ceil(steps), steps, patience: 0 };
    let statistics = band_statistics(setting)?;
    let network = Contrastive::new(setting.config, &statistics, setting.spec.seed, &plain.clone().autodiff());
    let optimiser = AdamWConfig::new()
        .with_epsilon(1e-8)
        .with_weight_decay(spec.weight_decay as f32)
        .with_grad_clipping(Some(burn::grad_clipping::GradientClippingConfig::Norm(LONGEST_GRADIENT)))
        .init();
    let validation =
        windows::of_validation(setting.source, &setting.split.validation, setting.config, VALIDATION_SEGMENTS)?;
    let mut learner = Contrast { setting, network, optimiser, validation, total: plan.epochs * plan.steps };
    let best = epochs::run(setting, &mut learner, &plan, keeper, on_event)?;
    keeper.keep_phase_one(&best)?;
    load_module(blank, best)
}

struct Contrast<'a> {
    setting: &'a Setting<'a>,
    network: Contrastive,
    optimiser: ModuleOptimizer,
    /// Windows of the validation tracks, two of each one after the other.
    validation: Rows,
    total: usize,
}

impl<'a> Learner<'a> for Contrast<'a> {
    type Batch = Rows;

    fn batches(&self, epoch: usize, done: usize) -> Batches<'a, Rows> {
        let (setting, spec) = (self.setting, &self.setting.spec.contrast);
        let steps = spec.steps_per_epoch.clamp(1, spec.steps);
        let groups = groups(&setting.split.training, spec.positives);
        let wanted = spec.recordings.min(groups.len());
        Box::new((done..steps).map(move |step| {
            // Steps count through all epochs, so every one of them draws anew.
            let at = (epoch - 1) * steps + step;
            let chosen = shuffled(groups.len(), setting.spec.seed, at, 4).into_iter().take(wanted);
            let mut random = windows::generator(setting.spec.seed, at, 5);
            let chosen: Vec<_> = chosen.map(|index| two_of(&groups[index], &mut random)).collect();
            let mut rows = windows::draw(setting.source, &chosen, setting.config, spec.segments, &mut random)?;
            augment::apply(&spec.augmentation, &mut rows.values, setting.config, &mut random);
            Ok(rows)
        }))
    }

    fn step(&mut self, batch: Rows, at: usize) -> Result<Point, ModelError> {
        let spec = &self.setting.spec.contrast;
        let device = self.setting.device.device.clone().autodiff();
        let rows = batch.len(self.setting.config);
        let points = self.network.points(batch.tensor(self.setting.config, &device));
        let (segments, similarity) = loss(points.clone(), spec.segments, spec.temperature);
        let mut total = segments;
        if spec.mean_weight > 0.0 && spec.segments >= 2 {
            let (means, _) = loss(window_means(points, spec.segments), 2, spec.temperature);
            total = total + means.mul_scalar(spec.mean_weight);
        }
        let gradients = GradientsParams::from_grads(total.backward(), &self.network);
        let rate = learning_rate(spec.learning_rate, at, self.total);
        self.network = self.optimiser.step(rate, self.network.clone(), gradients);
        let accuracy = nearest_is_of_group(&values(similarity.inner())?, rows, spec.segments);
        Ok(Point { loss: scalar(total.inner())?, accuracy, rows })
    }

    /// Loss: 1 − the mean reciprocal rank of a window's other half among all windows, by the mean of its segments;
    /// accuracy: how often it is first.
    fn validate(&self) -> Result<Option<Point>, ModelError> {
        let config = self.setting.config;
        let rows = self.validation.len(config);
        let windows = rows / VALIDATION_SEGMENTS;
        if windows < 4 {
            return Ok(None);
        }
        let network = self.network.valid();
        let mut points = Vec::new();
        for start in (0..rows).step_by(VALIDATION_ROWS) {
            self.setting.control.checkpoint()?;
            let chunk = self.validation.slice(config, start..(start + VALIDATION_ROWS).min(rows));
            points.extend(values(network.points(chunk.tensor(config, &self.setting.device.device)))?);
        }
        let means: Vec<Vec<f64>> = points
            .chunks_exact(config.embedding * VALIDATION_SEGMENTS)
            .map(|window| mean(window, config.embedding))
            .collect();
        let ranks: Vec<usize> = (0..windows).map(|window| rank_of_other_half(&means, window)).collect();
        let reciprocal = ranks.iter().map(|rank| 1.0 / *rank as f64).sum::<f64>() / windows as f64;
        let first = ranks.iter().filter(|rank| **rank == 1).count() as f32 / windows as f32;
        Ok(Some(Point { loss: (1.0 - reciprocal) as f32, accuracy: first, rows: windows }))
    }

    fn weights(&self) -> Result<Vec<u8>, ModelError> {
        module_bytes(&self.network)
    }

    fn optimiser(&self) -> Result<Vec<u8>, ModelError> {
        optimiser_bytes(&self.optimiser)
    }

    fn resume(&mut self, weights: Vec<u8>, optimiser: Vec<u8>) -> Result<(), ModelError> {
        self.network = load_module(self.network.clone(), weights)?;
        self.optimiser = optimiser_from(self.optimiser.clone(), optimiser)?;
        Ok(())
    }
}

/// The tracks that belong together, group by group: each alone, or all of an artist's.
fn groups(tracks: &[TrainingTrack], positives: Positives) -> Vec<Vec<&TrainingTrack>> {
    match positives {
        Positives::Recording => tracks.iter().map(|track| vec![track]).collect(),
        Positives::Artist => {
            let mut artists: BTreeMap<&str, Vec<&TrainingTrack>> = BTreeMap::new();
            for track in tracks {
                artists.entry(&track.artist).or_default().push(track);
            }
            artists.into_values().collect()
        }
    }
}

/// Two tracks of a group: different ones where it has two.
fn two_of<'a>(group: &[&'a TrainingTrack], random: &mut ChaCha8Rng) -> [&'a TrainingTrack; 2] {
    let first = random.random_range(0..group.len());
    let step = if group.len() > 1 { random.random_range(1..group.len()) } else { 0 };
    [group[first], group[(first + step) % group.len()]]
}

/// The rate of step `at` of `total`: rises in a straight line, then falls to nothing along half a cosine (Loshchilov and
/// Hutter 2017).
fn learning_rate(highest: f64, at: usize, total: usize) -> f64 {
    let done = at as f64 / total.max(1) as f64;
    if done < WARM_UP {
        return highest * done / WARM_UP;
    }
    let fallen = (done - WARM_UP) / (1.0 - WARM_UP);
    // Never quite nothing, which the optimiser would refuse.
    (highest * 0.5 * (1.0 + (std::f64::consts::PI * fallen).cos())).max(highest * 1e-4)
}

/// The loss of points, `group` rows after one another of each recording: a single value, and rows × rows similarities,
/// −d²/2 divided by the temperature, which for unit points is their cosine less 1.
fn loss(points: Tensor<2>, group: usize, temperature: f64) -> (Tensor<1>, Tensor<2>) {
    let [rows, _] = points.dims();
    let device = points.device();
    let squares = points.clone().square().sum_dim(1).mul_scalar(0.5);
    let products = points.clone().matmul(points.transpose());
    let similarity = (products - squares.clone() - squares.transpose()).div_scalar(temperature);
    let (same, positives) = masks(rows, group, &device);
    let powers = similarity.clone().exp();
    let others = (powers.clone() * same.neg().add_scalar(1.0)).sum_dim(1);
    let each = (powers + others).log() - similarity.clone();
    let pairs = (rows * (group - 1)).max(1) as f64;
    ((each * positives).sum().div_scalar(pairs), similarity)
}

/// rows × rows each: 1 where two rows are of one recording, and the same without the diagonal.
fn masks(rows: usize, group: usize, device: &Device) -> (Tensor<2>, Tensor<2>) {
    let same = |i: usize, j: usize| if i / group == j / group { 1.0_f32 } else { 0.0 };
    let table = |value: &dyn Fn(usize, usize) -> f32| {
        let values: Vec<f32> = (0..rows * rows).map(|at| value(at / rows, at % rows)).collect();
        Tensor::from_data(TensorData::new(values, [rows, rows]), device)
    };
    (table(&same), table(&|i, j| if i == j { 0.0 } else { same(i, j) }))
}

/// The mean of each window's points: rows alternate between the two windows of their recording.
fn window_means(points: Tensor<2>, group: usize) -> Tensor<2> {
    let [rows, dim] = points.dims();
    let recordings = rows / group;
    let even = group / 2 * 2;
    let pairs = points.reshape([recordings, group, dim]).slice(burn::tensor::s![.., 0..even, ..]);
    pairs.reshape([recordings, even / 2, 2 * dim]).mean_dim(1).reshape([recordings * 2, dim])
}

/// Share of rows whose most similar other row is of their recording.
fn nearest_is_of_group(similarity: &[f32], rows: usize, group: usize) -> f32 {
    let nearest = |row: usize| {
        let others = similarity[row * rows..(row + 1) * rows].iter().enumerate().filter(|(other, _)| *other != row);
        others.max_by(|a, b| a.1.total_cmp(b.1)).map(|(other, _)| other)
    };
    let right = (0..rows).filter(|row| nearest(*row).is_some_and(|other| other / group == row / group)).count();
    right as f32 / rows.max(1) as f32
}

fn mean(points: &[f32], dim: usize) -> Vec<f64> {
    let count = (points.len() / dim).max(1) as f64;
    let mut sums = vec![0.0; dim];
    for point in points.chunks_exact(dim) {
        sums.iter_mut().zip(point).for_each(|(sum, value)| *sum += f64::from(*value) / count);
    }
    sums
}

/// Place of a window's other half among all other windows, from 1; of equals the worst.
fn rank_of_other_half(means: &[Vec<f64>], window: usize) -> usize {
    let distance =
        |other: usize| -> f64 { means[window].iter().zip(&means[other]).map(|(a, b)| (a - b) * (a - b)).sum() };
    let half = distance(window ^ 1);
    (0..means.len()).filter(|other| *other != window && *other != window ^ 1 && distance(*other) <= half).count() + 1
}

/// Mean and deviation of every mel band over a seeded sample of the training set.
fn band_statistics(setting: &Setting<'_>) -> Result<BandStatistics, ModelError> {
    let (tracks, bands) = (&setting.split.training, setting.config.bands);
    let (mut sums, mut squares, mut count) = (vec![0.0_f64; bands], vec![0.0_f64; bands], 0.0_f64);
    let mut values = Vec::new();
    for index in shuffled(tracks.len(), setting.spec.seed, 0, 1).into_iter().take(SAMPLE) {
        setting.control.checkpoint()?;
        let track = tracks[index].view(setting.spec.seed, 0);
        values.clear();
        setting.source.read(track.id, track.frames, &mut values)?;
        for frame in values.chunks_exact(bands) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DeviceChoice;
    use crate::model::resolve_device;

    fn points(values: &[[f32; 2]]) -> Tensor<2> {
        let device = resolve_device(DeviceChoice::Cpu).unwrap().device;
        let flat: Vec<f32> = values.iter().flatten().copied().collect();
        Tensor::from_data(TensorData::new(flat, [values.len(), 2]), &device)
    }

    #[test]
    fn the_loss_is_what_its_formula_gives() {
        // Two recordings of two rows each: s = 1 within the first, 0 within the second; 0, 1, 0, 1 between them.
        let rows = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]];
        let (value, _) = loss(points(&rows), 2, 0.5);
        let pair = |positive: f64, negatives: [f64; 2]| {
            let power = |s: f64| (s / 0.5).exp();
            -(power(positive) / (power(positive) + negatives.map(power).iter().sum::<f64>())).ln()
        };
        let expected = (pair(1.0, [0.0, 1.0]) * 2.0 + pair(0.0, [0.0, 0.0]) + pair(0.0, [1.0, 1.0])) / 4.0;
        assert!((f64::from(scalar(value).unwrap()) - expected).abs() < 1e-5);
        // Off the sphere the distance counts: −2²/2, divided by the temperature.
        let (_, similarity) = loss(points(&[[0.0, 0.0], [2.0, 0.0]]), 1, 0.5);
        assert_eq!(values(similarity).unwrap(), [0.0, -4.0, -4.0, 0.0]);
    }

    #[test]
    fn an_artists_pairs_are_of_different_tracks() {
        let track = |id, artist: &str| TrainingTrack {
            id: crate::domain::TrackId(id),
            artist: artist.to_owned(),
            frames: 0..1_500,
        };
        let tracks = [track(1, "a"), track(2, "b"), track(3, "a"), track(4, "a")];
        assert_eq!(groups(&tracks, Positives::Recording).len(), 4);
        let artists = groups(&tracks, Positives::Artist);
        assert_eq!(artists.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
        for seed in 0..50 {
            let mut random = windows::generator(seed, 0, 0);
            let [one, other] = two_of(&artists[0], &mut random);
            assert!(one.id != other.id && one.artist == other.artist);
            assert_eq!(two_of(&artists[1], &mut random).map(|track| track.id.0), [2, 2]);
        }
    }

    #[test]
    fn windows_are_averaged_apart() {
        let rows = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]];
        let means = values(window_means(points(&rows), 4)).unwrap();
        assert_eq!(means, [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn the_rate_rises_falls_and_never_vanishes() {
        let rates: Vec<f64> = (1..=100).map(|at| learning_rate(1.0, at, 100)).collect();
        assert!(rates[..9].windows(2).all(|pair| pair[0] < pair[1]));
        assert!(rates[10..].windows(2).all(|pair| pair[0] >= pair[1]));
        assert!((rates[9] - 1.0).abs() < 1e-9 && rates[99] > 0.0);
    }

    #[test]
    fn a_tie_is_no_hit() {
        let means = vec![vec![0.0], vec![1.0], vec![-1.0], vec![-1.5]];
        assert_eq!(rank_of_other_half(&means, 0), 2);
        assert_eq!(rank_of_other_half(&means, 3), 1);
        assert_eq!(nearest_is_of_group(&[0.0, 0.9, 0.1, 0.9, 0.0, 0.2, 0.1, 0.2, 0.0], 3, 2), 2.0 / 3.0);
    }
}
