//! Copying the files of tracks into a folder: onto a stick, into a DJ's crate.

use std::collections::HashSet;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::failure::RoomError;
use super::message::{CopySummary, FailedFile, JobError};
use super::playlists::{entry, free_path, numbered};
use super::{Context, Report};
use crate::domain::{Control, Progress, TrackId};
use crate::similarity::{PlaylistEntry, write_m3u8};

const DOING: &str = "Copying files";
/// Bytes between two looks at whether the work is still wanted.
const CHUNK: usize = 1 << 20;

/// Copies the file of each track into `folder`, which is made where it is missing. Nothing there is overwritten: a file of
/// the same bytes counts as copied, one of the same name alone makes the copy take another name. Each file is whole or not
/// there. With a `playlist` name, a playlist beside the files keeps their order.
///
/// A file that is gone or cannot be read is listed and left out; a full disk ends the work, and what was copied stays.
pub fn copy(
    context: &Context,
    tracks: &[TrackId],
    folder: &Path,
    playlist: Option<&str>,
    control: &Control,
    report: &dyn Report,
) -> Result<CopySummary, JobError> {
    std::fs::create_dir_all(folder).map_err(|error| failed(&error, folder))?;
    let mut summary = CopySummary { folder: folder.to_path_buf(), ..CopySummary::default() };
    let mut entries: Vec<PlaylistEntry> = Vec::new();
    let mut seen = HashSet::new();
    let distinct: Vec<TrackId> = tracks.iter().copied().filter(|track| seen.insert(*track)).collect();
    let mut places = Vec::new();
    for (done, id) in (0_u64..).zip(&distinct) {
        control.checkpoint()?;
        let track = context.track(*id)?;
        let progress = Progress::new("Copying", done, Some(distinct.len() as u64));
        report.progress(progress.with_detail(track.title()));
        let source = context.library.existing_path(*id).map_err(|error| error.doing(DOING))?;
        let Some(source) = source else {
            let reason = "The file is not there any more".to_owned();
            summary.failed.push(FailedFile { path: track.path.clone(), reason });
            continue;
        };
        match copy_one(&source, folder, control) {
            Ok((place, is_new)) => {
                if is_new {
                    summary.copied += 1;
                } else {
                    summary.there += 1;
                }
                places.push((*id, PlaylistEntry { path: place, ..entry(&track) }));
            }
            Err(Trouble::Cancelled(error)) => return Err(error),
            Err(Trouble::Folder(error)) => return Err(failed(&error, folder)),
            Err(Trouble::Source(error)) => {
                summary.failed.push(FailedFile { path: source, reason: error.to_string() });
            }
        }
    }
    if let Some(name) = playlist.filter(|_| !places.is_empty()) {
        let of = |id: &TrackId| places.iter().find(|(other, _)| other == id).map(|(_, entry)| entry.clone());
        entries.extend(tracks.iter().filter_map(of));
        let name = file_name(name);
        let (file, first) = (free_path(folder, &name, "m3u8"), folder.join(format!("{name}.m3u8")));
        write_m3u8(&file, &entries, true).map_err(|error| error.doing(DOING))?;
        // The same playlist copied once more is there already.
        if file != first && same_bytes(&file, &first, control).unwrap_or(false) {
            std::fs::remove_file(&file).map_err(|error| failed(&error, folder))?;
        }
    }
    report.progress(Progress::new("Copying", distinct.len() as u64, Some(distinct.len() as u64)));
    Ok(summary)
}

enum Trouble {
    Cancelled(JobError),
    /// The file cannot be read.
    Source(std::io::Error),
    /// The folder does not take it.
    Folder(std::io::Error),
}

