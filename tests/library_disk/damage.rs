//! Damaged files, places that cannot be written to, full disks.

use std::path::Path;
use std::time::{Duration, SystemTime};

use songline::library::{Added, FileState, Library, LibraryError};

use crate::support::*;

#[test]
fn damaged_arrays_are_told_and_mended_by_importing_again() {
    type Bend = fn(&mut Vec<u8>);
    let cases: [(&str, &str, Bend); 5] = [
        ("spectrogram cut short", ".spectrogram", |bytes| bytes.truncate(1_000)),
        ("spectrogram empty", ".spectrogram", Vec::clear),
        ("spectrogram too long", ".spectrogram", |bytes| bytes.push(0)),
        ("waveform cut short", ".waveform", |bytes| bytes.truncate(bytes.len() - 1)),
        ("no magic", ".spectrogram", |bytes| bytes[0] ^= 1),
    ];
    for (name, end, bend) in cases {
        let (_folder, library) = library();
        let id = add(&library, "/a.mp3", 1).id();
        let other = add(&library, "/b.mp3", 2).id();
        let path = files_ending(library.root(), end)
            .into_iter()
            .find(|path| path.to_str().unwrap().contains(&library.track(id).unwrap().unwrap().sound.to_string()))
            .unwrap_or_else(|| files_ending(library.root(), end).remove(0));
        let mut bytes = std::fs::read(&path).unwrap();
        bend(&mut bytes);
        std::fs::write(&path, &bytes).unwrap();

        let health = library.check().unwrap();
        assert_eq!(health.problems.len(), 1, "{name}: {health:?}");
        assert_eq!(health.problems[0].path, path, "{name}");
        assert!(!health.is_healthy(), "{name}");
        let damaged = health.problems[0].track.unwrap();
        let seed = if damaged == id { 1 } else { 2 };
        if end == ".spectrogram" {
            let error = library.spectrogram(damaged).unwrap_err();
            assert!(matches!(&error, LibraryError::Damaged { path: at, .. } if *at == path), "{name}: {error:?}");
            assert!(library.mapped_spectrogram(damaged).is_err(), "{name}");
        } else {
            assert!(library.waveform(damaged).is_err(), "{name}");
        }
        let sound = if damaged == id { other } else { id };
        assert!(library.spectrogram(sound).is_ok(), "{name}: the other track is well");

        let new = new_track(if seed == 1 { "/a.mp3" } else { "/b.mp3" }, seed);
        let state = library.file_state(&new.path, new.size, new.modified_ns).unwrap();
        assert_eq!(state, FileState::Changed, "{name}");
        let added = library.add_track(new, &spectrogram(seed, 600), &waveform(seed), None).unwrap();
        assert_eq!(added, Added::Updated(damaged), "{name}");
        assert!(library.spectrogram(damaged).is_ok() && library.check().unwrap().is_healthy(), "{name}");
    }
}

#[test]
fn flipped_values_are_noticed_when_read_and_mended_by_importing_again() {
    let (_folder, library) = library();
    let new = new_track("/a.mp3", 1);
    let cover = vec![3; 4_000];
    let id = library.add_track(new.clone(), &spectrogram(1, 600), &waveform(1), Some(&cover)).unwrap().id();
    library.register_model(&model("m", 1)).unwrap();
    library.put_trajectory("m", id, &trajectory(1, 5)).unwrap();
    type Read = fn(&Library, songline::domain::TrackId) -> Option<LibraryError>;
    let reads: [(&str, Read); 3] = [
        (".spectrogram", |library, id| library.spectrogram(id).err()),
        (".waveform", |library, id| library.waveform(id).err()),
        (".cover", |library, id| library.cover(id).err()),
    ];
    for (end, read) in reads {
        let path = files_ending(library.root(), end).remove(0);
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 0x40;
        std::fs::write(&path, &bytes).unwrap();
        let state = || library.file_state(&new.path, new.size, new.modified_ns).unwrap();
        assert_eq!(state(), FileState::Unchanged(id), "{end}: nothing shows yet");
        assert!(matches!(read(&library, id), Some(LibraryError::Damaged { .. })), "{end}");
        assert_eq!(state(), FileState::Changed, "{end}");
        let added = library.add_track(new.clone(), &spectrogram(1, 600), &waveform(1), Some(&cover)).unwrap();
        assert_eq!(added, Added::Updated(id), "{end}");
        assert!(read(&library, id).is_none(), "{end}");
    }
    assert!(library.trajectory("m", id).unwrap().is_some(), "the sound is the same");
}

