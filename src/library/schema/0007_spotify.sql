-- The Spotify catalogue: names and audio features of tracks, most of which the library has no sound of.
CREATE TABLE spotify (
    row              INTEGER PRIMARY KEY,
    id               TEXT    NOT NULL UNIQUE CHECK (length(id) = 22),
    title            TEXT    NOT NULL,
    album            TEXT    NOT NULL,
    album_id         TEXT    NOT NULL,
    -- Names and identifiers, each list as JSON; and the names as they are shown and found.
    artists          TEXT    NOT NULL,
    artist_ids       TEXT    NOT NULL,
    artist           TEXT    NOT NULL,
    track_number     INTEGER NOT NULL,
    disc_number      INTEGER NOT NULL,
    explicit         INTEGER NOT NULL,
    danceability     REAL    NOT NULL,
    energy           REAL    NOT NULL,
    key              INTEGER,
    loudness         REAL    NOT NULL,
    major            INTEGER NOT NULL,
    speechiness      REAL    NOT NULL,
    acousticness     REAL    NOT NULL,
    instrumentalness REAL    NOT NULL,
    liveness         REAL    NOT NULL,
    valence          REAL    NOT NULL,
    tempo            REAL,
    time_signature   INTEGER,
    duration_ms      INTEGER NOT NULL,
    year             INTEGER,
    release_date     TEXT
) STRICT;
CREATE VIRTUAL TABLE spotify_words USING fts5 (
    title, artist, album, content = 'spotify', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 2'
);
-- Which track of the library is which row.
CREATE TABLE spotify_tracks (
    track   INTEGER PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    spotify TEXT    NOT NULL
) STRICT;
CREATE INDEX spotify_tracks_by_id ON spotify_tracks (spotify);
