-- Playlists: tracks in an order that somebody chose.

-- The number is drawn at random by whoever makes the playlist.
CREATE TABLE playlists (
    id         INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE playlist_entries (
    playlist INTEGER NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    track    INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    PRIMARY KEY (playlist, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX playlist_entries_by_track ON playlist_entries (track);
