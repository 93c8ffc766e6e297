//! What the player is told and what it tells: plain data.

use std::path::PathBuf;

/// A piece of sound to play.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayItem {
    pub path: PathBuf,
    /// Where to begin, in seconds from the start of the file.
    pub start_s: f64,
    /// Where to stop; the end of the file where there is none.
    pub end_s: Option<f64>,
}

/// What the player is asked to do. All but [`PlayerCommand::Load`] are about the item loaded last.
#[derive(Debug, Clone, PartialEq)]
pub enum PlayerCommand {
    /// Plays `item` at once, in place of what plays now. Every event about it carries `token`.
    Load { token: u64, item: PlayItem },
    /// Goes on after a pause, or plays again from the start after the end.
    Play,
    /// Stops for the time being, at its place.
    Pause,
    /// Fades out and ends the item. [`PlayerCommand::Play`] begins it anew.
    Stop,
    /// Goes to a place in the file, in seconds. Paused stays paused.
    Seek { seconds: f64 },
    /// 0 (silent) to 1 (as it is).
    SetVolume(f32),
}

/// What the player has to tell.
#[derive(Debug, Clone, PartialEq)]
pub enum PlayerEvent {
    /// There is an audio device, and it is open.
    Ready,
    /// There is no audio device that can be opened. Told at the start, and again for a load that fails for it.
    NoDevice {
        reason: String,
    },
    /// The first sound of an item is on its way to the device. `duration_s` is the file's length, 0 where its header
    /// does not tell it.
    Started {
        token: u64,
        duration_s: f64,
    },
    /// Where in the file the sound is, about 25 times a second while it plays, and once after a seek in a pause.
    Position {
        token: u64,
        seconds: f64,
    },
    Paused {
        token: u64,
    },
    Resumed {
        token: u64,
    },
    /// The item came to its end, or was stopped.
    Ended {
        token: u64,
    },
    /// The item cannot be played, or its device went away.
    Failed {
        token: u64,
        reason: String,
    },
}

/// Where an item is between its load and its end, as a follower of the events sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlaybackState {
    /// Nothing is loaded, or it ended.
    #[default]
    Stopped,
    /// Loaded, not heard yet.
    Loading,
    Playing,
    Paused,
}
