//! Playlists as other programs read them.

use std::fs;
use std::path::Path;

use songline::similarity::{PlaylistEntry, SimilarityError, write_m3u8};

fn entry(path: &Path, artist: &str, title: &str, duration_s: f64) -> PlaylistEntry {
    PlaylistEntry {
        path: path.to_owned(),
        artist: artist.to_owned(),
        title: title.to_owned(),
        duration_s,
        ..PlaylistEntry::default()
    }
}

#[test]
fn relative_paths_lead_from_the_playlist_to_the_file() {
    let root = tempfile::tempdir().unwrap();
    let lists = root.path().join("lists/mine");
    fs::create_dir_all(&lists).unwrap();
    fs::create_dir_all(root.path().join("music/Björk")).unwrap();
    let near = lists.join("#1 hit.mp3");
    let far = root.path().join("music/Björk/Jóga.flac");
    fs::write(&near, "").unwrap();
    fs::write(&far, "").unwrap();
    let list = lists.join("list.m3u8");
    let entries = [entry(&far, "Björk", "Jóga\r\n(live)", 304.6), entry(&near, "A\tB", "#1", f64::NAN)];
    write_m3u8(&list, &entries, true).unwrap();
    assert_eq!(
        fs::read_to_string(&list).unwrap(),
        "#EXTM3U\n#EXTINF:305,Björk - Jóga (live)\n../../music/Björk/Jóga.flac\n#EXTINF:-1,A B - #1\n./#1 hit.mp3\n"
    );
    for line in fs::read_to_string(&list).unwrap().lines().filter(|line| !line.starts_with('#')) {
        assert!(lists.join(line).exists(), "{line}");
    }
}

#[test]
fn absolute_paths_and_files_that_are_gone_keep_their_whole_path() {
    let root = tempfile::tempdir().unwrap();
    let gone = root.path().join("gone.mp3");
    let list = root.path().join("list.m3u8");
    for relative in [true, false] {
        write_m3u8(&list, &[entry(&gone, "A", "B", 1.0)], relative).unwrap();
        let text = fs::read_to_string(&list).unwrap();
        assert_eq!(text.lines().last(), gone.to_str(), "{relative}");
    }
    write_m3u8(&list, &[], false).unwrap();
    assert_eq!(fs::read_to_string(&list).unwrap(), "#EXTM3U\n");
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "no temporary file stays");
}

#[test]
fn a_failure_leaves_the_old_playlist_alone() {
    let root = tempfile::tempdir().unwrap();
    let list = root.path().join("list.m3u8");
    fs::write(&list, "old").unwrap();
    let broken = [entry(Path::new("two\nlines.mp3"), "A", "B", 1.0)];
    let error = write_m3u8(&list, &broken, true).unwrap_err();
    assert!(matches!(error, SimilarityError::UnwritablePath { .. }), "{error}");
    assert_eq!(fs::read_to_string(&list).unwrap(), "old");
    let nowhere = root.path().join("missing/list.m3u8");
    let error = write_m3u8(&nowhere, &[], true).unwrap_err();
    assert!(matches!(error, SimilarityError::Write { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_playlist_is_readable_by_others_as_other_files_are() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let (list, plain) = (root.path().join("list.m3u8"), root.path().join("plain"));
    write_m3u8(&list, &[], true).unwrap();
    fs::write(&plain, "").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(list), mode(plain));
}
