//! Undo and redo of what changes data.

use std::path::PathBuf;

use crate::domain::{Playlist, PlaylistId, TrackId};

/// Steps that can be undone.
const STEPS: usize = 200;

/// A change that can be taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// In the words of a menu: "Remove 2 tracks".
    pub what: String,
    pub data: Changed,
}

/// What was changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Changed {
    /// A playlist, as it was before and after; `None` where there was none.
    Playlist { id: PlaylistId, before: Option<Playlist>, after: Option<Playlist> },
    /// Tracks that are never to be recommended, or are again.
    Hidden { tracks: Vec<TrackId>, hidden: bool },
    /// Versions of recordings that are kept apart, or folded again.
    Apart { tracks: Vec<TrackId>, apart: bool },
    /// A folder that is followed, or no longer.
    Followed { path: PathBuf, follow: bool },
}

/// What was changed since the library was opened.
#[derive(Debug, Clone, Default)]
pub struct History {
    done: Vec<Change>,
    undone: Vec<Change>,
}

impl History {
    /// What undo would take back.
    pub fn to_undo(&self) -> Option<&Change> {
        self.done.last()
    }

    /// What redo would do again.
    pub fn to_redo(&self) -> Option<&Change> {
        self.undone.last()
    }

    /// Notes a change. With `goes_on`, one of the same name to the same playlist just before is undone together with it.
    pub(super) fn note(&mut self, change: Change, goes_on: bool) {
        self.undone.clear();
        if goes_on
            && let Some(last) = self.done.last_mut()
            && last.what == change.what
            && let Changed::Playlist { id, after, .. } = &mut last.data
            && let Changed::Playlist { id: other, after: new, .. } = &change.data
            && id == other
        {
            after.clone_from(new);
            return;
        }
        self.done.push(change);
        if self.done.len() > STEPS {
            self.done.remove(0);
        }
    }

    /// The change to take back.
    pub(super) fn undo(&mut self) -> Option<Change> {
        let change = self.done.pop()?;
        self.undone.push(change.clone());
        Some(change)
    }

    /// The change to do again.
    pub(super) fn redo(&mut self) -> Option<Change> {
        let change = self.undone.pop()?;
        self.done.push(change.clone());
        Some(change)
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}
