//! Icons drawn with the painter: they need no font and stay sharp at any scale.

use egui::{
    Color32, CornerRadius, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};

use crate::ui::theme::{self, RADIUS_S};

use super::named;

/// The pictures there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Play,
    Pause,
    Previous,
    Next,
    Volume,
    Muted,
    Folder,
    File,
    Search,
    Close,
    Fit,
    Target,
    Path,
    Up,
    Down,
    Stop,
    Lasso,
    Frame,
    Star,
    Letter,
    Undo,
    Redo,
}

/// A square button that shows an icon; `name` is its tooltip and its name for assistive technology.
pub fn icon_button(ui: &mut Ui, icon: Icon, size: f32, name: &str) -> Response {
    icon_button_for(ui, icon, size, name, name)
}

/// The same with a tooltip that says more than the name: the key, for one.
pub fn icon_button_for(ui: &mut Ui, icon: Icon, size: f32, name: &str, tooltip: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size, size), Sense::click());
    named(&response, Role::Button, || name.to_owned());
    paint_button(ui, rect, &response, icon, false);
    response.on_hover_text(tooltip)
}

/// A button that shows an icon and is `on` or not.
pub fn icon_toggle(ui: &mut Ui, icon: Icon, size: f32, on: bool, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size, size), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, name));
    paint_button(ui, rect, &response, icon, on);
    response
}

fn paint_button(ui: &Ui, rect: Rect, response: &Response, icon: Icon, on: bool) {
    let palette = theme::palette(ui);
    if ui.is_rect_visible(rect) {
        let (ground, colour) = if !response.enabled() {
            (Color32::TRANSPARENT, palette.line_strong)
        } else if response.is_pointer_button_down_on() {
            (palette.press, palette.text_strong)
        } else if on {
            (palette.accent_ground, palette.text_strong)
        } else if response.hovered() || response.has_focus() {
            (palette.hover, palette.text_strong)
        } else {
            (Color32::TRANSPARENT, palette.text_weak)
        };
        ui.painter().rect_filled(rect, CornerRadius::same(RADIUS_S), ground);
        if response.has_focus() {
            let stroke = Stroke::new(1.0, palette.accent);
            ui.painter().rect_stroke(rect, CornerRadius::same(RADIUS_S), stroke, StrokeKind::Inside);
        }
        paint_icon(ui.painter(), rect.shrink(rect.width() * 0.24), icon, colour);
    }
}

