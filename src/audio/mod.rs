//! Sound files in, sound out: the only user of symphonia, rubato and rodio.

pub mod message;
