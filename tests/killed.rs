//! A library survives kill -9 at any moment: imports and embeddings killed at random points, gone on with until they end, come
//! to the library that an undisturbed run makes. `SONGLINE_KILLS=200 cargo test --test killed -- --nocapture` kills 200 times.
#![cfg(unix)]

#[allow(dead_code, reason = "the other pieces are for other tests")]
mod music;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const PIECES: usize = 8;
const KILLS_A_STEP: usize = 4;

fn songline(library: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_songline"));
    command.arg("--library").arg(library).args(arguments);
    command.env("HOME", library).env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn said(library: &Path, arguments: &[&str]) -> String {
    let output = songline(library, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// All that must not depend on how often a run was killed: tracks by path with hashes and features, every neighbour with its
/// distance, the hashes of all stored arrays, and that `doctor` finds nothing wrong.
fn contents(library: &Path) -> (Vec<String>, Vec<String>, Vec<String>) {
    let tracks: serde_json::Value = serde_json::from_str(&said(library, &["tracks", "--json"])).unwrap();
    let list = tracks.as_array().or_else(|| tracks["tracks"].as_array()).expect("a list of tracks").clone();
    let mut names: Vec<String> = list
        .into_iter()
        .map(|mut track| {
            let fields = track.as_object_mut().unwrap();
            // Numbers and times depend on the order in which files are finished.
            fields.retain(|name, _| !matches!(name.as_str(), "id" | "added_at" | "number"));
            track.to_string()
        })
        .collect();
    names.sort();
    let mut neighbours: Vec<String> =
        said(library, &["neighbours", "--metric", "dtw", "--top", "3"]).lines().map(str::to_owned).collect();
    neighbours.sort();
    let mut arrays = Vec::new();
    for folder in ["spectrograms", "waveforms"] {
        arrays_below(&library.join(folder), &mut arrays);
    }
    arrays.sort();
    assert!(said(library, &["doctor"]).contains("healthy"), "{}", said(library, &["doctor"]));
    (names, neighbours, arrays)
}

fn arrays_below(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            arrays_below(&path, found);
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // A file that was being written when its process was killed: nothing refers to it, and `doctor --sweep` takes it away.
        if !name.starts_with(".tmp-") {
            let bytes = std::fs::read(&path).unwrap();
            found.push(format!("{name} {}", blake3::hash(&bytes)));
        }
    }
}

#[test]
fn killed_imports_and_embeddings_come_to_the_same_library() {
    let wanted: usize = std::env::var("SONGLINE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let folder = tempfile::tempdir().unwrap();
    let pieces = folder.path().join("music");
    std::fs::create_dir(&pieces).unwrap();
    for index in 0..PIECES {
        let shift = 1.0 + index as f32 * 0.07;
        music::write(&pieces, &format!("piece-{index}.wav"), 31.0, 110.0 * shift, 1.0 + index as f32 * 0.4, 0.1);
    }
    let pieces = pieces.to_str().unwrap();
    let steps: [&[&str]; 2] = [&["import", pieces], &["embed", "--device", "cpu"]];
    let undisturbed = folder.path().join("undisturbed");
    // No run is left alone for longer than it takes undisturbed, so that most kills fall into work.
    let longest = steps.map(|step| {
        let began = Instant::now();
        said(&undisturbed, step);
        began.elapsed()
    });
    let expected = contents(&undisturbed);
    assert_eq!((expected.0.len(), expected.1.len()), (PIECES, PIECES * 3 + 1), "{:?}", expected.1);

    let mut random = ChaCha8Rng::seed_from_u64(9);
    let (mut kills, mut libraries) = (0, 0);
    while kills < wanted {
        libraries += 1;
        let library = folder.path().join(format!("killed-{libraries}"));
        for (step, longest) in steps.into_iter().zip(longest) {
            // Some kills a step, then it is left to end: the last ones find a library that is nearly done.
            for _ in 0..KILLS_A_STEP.min(wanted - kills) {
                let mut running = songline(&library, step).spawn().unwrap();
                std::thread::sleep(longest.mul_f32(random.random_range(0.0..1.0)));
                if let Some(status) = running.try_wait().unwrap() {
                    assert!(status.success(), "{step:?} failed after {kills} kills");
                    break;
                }
                // SIGKILL.
                running.kill().unwrap();
                running.wait().unwrap();
                kills += 1;
            }
            said(&library, step);
        }
        let found = contents(&library);
        for (what, found, expected) in [
            ("tracks", &found.0, &expected.0),
            ("neighbours", &found.1, &expected.1),
            ("stored arrays", &found.2, &expected.2),
        ] {
            let only = |these: &[String], those: &[String]| -> Vec<String> {
                these.iter().filter(|line| !those.contains(line)).cloned().collect()
            };
            assert!(
                found == expected,
                "{what} differ in library {libraries} after {kills} kills: {:#?} instead of {:#?}",
                only(found, expected),
                only(expected, found)
            );
        }
        std::fs::remove_dir_all(&library).unwrap();
    }
    println!("{kills} kills of runs at work, in {libraries} libraries: all came to the undisturbed one");
}
