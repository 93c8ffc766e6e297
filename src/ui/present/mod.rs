//! The tour for an audience: one step at a time, large, without the window's controls.

mod steps;

use egui::{FontId, Key, Modifiers, Rect, Role, Sense, Ui, UiBuilder, ViewportCommand, pos2, vec2};

use crate::state::{AppCommand, AppState, PresentCommand, Ready, TourStep};

use super::inspect::stages::Stages;
use super::theme::{self, TEXT_STAGE, TEXT_STAGE_TITLE, TEXT_TITLE};
use super::widgets::{elide, named};
use super::{Commands, ViewState, explore, lab};

/// How long a step may take before the audience is told, in seconds.
const PATIENCE: f64 = 12.0;
/// How long the network learns, in seconds.
const MINUTE: f64 = 60.0;
/// The height of a window in which everything has its own size; larger ones show all of it larger.
const HEIGHT: f32 = 900.0;

/// What the tour remembers.
#[derive(Default)]
pub struct View {
    /// The step shown, and since when.
    since: Option<(TourStep, f64)>,
    /// Whether the window was asked to fill the screen.
    full: bool,
    map: explore::View,
    lab: lab::View,
    stages: Option<Stages>,
    sample: Option<steps::Sample>,
    /// Sides of the pair that were played by themselves.
    sides: u8,
}

/// A step is drawn with this.
struct Stage<'a> {
    state: &'a AppState,
    /// How large everything is.
    size: f32,
    /// Seconds since the step began.
    seconds: f64,
}

impl Stage<'_> {
    fn font(&self, size: f32) -> FontId {
        FontId::proportional(size * self.size)
    }
}

/// Draws the tour where it is under way; whether it is.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut ViewState, commands: &mut Commands) -> bool {
    let view = &mut view.present;
    let Some(tour) = &state.tour else {
        if std::mem::take(&mut view.full) {
            ui.ctx().send_viewport_cmd(ViewportCommand::Fullscreen(false));
            *view = View::default();
        }
        return false;
    };
    if !view.full {
        ui.ctx().send_viewport_cmd(ViewportCommand::Fullscreen(true));
        view.full = true;
    }
    let now = ui.input(|input| input.time);
    let since = match view.since {
        Some((step, since)) if step == tour.step => since,
        _ => {
            view.since = Some((tour.step, now));
            view.sides = 0;
            now
        }
    };
    keys(ui, state, commands);
    let rect = ui.max_rect();
    let palette = theme::palette(ui);
    ui.painter().rect_filled(rect, 0.0, palette.ground);
    let size = (rect.height() / HEIGHT).clamp(0.6, 3.0);
    let stage = Stage { state, size, seconds: now - since };
    let inner = rect.shrink2(vec2(56.0, 40.0) * size);
    let top = heading(ui, &stage, inner, tour.step);
    let foot = footer(ui, &stage, inner, tour.step, commands);
    let area = Rect::from_min_max(pos2(inner.left(), top + 20.0 * size), pos2(inner.right(), foot - 12.0 * size));
    renew(&mut view.stages, state);
    match state.tour_ready() {
        Ready::Yes => {
            let builder = UiBuilder::new().max_rect(area).id_salt(tour.step);
            ui.scope_builder(builder, |ui| steps::show(ui, area, &stage, tour.step, view, commands));
        }
        Ready::Never(reason) => trouble(ui, &stage, area, &reason),
        Ready::Soon if stage.seconds > PATIENCE => {
            trouble(ui, &stage, area, "It takes longer than it should; it is shown as soon as it is there.");
        }
        Ready::Soon => {
            let centre = Rect::from_center_size(area.center(), vec2(60.0, 60.0) * size);
            ui.put(centre, egui::Spinner::new().size(48.0 * size));
        }
    }
    // The step's own time goes on without input.
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
    true
}

/// The pictures of the inspection in hand.
fn renew(stages: &mut Option<Stages>, state: &AppState) {
    let Some(inspection) = &state.inspect.inspection else { return };
    if stages.as_ref().is_none_or(|stages| !std::sync::Arc::ptr_eq(&stages.source, inspection)) {
        *stages = Stages::new(inspection.clone());
    }
}

fn keys(ui: &Ui, state: &AppState, commands: &mut Commands) {
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let any = |keys: &[Key]| keys.iter().any(|key| pressed(*key));
    let mut ask = |command| commands.push(AppCommand::Present(command));
    if any(&[Key::Escape, Key::F11]) {
        ask(PresentCommand::Leave);
    } else if any(&[Key::ArrowRight, Key::ArrowDown, Key::PageDown, Key::Space, Key::Enter]) {
        ask(PresentCommand::Next);
    } else if any(&[Key::ArrowLeft, Key::ArrowUp, Key::PageUp, Key::Backspace]) {
        ask(PresentCommand::Back);
    }
    if pressed(Key::P) && state.player.item.is_some() {
        commands.push(AppCommand::TogglePlay);
    }
}

