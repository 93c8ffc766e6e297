//! A table of scores: names at the left, numbers in columns of equal digits.

use egui::{Align, Grid, Layout, RichText, ScrollArea, Ui};

use crate::jobs::message::ScoreTable;
use crate::ui::{panel, theme, widgets};

/// Draws the table; a wide one scrolls sideways.
pub fn show(ui: &mut Ui, table: &ScoreTable) {
    panel::title(ui, &table.title);
    widgets::quiet(ui, &table.about);
    ui.add_space(theme::SPACE_XS);
    ScrollArea::horizontal().id_salt(&table.title).show(ui, |ui| {
        let grid = Grid::new(&table.title).striped(true).min_row_height(theme::SPACE_L);
        grid.spacing([theme::SPACE_M, theme::SPACE_XS]).show(ui, |ui| {
            // Nothing here is clicked, so rows need no room for a finger.
            ui.spacing_mut().interact_size.y = theme::SPACE_L;
            for (column, name) in table.header.iter().enumerate() {
                let text = RichText::new(name).small().color(theme::palette(ui).text_weak);
                cell(ui, column < table.names, text);
            }
            ui.end_row();
            for row in &table.rows {
                for (column, value) in row.iter().enumerate() {
                    let text = RichText::new(value);
                    let is_name = column < table.names;
                    cell(ui, is_name, if is_name { text } else { text.monospace() });
                }
                ui.end_row();
            }
        });
    });
}

fn cell(ui: &mut Ui, is_name: bool, text: RichText) {
    if is_name {
        ui.label(text);
    } else {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
    }
}
