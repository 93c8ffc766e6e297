//! The map itself: points, marks, the pointer.

use std::ops::Range;
use std::time::Duration;

use egui::{
    Align2, Color32, CursorIcon, FontId, Painter, Pos2, Rect, Response, Role, Sense, Stroke, Tooltip, Ui, WidgetInfo,
};

use crate::domain::{Span, Track, TrackId};
use crate::state::{AppCommand, AppState};
use crate::ui::Commands;
use crate::ui::theme::{self, PATHS, Palette, SPACE_XS, TEXT_SMALL};
use crate::ui::widgets::{clock, facts, quiet};

use super::super::track_menu;
use super::View;
use super::audition::{Ask, Segment};
use super::camera::Camera;
use super::paths::{self, PathPoint};
use super::points::Point;
use super::{field, gather, regions, titles};

/// Distance at which the pointer takes a point, beyond the point's own radius.
const REACH: f32 = 6.0;
/// How much of a dimmed point's colour is left: it never vanishes.
pub const DIMMED: f32 = 0.22;
/// How much is left of points that are neither asked about nor recommended.
const CALM: f32 = 0.62;

/// Draws the map into `rect` and acts on the pointer.
pub fn show(
    ui: &mut Ui,
    rect: Rect,
    state: &AppState,
    view: &mut View,
    hovered: &mut Option<TrackId>,
    commands: &mut Commands,
) {
    let palette = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with("map"), Sense::click_and_drag());
    let count = view.points.list.len();
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, format!("Map of {count} tracks")));
    let around = (view.tool, &view.points);
    let gathers = gather::act(ui, &response, rect, view.camera, around, &mut view.gathering, commands);
    navigate(ui, &response, rect, &mut view.camera, gathers);
    let radius = radius(count, view.camera.zoom());
    let pointer = response.hover_pos().filter(|_| !response.dragged());
    let under = pointer.and_then(|at| {
        let reach = view.camera.units(radius + REACH);
        view.points.nearest(view.camera.to_map(rect, at), reach).copied()
    });
    let lit = hovered.or(under.map(|point| point.track));
    let painter = ui.painter_at(rect);
    regions::show(ui, rect, view.camera, state, &view.points, radius, under.is_none(), palette);
    dots(ui, &painter, rect, state, view, radius, palette);
    let seen = |point: &Point| rect.contains(view.camera.to_screen(rect, point.position));
    if !view.points.within(view.camera.visible(rect, 0.0)).any(seen) {
        let text = "No track is here. A double click shows the whole map.";
        painter.text(rect.center(), Align2::CENTER_CENTER, text, FontId::proportional(TEXT_SMALL), palette.text_weak);
    }
    titles::show(ui, rect, view.camera, state, &view.points, radius, palette);
    if state.session.show_neighbours && state.map.making.is_none() {
        paths::neighbours(ui, rect, view.camera, state, palette);
    }
    let badges = |places: Range<usize>| {
        if state.map.making.is_none() {
            badges(&painter, rect, state, view.camera, radius, lit, palette, places);
        }
    };
    badges(PATHS..usize::MAX);
    let on_path = if state.session.show_trajectories && state.map.making.is_none() {
        paths::draw(ui, &painter, rect, view.camera, state, palette, lit, pointer)
    } else {
        None
    };
    paths::playlist(&painter, rect, view.camera, state, palette);
    // The first recommendations stand on their ways, the rest under them.
    badges(0..PATHS);
    marks(&painter, rect, state, view.camera, radius, lit, palette);
    if let Some(point) = &on_path {
        painter.circle_stroke(point.at, 6.0, Stroke::new(1.5, palette.text_strong));
    }
    if let Some(gathering) = &view.gathering {
        gather::draw(&painter, rect, view.camera, gathering, palette);
    }
    let target = match &on_path {
        Some(point) => point.track,
        None => under.map(|point| point.track),
    };
    if hovered.is_none() {
        *hovered = target;
    }
    let on_file = on_path.as_ref().filter(|point| point.track.is_none());
    if target.is_some() || on_file.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    }
    let segment = on_path.as_ref().map(|point| (point.segment, point.meets));
    let file = state.query.file_query.as_ref().filter(|_| on_file.is_some()).map(|file| &file.track);
    if let Some(track) = target.and_then(|track| state.library.track(track)).map(|track| &**track).or(file) {
        card(ui, &response, state, track, segment);
    }
    if response.secondary_clicked() {
        view.menu = target;
    }
    if let Some(track) = view.menu {
        response.context_menu(|ui| track_menu(ui, state, track, commands));
    }
    let clicked = click(ui, &response, on_path, under, view, commands);
    let over = on_path.map(|point| (point.track, point.segment)).or_else(|| {
        let track = state.library.track(under?.track)?;
        let span = track.span_on(state.grid(), Span::Preview, usize::MAX);
        Some((Some(track.id), span.map_or(0, |span| span.start)))
    });
    listen(ui, over, clicked, view, commands);
}

