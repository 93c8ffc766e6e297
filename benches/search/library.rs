//! A library of made tracks to try the program with: facts of tracks and their trajectories, and no sound.

use std::path::Path;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use rusqlite::Connection;
use songline::domain::{Key, TrackId, Trajectory};
use songline::library::Library;

use super::data::{Kind, trajectory};
use super::{DIM, POINTS};

/// Tracks that are kept at a time.
const BATCH: usize = 8_192;
const GENRES: [&str; 8] = ["Ambient", "Techno", "House", "Drum & Bass", "Hip-Hop", "Folk", "Classical", "Jazz"];

/// Makes a library of `tracks` tracks in `folder`, embedded by the bundled model.
pub fn write(kind: Kind, tracks: usize, corpus: &[f32], folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let library = Library::open(folder)?;
    let model = songline::model::install_bundled(&library)?;
    let first = library.track_count()? as i64 + 1;
    add_tracks(&folder.join("library.db"), first, tracks)?;
    for start in (0..tracks).step_by(BATCH) {
        let batch: Vec<(TrackId, Trajectory)> = (start..(start + BATCH).min(tracks))
            .into_par_iter()
            .filter_map(|place| {
                let values = trajectory(kind, place, corpus);
                Some((TrackId(first + place as i64), Trajectory::new(DIM, values).ok()?))
            })
            .collect();
        library.put_trajectories(&model, &batch)?;
    }
    println!("{tracks} tracks in {}", folder.display());
    Ok(())
}

fn add_tracks(database: &Path, first: i64, tracks: usize) -> rusqlite::Result<()> {
    let mut connection = Connection::open(database)?;
    let transaction = connection.transaction()?;
    {
        let mut track = transaction.prepare(
            "INSERT INTO tracks (id, hash, sound, waveform, cover, frames, bands, peaks, title, artist, album, genre, year, \
             duration_s, segments, preview_start, tempo, key, loudness, damaged_packets, features_version, added_at) \
             VALUES (?1, ?2, ?2, ?2, NULL, 1500, 60, 100, ?3, ?4, ?5, ?6, ?7, 30.0, ?8, 0, ?9, ?10, -12.0, 0, ?11, 0)",
        )?;
        let mut path = transaction
            .prepare("INSERT INTO paths (path, track, position, size, modified_ns) VALUES (?1, ?2, 0, 1000, 0)")?;
        let mut random = ChaCha8Rng::seed_from_u64(11);
        for id in first..first + tracks as i64 {
            let hash = *blake3::hash(&id.to_le_bytes()).as_bytes();
            let key = Key::from_index(random.random_range(0..24)).map(Key::index);
            track.execute((
                id,
                hash,
                format!("Made track {id:07}"),
                format!("Artist {:05}", random.random_range(0..20_000)),
                format!("Album {:06}", random.random_range(0..100_000)),
                GENRES[random.random_range(0..GENRES.len())],
                random.random_range(1960..2026),
                POINTS as i64,
                random.random_range(70.0..180.0_f64),
                key,
                songline::domain::FEATURES_VERSION,
            ))?;
            path.execute((format!("/made/{id:07}.flac").into_bytes(), id))?;
        }
    }
    transaction.commit()
}
