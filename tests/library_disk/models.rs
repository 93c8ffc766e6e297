//! Models, trajectories, maps, runs.

use std::io::Write;

use songline::domain::{TrackId, Trajectory};
use songline::library::LibraryError;

use crate::support::*;

#[test]
fn models_are_kept_and_one_is_active() {
    let (_folder, library) = library();
    assert_eq!(library.models().unwrap(), []);
    assert_eq!(library.active_model().unwrap(), None);
    assert!(matches!(library.set_active_model("b"), Err(LibraryError::NoModel(name)) if name == "b"));
    library.register_model(&model("b", 1)).unwrap();
    library.register_model(&model("a", 2)).unwrap();
    assert_eq!(library.models().unwrap(), [model("a", 2), model("b", 1)]);
    assert_eq!(library.model("b").unwrap(), Some(model("b", 1)));
    assert_eq!(library.model("c").unwrap(), None);
    library.set_active_model("b").unwrap();
    library.set_active_model("a").unwrap();
    assert_eq!(library.active_model().unwrap().as_deref(), Some("a"));
    library.register_model(&model("a", 3)).unwrap();
    assert_eq!(library.active_model().unwrap().as_deref(), Some("a"), "trained again, still active");
    assert!(matches!(library.register_model(&model("../a", 1)), Err(LibraryError::BadModelName(_))));
}

#[test]
fn the_folder_of_a_model_is_within_the_library() {
    let (_folder, library) = library();
    let models = library.root().join("models");
    assert_eq!(library.model_directory("dense 128"), models.join("dense 128"));
    for name in ["..", "", "../../etc", "/etc", "a\\..\\b", "..."] {
        assert_eq!(library.model_directory(name).parent(), Some(models.as_path()), "{name:?}");
    }
}

#[test]
fn trajectories_are_kept_and_found() {
    let (_folder, library) = library();
    let ids: Vec<_> = (0..5).map(|seed| add(&library, format!("/{seed}"), seed).id()).collect();
    library.register_model(&model("m", 1)).unwrap();
    assert_eq!(library.tracks_without_trajectory("m").unwrap(), ids);
    assert!(library.trajectories("m").unwrap().is_empty());
    assert_eq!(library.trajectory("m", ids[0]).unwrap(), None);

    library.put_trajectory("m", ids[3], &trajectory(3, 7)).unwrap();
    library.put_trajectories("m", &[(ids[1], trajectory(1, 1)), (ids[0], trajectory(0, 14))]).unwrap();
    library.put_trajectories("m", &[]).unwrap();
    assert_eq!(library.tracks_without_trajectory("m").unwrap(), [ids[2], ids[4]]);
    let set = library.trajectories("m").unwrap();
    assert_eq!((set.len(), set.dim()), (3, 8));
    assert_eq!(
        set.to_trajectories(),
        [(ids[0], trajectory(0, 14)), (ids[1], trajectory(1, 1)), (ids[3], trajectory(3, 7))]
    );
    assert_eq!(
        set.iter().map(|(id, dim, values)| (id, values.len() / dim)).collect::<Vec<_>>(),
        [(ids[0], 14), (ids[1], 1), (ids[3], 7)]
    );
    assert_eq!(set.get(ids[3]), Some(trajectory(3, 7).values()));
    assert_eq!(set.get(ids[2]), None);
    assert_eq!(library.trajectory("m", ids[0]).unwrap(), Some(trajectory(0, 14)));

    // A newer trajectory takes the place of the old one, and what is mapped already does not change.
    library.put_trajectory("m", ids[3], &trajectory(33, 2)).unwrap();
    assert_eq!(library.trajectory("m", ids[3]).unwrap(), Some(trajectory(33, 2)));
    assert_eq!(set.get(ids[3]), Some(trajectory(3, 7).values()));
    library.forget_trajectories("m").unwrap();
    assert_eq!(library.tracks_without_trajectory("m").unwrap(), ids);
    assert_eq!(set.get(ids[0]), Some(trajectory(0, 14).values()), "a file that others have mapped is not cut");
    library.put_trajectory("m", ids[2], &trajectory(2, 2)).unwrap();
    assert_eq!(library.trajectories("m").unwrap().to_trajectories(), [(ids[2], trajectory(2, 2))]);
    assert_eq!(files_ending(library.root(), ".trajectories").len(), 1);
}

#[test]
fn a_model_trained_again_forgets_what_the_old_weights_made() {
    let (_folder, library) = library();
    let id = add(&library, "/a", 1).id();
    library.register_model(&model("m", 1)).unwrap();
    library.register_model(&model("other", 1)).unwrap();
    for name in ["m", "other"] {
        library.put_trajectory(name, id, &trajectory(1, 3)).unwrap();
    }
    let mut same_weights = model("m", 1);
    same_weights.scores = serde_json::json!({ "better": true });
    library.register_model(&same_weights).unwrap();
    assert_eq!(library.model("m").unwrap(), Some(same_weights));
    assert!(library.trajectory("m", id).unwrap().is_some(), "only its scores changed");

    library.register_model(&model("m", 2)).unwrap();
    assert_eq!(library.trajectory("m", id).unwrap(), None);
    assert_eq!(library.tracks_without_trajectory("m").unwrap(), [id]);
    assert_eq!(library.trajectory("other", id).unwrap(), Some(trajectory(1, 3)), "another model keeps its own");
    library.put_trajectory("m", id, &trajectory(9, 3)).unwrap();
    assert_eq!(library.trajectory("m", id).unwrap(), Some(trajectory(9, 3)));
    let health = library.check().unwrap();
    assert!(health.is_healthy() && health.orphans.is_empty(), "{health:?}");
    assert_eq!(health.models, [("m".to_owned(), 1), ("other".to_owned(), 1)]);
}

