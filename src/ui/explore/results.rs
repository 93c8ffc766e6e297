//! What sounds alike: the answer to the query, nearest first, with the rank under every metric.

use egui::{
    Align, Align2, CornerRadius, FontId, Layout, Rect, RichText, Role, ScrollArea, Sense, TextStyle, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use crate::domain::{Metric, TrackId};
use crate::jobs::message::{Recommendation, Recommendations};
use crate::state::{AppCommand, AppState, Dialog, JobKind, PlaylistCommand};
use crate::ui::Commands;
use crate::ui::theme::{self, PATHS, RADIUS_M, SPACE_S, SPACE_XS, TEXT_SMALL};
use crate::ui::widgets::{Icon, count, facts, icon_button, named, paint_text, quiet};

use super::{features, filter, marked, track_menu, why};

/// Height of one result.
const ROW: f32 = 62.0;
/// What a result is higher by where it shows how audio features differ.
const FEATURES: f32 = 16.0;
/// Width of the rank under one metric.
const RANK: f32 = 25.0;
/// Width of the rank in the list.
const PLACE: f32 = 28.0;
/// Width of the buttons of a result.
const BUTTONS: f32 = 68.0;
/// Short names of the metrics, in the order of [`Metric::ALL`].
const SHORT: [&str; 5] = ["Me", "Mi", "Fr", "DT", "Bl"];

/// Draws the answer. `lit` is the track under the pointer elsewhere; `hovered` takes the one under the pointer here.
pub fn show(
    ui: &mut Ui,
    state: &AppState,
    why: &mut why::View,
    lit: Option<TrackId>,
    hovered: &mut Option<TrackId>,
    commands: &mut Commands,
) {
    let searching = state.jobs.of_kind(&JobKind::Recommend).is_some();
    let Some(results) = &state.query.results else {
        waiting(ui, state, searching);
        return;
    };
    summary(ui, state, results, searching, commands);
    if results.items.is_empty() && results.compared == 0 && results.filtered > 0 {
        filter::nothing_passes(ui, state, results, commands);
        return;
    }
    if results.items.is_empty() {
        quiet(ui, "Nothing to compare with: the library has no other track that this model has embedded.");
        return;
    }
    header(ui, results.metric);
    if state.query.explanation.is_none() {
        why.closed();
    }
    ScrollArea::vertical().id_salt("results").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, item) in results.items.iter().enumerate() {
            let rect = row(ui, state, results.metric, index, item, lit, hovered, commands);
            if state.query.explanation.as_ref().is_some_and(|shown| shown.target == item.track)
                && why::show(ui, state, why, commands)
            {
                ui.scroll_to_rect(rect, Some(Align::Min));
            }
        }
    });
}

fn waiting(ui: &mut Ui, state: &AppState, searching: bool) {
    ui.add_space(SPACE_S);
    ui.horizontal_wrapped(|ui| {
        if searching {
            ui.spinner();
            quiet(ui, "Searching…");
            return;
        }
        let embedding = state.jobs.of_kind(&JobKind::Embed).is_some();
        let embedded = state.library.active_model().is_some_and(|model| model.embedded > 0);
        if embedding && !embedded {
            quiet(ui, "The network is listening to the library. Results come as soon as tracks are embedded.");
        } else if state.selected().is_some() && !embedded {
            quiet(ui, "No track is embedded yet, so there is nothing to compare with.");
        } else if state.selected().is_none() && state.query.file.is_none() {
            quiet(
                ui,
                "What sounds alike appears here: choose a track, press R for one at random, or ask about a file.",
            );
        }
    });
}

fn summary(ui: &mut Ui, state: &AppState, results: &Recommendations, searching: bool, commands: &mut Commands) {
    const HEIGHT: f32 = 36.0;
    let size = vec2(ui.available_width(), HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = SPACE_XS;
        if ui.button("Save playlist…").clicked() {
            commands.push(AppCommand::OpenDialog(Dialog::SavePlaylist));
        }
        let all = ui.button("Add all").on_hover_text("Add all of these to the open playlist");
        named(&all, Role::Button, || "Add all to the playlist".to_owned());
        if all.clicked() {
            let tracks = results.items.iter().map(|item| item.track).collect();
            commands.push(AppCommand::Playlist(PlaylistCommand::Add { to: None, tracks }));
        }
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let rest = left_out(state, results);
            let lines = if rest.is_empty() { 1.0 } else { 2.0 };
            let line = ui.text_style_height(&TextStyle::Small);
            ui.add_space(((ui.available_height() - lines * line) / 2.0).max(0.0));
            if !results.exact {
                quiet(ui, format!("First results; still searching {}", count(results.compared)));
            } else if searching {
                quiet(ui, "Searching…");
            } else {
                quiet(ui, format!("{} compared in {}", count(results.compared), took(results.took)));
            }
            if !rest.is_empty() {
                let text = RichText::new(&rest).small().color(theme::palette(ui).text_weak);
                ui.add(egui::Label::new(text).truncate());
            }
        });
    });
}