/// Title and line of the step; where they end.
fn heading(ui: &mut Ui, stage: &Stage<'_>, rect: Rect, step: TourStep) -> f32 {
    let palette = theme::palette(ui);
    let title = ui.painter().layout_no_wrap(step.title().to_owned(), stage.font(TEXT_STAGE_TITLE), palette.text_strong);
    let about = ui.painter().layout(step.about().to_owned(), stage.font(TEXT_STAGE), palette.text_weak, rect.width());
    let (first, second) = (title.size().y, about.size().y);
    let response = ui.interact(
        Rect::from_min_size(rect.min, vec2(rect.width(), first)),
        ui.scope_id().with("tour title"),
        Sense::hover(),
    );
    named(&response, Role::Heading, || step.title().to_owned());
    ui.painter().galley(rect.min, title, palette.text_strong);
    ui.painter().galley(rect.min + vec2(0.0, first + 6.0 * stage.size), about, palette.text_weak);
    rect.top() + first + second + 6.0 * stage.size
}

/// A dot for each step, and what plays; where they begin. A click goes on, or back on the left-hand dots.
fn footer(ui: &mut Ui, stage: &Stage<'_>, rect: Rect, step: TourStep, commands: &mut Commands) -> f32 {
    let palette = theme::palette(ui);
    let at = TourStep::ALL.iter().position(|other| *other == step).unwrap_or_default();
    let gap = 22.0 * stage.size;
    let y = rect.bottom() - 8.0 * stage.size;
    let left = rect.center().x - gap * (TourStep::ALL.len() - 1) as f32 / 2.0;
    let line = Rect::from_min_max(
        pos2(left - gap, y - 12.0 * stage.size),
        pos2(rect.center().x * 2.0 - left + gap, y + 12.0 * stage.size),
    );
    let response = ui.interact(line, ui.scope_id().with("tour dots"), Sense::click());
    named(&response, Role::Button, || format!("Step {} of {}", at + 1, TourStep::ALL.len()));
    for index in 0..TourStep::ALL.len() {
        let colour = if index == at { palette.accent } else { palette.line_strong };
        let radius = if index == at { 6.0 } else { 4.0 };
        ui.painter().circle_filled(pos2(left + index as f32 * gap, y), radius * stage.size, colour);
    }
    if response.clicked()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        let back = pointer.x < left + (at as f32 - 0.5) * gap;
        commands.push(AppCommand::Present(if back { PresentCommand::Back } else { PresentCommand::Next }));
    }
    if let Some(trouble) = stage.state.tour_trouble() {
        // The step is seen all the same; only what stands here is missing.
        let room = left - 2.0 * gap - rect.left();
        let galley = elide(ui, &trouble, stage.font(TEXT_TITLE), palette.warning, room);
        ui.painter().galley(pos2(rect.left(), y - galley.size().y / 2.0), galley, palette.warning);
    } else if let Some(item) = &stage.state.player.item {
        let sign = if stage.state.player.is_playing() { "playing" } else { "paused" };
        let text = format!("{} · {} · {sign}", item.title, item.artist);
        let room = left - 2.0 * gap - rect.left();
        let galley = elide(ui, &text, stage.font(TEXT_TITLE), palette.text_weak, room);
        ui.painter().galley(pos2(rect.left(), y - galley.size().y / 2.0), galley, palette.text_weak);
    }
    y - 22.0 * stage.size
}

/// Says what is in the way of a step; the tour goes on.
fn trouble(ui: &mut Ui, stage: &Stage<'_>, area: Rect, reason: &str) {
    let palette = theme::palette(ui);
    let builder = UiBuilder::new().max_rect(Rect::from_center_size(area.center(), area.size() * 0.7));
    ui.scope_builder(builder, |ui| {
        ui.vertical_centered(|ui| {
            ui.add_space(area.height() * 0.2);
            let text = |text: &str, size: f32| egui::RichText::new(text).size(size * stage.size);
            ui.label(text("This step cannot be shown right now", TEXT_STAGE).color(palette.warning));
            ui.label(text(reason, TEXT_TITLE).color(palette.text));
            ui.label(text("The next one is a key away.", TEXT_TITLE).color(palette.text_weak));
        });
    });
}
