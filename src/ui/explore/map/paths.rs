//! Tracks as ways over the map: one line per track, from the first segment to the last.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Ui, vec2};

use crate::domain::{SegmentGrid, TrackId};
use crate::jobs::message::PlacedTrajectory;
use crate::render::{Line, Lines};
use crate::state::{AnswerTab, AppState};
use crate::ui::theme::Palette;

use super::camera::Camera;
use super::field;

/// A point of a way under the pointer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathPoint {
    /// `None` for a file outside the library.
    pub track: Option<TrackId>,
    /// Segment of the whole track.
    pub segment: usize,
    pub at: Pos2,
    /// Whether it is the mark of where its way comes closest to the query.
    pub meets: bool,
}

/// The colour of a way: the query's own, or that of the recommendation's place in the list.
fn colour(state: &AppState, palette: &Palette, way: &PlacedTrajectory) -> Color32 {
    let Some(track) = way.track else { return palette.query };
    let place =
        state.query.results.as_ref().and_then(|results| results.items.iter().position(|item| item.track == track));
    match place {
        Some(place) => palette.paths.get(place).copied().unwrap_or(palette.other),
        None => palette.query,
    }
}

/// Draws every way, the query on top, and returns the point nearest to the pointer.
#[expect(clippy::too_many_arguments, reason = "what is drawn, where, how, and what stands out in it")]
pub fn draw(
    ui: &Ui,
    painter: &Painter,
    rect: Rect,
    camera: Camera,
    state: &AppState,
    palette: &Palette,
    lit: Option<TrackId>,
    pointer: Option<Pos2>,
) -> Option<PathPoint> {
    /// Distance at which the pointer takes a point, in points of the screen.
    const REACH: f32 = 8.0;
    let ways = &state.map.trajectories;
    let is_query = |way: &PlacedTrajectory| colour(state, palette, way) == palette.query;
    let ordered = ways.iter().rev().filter(|way| !is_query(way)).chain(ways.iter().filter(|way| is_query(way)));
    // The way of a track under the pointer stands out among the others; any other track leaves them as they are.
    let lit = lit.filter(|lit| ways.iter().any(|way| way.track == Some(*lit)));
    let mut nearest: Option<(f32, PathPoint)> = None;
    for way in ordered {
        let points: Vec<Pos2> = way.positions.iter().map(|position| camera.to_screen(rect, *position)).collect();
        let faded = lit.is_some() && way.track.is_some() && way.track != lit && !is_query(way);
        let own = colour(state, palette, way).gamma_multiply(if faded { 0.35 } else { 1.0 });
        let drawn = on_gpu(ui, rect, camera, segments(palette, way, own));
        line(painter, palette, &points, own, drawn);
        let Some(pointer) = pointer else { continue };
        for (index, at) in points.iter().enumerate() {
            let distance = at.distance(pointer);
            if distance <= REACH && nearest.as_ref().is_none_or(|(known, _)| distance < *known) {
                let point = PathPoint { track: way.track, segment: way.offset + index, at: *at, meets: false };
                nearest = Some((distance, point));
            }
        }
    }
    let met = meetings(painter, rect, camera, state, palette, lit, pointer);
    pair(painter, rect, camera, state, palette);
    if let Some(at) = playhead(state).map(|position| camera.to_screen(rect, position)) {
        painter.circle_filled(at, 7.0, palette.ground);
        painter.circle_filled(at, 5.5, palette.accent);
        painter.circle_stroke(at, 9.0, Stroke::new(1.5, palette.accent));
    }
    met.or(nearest.map(|(_, point)| point))
}

