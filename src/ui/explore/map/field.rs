//! All points of the map as the GPU draws them: made anew where something changed, and on their way from how they lay
//! before.

use std::collections::{BTreeSet, HashMap};

use egui::{Rect, Ui};

use crate::domain::TrackId;
use crate::render::{COLOURS, Cloud, Dot, Points as Drawing, Projection, Style};
use crate::state::AppState;
use crate::ui::theme::{CATEGORIES, Palette};

use super::View;
use super::camera::Camera;
use super::canvas::DIMMED;
use super::points::Points;

/// Seconds in which points move and change colour.
const MOVING_S: f64 = 0.4;
/// Points beyond which they change at once.
const MOVING_MOST: usize = 200_000;
/// Points that are drawn with an outline, so that those that overlap can be told apart.
const OUTLINED: usize = 4_000;

/// What a cloud was made from.
#[derive(Debug, Clone, PartialEq)]
struct Made {
    points: u64,
    marks: u64,
    focus: BTreeSet<String>,
}

/// The cloud in use.
#[derive(Debug, Default)]
pub struct Field {
    made: Option<Made>,
    cloud: Option<Cloud>,
    /// Where every point lies and its colour, for the next to begin from.
    lie: HashMap<TrackId, ([f32; 2], u8)>,
    /// When they began to move, in seconds of the window.
    since: Option<f64>,
}

/// Where the GPU looks for what `camera` shows in `rect`.
pub fn projection(ui: &Ui, rect: Rect, camera: Camera) -> Projection {
    let scale = ui.pixels_per_point();
    // What is drawn lies on whole pixels and inside the window; the middle of that is what it looks at.
    let seen = rect.intersect(ui.ctx().content_rect());
    let (min, max) = ((seen.min.to_vec2() * scale).round(), (seen.max.to_vec2() * scale).round());
    let centre = ((min + max) * 0.5 / scale).to_pos2();
    Projection { centre: camera.to_map(rect, centre), scale: scale / camera.units(1.0), size: (max - min).into() }
}

/// How much of a picture is densities, where points cover `overlap` of the view.
fn density(overlap: f32) -> f32 {
    let share = ((overlap - 0.25) / 0.5).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// Draws all points; `false` where there is no GPU. `strength` is how much is left of the colour of lit ones.
pub fn draw(
    ui: &Ui,
    rect: Rect,
    state: &AppState,
    view: &mut View,
    radius: f32,
    strength: f32,
    palette: &Palette,
) -> bool {
    view.field.refresh(ui, state, &view.points, &view.focus);
    let Some(cloud) = view.field.cloud.clone() else { return false };
    let scale = ui.pixels_per_point();
    let visible = view.points.count_within(view.camera.visible(rect, radius));
    let overlap = visible as f32 * std::f32::consts::PI * radius * radius / rect.area().max(1.0);
    let mut colours = [palette.other; COLOURS];
    colours[..CATEGORIES].copy_from_slice(&view.points.colours(palette));
    let style = Style {
        colours,
        ground: palette.ground,
        radius: radius * scale,
        outline: if cloud.len() <= OUTLINED { scale } else { 0.0 },
        lit: strength,
        dim: DIMMED,
        density: density(overlap),
        progress: view.field.progress(ui),
    };
    let drawing = Drawing { cloud, projection: projection(ui, rect, view.camera), style };
    drawing.paint(ui, egui::Id::unique("map points"), rect)
}

impl Field {
    fn refresh(&mut self, ui: &Ui, state: &AppState, points: &Points, focus: &BTreeSet<String>) {
        let made = Made { points: points.revision, marks: state.marks.revision, focus: focus.clone() };
        if self.made.as_ref() == Some(&made) {
            return;
        }
        // A layout in the making moves by itself.
        let moves = !state.settings.reduce_motion
            && state.map.making.is_none()
            && points.list.len() <= MOVING_MOST
            && self.made.as_ref().is_some_and(|before| before.points != made.points);
        let shown: Vec<bool> =
            points.categories.iter().map(|category| focus.is_empty() || focus.contains(&category.name)).collect();
        let dots = points.list.iter().map(|point| {
            let lit =
                shown.get(usize::from(point.category)).copied().unwrap_or(true) && state.marks.lights(point.track);
            let colour = points.colour(point.category).map_or(CATEGORIES as u8, |index| index as u8);
            let mut dot = Dot::new(point.position, colour, lit);
            if let Some((at, colour)) = self.lie.get(&point.track).filter(|_| moves) {
                (dot.before, dot.colour_before) = (*at, *colour);
            }
            dot
        });
        let dots: Vec<Dot> = dots.collect();
        self.lie = if points.list.len() <= MOVING_MOST {
            let tracks = points.list.iter().map(|point| point.track);
            tracks.zip(dots.iter().map(|dot| (dot.at, dot.colour))).collect()
        } else {
            HashMap::new()
        };
        self.cloud = Some(Cloud::new(dots));
        self.since = if moves { Some(ui.input(|input| input.time)) } else { None };
        self.made = Some(made);
    }

    /// How far the points are on their way, slow at both ends.
    fn progress(&mut self, ui: &Ui) -> f32 {
        let Some(since) = self.since else { return 1.0 };
        let share = ((ui.input(|input| input.time) - since) / MOVING_S).clamp(0.0, 1.0);
        if share >= 1.0 {
            self.since = None;
        } else {
            ui.ctx().request_repaint();
        }
        (share * share * (3.0 - 2.0 * share)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_points_are_discs_and_those_that_cover_each_other_are_densities() {
        assert_eq!((density(0.05), density(2.0)), (0.0, 1.0));
        assert!(density(0.4) > 0.0 && density(0.4) < density(0.6));
    }
}