#[test]
fn a_damaged_database_is_told() {
    let (_folder, library) = library();
    for seed in 0..200 {
        library.record_failure(Path::new(&format!("/{seed}")), seed, 1, &"x".repeat(200)).unwrap();
    }
    let root = library.root().to_path_buf();
    drop(library);
    let path = root.join("library.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xAA);
    std::fs::write(&path, &bytes).unwrap();
    let told = match Library::open(&root) {
        Err(_) => true,
        Ok(library) => library.check().map_or(true, |health| !health.is_healthy()),
    };
    assert!(told);
}

#[test]
fn leftovers_are_swept_and_nothing_else() {
    let (_folder, library) = library();
    let id = add(&library, "/a.mp3", 1).id();
    library.register_model(&model("m", 1)).unwrap();
    library.put_trajectory("m", id, &trajectory(1, 2)).unwrap();
    library.save_run("m", "[]").unwrap();
    let root = library.root();
    let shelf = files_ending(root, ".spectrogram").remove(0);
    let orphan = shelf.with_file_name(format!("{}.spectrogram", hash(7)));
    let old_temporary = shelf.with_file_name(".tmp-old");
    let young_temporary = shelf.with_file_name(".tmp-young");
    let old_generation = root.join("trajectories/1-77.trajectories");
    let strangers = [root.join("notes.txt"), shelf.with_file_name("notes.spectrogram"), root.join("models/m/weights")];
    for path in [&orphan, &old_temporary, &young_temporary, &old_generation].into_iter().chain(&strangers) {
        std::fs::write(path, b"1234").unwrap();
    }
    let old = SystemTime::now() - Duration::from_secs(7_200);
    std::fs::File::options().write(true).open(&old_temporary).unwrap().set_modified(old).unwrap();

    let health = library.check().unwrap();
    assert!(health.is_healthy());
    let mut left = [orphan, old_temporary, old_generation];
    left.sort();
    assert_eq!(health.orphans, left);
    assert!(health.disk.spectrograms >= 600 * 60 * 2 && health.disk.models > 0 && health.disk.total() > 100_000);

    let swept = library.sweep().unwrap();
    assert_eq!((swept.files, swept.bytes), (3, 12));
    assert!(strangers.iter().chain([&young_temporary]).all(|path| path.exists()));
    assert!(library.check().unwrap().orphans.is_empty());
    assert!(library.spectrogram(id).is_ok() && library.trajectory("m", id).unwrap().is_some());
}

#[test]
fn a_library_needs_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"mine").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = Library::open(&path).unwrap_err();
        assert!(matches!(error, LibraryError::NotAFolder { .. }), "{error:?}");
        assert!(error.to_string().contains("file"), "{error}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    assert!(Library::open(&folder.path().join("a/b/c")).is_ok(), "folders are made");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    let mut places = vec![folder.path().to_path_buf(), folder.path().join("new")];
    if std::fs::write(folder.path().join("probe"), b"").is_ok() {
        println!("this user may write everywhere: only places where nobody may are tried");
        places.clear();
    }
    // Nobody may make a folder there, root included.
    if Path::new("/sys/kernel").is_dir() {
        places.push("/sys/kernel/songline".into());
    }
    for place in places {
        let error = Library::open(&place).unwrap_err();
        assert!(matches!(error, LibraryError::ReadOnly { .. }), "{error:?}");
        assert!(error.to_string().contains(place.to_str().unwrap()), "{error}");
    }
}

