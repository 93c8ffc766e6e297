//! The data screen: the library, what is being added to it, and what could not be.

mod datasets;
mod links;
mod recordings;
mod work;

use std::collections::BTreeSet;

use egui::{RichText, ScrollArea, Ui};

use crate::domain::Span;
use crate::jobs::message::FailedFile;
use crate::state::{AppCommand, AppState, Dialog, JobKind};

use super::panel::Part;
use super::{Commands, catalogue, folders, panel, previews, theme, widgets};

/// Formats that decode, by the names people know.
const FORMATS: &str = "MP3 · FLAC · WAV · AIFF · Ogg Vorbis · Opus · M4A (AAC and ALAC) · WebM and Matroska · CAF";
/// Tracks of a list that are named; the rest is counted.
const NAMED: usize = 50;

/// Draws the screen.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let about = "The music that Songline knows. Files stay where they are and are never changed.";
    // Where all went well there is nothing else for the second half of the page.
    let troubled = !state.library.failures.is_empty()
        || state.library.tracks.iter().any(|track| track.damaged_packets > 0 || track.span(Span::Preview).is_none());
    panel::page(ui, "Data", about, |ui, part| match part {
        Part::First => {
            panel::card(ui, |ui| library(ui, state));
            if troubled {
                panel::card(ui, |ui| add(ui, state, commands));
            }
            panel::card(ui, |ui| work::show(ui, state, commands));
            if !state.library.tracks.is_empty() {
                panel::card(ui, |ui| recordings::show(ui, state, commands));
            }
        }
        Part::Third => panel::card(ui, |ui| datasets::show(ui, state, commands)),
        Part::Second => {
            if !troubled {
                panel::card(ui, |ui| add(ui, state, commands));
            }
            panel::card(ui, |ui| folders::show(ui, state, commands));
            panel::card(ui, |ui| catalogue::show(ui, state, commands));
            if state.spotify.count.is_some_and(|count| count > 0) {
                panel::card(ui, |ui| previews::show(ui, state, commands));
            }
            panel::card(ui, |ui| links::show(ui, state, commands));
            failures(ui, state, commands);
            too_short(ui, state);
            damaged(ui, state);
        }
    });
}

fn library(ui: &mut Ui, state: &AppState) {
    let library = &state.library;
    panel::title(ui, "Library");
    if !library.loaded {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label("Reading the library");
        });
        return;
    }
    let tracks = &library.tracks;
    // The sum of nothing is -0.
    let hours = tracks.iter().map(|track| track.duration_s).fold(0.0, |sum, seconds| sum + seconds) / 3_600.0;
    let artists: BTreeSet<&str> = tracks.iter().filter_map(|track| track.tags.artist.as_deref()).collect();
    let genres: BTreeSet<&str> = tracks.iter().filter_map(|track| track.tags.genre.as_deref()).collect();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 36.0;
        panel::figure(ui, thousands(tracks.len()), if tracks.len() == 1 { "track" } else { "tracks" });
        panel::figure(ui, format!("{hours:.1}"), "hours");
        panel::figure(ui, thousands(artists.len()), if artists.len() == 1 { "artist" } else { "artists" });
        panel::figure(ui, thousands(genres.len()), if genres.len() == 1 { "genre" } else { "genres" });
        if let Some(model) = library.active_model() {
            panel::figure(ui, thousands(model.embedded), &format!("embedded by {}", model.name));
        }
    });
    ui.add_space(theme::SPACE_S);
    path(ui, "Folder", &library.root.display().to_string());
}

fn add(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    panel::title(ui, "Add music");
    let demo_running = state.jobs.of_kind(&JobKind::Demo).is_some();
    ui.horizontal_wrapped(|ui| {
        if state.read_only {
            ui.disable();
        }
        if widgets::primary(ui, "Add folder…").clicked() {
            commands.push(AppCommand::OpenDialog(Dialog::ImportFolder));
        }
        if ui.button("Add files…").on_hover_text("Add audio files (Ctrl O)").clicked() {
            commands.push(AppCommand::OpenDialog(Dialog::ImportFiles));
        }
        let demo = ui.add_enabled(!demo_running, egui::Button::new("Make the demo library"));
        let about = "Composes short pieces in several styles on this computer: no network, no licences.";
        if demo.on_hover_text(about).clicked() {
            commands.push(AppCommand::MakeDemo);
        }
    });
    ui.add_space(theme::SPACE_S);
    widgets::quiet(
        ui,
        format!(
            "What works: {FORMATS}. Folders are searched all the way down; files that are there already are skipped. Files and folders can be dropped on the window, too."
        ),
    );
}

