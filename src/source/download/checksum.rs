//! Checksums that publishers give: SHA-1 and SHA-256.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::DownloadError;
use crate::domain::Control;

/// A file's checksum as its publisher gives it, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checksum {
    Sha1(String),
    Sha256(String),
}

impl Checksum {
    /// Whether the file `path` has it; `on_bytes` hears how many bytes are read.
    pub(super) fn holds(&self, path: &Path, control: &Control, on_bytes: &dyn Fn(u64)) -> Result<bool, DownloadError> {
        Ok(match self {
            Self::Sha1(wanted) => hex::<Sha1>(path, control, on_bytes)?.eq_ignore_ascii_case(wanted),
            Self::Sha256(wanted) => hex::<Sha256>(path, control, on_bytes)?.eq_ignore_ascii_case(wanted),
        })
    }
}

fn hex<D: Digest>(path: &Path, control: &Control, on_bytes: &dyn Fn(u64)) -> Result<String, DownloadError> {
    let failed = |source| DownloadError::Write { path: path.to_path_buf(), source };
    let mut file = File::open(path).map_err(failed)?;
    let (mut digest, mut piece, mut read) = (D::new(), vec![0; 1 << 20], 0);
    loop {
        control.checkpoint()?;
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                digest.update(&piece[..count]);
                read += count as u64;
                on_bytes(read);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
