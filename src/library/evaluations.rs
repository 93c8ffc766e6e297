//! Evaluations that were made: their reports, in the order in which they were made.

use super::{Library, LibraryError};

/// A stored evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvaluation {
    /// Its number, from 1. Never given twice.
    pub id: i64,
    /// Seconds since the Unix epoch.
    pub created_at: i64,
    /// The report.
    pub json: String,
}

impl Library {
    /// Keeps the report of an evaluation; returns its number.
    pub fn add_evaluation(&self, created_at: i64, json: &str) -> Result<i64, LibraryError> {
        self.database.write(|transaction| {
            transaction
                .prepare_cached("INSERT INTO evaluations (created_at, json) VALUES (?1, ?2)")?
                .execute((created_at, json))?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Every evaluation, oldest first.
    pub fn evaluations(&self) -> Result<Vec<StoredEvaluation>, LibraryError> {
        self.database.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT id, created_at, json FROM evaluations ORDER BY id")?;
            let rows = statement.query_map([], |row| {
                Ok(StoredEvaluation { id: row.get(0)?, created_at: row.get(1)?, json: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
