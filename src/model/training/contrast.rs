//! Phase 1 of a contrastive model: segments of one recording, wherever they come from in it, are drawn together, those of
//! other recordings pushed apart.
//!
//! The loss ([`losses`]) is taken of single segments and, weighted, of the means of each window's segments, since tracks are
//! compared by means too: a window whose points scatter has its mean near the middle of the sphere, near to everything, and
//! learns not to.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::optim::AdamWConfig;
use burn::tensor::Tensor;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::Setting;
use super::checkpoint::{Keeper, load_module};
use super::epochs::{self, Batches, Learner, Plan, Point};
use super::losses;
use super::phase_one::scalar;
use super::pupil::Pupil;
use super::statistics::{band_statistics, measured_axes};
use crate::model::data::{TrainingTrack, shuffled};
use crate::model::embedder::values;
use crate::model::windows::{self, Rows};
use crate::model::{
    Architecture, Augmentation, Contrastive, Loss, ModelError, Negatives, Phase, PhaseChoice, Positives, TrainingEvent,
};
use crate::model::{augment, variation};

/// Rows that validation looks at in one go.
const VALIDATION_ROWS: usize = 256;
/// Segments of a window that validation averages.
const VALIDATION_SEGMENTS: usize = 7;
/// No album fills more than this part of a batch while there are others.
const ALBUM_PART: usize = 16;
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
    let spec = &setting.spec.contrast;
    if groups(&setting.split.training, setting.spec.positives).len() < 2 {
        return Err(ModelError::NoTracks("telling recordings or artists apart needs two or more of them".to_owned()));
    }
    let steps = spec.steps_per_epoch.clamp(1, spec.steps);
    let plan = Plan { phase: Phase::Contrast, epochs: spec.steps.div_ceil(steps), steps, patience: 0 };
    let statistics = band_statistics(setting)?;
    let device = plain.clone().autodiff();
    let axes = measured_axes(setting)?;
    let mut network = Contrastive::new(setting.config, &statistics, axes.as_ref(), setting.spec.seed, &device);
    if let Some(ears) = setting.ears(&device)? {
        (network.mean, network.deviation, network.layers) = (ears.mean, ears.deviation, ears.layers);
    }
    let optimiser = AdamWConfig::new()
        .with_epsilon(1e-8)
        .with_weight_decay(spec.weight_decay as f32)
        .with_grad_clipping(Some(burn::grad_clipping::GradientClippingConfig::Norm(LONGEST_GRADIENT)))
        .init();
    let (validation, artists) =
        windows::of_validation(setting.source, &setting.split.validation, setting.config, VALIDATION_SEGMENTS)?;
    let pupil = Pupil { network, optimiser };
    let mut learner = Contrast { setting, pupil, validation, artists, total: plan.epochs * plan.steps };
    let best = epochs::run(setting, &mut learner, &plan, keeper, on_event)?;
    keeper.keep_phase_one(&best)?;
    load_module(blank, best)
}

/// Segments, as many of each group, and the groups' labels.
struct Drawn {
    rows: Rows,
    labels: Vec<usize>,
}

struct Contrast<'a> {
    setting: &'a Setting<'a>,
    pupil: Pupil<Contrastive>,
    /// Windows of the validation tracks, two of each one after the other.
    validation: Rows,
    /// The artist of each of those tracks.
    artists: Vec<&'a str>,
    total: usize,
}

