//! The Spotify catalogue on the data screen: its table read in, searched, and matched with the library.

use egui::{Align, Layout, RichText, ScrollArea, TextEdit, Ui};

use crate::domain::SpotifyTrack;
use crate::state::{AppCommand, AppState, Dialog, JobKind, SpotifyCommand};

use super::{Commands, panel, theme, widgets};

/// Height of the list of rows.
const LIST: f32 = 220.0;
const ROW: f32 = 24.0;

/// Draws the card's inside.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let view = &state.spotify;
    let count = view.count.unwrap_or(0);
    let reading = state.jobs.of_kind(&JobKind::ImportSpotify);
    let matching = state.jobs.of_kind(&JobKind::MatchSpotify);
    ui.horizontal(|ui| {
        ui.label(panel::title_text(ui, "Spotify catalogue"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let read = ui.add_enabled(reading.is_none() && !state.read_only, egui::Button::new("Read a table…"));
            if read.on_hover_text("A table of Spotify tracks with audio features: tracks_features.csv").clicked() {
                commands.push(AppCommand::OpenDialog(Dialog::ImportSpotify));
            }
            let idle = matching.is_none() && !state.read_only && count > 0 && !state.library.tracks.is_empty();
            let about = "Finds your own tracks in the catalogue, by title, artist and length";
            if ui.add_enabled(idle, egui::Button::new("Match my tracks")).on_hover_text(about).clicked() {
                commands.push(AppCommand::Spotify(SpotifyCommand::Match));
            }
        });
    });
    if count == 0 && reading.is_none() {
        widgets::quiet(
            ui,
            "A table of tracks with Spotify's own audio features, such as the 1.2 million rows of tracks_features.csv. Valence, \
             energy, tempo and the like are then shown beside recommendations; no network ever learns from them.",
        );
        return;
    }
    widgets::quiet(
        ui,
        format!(
            "{} rows; {} of your {} tracks are among them. The features are shown beside recommendations; no network ever \
             learns from them.",
            widgets::count(count),
            widgets::count(view.features.len()),
            widgets::count(state.library.tracks.len()),
        ),
    );
    for (id, job) in [reading, matching].into_iter().flatten() {
        ui.add_space(theme::SPACE_S);
        panel::job(ui, id, job, &state.jobs, commands);
    }
    if let Some(summary) = &view.summary
        && summary.bad > 0
    {
        let title = format!("Rows that could not be read: {}", widgets::count(summary.bad));
        egui::CollapsingHeader::new(RichText::new(title).color(theme::palette(ui).warning)).id_salt("bad rows").show(
            ui,
            |ui| {
                for (line, reason) in &summary.told {
                    ui.add(egui::Label::new(RichText::new(format!("Line {line}: {reason}")).small()).truncate());
                }
                if summary.bad > summary.told.len() {
                    widgets::quiet(ui, format!("and {} more", summary.bad - summary.told.len()));
                }
            },
        );
    }
    ui.add_space(theme::SPACE_S);
    let mut words = view.words.clone();
    let field = TextEdit::singleline(&mut words).hint_text("Search the catalogue").desired_width(f32::INFINITY);
    let field = ui.add(field);
    widgets::named(&field, egui::Role::TextInput, || "Search the catalogue".to_owned());
    if field.changed() {
        commands.push(AppCommand::Spotify(SpotifyCommand::Find(words)));
    }
    ui.add_space(theme::SPACE_XS);
    if view.found.is_empty() {
        widgets::quiet(ui, "No row has all of these words.");
        return;
    }
    let spacing = ui.spacing().item_spacing.y;
    ScrollArea::vertical().id_salt("rows").max_height(LIST).auto_shrink([false, true]).show_rows(
        ui,
        ROW - spacing,
        view.found.len(),
        |ui, rows| {
            for row in view.found.get(rows).unwrap_or_default() {
                line(ui, row, ROW - spacing);
            }
        },
    );
}

fn line(ui: &mut Ui, row: &SpotifyTrack, height: f32) {
    ui.allocate_ui_with_layout(egui::vec2(ui.available_width(), height), Layout::right_to_left(Align::Center), |ui| {
        let tempo = row.features.tempo.map_or_else(String::new, |tempo| format!(" · {tempo:.0} BPM"));
        widgets::quiet(ui, format!("{}{tempo}", widgets::clock(f64::from(row.duration_ms) / 1_000.0)));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let title = if row.title.is_empty() { "(no title)" } else { &row.title };
            let text = format!("{title} · {}", row.artist());
            ui.add(egui::Label::new(&text).truncate()).on_hover_text(format!("{text}\n{}", row.album));
        });
    });
}
