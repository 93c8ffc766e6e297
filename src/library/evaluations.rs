//! Evaluations and studies that were made: their reports, in the order in which they were made.

use super::{Library, LibraryError};

/// A stored report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReport {
    /// Its number, from 1. Never given twice to reports of its kind.
    pub id: i64,
    /// Seconds since the Unix epoch.
    pub created_at: i64,
    /// The report.
    pub json: String,
}

impl Library {
    /// Keeps the report of an evaluation; returns its number.
    pub fn add_evaluation(&self, created_at: i64, json: &str) -> Result<i64, LibraryError> {
        self.add_report("INSERT INTO evaluations (created_at, json) VALUES (?1, ?2)", created_at, json)
    }

    /// Every evaluation, oldest first.
    pub fn evaluations(&self) -> Result<Vec<StoredReport>, LibraryError> {
        self.reports("SELECT id, created_at, json FROM evaluations ORDER BY id")
    }

    /// Keeps the report of a study of sizes; returns its number.
    pub fn add_study(&self, created_at: i64, json: &str) -> Result<i64, LibraryError> {
        self.add_report("INSERT INTO studies (created_at, json) VALUES (?1, ?2)", created_at, json)
    }

    /// Every study of sizes, oldest first.
    pub fn studies(&self) -> Result<Vec<StoredReport>, LibraryError> {
        self.reports("SELECT id, created_at, json FROM studies ORDER BY id")
    }

    fn add_report(&self, sql: &str, created_at: i64, json: &str) -> Result<i64, LibraryError> {
        self.database.write(|transaction| {
            transaction.prepare_cached(sql)?.execute((created_at, json))?;
            Ok(transaction.last_insert_rowid())
        })
    }

    fn reports(&self, sql: &str) -> Result<Vec<StoredReport>, LibraryError> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| {
                Ok(StoredReport { id: row.get(0)?, created_at: row.get(1)?, json: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
