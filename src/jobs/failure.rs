//! From the errors of the rooms to [`JobError`]: what was being done is added, the chain of causes is kept as text.

use std::error::Error;

use super::message::JobError;
use crate::archive::ArchiveError;
use crate::audio::AudioError;
use crate::domain::Cancelled;
use crate::evaluate::EvaluateError;
use crate::library::LibraryError;
use crate::map::MapError;
use crate::model::ModelError;
use crate::similarity::SimilarityError;
use crate::source::SourceError;
use crate::source::download::DownloadError;

/// An error that may stand for a cancelled job.
pub(super) trait RoomError: Error + Sized {
    fn is_cancelled(&self) -> bool;

    /// Whether trying again later may help.
    fn may_pass(&self) -> bool {
        false
    }

    /// The error as a job's: `doing` in the words of a headline, "Importing".
    fn doing(self, doing: &'static str) -> JobError {
        if self.is_cancelled() {
            JobError::Cancelled
        } else if self.may_pass() {
            JobError::Passing { doing, reason: chain(&self) }
        } else {
            JobError::Failed { doing, reason: chain(&self) }
        }
    }
}

/// The message of an error and of everything that caused it, once each.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

macro_rules! room_error {
    ($($error:ty),*) => {$(
        impl RoomError for $error {
            fn is_cancelled(&self) -> bool {
                matches!(self, Self::Cancelled(_))
            }
        }
    )*};
}

room_error!(ArchiveError, SourceError, MapError, EvaluateError);

impl RoomError for LibraryError {
    fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled(_))
    }

    fn may_pass(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::Busy { .. })
    }
}

impl RoomError for ModelError {
    fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled(_))
    }

    fn may_pass(&self) -> bool {
        matches!(self, Self::Library(error) if error.may_pass())
    }
}

impl RoomError for DownloadError {
    fn is_cancelled(&self) -> bool {
        Self::is_cancelled(self)
    }

    fn may_pass(&self) -> bool {
        Self::may_pass(self) || matches!(self, Self::DiskFull { .. })
    }
}

impl RoomError for SimilarityError {
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl RoomError for AudioError {
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl RoomError for std::io::Error {
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl From<Cancelled> for JobError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
