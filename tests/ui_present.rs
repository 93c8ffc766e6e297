//! The tour: forward and back by a clicker's keys, every step live, and a step that fails says so and lets it go on.

#[expect(dead_code, reason = "the tour needs an inspection alone")]
mod panels;
#[expect(dead_code, reason = "the tour needs a part of the window alone")]
mod ui;

use std::sync::Arc;

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::audio::message::{PlayerCommand, PlayerEvent};
use songline::domain::{SegmentGrid, TrackId, Trajectory};
use songline::jobs::message::{
    CurvePoint, Inspection, JobCommand, JobError, JobEvent, JobOutput, JobSpec, PairOutput, Partial, Phase, Subject,
    TrainingEvent,
};
use songline::settings::Settings;
use songline::state::{AppCommand, Effect, JobKind, PresentCommand, TourStep};
use ui::Window;

type Shown<'a> = Harness<'a, Window>;

fn open<'a>(window: Window) -> Shown<'a> {
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1_280.0, 800.0))
        .with_max_steps(24)
        .build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    harness.run_steps(4);
    harness
}

fn explored<'a>() -> Shown<'a> {
    let mut window = Window::new(Settings::default(), 60);
    window.ask(AppCommand::Select(TrackId(3)));
    window.answer_all(20);
    open(window)
}

fn press(harness: &mut Shown<'_>, key: Key) {
    harness.key_press(key);
    harness.run_steps(4);
}

