//! The frame of the window and the explore screen: what a click or a key asks for.

mod ui;

use std::path::PathBuf;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use songline::audio::message::{PlayerCommand, PlayerEvent};
use songline::domain::{Filter, KeyRule, Metric, Progress, Recording, Span, TrackId, Version};
use songline::jobs::message::{JobCommand, JobOutput, JobSpec, KeptNeighbours};
use songline::settings::{Settings, Theme};
use songline::state::{AppCommand, Dialog, Effect, Screen, Severity, Side, SortKey};
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

/// A window with a map, the third track selected and its recommendations shown.
fn explored<'a>() -> Shown<'a> {
    let mut window = Window::new(Settings::default(), 200);
    window.ask(AppCommand::Select(TrackId(3)));
    window.answer_all(20);
    open(window)
}

/// Steps until nothing moves, and takes out what was asked for.
fn asked(harness: &mut Shown<'_>) -> Vec<AppCommand> {
    harness.run_ok();
    std::mem::take(&mut harness.state_mut().asked)
}

fn press(harness: &mut Shown<'_>, key: Key) -> Vec<AppCommand> {
    harness.key_press(key);
    asked(harness)
}

fn first(harness: &Shown<'_>) -> (TrackId, String) {
    let state = &harness.state().state;
    let track = state.query.results.as_ref().unwrap().items[0].track;
    (track, state.library.track(track).unwrap().title().to_owned())
}

#[test]
fn an_empty_library_offers_two_ways_to_begin() {
    let mut harness = open(Window::new(Settings::default(), 0));
    harness.get_by_label("Choose a folder…").click();
    assert_eq!(asked(&mut harness), [AppCommand::OpenDialog(Dialog::ImportFolder)]);
    harness.get_by_label("Make the demo library").click();
    assert_eq!(asked(&mut harness), [AppCommand::MakeDemo]);
    let id = harness.state().job(|spec| matches!(spec, JobSpec::MakeDemo));
    harness.state_mut().progress(id, Progress::new("Composing", 23, Some(72)));
    harness.run_ok();
    let bar = harness.get_by_label("Composing the demo library so far");
    assert_eq!(bar.accesskit_node().numeric_value(), Some(f64::from(23.0_f32 / 72.0)));
    harness.get_by_label("Cancel Composing the demo library").click();
    assert_eq!(asked(&mut harness), [AppCommand::Cancel(id)]);
}

#[test]
fn from_search_to_a_heard_pair() {
    let mut harness = open({
        let mut window = Window::new(Settings::default(), 200);
        window.answer_all(0);
        window
    });
    let search = harness.get_by_role(Role::TextInput);
    search.focus();
    harness.run_ok();
    harness.get_by_role(Role::TextInput).type_text("northern orbit");
    assert_eq!(asked(&mut harness), [AppCommand::Search("northern orbit".into())]);
    let rows = harness.state().state.table.rows.clone();
    assert!(!rows.is_empty() && rows.len() < 200, "the search finds some");
    let name = {
        let track = harness.state().state.library.track(rows[0]).unwrap().clone();
        format!("{} by {}", track.title(), track.artist())
    };
    harness.get_by_label(&name).click();
    assert_eq!(asked(&mut harness), [AppCommand::Select(rows[0])]);

    harness.get_by_label("DTW").click();
    assert_eq!(asked(&mut harness), [AppCommand::SetMetric(Metric::Dtw)]);
    harness.state_mut().answer_results(12);
    harness.run_ok();
    let (best, title) = first(&harness);
    harness.get_by_label(&format!("Why {title}")).click();
    assert_eq!(asked(&mut harness), [AppCommand::Explain(Some(best))]);
    let explanation = ui::explanation(best);
    let nearest = explanation.explanation.best;
    harness.state_mut().answer(JobOutput::Explained(Box::new(explanation)));
    harness.run_ok();
    assert_eq!(press(&mut harness, Key::B), [AppCommand::PlaySide(Side::Target)]);
    let played = harness.state().effects.iter().rev().find_map(|effect| match effect {
        Effect::Player(PlayerCommand::Load { item, .. }) => Some(item.clone()),
        _ => None,
    });
    let start_s = (6 + nearest.1) as f64 * 2.0;
    assert_eq!(played.map(|item| (item.start_s, item.end_s)), Some((start_s, Some(start_s + 4.0))));

    let matrix = harness.get_by_label_contains("Distances of 14 query segments");
    let corner = matrix.rect().left_top() + egui::vec2(3.0, 3.0);
    harness.hover_at(corner);
    harness.run_ok();
    harness.drag_at(corner);
    harness.drop_at(corner);
    assert_eq!(asked(&mut harness), [AppCommand::SelectPair { query: 0, target: 0 }]);
    assert_eq!(press(&mut harness, Key::Escape), [AppCommand::Explain(None)]);
}

