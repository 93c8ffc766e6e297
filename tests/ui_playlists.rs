//! Playlists in the window: made, put in order, undone, played, walked and written, by clicks and keys.

#[expect(dead_code, reason = "playlists need a part of the window alone")]
mod ui;

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::audio::message::{PlayerCommand, PlayerEvent};
use songline::domain::{Playlist, PlaylistChange, PlaylistId, TrackId};
use songline::jobs::message::{
    CopySummary, FailedFile, ImportedPlaylist, JobCommand, JobError, JobEvent, JobOutput, JobSpec, Walk, WalkSpec,
    Walked,
};
use songline::settings::Settings;
use songline::state::{AnswerTab, AppCommand, Arrangement, Choose, Dialog, Effect, PlaylistCommand, Severity};
use ui::Window;

type Shown<'a> = Harness<'a, Window>;

fn open<'a>(window: Window) -> Shown<'a> {
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1_280.0, 800.0))
        .with_max_steps(48)
        .build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    harness.run_ok();
    harness
}

/// A window with the third track selected and its recommendations shown.
fn explored() -> Window {
    let mut window = Window::new(Settings::default(), 200);
    window.ask(AppCommand::Select(TrackId(3)));
    window.answer_all(20);
    window
}

fn asked(harness: &mut Shown<'_>) -> Vec<AppCommand> {
    harness.run_ok();
    std::mem::take(&mut harness.state_mut().asked)
}

fn ask(window: &mut Window, command: PlaylistCommand) {
    window.ask(AppCommand::Playlist(command));
}

/// A window that shows a playlist of the tracks 1 to `count`, kept.
fn with_playlist(count: i64) -> Window {
    let mut window = explored();
    ask(&mut window, PlaylistCommand::New((1..=count).map(TrackId).collect()));
    window.answer(JobOutput::PlaylistsKept);
    window
}

fn rows(window: &Window) -> Vec<i64> {
    window.state.playlists.opened().map_or_else(Vec::new, |list| list.tracks.iter().map(|track| track.0).collect())
}

/// What was asked to be kept last.
fn kept(window: &Window) -> Vec<PlaylistChange> {
    let kept = window.effects.iter().rev().find_map(|effect| match effect {
        Effect::Job(JobCommand::Start { spec: JobSpec::KeepPlaylists(changes), .. }) => Some(changes.clone()),
        _ => None,
    });
    kept.expect("something was to be kept")
}

fn row_label(window: &Window, row: usize) -> String {
    let id = window.state.playlists.opened().unwrap().tracks[row];
    let track = window.state.library.track(id).unwrap();
    format!("Row {}: {} by {}", row + 1, track.title(), track.artist())
}

fn loaded(window: &Window) -> Option<(PathBuf, f64)> {
    window.effects.iter().rev().find_map(|effect| match effect {
        Effect::Player(PlayerCommand::Load { item, .. }) => Some((item.path.clone(), item.start_s)),
        _ => None,
    })
}

#[test]
fn a_playlist_is_made_of_what_sounds_alike_and_undone() {
    let mut harness = open(explored());
    harness.get_by_label("Playlist").click();
    assert_eq!(asked(&mut harness), [AppCommand::ShowAnswer(AnswerTab::Playlist)]);
    harness.get_by_label("Make one of what sounds alike").click();
    asked(&mut harness);
    let made = harness.state().state.playlists.opened().unwrap().clone();
    assert_eq!((made.name.as_str(), made.tracks.len(), made.tracks[0]), ("Playlist", 21, TrackId(3)));
    assert_eq!(kept(harness.state()), [PlaylistChange::Put(made.clone())]);
    harness.state_mut().answer(JobOutput::PlaylistsKept);
    harness.run_ok();

    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    assert_eq!(asked(&mut harness), [AppCommand::Undo]);
    assert!(harness.state().state.playlists.all.is_empty());
    assert_eq!(kept(harness.state()), [PlaylistChange::Remove(made.id)]);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(asked(&mut harness), [AppCommand::Redo]);
    assert_eq!(harness.state().state.playlists.all, [made]);
}

