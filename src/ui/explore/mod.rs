//! The explore screen: the library, the map and what sounds alike, side by side, sharing one selection.

mod map;
mod matrix;
mod query;
mod results;
mod table;
mod why;

use egui::{Frame, Margin, Panel, Ui};

use crate::domain::TrackId;
use crate::state::{AppCommand, AppState};

use super::Commands;
use super::theme::{self, SPACE_M, SPACE_S};

/// What the screen remembers.
#[derive(Default)]
pub struct View {
    table: table::View,
    map: map::View,
    query: query::View,
    why: why::View,
    /// The track under the pointer, in the results or on the map.
    hovered: Option<TrackId>,
    widths: Option<(f32, f32)>,
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
    let shown_before = view.hovered.take();
    let left = Panel::left("library")
        .default_size(left)
        .size_range(260.0..=(window * 0.5).max(260.0))
        .frame(frame)
        .show(ui, |ui| table::show(ui, state, &mut view.table, commands));
    let right = Panel::right("results")
        .default_size(right)
        .size_range(320.0..=(window * 0.45).max(320.0))
        .frame(frame)
        .show(ui, |ui| {
            query::show(ui, state, &mut view.query, commands);
            results::show(ui, state, &mut view.why, shown_before, &mut view.hovered, commands);
        });
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

/// Reports the widths of the panels once they were dragged.
fn remember(ui: &Ui, view: &mut View, (left, right): (f32, f32), commands: &mut Commands) {
    if ui.input(|input| input.pointer.any_down()) {
        return;
    }
    let before = view.widths.replace((left, right));
    if before.is_some_and(|before| before != (left, right)) {
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
    let beside = [AppCommand::CompareWith(Some(track)), AppCommand::Show(crate::state::Screen::Inspect)];
    entry(ui, !is_selected, "Compare in Inspect", &beside);
    ui.separator();
    entry(ui, true, "Show in folder", &[AppCommand::RevealTrack(track)]);
    entry(ui, true, "Copy path", &[AppCommand::CopyPath(track)]);
}
