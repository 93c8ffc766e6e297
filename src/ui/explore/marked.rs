//! The line that says how many tracks are marked and what can be done with them.

use egui::{Button, CornerRadius, Layout, Rect, RichText, Ui};

use crate::state::{AppCommand, AppState, MOST_ASKED, MarkCommand};
use crate::ui::Commands;
use crate::ui::theme::{self, SPACE_XS};
use crate::ui::widgets::{Icon, count, icon_button_for};

/// Draws the line while tracks are marked, or while a search has found some that could be.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let searched = !state.table.search.is_empty() && !state.table.rows.is_empty();
    if state.marks.is_empty() && !searched {
        return;
    }
    let palette = theme::palette(ui);
    let mut ask = |command| commands.push(AppCommand::Mark(command));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(SPACE_XS, SPACE_XS);
        if searched {
            let hint = format!("Mark all {} found (Ctrl M)", count(state.table.rows.len()));
            if ui.button("Mark all found").on_hover_text(hint).clicked() {
                ask(MarkCommand::Found);
            }
        }
        if state.marks.is_empty() {
            return;
        }
        let number = state.marks.len();
        ui.label(RichText::new(format!("{} marked", count(number))).color(palette.text_strong));
        let only = ui.selectable_label(state.marks.only, "Only these");
        if only.on_hover_text("Show marked tracks alone in the table").clicked() {
            ask(MarkCommand::Only(!state.marks.only));
        }
        let few = number <= MOST_ASKED;
        let from = ui.add_enabled(few, Button::new("Recommend from these"));
        let from = from.on_hover_text("Ask what sounds like all of them together");
        let from = from.on_disabled_hover_text(format!("At most {MOST_ASKED} tracks can be asked about at once"));
        if from.clicked() {
            ask(MarkCommand::Recommend);
        }
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            let clear = icon_button_for(ui, Icon::Close, 22.0, "Take all marks off", "Take all marks off (Esc)");
            if clear.clicked() {
                ask(MarkCommand::Clear);
            }
        });
    });
    ui.add_space(SPACE_XS);
}

/// The sign of a marked track at the left edge of its row.
pub fn bar(ui: &Ui, row: Rect) {
    const WIDTH: f32 = 3.0;
    let bar = row.with_max_x(row.left() + WIDTH).shrink2(egui::vec2(0.0, 3.0));
    ui.painter().rect_filled(bar, CornerRadius::same(1), theme::palette(ui).accent);
}
