//! The side of the lab: the four values, what the one drawn does, and its matrix.

use egui::{Align2, FontId, Rect, RichText, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::domain::Metric;
use crate::render::{ColourMap, Heatmap, Matrix};
use crate::state::{AppCommand, AppState, LabCommand, Measured};
use crate::ui::theme::{self, SPACE_M, SPACE_XS};
use crate::ui::widgets::quiet;
use crate::ui::{Commands, panel};

/// What a distance does, in one line.
pub fn about(metric: Metric) -> &'static str {
    match metric {
        Metric::Mean => "From the mean of one curve to the mean of the other. It forgets order and shape.",
        Metric::Min => {
            "From every point of the query to the nearest of the target, averaged. It forgets order, and the other way \
             round it is another number."
        }
        Metric::Frechet => {
            "A man and his dog walk the two curves and never turn back. The shortest leash that lets both arrive: its \
             longest moment counts alone."
        }
        Metric::Dtw => {
            "The same walk, where every step counts: the mean of all leashes along the path with the smallest sum."
        }
        Metric::Blend => "The weighted mean of all four.",
    }
}

/// Draws the side.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    panel::title(ui, "Distances");
    if let Some(measured) = &state.lab.measured {
        values(ui, state, measured, commands);
        ui.add_space(SPACE_XS);
        ui.label(RichText::new(about(state.lab.metric)).color(theme::palette(ui).text));
        ui.add_space(SPACE_M);
        panel::title(ui, "Every point with every point");
        matrix(ui, state, measured);
        let what = match state.lab.metric {
            Metric::Dtw => "Bright is near. The line is the warping path.",
            Metric::Frechet => "Bright is near. The line is the walk, its longest leash is marked.",
            Metric::Min => "Bright is near. The nearest of each row is marked.",
            Metric::Mean | Metric::Blend => "Bright is near. The mean distance does not look at single points.",
        };
        quiet(ui, what);
    }
    ui.add_space(SPACE_M);
    let hint = match state.lab.pair {
        Some(_) => "Click a point on a curve to hear that segment.",
        None => {
            "Drag a point, or choose it with Tab and move it with the arrow keys. A double click, or Insert, adds a point; \
             a right click, or Delete, takes it away."
        }
    };
    quiet(ui, hint);
}

/// The four values, each a button that draws its distance.
fn values(ui: &mut Ui, state: &AppState, measured: &Measured, commands: &mut Commands) {
    let palette = theme::palette(ui);
    for (metric, value) in Metric::SINGLE.into_iter().zip(measured.values) {
        let chosen = state.lab.metric == metric;
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::click());
        let name = format!("{}: {value:.3}", metric.title());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &name));
        let ground = if chosen {
            palette.selected_row
        } else if response.hovered() || response.has_focus() {
            palette.hover
        } else {
            palette.raised
        };
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS_M), ground);
        if response.has_focus() {
            let stroke = Stroke::new(1.0, palette.accent);
            ui.painter().rect_stroke(rect, f32::from(theme::RADIUS_M), stroke, egui::StrokeKind::Inside);
        }
        let inner = rect.shrink2(vec2(SPACE_M, 0.0));
        let colour = if chosen { palette.accent } else { palette.text };
        let font = FontId::proportional(theme::TEXT_BODY);
        ui.painter().text(inner.left_center(), Align2::LEFT_CENTER, metric.title(), font, colour);
        let font = FontId::monospace(theme::TEXT_TITLE);
        let text = format!("{value:.3}");
        ui.painter().text(inner.right_center(), Align2::RIGHT_CENTER, text, font, palette.text_strong);
        if response.on_hover_text(about(metric)).clicked() {
            commands.push(AppCommand::Lab(LabCommand::Draw(metric)));
        }
    }
}

/// The table of distances with what the chosen distance takes from it.
fn matrix(ui: &mut Ui, state: &AppState, measured: &Measured) {
    let palette = theme::palette(ui);
    let explanation = &measured.explanation;
    let (rows, columns) = (explanation.query_segments, explanation.target_segments);
    // Made anew in every frame in which a point moved: the numbers are few.
    let key = egui::Id::unique("lab matrix");
    let known =
        ui.data(|data| data.get_temp::<(Vec<f32>, Matrix)>(key)).filter(|(values, _)| *values == explanation.matrix);
    let made = known.or_else(|| {
        // Turned round, so that near is bright.
        let near: Vec<f32> = explanation.matrix.iter().map(|distance| -distance).collect();
        let made = (explanation.matrix.clone(), Matrix::new(rows, columns, near)?);
        ui.data_mut(|data| data.insert_temp(key, made.clone()));
        Some(made)
    });
    let Some((_, table)) = made.filter(|(_, table)| (table.rows(), table.columns()) == (rows, columns)) else { return };
    // All of the side is seen at once in a small window; a large one has room for more.
    let height = (ui.ctx().content_rect().height() - 590.0).max(190.0);
    let cell = (ui.available_width() / columns as f32).min(height / rows as f32).min(48.0);
    let (rect, response) = ui.allocate_exact_size(vec2(cell * columns as f32, cell * rows as f32), Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Distances of {rows} and {columns} points")));
    let (low, high) = table.range();
    let heatmap = Heatmap::new(&table).colours(ColourMap::Viridis).range(low, high);
    heatmap.paint(ui, response.id, rect);
    let centre = |(row, column): (usize, usize)| {
        pos2(rect.left() + (column as f32 + 0.5) * cell, rect.top() + (row as f32 + 0.5) * cell)
    };
    let pairs = measured.pairs(state.lab.metric);
    let points: Vec<_> = pairs.iter().map(|pair| centre(*pair)).collect();
    if matches!(state.lab.metric, Metric::Frechet | Metric::Dtw) {
        ui.painter().add(Shape::line(points.clone(), Stroke::new(4.0, palette.over_picture_edge)));
        ui.painter().add(Shape::line(points.clone(), Stroke::new(2.0, palette.over_picture)));
    } else {
        for point in &points {
            ui.painter().circle_filled(*point, (cell * 0.22).clamp(2.0, 5.0), palette.over_picture_edge);
            ui.painter().circle_filled(*point, (cell * 0.15).clamp(1.4, 3.5), palette.over_picture);
        }
    }
    if state.lab.metric == Metric::Frechet
        && let Some(at) = points.get(measured.coupling.longest)
    {
        let mark = Rect::from_center_size(*at, egui::Vec2::splat(cell.max(6.0)));
        ui.painter().rect_stroke(mark, 1.0, Stroke::new(2.5, palette.paths[2]), egui::StrokeKind::Middle);
    }
    if let Some((row, column)) = response.hover_pos().and_then(|pos| heatmap.cell_at(rect, pos)) {
        let distance = measured.between((row, column));
        response.on_hover_text_at_pointer(format!("Point {} and point {}: {distance:.3}", row + 1, column + 1));
    }
}
