//! Playlists as extended M3U in UTF-8.

use std::io::Write;
use std::path::{Component, Path, PathBuf};

use crate::domain::{Key, TrackId};

use super::SimilarityError;

/// One track of a playlist.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlaylistEntry {
    pub path: PathBuf,
    pub artist: String,
    pub title: String,
    /// Length in seconds; written rounded, as players expect.
    pub duration_s: f64,
    /// Its number in the library.
    pub track: Option<TrackId>,
    pub album: Option<String>,
    pub genre: Option<String>,
    pub year: Option<i32>,
    /// Beats a minute.
    pub tempo: Option<f32>,
    pub key: Option<Key>,
}

/// Writes `entries` to `file`, replacing what was there only when all is written.
///
/// With `relative`, files are named from the playlist's own folder, so that both can move together; one on another drive
/// keeps its whole path.
///
/// # Errors
/// [`SimilarityError::UnwritablePath`] where a path is not UTF-8 or has a line break, which the format cannot hold;
/// [`SimilarityError::Write`] where the folder does not take the file. Nothing is changed then.
pub fn write_m3u8(file: &Path, entries: &[PlaylistEntry], relative: bool) -> Result<(), SimilarityError> {
    let failed = |source| SimilarityError::Write { path: file.to_owned(), source };
    let folder = folder_of(file);
    // `..` is followed by the system after links are resolved, so the way is measured between resolved paths.
    let folder = folder.canonicalize().map_err(failed)?;
    let text = m3u8(entries, |path| if relative { way(path, &folder) } else { std::path::absolute(path).ok() })?;
    write_atomically(file, &folder, text.as_bytes()).map_err(failed)
}

/// The folder that a file lies in, or is to lie in.
pub(super) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn m3u8(entries: &[PlaylistEntry], place: impl Fn(&Path) -> Option<PathBuf>) -> Result<String, SimilarityError> {
    let mut text = String::from("#EXTM3U\n");
    for entry in entries {
        let path = place(&entry.path).unwrap_or_else(|| entry.path.clone());
        // Players on every system read `/`; on Windows a relative path would otherwise hold `\\`.
        let line = path.to_str().map(|line| if path.is_relative() { portable(line) } else { line.to_owned() });
        let line = line.filter(|line| !line.contains(['\n', '\r']));
        let line = line.ok_or_else(|| SimilarityError::UnwritablePath { path: entry.path.clone() })?;
        // A line that starts with # is a comment.
        let guard = if line.starts_with('#') { "./" } else { "" };
        let seconds = if entry.duration_s.is_finite() { entry.duration_s.round() as i64 } else { -1 };
        let name = format!("{} - {}", one_line(&entry.artist), one_line(&entry.title));
        text.push_str(&format!("#EXTINF:{seconds},{name}\n{guard}{line}\n"));
    }
    Ok(text)
}

fn portable(path: &str) -> String {
    path.replace(std::path::MAIN_SEPARATOR, "/")
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The way from `folder` (resolved) to `path`. The whole path where there is no way, as between two drives, or where it
/// cannot be known because the file is gone.
fn way(path: &Path, folder: &Path) -> Option<PathBuf> {
    let Ok(target) = path.canonicalize() else {
        return std::path::absolute(path).ok();
    };
    let mut from = folder.components().peekable();
    let mut to = target.components().peekable();
    if from.peek() != to.peek() {
        return std::path::absolute(path).ok();
    }
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    Some(from.map(|_| Component::ParentDir).chain(to).collect())
}

/// Writes `bytes` into a new file of `folder`, then gives it the place of `file`.
pub(super) fn write_atomically(file: &Path, folder: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".songline-").suffix(".part");
    // A temporary file is private by default; a playlist is as readable as any other file of the user's.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut part = builder.tempfile_in(folder)?;
    part.write_all(bytes)?;
    part.as_file().sync_all()?;
    part.persist(file).map_err(|error| error.error)?;
    Ok(())
}
