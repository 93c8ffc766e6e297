//! Work that was asked for: what earlier starts of the program left undone, and what became of the rest.

use super::Context;
use super::failure::RoomError;
use super::message::{ImportSummary, JobError, JobOutput, JobState, LeftJob, PastJob, Work};
use crate::library::JobRecord;

const DOING: &str = "Reading the history";
/// Lines of the history that are read.
const SHOWN: usize = 200;

/// Work that earlier starts of the program left undone, oldest first: given once.
pub(super) fn left(context: &Context) -> Result<Vec<LeftJob>, JobError> {
    let left = context.take_left_jobs().map_err(|error| error.doing(DOING))?;
    Ok(left
        .into_iter()
        .filter_map(|record| Some(LeftJob { paused: record.state == JobState::Paused, work: work(&record)? }))
        .collect())
}

/// What was asked of the worker, the newest first.
pub fn read(context: &Context) -> Result<Vec<PastJob>, JobError> {
    let records = context.library.jobs(SHOWN).map_err(|error| error.doing(DOING))?;
    Ok(records.into_iter().map(past).collect())
}

/// Forgets work that has ended; what is left.
pub fn forget(context: &Context) -> Result<Vec<PastJob>, JobError> {
    context.library.forget_jobs().map_err(|error| error.doing("Forgetting the history"))?;
    read(context)
}

fn past(record: JobRecord) -> PastJob {
    let work = work(&record);
    let JobRecord { id, title, about, state, attempts, asked_at, ended_at, seconds, detail, .. } = record;
    PastJob { id, title, about, state, attempts, asked_at, ended_at, seconds, detail, work }
}

/// What to do again. Work that another version wrote down and this one does not know is history alone.
fn work(record: &JobRecord) -> Option<Work> {
    serde_json::from_str(record.work.as_deref()?).ok()
}

/// What came of a job, in a line; empty where there is nothing to say but that it is done.
pub(super) fn came_to(output: &JobOutput) -> String {
    match output {
        JobOutput::Imported(summary) => imported(summary),
        JobOutput::SpotifyImported(summary) => {
            let rows = summary.new + summary.changed + summary.same;
            format!("{rows} rows, {} of them new, {} bad", summary.new, summary.bad)
        }
        JobOutput::SpotifyMatched { found, .. } => format!("{found} tracks found"),
        JobOutput::Fetched(coverage) => coverage.line(),
        JobOutput::Embedded { tracks, .. } => format!("{tracks} tracks embedded"),
        JobOutput::Recordings { found: Some(found), .. } => {
            let unread =
                if found.unreadable > 0 { format!(", {} unreadable", found.unreadable) } else { String::new() };
            format!("{} tracks compared, {} pairs found{unread}", found.compared, found.pairs)
        }
        JobOutput::Evaluated { report, .. } => format!("{} tracks judged", report.tracks),
        JobOutput::Mapped(layout) => format!("{} places", layout.points.len()),
        _ => String::new(),
    }
}

fn imported(summary: &ImportSummary) -> String {
    let ImportSummary { imported, unchanged, duplicates, skipped, failed } = summary;
    let all = [
        (*imported, "imported"),
        (*unchanged, "unchanged"),
        (*duplicates, "there already"),
        (*skipped, "skipped"),
        (*failed, "failed"),
    ];
    let said: Vec<String> =
        all.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if said.is_empty() { "no music found".to_owned() } else { said.join(", ") }
}
