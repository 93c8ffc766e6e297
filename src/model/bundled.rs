//! The model that comes with the program, so that a fresh start recommends at once.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use super::config::SavedConfig;
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
    let damaged = |file| {
        let path = folder.join(file);
        move |error: serde_json::Error| ModelError::Damaged { path, reason: error.to_string() }
    };
    let config = serde_json::from_slice::<SavedConfig>(CONFIG).map_err(damaged("config.json"))?.model;
    static IDENTITY: OnceLock<ContentHash> = OnceLock::new();
    let identity = *IDENTITY.get_or_init(|| config.identity(WEIGHTS));
    let known = library.model(BUNDLED)?.is_some_and(|known| known.weights_hash == identity);
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
        let run: super::Run = serde_json::from_str(RUN).map_err(damaged("run.json"))?;
        library.register_model(&record(BUNDLED, &config, identity, run.scores(), true))?;
    }
    if library.active_model()?.is_none() {
        library.set_active_model(BUNDLED)?;
    }
    Ok(BUNDLED.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DeviceChoice;
    use crate::model::{Embedder, resolve_device};

    /// A library that has the bundled model of an older program, under `identity`.
    fn library(identity: ContentHash) -> (tempfile::TempDir, Library) {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        install_bundled(&library).unwrap();
        let old = ModelRecord { weights_hash: identity, ..library.model(BUNDLED).unwrap().unwrap() };
        library.register_model(&old).unwrap();
        files::write(&library.model_directory(BUNDLED).join("model.safetensors"), b"of another shape").unwrap();
        (folder, library)
    }

    #[test]
    fn one_of_an_older_program_makes_way_and_today_s_is_left_alone() {
        let (_folder, library) = library(ContentHash([7; 32]));
        assert_eq!(install_bundled(&library).unwrap(), BUNDLED);
        let today = library.model(BUNDLED).unwrap().unwrap();
        assert_ne!(today.weights_hash, ContentHash([7; 32]));
        let weights = library.model_directory(BUNDLED).join("model.safetensors");
        assert_eq!(std::fs::read(&weights).unwrap(), WEIGHTS);
        let cpu = resolve_device(DeviceChoice::Cpu).unwrap();
        Embedder::load(&library.model_directory(BUNDLED), &cpu).unwrap();

        std::fs::remove_file(&weights).unwrap();
        install_bundled(&library).unwrap();
        assert!(!weights.exists(), "a model that is there is not written again");
    }

    #[test]
    fn the_same_weights_used_otherwise_are_another_model() {
        let config = serde_json::from_slice::<SavedConfig>(CONFIG).unwrap().model;
        let identity = config.identity(WEIGHTS);
        assert_eq!(config.clone().identity(WEIGHTS), identity);
        assert_ne!(ModelConfig { context: config.context + 1.0, ..config.clone() }.identity(WEIGHTS), identity);
        assert_ne!(config.identity(&WEIGHTS[1..]), identity);
    }

    #[test]
    fn weights_of_another_shape_are_told_in_a_line() {
        let (_folder, library) = library(ContentHash([7; 32]));
        install_bundled(&library).unwrap();
        let folder = library.model_directory(BUNDLED);
        let text = std::fs::read_to_string(folder.join("config.json")).unwrap();
        std::fs::write(folder.join("config.json"), text.replacen("\"encoding\": 128", "\"encoding\": 64", 1)).unwrap();
        let error = Embedder::load(&folder, &resolve_device(DeviceChoice::Cpu).unwrap()).unwrap_err().to_string();
        assert!(error.contains("of another shape") && error.contains("train it again"), "{error}");
        assert!(error.len() < 300 && !error.contains('\n'), "{error}");
    }
}