#[test]
fn results_can_be_played_and_saved_and_the_query_widened() {
    let mut harness = explored();
    let (best, title) = first(&harness);
    harness.get_by_label(&format!("Play {title}")).click();
    assert_eq!(asked(&mut harness), [AppCommand::PlayTrack(best)]);
    harness.get_by_label("Save playlist…").click();
    assert_eq!(asked(&mut harness), [AppCommand::OpenDialog(Dialog::SavePlaylist)]);
    harness.get_by_label("From a file…").click();
    assert_eq!(asked(&mut harness), [AppCommand::OpenDialog(Dialog::QueryFile)]);
    harness.get_by_label("Whole track").click();
    let settings = Settings { span: Span::Whole, ..Settings::default() };
    assert_eq!(asked(&mut harness), [AppCommand::ChangeSettings(Box::new(settings))]);

    harness.state_mut().ask(AppCommand::ToggleSeed(best));
    harness.run_ok();
    harness.get_by_label(&format!("Take {title} out of the query")).click();
    assert_eq!(asked(&mut harness), [AppCommand::ToggleSeed(best)]);
}

/// The filter that was asked for last.
fn filter_of(asked: &[AppCommand]) -> Option<Filter> {
    asked.iter().rev().find_map(|command| match command {
        AppCommand::SetFilter(filter) => Some((**filter).clone()),
        _ => None,
    })
}

#[test]
fn filters_narrow_the_answer_and_an_empty_one_leads_on() {
    let mut harness = explored();
    harness.get_by_label("Filter by tempo: Tempo").click();
    harness.run_ok();
    harness.get_by_label("Half and double time too").click();
    let filter = filter_of(&asked(&mut harness)).unwrap();
    assert!(filter.tempo.is_some_and(|range| range.half_double));
    harness.key_press(Key::Escape);
    harness.run_ok();
    harness.get_by_label("Filter by key: Key").click();
    harness.run_ok();
    harness.get_by_label("Keys that mix with it").click();
    assert_eq!(filter_of(&asked(&mut harness)).unwrap().key, KeyRule::Compatible);
    harness.key_press(Key::Escape);
    harness.run_ok();
    harness.get_by_label("Filter by label: Label").click();
    harness.run_ok();
    let genre = harness.state().state.library.genres[0].clone();
    // The table has the genre in its rows too; the list's entry is a button.
    harness.get_by_role_and_label(Role::Button, &genre).click();
    assert_eq!(filter_of(&asked(&mut harness)).unwrap().genre, genre);
    harness.key_press(Key::Escape);
    harness.run_ok();
    let job = |spec: &JobSpec| matches!(spec, JobSpec::Recommend(spec) if !spec.filter.is_open());
    harness.state().job(job);
    let state = &harness.state().state;
    let mut nothing = ui::recommendations(state, TrackId(3), 0);
    (nothing.compared, nothing.filtered) = (0, 199);
    harness.state_mut().answer(JobOutput::Recommended { recommendations: std::sync::Arc::new(nothing), file: None });
    harness.run_ok();
    harness.get_by_label("No track passes these filters.");
    harness.get_by_label("0 of 199 tracks pass");
    harness.get_by_label("Any key").click();
    let filter = filter_of(&asked(&mut harness)).unwrap();
    assert!(filter.key == KeyRule::Any && filter.tempo.is_some() && filter.has_label());
    harness.get_by_label("Clear the filters").click();
    assert_eq!(filter_of(&asked(&mut harness)), Some(Filter::default()));
}

