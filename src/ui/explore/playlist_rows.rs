//! The rows of a playlist: chosen, moved, removed and played by pointer and by key.

use std::collections::BTreeSet;

use egui::{
    Align2, CornerRadius, EventFilter, Key, Modifiers, Rect, Role, ScrollArea, Sense, Stroke, TextStyle, Ui,
    WidgetInfo, vec2,
};

use crate::domain::{Playlist, TrackId};
use crate::state::{AppCommand, AppState, Choose, PlaylistCommand};
use crate::ui::Commands;
use crate::ui::theme::{self, RADIUS_M, SPACE_S, SPACE_XS};
use crate::ui::widgets::{clock, paint_text, quiet};

use super::track_menu;

/// Height of a row.
const ROW: f32 = 44.0;
/// Width of its number.
const NUMBER: f32 = 30.0;
/// Width of tempo, key and length.
const FIGURES: f32 = 116.0;

/// What the rows remember.
#[derive(Debug, Default)]
pub struct View {
    /// The rows that are dragged, and the row they would come before.
    drag: Option<(BTreeSet<usize>, usize)>,
    /// The row that was chosen last, as last drawn: where it moves it is scrolled into view.
    at: usize,
}

/// Draws the rows. `lit` is the track under the pointer elsewhere; `hovered` takes the one under the pointer here.
pub fn show(
    ui: &mut Ui,
    state: &AppState,
    playlist: &Playlist,
    view: &mut View,
    lit: Option<TrackId>,
    hovered: &mut Option<TrackId>,
    commands: &mut Commands,
) {
    let palette = theme::palette(ui);
    let count = playlist.tracks.len();
    let list = ui.scope_id().with("playlist rows");
    let all = ui.available_rect_before_wrap();
    let ground = ui.interact(all, list, Sense::click());
    ground.widget_info(|| WidgetInfo::labeled(Role::List, true, format!("Tracks of {}", playlist.name)));
    if ground.clicked() {
        ground.request_focus();
    }
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(list, filter));
    if ui.memory(|memory| memory.has_focus(list)) {
        keys(ui, state, count, commands);
    }
    let moved = std::mem::replace(&mut view.at, state.playlists.at) != state.playlists.at;
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().id_salt(("playlist", playlist.id.0)).auto_shrink(false);
    if moved && view.drag.is_none() {
        let y = state.playlists.at as f32 * ROW;
        let offset: f32 = ui.data(|data| data.get_temp(list)).unwrap_or(0.0);
        let room = all.height() - ROW;
        area = area.vertical_scroll_offset(offset.clamp((y - room).max(0.0), y));
    }
    let drawn = area.show_rows(ui, ROW, count, |ui, range| {
        let top = ui.max_rect().top() - range.start as f32 * ROW;
        for row in range {
            one(ui, state, playlist, row, list, view, lit, hovered, commands);
        }
        drag(ui, top, count, view, commands);
        if let Some((_, to)) = &view.drag {
            let y = top + *to as f32 * ROW;
            ui.painter().hline(ui.max_rect().x_range(), y, Stroke::new(2.0, palette.accent));
        }
    });
    ui.data_mut(|data| data.insert_temp(list, drawn.state.clamped_offset().y));
}

