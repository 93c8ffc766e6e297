//! From the start of the program to a window that answers, with a large library: `cargo bench --profile dev --bench startup`,
//! and with `-- N` for another number of tracks than 100,000.
//!
//! The library is opened, read and drawn by the rooms of the window itself, without a screen: what the display server and
//! the graphics driver take is not in it. Beside it, in the same run: how long SQLite alone takes to read the same rows.

#[allow(dead_code, reason = "other programs need the rest")]
mod stage;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::domain::{TrackId, Trajectory};
use songline::library::Library;
use songline::model;
use songline::state::AppCommand;

use stage::Stage;

const RUNS: usize = 5;
/// Tracks whose trajectories are written at once.
const BATCH: usize = 2_000;
const POINTS: usize = 14;

fn main() -> Result<(), Box<dyn Error>> {
    let tracks = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir()?;
    make(folder.path(), tracks)?;
    let mut best: Option<Start> = None;
    let mut plain = f64::INFINITY;
    for _ in 0..RUNS {
        let start = start(folder.path(), tracks)?;
        if best.as_ref().is_none_or(|best| start.answers < best.answers) {
            best = Some(start);
        }
        plain = plain.min(read_plainly(folder.path(), tracks)?);
    }
    let best = best.ok_or("nothing was measured")?;
    println!("{tracks} tracks, best of {RUNS}, milliseconds from the start:");
    println!("  library open            {:8.1}", best.opened);
    println!("  first frame             {:8.1}", best.first_frame);
    println!("  all tracks in the table {:8.1}", best.table);
    println!("  a search is answered    {:8.1}", best.answers);
    println!("SQLite alone reads the rows in {plain:.1} ms: the start takes {:.1} times that", best.answers / plain);
    println!("a frame then takes {:.1} ms (median of 60); resident memory {:.0} MB", best.frame, best.resident);
    Ok(())
}

/// Milliseconds from the start, and what comes after.
struct Start {
    opened: f64,
    first_frame: f64,
    table: f64,
    answers: f64,
    frame: f64,
    resident: f64,
}

fn start(folder: &Path, tracks: usize) -> Result<Start, Box<dyn Error>> {
    let begun = Instant::now();
    let passed = || begun.elapsed().as_secs_f64() * 1_000.0;
    let stage = Stage::open(folder)?;
    let opened = passed();
    let mut harness = stage.harness();
    let first_frame = passed();
    while !harness.state().state.library.loaded {
        harness.step();
        std::thread::sleep(Duration::from_millis(1));
    }
    harness.step();
    let table = passed();
    assert_eq!(harness.state().state.library.tracks.len(), tracks, "tracks are missing");
    let last = format!("Track {tracks}");
    harness.state_mut().ask(AppCommand::Search(last.to_lowercase()));
    let looked_for = |harness: &Harness<'_, Stage>| harness.query_all_by_label_contains(&last).next().is_some();
    for _ in 0..200 {
        harness.step();
        if looked_for(&harness) {
            break;
        }
    }
    assert!(looked_for(&harness), "the table does not show what was looked for");
    let answers = passed();
    harness.state_mut().ask(AppCommand::Search(String::new()));
    harness.step();
    let mut frames: Vec<f64> = (0..60)
        .map(|_| {
            let begun = Instant::now();
            harness.step();
            begun.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    frames.sort_by(f64::total_cmp);
    Ok(Start { opened, first_frame, table, answers, frame: frames[30], resident: resident_mb() })
}

/// A library of made-up tracks whose bundled model has embedded them all. Rows go in directly: hundreds of thousands of
/// synced files of spectrograms would take an hour, and a start reads none of them.
fn make(folder: &Path, tracks: usize) -> Result<(), Box<dyn Error>> {
    let library = Library::open(folder)?;
    let name = model::install_bundled(&library)?;
    {
        let mut database = rusqlite::Connection::open(folder.join("library.db"))?;
        let transaction = database.transaction()?;
        {
            let mut track = transaction.prepare(
                "INSERT INTO tracks (id, hash, sound, waveform, frames, bands, peaks, title, artist, album, genre, \
                 duration_s, segments, preview_start, tempo, key, loudness, damaged_packets, features_version, added_at) \
                 VALUES (?1, ?2, ?2, ?2, 1505, 60, 1000, ?3, ?4, ?5, ?6, 30.0, 14, 0, 120.0, 3, -14.0, 0, 1, 0)",
            )?;
            let mut path = transaction
                .prepare("INSERT INTO paths (path, track, position, size, modified_ns) VALUES (?1, ?2, 0, 1, 1)")?;
            for id in 1..=i64::try_from(tracks)? {
                let mut hash = [0_u8; 32];
                hash[..8].copy_from_slice(&id.to_le_bytes());
                let (artist, album) = (format!("Artist {}", id / 20), format!("Album {}", id / 10));
                let title = format!("Track {id}");
                track.execute((id, hash, title, artist, album, format!("Genre {}", id % 40)))?;
                path.execute((format!("/music/{}/{id}.flac", id / 10).into_bytes(), id))?;
            }
        }
        transaction.commit()?;
    }
    let dim = library.model(&name)?.ok_or("the bundled model is missing")?.embedding;
    for first in (0..tracks).step_by(BATCH) {
        let batch: Result<Vec<_>, Box<dyn Error>> = (first..tracks.min(first + BATCH))
            .map(|index| {
                let value = |at: usize| ((index * 31 + at * 17) % 97) as f32 / 97.0;
                Ok((TrackId(index as i64 + 1), Trajectory::new(dim, (0..POINTS * dim).map(value).collect())?))
            })
            .collect();
        library.put_trajectories(&name, &batch?)?;
    }
    library.set_active_model(&name)?;
    Ok(())
}

/// Milliseconds that SQLite takes to read what the table shows.
fn read_plainly(folder: &Path, tracks: usize) -> Result<f64, Box<dyn Error>> {
    let begun = Instant::now();
    let database = rusqlite::Connection::open(folder.join("library.db"))?;
    let mut rows = database.prepare("SELECT * FROM tracks JOIN paths ON paths.track = tracks.id")?;
    let read = rows.query_map([], |row| row.get::<_, String>("title"))?.collect::<Result<Vec<_>, _>>()?;
    assert_eq!(read.len(), tracks);
    Ok(begun.elapsed().as_secs_f64() * 1_000.0)
}

/// Memory of this process that is in use, where the system tells; 0 elsewhere.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1_024.0
}
