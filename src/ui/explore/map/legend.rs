//! What the colours say; a click dims everything else.

use egui::{
    Align, Align2, CornerRadius, Layout, Rect, Role, ScrollArea, Sense, TextStyle, Ui, UiBuilder, WidgetInfo, vec2,
};

use crate::ui::theme::{self, CATEGORIES, RADIUS_S, SPACE_S, SPACE_XS};
use crate::ui::widgets::paint_text;

use super::View;

/// Height of one entry.
const ENTRY: f32 = 22.0;
/// Width of the legend.
pub const WIDTH: f32 = 150.0;

/// Draws the legend in the upper left corner of `rect`.
pub fn show(ui: &mut Ui, rect: Rect, view: &mut View) {
    let size = vec2(WIDTH, (view.points.categories.len() as f32 * ENTRY + SPACE_S).min(rect.height() - SPACE_S * 2.0));
    if size.y < ENTRY {
        return;
    }
    let area = Rect::from_min_size(rect.min + vec2(SPACE_S, SPACE_XS), size);
    let palette = theme::palette(ui);
    ui.painter().rect_filled(area, CornerRadius::same(theme::RADIUS_M), palette.ground.gamma_multiply(0.8));
    let builder = UiBuilder::new().max_rect(area.shrink(SPACE_XS)).layout(Layout::top_down(Align::Min));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("legend").show(ui, |ui| {
            for index in 0..view.points.categories.len() {
                entry(ui, view, index);
            }
        });
    });
}

fn entry(ui: &mut Ui, view: &mut View, index: usize) {
    let Some(category) = view.points.categories.get(index) else { return };
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ENTRY), Sense::click());
    let lit = view.focus.is_empty() || view.focus.contains(&category.name);
    let chosen = view.focus.contains(&category.name);
    response.widget_info(|| {
        WidgetInfo::selected(Role::CheckBox, true, chosen, format!("Only {}, {} tracks", category.name, category.count))
    });
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(RADIUS_S), palette.hover);
    }
    let colour = palette.categories.get(index).filter(|_| index < CATEGORIES).copied().unwrap_or(palette.other);
    let alpha = if lit { 1.0 } else { 0.3 };
    ui.painter().circle_filled(rect.left_center() + vec2(10.0, 0.0), 4.5, colour.gamma_multiply(alpha));
    let text = rect.with_min_x(rect.left() + 22.0).with_max_x(rect.right() - SPACE_XS);
    let count = category.count.to_string();
    let weak = palette.text_weak.gamma_multiply(alpha.max(0.6));
    let width = paint_text(ui, text, &count, TextStyle::Small, weak, Align2::RIGHT_CENTER);
    let name = text.with_max_x(text.right() - width - SPACE_XS);
    let strong = palette.text.gamma_multiply(alpha.max(0.6));
    paint_text(ui, name, &category.name, TextStyle::Small, strong, Align2::LEFT_CENTER);
    let hint = if chosen { "Click to stop dimming the others" } else { "Click to dim the others" };
    let name = category.name.clone();
    if response.on_hover_text(hint).clicked() && !view.focus.remove(&name) {
        view.focus.insert(name);
    }
}
