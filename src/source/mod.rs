//! Where music comes from: folders and the demo pieces. Network access stops here.

mod error;
pub mod demo;
pub mod folder;

pub use error::SourceError;
