//! Drawing: reads state, emits commands.

pub mod data;
pub mod inspect;
pub mod panel;
pub mod settings;
pub mod theme;
pub mod train;

use crate::state::AppCommand;

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
