//! One segment's neighbours: of every other track the segment that sounds most like it.

use super::Context;
use super::failure::RoomError;
use super::message::{JobError, StrongSegment};
use crate::domain::{Control, TrackId};

const DOING: &str = "Searching";
/// Neighbours given.
const KEPT: usize = 12;
/// Tracks between two looks at whether the work is still wanted.
const CHECK_EVERY: usize = 512;

/// The nearest segment of each track to `segment` of `track`, nearest first; `value` is the distance. Every segment of
/// the library takes part, whatever span is compared elsewhere.
///
/// # Errors
/// Where the track is not embedded.
pub fn nearest(
    context: &Context,
    track: TrackId,
    segment: usize,
    control: &Control,
) -> Result<Vec<StrongSegment>, JobError> {
    let model = context.active_model()?;
    let set = context.library.trajectories(&model.name).map_err(|error| error.doing(DOING))?;
    let dim = set.dim();
    let points = set.get(track).unwrap_or_default();
    let query = points.get(segment * dim..(segment + 1) * dim).ok_or_else(|| JobError::Failed {
        doing: DOING,
        reason: "This segment is not embedded by the model in use.".to_owned(),
    })?;
    let mut found = Vec::with_capacity(set.len());
    for (index, (other, dim, values)) in set.iter().enumerate() {
        if index % CHECK_EVERY == 0 {
            control.checkpoint()?;
        }
        if other == track {
            continue;
        }
        let squared = |point: &[f32]| point.iter().zip(query).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        let nearest = values.chunks_exact(dim.max(1)).map(squared).enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        found.extend(nearest.map(|(segment, value)| StrongSegment { track: other, segment, value: value.sqrt() }));
    }
    found.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.track.cmp(&b.track)));
    found.truncate(KEPT);
    Ok(found)
}
