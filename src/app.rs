//! The window: carries the state's effects out, and nothing else.

mod dialogs;
mod fonts;
mod keeper;
mod libraries;
pub mod media;

use std::path::PathBuf;
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
use crate::library::{Library, WindowLock};
use crate::settings::Settings;
use crate::source::watch::Watcher;
use crate::state::{AppCommand, AppState, Dialog, Effect, FolderCommand, Session, Severity};
use crate::ui::Ui;

use self::keeper::{Due, Keeper};
use self::libraries::Opened;
use self::media::{Asked, Media, Now};

/// How the window starts.
#[derive(Debug, Clone)]
pub struct Start {
    pub library: PathBuf,
    pub settings: Settings,
    /// The platform's folder for the library, where there is one.
    pub standard_library: Option<PathBuf>,
    /// Where settings are kept; they are forgotten where there is no place for them.
    pub settings_file: Option<PathBuf>,
    /// What kept the settings from being read.
    pub trouble: Option<String>,
    /// From the command line, for this start alone.
    pub device: Option<DeviceChoice>,
}

/// Events of the player that may wait for a frame.
const PLAYER_EVENTS: usize = 256;

/// How often a window that may only read asks whether it may write.
const LOCK_EVERY: Duration = Duration::from_secs(2);

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
    let session = session_file.as_deref().map(keeper::read_session).unwrap_or_default();
    let [width, height] = session.window_size.unwrap_or([1_440.0, 900.0]);
    let mut options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Songline")
            .with_app_id("songline")
            .with_inner_size([width.clamp(800.0, 8_000.0), height.clamp(600.0, 8_000.0)])
            .with_min_inner_size([800.0, 600.0])
            .with_drag_and_drop(true),
        ..Default::default()
    };
    crate::render::prefer_exact_sums(&mut options.wgpu_options);
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

struct App {
    state: AppState,
    ui: Ui,
    worker: Worker,
    /// The library's context, and the right to write to it, while no other window has it.
    jobs: Arc<Context>,
    lock: Option<WindowLock>,
    lock_tried: Instant,
    /// Follows folders; none where the system gives no thread for it.
    watcher: Option<Watcher>,
    job_events: Receiver<JobEvent>,
    player: Player,
    player_events: Receiver<PlayerEvent>,
    /// What dialogs, which run on threads of their own, come back with.
    answers: (Sender<AppCommand>, Receiver<AppCommand>),
    /// Libraries that were opened in place of the one in use.
    libraries: (Sender<Opened>, Receiver<Opened>),
    /// The platform's folder for the library.
    standard_library: Option<PathBuf>,
    keeper: Keeper,
    /// The desktop's player control, where there is one.
    media: Option<Media>,
    context: egui::Context,
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
        let (worker, jobs, job_events) = spawn_worker(Arc::new(library), &context)?;
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
        fonts::load(&creation.egui_ctx);
        if let Some(render_state) = &creation.wgpu_render_state {
            crate::render::install(&creation.egui_ctx, render_state);
        }
        let mut app = Self {
            state: AppState::new(start.settings, session),
            ui,
            worker,
            jobs,
            lock: None,
            lock_tried: Instant::now(),
            job_events,
            player,
            player_events,
            watcher: None,
            answers: bounded(16),
            libraries: bounded(4),
            standard_library: start.standard_library,
            keeper: Keeper::new(start.settings_file, session_file),
            media: open_media(&context),
            context,
        };
        if let Some(trouble) = start.trouble {
            app.state.notices.push(Severity::Warning, "The settings could not be read; defaults are in use", trouble);
        }
        app.take_lock();
        let (answers, waker) = (app.answers.0.clone(), app.context.clone());
        let watcher = Watcher::spawn(move |news| {
            // The window may be gone by now.
            let _ = answers.send(AppCommand::Folder(FolderCommand::Heard(news)));
            waker.request_repaint();
        });
        app.watcher = watcher.inspect_err(|error| tracing::warn!(%error, "folders are not followed")).ok();
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
                Effect::OpenLibrary(folder) => self.open_library(folder),
                Effect::Follow(folders) => {
                    if let Some(watcher) = &self.watcher {
                        watcher.follow(folders);
                    }
                }
                Effect::Reveal(path) => self.reveal(path),
                Effect::OpenPage(page) => {
                    self.on_desktop("The browser cannot be opened", page.clone(), move || opener::open_browser(page));
                }
                Effect::CopyText(text) => self.context.copy_text(text),
                Effect::SaveSettings | Effect::SaveSession => self.keeper.touch(Instant::now()),
            }
        }
    }

    /// Takes the right to write, or learns that another window has it.
    fn take_lock(&mut self) {
        self.lock_tried = Instant::now();
        if self.jobs.library.is_read_only() {
            self.state.read_only = true;
            return;
        }
        match self.jobs.library.lock_window() {
            Ok(lock) => self.lock = lock,
            Err(error) => tracing::warn!(%error, "the library cannot be locked"),
        }
        let read_only = self.lock.is_none();
        if self.state.read_only && !read_only {
            self.state.notices.push(Severity::Info, "This window may write again", "The other one is closed.");
        }
        self.state.read_only = read_only;
        self.jobs.set_read_only(read_only);
        let effects = self.state.look_at_changes();
        self.carry_out(effects);
    }

    /// Shows a file in the platform's file manager.
    fn reveal(&self, path: PathBuf) {
        let shown = path.display().to_string();
        self.on_desktop("The file manager cannot be opened", shown, move || {
            // A file manager shows the archive that a member is in.
            opener::reveal(crate::archive::split(&path).map_or(path, |(archive, _)| archive))
        });
    }

    /// Has the desktop open something, which may take its time; says so where it cannot.
    fn on_desktop(
        &self,
        trouble: &'static str,
        what: String,
        open: impl FnOnce() -> Result<(), opener::OpenError> + Send + 'static,
    ) {
        let (answers, context) = (self.answers.0.clone(), self.context.clone());
        let work = move || {
            if let Err(error) = open() {
                // What is opened may be a page with words of a sign-in: it is shown and not logged.
                tracing::warn!(%error, "{trouble}");
                let (severity, title) = (Severity::Warning, trouble.to_owned());
                // The window may be gone by now.
                let _ = answers.send(AppCommand::Tell { severity, title, detail: what });
                context.request_repaint();
            }
        };
        if let Err(error) = thread::Builder::new().name("desktop".to_owned()).spawn(work) {
            tracing::warn!(%error, "{trouble}");
        }
    }

    fn open_dialog(&mut self, dialog: Dialog) {
        let context = self.context.clone();
        if let Err(error) = dialogs::open(dialog, self.answers.0.clone(), move || context.request_repaint()) {
            self.state.notices.push(Severity::Error, "The dialog cannot be opened", error.to_string());
        }
    }

    fn open_library(&mut self, folder: Option<PathBuf>) {
        let context = self.context.clone();
        let standard = self.standard_library.clone();
        if let Err(error) =
            libraries::open(folder, standard, self.libraries.0.clone(), move || context.request_repaint())
        {
            self.state.notices.push(Severity::Error, NOT_OPENED, error.to_string());
        }
    }

    /// Puts another library in the place of the one in use.
    fn use_library(&mut self, opened: Opened) {
        let spawned = opened.and_then(|(chosen, library)| {
            let folder = library.root().to_path_buf();
            let worker = spawn_worker(library, &self.context).map_err(|error| error.to_string())?;
            Ok((chosen, folder, worker))
        });
        let (chosen, folder, (worker, jobs, job_events)) = match spawned {
            Ok(spawned) => spawned,
            Err(reason) => return self.state.notices.push(Severity::Error, NOT_OPENED, reason),
        };
        self.job_events = job_events;
        self.jobs = jobs;
        self.lock = None;
        let before = std::mem::replace(&mut self.worker, worker);
        // Its jobs come to their next checkpoint first, and the window must not wait for that.
        let ended = thread::Builder::new().name("ending".to_owned()).spawn(move || drop(before));
        if let Err(error) = ended {
            tracing::warn!(%error, "the window waited for jobs of the library that was closed");
        }
        self.ui = Ui::new(&self.context);
        let effects = self.state.opened_library(chosen);
        self.take_lock();
        self.carry_out(effects);
        self.state.notices.push(Severity::Info, "The library is open", folder.display().to_string());
    }

    /// Carries out the keys that were pressed on the desktop, and tells it what plays.
    fn follow_media(&mut self, ctx: &egui::Context) {
        let Some(media) = &self.media else { return };
        let keys: Vec<_> = media.pressed.try_iter().collect();
        for key in keys {
            match media::asked(&key, &self.state.player) {
                Some(Asked::Command(command)) => {
                    let effects = self.state.apply(command);
                    self.carry_out(effects);
                }
                Some(Asked::Raise) => ctx.send_viewport_cmd(egui::ViewportCommand::Focus),
                Some(Asked::Quit) => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
                None => {}
            }
        }
        if let Some(media) = &mut self.media {
            media.tell(Now::of(&self.state));
        }
    }

    fn save(&mut self) {
        let trouble = self.keeper.write(&self.state.settings, &self.state.session);
        self.tell_unsaved(trouble);
    }

    fn tell_unsaved(&mut self, trouble: Option<String>) {
        if let Some(trouble) = trouble {
            self.state.notices.push(Severity::Warning, "The settings cannot be saved", trouble);
        }
    }
}

