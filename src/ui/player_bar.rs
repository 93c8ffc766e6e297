//! The player at the foot of the window: what plays, its waveform, the buttons.

use egui::{Align, Color32, CornerRadius, Layout, Rect, Role, Sense, Slider, Stroke, TextStyle, Ui, Vec2, pos2, vec2};

use crate::domain::Waveform;
use crate::state::{AppCommand, AppState, QueueItem};

use super::Commands;
use super::theme::{self, RADIUS_S, SPACE_M, SPACE_S, SPACE_XS};
use super::widgets::cover::Cover;
use super::widgets::{Icon, clock, icon_button, icon_button_for, named, paint_icon, paint_text, quiet, slider};

/// Height of the bar.
pub const HEIGHT: f32 = 68.0;
/// Height of the waveform.
const WAVE: f32 = 40.0;
/// Width of one bar of the waveform with the gap after it.
const BAR: f32 = 3.0;

/// What the bar remembers.
#[derive(Default)]
pub struct View {
    cover: Cover,
    /// Where the pointer drags the playhead, as a share of the track.
    scrub: Option<f32>,
    /// The volume before it was muted.
    loud: Option<f32>,
}

/// Draws the bar.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE_S;
        let width = (ui.available_width() * 0.2).clamp(180.0, 300.0);
        let block = vec2(width, ui.available_height());
        ui.allocate_ui_with_layout(block, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_size(block);
            playing(ui, state, view);
        });
        buttons(ui, state, commands);
        ui.add_space(SPACE_XS);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            volume(ui, state, view, commands);
            let Some(item) = &state.player.item else {
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    quiet(ui, "Space plays the selected track.");
                });
                return;
            };
            ui.add_space(SPACE_S);
            let shown_s = view.scrub.map_or(state.player.position_s, |share| f64::from(share) * item.duration_s);
            let times = format!("{} / {}", clock(shown_s), clock(item.duration_s));
            let font = TextStyle::Monospace.resolve(ui.style());
            let galley = ui.painter().layout_no_wrap(times, font, theme::palette(ui).text_weak);
            ui.label(galley);
            wave(ui, state, item, view, commands);
        });
    });
}

fn playing(ui: &mut Ui, state: &AppState, view: &mut View) {
    let palette = theme::palette(ui);
    let side = 46.0;
    let (square, _) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    ui.painter().rect_filled(square, CornerRadius::same(RADIUS_S), palette.raised);
    match view.cover.texture(ui.ctx(), state.player.cover.as_ref()) {
        Some(texture) => {
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            egui::Image::from_texture((texture, Vec2::splat(side)))
                .uv(uv)
                .corner_radius(CornerRadius::same(RADIUS_S))
                .paint_at(ui, square);
        }
        None => paint_icon(ui.painter(), square.shrink(15.0), Icon::Path, palette.line_strong),
    }
    let size = vec2(ui.available_width(), side);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let (upper, lower) = rect.split_top_bottom_at_fraction(0.5);
    let Some(item) = &state.player.item else {
        let text = if state.player.no_device.is_some() { "No audio output" } else { "Nothing is playing" };
        paint_text(ui, rect, text, TextStyle::Body, palette.text_weak, egui::Align2::LEFT_CENTER);
        return;
    };
    let title = format!("{} by {}", item.title, item.artist);
    named(&response, Role::Label, || format!("Playing {title}"));
    paint_text(ui, upper, &item.title, TextStyle::Body, palette.text_strong, egui::Align2::LEFT_BOTTOM);
    let (second, colour) = match &state.player.no_device {
        Some(_) => ("No audio output", palette.warning),
        None => (item.artist.as_str(), palette.text_weak),
    };
    paint_text(ui, lower, second, TextStyle::Small, colour, egui::Align2::LEFT_TOP);
    response.on_hover_text(match &state.player.no_device {
        Some(reason) => format!("{title}\n{reason}"),
        None => title,
    });
}

fn buttons(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.x = 2.0;
    let has_item = state.player.item.is_some();
    let has_neighbours = state.player.track().is_some();
    let can_play = has_item || state.inspected().is_some();
    let (icon, name) = if state.player.is_playing() { (Icon::Pause, "Pause") } else { (Icon::Play, "Play") };
    let entries = [
        (Icon::Previous, "Previous", "", 30.0, has_neighbours, AppCommand::Previous),
        (icon, name, " (Space)", 38.0, can_play, AppCommand::TogglePlay),
        (Icon::Next, "Next", "", 30.0, has_neighbours, AppCommand::Next),
    ];
    for (icon, name, key, size, enabled, command) in entries {
        let tooltip = format!("{name}{key}");
        let button = |ui: &mut Ui| icon_button_for(ui, icon, size, name, &tooltip);
        if ui.add_enabled_ui(enabled, button).inner.clicked() {
            commands.push(command);
        }
    }
}

