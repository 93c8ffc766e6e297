//! Sound files in, sound out: the only user of symphonia, rubato and rodio.

mod codec;
mod deck;
mod decoder;
mod engine;
mod error;
pub mod message;
mod output;
mod player;
mod reader;
mod resample;
mod riff;
mod tags;
mod trim;

pub use codec::{EXTENSIONS, is_supported};
pub use error::AudioError;
pub use message::{PlayItem, PlaybackState, PlayerCommand, PlayerEvent};
pub use output::default_output;
pub use player::Player;
pub use reader::AudioReader;
