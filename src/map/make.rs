//! Makes a map: projection, placement of what is too much for it, clusters, quality.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::clusters::clusters;
use super::projection::{Epoch, Projection};
use super::quality::{kl_divergence, recall};
use super::{MapError, MapLayout, MapPoint, MapSettings, Placer, TSne};
use crate::domain::{Control, TrackId};

/// A map in the making.
#[derive(Debug, Clone, Copy)]
pub struct MapProgress<'a> {
    pub epoch: usize,
    pub epochs: usize,
    /// The tracks laid out by the projection itself, in the order of `positions`.
    pub tracks: &'a [TrackId],
    pub positions: &'a [[f32; 2]],
}

/// Lays out `points` (one mean for each track) by t-SNE. Where there are more than the settings' limit, a seeded sample
/// is laid out, the rest placed between its neighbours and marked as approximate.
///
/// # Errors
/// [`MapError`]
pub fn layout(
    model: &str,
    points: &[(TrackId, Vec<f32>)],
    settings: &MapSettings,
    control: &Control,
    on_progress: &mut dyn FnMut(MapProgress<'_>),
) -> Result<MapLayout, MapError> {
    let dim = points.first().map_or(0, |(_, point)| point.len());
    if points.iter().any(|(_, point)| point.len() != dim) {
        return Err(MapError::Dimension);
    }
    let sample = sample(points.len(), settings);
    let tracks: Vec<TrackId> = sample.iter().map(|index| points[*index].0).collect();
    let chosen: Vec<&[f32]> = sample.iter().map(|index| points[*index].1.as_slice()).collect();
    let mut on_epoch = |state: Epoch<'_>| {
        let Epoch { epoch, epochs, positions } = state;
        on_progress(MapProgress { epoch, epochs, tracks: &tracks, positions });
    };
    let tsne = TSne { perplexity: settings.perplexity };
    let projected = tsne.project(&chosen, settings.seed, control, &mut on_epoch)?;
    let kl = kl_divergence(&chosen, &projected.positions, settings.perplexity, control)?;
    let recall_10 = recall(&chosen, &projected.positions, 10, control)?;

    let laid_out: std::collections::HashMap<usize, [f32; 2]> =
        sample.iter().copied().zip(projected.positions.iter().copied()).collect();
    let placer = Placer::of(chosen.iter().map(|point| point.to_vec()).collect(), projected.positions.clone());
    let placed: Vec<([f32; 2], bool)> = points
        .par_iter()
        .enumerate()
        .map(|(index, (_, point))| {
            control.checkpoint()?;
            let exact = laid_out.get(&index);
            Ok(exact.map_or_else(|| (placer.place(point), true), |position| (*position, false)))
        })
        .collect::<Result<_, MapError>>()?;
    let all: Vec<&[f32]> = points.iter().map(|(_, point)| point.as_slice()).collect();
    let clusters = clusters(&all, settings.seed, control)?;
    let points = points
        .iter()
        .zip(placed)
        .zip(clusters)
        .map(|(((track, _), ([x, y], approximate)), cluster)| MapPoint { track: *track, x, y, approximate, cluster })
        .collect();
    Ok(MapLayout {
        model: model.to_owned(),
        settings: settings.clone(),
        method: projected.method.to_owned(),
        kl,
        recall_10,
        points,
    })
}

/// The points that t-SNE lays out: all of them, or as many as the settings allow, drawn by their seed.
fn sample(count: usize, settings: &MapSettings) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..count).collect();
    if count > settings.exact_limit {
        indices.shuffle(&mut ChaCha8Rng::seed_from_u64(settings.seed));
        indices.truncate(settings.exact_limit);
        indices.sort_unstable();
    }
    indices
}
