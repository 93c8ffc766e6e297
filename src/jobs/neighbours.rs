//! The nearest neighbours of every track: computed once, kept in the library, resumed where they were left.
//!
//! They lie in a log beside the trajectories, in the order of the tracks, and count for exactly the tracks, the model and
//! the trajectories they were made of. A job that was cancelled or killed goes on behind its last whole chunk.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::context::SearchIndex;
use super::failure::RoomError;
use super::message::{JobError, KeptNeighbours};
use super::{Context, Report, filter};
use crate::domain::{Control, Filter, Key, Metric, Progress, Span, TrackId};
use crate::library::ModelRecord;
use crate::similarity::{NeighbourRow, SearchOptions};

const DOING: &str = "Finding neighbours";
/// Queries between two chunks of the log; a kill loses at most these.
const CHUNK: usize = 4_096;
/// Bytes of a neighbour: its place and its distance.
const RECORD: usize = 8;
/// Neighbours of each track that the window keeps: by mean, which maps are made of, three times a map's perplexity.
pub fn kept_of_each(metric: Metric) -> usize {
    if metric == Metric::Mean { 90 } else { 50 }
}

/// The `top` nearest neighbours of every track of the active model, from the log as far as they are in it.
pub fn of_all(
    context: &Context,
    metric: Metric,
    top: usize,
    span: Span,
    control: &Control,
    report: &dyn Report,
) -> Result<(Arc<SearchIndex>, Vec<NeighbourRow>), JobError> {
    let model = context.active_model()?;
    let found = context.index(&model, span)?;
    let rows = complete(context, &model, &found, metric, top, control, report)?;
    Ok((found, rows))
}

/// The `top` nearest of every track among those that `filter` lets through for it. They are not kept.
pub fn of_all_filtered(
    context: &Context,
    metric: Metric,
    top: usize,
    span: Span,
    filter: &Filter,
    control: &Control,
    report: &dyn Report,
) -> Result<(Arc<SearchIndex>, Vec<NeighbourRow>), JobError> {
    let model = context.active_model()?;
    let found = context.index(&model, span)?;
    let unwanted: HashSet<TrackId> = filter.not.iter().copied().collect();
    // A rule about keys lets the same tracks through for all tracks of one key.
    let mut passing: HashMap<Option<Key>, _> = HashMap::new();
    let mut rows = Vec::new();
    for (done, id) in found.index.ids().iter().enumerate() {
        control.checkpoint()?;
        let key = found.track(*id).and_then(|track| track.key);
        let keys: Vec<Key> = key.into_iter().collect();
        let only = passing.entry(key).or_insert_with(|| filter::places(&found, filter, &keys, &unwanted)).clone();
        let Some(query) = found.index.trajectory(*id) else { continue };
        let options = SearchOptions { metric, top, seeds: vec![*id], only, per_artist: 0, ..SearchOptions::default() };
        let answer = found.index.search(&[query], &options).map_err(|error| error.doing(DOING))?;
        rows.extend(answer.items.iter().zip(1..).map(|(item, rank)| NeighbourRow {
            query: *id,
            rank,
            neighbour: item.track,
            distance: item.distance,
        }));
        report.progress(Progress::new(DOING, done as u64 + 1, Some(found.index.len() as u64)));
    }
    Ok((found, rows))
}

/// Finds the nearest of every track, as many as [`kept_of_each`] says, and keeps them, for the window to show at once.
pub fn keep(
    context: &Context,
    metric: Metric,
    span: Span,
    control: &Control,
    report: &dyn Report,
) -> Result<(), JobError> {
    of_all(context, metric, kept_of_each(metric), span, control, report).map(|_| ())
}

