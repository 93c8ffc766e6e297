//! Playlists, walks and weights from the command line, on files of their own.

mod music;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn songline(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_songline"))
        .args(["--library", "library", "--device", "cpu"])
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_DATA_HOME", home.join("data"))
        .output()
        .unwrap()
}

fn json(home: &Path, arguments: &[&str]) -> Value {
    let output = songline(home, &[arguments, &["--json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    serde_json::from_slice(&output.stdout).expect("JSON alone on standard output")
}

fn paths(value: &Value) -> Vec<String> {
    let tracks = value["tracks"].as_array().expect("tracks");
    let name = |track: &Value| track["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    tracks.iter().map(name).collect()
}

#[test]
fn a_playlist_is_made_written_read_and_copied() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::create_dir(home.join("music")).unwrap();
    music::six(&home.join("music"));
    json(home, &["import", "music"]);
    let order = ["music/piece-2.wav", "music/piece-0.wav", "music/piece-4.wav"];
    let made = json(home, &[&["playlist", "make", "Night & day"], &order[..]].concat());
    let names = ["piece-2.wav", "piece-0.wav", "piece-4.wav"];
    assert_eq!(paths(&made), names);
    let longer = json(home, &["playlist", "make", "night & DAY", "music/piece-1.wav", "--harmonic"]);
    assert_eq!(paths(&longer).len(), 4, "it is added to, whatever the case of its name");
    assert_eq!(paths(&longer)[0], "piece-2.wav");

    for file in ["list.m3u8", "list.csv", "list.xml"] {
        assert_eq!(json(home, &["playlist", "export", "Night & day", "--out", file, "--relative"])["tracks"], 4);
    }
    let xml = std::fs::read_to_string(home.join("list.xml")).unwrap();
    assert!(xml.contains("Name=\"Night &amp; day\"") && xml.contains("file://localhost/"), "{xml}");
    assert!(!songline(home, &["playlist", "export", "Night & day", "--out", "list.doc"]).status.success());
    let m3u = std::fs::read_to_string(home.join("list.m3u8")).unwrap();
    assert!(m3u.contains("\nmusic/piece-0.wav\n"), "{m3u}");
    // The same bytes under another path are the same track; what is not in the library is named.
    std::fs::copy(home.join("music/piece-3.wav"), home.join("elsewhere.wav")).unwrap();
    std::fs::write(home.join("list.m3u8"), format!("{m3u}elsewhere.wav\nmusic/none.wav\n")).unwrap();
    let read = json(home, &["playlist", "import", "list.m3u8"]);
    assert_eq!((&read["name"], &read["tracks"]), (&Value::from("list"), &Value::from(5)));
    assert_eq!(read["missing"].as_array().unwrap().len(), 1);
    assert_eq!(paths(&json(home, &["playlist", "show", "list"]))[..4], paths(&longer)[..]);

    std::fs::remove_file(home.join("music/piece-1.wav")).unwrap();
    std::fs::create_dir(home.join("stick")).unwrap();
    std::fs::write(home.join("stick/piece-0.wav"), "another file of that name").unwrap();
    let copied = json(home, &["playlist", "copy", "Night & day", "--to", "stick"]);
    assert_eq!((&copied["copied"], &copied["there"]), (&Value::from(3), &Value::from(0)));
    assert!(copied["failed"][0]["path"].as_str().unwrap().ends_with("piece-1.wav"));
    assert_eq!(std::fs::read(home.join("stick/piece-0.wav")).unwrap(), b"another file of that name");
    let list = std::fs::read_to_string(home.join("stick/Night & day.m3u8")).unwrap();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        assert!(home.join("stick").join(line).is_file(), "{line}");
    }
    let again = json(home, &["playlist", "copy", "Night & day", "--to", "stick"]);
    assert_eq!(again["there"], 3, "nothing is copied twice");

    json(home, &["playlist", "delete", "list"]);
    assert_eq!(json(home, &["playlist", "list"]).as_array().unwrap().len(), 1);
    assert!(!songline(home, &["playlist", "show", "list"]).status.success());
}

#[test]
fn a_walk_goes_from_here_to_there_and_weights_count() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::create_dir(home.join("music")).unwrap();
    music::six(&home.join("music"));
    json(home, &["import", "music"]);
    let walk = ["walk", "music/piece-0.wav", "music/piece-5.wav", "--steps", "4", "--per-artist", "0"];
    let walked = json(home, &[&walk[..], &["--save", "There", "--playlist", "there.xml"]].concat());
    let names = paths(&walked);
    assert_eq!((names.first().unwrap().as_str(), names.last().unwrap().as_str()), ("piece-0.wav", "piece-5.wav"));
    let direct = walked["direct"].as_f64().unwrap();
    assert!(walked["jumps"].as_array().unwrap().iter().all(|jump| jump.as_f64().unwrap() <= direct * 1.000_001));
    assert_eq!(paths(&json(home, &["playlist", "show", "There"])), names);
    assert!(home.join("there.xml").is_file());
    assert!(!songline(home, &["walk", "music/piece-0.wav", "nowhere.wav"]).status.success());

    let results = |arguments: &[&str]| {
        let found = json(home, &[&["recommend", "--per-artist", "0"], arguments].concat());
        let id = |item: &Value| item["id"].as_i64().unwrap();
        found["results"].as_array().unwrap().iter().map(id).collect::<Vec<_>>()
    };
    let plain = results(&["music/piece-0.wav"]);
    assert_eq!(results(&["--seed", "music/piece-0.wav=0.3"]), plain, "one weight alone is the plain search");
    assert_eq!(results(&["music/piece-0.wav", "--seed", "music/piece-3.wav=0"]), plain);
    // What is nearest to the one that is kept away from comes later, or stays the last.
    let away = results(&["music/piece-0.wav", "--less", "music/piece-3.wav=1"]);
    assert_eq!(away.len(), plain.len() - 1);
    assert!(!songline(home, &["recommend", "--seed", "music/piece-0.wav=-1"]).status.success());
}