/// Marks on every recommended way where it comes closest to the query: a dashed line in the colour of the way from there to
/// the query's moment, a ring at the query's end and a diamond at its own. Returns the diamond under the pointer.
fn meetings(
    painter: &Painter,
    rect: Rect,
    camera: Camera,
    state: &AppState,
    palette: &Palette,
    lit: Option<TrackId>,
    pointer: Option<Pos2>,
) -> Option<PathPoint> {
    const SIZE: f32 = 6.5;
    let explained = state.query.explanation.as_ref().filter(|_| pair_places(state).is_some()).map(|view| view.target);
    let mut met: Option<(f32, PathPoint)> = None;
    for (way, [query, own]) in meeting_places(&state.map.trajectories) {
        let colour = colour(state, palette, way);
        // Among several tracks asked about only recommendations count, and the pair in hand has marks of its own.
        if colour == palette.query || explained.is_some() && way.track == explained {
            continue;
        }
        let strong = if lit.is_some() && way.track != lit { 0.35 } else { 1.0 };
        let colour = palette.ground.lerp_to_gamma(colour, strong);
        let [query, own] = [query, own].map(|at| camera.to_screen(rect, at));
        painter.add(Shape::dashed_line(&[query, own], Stroke::new(1.2, colour), 3.0, 3.0));
        painter.circle_stroke(query, 5.0, Stroke::new(3.0, palette.ground));
        painter.circle_stroke(query, 5.0, Stroke::new(1.5, colour));
        let corners = [vec2(0.0, -SIZE), vec2(SIZE, 0.0), vec2(0.0, SIZE), vec2(-SIZE, 0.0)].map(|side| own + side);
        painter.add(Shape::convex_polygon(corners.to_vec(), colour, Stroke::new(1.5, palette.ground)));
        let (Some(pointer), Some(meeting)) = (pointer, way.meeting) else { continue };
        let distance = own.distance(pointer);
        if distance <= SIZE + 2.0 && met.is_none_or(|(known, _)| distance < known) {
            met = Some((distance, PathPoint { track: way.track, segment: meeting.own, at: own, meets: true }));
        }
    }
    met.map(|(_, point)| point)
}

/// The ways that meet the first, with where on the map the query's and their own moment lie.
fn meeting_places(ways: &[PlacedTrajectory]) -> impl Iterator<Item = (&PlacedTrajectory, [[f32; 2]; 2])> {
    let place = |way: &PlacedTrajectory, segment: usize| {
        segment.checked_sub(way.offset).and_then(|index| way.positions.get(index)).copied()
    };
    ways.iter().skip(1).filter_map(move |way| {
        let meeting = way.meeting?;
        Some((way, [place(ways.first()?, meeting.first)?, place(way, meeting.own)?]))
    })
}

/// Draws the open playlist as a line from track to track, while it is what is looked at.
pub fn playlist(painter: &Painter, rect: Rect, camera: Camera, state: &AppState, palette: &Palette) {
    /// A longer playlist would cover the map.
    const MOST: usize = 500;
    let Some(playlist) = state.playlists.opened().filter(|_| state.session.answer == AnswerTab::Playlist) else {
        return;
    };
    if state.map.making.is_some() {
        return;
    }
    let known = playlist.tracks.iter().take(MOST).enumerate();
    let stops = known.filter_map(|(row, track)| Some((row, camera.to_screen(rect, state.map.position(*track)?))));
    let stops: Vec<(usize, Pos2)> = stops.collect();
    let points: Vec<Pos2> = stops.iter().map(|(_, at)| *at).collect();
    painter.add(Shape::line(points.clone(), Stroke::new(4.0, palette.ground.gamma_multiply(0.75))));
    painter.add(Shape::line(points.clone(), Stroke::new(2.0, palette.accent)));
    if let [.., before, end] = points[..] {
        arrow(painter, before, end, palette.accent);
    }
    for (row, at) in stops {
        let chosen = state.playlists.chosen.contains(&row);
        painter.circle(at, if chosen { 6.5 } else { 4.5 }, palette.accent, Stroke::new(1.5, palette.ground));
    }
}

/// A line that grows from a faint start to a full end with an arrow: the direction of time. Its segments may be `drawn`
/// already.
fn line(painter: &Painter, palette: &Palette, points: &[Pos2], colour: Color32, drawn: bool) {
    let last = points.len().saturating_sub(1).max(1) as f32;
    if !drawn {
        painter.add(Shape::line(points.to_vec(), Stroke::new(EDGE, palette.ground.gamma_multiply(0.75))));
        for (index, pair) in points.windows(2).enumerate() {
            let share = (index + 1) as f32 / last;
            painter.line_segment([pair[0], pair[1]], Stroke::new(1.4 + share, grown(colour, share)));
        }
    }
    for (index, point) in points.iter().enumerate() {
        let share = index as f32 / last;
        painter.circle_filled(*point, 1.8 + 1.8 * share, colour.gamma_multiply(0.5 + 0.5 * share));
    }
    if let [.., before, end] = points {
        arrow(painter, *before, *end, colour);
    }
}

