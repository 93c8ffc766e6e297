//! The publication's tables on this library: accuracy by encoding size, encoding × embedding against the loss of phase 2,
//! and the first recommendations with what is known of the music beside them.
//!
//! Every cell is a model of its own, trained and kept like any other under the name `study-N-M`; a study that is run again
//! takes those that were trained with the same settings as they are, whatever was imported since.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::evaluate::now;
use super::failure::RoomError;
use super::message::{Cell, JobError, Partial, Study, StudySpec, Suggestion, TrainingEvent, TrainingSpec};
use super::{Context, Report, export, models};
use crate::domain::{Control, DeviceChoice, Metric, Progress, Track};
use crate::evaluate::study::{reported_accuracy, reported_loss, study_markdown};
use crate::model::Run;
use crate::similarity::SearchOptions;

const DOING: &str = "Studying";
const WRITING: &str = "Writing the study";

/// Recommendations of each query in the third table.
const TOP: usize = 5;

/// Makes a study, keeps it in the library, and returns its number there too.
///
/// # Errors
/// As training does; what is trained by then is kept.
pub fn run(
    context: &Context,
    spec: &StudySpec,
    control: &Control,
    report: &dyn Report,
) -> Result<(i64, Study), JobError> {
    let mut base = TrainingSpec { seed: spec.seed, span: spec.span, ..TrainingSpec::default() };
    if let Some(epochs) = spec.epochs {
        // Who names the epochs means them: no more are added for a small library.
        base = TrainingSpec { epochs, embedding_epochs: epochs, minimum_steps: 0, ..base };
    }
    let study = study(context, &base, spec, control, report)?;
    let json = serde_json::to_string(&study).map_err(|error| failed(&error.to_string()))?;
    let id = context.library.add_study(study.created_at, &json).map_err(|error| error.doing("Keeping the study"))?;
    Ok((id, study))
}

/// The studies that the library keeps, oldest first.
pub fn earlier(context: &Context) -> Result<Vec<(i64, Study)>, JobError> {
    let stored = context.library.studies().map_err(|error| error.doing("Reading the studies"))?;
    Ok(stored.into_iter().filter_map(|stored| Some((stored.id, serde_json::from_str(&stored.json).ok()?))).collect())
}

fn failed(reason: &str) -> JobError {
    JobError::Failed { doing: DOING, reason: reason.to_owned() }
}

/// Trains what is missing of the pairs with the other settings of `base`, and makes the tables.
fn study(
    context: &Context,
    base: &TrainingSpec,
    spec: &StudySpec,
    control: &Control,
    report: &dyn Report,
) -> Result<Study, JobError> {
    if spec.pairs.is_empty() {
        return Err(failed("Choose at least one pair of sizes."));
    }
    let mut found = Study {
        created_at: now(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        tracks: context.library.track_count().map_err(|error| error.doing(DOING))?,
        seed: base.seed,
        epochs: [base.epochs, base.embedding_epochs],
        ..Study::default()
    };
    for (index, (encoding, embedding)) in spec.pairs.iter().enumerate() {
        let name = format!("study-{encoding}-{embedding}");
        let training = TrainingSpec { name, encoding: *encoding, embedding: *embedding, ..base.clone() };
        let progress = Progress::new("Models of the study", index as u64, Some(spec.pairs.len() as u64));
        report.progress(progress.with_detail(format!("{encoding} to {embedding}")));
        found.cells.push(trained(context, &training, spec.device, control, report)?);
        report.partial(Partial::Study(Arc::new(found.clone())));
    }
    let largest = found.cells.iter().max_by_key(|cell| (cell.encoding, cell.embedding));
    found.suggested_by = largest.map(|cell| cell.model.clone()).unwrap_or_default();
    models::embed(context, Some(&found.suggested_by), spec.device, control, report)?;
    found.suggestions = suggestions(context, &found.suggested_by, base, spec.queries)?;
    Ok(found)
}

/// The cell of a model, which is trained where that was not done with just these settings.
fn trained(
    context: &Context,
    spec: &TrainingSpec,
    device: DeviceChoice,
    control: &Control,
    report: &dyn Report,
) -> Result<Cell, JobError> {
    let run = match finished(context, spec)? {
        Some(run) => run,
        None => {
            models::train(context, spec, device, control, &Inner(report))?;
            finished(context, spec)?.ok_or_else(|| failed(&format!("{} left no record of its training", spec.name)))?
        }
    };
    Ok(cell(spec, &run))
}

/// The run of a model with just these settings.
pub(super) fn finished(context: &Context, spec: &TrainingSpec) -> Result<Option<Run>, JobError> {
    let Some(text) = context.library.load_run(&spec.name).map_err(|error| error.doing(DOING))? else { return Ok(None) };
    let Ok(run) = serde_json::from_str::<Run>(&text) else { return Ok(None) };
    let known = context.library.model(&spec.name).map_err(|error| error.doing(DOING))?.is_some();
    Ok((known && run.spec == *spec).then_some(run))
}

fn cell(spec: &TrainingSpec, run: &Run) -> Cell {
    let percent = |share: Option<f32>| share.map(|share| f64::from(share) * 100.0);
    Cell {
        model: spec.name.clone(),
        encoding: spec.encoding,
        embedding: spec.embedding,
        accuracy: percent(run.outcome.encoding_accuracy),
        reported_accuracy: reported_accuracy(spec.encoding),
        loss: run.outcome.embedding_loss.map(f64::from),
        reported_loss: reported_loss(spec.encoding, spec.embedding),
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
        let Some(query) = found.track(*id) else { continue };
        rows.extend((1..).zip(&answer.items).filter_map(|(rank, item)| {
            found.track(item.track).map(|track| suggestion(&query, &track, rank, item.distance))
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

/// Writes `study.md`, `study.csv` (the cells) and `recommendations.csv` into `folder`.
///
/// # Errors
/// [`JobError::Failed`] where they cannot be written.
pub fn write(study: &Study, folder: &Path) -> Result<(), JobError> {
    let failed =
        |error: std::io::Error| JobError::Failed { doing: WRITING, reason: format!("{error}: {}", folder.display()) };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let text = study_markdown(study);
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
