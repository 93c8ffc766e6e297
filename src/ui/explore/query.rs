//! What is asked: the tracks or the file asked about, the metric, the span.

use egui::{
    Button, CornerRadius, Rect, RichText, Role, Sense, Slider, Stroke, StrokeKind, TextStyle, Ui, UiBuilder, Vec2, vec2,
};

use crate::domain::{Filter, Metric, Span};
use crate::jobs::message::KeptNeighbours;
use crate::settings::Settings;
use crate::state::{AppCommand, AppState, Dialog, JobKind};
use crate::ui::Commands;
use crate::ui::theme::{self, SPACE_S, SPACE_XS};
use crate::ui::widgets::{Icon, count, elide, icon_button, named, paint_icon, quiet, segmented, slider};

use super::{filter, playlist, seeds};

const METRICS: [(Metric, &str, &str); 5] = [
    (Metric::Mean, "Mean", "Distance between the means of the segments: the overall sound"),
    (Metric::Min, "Min", "For each segment of the query the nearest of the other track, averaged: shared moments"),
    (Metric::Frechet, "Fréchet", "Discrete Fréchet distance: the same way through the same sounds"),
    (Metric::Dtw, "DTW", "Dynamic time warping: the same way at a free pace"),
    (Metric::Blend, "Blend", "A weighted mean of the four"),
];

const SPANS: [(Span, &str, &str); 2] = [
    (Span::Preview, "30 s", "Preview: compare the 30-second view of every track"),
    (Span::Whole, "Whole track", "Compare every segment of every track"),
];

/// Seconds between two searches while a weight is dragged: often enough to follow, seldom enough for none to wait.
const BLEND_EVERY_S: f64 = 0.2;

/// What the query remembers.
#[derive(Debug, Default)]
pub struct View {
    seeds: seeds::View,
    /// The weights under the finger, until they were asked with.
    weights: Option<[f32; 4]>,
    /// Whether one of them was dragged in the frame before.
    held: bool,
    /// When they were asked with last, in seconds of the window.
    asked: f64,
    filter: filter::View,
}

/// Draws the query.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    ui.horizontal(|ui| {
        playlist::tabs(ui, state, commands);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let hint = "Ask about a file that need not be in the library";
            neighbours(ui, state, commands);
            if ui.button("From a file…").on_hover_text(hint).clicked() {
                commands.push(AppCommand::OpenDialog(Dialog::QueryFile));
            }
        });
    });
    ui.add_space(SPACE_XS);
    if state.query.file.is_none() && state.selected().is_some() && !state.query.seeds.is_empty() {
        seeds::show(ui, state, &mut view.seeds, commands);
    } else {
        chips(ui, state, commands);
    }
    ui.add_space(SPACE_XS);
    if let Some(metric) = segmented(ui, state.query.metric, &METRICS) {
        commands.push(AppCommand::SetMetric(metric));
    }
    if state.query.metric == Metric::Blend {
        blend(ui, state, view, commands);
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(SPACE_XS, SPACE_XS);
        if let Some(span) = segmented(ui, state.settings.span, &SPANS) {
            let settings = Settings { span, ..state.settings.clone() };
            commands.push(AppCommand::ChangeSettings(Box::new(settings)));
        }
        filter::show(ui, state, &mut view.filter, commands);
    });
    filter::passing(ui, state);
    ui.add_space(SPACE_XS);
}

/// What can be done for all tracks at once, in a menu.
fn neighbours(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let menu = ui.menu_button("…", |ui| {
        ui.set_max_width(280.0);
        let metric = state.query.metric;
        let kept = state.query.kept.iter().flatten().filter(|kept| kept.metric == metric && kept.of > 0);
        let best = kept.max_by_key(|kept| (kept.is_whole(), kept.done));
        let running = state.jobs.of_kind(&JobKind::FindNeighbours).is_some();
        let whole = best.is_some_and(KeptNeighbours::is_whole);
        let text = match best {
            Some(kept) if whole => format!("The {} nearest of every track by {} are kept.", kept.top, metric.title()),
            Some(kept) => format!(
                "The nearest by {} are kept for {} of {} tracks.",
                metric.title(),
                count(kept.done),
                count(kept.of)
            ),
            None => format!("The nearest of every track by {} are not kept yet.", metric.title()),
        };
        quiet(ui, text);
        let name = if best.is_some() { "Go on finding neighbours" } else { "Find the neighbours of every track" };
        let hint =
            "Answers are then there at once when a track is chosen. It can be paused, cancelled and gone on with.";
        let find = ui.add_enabled(!whole && !running, Button::new(name)).on_hover_text(hint);
        if find.clicked() {
            commands.push(AppCommand::FindNeighbours);
            ui.close();
        }
        if !state.library.recordings.is_empty() {
            ui.separator();
            let filter = &state.query.filter;
            let mut versions = filter.versions;
            let hint = "Other encodes and re-releases too, not only the version imported first. Data lists them.";
            if ui.checkbox(&mut versions, "Every version of a recording").on_hover_text(hint).changed() {
                let filter = Filter { versions, ..filter.clone() };
                commands.push(AppCommand::SetFilter(Box::new(filter)));
            }
        }
    });
    named(&menu.response, Role::Button, || "More for the query".to_owned());
    if menu.response.clicked() {
        commands.push(AppCommand::ReadNeighbours);
    }
}

