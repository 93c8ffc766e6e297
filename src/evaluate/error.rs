//! Why an evaluation could not be made, and what to do about it.

use std::path::PathBuf;

use crate::domain::Cancelled;

#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A table cannot be read.
    #[error("{reason}: {}", path.display())]
    Table { path: PathBuf, reason: String },
    /// The labels have no column that names files.
    #[error("the labels need a column called “file”; this table has {}: {}", columns.join(", "), path.display())]
    NoFileColumn { path: PathBuf, columns: Vec<String> },
    /// None of the labels belongs to a track.
    #[error(
        "none of the {looked} file names in the labels is that of a track in the library; for example “{label}” was looked for, and the library has “{track}”"
    )]
    NothingMatched { looked: usize, label: String, track: String },
    /// A column that is not there.
    #[error("there are no labels called “{name}”; there are {}", columns.join(", "))]
    UnknownColumn { name: String, columns: Vec<String> },
    /// Nothing can be asked of these tracks.
    #[error("{0}")]
    NothingToAsk(String),
    /// A file of vectors cannot be used.
    #[error("{reason}: {}", path.display())]
    Vectors { path: PathBuf, reason: String },
}
