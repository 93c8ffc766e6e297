//! The units of the network: what their weights look like, how much each is used, and which segments drive it most.

use std::sync::Arc;

use egui::{Align2, FontId, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

use crate::jobs::message::{LayerUse, UnitLayer, UnitUse, UnitsOutput, WeightKind, WeightPictures};
use crate::render::{ColourMap, Heatmap, Matrix, Orientation};
use crate::state::{AppCommand, AppState, JobKind};
use crate::ui::theme::{self, SPACE_M, SPACE_S, TEXT_SMALL};
use crate::ui::widgets::{self, quiet};
use crate::ui::{Commands, panel};

use super::points;

/// Least width of a picture among the others, and how much wider it grows where there is room for all.
const THUMB: f32 = 104.0;
const WIDEST: f32 = 2.2;
/// Height of a picture for its width.
const SHAPE: f32 = 0.54;
/// Height of the number below it.
const NUMBER: f32 = 18.0;

/// What the page remembers.
#[derive(Debug, Default)]
pub struct View {
    gallery: usize,
    unit: usize,
    /// Whether the units used most come first.
    by_use: bool,
    of: Option<Arc<UnitsOutput>>,
    galleries: Vec<Gallery>,
}

/// A layer to look through.
#[derive(Debug)]
struct Gallery {
    title: &'static str,
    about: &'static str,
    layer: Option<UnitLayer>,
    /// A picture a unit, where weights have the shape of one.
    pictures: Vec<Matrix>,
    /// Values that take the outermost colours of every picture, on both sides of 0.
    reach: f32,
    units: usize,
}

impl Gallery {
    fn of_weights(weights: &WeightPictures) -> Option<Self> {
        let (title, about, layer) = match weights.kind {
            WeightKind::LooksFor => (
                "Looks for",
                "The hidden layer before the bottleneck: the weight of every point of a segment. Light adds, dark takes away.",
                Some(UnitLayer::HiddenIn),
            ),
            WeightKind::Kernel => (
                "Kernels",
                "The first convolution: what each channel looks for in 6 frames (0.12 s). Where in the segment is pooled away \
                 later, so no deeper layer of this network has weights in the shape of a spectrogram.",
                None,
            ),
            WeightKind::Draws => (
                "Draws",
                "The hidden layer after the bottleneck: what each unit adds to the segment that is drawn.",
                Some(UnitLayer::HiddenOut),
            ),
        };
        let size = weights.frames * weights.bands;
        let pictures: Option<Vec<Matrix>> = weights
            .values
            .chunks_exact(size.max(1))
            .map(|values| Matrix::new(weights.frames, weights.bands, values.to_vec()))
            .collect();
        let mean = weights.values.iter().map(|value| value.abs()).sum::<f32>() / weights.values.len().max(1) as f32;
        Some(Self {
            title,
            about,
            layer,
            pictures: pictures?,
            reach: (3.0 * mean).max(f32::MIN_POSITIVE),
            units: weights.units,
        })
    }

    fn of_layer(title: &'static str, about: &'static str, layer: &LayerUse) -> Self {
        Self { title, about, layer: Some(layer.layer), pictures: Vec::new(), reach: 1.0, units: layer.units.len() }
    }
}

impl View {
    fn refresh(&mut self, units: &Arc<UnitsOutput>) {
        if self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, units)) {
            return;
        }
        self.galleries = units.weights.iter().filter_map(Gallery::of_weights).collect();
        for layer in &units.layers {
            let pictured = self.galleries.iter().any(|gallery| gallery.layer == Some(layer.layer));
            let (title, about) = match layer.layer {
                UnitLayer::HiddenIn => {
                    ("Hidden", "The layer before the bottleneck, with no picture of its own in this network.")
                }
                UnitLayer::Encoding => ("Encoding", "The bottleneck: all that is kept of a segment."),
                UnitLayer::HiddenOut => ("Drawing", "The layer after the bottleneck."),
                UnitLayer::Embedding => ("Embedding", "The dimensions that are compared."),
            };
            if !pictured {
                self.galleries.push(Gallery::of_layer(title, about, layer));
            }
        }
        (self.gallery, self.unit) = (0, 0);
        self.of = Some(units.clone());
    }
}