fn volume(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let mut volume = state.player.volume;
    ui.spacing_mut().slider_width = 80.0;
    ui.spacing_mut().interact_size.y = 18.0;
    let slider = slider(ui, Slider::new(&mut volume, 0.0..=1.0).show_value(false));
    named(&slider, Role::Slider, || "Volume".to_owned());
    if slider.changed() {
        commands.push(AppCommand::SetVolume(volume));
    }
    let muted = state.player.volume <= 0.0;
    let (icon, name) = if muted { (Icon::Muted, "Unmute") } else { (Icon::Volume, "Mute") };
    if icon_button(ui, icon, 28.0, name).clicked() {
        let new = if muted { view.loud.take().unwrap_or(0.8) } else { 0.0 };
        if !muted {
            view.loud = Some(state.player.volume);
        }
        commands.push(AppCommand::SetVolume(new));
    }
}

fn wave(ui: &mut Ui, state: &AppState, item: &QueueItem, view: &mut View, commands: &mut Commands) {
    let palette = theme::palette(ui);
    let size = vec2((ui.available_width() - SPACE_M).max(40.0), WAVE);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::slider(true, state.player.position_s, "Position"));
    let share_at = |x: f32| ((x - rect.left()) / rect.width()).clamp(0.0, 1.0);
    let pointer = response.interact_pointer_pos().map(|at| share_at(at.x));
    let seek = |share: f32| AppCommand::Seek(f64::from(share) * item.duration_s);
    if response.dragged() {
        view.scrub = pointer;
    }
    if response.drag_stopped()
        && let Some(share) = view.scrub.take()
    {
        commands.push(seek(share));
    } else if response.clicked()
        && let Some(share) = pointer
    {
        commands.push(seek(share));
    }
    let share = |seconds: f64| (seconds / item.duration_s.max(0.001)).clamp(0.0, 1.0) as f32;
    let played = view.scrub.unwrap_or_else(|| share(state.player.position_s));
    let x_of = |share: f32| rect.left() + share * rect.width();
    if let Some(end) = item.end_s {
        let span = Rect::from_x_y_ranges(x_of(share(item.start_s))..=x_of(share(end)), rect.y_range());
        ui.painter().rect_filled(span, CornerRadius::same(RADIUS_S), palette.selected_row);
        ui.painter().vline(span.right(), rect.y_range(), Stroke::new(1.5, palette.accent));
    }
    bars(ui, rect, state.player.waveform.as_ref(), played, palette.accent, palette.line_strong);
    ui.painter().vline(x_of(played), rect.y_range(), Stroke::new(1.5, palette.text_strong));
    if let Some(at) = response.hover_pos() {
        let share = share_at(at.x);
        ui.painter().vline(at.x, rect.y_range(), Stroke::new(1.0, palette.text_weak));
        let at = clock(f64::from(share) * item.duration_s);
        response.on_hover_text_at_pointer(format!("{at}  (left and right: 5 s)"));
    }
}

/// The outline as bars around the middle, the played part in `front`; a line where the outline is not known yet.
fn bars(ui: &Ui, rect: Rect, waveform: Option<&Waveform>, played: f32, front: Color32, back: Color32) {
    let peaks = waveform.map_or(&[][..], |waveform| &waveform.peaks);
    let count = (rect.width() / BAR).floor().max(1.0) as usize;
    let split = rect.left() + played * rect.width();
    for index in 0..count {
        let peak = if peaks.is_empty() {
            0
        } else {
            let from = index * peaks.len() / count;
            let to = ((index + 1) * peaks.len() / count).max(from + 1);
            peaks[from..to.min(peaks.len())].iter().copied().max().unwrap_or(0)
        };
        let half = (f32::from(peak) / 255.0 * rect.height() * 0.5).max(1.0);
        let left = rect.left() + index as f32 * BAR;
        let bar = Rect::from_x_y_ranges(left..=left + BAR - 1.0, rect.center().y - half..=rect.center().y + half);
        ui.painter().rect_filled(bar, CornerRadius::ZERO, if bar.center().x <= split { front } else { back });
    }
}
