//! The map as an instrument: what is marked on it, seen and heard through it.

#[expect(dead_code, reason = "the map needs a part of the window alone")]
mod ui;

use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::audio::{PlayerCommand, PlayerEvent};
use songline::domain::TrackId;
use songline::jobs::message::{JobSpec, PlacedTrajectory, Query};
use songline::settings::Settings;
use songline::state::{AppCommand, ColourBy, Effect, MarkCommand};
use ui::Window;

type Shown<'a> = Harness<'a, Window>;

/// A window with a map of 200 tracks, the third selected and its recommendations shown.
fn explored<'a>() -> Shown<'a> {
    let mut window = Window::new(Settings::default(), 200);
    window.ask(AppCommand::Select(TrackId(3)));
    window.answer_all(20);
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1_280.0, 800.0))
        .with_max_steps(48)
        .build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    harness.run_ok();
    harness
}

/// Steps until nothing moves, and takes out what was asked for.
fn asked(harness: &mut Shown<'_>) -> Vec<AppCommand> {
    harness.run_ok();
    std::mem::take(&mut harness.state_mut().asked)
}

fn map_rect(harness: &Shown<'_>) -> Rect {
    harness.get_by_label("Map of 200 tracks").rect()
}

/// Where each track of the map is drawn.
fn places(harness: &Shown<'_>) -> Vec<(TrackId, Pos2)> {
    let at = drawn(harness);
    harness.state().state.map.points().into_iter().map(|(track, position)| (track, at(position))).collect()
}

/// From the map to the screen: everything is seen, a margin away from the edges.
fn drawn(harness: &Shown<'_>) -> impl Fn([f32; 2]) -> Pos2 + use<> {
    const MARGIN: f32 = 36.0;
    let rect = map_rect(harness);
    let points = harness.state().state.map.points();
    let over = |axis: usize| {
        let values: Vec<f32> = points.iter().map(|(_, position)| position[axis]).collect();
        let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        ((low + high) / 2.0, high - low)
    };
    let ((x0, width), (y0, height)) = (over(0), over(1));
    let scale = ((rect.width() - 2.0 * MARGIN) / width).min((rect.height() - 2.0 * MARGIN) / height);
    move |[x, y]: [f32; 2]| rect.center() + egui::vec2((x - x0) * scale, (y0 - y) * scale)
}

/// Drags the pointer along a way.
fn drag(harness: &mut Shown<'_>, modifiers: Modifiers, way: &[Pos2]) {
    harness.event(egui::Event::PointerMoved(way[0]));
    harness.run_steps(1);
    let button =
        |pressed, pos| egui::Event::PointerButton { pos, button: egui::PointerButton::Primary, pressed, modifiers };
    harness.event_modifiers(button(true, way[0]), modifiers);
    harness.run_steps(1);
    for at in &way[1..] {
        harness.event_modifiers(egui::Event::PointerMoved(*at), modifiers);
        harness.run_steps(1);
    }
    harness.event_modifiers(button(false, way[way.len() - 1]), modifiers);
    harness.run_steps(1);
}

fn sorted(mut tracks: Vec<TrackId>) -> Vec<TrackId> {
    tracks.sort();
    tracks
}

fn marked(commands: &[AppCommand]) -> (Vec<TrackId>, bool) {
    commands
        .iter()
        .find_map(|command| match command {
            AppCommand::Mark(MarkCommand::These { tracks, add }) => Some((sorted(tracks.clone()), *add)),
            _ => None,
        })
        .unwrap_or_else(|| panic!("nothing was marked: {commands:?}"))
}

#[test]
fn a_box_marks_what_it_holds_and_esc_takes_it_back() {
    let mut harness = explored();
    let rect = map_rect(&harness);
    harness.get_by_label("Mark with a box").click();
    harness.run_ok();
    // The left half of the map.
    let half = Rect::from_min_max(rect.min + egui::vec2(4.0, 4.0), egui::pos2(rect.center().x, rect.bottom() - 4.0));
    let expected: Vec<TrackId> =
        places(&harness).into_iter().filter(|(_, at)| half.contains(*at)).map(|(track, _)| track).collect();
    assert!(expected.len() > 20 && expected.len() < 180, "{}", expected.len());
    asked(&mut harness);
    drag(&mut harness, Modifiers::NONE, &[half.min, half.center(), half.max]);
    assert_eq!(marked(&asked(&mut harness)), (sorted(expected.clone()), false));
    harness.get_by_label(&format!("{} marked", expected.len()));
    harness.get_by_label("Only these").click();
    harness.run_ok();
    assert_eq!(harness.state().state.table.rows.len(), expected.len());
    harness.key_press(Key::Escape);
    harness.run_ok();
    assert!(harness.state().state.marks.is_empty());
    assert_eq!(harness.state().state.table.rows.len(), 200);
}

