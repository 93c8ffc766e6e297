//! The program itself: what it prints, writes and returns.

mod music;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs the program on a library of its own, with a home of its own.
fn songline(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_songline"))
        .args(["--library", "library", "--device", "cpu"])
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap()
}

fn json(home: &Path, arguments: &[&str]) -> Value {
    let output = songline(home, &[arguments, &["--json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    serde_json::from_slice(&output.stdout).expect("JSON alone on standard output")
}

#[test]
fn the_main_job_from_import_to_export() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::create_dir(home.join("music")).unwrap();
    music::six(&home.join("music"));
    std::fs::write(home.join("music/broken.mp3"), b"this is no music at all").unwrap();
    std::fs::copy(home.join("music/piece-0.wav"), home.join("music/same.wav")).unwrap();
    music::write(&home.join("music"), "short.wav", 8.0, 300.0, 2.0, 0.1);

    let imported = json(home, &["import", "music"]);
    assert_eq!(imported["imported"], 7, "{imported}");
    assert_eq!((&imported["duplicates"], &imported["failed"]), (&Value::from(1), &Value::from(1)));
    assert!(imported["failures"][0]["path"].as_str().unwrap().ends_with("broken.mp3"));
    let again = json(home, &["import", "music"]);
    assert_eq!(
        (&again["imported"], &again["unchanged"], &again["skipped"]),
        (&Value::from(0), &Value::from(8), &Value::from(1))
    );

    let trained = json(home, &["train", "--epochs", "1", "--encoding", "16", "--embedding", "64", "--name", "tiny"]);
    assert_eq!(trained["name"], "tiny");
    let models = json(home, &["models"]);
    let active: Vec<&str> = models
        .as_array()
        .unwrap()
        .iter()
        .filter(|model| model["active"] == true)
        .filter_map(|model| model["name"].as_str())
        .collect();
    assert_eq!(active, ["tiny"]);

    let found =
        json(home, &["recommend", "music/piece-0.wav", "--per-artist", "0", "--explain", "--playlist", "list.m3u8"]);
    let results = found["results"].as_array().unwrap();
    assert_eq!(results.len(), 5, "the query and the short one take no part: {found}");
    assert_eq!(results[0]["rank"], 1);
    assert!(results[0]["explanation"]["query_start_s"].is_number());
    let playlist = std::fs::read_to_string(home.join("list.m3u8")).unwrap();
    assert!(playlist.starts_with("#EXTM3U\n") && playlist.contains("music/piece-0.wav"), "{playlist}");
    music::write(home, "elsewhere.wav", 34.0, 420.0, 3.0, 0.1);
    let map = json(
        home,
        &["map", "--out", "ways.svg", "--tracks", "music/piece-0.wav", "music/piece-1.wav", "elsewhere.wav"],
    );
    assert_eq!(map["trajectories"], 3);
    let drawing = std::fs::read_to_string(home.join("ways.svg")).unwrap();
    assert_eq!(drawing.matches("<polyline").count(), 6, "a line and its rim each");
    assert!(drawing.contains("elsewhere</text>"), "the legend names them");
    let whole = json(home, &["recommend", "music/short.wav", "--span", "whole"]);
    assert!(!whole["results"].as_array().unwrap().is_empty());

    json(home, &["neighbours", "--metric", "dtw", "--top", "2", "--out", "near.csv"]);
    let rows = std::fs::read_to_string(home.join("near.csv")).unwrap();
    assert_eq!(rows.lines().count(), 1 + 6 * 2, "{rows}");
    assert_eq!(rows.lines().next(), Some("query,rank,neighbour,distance"));

    for file in ["map.png", "map.svg", "map.csv"] {
        json(home, &["map", "--out", file]);
        assert!(home.join(file).metadata().unwrap().len() > 100, "{file}");
    }
    let written = json(home, &["inspect", "music/piece-1.wav", "--out", "inside"]);
    assert_eq!(written["written"].as_array().unwrap().len(), 14);
    for (format, magic) in [("npy", &b"\x93NUMPY"[..]), ("parquet", b"PAR1"), ("tsv", b"track\ttitle")] {
        let out = format!("vectors.{format}");
        let exported = json(home, &["export", "embeddings", "--format", format, "--out", &out]);
        assert_eq!(exported["rows"], 6 * 14);
        assert!(std::fs::read(home.join(&out)).unwrap().starts_with(magic), "{format}");
    }
    assert_eq!(json(home, &["doctor"])["library"]["healthy"], true);
}

#[test]
fn a_file_outside_the_library_can_ask_and_its_twin_is_folded_away() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::create_dir(home.join("music")).unwrap();
    let pieces = music::six(&home.join("music"));
    let outside = home.join("outside.wav");
    std::fs::copy(&pieces[2], &outside).unwrap();
    json(home, &["import", "music"]);
    let found = json(home, &["recommend", "outside.wav"]);
    assert_eq!(found["folded"], 1, "{found}");
    assert_eq!(found["results"].as_array().unwrap().len(), 5);
}

#[test]
fn a_study_trains_what_is_missing_and_writes_its_tables() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::create_dir(home.join("music")).unwrap();
    music::six(&home.join("music"));
    json(home, &["import", "music"]);
    let arguments = ["study", "--epochs", "1", "--queries", "2", "--out", "study", "--pairs"];
    let first = json(home, &[&arguments[..], &["16:64"]].concat());
    assert_eq!(first["cells"].as_array().unwrap().len(), 1);
    let both = json(home, &[&arguments[..], &["16:64,32:64"]].concat());
    assert_eq!(both["cells"][0], first["cells"][0], "a finished model is taken as it is");
    assert_eq!((&both["cells"][1]["encoding"], &both["suggested_by"]), (&Value::from(32), &Value::from("study-32-64")));
    assert_eq!(both["cells"][0]["reported_accuracy"], 93.0);
    let queries: std::collections::HashSet<_> =
        both["suggestions"].as_array().unwrap().iter().map(|row| row["query"].as_str().unwrap()).collect();
    assert_eq!(queries.len(), 2);
    let text = std::fs::read_to_string(home.join("study/study.md")).unwrap();
    assert!(text.contains("| 16 to 64 |") && text.contains("| 32 to 64 |"), "{text}");
    let table = std::fs::read_to_string(home.join("study/study.csv")).unwrap();
    assert!(table.starts_with("model,encoding,embedding,accuracy,reported_accuracy"), "{table}");
    assert!(home.join("study/recommendations.csv").exists());
    assert_eq!(songline(home, &["study", "--pairs", "16-64"]).status.code(), Some(2));
    let list = json(home, &["study", "--list"]);
    let runs: Vec<_> =
        list.as_array().unwrap().iter().map(|study| (&study["run"], study["cells"].as_array())).collect();
    assert_eq!(runs.len(), 2, "each run is kept");
    assert_eq!(
        (runs[1].0, runs[1].1.unwrap().len(), &list[0]["epochs"]),
        (&Value::from(2), 2, &serde_json::json!([1, 1]))
    );
    let text = String::from_utf8(songline(home, &["study", "--list"]).stdout).unwrap();
    assert!(text.contains("Studies") && text.contains("N = 32"), "{text}");
}

