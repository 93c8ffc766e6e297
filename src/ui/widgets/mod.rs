//! Small controls that the screens share.

pub mod cover;
mod icon;
mod steer;
mod text;

pub use icon::{Icon, icon_button, icon_button_for, icon_toggle, paint_icon};
pub use steer::steer;
pub use text::{
    clock, count, elide, facts, key_name, key_symbol, paint_cell, paint_text, progress_line, quiet, tempo, work_line,
};

use egui::{Button, CornerRadius, Response, RichText, Role, Ui, WidgetInfo};

use super::theme::{self, RADIUS_M, SPACE_XS};

/// Buttons in one frame of which one is chosen; the one that was clicked, where it was not chosen before.
pub fn segmented<T: Copy + PartialEq>(ui: &mut Ui, chosen: T, options: &[(T, &str, &str)]) -> Option<T> {
    let palette = theme::palette(ui);
    let mut clicked = None;
    let frame = egui::Frame::new().fill(palette.raised).corner_radius(CornerRadius::same(RADIUS_M)).inner_margin(2);
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.spacing_mut().interact_size.y -= SPACE_XS;
            ui.spacing_mut().button_padding = egui::vec2(SPACE_XS * 2.0, 2.0);
            for (option, name, explanation) in options {
                let selected = *option == chosen;
                let text = RichText::new(*name).color(if selected { palette.text_strong } else { palette.text_weak });
                let button = ui.add(Button::selectable(selected, text)).on_hover_text(*explanation);
                if button.clicked() && !selected {
                    clicked = Some(*option);
                }
            }
        });
    });
    clicked
}

/// A thin bar that fills from the left: `fraction` of `width`. `name` is its name for assistive technology.
pub fn progress_bar(ui: &mut Ui, fraction: f32, width: f32, name: &str) -> Response {
    const HEIGHT: f32 = 6.0;
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, HEIGHT), egui::Sense::hover());
    response.widget_info(|| WidgetInfo {
        value: Some(f64::from(fraction)),
        ..WidgetInfo::labeled(Role::ProgressIndicator, true, name)
    });
    let radius = CornerRadius::same(HEIGHT as u8 / 2);
    ui.painter().rect_filled(rect, radius, palette.hover);
    if fraction > 0.0 {
        let filled = rect.with_max_x(rect.left() + (rect.width() * fraction.min(1.0)).max(HEIGHT));
        ui.painter().rect_filled(filled, radius, palette.accent);
    }
    response
}

/// A slider whose part left of the handle has the colour of what is chosen.
pub fn slider(ui: &mut Ui, slider: egui::Slider<'_>) -> Response {
    let accent = theme::palette(ui).accent;
    ui.scope(|ui| {
        ui.visuals_mut().selection.bg_fill = accent;
        ui.add(slider)
    })
    .inner
}

/// The one thing to do next.
pub fn primary(ui: &mut Ui, text: &str) -> Response {
    let palette = theme::palette(ui);
    ui.add(Button::new(RichText::new(text).color(palette.on_accent)).fill(palette.accent))
}

/// Names a control that was drawn by hand, for assistive technology and tests.
pub fn named(response: &Response, role: Role, name: impl Fn() -> String) {
    response.widget_info(|| WidgetInfo::labeled(role, response.enabled(), name()));
}
