//! What the window asks of the library.

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
        tracks: tracks.into_iter().map(Arc::new).collect(),
        failures: failures
            .into_iter()
            .map(|failure| FailedFile { path: failure.path, reason: failure.reason })
            .collect(),
        hidden: context.library.hidden().map_err(|error| error.doing(DOING))?,
        models,
        features: features(context)?,
        origins: context.library.origins().map_err(|error| error.doing(DOING))?,
        terms_accepted: super::previews::accepted(context)?,
    })
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
