//! Recordings with several versions: what is folded into one, and what is kept apart.

use egui::{Align, Button, Label, Layout, RichText, Role, ScrollArea, Ui};

use crate::domain::{Recording, Version};
use crate::state::{AppCommand, AppState, JobKind};
use crate::ui::theme;
use crate::ui::widgets::{self, count, named};
use crate::ui::{Commands, panel};

/// The list scrolls above this height.
const HEIGHT: f32 = 280.0;

/// Draws the card's inside.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let recordings = &state.library.recordings;
    ui.horizontal(|ui| {
        ui.label(panel::title_text(ui, "Versions of one recording"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let idle = state.jobs.of_kind(&JobKind::FindRecordings).is_none() && !state.read_only;
            let ready = state.library.active_model().is_some_and(|model| model.embedded > 0);
            let look = ui.add_enabled(idle && ready, Button::new("Look for versions"));
            let look = look.on_hover_text(
                "Compares the fingerprints of tracks that sound alike. New tracks are looked at by themselves.",
            );
            if look.on_disabled_hover_text("There is nothing to compare, or it is being done").clicked() {
                commands.push(AppCommand::FindRecordings);
            }
        });
    });
    if recordings.is_empty() {
        widgets::quiet(
            ui,
            "None was found. Other encodes and re-releases of one recording are told by an acoustic fingerprint; one of them \
             then stands for all in recommendations.",
        );
        return;
    }
    let folded: usize = recordings.iter().map(|recording| recording.folded().count()).sum();
    let of = if recordings.len() == 1 { "recording has" } else { "recordings have" };
    widgets::quiet(
        ui,
        format!(
            "{} {of} several versions; {} are folded: the version imported first stands for them in recommendations.",
            count(recordings.len()),
            count(folded)
        ),
    );
    ui.add_space(theme::SPACE_S);
    let lines: usize = recordings.iter().map(|recording| recording.versions.len() + 1).sum();
    let row = theme::CONTROL_HEIGHT;
    let height = ((row + ui.spacing().item_spacing.y) * lines as f32).min(HEIGHT);
    let area = ScrollArea::vertical().id_salt("recordings").min_scrolled_height(height).max_height(height);
    area.auto_shrink([false, true]).show_rows(ui, row, lines, |ui, rows| {
        let lines = recordings.iter().flat_map(|recording| {
            let versions = recording.versions.iter().map(move |version| (recording, Some(*version)));
            std::iter::once((recording, None)).chain(versions)
        });
        for (recording, version) in lines.skip(rows.start).take(rows.len()) {
            match version {
                Some(version) => line(ui, state, recording, version, commands),
                None => heading(ui, state, recording),
            }
        }
    });
}

/// What the recording is.
fn heading(ui: &mut Ui, state: &AppState, recording: &Recording) {
    let stands = recording.together().next().or(recording.versions.first().map(|version| version.track));
    let colour = theme::palette(ui).text_strong;
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        let Some(track) = stands.and_then(|track| state.library.track(track)) else { return };
        let title = format!("{} – {}", track.title(), track.artist());
        ui.add(Label::new(RichText::new(&title).color(colour)).truncate()).on_hover_text(&title);
    });
}

/// A version: its file, and what is done with it.
fn line(ui: &mut Ui, state: &AppState, recording: &Recording, version: Version, commands: &mut Commands) {
    let weak = theme::palette(ui).text_weak;
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        let Some(track) = state.library.track(version.track) else { return };
        let stands = recording.together().next() == Some(version.track);
        ui.add_space(theme::SPACE_M);
        let file = track.path.file_name().unwrap_or_default().to_string_lossy();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (name, hint) = if version.apart {
                ("Fold", "Lets one version stand for all again")
            } else {
                ("Keep apart", "Recommends this version beside the others")
            };
            let button = ui.add_enabled(!state.read_only, Button::new(name)).on_hover_text(hint);
            named(&button, Role::Button, || format!("{name} {file}"));
            if button.clicked() {
                commands.push(AppCommand::KeepApart { tracks: vec![version.track], apart: !version.apart });
            }
            let stand = match (version.apart, stands) {
                (true, _) => "kept apart",
                (false, true) => "stands for them",
                (false, false) => "folded",
            };
            widgets::quiet(ui, stand);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = Label::new(RichText::new(file.as_ref()).color(weak)).truncate();
                ui.add(label).on_hover_text(track.path.display().to_string());
            });
        });
    });
}
