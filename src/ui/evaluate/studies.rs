//! The publication's tables: the settings of the next study, the one under way, and those that were made, two side by side.

use egui::{ComboBox, DragValue, RichText, Ui};
use egui_plot::Corner;

use crate::jobs::message::{
    PUBLISHED_PAIRS, ScoreTable, Study, StudySpec, reported_accuracy, reported_loss, study_tables,
};
use crate::state::{AppCommand, AppState, Dialog, JobKind};
use crate::ui::{Commands, panel, theme, widgets};

use super::chart::{self, Series};
use super::tables;

/// Draws the part.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let width = (ui.available_width() * 0.3).clamp(290.0, 380.0);
    let ground = egui::Frame::new().fill(theme::palette(ui).panel);
    egui::Panel::left("study settings").resizable(false).exact_size(width).frame(ground).show(ui, |ui| {
        panel::scroll(ui, "study form", |ui| form(ui, state, commands));
    });
    egui::CentralPanel::no_frame().show(ui, |ui| {
        panel::scroll(ui, "study", |ui| {
            let study = &state.study;
            let mut shown: Vec<(String, &Study)> = Vec::new();
            if let Some(under_way) = &study.under_way {
                shown.push(("under way".to_owned(), under_way));
            } else {
                let runs = study.shown().into_iter().chain(study.beside());
                shown.extend(runs.map(|(id, study)| (format!("run {id}"), &**study)));
            }
            let tables = study_tables(&shown, &study.spec.pairs);
            if shown.is_empty() {
                panel::centred(ui, "no study", 1_640.0, |ui| {
                    panel::card(ui, |ui| run(ui, state, commands));
                    side_by_side(ui, &tables, &shown, &study.spec.pairs);
                });
                return;
            }
            panel::card(ui, |ui| run(ui, state, commands));
            panel::card(ui, |ui| head(ui, state, &shown, commands));
            side_by_side(ui, &tables, &shown, &study.spec.pairs);
        });
    });
}

/// The two tables of sizes with their charts, beside each other where there is room, and the rest below.
fn side_by_side(ui: &mut Ui, tables: &[ScoreTable], studies: &[(String, &Study)], pairs: &[(usize, usize)]) {
    let [first, second, rest @ ..] = tables else { return };
    let left = |ui: &mut Ui| {
        panel::card(ui, |ui| {
            tables::show(ui, first);
            let mut sizes: Vec<usize> = pairs_of(studies, pairs).into_iter().map(|(encoding, _)| encoding).collect();
            sizes.dedup();
            let of = |study: &Study, place: usize| {
                study.cells.iter().find(|cell| cell.encoding == sizes[place]).and_then(|cell| cell.accuracy)
            };
            let reported = sizes.iter().map(|size| reported_accuracy(*size)).collect();
            let names: Vec<String> = sizes.iter().map(|size| format!("N = {size}")).collect();
            ui.add_space(theme::SPACE_M);
            let lines = series(ui, studies, names.len(), reported, of);
            // Accuracies rise and losses fall: the names stand where the lines do not.
            chart::show(ui, "accuracies", Corner::RightBottom, &names, &lines, 1);
        });
    };
    let right = |ui: &mut Ui| {
        panel::card(ui, |ui| {
            tables::show(ui, second);
            let pairs = pairs_of(studies, pairs);
            let of = |study: &Study, place: usize| {
                let cell = study.cells.iter().find(|cell| (cell.encoding, cell.embedding) == pairs[place]);
                cell.and_then(|cell| cell.loss)
            };
            let reported = pairs.iter().map(|(encoding, embedding)| reported_loss(*encoding, *embedding)).collect();
            let names: Vec<String> =
                pairs.iter().map(|(encoding, embedding)| format!("{encoding} to {embedding}")).collect();
            ui.add_space(theme::SPACE_M);
            let lines = series(ui, studies, names.len(), reported, of);
            chart::show(ui, "losses", Corner::RightTop, &names, &lines, 3);
        });
    };
    if ui.available_width() > 900.0 {
        ui.spacing_mut().item_spacing.x = theme::SPACE_M;
        ui.columns(2, |columns| {
            let [one, other] = columns else { return };
            let layout = egui::Layout::top_down(egui::Align::Min);
            one.with_layout(layout, left);
            other.with_layout(layout, right);
        });
    } else {
        left(ui);
        right(ui);
    }
    rest.iter().for_each(|table| panel::card(ui, |ui| tables::show(ui, table)));
}

/// The sizes that are shown: those of the studies, or those that the next one would have.
fn pairs_of(studies: &[(String, &Study)], pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let cells = studies.iter().flat_map(|(_, study)| &study.cells);
    let mut all: Vec<(usize, usize)> = match studies {
        [] => pairs.to_vec(),
        _ => cells.map(|cell| (cell.encoding, cell.embedding)).collect(),
    };
    all.sort_unstable();
    all.dedup();
    all
}

/// A line for each study, and one for what is reported.
fn series(
    ui: &Ui,
    studies: &[(String, &Study)],
    places: usize,
    reported: Vec<Option<f64>>,
    of: impl Fn(&Study, usize) -> Option<f64>,
) -> Vec<Series> {
    let palette = theme::palette(ui);
    let mut all: Vec<Series> = studies
        .iter()
        .zip(palette.categories)
        .map(|((name, study), colour)| Series {
            name: name.clone(),
            colour,
            values: (0..places).map(|place| of(study, place)).collect(),
        })
        .collect();
    all.push(Series { name: "reported".to_owned(), colour: palette.other, values: reported });
    all
}

