//! Sound for the catalogue on the data screen: what services allow, a fetch, and what came of it.

use std::time::{SystemTime, UNIX_EPOCH};

use egui::{DragValue, RichText, Ui};

use crate::domain::Outcome;
use crate::jobs::message::{Coverage, TERMS, resting};
use crate::state::{AppCommand, AppState, JobKind, SpotifyCommand};

use super::{Commands, panel, theme, widgets};

/// Draws the card's inside.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let view = &state.spotify;
    panel::title(ui, "Previews");
    if view.reading_terms && !view.terms_accepted && view.links.is_empty() {
        terms(ui, commands);
        return;
    }
    let words = view.words.trim();
    widgets::quiet(
        ui,
        if words.is_empty() {
            "Gives tracks from all over the catalogue their sound: your own files where they are among them, else 30 s from \
             Deezer or iTunes. Search above to fetch certain ones."
                .to_owned()
        } else {
            format!("Gives tracks with “{words}” their sound: your own files, else 30 s from Deezer or iTunes.")
        },
    );
    ui.add_space(theme::SPACE_S);
    let fetching = state.jobs.of_kind(&JobKind::FetchPreviews);
    ui.horizontal(|ui| {
        if ui.add_enabled(fetching.is_none() && !state.read_only, egui::Button::new("Fetch previews")).clicked() {
            commands.push(AppCommand::Spotify(SpotifyCommand::Fetch));
        }
        let mut limit = view.limit;
        ui.label("of at most");
        let field = ui.add(DragValue::new(&mut limit).range(1..=20_000).suffix(" tracks"));
        if field.accessible_name("Tracks to fetch").changed() {
            commands.push(AppCommand::Spotify(SpotifyCommand::SetLimit(limit)));
        }
    });
    if let Some((id, job)) = fetching {
        ui.add_space(theme::SPACE_S);
        panel::job(ui, id, job, &state.jobs, commands);
    }
    if let Some(coverage) = &view.coverage {
        ui.add_space(theme::SPACE_S);
        outcome(ui, coverage);
    }
}

/// What services allow, to be accepted or not.
pub(super) fn terms(ui: &mut Ui, commands: &mut Commands) {
    for line in TERMS.lines() {
        ui.label(line.trim());
    }
    ui.add_space(theme::SPACE_S);
    ui.horizontal(|ui| {
        if widgets::primary(ui, "Accept and fetch").clicked() {
            commands.push(AppCommand::Spotify(SpotifyCommand::AcceptTerms));
        }
        if ui.button("Not now").clicked() {
            commands.push(AppCommand::Spotify(SpotifyCommand::DeclineTerms));
        }
    });
}

/// What a fetch came to.
pub(super) fn outcome(ui: &mut Ui, coverage: &Coverage) {
    ui.label(coverage.line());
    for (outcome, count) in &coverage.outcomes {
        if *outcome != Outcome::Preview {
            let share = *count as f64 * 100.0 / coverage.asked.max(1) as f64;
            widgets::quiet(ui, format!("{} ({share:.0} %) {}", widgets::count(*count), outcome.title()));
        }
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    for (service, until) in &coverage.rests {
        let left = until - i64::try_from(now).unwrap_or(i64::MAX);
        if left > 0 {
            ui.label(RichText::new(resting(service, left)).color(theme::palette(ui).warning));
        }
    }
}
