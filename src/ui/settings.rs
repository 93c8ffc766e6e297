//! The settings screen. Every change takes effect at once and is saved.

use egui::{ComboBox, DragValue, RichText, Slider, Ui};

use crate::domain::{DeviceChoice, Metric, Span};
use crate::settings::{Settings, Theme};
use crate::state::{AppCommand, AppState, Dialog};

use super::panel::Part;
use super::{Commands, data, explore, panel, theme, widgets};

/// What the screen remembers while the window is open.
#[derive(Debug, Default)]
pub struct View {
    /// The scale under the finger; it counts when the slider is let go, or the window would move under the pointer.
    scale: Option<f32>,
    /// Numbers under the finger; they count when they are let go, for each change searches again.
    top: Option<usize>,
    per_artist: Option<usize>,
    blend: Option<[f32; 4]>,
}

/// Draws the screen.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let mut settings = state.settings.clone();
    panel::page(ui, "Settings", "Changes take effect at once and are kept.", |ui, part| match part {
        Part::First => {
            panel::card(ui, |ui| appearance(ui, &mut settings, view));
        }
        Part::Third => panel::card(ui, |ui| comparison(ui, state, &mut settings, view, commands)),
        Part::Second => {
            panel::card(ui, |ui| processor(ui, state, &mut settings));
            panel::card(ui, |ui| files(ui, state, &mut settings, commands));
            panel::card(ui, about);
        }
    });
    if settings != state.settings {
        commands.push(AppCommand::ChangeSettings(Box::new(settings)));
    }
}

fn appearance(ui: &mut Ui, settings: &mut Settings, view: &mut View) {
    panel::title(ui, "Appearance");
    panel::field(ui, "Theme", "System follows what the desktop is set to.", |ui| {
        let options = [
            (Theme::Dark, "Dark", "Light letters on dark ground"),
            (Theme::Light, "Light", "Dark letters on light ground"),
            (Theme::System, "System", "As the desktop is set"),
        ];
        if let Some(theme) = widgets::segmented(ui, settings.theme, &options) {
            settings.theme = theme;
        }
    });
    panel::field(
        ui,
        "Interface scale",
        "Larger for projectors and tired eyes; it changes when the slider is let go.",
        |ui| {
            let mut scale = view.scale.unwrap_or(settings.scale);
            let slider = Slider::new(&mut scale, 0.75..=3.0).step_by(0.05).fixed_decimals(2).suffix("×");
            let response = widgets::slider(ui, slider).accessible_name("Interface scale");
            if response.changed() {
                view.scale = Some(scale);
            }
            let held = response.dragged() || response.has_focus() && ui.input(|input| input.pointer.any_down());
            if !held && let Some(scale) = view.scale.take() {
                settings.scale = scale;
            }
        },
    );
    panel::field(ui, "Motion", "Whether points of the map glide to where they belong, or are there at once.", |ui| {
        let options = [
            (false, "Glide", "Points move for less than half a second"),
            (true, "Reduce motion", "What changes, changes at once"),
        ];
        if let Some(reduced) = widgets::segmented(ui, settings.reduce_motion, &options) {
            settings.reduce_motion = reduced;
        }
    });
}

fn comparison(ui: &mut Ui, state: &AppState, settings: &mut Settings, view: &mut View, commands: &mut Commands) {
    panel::title(ui, "Comparison");
    let explanation = "Preview compares the liveliest 30 s of each track; whole compares all of it, from 4 s up.";
    panel::field(ui, "Span", explanation, |ui| {
        if let Some(span) = widgets::segmented(
            ui,
            settings.span,
            &[
                (Span::Preview, "Preview", "30 s of each track"),
                (Span::Whole, "Whole tracks", "All of each track, from 4 s up"),
            ],
        ) {
            settings.span = span;
        }
    });
    let about = about_metric(settings.metric);
    panel::field(ui, "Metric", about, |ui| {
        ComboBox::from_id_salt("metric")
            .selected_text(settings.metric.title())
            .show_ui(ui, |ui| {
                for option in Metric::ALL {
                    ui.selectable_value(&mut settings.metric, option, option.title())
                        .on_hover_text(about_metric(option));
                }
            })
            .response
            .accessible_name("Metric");
    });
    blend(ui, state, settings, view, commands);
    panel::field(ui, "Recommendations", "How many tracks a search lists.", |ui| {
        number(ui, &mut settings.top, &mut view.top, 1..=500, "Recommendations");
    });
    let explanation = "Places that one artist may take in a list; 0 sets no limit.";
    panel::field(ui, "Tracks per artist", explanation, |ui| {
        number(ui, &mut settings.per_artist, &mut view.per_artist, 0..=100, "Tracks per artist");
    });
}

/// The weights of the blend; they count when they are let go.
fn blend(ui: &mut Ui, state: &AppState, settings: &mut Settings, view: &mut View, commands: &mut Commands) {
    let explanation = "How much each metric counts in the blend. Ratings of the listening study can teach it.";
    panel::field(ui, "Blend", explanation, |ui| {
        ui.vertical(|ui| {
            let mut weights = view.blend.unwrap_or(settings.blend);
            let mut held = false;
            egui::Grid::new("blend weights").num_columns(2).show(ui, |ui| {
                for (metric, weight) in Metric::SINGLE.iter().zip(&mut weights) {
                    ui.label(metric.title());
                    let slider = widgets::slider(ui, Slider::new(weight, 0.0..=1.0).fixed_decimals(2));
                    held |= slider.accessible_name(format!("Weight of {}", metric.title())).dragged();
                    ui.end_row();
                }
            });
            // With no weight at all there is no distance to sort by.
            if weights != settings.blend && weights.iter().any(|weight| *weight > 0.0) {
                view.blend = Some(weights);
            }
            if !held && let Some(weights) = view.blend.take() {
                settings.blend = weights;
                settings.learnt = None;
            }
            explore::learnt(ui, state, commands);
        });
    });
}

