//! Tar archives.

use std::io::Read;
use std::path::Path;

use tar::{Archive, Entry, EntryType};

use super::{ArchiveError, Member, Part, Place, names, refusal};

pub(super) fn members(whole: Part, path: &Path) -> Result<Vec<Member>, ArchiveError> {
    let length = whole.length();
    let damaged = |reason: String| ArchiveError::Damaged { path: path.to_path_buf(), reason };
    let unreadable = |error: std::io::Error| damaged(format!("its list of files cannot be read: {error}"));
    let mut archive = Archive::new(whole);
    let mut members = Vec::new();
    for entry in archive.entries_with_seek().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let Some((name, outside, is_link, plain)) = head(&entry) else { continue };
        let other = (!plain && !is_link).then_some("it is not a plain file");
        let refused = outside.or_else(|| refusal(&name, is_link, false, entry.size(), None)).or(other);
        let start = entry.raw_file_position();
        if start.saturating_add(entry.size()) > length {
            return Err(damaged(format!("it ends within {name}")));
        }
        members.push(Member { name, size: entry.size(), refused, place: Place::Tar(start) });
    }
    Ok(members)
}

/// An entry's name, why the name is refused, whether it is a link, and whether it is a plain file; `None` for folders and
/// what is about the archive itself.
pub(super) fn head<R: Read>(entry: &Entry<'_, R>) -> Option<(String, Option<&'static str>, bool, bool)> {
    let kind = entry.header().entry_type();
    if matches!(kind, EntryType::Directory | EntryType::XGlobalHeader) {
        return None;
    }
    let raw = entry.path_bytes();
    let latin = || encoding_rs::WINDOWS_1252.decode(&raw).0.into_owned();
    let told = names::decode(&raw, latin);
    let (name, outside) = match names::inside(&told) {
        Ok(name) => (name, None),
        Err(reason) => (told, Some(reason)),
    };
    let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
    Some((name, outside, is_link, matches!(kind, EntryType::Regular | EntryType::Continuous)))
}
