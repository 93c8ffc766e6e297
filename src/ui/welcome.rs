//! The first start: no track yet, two ways to begin.

use egui::{Align, CornerRadius, Frame, Layout, Margin, RichText, Stroke, Ui, vec2};

use crate::state::{AppCommand, AppState, Dialog, JobKind};

use super::Commands;
use super::theme::{self, RADIUS_L, SPACE_L, SPACE_M, SPACE_S, SPACE_XL, SPACE_XS, TEXT_HEADING, TEXT_TITLE};
use super::widgets::{Icon, paint_icon, primary, progress_bar, progress_line, quiet};

/// Width of one choice.
const CARD: f32 = 330.0;
/// Height of one choice.
const CARD_HEIGHT: f32 = 206.0;

/// Draws the screen.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let palette = theme::palette(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.5 - 230.0).max(SPACE_L));
        let (mark, _) = ui.allocate_exact_size(vec2(44.0, 44.0), egui::Sense::hover());
        paint_icon(ui.painter(), mark, Icon::Path, palette.accent);
        ui.add_space(SPACE_S);
        ui.label(RichText::new("A song is not a point, it is a path").size(TEXT_HEADING).color(palette.text_strong));
        ui.label(
            RichText::new("Songline listens to your music and finds what sounds alike, by sound alone.")
                .color(palette.text_weak),
        );
        ui.add_space(SPACE_XL);
        let row = vec2(CARD * 2.0 + SPACE_L, CARD_HEIGHT);
        ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.x = SPACE_L;
            demo(ui, state, commands);
            own(ui, commands);
        });
        ui.add_space(SPACE_L);
        progress(ui, state);
    });
}

fn card(ui: &mut Ui, title: &str, text: &str, actions: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    let margin = SPACE_L + SPACE_XS;
    let frame = Frame::new()
        .fill(palette.panel)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(CornerRadius::same(RADIUS_L))
        .inner_margin(Margin::same(margin as i8));
    frame.show(ui, |ui| {
        let size = vec2(CARD - margin * 2.0, CARD_HEIGHT - margin * 2.0);
        ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.set_min_size(size);
            ui.set_max_size(size);
            ui.label(RichText::new(title).size(TEXT_TITLE).color(palette.text_strong));
            ui.label(RichText::new(text).color(palette.text));
            ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
                ui.horizontal(actions);
            });
        });
    });
}

fn demo(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let text = "64 pieces in 8 styles, composed by Songline itself on this computer. No network, no \
                account; it takes about half a minute.";
    let busy = state.jobs.of_kind(&JobKind::Demo).is_some();
    card(ui, "Try it", text, |ui| {
        let make = ui.add_enabled_ui(!busy, |ui| primary(ui, "Make the demo library")).inner;
        if make.clicked() {
            commands.push(AppCommand::MakeDemo);
        }
    });
}

fn own(ui: &mut Ui, commands: &mut Commands) {
    let text = "Any audio files and folders. They are read where they are: Songline never moves, changes or deletes \
                your music. You can also drop them on this window.";
    card(ui, "Open my music", text, |ui| {
        for (name, dialog) in [("Choose a folder…", Dialog::ImportFolder), ("Choose files…", Dialog::ImportFiles)] {
            if ui.button(name).clicked() {
                commands.push(AppCommand::OpenDialog(dialog));
            }
        }
    });
}

fn progress(ui: &mut Ui, state: &AppState) {
    let palette = theme::palette(ui);
    for kind in [JobKind::Demo, JobKind::Import] {
        let Some((_, job)) = state.jobs.of_kind(&kind) else { continue };
        let title = kind.title().unwrap_or_default();
        ui.label(RichText::new(title).color(palette.text_strong));
        let share = job.progress.fraction().unwrap_or(0.0);
        progress_bar(ui, share, CARD * 2.0 + SPACE_L, &format!("{title} so far"));
        quiet(ui, progress_line(&job.progress));
        ui.add_space(SPACE_M);
    }
}
