//! Tracks, their files and their arrays.

use std::path::Path;

use songline::domain::{FEATURES_VERSION, SegmentGrid, Span, Tags, Waveform};
use songline::library::{Added, FileState, LONGEST_COVER, Library, LibraryError};

use crate::support::*;

#[test]
fn a_track_survives_the_library_being_closed() {
    let (folder, library) = library();
    let path = folder.path().join("a.mp3");
    let cover = b"\x89PNG and so on".to_vec();
    let spectrogram = spectrogram(1, 1_000);
    let added = library.add_track(new_track(&path, 1), &spectrogram, &waveform(1), Some(&cover)).unwrap();
    let Added::New(id) = added else { panic!("{added:?}") };
    let root = library.root().to_path_buf();
    drop(library);

    let library = Library::open(&root).unwrap();
    let track = library.track(id).unwrap().unwrap();
    let new = new_track(&path, 1);
    assert_eq!((track.hash, &track.path, &track.tags), (new.hash, &path, &new.tags));
    assert_eq!((track.duration_s, track.segments, track.preview_start), (12.34, 9, 1));
    assert_eq!((track.tempo, track.key, track.loudness), (new.tempo, new.key, new.loudness));
    assert_eq!(track.damaged_packets, 2);
    assert!(track.added_at > 1_700_000_000);
    assert_eq!(track.span(Span::Whole), Some(0..9));
    assert_eq!(library.tracks().unwrap(), std::slice::from_ref(&track));
    assert_eq!(library.track_count().unwrap(), 1);
    assert_eq!(library.find_by_path(&path).unwrap(), Some(track.clone()));
    assert_eq!(library.find_by_hash(new.hash).unwrap(), Some(track));
    assert_eq!(library.find_by_hash(hash(99)).unwrap(), None);

    let read = library.spectrogram(id).unwrap();
    assert_eq!((read.frames(), read.bands()), (1_000, BANDS));
    for (read, written) in read.values().iter().zip(spectrogram.values()) {
        assert!((read - written).abs() < 1e-5, "{written} became {read}");
    }
    let mapped = library.mapped_spectrogram(id).unwrap();
    let grid = SegmentGrid::default();
    let mut segment = Vec::new();
    mapped.read_segment(grid, 8, &mut segment).unwrap();
    assert_eq!(Some(&segment[..]), read.segment(grid, 8));
    assert_eq!(mapped.read_segment(grid, 9, &mut segment), None);
    assert_eq!(segment.len(), 200 * BANDS, "nothing is appended past the end");
    assert_eq!((mapped.frames(), mapped.bands(), mapped.segment_count(grid)), (1_000, BANDS, 9));
    assert_eq!(mapped.fixed().len(), 1_000 * BANDS);
    assert_eq!(mapped.slice(10..20).unwrap().values(), &read.values()[10 * BANDS..20 * BANDS]);
    assert!(mapped.slice(990..1_001).is_none() && mapped.slice(5..5).is_none());
    assert_eq!(library.waveform(id).unwrap(), waveform(1));
    assert_eq!(library.cover(id).unwrap(), Some(cover));
    assert!(library.check().unwrap().is_healthy());
}

#[test]
fn a_track_with_nothing_in_it_is_kept_too() {
    let (_folder, library) = library();
    let mut new = new_track("/empty.wav", 1);
    (new.tags, new.tempo, new.key, new.loudness) = (Tags::default(), None, None, None);
    let added = library.add_track(new, &spectrogram(1, 0), &Waveform::default(), Some(b"")).unwrap();
    let track = library.track(added.id()).unwrap().unwrap();
    assert_eq!((track.segments, track.tempo, track.key, track.loudness), (0, None, None, None));
    assert_eq!(library.spectrogram(track.id).unwrap().frames(), 0);
    assert_eq!(library.mapped_spectrogram(track.id).unwrap().fixed(), [0_u16; 0]);
    assert_eq!(library.waveform(track.id).unwrap(), Waveform::default());
    assert_eq!(library.cover(track.id).unwrap(), None);
    assert!(library.check().unwrap().is_healthy());
}

#[test]
fn the_same_bytes_twice_are_one_track_with_two_paths() {
    let (folder, library) = library();
    let [first, second] = ["a.mp3", "b.mp3"].map(|name| folder.path().join(name));
    std::fs::write(&first, b"").unwrap();
    let id = add(&library, &first, 1).id();
    assert_eq!(add(&library, &second, 1), Added::Duplicate(id));
    assert_eq!(add(&library, &first, 1), Added::Duplicate(id), "importing again changes nothing");
    assert_eq!(library.paths_of(id).unwrap(), [first.clone(), second.clone()]);
    assert_eq!(library.tracks().unwrap().len(), 1);
    assert_eq!(library.find_by_path(&second).unwrap().unwrap().path, first);
}

