//! Models, the runs that trained them, and maps.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::file::write_atomically;
use super::{Library, LibraryError};
use crate::domain::ContentHash;

/// A trained model of the library. Its weights and its configuration lie in [`Library::model_directory`].
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRecord {
    pub name: String,
    pub architecture: String,
    /// N, the width of the bottleneck.
    pub encoding: usize,
    /// M, the dimensions of the embedding.
    pub embedding: usize,
    /// Seconds since the Unix epoch.
    pub created_at: i64,
    /// What training and evaluation say of it.
    pub scores: serde_json::Value,
    /// Hash of the weights and of how they are used: trajectories count only for what made them.
    pub weights_hash: ContentHash,
    /// It came with the program.
    pub bundled: bool,
}

/// A model as the database has it.
pub(super) struct StoredModel {
    pub id: i64,
    pub embedding: usize,
    pub weights_hash: ContentHash,
    /// Which of its trajectory files counts.
    pub generation: i64,
    /// Committed points in that file.
    pub points: u64,
}

/// Finds a model.
///
/// # Errors
/// [`LibraryError::NoModel`]
pub(super) fn stored_model(connection: &Connection, name: &str) -> Result<StoredModel, LibraryError> {
    let model = connection
        .prepare_cached("SELECT id, embedding, weights_hash, generation, points FROM models WHERE name = ?1")?
        .query_row([name], |row| {
            Ok(StoredModel {
                id: row.get(0)?,
                embedding: usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
                weights_hash: ContentHash(row.get(2)?),
                generation: row.get(3)?,
                points: u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0),
            })
        })
        .optional()?;
    model.ok_or_else(|| LibraryError::NoModel(name.to_owned()))
}

/// Forgets the model's trajectories: the next ones go into a new file. The caller removes the old file once this is
/// committed.
pub(super) fn start_generation(transaction: &Transaction<'_>, model: i64) -> Result<(), LibraryError> {
    transaction.prepare_cached("DELETE FROM trajectories WHERE model = ?1")?.execute([model])?;
    transaction
        .prepare_cached("UPDATE models SET generation = generation + 1, points = 0 WHERE id = ?1")?
        .execute([model])?;
    Ok(())
}

const MODELS: &str =
    "SELECT name, architecture, encoding, embedding, created_at, scores, weights_hash, bundled FROM models";

fn model_of(row: &Row<'_>) -> rusqlite::Result<ModelRecord> {
    let count = |column| row.get::<_, i64>(column).map(|value| usize::try_from(value).unwrap_or(0));
    let scores: String = row.get(5)?;
    Ok(ModelRecord {
        name: row.get(0)?,
        architecture: row.get(1)?,
        encoding: count(2)?,
        embedding: count(3)?,
        created_at: row.get(4)?,
        // Written by `register_model`; if damaged, the model is good without its scores.
        scores: serde_json::from_str(&scores).unwrap_or_default(),
        weights_hash: ContentHash(row.get(6)?),
        bundled: row.get(7)?,
    })
}

