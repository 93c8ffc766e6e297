//! The Spotify catalogue as the window shows it: what was searched for, what was found, and which of the library's own
//! tracks have audio features.

use std::collections::HashMap;

use super::{AppState, Effect, JobKind, Severity};
use crate::domain::{AudioFeatures, Origin, SpotifyTrack, TrackId};
use crate::jobs::message::{Coverage, FetchSpec, JobSpec, SpotifySummary};

/// Rows that a search shows.
const SHOWN: usize = 100;
/// Tracks that one fetch asks for at most: services are not for whole catalogues.
const LARGEST_FETCH: usize = 20_000;

/// Search, rows and features.
#[derive(Debug, Clone)]
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
    /// Tracks whose sound is not the user's own.
    pub origins: HashMap<TrackId, Origin>,
    /// Whether what services of previews allow was accepted.
    pub terms_accepted: bool,
    /// Whether it is being read: it is shown before the first fetch.
    pub reading_terms: bool,
    /// Tracks that the next fetch asks for at most.
    pub limit: usize,
    /// The links that the fetch is of which waits for the terms; rows of the catalogue where there are none.
    pub links: Vec<String>,
    /// How the last fetch went.
    pub coverage: Option<Box<Coverage>>,
}

impl Default for SpotifyView {
    fn default() -> Self {
        Self {
            count: None,
            words: String::new(),
            found: Vec::new(),
            summary: None,
            features: HashMap::new(),
            origins: HashMap::new(),
            terms_accepted: false,
            reading_terms: false,
            limit: 100,
            links: Vec::new(),
            coverage: None,
        }
    }
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
    /// Tracks that the next fetch asks for at most.
    SetLimit(usize),
    /// Gives tracks with the words of the search their sound; shows what services allow first.
    Fetch,
    /// Accepts what services allow, and fetches.
    AcceptTerms,
    /// Does not.
    DeclineTerms,
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
            SpotifyCommand::SetLimit(limit) => {
                self.spotify.limit = limit.clamp(1, LARGEST_FETCH);
                Vec::new()
            }
            SpotifyCommand::Fetch => self.fetch_once_accepted(Vec::new()),
            SpotifyCommand::AcceptTerms => self.once(JobKind::AcceptTerms, JobSpec::AcceptTerms),
            SpotifyCommand::DeclineTerms => {
                self.spotify.reading_terms = false;
                self.spotify.links.clear();
                Vec::new()
            }
        }
    }

    /// Looks whether there is a catalogue, where that was not done yet.
    pub(super) fn read_spotify(&mut self) -> Vec<Effect> {
        if self.spotify.count.is_none() { self.find_spotify() } else { Vec::new() }
    }

    /// Asks for what the search field says; the answer to an earlier question is no longer awaited.
    pub(super) fn find_spotify(&mut self) -> Vec<Effect> {
        let words = self.spotify.words.clone();
        vec![self.launch(JobKind::FindSpotify, JobSpec::FindSpotify { words, limit: SHOWN })]
    }

    /// Fetches what links lead to, rows of the catalogue where there are none; shows what services allow first.
    pub(super) fn fetch_once_accepted(&mut self, links: Vec<String>) -> Vec<Effect> {
        self.spotify.links = links;
        if self.spotify.terms_accepted {
            return self.fetch_previews();
        }
        self.spotify.reading_terms = true;
        Vec::new()
    }

    fn fetch_previews(&mut self) -> Vec<Effect> {
        let spec = FetchSpec {
            words: self.spotify.words.clone(),
            limit: self.spotify.limit,
            links: std::mem::take(&mut self.spotify.links),
            retry: false,
            addresses: self.settings.addresses.clone(),
        };
        self.once(JobKind::FetchPreviews, JobSpec::FetchPreviews(Box::new(spec)))
    }

    pub(super) fn terms_accepted(&mut self) -> Vec<Effect> {
        self.spotify.terms_accepted = true;
        self.spotify.reading_terms = false;
        self.fetch_previews()
    }

    pub(super) fn previews_fetched(&mut self, coverage: Coverage) -> Vec<Effect> {
        let severity = if coverage.waiting > 0 { Severity::Warning } else { Severity::Info };
        self.notices.push(severity, "Previews were fetched", coverage.line());
        self.spotify.coverage = Some(Box::new(coverage));
        // With the names, origins and features that the new tracks have now.
        vec![self.launch(JobKind::ReadLibrary, JobSpec::ReadLibrary)]
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
