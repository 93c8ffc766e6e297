//! What the window asks of the library.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Context;
use super::failure::RoomError;
use super::message::{DeviceSummary, FailedFile, JobError, LibrarySnapshot, Sketch};
use crate::domain::{AudioFeatures, TrackId};

const DOING: &str = "Reading the library";

/// Tracks, failures and models. Installs the bundled model where the library has none.
pub fn snapshot(context: &Context) -> Result<LibrarySnapshot, JobError> {
    let models = super::models::summaries(context)?;
    let tracks = context.library.tracks().map_err(|error| error.doing(DOING))?;
    let failures = context.library.failures().map_err(|error| error.doing(DOING))?;
    Ok(LibrarySnapshot {
        root: context.library.root().to_path_buf(),
        unwritable: context.library.is_read_only(),
        tracks: tracks.into_iter().map(Arc::new).collect(),
        failures: failures
            .into_iter()
            .map(|failure| FailedFile { path: failure.path, reason: failure.reason })
            .collect(),
        recordings: context.library.recordings().map_err(|error| error.doing(DOING))?,
        hidden: context.library.hidden().map_err(|error| error.doing(DOING))?,
        models,
        folders: context.library.folders().map_err(|error| error.doing(DOING))?,
        features: features(context)?,
        origins: context.library.origins().map_err(|error| error.doing(DOING))?,
        terms_accepted: super::previews::accepted(context)?,
        left: super::history::left(context)?,
    })
}

/// Follows a folder, or no longer; the folders that are followed then.
pub fn follow(context: &Context, path: &Path, follow: bool) -> Result<Vec<PathBuf>, JobError> {
    let doing = "Following a folder";
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    context.library.follow_folder(&path, follow).map_err(|error| error.doing(doing))?;
    context.library.folders().map_err(|error| error.doing(doing))
}

/// The audio features of those tracks that are in the Spotify catalogue.
pub fn features(context: &Context) -> Result<Vec<(TrackId, AudioFeatures)>, JobError> {
    context.library.spotify_features().map_err(|error| error.doing(DOING))
}

/// Outline and cover of a track.
pub fn sketch(context: &Context, track: TrackId) -> Result<Sketch, JobError> {
    let waveform = context.library.waveform(track).map_err(|error| error.doing(DOING))?;
    let cover = context.library.cover(track).map_err(|error| error.doing(DOING))?;
    Ok(Sketch { track, waveform, cover: cover.map(Arc::from) })
}

/// Processors that can run the model.
pub fn devices() -> Vec<DeviceSummary> {
    crate::model::list_devices()
        .into_iter()
        .map(|device| DeviceSummary { choice: device.choice, name: device.name, software: device.software })
        .collect()
}