fn failures(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let failures = &state.library.failures;
    if failures.is_empty() {
        return;
    }
    panel::card(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(panel::title_text(ui, format!("Could not be read: {}", files(failures.len()))));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let idle = state.jobs.of_kind(&JobKind::Import).is_none() && !state.read_only;
                if ui.add_enabled(idle, egui::Button::new("Retry all")).clicked() {
                    commands.push(AppCommand::RetryFailed);
                }
                if ui.button("Copy list").clicked() {
                    let lines =
                        failures.iter().map(|failure| format!("{}\t{}", failure.path.display(), failure.reason));
                    ui.ctx().copy_text(lines.collect::<Vec<_>>().join("\n"));
                }
            });
        });
        widgets::quiet(ui, "They are left out until they are retried, or changed and added again.");
        ui.add_space(theme::SPACE_S);
        let row = 40.0;
        let height = (row * failures.len() as f32).min(280.0);
        ScrollArea::vertical().id_salt("failures").max_height(height).auto_shrink([false, true]).show_rows(
            ui,
            row - ui.spacing().item_spacing.y,
            failures.len(),
            |ui, rows| {
                for failure in failures.get(rows).unwrap_or_default() {
                    failed_file(ui, failure, row - ui.spacing().item_spacing.y);
                }
            },
        );
    });
}

fn failed_file(ui: &mut Ui, failure: &FailedFile, height: f32) {
    ui.allocate_ui_with_layout(
        egui::vec2(ui.available_width(), height),
        egui::Layout::right_to_left(egui::Align::Center),
        |ui| {
            let path = failure.path.display().to_string();
            let name =
                failure.path.file_name().map_or_else(|| path.clone(), |name| name.to_string_lossy().into_owned());
            if ui.button("Copy path").accessible_name(format!("Copy path of {name}")).clicked() {
                ui.ctx().copy_text(path.clone());
            }
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.add(egui::Label::new(name).truncate()).on_hover_text(path);
                let reason = RichText::new(&failure.reason).small().color(theme::palette(ui).warning);
                ui.add(egui::Label::new(reason).truncate()).on_hover_text(&failure.reason);
            });
        },
    );
}

fn too_short(ui: &mut Ui, state: &AppState) {
    let short = || state.library.tracks.iter().filter(|track| track.span(Span::Preview).is_none());
    let count = short().count();
    if count == 0 {
        return;
    }
    panel::card(ui, |ui| {
        panel::title(ui, &format!("Too short for preview mode: {}", tracks(count)));
        let what = match state.settings.span {
            Span::Preview => {
                "They take no part in search, map and training, because preview mode compares 30 s of each track. Whole-track mode, under Settings, takes any length from 4 s up."
            }
            Span::Whole => "Whole-track mode is on: they take part, from 4 s up. In preview mode they would not.",
        };
        widgets::quiet(ui, what);
        let lines = short()
            .take(NAMED)
            .map(|track| format!("{} · {} · {:.1} s", track.title(), track.artist(), track.duration_s));
        list(ui, "short", lines.collect(), count);
    });
}

fn damaged(ui: &mut Ui, state: &AppState) {
    let damaged = || state.library.tracks.iter().filter(|track| track.damaged_packets > 0);
    let count = damaged().count();
    if count == 0 {
        return;
    }
    panel::card(ui, |ui| {
        panel::title(ui, &format!("Damaged in places: {}", tracks(count)));
        widgets::quiet(ui, "Broken packets were skipped; the rest of each track is analysed and used.");
        let lines = damaged().take(NAMED).map(|track| {
            let packets = match track.damaged_packets {
                1 => "1 packet".to_owned(),
                packets => format!("{packets} packets"),
            };
            format!("{} · {} · {packets} skipped", track.title(), track.artist())
        });
        list(ui, "damaged", lines.collect(), count);
    });
}

/// Lines that fold out; what is beyond [`NAMED`] is counted.
fn list(ui: &mut Ui, salt: &str, lines: Vec<String>, count: usize) {
    egui::CollapsingHeader::new("Show them").id_salt(salt).show_unindented(ui, |ui| {
        for line in &lines {
            ui.add(egui::Label::new(line).truncate());
        }
        if count > lines.len() {
            widgets::quiet(ui, format!("and {} more", count - lines.len()));
        }
    });
}

/// A path with a button that copies it.
pub fn path(ui: &mut Ui, name: &str, path: &str) {
    ui.horizontal(|ui| {
        widgets::quiet(ui, name);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Copy").accessible_name(format!("Copy {}", name.to_lowercase())).clicked() {
                ui.ctx().copy_text(path.to_owned());
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(path).monospace()).truncate()).on_hover_text(path);
            });
        });
    });
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{} files", thousands(count)) }
}

fn tracks(count: usize) -> String {
    if count == 1 { "1 track".to_owned() } else { format!("{} tracks", thousands(count)) }
}

/// A count with a comma between thousands.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_090_000), "1,090,000");
        assert_eq!((files(1), tracks(2)), ("1 file".to_owned(), "2 tracks".to_owned()));
    }
}
