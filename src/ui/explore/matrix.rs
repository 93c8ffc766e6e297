//! The distance matrix of two trajectories as a picture: near is bright, the warping path runs over it.

use egui::{
    Align2, Color32, ColorImage, CornerRadius, FontId, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke,
    StrokeKind, TextureHandle, TextureOptions, Ui, WidgetInfo, pos2, vec2,
};

use crate::jobs::message::{Explanation, ExplanationOutput};
use crate::render::ColourMap;
use crate::ui::theme::{self, Palette, TEXT_SMALL};
use crate::ui::widgets::clock;

/// Room for the times at the left.
const AXIS_X: f32 = 40.0;
/// Room for the times below.
const AXIS_Y: f32 = 20.0;
/// Largest height of the picture.
const TALLEST: f32 = 250.0;
/// Largest side of a cell.
const LARGEST_CELL: f32 = 22.0;

/// The picture of the explanation shown last.
#[derive(Default)]
pub struct Matrix {
    texture: Option<TextureHandle>,
    of: Option<Explanation>,
}

/// What was done with the picture.
pub struct Outcome {
    /// Row and column that were clicked.
    pub clicked: Option<(usize, usize)>,
    /// Row and column under the pointer.
    pub hovered: Option<(usize, usize)>,
}

impl Matrix {
    fn texture(&mut self, ui: &Ui, explanation: &Explanation) -> Option<&TextureHandle> {
        if self.of.as_ref() != Some(explanation) {
            self.texture = picture(explanation)
                .map(|image| ui.ctx().load_texture("distance matrix", image, TextureOptions::NEAREST));
            self.of = Some(explanation.clone());
        }
        self.texture.as_ref()
    }

    /// Draws the matrix, `pair` marked.
    pub fn show(&mut self, ui: &mut Ui, output: &ExplanationOutput, pair: (usize, usize)) -> Outcome {
        let palette = theme::palette(ui);
        let explanation = &output.explanation;
        let (rows, columns) = (explanation.query_segments, explanation.target_segments);
        let width = (ui.available_width() - AXIS_X).max(60.0);
        let cell = (width / columns.max(1) as f32).min(TALLEST / rows.max(1) as f32).min(LARGEST_CELL);
        let size = vec2(cell * columns as f32, cell * rows as f32);
        let (whole, _) = ui.allocate_exact_size(vec2(ui.available_width(), size.y + AXIS_Y), Sense::hover());
        let rect = Rect::from_min_size(whole.min + vec2(AXIS_X, 0.0), size);
        let response = ui.interact(rect, ui.scope_id().with("matrix"), Sense::click());
        response.widget_info(|| {
            let name = format!("Distances of {rows} query segments and {columns} target segments");
            WidgetInfo::labeled(Role::Image, true, name)
        });
        if let Some(texture) = self.texture(ui, explanation) {
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture.id(), rect, uv, theme::UNTINTED);
        }
        ui.painter().rect_stroke(rect, CornerRadius::ZERO, Stroke::new(1.0, palette.line_strong), StrokeKind::Outside);
        let centre = |(row, column): (usize, usize)| {
            pos2(rect.left() + (column as f32 + 0.5) * cell, rect.top() + (row as f32 + 0.5) * cell)
        };
        path(ui.painter(), palette, explanation, cell, &centre);
        mark(ui.painter(), centre(explanation.best), cell, palette.over_picture, palette.over_picture_edge);
        mark(ui.painter(), centre(pair), cell, palette.paths[0], palette.over_picture_edge);
        axes(ui.painter(), palette, output, rect, cell);
        outcome(&response, rect, cell, (rows, columns), ui.painter(), palette)
    }
}

/// Near is bright: distances are scaled between the least and the largest of the matrix.
fn picture(explanation: &Explanation) -> Option<ColorImage> {
    let (rows, columns) = (explanation.query_segments, explanation.target_segments);
    if rows * columns == 0 || explanation.matrix.len() != rows * columns {
        return None;
    }
    let least = explanation.matrix.iter().copied().fold(f32::INFINITY, f32::min);
    let largest = explanation.matrix.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = (largest - least).max(f32::EPSILON);
    let pixels =
        explanation.matrix.iter().map(|distance| theme::of_map(ColourMap::Viridis, 1.0 - (distance - least) / range));
    Some(ColorImage::new([columns, rows], pixels.collect()))
}