/// Where the test below runs itself, on a small disk of its own.
const FULL_DISK: &str = "SONGLINE_TEST_FULL_DISK";

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_nothing_half_written_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=3m songline-test \"$0\"";
    let in_a_namespace = |script: &str, more: &[&std::ffi::OsStr]| {
        let mut command = std::process::Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script]).arg(folder.path()).args(more);
        command
    };
    if !in_a_namespace(mount, &[]).output().is_ok_and(|output| output.status.success()) {
        println!("skipped: no small file system can be mounted here");
        return;
    }
    let itself = std::env::current_exe().unwrap();
    let arguments = ["--exact", "damage::on_a_full_disk", "--nocapture"].map(std::ffi::OsStr::new);
    let script = format!("{mount} && exec \"$@\"");
    let output = in_a_namespace(&script, &[itself.as_os_str(), arguments[0], arguments[1], arguments[2]])
        .env(FULL_DISK, folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("the disk was full").count(), 3, "{text}");
}

/// Does nothing by itself: the test above runs it on a disk of 3 MB.
#[test]
fn on_a_full_disk() {
    let Some(disk) = std::env::var_os(FULL_DISK) else { return };
    let disk = Path::new(&disk);
    let ballast = disk.join("ballast");
    let load = || std::fs::write(&ballast, vec![1; 500_000]).unwrap();
    let unload = || std::fs::remove_file(&ballast).unwrap();
    load();
    let library = Library::open(&disk.join("library")).unwrap();
    library.register_model(&model("m", 1)).unwrap();
    let full = |error: LibraryError| {
        assert!(matches!(error, LibraryError::DiskFull { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("free some space") && text.contains(disk.to_str().unwrap()), "{text}");
        println!("the disk was full: {text}");
    };
    let healthy = |tracks: usize| {
        let health = library.check().unwrap();
        assert!(health.is_healthy() && health.tracks == tracks, "{health:?}");
        let temporaries = files(disk).into_iter().filter(|file| file.to_str().unwrap().contains(".tmp-"));
        assert_eq!(temporaries.count(), 0, "nothing half-written stays");
    };

    // Arrays.
    let mut added = Vec::new();
    let add = |seed: usize| {
        let seed = seed as u64;
        library.add_track(new_track(format!("/{seed}"), seed), &spectrogram(seed, 600), &waveform(seed), None)
    };
    let error = loop {
        assert!(added.len() < 1_000, "the disk is never full");
        match add(added.len()) {
            Ok(track) => added.push(track.id()),
            Err(error) => break error,
        }
    };
    full(error);
    assert!(added.len() > 5);
    healthy(added.len());
    unload();
    added.push(add(added.len()).unwrap().id());
    healthy(added.len());
    assert!(added.iter().all(|id| library.spectrogram(*id).is_ok()));

    // Trajectories: too many at once.
    library.put_trajectory("m", added[0], &trajectory(1, 14)).unwrap();
    full(
        library.put_trajectories("m", &[(added[1], trajectory(2, 5)), (added[0], trajectory(3, 99_999))]).unwrap_err(),
    );
    library.put_trajectory("m", added[2], &trajectory(4, 14)).unwrap();
    let all = library.trajectories("m").unwrap().to_trajectories();
    assert_eq!(all, [(added[0], trajectory(1, 14)), (added[2], trajectory(4, 14))]);
    healthy(added.len());

    // The database.
    let mut maps = 0;
    let error = loop {
        match library.save_map(&maps.to_string(), &"x".repeat(20_000)) {
            Ok(()) => maps += 1,
            Err(error) => break error,
        }
    };
    full(error);
    assert_eq!(library.tracks().unwrap().len(), added.len());
    assert!((0..maps).all(|map| library.load_map(&map.to_string()).unwrap().is_some()));
}
