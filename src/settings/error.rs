//! What can go wrong with settings.

use std::path::PathBuf;

/// Why settings could not be read or kept, or a directory not found.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The platform names no home folder.
    #[error(
        "no home folder is known, so there is no place for the library and the settings; set HOME (USERPROFILE on \
         Windows) to a folder, or name a library with --library DIR"
    )]
    NoHome,
    /// The file is not settings at all. It was kept aside, and the defaults hold.
    #[error("the settings could not be understood and the defaults are used; the old file is kept as {}", kept.display())]
    Broken { kept: PathBuf, source: serde_json::Error },
    /// Some values could not be understood; for those the defaults hold.
    #[error("the defaults are used for settings that could not be understood ({}): {}", names.join(", "), path.display())]
    Values { path: PathBuf, names: Vec<String> },
    #[error("the settings could not be read and the defaults are used: {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the settings could not be kept; see that the folder is writable and the disk is not full: {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
}
