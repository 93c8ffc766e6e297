//! Folders are followed: what is new, changed, moved in, gone and back.

use std::path::PathBuf;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};
use songline::domain::{FolderNews, FolderState};
use songline::source::watch::Watcher;

/// Far longer than anything here takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

fn following(folders: Vec<PathBuf>) -> (Watcher, Receiver<FolderNews>) {
    let (sender, news) = bounded(1_024);
    let quiet = Duration::from_millis(80);
    let watcher = Watcher::with(quiet, Duration::from_millis(60), move |told| drop(sender.send(told))).unwrap();
    watcher.follow(folders);
    (watcher, news)
}

/// The next news of changes.
fn changed(news: &Receiver<FolderNews>) -> Vec<PathBuf> {
    loop {
        if let FolderNews::Changed(paths) = news.recv_timeout(PATIENCE).expect("no news of a change") {
            return paths;
        }
    }
}

fn state(news: &Receiver<FolderNews>) -> FolderState {
    loop {
        if let FolderNews::States(states) = news.recv_timeout(PATIENCE).expect("no news of a state") {
            return states[0].1;
        }
    }
}

/// Waits until `path` itself, or a folder above it, is told.
fn told(news: &Receiver<FolderNews>, path: &std::path::Path) {
    while !changed(news).iter().any(|told| path.starts_with(told)) {}
}

#[test]
fn what_is_new_changed_or_moved_is_told_and_what_is_removed_is_not() {
    let root = tempfile::tempdir().unwrap();
    let (music, elsewhere) = (root.path().join("music"), root.path().join("elsewhere"));
    std::fs::create_dir_all(&music).unwrap();
    std::fs::create_dir_all(&elsewhere).unwrap();
    let (_watcher, news) = following(vec![music.clone()]);
    assert_eq!(state(&news), FolderState::Watched);
    let song = music.join("song.wav");
    std::fs::write(&song, b"one").unwrap();
    told(&news, &song);
    std::fs::write(&song, b"another").unwrap();
    told(&news, &song);
    std::fs::write(elsewhere.join("moved.wav"), b"moved").unwrap();
    std::fs::rename(elsewhere.join("moved.wav"), music.join("moved.wav")).unwrap();
    told(&news, &music.join("moved.wav"));
    std::fs::rename(&song, music.join("renamed.wav")).unwrap();
    told(&news, &music.join("renamed.wav"));
    std::fs::remove_file(music.join("renamed.wav")).unwrap();
    std::fs::write(music.join("last.wav"), b"last").unwrap();
    loop {
        let paths = changed(&news);
        assert!(paths.iter().all(|path| path.exists()), "{paths:?}");
        if paths.iter().any(|path| music.join("last.wav").starts_with(path)) {
            break;
        }
    }
}

#[test]
fn a_folder_that_goes_away_is_missing_and_told_as_a_whole_when_it_is_back() {
    let root = tempfile::tempdir().unwrap();
    let (drive, away) = (root.path().join("drive"), root.path().join("away"));
    std::fs::create_dir_all(&drive).unwrap();
    let (_watcher, news) = following(vec![drive.clone()]);
    assert_eq!(state(&news), FolderState::Watched);
    std::fs::rename(&drive, &away).unwrap();
    assert_eq!(state(&news), FolderState::Missing);
    std::fs::rename(&away, &drive).unwrap();
    told(&news, &drive);
    assert_eq!(state(&news), FolderState::Watched);
}

#[test]
fn another_folder_in_its_place_is_followed_although_nobody_saw_it_missing() {
    let root = tempfile::tempdir().unwrap();
    let (drive, away, other) = (root.path().join("drive"), root.path().join("away"), root.path().join("other"));
    std::fs::create_dir_all(&drive).unwrap();
    std::fs::create_dir_all(&other).unwrap();
    let (_watcher, news) = following(vec![drive.clone()]);
    assert_eq!(state(&news), FolderState::Watched);
    std::fs::rename(&drive, &away).unwrap();
    std::fs::rename(&other, &drive).unwrap();
    told(&news, &drive);
    let song = drive.join("song.wav");
    std::fs::write(&song, b"one").unwrap();
    told(&news, &song);
}
