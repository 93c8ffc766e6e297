//! The one place that writes errors and news for people: what happened, what to do, the path last.

use std::collections::VecDeque;

use crate::jobs::message::{ImportSummary, JobError};

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// A message for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub id: u64,
    pub severity: Severity,
    /// What happened.
    pub title: String,
    /// What to do, and where; may be empty.
    pub detail: String,
}

/// The messages on screen, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Notices {
    list: VecDeque<Notice>,
    last: u64,
}

impl Notices {
    /// Messages kept at most: the oldest makes room.
    const LIMIT: usize = 5;

    pub fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.list.iter()
    }

    /// Shows a message; one that says the same is shown once.
    pub fn push(&mut self, severity: Severity, title: impl Into<String>, detail: impl Into<String>) {
        let (title, detail) = (title.into(), detail.into());
        self.list.retain(|notice| notice.title != title || notice.detail != detail);
        self.last += 1;
        self.list.push_back(Notice { id: self.last, severity, title, detail });
        while self.list.len() > Self::LIMIT {
            self.list.pop_front();
        }
    }

    /// The number of the newest message; 0 before the first.
    pub fn newest(&self) -> u64 {
        self.last
    }

    /// What failed since the message numbered `since`, in a line.
    pub fn newer(&self, since: u64) -> Option<String> {
        let failed = self.list.iter().rev().find(|notice| notice.id > since && notice.severity == Severity::Error)?;
        Some(format!("{}. {}", failed.title, failed.detail))
    }

    pub fn dismiss(&mut self, id: u64) {
        self.list.retain(|notice| notice.id != id);
    }
}

/// An error in the words of the window and the command line: what happened, then what to do (may be empty).
/// `None` for a cancelled job, which the user asked for.
pub fn describe(error: &JobError) -> Option<(String, String)> {
    let words = match error {
        JobError::Cancelled => return None,
        JobError::NothingEmbedded { model } => (
            "There is nothing to compare with yet".to_owned(),
            format!("The model {model} has embedded no track. Import music of 30 s or more, then embed it."),
        ),
        JobError::ReadOnly => (
            "Another window works with this library".to_owned(),
            "This one only reads. Do it in the other window, or close that one.".to_owned(),
        ),
        JobError::Unwritable => (
            "The library's folder cannot be written to".to_owned(),
            "Make the folder writable and start Songline again, or choose another library under Settings.".to_owned(),
        ),
        JobError::NoModel => {
            ("No model is active".to_owned(), "Choose one under Train, or train one there.".to_owned())
        }
        JobError::UnknownTrack { title } => {
            (format!("{title} is not in the library"), "Import it again, or choose another track.".to_owned())
        }
        JobError::TooShort { title, seconds } => (
            format!("{title} is too short for preview mode"),
            format!(
                "It lasts {seconds:.1} s and the 30-second view needs 30 s. Whole-track mode compares any length from 4 s up."
            ),
        ),
        JobError::Failed { doing, reason } | JobError::Passing { doing, reason } => {
            (format!("{doing} failed"), reason.clone())
        }
    };
    Some(words)
}

/// An import in one sentence: "64 tracks imported, 2 unchanged, 1 failed".
pub fn import_summary(summary: &ImportSummary) -> String {
    let mut parts = vec![match summary.imported {
        1 => "1 track imported".to_owned(),
        count => format!("{count} tracks imported"),
    }];
    let rest = [
        (summary.unchanged, "unchanged"),
        (summary.duplicates, "already there under another path"),
        (summary.skipped, "skipped, having failed before"),
        (summary.failed, "failed"),
    ];
    parts.extend(rest.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    parts.join(", ")
}
