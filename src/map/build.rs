//! From the means of tracks to a finished map.

use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::domain::{Control, TrackId};
use crate::similarity::kernel::{Points, squared_norms};

use super::MapError;
use super::affinity::Affinities;
use super::cluster::clusters;
use super::layout::{MapLayout, MapPoint, MapSettings};
use super::pca::principal_positions;
use super::placer::{PLACE_NEIGHBOURS, weighted};
use super::points::{KnownNearest, Neighbours, PointSet, exact_neighbours, nearest};
use super::projection::{Problem, Projection, Watch};
use super::quality::{RECALL_NEIGHBOURS, kept, kl_divergence, lost};
use super::tsne::{BarnesHutTsne, ExactTsne};

/// Up to this many points every pair is looked at, in the layout and in its evaluation.
const ALL_PAIRS: usize = 1_000;
/// Fewer points than this have no neighbourhoods that t-SNE could keep.
const FEWEST: usize = 8;
/// Standard deviation of the starting positions along the first axis: small beside the distances on a finished map.
const START_SPREAD: f64 = 1e-4;

/// A map as it grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapProgress<'a> {
    /// Epochs finished.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// All tracks of the map.
    pub tracks: &'a [TrackId],
    /// Where each of them lies now.
    pub positions: &'a [[f32; 2]],
}

