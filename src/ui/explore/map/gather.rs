//! Marking on the map: a lasso or a box drawn with the pointer.

use egui::{PointerButton, Pos2, Rect, Response, Shape, Stroke, StrokeKind, Ui};

use crate::domain::TrackId;
use crate::state::{AppCommand, MarkCommand};
use crate::ui::Commands;
use crate::ui::theme::Palette;

use super::camera::{Bounds, Camera};
use super::points::Points;

/// What is drawn around tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shaped {
    Lasso,
    Box,
}

/// A line around tracks, while it is drawn.
#[derive(Debug, Clone)]
pub struct Gathering {
    shaped: Shaped,
    /// Its corners in map coordinates: all of a lasso, two opposite ones of a box.
    corners: Vec<[f32; 2]>,
    /// Whether what it goes round joins what is marked.
    add: bool,
}

impl Gathering {
    /// Its outline in map coordinates.
    fn outline(&self) -> Vec<[f32; 2]> {
        match (self.shaped, self.corners.as_slice()) {
            (Shaped::Box, [first, .., last]) => vec![*first, [last[0], first[1]], *last, [first[0], last[1]]],
            _ => self.corners.clone(),
        }
    }
}

/// Acts on a drag over the map: draws a line where a `tool` is chosen or Shift or Ctrl is held, and marks what it went
/// round once it is let go. Returns whether the drag was taken.
pub fn act(
    ui: &Ui,
    response: &Response,
    rect: Rect,
    camera: Camera,
    (tool, points): (Option<Shaped>, &Points),
    gathering: &mut Option<Gathering>,
    commands: &mut Commands,
) -> bool {
    /// Points of the screen between two corners of a lasso.
    const STEP: f32 = 3.0;
    let modifiers = ui.input(|input| input.modifiers);
    if response.drag_started_by(PointerButton::Primary) {
        let held = match (modifiers.shift, modifiers.command) {
            (true, _) => Some(Shaped::Lasso),
            (_, true) => Some(Shaped::Box),
            _ => None,
        };
        // Where the button went down, not where the drag was noticed.
        let from = ui.input(|input| input.pointer.press_origin());
        *gathering = held.or(tool).zip(from).map(|(shaped, from)| Gathering {
            shaped,
            corners: vec![camera.to_map(rect, from)],
            add: held.is_some(),
        });
    }
    let Some(drawn) = gathering else { return false };
    if let Some(at) = response.interact_pointer_pos() {
        let corner = camera.to_map(rect, at);
        let far = drawn.corners.last().is_none_or(|last| camera.to_screen(rect, *last).distance(at) >= STEP);
        match drawn.shaped {
            Shaped::Box => {
                drawn.corners.truncate(1);
                drawn.corners.push(corner);
            }
            Shaped::Lasso if far => drawn.corners.push(corner),
            Shaped::Lasso => {}
        }
    }
    if response.drag_stopped() {
        let tracks = inside(points, &drawn.outline());
        commands.push(AppCommand::Mark(MarkCommand::These { tracks, add: drawn.add }));
        *gathering = None;
    } else if !response.dragged() {
        *gathering = None;
    }
    true
}

/// Draws the line.
pub fn draw(painter: &egui::Painter, rect: Rect, camera: Camera, gathering: &Gathering, palette: &Palette) {
    let outline: Vec<Pos2> = gathering.outline().iter().map(|corner| camera.to_screen(rect, *corner)).collect();
    let stroke = Stroke::new(1.5, palette.accent);
    let veil = palette.accent.gamma_multiply(0.12);
    match (gathering.shaped, outline.as_slice()) {
        (Shaped::Box, [first, _, last, ..]) => {
            painter.rect(Rect::from_two_pos(*first, *last), 0.0, veil, stroke, StrokeKind::Middle);
        }
        (Shaped::Lasso, [first, .., last]) => {
            painter.line_segment([*last, *first], Stroke::new(1.0, palette.accent.gamma_multiply(0.5)));
            painter.add(Shape::line(outline, stroke));
        }
        _ => {}
    }
}

/// The tracks whose points lie inside `outline`.
fn inside(points: &Points, outline: &[[f32; 2]]) -> Vec<TrackId> {
    if outline.len() < 3 {
        return Vec::new();
    }
    let within = points.within(Bounds::around(outline.iter()));
    within.filter(|point| encloses(outline, point.position)).map(|point| point.track).collect()
}

/// Whether the polygon goes round `at`: a line from there crosses it an odd number of times.
fn encloses(outline: &[[f32; 2]], at: [f32; 2]) -> bool {
    let [x, y] = at;
    let edges = outline.iter().zip(outline.iter().cycle().skip(1));
    let crossed =
        edges.filter(|([x0, y0], [x1, y1])| (*y0 > y) != (*y1 > y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0));
    crossed.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polygon_goes_round_what_lies_inside() {
        // An L: the upper right quarter of the square from 0 to 4 is missing.
        let outline = [[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [2.0, 2.0], [2.0, 4.0], [0.0, 4.0]];
        for (at, expected) in [([1.0, 1.0], true), ([3.0, 1.0], true), ([1.0, 3.0], true), ([3.0, 3.0], false)] {
            assert_eq!(encloses(&outline, at), expected, "{at:?}");
        }
        assert!(!encloses(&outline, [-1.0, 1.0]) && !encloses(&outline, [5.0, 1.0]));
    }

    #[test]
    fn a_box_is_drawn_from_corner_to_corner_either_way() {
        let gathering = Gathering { shaped: Shaped::Box, corners: vec![[3.0, 1.0], [-1.0, 4.0]], add: false };
        let outline = gathering.outline();
        assert!(encloses(&outline, [0.0, 2.0]) && !encloses(&outline, [0.0, 5.0]));
    }
}
