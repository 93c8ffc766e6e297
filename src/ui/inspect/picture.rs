//! The pictures of the inspect screen: spectrograms and stacks of layers, with what lies under the pointer.

use egui::{Align2, Id, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, TextStyle, Ui, pos2, vec2};

use crate::domain::FRAMES_PER_SECOND;
use crate::render::{ColourMap, Heatmap, Matrix, Orientation};
use crate::ui::{theme, widgets};

use super::stages::{Layer, Stages, band_centre_hz, hertz};

/// An outline that shows on every colour of `map`: the accent on a rim of the map's darkest colour.
pub fn outline(ui: &Ui, rect: Rect, map: ColourMap) {
    let rim = dark_end(map);
    let painter = ui.painter();
    painter.rect_stroke(rect, 0.0, Stroke::new(4.0, rim), StrokeKind::Middle);
    painter.rect_stroke(rect, 0.0, Stroke::new(2.0, light_end(map)), StrokeKind::Middle);
}

/// A vertical line that shows on every colour of `map`.
pub fn marker(ui: &Ui, x: f32, rect: Rect, map: ColourMap) {
    let painter = ui.painter();
    painter.vline(x, rect.y_range(), Stroke::new(3.0, dark_end(map)));
    painter.vline(x, rect.y_range(), Stroke::new(1.5, light_end(map)));
}

fn dark_end(map: ColourMap) -> egui::Color32 {
    theme::of_map(map, 0.0)
}

fn light_end(map: ColourMap) -> egui::Color32 {
    theme::of_map(map, 1.0)
}

/// The Hz labels that fit beside a picture `height` points high: band positions with their names.
pub fn frequency_ticks(bands: usize, height: f32) -> Vec<(f32, String)> {
    let wanted: &[f64] =
        if height > 90.0 { &[100.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0] } else { &[500.0, 2_000.0, 10_000.0] };
    let ticks = wanted.iter().filter_map(|hz| {
        let band = (0..bands).find(|band| band_centre_hz(*band, bands) >= *hz)?;
        Some((1.0 - (band as f32 + 0.5) / bands as f32, hertz(*hz).replace(".0 k", " k")))
    });
    ticks.collect()
}

/// Draws a spectrogram picture in `rect`; with what is under the pointer as a tooltip. `start_s` is the time of its left
/// edge in the track.
pub fn spectrogram(
    ui: &mut Ui,
    id: Id,
    rect: Rect,
    heatmap: &Heatmap,
    matrix: &Matrix,
    name: &str,
    start_s: f64,
) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    widgets::named(&response, Role::Image, || name.to_owned());
    heatmap.paint(ui, id, rect);
    let under = response.hover_pos().and_then(|pos| heatmap.cell_at(rect, pos));
    if let Some((frame, band)) = under {
        let value = matrix.value(frame, band).unwrap_or_default();
        let seconds = start_s + frame as f64 / FRAMES_PER_SECOND as f64;
        let hz = hertz(band_centre_hz(band, matrix.columns()));
        let text = format!("{seconds:.2} s · {hz} (mel band {band}) · {value:.3}");
        return response.on_hover_text_at_pointer(text);
    }
    response
}

/// What a stack answers: a click on a row, and whether it was a double click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowClick {
    pub row: usize,
    pub double: bool,
}

