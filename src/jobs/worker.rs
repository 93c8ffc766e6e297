//! Runs jobs on threads of their own. One coordinator starts, pauses and cancels them; it never works itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::message::{JobCommand, JobError, JobEvent, JobId, JobOutput, JobSpec, Partial, TrainingEvent};
use super::{
    Context, Report, copy, evaluate, export, filter, import, inspect, listening, map, models, nearest, neighbours,
    pair, playlists, previews, read, recommend, sound, spotify, study, units,
};
use crate::domain::{Control, Progress};

/// Commands that may wait; the window sends one at a time.
const COMMANDS: usize = 256;
/// Events that may wait. Above that, news that a later report repeats is dropped, the rest waits for the window.
const EVENTS: usize = 4_096;
/// Progress of a job is told this often at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(40);
/// How long a report that no later one repeats waits for a window that does not listen.
const PATIENCE: Duration = Duration::from_secs(2);

/// The worker. Dropping it cancels every job and waits for them to come to their next checkpoint.
pub struct Worker {
    commands: Sender<JobCommand>,
    coordinator: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the coordinator. `wake` is called after every event, from any thread.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn spawn(
        context: Arc<Context>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<(Self, Receiver<JobEvent>)> {
        let (commands, inbox) = bounded(COMMANDS);
        let (events, outbox) = bounded(EVENTS);
        let outlet = Outlet { events, wake: Arc::new(wake) };
        let coordinator = thread::Builder::new()
            .name("jobs".to_owned())
            .spawn(move || Coordinator { context, outlet, running: HashMap::new() }.run(&inbox))?;
        Ok((Self { commands, coordinator: Some(coordinator) }, outbox))
    }

    /// Hands a command to the coordinator, which takes it at once.
    pub fn send(&self, command: JobCommand) {
        if self.commands.send(command).is_err() {
            tracing::error!("the coordinator of jobs is gone");
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Where the coordinator is gone already there is nothing left to end.
        let _ = self.commands.send(JobCommand::Shutdown);
        if let Some(coordinator) = self.coordinator.take()
            && coordinator.join().is_err()
        {
            tracing::error!("the coordinator of jobs panicked");
        }
    }
}

#[derive(Clone)]
struct Outlet {
    events: Sender<JobEvent>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outlet {
    /// For news that a later report repeats: dropped where the window does not keep up.
    fn offer(&self, event: JobEvent) {
        if self.events.try_send(event).is_ok() {
            (self.wake)();
        }
    }

    /// For news that is told once. A window that does not listen for long reads the library again anyway.
    fn tell(&self, event: JobEvent) {
        if self.events.send_timeout(event, PATIENCE).is_ok() {
            (self.wake)();
        }
    }

    /// For the end of a job, which must arrive; an error means that nobody is left to hear it.
    fn insist(&self, event: JobEvent) {
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }
}

struct Running {
    control: Control,
    thread: JoinHandle<()>,
}

struct Coordinator {
    context: Arc<Context>,
    outlet: Outlet,
    running: HashMap<JobId, Running>,
}

impl Coordinator {
    fn run(mut self, inbox: &Receiver<JobCommand>) {
        for command in inbox {
            self.running.retain(|_, job| !job.thread.is_finished());
            match command {
                JobCommand::Start { id, spec } => self.start(id, spec),
                JobCommand::Pause(id) => self.steer(id, Control::pause),
                JobCommand::Resume(id) => self.steer(id, Control::resume),
                JobCommand::Cancel(id) => self.steer(id, Control::cancel),
                JobCommand::Shutdown => break,
            }
        }
        for job in self.running.values() {
            job.control.cancel();
        }
        // The window may be gone, and a job waiting to tell it something would wait for ever.
        drop(self.outlet);
        for (id, job) in self.running {
            if job.thread.join().is_err() {
                tracing::error!(job = id.0, "a job panicked");
            }
        }
    }

    fn steer(&self, id: JobId, how: impl Fn(&Control)) {
        // A job that is not there any more has ended meanwhile: its last event is on the way.
        if let Some(job) = self.running.get(&id) {
            how(&job.control);
        }
    }

    fn start(&mut self, id: JobId, spec: JobSpec) {
        let control = Control::default();
        let outlet = self.outlet.clone();
        if self.context.is_read_only() && spec.changes_library() {
            outlet.insist(JobEvent::Finished { id, result: Err(JobError::ReadOnly) });
            return;
        }
        let job = Job { id, context: self.context.clone(), control: control.clone(), outlet: outlet.clone() };
        let started = thread::Builder::new().name(format!("job-{}", id.0)).spawn(move || job.run(spec));
        match started {
            Ok(thread) => {
                self.running.insert(id, Running { control, thread });
            }
            Err(error) => {
                let result = Err(JobError::Failed { doing: "Starting the work", reason: error.to_string() });
                outlet.insist(JobEvent::Finished { id, result });
            }
        }
    }
}

struct Job {
    id: JobId,
    context: Arc<Context>,
    control: Control,
    outlet: Outlet,
}

impl Job {
    fn run(self, spec: JobSpec) {
        let id = self.id;
        self.outlet.tell(JobEvent::Started { id });
        let report = Teller { id, outlet: self.outlet.clone(), last: Mutex::new(None) };
        // A bug in one job must not leave the window waiting for it for ever.
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            carry_out(&self.context, spec, &self.control, &report)
        }));
        let result = worked.unwrap_or_else(|_| {
            Err(JobError::Failed {
                doing: "The work",
                reason: "Songline made a mistake here; the log has the details. What was finished is kept.".to_owned(),
            })
        });
        if let Err(error) = &result {
            tracing::info!(job = id.0, %error, "a job ended without its result");
        }
        self.outlet.insist(JobEvent::Finished { id, result });
    }
}

/// Runs one piece of work to its end.
fn carry_out(context: &Context, spec: JobSpec, control: &Control, report: &Teller) -> Result<JobOutput, JobError> {
    Ok(match spec {
        JobSpec::ReadLibrary => JobOutput::Library(Box::new(read::snapshot(context)?)),
        JobSpec::MakeDemo => JobOutput::Imported(import::make_demo(context, control, report)?),
        JobSpec::Import { paths, retry_failed } => {
            JobOutput::Imported(import::import(context, &paths, retry_failed, control, report)?)
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
        JobSpec::AcceptTerms => {
            previews::accept(context)?;
            JobOutput::TermsAccepted
        }
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
    })
}

/// Tells the window what a job reports, no faster than it can be seen.
struct Teller {
    id: JobId,
    outlet: Outlet,
    last: Mutex<Option<Instant>>,
}

impl Report for Teller {
    fn progress(&self, progress: Progress) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let finished = progress.total.is_some_and(|total| progress.done >= total);
        if finished || last.is_none_or(|last| last.elapsed() >= PROGRESS_EVERY) {
            *last = Some(Instant::now());
            self.outlet.offer(JobEvent::Progress { id: self.id, progress });
        }
    }

    fn partial(&self, partial: Partial) {
        let repeated = matches!(
            partial,
            Partial::Map { .. } | Partial::Training(TrainingEvent::Step(_) | TrainingEvent::Reconstruction(_))
        );
        let event = JobEvent::Partial { id: self.id, partial };
        if repeated { self.outlet.offer(event) } else { self.outlet.tell(event) }
    }

    fn warning(&self, text: String) {
        self.outlet.tell(JobEvent::Warning { id: self.id, text });
    }
}
