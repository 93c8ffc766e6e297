//! What is said to the player and what it says back: plain data, shared with the window's state.

use std::path::PathBuf;

/// A stretch of a file to play.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayItem {
    pub path: PathBuf,
    /// Where to start, in seconds.
    pub start_s: f64,
    /// Where to stop, with a short fade; at the end of the file where `None`.
    pub end_s: Option<f64>,
}

/// Asked of the player.
#[derive(Debug, Clone, PartialEq)]
pub enum PlayerCommand {
    /// Plays `item` at once instead of what plays now. Events about it carry `token`.
    Load {
        token: u64,
        item: PlayItem,
    },
    Play,
    Pause,
    Stop,
    Seek {
        seconds: f64,
    },
    /// 0 to 1.
    SetVolume(f32),
}

/// Told by the player.
#[derive(Debug, Clone, PartialEq)]
pub enum PlayerEvent {
    /// An audio output is open.
    Ready,
    /// There is no audio output, or it was lost.
    NoDevice {
        reason: String,
    },
    Started {
        token: u64,
        duration_s: f64,
    },
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
    Ended {
        token: u64,
    },
    Failed {
        token: u64,
        reason: String,
    },
}