impl Library {
    /// Every model, by name.
    pub fn models(&self) -> Result<Vec<ModelRecord>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{MODELS} ORDER BY name"))?;
            let models = statement.query_map([], model_of)?.collect::<Result<_, _>>()?;
            Ok(models)
        })
    }

    /// The model called `name`.
    pub fn model(&self, name: &str) -> Result<Option<ModelRecord>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{MODELS} WHERE name = ?1"))?;
            Ok(statement.query_row([name], model_of).optional()?)
        })
    }

    /// Adds a model, or replaces what is known of it. Where its weights are others than before, the trajectories that
    /// the old ones made are forgotten.
    ///
    /// # Errors
    /// [`LibraryError::BadModelName`], which [`check_model_name`] tells beforehand.
    pub fn register_model(&self, model: &ModelRecord) -> Result<(), LibraryError> {
        check_model_name(&model.name)?;
        let scores = serde_json::to_string(&model.scores)?;
        let count = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        let old_file = self.database.write(|transaction| {
            let before = match stored_model(transaction, &model.name) {
                Ok(before) => Some(before),
                Err(LibraryError::NoModel(_)) => None,
                Err(error) => return Err(error),
            };
            transaction
                .prepare_cached(
                    "INSERT INTO models (name, architecture, encoding, embedding, created_at, scores, weights_hash, \
                     bundled) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (name) DO UPDATE SET \
                     architecture = excluded.architecture, encoding = excluded.encoding, \
                     embedding = excluded.embedding, created_at = excluded.created_at, scores = excluded.scores, \
                     weights_hash = excluded.weights_hash, bundled = excluded.bundled",
                )?
                .execute((
                    &model.name,
                    &model.architecture,
                    count(model.encoding),
                    count(model.embedding),
                    model.created_at,
                    &scores,
                    model.weights_hash.0,
                    model.bundled,
                ))?;
            let other =
                |before: &StoredModel| before.weights_hash != model.weights_hash || before.embedding != model.embedding;
            match before.filter(other) {
                Some(before) => {
                    start_generation(transaction, before.id)?;
                    Ok(Some(self.trajectory_file(&before)))
                }
                None => Ok(None),
            }
        })?;
        if let Some(old_file) = old_file {
            super::file::remove_quietly(&old_file);
        }
        Ok(())
    }

    /// The name of the model that recommends, where one was chosen.
    pub fn active_model(&self) -> Result<Option<String>, LibraryError> {
        self.database.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT name FROM models JOIN active_model ON model = id WHERE one = 1")?;
            Ok(statement.query_row([], |row| row.get(0)).optional()?)
        })
    }

    /// Chooses the model that recommends.
    ///
    /// # Errors
    /// [`LibraryError::NoModel`]
    pub fn set_active_model(&self, name: &str) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            let model = stored_model(transaction, name)?;
            transaction
                .prepare_cached("INSERT OR REPLACE INTO active_model (one, model) VALUES (1, ?1)")?
                .execute([model.id])?;
            Ok(())
        })
    }

    /// The folder of the model called `name`, for its weights and its configuration. It need not exist yet. A name that
    /// [`check_model_name`] refuses gives a folder within the library all the same.
    pub fn model_directory(&self, name: &str) -> PathBuf {
        let plain: String = name.chars().map(|c| if is_name_character(c) { c } else { '_' }).collect();
        // Dots alone would be a folder above.
        let safe = if plain.trim_matches('.').is_empty() { "_".to_owned() } else { plain };
        self.root().join("models").join(safe)
    }

    /// Keeps the learning curves of a model, beside its weights.
    pub fn save_run(&self, name: &str, json: &str) -> Result<(), LibraryError> {
        check_model_name(name)?;
        write_atomically(&self.run_file(name), &[json.as_bytes()])
    }

    /// The learning curves that [`Library::save_run`] kept.
    pub fn load_run(&self, name: &str) -> Result<Option<String>, LibraryError> {
        let path = self.run_file(name);
        match std::fs::read_to_string(&path) {
            Ok(json) => Ok(Some(json)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LibraryError::io("read", &path, source)),
        }
    }

    fn run_file(&self, name: &str) -> PathBuf {
        self.model_directory(name).join("run.json")
    }

    /// Keeps a map under `key`, replacing the one there was. The key should tell all that the map depends on: the
    /// model's name and weights, the settings.
    pub fn save_map(&self, key: &str, json: &str) -> Result<(), LibraryError> {
        self.database.write(|transaction| {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO maps (key, json) VALUES (?1, ?2)")?
                .execute([key, json])?;
            Ok(())
        })
    }

    /// The map under `key`.
    pub fn load_map(&self, key: &str) -> Result<Option<String>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT json FROM maps WHERE key = ?1")?;
            Ok(statement.query_row([key], |row| row.get(0)).optional()?)
        })
    }
}

/// Whether a model can be called `name`: it becomes the name of a folder on every platform.
///
/// # Errors
/// [`LibraryError::BadModelName`], which says what a name may be.
pub fn check_model_name(name: &str) -> Result<(), LibraryError> {
    let ends_well = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let good = name.chars().count() <= 64
        && name.len() <= 200
        && name.chars().all(is_name_character)
        && ends_well(name.chars().next())
        && ends_well(name.chars().next_back());
    // Windows takes these for devices, whatever follows the first dot.
    let device = {
        let stem = name.split('.').next().unwrap_or_default().trim().to_ascii_uppercase();
        ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str())
            || stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT")).is_some_and(|rest| rest.len() == 1)
    };
    if good && !device { Ok(()) } else { Err(LibraryError::BadModelName(name.to_owned())) }
}

fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models_are_safe_names_of_folders() {
        for good in ["dense-128", "My model 2", "v1.5", "Älter", "a"] {
            assert!(check_model_name(good).is_ok(), "{good}");
        }
        let long = "x".repeat(65);
        for bad in ["", ".", "..", "../up", "a/b", "a\\b", " a", "a ", "-x", "nul", "COM1.txt", "a\0", &long] {
            assert!(check_model_name(bad).is_err(), "{bad:?}");
        }
    }
}
