//! The window: carries the state's effects out, and nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui;

use crate::audio::Player;
use crate::audio::message::{PlayerCommand, PlayerEvent};
use crate::domain::DeviceChoice;
use crate::jobs::message::JobEvent;
use crate::jobs::{Context, Worker};
use crate::library::Library;
use crate::settings::Settings;
use crate::state::{AppCommand, AppState, Dialog, Effect, Session, Severity};
use crate::ui::Ui;

/// How the window starts.
#[derive(Debug, Clone)]
pub struct Start {
    pub library: PathBuf,
    pub settings: Settings,
    /// Where settings are kept; they are forgotten where there is no place for them.
    pub settings_file: Option<PathBuf>,
    /// What kept the settings from being read.
    pub trouble: Option<String>,
    /// From the command line, for this start alone.
    pub device: Option<DeviceChoice>,
}

/// Settings and window are saved this long after the last change.
const SAVE_AFTER: Duration = Duration::from_millis(600);
/// Events of the player that may wait for a frame.
const PLAYER_EVENTS: usize = 256;

/// Opens the window and returns when it is closed.
///
/// # Errors
/// What the user is to be told: no display, a library that cannot be opened.
pub fn run(mut start: Start) -> Result<(), String> {
    if !has_display() {
        return Err(NO_DISPLAY.to_owned());
    }
    let library = Library::open(&start.library).map_err(|error| error.to_string())?;
    if let Some(device) = start.device {
        start.settings.device = device;
    }
    let session_file = start.settings_file.as_ref().map(|file| file.with_file_name("window.json"));
    let session = session_file.as_deref().map(read_session).unwrap_or_default();
    let [width, height] = session.window_size.unwrap_or([1_440.0, 900.0]);
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Songline")
            .with_app_id("songline")
            .with_inner_size([width.clamp(800.0, 8_000.0), height.clamp(600.0, 8_000.0)])
            .with_min_inner_size([800.0, 600.0])
            .with_drag_and_drop(true),
        ..Default::default()
    };
    eframe::run_native(
        "Songline",
        options,
        Box::new(move |creation| Ok(Box::new(App::new(start, session, session_file, library, creation)?))),
    )
    .map_err(|error| format!("the window cannot be opened: {error}. {WITHOUT_WINDOW}"))
}

const WITHOUT_WINDOW: &str = "Everything but the window works without one: see `songline --help`; for example \
`songline import FOLDER`, `songline recommend FILE`, `songline map --out map.svg`";
const NO_DISPLAY: &str = "there is no display to open a window on. Everything but the window works without one: see \
`songline --help`; for example `songline import FOLDER`, `songline recommend FILE`, `songline map --out map.svg`. \
To see the window, start it in a desktop session, or with X forwarding (`ssh -X`)";

/// Whether there is something to open a window on. Elsewhere than on Unix there always is.
fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(all(unix, not(target_os = "macos")))) || set("DISPLAY") || set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET")
}

