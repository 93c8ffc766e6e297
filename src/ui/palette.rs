//! The command palette: every command by name, with its key.

use egui::text::{CCursor, CCursorRange};
use egui::{Align, Frame, Id, Key, Layout, Margin, Modal, Modifiers, RichText, ScrollArea, TextEdit, Ui};

use crate::domain::Metric;
use crate::state::{
    AnswerTab, AppCommand, AppState, Dialog, EvaluateTab, LabCommand, MarkCommand, PlaylistCommand, PresentCommand,
    Screen,
};

use super::Commands;
use super::theme::{self, SPACE_S};

/// What the palette remembers.
#[derive(Debug, Default)]
pub struct View {
    /// What was typed, while it is open.
    typed: Option<String>,
    chosen: usize,
}

impl View {
    pub fn toggle(&mut self) {
        self.typed = if self.typed.is_some() { None } else { Some(String::new()) };
        self.chosen = 0;
    }

    pub fn is_open(&self) -> bool {
        self.typed.is_some()
    }
}

/// A command with its name and its key.
struct Entry {
    name: String,
    key: &'static str,
    command: AppCommand,
}

/// All that can be asked for now.
fn entries(state: &AppState) -> Vec<Entry> {
    const KEYS: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let entry = |name: &str, key, command| Entry { name: name.to_owned(), key, command };
    let screens = Screen::ALL.into_iter().zip(KEYS);
    let mut entries: Vec<Entry> = screens
        .map(|(screen, key)| entry(&format!("Go to {}", screen.title()), key, AppCommand::Show(screen)))
        .collect();
    entries.extend([
        entry("Present a tour", "F11", AppCommand::Present(PresentCommand::Start)),
        entry("Import files…", "Ctrl O", AppCommand::OpenDialog(Dialog::ImportFiles)),
        entry("Import folders…", "", AppCommand::OpenDialog(Dialog::ImportFolder)),
        entry("Find what sounds like a file…", "", AppCommand::OpenDialog(Dialog::QueryFile)),
        entry("A track at random", "R", AppCommand::SelectRandom),
        entry("Play or pause", "Space", AppCommand::TogglePlay),
        entry("Next track", "", AppCommand::Next),
        entry("Previous track", "", AppCommand::Previous),
        entry("Save this view as a picture…", "", AppCommand::OpenDialog(Dialog::SavePicture)),
        entry("Save the map (picture, drawing, web page or table)…", "", AppCommand::OpenDialog(Dialog::SaveMap)),
        entry("Lay out the map again", "", AppCommand::BuildMap { fresh: true }),
        entry("Show or hide the names of regions", "", AppCommand::ShowRegions(!state.session.show_regions)),
        entry("Show or hide trajectories", "", AppCommand::ShowTrajectories(!state.session.show_trajectories)),
        entry("Undo in the lab", "Ctrl Z", AppCommand::Lab(LabCommand::Undo)),
        entry("Redo in the lab", "Ctrl Shift Z", AppCommand::Lab(LabCommand::Redo)),
        entry("Look into the units", "", AppCommand::ReadUnits),
        entry("Score the models", "", AppCommand::ShowEvaluateTab(EvaluateTab::Scorecard)),
        entry("Listen blind and rate", "", AppCommand::ShowEvaluateTab(EvaluateTab::Listening)),
        entry("The publication's tables", "", AppCommand::ShowEvaluateTab(EvaluateTab::Studies)),
        entry("Choose the library folder…", "", AppCommand::OpenDialog(Dialog::Library)),
    ]);
    for metric in Metric::ALL {
        entries.push(entry(&format!("Compare by {}", metric.title()), "", AppCommand::SetMetric(metric)));
    }
    if state.query.results.is_some() {
        entries.push(entry("Save the playlist…", "", AppCommand::OpenDialog(Dialog::SavePlaylist)));
    }
    entries.extend([
        entry("Show what sounds alike", "", AppCommand::ShowAnswer(AnswerTab::Similar)),
        entry("Show the playlist", "", AppCommand::ShowAnswer(AnswerTab::Playlist)),
        entry("New playlist", "", AppCommand::Playlist(PlaylistCommand::New(Vec::new()))),
        entry("Read a playlist…", "", AppCommand::OpenDialog(Dialog::ImportPlaylist)),
        entry("Undo", "Ctrl Z", AppCommand::Undo),
        entry("Redo", "Ctrl Shift Z", AppCommand::Redo),
    ]);
    let add = |tracks| AppCommand::Playlist(PlaylistCommand::Add { to: None, tracks });
    if !state.table.rows.is_empty() && state.table.rows.len() < state.library.tracks.len() {
        entries.push(entry("Add the tracks found in the table to the playlist", "", add(state.table.rows.clone())));
    }
    if let Some(results) = &state.query.results {
        let tracks = results.items.iter().map(|item| item.track).collect();
        entries.push(entry("Add what sounds alike to the playlist", "", add(tracks)));
    }
    if state.playlists.opened().is_some_and(|playlist| !playlist.tracks.is_empty()) {
        entries.extend([
            entry("Play the playlist", "", AppCommand::Playlist(PlaylistCommand::Play(0))),
            entry("Save the open playlist as…", "", AppCommand::OpenDialog(Dialog::ExportPlaylist)),
            entry("Copy the playlist's files to a folder…", "", AppCommand::OpenDialog(Dialog::CopyFiles)),
        ]);
    }
    if !state.table.search.is_empty() {
        entries.push(entry("Mark all found", "Ctrl M", AppCommand::Mark(MarkCommand::Found)));
    }
    if !state.marks.is_empty() {
        entries.push(entry("Recommend from the marked tracks", "", AppCommand::Mark(MarkCommand::Recommend)));
        entries.push(entry("Take all marks off", "Esc", AppCommand::Mark(MarkCommand::Clear)));
    }
    if let Some(track) = state.selected() {
        entries.push(entry("Add the selected track to the playlist", "P", add(vec![track])));
        entries.push(entry("Mark the selected track", "M", AppCommand::Mark(MarkCommand::Toggle(track))));
        entries.push(entry("Show the selected track in its folder", "", AppCommand::RevealTrack(track)));
    }
    entries
}

