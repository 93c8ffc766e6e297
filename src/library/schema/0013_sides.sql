-- The spectrogram of a track's side (half the difference of left and right), where a model needed it. It lies among the
-- spectrograms, named by its own hash.
CREATE TABLE sides (
    track INTEGER NOT NULL PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    spectrogram BLOB NOT NULL CHECK (length(spectrogram) = 32)
) STRICT;
CREATE INDEX sides_by_spectrogram ON sides (spectrogram);