fn chips(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(SPACE_XS, SPACE_XS);
        if let Some(file) = &state.query.file {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let selected = state.selected();
            if chip(ui, &name, Some(Icon::File), selected.is_some())
                && let Some(selected) = selected
            {
                commands.push(AppCommand::Select(selected));
            }
            return;
        }
        let Some(selected) = state.selected().and_then(|id| state.library.track(id)) else {
            ui.label(RichText::new("Select a track in the library or on the map.").color(palette.text_weak));
            return;
        };
        chip(ui, selected.title(), None, false);
    });
}

/// One thing asked about; whether its cross was clicked.
fn chip(ui: &mut Ui, title: &str, icon: Option<Icon>, closable: bool) -> bool {
    const HEIGHT: f32 = 26.0;
    const WIDEST: f32 = 230.0;
    const SIDE: f32 = 10.0;
    const CROSS: f32 = 20.0;
    let palette = theme::palette(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let room = |wanted: bool, width: f32| if wanted { width } else { 0.0 };
    let before = SIDE + room(icon.is_some(), CROSS);
    let after = if closable { CROSS + SPACE_XS } else { SIDE };
    let widest = WIDEST.min(ui.max_rect().width() - before - after);
    let galley = elide(ui, title, font, palette.text_strong, widest);
    let cut = galley.elided;
    let size = vec2(before + galley.size().x + after, HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    named(&response, Role::Label, || format!("Asked about: {title}"));
    let ground = if closable { palette.raised } else { palette.accent_ground };
    let radius = CornerRadius::same(HEIGHT as u8 / 2);
    ui.painter().rect(rect, radius, ground, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    if let Some(icon) = icon {
        let square = Rect::from_center_size(rect.left_center() + vec2(SIDE + 6.0, 0.0), Vec2::splat(13.0));
        paint_icon(ui.painter(), square, icon, palette.text_weak);
    }
    let at = rect.left_center() + vec2(before, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.text_strong);
    if cut {
        response.on_hover_text(title);
    }
    if !closable {
        return false;
    }
    let cross = Rect::from_center_size(rect.right_center() - vec2(SPACE_XS + CROSS / 2.0, 0.0), Vec2::splat(CROSS));
    let name = format!("Take {title} out of the query");
    ui.scope_builder(UiBuilder::new().max_rect(cross), |ui| icon_button(ui, Icon::Close, CROSS, &name).clicked()).inner
}

fn blend(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let mut weights = view.weights.unwrap_or(state.query.blend);
    let (mut changed, mut held) = (false, false);
    egui::Grid::new("blend").num_columns(4).spacing([SPACE_S, SPACE_XS]).show(ui, |ui| {
        for (index, (metric, weight)) in Metric::SINGLE.iter().zip(&mut weights).enumerate() {
            ui.label(RichText::new(metric.title()).small());
            ui.spacing_mut().slider_width = 84.0;
            ui.spacing_mut().interact_size.y = 18.0;
            let slider = slider(ui, Slider::new(weight, 0.0..=1.0).show_value(false));
            named(&slider, Role::Slider, || format!("Weight of {}", metric.title()));
            changed |= slider.changed();
            held |= slider.dragged();
            if index % 2 == 1 {
                ui.end_row();
            }
        }
    });
    learnt(ui, state, commands);
    // With no weight at all there is no distance to sort by.
    if changed && weights.iter().any(|weight| *weight > 0.0) {
        view.weights = Some(weights);
    }
    let let_go = std::mem::replace(&mut view.held, held) && !held;
    let Some(weights) = view.weights else { return };
    let now = ui.input(|input| input.time);
    let rest = BLEND_EVERY_S - (now - view.asked);
    if rest > 0.0 && !let_go {
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(rest));
        return;
    }
    view.asked = now;
    view.weights = None;
    if weights != state.query.blend {
        commands.push(AppCommand::SetBlend(weights));
    }
}

/// Where learnt weights come from, and the way back to those from before.
pub fn learnt(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let Some(learnt) = &state.settings.learnt else { return };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE_S;
        let text = RichText::new(format!("Learnt from {} ratings", learnt.ratings)).small();
        let hint = format!("Weights that fit what listeners said, with distances of {}", learnt.model);
        ui.label(text.color(theme::palette(ui).accent)).on_hover_text(hint);
        let back = ui.add(Button::new(RichText::new("Undo").small()));
        named(&back, Role::Button, || "Back to the weights from before".to_owned());
        if back.on_hover_text("Back to the weights from before").clicked() {
            commands.push(AppCommand::ForgetLearntBlend);
        }
    });
}
