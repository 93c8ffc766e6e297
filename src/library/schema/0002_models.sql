-- Version 2: models, the trajectories they made, and maps.

-- A model's trajectories lie in one file, trajectories/ID-GENERATION.trajectories; its first `points` points are
-- committed. A new generation starts a new file, so that nobody's mapped file is cut short.
CREATE TABLE models (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT    NOT NULL UNIQUE,
    architecture TEXT    NOT NULL,
    encoding     INTEGER NOT NULL,
    embedding    INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    scores       TEXT    NOT NULL,
    weights_hash BLOB    NOT NULL CHECK (length(weights_hash) = 32),
    bundled      INTEGER NOT NULL,
    generation   INTEGER NOT NULL DEFAULT 0,
    points       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE active_model (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    model INTEGER NOT NULL REFERENCES models (id)
) STRICT;

-- `start` and `points` count points of the model's file.
CREATE TABLE trajectories (
    model  INTEGER NOT NULL REFERENCES models (id),
    track  INTEGER NOT NULL REFERENCES tracks (id),
    start  INTEGER NOT NULL,
    points INTEGER NOT NULL,
    PRIMARY KEY (model, track)
) STRICT, WITHOUT ROWID;

CREATE INDEX trajectories_by_track ON trajectories (track);

CREATE TABLE maps (
    key  TEXT NOT NULL PRIMARY KEY,
    json TEXT NOT NULL
) STRICT;