fn shows(harness: &Shown<'_>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

fn finish(harness: &mut Shown<'_>, kind: &JobKind, result: Result<JobOutput, JobError>) {
    let id = harness.state().state.jobs.of_kind(kind).unwrap_or_else(|| panic!("no {kind:?} runs")).0;
    let effects = harness.state_mut().state.on_job(JobEvent::Finished { id, result });
    harness.state_mut().effects.extend(effects);
    harness.run_steps(4);
}

fn inspected(track: i64) -> JobOutput {
    let inspection = panels::inspection(1);
    let subject = Subject::Track(TrackId(track));
    JobOutput::Inspected(Arc::new(Inspection { subject, model: "base-128".into(), ..inspection }))
}

fn step(harness: &Shown<'_>) -> Option<TourStep> {
    harness.state().state.tour.as_ref().map(|tour| tour.step)
}

#[test]
fn the_tour_goes_through_every_step_live_and_leaves_everything_as_it_was() {
    let mut harness = explored();
    press(&mut harness, Key::F11);
    assert!(shows(&harness, TourStep::Library.title()) && shows(&harness, "Map of 60 tracks"));
    assert!(!shows(&harness, "Settings"), "no chrome");
    press(&mut harness, Key::PageDown);
    let played =
        harness.state().effects.iter().any(|effect| matches!(effect, Effect::Player(PlayerCommand::Load { .. })));
    assert!(played && !shows(&harness, "Spectrogram"));
    finish(&mut harness, &JobKind::Inspect { beside: false }, Ok(inspected(3)));
    harness.get_by_label("Spectrogram");
    press(&mut harness, Key::Space);
    harness.get_by_label("Encoding");
    harness.get_by_label("Reconstruction");
    press(&mut harness, Key::ArrowRight);
    harness.get_by_label("Self-similarity");
    press(&mut harness, Key::PageUp);
    assert_eq!(step(&harness), Some(TourStep::Encoding));
    press(&mut harness, Key::PageDown);
    press(&mut harness, Key::PageDown);
    assert!(shows(&harness, TourStep::Line.title()) && shows(&harness, "Map of 60 tracks"));
    press(&mut harness, Key::PageDown);
    let best = harness.state().state.query.results.as_ref().unwrap().items[0].track;
    let title = harness.state().state.library.track(best).unwrap().title().to_owned();
    harness.get_by_label_contains(&format!("Play {title}")).click();
    harness.run_steps(3);
    assert_eq!(harness.state().asked.last(), Some(&AppCommand::PlayTrack(best)));
    press(&mut harness, Key::PageDown);
    finish(&mut harness, &JobKind::Explain, Ok(JobOutput::Explained(Box::new(ui::explanation(best)))));
    harness.get_by_label("Every moment with every moment");
    press(&mut harness, Key::PageDown);
    let other = harness.state().state.tour.as_ref().unwrap().tracks[1].unwrap();
    assert_eq!(harness.state().state.selected(), Some(other));
    harness.state_mut().answer_results(10);
    finish(&mut harness, &JobKind::Inspect { beside: false }, Ok(inspected(other.0)));
    harness.get_by_label("Spectrogram");
    press(&mut harness, Key::PageDown);
    harness.state_mut().answer_results(10);
    let path = |values: &[f32]| Trajectory::new(2, values.to_vec()).unwrap();
    let pair = PairOutput {
        query: path(&[0.0, 0.0, 1.0, 0.0]),
        target: path(&[0.0, 1.0, 1.0, 1.0]),
        positions: [vec![[0.0, 0.0], [1.0, 0.0]], vec![[0.0, 1.0], [1.0, 1.0]]],
        kept: 1.0,
        offsets: [6, 6],
        grid: SegmentGrid::default(),
    };
    harness.run_steps(3);
    finish(&mut harness, &JobKind::Pair, Ok(JobOutput::Paired(Box::new(pair))));
    assert!(shows(&harness, "Two curves of 2 and 2 points"));
    press(&mut harness, Key::PageDown);
    let (id, _) = harness.state().state.jobs.of_kind(&JobKind::Rehearse).unwrap();
    let point = CurvePoint { phase: Phase::Encoding, epoch: 1, step: 1, loss: 0.1, accuracy: 0.5 };
    let event = JobEvent::Partial { id, partial: Partial::Training(TrainingEvent::Step(point)) };
    harness.state_mut().state.on_job(event);
    harness.run_steps(3);
    harness.get_by_label("The error of the network, step by step");
    press(&mut harness, Key::PageDown);
    assert_eq!(step(&harness), Some(TourStep::Training), "there is nothing after the last step");
    press(&mut harness, Key::Escape);
    assert!(harness.state().effects.contains(&Effect::Job(JobCommand::Cancel(id))), "nothing learns on");
    assert_eq!(step(&harness), None);
    assert_eq!(harness.state().state.selected(), Some(TrackId(3)));
    assert!(shows(&harness, "Settings"));
}

#[test]
fn a_step_that_fails_says_why_and_the_next_one_comes() {
    let mut harness = explored();
    harness.get_by_label("Present").click();
    harness.run_steps(4);
    press(&mut harness, Key::ArrowRight);
    let failed = JobError::Failed { doing: "Inspecting", reason: "the spectrogram is damaged".into() };
    finish(&mut harness, &JobKind::Inspect { beside: false }, Err(failed));
    assert!(shows(&harness, "This step cannot be shown right now") && shows(&harness, "the spectrogram is damaged"));
    for _ in 0..4 {
        press(&mut harness, Key::ArrowRight);
    }
    assert!(shows(&harness, TourStep::Neighbours.title()) && !shows(&harness, "cannot be shown"));
    press(&mut harness, Key::F11);
    assert_eq!(step(&harness), None);
}

#[test]
fn a_track_that_cannot_be_played_is_seen_all_the_same() {
    let mut harness = explored();
    press(&mut harness, Key::F11);
    press(&mut harness, Key::ArrowRight);
    finish(&mut harness, &JobKind::Inspect { beside: false }, Ok(inspected(3)));
    let token = harness.state().effects.iter().rev().find_map(|effect| match effect {
        Effect::Player(PlayerCommand::Load { token, .. }) => Some(*token),
        _ => None,
    });
    let event = PlayerEvent::Failed { token: token.unwrap(), reason: "the file is gone".into() };
    harness.state_mut().state.on_player(&event);
    harness.run_steps(3);
    harness.get_by_label("Spectrogram");
    assert!(harness.state().state.tour_trouble().is_some_and(|trouble| trouble.contains("the file is gone")));
}

#[test]
fn an_empty_library_is_said_at_every_step() {
    let mut harness = open(Window::new(Settings::default(), 0));
    harness.state_mut().ask(AppCommand::Present(PresentCommand::Start));
    for _ in TourStep::ALL {
        harness.run_steps(2);
        assert!(shows(&harness, "The library is empty"));
        press(&mut harness, Key::Space);
    }
    press(&mut harness, Key::Escape);
    assert_eq!(step(&harness), None);
}

#[test]
fn a_search_that_finds_nothing_does_not_empty_the_library_of_the_tour() {
    let mut window = Window::new(Settings::default(), 60);
    window.ask(AppCommand::Search("no track is called so".to_owned()));
    window.answer_all(20);
    window.ask(AppCommand::Present(PresentCommand::Start));
    let harness = open(window);
    assert!(step(&harness).is_some() && !shows(&harness, "The library is empty"));
    assert!(harness.state().state.tour.as_ref().is_some_and(|tour| tour.tracks.iter().all(Option::is_some)));
}

#[test]
fn what_learns_for_the_audience_is_no_model_of_the_library() {
    let mut harness = explored();
    let window = harness.state_mut();
    window.ask(AppCommand::Present(PresentCommand::Start));
    for _ in 1..TourStep::ALL.len() {
        window.ask(AppCommand::Present(PresentCommand::Next));
    }
    let id = window.job(|spec| matches!(spec, JobSpec::Rehearse { .. }));
    let before = window.effects.len();
    let outcome = songline::jobs::message::TrainingOutcome {
        name: "tour".into(),
        directory: Default::default(),
        encoding_loss: None,
        encoding_accuracy: None,
        centred_accuracy: None,
        detail: None,
        embedding_loss: None,
        triplet_accuracy: None,
        retrieval: None,
        seconds: 60.0,
    };
    let result = Ok(JobOutput::Rehearsed(Box::new(outcome)));
    let effects = window.state.on_job(JobEvent::Finished { id, result });
    assert!(effects.is_empty() && window.effects.len() == before, "no model becomes the active one");
}
