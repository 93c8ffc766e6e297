//! The settings screen. Every change takes effect at once and is saved.

use egui::{ComboBox, DragValue, RichText, Slider, Ui};

use crate::domain::{DeviceChoice, Metric, Span};
use crate::settings::{Settings, Theme};
use crate::state::{AppCommand, AppState};

use super::panel::Half;
use super::{Commands, data, panel, theme, widgets};

/// What the screen remembers while the window is open.
#[derive(Debug, Default)]
pub struct View {
    /// The scale under the finger; it counts when the slider is let go, or the window would move under the pointer.
    scale: Option<f32>,
}

/// Draws the screen.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let mut settings = state.settings.clone();
    panel::page(ui, "Settings", "Changes take effect at once and are kept.", |ui, half| match half {
        Half::First => {
            panel::card(ui, |ui| appearance(ui, &mut settings, view));
            panel::card(ui, |ui| comparison(ui, &mut settings, commands));
        }
        Half::Second => {
            panel::card(ui, |ui| processor(ui, state, &mut settings));
            panel::card(ui, |ui| files(ui, state, &mut settings));
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
            let response = ui.add(slider).accessible_name("Interface scale");
            if response.changed() {
                view.scale = Some(scale);
            }
            let held = response.dragged() || response.has_focus() && ui.input(|input| input.pointer.any_down());
            if !held && let Some(scale) = view.scale.take() {
                settings.scale = scale;
            }
        },
    );
}

fn comparison(ui: &mut Ui, settings: &mut Settings, commands: &mut Commands) {
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
    let mut metric = settings.metric;
    panel::field(ui, "Default metric", about_metric(metric), |ui| {
        ComboBox::from_id_salt("metric")
            .selected_text(settings.metric.title())
            .show_ui(ui, |ui| {
                for option in Metric::ALL {
                    ui.selectable_value(&mut metric, option, option.title()).on_hover_text(about_metric(option));
                }
            })
            .response
            .accessible_name("Default metric");
    });
    if metric != settings.metric {
        commands.push(AppCommand::SetMetric(metric));
    }
    panel::field(ui, "Recommendations", "How many tracks a search lists.", |ui| {
        ui.add(DragValue::new(&mut settings.top).range(1..=500)).accessible_name("Recommendations");
    });
    let explanation = "Places that one artist may take in a list; 0 sets no limit.";
    panel::field(ui, "Tracks per artist", explanation, |ui| {
        ui.add(DragValue::new(&mut settings.per_artist).range(0..=100)).accessible_name("Tracks per artist");
    });
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

fn files(ui: &mut Ui, state: &AppState, settings: &mut Settings) {
    panel::title(ui, "Files");
    let explanation = "Relative paths survive moving playlist and music together; absolute ones moving the playlist.";
    panel::field(ui, "Paths in playlists", explanation, |ui| {
        let options =
            [(true, "Relative", "From the folder of the playlist"), (false, "Absolute", "From the root of the disk")];
        if let Some(relative) = widgets::segmented(ui, settings.relative_playlists, &options) {
            settings.relative_playlists = relative;
        }
    });
    data::path(ui, "Library", &state.library.root.display().to_string());
    widgets::quiet(ui, "Another library: start Songline with --library FOLDER. The music itself is never moved.");
}

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
