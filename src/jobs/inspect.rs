//! A track on its way through the network.

use std::fs;
use std::path::{Path, PathBuf};

use super::context::too_short;
use super::failure::RoomError;
use super::import::analyse_query;
use super::message::{Flow, Inspection, JobError, Query, Subject};
use super::{Context, Report, export, sides};
use crate::domain::{Control, DeviceChoice, Progress, Span, Spectrogram, Track, TrackId};
use crate::model::Embedder;

const DOING: &str = "Inspecting";

/// Sends the segments of `span` through the network called `model`, or the active one; all of them where the subject is too short for the 30-second view.
pub fn inspect(
    context: &Context,
    subject: &Subject,
    model: Option<&str>,
    span: Span,
    device: DeviceChoice,
    control: &Control,
) -> Result<Inspection, JobError> {
    let model = context.model(model)?;
    let embedder = context.embedder(&model, device)?;
    let (track, spectrogram) = match subject {
        Subject::Track(id) => of_track(context, &embedder, *id, control)?,
        Subject::File(path) => of_file(context, &embedder, path, device, control)?,
    };
    let grid = embedder.grid();
    let count = spectrogram.segment_count(grid);
    let range = track.span_on(grid, span, count).or_else(|| track.span_on(grid, Span::Whole, count));
    let range = range.ok_or_else(|| too_short(&track))?;
    let flow = embedder.flow(&spectrogram, range.clone()).map_err(|error| error.doing(DOING))?;
    Ok(Inspection { subject: subject.clone(), model: model.name, offset: range.start, flow })
}

fn of_track(
    context: &Context,
    embedder: &Embedder,
    id: TrackId,
    control: &Control,
) -> Result<(Track, Spectrogram), JobError> {
    Ok((context.track(id)?, sides::of_track(context, embedder.config().input, id, control)?))
}

fn of_file(
    context: &Context,
    embedder: &Embedder,
    path: &Path,
    device: DeviceChoice,
    control: &Control,
) -> Result<(Track, Spectrogram), JobError> {
    let (file, middle) = analyse_query(context, path, device, control)?;
    let spectrogram = sides::of_file(embedder.config().input, path, &middle, control)?;
    Ok((file.track, spectrogram))
}

/// Writes every stage of a track or a file as PNG pictures and `.npy` numbers into `folder`; returns what it wrote.
///
/// `spectrogram.npy` has the shape frames × bands of the inspected span, with the side's bands after the middle's for a model
/// that listens to both; `input.npy` and `reconstruction.npy` segments ×
/// frames × bands; `hidden_in.npy`, `encoding.npy`, `hidden_out.npy` segments × N; `embedding.npy` segments × M.
pub fn write(
    context: &Context,
    query: &Query,
    span: Span,
    device: DeviceChoice,
    folder: &Path,
    control: &Control,
    report: &dyn Report,
) -> Result<Vec<PathBuf>, JobError> {
    let model = context.active_model()?;
    let embedder = context.embedder(&model, device)?;
    let (track, spectrogram) = match query {
        Query::Tracks(tracks) => {
            let id = tracks.first().copied().ok_or(JobError::UnknownTrack { title: "The track".to_owned() })?;
            of_track(context, &embedder, id, control)?
        }
        Query::File(path) => of_file(context, &embedder, path, device, control)?,
    };
    let grid = embedder.grid();
    let range = track.span_on(grid, span, spectrogram.segment_count(grid)).ok_or_else(|| too_short(&track))?;
    let flow = embedder.flow(&spectrogram, range.clone()).map_err(|error| error.doing(DOING))?;
    fs::create_dir_all(folder).map_err(|error| error.doing(DOING))?;
    let frames = grid.frames_of(range.start).start..grid.frames_of(range.end.saturating_sub(1)).end;
    let bands = spectrogram.bands();
    let seen = spectrogram.values().get(frames.start * bands..frames.end * bands).unwrap_or(spectrogram.values());
    let whole = Stage { name: "spectrogram", shape: vec![seen.len() / bands, bands], values: seen };
    let stages: Vec<Stage<'_>> = std::iter::once(whole).chain(stages(&flow)).collect();
    let mut written = Vec::new();
    for (done, stage) in stages.iter().enumerate() {
        control.checkpoint()?;
        report.progress(Progress::new("Writing", done as u64, Some(stages.len() as u64)).with_detail(stage.name));
        written.extend(export::write_stage(folder, stage)?);
    }
    Ok(written)
}

/// One stage of the network, to be written.
pub(super) struct Stage<'a> {
    pub name: &'static str,
    /// Segments × dimensions, or segments × frames × bands.
    pub shape: Vec<usize>,
    pub values: &'a [f32],
}

fn stages(flow: &Flow) -> Vec<Stage<'_>> {
    let image = |name, values| Stage { name, shape: vec![flow.segments, flow.frames, flow.bands], values };
    let vector = |name, values, dim| Stage { name, shape: vec![flow.segments, dim], values };
    vec![
        image("input", &flow.input),
        vector("hidden_in", &flow.hidden_in, flow.hidden_dims[0]),
        vector("encoding", &flow.encoding, flow.encoding_dim),
        vector("hidden_out", &flow.hidden_out, flow.hidden_dims[1]),
        image("reconstruction", &flow.reconstruction),
        vector("embedding", &flow.embedding, flow.embedding_dim),
    ]
}
