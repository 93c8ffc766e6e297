//! Writes down what was asked of the worker and what became of it, on a thread of its own: a library that is busy must not hold
//! up the window.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Context;
use super::message::{JobId, JobSpec, JobState, Work};

/// How long the end of a job waits to be written down before it is told.
const PATIENCE: Duration = Duration::from_millis(250);

/// Notes that may wait for a library that is busy: far more than anybody asks for meanwhile.
const NOTES: usize = 4_096;

/// Written in the order of telling.
enum Note {
    Asked {
        id: JobId,
        title: &'static str,
        about: String,
        work: Option<String>,
    },
    Paused {
        id: JobId,
        paused: bool,
    },
    TriedAgain {
        id: JobId,
        why: String,
    },
    /// `written` is dropped once it is written down.
    Ended {
        id: JobId,
        state: JobState,
        seconds: f64,
        detail: String,
        written: Sender<()>,
    },
    /// The program ends: what is cancelled from now on is left for the next start.
    Closing,
}

/// The one who writes. Dropping it waits until everything is written.
pub(super) struct Ledger {
    notes: Option<Sender<Note>>,
    writer: Option<JoinHandle<()>>,
}

/// Tells the writer of one job.
#[derive(Clone)]
pub(super) struct Teller {
    id: JobId,
    notes: Sender<Note>,
}

impl Ledger {
    /// Starts the writer. Without a thread for it nothing is written, which the log says.
    pub(super) fn start(context: Arc<Context>) -> Self {
        let (notes, inbox) = bounded(NOTES);
        let writer = thread::Builder::new().name("ledger".to_owned()).spawn(move || write(&context, &inbox));
        let writer = writer.inspect_err(|error| tracing::warn!(%error, "the history of work is not written")).ok();
        Self { notes: Some(notes), writer }
    }

    /// Work is asked for; `None` where it is over in a moment and not worth a line.
    pub(super) fn asked(&self, id: JobId, spec: &JobSpec) -> Option<Teller> {
        let (title, about) = spec.words()?;
        // A path that is not text cannot be written so, and its work not be taken up again: it is in the history all the same.
        let work = Work::of(spec).and_then(|work| serde_json::to_string(&work).ok());
        let notes = self.notes.clone()?;
        let _ = notes.send(Note::Asked { id, title, about, work });
        Some(Teller { id, notes })
    }

    pub(super) fn closing(&self) {
        if let Some(notes) = &self.notes {
            let _ = notes.send(Note::Closing);
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.notes = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer of the history panicked");
        }
    }
}

// Where the writer has no thread, nobody hears these.
impl Teller {
    pub(super) fn paused(&self, paused: bool) {
        let _ = self.notes.send(Note::Paused { id: self.id, paused });
    }

    pub(super) fn tried_again(&self, why: String) {
        let _ = self.notes.send(Note::TriedAgain { id: self.id, why });
    }

    /// Waits a moment until it is written, so that who hears of the end finds it in the history.
    pub(super) fn ended(&self, state: JobState, seconds: f64, detail: String) {
        let (written, wait) = bounded(0);
        if self.notes.send(Note::Ended { id: self.id, state, seconds, detail, written }).is_ok() {
            let _ = wait.recv_timeout(PATIENCE);
        }
    }
}

fn write(context: &Context, inbox: &Receiver<Note>) {
    let library = &context.library;
    let mut rows: HashMap<JobId, i64> = HashMap::new();
    let mut closing = false;
    for note in inbox {
        let written = match note {
            Note::Closing => {
                closing = true;
                Ok(())
            }
            _ if context.is_read_only() => Ok(()),
            Note::Asked { id, title, about, work } => {
                context.note_job(|under_way| library.note_job(title, &about, work.as_deref(), under_way)).map(|row| {
                    rows.insert(id, row);
                })
            }
            Note::Paused { id, paused } => rows.get(&id).map_or(Ok(()), |row| {
                library.job_stands(*row, if paused { JobState::Paused } else { JobState::Waiting }, None, "")
            }),
            Note::TriedAgain { id, why } => rows.get(&id).map_or(Ok(()), |row| library.job_tried_again(*row, &why)),
            Note::Ended { state: JobState::Cancelled, .. } if closing => Ok(()),
            Note::Ended { id, state, seconds, detail, written } => {
                let row = rows.remove(&id);
                let noted = row.map_or(Ok(()), |row| library.job_stands(row, state, Some(seconds), &detail));
                drop(written);
                noted
            }
        };
        if let Err(error) = written {
            tracing::warn!(%error, "the history of work could not be written");
        }
    }
}