#[test]
fn a_track_is_hidden_and_taken_back() {
    let mut harness = explored();
    let (track, title) = first(&harness);
    harness.state_mut().ask(AppCommand::Hide(track));
    let id = harness.state().job(|spec| matches!(spec, JobSpec::Hide { hidden: true, .. }));
    harness.state_mut().finish(id, JobOutput::Hidden(vec![track]));
    harness.run_ok();
    harness.get_by_label("Hidden tracks: 1 hidden").click();
    harness.run_ok();
    harness.get_by_label(&format!("Recommend {title} again")).click();
    assert_eq!(asked(&mut harness), [AppCommand::Unhide(vec![track])]);
    let id = harness.state().job(|spec| matches!(spec, JobSpec::Hide { hidden: false, .. }));
    harness.state_mut().finish(id, JobOutput::Hidden(Vec::new()));
    harness.run_ok();
    assert!(harness.query_by_label("Hidden tracks: 1 hidden").is_none());
}

#[test]
fn every_version_of_a_recording_is_shown_where_that_is_asked_for() {
    let mut harness = explored();
    let tracks: Vec<TrackId> = harness.state().state.library.tracks.iter().take(2).map(|track| track.id).collect();
    harness.state_mut().ask(AppCommand::FindRecordings);
    let id = harness.state().job(|spec| matches!(spec, JobSpec::FindRecordings));
    let versions = tracks.iter().map(|track| Version { track: *track, apart: false }).collect();
    let recordings = vec![Recording { versions }];
    harness.state_mut().finish(id, JobOutput::Recordings { recordings, found: None });
    harness.run_ok();
    harness.get_by_label("More for the query").click();
    harness.run_ok();
    harness.get_by_label("Every version of a recording").click();
    assert!(filter_of(&asked(&mut harness)).is_some_and(|filter| filter.versions));
    harness.get_by_label("Versions: Every version").click();
    assert_eq!(filter_of(&asked(&mut harness)), Some(Filter::default()));
}

#[test]
fn neighbours_of_every_track_are_found_from_a_menu() {
    let mut harness = explored();
    harness.get_by_label("More for the query").click();
    assert_eq!(asked(&mut harness), [AppCommand::ReadNeighbours]);
    harness.get_by_label("Find the neighbours of every track").click();
    assert_eq!(asked(&mut harness), [AppCommand::FindNeighbours]);
    let id = harness.state().job(|spec| matches!(spec, JobSpec::FindNeighbours { .. }));
    harness.state_mut().progress(id, Progress::new("Finding neighbours", 50, Some(200)));
    harness.run_ok();
    harness.get_by_label("Pause Finding neighbours");
    let metric = harness.state().state.query.metric;
    let kept = KeptNeighbours { metric, span: Span::Preview, top: 50, done: 200, of: 200 };
    harness.state_mut().finish(id, JobOutput::Neighbours(vec![kept]));
    harness.run_ok();
    harness.get_by_label("More for the query").click();
    harness.run_ok();
    harness.get_by_label("The 50 nearest of every track by Mean are kept.");
}

#[test]
fn columns_sort_and_rows_have_a_menu() {
    let mut harness = explored();
    harness.get_by_label("Sort by Artist").click();
    assert_eq!(asked(&mut harness), [AppCommand::Sort(SortKey::Artist)]);
    let row = harness.get_all_by_role(Role::Row).next().unwrap();
    row.click_secondary();
    harness.run_ok();
    harness.get_by_label("Copy path").click();
    assert!(matches!(asked(&mut harness)[..], [AppCommand::CopyPath(_)]));
    assert!(matches!(harness.state().effects.last(), Some(Effect::CopyText(path)) if path.starts_with("/music/")));
}