/// Draws the page.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, map: ColourMap, commands: &mut Commands) {
    let active = state.library.active_model().map(|model| &model.name);
    let Some(units) = state.inspect.units.as_ref().filter(|units| Some(&units.model) == active) else {
        match state.jobs.of_kind(&JobKind::Units) {
            Some((id, job)) => panel::job(ui, id, job, &state.jobs, commands),
            None => {
                let text = "The network listens to the library once, and remembers what drives each of its units.";
                panel::empty(ui, "What does each unit do?", text, |ui| {
                    if widgets::primary(ui, "Look into the units").clicked() {
                        commands.push(AppCommand::ReadUnits);
                    }
                });
            }
        }
        return;
    };
    view.refresh(units);
    let View { gallery: chosen, unit, by_use, galleries, .. } = view;
    ui.horizontal_wrapped(|ui| {
        let options: Vec<(usize, &str, &str)> =
            galleries.iter().enumerate().map(|(index, gallery)| (index, gallery.title, gallery.about)).collect();
        if let Some(wanted) = widgets::segmented(ui, *chosen, &options) {
            (*chosen, *unit) = (wanted, 0);
        }
        ui.checkbox(by_use, "Most used first");
        quiet(ui, format!("{} of {} tracks heard", units.tracks, units.of));
    });
    let Some(gallery) = galleries.get(*chosen) else { return };
    let uses = gallery.layer.and_then(|layer| units.layers.iter().find(|used| used.layer == layer));
    let uses: &[UnitUse] = uses.map_or(&[], |layer| &layer.units);
    let idle = uses.iter().filter(|unit| !unit.used).count();
    let unused = match idle {
        _ if uses.is_empty() => String::new(),
        0 => " All units are used.".to_owned(),
        1 => " 1 unit is unused.".to_owned(),
        idle => format!(" {idle} units are unused."),
    };
    quiet(ui, format!("{} units. {}{unused}", gallery.units, gallery.about));
    ui.add_space(SPACE_S);
    let mut order: Vec<usize> = (0..gallery.units).collect();
    if *by_use {
        let of = |unit: &usize| uses.get(*unit).map_or(0.0, |unit| unit.deviation);
        order.sort_by(|a, b| of(b).total_cmp(&of(a)));
    }
    let width = (ui.available_width() * 0.36).clamp(280.0, 520.0);
    let height = ui.available_height().max(320.0);
    ui.horizontal_top(|ui| {
        let left = ui.available_width() - width - SPACE_M;
        ui.allocate_ui(vec2(left, height), |ui| {
            let size = thumb_size(ui, gallery.units, vec2(left, height));
            ScrollArea::vertical().id_salt("units").auto_shrink(false).max_height(height).show(ui, |ui| {
                ui.horizontal_wrapped(|ui| {
                    for index in order {
                        if thumb(ui, size, gallery, uses.get(index), index, *unit == index, map) {
                            *unit = index;
                        }
                    }
                });
            });
        });
        ui.allocate_ui(vec2(width, height), |ui| {
            ui.vertical(|ui| detail(ui, state, gallery, uses.get(*unit), *unit, map, commands));
        });
    });
}

fn heatmap(gallery: &Gallery, picture: &Matrix, map: ColourMap) -> Heatmap {
    Heatmap::new(picture).colours(map).range(-gallery.reach, gallery.reach).orientation(Orientation::Upright)
}

/// The largest pictures of which so many are seen at once in `room`, and the least ones where that cannot be.
fn thumb_size(ui: &Ui, units: usize, room: Vec2) -> Vec2 {
    let gap = ui.spacing().item_spacing;
    let most = ((room.x + gap.x) / (THUMB + gap.x)).floor().max(1.0) as usize;
    let of = |columns: usize| {
        let width = ((room.x + gap.x) / columns as f32 - gap.x).floor().min(THUMB * WIDEST);
        vec2(width, (width * SHAPE).round())
    };
    let fits = |columns: &usize| {
        let rows = units.div_ceil(*columns) as f32;
        rows * (of(*columns).y + NUMBER + gap.y) <= room.y
    };
    of((1..=most).find(fits).unwrap_or(most))
}

