//! The hash of a file's bytes.

use std::io::{self, Read};
use std::path::Path;

use super::LibraryError;
use crate::archive;
use crate::domain::{ContentHash, Control};

/// BLAKE3 of the file or archive member `path`, read piece by piece; `control` can pause and cancel it between two pieces.
///
/// # Errors
/// [`LibraryError::Io`] where the file cannot be read, [`LibraryError::Cancelled`].
pub fn content_hash(path: &Path, control: &Control) -> Result<ContentHash, LibraryError> {
    let failed = |source| LibraryError::io("read", path, source);
    let mut file = archive::open(path).map_err(failed)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; 1 << 18];
    loop {
        control.checkpoint()?;
        match file.read(&mut piece) {
            Ok(0) => return Ok(ContentHash(*hasher.finalize().as_bytes())),
            // `read` returns at most the length of the piece.
            Ok(length) => _ = hasher.update(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_blake3_of_the_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty");
        std::fs::write(&path, b"").unwrap();
        // The published test vector of BLAKE3 for no input.
        let empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(content_hash(&path, &Control::default()).unwrap().to_string(), empty);

        let bytes: Vec<u8> = (0..1_000_003_u32).map(|i| (i % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(content_hash(&path, &Control::default()).unwrap().0, *blake3::hash(&bytes).as_bytes());
    }

    #[test]
    fn it_can_be_cancelled_and_names_a_missing_file() {
        let control = Control::default();
        let missing = content_hash(Path::new("/no/such/file.mp3"), &control).unwrap_err();
        assert!(missing.is_not_found() && missing.to_string().contains("/no/such/file.mp3"));
        control.cancel();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), b"a").unwrap();
        assert!(matches!(content_hash(&folder.path().join("a"), &control), Err(LibraryError::Cancelled(_))));
    }
}