#[test]
fn a_batch_with_something_wrong_in_it_changes_nothing() {
    let (_folder, library) = library();
    let id = add(&library, "/a", 1).id();
    library.register_model(&model("m", 1)).unwrap();
    library.put_trajectory("m", id, &trajectory(1, 3)).unwrap();
    let file = files_ending(library.root(), ".trajectories").remove(0);
    let before = std::fs::read(&file).unwrap();

    let nobody = TrackId(42);
    let error = library.put_trajectories("m", &[(id, trajectory(2, 3)), (nobody, trajectory(3, 3))]).unwrap_err();
    assert!(matches!(error, LibraryError::NoTrack(id) if id == nobody), "{error:?}");
    let flat = Trajectory::new(4, vec![0.0; 8]).unwrap();
    let error = library.put_trajectories("m", &[(id, trajectory(2, 3)), (id, flat)]).unwrap_err();
    assert!(matches!(error, LibraryError::Dimension { expected: 8, found: 4, .. }), "{error:?}");
    assert!(matches!(library.put_trajectory("n", id, &trajectory(1, 3)), Err(LibraryError::NoModel(_))));
    assert!(matches!(library.trajectories("n"), Err(LibraryError::NoModel(_))));

    assert_eq!(library.trajectory("m", id).unwrap(), Some(trajectory(1, 3)));
    assert_eq!(std::fs::read(&file).unwrap()[..before.len()], before, "what is committed is never written over");
}

#[test]
fn an_uncommitted_tail_counts_for_nothing() {
    let (_folder, library) = library();
    let ids: Vec<_> = (0..2).map(|seed| add(&library, format!("/{seed}"), seed).id()).collect();
    library.register_model(&model("m", 1)).unwrap();
    library.put_trajectory("m", ids[0], &trajectory(0, 3)).unwrap();
    let file = files_ending(library.root(), ".trajectories").remove(0);
    // As a kill between writing and committing leaves it: half a point too many.
    std::fs::File::options().append(true).open(&file).unwrap().write_all(&[0xFF; 50]).unwrap();
    assert!(library.check().unwrap().is_healthy());
    library.put_trajectory("m", ids[1], &trajectory(1, 3)).unwrap();
    let all = library.trajectories("m").unwrap().to_trajectories();
    assert_eq!(all, [(ids[0], trajectory(0, 3)), (ids[1], trajectory(1, 3))]);
}

#[test]
fn a_damaged_file_of_trajectories_is_told_and_made_again() {
    for damage in ["short", "gone", "header"] {
        let (_folder, library) = library();
        let id = add(&library, "/a", 1).id();
        library.register_model(&model("m", 1)).unwrap();
        library.put_trajectory("m", id, &trajectory(1, 3)).unwrap();
        let file = files_ending(library.root(), ".trajectories").remove(0);
        let mut bytes = std::fs::read(&file).unwrap();
        match damage {
            "short" => _ = bytes.pop(),
            "header" => bytes[20] ^= 1,
            _ => {}
        }
        std::fs::remove_file(&file).unwrap();
        if damage != "gone" {
            std::fs::write(&file, &bytes).unwrap();
        }
        assert!(library.trajectories("m").is_err(), "{damage}");
        let health = library.check().unwrap();
        assert_eq!(health.problems.len(), 1, "{damage}: {health:?}");
        assert_eq!(library.tracks_without_trajectory("m").unwrap(), [id], "{damage}");
        library.put_trajectory("m", id, &trajectory(2, 3)).unwrap();
        assert_eq!(library.trajectory("m", id).unwrap(), Some(trajectory(2, 3)), "{damage}");
        assert!(library.check().unwrap().is_healthy(), "{damage}");
    }
}

#[test]
fn tracks_too_short_for_a_segment_are_not_asked_for() {
    let (_folder, library) = library();
    library.add_track(new_track("/short", 1), &spectrogram(1, 199), &waveform(1), None).unwrap();
    let long = library.add_track(new_track("/long", 2), &spectrogram(2, 200), &waveform(2), None).unwrap();
    library.register_model(&model("m", 1)).unwrap();
    assert_eq!(library.tracks_without_trajectory("m").unwrap(), [long.id()]);
}

#[test]
fn maps_and_runs_are_kept() {
    let (_folder, library) = library();
    assert_eq!(library.load_map("k").unwrap(), None);
    library.save_map("k", "{\"a\": 1}").unwrap();
    library.save_map("k", "{\"a\": 2}").unwrap();
    assert_eq!(library.load_map("k").unwrap().as_deref(), Some("{\"a\": 2}"));

    assert_eq!(library.load_run("dense").unwrap(), None);
    library.save_run("dense", "[1]").unwrap();
    library.save_run("dense", "[1, 2]").unwrap();
    assert_eq!(library.load_run("dense").unwrap().as_deref(), Some("[1, 2]"));
    assert_eq!(files(&library.model_directory("dense")), [library.model_directory("dense").join("run.json")]);
    assert!(library.save_run("../x", "").is_err());
}

#[test]
fn evaluations_are_kept_in_the_order_in_which_they_were_made() {
    let (_folder, library) = library();
    assert_eq!(library.evaluations().unwrap(), []);
    assert_eq!(library.add_evaluation(20, "{\"a\": 1}").unwrap(), 1);
    assert_eq!(library.add_evaluation(10, "{}").unwrap(), 2);
    let root = library.root().to_path_buf();
    drop(library);
    let kept = songline::library::Library::open(&root).unwrap().evaluations().unwrap();
    let kept: Vec<_> = kept.iter().map(|run| (run.id, run.created_at, run.json.as_str())).collect();
    assert_eq!(kept, [(1, 20, "{\"a\": 1}"), (2, 10, "{}")]);
}
