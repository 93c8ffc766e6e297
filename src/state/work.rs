//! Work by hand: pausing, cancelling, putting first, and what became of earlier work.

use std::time::Instant;

use crate::jobs::message::{JobCommand, JobId, JobSpec, LeftJob, PastJob, Waiting, Work};

use super::{AppState, Effect, JobKind, Screen, Severity};

/// What a person does with work, beside pausing and cancelling it.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkCommand {
    /// Puts it before all others.
    First(JobId),
    /// Has earlier work done again.
    Again(Box<Work>),
    /// Forgets work that has ended.
    Forget,
}

impl AppState {
    pub(super) fn work(&mut self, command: WorkCommand) -> Vec<Effect> {
        match command {
            WorkCommand::First(id) => vec![Effect::Job(JobCommand::Prefer(id))],
            WorkCommand::Again(work) => self.take_up(*work, false),
            WorkCommand::Forget => vec![self.launch(JobKind::History, JobSpec::ForgetHistory)],
        }
    }

    pub(super) fn pause(&mut self, id: JobId, paused: bool) -> Vec<Effect> {
        if let Some(job) = self.jobs.get_mut(id) {
            job.paused = paused;
            job.stop(Instant::now());
        }
        vec![Effect::Job(if paused { JobCommand::Pause(id) } else { JobCommand::Resume(id) })]
    }

    pub(super) fn cancel(&mut self, id: JobId) -> Vec<Effect> {
        if let Some(job) = self.jobs.get_mut(id) {
            job.cancelling = true;
        }
        vec![Effect::Job(JobCommand::Cancel(id))]
    }

    /// A job is at work, or waits.
    pub(super) fn job_waits(&mut self, id: JobId, why: Option<Waiting>) {
        if let Some(job) = self.jobs.get_mut(id) {
            job.stop(Instant::now());
            job.waiting = why;
        }
    }

    /// Goes on with what an earlier start of the program left undone.
    pub(super) fn take_up_left(&mut self, left: Vec<LeftJob>) -> Vec<Effect> {
        let mut effects = Vec::new();
        let titles: Vec<_> = left
            .iter()
            .filter_map(|left| left.work.clone().spec().words())
            .map(|(title, about)| if about.is_empty() { title.to_owned() } else { format!("{title}: {about}") })
            .collect();
        for LeftJob { work, paused } in left {
            effects.extend(self.take_up(work, paused));
        }
        if !effects.is_empty() {
            let text = "Going on with what was left undone";
            self.notices.push(Severity::Info, text, titles.join(", "));
        }
        effects
    }

    fn take_up(&mut self, work: Work, paused: bool) -> Vec<Effect> {
        let kind = JobKind::from(&work);
        if kind == JobKind::Train {
            // Two at once would write the same curves; training that was left is gone on with where it was.
            if self.jobs.of_kind(&kind).is_some() {
                return Vec::new();
            }
            if let Work::Train { spec, .. } = &work {
                self.training.begin(&spec.name);
            }
        }
        let id = self.jobs.begin(kind);
        let mut effects = vec![Effect::Job(JobCommand::Start { id, spec: work.spec() })];
        if paused {
            effects.extend(self.pause(id, true));
        }
        effects
    }

    /// Reads the history where it is looked at.
    pub(super) fn read_history(&mut self) -> Vec<Effect> {
        if self.session.screen == Screen::Data { self.once(JobKind::History, JobSpec::ReadHistory) } else { Vec::new() }
    }

    pub(super) fn take_history(&mut self, past: Vec<PastJob>) {
        self.past = Some(past);
    }
}