/// Which neighbours are kept for the active model over `span`.
pub fn kept(context: &Context, span: Span) -> Result<Vec<KeptNeighbours>, JobError> {
    let model = context.active_model()?;
    let found = match context.index(&model, span) {
        Ok(found) => found,
        Err(JobError::NothingEmbedded { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let logs = logs(context, &model, span)?.into_iter().map(|log| {
        let each = log.top.min(found.index.len().saturating_sub(1));
        let bytes = context.library.search_log_length(&model.name, &log.name, found.stamp);
        let done = bytes.map_err(|error| error.doing(DOING))?.map_or(0, |bytes| bytes / RECORD);
        let done = done.checked_div(each).unwrap_or(0).min(found.index.len());
        let current = done > 0;
        let of = if current { found.index.len() } else { 0 };
        Ok(KeptNeighbours { metric: log.metric, span, top: log.top, done, of })
    });
    logs.collect()
}

/// The kept neighbours of the track at `place`, nearest first, where they are there and still hold.
pub(super) fn of_one(
    context: &Context,
    model: &ModelRecord,
    found: &SearchIndex,
    metric: Metric,
    place: usize,
) -> Result<Vec<(f32, TrackId)>, JobError> {
    let kept = context.kept_neighbours(found.stamp, metric, || {
        let mut logs = logs(context, model, found.span)?;
        logs.retain(|log| log.metric == metric);
        logs.sort_by_key(|log| std::cmp::Reverse(log.top));
        for log in logs {
            let bytes = context.library.read_search_log(&model.name, &log.name, found.stamp);
            if let Some(bytes) = bytes.map_err(|error| error.doing(DOING))? {
                return Ok((log.top, bytes));
            }
        }
        Ok((0, Vec::new()))
    })?;
    let each = kept.0.min(found.index.len().saturating_sub(1));
    let bytes = kept.1.get(place * each * RECORD..(place + 1) * each * RECORD).unwrap_or_default();
    let records = bytes.as_chunks::<RECORD>().0.iter().filter_map(|record| {
        let (neighbour, distance) = read_record(record);
        Some((distance, *found.index.ids().get(neighbour)?))
    });
    Ok(records.collect())
}

/// For every track the places of its nearest by mean, where they are kept for all: how many of each, and the places.
pub(super) fn nearest_by_mean(
    context: &Context,
    model: &ModelRecord,
    found: &SearchIndex,
) -> Result<Option<(usize, Vec<u32>)>, JobError> {
    let mut logs = logs(context, model, found.span)?;
    logs.retain(|log| log.metric == Metric::Mean);
    let Some(log) = logs.last() else { return Ok(None) };
    let bytes = context.library.read_search_log(&model.name, &log.name, found.stamp);
    let bytes = bytes.map_err(|error| error.doing(DOING))?.unwrap_or_default();
    let each = log.top.min(found.index.len().saturating_sub(1));
    let places: Vec<u32> = bytes.as_chunks().0.iter().map(|record| read_record(record).0 as u32).collect();
    Ok((places.len() == each * found.index.len()).then_some((each, places)))
}

struct Log {
    name: String,
    metric: Metric,
    top: usize,
}

fn log_name(span: Span, metric: Metric, top: usize) -> String {
    format!("{}-{}-{top}", span.name(), metric.name())
}

/// The logs of neighbours over `span`, by metric and number.
fn logs(context: &Context, model: &ModelRecord, span: Span) -> Result<Vec<Log>, JobError> {
    let names = context.library.search_logs(&model.name).map_err(|error| error.doing(DOING))?;
    let mut logs: Vec<Log> = names
        .into_iter()
        .filter_map(|name| {
            let (metric, top) = name.strip_prefix(span.name())?.strip_prefix('-')?.rsplit_once('-')?;
            let metric = Metric::ALL.into_iter().find(|known| known.name() == metric)?;
            let top = top.parse().ok()?;
            Some(Log { name, metric, top })
        })
        .collect();
    logs.sort_by_key(|log| (Metric::ALL.iter().position(|metric| *metric == log.metric), log.top));
    Ok(logs)
}

fn read_record(record: &[u8; RECORD]) -> (usize, f32) {
    let place = u32::from_le_bytes(std::array::from_fn(|byte| record[byte])) as usize;
    (place, f32::from_le_bytes(std::array::from_fn(|byte| record[4 + byte])))
}

fn complete(
    context: &Context,
    model: &ModelRecord,
    found: &SearchIndex,
    metric: Metric,
    top: usize,
    control: &Control,
    report: &dyn Report,
) -> Result<Vec<NeighbourRow>, JobError> {
    let index = &found.index;
    let each = top.min(index.len().saturating_sub(1));
    let name = log_name(found.span, metric, top);
    let (mut log, bytes) =
        context.library.search_log(&model.name, &name, found.stamp).map_err(|error| error.doing(DOING))?;
    let mut rows = Vec::with_capacity(index.len() * each);
    for record in bytes.as_chunks::<RECORD>().0 {
        let (place, distance) = read_record(record);
        let query = rows.len().checked_div(each).unwrap_or(0);
        let (Some(query), Some(neighbour)) = (index.ids().get(query), index.ids().get(place)) else { break };
        rows.push(NeighbourRow { query: *query, rank: rows.len() % each + 1, neighbour: *neighbour, distance });
    }
    let total = Some(index.len() as u64);
    let done = rows.len().checked_div(each).unwrap_or(index.len());
    let left: Vec<u32> = (done as u32..index.len() as u32).collect();
    for (chunk, queries) in left.chunks(CHUNK).enumerate() {
        let before = done + chunk * CHUNK;
        let on_progress = |more: usize| report.progress(Progress::new(DOING, (before + more) as u64, total));
        let more = index.neighbours_among(metric, queries, top, control, &on_progress)?;
        let mut bytes = Vec::with_capacity(more.len() * RECORD);
        for row in &more {
            let place = index.ids().binary_search(&row.neighbour).unwrap_or_default() as u32;
            bytes.extend_from_slice(&place.to_le_bytes());
            bytes.extend_from_slice(&row.distance.to_le_bytes());
        }
        log.append(&bytes).map_err(|error| error.doing(DOING))?;
        rows.extend(more);
    }
    context.forget_kept_neighbours();
    Ok(rows)
}