/// Where the file lies in the folder then, and whether it was put there now.
fn copy_one(source: &Path, folder: &Path, control: &Control) -> Result<(PathBuf, bool), Trouble> {
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let extension = source.extension().unwrap_or_default().to_string_lossy();
    // A name that is not text keeps its bytes; only a second one of it would lose them.
    let name = source.file_name().map(|name| folder.join(name)).unwrap_or_default();
    let others = (2..).map(|number| numbered(folder, &stem, &extension, number));
    let mut places = std::iter::once(name).chain(others);
    let mut free = || -> Result<(PathBuf, bool), Trouble> {
        loop {
            // There is always another number.
            let place = places.next().unwrap_or_default();
            if place.symlink_metadata().is_err() {
                return Ok((place, true));
            }
            if place.is_file() && same_bytes(source, &place, control)? {
                return Ok((place, false));
            }
        }
    };
    let (mut place, mut is_new) = free()?;
    if !is_new {
        return Ok((place, false));
    }
    let mut from = File::open(source).map_err(Trouble::Source)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".songline-").suffix(".part");
    // A temporary file is private by default; a copy is as readable as any other file of the user's.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut part = builder.tempfile_in(folder).map_err(Trouble::Folder)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        control.checkpoint().map_err(|cancelled| Trouble::Cancelled(cancelled.into()))?;
        let read = from.read(&mut chunk).map_err(Trouble::Source)?;
        if read == 0 {
            break;
        }
        part.write_all(&chunk[..read]).map_err(Trouble::Folder)?;
    }
    part.as_file().sync_all().map_err(Trouble::Folder)?;
    loop {
        match part.persist_noclobber(&place) {
            Ok(_) => return Ok((place, true)),
            // Somebody else was first.
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                part = error.file;
                (place, is_new) = free()?;
                if !is_new {
                    return Ok((place, false));
                }
            }
            Err(error) => return Err(Trouble::Folder(error.error)),
        }
    }
}

fn same_bytes(source: &Path, other: &Path, control: &Control) -> Result<bool, Trouble> {
    let length = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.len()).map_err(Trouble::Source);
    if length(source)? != length(other)? {
        return Ok(false);
    }
    let (mut a, mut b) = (File::open(source).map_err(Trouble::Source)?, File::open(other).map_err(Trouble::Source)?);
    let (mut left, mut right) = (vec![0; CHUNK], vec![0; CHUNK]);
    loop {
        control.checkpoint().map_err(|cancelled| Trouble::Cancelled(cancelled.into()))?;
        let read = a.read(&mut left).map_err(Trouble::Source)?;
        if read == 0 {
            return Ok(true);
        }
        if b.read_exact(&mut right[..read]).is_err() || left[..read] != right[..read] {
            return Ok(false);
        }
    }
}

/// A name without what no file system takes.
fn file_name(name: &str) -> String {
    let allowed = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '-' } else { c };
    let name: String = name.chars().map(allowed).take(120).collect();
    let name = name.trim().trim_matches('.').to_owned();
    if name.is_empty() { "playlist".to_owned() } else { name }
}

fn failed(error: &std::io::Error, folder: &Path) -> JobError {
    let reason = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!("The disk is full. What was copied stays; make room and copy again: {}", folder.display())
        }
        _ => format!("The folder does not take the files: {error}: {}", folder.display()),
    };
    JobError::Failed { doing: DOING, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_playlists_become_names_of_files() {
        assert_eq!(file_name("A/B: \"mix\" 1"), "A-B- -mix- 1");
        assert_eq!(file_name(" .. "), "playlist");
    }

    #[test]
    fn copies_never_overwrite_and_what_is_there_already_stays() {
        let root = tempfile::tempdir().unwrap();
        let (a, b, to) = (root.path().join("a"), root.path().join("b"), root.path().join("to"));
        for folder in [&a, &b, &to] {
            std::fs::create_dir(folder).unwrap();
        }
        std::fs::write(a.join("x.mp3"), "one").unwrap();
        std::fs::write(b.join("x.mp3"), "two").unwrap();
        let control = Control::default();
        let copy = |source: &Path| copy_one(source, &to, &control).ok().unwrap();
        assert_eq!(copy(&a.join("x.mp3")), (to.join("x.mp3"), true));
        assert_eq!(copy(&a.join("x.mp3")), (to.join("x.mp3"), false));
        assert_eq!(copy(&b.join("x.mp3")), (to.join("x (2).mp3"), true));
        assert_eq!(copy(&b.join("x.mp3")), (to.join("x (2).mp3"), false));
        assert_eq!(copy(&to.join("x.mp3")), (to.join("x.mp3"), false), "onto itself");
        assert_eq!(std::fs::read(to.join("x.mp3")).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(&to).unwrap().count(), 2, "no temporary file stays");
        let gone = copy_one(&a.join("gone.mp3"), &to, &control);
        assert!(matches!(gone, Err(Trouble::Source(_))));
        control.cancel();
        assert!(matches!(copy_one(&b.join("x.mp3"), &to, &control), Err(Trouble::Cancelled(_))));
        assert_eq!(std::fs::read_dir(&to).unwrap().count(), 2);
    }
}