/// Width of the edge that parts a way from what it crosses.
const EDGE: f32 = 4.5;

/// The colour of a way at a share of its length.
fn grown(colour: Color32, share: f32) -> Color32 {
    colour.gamma_multiply(0.35 + 0.65 * share)
}

/// The segments of a way as the GPU draws them: the edge first, then the way itself.
fn segments(palette: &Palette, way: &PlacedTrajectory, colour: Color32) -> impl Iterator<Item = Line> {
    let last = way.positions.len().saturating_sub(1).max(1) as f32;
    let edge = palette.ground.gamma_multiply(0.75);
    let edges = way.positions.windows(2).map(move |pair| Line::new(pair[0], pair[1], EDGE, edge));
    let own = way.positions.windows(2).enumerate().map(move |(index, pair)| {
        let share = (index + 1) as f32 / last;
        Line::new(pair[0], pair[1], 1.4 + share, grown(colour, share))
    });
    edges.chain(own)
}

/// Marks the pair of moments in hand under "why" on the two ways: where query and recommendation come closest, until
/// another pair is chosen. Its ends are clicked to be heard like every point of a way.
fn pair(painter: &Painter, rect: Rect, camera: Camera, state: &AppState, palette: &Palette) {
    let Some(places) = pair_places(state) else { return };
    let ends = places.map(|at| camera.to_screen(rect, at));
    painter.add(Shape::dashed_line(&ends, Stroke::new(1.5, palette.text_strong), 5.0, 3.0));
    for at in ends {
        painter.circle_stroke(at, 7.0, Stroke::new(3.5, palette.ground));
        painter.circle_stroke(at, 7.0, Stroke::new(1.5, palette.text_strong));
    }
}

/// Where the two moments in hand lie; `None` where nothing is explained or a way is not on the map.
fn pair_places(state: &AppState) -> Option<[[f32; 2]; 2]> {
    let view = state.query.explanation.as_ref()?;
    let output = view.output.as_ref()?;
    let place = |track: Option<TrackId>, segment: usize| {
        let way = state.map.trajectories.iter().find(|way| way.track == track)?;
        way.positions.get(segment.checked_sub(way.offset)?).copied()
    };
    let query = place(state.explained_query(), output.query_offset + view.pair.0)?;
    Some([query, place(Some(view.target), output.target_offset + view.pair.1)?])
}

/// Lines from the selected track to its nearest in the embedding, as they were found: where one is long, the map has
/// parted what sounds alike.
pub fn neighbours(ui: &Ui, rect: Rect, camera: Camera, state: &AppState, palette: &Palette) {
    /// Lines drawn at most: distortion is counted over as many.
    const MOST: usize = 10;
    const WIDTH: f32 = 1.2;
    let Some(results) = &state.query.results else { return };
    let Some(from) = state.selected().filter(|track| results.seeds.contains(track)) else { return };
    let Some(from) = state.map.position(from) else { return };
    let to: Vec<[f32; 2]> = results.items.iter().take(MOST).filter_map(|item| state.map.position(item.track)).collect();
    let colour = palette.query.gamma_multiply(0.45);
    if !on_gpu(ui, rect, camera, to.iter().map(|to| Line::new(from, *to, WIDTH, colour))) {
        let painter = ui.painter_at(rect);
        for to in to {
            let ends = [from, to].map(|at| camera.to_screen(rect, at));
            painter.line_segment(ends, Stroke::new(WIDTH, colour));
        }
    }
}

/// Draws lines on the GPU; `false` where there is none.
fn on_gpu(ui: &Ui, rect: Rect, camera: Camera, lines: impl Iterator<Item = Line>) -> bool {
    let projection = field::projection(ui, rect, camera);
    Lines { lines: lines.collect(), projection, pixels_per_point: ui.pixels_per_point() }.paint(ui, rect)
}

