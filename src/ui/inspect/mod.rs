//! The inspect screen: what the network sees, keeps and gives back of a track, alone or beside another.

mod ear;
pub mod picture;
mod points;
pub mod stages;
mod track;
mod units;

use std::sync::Arc;

use egui::{ComboBox, Frame, Key, Margin, Modifiers, Ui};

use crate::domain::TrackId;
use crate::jobs::message::{Inspection, Subject};
use crate::render::{ColourMap, Heatmap, Matrix};
use crate::state::{AppCommand, AppState, JobKind, Screen};

use self::picture::RowClick;
use self::stages::{Picture, Stages};
use self::track::{Look, Ranges};
use super::{Commands, panel, theme, widgets};

/// The pages of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Page {
    #[default]
    Flow,
    Points,
    Units,
    Ear,
}

/// What the screen remembers while the window is open.
#[derive(Debug, Default)]
pub struct View {
    page: Page,
    units: units::View,
    ear: ear::View,
    /// Whether the chosen segment stays where it is while the track plays.
    still: bool,
    /// The segment under the playhead when it was last looked at.
    heard: Option<usize>,
    picture: Picture,
    map: ColourMap,
    stages: Option<Stages>,
    beside: Option<Stages>,
    /// Rows by which the track beside is ahead of the selected one, so that both move together.
    shift: isize,
    ramp: Option<Matrix>,
}

impl View {
    /// Makes the pictures anew where the inspections changed.
    fn refresh(&mut self, state: &AppState) {
        let wanted = state.inspected();
        let shown = state.inspect.inspection.as_ref().filter(|shown| Some(&shown.subject) == wanted.as_ref());
        renew(&mut self.stages, shown);
        let other = state.inspect.beside_track.map(Subject::Track);
        let other = other.or_else(|| wanted.filter(|_| state.inspect.beside_model.is_some()));
        let beside = state.inspect.beside.as_ref().filter(|shown| Some(&shown.subject) == other.as_ref());
        if renew(&mut self.beside, beside) {
            self.shift = 0;
        }
    }
}

/// Whether `stages` had to be made anew for `source`.
fn renew(stages: &mut Option<Stages>, source: Option<&Arc<Inspection>>) -> bool {
    let same = match (&stages, source) {
        (Some(stages), Some(source)) => Arc::ptr_eq(&stages.source, source),
        (None, None) => true,
        _ => false,
    };
    if !same {
        *stages = source.cloned().and_then(Stages::new);
    }
    !same
}

/// Draws the screen.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    view.refresh(state);
    let Some(subject) = state.inspected() else {
        panel::empty(
            ui,
            "No track is selected",
            "Choose a track under Explore to see what the model makes of it.",
            |ui| {
                if widgets::primary(ui, "Go to Explore").clicked() {
                    commands.push(AppCommand::Show(Screen::Explore));
                }
            },
        );
        return;
    };
    if view.stages.is_none() {
        waiting(ui, state, &subject, commands);
        return;
    }
    let bar =
        Frame::new().inner_margin(Margin { top: theme::SPACE_S as i8, ..Margin::symmetric(theme::SPACE_L as i8, 0) });
    bar.show(ui, |ui| toolbar(ui, state, view, commands));
    follow(state, view, commands);
    egui::ScrollArea::vertical()
        .id_salt(("inspect", view.page as usize))
        .auto_shrink(false)
        .content_margin(Margin::symmetric(theme::SPACE_L as i8, theme::SPACE_S as i8))
        .show(ui, |ui| {
            let View { page, units, ear, picture, map, stages: Some(stages), beside, shift, .. } = view else { return };
            let row = stages.row_of(state.session.segment);
            match page {
                Page::Flow => {}
                Page::Points => {
                    if let Some(click) = points::show(ui, state, stages, row, *map, commands) {
                        choose(stages, click, commands);
                    }
                    return;
                }
                Page::Units => return units::show(ui, state, units, *map, commands),
                Page::Ear => return ear::show(ui, state, ear, stages, row, *map, commands),
            }
            let other = match (state.inspect.beside_track, &state.inspect.beside_model) {
                (Some(track), _) => Some(Subject::Track(track)),
                (None, Some(_)) => Some(stages.source.subject.clone()),
                (None, None) => None,
            };
            let comparable = beside.as_ref().filter(|_| state.inspect.beside_model.is_none());
            let ranges = Ranges::of([Some(&*stages), comparable].into_iter().flatten());
            let look = look(ui, *picture, *map, ranges, other.is_none());
            if let Some(other) = other {
                ui.spacing_mut().item_spacing.x = theme::SPACE_XL;
                ui.columns(2, |columns| {
                    columns.iter_mut().for_each(|ui| ui.spacing_mut().item_spacing.x = theme::SPACE_S);
                    if let [left, right] = columns {
                        column(left, state, stages, row, &look, commands, true);
                        let Some(beside) = beside else {
                            working(right, state, &other, true);
                            return;
                        };
                        let last = beside.segments().saturating_sub(1);
                        let other_row = row.saturating_add_signed(*shift).min(last);
                        let mut look = look;
                        if state.inspect.beside_model.is_some() {
                            // The numbers of two networks are two languages: each has its own range.
                            look.ranges = Ranges::of([&*beside].into_iter());
                        }
                        if let Some(click) = column(right, state, beside, other_row, &look, commands, false) {
                            *shift = click.row as isize - row as isize;
                        }
                    }
                });
            } else {
                column(ui, state, stages, row, &look, commands, true);
            }
        });
}

