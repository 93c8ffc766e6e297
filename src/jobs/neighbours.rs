//! The nearest neighbours of every track: computed once, kept in the library, resumed where they were left.
//!
//! They lie in a log beside the trajectories, in the order of the tracks, and count for exactly the tracks, the model and
//! the trajectories they were made of. A job that was cancelled or killed goes on behind its last whole chunk.

use std::sync::Arc;

use super::context::SearchIndex;
use super::failure::RoomError;
use super::message::JobError;
use super::{Context, Report};
use crate::domain::{Control, Metric, Progress, Span};
use crate::library::ModelRecord;
use crate::similarity::NeighbourRow;

const DOING: &str = "Finding neighbours";
/// Queries between two chunks of the log; a kill loses at most these.
const CHUNK: usize = 4_096;
/// Bytes of a neighbour: its place and its distance.
const RECORD: usize = 8;

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
    let name = format!("{}-{}-{top}", found.span.name(), metric.name());
    let (mut log, bytes) =
        context.library.search_log(&model.name, &name, found.stamp).map_err(|error| error.doing(DOING))?;
    let mut rows = Vec::with_capacity(index.len() * each);
    for record in bytes.as_chunks::<RECORD>().0 {
        let place = u32::from_le_bytes(std::array::from_fn(|byte| record[byte])) as usize;
        let query = rows.len().checked_div(each).unwrap_or(0);
        let (Some(query), Some(neighbour)) = (index.ids().get(query), index.ids().get(place)) else { break };
        let distance = f32::from_le_bytes(std::array::from_fn(|byte| record[4 + byte]));
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
    Ok(rows)
}
