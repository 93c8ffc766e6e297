//! A track as the points that are compared: the embedding, which of its segments are alike, and what is like one of them.

use egui::{Align, Layout, Rect, Role, Sense, Ui, vec2};

use crate::jobs::message::{StrongSegment, Subject};
use crate::render::{ColourMap, Heatmap};
use crate::state::{AppCommand, AppState, JobKind};
use crate::ui::theme::{self, SPACE_M};
use crate::ui::widgets::{Icon, clock, icon_button, named, quiet};
use crate::ui::{Commands, panel};

use super::picture::{self, RowClick};
use super::stages::{Layer, Stages};

/// The colours of distances, here and under “why”.
const NEARNESS: ColourMap = ColourMap::Viridis;
/// What of the window's height is not for the two pictures of the left column, which are seen at once: bars, the player, titles
/// and texts of the cards.
const AROUND: f32 = 450.0;
/// Share of that room which the embedding has; the self-similarity matrix has the rest.
const EMBEDDING: f32 = 0.36;

/// Draws the page with `row` chosen. Answers a click on a segment.
pub fn show(
    ui: &mut Ui,
    state: &AppState,
    stages: &Stages,
    row: usize,
    map: ColourMap,
    commands: &mut Commands,
) -> Option<RowClick> {
    let mut click = None;
    ui.spacing_mut().item_spacing.x = SPACE_M;
    ui.columns(2, |columns| {
        let [left, right] = columns else { return };
        // Columns justify their text; prose is set ragged.
        let ragged = Layout::top_down(Align::Min);
        left.with_layout(ragged, |ui| {
            panel::card(ui, |ui| click = embedding(ui, stages, row, map));
            panel::card(ui, |ui| click = alike(ui, stages, row).or(click));
        });
        right.with_layout(ragged, |ui| panel::card(ui, |ui| neighbours(ui, state, stages, row, commands)));
    });
    click
}

/// Height of the two pictures of the left column together.
fn room(ui: &Ui) -> f32 {
    (ui.ctx().content_rect().height() - AROUND).max(300.0)
}

fn embedding(ui: &mut Ui, stages: &Stages, row: usize, map: ColourMap) -> Option<RowClick> {
    let matrix = stages.layer(Layer::Embedding);
    panel::title(ui, "Embedding");
    quiet(
        ui,
        format!(
            "{} segments down, {} dimensions across: the points that are compared.",
            matrix.rows(),
            matrix.columns()
        ),
    );
    let height = EMBEDDING * room(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let (low, high) = matrix.range();
    let heatmap = Heatmap::new(matrix).colours(map).range(low, high);
    let click = picture::stack(ui, response.id.with("stack"), rect, stages, Layer::Embedding, &heatmap, row);
    quiet(ui, format!("{low:.2} to {high:.2}"));
    click
}

fn alike(ui: &mut Ui, stages: &Stages, row: usize) -> Option<RowClick> {
    panel::title(ui, "Which segments are alike");
    let side = ui.available_width().min((1.0 - EMBEDDING) * room(ui));
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
    let matrix = stages.alike();
    named(&response, Role::Image, || format!("Self-similarity of {} segments", matrix.rows()));
    let (low, high) = matrix.range();
    let heatmap = Heatmap::new(matrix).colours(NEARNESS).range(low, high);
    heatmap.paint(ui, response.id, rect);
    let cell = side / matrix.rows() as f32;
    let line = Rect::from_min_size(rect.min + vec2(0.0, row as f32 * cell), vec2(side, cell));
    picture::outline(ui, line, NEARNESS);
    quiet(ui, "Bright is near. Blocks are parts that sound alike; bright lines beside the diagonal are repetitions.");
    let (from, to) = response.hover_pos().and_then(|at| heatmap.cell_at(rect, at))?;
    let distance = -matrix.value(from, to).unwrap_or_default();
    let at = |row| clock(stages.seconds_of(row).0);
    let response = response.on_hover_text_at_pointer(format!("{} and {}: distance {distance:.3}", at(from), at(to)));
    response.clicked().then(|| RowClick { row: from, double: response.double_clicked() })
}

fn neighbours(ui: &mut Ui, state: &AppState, stages: &Stages, row: usize, commands: &mut Commands) {
    let (from, to) = stages.seconds_of(row);
    panel::title(ui, &format!("What sounds like {} to {}", clock(from), clock(to)));
    let Subject::Track(track) = stages.source.subject else {
        quiet(ui, "Segments of files outside the library are not looked up. Import the file to compare its segments.");
        return;
    };
    let segment = stages.segment_of(row);
    let found = state.inspect.nearest.as_ref().filter(|(of, at, _)| (*of, *at) == (track, segment));
    let Some((_, _, found)) = found else {
        // Asked once for every segment chosen; the state answers for the newest.
        commands.push(AppCommand::FindNearest { track, segment });
        quiet(ui, "Searching…");
        return;
    };
    if found.is_empty() {
        let searching = state.jobs.of_kind(&JobKind::Nearest).is_some();
        quiet(ui, if searching { "Searching…" } else { "No other track is embedded." });
        return;
    }
    quiet(ui, "The nearest segment of each other track, by the distance of the two points.");
    segments(ui, state, found, |value| format!("{value:.3}"), commands);
}

/// Segments of tracks, each with a button that plays it.
pub fn segments(
    ui: &mut Ui,
    state: &AppState,
    found: &[StrongSegment],
    value: impl Fn(f32) -> String,
    commands: &mut Commands,
) {
    let grid = state.grid();
    for StrongSegment { track, segment, value: number } in found {
        let Some(of) = state.library.track(*track) else { continue };
        let at = clock(grid.start_s(*segment));
        ui.horizontal(|ui| {
            if icon_button(ui, Icon::Play, 26.0, &format!("Play {} at {at}", of.title())).clicked() {
                commands.push(AppCommand::PlaySegment(Some(*track), *segment));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.monospace(value(*number));
                quiet(ui, at);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let colour = theme::palette(ui).text;
                    let text = egui::RichText::new(format!("{} · {}", of.title(), of.artist())).color(colour);
                    ui.add(egui::Label::new(text).truncate());
                });
            });
        });
    }
}
