//! Processes that are killed, and processes that share a library.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use songline::domain::TrackId;
use songline::library::Library;

use crate::support::*;

const LIBRARY: &str = "SONGLINE_TEST_LIBRARY";
const SEEDS: &str = "SONGLINE_TEST_SEEDS";

/// Runs [`adds_tracks`] in a process of its own, for the tracks `first` up to `end`.
fn start(library: &Path, first: u64, end: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::adds_tracks", "--nocapture"])
        .env(LIBRARY, library)
        .env(SEEDS, format!("{first} {end}"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a process says it has done: the number of each track by its seed, and whether it was embedded too.
fn done(child: &mut Child) -> BTreeMap<u64, (TrackId, bool)> {
    let mut done = BTreeMap::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        // The last line may be cut by the kill; the full stop tells.
        let words: Vec<&str> = line.strip_suffix('.').unwrap_or_default().split(' ').collect();
        if let ["added" | "embedded", seed, id] = words[..] {
            done.insert(seed.parse().unwrap(), (TrackId(id.parse().unwrap()), words[0] == "embedded"));
        }
    }
    done
}

/// Does nothing by itself: the tests below run it in other processes.
#[test]
fn adds_tracks() {
    let (Some(path), Ok(seeds)) = (std::env::var_os(LIBRARY), std::env::var(SEEDS)) else { return };
    let (first, end) = seeds.split_once(' ').unwrap();
    let library = Library::open(Path::new(&path)).unwrap();
    library.register_model(&model("m", 1)).unwrap();
    for seed in first.parse::<u64>().unwrap()..end.parse().unwrap() {
        let cover = vec![seed as u8; 3_000];
        let new = new_track(format!("/{seed}.mp3"), seed);
        let added = library.add_track(new, &spectrogram(seed, 300), &waveform(seed), Some(&cover)).unwrap();
        eprintln!("added {seed} {}.", added.id().0);
        library.put_trajectory("m", added.id(), &trajectory(seed, 14)).unwrap();
        eprintln!("embedded {seed} {}.", added.id().0);
    }
}

/// Everything that was committed is there, right and readable.
fn verify(library: &Library, done: &BTreeMap<u64, (TrackId, bool)>) {
    let health = library.check().unwrap();
    assert!(health.is_healthy(), "{health:?}");
    for (seed, (id, embedded)) in done {
        assert_eq!(library.find_by_hash(hash(*seed)).unwrap().unwrap().id, *id);
        let read = library.spectrogram(*id).unwrap();
        let written = spectrogram(*seed, 300);
        assert!(read.values().iter().zip(written.values()).all(|(read, written)| (read - written).abs() < 1e-5));
        assert_eq!(library.waveform(*id).unwrap(), waveform(*seed));
        assert_eq!(library.cover(*id).unwrap(), Some(vec![*seed as u8; 3_000]));
        if *embedded {
            assert_eq!(library.trajectory("m", *id).unwrap(), Some(trajectory(*seed, 14)));
        }
    }
}

#[test]
fn a_kill_at_any_moment_loses_at_most_the_track_in_flight() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library");
    let mut all = BTreeMap::new();
    let mut next = 0;
    for wait in noise(std::process::id().into()).take(12) {
        let mut child = start(&path, next, u64::MAX);
        std::thread::sleep(Duration::from_secs_f32(0.02 + 0.3 * wait));
        child.kill().unwrap();
        let done = done(&mut child);
        assert!(!child.wait().unwrap().success());
        let library = Library::open(&path).unwrap();
        all.extend(done);
        verify(&library, &all);
        // One more than it could tell of may be committed: the one in flight.
        let tracks = library.tracks().unwrap().len();
        assert!(tracks == all.len() || tracks == all.len() + 1, "{tracks} tracks, {} told of", all.len());
        let orphans = library.check().unwrap().orphans;
        assert!(orphans.len() <= 3 * 12, "{orphans:?}");
        next = all.last_key_value().map_or(0, |(seed, _)| seed + 1);
    }
    assert!(next > 0, "no process lived long enough to add a track");
    let library = Library::open(&path).unwrap();
    library.sweep().unwrap();
    verify(&library, &all);
    println!("{} tracks survived 12 kills", all.len());
}

#[test]
fn processes_share_a_library_from_its_first_moment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library");
    // Each overlaps with the next by half.
    let mut children: Vec<Child> = (0..4).map(|child| start(&path, child * 10, child * 10 + 20)).collect();
    let library = Library::open(&path).unwrap();
    let mut seen = 0;
    let mut all = BTreeMap::new();
    for child in &mut children {
        for (seed, track) in done(child) {
            let other = all.insert(seed, track);
            assert!(other.is_none_or(|other| other.0 == track.0), "track {seed} has two numbers");
        }
        let tracks = library.tracks().unwrap().len();
        assert!(tracks >= seen, "tracks only come");
        seen = tracks;
        assert!(child.wait().unwrap().success());
    }
    assert_eq!((all.len(), library.tracks().unwrap().len()), (50, 50));
    verify(&library, &all);
    assert_eq!(library.trajectories("m").unwrap().len(), 50);
    let health = library.check().unwrap();
    assert!(health.orphans.is_empty(), "{health:?}");
}

#[test]
fn a_sweep_takes_nothing_that_is_about_to_be_committed() {
    let (_folder, library) = library();
    // Its own connection, as another process has it.
    let sweeper = Library::open(library.root()).unwrap();
    std::thread::scope(|scope| {
        let adds = scope.spawn(|| {
            for seed in 0..150 {
                let id = add(&library, format!("/{seed}"), seed).id();
                // The track with another sound: what it had is removed, by us or by the sweeper.
                library.mark_for_analysis(&[id]).unwrap();
                let new = new_track(format!("/{seed}"), seed);
                library.add_track(new, &spectrogram(seed + 1_000, 600), &waveform(seed + 1_000), None).unwrap();
            }
        });
        let mut swept = 0;
        while !adds.is_finished() {
            swept += sweeper.sweep().unwrap().files;
            std::thread::sleep(Duration::from_millis(1));
        }
        println!("{swept} files swept meanwhile");
    });
    let health = library.check().unwrap();
    assert!(health.is_healthy() && health.tracks == 150, "{health:?}");
    assert!(library.tracks().unwrap().iter().all(|track| library.spectrogram(track.id).is_ok()));
}
