//! What may be recommended, as the command line says it; `songline hide`, `songline neighbours --kept`.

use serde_json::{Value, json};

use super::args::FilterArguments;
use super::output::Output;
use crate::domain::{Filter, KeyRule, Span, TempoRange, TrackId};
use crate::jobs::message::{JobError, Query};
use crate::jobs::{Context, filter, neighbours, recommend};

/// The filter that the arguments describe.
///
/// # Errors
/// Where a track that is not wanted is not in the library.
pub(super) fn of(context: &Context, arguments: &FilterArguments) -> Result<Filter, JobError> {
    let range = |(from, to)| TempoRange { from, to, half_double: arguments.half_double };
    Ok(Filter {
        tempo: arguments.tempo.map(range),
        key: arguments.key.map_or(KeyRule::Any, KeyRule::from),
        genre: arguments.genre.clone(),
        words: arguments.tag.clone(),
        not: tracks(context, &arguments.not)?,
        versions: arguments.versions,
    })
}

pub(super) fn tracks(context: &Context, texts: &[String]) -> Result<Vec<TrackId>, JobError> {
    let mut tracks = Vec::new();
    for text in texts {
        match recommend::query_of(context, text)? {
            Query::Tracks(found) => tracks.extend(found),
            Query::File(path) => return Err(JobError::UnknownTrack { title: path.display().to_string() }),
        }
    }
    Ok(tracks)
}

/// Hides tracks, takes them back, or lists those that are hidden.
pub(super) fn hide(context: &Context, texts: &[String], back: bool, output: &Output) -> Result<(), JobError> {
    let hidden = filter::hide(context, &tracks(context, texts)?, !back)?;
    let hidden = hidden.into_iter().map(|id| context.track(id)).collect::<Result<Vec<_>, _>>()?;
    let value = hidden.iter().map(|track| json!({ "id": track.id.0, "path": track.path, "title": track.title() }));
    output.result(&Value::Array(value.collect()), || {
        if hidden.is_empty() {
            return "No track is hidden.".to_owned();
        }
        hidden.iter().map(|track| format!("{:>6}  {} – {}\n", track.id.0, track.artist(), track.title())).collect()
    });
    Ok(())
}

/// Says which neighbours are kept for the model in use.
pub(super) fn kept(context: &Context, span: Span, output: &Output) -> Result<(), JobError> {
    let kept = neighbours::kept(context, span)?;
    let value = kept.iter().map(|log| {
        json!({
            "metric": log.metric.name(), "span": log.span.name(), "top": log.top, "done": log.done, "tracks": log.of,
            "current": log.of > 0,
        })
    });
    output.result(&Value::Array(value.collect()), || {
        if kept.is_empty() {
            return "No neighbours are kept: `songline neighbours` finds them.".to_owned();
        }
        let lines = kept.iter().map(|log| {
            let state = match (log.of, log.is_whole()) {
                (0, _) => "of a library that changed since, to be found anew".to_owned(),
                (of, true) => format!("of all {of} tracks"),
                (of, false) => format!("of {} of {of} tracks; the same command goes on", log.done),
            };
            format!("{:<8} {:<8} {:>4} nearest {state}\n", log.metric.name(), log.span.name(), log.top)
        });
        lines.collect()
    });
    Ok(())
}
