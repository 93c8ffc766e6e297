//! What ratings teach the blend, and the button that takes it into use or back.

use egui::{RichText, Ui};

use crate::domain::Metric;
use crate::jobs::message::{LEAST_QUERIES, LEAST_RATINGS, Lesson, Lessons, Verdict};
use crate::state::{AppCommand, AppState, JobKind, ListeningCommand};
use crate::ui::{Commands, panel, theme, widgets};

/// Draws the lesson.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.label(panel::title_text(ui, "The blend, as listeners hear it"));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let busy = state.jobs.of_kind(&JobKind::LearnBlend).is_some();
            let learn = ui.add_enabled(!busy, egui::Button::new("Learn from the ratings"));
            if learn.clicked() {
                commands.push(AppCommand::Listening(ListeningCommand::Learn));
            }
        });
    });
    widgets::quiet(
        ui,
        "Weights of mean, min, Fréchet and DTW under which what was rated similar is near. They are tried on queries that \
         they were not learnt from.",
    );
    ui.add_space(theme::SPACE_XS);
    match state.listening.lessons.as_deref() {
        None => {}
        Some(Lessons::TooFew { model, ratings, queries }) => {
            let text = format!(
                "Too few: {ratings} ratings of vibe or style on {queries} queries with distances of {model}. \
                 {LEAST_RATINGS} ratings on {LEAST_QUERIES} queries are needed at least: {} ratings and {} queries more.",
                LEAST_RATINGS.saturating_sub(*ratings),
                LEAST_QUERIES.saturating_sub(*queries)
            );
            ui.label(RichText::new(text).color(theme::palette(ui).warning));
        }
        Some(Lessons::Nothing { model, ratings, queries }) => {
            let text = format!(
                "{ratings} ratings on {queries} queries follow none of the distances of {model}. There is nothing to learn."
            );
            ui.label(RichText::new(text).color(theme::palette(ui).warning));
        }
        Some(Lessons::Learnt(lesson)) => learnt(ui, state, lesson, commands),
    }
    in_use(ui, state, commands);
}

fn learnt(ui: &mut Ui, state: &AppState, lesson: &Lesson, commands: &mut Commands) {
    egui::Grid::new("lesson").num_columns(6).spacing([theme::SPACE_L, theme::SPACE_XS]).show(ui, |ui| {
        ui.label("");
        for metric in Metric::SINGLE {
            widgets::quiet(ui, metric.title());
        }
        widgets::quiet(ui, "pairs in order");
        ui.end_row();
        let rows = [("learnt", lesson.weights, lesson.learnt), ("compared with", lesson.before, lesson.current)];
        for (name, weights, share) in rows {
            ui.label(name);
            for weight in weights {
                ui.monospace(format!("{weight:.2}"));
            }
            ui.monospace(format!("{:.1} %", share * 100.0));
            ui.end_row();
        }
    });
    let palette = theme::palette(ui);
    let (verdict, colour) = match lesson.verdict() {
        Verdict::Helps => ("They help", palette.text_strong),
        Verdict::Unclear => ("Whether they help is not shown", palette.warning),
        Verdict::Harms => ("They harm", palette.error),
    };
    let text = format!(
        "{verdict}: {:+.1} points [{:+.1}, {:+.1}] on {} pairs from {} ratings of {} queries, with distances of {}.",
        lesson.gain.value * 100.0,
        lesson.gain.low * 100.0,
        lesson.gain.high * 100.0,
        lesson.pairs,
        lesson.ratings,
        lesson.queries,
        lesson.model
    );
    ui.label(RichText::new(text).color(colour));
    if state.settings.blend != lesson.weights && ui.button("Use these weights").clicked() {
        commands.push(AppCommand::UseLearntBlend);
    }
}

/// Says that learnt weights are in use, and takes them back.
pub fn in_use(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let Some(learnt) = &state.settings.learnt else { return };
    ui.horizontal_wrapped(|ui| {
        let text = format!("In use: learnt from {} ratings with distances of {}.", learnt.ratings, learnt.model);
        ui.label(RichText::new(text).color(theme::palette(ui).accent));
        if ui.button("Back to the weights from before").clicked() {
            commands.push(AppCommand::ForgetLearntBlend);
        }
    });
}
