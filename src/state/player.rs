//! What plays, as the window shows it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::audio::message::PlayerEvent;
use crate::domain::{PlaylistId, TrackId, Waveform};

/// The two sides of an explained pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Query,
    Target,
}

/// Something to play.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueItem {
    /// `None` for a file outside the library, and for a track that nobody is to recognise.
    pub track: Option<TrackId>,
    /// The track of a listening study, whose name is not shown anywhere.
    pub unseen: Option<TrackId>,
    pub path: PathBuf,
    pub title: String,
    pub artist: String,
    pub duration_s: f64,
    pub start_s: f64,
    /// Where it stops by itself: the end of a segment.
    pub end_s: Option<f64>,
}

/// The player.
#[derive(Debug, Clone, Default)]
pub struct PlayerView {
    pub item: Option<QueueItem>,
    pub playing: bool,
    pub position_s: f64,
    /// 0 to 1.
    pub volume: f32,
    /// Why nothing can be heard; `None` while there is an audio output.
    pub no_device: Option<String>,
    /// The outline of `item`, once it was read.
    pub waveform: Option<Waveform>,
    /// The cover of `item`, where it has one.
    pub cover: Option<Arc<[u8]>>,
    /// What previous and next walk through.
    pub queue: Vec<TrackId>,
    /// The playlist that the queue is, and the row of it that plays.
    pub playlist: Option<(PlaylistId, usize)>,
    /// The segment that follows when the one that plays has ended: of a track, or of the file asked about.
    pub(super) then: Option<(Option<TrackId>, usize)>,
    pub(super) token: u64,
}

/// What the player's news means for the rest of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlayerNews {
    Nothing,
    /// A whole item ended by itself: the next may follow.
    Ended,
    NoDevice,
    Failed,
}

impl PlayerView {
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// The track that plays or is paused.
    pub fn track(&self) -> Option<TrackId> {
        self.item.as_ref().and_then(|item| item.track)
    }

    pub(super) fn take(&mut self, event: &PlayerEvent) -> PlayerNews {
        let ours = |token: u64| token == self.token;
        match event {
            PlayerEvent::Ready => self.no_device = None,
            PlayerEvent::NoDevice { reason } => {
                self.no_device = Some(reason.clone());
                self.playing = false;
                return PlayerNews::NoDevice;
            }
            PlayerEvent::Started { token, duration_s } if ours(*token) => {
                self.playing = true;
                if let Some(item) = self.item.as_mut().filter(|_| *duration_s > 0.0) {
                    item.duration_s = *duration_s;
                }
            }
            PlayerEvent::Position { token, seconds } if ours(*token) => self.position_s = *seconds,
            PlayerEvent::Paused { token } if ours(*token) => self.playing = false,
            PlayerEvent::Resumed { token } if ours(*token) => self.playing = true,
            PlayerEvent::Ended { token } if ours(*token) => {
                self.playing = false;
                return PlayerNews::Ended;
            }
            PlayerEvent::Failed { token, .. } if ours(*token) => {
                self.playing = false;
                return PlayerNews::Failed;
            }
            // News of an item that was replaced meanwhile.
            _ => {}
        }
        PlayerNews::Nothing
    }
}