impl<'a> Learner<'a> for Contrast<'a> {
    type Batch = Drawn;

    fn batches(&self, epoch: usize, done: usize) -> Batches<'a, Drawn> {
        let (setting, spec) = (self.setting, &self.setting.spec.contrast);
        let steps = spec.steps_per_epoch.clamp(1, spec.steps);
        // Taken in turn, step by step.
        let kinds: &[Positives] = match setting.spec.positives {
            Positives::Recording => &[Positives::Recording],
            Positives::Artist => &[Positives::Artist],
            Positives::Both => &[Positives::Recording, Positives::Artist],
        };
        let kinds: Vec<_> = kinds
            .iter()
            .map(|kind| {
                let groups = groups(&setting.split.training, *kind);
                let labels = labels(&groups, spec.negatives);
                (groups, labels)
            })
            .collect();
        Box::new((done..steps).map(move |step| {
            // Steps count through all epochs, so every one of them draws anew.
            let at = (epoch - 1) * steps + step;
            let (groups, labels) = &kinds[at % kinds.len()];
            let wanted = spec.recordings.min(groups.len());
            let order = shuffled(groups.len(), setting.spec.seed, at, 4);
            let chosen = mixed(&order, wanted, |index| groups[index][0].album.as_deref());
            let labels = chosen.iter().map(|index| labels[*index]).collect();
            let mut random = windows::generator(setting.spec.seed, at, 5);
            let chosen: Vec<_> = chosen.into_iter().map(|index| two_of(&groups[index], &mut random)).collect();
            let (augmentation, config, each) = (&spec.augmentation, setting.config, spec.segments);
            let Augmentation { stretch, variation, .. } = *augmentation;
            let mut rows = windows::draw(setting.source, &chosen, config, each, stretch, variation, &mut random)?;
            variation::apply(variation, &mut rows.values, each, config, &mut random);
            augment::apply(augmentation, &mut rows.values, each, config, &mut random);
            Ok(Drawn { rows, labels })
        }))
    }

    fn step(&mut self, batch: Drawn, at: usize) -> Result<Point, ModelError> {
        let spec = &self.setting.spec.contrast;
        let loss = loss_of(self.setting);
        let device = self.setting.device.device.clone().autodiff();
        let rows = batch.rows.len(self.setting.config);
        let points = self.pupil.network.points(batch.rows.tensor(self.setting.config, &device));
        let (mut total, squared) = losses::of(loss, spec, points.clone(), &batch.labels);
        if spec.mean_weight > 0.0 {
            let (means, _) = losses::of(loss, spec, window_means(points, spec.segments), &batch.labels);
            total = total + means.mul_scalar(spec.mean_weight);
        }
        self.pupil.learn(total.clone(), learning_rate(spec.learning_rate, at, self.total));
        let accuracy = nearest_is_of_group(&values(squared.inner())?, rows, spec.segments);
        Ok(Point { loss: scalar(total.inner())?, accuracy, rows })
    }

    /// Loss: 1 − the mean of two mean reciprocal ranks, by the means of windows' segments: that of the other window of the
    /// recording among all, and that of the first window of another recording by the artist, where there is one. The first
    /// alone would be content with what tells a recording. Accuracy: how often the other window is first.
    fn validate(&self) -> Result<Option<Point>, ModelError> {
        let config = self.setting.config;
        let rows = self.validation.len(config);
        let windows = rows / VALIDATION_SEGMENTS;
        if windows < 4 {
            return Ok(None);
        }
        let network = self.pupil.network.valid();
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
        let recordings: Vec<usize> = (0..windows).map(|window| rank_of_other_half(&means, window)).collect();
        let artists =
            (0..windows).filter_map(|window| rank_of_artist(&means, &self.artists, window)).collect::<Vec<_>>();
        let first = recordings.iter().filter(|rank| **rank == 1).count() as f32 / windows as f32;
        let score = match artists.is_empty() {
            true => reciprocal(&recordings),
            false => 0.5 * (reciprocal(&recordings) + reciprocal(&artists)),
        };
        Ok(Some(Point { loss: (1.0 - score) as f32, accuracy: first, rows: windows }))
    }

    fn weights(&self) -> Result<Vec<u8>, ModelError> {
        self.pupil.weights()
    }

    fn optimiser(&self) -> Result<Vec<u8>, ModelError> {
        self.pupil.optimiser()
    }

    fn resume(&mut self, weights: Vec<u8>, optimiser: Vec<u8>) -> Result<(), ModelError> {
        self.pupil.resume(weights, optimiser)
    }
}

/// Siamese networks learn by pairs: that is what makes them so.
fn loss_of(setting: &Setting<'_>) -> Loss {
    match setting.config.architecture {
        Architecture::Siamese => Loss::Pairs,
        _ => setting.spec.contrast.loss,
    }
}

/// The tracks that belong together, group by group: each alone, or all of an artist's, of which there are fewer.
fn groups(tracks: &[TrainingTrack], positives: Positives) -> Vec<Vec<&TrainingTrack>> {
    match positives {
        Positives::Recording => tracks.iter().map(|track| vec![track]).collect(),
        Positives::Artist | Positives::Both => {
            let mut artists: BTreeMap<&str, Vec<&TrainingTrack>> = BTreeMap::new();
            for track in tracks {
                artists.entry(&track.artist).or_default().push(track);
            }
            artists.into_values().collect()
        }
    }
}

/// What each group must not be pushed away from: groups of the same label.
fn labels(groups: &[Vec<&TrainingTrack>], negatives: Negatives) -> Vec<usize> {
    match negatives {
        Negatives::Recordings => (0..groups.len()).collect(),
        Negatives::Artists => {
            let mut artists: BTreeMap<&str, usize> = BTreeMap::new();
            let mut labels = Vec::with_capacity(groups.len());
            for (index, group) in groups.iter().enumerate() {
                labels.push(group.first().map_or(index, |track| *artists.entry(&track.artist).or_insert(index)));
            }
            labels
        }
    }
}

/// The first `wanted` of `order` that keep any one album from filling the batch; then others, where that leaves room.
fn mixed<'a>(order: &[usize], wanted: usize, album: impl Fn(usize) -> Option<&'a str>) -> Vec<usize> {
    let most = wanted.div_ceil(ALBUM_PART);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut chosen, mut left) = (Vec::with_capacity(wanted), Vec::new());
    for index in order {
        let count = album(*index).map(|album| counts.entry(album).or_default());
        match count {
            Some(count) if *count >= most => left.push(*index),
            Some(count) => {
                *count += 1;
                chosen.push(*index);
            }
            None => chosen.push(*index),
        }
        if chosen.len() == wanted {
            return chosen;
        }
    }
    left.truncate(wanted - chosen.len());
    chosen.extend(left);
    chosen
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

