//! The scorecard: models, other programs' vectors and baselines judged on the same tracks.

mod altered;
mod systems;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::context::SearchIndex;
use super::export::whole_file;
use super::failure::RoomError;
use super::message::{EvaluateSpec, EvaluationReport, JobError, TrainingSpec};
use super::{Context, Report, models};
use crate::domain::{Control, Metric, Progress, Span, Tags, Track, TrackId};
use crate::evaluate::{
    Collection, EvaluateError, LabelFacts, LabelTable, Labelled, Role, SystemReport, VERSION, VectorFile, csv,
    from_tags, markdown, score, triplets,
};
use crate::library::ModelRecord;
use crate::model::is_validation_artist;

const DOING: &str = "Evaluating";

/// Everything that is judged with the tracks it knows.
struct Judged {
    models: Vec<(ModelRecord, Arc<SearchIndex>)>,
    vectors: Vec<VectorFile>,
}

/// Judges models, vectors and baselines on the tracks that all of them know and that have labels; the report is kept in the
/// library. Returns its number there too.
///
/// # Errors
/// Where labels or vectors cannot be read, none of them belongs to a track, or nothing can be asked.
pub fn evaluate(
    context: &Context,
    spec: &EvaluateSpec,
    control: &Control,
    report: &dyn Report,
) -> Result<(i64, EvaluationReport), JobError> {
    let start = Instant::now();
    let library = &context.library;
    let reading = |error: crate::library::LibraryError| error.doing("Reading the library");
    let mut notes = Vec::new();
    // First what may be mistyped, then what takes time.
    let table = spec.labels.as_deref().map(LabelTable::read).transpose().map_err(|error| error.doing(DOING))?;
    let tracks = library.tracks().map_err(reading)?;
    let mut paths = Vec::with_capacity(tracks.len());
    for track in &tracks {
        let of_track = library.paths_of(track.id).map_err(reading)?;
        paths.extend(of_track.into_iter().map(|path| (track.id, path)));
    }
    let vectors = spec.vectors.iter().map(|path| VectorFile::read(path, &paths)).collect::<Result<Vec<_>, _>>();
    let vectors = vectors.map_err(|error| error.doing(DOING))?;
    for file in vectors.iter().filter(|file| file.unmatched > 0) {
        notes.push(format!("{} rows of {} name no track", file.unmatched, file_name(&file.path)));
    }
    let mut names = spec.models.clone();
    if spec.published {
        if names.is_empty() {
            names.push(context.active_model()?.name);
        }
        names.push(published(context, spec, control, report)?);
    }
    let found = models::embedded(context, &names, spec.device, spec.span, control, report)?;
    let judged = Judged { models: found, vectors };
    let known: HashMap<TrackId, &Track> = tracks.iter().map(|track| (track.id, track)).collect();
    let eligible = eligible(spec, &tracks, &judged, &mut notes);
    let mut labelled = labels(table.as_ref(), &tracks, &paths, &eligible, &mut notes)?;
    let described = systems::describe_all(context, spec, &labelled.tracks, &known, &judged, control, report)?;
    if described.len() < labelled.tracks.len() {
        notes.push(format!(
            "{} tracks left out: their stored sound is damaged",
            labelled.tracks.len() - described.len()
        ));
        labelled.retain(|track| described.contains_key(&track));
    }
    let Labelled { tracks: chosen, columns, .. } = labelled;
    let collection = Collection::new(chosen, columns, &spec.by, &spec.left_out_styles);
    let collection = collection.map_err(|error| match error {
        // Why so few are left is what the reader needs to know.
        EvaluateError::NothingToAsk(reason) => {
            let reason = std::iter::once(reason).chain(notes.iter().cloned()).collect::<Vec<_>>().join(". ");
            JobError::Failed { doing: DOING, reason }
        }
        error => error.doing(DOING),
    })?;
    let systems = systems::all(context, spec, &collection, judged, described)?;

    let mut scored: Vec<(SystemReport, Vec<f64>)> = Vec::with_capacity(systems.len());
    let total = Some((systems.len() * collection.len()) as u64);
    for (place, system) in systems.iter().enumerate() {
        let on_progress = |done: usize| {
            let done = (place * collection.len() + done) as u64;
            report.progress(Progress::new("Comparing", done, total).with_detail(system.name.clone()));
        };
        let found = score(&system.representation, &collection, spec.seed, control, &on_progress);
        let found = found.map_err(|error| error.doing(DOING))?;
        scored.push((
            SystemReport {
                name: system.name.clone(),
                kind: system.kind,
                weights: system.weights.clone(),
                about: system.about.clone(),
                metrics: found.metrics,
                triplets: system.index().map(|index| triplets(index, &collection, spec.seed)).unwrap_or_default(),
                agreement: found.agreement,
            },
            found.typical,
        ));
    }
    let (mut altered_tracks, mut not_run) = (0, Vec::new());
    if spec.robustness {
        let typical: Vec<&[f64]> = scored.iter().map(|(_, typical)| typical.as_slice()).collect();
        let found = altered::look_for(context, spec, &collection, &known, &systems, &typical, control, report)?;
        (altered_tracks, not_run) = (found.tracks, found.not_run);
        for ((system, _), robustness) in scored.iter_mut().zip(found.scores) {
            system.metrics.iter_mut().zip(robustness).for_each(|(metric, scores)| metric.robustness = scores);
        }
    }
    let finished = EvaluationReport {
        version: VERSION,
        created_at: now(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        seed: spec.seed,
        span: spec.span.name().to_owned(),
        labels_from: spec.labels.as_deref().map_or_else(|| "tags".to_owned(), file_name),
        labels: facts(&collection),
        tracks: collection.len(),
        validation_share: spec.validation_share,
        validation_from: spec.validation_from,
        left_out_styles: collection.left_out.clone(),
        systems: scored.into_iter().map(|(system, _)| system).collect(),
        altered_tracks,
        not_run,
        notes,
        seconds: start.elapsed().as_secs_f64(),
    };
    let json = serde_json::to_string(&finished).map_err(|error| failed(&error))?;
    let id =
        library.add_evaluation(finished.created_at, &json).map_err(|error| error.doing("Keeping the evaluation"))?;
    Ok((id, finished))
}

/// The evaluations that the library keeps, oldest first. One of a version that this program does not know is left out.
pub fn earlier(context: &Context) -> Result<Vec<(i64, EvaluationReport)>, JobError> {
    let stored = context.library.evaluations().map_err(|error| error.doing("Reading the evaluations"))?;
    let read = |stored: crate::library::StoredReport| {
        let report = serde_json::from_str::<EvaluationReport>(&stored.json);
        report.ok().filter(|report| report.version == VERSION).map(|report| (stored.id, report))
    };
    Ok(stored.into_iter().filter_map(read).collect())
}

/// Writes `report.md`, `scores.csv` and `report.json` into a folder, which is made where it is missing.
pub fn write(report: &EvaluationReport, metric: Metric, folder: &Path) -> Result<Vec<PathBuf>, JobError> {
    let doing = "Writing the evaluation";
    std::fs::create_dir_all(folder).map_err(|error| JobError::Failed {
        doing,
        reason: format!("the folder cannot be made ({error}): {}", folder.display()),
    })?;
    let [text, scores, json] = ["report.md", "scores.csv", "report.json"].map(|name| folder.join(name));
    use std::io::Write;
    whole_file(&text, doing, |file| Ok(file.write_all(markdown(report, metric.name()).as_bytes())?))?;
    whole_file(&scores, doing, |file| Ok(csv(report, file)?))?;
    whole_file(&json, doing, |file| Ok(serde_json::to_writer_pretty(file, report)?))?;
    Ok(vec![text, scores, json])
}

fn failed(error: &dyn std::error::Error) -> JobError {
    JobError::Failed { doing: DOING, reason: error.to_string() }
}

/// The model as published: its sizes, its losses, its training.
const PUBLISHED: &str = "dense-as-published";

/// The name of the dense model as published, which is trained on this library where that was not done with these settings.
fn published(
    context: &Context,
    spec: &EvaluateSpec,
    control: &Control,
    report: &dyn Report,
) -> Result<String, JobError> {
    let defaults = TrainingSpec::default();
    let training = TrainingSpec {
        name: PUBLISHED.to_owned(),
        span: spec.span,
        // What it is judged on must not be what it has learnt from.
        validation_share: spec.validation_share.unwrap_or(defaults.validation_share),
        validation_from: spec.validation_from,
        ..defaults
    };
    if super::study::finished(context, &training)?.is_none() {
        models::train(context, &training, spec.device, control, report)?;
    }
    Ok(training.name)
}

/// The tracks that every system knows, one of each sound, by artists of the right side.
fn eligible(spec: &EvaluateSpec, tracks: &[Track], judged: &Judged, notes: &mut Vec<String>) -> HashSet<TrackId> {
    let mut sounds = HashSet::new();
    let (mut unknown, mut twice, mut trained) = (0, 0, 0);
    let in_vectors: Vec<HashSet<TrackId>> =
        judged.vectors.iter().map(|file| file.tracks.iter().map(|(track, _)| *track).collect()).collect();
    let mut chosen = HashSet::new();
    for track in tracks {
        let by_models = judged.models.iter().all(|(_, found)| found.index.contains(track.id));
        // As training splits: by the tag, and a track without an artist stands alone.
        let held_out = |share| {
            let alone = || format!("track {}", track.hash);
            is_validation_artist(&track.tags.artist.clone().unwrap_or_else(alone), spec.validation_from, share)
        };
        if !by_models || !in_vectors.iter().all(|known| known.contains(&track.id)) {
            unknown += 1;
        } else if !spec.validation_share.is_none_or(held_out) {
            trained += 1;
        } else if !sounds.insert(track.sound) {
            twice += 1;
        } else {
            chosen.insert(track.id);
        }
    }
    if unknown > 0 {
        let why = if spec.span == Span::Preview { " or are too short for the 30-second view" } else { "" };
        notes.push(format!("{unknown} tracks left out: they are not in all vectors{why}"));
    }
    if twice > 0 {
        notes.push(format!("{twice} tracks left out: they sound exactly like another"));
    }
    let untagged = tracks.iter().filter(|track| chosen.contains(&track.id) && track.tags.artist.is_none()).count();
    if spec.validation_share.is_some() && untagged > 0 {
        notes.push(format!(
            "{untagged} tracks have no artist in their tags, whatever their labels say: training may have heard others by the same"
        ));
    }
    if trained > 0 {
        notes.push(format!("{trained} tracks left out: training may have seen their artists"));
    }
    chosen
}

/// The labels of the eligible tracks. Artist and album come from the tags where a table does not have them.
fn labels(
    table: Option<&LabelTable>,
    tracks: &[Track],
    paths: &[(TrackId, PathBuf)],
    eligible: &HashSet<TrackId>,
    notes: &mut Vec<String>,
) -> Result<Labelled, JobError> {
    let tags_of = |wanted: &dyn Fn(TrackId) -> bool| {
        let tags: Vec<(TrackId, Tags)> =
            tracks.iter().filter(|track| wanted(track.id)).map(|track| (track.id, track.tags.clone())).collect();
        from_tags(&tags)
    };
    let Some(table) = table else { return Ok(tags_of(&|track| eligible.contains(&track))) };
    let mut labelled = table.matched(paths).map_err(|error| error.doing(DOING))?;
    labelled.retain(|track| eligible.contains(&track));
    if labelled.unmatched > 0 {
        notes.push(format!("{} rows of the labels name no track of the library", labelled.unmatched));
    }
    if labelled.ambiguous > 0 {
        notes.push(format!("{} rows of the labels fit several tracks and were not used", labelled.ambiguous));
    }
    let without = eligible.len() - labelled.tracks.len();
    if without > 0 {
        notes.push(format!("{without} tracks left out: they have no labels"));
    }
    let of_table: HashSet<TrackId> = labelled.tracks.iter().copied().collect();
    for column in tags_of(&|track| of_table.contains(&track)).columns {
        let missing = labelled.columns.iter().all(|known| known.role != column.role);
        if column.role != Role::Style && missing {
            notes.push(format!("The table has no {}: it comes from the tags", column.name));
            labelled.columns.push(column);
        }
    }
    Ok(labelled)
}

fn facts(collection: &Collection) -> Vec<LabelFacts> {
    let of = |place: &usize| {
        let column = &collection.columns[*place];
        let role = match column.role {
            Role::Recording => "recording",
            Role::Album => "album",
            Role::Artist => "artist",
            Role::Style => "style",
        };
        LabelFacts {
            name: column.name.clone(),
            values: column.distinct(),
            tracks: column.values.iter().flatten().count(),
            role: role.to_owned(),
        }
    };
    collection.asked.iter().map(of).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Seconds since the Unix epoch.
pub(super) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
