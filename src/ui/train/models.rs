//! The table of models: which one recommends, and how good each is.

use egui::{Align, Layout, RichText, Ui};
use egui_extras::TableBuilder;

use crate::jobs::message::ModelSummary;
use crate::state::{AppCommand, AppState, JobKind};
use crate::ui::{Commands, panel, widgets};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Chosen,
    Name,
    Shape,
    Reconstruction,
    Triplets,
    Retrieval,
    Embedded,
    Buttons,
}

/// A column: what it shows, its title and what that means, its width.
struct Column {
    what: What,
    title: &'static str,
    about: &'static str,
    width: f32,
}

const fn column(what: What, title: &'static str, about: &'static str, width: f32) -> Column {
    Column { what, title, about, width }
}

static COLUMNS: [Column; 8] = [
    column(What::Chosen, "", "", 28.0),
    column(What::Name, "Name", "", 110.0),
    column(What::Shape, "N to M", "Architecture, width of the encoding and of the embedding", 150.0),
    column(What::Reconstruction, "Reconstr.", "Validation: cosine similarity of input and reconstruction", 74.0),
    column(What::Triplets, "Triplets", "Validation: triplets in the right order", 66.0),
    column(
        What::Retrieval,
        "Retrieval",
        "Validation: how often the nearest half minute is of the same recording",
        66.0,
    ),
    column(What::Embedded, "Embedded", "Tracks that the model has embedded", 112.0),
    column(What::Buttons, "", "", 170.0),
];

/// The columns that fit; those that a narrow table can do without go first.
fn fitting(width: f32) -> Vec<&'static Column> {
    /// Between two columns.
    const GAP: f32 = crate::ui::theme::SPACE_S;
    let mut left_out: &[What] = &[];
    let scores = &[What::Shape, What::Reconstruction, What::Triplets, What::Retrieval][..];
    for rest in [&[][..], &[What::Triplets], &[What::Shape, What::Triplets], scores] {
        left_out = rest;
        let kept = COLUMNS.iter().filter(|column| !rest.contains(&column.what));
        if kept.map(|column| column.width + GAP).sum::<f32>() <= width {
            break;
        }
    }
    COLUMNS.iter().filter(|column| !left_out.contains(&column.what)).collect()
}

fn shape(model: &ModelSummary) -> String {
    format!("{} {} to {}", model.architecture, model.encoding, model.embedding)
}

fn chosen(ui: &mut Ui, model: &ModelSummary, activating: bool, commands: &mut Commands) {
    let radio = ui.add_enabled(!activating, egui::RadioButton::new(model.active, ""));
    let radio = radio.accessible_name(format!("{} recommends", model.name)).on_hover_text("The model that recommends");
    if radio.clicked() && !model.active {
        commands.push(AppCommand::ActivateModel(model.name.clone()));
    }
}

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
    let columns: Vec<&Column> = fitting(ui.available_width());
    let mut table =
        TableBuilder::new(ui).id_salt("models").vscroll(false).cell_layout(Layout::left_to_right(Align::Center));
    for column in &columns {
        table = table.column(match column.what {
            What::Name => egui_extras::Column::remainder().at_least(column.width).clip(true),
            _ => egui_extras::Column::exact(column.width),
        });
    }
    let table = table.header(24.0, |mut row| {
        for column in &columns {
            row.col(|ui| {
                let label = widgets::quiet(ui, column.title);
                if !column.about.is_empty() {
                    label.on_hover_text(column.about);
                }
            });
        }
    });
    table.body(|mut body| {
        for model in &state.library.models {
            body.row(32.0, |mut row| {
                for column in &columns {
                    row.col(|ui| match column.what {
                        What::Chosen => chosen(ui, model, activating, commands),
                        What::Name => name(ui, model),
                        What::Shape => {
                            ui.label(shape(model));
                        }
                        What::Reconstruction => percent(ui, model.encoding_accuracy),
                        What::Triplets => percent(ui, model.triplet_accuracy),
                        What::Retrieval => percent(ui, model.retrieval),
                        What::Embedded => embedded(ui, model, tracks, embedding.is_some(), commands),
                        What::Buttons => buttons(ui, model, activating, commands),
                    });
                }
            });
        }
    });
    if let Some((id, job)) = embedding {
        ui.add_space(crate::ui::theme::SPACE_S);
        panel::job(ui, id, job, &state.jobs, commands);
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
    ui.add(egui::Label::new(RichText::new(&model.name).strong()).truncate()).on_hover_text(shape(model));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_table_keeps_its_buttons() {
        let kept = |width| fitting(width).iter().map(|column| column.what).collect::<Vec<_>>();
        assert_eq!(kept(900.0).len(), COLUMNS.len());
        assert!(kept(800.0).contains(&What::Shape) && !kept(800.0).contains(&What::Triplets));
        assert!(!kept(640.0).contains(&What::Shape) && kept(640.0).contains(&What::Retrieval));
        assert_eq!(kept(480.0), [What::Chosen, What::Name, What::Embedded, What::Buttons]);
        assert_eq!(kept(100.0), kept(480.0));
    }
}