/// Lays out one point per track (the mean of its trajectory) and clusters them. The same points, settings and seed give
/// the same map, whatever the number of threads.
///
/// Up to [`MapSettings::exact_limit`] points are laid out themselves; of more, a seeded sample, and the others are placed
/// by their neighbours in it and marked approximate. The quality is that of the points laid out. Few points lower the
/// perplexity to (n − 1) / 3; under 8 points the map is their principal components.
///
/// `known` saves the search for nearest points, and changes the map in nothing but which of equally near ones counts; what is
/// of another number of points is passed over.
///
/// # Errors
/// [`MapError::Cancelled`] soon after `control` is cancelled; [`MapError`] where points are not comparable.
pub fn layout(
    model: &str,
    points: &[(TrackId, Vec<f32>)],
    settings: &MapSettings,
    known: Option<KnownNearest<'_>>,
    control: &Control,
    on_progress: &mut dyn FnMut(MapProgress<'_>),
) -> Result<MapLayout, MapError> {
    let set = PointSet::new(points)?;
    let known = known.filter(|known| known.is_of(set.len()));
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let plan = Plan::new(&set, settings.exact_limit, known, &mut rng, control)?;
    let chosen = plan.laid_out.as_ref().map(|places| set.subset(places));
    let chosen = chosen.as_ref().unwrap_or(&set);
    let tracks: Vec<TrackId> = points.iter().map(|(track, _)| *track).collect();
    // What is known of all points says nothing of a sample's nearest within the sample.
    let known = known.filter(|_| plan.laid_out.is_none());
    let finished = lay_out(chosen, settings, known, &mut rng, control, &mut |epoch, epochs, positions| {
        on_progress(MapProgress { epoch, epochs, tracks: &tracks, positions: &plan.positions_of_all(positions) });
    })?;
    let clusters = clusters(&set, settings.seed, control)?;
    let positions = plan.positions_of_all(&finished.positions);
    let points =
        points.iter().zip(positions).zip(clusters).enumerate().map(|(place, (((track, _), [x, y]), cluster))| {
            let lost = plan.row(place).and_then(|row| finished.lost.get(row).copied());
            MapPoint { track: *track, x, y, approximate: plan.is_placed(place), cluster, lost }
        });
    Ok(MapLayout {
        model: model.to_owned(),
        settings: settings.clone(),
        method: finished.method.to_owned(),
        kl: finished.kl,
        recall_10: finished.recall,
        points: points.collect(),
        regions: Vec::new(),
    })
}

/// Which points are laid out and how the others follow them.
struct Plan {
    /// Places of the points to lay out, rising; `None` for all.
    laid_out: Option<Vec<usize>>,
    /// For every point its nearest among those laid out; itself, where it is one.
    followed: Option<Neighbours>,
}

impl Plan {
    fn new(
        set: &PointSet,
        limit: usize,
        known: Option<KnownNearest<'_>>,
        rng: &mut ChaCha8Rng,
        control: &Control,
    ) -> Result<Self, MapError> {
        if set.len() <= limit.max(1) {
            return Ok(Self { laid_out: None, followed: None });
        }
        let mut places = sample(rng, set.len(), limit.max(1)).into_vec();
        places.sort_unstable();
        let followed = followed(set, &places, known, control)?;
        Ok(Self { laid_out: Some(places), followed: Some(followed) })
    }

    /// Where a point stands among those laid out.
    fn row(&self, place: usize) -> Option<usize> {
        match &self.laid_out {
            Some(places) => places.binary_search(&place).ok(),
            None => Some(place),
        }
    }

    fn is_placed(&self, place: usize) -> bool {
        self.laid_out.as_ref().is_some_and(|places| places.binary_search(&place).is_err())
    }

    fn positions_of_all(&self, positions: &[[f32; 2]]) -> Vec<[f32; 2]> {
        let (Some(places), Some(followed)) = (&self.laid_out, &self.followed) else {
            return positions.to_vec();
        };
        let mut all: Vec<[f32; 2]> =
            (0..followed.places.len() / followed.k).map(|point| weighted(followed, point, positions)).collect();
        places.iter().zip(positions).for_each(|(place, position)| all[*place] = *position);
        all
    }
}

/// For every point of `set` its nearest among those at `chosen`, by their rows.
fn followed(
    set: &PointSet,
    chosen: &[usize],
    known: Option<KnownNearest<'_>>,
    control: &Control,
) -> Result<Neighbours, MapError> {
    let k = PLACE_NEIGHBOURS.min(chosen.len());
    let mut rows: Vec<Vec<(f32, u32)>> = match known {
        // A point that is laid out follows nobody.
        Some(known) => (0..set.len())
            .into_par_iter()
            .map(|point| match chosen.binary_search(&point) {
                Ok(row) => vec![(0.0, row as u32); k],
                Err(_) => known.nearest_chosen(set, point, chosen, k),
            })
            .collect(),
        None => vec![Vec::new(); set.len()],
    };
    let open: Vec<usize> = (0..set.len()).filter(|point| rows[*point].len() < k).collect();
    // Not centred anew, so that distances between the two sets are right.
    let of = |places: &[usize]| {
        let values: Vec<f32> = places.iter().flat_map(|place| set.point(*place)).copied().collect();
        let norms = squared_norms(set.dim(), &values);
        (values, norms)
    };
    let ((queries, query_norms), (among, norms)) = (of(&open), of(chosen));
    let queries = Points::new(set.dim(), &queries, &query_norms);
    let found = nearest(queries, Points::new(set.dim(), &among, &norms), k, false, control)?;
    for (row, point) in open.into_iter().enumerate() {
        rows[point] = found.squared_of(row).iter().copied().zip(found.of(row).iter().copied()).collect();
    }
    let (squared, places) = rows.into_iter().flatten().unzip();
    Ok(Neighbours { k, places, squared })
}

struct Finished {
    method: &'static str,
    positions: Vec<[f32; 2]>,
    kl: Option<f64>,
    recall: Option<f64>,
    /// What every point laid out has lost of its neighbours; empty where that was not counted.
    lost: Vec<f32>,
}

fn lay_out(
    set: &PointSet,
    settings: &MapSettings,
    known: Option<KnownNearest<'_>>,
    rng: &mut ChaCha8Rng,
    control: &Control,
    watch: &mut Watch<'_>,
) -> Result<Finished, MapError> {
    control.checkpoint()?;
    let n = set.len();
    if n > 1 && set.is_single_place() {
        return Ok(Finished { method: "one place", positions: sunflower(n), kl: None, recall: None, lost: Vec::new() });
    }
    let principal = principal_positions(set);
    if n < FEWEST {
        let positions = scaled(&principal, 1.0).iter().map(|position| position.map(|value| value as f32)).collect();
        return Ok(Finished { method: "principal components", positions, kl: None, recall: None, lost: Vec::new() });
    }
    let perplexity = perplexity(settings.perplexity, n);
    let (projection, k): (&dyn Projection, usize) =
        if n <= ALL_PAIRS { (&ExactTsne, n - 1) } else { (&BarnesHutTsne, (3.0 * perplexity) as usize) };
    let k = k.max(RECALL_NEIGHBOURS).min(n - 1);
    let neighbours = match known.and_then(|known| known.nearest(set, k)) {
        Some(neighbours) => neighbours,
        None => exact_neighbours(set, k, control)?,
    };
    // A trace of noise parts what the two components put in one place.
    let start: Vec<[f32; 2]> = scaled(&principal, START_SPREAD)
        .iter()
        .map(|position| position.map(|value| (value + START_SPREAD * rng.random_range(-0.1..0.1)) as f32))
        .collect();
    let problem = Problem { points: set, neighbours: &neighbours, perplexity, start: &start };
    let positions = projection.project(&problem, control, watch)?;
    control.checkpoint()?;
    let affinities = Affinities::new(&neighbours, f64::from(perplexity));
    let kl = kl_divergence(&affinities, &positions);
    let lost = lost(&neighbours, &positions, RECALL_NEIGHBOURS);
    let recall = kept(&lost);
    tracing::info!(points = n, perplexity, kl, recall, method = projection.name(), "map laid out");
    Ok(Finished { method: projection.name(), positions, kl: Some(kl), recall, lost })
}

/// The perplexity asked for, lowered to what `n` points allow; at least 1.
fn perplexity(asked: f32, n: usize) -> f32 {
    let most = ((n - 1) as f32 / 3.0).max(1.0);
    if asked.is_finite() { asked.clamp(1.0, most) } else { most.min(30.0) }
}

/// The positions in a size where those along the first axis have the standard deviation `spread`.
fn scaled(positions: &[[f64; 2]], spread: f64) -> Vec<[f64; 2]> {
    let square = positions.iter().map(|[x, _]| x * x).sum::<f64>() / positions.len().max(1) as f64;
    let factor = if square > 0.0 { spread / square.sqrt() } else { 1.0 };
    positions.iter().map(|position| position.map(|value| value * factor)).collect()
}

/// Evenly in a disc, so that tracks that sound all alike can still be pointed at.
fn sunflower(n: usize) -> Vec<[f32; 2]> {
    let golden_angle = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    let at = |i: usize| {
        let (angle, radius) = (i as f64 * golden_angle, (i as f64).sqrt() * 0.5);
        [(radius * angle.cos()) as f32, (radius * angle.sin()) as f32]
    };
    (0..n).map(at).collect()
}
