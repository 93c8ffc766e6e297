//! What is asked about and how: each change asks anew.

use std::path::PathBuf;

use super::history::{Change, Changed};
use super::{AnswerTab, AppState, Effect, ExplanationView, JobKind, Screen};
use crate::domain::{Filter, Metric, Span, TrackId};
use crate::jobs::message::{ExplainQuery, ExplainSpec, JobSpec, Query, RecommendSpec};
use crate::settings::Settings;

impl AppState {
    pub(super) fn select(&mut self, track: TrackId) -> Vec<Effect> {
        let mut effects = vec![Effect::SaveSession];
        let changed = self.session.selected != Some(track);
        self.session.selected = Some(track);
        if changed {
            let grid = self.grid();
            let range = self.library.track(track).and_then(|track| track.span_on(grid, Span::Preview, usize::MAX));
            self.session.segment = range.map_or(0, |range| range.start);
            self.query.seeds.retain(|seed| *seed != track);
            self.query.weights.remove(&track);
        }
        let file = self.query.file.take();
        if self.session.screen == Screen::Inspect {
            effects.extend(self.inspect_selected());
        }
        if changed || self.query.results.is_none() || file.is_some() {
            effects.extend(self.recommend());
        }
        effects
    }

    pub(super) fn select_step(&mut self, step: isize) -> Vec<Effect> {
        let rows = &self.table.rows;
        let at = self.session.selected.and_then(|track| self.table.position(track));
        let next = match at {
            Some(at) => at.saturating_add_signed(step).min(rows.len().saturating_sub(1)),
            None => 0,
        };
        rows.get(next).copied().map_or_else(Vec::new, |track| self.select(track))
    }

    pub(super) fn select_random(&mut self) -> Vec<Effect> {
        use rand::seq::IndexedRandom;
        let track = self.table.rows.choose(&mut rand::rng()).copied();
        track.map_or_else(Vec::new, |track| self.select(track))
    }

    /// The tracks asked about: the selected one first.
    pub fn seeds(&self) -> Vec<TrackId> {
        self.selected().into_iter().chain(self.query.seeds.iter().copied()).collect()
    }

    pub(super) fn toggle_seed(&mut self, track: TrackId) -> Vec<Effect> {
        if self.session.selected == Some(track) {
            return Vec::new();
        }
        if self.query.seeds.contains(&track) {
            self.query.seeds.retain(|seed| *seed != track);
            self.query.weights.remove(&track);
        } else {
            self.query.seeds.push(track);
        }
        self.query.file = None;
        self.recommend()
    }

    /// Something has to be asked for that is not this, so there is a selected track.
    pub(super) fn less_like(&mut self, track: TrackId) -> Vec<Effect> {
        /// As far away as half of what the query draws near.
        const WEIGHT: f32 = -0.5;
        if self.selected().is_none_or(|selected| selected == track) {
            return Vec::new();
        }
        if !self.query.seeds.contains(&track) {
            self.query.seeds.push(track);
        }
        self.query.weights.insert(track, WEIGHT);
        self.query.file = None;
        self.recommend()
    }

    pub(super) fn recommend(&mut self) -> Vec<Effect> {
        let mut weights = Vec::new();
        let query = match &self.query.file {
            Some(file) => Query::File(file.clone()),
            None => {
                let seeds = self.seeds();
                if seeds.is_empty() || self.library.active_model().is_none_or(|model| model.embedded == 0) {
                    return Vec::new();
                }
                if seeds.len() > 1 {
                    weights = seeds.iter().map(|seed| self.query.weight(*seed)).collect();
                }
                Query::Tracks(seeds)
            }
        };
        let spec = RecommendSpec {
            query,
            weights,
            metric: self.query.metric,
            top: self.settings.top,
            per_artist: self.settings.per_artist,
            span: self.settings.span,
            blend: self.query.blend,
            filter: self.query.filter.clone(),
            device: self.settings.device,
        };
        self.query.explanation = None;
        self.replace(JobKind::Recommend, JobSpec::Recommend(spec))
    }

    pub(super) fn recommend_file(&mut self, path: PathBuf) -> Vec<Effect> {
        self.query.file = Some(path);
        self.query.seeds.clear();
        self.session.screen = Screen::Explore;
        self.session.answer = AnswerTab::Similar;
        self.recommend()
    }

    pub(super) fn set_metric(&mut self, metric: Metric) -> Vec<Effect> {
        self.change_settings(Settings { metric, ..self.settings.clone() })
    }

    pub(super) fn set_blend(&mut self, weights: [f32; 4]) -> Vec<Effect> {
        self.change_settings(Settings { blend: weights, learnt: None, ..self.settings.clone() })
    }

    pub(super) fn set_filter(&mut self, filter: Filter) -> Vec<Effect> {
        if self.query.filter == filter {
            return Vec::new();
        }
        self.query.filter = filter;
        self.recommend()
    }

    pub(super) fn hide(&mut self, tracks: Vec<TrackId>, hidden: bool) -> Vec<Effect> {
        let tracks: Vec<TrackId> =
            tracks.into_iter().filter(|track| self.library.hidden.contains(track) != hidden).collect();
        if tracks.is_empty() {
            return Vec::new();
        }
        let what = if hidden { "Never recommend" } else { "Recommend again" };
        self.history
            .note(Change { what: what.to_owned(), data: Changed::Hidden { tracks: tracks.clone(), hidden } }, false);
        self.set_hidden(tracks, hidden)
    }

    pub(super) fn set_hidden(&mut self, tracks: Vec<TrackId>, hidden: bool) -> Vec<Effect> {
        vec![self.launch(JobKind::Hide, JobSpec::Hide { tracks, hidden })]
    }

    pub(super) fn explain(&mut self, target: Option<TrackId>) -> Vec<Effect> {
        let Some(target) = target else {
            self.query.explanation = None;
            return Vec::new();
        };
        let query = match (&self.query.file_query, self.explained_query()) {
            (Some(file), _) => ExplainQuery::File(file.clone()),
            (None, Some(track)) => ExplainQuery::Track(track),
            (None, None) => return Vec::new(),
        };
        self.query.explanation = Some(ExplanationView { target, output: None, pair: (0, 0) });
        self.replace(JobKind::Explain, JobSpec::Explain(ExplainSpec { query, target, span: self.settings.span }))
    }
}