#[test]
fn a_lasso_with_shift_joins_what_is_marked() {
    let mut harness = explored();
    let rect = map_rect(&harness).shrink(4.0);
    harness.state_mut().ask(AppCommand::Mark(MarkCommand::These { tracks: vec![TrackId(9)], add: false }));
    harness.run_ok();
    let rect_after = map_rect(&harness).shrink(4.0);
    assert_eq!(rect, rect_after, "the map stays where it is");
    // A triangle over the lower left of the map.
    let way = [rect.left_top(), rect.left_bottom(), rect.right_bottom(), rect.left_top()];
    let below = |at: Pos2| (at.y - rect.top()) / rect.height() > (at.x - rect.left()) / rect.width();
    let expected: Vec<TrackId> =
        places(&harness).into_iter().filter(|(_, at)| below(*at)).map(|(track, _)| track).collect();
    asked(&mut harness);
    drag(&mut harness, Modifiers::SHIFT, &way);
    let (tracks, add) = marked(&asked(&mut harness));
    assert_eq!((tracks, add), (sorted(expected.clone()), true));
    assert!(harness.state().state.marks.contains(TrackId(9)));
}

#[test]
fn regions_have_names_until_they_are_taken_away() {
    let mut harness = explored();
    harness.get_by_label("Region Techno");
    harness.get_by_label("Region jazz");
    asked(&mut harness);
    harness.get_by_label("Names of regions").click();
    assert_eq!(asked(&mut harness), [AppCommand::ShowRegions(false)]);
    assert!(harness.query_by_label("Region Techno").is_none());
    harness.get_by_label("Names of regions").click();
    asked(&mut harness);
    // Zoomed in, tracks are looked at.
    let middle = map_rect(&harness).center();
    harness.event(egui::Event::PointerMoved(middle));
    for _ in 0..8 {
        harness.event(egui::Event::Zoom(1.5));
        harness.run_steps(1);
    }
    harness.run_ok();
    assert!(harness.query_by_label("Region Techno").is_none() && harness.query_by_label("Region jazz").is_none());
}

#[test]
fn what_is_found_is_marked_and_asked_with() {
    let mut harness = explored();
    harness.state_mut().ask(AppCommand::Search("northern orbit".into()));
    harness.run_ok();
    let found = harness.state().state.table.rows.clone();
    harness.get_by_label("Mark all found").click();
    assert_eq!(asked(&mut harness), [AppCommand::Mark(MarkCommand::Found)]);
    harness.get_by_label("Recommend from these").click();
    assert_eq!(asked(&mut harness), [AppCommand::Mark(MarkCommand::Recommend)]);
    let seeds = harness.state().state.seeds();
    assert_eq!(sorted(seeds.clone()), sorted(found));
    harness.state().job(|spec| matches!(spec, JobSpec::Recommend(spec) if spec.query == Query::Tracks(seeds.clone())));
    harness.get_by_label("Take all marks off").click();
    assert_eq!(asked(&mut harness), [AppCommand::Mark(MarkCommand::Clear)]);
}

#[test]
fn too_many_cannot_be_asked_with() {
    let mut harness = explored();
    let all: Vec<TrackId> = (1..=200).map(TrackId).collect();
    harness.state_mut().ask(AppCommand::Mark(MarkCommand::These { tracks: all, add: false }));
    harness.run_ok();
    harness.get_by_label("Recommend from these").click();
    assert_eq!(asked(&mut harness), []);
}

