//! The window's rooms without a screen: state, views and worker as the program wires them, driven frame by frame; the player is
//! left out.

use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::Receiver;
use egui_kittest::Harness;
use songline::jobs::message::JobEvent;
use songline::jobs::{Context, Worker};
use songline::library::Library;
use songline::settings::Settings;
use songline::state::{AppCommand, AppState, Effect, Session};
use songline::ui::Ui;

pub struct Stage {
    pub state: AppState,
    views: Option<Ui>,
    worker: Worker,
    events: Receiver<JobEvent>,
}

impl Stage {
    /// Opens the library in `folder`, as [`Stage::new`].
    pub fn open(folder: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        Self::new(Arc::new(Library::open(folder)?), Settings::default())
    }

    /// Asks for what the window asks for first.
    pub fn new(library: Arc<Library>, settings: Settings) -> Result<Self, Box<dyn std::error::Error>> {
        let (worker, events) = Worker::spawn(Arc::new(Context::new(library)), || {})?;
        let mut stage = Self { state: AppState::new(settings, Session::default()), views: None, worker, events };
        let effects = stage.state.start();
        stage.carry_out(effects);
        Ok(stage)
    }

    pub fn ask(&mut self, command: AppCommand) {
        let effects = self.state.apply(command);
        self.carry_out(effects);
    }

    fn carry_out(&self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Job(command) = effect {
                self.worker.send(command);
            }
        }
    }

    pub fn frame(&mut self, ui: &mut egui::Ui) {
        while let Ok(event) = self.events.try_recv() {
            let effects = self.state.on_job(event);
            self.carry_out(effects);
        }
        let views = self.views.get_or_insert_with(|| Ui::new(ui.ctx()));
        for command in views.show(ui, &self.state) {
            self.ask(command);
        }
    }

    /// One step a frame, as the window draws.
    pub fn harness<'a>(self) -> Harness<'a, Self> {
        Harness::builder()
            .with_size([1_280.0, 800.0])
            .with_max_steps(1)
            .build_ui_state(|ui, stage: &mut Self| stage.frame(ui), self)
    }
}
