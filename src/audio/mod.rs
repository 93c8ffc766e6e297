//! Sound files in, sound out: the only user of symphonia, rubato and rodio.

mod codec;
mod decoder;
mod error;
pub mod message;
mod reader;
mod resample;
mod tags;
mod trim;

pub use codec::is_supported;
pub use error::AudioError;
pub use message::{PlayItem, PlaybackState, PlayerCommand, PlayerEvent};
pub use reader::AudioReader;