#[test]
fn the_legend_marks_a_category_and_a_menu_one_track() {
    let mut harness = explored();
    let entry = harness.get_by_label_contains("Only Jazz,");
    entry.click_modifiers(Modifiers::COMMAND);
    let (tracks, add) = marked(&asked(&mut harness));
    let library = &harness.state().state.library;
    let jazz = |track: &TrackId| library.track(*track).unwrap().tags.genre.as_deref() == Some("Jazz");
    assert!(add && !tracks.is_empty() && tracks.iter().all(jazz));
    let row = harness.get_all_by_role(Role::Row).next().unwrap();
    row.click_secondary();
    harness.run_ok();
    let name = if harness.query_by_label("Mark").is_some() { "Mark" } else { "Take the mark off" };
    harness.get_by_label(name).click();
    assert!(matches!(asked(&mut harness)[..], [AppCommand::Mark(MarkCommand::Toggle(_))]));
}

#[test]
fn true_neighbours_are_drawn_until_switched_off() {
    let mut harness = explored();
    assert!(harness.state().state.session.show_neighbours);
    harness.get_by_label("True neighbours").click();
    assert_eq!(asked(&mut harness), [AppCommand::ShowNeighbours(false)]);
    assert!(!harness.state().state.session.show_neighbours);
}

#[test]
fn the_colouring_by_distortion_has_steps_in_order_and_says_what_no_map_can_show() {
    let mut harness = explored();
    harness.state_mut().ask(AppCommand::ColourMapBy(ColourBy::Distortion));
    harness.run_ok();
    let known = harness.get_all_by_label_contains("% lost, ").count();
    assert_eq!(known, 5);
    harness.get_by_label("Only Not known, 20 tracks");
    harness.get_by_label_contains("A flat map cannot keep every neighbour");
}

#[test]
fn resting_on_a_point_is_heard_where_that_was_asked_for() {
    let mut harness = explored();
    harness.get_by_label("Hear by hovering").click();
    assert_eq!(asked(&mut harness), []);
    // A point that no other, and no way, lies near.
    let places = places(&harness);
    let alone = |at: Pos2| places.iter().filter(|(_, other)| other.distance(at) < 30.0).count() == 1;
    let ways = harness.state().state.map.trajectories.iter().filter_map(|way| way.track).collect::<Vec<_>>();
    let (track, at) = *places.iter().find(|(track, at)| alone(*at) && !ways.contains(track)).unwrap();
    harness.hover_at(at);
    harness.run_steps(30);
    let commands = std::mem::take(&mut harness.state_mut().asked);
    assert!(matches!(commands[..], [AppCommand::PlaySegment(Some(heard), _)] if heard == track), "{commands:?}");
    harness.hover_at(map_rect(&harness).left_top() + egui::vec2(6.0, 6.0));
    harness.run_steps(3);
    assert_eq!(std::mem::take(&mut harness.state_mut().asked), [AppCommand::Stop]);
}

#[test]
fn a_click_on_a_meeting_plays_both_moments_one_after_the_other() {
    let mut harness = explored();
    let at = drawn(&harness);
    let ways = harness.state().state.map.trajectories.clone();
    let place = |way: &PlacedTrajectory| Some(at(way.positions[way.meeting?.own - way.offset]));
    let diamonds: Vec<(TrackId, Pos2)> = ways.iter().filter_map(|way| Some((way.track?, place(way)?))).collect();
    assert_eq!(diamonds.len(), ways.len() - 1, "all but the query meet it");
    let alone = |at: Pos2| diamonds.iter().filter(|(_, other)| other.distance(at) < 24.0).count() == 1;
    let (track, at) = *diamonds.iter().find(|(_, at)| alone(*at)).expect("one lies apart");
    asked(&mut harness);
    harness.hover_at(at);
    harness.run_steps(2);
    for pressed in [true, false] {
        let button = egui::PointerButton::Primary;
        harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
        harness.run_steps(1);
    }
    assert_eq!(asked(&mut harness), [AppCommand::PlayMeeting(Some(track))]);
    let heard = |window: &Window| window.state.player.item.as_ref().and_then(|item| Some((item.track?, item.start_s)));
    // Segments 9 of the query and 12 of the other, 2 s apart each.
    assert_eq!(heard(harness.state()), Some((TrackId(3), 18.0)));
    let token = harness.state().effects.iter().rev().find_map(|effect| match effect {
        Effect::Player(PlayerCommand::Load { token, .. }) => Some(*token),
        _ => None,
    });
    let token = token.expect("it was loaded");
    harness.state_mut().state.on_player(&PlayerEvent::Ended { token });
    assert_eq!(heard(harness.state()), Some((track, 24.0)));
}