#[test]
fn results_rows_and_keys_add_tracks() {
    let mut harness = open(explored());
    harness.get_by_label("Add all to the playlist").click();
    asked(&mut harness);
    assert_eq!(rows(harness.state()).len(), 20);
    harness.key_press(Key::P);
    let tracks = vec![TrackId(3)];
    assert_eq!(asked(&mut harness), [AppCommand::Playlist(PlaylistCommand::Add { to: None, tracks })]);
    assert_eq!(rows(harness.state()).last(), Some(&3));
    // It is there already: nothing changes, and it says so.
    harness.key_press(Key::P);
    asked(&mut harness);
    assert_eq!(rows(harness.state()).len(), 21);
    assert!(harness.state().state.notices.iter().any(|notice| notice.title.contains("already")));
    let row = harness.get_all_by_role(Role::Row).next().unwrap();
    row.click_secondary();
    harness.run_ok();
    harness.get_by_label("Add to Playlist").click();
    assert!(matches!(asked(&mut harness)[..], [AppCommand::Playlist(PlaylistCommand::Add { to: None, .. })]));
}

#[test]
fn rows_are_chosen_moved_and_removed_by_key() {
    let mut harness = open(with_playlist(6));
    let label = row_label(harness.state(), 1);
    harness.get_by_label(&label).click();
    assert_eq!(asked(&mut harness), [AppCommand::Playlist(PlaylistCommand::Choose(1, Choose::Only))]);
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
    harness.run_ok();
    assert_eq!(rows(harness.state()), [1, 3, 2, 4, 5, 6]);
    assert_eq!(harness.state().state.playlists.chosen, BTreeSet::from([2]), "what was moved stays chosen");
    harness.key_press(Key::ArrowDown);
    harness.run_ok();
    harness.key_press(Key::Delete);
    harness.run_ok();
    assert_eq!(rows(harness.state()), [1, 3, 2, 5, 6]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_ok();
    assert_eq!(harness.state().state.playlists.chosen.len(), 5);
    asked(&mut harness);
    harness.key_press(Key::Enter);
    harness.run_ok();
    assert_eq!(loaded(harness.state()), Some((PathBuf::from("/music/4.flac"), 0.0)));
    for expected in [vec![1, 3, 2, 4, 5, 6], vec![1, 2, 3, 4, 5, 6]] {
        harness.get_by_label("Undo").click();
        harness.run_ok();
        assert_eq!(rows(harness.state()), expected);
    }
}

#[test]
fn a_row_is_dragged_to_another_place() {
    let mut harness = open(with_playlist(6));
    let label = |harness: &Shown<'_>, row| row_label(harness.state(), row);
    let from = harness.get_by_label(&label(&harness, 0)).rect().center();
    let to = harness.get_by_label(&label(&harness, 3)).rect();
    harness.hover_at(from);
    harness.run_ok();
    harness.drag_at(from);
    harness.run_ok();
    harness.hover_at(from + egui::vec2(0.0, 20.0));
    harness.run_ok();
    harness.hover_at(to.center_bottom() - egui::vec2(0.0, 2.0));
    harness.run_ok();
    harness.drop_at(to.center_bottom() - egui::vec2(0.0, 2.0));
    harness.run_ok();
    assert_eq!(rows(harness.state()), [2, 3, 4, 1, 5, 6]);
}

#[test]
fn names_copies_orders_and_files_are_in_the_menus() {
    let mut harness = open(with_playlist(5));
    let choose = |harness: &mut Shown<'_>, menu: &str, entry: &str| {
        harness.get_by_label(menu).click();
        harness.run_ok();
        asked(harness);
        harness.get_by_label(entry).click();
        asked(harness)
    };
    let first = harness.state().state.playlists.open.unwrap();
    let duplicated = choose(&mut harness, "More for playlists", "Duplicate");
    assert_eq!(duplicated, [AppCommand::Playlist(PlaylistCommand::Duplicate(first))]);
    let copy = harness.state().state.playlists.opened().unwrap().clone();
    assert_eq!((copy.name.as_str(), copy.tracks.len()), ("Playlist 2", 5));

    choose(&mut harness, "More for playlists", "Rename");
    harness.run_ok();
    harness.get_by_label("Name of the playlist").type_text(" of mine");
    harness.run_ok();
    harness.key_press(Key::Enter);
    harness.run_ok();
    let renamed = harness.state().state.playlists.opened().unwrap().name.clone();
    assert!(renamed.contains("of mine") && renamed.contains("Playlist 2"), "{renamed}");

    let ordered = choose(&mut harness, "Order the playlist", "By key and tempo");
    assert_eq!(ordered, [AppCommand::Playlist(PlaylistCommand::Arrange(Arrangement::Harmonic))]);
    let mut sorted = rows(harness.state());
    assert_eq!(sorted[0], 1, "the first stays the first");
    sorted.sort_unstable();
    assert_eq!(sorted, [1, 2, 3, 4, 5]);

    for (entry, dialog) in [
        ("Save as…", Dialog::ExportPlaylist),
        ("Copy files to a folder…", Dialog::CopyFiles),
        ("Read a playlist…", Dialog::ImportPlaylist),
    ] {
        assert_eq!(choose(&mut harness, "More for playlists", entry), [AppCommand::OpenDialog(dialog)]);
    }
    choose(&mut harness, "More for playlists", "Delete");
    assert_eq!(harness.state().state.playlists.open, Some(first));
}

