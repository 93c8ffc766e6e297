//! The curves themselves: drawn, dragged point by point, worked by the keyboard, played where they are real tracks.

use egui::{Align2, EventFilter, FontId, Id, Key, Modifiers, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, vec2};

use crate::jobs::message::Subject;
use crate::state::{AppCommand, AppState, LabCommand, LabView};
use crate::ui::Commands;
use crate::ui::theme::{self, TEXT_SMALL};
use crate::ui::widgets::{clock, named};

use super::View;
use super::field::Field;
use super::figures::{self, Pen};

/// Radius in which a point is taken.
const REACH: f32 = 11.0;
/// How far an arrow key moves a point, in units of the plane; with shift, a quarter of it.
const STEP: f32 = 0.2;

/// Draws the curves in `rect`, `size` times as large as in a window; points can be moved where the curves were drawn by
/// hand, and are heard where they are tracks.
pub fn show(ui: &mut Ui, rect: Rect, state: &AppState, view: &mut View, size: f32, commands: &mut Commands) {
    let palette = theme::palette(ui);
    let lab = &state.lab;
    let (Some(curves), Some(measured)) = (lab.shown(), &lab.measured) else { return };
    let field = match lab.pair {
        Some(_) => Field::around(rect, curves.into_iter().flatten()),
        None => Field::by_hand(rect),
    };
    let id = ui.scope_id().with("curves");
    let ground = ui.interact(rect, id, Sense::click());
    named(&ground, Role::Canvas, || format!("Two curves of {} and {} points", curves[0].len(), curves[1].len()));
    view.walk.go_on(ui, measured.pairs(lab.metric).len());
    let painter = ui.painter_at(rect);
    let pen = Pen { painter: &painter, palette, field, lab, walk: view.walk.at, size };
    let places = curves.map(|curve| curve.iter().map(|point| field.to_screen(*point)).collect::<Vec<_>>());
    // What the target's points are compared with lies on top.
    for curve in [1, 0] {
        figures::curve(&pen, &places[curve], pen.colour(curve));
    }
    figures::draw(&pen, curves, measured);
    for curve in [1, 0] {
        for (point, at) in places[curve].iter().enumerate() {
            handle(ui, &pen, id, state, (curve, point), (curves[curve][point], *at), commands);
        }
    }
    if let Some((curve, at)) = playhead(state, &places) {
        painter.circle_filled(at, 8.0 * size, palette.ground);
        painter.circle_filled(at, 6.0 * size, palette.accent);
        painter.circle_stroke(at, 11.0 * size, Stroke::new(1.5 * size, pen.colour(curve)));
    }
    legend(&pen, rect, state);
    if lab.pair.is_none()
        && ground.double_clicked()
        && let Some(at) = ground.interact_pointer_pos()
    {
        let (curve, point) = place_for(at, &places);
        commands.push(AppCommand::Lab(LabCommand::Insert { curve, point, at: field.to_plane(at) }));
    }
}

fn curve_name(curve: usize) -> &'static str {
    if curve == 0 { "Query" } else { "Target" }
}

/// The names of both curves in their colours, in the corner of the field.
fn legend(pen: &Pen<'_>, rect: Rect, state: &AppState) {
    let mut at = rect.left_top() + vec2(16.0, 14.0) * pen.size;
    for curve in [0, 1] {
        let title = match &state.lab.pair {
            Some(pair) => {
                let subject = if curve == 0 { pair.query.clone() } else { Subject::Track(pair.target) };
                format!("{}: {}", curve_name(curve), state.named(&subject).0)
            }
            None => curve_name(curve).to_owned(),
        };
        pen.painter.circle_filled(at, 5.0 * pen.size, pen.colour(curve));
        let font = FontId::proportional(TEXT_SMALL * pen.size);
        let colour = pen.palette.text;
        let text = pen.painter.text(at + vec2(12.0, 0.0) * pen.size, Align2::LEFT_CENTER, title, font, colour);
        at.y += text.height() + 6.0 * pen.size;
    }
}

