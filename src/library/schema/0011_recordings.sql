-- Tracks that are one recording in several versions: other encodes, re-releases.

-- The acoustic fingerprint of a track, where it was needed: 32-bit words, little-endian.
CREATE TABLE fingerprints (
    track INTEGER NOT NULL PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    print BLOB NOT NULL
) STRICT;

-- Tracks whose other versions were looked for.
CREATE TABLE compared (
    track INTEGER NOT NULL PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE
) STRICT;

-- Tracks that have other versions. `recording` is the same number for all of one recording.
CREATE TABLE versions (
    track INTEGER NOT NULL PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    recording INTEGER NOT NULL,
    -- Kept apart from the others by hand.
    apart INTEGER NOT NULL DEFAULT 0 CHECK (apart IN (0, 1))
) STRICT;
CREATE INDEX versions_by_recording ON versions (recording);