/// Whether every word typed is somewhere in the name.
fn fits(name: &str, typed: &str) -> bool {
    let name = name.to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| name.contains(word))
}

/// Draws the palette while it is open.
pub fn show(ui: &Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let Some(mut typed) = view.typed.take() else { return };
    let palette = theme::palette(ui);
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (up, down, enter, escape) =
        (pressed(Key::ArrowUp), pressed(Key::ArrowDown), pressed(Key::Enter), pressed(Key::Escape));
    let frame = Frame::popup(ui.style()).fill(palette.panel).inner_margin(Margin::same(SPACE_S as i8));
    let mut asked = None;
    let modal = Modal::new(Id::unique("palette")).frame(frame).backdrop_color(palette.veil).show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        let edit = TextEdit::singleline(&mut typed).hint_text("What do you want to do?").desired_width(f32::INFINITY);
        let field = edit.show(ui).response.response;
        super::widgets::named(&field, egui::Role::TextInput, || "Command".to_owned());
        if !field.has_focus() {
            field.request_focus();
            let mut edit = egui::TextEdit::load_state(ui.ctx(), field.id).unwrap_or_default();
            edit.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(typed.chars().count()))));
            edit.store(ui.ctx(), field.id);
        }
        if field.changed() {
            view.chosen = 0;
        }
        let found: Vec<Entry> = entries(state).into_iter().filter(|entry| fits(&entry.name, &typed)).collect();
        let last = found.len().saturating_sub(1);
        view.chosen = (view.chosen + usize::from(down)).saturating_sub(usize::from(up)).min(last);
        if found.is_empty() {
            super::widgets::quiet(ui, "There is no such command.");
        }
        let room = (ui.ctx().content_rect().height() * 0.5).max(160.0);
        ScrollArea::vertical().max_height(room).show(ui, |ui| {
            for (index, entry) in found.into_iter().enumerate() {
                let chosen = index == view.chosen;
                let row = ui.with_layout(Layout::top_down_justified(Align::Min), |ui| {
                    let button = egui::Button::selectable(chosen, &entry.name)
                        .shortcut_text(RichText::new(entry.key).color(palette.text_weak));
                    ui.add(button)
                });
                if chosen && (up || down) {
                    row.inner.scroll_to_me(None);
                }
                if row.inner.clicked() || (chosen && enter) {
                    asked = Some(entry.command);
                }
            }
        });
    });
    if let Some(command) = asked {
        commands.push(command);
    } else if !escape && !modal.backdrop_response.clicked() {
        view.typed = Some(typed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_by_any_of_their_words() {
        assert!(fits("Save the map…", "map SAVE"));
        assert!(fits("Save the map…", ""));
        assert!(!fits("Save the map…", "save playlist"));
        let state = AppState::default();
        let names: Vec<String> = entries(&state).into_iter().map(|entry| entry.name).collect();
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len(), "no two commands have one name");
    }
}
