//! What a model is shown of a track: its spectrogram, and for models that listen to the side, that beside it, made from the
//! file once it is needed.

use std::path::Path;

use rayon::prelude::*;

use super::failure::{RoomError, chain};
use super::message::JobError;
use super::{Context, Report};
use crate::audio::AudioReader;
use crate::domain::{Control, Progress, Spectrogram, TrackId};
use crate::dsp::SideAnalyser;
use crate::model::Input;

const DOING: &str = "Listening to the side";
/// Tracks in hand at once, so that progress is told and a pause is near.
const BLOCK: usize = 8;

/// The spectrogram of a track of the library as models of this input take it.
pub(super) fn of_track(
    context: &Context,
    input: Input,
    id: TrackId,
    control: &Control,
) -> Result<Spectrogram, JobError> {
    let middle = context.library.spectrogram(id).map_err(|error| error.doing(DOING))?;
    if input != Input::Stereo {
        return Ok(middle);
    }
    let side = match context.library.side(id).map_err(|error| error.doing(DOING))? {
        Some(side) => side,
        None => make(context, id, control)?,
    };
    beside(&middle, &side)
}

/// The same of a file that need not be in the library, whose own spectrogram is `middle`.
pub(super) fn of_file(
    input: Input,
    path: &Path,
    middle: &Spectrogram,
    control: &Control,
) -> Result<Spectrogram, JobError> {
    if input == Input::Stereo { beside(middle, &analyse(path, control)?) } else { Ok(middle.clone()) }
}

/// Makes what models of this input need of `tracks` beside their spectrograms, on all processors. Tracks whose files are gone
/// or cannot be read are left to whoever asks for them.
pub(super) fn prepare(
    context: &Context,
    input: Input,
    tracks: &[TrackId],
    control: &Control,
    report: &dyn Report,
) -> Result<(), JobError> {
    if input != Input::Stereo {
        return Ok(());
    }
    let total = Some(tracks.len() as u64);
    for (block, tracks) in tracks.chunks(BLOCK).enumerate() {
        control.checkpoint()?;
        tracks.par_iter().try_for_each(|id| -> Result<(), JobError> {
            let known = context.library.mapped_side(*id).map_err(|error| error.doing(DOING))?;
            match if known.is_none() { make(context, *id, control).map(drop) } else { Ok(()) } {
                Err(JobError::Failed { reason, .. }) => {
                    tracing::debug!(track = id.0, reason, "without its side");
                    Ok(())
                }
                other => other,
            }
        })?;
        report.progress(Progress::new(DOING, (block * BLOCK + tracks.len()) as u64, total));
    }
    Ok(())
}

/// Makes a track's side and keeps it, where the library may be written to.
fn make(context: &Context, id: TrackId, control: &Control) -> Result<Spectrogram, JobError> {
    let path = context.library.existing_path(id).map_err(|error| error.doing(DOING))?;
    let gone = || JobError::Failed {
        doing: DOING,
        reason: "this model listens to left and right, for which the track's file has to be where it was imported from"
            .to_owned(),
    };
    let side = analyse(&path.ok_or_else(gone)?, control)?;
    if !context.is_read_only() {
        context.library.put_side(id, &side).map_err(|error| error.doing(DOING))?;
    }
    Ok(side)
}

fn beside(middle: &Spectrogram, side: &Spectrogram) -> Result<Spectrogram, JobError> {
    let changed = |_| JobError::Failed {
        doing: DOING,
        reason: "the track's file is another than the one that was imported; import it again".to_owned(),
    };
    middle.beside(side).map_err(changed)
}

/// The spectrogram of a file's side.
fn analyse(path: &Path, control: &Control) -> Result<Spectrogram, JobError> {
    let failed = |error: &dyn std::error::Error| JobError::Failed {
        doing: DOING,
        reason: format!("{}: {}", chain(error), path.display()),
    };
    let mut reader = AudioReader::open_with_side(path).map_err(|error| failed(&error))?;
    let mut analyser = SideAnalyser::new();
    loop {
        if control.is_cancelled() {
            return Err(JobError::Cancelled);
        }
        let Some(middle) = reader.next_block().map_err(|error| failed(&error))?.map(<[f32]>::to_vec) else { break };
        analyser.push(&middle, reader.side());
    }
    analyser.finish().map_err(|error| failed(&error))
}
