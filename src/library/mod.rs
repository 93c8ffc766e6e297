//! Durable truth: SQLite for facts, mapped files for arrays.