fn navigate(ui: &Ui, response: &Response, rect: Rect, camera: &mut Camera, gathers: bool) {
    if response.dragged() && !gathers {
        camera.pan(response.drag_delta());
    }
    if let Some(at) = response.hover_pos() {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = (scroll * 0.004).exp() * pinch;
        if factor != 1.0 {
            camera.zoom_at(rect, at, factor);
        }
    }
}

/// Radius of a point: smaller where there are many, growing slowly with the zoom.
fn radius(count: usize, zoom: f32) -> f32 {
    let base = match count {
        0..400 => 5.0,
        400..3_000 => 4.0,
        3_000..20_000 => 2.8,
        _ => 1.8,
    };
    (base * zoom.max(0.5).powf(0.25)).min(8.0)
}

fn dots(ui: &Ui, painter: &Painter, rect: Rect, state: &AppState, view: &mut View, radius: f32, palette: &Palette) {
    /// Points that are drawn with an outline, so that those that overlap can be told apart.
    const OUTLINED: usize = 4_000;
    let answered = state.query.results.is_some() && state.map.making.is_none();
    let strength = if answered && view.focus.is_empty() && state.marks.is_empty() { CALM } else { 1.0 };
    if field::draw(ui, rect, state, view, radius, strength, palette) {
        return;
    }
    let focus: Vec<bool> = view
        .points
        .categories
        .iter()
        .map(|category| view.focus.is_empty() || view.focus.contains(&category.name))
        .collect();
    let colours = view.points.colours(palette);
    let colour_of = |category: u8| view.points.colour(category).map_or(palette.other, |index| colours[index]);
    let visible = view.camera.visible(rect, radius + 2.0);
    let mut outline = view.discs.brush(ui.ctx(), radius + 1.0);
    let mut dot = view.discs.brush(ui.ctx(), radius);
    let mut faint = view.discs.brush(ui.ctx(), radius);
    let outlined = view.points.list.len() <= OUTLINED;
    for point in view.points.within(visible) {
        let at = view.camera.to_screen(rect, point.position);
        let colour = colour_of(point.category);
        let lit = focus.get(usize::from(point.category)).copied().unwrap_or(true) && state.marks.lights(point.track);
        if !lit {
            faint.add(at, colour.gamma_multiply(DIMMED));
        } else if outlined {
            // One mesh keeps the order of outline and point, so that each covers the one before.
            outline.add(at, palette.ground);
            dot.add(at, mixed(colour, palette.ground, strength));
        } else {
            dot.add(at, colour.gamma_multiply(strength));
        }
    }
    for brush in [faint, outline, dot] {
        if !brush.mesh.is_empty() {
            painter.add(brush.mesh);
        }
    }
}

/// `colour` over `ground`, opaque.
fn mixed(colour: Color32, ground: Color32, share: f32) -> Color32 {
    ground.lerp_to_gamma(colour, share)
}

/// What stands out: the tracks asked about, what plays, what is under the pointer.
fn marks(
    painter: &Painter,
    rect: Rect,
    state: &AppState,
    camera: Camera,
    radius: f32,
    lit: Option<TrackId>,
    palette: &Palette,
) {
    let place = |track: TrackId| state.map.position(track).map(|position| camera.to_screen(rect, position));
    if let Some(at) = state.player.track().and_then(place) {
        painter.circle_stroke(at, radius + 8.0, Stroke::new(1.2, palette.accent));
    }
    let seeds = state.selected().into_iter().chain(state.query.seeds.iter().copied());
    for at in seeds.filter_map(place) {
        painter.circle_filled(at, radius + 4.0, palette.ground);
        painter.circle_filled(at, radius + 2.5, palette.query);
        painter.circle_stroke(at, radius + 5.5, Stroke::new(2.0, palette.accent));
    }
    if let Some(at) = lit.and_then(place) {
        painter.circle_stroke(at, radius + 6.0, Stroke::new(1.5, palette.text_strong));
    }
}

