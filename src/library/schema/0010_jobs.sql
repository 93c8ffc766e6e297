-- Work that was asked for, in the order of asking: what is under way survives the program, what ended is its history.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What it is, and what of: for people.
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    -- What to do, as JSON; NULL where nothing can be taken up again.
    work TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'paused', 'done', 'failed', 'cancelled', 'interrupted')),
    -- Times taken up: by a start of the program, or again after a failure.
    attempts INTEGER NOT NULL DEFAULT 1,
    asked_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- How long it was at work the last time, by a clock that nobody sets.
    seconds REAL,
    -- What came of it, or why not.
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state);
