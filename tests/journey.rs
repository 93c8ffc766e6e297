//! The main job, clicked through in the window over the real worker: import, train, recommend, play, map.

mod music;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::audio::message::PlayerCommand;
use songline::domain::DeviceChoice;
use songline::jobs::message::{JobEvent, PhaseChoice, TrainingSpec};
use songline::jobs::{Context, Worker};
use songline::library::Library;
use songline::settings::Settings;
use songline::state::{AppCommand, AppState, Effect, Session};
use songline::ui::Ui;

/// The window as `app.rs` wires it, with the player's commands kept instead of played.
struct Live {
    state: AppState,
    views: Option<Ui>,
    worker: Worker,
    events: Receiver<JobEvent>,
    played: Vec<PlayerCommand>,
}

impl Live {
    fn open(folder: &Path) -> Self {
        let library = Arc::new(Library::open(folder).unwrap());
        let (worker, events) = Worker::spawn(Arc::new(Context::new(library)), || {}).unwrap();
        let settings = Settings { device: DeviceChoice::Cpu, per_artist: 0, ..Settings::default() };
        let state = AppState::new(settings, Session::default());
        let mut live = Self { state, views: None, worker, events, played: Vec::new() };
        let effects = live.state.start();
        live.carry_out(effects);
        live
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Job(command) => self.worker.send(command),
                Effect::Player(command) => self.played.push(command),
                _ => {}
            }
        }
    }

    fn ask(&mut self, command: AppCommand) {
        let effects = self.state.apply(command);
        self.carry_out(effects);
    }

    fn frame(&mut self, ui: &mut egui::Ui) {
        while let Ok(event) = self.events.try_recv() {
            let effects = self.state.on_job(event);
            self.carry_out(effects);
        }
        let views = self.views.get_or_insert_with(|| Ui::new(ui.ctx()));
        for command in views.show(ui, &self.state) {
            let effects = self.state.apply(command);
            self.carry_out(effects);
        }
    }
}

type Shown<'a> = Harness<'a, Live>;

/// Draws frames until `done`, as a user who waits.
fn wait(harness: &mut Shown<'_>, what: &str, done: impl Fn(&AppState) -> bool) {
    let begun = Instant::now();
    while !done(&harness.state().state) {
        let state = &harness.state().state;
        let (notices, jobs): (Vec<_>, Vec<_>) = (state.notices.iter().collect(), state.jobs.iter().collect());
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "waited for {what}; notices: {notices:?}; under way: {jobs:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
        harness.step();
    }
    harness.step();
}

fn click(harness: &mut Shown<'_>, label: &str) {
    harness.get_by_label(label).click();
    harness.step();
    harness.step();
}

#[test]
fn from_files_to_a_heard_recommendation_on_the_map() {
    let folder = tempfile::tempdir().unwrap();
    let pieces = music::six(folder.path());
    let live = Live::open(&folder.path().join("library"));
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1_440.0, 900.0))
        .with_max_steps(64)
        .build_ui_state(|ui, live: &mut Live| live.frame(ui), live);
    wait(&mut harness, "the library", |state| state.library.loaded);

    harness.state_mut().ask(AppCommand::Import(pieces));
    wait(&mut harness, "the import", |state| state.library.tracks.len() == 6);
    wait(&mut harness, "the bundled model", |state| {
        state.library.active_model().is_some_and(|model| model.bundled && model.embedded == 6)
    });

    click(&mut harness, "Train");
    let spec = TrainingSpec {
        name: "tiny".to_owned(),
        phases: PhaseChoice::Both,
        encoding: 16,
        embedding: 64,
        epochs: 1,
        minimum_steps: 2,
        steps_per_epoch: 2,
        embedding_epochs: 1,
        ..TrainingSpec::default()
    };
    harness.state_mut().ask(AppCommand::EditTraining(Box::new(spec)));
    harness.step();
    click(&mut harness, "Start training");
    wait(&mut harness, "the training", |state| {
        state.library.active_model().is_some_and(|model| model.name == "tiny" && model.embedded == 6)
    });
    assert!(!harness.state().state.training.epochs.is_empty(), "the curves are shown");

    click(&mut harness, "Explore");
    let track = harness.state().state.library.tracks[0].clone();
    harness.state_mut().ask(AppCommand::Select(track.id));
    wait(&mut harness, "the answer", |state| state.query.results.is_some());
    let results = harness.state().state.query.results.clone().unwrap();
    assert_eq!(results.items.len(), 5, "all tracks but the query");
    let best = harness.state().state.library.track(results.items[0].track).unwrap().title().to_owned();

    click(&mut harness, &format!("Play {best}"));
    let loaded = harness.state().played.iter().any(
        |command| matches!(command, PlayerCommand::Load { item, .. } if item.path.to_string_lossy().contains(&best)),
    );
    assert!(loaded, "the recommendation is played: {:?}", harness.state().played);

    click(&mut harness, &format!("Why {best}"));
    wait(&mut harness, "the explanation", |state| {
        state.query.explanation.as_ref().is_some_and(|view| view.output.is_some())
    });
    wait(&mut harness, "the map", |state| {
        state.map.layout.as_ref().is_some_and(|layout| layout.model == "tiny" && layout.points.len() == 6)
    });
    wait(&mut harness, "the ways over the map", |state| !state.map.trajectories.is_empty());
}
