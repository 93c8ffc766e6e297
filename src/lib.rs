//! Songline finds music that sounds alike, by sound alone.
//!
//! The rooms below stand in the order in which data flows; `tests/layering.rs` holds which may import which, and
//! ARCHITECTURE.md walks a track through them.

pub mod app;
pub mod audio;
pub mod cli;
pub mod domain;
pub mod dsp;
pub mod evaluate;
pub mod gpu;
pub mod jobs;
pub mod library;
pub mod log;
pub mod map;
pub mod model;
pub mod render;
pub mod settings;
pub mod similarity;
pub mod source;
pub mod state;
pub mod ui;
