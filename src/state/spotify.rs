//! The Spotify catalogue as the window shows it: what was searched for, what was found, and which of the library's own
//! tracks have audio features.

use std::collections::HashMap;

use super::{AppState, Effect, JobKind, Severity};
use crate::domain::{AudioFeatures, SpotifyTrack, TrackId};
use crate::jobs::message::{JobSpec, SpotifySummary};

/// Rows that a search shows.
const SHOWN: usize = 100;

/// Search, rows and features.
#[derive(Debug, Clone, Default)]
pub struct SpotifyView {
    /// Rows in the catalogue; `None` before it was asked.
    pub count: Option<usize>,
    /// What is searched for.
    pub words: String,
    pub found: Vec<SpotifyTrack>,
    /// How the last table was read.
    pub summary: Option<Box<SpotifySummary>>,
    /// The audio features of those of the library's tracks that are in the catalogue.
    pub features: HashMap<TrackId, AudioFeatures>,
}

/// What is asked of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub enum SpotifyCommand {
    /// Reads a table.
    Import(std::path::PathBuf),
    /// Searches for words.
    Find(String),
    /// Matches the library's own tracks with it.
    Match,
}

impl AppState {
    pub(super) fn spotify(&mut self, command: SpotifyCommand) -> Vec<Effect> {
        match command {
            SpotifyCommand::Import(path) => self.once(JobKind::ImportSpotify, JobSpec::ImportSpotify { path }),
            SpotifyCommand::Find(words) => {
                self.spotify.words.clone_from(&words);
                self.find_spotify()
            }
            SpotifyCommand::Match => self.once(JobKind::MatchSpotify, JobSpec::MatchSpotify),
        }
    }

    /// Asks for what the search field says; the answer to an earlier question is no longer awaited.
    pub(super) fn find_spotify(&mut self) -> Vec<Effect> {
        let words = self.spotify.words.clone();
        vec![self.launch(JobKind::FindSpotify, JobSpec::FindSpotify { words, limit: SHOWN })]
    }

    pub(super) fn spotify_imported(&mut self, summary: SpotifySummary) -> Vec<Effect> {
        let severity = if summary.bad > 0 { Severity::Warning } else { Severity::Info };
        self.notices.push(severity, "The Spotify catalogue was read", summary.line());
        self.spotify.summary = Some(Box::new(summary));
        let mut effects = self.find_spotify();
        effects.extend(self.once(JobKind::MatchSpotify, JobSpec::MatchSpotify));
        effects
    }

    pub(super) fn spotify_found(&mut self, words: &str, rows: Vec<SpotifyTrack>, count: usize) {
        self.spotify.count = Some(count);
        if words == self.spotify.words {
            self.spotify.found = rows;
        }
    }

    pub(super) fn spotify_matched(&mut self, found: usize, features: Vec<(TrackId, AudioFeatures)>) {
        self.spotify.features = features.into_iter().collect();
        if found > 0 {
            let text = format!("{found} of your tracks are in the Spotify catalogue");
            self.notices.push(Severity::Info, text, "Their audio features are shown beside recommendations.");
        }
    }
}
