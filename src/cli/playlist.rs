//! `songline playlist` and `songline walk`.

use rand::RngExt;
use serde_json::{Value, json};

use super::answers::{track_json, track_line};
use super::args::{PlaylistCommand, WalkArguments};
use super::output::Output;
use crate::domain::{Control, Playlist, PlaylistChange, PlaylistId, Span, Track, TrackId, free_name};
use crate::jobs::message::{JobError, Query, WalkSpec};
use crate::jobs::{Context, copy, playlists, recommend};
use crate::settings::Settings;
use crate::similarity::{Mixable, mixing_order};

fn failed(doing: &'static str, reason: impl Into<String>) -> JobError {
    JobError::Failed { doing, reason: reason.into() }
}

/// Carries out one command on playlists.
pub(super) fn run(
    context: &Context,
    command: &PlaylistCommand,
    settings: &Settings,
    control: &Control,
    output: &Output,
) -> Result<(), JobError> {
    match command {
        PlaylistCommand::List => {
            let all = playlists::read(context)?;
            let value = all.iter().map(|playlist| json!({ "name": playlist.name, "tracks": playlist.tracks.len() }));
            output.result(&Value::Array(value.collect()), || {
                if all.is_empty() {
                    return "There is no playlist yet: `songline playlist make NAME TRACK...` makes one.".to_owned();
                }
                all.iter().map(|playlist| format!("{:>6}  {}\n", playlist.tracks.len(), playlist.name)).collect()
            });
            Ok(())
        }
        PlaylistCommand::Show { name } => show(context, &named(context, name)?, output),
        PlaylistCommand::Make { name, tracks, harmonic } => {
            let tracks = tracks.iter().map(|text| track_of(context, text)).collect::<Result<Vec<_>, _>>()?;
            let known = find(context, name)?;
            let mut playlist = known.unwrap_or_else(|| new(name.trim(), Vec::new()));
            playlist.tracks.extend(tracks);
            if *harmonic {
                let found = tracks_of(context, &playlist.tracks)?;
                let sounds: Vec<Mixable> =
                    found.iter().map(|track| Mixable { key: track.key, tempo: track.tempo }).collect();
                playlist.tracks = mixing_order(&sounds).into_iter().map(|at| playlist.tracks[at]).collect();
            }
            playlists::keep(context, &[PlaylistChange::Put(playlist.clone())])?;
            show(context, &playlist, output)
        }
        PlaylistCommand::Import { file, name } => {
            let read = playlists::import(context, file, control)?;
            if read.tracks.is_empty() {
                let reason = format!("none of its {} files is in the library; import them first", read.missing.len());
                return Err(failed("Reading the playlist", reason));
            }
            let all = playlists::read(context)?;
            let wanted = name.as_deref().unwrap_or(&read.name);
            let name = free_name(wanted, all.iter().map(|playlist| playlist.name.as_str()));
            let playlist = new(&name, read.tracks);
            playlists::keep(context, &[PlaylistChange::Put(playlist.clone())])?;
            let value = json!({ "name": name, "tracks": playlist.tracks.len(), "missing": read.missing });
            output.result(&value, || {
                let missing = read.missing.iter().map(|path| format!("  not in the library: {}\n", path.display()));
                let missing: String = missing.collect();
                format!("{name}: {} tracks\n{missing}", playlist.tracks.len())
            });
            Ok(())
        }
        PlaylistCommand::Export { name, out, relative, absolute } => {
            let playlist = named(context, name)?;
            let relative = *relative || (!*absolute && settings.relative_playlists);
            playlists::write(context, &playlist.name, &playlist.tracks, out, relative)?;
            let value = json!({ "out": out, "tracks": playlist.tracks.len() });
            output.result(&value, || format!("{}: {} tracks", out.display(), playlist.tracks.len()));
            Ok(())
        }
        PlaylistCommand::Copy { name, to } => {
            let playlist = named(context, name)?;
            let done = copy::copy(context, &playlist.tracks, to, Some(&playlist.name), control, output)?;
            let value = json!({
                "folder": done.folder, "copied": done.copied, "there": done.there,
                "failed": done.failed.iter().map(|file| json!({ "path": file.path, "reason": file.reason }))
                    .collect::<Vec<_>>(),
            });
            output.result(&value, || {
                let lines = done.failed.iter().map(|file| format!("  {}: {}\n", file.reason, file.path.display()));
                let left_out: String = lines.collect();
                format!("{} files copied, {} there already\n{left_out}", done.copied, done.there)
            });
            Ok(())
        }
        PlaylistCommand::Delete { name } => {
            let playlist = named(context, name)?;
            playlists::keep(context, &[PlaylistChange::Remove(playlist.id)])?;
            output.result(&json!({ "deleted": playlist.name }), || format!("{} is deleted", playlist.name));
            Ok(())
        }
    }
}