#[test]
fn the_map_is_tooled_and_clicked() {
    let mut harness = explored();
    harness.get_by_label("Trajectories").click();
    assert_eq!(asked(&mut harness), [AppCommand::ShowTrajectories(false)]);
    harness.get_by_label("Save map…").click();
    assert_eq!(asked(&mut harness), [AppCommand::OpenDialog(Dialog::SaveMap)]);
    harness.get_by_label("Lay out again…").click();
    harness.run_ok();
    harness.get_by_label("Lay out").click();
    let commands = asked(&mut harness);
    assert!(
        matches!(commands[..], [AppCommand::SetMapSettings(_), AppCommand::BuildMap { fresh: true }]),
        "{commands:?}"
    );

    // The rightmost point of the map lies a margin away from its right edge, and so does its picture.
    let state = &harness.state().state;
    let map = harness.get_by_label("Map of 200 tracks").rect();
    let points = state.map.points();
    let bound = |axis: usize, largest: bool| {
        let values = points.iter().map(|(_, position)| position[axis]);
        if largest { values.fold(f32::MIN, f32::max) } else { values.fold(f32::MAX, f32::min) }
    };
    let (size_x, size_y) = (bound(0, true) - bound(0, false), bound(1, true) - bound(1, false));
    let scale = ((map.width() - 72.0) / size_x).min((map.height() - 72.0) / size_y);
    let (track, [x, y]) = *points.iter().max_by(|a, b| a.1[0].total_cmp(&b.1[0])).unwrap();
    let middle = [(bound(0, true) + bound(0, false)) / 2.0, (bound(1, true) + bound(1, false)) / 2.0];
    let at = map.center() + egui::vec2((x - middle[0]) * scale, (middle[1] - y) * scale);
    harness.hover_at(at);
    harness.run_ok();
    harness.drag_at(at);
    harness.drop_at(at);
    assert_eq!(asked(&mut harness), [AppCommand::Select(track), AppCommand::PlayTrack(track)]);
}

#[test]
fn keys_walk_listen_and_switch_but_never_while_typing() {
    let mut harness = explored();
    assert_eq!(press(&mut harness, Key::Num4), [AppCommand::Show(Screen::Train)]);
    assert_eq!(press(&mut harness, Key::Num1), [AppCommand::Show(Screen::Explore)]);
    assert_eq!(press(&mut harness, Key::Enter), [AppCommand::PlayTrack(TrackId(3))]);
    harness.state_mut().state.on_player(&PlayerEvent::Started { token: 1, duration_s: 201.0 });
    harness.run_steps(2);
    harness.state_mut().asked.clear();
    harness.key_press(Key::ArrowUp);
    harness.run_steps(3);
    let commands = std::mem::take(&mut harness.state_mut().asked);
    assert!(
        matches!(commands[..], [AppCommand::SelectStep(-1), AppCommand::PlayTrack(_)]),
        "a step is heard while something plays: {commands:?}"
    );
    harness.key_press(Key::ArrowRight);
    harness.run_steps(3);
    assert_eq!(std::mem::take(&mut harness.state_mut().asked), [AppCommand::SeekBy(5.0)]);
    harness.key_press(Key::Space);
    harness.run_steps(3);
    assert_eq!(std::mem::take(&mut harness.state_mut().asked), [AppCommand::TogglePlay]);

    harness.key_press(Key::F);
    harness.run_steps(3);
    harness.get_by_role(Role::TextInput).type_text("1 r");
    harness.key_press(Key::Num1);
    harness.key_press(Key::R);
    harness.key_press(Key::Space);
    harness.run_steps(3);
    let commands = std::mem::take(&mut harness.state_mut().asked);
    assert_eq!(commands, [AppCommand::Search("1 r".into())]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run_steps(3);
    assert_eq!(std::mem::take(&mut harness.state_mut().asked), [AppCommand::OpenDialog(Dialog::ImportFiles)]);
}

#[test]
fn help_opens_and_closes_by_key() {
    let mut harness = explored();
    press(&mut harness, Key::Questionmark);
    assert!(harness.query_by_label("Keyboard and pointer").is_some());
    assert_eq!(press(&mut harness, Key::Escape), []);
    assert!(harness.query_by_label("Keyboard and pointer").is_none());
}

#[test]
fn dropped_files_are_imported() {
    #[derive(Debug)]
    struct Dropped(PathBuf);
    impl egui::DroppedFile for Dropped {
        fn path(&self) -> &std::path::Path {
            &self.0
        }
        fn bytes(&self) -> Result<Vec<u8>, String> {
            Err("not read".into())
        }
    }
    let mut harness = explored();
    let path = PathBuf::from("/music/new.flac");
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path.clone())));
    assert_eq!(asked(&mut harness), [AppCommand::Import(vec![path])]);
}