#[test]
fn a_playlist_plays_through_in_order_and_follows_its_changes() {
    let mut harness = open(with_playlist(4));
    harness.get_by_label("Play the playlist").click();
    asked(&mut harness);
    let path = |index: usize| Some((PathBuf::from(format!("/music/{index}.flac")), 0.0));
    assert_eq!(loaded(harness.state()), path(0));
    let window = harness.state_mut();
    window.ask(AppCommand::Next);
    assert_eq!(loaded(window), path(1));
    // The track that plays is moved to the end: what comes next is what follows it there.
    ask(window, PlaylistCommand::Move { rows: BTreeSet::from([1]), to: 4 });
    window.ask(AppCommand::Previous);
    assert_eq!(loaded(window), path(3));
    // What plays is taken out: what stands in its place comes next.
    ask(window, PlaylistCommand::Choose(2, Choose::Only));
    ask(window, PlaylistCommand::RemoveChosen);
    window.ask(AppCommand::Next);
    assert_eq!(loaded(window), path(1));
    window.ask(AppCommand::Undo);
    window.ask(AppCommand::Previous);
    assert_eq!(loaded(window), path(3));
    let ended = |window: &mut Window| {
        let token = window.effects.iter().rev().find_map(|effect| match effect {
            Effect::Player(PlayerCommand::Load { token, .. }) => Some(*token),
            _ => None,
        });
        let token = token.unwrap();
        let effects = window.state.on_player(&PlayerEvent::Ended { token });
        window.effects.extend(effects);
    };
    ended(window);
    assert_eq!(loaded(window), path(1), "it goes on by itself");
    let loads = window.effects.len();
    ended(window);
    assert_eq!(window.effects.len(), loads, "and stops at its end");
}

#[test]
fn a_walk_becomes_a_playlist_and_its_length_is_a_slider() {
    let mut harness = open(explored());
    let row = harness.get_all_by_role(Role::Row).next().unwrap();
    row.click_secondary();
    harness.run_ok();
    harness.get_by_label("Walk here from the selected track").click();
    let command = asked(&mut harness);
    let [AppCommand::Playlist(PlaylistCommand::WalkTo(to))] = command[..] else { panic!("{command:?}") };
    let walked = |tracks: Vec<TrackId>, asked: usize| {
        let spec = WalkSpec {
            from: TrackId(3),
            to,
            tracks: asked,
            per_artist: Settings::default().per_artist,
            span: Settings::default().span,
        };
        let jumps = vec![0.25; tracks.len() - 1];
        JobOutput::Walked(Walked { spec, walk: Walk { tracks, jumps, direct: 2.0 } })
    };
    harness.state_mut().answer(walked(vec![TrackId(3), TrackId(50), to], 3));
    harness.run_ok();
    let name = harness.state().state.playlists.opened().unwrap().name.clone();
    assert!(name.contains(" to "), "{name}");
    harness.get_by_label("steps up to 0.25 of 2.00");
    let slider = harness.get_by_label("Tracks of the walk");
    slider.focus();
    harness.run_ok();
    harness.key_press(Key::ArrowRight);
    let command = asked(&mut harness);
    assert!(matches!(command[..], [AppCommand::Playlist(PlaylistCommand::SetWalk(_))]), "{command:?}");
    harness.state_mut().answer(walked(vec![TrackId(3), TrackId(50), TrackId(60), to], 4));
    let window = harness.state_mut();
    assert_eq!(window.state.playlists.all.len(), 1, "the walk takes its own place");
    assert_eq!(rows(window).len(), 4);
    window.ask(AppCommand::Undo);
    assert!(window.state.playlists.all.is_empty() || rows(window).len() == 3);
}

