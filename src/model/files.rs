//! Files of a model, written at once or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ModelError;

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ModelError {
    let path = path.to_path_buf();
    move |source| ModelError::Io { action, path, source }
}

pub(super) fn make_folder(path: &Path) -> Result<(), ModelError> {
    fs::create_dir_all(path).map_err(io("make the folder", path))
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    fs::read(path).map_err(io("read", path))
}

/// Writes beside the place, syncs, renames.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), ModelError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io("write", path))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(io("write", path))?;
    file.persist(path).map_err(|error| io("write", path)(error.error))?;
    // The rename is durable once the folder is synced; where a platform cannot sync folders, nothing is lost but time.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ModelError> {
    let damaged =
        |error: serde_json::Error| ModelError::Damaged { path: path.to_path_buf(), reason: error.to_string() };
    write(path, &serde_json::to_vec_pretty(value).map_err(damaged)?)
}

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, ModelError> {
    let damaged =
        |error: serde_json::Error| ModelError::Damaged { path: path.to_path_buf(), reason: error.to_string() };
    serde_json::from_slice(&read(path)?).map_err(damaged)
}
