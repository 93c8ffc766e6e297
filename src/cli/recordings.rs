//! `songline recordings`: tracks that are one recording in several versions.

use serde_json::{Value, json};

use super::args::RecordingsCommand;
use super::output::Output;
use crate::domain::{Control, Recording, TrackId};
use crate::jobs::message::JobError;
use crate::jobs::{Context, Report, recordings};

/// Looks for versions, lists them, keeps them apart or folds them again.
pub(super) fn run(
    context: &Context,
    command: &RecordingsCommand,
    control: &Control,
    report: &dyn Report,
    output: &Output,
) -> Result<(), JobError> {
    match command {
        RecordingsCommand::Find => {
            let found = recordings::find(context, control, report)?;
            let value = json!({
                "compared": found.compared, "fingerprinted": found.fingerprinted, "pairs": found.pairs,
                "unreadable": found.unreadable,
            });
            output.result(&value, || {
                let mut text = format!("{} tracks compared, {} pairs of versions found\n", found.compared, found.pairs);
                if found.unreadable > 0 {
                    text.push_str(&format!(
                        "{} tracks could not be read; the same command looks at them again\n",
                        found.unreadable
                    ));
                }
                text
            });
            Ok(())
        }
        RecordingsCommand::List => list(context, &recordings::all(context)?, output),
        RecordingsCommand::Apart { tracks } => apart(context, tracks, true, output),
        RecordingsCommand::Fold { tracks } => apart(context, tracks, false, output),
    }
}

fn apart(context: &Context, texts: &[String], apart: bool, output: &Output) -> Result<(), JobError> {
    let tracks: Vec<TrackId> = super::filter::tracks(context, texts)?;
    let all = recordings::all(context)?;
    for track in &tracks {
        if !all.iter().any(|recording| recording.versions.iter().any(|version| version.track == *track)) {
            let title = context.track(*track)?.title().to_owned();
            let reason = format!("{title} has no other version. `songline recordings list` shows those that have.");
            return Err(JobError::Failed { doing: "Keeping versions apart", reason });
        }
    }
    list(context, &recordings::keep_apart(context, &tracks, apart)?, output)
}

fn list(context: &Context, all: &[Recording], output: &Output) -> Result<(), JobError> {
    let (mut values, mut text) = (Vec::new(), String::new());
    for recording in all {
        let stands = recording.together().next();
        let mut versions = Vec::new();
        for version in &recording.versions {
            let track = context.track(version.track)?;
            let is = match (version.apart, stands == Some(version.track)) {
                (true, _) => "apart",
                (false, true) => "stands",
                (false, false) => "folded",
            };
            text.push_str(&format!("{is:<6}  {:>6}  {}\n", track.id.0, track.path.display()));
            versions.push(json!({ "id": track.id.0, "path": track.path, "is": is }));
        }
        text.push('\n');
        values.push(Value::Array(versions));
    }
    if all.is_empty() {
        text = "No recording has several versions. `songline recordings find` looks for them.\n".to_owned();
    }
    output.result(&Value::Array(values), || text);
    Ok(())
}