#[test]
fn a_listening_study_nobody_took_part_in_says_so() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let text = |arguments: &[&str]| String::from_utf8(songline(home, arguments).stdout).unwrap();
    assert!(text(&["listening"]).contains("Nobody has answered yet"));
    assert_eq!(json(home, &["listening", "--results"])["rows"], serde_json::json!([]));
    assert!(text(&["listening", "--export"]).starts_with("session,listener,seed,round,query,position,recommendation,"));
    assert_eq!(json(home, &["listening", "--export"]), serde_json::json!([]));
    assert_eq!(json(home, &["listening", "--export", "answers.csv"])["recommendations"], 0);
    assert!(std::fs::read_to_string(home.join("answers.csv")).unwrap().starts_with("session,listener"));
    assert_eq!(json(home, &["listening", "--learn"])["too-few"]["ratings"], 0);
    assert!(text(&["listening", "--learn"]).contains("0 of 40 needed, queries: 0 of 8 needed"));
    assert_eq!(songline(home, &["listening", "--learn", "--export"]).status.code(), Some(2));
}

#[test]
fn failures_say_what_to_do_and_return_one() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let wrong = songline(home, &["recommend", "no-such-file.mp3"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(wrong.stdout.is_empty() && !wrong.stderr.is_empty());
    let nothing = songline(home, &["train"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("import"), "{nothing:?}");
    assert_eq!(songline(home, &["no-such-command"]).status.code(), Some(2));
    let window = songline(home, &[]);
    assert_eq!(window.status.code(), Some(1));
    let text = String::from_utf8_lossy(&window.stderr).into_owned();
    assert!(text.contains("no display") && text.contains("songline import"), "{text}");
}

#[test]
fn every_command_shows_an_example() {
    let home = tempfile::tempdir().unwrap();
    let commands = [
        "demo",
        "import",
        "tracks",
        "train",
        "study",
        "embed",
        "models",
        "recommend",
        "neighbours",
        "evaluate",
        "map",
        "inspect",
        "export",
        "doctor",
        "completions",
    ];
    for command in commands {
        let help = songline(home.path(), &[command, "--help"]);
        assert!(help.status.success());
        assert!(String::from_utf8_lossy(&help.stdout).contains("Example: songline"), "{command}");
    }
    let completions = songline(home.path(), &["completions", "bash"]);
    assert!(String::from_utf8_lossy(&completions.stdout).contains("_songline"));
}

#[test]
fn a_library_is_scored_and_its_runs_are_listed() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::create_dir(home.join("music")).unwrap();
    music::six(&home.join("music"));
    json(home, &["import", "music"]);
    let without = songline(home, &["evaluate"]);
    assert_eq!(without.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&without.stderr).contains("--labels"), "{without:?}");
    let none = songline(home, &["evaluate", "--list"]);
    assert!(String::from_utf8_lossy(&none.stdout).contains("no evaluations yet"), "{none:?}");

    let rows = (0..6).map(|piece| format!("piece-{piece}.wav,artist {},kind {}\n", piece % 2, piece % 2));
    std::fs::write(home.join("labels.csv"), format!("file,artist,mood\n{}", rows.collect::<String>())).unwrap();
    let arguments = ["evaluate", "--labels", "labels.csv", "--by", "artist,mood", "--no-robustness", "--out", "scores"];
    let report = json(home, &arguments);
    assert_eq!((&report["run"], &report["tracks"]), (&Value::from(1), &Value::from(6)));
    assert_eq!(report["systems"][0]["kind"], "model");
    assert_eq!(report["systems"][0]["metrics"][0]["scores"][0]["chance"], 0.4);
    for file in ["report.md", "scores.csv", "report.json"] {
        assert!(home.join("scores").join(file).metadata().unwrap().len() > 100, "{file}");
    }
    let text = songline(home, &arguments);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("expected by chance") && text.contains("MFCC Gaussian"), "{text}");
    let unknown = songline(home, &["evaluate", "--labels", "labels.csv", "--by", "tempo"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("artist, mood"), "{unknown:?}");
    let list = songline(home, &["evaluate", "--list", "--metric", "min"]);
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    assert_eq!(list.lines().filter(|line| line.contains("songline-base")).count(), 2, "{list}");

    // The whole ranking, for scoring with other tools.
    json(home, &["neighbours", "--all", "--metric", "min", "--out", "all.csv"]);
    let rows = std::fs::read_to_string(home.join("all.csv")).unwrap();
    assert_eq!(rows.lines().count(), 1 + 6 * 5);
}
