//! The scorecard: the settings of the next evaluation, the one under way, and the tables of those that were made.

use egui::{ComboBox, Ui};

use crate::domain::Metric;
use crate::jobs::message::{EvaluationReport, ScoreTable, facts, runs_table, score_tables};
use crate::state::{AppCommand, AppState, Dialog, JobKind};
use crate::ui::{Commands, panel, theme, widgets};

use super::{form, tables};

/// What the scorecard remembers while the window is open.
#[derive(Debug, Default)]
pub struct View {
    /// Columns and styles as they are typed, with separators that are not yet followed by a name.
    pub by: String,
    pub left_out: String,
    tables: Option<Cached>,
}

/// Tables as they are drawn, made anew when another run or metric is shown or a run was added.
#[derive(Debug)]
struct Cached {
    key: (i64, Metric, usize),
    facts: Vec<String>,
    tables: Vec<ScoreTable>,
}

impl Cached {
    fn of(state: &AppState, id: i64, report: &EvaluationReport) -> Self {
        let metric = state.evaluation.metric;
        let mut tables = score_tables(report, metric.name());
        let runs: Vec<(i64, &EvaluationReport)> =
            state.evaluation.runs.iter().flatten().map(|(id, report)| (*id, &**report)).collect();
        if runs.len() > 1 {
            tables.push(runs_table(&runs, metric.name()));
        }
        Self { key: key(state, id), facts: facts(report), tables }
    }
}

fn key(state: &AppState, id: i64) -> (i64, Metric, usize) {
    (id, state.evaluation.metric, state.evaluation.runs.as_ref().map_or(0, Vec::len))
}

/// Draws the scorecard.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let width = (ui.available_width() * 0.3).clamp(290.0, 380.0);
    let ground = egui::Frame::new().fill(theme::palette(ui).panel);
    egui::Panel::left("evaluation settings").resizable(false).exact_size(width).frame(ground).show(ui, |ui| {
        panel::scroll(ui, "evaluation form", |ui| form::show(ui, state, view, commands));
    });
    egui::CentralPanel::no_frame().show(ui, |ui| {
        panel::scroll(ui, "evaluation", |ui| {
            let Some((id, report)) = state.evaluation.shown() else {
                panel::centred(ui, "no evaluation", 1_640.0, |ui| {
                    panel::card(ui, |ui| run(ui, state, commands));
                    panel::cards(ui, 270.0, 104.0, &ASKED);
                });
                return;
            };
            panel::card(ui, |ui| run(ui, state, commands));
            if view.tables.as_ref().is_none_or(|cached| cached.key != key(state, *id)) {
                view.tables = None;
            }
            let cached = view.tables.get_or_insert_with(|| Cached::of(state, *id, report));
            panel::card(ui, |ui| head(ui, state, *id, report, &cached.facts, commands));
            for table in &cached.tables {
                panel::card(ui, |ui| tables::show(ui, table));
            }
        });
    });
}

/// What an evaluation asks, for those who have not seen one.
const ASKED: [(&str, &str); 9] = [
    ("Recording", "Is another clip of the same recording the nearest? R@1 and the reciprocal rank of the first."),
    ("Album", "How many of the five nearest are of the same album, the recording's own clips left out? P@5, MRR, mAP."),
    (
        "Artist",
        "How many of the five nearest are by the same artist, the recording's own clips left out? P@5, MRR, mAP.",
    ),
    (
        "Style",
        "How many of the ten nearest are of the same style, when artist and album are left out? P@10, and by style.",
    ),
    ("Triplets", "Is a segment nearer to the next one of its track than to a segment of another artist's?"),
    ("Hubness", "Do a few tracks come up for every query? Skewness of how often a track is among the ten nearest."),
    ("Robustness", "Is a track found again when it is quieter, noisier, shifted, equalised, or encoded at 64 kbit/s?"),
    ("Agreement", "Do mean, min, Fréchet, DTW and blend rank alike? Spearman's rank correlation of each two."),
    ("Baselines", "Random ranking, an untrained network, MFCC statistics and a Gaussian of MFCC, on the same files."),
];

/// The evaluation under way, or the button that starts one.
fn run(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    if let Some((id, job)) = state.jobs.of_kind(&JobKind::Evaluate) {
        panel::job(ui, id, job, &state.jobs, commands);
        return;
    }
    let refusal = form::refusal(state);
    ui.horizontal(|ui| {
        let title = match state.evaluation.shown() {
            Some(_) => "Ready to evaluate again",
            None => "Ready to evaluate",
        };
        ui.label(panel::title_text(ui, title));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_enabled_ui(refusal.is_none(), |ui| {
                if widgets::primary(ui, "Start evaluation").clicked() {
                    commands.push(AppCommand::StartEvaluation);
                }
            });
        });
    });
    match refusal {
        Some(refusal) => ui.label(egui::RichText::new(refusal).color(theme::palette(ui).warning)),
        None => widgets::quiet(
            ui,
            "Every track asks once for the music that belongs to it. The baselines are computed on the same files.",
        ),
    };
}

/// Which run is shown, and what is said of it.
fn head(ui: &mut Ui, state: &AppState, id: i64, report: &EvaluationReport, facts: &[String], commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| {
        let title = |id: i64, report: &EvaluationReport| {
            let names = report.systems.iter().filter(|system| system.weights.is_some());
            let names: Vec<&str> = names.map(|system| system.name.as_str()).collect();
            format!("Run {id} · {} · {}", report.date(), names.join(", "))
        };
        let mut chosen = id;
        ComboBox::from_id_salt("run")
            .selected_text(title(id, report))
            .width(300.0)
            .show_ui(ui, |ui| {
                for (run, report) in state.evaluation.runs.iter().flatten().rev() {
                    ui.selectable_value(&mut chosen, *run, title(*run, report));
                }
            })
            .response
            .accessible_name("Run");
        if chosen != id {
            commands.push(AppCommand::ShowEvaluation(chosen));
        }
        let options = Metric::ALL.map(|metric| (metric, metric.title(), "The metric of tables with room for one"));
        if let Some(metric) = widgets::segmented(ui, state.evaluation.metric, &options) {
            commands.push(AppCommand::SetEvaluationMetric(metric));
        }
        let save = ui.button("Save report…").on_hover_text("report.md, scores.csv and report.json in a folder");
        if save.clicked() {
            commands.push(AppCommand::OpenDialog(Dialog::SaveEvaluation));
        }
    });
    ui.add_space(theme::SPACE_XS);
    for fact in facts {
        widgets::quiet(ui, fact);
    }
}
