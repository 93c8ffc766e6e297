//! The table of models: which one recommends, and how good each is.

use egui::{Align, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};

use crate::jobs::message::ModelSummary;
use crate::state::{AppCommand, AppState, JobKind};
use crate::ui::{Commands, panel, widgets};

/// Draws the table.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    panel::title(ui, "Models");
    if state.library.models.is_empty() {
        widgets::quiet(ui, "There is no model yet. Training makes one.");
        return;
    }
    let tracks = state.library.tracks.len();
    let activating = state.jobs.of_kind(&JobKind::Activate).is_some();
    let embedding = state.jobs.of_kind(&JobKind::Embed);
    let header = [
        ("", "The model that recommends"),
        ("Name", ""),
        ("N to M", "Architecture, width of the encoding and of the embedding"),
        ("Reconstr.", "Validation: cosine similarity of input and reconstruction"),
        ("Triplets", "Validation: triplets in the right order"),
        ("Retrieval", "Validation: how often the nearest half minute is of the same recording"),
        ("Embedded", "Tracks that the model has embedded"),
        ("", ""),
    ];
    TableBuilder::new(ui)
        .id_salt("models")
        .vscroll(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::exact(28.0))
        .column(Column::remainder().at_least(110.0).clip(true))
        .column(Column::exact(150.0))
        .column(Column::exact(74.0))
        .column(Column::exact(66.0))
        .column(Column::exact(66.0))
        .column(Column::exact(112.0))
        .column(Column::exact(170.0))
        .header(24.0, |mut row| {
            for (title, about) in header {
                row.col(|ui| {
                    let label = widgets::quiet(ui, title);
                    if !about.is_empty() {
                        label.on_hover_text(about);
                    }
                });
            }
        })
        .body(|mut body| {
            for model in &state.library.models {
                body.row(32.0, |mut row| {
                    row.col(|ui| {
                        let radio = ui.add_enabled(!activating, egui::RadioButton::new(model.active, ""));
                        let radio = radio.accessible_name(format!("{} recommends", model.name));
                        if radio.clicked() && !model.active {
                            commands.push(AppCommand::ActivateModel(model.name.clone()));
                        }
                    });
                    row.col(|ui| name(ui, model));
                    let shape = format!("{} {} to {}", model.architecture, model.encoding, model.embedding);
                    row.col(|ui| {
                        ui.label(shape);
                    });
                    row.col(|ui| percent(ui, model.encoding_accuracy));
                    row.col(|ui| percent(ui, model.triplet_accuracy));
                    row.col(|ui| percent(ui, model.retrieval));
                    row.col(|ui| embedded(ui, model, tracks, embedding.is_some(), commands));
                    row.col(|ui| buttons(ui, model, activating, commands));
                });
            }
        });
    if let Some((id, job)) = embedding {
        ui.add_space(crate::ui::theme::SPACE_S);
        panel::job(ui, id, job, commands);
    }
}

/// How many tracks the model has embedded; where some are missing, the button that embeds them.
fn embedded(ui: &mut Ui, model: &ModelSummary, tracks: usize, busy: bool, commands: &mut Commands) {
    let missing = tracks.saturating_sub(model.embedded);
    if missing == 0 {
        ui.label(format!("all {tracks}"));
        return;
    }
    let text =
        if missing == 1 { "Embed 1 track".to_owned() } else { format!("Embed {} tracks", widgets::count(missing)) };
    let button = ui.add_enabled(!busy, egui::Button::new(egui::RichText::new(text.as_str()).small()));
    let button = button.accessible_name(format!("{text} with {}", model.name));
    let about =
        format!("{} of {tracks} are embedded. The rest can be at any time; the window stays usable.", model.embedded);
    let button = button.on_hover_text(about).on_disabled_hover_text("Tracks are being embedded; see below.");
    if button.clicked() {
        commands.push(AppCommand::Embed(model.name.clone()));
    }
}

fn name(ui: &mut Ui, model: &ModelSummary) {
    ui.add(egui::Label::new(RichText::new(&model.name).strong()).truncate());
    if model.bundled {
        widgets::quiet(ui, "bundled").on_hover_text("Came with Songline");
    }
}

fn percent(ui: &mut Ui, share: Option<f32>) {
    match share {
        Some(share) => ui.label(format!("{:.1} %", share * 100.0)),
        None => widgets::quiet(ui, "–").on_hover_text("Not measured"),
    };
}

fn buttons(ui: &mut Ui, model: &ModelSummary, activating: bool, commands: &mut Commands) {
    let curves = ui.button("Show curves").accessible_name(format!("Show curves of {}", model.name));
    if curves.clicked() {
        commands.push(AppCommand::ShowCurves(model.name.clone()));
    }
    if model.active {
        widgets::quiet(ui, "in use");
    } else {
        let use_it =
            ui.add_enabled(!activating, egui::Button::new("Use")).accessible_name(format!("Use {}", model.name));
        if use_it.clicked() {
            commands.push(AppCommand::ActivateModel(model.name.clone()));
        }
    }
}
