//! The explore screen: the library, the map and what sounds alike, side by side, sharing one selection.

mod features;
mod filter;
mod map;
mod marked;
mod matrix;
mod playlist;
mod playlist_rows;
mod query;
mod results;
mod seeds;
mod table;
mod why;

pub use query::learnt;

use egui::{Frame, Margin, Panel, Ui};

use crate::domain::TrackId;
use crate::state::{AnswerTab, AppCommand, AppState, MarkCommand, PlaylistCommand};

use super::Commands;
use super::theme::{self, SPACE_M, SPACE_S};

/// What the screen remembers.
#[derive(Default)]
pub struct View {
    table: table::View,
    map: map::View,
    query: query::View,
    why: why::View,
    playlist: playlist::View,
    /// The track under the pointer, in the results or on the map.
    hovered: Option<TrackId>,
    /// Widths of the panels before the pointer went down, and whether it is.
    widths: Option<(f32, f32)>,
    held: bool,
}

impl View {
    /// Moves the focus into the search field in the next frame.
    pub fn focus_search(&mut self) {
        self.table.focus_search = true;
    }
}

/// Draws the screen.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(SPACE_M as i8, SPACE_S as i8));
    let window = ui.available_width();
    let left = state.session.left_width.unwrap_or_else(|| (window * 0.3).clamp(330.0, 720.0));
    let right = state.session.right_width.unwrap_or_else(|| (window * 0.29).clamp(350.0, 480.0));
    let (widest_left, widest_right) = widest(window, view.widths.unwrap_or((left, right)));
    let shown_before = view.hovered.take();
    let left = Panel::left("library")
        .default_size(left)
        .size_range(LEFT_LEAST..=widest_left)
        .frame(frame)
        .show(ui, |ui| table::show(ui, state, &mut view.table, commands));
    let mut answer = |ui: &mut Ui, view: &mut View| {
        if state.session.answer == AnswerTab::Playlist {
            playlist::show(ui, state, &mut view.playlist, shown_before, &mut view.hovered, commands);
            return;
        }
        query::show(ui, state, &mut view.query, commands);
        results::show(ui, state, &mut view.why, shown_before, &mut view.hovered, commands);
    };
    // In a window this narrow (a small screen at a large scale) a map would be a sliver.
    if window < LEFT_LEAST + RIGHT_LEAST + MAP_LEAST / 2.0 {
        egui::CentralPanel::no_frame().frame(frame).show(ui, |ui| answer(ui, view));
        return;
    }
    let right = Panel::right("results")
        .default_size(right)
        .size_range(RIGHT_LEAST..=widest_right)
        .frame(frame)
        .show(ui, |ui| answer(ui, view));
    let widths = (left.response.rect.width().round(), right.response.rect.width().round());
    remember(ui, view, widths, commands);
    egui::CentralPanel::no_frame().show(ui, |ui| {
        map::show(ui, state, &mut view.map, &mut view.hovered, commands);
    });
    // What is lit follows one frame later, and without the pointer moving there might be none.
    if view.hovered != shown_before {
        ui.ctx().request_repaint();
    }
}

/// Draws the map alone into `rect`, without its tools.
pub fn map(ui: &mut Ui, rect: egui::Rect, state: &AppState, view: &mut View, commands: &mut Commands) {
    view.hovered = None;
    map::bare(ui, rect, state, &mut view.map, &mut view.hovered, commands);
}

/// Least widths of the library, the results and the map between them.
const LEFT_LEAST: f32 = 260.0;
const RIGHT_LEAST: f32 = 320.0;
const MAP_LEAST: f32 = 300.0;

/// How wide the panels may be at most, so that the map keeps its room in a window that became smaller.
fn widest(window: f32, (left, right): (f32, f32)) -> (f32, f32) {
    let room = window - MAP_LEAST;
    let over = left + right - room;
    if over <= 0.0 {
        return ((room - right).max(LEFT_LEAST), (room - left).max(RIGHT_LEAST));
    }
    // Both give way, each by its share of what can be given.
    let (spare_left, spare_right) = ((left - LEFT_LEAST).max(0.0), (right - RIGHT_LEAST).max(0.0));
    let share = (over / (spare_left + spare_right).max(1.0)).min(1.0);
    ((left - share * spare_left).max(LEFT_LEAST), (right - share * spare_right).max(RIGHT_LEAST))
}

