//! The model that comes with the program, so that a fresh start recommends at once.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{ModelConfig, ModelError, files};
use crate::domain::ContentHash;
use crate::library::{Library, ModelRecord};

/// Its name.
pub const BUNDLED: &str = "songline-base";

const CONFIG: &[u8] = include_bytes!("../../assets/weights/songline-base/config.json");
const WEIGHTS: &[u8] = include_bytes!("../../assets/weights/songline-base/model.safetensors");
const RUN: &str = include_str!("../../assets/weights/songline-base/run.json");

/// Puts the bundled model into a library that has not got it, or has an older one, and makes it the active one where
/// none is. Returns its name.
///
/// # Errors
/// [`ModelError::Io`] and [`ModelError::Library`]
pub fn install_bundled(library: &Library) -> Result<String, ModelError> {
    let folder = library.model_directory(BUNDLED);
    static HASH: OnceLock<ContentHash> = OnceLock::new();
    let hash = *HASH.get_or_init(|| hash(WEIGHTS));
    let known = library.model(BUNDLED)?.is_some_and(|known| known.weights_hash == hash);
    if library.is_read_only()
        && let Some(active) = library.active_model()?
    {
        return Ok(active);
    }
    if !known {
        files::make_folder(&folder)?;
        files::write(&folder.join("model.safetensors"), WEIGHTS)?;
        files::write(&folder.join("config.json"), CONFIG)?;
        library.save_run(BUNDLED, RUN)?;
        let config = ModelConfig::read(&folder)?;
        let run: super::Run = serde_json::from_str(RUN)
            .map_err(|error| ModelError::Damaged { path: folder.join("run.json"), reason: error.to_string() })?;
        library.register_model(&record(BUNDLED, &config, hash, run.scores(), true))?;
    }
    if library.active_model()?.is_none() {
        library.set_active_model(BUNDLED)?;
    }
    Ok(BUNDLED.to_owned())
}

pub(super) fn hash(bytes: &[u8]) -> ContentHash {
    ContentHash(*blake3::hash(bytes).as_bytes())
}

pub(super) fn record(
    name: &str,
    config: &ModelConfig,
    weights_hash: ContentHash,
    mut scores: serde_json::Value,
    bundled: bool,
) -> ModelRecord {
    if let Some(scores) = scores.as_object_mut() {
        scores.insert("grid".to_owned(), serde_json::json!(config.grid));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs() as i64);
    ModelRecord {
        name: name.to_owned(),
        architecture: config.architecture.name().to_owned(),
        encoding: config.encoding,
        embedding: config.embedding,
        created_at: now,
        scores,
        weights_hash,
        bundled,
    }
}
