//! Every answer as a line of a table, for other programs.

use std::collections::HashMap;
use std::io::Write;

use crate::domain::{Chooser, ListeningRecord, Question, Standing, TrackId};

/// Writes a line for each recommendation and each who made it: session, listener, seed, round, query, position,
/// recommendation, model, weights, metric, rank, the four answers, standing, and when it was answered. Chance has no weights
/// and no metric. `paths` names the tracks.
///
/// # Errors
/// What the writer says.
pub fn csv(
    records: &[ListeningRecord],
    paths: &HashMap<TrackId, String>,
    out: &mut dyn Write,
) -> Result<(), csv::Error> {
    let mut table = csv::Writer::from_writer(out);
    let before = ["session", "listener", "seed", "round", "query", "position", "recommendation"];
    let chooser = ["model", "weights", "metric", "rank"];
    let header = before.into_iter().chain(chooser).chain(Question::ALL.map(Question::name));
    table.write_record(header.chain(["standing", "answered_at"]))?;
    let path = |track: &TrackId| paths.get(track).cloned().unwrap_or_else(|| format!("track {}", track.0));
    for record in records {
        for (chooser, rank) in &record.credits {
            let (model, weights, metric) = match chooser {
                Chooser::Chance => ("chance".to_owned(), String::new(), String::new()),
                Chooser::Model { name, weights, metric } => {
                    (name.clone(), weights.to_string(), metric.name().to_owned())
                }
            };
            let standing = match record.response.standing {
                Standing::Open => "open",
                Standing::Answered => "answered",
                Standing::Skipped => "skipped",
            };
            let mut line = vec![
                record.session.to_string(),
                record.listener.clone(),
                record.seed.to_string(),
                record.round.to_string(),
                path(&record.query),
                record.position.to_string(),
                path(&record.track),
                model,
                weights,
                metric,
                rank.to_string(),
            ];
            let answer = |question| record.response.answers.get(question).map(|answer: u8| answer.to_string());
            line.extend(Question::ALL.map(|question| answer(question).unwrap_or_default()));
            line.push(standing.to_owned());
            line.push(record.answered_at.map(|at| at.to_string()).unwrap_or_default());
            table.write_record(line)?;
        }
    }
    Ok(table.flush()?)
}
