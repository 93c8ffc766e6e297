//! Training, embedding, and which model recommends.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use super::context::SearchIndex;
use super::failure::RoomError;
use super::message::{CurvePoint, JobError, ModelSummary, Partial, TrainingEvent, TrainingOutcome, TrainingSpec};
use super::{Context, Report, grid_of, sides};
use crate::domain::{Control, DeviceChoice, Progress, Span, TrackId, Trajectory};
use crate::library::ModelRecord;
use crate::model::{Input, LibrarySource, train_on};

/// Trajectories written with one sync: a kill loses at most the batch in hand, and it is embedded again.
const BATCH: usize = 64;

/// Trains a model and registers it. An interrupted run of the same name and settings goes on from its last checkpoint.
pub fn train(
    context: &Context,
    spec: &TrainingSpec,
    device: DeviceChoice,
    control: &Control,
    report: &dyn Report,
) -> Result<TrainingOutcome, JobError> {
    let device = context.device(device)?;
    prepare(context, spec, "Training", control, report)?;
    let mut on_event = teller(report);
    crate::model::train(&context.library, spec, &device, control, &mut on_event)
        .map_err(|error| error.doing("Training"))
}

/// Trains a network on the library that nobody keeps: no model is registered, and its files are gone with the program.
pub fn rehearse(
    context: &Context,
    spec: &TrainingSpec,
    device: DeviceChoice,
    control: &Control,
    report: &dyn Report,
) -> Result<TrainingOutcome, JobError> {
    let doing = "Training";
    let device = context.device(device)?;
    prepare(context, spec, doing, control, report)?;
    let folder = context.scratch_file("model").map_err(|error| error.doing(doing))?;
    let source = LibrarySource {
        library: &context.library,
        include_restricted: spec.include_restricted,
        with_side: spec.input == Input::Stereo,
    };
    let mut on_event = teller(report);
    let trained = train_on(&source, &folder, spec, &device, control, &mut on_event);
    trained.map(|(outcome, _, _)| outcome).map_err(|error| error.doing(doing))
}

/// Makes what the network is to be shown of the tracks.
fn prepare(
    context: &Context,
    spec: &TrainingSpec,
    doing: &'static str,
    control: &Control,
    report: &dyn Report,
) -> Result<(), JobError> {
    if spec.input != Input::Stereo {
        return Ok(());
    }
    let tracks = context.library.tracks().map_err(|error| error.doing(doing))?;
    let tracks: Vec<TrackId> = tracks.iter().map(|track| track.id).collect();
    sides::prepare(context, spec.input, &tracks, control, report)
}

/// Hands on what a training run tells.
fn teller(report: &dyn Report) -> impl FnMut(TrainingEvent) {
    let mut phase = None;
    move |event: TrainingEvent| {
        match &event {
            TrainingEvent::PhaseStarted { phase: started, epochs, steps_per_epoch } => {
                phase = Some((started.title(), (epochs * steps_per_epoch) as u64));
            }
            TrainingEvent::Step(point) => {
                if let Some((title, steps)) = phase {
                    let progress = Progress::new(title, point.step as u64, Some(steps));
                    report.progress(progress.with_detail(format!("epoch {}, loss {:.5}", point.epoch, point.loss)));
                }
            }
            _ => {}
        }
        report.partial(Partial::Training(event));
    }
}

/// One batch is embedded at a time in a process, or two jobs would do the same tracks. Nobody waits at a checkpoint with it.
static EMBEDDING: Mutex<()> = Mutex::new(());

/// The models of these names, the active one where there are none, each once and with every track embedded.
pub(super) fn embedded(
    context: &Context,
    names: &[String],
    device: DeviceChoice,
    span: Span,
    control: &Control,
    report: &dyn Report,
) -> Result<Vec<(ModelRecord, Arc<SearchIndex>)>, JobError> {
    let mut names = names.to_vec();
    if names.is_empty() {
        names.push(context.active_model()?.name);
    }
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    let load = |name: &String| {
        let (model, _) = embed(context, Some(name), device, control, report)?;
        let index = context.index(&model, span)?;
        Ok((model, index))
    };
    names.iter().map(load).collect()
}