/// One unit among the others; whether it was clicked.
fn thumb(
    ui: &mut Ui,
    size: Vec2,
    gallery: &Gallery,
    used: Option<&UnitUse>,
    unit: usize,
    chosen: bool,
    map: ColourMap,
) -> bool {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(size + vec2(0.0, NUMBER), Sense::click());
    let idle = used.is_some_and(|used| !used.used);
    let name = format!("Unit {unit}{}", if idle { ", unused" } else { "" });
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &name));
    if ui.is_rect_visible(rect) {
        let picture = Rect::from_min_size(rect.min, size);
        match gallery.pictures.get(unit) {
            Some(matrix) => heatmap(gallery, matrix, map).paint(ui, response.id, picture),
            None => bar(ui, picture, used),
        }
        if idle {
            ui.painter().rect_filled(picture, 0.0, palette.veil);
            let font = FontId::proportional(TEXT_SMALL);
            ui.painter().text(picture.center(), Align2::CENTER_CENTER, "unused", font, palette.text_weak);
        }
        if chosen || response.hovered() || response.has_focus() {
            let colour = if chosen { palette.accent } else { palette.line_strong };
            ui.painter().rect_stroke(picture, 0.0, Stroke::new(2.0, colour), StrokeKind::Outside);
        }
        let font = FontId::proportional(TEXT_SMALL);
        let text = if chosen { palette.text_strong } else { palette.text_weak };
        ui.painter().text(rect.left_bottom(), Align2::LEFT_BOTTOM, unit, font, text);
    }
    response.on_hover_text(name).clicked()
}

/// Mean and deviation of a unit that has no picture: where it usually is, and how far it moves.
fn bar(ui: &Ui, rect: Rect, used: Option<&UnitUse>) {
    let palette = theme::palette(ui);
    ui.painter().rect_filled(rect, 0.0, palette.raised);
    let Some(used) = used else { return };
    let reach = used.mean.abs() + 2.5 * used.deviation.max(1e-6);
    let x = |value: f32| rect.center().x + value / reach * rect.width() * 0.48;
    ui.painter().vline(rect.center().x, rect.y_range(), Stroke::new(1.0, palette.line_strong));
    let spread = Rect::from_x_y_ranges(
        x(used.mean - used.deviation)..=x(used.mean + used.deviation),
        rect.center().y - 6.0..=rect.center().y + 6.0,
    );
    ui.painter().rect_filled(spread, 2.0, palette.accent_ground);
    ui.painter().vline(x(used.mean), spread.y_range(), Stroke::new(2.0, palette.accent));
}

fn detail(
    ui: &mut Ui,
    state: &AppState,
    gallery: &Gallery,
    used: Option<&UnitUse>,
    unit: usize,
    map: ColourMap,
    commands: &mut Commands,
) {
    panel::title(ui, &format!("Unit {unit}"));
    if let Some(picture) = gallery.pictures.get(unit) {
        let (rect, response) = ui
            .allocate_exact_size(vec2(ui.available_width(), (ui.available_height() * 0.3).max(170.0)), Sense::hover());
        widgets::named(&response, Role::Image, || format!("Weights of unit {unit}"));
        heatmap(gallery, picture, map).paint(ui, response.id, rect);
        let seconds = picture.rows() as f32 / crate::domain::FRAMES_PER_SECOND as f32;
        quiet(
            ui,
            format!(
                "{seconds:.2} s across, {} mel bands up; colours from {1:.4} to {2:.4}",
                picture.columns(),
                -gallery.reach,
                gallery.reach
            ),
        );
        ui.add_space(SPACE_S);
    }
    let Some(used) = used else {
        quiet(
            ui,
            "How strongly a kernel answers is pooled over time inside the network, so no segment can be named for it.",
        );
        return;
    };
    quiet(ui, format!("Mean {:.3}, deviation {:.3} over all segments heard.", used.mean, used.deviation));
    if !used.used {
        ui.label("This unit is unused: it says the same of every segment.");
        return;
    }
    ui.add_space(SPACE_S);
    ui.label("What drives it most");
    points::segments(ui, state, &used.strongest, |value| format!("{value:.2}"), commands);
}
