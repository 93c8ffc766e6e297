//! Runs jobs on threads of their own. One coordinator starts, pauses and cancels them; it never works itself.

mod line;
mod rank;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use self::line::{Change, Line};
use self::rank::Rank;
use super::history::came_to;
use super::ledger::{self, Ledger};
use super::message::{
    JobCommand, JobError, JobEvent, JobId, JobOutput, JobSpec, JobState, Partial, TrainingEvent, Waiting, Work,
};
use super::perform::perform;
use super::{Context, Report};
use crate::domain::{Control, Progress};

/// Messages that may wait for the coordinator: so many that the window, which sends a few at a time, never waits to send one.
const MESSAGES: usize = 4_096;
/// Events that may wait. Above that, news that a later report repeats is dropped, the rest waits for the window.
const EVENTS: usize = 4_096;
/// Progress of a job is told this often at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(40);
/// How long a report that no later one repeats waits for a window that does not listen.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a job rests before it is tried again, each time it failed for a reason that may pass.
const RESTS: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(120)];

/// The worker. Dropping it cancels every job and waits for them to come to their next checkpoint; what can be taken up again
/// is, at the next start.
pub struct Worker {
    messages: Sender<Message>,
    coordinator: Option<JoinHandle<()>>,
}

/// Does a piece of work.
type Perform = fn(&Context, JobSpec, &Control, &dyn Report) -> Result<JobOutput, JobError>;

enum Message {
    Command(JobCommand),
    Step(JobId, Step),
}

