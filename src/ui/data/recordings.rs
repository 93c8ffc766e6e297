//! Recordings with several versions: what is folded into one, and what is kept apart.

use egui::{Align, Button, Label, Layout, RichText, Role, ScrollArea, Ui};

use crate::domain::{Recording, Version};
use crate::state::{AppCommand, AppState, JobKind};
use crate::ui::theme;
use crate::ui::widgets::{self, count, named};
use crate::ui::{Commands, panel};

/// The list scrolls above this height.
const HEIGHT: f32 = 280.0;
/// Room for a button at the end of a line.
const BUTTON: f32 = 96.0;

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
    ScrollArea::vertical().id_salt("recordings").max_height(HEIGHT).auto_shrink([false, true]).show_rows(
        ui,
        theme::CONTROL_HEIGHT,
        recordings.iter().map(|recording| recording.versions.len()).sum(),
        |ui, rows| {
            let lines = recordings
                .iter()
                .flat_map(|recording| recording.versions.iter().map(move |version| (recording, version)));
            for (recording, version) in lines.skip(rows.start).take(rows.len()) {
                line(ui, state, recording, *version, commands);
            }
        },
    );
}

/// A version: its title and file, and what is done with it.
fn line(ui: &mut Ui, state: &AppState, recording: &Recording, version: Version, commands: &mut Commands) {
    let palette = theme::palette(ui);
    let (weak, text) = (palette.text_weak, palette.text);
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        let Some(track) = state.library.track(version.track) else { return };
        let stands = recording.together().next() == Some(version.track);
        let indent = if recording.versions.first() == Some(&version) { 0.0 } else { theme::SPACE_M };
        ui.add_space(indent);
        let file = track.path.file_name().unwrap_or_default().to_string_lossy();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (name, hint) = if version.apart {
                ("Fold", "Lets one version stand for all again")
            } else {
                ("Keep apart", "Recommends this version beside the others")
            };
            let button = ui.add_enabled(!state.read_only, Button::new(name).small()).on_hover_text(hint);
            named(&button, Role::Button, || format!("{name} {file}"));
            if button.clicked() {
                commands.push(AppCommand::KeepApart { tracks: vec![version.track], apart: !version.apart });
            }
            let stand = match (version.apart, stands) {
                (true, _) => "kept apart",
                (false, true) => "stands for them",
                (false, false) => "folded",
            };
            ui.add_sized([BUTTON, theme::CONTROL_HEIGHT], Label::new(RichText::new(stand).small().color(weak)));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let title = format!("{} – {}", track.artist(), track.title());
                let label = Label::new(RichText::new(format!("{title}  ·  {file}")).color(text)).truncate();
                ui.add(label).on_hover_text(track.path.display().to_string());
            });
        });
    });
}