fn path(
    painter: &Painter,
    palette: &Palette,
    explanation: &Explanation,
    cell: f32,
    centre: &dyn Fn((usize, usize)) -> Pos2,
) {
    let points: Vec<Pos2> = explanation.path.iter().map(|pair| centre(*pair)).collect();
    let width = (cell * 0.16).clamp(1.2, 2.5);
    painter.add(Shape::line(points.clone(), Stroke::new(width + 2.0, palette.over_picture_edge)));
    painter.add(Shape::line(points.clone(), Stroke::new(width, palette.over_picture)));
    if cell > 8.0 {
        for point in points {
            painter.circle_filled(point, width + 0.6, palette.over_picture);
        }
    }
}

/// A frame around one cell that can be seen on every ground.
fn mark(painter: &Painter, centre: Pos2, cell: f32, colour: Color32, outline: Color32) {
    let rect = Rect::from_center_size(centre, egui::Vec2::splat(cell.max(7.0)));
    painter.rect_stroke(rect, CornerRadius::same(2), Stroke::new(3.5, outline), StrokeKind::Middle);
    painter.rect_stroke(rect, CornerRadius::same(2), Stroke::new(1.8, colour), StrokeKind::Middle);
}

fn axes(painter: &Painter, palette: &Palette, output: &ExplanationOutput, rect: Rect, cell: f32) {
    let grid = output.grid;
    let font = FontId::proportional(TEXT_SMALL - 1.5);
    let tick = Stroke::new(1.0, palette.line_strong);
    let explanation = &output.explanation;
    let step = |room: f32| (room / cell).ceil().max(1.0) as usize;
    for row in (0..explanation.query_segments).step_by(step(26.0)) {
        let y = rect.top() + row as f32 * cell;
        let at = pos2(rect.left() - 7.0, y + (cell * 0.5).min(8.0));
        painter.hline(rect.left() - 4.0..=rect.left(), y + 0.5, tick);
        let text = clock(grid.start_s(output.query_offset + row));
        painter.text(at, Align2::RIGHT_CENTER, text, font.clone(), palette.text_weak);
    }
    for column in (0..explanation.target_segments).step_by(step(44.0)) {
        let x = rect.left() + column as f32 * cell;
        painter.vline(x + 0.5, rect.bottom()..=rect.bottom() + 4.0, tick);
        let text = clock(grid.start_s(output.target_offset + column));
        painter.text(pos2(x, rect.bottom() + 5.0), Align2::LEFT_TOP, text, font.clone(), palette.text_weak);
    }
}

fn outcome(
    response: &Response,
    rect: Rect,
    cell: f32,
    (rows, columns): (usize, usize),
    painter: &Painter,
    palette: &Palette,
) -> Outcome {
    let pair_at = |at: Pos2| {
        let (row, column) = (((at.y - rect.top()) / cell) as usize, ((at.x - rect.left()) / cell) as usize);
        (rect.contains(at) && row < rows && column < columns).then_some((row, column))
    };
    let hovered = response.hover_pos().and_then(pair_at);
    if let Some((row, column)) = hovered {
        let min = rect.min + vec2(column as f32 * cell, row as f32 * cell);
        let square = Rect::from_min_size(min, egui::Vec2::splat(cell));
        painter.rect_stroke(square, CornerRadius::ZERO, Stroke::new(1.0, palette.text_strong), StrokeKind::Middle);
    }
    let clicked = if response.clicked() { response.interact_pointer_pos().and_then(pair_at) } else { None };
    Outcome { clicked, hovered }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_pair_is_the_brightest() {
        let explanation = Explanation {
            query_segments: 1,
            target_segments: 2,
            matrix: vec![0.2, 0.9],
            path: vec![(0, 0), (0, 1)],
            best: (0, 0),
            best_distance: 0.2,
        };
        let image = picture(&explanation).unwrap();
        assert_eq!(image.size, [2, 1]);
        assert_eq!(image.pixels[0], theme::of_map(ColourMap::Viridis, 1.0));
        assert_eq!(image.pixels[1], theme::of_map(ColourMap::Viridis, 0.0));
        assert!(picture(&Explanation { matrix: vec![], ..explanation }).is_none());
    }
}
