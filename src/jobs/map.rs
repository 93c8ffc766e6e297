//! The map: made once for a model, its settings and its tracks, then read where it was saved.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::context::{SearchIndex, cut};
use super::failure::RoomError;
use super::message::{FileQuery, JobError, MapLayout, MapSettings, Meeting, Partial, PlacedTrajectory};
use super::{Context, Report, neighbours, regions};
use crate::domain::{Control, Progress, Span, TrackId, Trajectory};
use crate::library::ModelRecord;
use crate::map::{KnownNearest, MapProgress, Placer, layout};
use crate::similarity::meeting;

const DOING: &str = "Laying out the map";

/// A map as the library keeps it: with the weights and the tracks that it is good for.
#[derive(Serialize, Deserialize)]
struct SavedMap {
    weights: String,
    tracks: usize,
    layout: MapLayout,
}

fn key(model: &ModelRecord, settings: &MapSettings) -> String {
    format!("{}/{}/{}", model.name, settings.span.name(), settings.seed)
}

/// The map of the active model. A saved one is read where it has all tracks and `fresh` does not ask for another; for
/// the rest of the settings the saved map's are taken then.
pub fn build(
    context: &Context,
    settings: &MapSettings,
    fresh: bool,
    control: &Control,
    report: &dyn Report,
) -> Result<MapLayout, JobError> {
    let model = context.active_model()?;
    let found = context.index(&model, settings.span)?;
    if !fresh && let Some(saved) = read(context, &model, settings, &found)? {
        return with_regions(context, &found, saved, control);
    }
    let means = found.index.means();
    let mut on_progress = |progress: MapProgress<'_>| {
        report.progress(Progress::new(DOING, progress.epoch as u64, Some(progress.epochs as u64)));
        let positions = progress.tracks.iter().copied().zip(progress.positions.iter().copied()).collect();
        let positions = Arc::new(positions);
        report.partial(Partial::Map { epoch: progress.epoch, epochs: progress.epochs, positions });
    };
    let nearest = neighbours::nearest_by_mean(context, &model, &found)?;
    let known = nearest.as_ref().and_then(|(each, places)| KnownNearest::new(means.len(), *each, places));
    tracing::info!(tracks = means.len(), kept_neighbours = known.is_some(), "laying out the map");
    let layout =
        layout(&model.name, &means, settings, known, control, &mut on_progress).map_err(|error| error.doing(DOING))?;
    let saved = SavedMap { weights: model.weights_hash.to_string(), tracks: means.len(), layout };
    let json =
        serde_json::to_string(&saved).map_err(|error| JobError::Failed { doing: DOING, reason: error.to_string() })?;
    // A window that only reads shows its map and keeps none.
    if !context.is_read_only() {
        context.library.save_map(&key(&model, settings), &json).map_err(|error| error.doing(DOING))?;
    }
    with_regions(context, &found, saved.layout, control)
}

/// The map with the names of its regions.
fn with_regions(
    context: &Context,
    found: &SearchIndex,
    layout: MapLayout,
    control: &Control,
) -> Result<MapLayout, JobError> {
    let regions = regions::named(context, found, &layout, control).map_err(|_| JobError::Cancelled)?;
    Ok(MapLayout { regions, ..layout })
}

/// The saved map, where it is still good: the same weights, and exactly the tracks there are.
fn read(
    context: &Context,
    model: &ModelRecord,
    settings: &MapSettings,
    found: &SearchIndex,
) -> Result<Option<MapLayout>, JobError> {
    let json = context.library.load_map(&key(model, settings)).map_err(|error| error.doing("Reading the map"))?;
    // A map that cannot be read is made anew: it can be recomputed at any time.
    let Some(saved) = json.and_then(|json| serde_json::from_str::<SavedMap>(&json).ok()) else { return Ok(None) };
    let good = saved.weights == model.weights_hash.to_string()
        && saved.tracks == found.index.len()
        && saved.layout.points.iter().all(|point| found.index.contains(point.track));
    Ok(good.then_some(saved.layout))
}

/// The ways of files outside the library, then of tracks, over a finished map, each with its meeting with the first.
pub fn place(
    context: &Context,
    settings: &MapSettings,
    tracks: &[TrackId],
    files: &[FileQuery],
    span: Span,
) -> Result<Vec<PlacedTrajectory>, JobError> {
    let model = context.active_model()?;
    let found = context.index(&model, span)?;
    let settings = MapSettings { span, ..settings.clone() };
    let Some(layout) = read(context, &model, &settings, &found)? else { return Ok(Vec::new()) };
    let placer = Placer::new(&layout, &found.index.means());
    let of_files = files.iter().filter_map(|file| {
        let (offset, trajectory) = cut(&file.track, &file.trajectory, found.grid, span).ok()?;
        // A file that another model embedded has no place here.
        (found.index.dim() == trajectory.dim()).then_some((None, offset, trajectory))
    });
    let of_tracks = tracks.iter().filter_map(|id| {
        let trajectory = found.index.trajectory(*id)?;
        Some((Some(*id), found.offset(*id), trajectory))
    });
    let all: Vec<(Option<TrackId>, usize, Trajectory)> = of_files.chain(of_tracks).collect();
    let Some((_, start, first)) = all.first() else { return Ok(Vec::new()) };
    let ways = all.iter().enumerate().map(|(index, (track, offset, trajectory))| {
        let closest = if index == 0 { None } else { meeting(first, trajectory) };
        let meeting = closest.map(|(a, b, distance)| Meeting { first: start + a, own: offset + b, distance });
        PlacedTrajectory { track: *track, offset: *offset, positions: placer.place_trajectory(trajectory), meeting }
    });
    Ok(ways.collect())
}