/// Room for the title over a track, and under its last stage.
const HEADING: f32 = 48.0;

/// Heights that fill the window without making it scroll where that can be helped.
fn look(ui: &Ui, picture: Picture, map: ColourMap, ranges: Ranges, wide: bool) -> Look {
    let mut look = Look { picture, map, ranges, wide, spectrogram: 0.0, stage: 0.0 };
    let lines = if wide { 1.0 } else { 2.0 };
    let rest = (ui.available_height() - track::height(&look) - HEADING).max(0.0);
    look.spectrogram = (rest * if wide { 0.42 } else { 0.30 }).clamp(84.0, 420.0);
    look.stage = ((rest - look.spectrogram) / lines).clamp(110.0, 460.0);
    look
}

fn column(
    ui: &mut Ui,
    state: &AppState,
    stages: &Stages,
    row: usize,
    look: &Look,
    commands: &mut Commands,
    selected: bool,
) -> Option<RowClick> {
    let subject = &stages.source.subject;
    // `None` plays the file asked about.
    let id = match subject {
        Subject::Track(id) => Some(*id),
        Subject::File(_) => None,
    };
    let (title, mut artist) = state.named(subject);
    if state.inspect.beside_model.is_some() {
        artist = format!("seen by {}", stages.source.model);
    } else if let Some(origin) = id.and_then(|id| state.spotify.origins.get(&id))
        && origin.licence.is_some()
    {
        artist = format!("{artist} · {}", origin.line());
    }
    if track::heading(ui, &title, &artist, stages) {
        commands.push(AppCommand::PlaySegment(id, stages.segment_of(row)));
    }
    let playing = state.is_loaded(subject).then_some(state.player.position_s);
    let widget = ui.unique_id().with(("track", selected));
    let click = track::show(ui, widget, stages, row, playing, look)?;
    if selected {
        choose(stages, click, commands);
    } else if click.double {
        commands.push(AppCommand::PlaySegment(id, stages.segment_of(click.row)));
    }
    Some(click)
}

/// Chooses a segment of the selected track; a double click plays it.
fn choose(stages: &Stages, click: RowClick, commands: &mut Commands) {
    let segment = stages.segment_of(click.row);
    commands.push(AppCommand::SelectSegment(segment));
    if click.double {
        let id = match &stages.source.subject {
            Subject::Track(id) => Some(*id),
            Subject::File(_) => None,
        };
        commands.push(AppCommand::PlaySegment(id, segment));
    }
}

/// While the track plays, the segment under the playhead is the chosen one: the stages move with the music. Choosing
/// another holds until the playhead comes to the next segment.
fn follow(state: &AppState, view: &mut View, commands: &mut Commands) {
    let Some(stages) = &view.stages else { return };
    if view.still || !state.player.is_playing() || !state.is_loaded(&stages.source.subject) {
        view.heard = None;
        return;
    }
    let row = stages.row_at(state.player.position_s);
    if view.heard.replace(row) != Some(row) && stages.row_of(state.session.segment) != row {
        commands.push(AppCommand::SelectSegment(stages.segment_of(row)));
    }
}