#[test]
fn notices_are_dismissed_and_news_goes_by_itself() {
    let mut harness = explored();
    harness.state_mut().state.notices.push(Severity::Error, "Import failed", "Look under Data.");
    harness.run_ok();
    harness.get_by_label("Dismiss").click();
    assert!(matches!(asked(&mut harness)[..], [AppCommand::DismissNotice(_)]));
    harness.state_mut().state.notices.push(Severity::Info, "64 tracks imported", "");
    harness.run_steps(2);
    assert!(harness.query_by_label("64 tracks imported").is_some());
    harness.run_steps(40);
    assert!(harness.query_by_label("64 tracks imported").is_some(), "it stays under the pointer");
    harness.remove_cursor();
    harness.run_steps(40);
    assert!(harness.query_by_label("64 tracks imported").is_none(), "news goes after some seconds");
}

#[test]
fn the_player_mutes_and_seeks() {
    let mut harness = explored();
    harness.state_mut().ask(AppCommand::PlayTrack(TrackId(3)));
    harness.state_mut().answer(JobOutput::Sketch(ui::sketch(TrackId(3))));
    harness.run_ok();
    harness.get_by_label("Mute").click();
    assert_eq!(asked(&mut harness), [AppCommand::SetVolume(0.0)]);
    harness.get_by_label("Unmute").click();
    assert_eq!(asked(&mut harness), [AppCommand::SetVolume(0.8)]);
    let wave = harness.get_by_label("Position").rect();
    harness.hover_at(wave.center());
    harness.run_ok();
    harness.drag_at(wave.center());
    harness.drop_at(wave.center());
    let commands = asked(&mut harness);
    let duration = harness.state().state.player.item.as_ref().unwrap().duration_s;
    assert!(
        matches!(commands[..], [AppCommand::Seek(seconds)] if (seconds - duration / 2.0).abs() < 1.0),
        "{commands:?}"
    );
    let jobs = harness.state().effects.iter().filter(|effect| matches!(effect, Effect::Job(JobCommand::Start { .. })));
    assert!(jobs.count() > 0);
}

/// Pictures of the first start and of an explained match, compared with those in `tests/snapshots`.
#[test]
fn the_window_looks_as_it_did() {
    // Drivers round the edges of shapes differently; a moved or missing part differs in far more pixels.
    let options = egui_kittest::SnapshotOptions::new().threshold(2.0).max_failed_pixels(1_500_usize);
    let mut results = egui_kittest::SnapshotResults::new();
    let mut picture = |name: &str, window: Window| {
        let builder = Harness::builder().with_size(egui::vec2(1_100.0, 680.0)).with_options(options.clone()).wgpu();
        let mut harness = builder.build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
        harness.run_steps(4);
        harness.snapshot(name);
        results.extend_harness(&mut harness);
    };
    picture("first_start", Window::new(Settings::default(), 0));
    let mut window = Window::new(Settings { theme: Theme::Light, ..Settings::default() }, 60);
    window.ask(AppCommand::Select(TrackId(3)));
    window.answer_all(8);
    let best = window.state.query.results.as_ref().unwrap().items[0].track;
    window.ask(AppCommand::Explain(Some(best)));
    window.answer(JobOutput::Explained(Box::new(ui::explanation(best))));
    picture("explore", window);
}
