//! The publication's tables on this library: accuracy by encoding size, encoding × embedding against the loss of phase 2,
//! and the first recommendations with what is known of the music beside them.
//!
//! Every cell is a model of its own, trained and kept like any other under the name `study-N-M`; a study that is run again
//! takes those that were trained with the same settings as they are, whatever was imported since.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use super::failure::RoomError;
use super::message::{JobError, Partial, TrainingEvent, TrainingSpec};
use super::{Context, Report, export, models};
use crate::domain::{Control, DeviceChoice, Metric, Progress, Track, TrackId};
use crate::model::Run;
use crate::similarity::SearchOptions;

const DOING: &str = "Studying";
const WRITING: &str = "Writing the study";

/// Encoding and embedding sizes of the publication's tables, with what it reports: cosine accuracy of phase 1 in percent by
/// N, and final loss of phase 2.
pub const PAIRS: [(usize, usize); 7] = [(16, 64), (32, 64), (64, 64), (128, 64), (128, 128), (256, 64), (256, 128)];
const REPORTED_ACCURACY: [(usize, f64); 5] = [(16, 93.0), (32, 94.0), (64, 94.4), (128, 94.4), (256, 95.4)];
const REPORTED_LOSS: [((usize, usize), f64); 5] = [
    ((256, 128), 0.012_54),
    ((256, 64), 0.018_24),
    ((128, 128), 0.020_66),
    ((128, 64), 0.029_90),
    ((64, 64), 0.035_62),
];
/// Recommendations of each query in the third table.
const TOP: usize = 5;

/// One trained pair of sizes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    pub model: String,
    pub encoding: usize,
    pub embedding: usize,
    /// Validation cosine accuracy of phase 1, in percent, and what the publication reports.
    pub accuracy: Option<f64>,
    pub reported_accuracy: Option<f64>,
    /// Validation loss of phase 2, and what the publication reports.
    pub loss: Option<f64>,
    pub reported_loss: Option<f64>,
    /// Validation triplets in the right order, in percent.
    pub triplets: Option<f64>,
    pub seconds: f64,
}

/// A recommendation, with how it differs from its query in what is known of both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    pub query: String,
    pub rank: usize,
    pub title: String,
    pub artist: String,
    pub distance: f32,
    /// Beats a minute more than the query.
    pub tempo: Option<f32>,
    pub key: Option<String>,
    pub query_key: Option<String>,
    /// Loudness units more than the query.
    pub loudness: Option<f32>,
    pub same_genre: Option<bool>,
}

/// What a study comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Study {
    pub tracks: usize,
    pub seed: u64,
    pub cells: Vec<Cell>,
    /// Recommendations by the mean, of the first of `cells` with the largest sizes.
    pub suggestions: Vec<Suggestion>,
    pub suggested_by: String,
}

/// Trains what is missing of `pairs` with the other settings of `base`, and makes the tables; `queries` tracks, spread over
/// the library, ask for recommendations.
///
/// # Errors
/// As training does; what is trained by then is kept.
pub fn study(
    context: &Context,
    base: &TrainingSpec,
    pairs: &[(usize, usize)],
    queries: usize,
    device: DeviceChoice,
    control: &Control,
    report: &dyn Report,
) -> Result<Study, JobError> {
    let mut cells = Vec::new();
    for (index, (encoding, embedding)) in pairs.iter().enumerate() {
        let name = format!("study-{encoding}-{embedding}");
        let spec = TrainingSpec { name, encoding: *encoding, embedding: *embedding, ..base.clone() };
        let progress = Progress::new("Models of the study", index as u64, Some(pairs.len() as u64));
        report.progress(progress.with_detail(format!("{encoding} to {embedding}")));
        let run = match finished(context, &spec)? {
            Some(run) => run,
            None => {
                models::train(context, &spec, device, control, &Inner(report))?;
                finished(context, &spec)?.ok_or_else(|| JobError::Failed {
                    doing: DOING,
                    reason: format!("{} left no record of its training", spec.name),
                })?
            }
        };
        cells.push(cell(&spec, &run));
    }
    let largest = cells.iter().max_by_key(|cell| (cell.encoding, cell.embedding));
    let suggested_by = largest.map(|cell| cell.model.clone()).unwrap_or_default();
    let suggestions = if suggested_by.is_empty() {
        Vec::new()
    } else {
        models::embed(context, Some(&suggested_by), device, control, report)?;
        suggestions(context, &suggested_by, base, queries)?
    };
    let tracks = context.library.track_count().map_err(|error| error.doing(DOING))?;
    Ok(Study { tracks, seed: base.seed, cells, suggestions, suggested_by })
}

