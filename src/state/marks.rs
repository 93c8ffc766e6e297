//! The tracks that are marked: a set beside the one that is selected, shared by map, table and results.

use std::collections::HashSet;

use crate::domain::TrackId;

use super::{AppState, Effect};

/// Marked tracks that can be asked about at once. More would make a query that nobody can read, and a slow one.
pub const MOST_ASKED: usize = 50;

/// Changes what is marked.
#[derive(Debug, Clone, PartialEq)]
pub enum MarkCommand {
    /// Marks these tracks, beside those that are marked or in their place.
    These {
        tracks: Vec<TrackId>,
        add: bool,
    },
    Toggle(TrackId),
    /// Marks what the search found, beside those that are marked.
    Found,
    Clear,
    /// Whether the table shows marked tracks alone.
    Only(bool),
    /// Asks about the marked tracks.
    Recommend,
}

/// The marked tracks.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    tracks: HashSet<TrackId>,
    /// Whether the table shows them alone.
    pub only: bool,
    /// Rises with every change, so that a view knows when to draw anew.
    pub revision: u64,
}

impl Marks {
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    pub fn contains(&self, track: TrackId) -> bool {
        self.tracks.contains(&track)
    }

    /// Whether a track is left bright: it is marked, or none is.
    pub fn lights(&self, track: TrackId) -> bool {
        self.tracks.is_empty() || self.tracks.contains(&track)
    }

    /// Whether the table shows a track.
    pub fn shows(&self, track: TrackId) -> bool {
        !self.only || self.tracks.contains(&track)
    }

    /// Keeps those for which `stays` holds.
    pub(super) fn retain(&mut self, stays: impl Fn(TrackId) -> bool) {
        let before = self.tracks.len();
        self.tracks.retain(|track| stays(*track));
        if self.tracks.len() != before {
            self.revision += 1;
        }
        self.only &= !self.tracks.is_empty();
    }
}

impl AppState {
    pub(super) fn mark(&mut self, command: MarkCommand) -> Vec<Effect> {
        match command {
            MarkCommand::These { tracks, add } => {
                if !add {
                    self.marks.tracks.clear();
                }
                self.marks.tracks.extend(tracks);
            }
            MarkCommand::Toggle(track) => {
                if !self.marks.tracks.remove(&track) {
                    self.marks.tracks.insert(track);
                }
            }
            MarkCommand::Found => self.marks.tracks.extend(self.table.rows.iter().copied()),
            MarkCommand::Clear => self.marks.tracks.clear(),
            MarkCommand::Only(only) => self.marks.only = only,
            MarkCommand::Recommend => return self.ask_about_marked(),
        }
        self.marks.revision += 1;
        self.marks.only &= !self.marks.is_empty();
        self.rebuild_table();
        Vec::new()
    }

    /// The marked tracks in the order of the library; the selected one stays first where it is one of them.
    fn ask_about_marked(&mut self) -> Vec<Effect> {
        if self.marks.len() > MOST_ASKED {
            return Vec::new();
        }
        let chosen = self.selected().filter(|track| self.marks.contains(*track));
        let marked = self.library.tracks.iter().map(|track| track.id).filter(|track| self.marks.contains(*track));
        let mut asked = chosen.into_iter().chain(marked.filter(|track| Some(*track) != chosen));
        let Some(first) = asked.next() else { return Vec::new() };
        let seeds: Vec<TrackId> = asked.collect();
        let mut effects = Vec::new();
        // Selecting asks by itself; the question that counts is the one with all of them.
        if self.selected() != Some(first) || self.query.file.is_some() {
            effects.extend(self.apply(super::AppCommand::Select(first)));
        }
        self.query.seeds = seeds;
        effects.extend(self.recommend());
        effects
    }
}