/// Draws `icon` into the square in the middle of `rect`.
pub fn paint_icon(painter: &Painter, rect: Rect, icon: Icon, colour: Color32) {
    let side = rect.width().min(rect.height());
    let rect = Rect::from_center_size(rect.center(), vec2(side, side));
    let at = |x: f32, y: f32| -> Pos2 { pos2(rect.left() + x * side, rect.top() + y * side) };
    let stroke = Stroke::new((side * 0.11).max(1.2), colour);
    let filled = |points: &[(f32, f32)]| {
        painter.add(Shape::convex_polygon(points.iter().map(|(x, y)| at(*x, *y)).collect(), colour, Stroke::NONE));
    };
    let line = |points: &[(f32, f32)]| {
        painter.add(Shape::line(points.iter().map(|(x, y)| at(*x, *y)).collect(), stroke));
    };
    let block = |x0: f32, y0: f32, x1: f32, y1: f32| {
        painter.rect_filled(Rect::from_min_max(at(x0, y0), at(x1, y1)), CornerRadius::ZERO, colour);
    };
    match icon {
        Icon::Play => filled(&[(0.14, 0.02), (0.98, 0.5), (0.14, 0.98)]),
        Icon::Pause => {
            block(0.12, 0.04, 0.4, 0.96);
            block(0.6, 0.04, 0.88, 0.96);
        }
        Icon::Stop => block(0.1, 0.1, 0.9, 0.9),
        Icon::Previous => {
            block(0.06, 0.08, 0.22, 0.92);
            filled(&[(0.96, 0.08), (0.96, 0.92), (0.28, 0.5)]);
        }
        Icon::Next => {
            block(0.78, 0.08, 0.94, 0.92);
            filled(&[(0.04, 0.08), (0.72, 0.5), (0.04, 0.92)]);
        }
        Icon::Volume | Icon::Muted => {
            block(0.02, 0.34, 0.22, 0.66);
            filled(&[(0.2, 0.34), (0.48, 0.08), (0.48, 0.92), (0.2, 0.66)]);
            if icon == Icon::Muted {
                line(&[(0.64, 0.34), (0.96, 0.66)]);
                line(&[(0.96, 0.34), (0.64, 0.66)]);
            } else {
                line(&arc(0.46, 0.5, 0.26));
                line(&arc(0.46, 0.5, 0.48));
            }
        }
        Icon::Folder => line(&[
            (0.04, 0.84),
            (0.04, 0.18),
            (0.38, 0.18),
            (0.48, 0.32),
            (0.96, 0.32),
            (0.96, 0.84),
            (0.04, 0.84),
            (0.04, 0.7),
        ]),
        Icon::File => {
            line(&[(0.16, 0.04), (0.6, 0.04), (0.86, 0.3), (0.86, 0.96), (0.16, 0.96), (0.16, 0.04), (0.3, 0.04)]);
            line(&[(0.58, 0.06), (0.58, 0.32), (0.84, 0.32)]);
        }
        Icon::Search => {
            painter.circle_stroke(at(0.42, 0.42), side * 0.32, stroke);
            line(&[(0.66, 0.66), (0.96, 0.96)]);
        }
        Icon::Close => {
            line(&[(0.16, 0.16), (0.84, 0.84)]);
            line(&[(0.84, 0.16), (0.16, 0.84)]);
        }
        Icon::Fit => {
            line(&[(0.06, 0.34), (0.06, 0.06), (0.34, 0.06)]);
            line(&[(0.66, 0.06), (0.94, 0.06), (0.94, 0.34)]);
            line(&[(0.94, 0.66), (0.94, 0.94), (0.66, 0.94)]);
            line(&[(0.34, 0.94), (0.06, 0.94), (0.06, 0.66)]);
        }
        Icon::Target => {
            painter.circle_stroke(at(0.5, 0.5), side * 0.34, stroke);
            painter.circle_filled(at(0.5, 0.5), side * 0.12, colour);
            line(&[(0.5, 0.0), (0.5, 0.2)]);
            line(&[(0.5, 0.8), (0.5, 1.0)]);
            line(&[(0.0, 0.5), (0.2, 0.5)]);
            line(&[(0.8, 0.5), (1.0, 0.5)]);
        }
        Icon::Path => {
            line(&[(0.08, 0.82), (0.34, 0.3), (0.62, 0.64), (0.92, 0.14)]);
            for (x, y) in [(0.08, 0.82), (0.34, 0.3), (0.62, 0.64), (0.92, 0.14)] {
                painter.circle_filled(at(x, y), side * 0.12, colour);
            }
        }
        Icon::Lasso => {
            let around = |step: usize| {
                let angle = step as f32 / 14.0 * std::f32::consts::TAU;
                (0.5 + angle.cos() * 0.46, 0.38 + angle.sin() * 0.32)
            };
            line(&(0..=14).map(around).collect::<Vec<_>>());
            line(&[(0.34, 0.68), (0.22, 0.84), (0.36, 0.98)]);
        }
        Icon::Star => {
            for (x, y) in [(0.08, 0.2), (0.9, 0.1), (0.94, 0.66), (0.4, 0.96)] {
                line(&[(0.44, 0.48), (x, y)]);
                painter.circle_filled(at(x, y), side * 0.09, colour);
            }
            painter.circle_filled(at(0.44, 0.48), side * 0.14, colour);
        }
        Icon::Letter => {
            line(&[(0.08, 0.92), (0.46, 0.08), (0.54, 0.08), (0.92, 0.92)]);
            line(&[(0.24, 0.62), (0.76, 0.62)]);
        }
        Icon::Frame => {
            for (from, to) in [(0.06, 0.34), (0.66, 0.94)] {
                line(&[(from, 0.14), (to, 0.14)]);
                line(&[(from, 0.86), (to, 0.86)]);
            }
            for (from, to) in [(0.14, 0.38), (0.62, 0.86)] {
                line(&[(0.06, from), (0.06, to)]);
                line(&[(0.94, from), (0.94, to)]);
            }
        }
        Icon::Undo | Icon::Redo => {
            let turned = |(x, y): (f32, f32)| if icon == Icon::Undo { (x, y) } else { (1.0 - x, y) };
            line(&[(0.36, 0.06), (0.08, 0.32), (0.36, 0.58)].map(turned));
            let bow = [(0.08, 0.32), (0.62, 0.32), (0.8, 0.38), (0.92, 0.56), (0.88, 0.78), (0.72, 0.92), (0.3, 0.94)];
            line(&bow.map(turned));
        }
        Icon::Up => filled(&[(0.5, 0.22), (0.92, 0.78), (0.08, 0.78)]),
        Icon::Down => filled(&[(0.08, 0.22), (0.92, 0.22), (0.5, 0.78)]),
    }
}

/// The right-hand side of a circle, as points in the unit square.
fn arc(x: f32, y: f32, radius: f32) -> Vec<(f32, f32)> {
    (0..=8)
        .map(|step| {
            let angle = (step as f32 / 8.0 - 0.5) * 1.7;
            (x + angle.cos() * radius, y + angle.sin() * radius)
        })
        .collect()
}
