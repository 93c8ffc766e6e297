-- Version 3: evaluations, each with its whole report, so that runs stay comparable.

CREATE TABLE evaluations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL,
    json       TEXT    NOT NULL
) STRICT;
