-- A library of schema version 1, as `.dump` of SQLite writes it, with two tracks, three paths and a failure.
PRAGMA application_id=1397706311;
PRAGMA user_version=1;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE failures (
    path             BLOB    NOT NULL PRIMARY KEY,
    size             INTEGER NOT NULL,
    modified_ns      INTEGER NOT NULL,
    reason           TEXT    NOT NULL,
    at               INTEGER NOT NULL,
    features_version INTEGER NOT NULL
) STRICT;
INSERT INTO "failures" VALUES(X'2F6D757369632F6261642E6D7033',1,2,'no sound in it',1700000001,1);
CREATE TABLE paths (
    path        BLOB    NOT NULL PRIMARY KEY,
    track       INTEGER NOT NULL REFERENCES tracks (id),
    position    INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL
) STRICT;
INSERT INTO "paths" VALUES(X'2F6D757369632F6F6E652E6D7033',1,0,100,5);
INSERT INTO "paths" VALUES(X'2F6D757369632F6F6E6520616761696E2E6D7033',1,1,100,6);
INSERT INTO "paths" VALUES(X'2F6D757369632F636166E92E6D7033',2,0,200,7);
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
INSERT INTO "tracks" VALUES(1,X'33112EE14EE469C3EB52FE90322EC81DD404A0093D565A6D71CE77CBC8124E3B',X'E8BC163C82EEE18733288C7D4AC636DB3A6DEB013EF2D37B68322BE20EDC45CC',X'60C5590F72EEF292F9545AFC28BF63CA91D2016A0A288F90F9A32F89D3FFFCAF',NULL,1500,60,1000,'First','Ärtist','Album','Genre',1999,30.5,14,0,120.25,21,-9.5,3,1,1700000000);
INSERT INTO "tracks" VALUES(2,X'F998FE06AFA0CFBE73E0449DC2B1698309E1B5714960F027B2858312B152C275',X'AD328846AA18B32A335816374511CAC1063C704B8C57999E51DA9F908290A7A4',X'06F8FAEA3B5F697691B6D063A07BA4FFAF1ECE9A1D473C588565231CDC8E59CC',NULL,1500,60,1000,'Second',NULL,'Album','Genre',1999,30.5,14,0,120.25,21,-9.5,3,1,1700000000);
CREATE INDEX tracks_by_sound    ON tracks (sound);
CREATE INDEX tracks_by_waveform ON tracks (waveform);
CREATE INDEX tracks_by_cover    ON tracks (cover) WHERE cover IS NOT NULL;
CREATE UNIQUE INDEX paths_by_track ON paths (track, position);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tracks',2);
COMMIT;
