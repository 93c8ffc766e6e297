//! Writing a file so that it is there whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::LibraryError;

/// How the names of temporary files begin; a killed process may leave one.
pub(super) const TEMPORARY_PREFIX: &str = ".tmp-";

/// Writes `parts`, one after the other, as the file `path`: into a temporary file in the same folder, synced, then
/// renamed. Makes the folder where it is missing. When it fails, nothing is left behind and an older file stays.
pub(super) fn write_atomically(path: &Path, parts: &[&[u8]]) -> Result<(), LibraryError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let write = || -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY_PREFIX);
        // The default, for secrets, is 0600; a library may be shared. The umask still applies.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        sync_folder(folder)
    };
    write().map_err(|source| LibraryError::io("write", path, source))
}

/// Makes `folder` and those above it.
pub(super) fn make_folder(folder: &Path) -> Result<(), LibraryError> {
    if folder.is_dir() {
        return Ok(());
    }
    let make = || {
        fs::create_dir_all(folder)?;
        folder.parent().map_or(Ok(()), sync_folder)
    };
    make().map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            LibraryError::NotAFolder { path: folder.to_path_buf() }
        }
        io::ErrorKind::PermissionDenied => LibraryError::ReadOnly { path: folder.to_path_buf(), source: source.into() },
        _ => LibraryError::io("make the folder", folder, source),
    })
}

/// Makes a rename in `folder` durable. Only Unix can, and needs it.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    // An empty parent is the current folder.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match fs::File::open(folder)?.sync_all() {
        // Some network file systems cannot sync a folder; the rename itself is done.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes a file of the library's own that nothing refers to any more. Where it cannot be removed (mapped, on Windows)
/// it stays as an orphan until the next sweep.
pub(super) fn remove_quietly(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::debug!(path = %path.display(), %error, "an unused file of the library stays for now");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_no_temporary() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/file");
        write_atomically(&path, &[b"one", b" two"]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one two");
        write_atomically(&path, &[b"three"]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_write_that_fails_keeps_the_old_file_and_names_the_path() {
        let folder = tempfile::tempdir().unwrap();
        // A folder in the file's place: the rename fails after everything was written.
        let path = folder.path().join("file");
        fs::create_dir_all(path.join("inside")).unwrap();
        let error = write_atomically(&path, &[b"new"]).unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary stays");

        let below_a_file = folder.path().join("plain/inside/file");
        fs::write(folder.path().join("plain"), b"x").unwrap();
        assert!(matches!(write_atomically(&below_a_file, &[b"x"]), Err(LibraryError::NotAFolder { .. })));
    }
}
