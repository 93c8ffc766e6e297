//! Where music comes from: folders and the demo pieces. Network access stops here.

pub mod dataset;
pub mod demo;
pub mod download;
mod error;
pub mod folder;
pub mod net;
pub mod pace;
mod percent;
pub mod preview;
pub mod spotify;
pub mod watch;

pub use error::SourceError;
