//! The compact stores that the library keeps: appended to, outdated track by track, damaged, made again.

use std::collections::HashSet;
use std::fs;

use songline::domain::{Metric, Span, TrackId, Trajectory};
use songline::jobs::catalogue::{Sizes, open, reopen};
use songline::library::Library;
use songline::similarity::{Index, SearchOptions, distance};

use crate::support::*;

const ALWAYS: Sizes = Sizes { large: 1, written: 1 };

fn index(library: &Library) -> (Index, [u8; 32]) {
    let extent = library.extent("m").unwrap();
    let set = library.trajectories("m").unwrap();
    let lies = set.places().collect();
    let model = library.model("m").unwrap().unwrap();
    let (opened, stamp) = open(library, &model, Span::Whole, extent, set, lies, ALWAYS).unwrap();
    // The second time it opens without a look at who is in it, and is the same.
    let (again, stamp_again) = reopen(library, &model, Span::Whole, extent).unwrap().expect("nothing changed");
    assert_eq!((again.ids(), stamp_again), (opened.ids(), stamp));
    for id in opened.ids() {
        assert_eq!(again.trajectory(*id), opened.trajectory(*id));
    }
    (again, stamp)
}

fn files(library: &Library) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(library.root().join("search")).into_iter().flatten().flatten();
    let mut files: Vec<_> = files.map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// The compact stores among them.
fn stores(library: &Library) -> Vec<std::path::PathBuf> {
    files(library).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "search")).collect()
}

/// The answers are those of comparing all that the library has now.
fn check(library: &Library, expected_parts: usize) {
    let (index, _) = index(library);
    assert_eq!(index.parts().len(), expected_parts);
    let all = library.trajectories("m").unwrap().to_trajectories();
    assert_eq!(index.len(), all.len());
    let query = all[all.len() / 2].1.clone();
    for metric in Metric::SINGLE {
        let mut expected: Vec<(f32, TrackId)> =
            all.iter().map(|(id, track)| (distance(metric, &query, track), *id)).collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let options = SearchOptions { metric, top: 5, per_artist: 0, ..SearchOptions::default() };
        let found = index.search(std::slice::from_ref(&query), &options).unwrap();
        let found: Vec<(f32, TrackId)> = found.items.iter().map(|item| (item.distance, item.track)).collect();
        assert_eq!(found, expected[..5], "{}", metric.name());
    }
}

fn filled() -> (tempfile::TempDir, Library, Vec<TrackId>) {
    let (folder, library) = library();
    library.register_model(&model("m", 1)).unwrap();
    let ids: Vec<_> = (0..60).map(|seed| add(&library, format!("/{seed}"), seed).id()).collect();
    (folder, library, ids)
}

fn put(library: &Library, ids: &[TrackId], seed: u64) {
    let some: Vec<(TrackId, Trajectory)> =
        ids.iter().zip(0..).map(|(id, i)| (*id, trajectory(seed + i, 1 + i as usize % 14))).collect();
    library.put_trajectories("m", &some).unwrap();
}

#[test]
fn stores_are_added_to_and_made_anew_when_much_is_outdated() {
    let (_folder, library, ids) = filled();
    put(&library, &ids[..40], 0);
    check(&library, 1);
    let first = fs::read(&stores(&library)[0]).unwrap();
    check(&library, 1);
    let stamp = index(&library).1;
    put(&library, &ids[40..50], 90);
    check(&library, 2);
    assert_ne!(index(&library).1, stamp);
    assert_eq!(fs::read(&stores(&library)[0]).unwrap(), first, "what there was is not written again");
    // Embedded again: the old points stay behind in the first store, and nobody finds them.
    put(&library, &ids[5..9], 120);
    check(&library, 3);
    put(&library, &ids[..30], 150);
    check(&library, 1);
    assert_eq!(stores(&library).len(), 1, "the outdated ones are gone");
    library.forget_trajectories("m").unwrap();
    put(&library, &ids[..20], 3);
    check(&library, 1);
    assert_eq!(stores(&library).len(), 1, "so are those of the generation before");
}

#[test]
fn a_catalogue_is_not_reopened_once_the_library_changed() {
    let (_folder, library, ids) = filled();
    let reopened = || {
        let model = library.model("m").unwrap().unwrap();
        reopen(&library, &model, Span::Whole, library.extent("m").unwrap()).unwrap()
    };
    assert!(reopened().is_none());
    put(&library, &ids[..30], 0);
    assert!(reopened().is_none(), "nobody has opened it yet");
    index(&library);
    assert!(reopened().is_some());
    put(&library, &ids[3..4], 70);
    assert!(reopened().is_none(), "one was embedded again");
    index(&library);
    assert!(reopened().is_some());
    let rosters: Vec<_> =
        files(&library).into_iter().filter(|file| file.extension().is_some_and(|e| e == "roster")).collect();
    let bytes = fs::read(&rosters[0]).unwrap();
    fs::write(&rosters[0], &bytes[..bytes.len() - 1]).unwrap();
    assert!(reopened().is_none(), "a kill cut it short");
    index(&library);
    fs::remove_file(&stores(&library)[0]).unwrap();
    assert!(reopened().is_none(), "a store is gone");
    check(&library, 2);
}

#[test]
fn many_small_stores_become_one() {
    let (_folder, library, ids) = filled();
    let mut most = 0;
    for (round, some) in ids.chunks(6).enumerate() {
        put(&library, some, 10 * round as u64);
        let parts = index(&library).0.parts().len();
        check(&library, parts);
        most = most.max(parts);
    }
    assert!((2..=6).contains(&most), "{most}");
}

#[test]
fn a_damaged_store_is_made_again() {
    let (_folder, library, ids) = filled();
    put(&library, &ids, 0);
    check(&library, 1);
    let path = stores(&library).remove(0);
    let whole = fs::read(&path).unwrap();
    for cut in [0, 7, 100, 1_023, 1_024, 5_000, whole.len() / 2, whole.len() - 1] {
        let path = stores(&library).remove(0);
        fs::write(&path, &whole[..cut]).unwrap();
        check(&library, 1);
        assert_eq!(stores(&library).len(), 1);
        assert_eq!(fs::metadata(&stores(&library)[0]).unwrap().len(), whole.len() as u64, "cut at {cut}");
    }
}

#[test]
fn trajectories_that_are_gone_are_not_found_and_a_reader_keeps_its_own() {
    let (_folder, library, ids) = filled();
    put(&library, &ids, 0);
    let (old, _) = index(&library);
    let known: HashSet<TrackId> = old.ids().iter().copied().collect();
    put(&library, &ids[..3], 200);
    let query = old.trajectory(ids[1]).unwrap();
    let options = SearchOptions { top: 1, per_artist: 0, ..SearchOptions::default() };
    let found = old.search(std::slice::from_ref(&query), &options).unwrap();
    assert_eq!((found.items[0].track, found.items[0].distance), (ids[1], 0.0), "it reads what it opened");
    let (new, _) = index(&library);
    assert_ne!(new.trajectory(ids[1]), Some(query), "the next one reads what is there now");
    assert_eq!(new.ids().iter().copied().collect::<HashSet<_>>(), known);
}
