-- Folders whose changes are followed.
CREATE TABLE folders (
    path BLOB NOT NULL PRIMARY KEY
) STRICT;
