//! Drawing: reads state, emits commands.
//!
//! [`Ui::show`] draws the whole window once a frame and gives back what the user asked for. What the views remember for
//! themselves (pan and zoom, hover, what was typed and is not yet sent) lives in [`ViewState`] and nowhere else.

mod catalogue;
pub mod data;
pub mod evaluate;
pub mod explore;
mod folders;
mod help;
pub mod inspect;
pub mod lab;
mod notices;
mod palette;
mod panel;
mod player_bar;
mod present;
mod previews;
mod prompt;
pub mod settings;
mod shell;
mod shortcuts;
mod status_bar;
pub mod theme;
pub mod train;
mod welcome;
pub mod widgets;

use crate::state::{AppCommand, AppState};

/// What the views ask for in one frame, in the order asked.
#[derive(Debug, Default)]
pub struct Commands(Vec<AppCommand>);

impl Commands {
    pub fn push(&mut self, command: AppCommand) {
        self.0.push(command);
    }

    /// Takes out all commands.
    pub fn drain(&mut self) -> std::vec::Drain<'_, AppCommand> {
        self.0.drain(..)
    }
}

/// What the views remember between two frames and nobody else needs.
#[derive(Default)]
pub struct ViewState {
    shell: shell::View,
    notices: notices::View,
    status: status_bar::View,
    player: player_bar::View,
    prompt: prompt::View,
    explore: explore::View,
    inspect: inspect::View,
    lab: lab::View,
    present: present::View,
    palette: palette::View,
    train: train::View,
    evaluate: evaluate::View,
    settings: settings::View,
}

/// The window's contents.
pub struct Ui {
    view: ViewState,
    commands: Commands,
}

impl Ui {
    /// Gives `ctx` the look of the window.
    pub fn new(ctx: &egui::Context) -> Self {
        theme::apply(ctx);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        Self { view: ViewState::default(), commands: Commands::default() }
    }

    /// Draws the window and returns what the user asked for, in order. To be called once a frame with the `Ui` of the
    /// whole window.
    pub fn show(&mut self, ui: &mut egui::Ui, state: &AppState) -> Vec<AppCommand> {
        shell::show(ui, state, &mut self.view, &mut self.commands);
        self.commands.drain().collect()
    }
}
