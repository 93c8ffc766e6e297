//! Two tracks as curves in one plane, for the lab.

use super::Context;
use super::context::{cut, grid_of};
use super::message::{ExplainQuery, ExplainSpec, JobError, PairOutput};
use crate::map::plane;

/// The trajectories of the query and the target with their positions in the plane of their largest spread.
///
/// # Errors
/// Where either is not embedded, or the query by another model than the one in use.
pub fn pair(context: &Context, spec: &ExplainSpec) -> Result<PairOutput, JobError> {
    let model = context.active_model()?;
    let grid = grid_of(&model);
    let (query_offset, query) = match &spec.query {
        ExplainQuery::Track(track) => context.trajectory(&model, *track, spec.span)?,
        ExplainQuery::File(file) => cut(&file.track, &file.trajectory, grid, spec.span)?,
    };
    let (target_offset, target) = context.trajectory(&model, spec.target, spec.span)?;
    if query.dim() != target.dim() {
        return Err(JobError::Failed {
            doing: "Comparing",
            reason: "The query was embedded by another model than the one in use. Search again.".to_owned(),
        });
    }
    let plane = plane(&[&query, &target]);
    let mut positions = plane.positions.into_iter();
    let [query_positions, target_positions] = [(); 2].map(|()| positions.next().unwrap_or_default());
    Ok(PairOutput {
        query,
        target,
        positions: [query_positions, target_positions],
        kept: plane.kept,
        offsets: [query_offset, target_offset],
        grid,
    })
}
