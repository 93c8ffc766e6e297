//! The parts of the evaluate screen: what each leads on to before there is anything, and studies of sizes.

#[expect(dead_code, reason = "the evaluate screen needs a part of the window alone")]
mod ui;

use std::sync::Arc;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::domain::Progress;
use songline::jobs::message::{
    Cell, JobError, JobEvent, JobOutput, JobSpec, PUBLISHED_PAIRS, Partial, Study, Suggestion, TrainingEvent,
};
use songline::settings::Settings;
use songline::state::{AppCommand, Dialog, EvaluateTab, JobKind, Screen};
use ui::Window;

type Shown<'a> = Harness<'a, Window>;

fn open<'a>(window: Window) -> Shown<'a> {
    let builder = Harness::builder().with_size(egui::vec2(1_280.0, 1_400.0)).with_step_dt(1.0 / 60.0);
    let mut harness = builder.with_max_steps(200).build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    harness.run_steps(8);
    harness
}

fn at(tab: EvaluateTab) -> Window {
    let mut window = Window::new(Settings::default(), 80);
    window.ask(AppCommand::ShowEvaluateTab(tab));
    window
}

fn click(harness: &mut Shown<'_>, label: &str) -> Vec<AppCommand> {
    harness.state_mut().asked.clear();
    harness.get_by_label(label).click();
    harness.run_steps(4);
    std::mem::take(&mut harness.state_mut().asked)
}

fn choose(harness: &mut Shown<'_>, combo: &str, option: &str) -> Vec<AppCommand> {
    harness.get_by_role_and_label(Role::ComboBox, combo).click();
    harness.run_steps(4);
    click(harness, option)
}

fn study(tracks: usize, accuracy: f64) -> Arc<Study> {
    let cell = |encoding: usize, embedding: usize| Cell {
        model: format!("study-{encoding}-{embedding}"),
        encoding,
        embedding,
        accuracy: Some(accuracy),
        loss: Some(0.02),
        triplets: Some(97.0),
        seconds: 9.0,
        ..Cell::default()
    };
    let suggestion = Suggestion {
        query: "Ada – One".to_owned(),
        rank: 1,
        title: "Other".to_owned(),
        artist: "Ben".to_owned(),
        tempo: Some(4.0),
        ..Suggestion::default()
    };
    Arc::new(Study {
        tracks,
        seed: 1,
        epochs: [10, 10],
        cells: vec![cell(16, 64), cell(256, 128)],
        suggestions: vec![suggestion],
        suggested_by: "study-256-128".to_owned(),
        ..Study::default()
    })
}

#[test]
fn the_parts_are_a_click_apart_and_each_reads_what_it_needs() {
    let mut window = Window::new(Settings::default(), 80);
    window.ask(AppCommand::Show(Screen::Evaluate));
    window.job(|spec| *spec == JobSpec::ReadEvaluations);
    let mut harness = open(window);
    harness.get_by_label("Hubness");
    assert_eq!(click(&mut harness, "Listening study"), [AppCommand::ShowEvaluateTab(EvaluateTab::Listening)]);
    harness.state().job(|spec| matches!(spec, JobSpec::ReadListening { .. }));
    harness.get_by_label("3  Answer four questions");
    assert_eq!(click(&mut harness, "Study tables"), [AppCommand::ShowEvaluateTab(EvaluateTab::Studies)]);
    harness.state().job(|spec| *spec == JobSpec::ReadStudies);
    // What the publication reports is there before anything was studied.
    harness.get_by_label("0.01254");
    harness.get_by_label("95.4");
    assert_eq!(harness.state().state.session.evaluate_tab, EvaluateTab::Studies, "remembered like the screen");
}

#[test]
fn the_scorecard_takes_vectors_and_the_published_model() {
    let mut harness = open(at(EvaluateTab::Scorecard));
    assert_eq!(click(&mut harness, "Add vectors…"), [AppCommand::OpenDialog(Dialog::Vectors)]);
    for path in ["/music/theirs.npy", "/music/theirs.npy", "/music/more.parquet"] {
        harness.state_mut().ask(AppCommand::ChooseVectors(path.into()));
    }
    harness.run_steps(4);
    click(&mut harness, "Dense model as published");
    let spec = &harness.state().state.evaluation.spec;
    assert_eq!((spec.vectors.len(), spec.published), (2, true), "a file is judged once");
    click(&mut harness, "Leave theirs.npy out");
    assert_eq!(harness.state().state.evaluation.spec.vectors, [std::path::PathBuf::from("/music/more.parquet")]);
}

