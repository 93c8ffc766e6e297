//! The lab: what a drag, a key or a click changes, and what is shown of it.

#[expect(dead_code, reason = "the lab needs a part of the window alone")]
mod ui;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::domain::{Metric, SegmentGrid, TrackId, Trajectory};
use songline::jobs::message::{JobEvent, JobOutput, JobSpec, PairOutput};
use songline::settings::Settings;
use songline::state::{AppCommand, Example, LabCommand, Screen};
use ui::Window;

type Shown<'a> = Harness<'a, Window>;

fn open<'a>() -> Shown<'a> {
    let mut window = Window::new(Settings::default(), 40);
    window.ask(AppCommand::Select(TrackId(3)));
    window.answer_all(20);
    window.ask(AppCommand::Show(Screen::Lab));
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1_280.0, 800.0))
        .with_max_steps(24)
        .build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    harness.run_steps(4);
    harness
}

fn values(harness: &Shown<'_>) -> [f32; 4] {
    harness.state().state.lab.measured.as_ref().unwrap().values
}

fn shows(harness: &Shown<'_>, name: &str) -> bool {
    harness.query_by_label_contains(name).is_some()
}

#[test]
fn a_dragged_point_changes_every_value_at_once_and_undo_brings_it_back() {
    let mut harness = open();
    let before = values(&harness);
    assert!(shows(&harness, &format!("Fréchet: {:.3}", before[2])));
    let point = harness.get_by_label_contains("Query point 3 of 6").rect().center();
    harness.drag_at(point);
    harness.run_steps(2);
    for step in 1..=4 {
        harness.hover_at(point + egui::vec2(8.0, 30.0) * step as f32);
        harness.run_steps(2);
    }
    harness.drop_at(point + egui::vec2(32.0, 120.0));
    harness.run_steps(3);
    let after = values(&harness);
    assert!(after.iter().zip(before).all(|(after, before)| (after - before).abs() > 1e-3), "{before:?} {after:?}");
    assert!(shows(&harness, &format!("Mean: {:.3}", after[0])));
    harness.get_by_label("Undo").click();
    harness.run_steps(3);
    assert_eq!(values(&harness), before, "one drag is one step");
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    harness.run_steps(3);
    assert_eq!(values(&harness), after);
}

#[test]
fn points_are_moved_added_and_removed_by_the_keyboard() {
    let mut harness = open();
    let before = harness.state().state.lab.curves.clone();
    harness.get_by_label_contains("Target point 2 of 6").focus();
    harness.run_steps(3);
    harness.key_press(Key::ArrowRight);
    harness.run_steps(3);
    let lab = &harness.state().state.lab;
    assert!(lab.curves[1][1][0] > before[1][1][0] && lab.curves[0] == before[0]);
    assert_eq!(harness.state().state.session.screen, Screen::Lab);
    harness.key_press(Key::Insert);
    harness.run_steps(3);
    assert!(shows(&harness, "Target point 7 of 7"));
    harness.key_press(Key::Delete);
    harness.run_steps(3);
    assert!(shows(&harness, "Target point 6 of 6"));
    harness.get_by_label("Add a point to the query").click();
    harness.run_steps(3);
    assert!(shows(&harness, "Query point 7 of 7"));
    harness.get_by_label("Remove the last point of the query").click();
    harness.run_steps(3);
    assert_eq!(harness.state().state.lab.curves[0], before[0]);
}

#[test]
fn examples_directions_and_distances_are_chosen_by_name() {
    let mut harness = open();
    harness.get_by_label(Example::PartOf.title()).click();
    harness.run_steps(3);
    let before = values(&harness);
    assert!(before[1] < 1e-6);
    harness.get_by_label("Swap query and target").click();
    harness.run_steps(3);
    assert!(values(&harness)[1] > 0.5 && shows(&harness, "from the target to the query"));
    for (index, metric) in Metric::SINGLE.into_iter().enumerate() {
        let name = format!("{}: {:.3}", metric.title(), values(&harness)[index]);
        harness.get_by_role_and_label(Role::RadioButton, &name).click();
        harness.run_steps(3);
        assert_eq!(harness.state().state.lab.metric, metric);
    }
    harness.get_by_label("Pause the walk").click();
    harness.run_steps(3);
    harness.get_by_label("Start the walk");
}

fn pair() -> PairOutput {
    let path = |values: &[f32]| Trajectory::new(3, values.to_vec()).unwrap();
    PairOutput {
        query: path(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
        target: path(&[0.0, 1.0, 2.0, 1.0, 1.0, 2.0, 2.0, 1.0, 2.0]),
        positions: [vec![[0.0, 0.0], [1.0, 0.0]], vec![[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]],
        kept: 0.61,
        offsets: [6, 9],
        grid: SegmentGrid::default(),
    }
}

#[test]
fn why_opens_the_two_tracks_and_says_what_the_plane_loses() {
    let mut harness = open();
    let best = harness.state().state.query.results.as_ref().unwrap().items[0].track;
    let window = harness.state_mut();
    window.ask(AppCommand::Show(Screen::Explore));
    window.ask(AppCommand::Explain(Some(best)));
    window.answer(JobOutput::Explained(Box::new(ui::explanation(best))));
    harness.run_steps(4);
    harness.get_by_label("Open both in the lab").click();
    harness.run_steps(3);
    assert!(harness.state().asked.contains(&AppCommand::Lab(LabCommand::Open(best))));
    assert!(shows(&harness, "Reading both tracks"));
    let id = harness.state().job(|spec| matches!(spec, JobSpec::Pair(_)));
    let event = JobEvent::Finished { id, result: Ok(JobOutput::Paired(Box::new(pair()))) };
    harness.state_mut().state.on_job(event);
    harness.run_steps(3);
    assert!(shows(&harness, "which shows 61 % of it"));
    // In three dimensions the first points are the root of 5 apart; in the plane they would be 1 apart.
    assert!((values(&harness)[2] - 6.0_f32.sqrt()).abs() < 1e-5, "{:?}", values(&harness));
    harness.get_by_label_contains("Target segment 2 of 3, at 0:20").click();
    harness.run_steps(3);
    assert_eq!(harness.state().asked.last(), Some(&AppCommand::PlaySegment(Some(best), 10)));
    harness.get_by_label("Back to curves by hand").click();
    harness.run_steps(3);
    assert!(shows(&harness, "Query point 1 of 6"));
}

#[test]
fn tracks_that_cannot_be_read_leave_the_curves() {
    let mut harness = open();
    let best = harness.state().state.query.results.as_ref().unwrap().items[0].track;
    harness.state_mut().ask(AppCommand::Lab(LabCommand::Open(best)));
    let id = harness.state().job(|spec| matches!(spec, JobSpec::Pair(_)));
    let result = Err(songline::jobs::message::JobError::UnknownTrack { title: "It".into() });
    harness.state_mut().state.on_job(JobEvent::Finished { id, result });
    harness.run_steps(3);
    assert!(shows(&harness, "Query point 1 of 6"));
    assert!(!harness.state().state.notices.iter().collect::<Vec<_>>().is_empty());
}
