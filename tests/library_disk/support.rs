//! Small made-up tracks.

use std::path::{Path, PathBuf};

use songline::domain::{ContentHash, Key, Spectrogram, Tags, Trajectory, Waveform};
use songline::library::{Library, ModelRecord, NewTrack};

/// Mel bands of the made-up spectrograms.
pub const BANDS: usize = 60;

/// A library in a folder of its own that goes with the test.
pub fn library() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(&folder.path().join("library")).unwrap();
    (folder, library)
}

/// Numbers from 0 to 1 that look random and follow from `seed`.
pub fn noise(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 24) as f32
    })
}

pub fn spectrogram(seed: u64, frames: usize) -> Spectrogram {
    Spectrogram::new(frames, BANDS, noise(seed).take(frames * BANDS).collect()).unwrap()
}

pub fn waveform(seed: u64) -> Waveform {
    Waveform { peaks: noise(seed).take(100).map(|value| (value * 255.0) as u8).collect() }
}

pub fn hash(seed: u64) -> ContentHash {
    ContentHash(*blake3::hash(&seed.to_le_bytes()).as_bytes())
}

pub fn new_track(path: impl Into<PathBuf>, seed: u64) -> NewTrack {
    NewTrack {
        path: path.into(),
        size: 1_000 + seed,
        modified_ns: 1_700_000_000_123_456_789,
        hash: hash(seed),
        tags: Tags {
            title: Some(format!("Title {seed}")),
            artist: Some("Ärtist ♯".to_owned()),
            album: None,
            genre: Some("Drone".to_owned()),
            year: Some(1984),
        },
        duration_s: 12.34,
        preview_start: 1,
        tempo: Some(120.5),
        key: Key::from_index(21),
        loudness: Some(-14.25),
        damaged_packets: 2,
    }
}

/// Adds track `seed` with 600 frames (5 segments) of its own sound.
pub fn add(library: &Library, path: impl Into<PathBuf>, seed: u64) -> songline::library::Added {
    library.add_track(new_track(path, seed), &spectrogram(seed, 600), &waveform(seed), None).unwrap()
}

pub fn model(name: &str, weights: u64) -> ModelRecord {
    ModelRecord {
        name: name.to_owned(),
        architecture: "dense".to_owned(),
        encoding: 16,
        embedding: 8,
        created_at: 1_700_000_000,
        scores: serde_json::json!({ "loss": 0.5, "curve": [1, 2] }),
        weights_hash: hash(weights),
        bundled: false,
    }
}

/// A trajectory of `points` points of 8 dimensions.
pub fn trajectory(seed: u64, points: usize) -> Trajectory {
    Trajectory::new(8, noise(seed).take(points * 8).collect()).unwrap()
}

/// Every file below `folder`, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.into_path())
        .collect();
    files.sort();
    files
}

/// The files below `folder` whose names end with `end`.
pub fn files_ending(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut files = files(folder);
    files.retain(|file| file.to_str().is_some_and(|name| name.ends_with(end)));
    files
}
