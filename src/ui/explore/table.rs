//! The library table: search, sorted columns, virtual rows.

use std::borrow::Cow;

use egui::{Align, Align2, Id, Key, Layout, Rect, Role, Sense, TextEdit, TextStyle, Ui, WidgetInfo, vec2};
use egui_extras::{Column, TableBuilder};

use crate::domain::{Origin, Track, TrackId};
use crate::state::{AppCommand, AppState, SortKey};
use crate::ui::Commands;
use crate::ui::theme::{self, ROW_HEIGHT, SPACE_S, SPACE_XS};
use crate::ui::widgets::{Icon, clock, count, icon_button_for, key_symbol, paint_cell, paint_icon, paint_text, quiet};

use super::{marked, track_menu};

/// What the table remembers.
#[derive(Debug, Default)]
pub struct View {
    pub focus_search: bool,
    /// The selection as last drawn: where it moves elsewhere than by a click on a row, the row is scrolled into view.
    selected: Option<TrackId>,
    /// Its row then.
    row: usize,
    /// Frames for which that row is still scrolled to: panels find their size in the first.
    settling: u8,
    /// Height of the table, and frames drawn: at the start the window finds its size and scale only after a few.
    height: f32,
    frames: u8,
}

/// What is said of a track whose drive is not plugged in.
const AWAY: &str = "Its folder is not there now. It is compared and shown, and can be played once the folder is back.";
/// Frames after the start in which the window may still be given another size or scale.
const EARLY: u8 = 30;

/// A column: what it shows, the width it needs, its share of the width that is left.
struct Field {
    key: SortKey,
    least: f32,
    share: f32,
}

const fn field(key: SortKey, least: f32, share: f32) -> Field {
    Field { key, least, share }
}

/// The columns in the order in which they find room.
const FIELDS: [Field; 7] = [
    field(SortKey::Title, 110.0, 3.0),
    field(SortKey::Artist, 84.0, 2.0),
    field(SortKey::Genre, 72.0, 1.0),
    field(SortKey::Duration, 54.0, 0.0),
    field(SortKey::Tempo, 52.0, 0.0),
    field(SortKey::Key, 48.0, 0.0),
    field(SortKey::Album, 90.0, 2.0),
];

/// The order in which columns stand.
const ORDER: [SortKey; 7] =
    [SortKey::Title, SortKey::Artist, SortKey::Album, SortKey::Genre, SortKey::Duration, SortKey::Tempo, SortKey::Key];

/// The columns that fit into `width`, with their widths, in the order in which they stand.
fn columns(width: f32) -> Vec<(SortKey, f32)> {
    let mut rest = width;
    let mut fitting: Vec<&Field> = Vec::new();
    for field in &FIELDS {
        if fitting.len() >= 2 && field.least > rest {
            break;
        }
        rest -= field.least;
        fitting.push(field);
    }
    let shares: f32 = fitting.iter().map(|field| field.share).sum();
    ORDER
        .iter()
        .filter_map(|key| fitting.iter().find(|field| field.key == *key))
        .map(|field| (field.key, (field.least + rest.max(0.0) * field.share / shares).floor()))
        .collect()
}