const NOT_OPENED: &str = "The library cannot be opened; the one before stays open";

fn open_media(context: &egui::Context) -> Option<Media> {
    let waker = context.clone();
    let opened = Media::spawn(move || waker.request_repaint());
    if let Err(reason) = &opened {
        tracing::info!(reason, "media keys and the desktop's player control are off");
    }
    opened.ok()
}

type Spawned = (Worker, Arc<Context>, Receiver<JobEvent>);

fn spawn_worker(library: Arc<Library>, context: &egui::Context) -> std::io::Result<Spawned> {
    let waker = context.clone();
    let jobs = Arc::new(Context::new(library));
    let (worker, events) = Worker::spawn(jobs.clone(), move || waker.request_repaint())?;
    Ok((worker, jobs, events))
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
        self.follow_media(ctx);
        while let Ok(opened) = self.libraries.1.try_recv() {
            self.use_library(opened);
        }
        if self.lock.is_none() && !self.jobs.library.is_read_only() {
            if self.lock_tried.elapsed() >= LOCK_EVERY {
                self.take_lock();
            }
            ctx.request_repaint_after(LOCK_EVERY);
        }
        let trouble = self.keeper.trouble();
        self.tell_unsaved(trouble);
        match self.keeper.due(Instant::now(), ctx.input(|input| input.pointer.any_down())) {
            Due::Now => self.save(),
            Due::Later(wait) => ctx.request_repaint_after(wait),
            Due::Nothing => {}
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if let Some(rect) = ui.ctx().input(|input| input.viewport().inner_rect) {
            let size = [rect.width(), rect.height()];
            if self.state.session.window_size != Some(size) {
                self.state.session.window_size = Some(size);
                self.keeper.touch(Instant::now());
            }
        }
        let commands = self.ui.show(ui, &self.state);
        for command in commands {
            let effects = self.state.apply(command);
            self.carry_out(effects);
        }
    }

    fn on_exit(&mut self) {
        self.keeper.write_last(&self.state.settings, &self.state.session);
    }
}
