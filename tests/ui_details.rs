//! What every control owes its user: a name, the whole text, a calm hand.

mod ui;

use std::path::PathBuf;
use std::sync::Arc;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use songline::domain::{Metric, Progress, Track, TrackId, Trajectory, Waveform};
use songline::jobs::message::{FileQuery, JobOutput, JobSpec, PlacedTrajectory, Recommendations};
use songline::settings::Settings;
use songline::state::{AppCommand, Dialog, Screen};
use ui::Window;

type Shown<'a> = Harness<'a, Window>;

/// A frame lasts as long as on a usual screen.
fn open<'a>(window: Window) -> Shown<'a> {
    let builder = Harness::builder().with_size(egui::vec2(1_280.0, 800.0)).with_step_dt(1.0 / 60.0);
    let mut harness = builder.with_max_steps(200).build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    harness.run_steps(8);
    harness
}

fn explored() -> Window {
    let mut window = Window::new(Settings::default(), 200);
    window.ask(AppCommand::Select(TrackId(5)));
    window.answer_all(20);
    window
}

fn commands(harness: &mut Shown<'_>) -> Vec<AppCommand> {
    std::mem::take(&mut harness.state_mut().asked)
}

/// The third track's title, which no column has room for.
fn long_title(harness: &Shown<'_>) -> String {
    harness.state().state.library.track(TrackId(3)).unwrap().title().to_owned()
}

#[test]
fn a_title_that_is_cut_is_whole_in_a_tooltip_and_the_row_still_takes_the_click() {
    let mut window = Window::new(Settings::default(), 200);
    window.answer_all(0);
    let mut harness = open(window);
    let title = long_title(&harness);
    harness.state_mut().ask(AppCommand::Search(title.clone()));
    harness.run_steps(4);
    assert!(harness.query_by_label(&title).is_none());
    let row = harness.get_by_label_contains(&title).rect();
    let at = row.left_center() + egui::vec2(40.0, 0.0);
    harness.hover_at(at);
    harness.run_steps(60);
    assert!(harness.query_by_label(&title).is_some(), "the tooltip has all of it");
    harness.hover_at(row.right_center() - egui::vec2(20.0, 0.0));
    harness.run_steps(60);
    assert!(harness.query_by_label(&title).is_none(), "what has room needs no tooltip");
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run_steps(4);
    assert_eq!(commands(&mut harness)[..], [AppCommand::Select(TrackId(3))]);
}

#[test]
fn a_long_title_asked_about_is_whole_in_a_tooltip() {
    let mut window = Window::new(Settings::default(), 200);
    window.ask(AppCommand::Select(TrackId(3)));
    window.answer_all(5);
    let mut harness = open(window);
    let title = long_title(&harness);
    harness.hover_at(harness.get_by_label(&format!("Asked about: {title}")).rect().center());
    harness.run_steps(60);
    assert!(harness.query_by_label(&title).is_some());
}

#[test]
fn a_drag_of_a_weight_searches_now_and_then_and_at_its_end() {
    let mut window = explored();
    window.ask(AppCommand::SetMetric(Metric::Blend));
    window.answer_results(20);
    let mut harness = open(window);
    let rect = harness.get_by_label("Weight of DTW").rect();
    let at = |share: f32| egui::pos2(rect.left() + share * rect.width(), rect.center().y);
    harness.hover_at(at(0.95));
    harness.run_steps(2);
    harness.drag_at(at(0.95));
    // A second, in frames that each move.
    for frame in 0..60 {
        harness.hover_at(at(0.95 - 0.015 * frame as f32));
        harness.step();
    }
    let during = commands(&mut harness);
    assert!((2..=7).contains(&during.len()), "{} searches in a second", during.len());
    harness.drop_at(at(0.05));
    harness.run_steps(3);
    let after = commands(&mut harness);
    assert!(matches!(after[..], [AppCommand::SetBlend(weights)] if weights[3] < 0.1), "{after:?}");
    harness.run_steps(60);
    assert_eq!(commands(&mut harness), [], "nothing is left to be said");
}

#[test]
fn the_volume_follows_the_finger() {
    let mut harness = open(explored());
    let rect = harness.get_by_label("Volume").rect();
    harness.hover_at(rect.center());
    harness.run_steps(2);
    harness.drag_at(rect.center());
    harness.run_steps(2);
    let heard = harness.state().state.player.volume;
    assert!((heard - 0.5).abs() < 0.1, "at once: {heard}");
}

#[test]
fn a_point_of_the_way_of_a_file_outside_the_library_is_played() {
    let mut window = Window::new(Settings::default(), 200);
    window.answer_all(0);
    window.ask(AppCommand::RecommendFile(PathBuf::from("/elsewhere/found.ogg")));
    let track = Track { id: TrackId(0), path: PathBuf::from("/elsewhere/found.ogg"), ..ui::track(7) };
    let trajectory = Trajectory::new(1, vec![0.0; 14]).unwrap();
    let file = Some(Box::new(FileQuery { track, trajectory, waveform: Waveform { peaks: vec![1] } }));
    let found = Recommendations { seeds: Vec::new(), ..ui::recommendations(&window.state, TrackId(5), 3) };
    window.answer(JobOutput::Recommended { recommendations: Arc::new(found), file });
    // In the middle of the map, wherever the points lie.
    let points = window.state.map.points();
    let middle = |axis: usize| {
        let values = || points.iter().map(|(_, position)| position[axis]);
        (values().fold(f32::MAX, f32::min) + values().fold(f32::MIN, f32::max)) / 2.0
    };
    let way = PlacedTrajectory { track: None, offset: 6, positions: vec![[middle(0), middle(1)]], meeting: None };
    window.answer(JobOutput::Placed(vec![way]));
    let mut harness = open(window);
    let at = harness.get_by_label("Map of 200 tracks").rect().center();
    harness.hover_at(at);
    harness.run_steps(10);
    harness.get_by_label_contains("Segment at 0:12");
    commands(&mut harness);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run_steps(4);
    assert_eq!(commands(&mut harness), [AppCommand::PlaySegment(None, 6)]);
    let item = harness.state().state.player.item.clone().unwrap();
    assert_eq!((item.path, item.start_s, item.end_s), (PathBuf::from("/elsewhere/found.ogg"), 12.0, Some(16.0)));
}

