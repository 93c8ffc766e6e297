//! From what is asked for to the function that does it.

use std::sync::Arc;

use super::message::{JobError, JobOutput, JobSpec};
use super::{
    Context, Report, account, copy, datasets, evaluate, export, filter, history, import, inspect, listening, map,
    models, nearest, neighbours, pair, playlists, previews, read, recommend, recordings, sound, spotify, study, units,
};
use crate::domain::Control;

/// Runs one piece of work to its end.
pub(super) fn perform(
    context: &Context,
    spec: JobSpec,
    control: &Control,
    report: &dyn Report,
) -> Result<JobOutput, JobError> {
    Ok(match spec {
        JobSpec::ReadLibrary => JobOutput::Library(Box::new(read::snapshot(context)?)),
        JobSpec::MakeDemo => JobOutput::Imported(import::make_demo(context, control, report)?),
        JobSpec::Import { paths, retry_failed } => {
            JobOutput::Imported(import::import(context, &paths, retry_failed, control, report)?)
        }
        JobSpec::CatchUp { mut paths } => {
            // A drive that is not plugged in is no failure: its folder is looked through once it is back.
            paths.retain(|path| path.symlink_metadata().is_ok());
            JobOutput::Imported(import::import(context, &paths, false, control, report)?)
        }
        JobSpec::Train { spec, device } => {
            JobOutput::Trained(Box::new(models::train(context, &spec, device, control, report)?))
        }
        JobSpec::Rehearse { spec, device } => {
            JobOutput::Rehearsed(Box::new(models::rehearse(context, &spec, device, control, report)?))
        }
        JobSpec::Embed { model, device } => {
            let (model, tracks) = models::embed(context, Some(&model), device, control, report)?;
            JobOutput::Embedded { model: model.name, tracks }
        }
        JobSpec::Activate { model } => {
            models::activate(context, &model)?;
            JobOutput::Activated { model }
        }
        JobSpec::Recommend(spec) => {
            let (recommendations, file) = recommend::recommend(context, &spec, control, report)?;
            JobOutput::Recommended { recommendations: Arc::new(recommendations), file }
        }
        JobSpec::Hide { tracks, hidden } => JobOutput::Hidden(filter::hide(context, &tracks, hidden)?),
        JobSpec::FindRecordings => {
            let found = Some(recordings::find(context, control, report)?);
            JobOutput::Recordings { recordings: recordings::all(context)?, found }
        }
        JobSpec::KeepApart { tracks, apart } => {
            JobOutput::Recordings { recordings: recordings::keep_apart(context, &tracks, apart)?, found: None }
        }
        JobSpec::FindNeighbours { metric, span } => {
            neighbours::keep(context, metric, span, control, report)?;
            JobOutput::Neighbours(neighbours::kept(context, span)?)
        }
        JobSpec::ReadNeighbours { span } => JobOutput::Neighbours(neighbours::kept(context, span)?),
        JobSpec::Explain(spec) => JobOutput::Explained(Box::new(recommend::explain(context, &spec)?)),
        JobSpec::Pair(spec) => JobOutput::Paired(Box::new(pair::pair(context, &spec)?)),
        JobSpec::BuildMap { settings, fresh } => {
            JobOutput::Mapped(Arc::new(map::build(context, &settings, fresh, control, report)?))
        }
        JobSpec::PlaceTrajectories { tracks, file, span, settings } => JobOutput::Placed(map::place(
            context,
            &settings,
            &tracks,
            file.as_deref().map_or(&[], std::slice::from_ref),
            span,
        )?),
        JobSpec::Inspect { subject, model, span, device } => {
            let model = model.as_deref();
            JobOutput::Inspected(Arc::new(inspect::inspect(context, &subject, model, span, device, control)?))
        }
        JobSpec::ReadUnits { span, device } => {
            JobOutput::Units(Arc::new(units::units(context, span, device, control, report)?))
        }
        JobSpec::Nearest { track, segment } => {
            JobOutput::Nearest { track, segment, found: nearest::nearest(context, track, segment, control)? }
        }
        JobSpec::Draw(spec) => JobOutput::Drawn(Arc::new(sound::draw(context, &spec)?)),
        JobSpec::MakeSound(spec) => JobOutput::Sound(sound::sound(context, &spec, control, report)?),
        JobSpec::ReadSketch { track } => JobOutput::Sketch(read::sketch(context, track)?),
        JobSpec::WritePlaylist { name, tracks, path, relative } => {
            playlists::write(context, &name, &tracks, &path, relative)?;
            JobOutput::Wrote(path)
        }
        JobSpec::ReadPlaylists => JobOutput::Playlists(playlists::read(context)?),
        JobSpec::KeepPlaylists(changes) => {
            playlists::keep(context, &changes)?;
            JobOutput::PlaylistsKept
        }
        JobSpec::ReadPlaylistFile { path } => JobOutput::PlaylistRead(playlists::import(context, &path, control)?),
        JobSpec::CopyFiles { tracks, folder, playlist } => {
            JobOutput::Copied(copy::copy(context, &tracks, &folder, playlist.as_deref(), control, report)?)
        }
        JobSpec::Walk(spec) => JobOutput::Walked(playlists::walk(context, &spec, control)?),
        JobSpec::WriteMap { path, settings, ways } => {
            export::map(context, &settings, &ways, &path, control, report)?;
            JobOutput::Wrote(path)
        }
        JobSpec::WritePicture { path, size, pixels } => {
            export::picture(&path, size, &pixels)?;
            JobOutput::Wrote(path)
        }
        JobSpec::ImportSpotify { path } => {
            JobOutput::SpotifyImported(spotify::import_csv(context, &path, control, report)?)
        }
        JobSpec::FollowFolder { path, follow } => JobOutput::Folders(read::follow(context, &path, follow)?),
        JobSpec::FindSpotify { words, limit } => {
            let (rows, count) = spotify::find(context, &words, limit)?;
            JobOutput::SpotifyFound { words, rows, count }
        }
        JobSpec::ReadSets { hosts } => JobOutput::Sets(datasets::sets(context, &hosts)),
        JobSpec::TakeSet(spec) => JobOutput::Imported(datasets::take_set(context, &spec, control, report)?),
        JobSpec::RemoveSet { name, hosts } => {
            datasets::remove_set(context, &name, &hosts)?;
            JobOutput::Sets(datasets::sets(context, &hosts))
        }
        JobSpec::AcceptTerms => {
            previews::accept(context)?;
            JobOutput::TermsAccepted
        }
        JobSpec::Account(spec) => JobOutput::Account(account::account(*spec, control, report)?),
        JobSpec::FetchPreviews(spec) => JobOutput::Fetched(Box::new(previews::fetch(context, &spec, control, report)?)),
        JobSpec::MatchSpotify => {
            let (found, _) = spotify::link(context, control, report)?;
            JobOutput::SpotifyMatched { found, features: read::features(context)? }
        }
        JobSpec::ReadCurves { model } => {
            let epochs = models::curves(context, &model)?;
            JobOutput::Curves { model, epochs }
        }
        JobSpec::Evaluate(spec) => {
            let (id, report) = evaluate::evaluate(context, &spec, control, report)?;
            JobOutput::Evaluated { id, report: Arc::new(report) }
        }
        JobSpec::ReadEvaluations => {
            let runs = evaluate::earlier(context)?;
            JobOutput::Evaluations(runs.into_iter().map(|(id, report)| (id, Arc::new(report))).collect())
        }
        JobSpec::WriteEvaluation { report, metric, folder } => {
            evaluate::write(&report, metric, &folder)?;
            JobOutput::Wrote(folder)
        }
        JobSpec::PlanListening(spec) => {
            JobOutput::ListeningPlanned(Box::new(listening::plan(context, &spec, control, report)?))
        }
        JobSpec::ReadListening { listener } => JobOutput::Listening {
            sessions: listening::sessions(context)?,
            results: Arc::new(listening::outcome(context, listener.as_deref())?),
        },
        JobSpec::KeepAnswers(responses) => {
            listening::keep(context, &responses)?;
            JobOutput::Kept
        }
        JobSpec::LearnBlend { before } => JobOutput::Lesson(Arc::new(listening::lesson(context, None, before)?)),
        JobSpec::WriteListening { path } => {
            listening::export(context, &path)?;
            JobOutput::Wrote(path)
        }
        JobSpec::Study(spec) => {
            let (id, study) = study::run(context, &spec, control, report)?;
            JobOutput::Studied { id, study: Arc::new(study) }
        }
        JobSpec::ReadStudies => {
            let studies = study::earlier(context)?;
            JobOutput::Studies(studies.into_iter().map(|(id, study)| (id, Arc::new(study))).collect())
        }
        JobSpec::WriteStudy { study, folder } => {
            study::write(&study, &folder)?;
            JobOutput::Wrote(folder)
        }
        JobSpec::ListDevices => JobOutput::Devices(read::devices()),
        JobSpec::ReadHistory => JobOutput::History(history::read(context)?),
        JobSpec::ForgetHistory => JobOutput::History(history::forget(context)?),
    })
}
