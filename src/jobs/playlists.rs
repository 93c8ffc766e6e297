//! Playlists of the library: reading, keeping, writing for other programs, reading from them, walking.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Context;
use super::failure::RoomError;
use super::message::{ImportedPlaylist, JobError, WalkSpec, Walked};
use super::recommend::duplicates;
use crate::domain::{Control, Playlist, PlaylistChange, Track, TrackId};
use crate::library::content_hash;
use crate::similarity::{PlaylistEntry, WalkOptions, read_m3u, write_m3u8, write_playlist_csv, write_rekordbox};

const READING: &str = "Reading the playlists";

/// All playlists, by name.
pub fn read(context: &Context) -> Result<Vec<Playlist>, JobError> {
    context.library.playlists().map_err(|error| error.doing(READING))
}

/// Keeps what was changed.
pub fn keep(context: &Context, changes: &[PlaylistChange]) -> Result<(), JobError> {
    context.library.change_playlists(changes).map_err(|error| error.doing("Keeping the playlist"))
}

/// Writes a playlist for other programs, by the path's extension: .m3u8 or .m3u (both in UTF-8), .csv, or .xml for DJ
/// programs. With `relative`, M3U names files from the playlist's own folder.
pub fn write(context: &Context, name: &str, tracks: &[TrackId], path: &Path, relative: bool) -> Result<(), JobError> {
    const DOING: &str = "Writing the playlist";
    let entries = tracks.iter().map(|id| Ok(entry(&context.track(*id)?))).collect::<Result<Vec<_>, JobError>>()?;
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    let written = match extension.as_deref() {
        Some("m3u8" | "m3u") => write_m3u8(path, &entries, relative),
        Some("csv") => write_playlist_csv(path, &entries),
        Some("xml") => write_rekordbox(path, name, &entries),
        _ => {
            let reason = format!("Its name ends with .m3u8, .m3u, .csv or .xml: {}", path.display());
            return Err(JobError::Failed { doing: DOING, reason });
        }
    };
    written.map_err(|error| error.doing(DOING))
}

/// A track as playlists of other programs have it.
pub(super) fn entry(track: &Track) -> PlaylistEntry {
    PlaylistEntry {
        path: track.path.clone(),
        artist: track.artist().to_owned(),
        title: track.title().to_owned(),
        duration_s: track.duration_s,
        track: Some(track.id),
        album: track.tags.album.clone(),
        genre: track.tags.genre.clone(),
        year: track.tags.year,
        tempo: track.tempo,
        key: track.key,
    }
}

/// Reads a playlist of another program. A file that it names is found in the library by its path, else by its bytes.
pub fn import(context: &Context, path: &Path, control: &Control) -> Result<ImportedPlaylist, JobError> {
    const DOING: &str = "Reading the playlist";
    /// No playlist is as long; what is, is another file.
    const LONGEST: u64 = 64 << 20;
    let failed = |reason: String| JobError::Failed { doing: DOING, reason: format!("{reason}: {}", path.display()) };
    let whole = std::path::absolute(path).map_err(|error| failed(error.to_string()))?;
    let length = std::fs::metadata(&whole).map_err(|error| failed(error.to_string()))?.len();
    if length > LONGEST {
        return Err(failed("This is no playlist".to_owned()));
    }
    let bytes = std::fs::read(&whole).map_err(|error| failed(error.to_string()))?;
    let folder = whole.parent().unwrap_or(Path::new("/"));
    let (mut tracks, mut missing) = (Vec::new(), Vec::new());
    for place in read_m3u(&bytes, folder) {
        control.checkpoint()?;
        match known(context, &place, control)? {
            Some(track) => tracks.push(track),
            None => missing.push(place),
        }
    }
    if tracks.is_empty() && missing.is_empty() {
        return Err(failed("It names no file; M3U and M3U8 can be read".to_owned()));
    }
    let name = whole.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(ImportedPlaylist { name, tracks, missing })
}

fn known(context: &Context, place: &Path, control: &Control) -> Result<Option<TrackId>, JobError> {
    let library = &context.library;
    let by_path = |path: &Path| library.find_by_path(path).map_err(|error| error.doing(READING));
    if let Some(track) = by_path(place)? {
        return Ok(Some(track.id));
    }
    let Ok(real) = place.canonicalize() else { return Ok(None) };
    if let Some(track) = by_path(&real)? {
        return Ok(Some(track.id));
    }
    // What cannot be read is not in the library either; a cancelled job ends at the next line of the list.
    let Ok(hash) = content_hash(&real, control) else { return Ok(None) };
    Ok(library.find_by_hash(hash).map_err(|error| error.doing(READING))?.map(|track| track.id))
}

/// A walk from one track to another; see [`crate::similarity::Walk`].
pub fn walk(context: &Context, spec: &WalkSpec, control: &Control) -> Result<Walked, JobError> {
    const DOING: &str = "Walking";
    let model = context.active_model()?;
    let found = context.index(&model, spec.span)?;
    for end in [spec.from, spec.to] {
        if !found.index.contains(end) {
            // It says which of the reasons it is: unknown, not embedded, or too short.
            context.trajectory(&model, end, spec.span)?;
            let reason = "The track takes no part in comparisons.".to_owned();
            return Err(JobError::Failed { doing: DOING, reason });
        }
    }
    let mut exclude: HashSet<TrackId> = duplicates(context, &found, &[spec.from, spec.to], None)?;
    let ends = [spec.from, spec.to];
    exclude.extend(super::recordings::folded(context, &ends)?);
    let hidden = context.library.hidden().map_err(|error| error.doing(DOING))?;
    exclude.extend(hidden.into_iter().filter(|track| !ends.contains(track)));
    let artists = found.tracks().values().filter_map(|track| Some((track.id, track.tags.artist.clone()?)));
    let artists = Arc::new(artists.collect());
    let options = WalkOptions { tracks: spec.tracks, per_artist: spec.per_artist, artists, exclude };
    let walk = found.index.walk(spec.from, spec.to, &options, control)?;
    // Both ends are in the index, as was seen above.
    let walk = walk.unwrap_or_default();
    Ok(Walked { spec: spec.clone(), walk })
}

/// The path of a file in `folder` that is not there yet: NAME.ext, NAME (2).ext and so on.
pub(super) fn free_path(folder: &Path, stem: &str, extension: &str) -> PathBuf {
    let mut number = 1;
    loop {
        let path = numbered(folder, stem, extension, number);
        if path.symlink_metadata().is_err() {
            return path;
        }
        number += 1;
    }
}

/// NAME.ext for 1, NAME (2).ext for 2 and so on.
pub(super) fn numbered(folder: &Path, stem: &str, extension: &str, number: usize) -> PathBuf {
    let dot = if extension.is_empty() { "" } else { "." };
    let name = if number == 1 { stem.to_owned() } else { format!("{stem} ({number})") };
    folder.join(format!("{name}{dot}{extension}"))
}
