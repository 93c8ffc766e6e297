//! The titles of tracks beside their points, once the map is looked at so closely that there is room for them.

use egui::{Align2, FontId, Pos2, Rect, Ui, vec2};

use crate::domain::TrackId;
use crate::state::AppState;
use crate::ui::theme::{Palette, TEXT_SMALL};
use crate::ui::widgets::elide;

use super::camera::{Bounds, Camera};
use super::points::{Point, Points};

/// With more tracks than this in view a title would be one among a crowd that has none.
const MOST: usize = 200;
/// Widest title.
const WIDEST: f32 = 150.0;
/// Space kept between two titles.
const APART: f32 = 2.0;

/// Draws the titles that have room beside their points, as strongly as the names of regions have faded by then: those asked
/// about and recommended first, then the tracks imported first. `room` is how far a point reaches.
pub fn show(ui: &Ui, rect: Rect, camera: Camera, state: &AppState, points: &Points, room: f32, palette: &Palette) {
    let strength = 1.0 - super::regions::strength(camera.zoom());
    if strength <= 0.0 || state.map.making.is_some() {
        return;
    }
    let visible = camera.visible(rect, 0.0);
    if points.count_within(visible) > MOST {
        return;
    }
    let painter = ui.painter_at(rect);
    let mut shown: Vec<(usize, &Point)> =
        points.within(visible).map(|point| (urgency(state, point.track), point)).collect();
    shown.sort_by_key(|(urgency, point)| (*urgency, point.track));
    let mut taken: Vec<Rect> = Vec::new();
    for (urgency, point) in shown {
        let Some(track) = state.library.track(point.track) else { continue };
        let at = camera.to_screen(rect, point.position);
        if !rect.contains(at) {
            continue;
        }
        let colour = if urgency < usize::MAX { palette.text } else { palette.text_weak };
        let colour = colour.gamma_multiply(strength);
        let galley = elide(ui, track.title(), FontId::proportional(TEXT_SMALL), colour, WIDEST);
        // What is asked about or recommended has a larger mark.
        let reach = if urgency < usize::MAX { room + 8.0 } else { room + 3.0 };
        let clear = |place: &Rect| {
            rect.contains_rect(*place)
                && taken.iter().all(|other| !other.expand(APART).intersects(*place))
                && !covers(points, camera, rect, place.expand(room), point.track)
        };
        let Some(place) = places(at, galley.size(), reach).into_iter().find(clear) else { continue };
        taken.push(place);
        painter.galley(place.min, galley, colour);
    }
}

/// Lower for what is to have its title first; `usize::MAX` for what nobody asked for.
fn urgency(state: &AppState, track: TrackId) -> usize {
    if state.selected() == Some(track) || state.query.seeds.contains(&track) {
        return 0;
    }
    let place = state.query.results.as_ref().and_then(|found| found.items.iter().position(|item| item.track == track));
    place.map_or(usize::MAX, |place| place + 1)
}

/// Where a title of this size may stand beside a point, the usual place first.
fn places(at: Pos2, size: egui::Vec2, reach: f32) -> [Rect; 4] {
    [
        (vec2(reach, 0.0), Align2::LEFT_CENTER),
        (vec2(-reach, 0.0), Align2::RIGHT_CENTER),
        (vec2(0.0, -reach), Align2::CENTER_BOTTOM),
        (vec2(0.0, reach), Align2::CENTER_TOP),
    ]
    .map(|(shift, anchor)| anchor.anchor_size(at + shift, size))
}

/// Whether `place` would cover another track's point.
fn covers(points: &Points, camera: Camera, rect: Rect, place: Rect, but: TrackId) -> bool {
    let [left, top] = camera.to_map(rect, place.left_top());
    let [right, bottom] = camera.to_map(rect, place.right_bottom());
    let area = Bounds { min: [left, bottom], max: [right, top] };
    points.within(area).any(|point| point.track != but && place.contains(camera.to_screen(rect, point.position)))
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn no_place_of_a_title_covers_its_own_point() {
        let at = pos2(50.0, 40.0);
        for place in places(at, vec2(60.0, 12.0), 7.0) {
            assert!(place.distance_to_pos(at) >= 6.9, "{place:?}");
            assert_eq!(place.size(), vec2(60.0, 12.0));
        }
    }
}
