//! "Why": every segment of the query against every segment of the match, to be seen and heard.

use egui::{Align, Frame, Layout, Margin, RichText, Role, Ui};

use crate::domain::TrackId;
use crate::jobs::message::ExplanationOutput;
use crate::state::{AppCommand, AppState, LabCommand, Side};
use crate::ui::Commands;
use crate::ui::theme::{self, RADIUS_M, SPACE_S, SPACE_XS};
use crate::ui::widgets::{Icon, clock, elide, icon_button_for, named, quiet};

use super::matrix::Matrix;

/// What the panel remembers.
#[derive(Default)]
pub struct View {
    matrix: Matrix,
    /// The match whose explanation was scrolled into view.
    seen: Option<TrackId>,
}

impl View {
    /// Called while nothing is explained: the next explanation is scrolled into view again.
    pub fn closed(&mut self) {
        self.seen = None;
    }
}

/// Draws the panel of the explanation in hand. Returns whether it is shown for the first time, and complete.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) -> bool {
    let Some(explanation) = &state.query.explanation else { return false };
    let palette = theme::palette(ui);
    let frame = Frame::new()
        .fill(palette.raised)
        .corner_radius(egui::CornerRadius::same(RADIUS_M))
        .inner_margin(Margin::same(SPACE_S as i8))
        .outer_margin(Margin { left: 0, right: 8, top: 2, bottom: 8 });
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = SPACE_XS;
        ui.horizontal(|ui| {
            ui.label(RichText::new("Why they match").color(palette.text_strong));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button_for(ui, Icon::Close, 22.0, "Close the explanation", "Close (Esc)").clicked() {
                    commands.push(AppCommand::Explain(None));
                }
                let lab = ui.button("Lab");
                named(&lab, Role::Button, || "Open both in the lab".to_owned());
                if lab.on_hover_text("Both ways as curves, and every distance between them at work").clicked() {
                    commands.push(AppCommand::Lab(LabCommand::Open(explanation.target)));
                }
            });
        });
        match &explanation.output {
            None => {
                ui.horizontal(|ui| {
                    ui.spinner();
                    quiet(ui, "Comparing every segment with every segment…");
                });
            }
            Some(output) => {
                let (query, target) = titles(state, output);
                matched(ui, state, view, output, (&query, &target), explanation.pair, commands);
            }
        }
    });
    explanation.output.is_some() && view.seen.replace(explanation.target) != Some(explanation.target)
}

/// The titles of both sides.
fn titles(state: &AppState, output: &ExplanationOutput) -> (String, String) {
    let title = |id| state.library.track(id).map_or_else(String::new, |track| track.title().to_owned());
    let query = match (&state.query.file_query, state.explained_query()) {
        (Some(file), _) => file.track.title().to_owned(),
        (None, Some(track)) => title(track),
        (None, None) => String::new(),
    };
    (query, title(output.target))
}

fn matched(
    ui: &mut Ui,
    state: &AppState,
    view: &mut View,
    output: &ExplanationOutput,
    (query, target): (&str, &str),
    pair: (usize, usize),
    commands: &mut Commands,
) {
    let palette = theme::palette(ui);
    sides(ui, state, output, (query, target), pair, commands);
    let font = egui::TextStyle::Small.resolve(ui.style());
    let down = elide(ui, &format!("Down: {query}"), font.clone(), palette.text_weak, ui.available_width());
    ui.label(down);
    let outcome = view.matrix.show(ui, output, pair);
    let across = elide(ui, &format!("Across: {target}"), font, palette.text_weak, ui.available_width());
    ui.label(across);
    if let Some((query, target)) = outcome.clicked {
        commands.push(AppCommand::SelectPair { query, target });
    }
    let shown = outcome.hovered.unwrap_or(pair);
    let explanation = &output.explanation;
    let distance = explanation.matrix.get(shown.0 * explanation.target_segments + shown.1).copied();
    let what = if shown == explanation.best { ", the nearest pair on the path" } else { "" };
    let at = |offset: usize, index: usize| clock(output.grid.start_s(offset + index));
    quiet(
        ui,
        format!(
            "{} and {}: distance {:.4}{what}. Click a cell to choose that pair.",
            at(output.query_offset, shown.0),
            at(output.target_offset, shown.1),
            distance.unwrap_or(explanation.best_distance),
        ),
    );
}

/// The buttons that play the pair in hand.
fn sides(
    ui: &mut Ui,
    state: &AppState,
    output: &ExplanationOutput,
    (query, target): (&str, &str),
    pair: (usize, usize),
    commands: &mut Commands,
) {
    let sides = [
        (Side::Query, "A", query, output.query_offset + pair.0),
        (Side::Target, "B", target, output.target_offset + pair.1),
    ];
    let width = (ui.available_width() - SPACE_S) / 2.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE_S;
        for (side, letter, title, segment) in sides {
            let grid = output.grid;
            let (start, end) = (grid.start_s(segment), grid.start_s(segment) + grid.length_s());
            let text = format!("{letter}   {} to {}", clock(start), clock(end));
            let playing = state.player.is_playing()
                && state
                    .player
                    .item
                    .as_ref()
                    .is_some_and(|item| item.end_s.is_some() && item.start_s == start && item.title == title);
            let button = ui.add_sized([width, theme::CONTROL_HEIGHT], egui::Button::new(text).selected(playing));
            named(&button, Role::Button, || format!("Play side {letter}: {title}"));
            if button.on_hover_text(format!("Play this moment of {title} ({letter})")).clicked() {
                commands.push(AppCommand::PlaySide(side));
            }
        }
    });
}