/// What is not in the list, and why.
fn left_out(state: &AppState, results: &Recommendations) -> String {
    let mut parts = Vec::new();
    match results.folded.len() {
        0 => {}
        1 => parts.push("1 version folded".to_owned()),
        folded => parts.push(format!("{} versions folded", count(folded))),
    }
    if results.capped > 0 {
        parts.push(format!("{} over {} per artist", results.capped, state.settings.per_artist));
    }
    parts.join(", ")
}

fn took(time: std::time::Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1_000.0;
    match milliseconds {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1_000.0),
    }
}

fn ranks_left(rect: Rect) -> f32 {
    rect.right() - BUTTONS - RANK * SHORT.len() as f32
}

fn header(ui: &mut Ui, metric: Metric) {
    let palette = theme::palette(ui);
    let scroll = ui.spacing().scroll.allocated_width();
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let rect = rect.with_max_x(rect.right() - scroll);
    for (index, (short, which)) in SHORT.iter().zip(Metric::ALL).enumerate() {
        let left = ranks_left(rect) + index as f32 * RANK;
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(RANK, rect.height()));
        let colour = if which == metric { palette.accent } else { palette.text_weak };
        paint_text(ui, cell, short, TextStyle::Small, colour, Align2::RIGHT_CENTER);
        let response = ui.interact(cell, ui.scope_id().with(("rank", index)), Sense::hover());
        response.on_hover_text(format!("Rank under {}", which.title()));
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, palette.line));
}

/// One result; where it lies.
#[expect(clippy::too_many_arguments, reason = "one row needs what the list knows and what it tells back")]
fn row(
    ui: &mut Ui,
    state: &AppState,
    metric: Metric,
    index: usize,
    item: &Recommendation,
    lit: Option<TrackId>,
    hovered: &mut Option<TrackId>,
    commands: &mut Commands,
) -> Rect {
    let palette = theme::palette(ui);
    let Some(track) = state.library.track(item.track) else { return Rect::NOTHING };
    let scroll = ui.spacing().scroll.allocated_width();
    let features = features::line(state, item.track);
    let below = if features.is_some() { FEATURES } else { 0.0 };
    let size = vec2(ui.available_width() - scroll, ROW + below);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = format!("{}. {} by {}", index + 1, track.title(), track.artist());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    if response.contains_pointer() {
        *hovered = Some(item.track);
    }
    response.context_menu(|ui| track_menu(ui, state, item.track, commands));
    if response.double_clicked() {
        commands.push(AppCommand::Select(item.track));
    } else if response.clicked() {
        let adds = ui.input(|input| input.modifiers.command);
        let command = if adds { AppCommand::ToggleSeed(item.track) } else { AppCommand::PlayTrack(item.track) };
        commands.push(command);
    }
    if !ui.is_rect_visible(rect) {
        return rect;
    }
    let explained = state.query.explanation.as_ref().is_some_and(|shown| shown.target == item.track);
    let playing = state.player.track() == Some(item.track);
    if explained || response.contains_pointer() || lit == Some(item.track) {
        let ground = if explained { palette.selected_row } else { palette.raised };
        ui.painter().rect_filled(rect, CornerRadius::same(RADIUS_M), ground);
    }
    place(ui, rect, index);
    if state.marks.contains(item.track) {
        marked::bar(ui, rect);
    }
    let [upper, middle, lower] = lines(rect.with_max_y(rect.bottom() - below));
    let text_left = rect.left() + PLACE + SPACE_XS;
    let ranks = ranks_left(rect);
    let figures = |line: Rect| Rect::from_x_y_ranges(ranks..=rect.right() - BUTTONS, line.y_range());
    let distance = format!("{:.4}", item.distance);
    let width = paint_text(ui, figures(upper), &distance, TextStyle::Monospace, palette.text, Align2::RIGHT_CENTER);
    let title = Rect::from_x_y_ranges(text_left..=rect.right() - BUTTONS - width - SPACE_S, upper.y_range());
    let away = state.is_away(track);
    let colour = match (playing, away) {
        (true, _) => palette.accent,
        (false, true) => palette.text_weak,
        (false, false) => palette.text_strong,
    };
    paint_text(ui, title, track.title(), TextStyle::Body, colour, Align2::LEFT_CENTER);
    let second = Rect::from_x_y_ranges(text_left..=rect.right() - BUTTONS - SPACE_S, middle.y_range());
    paint_text(ui, second, track.artist(), TextStyle::Small, palette.text, Align2::LEFT_CENTER);
    let mut facts = facts(track);
    if away {
        facts = "not there now".to_owned();
    }
    match state.library.recording(item.track).map_or(0, |recording| recording.others(item.track).count()) {
        0 => {}
        1 => facts.push_str(" · 2 versions"),
        others => facts.push_str(&format!(" · {} versions", others + 1)),
    }
    let third = Rect::from_x_y_ranges(text_left..=ranks + SPACE_XS, lower.y_range());
    paint_text(ui, third, &facts, TextStyle::Small, palette.text_weak, Align2::LEFT_CENTER);
    for (which, (rank, name)) in item.ranks.iter().zip(Metric::ALL).enumerate() {
        let cell = figures(lower).with_min_x(ranks + which as f32 * RANK).with_max_x(ranks + (which + 1) as f32 * RANK);
        let colour = if name == metric { palette.accent } else { palette.text_weak };
        paint_text(ui, cell, &short_rank(*rank), TextStyle::Small, colour, Align2::RIGHT_CENTER);
    }
    if let Some(features) = &features {
        let line = Rect::from_x_y_ranges(text_left..=rect.right() - SPACE_XS, lower.bottom()..=rect.bottom() - 5.0);
        paint_text(ui, line, features, TextStyle::Small, palette.text_weak, Align2::LEFT_CENTER);
    }
    let buttons = Rect::from_x_y_ranges(rect.right() - BUTTONS..=rect.right(), rect.y_range());
    row_buttons(ui, buttons, track.title(), item.track, explained, commands);
    response.on_hover_ui(|ui| tooltip(ui, &name, &facts, item, &features::rows(state, item.track)));
    rect
}

