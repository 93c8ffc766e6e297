//! Pure functions of samples: spectrogram, tempo, key, loudness.