#[test]
fn a_moved_file_is_shown_where_it_is_now() {
    let (folder, library) = library();
    let [old, new] = ["old.mp3", "new.mp3"].map(|name| folder.path().join(name));
    std::fs::write(&old, b"").unwrap();
    let id = add(&library, &old, 1).id();
    assert_eq!(library.missing_files().unwrap(), []);
    std::fs::rename(&old, &new).unwrap();
    assert_eq!(library.missing_files().unwrap(), [id]);
    assert_eq!(library.existing_path(id).unwrap(), None);
    assert_eq!(library.adopt(&new, 1_001, 5, hash(1)).unwrap(), Some(id));
    assert_eq!(library.track(id).unwrap().unwrap().path, new);
    assert_eq!(library.existing_path(id).unwrap(), Some(new.clone()));
    assert_eq!(library.paths_of(id).unwrap(), [new, old], "the old path is kept: it may be on a disk not plugged in");
    assert_eq!(library.missing_files().unwrap(), []);
}

#[test]
fn what_is_known_of_a_file_follows_its_size_and_time() {
    let (_folder, library) = library();
    let path = Path::new("/music/a.mp3");
    let state = |size, time| library.file_state(path, size, time).unwrap();
    let new = new_track(path, 1);
    assert_eq!(state(new.size, new.modified_ns), FileState::New);

    library.record_failure(path, 7, 8, "no sound in it").unwrap();
    assert_eq!(state(7, 8), FileState::FailedBefore);
    assert_eq!(state(7, 9), FileState::New, "another file now: it is worth another try");
    let failures = library.failures().unwrap();
    assert_eq!((failures.len(), failures[0].path.as_path(), failures[0].reason.as_str()), (1, path, "no sound in it"));
    library.record_failure(path, 7, 9, "still none").unwrap();
    assert_eq!(library.failures().unwrap()[0].reason, "still none");

    let id = add(&library, path, 1).id();
    assert_eq!(library.failures().unwrap(), [], "success clears the failure");
    assert_eq!(state(new.size, new.modified_ns), FileState::Unchanged(id));
    assert_eq!(state(new.size + 1, new.modified_ns), FileState::Changed);
    assert_eq!(state(new.size, new.modified_ns + 1), FileState::Changed);

    // Touched, with the same bytes.
    assert_eq!(library.adopt(path, new.size, new.modified_ns + 1, new.hash).unwrap(), Some(id));
    assert_eq!(state(new.size, new.modified_ns + 1), FileState::Unchanged(id));

    // Overwritten with something that cannot be read: the track stays.
    library.record_failure(path, 3, 4, "cut short").unwrap();
    assert_eq!(state(3, 4), FileState::FailedBefore);
    assert!(library.track(id).unwrap().is_some());
}

#[test]
fn new_tags_keep_the_track_and_what_models_made_of_it() {
    let (_folder, library) = library();
    let id = add(&library, "/a.mp3", 1).id();
    library.register_model(&model("m", 1)).unwrap();
    library.put_trajectory("m", id, &trajectory(1, 3)).unwrap();
    let mut retagged = new_track("/a.mp3", 2);
    retagged.tags.title = Some("Another title".to_owned());
    let added = library.add_track(retagged, &spectrogram(1, 600), &waveform(1), None).unwrap();
    assert_eq!(added, Added::Updated(id));
    let track = library.track(id).unwrap().unwrap();
    assert_eq!((track.hash, track.title()), (hash(2), "Another title"));
    assert_eq!(library.tracks().unwrap().len(), 1);
    assert_eq!(library.trajectory("m", id).unwrap(), Some(trajectory(1, 3)));
}

#[test]
fn another_sound_at_the_path_is_another_track_and_the_old_one_can_come_back() {
    let (_folder, library) = library();
    let old = add(&library, "/mix.wav", 1).id();
    library.register_model(&model("m", 1)).unwrap();
    library.put_trajectory("m", old, &trajectory(1, 3)).unwrap();
    let new = add(&library, "/mix.wav", 2);
    assert!(matches!(new, Added::New(id) if id != old), "{new:?}");
    let ids = |library: &Library| library.tracks().unwrap().iter().map(|track| track.id).collect::<Vec<_>>();
    assert_eq!(ids(&library), [new.id()]);
    assert_eq!(library.track(old).unwrap(), None, "without a file it is not shown");
    assert!(library.trajectories("m").unwrap().is_empty());
    assert_eq!(library.tracks_without_trajectory("m").unwrap(), [new.id()]);
    assert_eq!(library.check().unwrap().without_path, 1);

    assert_eq!(add(&library, "/mix (old).wav", 1), Added::Duplicate(old));
    assert_eq!(ids(&library), [old, new.id()]);
    assert_eq!(library.trajectories("m").unwrap().len(), 1);
}