/// The run of a model with just these settings.
fn finished(context: &Context, spec: &TrainingSpec) -> Result<Option<Run>, JobError> {
    let Some(text) = context.library.load_run(&spec.name).map_err(|error| error.doing(DOING))? else { return Ok(None) };
    let Ok(run) = serde_json::from_str::<Run>(&text) else { return Ok(None) };
    let known = context.library.model(&spec.name).map_err(|error| error.doing(DOING))?.is_some();
    Ok((known && run.spec == *spec).then_some(run))
}

fn cell(spec: &TrainingSpec, run: &Run) -> Cell {
    let percent = |share: Option<f32>| share.map(|share| f64::from(share) * 100.0);
    let sizes = (spec.encoding, spec.embedding);
    Cell {
        model: spec.name.clone(),
        encoding: spec.encoding,
        embedding: spec.embedding,
        accuracy: percent(run.outcome.encoding_accuracy),
        reported_accuracy: REPORTED_ACCURACY.iter().find(|(size, _)| *size == sizes.0).map(|(_, value)| *value),
        loss: run.outcome.embedding_loss.map(f64::from),
        reported_loss: REPORTED_LOSS.iter().find(|(pair, _)| *pair == sizes).map(|(_, value)| *value),
        triplets: percent(run.outcome.triplet_accuracy),
        seconds: run.outcome.seconds,
    }
}

fn suggestions(
    context: &Context,
    model: &str,
    base: &TrainingSpec,
    queries: usize,
) -> Result<Vec<Suggestion>, JobError> {
    let model = context.model(Some(model))?;
    let found = context.index(&model, base.span)?;
    let ids = found.index.ids();
    let step = ids.len().div_ceil(queries.max(1)).max(1);
    let mut rows = Vec::new();
    for id in ids.iter().step_by(step).take(queries) {
        let Some(trajectory) = found.index.trajectory(*id) else { continue };
        let options = SearchOptions {
            metric: Metric::Mean,
            top: TOP,
            seeds: vec![*id],
            artists: found.artists.clone(),
            ..SearchOptions::default()
        };
        let answer = found.index.search(std::slice::from_ref(&trajectory), &options);
        let answer = answer.map_err(|error| error.doing(DOING))?;
        let known: &HashMap<TrackId, _> = &found.tracks;
        let Some(query) = known.get(id) else { continue };
        rows.extend((1..).zip(&answer.items).filter_map(|(rank, item)| {
            known.get(&item.track).map(|track| suggestion(query, track, rank, item.distance))
        }));
    }
    Ok(rows)
}

fn suggestion(query: &Track, track: &Track, rank: usize, distance: f32) -> Suggestion {
    let difference = |a: Option<f32>, b: Option<f32>| a.zip(b).map(|(a, b)| b - a);
    let key = |track: &Track| track.key.map(|key| key.to_string());
    Suggestion {
        query: format!("{} – {}", query.artist(), query.title()),
        rank,
        title: track.title().to_owned(),
        artist: track.artist().to_owned(),
        distance,
        tempo: difference(query.tempo, track.tempo),
        key: key(track),
        query_key: key(query),
        loudness: difference(query.loudness, track.loudness),
        same_genre: query.tags.genre.as_ref().zip(track.tags.genre.as_ref()).map(|(a, b)| a == b),
    }
}

