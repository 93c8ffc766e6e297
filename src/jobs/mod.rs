//! The background worker: commands in, events out. It knows no window.

pub mod message;