/// The recommended tracks of these `places`. Each has its rank where there is room beside those ranked better; zooming in makes room.
#[expect(clippy::too_many_arguments, reason = "what is drawn, where, how, and which part of it")]
fn badges(
    painter: &Painter,
    rect: Rect,
    state: &AppState,
    camera: Camera,
    radius: f32,
    lit: Option<TrackId>,
    palette: &Palette,
    places: Range<usize>,
) {
    let Some(results) = &state.query.results else { return };
    let size = (radius + 3.0).clamp(7.5, 10.0);
    let mut numbered: Vec<(usize, Pos2)> = Vec::new();
    for (index, item) in results.items.iter().enumerate() {
        let Some(at) = state.map.position(item.track).map(|position| camera.to_screen(rect, position)) else {
            continue;
        };
        if !places.contains(&index) {
            // Those with a colour of their own come first, wherever they are drawn.
            if index < PATHS {
                numbered.push((index, at));
            }
            continue;
        }
        if lit == Some(item.track) || numbered.iter().all(|(_, other)| other.distance(at) > size * 1.7) {
            numbered.push((index, at));
        } else {
            let colour = palette.paths.get(index).copied().unwrap_or(palette.text_weak);
            painter.circle_filled(at, radius + 1.5, palette.ground);
            painter.circle_filled(at, radius, colour);
        }
    }
    for (index, at) in numbered.into_iter().rev().filter(|(index, _)| places.contains(index)) {
        let (colour, text) = match palette.paths.get(index) {
            Some(colour) => (*colour, palette.ground),
            None => (palette.press, palette.text_strong),
        };
        painter.circle_filled(at, size + 1.5, palette.ground);
        painter.circle_filled(at, size, colour);
        let font = FontId::proportional(if index < 9 { TEXT_SMALL } else { TEXT_SMALL - 2.0 });
        painter.text(at, Align2::CENTER_CENTER, index + 1, font, text);
    }
}

/// The card of the track, or of the file asked about, under the pointer.
fn card(ui: &Ui, response: &Response, state: &AppState, track: &Track, segment: Option<(usize, bool)>) {
    let anchor = egui::PopupAnchor::Pointer;
    let tooltip = Tooltip::always_open(ui.ctx().clone(), response.layer_id, response.id, anchor);
    tooltip.gap(14.0).width(280.0).show(|ui| {
        let palette = theme::palette(ui);
        ui.spacing_mut().item_spacing.y = SPACE_XS / 2.0;
        ui.label(egui::RichText::new(track.title()).color(palette.text_strong));
        quiet(ui, track.artist());
        let about = [track.tags.genre.clone().unwrap_or_default(), facts(track)];
        let about: Vec<String> = about.into_iter().filter(|text| !text.is_empty()).collect();
        if !about.is_empty() {
            quiet(ui, about.join("  ·  "));
        }
        if let Some((segment, meets)) = segment {
            let start = clock(state.grid().start_s(segment));
            let way = state.map.trajectories.iter().find(|way| way.track == Some(track.id));
            quiet(ui, match way.and_then(|way| way.meeting).filter(|_| meets) {
                Some(meeting) => format!(
                    "Closest to the query: {} there, {start} here, distance {:.4}. Click to hear one after the other",
                    clock(state.grid().start_s(meeting.first)),
                    meeting.distance,
                ),
                None => format!("Segment at {start}: click to hear it"),
            });
        }
        let known = state.query.results.as_ref().and_then(|results| {
            let place = results.items.iter().position(|item| item.track == track.id)?;
            results.items.get(place).map(|item| (place + 1, item.distance, results.metric))
        });
        if let Some((place, distance, metric)) = known {
            quiet(ui, format!("Recommendation {place}, {} distance {distance:.4}", metric.title()));
        }
    });
}

/// Plays what the pointer rests on, where that was asked for.
fn listen(ui: &Ui, over: Option<Segment>, clicked: bool, view: &mut View, commands: &mut Commands) {
    if clicked {
        view.audition.yield_to_click();
        return;
    }
    let now = ui.input(|input| input.time);
    match view.audition.follow(now, over) {
        Some(Ask::Play((track, segment))) => commands.push(AppCommand::PlaySegment(track, segment)),
        Some(Ask::Stop) => commands.push(AppCommand::Stop),
        None => {}
    }
    if let Some(rest) = view.audition.waits(now) {
        ui.ctx().request_repaint_after(Duration::from_secs_f64(rest));
    }
}

/// Acts on a click; whether something is to be played.
fn click(
    ui: &Ui,
    response: &Response,
    on_path: Option<PathPoint>,
    under: Option<Point>,
    view: &mut View,
    commands: &mut Commands,
) -> bool {
    if response.double_clicked() && on_path.is_none() && under.is_none() {
        view.camera.following = true;
        return false;
    }
    if !response.clicked() {
        return false;
    }
    if let Some(point) = on_path {
        commands.push(match point.meets {
            true => AppCommand::PlayMeeting(point.track),
            false => AppCommand::PlaySegment(point.track, point.segment),
        });
    } else if let Some(point) = under {
        if ui.input(|input| input.modifiers.command) {
            commands.push(AppCommand::ToggleSeed(point.track));
        } else {
            commands.push(AppCommand::Select(point.track));
            commands.push(AppCommand::PlayTrack(point.track));
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_shrink_with_their_number_and_grow_with_the_zoom() {
        assert!(radius(100, 1.0) > radius(5_000, 1.0));
        assert!(radius(100_000, 1.0) >= 1.5);
        assert!(radius(100_000, 16.0) > radius(100_000, 1.0));
    }
}