/// Why no study can start; `None` where one can.
fn refusal(state: &AppState) -> Option<&'static str> {
    match () {
        () if state.read_only => Some(panel::READS_ONLY),
        () if state.library.tracks.len() < 2 => {
            Some("There is nothing to train on. Import music, or make the demo library, under Data.")
        }
        () if state.study.spec.pairs.is_empty() => Some("Choose sizes at the left."),
        () if state.jobs.of_kind(&JobKind::Train).is_some() => Some("A model is in training. Let it finish first."),
        () => None,
    }
}

/// The study under way, or the button that starts one.
fn run(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    if let Some((id, job)) = state.jobs.of_kind(&JobKind::Study) {
        panel::job(ui, id, job, &state.jobs, commands);
        let trained = state.study.under_way.as_ref().map_or(0, |study| study.cells.len());
        widgets::quiet(ui, format!("{trained} models are there. Those that are trained are kept whatever happens."));
        return;
    }
    let refusal = refusal(state);
    ui.horizontal(|ui| {
        let title = if state.study.shown().is_some() { "Ready to study again" } else { "Ready to study" };
        ui.label(panel::title_text(ui, title));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_enabled_ui(refusal.is_none(), |ui| {
                if widgets::primary(ui, "Start study").clicked() {
                    commands.push(AppCommand::StartStudy);
                }
            });
        });
    });
    match refusal {
        Some(refusal) => ui.label(RichText::new(refusal).color(theme::palette(ui).warning)),
        None => widgets::quiet(
            ui,
            "Trains the dense model once for each pair of sizes; models with the same settings that are there already are \
             taken as they are.",
        ),
    };
}

/// Which runs are shown, and what is said of them.
fn head(ui: &mut Ui, state: &AppState, shown: &[(String, &Study)], commands: &mut Commands) {
    let study = &state.study;
    if let (None, Some((id, _))) = (&study.under_way, study.shown()) {
        ui.horizontal_wrapped(|ui| {
            let title = |id: i64, study: &Study| format!("Run {id} · {} · {} models", study.date(), study.cells.len());
            let mut chosen = *id;
            ComboBox::from_id_salt("study run")
                .selected_text(study.shown().map(|(id, study)| title(*id, study)).unwrap_or_default())
                .width(260.0)
                .show_ui(ui, |ui| {
                    for (run, study) in study.runs.iter().flatten().rev() {
                        ui.selectable_value(&mut chosen, *run, title(*run, study));
                    }
                })
                .response
                .accessible_name("Study");
            if chosen != *id {
                commands.push(AppCommand::ShowStudy(chosen));
            }
            let mut beside = study.beside().map(|(id, _)| *id);
            let before = beside;
            ComboBox::from_id_salt("study beside")
                .selected_text(study.beside().map_or("Beside no other".to_owned(), |(id, study)| title(*id, study)))
                .width(260.0)
                .show_ui(ui, |ui| {
                    ui.selectable_value(&mut beside, None, "Beside no other");
                    for (run, study) in study.runs.iter().flatten().rev().filter(|(run, _)| run != id) {
                        ui.selectable_value(&mut beside, Some(*run), title(*run, study));
                    }
                })
                .response
                .accessible_name("Study beside it");
            if beside != before {
                commands.push(AppCommand::CompareStudy(beside));
            }
            let hint = "study.md, study.csv and recommendations.csv in a folder";
            if ui.button("Save tables…").on_hover_text(hint).clicked() {
                commands.push(AppCommand::OpenDialog(Dialog::SaveStudy));
            }
        });
        ui.add_space(theme::SPACE_XS);
    }
    for (name, study) in shown {
        widgets::quiet(ui, format!("{name}: {}", study.facts()));
    }
}

fn form(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let mut spec: StudySpec = state.study.spec.clone();
    ui.add_space(theme::SPACE_XS);
    panel::heading(
        ui,
        "Study of sizes",
        "How wide must the bottleneck be? The publication's two tables, on your music.",
    );
    panel::field(ui, "Sizes", "N, the encoding, and M, the embedding; each is a model of its own.", |ui| {
        ui.vertical(|ui| {
            for (encoding, embedding) in PUBLISHED_PAIRS {
                let pair = (encoding, embedding);
                let mut on = spec.pairs.contains(&pair);
                let name = format!("{encoding} to {embedding}");
                let label = format!("Study {encoding} to {embedding}");
                if ui.checkbox(&mut on, name).accessible_name(label).changed() {
                    if on {
                        spec.pairs.push(pair);
                        spec.pairs.sort_unstable();
                    } else {
                        spec.pairs.retain(|known| *known != pair);
                    }
                }
            }
        });
    });
    let explanation = "Of each phase. As published: 10, and as many more as a small library takes.";
    panel::field(ui, "Epochs", explanation, |ui| {
        let mut published = spec.epochs.is_none();
        if ui.checkbox(&mut published, "As published").accessible_name("Epochs as published").changed() {
            spec.epochs = (!published).then_some(10);
        }
        if let Some(epochs) = &mut spec.epochs {
            ui.add(DragValue::new(epochs).range(1..=500)).accessible_name("Epochs");
        }
    });
    panel::field(ui, "Queries", "Tracks that ask the largest model for five recommendations.", |ui| {
        ui.add(DragValue::new(&mut spec.queries).range(0..=50)).accessible_name("Queries");
    });
    panel::field(ui, "Seed", "The same seed trains the same models.", |ui| {
        ui.add(DragValue::new(&mut spec.seed)).accessible_name("Seed");
    });
    if spec != state.study.spec {
        commands.push(AppCommand::EditStudy(Box::new(spec)));
    }
}
