//! Means with their intervals, drawn: a row for each who recommended, a column for each question, chance as a line through all.

use egui::{Align2, Color32, CornerRadius, Rect, Role, Sense, Stroke, TextStyle, Ui, pos2, vec2};

use crate::domain::Question;
use crate::jobs::message::{ChooserResult, ListeningResults, ScoreTable};
use crate::ui::panel;
use crate::ui::theme::{self, SPACE_L, SPACE_S, SPACE_XS};
use crate::ui::widgets::{named, paint_text, quiet};

/// Height of a row.
const ROW: f32 = 46.0;
/// Height of the headings.
const HEAD: f32 = 34.0;

/// Draws the results; `table` has the same as text.
pub fn show(ui: &mut Ui, results: &ListeningResults, table: &ScoreTable) {
    panel::title(ui, &table.title);
    quiet(ui, &table.about);
    ui.add_space(SPACE_XS);
    let width = ui.available_width();
    let names = (width * 0.2).clamp(130.0, 300.0);
    let column = (width - names) / Question::ALL.len() as f32;
    let cell = |row: Rect, place: usize| {
        let left = row.left() + names + place as f32 * column;
        Rect::from_x_y_ranges(left + SPACE_L..=left + column, row.y_range())
    };
    let (head, _) = ui.allocate_exact_size(vec2(width, HEAD), Sense::hover());
    for (place, question) in Question::ALL.into_iter().enumerate() {
        heading(ui, cell(head, place), question);
    }
    let chance = results.rows.iter().find(|row| row.metric.is_empty());
    for (row, texts) in results.rows.iter().zip(&table.rows) {
        let (rect, _) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
        let palette = theme::palette(ui);
        ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, palette.line));
        name(ui, rect.with_max_x(rect.left() + names), row);
        let is_chance = row.metric.is_empty();
        let colour = if is_chance { palette.text_weak } else { palette.accent };
        // The first four columns of the table are names and counts.
        for (place, (estimate, text)) in row.questions.iter().zip(texts.iter().skip(4)).enumerate() {
            let cell = cell(rect, place);
            let response =
                ui.interact(cell, ui.scope_id().with((cell.left() as i32, cell.top() as i32)), Sense::hover());
            named(&response, Role::Label, || text.clone());
            let (upper, lower) = cell.split_top_bottom_at_fraction(0.52);
            let ink = if estimate.is_some() { palette.text } else { palette.text_weak };
            paint_text(ui, upper, text, TextStyle::Small, ink, Align2::LEFT_CENTER);
            let question = Question::ALL[place];
            let line =
                chance.and_then(|chance| chance.questions[place]).map(|chance| x_of(lower, question, chance.value));
            scale(ui, lower, line.filter(|_| !is_chance));
            if let Some(estimate) = estimate {
                let x = |value| x_of(lower, question, value);
                interval(ui, lower, x(estimate.low), x(estimate.value), x(estimate.high), colour);
            }
        }
    }
}

fn heading(ui: &Ui, rect: Rect, question: Question) {
    let palette = theme::palette(ui);
    let (upper, lower) = rect.split_top_bottom_at_fraction(0.5);
    paint_text(ui, upper, question.title(), TextStyle::Small, palette.text, Align2::LEFT_CENTER);
    let (from, to) = if question.is_yes_or_no() { ("0 %", "100 %") } else { ("1", "5") };
    paint_text(ui, lower, from, TextStyle::Small, palette.text_weak, Align2::LEFT_CENTER);
    paint_text(ui, lower, to, TextStyle::Small, palette.text_weak, Align2::RIGHT_CENTER);
}

fn name(ui: &mut Ui, rect: Rect, row: &ChooserResult) {
    let palette = theme::palette(ui);
    let title = if row.metric.is_empty() { row.system.clone() } else { format!("{} · {}", row.system, row.metric) };
    let counts = match row.skipped {
        0 => format!("{} answered", row.answered),
        skipped => format!("{} answered, {skipped} skipped", row.answered),
    };
    let response = ui.interact(rect, ui.scope_id().with((&title, "name")), Sense::hover());
    named(&response, Role::Label, || format!("{title}: {counts}"));
    let (upper, lower) = rect.split_top_bottom_at_fraction(0.52);
    paint_text(ui, upper, &title, TextStyle::Body, palette.text_strong, Align2::LEFT_CENTER);
    paint_text(ui, lower, &counts, TextStyle::Small, palette.text_weak, Align2::LEFT_TOP);
    response.on_hover_text(title);
}

/// Where an answer stands on its scale.
fn x_of(rect: Rect, question: Question, value: f64) -> f32 {
    let share = if question.is_yes_or_no() { value } else { (value - 1.0) / 4.0 };
    rect.left() + rect.width() * share.clamp(0.0, 1.0) as f32
}

fn scale(ui: &Ui, rect: Rect, chance: Option<f32>) {
    let palette = theme::palette(ui);
    let middle = rect.top() + SPACE_S;
    ui.painter().hline(rect.x_range(), middle, Stroke::new(1.0, palette.line_strong));
    if let Some(x) = chance {
        let y = middle - SPACE_S..=middle + SPACE_S;
        ui.painter().vline(x, y.start().to_owned()..=y.end().to_owned(), Stroke::new(1.5, palette.text_weak));
    }
}

fn interval(ui: &Ui, rect: Rect, low: f32, value: f32, high: f32, colour: Color32) {
    let middle = rect.top() + SPACE_S;
    let band = Rect::from_min_max(pos2(low, middle - 2.5), pos2(high.max(low + 1.0), middle + 2.5));
    ui.painter().rect_filled(band, CornerRadius::same(2), colour.gamma_multiply(0.45));
    ui.painter().circle_filled(pos2(value, middle), 5.0, colour);
}
