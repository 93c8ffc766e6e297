//! Where music comes from: folders and the demo pieces. Network access stops here.

pub mod demo;
mod error;
pub mod folder;
pub mod net;
pub mod pace;
mod percent;
pub mod preview;
pub mod spotify;
pub mod watch;

pub use error::SourceError;