fn read_session(file: &Path) -> Session {
    let text = std::fs::read_to_string(file).ok();
    // A window that cannot be remembered opens like the first time.
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

struct App {
    state: AppState,
    ui: Ui,
    worker: Worker,
    job_events: Receiver<JobEvent>,
    player: Player,
    player_events: Receiver<PlayerEvent>,
    /// What dialogs, which run on threads of their own, come back with.
    answers: (Sender<AppCommand>, Receiver<AppCommand>),
    files: Files,
    context: egui::Context,
}

/// What is to be written once the user pauses.
struct Files {
    settings: Option<PathBuf>,
    session: Option<PathBuf>,
    due: Option<Instant>,
}

impl App {
    fn new(
        start: Start,
        session: Session,
        session_file: Option<PathBuf>,
        library: Library,
        creation: &eframe::CreationContext<'_>,
    ) -> Result<Self, std::io::Error> {
        let context = creation.egui_ctx.clone();
        let waker = context.clone();
        let (worker, job_events) =
            Worker::spawn(Arc::new(Context::new(Arc::new(library))), move || waker.request_repaint())?;
        let (events, player_events) = bounded(PLAYER_EVENTS);
        let waker = context.clone();
        let player = Player::spawn(move |event| {
            // A position that finds no room is followed by the next one.
            let _ = match event {
                PlayerEvent::Position { .. } => events.try_send(event).is_ok(),
                event => events.send_timeout(event, Duration::from_secs(1)).is_ok(),
            };
            waker.request_repaint();
        });
        player.send(PlayerCommand::SetVolume(start.settings.volume));
        let ui = Ui::new(&creation.egui_ctx);
        if let Some(render_state) = &creation.wgpu_render_state {
            crate::render::install(&creation.egui_ctx, render_state);
        }
        let mut app = Self {
            state: AppState::new(start.settings, session),
            ui,
            worker,
            job_events,
            player,
            player_events,
            answers: bounded(16),
            files: Files { settings: start.settings_file, session: session_file, due: None },
            context,
        };
        if let Some(trouble) = start.trouble {
            app.state.notices.push(Severity::Warning, "The settings could not be read; defaults are in use", trouble);
        }
        let effects = app.state.start();
        app.carry_out(effects);
        Ok(app)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Job(command) => self.worker.send(command),
                Effect::Player(command) => self.player.send(command),
                Effect::OpenDialog(dialog) => self.open_dialog(dialog),
                Effect::Reveal(path) => reveal(path),
                Effect::CopyText(text) => self.context.copy_text(text),
                Effect::SaveSettings | Effect::SaveSession => self.files.due = Some(Instant::now() + SAVE_AFTER),
            }
        }
    }

    /// Dialogs block, so each has a thread of its own; its answer comes back as a command.
    fn open_dialog(&mut self, dialog: Dialog) {
        let (sender, context) = (self.answers.0.clone(), self.context.clone());
        let started = thread::Builder::new().name("dialog".to_owned()).spawn(move || {
            if let Some(command) = ask(dialog) {
                // The window may be gone by now.
                let _ = sender.send(command);
                context.request_repaint();
            }
        });
        if let Err(error) = started {
            self.state.notices.push(Severity::Error, "The dialog cannot be opened", error.to_string());
        }
    }

    fn save(&mut self) {
        self.files.due = None;
        if let Some(file) = &self.files.settings
            && let Err(error) = self.state.settings.save(file)
        {
            self.state.notices.push(Severity::Warning, "The settings cannot be saved", error.to_string());
        }
        if let Some(file) = &self.files.session
            && let Err(error) = save_session(&self.state.session, file)
        {
            tracing::warn!(%error, "the window cannot be remembered");
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        let mut effects = Vec::new();
        while let Ok(event) = self.job_events.try_recv() {
            effects.extend(self.state.on_job(event));
        }
        while let Ok(event) = self.player_events.try_recv() {
            effects.extend(self.state.on_player(&event));
        }
        while let Ok(command) = self.answers.1.try_recv() {
            effects.extend(self.state.apply(command));
        }
        self.carry_out(effects);
        match self.files.due {
            Some(due) if Instant::now() >= due => self.save(),
            Some(due) => ctx.request_repaint_after(due - Instant::now()),
            None => {}
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if let Some(rect) = ui.ctx().input(|input| input.viewport().inner_rect) {
            let size = [rect.width(), rect.height()];
            if self.state.session.window_size != Some(size) {
                self.state.session.window_size = Some(size);
                self.files.due = Some(Instant::now() + SAVE_AFTER);
            }
        }
        let commands = self.ui.show(ui, &self.state);
        for command in commands {
            let effects = self.state.apply(command);
            self.carry_out(effects);
        }
    }

    fn on_exit(&mut self) {
        self.save();
    }
}

fn save_session(session: &Session, file: &Path) -> std::io::Result<()> {
    use std::io::Write;
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut written = tempfile::NamedTempFile::new_in(folder)?;
    written.write_all(&serde_json::to_vec_pretty(session)?)?;
    written.persist(file)?;
    Ok(())
}

fn ask(dialog: Dialog) -> Option<AppCommand> {
    let music = || rfd::FileDialog::new().add_filter("Music", &crate::audio::EXTENSIONS);
    match dialog {
        Dialog::ImportFiles => music().set_title("Import files").pick_files().map(AppCommand::Import),
        Dialog::ImportFolder => {
            rfd::FileDialog::new().set_title("Import folders").pick_folders().map(AppCommand::Import)
        }
        Dialog::QueryFile => {
            music().set_title("Find what sounds like this file").pick_file().map(AppCommand::RecommendFile)
        }
        Dialog::SavePlaylist => rfd::FileDialog::new()
            .set_title("Save the playlist")
            .set_file_name("songline.m3u8")
            .add_filter("Playlist", &["m3u8"])
            .save_file()
            .map(AppCommand::ExportPlaylist),
        Dialog::Labels => rfd::FileDialog::new()
            .set_title("Choose a table of labels")
            .add_filter("Table", &["csv"])
            .pick_file()
            .map(AppCommand::ChooseLabels),
        Dialog::SaveEvaluation => {
            rfd::FileDialog::new().set_title("Folder for the report").pick_folder().map(AppCommand::SaveEvaluation)
        }
        Dialog::SaveMap => rfd::FileDialog::new()
            .set_title("Save the map")
            .set_file_name("songline-map.png")
            .add_filter("Picture", &["png"])
            .add_filter("Drawing", &["svg"])
            .add_filter("Table", &["csv"])
            .save_file()
            .map(AppCommand::ExportMap),
    }
}

/// Shows a file in the platform's file manager, which may take its time.
fn reveal(path: PathBuf) {
    let started = thread::Builder::new().name("reveal".to_owned()).spawn(move || {
        if let Err(error) = opener::reveal(&path) {
            tracing::warn!(%error, path = %path.display(), "cannot show the file");
        }
    });
    if let Err(error) = started {
        tracing::warn!(%error, "cannot show the file");
    }
}
