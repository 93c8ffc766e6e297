//! `songline listening`.

use std::collections::HashMap;

use serde_json::json;

use super::args::ListeningArguments;
use super::output::Output;
use crate::domain::{Metric, TrackId};
use crate::evaluate::listening::{LEAST_QUERIES, LEAST_RATINGS, Lesson, Lessons, Verdict, csv, results_table};
use crate::evaluate::table_text;
use crate::jobs::message::JobError;
use crate::jobs::{Context, listening};

/// Says what listeners said, writes it, or learns from it. `blend` are the weights in use.
pub(super) fn run(
    context: &Context,
    arguments: &ListeningArguments,
    blend: [f32; 4],
    output: &Output,
) -> Result<(), JobError> {
    if let Some(path) = &arguments.export {
        return match path {
            Some(path) => {
                let count = listening::export(context, path)?;
                let value = json!({ "out": path, "recommendations": count });
                output.result(&value, || format!("{}: {count} recommendations", path.display()));
                Ok(())
            }
            None => print(context, output),
        };
    }
    if arguments.learn {
        let lessons = listening::lesson(context, arguments.model.as_deref(), blend)?;
        output.result(&json!(lessons), || lesson_text(&lessons));
        return Ok(());
    }
    let results = listening::outcome(context, arguments.listener.as_deref())?;
    output.result(&json!(results), || {
        if results.rows.is_empty() {
            return "Nobody has answered yet: the listening study is in the window, under Evaluate.".to_owned();
        }
        let facts = format!(
            "Recommendations answered: {}, skipped: {}; queries: {}; listeners: {}",
            results.answered,
            results.skipped,
            results.queries,
            results.listeners.join(", ")
        );
        format!("{facts}\n\n{}", table_text(&results_table(&results)))
    });
    Ok(())
}

/// Every answer on standard output: CSV, or JSON with `--json`.
fn print(context: &Context, output: &Output) -> Result<(), JobError> {
    let failed = |reason: String| JobError::Failed { doing: "Reading the listening study", reason };
    let records = context.library.listening_records().map_err(|error| failed(error.to_string()))?;
    let tracks = context.library.tracks().map_err(|error| failed(error.to_string()))?;
    let paths: HashMap<TrackId, String> =
        tracks.into_iter().map(|track| (track.id, track.path.display().to_string())).collect();
    let mut text = Vec::new();
    csv(&records, &paths, &mut text).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut table = ::csv::Reader::from_reader(text.as_bytes());
    let header = table.headers().cloned().unwrap_or_default();
    let lines = table
        .records()
        .filter_map(Result::ok)
        .map(|line| header.iter().zip(line.iter()).map(|(name, value)| (name.to_owned(), json!(value))).collect());
    let value = serde_json::Value::Array(lines.map(serde_json::Value::Object).collect());
    output.result(&value, || text.clone());
    Ok(())
}

fn lesson_text(lessons: &Lessons) -> String {
    match lessons {
        Lessons::TooFew { model, ratings, queries } => format!(
            "Too little to learn from: ratings of vibe or style with distances of {model}: {ratings} of {LEAST_RATINGS} needed, \
             queries: {queries} of {LEAST_QUERIES} needed."
        ),
        Lessons::Nothing { model, ratings, queries } => format!(
            "The {ratings} ratings on {queries} queries follow none of the distances of {model}: there is nothing to learn."
        ),
        Lessons::Learnt(lesson) => learnt_text(lesson),
    }
}

fn learnt_text(lesson: &Lesson) -> String {
    let weights = |weights: &[f32; 4]| {
        let of = |(metric, weight): (Metric, &f32)| format!("{} {weight:.2}", metric.name());
        Metric::SINGLE.into_iter().zip(weights).map(of).collect::<Vec<_>>().join(", ")
    };
    let verdict = match lesson.verdict() {
        Verdict::Helps => "They help",
        Verdict::Unclear => "Whether they help is not shown",
        Verdict::Harms => "They harm",
    };
    format!(
        "Learnt from {} ratings on {} queries, with distances of {}: {}\n\
         In use: {}\n\
         {verdict}: on queries they were not learnt from they put {:.1} % of {} pairs in order, those in use {:.1} %; \
         gain {:+.1} points [{:+.1}, {:+.1}].\n\
         The window takes them into use under Evaluate, Listening study.",
        lesson.ratings,
        lesson.queries,
        lesson.model,
        weights(&lesson.weights),
        weights(&lesson.before),
        lesson.learnt * 100.0,
        lesson.pairs,
        lesson.current * 100.0,
        lesson.gain.value * 100.0,
        lesson.gain.low * 100.0,
        lesson.gain.high * 100.0,
    )
}