/// Embeds every track that `model` has not embedded yet; returns how many it did.
pub fn embed(
    context: &Context,
    model: Option<&str>,
    device: DeviceChoice,
    control: &Control,
    report: &dyn Report,
) -> Result<(ModelRecord, usize), JobError> {
    let doing = "Embedding";
    let model = context.model(model)?;
    let missing = context.library.tracks_without_trajectory(&model.name).map_err(|error| error.doing(doing))?;
    if missing.is_empty() {
        return Ok((model, 0));
    }
    let embedder = context.embedder(&model, device)?;
    let input = embedder.config().input;
    sides::prepare(context, input, &missing, control, report)?;
    let total = Some(missing.len() as u64);
    let mut done = 0;
    let mut embedded = 0;
    for batch in missing.chunks(BATCH) {
        control.checkpoint()?;
        let _one = EMBEDDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut trajectories: Vec<(TrackId, Trajectory)> = Vec::with_capacity(batch.len());
        for id in batch {
            if control.is_cancelled() {
                break;
            }
            // Another job may have done it meanwhile.
            if context.library.has_trajectory(&model.name, *id).map_err(|error| error.doing(doing))? {
                done += 1;
                continue;
            }
            let shown = sides::of_track(context, input, *id, control);
            let embedding =
                shown.and_then(|spectrogram| embedder.embed(&spectrogram).map_err(|error| error.doing(doing)));
            match embedding {
                Ok((_, embedding)) => trajectories.push((*id, embedding.0)),
                // One damaged array must not keep all other tracks from being found.
                Err(JobError::Failed { reason, .. }) => {
                    report.warning(format!("Track {} could not be embedded: {reason}", id.0));
                }
                Err(error) => return Err(error),
            }
            done += 1;
            report.progress(Progress::new(doing, done, total));
        }
        context.library.put_trajectories(&model.name, &trajectories).map_err(|error| error.doing(doing))?;
        embedded += trajectories.len();
        if control.is_cancelled() {
            return Err(JobError::Cancelled);
        }
    }
    Ok((model, embedded))
}

/// Makes a model the one that recommends.
pub fn activate(context: &Context, name: &str) -> Result<(), JobError> {
    context.library.set_active_model(name).map_err(|error| error.doing("Changing the model"))
}

/// Every model of the library, in the order of their names, with the number of tracks each has embedded.
pub fn summaries(context: &Context) -> Result<Vec<ModelSummary>, JobError> {
    let doing = "Reading the models";
    let active = context.active_model()?.name;
    let models = context.library.models().map_err(|error| error.doing(doing))?;
    let tracks = context.library.track_count().map_err(|error| error.doing(doing))?;
    models
        .into_iter()
        .map(|model| {
            let missing = context.library.tracks_without_trajectory(&model.name);
            let missing = missing.map_err(|error| error.doing(doing))?.len();
            let score =
                |name: &str| model.scores.get(name).and_then(serde_json::Value::as_f64).map(|score| score as f32);
            Ok(ModelSummary {
                active: model.name == active,
                encoding_accuracy: score("encoding_accuracy"),
                triplet_accuracy: score("triplet_accuracy"),
                retrieval: score("retrieval"),
                embedded: tracks.saturating_sub(missing),
                grid: grid_of(&model),
                name: model.name,
                architecture: model.architecture,
                encoding: model.encoding,
                embedding: model.embedding,
                bundled: model.bundled,
                created_at: model.created_at,
            })
        })
        .collect()
}

/// The learning curves of a model, epoch by epoch; empty where it brought none.
pub fn curves(context: &Context, name: &str) -> Result<Vec<(CurvePoint, Option<CurvePoint>)>, JobError> {
    let doing = "Reading the curves";
    let run = context.library.load_run(name).map_err(|error| error.doing(doing))?;
    run.map_or_else(|| Ok(Vec::new()), |run| crate::model::curves(&run).map_err(|error| error.doing(doing)))
}