/// Walks from one track to another.
pub(super) fn walk(
    context: &Context,
    arguments: &WalkArguments,
    settings: &Settings,
    control: &Control,
    output: &Output,
) -> Result<(), JobError> {
    let spec = WalkSpec {
        from: track_of(context, &arguments.from)?,
        to: track_of(context, &arguments.to)?,
        tracks: arguments.steps,
        per_artist: arguments.per_artist.unwrap_or(settings.per_artist),
        span: arguments.span.map_or(settings.span, Span::from),
    };
    let walk = playlists::walk(context, &spec, control)?.walk;
    let tracks = tracks_of(context, &walk.tracks)?;
    if let Some(name) = &arguments.save {
        let all = playlists::read(context)?;
        let name = free_name(name, all.iter().map(|playlist| playlist.name.as_str()));
        playlists::keep(context, &[PlaylistChange::Put(new(&name, walk.tracks.clone()))])?;
    }
    if let Some(path) = &arguments.playlist {
        let name = match (tracks.first(), tracks.last()) {
            (Some(first), Some(last)) => format!("{} to {}", first.title(), last.title()),
            _ => String::new(),
        };
        playlists::write(context, &name, &walk.tracks, path, settings.relative_playlists)?;
    }
    let value = json!({
        "direct": walk.direct, "jumps": walk.jumps, "tracks": tracks.iter().map(track_json).collect::<Vec<_>>(),
    });
    output.result(&value, || {
        let jump = |at: usize| at.checked_sub(1).and_then(|at| walk.jumps.get(at)).copied();
        let line = |(at, track): (usize, &Track)| {
            let jump = jump(at).map_or_else(|| " ".repeat(8), |jump| format!("{jump:>8.4}"));
            format!("{jump}  {}\n", track_line(track))
        };
        let lines: String = tracks.iter().enumerate().map(line).collect();
        format!("{lines}{:>8.4}  from the first to the last\n", walk.direct)
    });
    Ok(())
}

fn new(name: &str, tracks: Vec<TrackId>) -> Playlist {
    Playlist { id: PlaylistId(rand::rng().random_range(1..1_i64 << 53)), name: name.to_owned(), tracks }
}

/// The playlist of that name, whatever its case.
fn find(context: &Context, name: &str) -> Result<Option<Playlist>, JobError> {
    let all = playlists::read(context)?;
    Ok(all.into_iter().find(|playlist| playlist.name.to_lowercase() == name.trim().to_lowercase()))
}

fn named(context: &Context, name: &str) -> Result<Playlist, JobError> {
    let missing = || {
        failed(
            "Finding the playlist",
            format!("there is no playlist called {name}; `songline playlist list` lists them"),
        )
    };
    find(context, name)?.ok_or_else(missing)
}

fn track_of(context: &Context, text: &str) -> Result<TrackId, JobError> {
    match recommend::query_of(context, text)? {
        Query::Tracks(tracks) if tracks.len() == 1 => Ok(tracks[0]),
        _ => Err(failed("Finding the track", format!("{text} is not in the library; import it first"))),
    }
}

fn tracks_of(context: &Context, ids: &[TrackId]) -> Result<Vec<Track>, JobError> {
    ids.iter().map(|id| context.track(*id)).collect()
}

fn show(context: &Context, playlist: &Playlist, output: &Output) -> Result<(), JobError> {
    let tracks = tracks_of(context, &playlist.tracks)?;
    let value = json!({ "name": playlist.name, "tracks": tracks.iter().map(track_json).collect::<Vec<_>>() });
    output.result(&value, || {
        let lines: String = tracks.iter().map(|track| format!("{}\n", track_line(track))).collect();
        format!("{}\n{lines}", playlist.name)
    });
    Ok(())
}