/// Controls of every screen that have no name for those who do not see them.
fn nameless(screen: Screen) -> Vec<String> {
    let mut window = explored();
    let best = window.state.query.results.as_ref().unwrap().items[0].track;
    window.ask(AppCommand::Explain(Some(best)));
    window.answer(JobOutput::Explained(Box::new(ui::explanation(best))));
    window.ask(AppCommand::SetMetric(Metric::Blend));
    window.answer_results(20);
    window.ask(AppCommand::ToggleSeed(best));
    window.answer_results(20);
    window.ask(AppCommand::PlayTrack(TrackId(5)));
    window.answer(JobOutput::Sketch(ui::sketch(TrackId(5))));
    window.ask(AppCommand::Search("a".to_owned()));
    window.ask(AppCommand::Import(vec![PathBuf::from("/music")]));
    let import = window.job(|spec| matches!(spec, JobSpec::Import { .. }));
    window.progress(import, Progress::new("Analysing", 3, Some(12)));
    window.ask(AppCommand::Show(screen));
    let harness = open(window);
    let worked = [
        Role::Button,
        Role::CheckBox,
        Role::ColumnHeader,
        Role::ComboBox,
        Role::ListItem,
        Role::RadioButton,
        Role::Row,
        Role::Slider,
        Role::SpinButton,
        Role::Tab,
        Role::TextInput,
    ];
    let nodes = harness.get_all_by(|node| worked.contains(&node.role()));
    let named =
        |node: &egui_kittest::Node<'_>| node.accesskit_node().label().is_some_and(|label| !label.trim().is_empty());
    let found: Vec<_> = nodes.collect();
    assert!(found.len() > 10, "{screen:?} has controls");
    found
        .iter()
        .filter(|node| !named(node))
        .map(|node| format!("{screen:?}: {:?} at {:?}", node.accesskit_node().role(), node.rect()))
        .collect()
}

#[test]
fn every_control_has_a_name() {
    let nameless: Vec<String> = Screen::ALL.into_iter().flat_map(nameless).collect();
    assert!(nameless.is_empty(), "{}", nameless.join("\n"));
}

#[test]
fn without_a_dialog_of_the_desktop_the_path_is_typed() {
    let mut harness = open(explored());
    let reason = "no portal, no zenity".to_owned();
    harness.state_mut().ask(AppCommand::AskForPath { dialog: Dialog::QueryFile, reason: reason.clone() });
    harness.run_steps(6);
    harness.get_by_label(&reason);
    harness.get_by_label("Path").type_text("/elsewhere/r 1.ogg");
    harness.run_steps(4);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    let typed = AppCommand::AnswerPath("/elsewhere/r 1.ogg".to_owned());
    assert_eq!(commands(&mut harness), [typed], "no shortcut listens meanwhile");
    assert_eq!(harness.state().state.query.file, Some(PathBuf::from("/elsewhere/r 1.ogg")));

    harness.state_mut().ask(AppCommand::AskForPath { dialog: Dialog::SaveMap, reason });
    harness.run_steps(6);
    commands(&mut harness);
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert_eq!(commands(&mut harness), [AppCommand::AnswerPath(String::new())]);
    assert_eq!(harness.state().state.prompt, None);
}

#[test]
fn every_command_is_found_by_name() {
    let mut harness = open(explored());
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::K);
    harness.run_steps(4);
    harness.get_by_label("Command").type_text("go inspect");
    harness.run_steps(4);
    commands(&mut harness);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    let asked = commands(&mut harness);
    assert_eq!(asked, [AppCommand::Show(Screen::Inspect)]);
    assert!(harness.query_by_label("Command").is_none(), "it closes");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::K);
    harness.run_steps(4);
    harness.get_by_label("Command").type_text("compare by");
    harness.run_steps(4);
    harness.key_press(Key::ArrowDown);
    harness.run_steps(4);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    assert_eq!(commands(&mut harness), [AppCommand::SetMetric(Metric::Min)]);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::K);
    harness.run_steps(4);
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!(harness.query_by_label("Command").is_none());
    assert_eq!(commands(&mut harness), []);
}

#[test]
fn a_picture_of_the_window_is_handed_on_once() {
    let mut harness = open(explored());
    harness.state_mut().ask(AppCommand::SavePicture("/tmp/view.png".into()));
    let pixels: std::sync::Arc<[u8]> = vec![7; 16].into();
    harness.state_mut().ask(AppCommand::TakePicture { size: [2, 2], pixels: pixels.clone() });
    harness.state().job(|spec| {
        *spec == JobSpec::WritePicture { path: "/tmp/view.png".into(), size: [2, 2], pixels: pixels.clone() }
    });
    let jobs = harness.state().effects.len();
    harness.state_mut().ask(AppCommand::TakePicture { size: [2, 2], pixels });
    assert_eq!(harness.state().effects.len(), jobs, "nobody waits for a second one");
}
