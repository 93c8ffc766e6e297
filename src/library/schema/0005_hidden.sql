-- Tracks that are never to be recommended, until they are taken back.

CREATE TABLE hidden (
    track INTEGER NOT NULL PRIMARY KEY REFERENCES tracks (id)
) STRICT;