#[test]
fn a_track_of_older_features_is_analysed_again_and_keeps_its_number() {
    let (_folder, library) = library();
    let id = add(&library, "/a.mp3", 1).id();
    library.register_model(&model("m", 1)).unwrap();
    library.put_trajectory("m", id, &trajectory(1, 3)).unwrap();
    let connection = rusqlite::Connection::open(library.root().join("library.db")).unwrap();
    connection.execute("UPDATE tracks SET features_version = ?1", [FEATURES_VERSION - 1]).unwrap();

    let new = new_track("/a.mp3", 1);
    assert_eq!(library.file_state(&new.path, new.size, new.modified_ns).unwrap(), FileState::Changed);
    assert_eq!(library.adopt(&new.path, new.size, new.modified_ns, new.hash).unwrap(), None);
    assert_eq!(library.check().unwrap().outdated, 1);
    let before = library.track(id).unwrap().unwrap();

    let added = library.add_track(new.clone(), &spectrogram(77, 700), &waveform(77), None).unwrap();
    assert_eq!(added, Added::Updated(id));
    let track = library.track(id).unwrap().unwrap();
    assert_ne!(track.sound, before.sound);
    assert_eq!((track.added_at, track.segments), (before.added_at, 6));
    assert_eq!(library.file_state(&new.path, new.size, new.modified_ns).unwrap(), FileState::Unchanged(id));
    assert_eq!(library.trajectory("m", id).unwrap(), None, "they were of the old sound");
    assert_eq!(files_ending(library.root(), ".spectrogram").len(), 1, "the replaced arrays are gone");
    assert_eq!(files_ending(library.root(), ".waveform").len(), 1);
    let health = library.check().unwrap();
    assert!(health.is_healthy() && health.orphans.is_empty() && health.outdated == 0, "{health:?}");
}

#[test]
fn tracks_that_share_a_sound_or_a_cover_share_the_file() {
    let (_folder, library) = library();
    let cover = vec![7; 5_000];
    for seed in [1, 2] {
        let new = new_track(format!("/{seed}.mp3"), seed);
        let added = library.add_track(new, &spectrogram(5, 300), &waveform(5), Some(&cover)).unwrap();
        assert!(matches!(added, Added::New(_)));
    }
    for end in [".spectrogram", ".waveform", ".cover"] {
        assert_eq!(files_ending(library.root(), end).len(), 1, "{end}");
    }
    let tracks = library.tracks().unwrap();
    assert_eq!(tracks[0].sound, tracks[1].sound);

    // One of the two goes on with another sound: the other still has its own.
    let connection = rusqlite::Connection::open(library.root().join("library.db")).unwrap();
    connection.execute("UPDATE tracks SET features_version = 0 WHERE id = ?1", [tracks[0].id.0]).unwrap();
    library.add_track(new_track("/1.mp3", 1), &spectrogram(6, 300), &waveform(6), None).unwrap();
    assert_eq!(library.spectrogram(tracks[1].id).unwrap(), {
        let other = &tracks[1];
        library.mapped_spectrogram(other.id).unwrap().slice(0..300).unwrap()
    });
    assert_eq!(library.cover(tracks[1].id).unwrap(), Some(cover));
    assert_eq!(library.cover(tracks[0].id).unwrap(), None);
    assert!(library.check().unwrap().is_healthy());
}

#[test]
fn a_cover_beyond_the_limit_is_left_out() {
    let (_folder, library) = library();
    let add = |seed, bytes: usize| {
        let new = new_track(format!("/{seed}"), seed);
        library.add_track(new, &spectrogram(seed, 200), &waveform(seed), Some(&vec![1; bytes])).unwrap().id()
    };
    let (fits, too_large) = (add(1, LONGEST_COVER), add(2, LONGEST_COVER + 1));
    assert_eq!(library.cover(fits).unwrap().map(|cover| cover.len()), Some(LONGEST_COVER));
    assert_eq!(library.cover(too_large).unwrap(), None);
}

#[test]
fn numbers_that_are_not_there_are_told() {
    let (_folder, library) = library();
    let nobody = songline::domain::TrackId(42);
    assert_eq!(library.track(nobody).unwrap(), None);
    assert!(matches!(library.spectrogram(nobody), Err(LibraryError::NoTrack(id)) if id == nobody));
    assert!(matches!(library.waveform(nobody), Err(LibraryError::NoTrack(_))));
    assert!(matches!(library.add_path(nobody, Path::new("/x"), 1, 1), Err(LibraryError::NoTrack(_))));
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt;
    let (_folder, library) = library();
    let path = Path::new(std::ffi::OsStr::from_bytes(b"/music/caf\xe9\xff.mp3"));
    let id = add(&library, path, 1).id();
    assert_eq!(library.track(id).unwrap().unwrap().path, path);
    assert_eq!(library.find_by_path(path).unwrap().unwrap().id, id);
    library.record_failure(path, 1, 2, "odd").unwrap();
    assert_eq!(library.failures().unwrap()[0].path, path);
}

#[test]
fn threads_share_a_library() {
    let (_folder, library) = library();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let library = &library;
            // Every thread adds some tracks of its own and some that all add.
            scope.spawn(move || {
                for track in 0..10 {
                    let seed = if track % 2 == 0 { track } else { 100 * thread + track + 1_000 };
                    add(library, format!("/{thread}/{track}.mp3"), seed);
                }
            });
        }
    });
    let tracks = library.tracks().unwrap();
    assert_eq!(tracks.len(), 4 * 5 + 5);
    assert_eq!(tracks.iter().map(|track| library.paths_of(track.id).unwrap().len()).sum::<usize>(), 40);
    let health = library.check().unwrap();
    assert!(health.is_healthy() && health.orphans.is_empty(), "{health:?}");
}