/// Keys of the list while it has the focus.
fn keys(ui: &Ui, state: &AppState, count: usize, commands: &mut Commands) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let mut ask = |command| commands.push(AppCommand::Playlist(command));
    let at = state.playlists.at;
    for (key, step) in [(Key::ArrowUp, -1_isize), (Key::ArrowDown, 1)] {
        if pressed(Modifiers::ALT, key) {
            ask(PlaylistCommand::MoveChosen(step));
        }
        let next = if state.playlists.chosen.is_empty() { 0 } else { at.saturating_add_signed(step).min(count - 1) };
        if pressed(Modifiers::SHIFT, key) {
            ask(PlaylistCommand::Choose(next, Choose::Through));
        } else if pressed(Modifiers::NONE, key) {
            ask(PlaylistCommand::Choose(next, Choose::Only));
        }
    }
    if pressed(Modifiers::NONE, Key::Delete) || pressed(Modifiers::NONE, Key::Backspace) {
        ask(PlaylistCommand::RemoveChosen);
    }
    if pressed(Modifiers::COMMAND, Key::A) {
        ask(PlaylistCommand::ChooseAll);
    }
    if pressed(Modifiers::NONE, Key::Enter) {
        ask(PlaylistCommand::Play(at.min(count - 1)));
    }
    if pressed(Modifiers::NONE, Key::Space) {
        commands.push(AppCommand::TogglePlay);
    }
}

/// Follows the pointer while rows are dragged, and moves them once it is let go.
fn drag(ui: &Ui, top: f32, count: usize, view: &mut View, commands: &mut Commands) {
    /// How near the edge the list begins to scroll, and how far it goes in a frame.
    const EDGE: f32 = 24.0;
    const SPEED: f32 = 8.0;
    let Some((_, to)) = &mut view.drag else { return };
    let (pointer, down) = ui.input(|input| (input.pointer.latest_pos(), input.pointer.any_down()));
    if let Some(pointer) = pointer {
        *to = (((pointer.y - top) / ROW).round().max(0.0) as usize).min(count);
        let clip = ui.clip_rect();
        let beyond = if pointer.y < clip.top() + EDGE {
            SPEED
        } else if pointer.y > clip.bottom() - EDGE {
            -SPEED
        } else {
            0.0
        };
        if beyond != 0.0 && down {
            ui.scroll_with_delta(vec2(0.0, beyond));
            ui.ctx().request_repaint();
        }
    }
    if !down && let Some((rows, to)) = view.drag.take() {
        commands.push(AppCommand::Playlist(PlaylistCommand::Move { rows, to }));
    }
}

#[expect(clippy::too_many_arguments, reason = "one row needs what the list knows and what it tells back")]
fn one(
    ui: &mut Ui,
    state: &AppState,
    playlist: &Playlist,
    row: usize,
    list: egui::Id,
    view: &mut View,
    lit: Option<TrackId>,
    hovered: &mut Option<TrackId>,
    commands: &mut Commands,
) {
    let palette = theme::palette(ui);
    let id = playlist.tracks[row];
    let scroll = ui.spacing().scroll.allocated_width();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - scroll, ROW), Sense::click_and_drag());
    let chosen = state.playlists.chosen.contains(&row);
    let track = state.library.track(id);
    let name = track.map_or_else(
        || "A track that is not in the library".to_owned(),
        |track| format!("{} by {}", track.title(), track.artist()),
    );
    let label = format!("Row {}: {name}", row + 1);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, chosen, &label));
    if response.contains_pointer() && view.drag.is_none() {
        *hovered = Some(id);
    }
    let ask = |command| AppCommand::Playlist(command);
    if response.double_clicked() {
        commands.push(ask(PlaylistCommand::Play(row)));
    } else if response.clicked() {
        let (adds, through) = ui.input(|input| (input.modifiers.command, input.modifiers.shift));
        let how = if through {
            Choose::Through
        } else if adds {
            Choose::Toggle
        } else {
            Choose::Only
        };
        commands.push(ask(PlaylistCommand::Choose(row, how)));
        ui.memory_mut(|memory| memory.request_focus(list));
    }
    if response.drag_started() {
        let rows = if chosen { state.playlists.chosen.clone() } else { BTreeSet::from([row]) };
        view.drag = Some((rows, row));
    }
    response.context_menu(|ui| {
        if ui.button("Play from here").clicked() {
            commands.push(ask(PlaylistCommand::Play(row)));
            ui.close();
        }
        if ui.button("Remove from the playlist").clicked() {
            if !chosen {
                commands.push(ask(PlaylistCommand::Choose(row, Choose::Only)));
            }
            commands.push(ask(PlaylistCommand::RemoveChosen));
            ui.close();
        }
        ui.separator();
        track_menu(ui, state, id, commands);
    });
    let dragged = view.drag.as_ref().is_some_and(|(rows, _)| rows.contains(&row));
    if chosen || dragged || response.contains_pointer() || lit == Some(id) {
        let ground = if chosen || dragged { palette.selected_row } else { palette.raised };
        ui.painter().rect_filled(rect.shrink2(vec2(0.0, 1.0)), CornerRadius::same(RADIUS_M), ground);
    }
    let playing = state.player.playlist == Some((playlist.id, row)) && state.player.track() == Some(id);
    paint(ui, state, playlist, row, rect, playing);
    response.on_hover_ui(|ui| tooltip(ui, state, playlist, row, &name));
}