#[test]
fn more_of_this_and_less_of_that() {
    let mut harness = open(explored());
    let best = harness.state().state.query.results.as_ref().unwrap().items[0].track;
    harness.state_mut().ask(AppCommand::ToggleSeed(best));
    harness.run_ok();
    let title = harness.state().state.library.track(best).unwrap().title().to_owned();
    let name = format!("How much of {title}");
    let slider = harness.get_by_label(&name);
    slider.focus();
    harness.run_ok();
    harness.key_press(Key::ArrowLeft);
    let command = asked(&mut harness);
    let [AppCommand::SetWeight { track, weight }] = command[..] else { panic!("{command:?}") };
    assert!(track == best && weight < 1.0);
    let spec = |window: &Window| {
        window.effects.iter().rev().find_map(|effect| match effect {
            Effect::Job(JobCommand::Start { spec: JobSpec::Recommend(spec), .. }) => Some(spec.clone()),
            _ => None,
        })
    };
    assert_eq!(spec(harness.state()).unwrap().weights, [1.0, weight]);
    harness.state_mut().ask(AppCommand::LessLike(best));
    assert_eq!(spec(harness.state()).unwrap().weights, [1.0, -0.5]);
    harness.run_ok();
    harness.get_by_label(&format!("Take {title} out of the query")).click();
    asked(&mut harness);
    assert_eq!(spec(harness.state()).unwrap().weights, [0.0; 0], "one track alone has no weight");
}

#[test]
fn what_became_of_files_is_said() {
    let mut window = with_playlist(3);
    ask(&mut window, PlaylistCommand::CopyFiles(PathBuf::from("/stick")));
    let failed = vec![FailedFile { path: PathBuf::from("/music/2.flac"), reason: "gone".to_owned() }];
    window.answer(JobOutput::Copied(CopySummary { folder: "/stick".into(), copied: 2, there: 0, failed }));
    let last = window.state.notices.iter().last().unwrap().clone();
    assert_eq!((last.title.as_str(), last.severity), ("2 files copied, 1 left out", Severity::Warning));

    ask(&mut window, PlaylistCommand::Import(PathBuf::from("/lists/a.m3u8")));
    let read = ImportedPlaylist {
        name: "a".to_owned(),
        tracks: vec![TrackId(4)],
        missing: vec![PathBuf::from("/music/none.mp3")],
    };
    window.answer(JobOutput::PlaylistRead(read));
    assert_eq!(window.state.playlists.opened().map(|list| list.name.as_str()), Some("a"));
    assert!(window.state.notices.iter().any(|notice| notice.title == "1 of 2 files are not in the library"));
}

#[test]
fn changes_are_kept_one_after_the_other_and_what_cannot_be_kept_is_read_again() {
    let mut window = explored();
    ask(&mut window, PlaylistCommand::New(vec![TrackId(1)]));
    let keeps = |window: &Window| {
        let keep =
            |effect: &&Effect| matches!(effect, Effect::Job(JobCommand::Start { spec: JobSpec::KeepPlaylists(_), .. }));
        window.effects.iter().filter(keep).count()
    };
    ask(&mut window, PlaylistCommand::Add { to: None, tracks: vec![TrackId(2)] });
    ask(&mut window, PlaylistCommand::Add { to: None, tracks: vec![TrackId(3)] });
    assert_eq!(keeps(&window), 1, "one at a time");
    window.answer(JobOutput::PlaylistsKept);
    assert_eq!(keeps(&window), 2);
    let changes = kept(&window);
    let [PlaylistChange::Put(list)] = &changes[..] else { panic!("one playlist") };
    assert_eq!(list.tracks, [TrackId(1), TrackId(2), TrackId(3)]);
    let id = window.job(|spec| matches!(spec, JobSpec::KeepPlaylists(_)));
    let error = JobError::Failed { doing: "Keeping the playlist", reason: "the disk is full".to_owned() };
    let effects = window.state.on_job(JobEvent::Finished { id, result: Err(error) });
    window.effects.extend(effects);
    assert_eq!(window.state.history.to_undo(), None);
    let there = Playlist { id: PlaylistId(5), name: "there".to_owned(), tracks: vec![TrackId(1)] };
    window.answer(JobOutput::Playlists(vec![there.clone()]));
    assert_eq!(window.state.playlists.all, [there]);
}
