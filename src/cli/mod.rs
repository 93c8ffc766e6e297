//! The command line: the other door to the library.
//!
//! Results go to standard output, as text or, with `--json`, as JSON alone; progress and errors to standard error.
//! Exit codes: 0 done, 1 failed, 2 wrong usage.

mod answers;
mod args;
mod commands;
mod dataset;
mod doctor;
mod evaluate;
mod filter;
mod history;
mod listening;
mod output;
mod playlist;
mod previews;
mod recordings;
mod sets;
mod train;

pub use args::{Arguments, Command};
pub use commands::run;