/// One point: to drag, to step with the arrow keys, to add after and to remove; to hear where it is a segment.
fn handle(
    ui: &mut Ui,
    pen: &Pen<'_>,
    id: Id,
    state: &AppState,
    (curve, point): (usize, usize),
    ([x, y], at): ([f32; 2], Pos2),
    commands: &mut Commands,
) {
    let by_hand = state.lab.pair.is_none();
    let sense = if by_hand { Sense::click_and_drag() } else { Sense::click() };
    let rect = Rect::from_center_size(at, Vec2::splat(2.0 * REACH * pen.size));
    let id = id.with((curve, point));
    let response = ui.interact(rect, id, sense);
    let count = state.lab.shown().map_or(0, |curves| curves[curve].len());
    let name = match &state.lab.pair {
        Some(pair) => {
            let second = pair.output.as_ref().map_or(0.0, |output| output.grid.start_s(output.offsets[curve] + point));
            format!("{} segment {} of {count}, at {}", curve_name(curve), point + 1, clock(second))
        }
        None => format!("{} point {} of {count}, at {x:.1}, {y:.1}", curve_name(curve), point + 1),
    };
    named(&response, Role::Button, || name.clone());
    let strong = response.hovered() || response.dragged() || response.has_focus();
    let radius = if strong { 7.5 } else { 5.0 } * pen.size;
    pen.painter.circle_filled(at, radius + 1.5, pen.palette.ground);
    pen.painter.circle_filled(at, radius, pen.colour(curve));
    if response.has_focus() {
        pen.painter.circle_stroke(at, radius + 4.0, Stroke::new(2.0, pen.palette.accent));
    }
    if !by_hand {
        listen(state, (curve, point), response.clicked(), commands);
        response.on_hover_text(format!("{name}. Click to hear it."));
        return;
    }
    let mut ask = |command| commands.push(AppCommand::Lab(command));
    if response.drag_started()
        || (response.is_pointer_button_down_on() && ui.input(|input| input.pointer.any_pressed()))
    {
        ask(LabCommand::Hold);
    }
    if response.dragged()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        ask(LabCommand::Move { curve, point, to: pen.field.to_plane(pointer) });
    }
    if response.secondary_clicked() {
        ask(LabCommand::Remove { curve, point });
    }
    if response.has_focus() {
        keys(ui, id, (curve, point), [x, y], &mut ask);
    }
    response.on_hover_text(format!(
        "{name}\nDrag, or move with the arrow keys; Insert adds a point after it, Delete or right click removes it."
    ));
}

fn keys(ui: &Ui, id: Id, (curve, point): (usize, usize), [x, y]: [f32; 2], ask: &mut impl FnMut(LabCommand)) {
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let arrows = [
        (Key::ArrowLeft, [-1.0, 0.0]),
        (Key::ArrowRight, [1.0, 0.0]),
        (Key::ArrowUp, [0.0, 1.0]),
        (Key::ArrowDown, [0.0, -1.0]),
    ];
    for (key, [right, up]) in arrows {
        let step = if pressed(Modifiers::SHIFT, key) {
            STEP / 4.0
        } else if pressed(Modifiers::NONE, key) {
            STEP
        } else {
            continue;
        };
        ask(LabCommand::Hold);
        ask(LabCommand::Move { curve, point, to: [x + right * step, y + up * step] });
    }
    if pressed(Modifiers::NONE, Key::Insert) {
        ask(LabCommand::Insert { curve, point: point + 1, at: [x + 2.0 * STEP, y] });
    }
    if pressed(Modifiers::NONE, Key::Delete) || pressed(Modifiers::NONE, Key::Backspace) {
        ask(LabCommand::Remove { curve, point });
    }
}

