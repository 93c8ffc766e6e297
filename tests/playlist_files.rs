//! Playlists in the forms of other programs, against files that were checked by hand and by another reader
//! (`tests/golden/playlist.md` says how).

use std::fs;
use std::path::{Path, PathBuf};

use songline::domain::Key;
use songline::similarity::{PlaylistEntry, read_m3u, write_m3u8, write_playlist_csv, write_rekordbox};

fn entries() -> Vec<PlaylistEntry> {
    let first = PlaylistEntry {
        path: PathBuf::from("/music/Björk & Co/Jóga #1 100%.flac"),
        artist: "Björk & Co".to_owned(),
        title: "Jóga \"live\" <1997>".to_owned(),
        duration_s: 304.6,
        album: Some("Homogenic".to_owned()),
        genre: Some("Electronic".to_owned()),
        year: Some(1997),
        tempo: Some(93.996),
        key: Key::from_index(21),
        ..PlaylistEntry::default()
    };
    let second = PlaylistEntry {
        path: PathBuf::from("/music/b.mp3"),
        artist: "Unknown artist".to_owned(),
        title: "A\u{1}B\nC".to_owned(),
        duration_s: 30.2,
        key: Key::from_index(6),
        ..PlaylistEntry::default()
    };
    vec![first.clone(), second, first]
}

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
#[cfg(unix)]
fn a_dj_library_is_as_the_golden_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list.xml");
    write_rekordbox(&file, "Night & Day", &entries()).unwrap();
    let written = fs::read_to_string(&file).unwrap().replace(env!("CARGO_PKG_VERSION"), "VERSION");
    assert_eq!(written, golden("playlist.xml"));
}

#[test]
fn a_table_is_as_the_golden_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list.csv");
    write_playlist_csv(&file, &entries()).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), golden("playlist.csv"));
}

#[test]
fn what_is_written_as_m3u8_is_read_again() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    let lists = root.join("lists");
    fs::create_dir_all(&lists).unwrap();
    let names = ["#1 hit.mp3", "sub/Jóga 100%.flac", "a b.mp3"];
    fs::create_dir(root.join("sub")).unwrap();
    let paths: Vec<PathBuf> = names.iter().map(|name| root.join(name)).collect();
    for path in &paths {
        fs::write(path, "").unwrap();
    }
    let entry = |path: &PathBuf| PlaylistEntry { path: path.clone(), ..PlaylistEntry::default() };
    let entries: Vec<PlaylistEntry> = paths.iter().map(entry).collect();
    for relative in [true, false] {
        let file = lists.join("list.m3u8");
        write_m3u8(&file, &entries, relative).unwrap();
        assert_eq!(read_m3u(&fs::read(&file).unwrap(), &lists), paths, "relative: {relative}");
    }
}

#[test]
#[cfg(unix)]
fn a_failure_leaves_no_file() {
    let nowhere = Path::new("/no/such/folder/list.xml");
    assert!(write_rekordbox(nowhere, "x", &entries()).is_err());
    assert!(write_playlist_csv(nowhere, &entries()).is_err());
}
