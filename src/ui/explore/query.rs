//! What is asked: the tracks or the file asked about, the metric, the span.

use egui::{Button, CornerRadius, Frame, Margin, RichText, Role, Slider, Stroke, Ui};

use crate::domain::{Metric, Span};
use crate::settings::Settings;
use crate::state::{AppCommand, AppState, Dialog};
use crate::ui::Commands;
use crate::ui::theme::{self, SPACE_S, SPACE_XS, TEXT_TITLE};
use crate::ui::widgets::{Icon, icon_button, named, segmented};

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

/// Draws the query.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Sounds like").size(TEXT_TITLE).color(palette.text_strong));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let hint = "Ask about a file that need not be in the library";
            if ui.button("From a file…").on_hover_text(hint).clicked() {
                commands.push(AppCommand::OpenDialog(Dialog::QueryFile));
            }
        });
    });
    chips(ui, state, commands);
    ui.add_space(SPACE_XS);
    if let Some(metric) = segmented(ui, state.query.metric, &METRICS) {
        commands.push(AppCommand::SetMetric(metric));
    }
    if state.query.metric == Metric::Blend {
        blend(ui, state, commands);
    }
    if let Some(span) = segmented(ui, state.settings.span, &SPANS) {
        let settings = Settings { span, ..state.settings.clone() };
        commands.push(AppCommand::ChangeSettings(Box::new(settings)));
    }
    ui.add_space(SPACE_XS);
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
        for seed in &state.query.seeds {
            if let Some(track) = state.library.track(*seed)
                && chip(ui, track.title(), None, true)
            {
                commands.push(AppCommand::ToggleSeed(*seed));
            }
        }
        if state.query.seeds.len() > 1 {
            let clear = ui.add(Button::new(RichText::new("Clear").small()).frame(false));
            named(&clear, Role::Button, || "Clear the query".to_owned());
            if clear.clicked() {
                commands.push(AppCommand::ClearSeeds);
            }
        }
    });
}

/// One thing asked about; whether its cross was clicked.
fn chip(ui: &mut Ui, title: &str, icon: Option<Icon>, closable: bool) -> bool {
    let palette = theme::palette(ui);
    let frame = Frame::new()
        .fill(if closable { palette.raised } else { palette.accent_ground })
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(CornerRadius::same(12))
        .inner_margin(Margin { left: 10, right: if closable { 3 } else { 10 }, top: 1, bottom: 1 });
    let shown = frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE_XS;
            ui.spacing_mut().interact_size.y = 22.0;
            if let Some(icon) = icon {
                let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(13.0), egui::Sense::hover());
                crate::ui::widgets::paint_icon(ui.painter(), rect, icon, palette.text_weak);
            }
            let width = 220.0_f32.min(ui.available_width() - SPACE_S * 3.0);
            let font = egui::TextStyle::Body.resolve(ui.style());
            let galley = crate::ui::widgets::elide(ui, title, font, palette.text_strong, width);
            ui.label(galley);
            closable && icon_button(ui, Icon::Close, 20.0, &format!("Take {title} out of the query")).clicked()
        })
        .inner
    });
    shown.inner
}

fn blend(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let mut weights = state.query.blend;
    let mut changed = false;
    egui::Grid::new("blend").num_columns(4).spacing([SPACE_S, SPACE_XS]).show(ui, |ui| {
        for (index, (metric, weight)) in Metric::SINGLE.iter().zip(&mut weights).enumerate() {
            ui.label(RichText::new(metric.title()).small());
            ui.spacing_mut().slider_width = 84.0;
            ui.spacing_mut().interact_size.y = 18.0;
            let slider = ui.add(Slider::new(weight, 0.0..=1.0).show_value(false));
            named(&slider, Role::Slider, || format!("Weight of {}", metric.title()));
            changed |= slider.changed();
            if index % 2 == 1 {
                ui.end_row();
            }
        }
    });
    // With no weight at all there is no distance to sort by.
    if changed && weights.iter().any(|weight| *weight > 0.0) {
        commands.push(AppCommand::SetBlend(weights));
    }
}