fn listen(state: &AppState, (curve, point): (usize, usize), clicked: bool, commands: &mut Commands) {
    let Some((pair, output)) = state.lab.pair.as_ref().and_then(|pair| Some((pair, pair.output.as_ref()?))) else {
        return;
    };
    if !clicked {
        return;
    }
    let track = match (curve, &pair.query) {
        (0, Subject::Track(track)) => Some(*track),
        (0, Subject::File(_)) => None,
        _ => Some(pair.target),
    };
    commands.push(AppCommand::PlaySegment(track, output.offsets[curve] + point));
}

/// The curve of the track that plays, and where on it the music is.
fn playhead(state: &AppState, places: &[Vec<Pos2>; 2]) -> Option<(usize, Pos2)> {
    let pair = state.lab.pair.as_ref()?;
    let output = pair.output.as_ref()?;
    let curve = [pair.query.clone(), Subject::Track(pair.target)].iter().position(|of| state.is_loaded(of))?;
    let grid = output.grid;
    let middle = state.player.position_s - grid.length_s() / 2.0;
    let place = middle / grid.start_s(1) - output.offsets[curve] as f64;
    Some((curve, along(&places[curve], place)?))
}

/// A place between two points of a curve: 1.5 is halfway from the second to the third; `None` off the curve.
fn along(points: &[Pos2], place: f64) -> Option<Pos2> {
    let last = points.len().checked_sub(1)?;
    if !(-1.0..=last as f64 + 1.0).contains(&place) {
        return None;
    }
    let place = place.clamp(0.0, last as f64);
    let index = place as usize;
    Some(points[index].lerp(points[(index + 1).min(last)], (place - index as f64) as f32))
}

/// Where a new point belongs: into the line that is nearest to it.
fn place_for(at: Pos2, curves: &[Vec<Pos2>; 2]) -> (usize, usize) {
    let lines = curves.iter().enumerate().flat_map(|(curve, points)| {
        points.windows(2).enumerate().map(move |(index, ends)| (curve, index + 1, to_line(at, ends[0], ends[1])))
    });
    lines.min_by(|a, b| a.2.total_cmp(&b.2)).map_or((0, usize::MAX), |(curve, point, _)| (curve, point))
}

fn to_line(at: Pos2, from: Pos2, to: Pos2) -> f32 {
    let along = to - from;
    let share = ((at - from).dot(along) / along.length_sq().max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    at.distance(from + along * share)
}

/// The curve's end goes on as its last step went, to where a button puts a new point.
pub fn next_point(lab: &LabView, curve: usize) -> [f32; 2] {
    match lab.curves[curve].as_slice() {
        [.., [x0, y0], [x1, y1]] => [(2.0 * x1 - x0).clamp(0.0, 10.0), (2.0 * y1 - y0).clamp(0.0, 6.0)],
        _ => [5.0, 3.0],
    }
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn the_music_is_between_the_middles_of_two_segments() {
        let points = [pos2(0.0, 0.0), pos2(10.0, 0.0), pos2(10.0, 10.0)];
        assert_eq!(along(&points, 1.5), Some(pos2(10.0, 5.0)));
        assert_eq!(along(&points, -0.5), Some(pos2(0.0, 0.0)), "the first half of the first segment");
        assert_eq!(along(&points, 3.0), Some(pos2(10.0, 10.0)));
        assert_eq!((along(&points, 3.1), along(&points, -1.1), along(&[], 0.0)), (None, None, None));
    }

    #[test]
    fn a_new_point_goes_into_the_nearest_line() {
        let query = vec![pos2(0.0, 0.0), pos2(100.0, 0.0), pos2(200.0, 0.0)];
        let target = vec![pos2(0.0, 100.0), pos2(200.0, 100.0)];
        let curves = [query, target];
        assert_eq!(place_for(pos2(150.0, 10.0), &curves), (0, 2));
        assert_eq!(place_for(pos2(20.0, 10.0), &curves), (0, 1));
        assert_eq!(place_for(pos2(150.0, 80.0), &curves), (1, 1));
    }
}
