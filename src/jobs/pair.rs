//! Two tracks as curves in one plane, for the lab.

use super::Context;
use super::message::{ExplainSpec, JobError, PairOutput};
use super::recommend::Pair;
use crate::map::plane;

/// The trajectories of the query and the target with their positions in the plane of their largest spread.
///
/// # Errors
/// Where either is not embedded, or the query by another model than the one in use.
pub fn pair(context: &Context, spec: &ExplainSpec) -> Result<PairOutput, JobError> {
    let Pair { query, target, offsets, grid } = Pair::of(context, spec)?;
    let plane = plane(&[&query, &target]);
    let mut positions = plane.positions.into_iter();
    let positions = [(); 2].map(|()| positions.next().unwrap_or_default());
    Ok(PairOutput { query, target, positions, kept: plane.kept, offsets, grid })
}