fn toolbar(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let View { page, still, picture, map, stages: Some(stages), beside, shift, ramp, .. } = view else { return };
    let row = stages.row_of(state.session.segment);
    steps_by_key(ui, stages, row, commands);
    ui.horizontal_wrapped(|ui| {
        // The height of the tallest control, so that all stand on one line.
        ui.set_row_height(theme::CONTROL_HEIGHT + theme::SPACE_XS);
        let pages = [
            (Page::Flow, "Flow", "Every stage of the way through the network"),
            (Page::Points, "Points", "The points that are compared, and what is like one segment"),
            (Page::Units, "Units", "What each unit looks for, and what drives it"),
            (Page::Ear, "By ear", "What is left to hear, and what the code means"),
        ];
        if let Some(wanted) = widgets::segmented(ui, *page, &pages) {
            *page = wanted;
            if wanted == Page::Units {
                commands.push(AppCommand::ReadUnits);
            }
        }
        let (from, to) = stages.seconds_of(row);
        let next = Some(row + 1).filter(|next| *next < stages.segments());
        let back = step(ui, -1.0, "Previous segment", "left arrow key", row.checked_sub(1));
        ui.label(format!("Segment {} of {}", row + 1, stages.segments()));
        let forth = step(ui, 1.0, "Next segment", "right arrow key", next);
        if let Some(to) = back.or(forth) {
            commands.push(AppCommand::SelectSegment(stages.segment_of(to)));
        }
        widgets::quiet(ui, format!("{from:.0}–{to:.0} s"));
        if beside.is_some() && *shift != 0 {
            let align = ui.button("Align segments");
            if align.on_hover_text("Both tracks at the same segment of their spans again").clicked() {
                *shift = 0;
            }
        }
        let mut follows = !*still;
        let hint = "While this track plays, the segment that is heard is the chosen one";
        if ui.checkbox(&mut follows, "Follow").on_hover_text(hint).changed() {
            *still = !follows;
        }
        if *page == Page::Flow {
            ui.separator();
            let pictures = Picture::ALL.map(|picture| (picture, picture.title(), picture.explanation()));
            if let Some(wanted) = widgets::segmented(ui, *picture, &pictures) {
                *picture = wanted;
            }
        }
        ui.separator();
        colours(ui, map, ramp);
        compare(ui, state, commands);
    });
}

/// A button with a triangle that points to the left (-1) or to the right (1): where it leads, when clicked.
fn step(ui: &mut Ui, direction: f32, name: &str, key: &str, to: Option<usize>) -> Option<usize> {
    let side = ui.spacing().interact_size.y;
    let button = egui::Button::new("").min_size(egui::vec2(side, side));
    let response = ui.add_enabled(to.is_some(), button).accessible_name(name);
    let centre = response.rect.center();
    let colour = match to {
        Some(_) => ui.style().interact(&response).fg_stroke.color,
        None => theme::palette(ui).line_strong,
    };
    let corners = [(4.0, 0.0), (-3.0, -4.5), (-3.0, 4.5)];
    let points = corners.map(|(x, y)| centre + egui::vec2(x * direction, y));
    ui.painter().add(egui::Shape::convex_polygon(points.to_vec(), colour, egui::Stroke::NONE));
    to.filter(|_| response.on_hover_text(format!("{name} ({key})")).clicked())
}