/// The mean of each window's points: rows alternate between the two windows of their recording.
fn window_means(points: Tensor<2>, group: usize) -> Tensor<2> {
    let [rows, dim] = points.dims();
    let recordings = rows / group;
    let even = group / 2 * 2;
    let pairs = points.reshape([recordings, group, dim]).slice(burn::tensor::s![.., 0..even, ..]);
    pairs.reshape([recordings, even / 2, 2 * dim]).mean_dim(1).reshape([recordings * 2, dim])
}

/// Share of rows whose nearest other row is of their recording.
fn nearest_is_of_group(distances: &[f32], rows: usize, group: usize) -> f32 {
    let nearest = |row: usize| {
        let others = distances[row * rows..(row + 1) * rows].iter().enumerate().filter(|(other, _)| *other != row);
        others.min_by(|a, b| a.1.total_cmp(b.1)).map(|(other, _)| other)
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

/// Mean of 1 / rank.
fn reciprocal(ranks: &[usize]) -> f64 {
    ranks.iter().map(|rank| 1.0 / *rank as f64).sum::<f64>() / ranks.len().max(1) as f64
}

/// Place of a window's other half among all other windows, from 1; of equals the worst. Windows of a recording stand side by
/// side.
fn rank_of_other_half(means: &[Vec<f64>], window: usize) -> usize {
    let half = squared_distance(means, window, window ^ 1);
    let others = (0..means.len()).filter(|other| other / 2 != window / 2);
    others.filter(|other| squared_distance(means, window, *other) <= half).count() + 1
}

/// Place of the nearest window of another recording by the same artist among those of all other recordings, from 1; of equals
/// the worst. `artists` has that of each recording.
fn rank_of_artist(means: &[Vec<f64>], artists: &[&str], window: usize) -> Option<usize> {
    let others = || (0..means.len()).filter(|other| other / 2 != window / 2);
    let alike = |other: &usize| artists.get(other / 2) == artists.get(window / 2);
    let distance = |other: usize| squared_distance(means, window, other);
    let nearest = others().filter(alike).map(distance).min_by(f64::total_cmp)?;
    Some(others().filter(|other| !alike(other) && distance(*other) <= nearest).count() + 1)
}

fn squared_distance(means: &[Vec<f64>], one: usize, other: usize) -> f64 {
    means[one].iter().zip(&means[other]).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;

    use crate::domain::DeviceChoice;
    use crate::model::resolve_device;

    fn points(values: &[[f32; 2]]) -> Tensor<2> {
        let device = resolve_device(DeviceChoice::Cpu).unwrap().device;
        let flat: Vec<f32> = values.iter().flatten().copied().collect();
        Tensor::from_data(TensorData::new(flat, [values.len(), 2]), &device)
    }

    #[test]
    fn no_album_fills_a_batch_while_there_are_others() {
        let albums = ["a", "a", "a", "a", "b", "b", "c", "d"];
        let order: Vec<usize> = (0..albums.len()).collect();
        // A sixteenth of a batch of four is one.
        assert_eq!(mixed(&order, 4, |index| Some(albums[index])), [0, 4, 6, 7]);
        assert_eq!(mixed(&order, 6, |index| Some(albums[index])), [0, 4, 6, 7, 1, 2]);
        assert_eq!(mixed(&order, 4, |_| None), [0, 1, 2, 3]);
    }

    #[test]
    fn an_artists_pairs_are_of_different_tracks() {
        let track = |id, artist: &str| TrainingTrack {
            id: crate::domain::TrackId(id),
            artist: artist.to_owned(),
            album: None,
            frames: 0..1_500,
        };
        let tracks = [track(1, "a"), track(2, "b"), track(3, "a"), track(4, "a")];
        assert_eq!(groups(&tracks, Positives::Recording).len(), 4);
        let artists = groups(&tracks, Positives::Artist);
        assert_eq!(artists.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
        let recordings = groups(&tracks, Positives::Recording);
        assert_eq!(labels(&recordings, Negatives::Recordings), [0, 1, 2, 3]);
        assert_eq!(labels(&recordings, Negatives::Artists), [0, 1, 0, 0]);
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
        // The first of each pair, 0 and −1, are by one artist, who is as near as the other's window at 1.
        let means = vec![vec![0.0], vec![5.0], vec![-1.0], vec![-9.0], vec![1.0], vec![7.0]];
        assert_eq!(rank_of_artist(&means, &["a", "a", "b"], 0), Some(2));
        assert_eq!(rank_of_artist(&means, &["a", "a", "b"], 3), Some(1));
        assert_eq!(rank_of_artist(&means, &["a", "a", "b"], 4), None);
        assert_eq!(nearest_is_of_group(&[0.0, 0.1, 0.9, 0.1, 0.0, 0.8, 0.9, 0.8, 0.0], 3, 2), 2.0 / 3.0);
    }
}
