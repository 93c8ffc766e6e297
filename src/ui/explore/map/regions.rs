//! The names of regions, under the points of the map.

use egui::{Align2, FontId, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::jobs::message::{Region, RegionKind};
use crate::state::AppState;
use crate::ui::theme::{Palette, TEXT_TITLE};
use crate::ui::widgets::elide;

use super::camera::{Bounds, Camera};
use super::points::Points;

/// Zooms between which the names fade away: what is looked at then is tracks.
const FADE: [f32; 2] = [2.0, 5.0];
/// Widest name.
const WIDEST: f32 = 240.0;
/// Space kept between two names, and between a name and the edge.
const APART: f32 = 6.0;

/// How far, in points of the screen, a name may stand from the middle of its region to cover fewer tracks.
const SHIFTS: [f32; 5] = [0.0, -18.0, 18.0, -36.0, 36.0];
/// More tracks than this are drawn as densities, which leave no free places to look for.
const MANY: usize = 20_000;

/// Draws the names that have room, those of larger regions first, where they cover the fewest tracks. Pointed at beside
/// all tracks (`free`), a name says what it rests on.
#[expect(clippy::too_many_arguments, reason = "what is drawn, where, how, and what it must not cover")]
pub fn show(
    ui: &mut Ui,
    rect: Rect,
    camera: Camera,
    state: &AppState,
    points: &Points,
    radius: f32,
    free: bool,
    palette: &Palette,
) {
    let shown = state.map.layout.as_ref().filter(|_| state.session.show_regions && state.map.making.is_none());
    let Some(layout) = shown else { return };
    let strength = strength(camera.zoom());
    if strength <= 0.0 {
        return;
    }
    let painter = ui.painter_at(rect);
    let mut taken: Vec<Rect> = Vec::new();
    for region in &layout.regions {
        let at = camera.to_screen(rect, region.position);
        if !rect.contains(at) {
            continue;
        }
        let colour = palette.text.gamma_multiply(strength);
        let galley = elide(ui, &capital(&region.name), FontId::proportional(TEXT_TITLE), colour, WIDEST);
        let candidates = SHIFTS.iter().flat_map(|down| SHIFTS.iter().map(move |across| vec2(*across, *down)));
        let free_places = candidates.filter_map(|shift| {
            let place = inside(rect.shrink(APART), Align2::CENTER_CENTER.anchor_size(at + shift, galley.size()));
            let clear = taken.iter().all(|other| !other.expand(APART).intersects(place));
            clear.then(|| (covered(points, camera, rect, place.expand(radius)), shift.length(), place))
        });
        let Some((.., place)) = free_places.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))) else { continue };
        taken.push(place);
        painter.galley(place.min, galley, colour);
        let response = ui.interact(place, ui.scope_id().with(("region", &region.name, taken.len())), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Region {}", region.name)));
        if free {
            response.on_hover_text(reason(region));
        }
    }
}

/// `place` moved into `room`.
fn inside(room: Rect, place: Rect) -> Rect {
    place.translate(vec2(
        (room.left() - place.left()).max(0.0) - (place.right() - room.right()).max(0.0),
        (room.top() - place.top()).max(0.0) - (place.bottom() - room.bottom()).max(0.0),
    ))
}

/// Tracks drawn within `place`.
fn covered(points: &Points, camera: Camera, rect: Rect, place: Rect) -> usize {
    if points.list.len() > MANY {
        return 0;
    }
    let [left, top] = camera.to_map(rect, place.left_top());
    let [right, bottom] = camera.to_map(rect, place.right_bottom());
    let area = Bounds { min: [left, bottom], max: [right, top] };
    points.within(area).filter(|point| place.contains(camera.to_screen(rect, point.position))).count()
}

/// How strongly names are drawn at a zoom: 1 fully, 0 not at all.
pub fn strength(zoom: f32) -> f32 {
    (1.0 - (zoom / FADE[0]).ln() / (FADE[1] / FADE[0]).ln()).clamp(0.0, 1.0)
}

/// A name with a capital.
fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a name rests on.
fn reason(region: &Region) -> String {
    let percent = |share: f32| (share * 100.0).round();
    let here = percent(region.having as f32 / region.tracks.max(1) as f32);
    let what = match region.kind {
        RegionKind::Heard => "by how they sound",
        RegionKind::Genre => "by their genre",
        RegionKind::Artist => "by their artist",
        RegionKind::Key => "by their key",
        RegionKind::Tempo => "by their tempo",
    };
    let (having, tracks, elsewhere) = (region.having, region.tracks, percent(region.elsewhere));
    format!("{having} of {tracks} tracks of this region ({here} %) {what}; {elsewhere} % in the whole library")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fade_while_zooming_in() {
        assert_eq!((strength(0.5), strength(1.0), strength(2.0)), (1.0, 1.0, 1.0));
        assert!(strength(3.0) > 0.3 && strength(3.0) < 0.9);
        assert_eq!(strength(6.0), 0.0);
    }

    #[test]
    fn a_name_says_what_it_rests_on() {
        let region = Region {
            name: "bright".into(),
            kind: RegionKind::Heard,
            position: [0.0; 2],
            having: 3,
            tracks: 4,
            elsewhere: 0.25,
        };
        let said = "3 of 4 tracks of this region (75 %) by how they sound; 25 % in the whole library";
        assert_eq!((reason(&region).as_str(), capital("ébène").as_str(), capital("")), (said, "Ébène", String::new()));
    }
}
