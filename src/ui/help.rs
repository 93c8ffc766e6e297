//! The list of shortcuts, over everything else.

use egui::{Align, Frame, Grid, Id, Layout, Margin, Modal, RichText, ScrollArea, Ui};

use super::shell::close_button;
use super::shortcuts::TABLE;
use super::theme::{self, SPACE_L, SPACE_S, TEXT_TITLE};

/// Shows the list while `open`.
pub fn show(ui: &Ui, open: &mut bool) {
    if !*open {
        return;
    }
    let palette = theme::palette(ui);
    let frame = Frame::popup(ui.style()).fill(palette.panel).inner_margin(Margin::same(SPACE_L as i8));
    let modal = Modal::new(Id::unique("help")).frame(frame).backdrop_color(palette.veil).show(ui.ctx(), |ui| {
        ui.set_width(540.0);
        // A small screen at a large scale has no room for all of it; elsewhere all is seen at once.
        let room = (ui.ctx().content_rect().height() - 120.0).max(120.0);
        ui.set_max_height(room);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Keyboard and pointer").size(TEXT_TITLE).color(palette.text_strong));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if close_button(ui, "Close the list of shortcuts").clicked() {
                    *open = false;
                }
            });
        });
        ui.spacing_mut().interact_size.y = 0.0;
        ScrollArea::vertical().max_height(room).show(ui, groups);
    });
    if modal.backdrop_response.clicked() {
        *open = false;
    }
}

fn groups(ui: &mut Ui) {
    let palette = theme::palette(ui);
    for (title, keys) in TABLE {
        ui.add_space(SPACE_S);
        ui.label(RichText::new(title).small().color(palette.text_weak));
        Grid::new(title).num_columns(2).spacing([SPACE_L, SPACE_S * 0.5]).min_col_width(120.0).show(ui, |ui| {
            for (key, meaning) in keys {
                ui.label(RichText::new(*key).color(palette.accent));
                ui.label(*meaning);
                ui.end_row();
            }
        });
    }
}