/// The arrow keys walk through the segments, and do nothing else on this screen.
fn steps_by_key(ui: &Ui, stages: &Stages, row: usize, commands: &mut Commands) {
    if ui.ctx().egui_wants_keyboard_input() || egui::Popup::is_any_open(ui.ctx()) {
        return;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (left, right) = (pressed(Key::ArrowLeft), pressed(Key::ArrowRight));
    let last = stages.segments().saturating_sub(1);
    let to = match (left, right) {
        (true, false) => row.saturating_sub(1),
        (false, true) => (row + 1).min(last),
        _ => row,
    };
    if to != row {
        commands.push(AppCommand::SelectSegment(stages.segment_of(to)));
    }
}

fn colours(ui: &mut Ui, chosen: &mut ColourMap, ramp: &mut Option<Matrix>) {
    ComboBox::from_id_salt("colours")
        .selected_text(chosen.title())
        .width(84.0)
        .show_ui(ui, |ui| {
            for map in ColourMap::ALL {
                ui.selectable_value(chosen, map, map.title());
            }
        })
        .response
        .on_hover_text("Colours from low to high values");
    if ramp.is_none() {
        *ramp = Matrix::new(1, 256, (0..256).map(|i| i as f32 / 255.0).collect::<Vec<_>>());
    }
    let (rect, response) = panel::canvas(ui, egui::vec2(64.0, 10.0), egui::Sense::hover());
    if let Some(ramp) = ramp {
        Heatmap::new(ramp).colours(*chosen).paint(ui, response.id, rect);
    }
}

fn compare(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let results = state.query.results.as_ref().map_or(&[][..], |results| &results.items);
    let active = state.library.active_model().map(|model| &model.name);
    let models: Vec<&String> =
        state.library.models.iter().map(|model| &model.name).filter(|name| Some(*name) != active).collect();
    if results.is_empty() && models.is_empty() {
        ui.add_enabled(false, egui::Button::new("Compare"))
            .on_disabled_hover_text("There are no recommendations yet to compare with. Explore finds them.");
        return;
    }
    let title = |track: TrackId| {
        state.library.track(track).map_or_else(String::new, |track| format!("{} · {}", track.title(), track.artist()))
    };
    let (beside, other) = (state.inspect.beside_track, &state.inspect.beside_model);
    let chosen = match (beside, other) {
        (Some(track), _) => title(track),
        (None, Some(model)) => format!("model {model}"),
        (None, None) => "Compare with…".to_owned(),
    };
    let combo = ComboBox::from_id_salt("compare").selected_text(chosen).width(180.0).truncate().height(320.0);
    combo
        .show_ui(ui, |ui| {
            for model in models {
                let name = format!("The same, seen by {model}");
                if ui.selectable_label(other.as_ref() == Some(model), name).clicked() {
                    commands.push(AppCommand::CompareModel(Some(model.clone())));
                }
            }
            for (rank, item) in results.iter().enumerate() {
                let name = format!("{}. {}", rank + 1, title(item.track));
                if ui.selectable_label(beside == Some(item.track), name).clicked() {
                    commands.push(AppCommand::CompareWith(Some(item.track)));
                }
            }
        })
        .response
        .accessible_name("Compare with a recommendation or a model");
    if (beside.is_some() || other.is_some())
        && widgets::icon_button(ui, widgets::Icon::Close, theme::CONTROL_HEIGHT, "Close comparison").clicked()
    {
        commands.push(AppCommand::CompareWith(None));
    }
}

/// Nothing to show yet: says why.
fn waiting(ui: &mut Ui, state: &AppState, subject: &Subject, commands: &mut Commands) {
    if state.library.active_model().is_none() {
        panel::empty(ui, "No model is active", "Choose a model under Train, or train one there.", |ui| {
            if widgets::primary(ui, "Go to Train").clicked() {
                commands.push(AppCommand::Show(Screen::Train));
            }
        });
        return;
    }
    let segments = match subject {
        Subject::Track(id) => state.library.track(*id).map(|track| track.segments),
        Subject::File(_) => None,
    };
    if segments == Some(0) {
        let text = "It is shorter than one segment of 4 s, the least that the model can look at.";
        panel::empty(ui, "This track is too short", text, |_| {});
        return;
    }
    if state.jobs.of_kind(&JobKind::Inspect { beside: false }).is_some() {
        working(ui, state, subject, false);
        return;
    }
    let text = "The track did not get through the network. The message below says why.";
    panel::empty(ui, "There is nothing to show", text, |ui| {
        if ui.button("Try again").clicked() {
            commands.push(AppCommand::Show(Screen::Inspect));
        }
    });
}

fn working(ui: &mut Ui, state: &AppState, subject: &Subject, beside: bool) {
    let (title, _) = state.named(subject);
    if state.jobs.of_kind(&JobKind::Inspect { beside }).is_none() {
        panel::empty(ui, "There is nothing to show", "This track did not get through the network.", |_| {});
        return;
    }
    let text = format!("Sending {title} through the network");
    panel::empty(ui, "One moment", &text, |ui| {
        ui.spinner();
    });
}