/// Draws a layer with one row per segment by `heatmap`; `row` is outlined.
pub fn stack(
    ui: &mut Ui,
    id: Id,
    rect: Rect,
    stages: &Stages,
    layer: Layer,
    heatmap: &Heatmap,
    row: usize,
) -> Option<RowClick> {
    let matrix = stages.layer(layer);
    let response = ui.interact(rect, id, Sense::click());
    let title = layer.title();
    widgets::named(&response, Role::Image, || {
        format!("{title}: {} segments × {} units", matrix.rows(), matrix.columns())
    });
    heatmap.paint(ui, id, rect);
    let height = rect.height() / matrix.rows() as f32;
    let top = rect.top() + row as f32 * height;
    let chosen = Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + height));
    if height >= 8.0 {
        outline(ui, chosen, heatmap.colour_map());
    } else {
        // A row this low would disappear under its outline: the line runs around it.
        let line = Stroke::new(1.5, light_end(heatmap.colour_map()));
        ui.painter().rect_stroke(chosen, 0.0, line, StrokeKind::Outside);
    }
    let (under_row, unit) = response.hover_pos().and_then(|pos| heatmap.cell_at(rect, pos))?;
    let value = matrix.value(under_row, unit).unwrap_or_default();
    let (from, to) = stages.seconds_of(under_row);
    let text = format!("Segment {} ({from:.0}–{to:.0} s) · unit {unit} · {value:.3}", under_row + 1);
    let response = response.on_hover_text_at_pointer(text).on_hover_cursor(egui::CursorIcon::PointingHand);
    response.clicked().then(|| RowClick { row: under_row, double: response.double_clicked() })
}

/// One segment's own image out of the picture of the whole span.
pub fn segment_view(stages: &Stages, row: usize) -> Rect {
    let total = stages.input.rows() as f32;
    let start = (row * stages.grid.hop) as f32 / total;
    let end = (row * stages.grid.hop + stages.grid.frames) as f32 / total;
    Rect::from_min_max(pos2(start, 0.0), pos2(end, 1.0))
}

/// The upright drawing of a spectrogram matrix.
pub fn upright(matrix: &Matrix, map: ColourMap, range: (f32, f32)) -> Heatmap {
    Heatmap::new(matrix).colours(map).range(range.0, range.1).orientation(Orientation::Upright)
}

/// The time axis under a picture: seconds of the track.
pub fn time_axis(ui: &Ui, rect: Rect, start_s: f64, length_s: f64) {
    let pixels_per_second = f64::from(rect.width()) / length_s.max(1e-6);
    let steps = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0];
    let step = steps.into_iter().find(|step| step * pixels_per_second >= 60.0).unwrap_or(3_600.0);
    let colour = theme::palette(ui).text_weak;
    let font = TextStyle::Small.resolve(ui.style());
    let mut tick = (start_s / step).ceil() * step;
    while tick <= start_s + length_s + 1e-6 {
        let x = rect.left() + ((tick - start_s) * pixels_per_second) as f32;
        ui.painter().vline(x, rect.top()..=rect.top() + 3.0, Stroke::new(1.0, colour));
        let label = if start_s + length_s > 99.0 { widgets::clock(tick) } else { format!("{tick:.0} s") };
        let anchor = match x {
            x if x < rect.left() + 12.0 => Align2::LEFT_TOP,
            x if x > rect.right() - 12.0 => Align2::RIGHT_TOP,
            _ => Align2::CENTER_TOP,
        };
        ui.painter().text(pos2(x, rect.top() + 3.0), anchor, label, font.clone(), colour);
        tick += step;
    }
}

/// An arrow along `points`, the last of which it points to.
pub fn arrow(ui: &Ui, points: &[egui::Pos2]) {
    let stroke = Stroke::new(1.5, theme::palette(ui).text_weak);
    ui.painter().line(points.to_vec(), stroke);
    if let [.., before, tip] = points {
        let along = (*tip - *before).normalized() * 6.0;
        let side = vec2(-along.y, along.x) * 0.6;
        let head = vec![*tip, *tip - along + side, *tip - along - side];
        ui.painter().add(Shape::convex_polygon(head, stroke.color, Stroke::NONE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequency_ticks_rise_from_the_bottom() {
        let ticks = frequency_ticks(60, 200.0);
        assert_eq!(ticks.len(), 6);
        assert!(ticks.windows(2).all(|pair| pair[1].0 < pair[0].0));
        assert_eq!(ticks[2].1, "1 kHz");
        assert_eq!(ticks[0].1, "100 Hz");
    }
}
