//! What can go wrong with a model, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::domain::Cancelled;
use crate::library::LibraryError;

/// Why a model could not be trained, read or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("this machine has no {wanted} device that can run the model{hint}; choose “auto” or “cpu”")]
    NoDevice { wanted: &'static str, hint: &'static str },
    #[error("{setting} is {value}; it must be {allowed}")]
    Setting { setting: &'static str, value: String, allowed: &'static str },
    #[error("there is nothing to train on: {0}")]
    NoTracks(String),
    #[error("a model called “{0}” is there already, with other settings; choose another name")]
    NameTaken(String),
    #[error("“{0}” has no finished phase 1 with these settings to build on; train phase 1 first, or both")]
    NoPhaseOne(String),
    #[error("training ran away: the loss is not a number any more; try a lower learning rate")]
    Diverged,
    #[error("the network gave values that are not numbers; its weights are damaged, train it again")]
    NonFinite,
    #[error(
        "the spectrogram is {frames} frames by {bands} bands; the model needs {needed} frames by {model_bands} bands"
    )]
    Shape { frames: usize, bands: usize, needed: usize, model_bands: usize },
    #[error("a file of the model is damaged ({reason}); train it again: {}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("cannot {action}; see that the folder is writable and the disk is not full: {}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("the device stopped working: {0}; choose another under Settings")]
    Device(String),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