/// What a job's thread tells the coordinator.
enum Step {
    /// It failed and waits before it tries again: others may work.
    Rests,
    Returns,
    Ended,
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
        Self::spawn_with(context, wake, perform)
    }

    fn spawn_with(
        context: Arc<Context>,
        wake: impl Fn() + Send + Sync + 'static,
        perform: Perform,
    ) -> std::io::Result<(Self, Receiver<JobEvent>)> {
        let (messages, inbox) = bounded(MESSAGES);
        let (events, outbox) = bounded(EVENTS);
        let outlet = Outlet { events, wake: Arc::new(wake) };
        let steps = messages.clone();
        let coordinator = thread::Builder::new().name("jobs".to_owned()).spawn(move || {
            let ledger = Ledger::start(context.clone());
            let (running, line) = (HashMap::new(), Line::default());
            Coordinator { context, outlet, ledger, steps, running, line, perform }.run(&inbox);
        })?;
        Ok((Self { messages, coordinator: Some(coordinator) }, outbox))
    }

    /// Hands a command to the coordinator, which takes it at once. Never waits.
    pub fn send(&self, command: JobCommand) {
        if self.messages.send(Message::Command(command)).is_err() {
            tracing::error!("the coordinator of jobs is gone");
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Where the coordinator is gone already there is nothing left to end.
        let _ = self.messages.send(Message::Command(JobCommand::Shutdown));
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
    rank: Rank,
    paused: bool,
    note: Option<ledger::Teller>,
}

struct Coordinator {
    context: Arc<Context>,
    outlet: Outlet,
    ledger: Ledger,
    steps: Sender<Message>,
    running: HashMap<JobId, Running>,
    /// The heavy jobs among them.
    line: Line,
    perform: Perform,
}

impl Coordinator {
    fn run(mut self, inbox: &Receiver<Message>) {
        for message in inbox {
            match message {
                Message::Command(JobCommand::Start { id, spec }) => self.start(id, spec),
                Message::Command(JobCommand::Pause(id)) => self.pause(id, true),
                Message::Command(JobCommand::Resume(id)) => self.pause(id, false),
                Message::Command(JobCommand::Prefer(id)) => self.line.prefer(id),
                Message::Command(JobCommand::Cancel(id)) => {
                    // A job that is not there any more has ended meanwhile: its last event is on the way.
                    if let Some(job) = self.running.get(&id) {
                        job.control.cancel();
                    }
                }
                Message::Command(JobCommand::Shutdown) => break,
                Message::Step(id, Step::Rests) => self.line.rest(id, true),
                Message::Step(id, Step::Returns) => self.line.rest(id, false),
                Message::Step(id, Step::Ended) => {
                    self.line.remove(id);
                    self.running.remove(&id);
                }
            }
            self.arrange();
        }
        self.ledger.closing();
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

    fn pause(&mut self, id: JobId, paused: bool) {
        let Some(job) = self.running.get_mut(&id) else { return };
        if paused {
            job.control.pause()
        } else {
            job.control.resume()
        }
        if job.paused != paused
            && let Some(note) = &job.note
        {
            note.paused(paused);
        }
        job.paused = paused;
        self.line.pause(id, paused);
    }

    /// Lets the right job work, and the others wait.
    fn arrange(&mut self) {
        for change in self.line.arrange() {
            self.outlet.tell(match change {
                Change::Work(id) => JobEvent::Started { id },
                Change::Wait { id, behind } => JobEvent::Waiting { id, why: Waiting::Behind(behind) },
            });
        }
        let watched = self.running.values().any(|job| job.rank == Rank::Looking && !job.paused);
        for (id, job) in &self.running {
            if matches!(job.rank, Rank::Heavy(_)) {
                job.control.hold(watched || self.line.at_work() != Some(*id));
            }
        }
    }

    fn start(&mut self, id: JobId, spec: JobSpec) {
        let control = Control::default();
        let outlet = self.outlet.clone();
        if self.context.is_read_only() && spec.changes_library() {
            let unwritable = self.context.library.is_read_only();
            let error = if unwritable { JobError::Unwritable } else { JobError::ReadOnly };
            outlet.insist(JobEvent::Finished { id, result: Err(error) });
            return;
        }
        let rank = Rank::of(&spec);
        if let Rank::Heavy(urgency) = rank {
            control.hold(true);
            self.line.add(id, urgency);
        }
        let note = self.ledger.asked(id, &spec);
        let (context, steps) = (self.context.clone(), self.steps.clone());
        let job = Job {
            id,
            context,
            control: control.clone(),
            outlet: outlet.clone(),
            steps,
            note: note.clone(),
            perform: self.perform,
        };
        let started = thread::Builder::new().name(format!("job-{}", id.0)).spawn(move || job.run(spec));
        match started {
            Ok(thread) => {
                self.running.insert(id, Running { control, thread, rank, paused: false, note });
            }
            Err(error) => {
                self.line.remove(id);
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
    steps: Sender<Message>,
    note: Option<ledger::Teller>,
    perform: Perform,
}

impl Job {
    fn run(self, spec: JobSpec) {
        let id = self.id;
        let (result, seconds) = self.try_to_end(spec);
        if let Err(error) = &result {
            tracing::info!(job = id.0, %error, "a job ended without its result");
        }
        if let Some(note) = &self.note {
            let (state, detail) = match &result {
                Ok(output) => (JobState::Done, came_to(output)),
                Err(JobError::Cancelled) => (JobState::Cancelled, String::new()),
                Err(error) => (JobState::Failed, error.to_string()),
            };
            note.ended(state, seconds, detail);
        }
        // Written down before it is told: who reads the history then finds it there, or soon. The line moves on first, for the
        // window may start something at once.
        self.step(Step::Ended);
        self.outlet.insist(JobEvent::Finished { id, result });
    }

    /// Works until there is a result, or an error that stays; gives the seconds at work besides.
    fn try_to_end(&self, spec: JobSpec) -> (Result<JobOutput, JobError>, f64) {
        // Only what keeps what it has finished is worth trying again.
        let again = Work::of(&spec).is_some() || matches!(spec, JobSpec::BuildMap { .. } | JobSpec::CatchUp { .. });
        let mut rests = RESTS.into_iter().filter(|_| again);
        loop {
            if self.control.checkpoint().is_err() {
                return (Err(JobError::Cancelled), 0.0);
            }
            self.outlet.tell(JobEvent::Started { id: self.id });
            let begun = Instant::now();
            let result = self.work(spec.clone());
            let seconds = begun.elapsed().as_secs_f64();
            let (reason, rest) = match (&result, rests.next()) {
                (Err(JobError::Passing { reason, .. }), Some(rest)) => (reason.clone(), rest),
                _ => return (result, seconds),
            };
            tracing::info!(job = self.id.0, reason, "a job is tried again");
            if let Some(note) = &self.note {
                note.tried_again(reason.clone());
            }
            self.step(Step::Rests);
            let why = Waiting::Again { at: Instant::now() + rest, reason };
            self.outlet.tell(JobEvent::Waiting { id: self.id, why });
            let rested = self.control.rest(rest);
            self.step(Step::Returns);
            if rested.is_err() {
                return (Err(JobError::Cancelled), seconds);
            }
        }
    }

    fn work(&self, spec: JobSpec) -> Result<JobOutput, JobError> {
        let report = Teller { id: self.id, outlet: self.outlet.clone(), last: Mutex::new(None) };
        // A bug in one job must not leave the window waiting for it for ever.
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            (self.perform)(&self.context, spec, &self.control, &report)
        }));
        worked.unwrap_or_else(|_| {
            Err(JobError::Failed {
                doing: "The work",
                reason: "Songline made a mistake here; the log has the details. What was finished is kept.".to_owned(),
            })
        })
    }

    fn step(&self, step: Step) {
        // Where the coordinator is gone, the program ends.
        let _ = self.steps.send(Message::Step(self.id, step));
    }
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

#[cfg(test)]
mod tests;
