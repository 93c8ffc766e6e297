//! The settings of the next evaluation, each with one line that says what it does.

use egui::{DragValue, TextEdit, Ui};

use crate::jobs::message::EvaluateSpec;
use crate::state::{AppCommand, AppState, Dialog, JobKind};
use crate::ui::{Commands, panel, theme, widgets};

use super::scorecard::View;

/// Why no evaluation can start; `None` where one can.
pub fn refusal(state: &AppState) -> Option<String> {
    if state.read_only {
        return Some(panel::READS_ONLY.to_owned());
    }
    match state.library.tracks.len() {
        0 => Some("There is nothing to evaluate on. Import music, or make the demo library, under Data.".to_owned()),
        1 => Some("One track cannot be compared. Import more under Data.".to_owned()),
        _ => None,
    }
}

/// Draws the form.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let mut spec = state.evaluation.spec.clone();
    ui.add_space(theme::SPACE_XS);
    panel::heading(
        ui,
        "Evaluation",
        "Does the nearest music belong together? Models beside baselines, with intervals.",
    );
    if state.jobs.of_kind(&JobKind::Evaluate).is_some() {
        widgets::quiet(ui, "The evaluation under way keeps its settings; changes here are for the next one.");
        ui.add_space(theme::SPACE_S);
    }
    labels(ui, &mut spec, view, commands);
    models(ui, state, &mut spec);
    others(ui, &mut spec, commands);
    let explanation =
        "Up to 60 tracks are made quieter, noisier, shifted, equalised and encoded again, and looked for.";
    panel::field(ui, "Altered versions", explanation, |ui| {
        ui.checkbox(&mut spec.robustness, "Look for them").accessible_name("Look for altered versions");
    });
    let share = state.training.spec.validation_share;
    let explanation = "Artists that training keeps aside: what the model scores on music it has never heard.";
    panel::field(ui, "Held-out artists", explanation, |ui| {
        let mut only = spec.validation_share.is_some();
        if ui.checkbox(&mut only, "Only these").accessible_name("Only held-out artists").changed() {
            spec.validation_share = only.then_some(share);
            spec.validation_from = state.training.spec.validation_from;
        }
    });
    panel::field(ui, "Seed", "The same seed gives the same triplets, intervals and altered tracks.", |ui| {
        ui.add(DragValue::new(&mut spec.seed)).accessible_name("Seed");
    });
    if spec != state.evaluation.spec {
        commands.push(AppCommand::EditEvaluation(Box::new(spec)));
    }
}

fn labels(ui: &mut Ui, spec: &mut EvaluateSpec, view: &mut View, commands: &mut Commands) {
    let name = spec.labels.as_deref().and_then(|path| path.file_name());
    let from = name.map_or_else(|| "Tags of the files".to_owned(), |name| name.to_string_lossy().into_owned());
    let explanation = "What belongs together: the tags, or a CSV table with a column “file” and columns of labels.";
    panel::field(ui, "Labels", explanation, |ui| {
        ui.vertical(|ui| {
            ui.add(egui::Label::new(from).truncate());
            ui.horizontal_wrapped(|ui| {
                if ui.button("Choose table…").clicked() {
                    commands.push(AppCommand::OpenDialog(Dialog::Labels));
                }
                if spec.labels.is_some() && ui.button("Use tags").clicked() {
                    spec.labels = None;
                }
            });
        });
    });
    let explanation = "Columns to score by, with commas between. Empty: recording, album, artist and style.";
    panel::field(ui, "Score by", explanation, |ui| list(ui, "Score by", &mut view.by, &mut spec.by));
    let explanation =
        "Styles that say little about the sound, with commas between; they take no part in the style score.";
    panel::field(ui, "Styles left out", explanation, |ui| {
        list(ui, "Styles left out", &mut view.left_out, &mut spec.left_out_styles);
    });
}

/// A field for names with commas between. What was typed stays as it is while it says the same.
fn list(ui: &mut Ui, name: &str, typed: &mut String, names: &mut Vec<String>) {
    let read = |text: &str| -> Vec<String> {
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    if read(typed) != *names {
        *typed = names.join(", ");
    }
    let field = TextEdit::singleline(typed).desired_width(f32::INFINITY).align(egui::Align2::LEFT_CENTER);
    if ui.add(field).accessible_name(name).changed() {
        *names = read(typed);
    }
}

/// What is judged beside the models of the library.
fn others(ui: &mut Ui, spec: &mut EvaluateSpec, commands: &mut Commands) {
    let explanation = "The published network among the baselines. It is trained on this library first, which takes minutes, \
                       where that was not done before.";
    panel::field(ui, "As published", explanation, |ui| {
        ui.checkbox(&mut spec.published, "Dense model").accessible_name("Dense model as published");
    });
    let explanation = "Of other programs: .npy with a table FILE.npy.csv beside it, or .parquet.";
    panel::field(ui, "Vectors", explanation, |ui| {
        ui.vertical(|ui| {
            let mut left = None;
            for (place, path) in spec.vectors.iter().enumerate() {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                ui.horizontal(|ui| {
                    if widgets::icon_button(ui, widgets::Icon::Close, 20.0, &format!("Leave {name} out")).clicked() {
                        left = Some(place);
                    }
                    ui.add(egui::Label::new(&name).truncate());
                });
            }
            if let Some(place) = left {
                spec.vectors.remove(place);
            }
            if ui.button("Add vectors…").clicked() {
                commands.push(AppCommand::OpenDialog(Dialog::Vectors));
            }
        });
    });
}

fn models(ui: &mut Ui, state: &AppState, spec: &mut EvaluateSpec) {
    let active = state.library.active_model().map(|model| model.name.clone());
    // Who chose nothing gets the model that recommends.
    let mut chosen = if spec.models.is_empty() { active.clone().into_iter().collect() } else { spec.models.clone() };
    let before = chosen.clone();
    panel::field(ui, "Models", "Each is scored beside the baselines.", |ui| {
        ui.vertical(|ui| {
            for model in &state.library.models {
                let mut judged = chosen.contains(&model.name);
                let name = format!("Evaluate {}", model.name);
                if ui.checkbox(&mut judged, &model.name).accessible_name(name).changed() {
                    if judged {
                        chosen.push(model.name.clone());
                    } else {
                        chosen.retain(|name| *name != model.name);
                    }
                }
            }
            if state.library.models.is_empty() {
                widgets::quiet(ui, "The bundled model");
            }
        });
    });
    if chosen != before {
        spec.models = if chosen.len() == 1 && chosen.first() == active.as_ref() { Vec::new() } else { chosen };
    }
}