/// Draws search field and table.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    search(ui, state, view, commands);
    marked::show(ui, state, commands);
    let rows = &state.table.rows;
    if rows.is_empty() {
        ui.add_space(SPACE_S);
        quiet(ui, if state.table.search.is_empty() { "No tracks yet" } else { "No track matches. Esc shows all." });
        return;
    }
    let moved = view.selected != state.selected();
    view.selected = state.selected();
    let resized = view.frames < EARLY && (view.height - ui.available_height()).abs() > 1.0;
    view.height = ui.available_height();
    view.frames = view.frames.saturating_add(1);
    if moved || resized {
        view.settling = 2;
    }
    let scroll_to = if view.settling > 0 { row_to_show(state, view) } else { None };
    let columns = columns(ui.available_width() - ui.spacing().scroll.allocated_width());
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    let mut table = TableBuilder::new(ui)
        .striped(false)
        .sense(Sense::click())
        .cell_layout(Layout::left_to_right(Align::Center))
        .auto_shrink(false);
    for (_, width) in &columns {
        table = table.column(Column::exact(*width).clip(true));
    }
    if let Some(row) = scroll_to {
        table = table.scroll_to_row(row, None).animate_scrolling(false);
    }
    let header = table.header(ROW_HEIGHT, |mut header| {
        for (key, _) in &columns {
            header.col(|ui| heading(ui, state, *key, commands));
        }
    });
    header.body(|body| {
        body.rows(ROW_HEIGHT, rows.len(), |mut row| {
            let Some(track) = rows.get(row.index()).and_then(|id| state.library.track(*id)) else { return };
            row.set_selected(view.selected == Some(track.id));
            for (column, (key, _)) in columns.iter().enumerate() {
                row.col(|ui| {
                    if column == 0 && state.marks.contains(track.id) {
                        marked::bar(ui, ui.max_rect());
                    }
                    cell(ui, state, track, *key);
                });
            }
            let response = row.response();
            let marked = if state.marks.contains(track.id) { ", marked" } else { "" };
            let away = state.is_away(track);
            let not_there = if away { ", not there now" } else { "" };
            let selected = view.selected == Some(track.id);
            response.widget_info(|| {
                WidgetInfo::selected(
                    Role::Row,
                    true,
                    selected,
                    format!("{} by {}{marked}{not_there}", track.title(), track.artist()),
                )
            });
            if response.double_clicked() {
                commands.push(AppCommand::PlayTrack(track.id));
            } else if response.clicked() {
                let adds = response.ctx.input(|input| input.modifiers.command);
                // A row that was clicked is in view: it stays where it is.
                view.selected = if adds { view.selected } else { Some(track.id) };
                commands.push(if adds { AppCommand::ToggleSeed(track.id) } else { AppCommand::Select(track.id) });
            }
            response.context_menu(|ui| track_menu(ui, state, track.id, commands));
            let origin = state.spotify.origins.get(&track.id);
            if away || origin.is_some() {
                response.on_hover_ui(|ui| about(ui, away, origin));
            }
        });
    });
}

/// Where a track's sound comes from and what may be done with it, and whether it is there.
fn about(ui: &mut Ui, away: bool, origin: Option<&Origin>) {
    if let Some(origin) = origin {
        ui.label(origin.line());
        if !origin.trainable {
            quiet(ui, "Training leaves it out.");
        }
    }
    if away {
        ui.label(AWAY);
    }
}

/// The row to scroll into view so that the selected one is seen with what follows in the direction of the move.
fn row_to_show(state: &AppState, view: &mut View) -> Option<usize> {
    const AHEAD: usize = 2;
    let row = view.selected.and_then(|track| state.table.position(track))?;
    let before = std::mem::replace(&mut view.row, row);
    view.settling -= 1;
    Some(if row >= before { (row + AHEAD).min(state.table.rows.len() - 1) } else { row.saturating_sub(AHEAD) })
}

fn search(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE_XS;
        let id = Id::unique("search");
        let mut text = state.table.search.clone();
        let (found, all) = (state.table.rows.len(), state.library.tracks.len());
        let shown = if found == all { count(all) } else { format!("{} of {}", count(found), count(all)) };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            quiet(ui, shown).on_hover_text(format!("{found} of {all} tracks"));
            if !text.is_empty()
                && icon_button_for(ui, Icon::Close, 22.0, "Clear the search", "Clear the search (Esc)").clicked()
            {
                commands.push(AppCommand::Search(String::new()));
            }
            let edit = TextEdit::singleline(&mut text)
                .id(id)
                .hint_text("Search title, artist, album, genre")
                .margin(egui::Margin { left: 28, right: 8, top: 5, bottom: 5 })
                .desired_width(f32::INFINITY);
            let response = ui.add(edit).on_hover_text("Search (F)");
            let response = response.accessible_name("Search the library");
            let square = Rect::from_center_size(response.rect.left_center() + vec2(15.0, 0.0), vec2(13.0, 13.0));
            paint_icon(ui.painter(), square, Icon::Search, palette.text_weak);
            if std::mem::take(&mut view.focus_search) {
                response.request_focus();
            }
            if response.changed() {
                commands.push(AppCommand::Search(text));
            }
            // Enter goes on to the first track found, so that the arrows walk from there.
            if response.lost_focus()
                && ui.input(|input| input.key_pressed(Key::Enter))
                && let Some(first) = state.table.rows.first()
                && state.selected().and_then(|track| state.table.position(track)).is_none()
            {
                commands.push(AppCommand::Select(*first));
            }
        });
    });
    ui.add_space(SPACE_XS);
}