/// Reports the widths of the panels once they were dragged; those that a smaller window forced on them are not the
/// user's wish.
fn remember(ui: &Ui, view: &mut View, (left, right): (f32, f32), commands: &mut Commands) {
    if ui.input(|input| input.pointer.any_down()) {
        view.held = true;
        view.widths = view.widths.or(Some((left, right)));
        return;
    }
    let let_go = std::mem::take(&mut view.held);
    let before = view.widths.replace((left, right));
    if let_go && before.is_some_and(|before| before != (left, right)) {
        commands.push(AppCommand::SetPanelWidths { left, right });
    }
}

/// What can be done with a track, wherever it is shown.
fn track_menu(ui: &mut Ui, state: &AppState, track: TrackId, commands: &mut Commands) {
    let is_seed = state.query.seeds.contains(&track);
    let is_selected = state.selected() == Some(track);
    let mut entry = |ui: &mut Ui, enabled: bool, name: &str, asked: &[AppCommand]| {
        if ui.add_enabled(enabled, egui::Button::new(name)).clicked() {
            asked.iter().for_each(|command| commands.push(command.clone()));
            ui.close();
        }
    };
    entry(ui, true, "Play", &[AppCommand::PlayTrack(track)]);
    entry(ui, !is_selected, "Find what sounds like this", &[AppCommand::Select(track)]);
    let name = if is_seed { "Take out of the query" } else { "Add to the query" };
    entry(ui, !is_selected, name, &[AppCommand::ToggleSeed(track)]);
    entry(ui, !is_selected && state.selected().is_some(), "Less like this", &[AppCommand::LessLike(track)]);
    let beside = [AppCommand::CompareWith(Some(track)), AppCommand::Show(crate::state::Screen::Inspect)];
    entry(ui, !is_selected, "Compare in Inspect", &beside);
    let walk = [AppCommand::Playlist(PlaylistCommand::WalkTo(track))];
    entry(ui, !is_selected && state.selected().is_some(), "Walk here from the selected track", &walk);
    ui.separator();
    let add = |to| [AppCommand::Playlist(PlaylistCommand::Add { to, tracks: vec![track] })];
    let name = match state.playlists.opened() {
        Some(playlist) => format!("Add to {}", shortened(&playlist.name)),
        None => "Add to a new playlist".to_owned(),
    };
    entry(ui, true, &name, &add(None));
    if !state.playlists.all.is_empty() {
        ui.menu_button("Add to another playlist", |ui| {
            for playlist in &state.playlists.all {
                entry(ui, true, &shortened(&playlist.name), &add(Some(playlist.id)));
            }
            entry(ui, true, "New playlist", &[AppCommand::Playlist(PlaylistCommand::New(vec![track]))]);
        });
    }
    if state.library.hidden.contains(&track) {
        entry(ui, true, "Recommend again", &[AppCommand::Unhide(vec![track])]);
    } else {
        entry(ui, true, "Never recommend again", &[AppCommand::Hide(track)]);
    }
    if let Some(recording) = state.library.recording(track) {
        let apart = recording.versions.iter().any(|version| version.track == track && version.apart);
        let name = if apart { "Fold with its other versions" } else { "Keep apart from its other versions" };
        entry(ui, !state.read_only, name, &[AppCommand::KeepApart { tracks: vec![track], apart: !apart }]);
    }
    let name = if state.marks.contains(track) { "Take the mark off" } else { "Mark" };
    entry(ui, true, name, &[AppCommand::Mark(MarkCommand::Toggle(track))]);
    ui.separator();
    entry(ui, true, "Show in folder", &[AppCommand::RevealTrack(track)]);
    entry(ui, true, "Copy path", &[AppCommand::CopyPath(track)]);
}

/// A name that fits into a menu.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 32;
    if name.chars().count() <= LONGEST {
        name.to_owned()
    } else {
        name.chars().take(LONGEST - 1).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_keeps_its_room_when_the_window_shrinks() {
        assert_eq!(widest(1_600.0, (480.0, 460.0)), (840.0, 820.0), "a panel may take what the other leaves");
        let (left, right) = widest(1_024.0, (720.0, 480.0));
        assert!((1_024.0 - left - right - MAP_LEAST).abs() < 0.1 && left > LEFT_LEAST && right > RIGHT_LEAST);
        assert_eq!(widest(700.0, (400.0, 400.0)), (LEFT_LEAST, RIGHT_LEAST));
    }
}