/// The three lines of a row: title, artist, facts.
fn lines(rect: Rect) -> [Rect; 3] {
    let inner = rect.shrink2(vec2(0.0, 5.0));
    let line = |from: f32, to: f32| {
        let y = |share: f32| inner.top() + share * inner.height();
        Rect::from_x_y_ranges(inner.x_range(), y(from)..=y(to))
    };
    [line(0.0, 0.36), line(0.36, 0.68), line(0.68, 1.0)]
}

fn row_buttons(ui: &mut Ui, rect: Rect, title: &str, track: TrackId, explained: bool, commands: &mut Commands) {
    let builder = UiBuilder::new().max_rect(rect).layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.spacing_mut().button_padding = vec2(SPACE_XS + 1.0, 1.0);
        ui.spacing_mut().interact_size.y = 24.0;
        let why = ui.add(egui::Button::new(RichText::new("why").size(TEXT_SMALL)).selected(explained));
        named(&why, Role::Button, || format!("Why {title}"));
        if why.on_hover_text("Why these two match, segment by segment").clicked() {
            commands.push(AppCommand::Explain((!explained).then_some(track)));
        }
        if icon_button(ui, Icon::Play, 26.0, &format!("Play {title}")).clicked() {
            commands.push(AppCommand::PlayTrack(track));
        }
    });
}

/// The rank in the list, in the colour of the track's way over the map where it has one.
fn place(ui: &Ui, rect: Rect, index: usize) {
    let palette = theme::palette(ui);
    let centre = pos2(rect.left() + PLACE / 2.0, rect.center().y);
    let colour = palette.paths.get(index).filter(|_| index < PATHS);
    if let Some(colour) = colour {
        ui.painter().circle_filled(centre, 10.0, *colour);
    }
    let text = colour.map_or(palette.text_weak, |_| palette.ground);
    ui.painter().text(centre, Align2::CENTER_CENTER, index + 1, FontId::proportional(TEXT_SMALL), text);
}

/// A rank that fits its column.
fn short_rank(rank: u32) -> String {
    match rank {
        // Not known: in a large library only the metric asked for is searched.
        0 => "–".to_owned(),
        1..10_000 => rank.to_string(),
        10_000..1_000_000 => format!("{}k", rank / 1_000),
        _ => format!("{}M", rank / 1_000_000),
    }
}

fn tooltip(ui: &mut Ui, name: &str, facts: &str, item: &Recommendation, features: &[(&str, String)]) {
    ui.label(RichText::new(name).strong());
    if !facts.is_empty() {
        quiet(ui, facts);
    }
    egui::Grid::new("distances").num_columns(3).min_row_height(0.0).show(ui, |ui| {
        for (metric, (distance, rank)) in Metric::ALL.iter().zip(item.distances.iter().zip(item.ranks)) {
            quiet(ui, metric.title());
            // Neither is known of every metric in a large library.
            ui.monospace(if distance.is_nan() { "–".to_owned() } else { format!("{distance:.4}") });
            quiet(ui, if rank == 0 { String::new() } else { format!("rank {rank}") });
            ui.end_row();
        }
    });
    if !features.is_empty() {
        quiet(ui, "Spotify's audio features, against the query");
        egui::Grid::new("features").num_columns(2).min_row_height(0.0).show(ui, |ui| {
            for (name, difference) in features {
                quiet(ui, *name);
                ui.monospace(difference);
                ui.end_row();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_ranks_stay_short() {
        assert_eq!(short_rank(7), "7");
        assert_eq!(short_rank(9_999), "9999");
        assert_eq!(short_rank(12_345), "12k");
        assert_eq!(short_rank(1_090_000), "1M");
    }

    #[test]
    fn times_keep_their_unit() {
        assert_eq!(took(std::time::Duration::from_micros(1_240)), "1.2 ms");
        assert_eq!(took(std::time::Duration::from_millis(87)), "87 ms");
        assert_eq!(took(std::time::Duration::from_millis(1_900)), "1.9 s");
    }
}