/// What a row says, and how it follows the one above.
fn tooltip(ui: &mut Ui, state: &AppState, playlist: &Playlist, row: usize, name: &str) {
    ui.label(name);
    let Some(track) = state.library.track(playlist.tracks[row]) else { return };
    quiet(ui, crate::ui::widgets::facts(track));
    if mixes_with_above(state, playlist, row) {
        quiet(ui, "Its key mixes with that of the track above.");
    }
}

/// Whether the keys of a row and of the one above are the same or neighbours on the Camelot wheel.
fn mixes_with_above(state: &AppState, playlist: &Playlist, row: usize) -> bool {
    let key = |row: usize| state.library.track(playlist.tracks[row]).and_then(|track| track.key);
    let above = row.checked_sub(1).and_then(key);
    above.zip(key(row)).is_some_and(|(above, key)| above.wheel_steps(key) <= 1)
}

fn paint(ui: &Ui, state: &AppState, playlist: &Playlist, row: usize, rect: Rect, playing: bool) {
    let palette = theme::palette(ui);
    let number = Rect::from_min_size(rect.min, vec2(NUMBER - SPACE_S, rect.height()));
    let colour = if playing { palette.accent } else { palette.text_weak };
    paint_text(ui, number, &(row + 1).to_string(), TextStyle::Small, colour, Align2::RIGHT_CENTER);
    let inner = rect.shrink2(vec2(SPACE_XS, 4.0)).with_min_x(rect.left() + NUMBER);
    let (upper, lower) = inner.split_top_bottom_at_fraction(0.52);
    let text = |line: Rect| line.with_max_x(line.right() - FIGURES - SPACE_S);
    let Some(track) = state.library.track(playlist.tracks[row]) else {
        paint_text(ui, text(inner), "Not in the library", TextStyle::Body, palette.text_weak, Align2::LEFT_CENTER);
        return;
    };
    let colour = if playing { palette.accent } else { palette.text_strong };
    paint_text(ui, text(upper), track.title(), TextStyle::Body, colour, Align2::LEFT_CENTER);
    paint_text(ui, text(lower), track.artist(), TextStyle::Small, palette.text_weak, Align2::LEFT_CENTER);
    let figures = |line: Rect| line.with_min_x(line.right() - FIGURES);
    let length = clock(track.duration_s);
    paint_text(ui, figures(upper), &length, TextStyle::Small, palette.text_weak, Align2::RIGHT_CENTER);
    let Some(key) = track.key else { return };
    // What the order is looked at for stands out.
    let mixes = mixes_with_above(state, playlist, row);
    let colour = if mixes { palette.accent } else { palette.text_weak };
    let width = paint_text(ui, figures(lower), &key.camelot(), TextStyle::Small, colour, Align2::RIGHT_CENTER);
    let Some(tempo) = crate::ui::widgets::tempo(track) else { return };
    let left = figures(lower).with_max_x(lower.right() - width.max(22.0) - SPACE_S);
    paint_text(ui, left, &tempo, TextStyle::Small, palette.text_weak, Align2::RIGHT_CENTER);
}
