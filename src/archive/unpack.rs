//! Archives unpacked into a folder: plain files with names that stay inside, and nothing else.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use super::{ArchiveError, Kind, list, refusal, tars};
use crate::domain::Control;

/// What came of unpacking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unpacked {
    pub files: usize,
    /// Unpacked, in bytes.
    pub bytes: u64,
    /// Members left out: name and reason.
    pub refused: Vec<(String, String)>,
}

/// Unpacks the archive `path` into `folder`, which is made where it is not there. A damaged or refused member is left out
/// and told; files of the same name are replaced. `on_file` hears how many files are done.
///
/// # Errors
/// [`ArchiveError`]; files unpacked before stay.
pub fn unpack(
    path: &Path,
    folder: &Path,
    control: &Control,
    on_file: &mut dyn FnMut(usize),
) -> Result<Unpacked, ArchiveError> {
    let mut done = Unpacked::default();
    if Kind::of_path(path) == Some(Kind::TarGz) {
        unpack_gz(path, folder, control, on_file, &mut done)?;
        return Ok(done);
    }
    let list = list(path)?;
    for member in &list.members {
        control.checkpoint()?;
        if let Some(reason) = member.refused {
            done.refused.push((member.name.clone(), reason.to_owned()));
            continue;
        }
        match list.open(member) {
            Ok(mut from) => take(&mut from, member.size, folder, &member.name, control, &mut done)?,
            Err(error) => done.refused.push((member.name.clone(), error.to_string())),
        }
        on_file(done.files);
    }
    Ok(done)
}

fn unpack_gz(
    path: &Path,
    folder: &Path,
    control: &Control,
    on_file: &mut dyn FnMut(usize),
    done: &mut Unpacked,
) -> Result<(), ArchiveError> {
    let file = File::open(path).map_err(|source| ArchiveError::Read { path: path.to_path_buf(), source })?;
    let mut archive = tar::Archive::new(flate2::read::MultiGzDecoder::new(BufReader::new(file)));
    let damaged = |error: io::Error| ArchiveError::Damaged { path: path.to_path_buf(), reason: error.to_string() };
    for entry in archive.entries().map_err(damaged)? {
        control.checkpoint()?;
        let mut entry = entry.map_err(damaged)?;
        let Some((name, outside, link, plain)) = tars::head(&entry) else { continue };
        let other = (!plain && !link).then_some("it is not a plain file");
        let refused = outside.or_else(|| refusal(&name, link, false, entry.size(), None)).or(other);
        let size = entry.size();
        match refused {
            Some(reason) => done.refused.push((name, reason.to_owned())),
            None => take(&mut entry, size, folder, &name, control, done)?,
        }
        on_file(done.files);
    }
    Ok(())
}

/// Writes one member. What is damaged is told; what cannot be written ends it all.
fn take(
    from: &mut dyn Read,
    size: u64,
    folder: &Path,
    name: &str,
    control: &Control,
    done: &mut Unpacked,
) -> Result<(), ArchiveError> {
    let to = folder.join(name);
    let failed = |source| ArchiveError::Write { path: to.clone(), source };
    let parent = to.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(failed)?;
    let mut new = tempfile::NamedTempFile::new_in(parent).map_err(failed)?;
    let mut piece = vec![0; 1 << 18];
    let mut got = 0_u64;
    let reason = loop {
        control.checkpoint()?;
        match from.read(&mut piece) {
            Ok(0) if got == size => break None,
            Ok(0) => break Some("it ends early".to_owned()),
            Ok(count) => {
                got += count as u64;
                new.write_all(&piece[..count]).map_err(failed)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(error.to_string()),
        }
    };
    if let Some(reason) = reason {
        done.refused.push((name.to_owned(), reason));
        return Ok(());
    }
    new.persist(&to).map_err(|error| failed(error.error))?;
    done.files += 1;
    done.bytes += got;
    Ok(())
}