/// The tables as Markdown.
pub fn markdown(study: &Study) -> String {
    let number =
        |value: Option<f64>, digits: usize| value.map_or("–".to_owned(), |value| format!("{value:.digits$}"));
    let mut text = format!("# The publication's tables on {} tracks, seed {}\n\n", study.tracks, study.seed);
    text.push_str("## Accuracy by encoding size\n\nCosine similarity of input and reconstruction on the artists kept aside, %.\n\n");
    text.push_str("| N | here | reported |\n|---|---|---|\n");
    let mut sizes: Vec<usize> = study.cells.iter().map(|cell| cell.encoding).collect();
    sizes.dedup();
    for size in sizes {
        if let Some(cell) = study.cells.iter().find(|cell| cell.encoding == size) {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "| {size} | {} | {} |", number(cell.accuracy, 2), number(cell.reported_accuracy, 1));
        }
    }
    text.push_str(
        "\n## Encoding × embedding\n\nTriplet loss on the artists kept aside; triplets in the right order, %.\n\n",
    );
    text.push_str("| N → M | loss here | loss reported | triplets | seconds |\n|---|---|---|---|---|\n");
    for cell in &study.cells {
        let Cell { encoding, embedding, loss, reported_loss, triplets, seconds, .. } = cell;
        let (loss, reported, triplets) = (number(*loss, 5), number(*reported_loss, 5), number(*triplets, 2));
        let _ = writeln!(text, "| {encoding} → {embedding} | {loss} | {reported} | {triplets} | {seconds:.0} |");
    }
    let _ = write!(text, "\n## First {TOP} recommendations\n\nBy the mean, of {}.\n", study.suggested_by);
    let mut query = "";
    for row in &study.suggestions {
        if row.query != query {
            query = &row.query;
            let key = row.query_key.as_deref().unwrap_or("key unknown");
            let _ = write!(text, "\n### {query} ({key})\n\n");
            text.push_str(
                "| rank | track | distance | tempo | key | loudness | same genre |\n|---|---|---|---|---|---|---|\n",
            );
        }
        let signed =
            |value: Option<f32>, unit: &str| value.map_or("–".to_owned(), |value| format!("{value:+.1} {unit}"));
        let genre = row.same_genre.map_or("–", |same| if same { "yes" } else { "no" });
        let _ = writeln!(
            text,
            "| {} | {} – {} | {:.4} | {} | {} | {} | {genre} |",
            row.rank,
            row.artist,
            row.title,
            row.distance,
            signed(row.tempo, "bpm"),
            row.key.as_deref().unwrap_or("–"),
            signed(row.loudness, "LU")
        );
    }
    text
}

/// Writes `study.md`, `study.csv` (the cells) and `recommendations.csv` into `folder`.
///
/// # Errors
/// [`JobError::Failed`] where they cannot be written.
pub fn write(study: &Study, folder: &Path) -> Result<(), JobError> {
    let failed =
        |error: std::io::Error| JobError::Failed { doing: WRITING, reason: format!("{error}: {}", folder.display()) };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let text = markdown(study);
    export::whole_file(&folder.join("study.md"), WRITING, |file| Ok(file.write_all(text.as_bytes())?))?;
    records(&folder.join("study.csv"), &study.cells)?;
    records(&folder.join("recommendations.csv"), &study.suggestions)
}

fn records<T: Serialize>(path: &Path, rows: &[T]) -> Result<(), JobError> {
    export::whole_file(path, WRITING, |file| {
        let mut table = csv::Writer::from_writer(file);
        rows.iter().try_for_each(|row| table.serialize(row))?;
        Ok(table.flush()?)
    })
}

/// Reports of a model's training inside a study: its curves go on, its progress is a detail of the study's.
struct Inner<'a>(&'a dyn Report);

impl Report for Inner<'_> {
    fn progress(&self, progress: Progress) {
        self.0.progress(progress);
    }

    fn partial(&self, partial: Partial) {
        // A study shows no reconstructions: there is no one track it is about.
        if !matches!(&partial, Partial::Training(TrainingEvent::Reconstruction(_))) {
            self.0.partial(partial);
        }
    }

    fn warning(&self, text: String) {
        self.0.warning(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_say_what_was_found_and_what_was_reported() {
        let cell = |encoding, embedding, accuracy, loss| Cell {
            model: format!("study-{encoding}-{embedding}"),
            encoding,
            embedding,
            accuracy: Some(accuracy),
            reported_accuracy: Some(94.4),
            loss: Some(loss),
            reported_loss: None,
            triplets: Some(97.0),
            seconds: 12.0,
        };
        let suggestion = Suggestion {
            query: "Them – This".to_owned(),
            rank: 1,
            title: "That".to_owned(),
            artist: "Others".to_owned(),
            distance: 0.25,
            tempo: Some(-3.04),
            key: None,
            query_key: Some("A minor".to_owned()),
            loudness: None,
            same_genre: Some(true),
        };
        let study = Study {
            tracks: 9,
            seed: 1,
            cells: vec![cell(64, 64, 97.125, 0.0356), cell(128, 64, 98.0, 0.02), cell(128, 128, 98.0, 0.015)],
            suggestions: vec![suggestion],
            suggested_by: "study-128-128".to_owned(),
        };
        let text = markdown(&study);
        assert!(text.contains("| 64 | 97.12 | 94.4 |") || text.contains("| 64 | 97.13 | 94.4 |"), "{text}");
        assert_eq!(text.matches("| 128 | 98.00 |").count(), 1, "one row a size");
        assert!(text.contains("| 128 → 128 | 0.01500 | – | 97.00 | 12 |"), "{text}");
        assert!(text.contains("| 1 | Others – That | 0.2500 | -3.0 bpm | – | – | yes |"), "{text}");
    }
}
