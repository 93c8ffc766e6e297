-- Version 4: listening sessions, with what was recommended by whom and what was answered; studies of sizes.

CREATE TABLE listening_sessions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    listener   TEXT    NOT NULL,
    -- 64 bits without a sign, stored with one.
    seed       INTEGER NOT NULL,
    span       TEXT    NOT NULL,
    -- Weights of mean, min, Fréchet and DTW in the blend, as JSON.
    blend      TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE listening_rounds (
    id       INTEGER PRIMARY KEY,
    session  INTEGER NOT NULL REFERENCES listening_sessions (id),
    position INTEGER NOT NULL,
    query    INTEGER NOT NULL REFERENCES tracks (id),
    UNIQUE (session, position)
) STRICT;

-- `standing`: 0 open, 1 answered, 2 skipped as a whole.
CREATE TABLE listening_picks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    round       INTEGER NOT NULL REFERENCES listening_rounds (id),
    position    INTEGER NOT NULL,
    track       INTEGER NOT NULL REFERENCES tracks (id),
    standing    INTEGER NOT NULL DEFAULT 0 CHECK (standing BETWEEN 0 AND 2),
    vibe        INTEGER CHECK (vibe BETWEEN 1 AND 5),
    style       INTEGER CHECK (style BETWEEN 1 AND 5),
    enjoyed     INTEGER CHECK (enjoyed BETWEEN 1 AND 5),
    known       INTEGER CHECK (known BETWEEN 0 AND 1),
    answered_at INTEGER,
    UNIQUE (round, position)
) STRICT;

-- Chance has no model, weights and metric.
CREATE TABLE listening_credits (
    pick    INTEGER NOT NULL REFERENCES listening_picks (id),
    model   TEXT,
    weights BLOB    CHECK (length(weights) = 32),
    metric  TEXT,
    rank    INTEGER NOT NULL
) STRICT;

CREATE INDEX listening_credits_by_pick ON listening_credits (pick);

-- Distances from the query, each divided by its median over all tracks.
CREATE TABLE listening_distances (
    pick    INTEGER NOT NULL REFERENCES listening_picks (id),
    model   TEXT    NOT NULL,
    weights BLOB    NOT NULL CHECK (length(weights) = 32),
    mean    REAL    NOT NULL,
    min     REAL    NOT NULL,
    frechet REAL    NOT NULL,
    dtw     REAL    NOT NULL,
    PRIMARY KEY (pick, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE studies (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL,
    json       TEXT    NOT NULL
) STRICT;
