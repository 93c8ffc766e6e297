-- Version 1: tracks, the files they were found in, and the files that could not be read.

-- AUTOINCREMENT: the number of a track is never given twice.
CREATE TABLE tracks (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    hash             BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    -- Content hashes of the arrays: their names on disk.
    sound            BLOB    NOT NULL CHECK (length(sound) = 32),
    waveform         BLOB    NOT NULL CHECK (length(waveform) = 32),
    cover            BLOB             CHECK (length(cover) = 32),
    -- Shapes of the arrays.
    frames           INTEGER NOT NULL,
    bands            INTEGER NOT NULL,
    peaks            INTEGER NOT NULL,
    title            TEXT,
    artist           TEXT,
    album            TEXT,
    genre            TEXT,
    year             INTEGER,
    duration_s       REAL    NOT NULL,
    segments         INTEGER NOT NULL,
    preview_start    INTEGER NOT NULL,
    tempo            REAL,
    key              INTEGER,
    loudness         REAL,
    damaged_packets  INTEGER NOT NULL,
    features_version INTEGER NOT NULL,
    added_at         INTEGER NOT NULL
) STRICT;

CREATE INDEX tracks_by_sound    ON tracks (sound);
CREATE INDEX tracks_by_waveform ON tracks (waveform);
CREATE INDEX tracks_by_cover    ON tracks (cover) WHERE cover IS NOT NULL;

-- A path is bytes, for names need not be text. `position` orders the paths of a track; the least is shown.
CREATE TABLE paths (
    path        BLOB    NOT NULL PRIMARY KEY,
    track       INTEGER NOT NULL REFERENCES tracks (id),
    position    INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX paths_by_track ON paths (track, position);

CREATE TABLE failures (
    path             BLOB    NOT NULL PRIMARY KEY,
    size             INTEGER NOT NULL,
    modified_ns      INTEGER NOT NULL,
    reason           TEXT    NOT NULL,
    at               INTEGER NOT NULL,
    features_version INTEGER NOT NULL
) STRICT;