fn arrow(painter: &Painter, from: Pos2, to: Pos2, colour: Color32) {
    let direction = (to - from).normalized();
    if !direction.x.is_finite() || direction == vec2(0.0, 0.0) {
        return;
    }
    let side = direction.rot90() * 5.0;
    let (tip, base) = (to + direction * 10.0, to + direction * 1.0);
    painter.add(Shape::convex_polygon(vec![tip, base + side, base - side], colour, Stroke::NONE));
}

/// Where on the map the music is that plays now: between the middles of two segments of its way.
fn playhead(state: &AppState) -> Option<[f32; 2]> {
    let item = state.player.item.as_ref()?;
    let way = state.map.trajectories.iter().find(|way| way.track == item.track)?;
    // A file that was asked about before may play still.
    let other_file =
        way.track.is_none() && state.query.file_query.as_ref().is_none_or(|file| file.track.path != item.path);
    if other_file { None } else { along(way, state.grid(), state.player.position_s) }
}

fn along(way: &PlacedTrajectory, grid: SegmentGrid, seconds: f64) -> Option<[f32; 2]> {
    let last = way.positions.len().checked_sub(1)?;
    let place = ((seconds - grid.length_s() / 2.0) / grid.start_s(1) - way.offset as f64).clamp(0.0, last as f64);
    let index = (place.floor() as usize).min(last);
    let rest = (place - index as f64) as f32;
    let (from, to) = (way.positions[index], way.positions[(index + 1).min(last)]);
    Some([from[0] + (to[0] - from[0]) * rest, from[1] + (to[1] - from[1]) * rest])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::message::Meeting;

    #[test]
    fn the_playhead_glides_between_the_middles_of_segments() {
        let positions = vec![[0.0, 0.0], [1.0, 2.0], [3.0, 2.0]];
        let way = PlacedTrajectory { track: Some(TrackId(1)), offset: 10, positions, meeting: None };
        let at = |way: &PlacedTrajectory, seconds| along(way, SegmentGrid::default(), seconds);
        // Segment 10 lasts from 20 s to 24 s: its middle is at 22 s.
        assert_eq!(at(&way, 22.0), Some([0.0, 0.0]));
        assert_eq!(at(&way, 23.0), Some([0.5, 1.0]));
        assert_eq!(at(&way, 24.0), Some([1.0, 2.0]));
        assert_eq!(at(&way, 25.0), Some([2.0, 2.0]));
        assert_eq!(at(&way, 0.0), Some([0.0, 0.0]));
        assert_eq!(at(&way, 99.0), Some([3.0, 2.0]));
        // Segments of 3 s without overlap: segment 10 lasts from 30 s to 33 s.
        assert_eq!(along(&way, SegmentGrid::THREE_SECONDS, 33.0), Some([0.5, 1.0]));
        assert_eq!(at(&PlacedTrajectory { positions: vec![], ..way }, 5.0), None);
    }

    #[test]
    fn a_meeting_is_where_both_segments_lie() {
        let way = |track, offset, positions: &[[f32; 2]], meeting| PlacedTrajectory {
            track: Some(TrackId(track)),
            offset,
            positions: positions.to_vec(),
            meeting,
        };
        let meeting = |first, own| Some(Meeting { first, own, distance: 0.1 });
        let ways = [
            way(1, 10, &[[0.0, 0.0], [1.0, 0.0]], None),
            way(2, 3, &[[5.0, 5.0], [6.0, 5.0], [7.0, 5.0]], meeting(11, 4)),
            way(3, 3, &[[5.0, 5.0]], meeting(11, 2)),
            way(4, 3, &[[5.0, 5.0]], None),
        ];
        let found: Vec<_> = meeting_places(&ways).map(|(way, places)| (way.track, places)).collect();
        assert_eq!(found, [(Some(TrackId(2)), [[1.0, 0.0], [6.0, 5.0]])]);
        assert_eq!(meeting_places(&[]).count(), 0);
    }
}