fn heading(ui: &mut Ui, state: &AppState, key: SortKey, commands: &mut Commands) {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    let sorted = state.session.sort == key;
    response.widget_info(|| WidgetInfo::selected(Role::ColumnHeader, true, sorted, format!("Sort by {}", key.title())));
    let lit = sorted || response.hovered() || response.has_focus();
    let colour = if lit { palette.text_strong } else { palette.text_weak };
    let inner = rect.shrink2(vec2(SPACE_XS, 0.0));
    let room = if sorted { 14.0 } else { 0.0 };
    let align = alignment(key);
    let text = match align {
        Align2::RIGHT_CENTER => inner.with_min_x(inner.left() + room),
        _ => inner.with_max_x(inner.right() - room),
    };
    let width = paint_text(ui, text, key.title(), TextStyle::Small, colour, align);
    if sorted {
        let x = match align {
            Align2::RIGHT_CENTER => text.right() - width - 8.0,
            _ => text.left() + width + 8.0,
        };
        let icon = if state.session.descending { Icon::Down } else { Icon::Up };
        let square = Rect::from_center_size(egui::pos2(x, rect.center().y), vec2(7.0, 7.0));
        paint_icon(ui.painter(), square, icon, palette.accent);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, egui::Stroke::new(1.0, palette.line));
    if response.on_hover_text(format!("Sort by {}", key.title().to_lowercase())).clicked() {
        commands.push(AppCommand::Sort(key));
    }
}

fn alignment(key: SortKey) -> Align2 {
    match key {
        SortKey::Duration | SortKey::Tempo | SortKey::Year => Align2::RIGHT_CENTER,
        _ => Align2::LEFT_CENTER,
    }
}

fn cell(ui: &mut Ui, state: &AppState, track: &Track, key: SortKey) {
    let palette = theme::palette(ui);
    let rect = ui.max_rect().shrink2(vec2(SPACE_XS, 0.0));
    let playing = state.player.track() == Some(track.id);
    let colour = match key {
        SortKey::Title if playing => palette.accent,
        _ if state.is_away(track) => palette.text_weak,
        SortKey::Title => palette.text_strong,
        SortKey::Artist => palette.text,
        _ => palette.text_weak,
    };
    paint_cell(ui, rect, &value(track, key), TextStyle::Body, colour, alignment(key));
}

/// What a column says of a track.
fn value(track: &Track, key: SortKey) -> Cow<'_, str> {
    let tags = &track.tags;
    match key {
        SortKey::Title => track.title().into(),
        SortKey::Artist => tags.artist.as_deref().unwrap_or_default().into(),
        SortKey::Album => tags.album.as_deref().unwrap_or_default().into(),
        SortKey::Genre => tags.genre.as_deref().unwrap_or_default().into(),
        SortKey::Year => tags.year.map(|year| year.to_string()).unwrap_or_default().into(),
        SortKey::Duration => clock(track.duration_s).into(),
        SortKey::Tempo => track.tempo.map(|tempo| format!("{tempo:.0}")).unwrap_or_default().into(),
        SortKey::Key => track.key.map(key_symbol).unwrap_or_default().into(),
        SortKey::Added => "".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_table_keeps_title_and_artist_and_a_wide_one_shows_all() {
        let keys = |width| columns(width).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
        assert_eq!(keys(150.0), [SortKey::Title, SortKey::Artist]);
        assert_eq!(keys(900.0), ORDER);
        let narrow = keys(340.0);
        assert!(narrow.contains(&SortKey::Duration) && !narrow.contains(&SortKey::Album));
    }

    #[test]
    fn columns_fill_the_width_and_no_more() {
        for width in [300.0_f32, 417.0, 640.0, 1_200.0] {
            let sum: f32 = columns(width).iter().map(|(_, width)| width).sum();
            assert!(sum <= width && sum > width - 8.0, "{sum} of {width}");
        }
    }
}
