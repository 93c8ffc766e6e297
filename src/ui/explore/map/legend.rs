//! What the colours say; a click dims everything else, or marks what has that colour.

use egui::{CornerRadius, FontId, Pos2, Rect, Role, Sense, TextStyle, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::state::{AppCommand, MarkCommand};
use crate::ui::Commands;
use crate::ui::theme::{self, RADIUS_S, SPACE_M, SPACE_XS};
use crate::ui::widgets::{count, elide};

use super::View;

/// Height of one entry.
const ENTRY: f32 = 22.0;
/// Widest name.
const NAME: f32 = 150.0;

/// Draws the legend at the top of `rect`, in as many lines as it needs, and returns the rest of `rect`.
pub fn show(ui: &mut Ui, rect: Rect, view: &mut View, commands: &mut Commands) -> Rect {
    let area = rect.shrink2(vec2(SPACE_M - SPACE_XS, 0.0));
    let drawn = ui.scope_builder(UiBuilder::new().max_rect(area), |ui| {
        // However many there are, half of the room is the map's.
        ui.set_clip_rect(ui.clip_rect().intersect(rect.with_max_y(rect.center().y)));
        ui.spacing_mut().item_spacing = vec2(SPACE_XS, 0.0);
        ui.spacing_mut().interact_size.y = ENTRY;
        ui.horizontal_wrapped(|ui| {
            for index in 0..view.points.categories.len() {
                entry(ui, view, index, commands);
            }
        });
    });
    let bottom = drawn.response.rect.bottom().min(rect.center().y);
    rect.with_min_y(bottom)
}

fn entry(ui: &mut Ui, view: &mut View, index: usize, commands: &mut Commands) {
    const DOT: f32 = 18.0;
    let Some(category) = view.points.categories.get(index) else { return };
    let palette = theme::palette(ui);
    let chosen = view.focus.contains(&category.name);
    let lit = view.focus.is_empty() || chosen;
    let strength = if lit { 1.0 } else { 0.55 };
    let font: FontId = TextStyle::Small.resolve(ui.style());
    let name = elide(ui, &category.name, font.clone(), palette.text.gamma_multiply(strength), NAME);
    let number = elide(ui, &count(category.count), font, palette.text_weak.gamma_multiply(strength), NAME);
    let width = DOT + name.size().x + SPACE_XS + number.size().x + SPACE_XS;
    let (rect, response) = ui.allocate_exact_size(vec2(width, ENTRY), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::CheckBox, true, chosen, format!("Only {}, {} tracks", category.name, category.count))
    });
    if chosen || response.hovered() || response.has_focus() {
        let ground = if chosen { palette.selected_row } else { palette.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(RADIUS_S), ground);
    }
    let own = u8::try_from(index).ok().and_then(|index| view.points.colour(index));
    let colour = own.map_or(palette.other, |index| view.points.colours(palette)[index]);
    let dot = pos2(rect.left() + DOT / 2.0, rect.center().y);
    ui.painter().circle_filled(dot, 4.5, if lit { colour } else { colour.gamma_multiply(0.3) });
    let at = |x: f32, height: f32| Pos2::new(x, rect.center().y - height / 2.0);
    let left = rect.left() + DOT;
    let (name_size, number_height) = (name.size(), number.size().y);
    ui.painter().galley(at(left, name_size.y), name, palette.text);
    ui.painter().galley(at(left + name_size.x + SPACE_XS, number_height), number, palette.text_weak);
    let name = category.name.clone();
    let what = if chosen { "Click to stop dimming the others" } else { "Click to dim the others" };
    let hint = format!("{name}\n{what}, Ctrl click to mark its tracks");
    if !response.on_hover_text(hint).clicked() {
        return;
    }
    if ui.input(|input| input.modifiers.command) {
        let of = view.points.list.iter().filter(|point| usize::from(point.category) == index);
        let tracks = of.map(|point| point.track).collect();
        commands.push(AppCommand::Mark(MarkCommand::These { tracks, add: true }));
    } else if !view.focus.remove(&name) {
        view.focus.insert(name);
    }
}