/// A number that counts once it was let go, or typed to its end.
fn number(
    ui: &mut Ui,
    value: &mut usize,
    draft: &mut Option<usize>,
    range: std::ops::RangeInclusive<usize>,
    name: &str,
) {
    let mut shown = draft.unwrap_or(*value);
    let response = ui.add(DragValue::new(&mut shown).range(range)).accessible_name(name);
    if response.changed() {
        *draft = Some(shown);
    }
    if !response.dragged()
        && !response.has_focus()
        && let Some(new) = draft.take()
    {
        *value = new;
    }
}

fn about_metric(metric: Metric) -> &'static str {
    match metric {
        Metric::Mean => "Mean: the distance between the middles of two tracks. Fast, and blind to order.",
        Metric::Min => "Min: for each moment of the query the most similar one of the other track, averaged.",
        Metric::Frechet => "Fréchet: how far apart two tracks are at worst when both are walked along in order.",
        Metric::Dtw => "DTW: how far apart two tracks are on average when both are walked along in order.",
        Metric::Blend => "Blend: a weighted mean of the four; the weights are beside the results.",
    }
}

fn processor(ui: &mut Ui, state: &AppState, settings: &mut Settings) {
    panel::title(ui, "Processor");
    let explanation =
        "Runs the model. Auto takes the best real GPU, and the CPU where the only GPU is imitated in software.";
    panel::field(ui, "Device", explanation, |ui| {
        ComboBox::from_id_salt("device")
            .selected_text(device_name(state, settings.device))
            .width(260.0)
            .truncate()
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut settings.device, DeviceChoice::Auto, "Auto");
                for device in state.devices.iter().filter(|device| device.choice != DeviceChoice::Auto) {
                    ui.selectable_value(&mut settings.device, device.choice, device_name(state, device.choice));
                }
            })
            .response
            .accessible_name("Device");
    });
    if state.devices.is_empty() {
        widgets::quiet(ui, "Looking for processors");
    } else if settings.device != DeviceChoice::Auto
        && !state.devices.iter().any(|device| device.choice == settings.device)
    {
        let text = format!("{} was not found on this computer.", settings.device.name());
        ui.label(RichText::new(text).color(theme::palette(ui).warning));
    }
}

fn device_name(state: &AppState, choice: DeviceChoice) -> String {
    if choice == DeviceChoice::Auto {
        return "Auto".to_owned();
    }
    match state.devices.iter().find(|device| device.choice == choice) {
        Some(device) if device.software => format!("{} · {} (software, slow)", choice.name(), device.name),
        Some(device) => format!("{} · {}", choice.name(), device.name),
        None => choice.name().to_owned(),
    }
}

fn files(ui: &mut Ui, state: &AppState, settings: &mut Settings, commands: &mut Commands) {
    panel::title(ui, "Files");
    let explanation = "Relative paths survive moving playlist and music together; absolute ones moving the playlist.";
    panel::field(ui, "Paths in playlists", explanation, |ui| {
        let options =
            [(true, "Relative", "From the folder of the playlist"), (false, "Absolute", "From the root of the disk")];
        if let Some(relative) = widgets::segmented(ui, settings.relative_playlists, &options) {
            settings.relative_playlists = relative;
        }
    });
    panel::field(ui, "Library folder", LIBRARY, |ui| {
        let kept = state.keeps_library();
        let change = ui.add_enabled(kept.is_none(), egui::Button::new("Change…"));
        let change = change.on_disabled_hover_text(format!(
            "{} is under way. Let it finish, or cancel it, first.",
            kept.unwrap_or_default()
        ));
        if change.accessible_name("Change the library folder").clicked() {
            commands.push(AppCommand::OpenDialog(Dialog::Library));
        }
        let standard = settings.library.is_some() && kept.is_none();
        let hint = "Go back to the folder that Songline takes by itself on this platform";
        let back = ui.add_enabled(standard, egui::Button::new("Standard folder"));
        if back.on_hover_text(hint).clicked() {
            commands.push(AppCommand::OpenLibrary(None));
        }
    });
    data::path(ui, "Open now", &state.library.root.display().to_string());
}

const LIBRARY: &str = "Another folder opens at once and at every start. An empty one becomes a new library; in one \
with other files a folder Songline is made. Nothing is moved or deleted, neither music nor the library of before.";

fn about(ui: &mut Ui) {
    panel::title(ui, "About");
    ui.label(format!("Songline {}", env!("CARGO_PKG_VERSION")));
    widgets::quiet(ui, "Finds music that sounds alike, by sound alone. A song is not a point, it is a path.");
    ui.add_space(theme::SPACE_S);
    widgets::quiet(ui, format!("Licence: {}, at your choice.", env!("CARGO_PKG_LICENSE").replace(" OR ", " or ")));
    widgets::quiet(
        ui,
        "Logs are in the state folder of the platform; `songline doctor` prints where, and checks the library.",
    );
}
