-- Previews from services: where sound came from, what became of each row of the catalogue, and the services themselves.

-- By content, so that it is known before the track is there. Sound without a row is the user's own.
CREATE TABLE origins (
    hash      BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    source    TEXT    NOT NULL,
    -- Whether networks may learn from it.
    trainable INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `outcome` is one of the names in `domain::Outcome`; `at` counts seconds since the Unix epoch.
CREATE TABLE previews (
    spotify TEXT    NOT NULL PRIMARY KEY CHECK (length(spotify) = 22),
    outcome TEXT    NOT NULL,
    service TEXT,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `not_before`: until when the service wants to be left alone. `accepted_at`: when its terms were accepted.
CREATE TABLE services (
    name        TEXT    NOT NULL PRIMARY KEY,
    not_before  INTEGER,
    accepted_at INTEGER
) STRICT, WITHOUT ROWID;