#[test]
fn a_study_is_set_up_started_watched_and_cancelled() {
    let mut window = at(EvaluateTab::Studies);
    window.answer(JobOutput::Studies(Vec::new()));
    let mut harness = open(window);
    for pair in ["Study 32 to 64", "Study 64 to 64", "Study 128 to 64", "Study 128 to 128", "Study 256 to 64"] {
        click(&mut harness, pair);
    }
    click(&mut harness, "Epochs as published");
    harness.get_by_role_and_label(Role::SpinButton, "Epochs").set_value_accesskit(3.0);
    harness.run_steps(4);
    let spec = &harness.state().state.study.spec;
    assert_eq!((spec.pairs.as_slice(), spec.epochs), (&[(16, 64), (256, 128)][..], Some(3)));
    assert_eq!(click(&mut harness, "Start study"), [AppCommand::StartStudy]);
    let id = harness.state().state.jobs.of_kind(&JobKind::Study).unwrap().0;
    let window = harness.state_mut();
    window.progress(id, Progress::new("Phase 1 · encoding", 3, Some(9)));
    let epochs =
        TrainingEvent::PhaseStarted { phase: songline::jobs::message::Phase::Encoding, epochs: 3, steps_per_epoch: 3 };
    window.state.on_job(JobEvent::Partial { id, partial: Partial::Training(epochs) });
    assert!(window.state.training.phase.is_none(), "the curves of the train screen are of its own run");
    window.state.on_job(JobEvent::Partial { id, partial: Partial::Study(study(80, 91.25)) });
    harness.run_steps(4);
    // On the screen and in the status bar.
    assert_eq!(harness.query_all_by_label("Phase 1 · encoding 3 of 9").count(), 2);
    assert_eq!(harness.query_all_by_label("91.25").count(), 2, "what is trained by now is shown");
    // The status bar has a button of that name too.
    harness.state_mut().asked.clear();
    harness.get_all_by_label("Cancel Studying").next().unwrap().click();
    harness.run_steps(4);
    assert_eq!(harness.state().asked, [AppCommand::Cancel(id)]);
    harness.state_mut().state.on_job(JobEvent::Finished { id, result: Err(JobError::Cancelled) });
    harness.run_steps(4);
    harness.get_by_label("Start study");
    assert!(harness.query_by_label("91.25").is_none());
}

#[test]
fn studies_are_compared_and_written() {
    let mut window = at(EvaluateTab::Studies);
    window.answer(JobOutput::Studies(vec![(1, study(50, 90.5)), (2, study(60, 92.75))]));
    let mut harness = open(window);
    assert_eq!(harness.query_all_by_label("92.75").count(), 2);
    assert!(harness.query_by_label("90.50").is_none());
    harness.get_by_label("Ben – Other");
    harness.get_by_label("+4.0 bpm");
    let beside = choose(&mut harness, "Study beside it", "Run 1 · 1970-01-01 00:00 · 2 models");
    assert_eq!(beside, [AppCommand::CompareStudy(Some(1))]);
    assert_eq!(harness.query_all_by_label("90.50").count(), 2);
    harness.get_by_label("accuracy run 2");
    let shown = choose(&mut harness, "Study", "Run 1 · 1970-01-01 00:00 · 2 models");
    assert_eq!(shown, [AppCommand::ShowStudy(1)]);
    assert!(harness.query_by_label("92.75").is_none(), "a run does not stand beside itself");
    assert_eq!(click(&mut harness, "Save tables…"), [AppCommand::OpenDialog(Dialog::SaveStudy)]);
    harness.state_mut().ask(AppCommand::SaveStudy("/out".into()));
    harness.state().job(|spec| matches!(spec, JobSpec::WriteStudy { study, .. } if study.tracks == 50));
}

#[test]
fn a_new_study_asks_for_all_published_sizes() {
    let mut harness = open(at(EvaluateTab::Studies));
    click(&mut harness, "Start study");
    harness.state().job(|spec| matches!(spec, JobSpec::Study(spec) if spec.pairs == PUBLISHED_PAIRS));
}
