//! The training run: start, pause, resume, stop; how far it is; and the picture it gives back so far.

use egui::{Rect, RichText, Role, Ui, pos2, vec2};

use crate::jobs::message::ReconstructionSample;
use crate::render::{ColourMap, Heatmap, Matrix, Orientation};
use crate::state::{AppCommand, AppState, JobKind, TrainingView, WorkCommand};
use crate::ui::{Commands, panel, theme, widgets};

use super::{Sample, View, form};

/// The run's state and the buttons that steer it.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    match state.jobs.of_kind(&JobKind::Train) {
        Some((id, job)) => {
            let name = state.training.shown.as_deref().unwrap_or("the model");
            let doing = match (job.paused, &job.waiting) {
                (true, _) => "Paused",
                (false, Some(_)) => "About to train",
                (false, None) => "Training",
            };
            ui.horizontal(|ui| {
                ui.label(panel::title_text(ui, format!("{doing} {name}")));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let stop = ui.button("Stop training");
                    let about = "The last checkpoint is kept; start again with the same name and settings to go on.";
                    if stop.on_hover_text(about).clicked() {
                        commands.push(AppCommand::Cancel(id));
                    }
                    if job.paused && widgets::primary(ui, "Resume training").clicked() {
                        commands.push(AppCommand::Resume(id));
                    }
                    if !job.paused && ui.button("Pause training").clicked() {
                        commands.push(AppCommand::Pause(id));
                    }
                    if !job.paused && job.waiting.is_some() {
                        let first = ui.button("Train first").on_hover_text("The other job goes on after the training");
                        if first.clicked() {
                            commands.push(AppCommand::Work(WorkCommand::First(id)));
                        }
                    }
                });
            });
            panel::bar(ui, job.progress.fraction(), "training");
            let mut words = vec![job.progress.stage.clone(), job.progress.detail.clone()];
            if job.waiting.is_some() {
                words = vec![widgets::work_line(job, &state.jobs)];
            }
            words.retain(|word| !word.is_empty());
            if words.is_empty() {
                words.push("Reading the spectrograms".to_owned());
            }
            ui.label(words.join(" · "));
            facts(ui, &state.training);
            widgets::quiet(ui, "Stop keeps the last checkpoint; start again with the same name and settings to go on.");
        }
        None => {
            let refusal = form::refusal(state);
            ui.horizontal(|ui| {
                let title = match &state.training.outcome {
                    Some(outcome) => format!("{} is trained", outcome.name),
                    None => "Ready to train".to_owned(),
                };
                ui.label(panel::title_text(ui, title));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.add_enabled_ui(refusal.is_none(), |ui| {
                        if widgets::primary(ui, "Start training").clicked() {
                            commands.push(AppCommand::StartTraining);
                        }
                    });
                });
            });
            outcome(ui, &state.training);
            facts(ui, &state.training);
            if let Some(refusal) = refusal {
                ui.label(RichText::new(refusal).color(theme::palette(ui).warning));
            } else {
                let count = state.library.tracks.len();
                let known = state.library.models.iter().any(|model| model.name == state.training.spec.name);
                let goes_on = if known { " A model of this name is there already and will be replaced." } else { "" };
                widgets::quiet(ui, format!("{count} tracks in the library.{goes_on}"));
            }
        }
    }
}

fn facts(ui: &mut Ui, training: &TrainingView) {
    let mut facts = Vec::new();
    if !training.device.is_empty() {
        facts.push(format!("on {}", training.device));
    }
    if training.training_tracks > 0 {
        facts.push(format!(
            "{} tracks to learn from, {} kept aside",
            training.training_tracks, training.validation_tracks
        ));
    }
    if training.restricted > 0 {
        facts.push(format!("{} left out because networks may not learn from them", training.restricted));
    }
    if training.refused > 0 {
        facts.push(format!("{} too short to take part", training.refused));
    }
    if let Some(eta) = training.eta {
        facts.push(format!("about {} left", panel::duration(eta.as_secs_f64())));
    }
    if !facts.is_empty() {
        widgets::quiet(ui, facts.join(" · "));
    }
}

fn outcome(ui: &mut Ui, training: &TrainingView) {
    let Some(outcome) = &training.outcome else { return };
    let mut parts = Vec::new();
    if let Some(accuracy) = outcome.encoding_accuracy {
        parts.push(format!("reconstruction {:.1} %", accuracy * 100.0));
    }
    if let Some(centred) = outcome.centred_accuracy {
        parts.push(format!("of what differs from the mean segment {:.1} %", centred * 100.0));
    }
    if let Some(accuracy) = outcome.triplet_accuracy {
        parts.push(format!("triplets in order {:.1} %", accuracy * 100.0));
    }
    if let Some(retrieval) = outcome.retrieval {
        parts.push(format!("same recording nearest {:.1} %", retrieval * 100.0));
    }
    if let (Some(loss), Some(_)) = (outcome.embedding_loss, outcome.triplet_accuracy) {
        parts.push(format!("triplet loss {loss:.5}"));
    }
    parts.push(format!("took {}", panel::duration(outcome.seconds)));
    ui.label(parts.join(" · "));
}

/// The watched segment beside what the model gives back of it so far.
pub fn reconstruction(ui: &mut Ui, state: &AppState, view: &mut View) {
    panel::title(ui, "Live reconstruction");
    let Some(sample) = state.training.reconstruction.as_deref() else {
        widgets::quiet(ui, "While phase 1 learns, a segment and what the model gives back of it are shown here.");
        view.sample = None;
        return;
    };
    if view.sample.as_ref().is_none_or(|shown| shown.key != key(sample)) {
        view.sample = pictures(sample);
    }
    let Some(pictures) = &view.sample else { return };
    let title = state.library.track(sample.track).map_or("a track", |track| track.title());
    widgets::quiet(ui, format!("{title}, segment {} · accuracy {:.1} %", sample.segment + 1, sample.accuracy * 100.0));
    ui.add_space(theme::SPACE_XS);
    let width = (ui.available_width() - theme::SPACE_M) / 2.0;
    let (area, response) =
        panel::canvas(ui, vec2(ui.available_width(), (width * 0.36).clamp(90.0, 240.0)), egui::Sense::hover());
    widgets::named(&response, Role::Image, || format!("Input and reconstruction, accuracy {:.3}", sample.accuracy));
    let id = response.id;
    for (index, (name, matrix)) in [("Input", &pictures.input), ("Reconstruction", &pictures.output)].iter().enumerate()
    {
        let left = area.left() + index as f32 * (width + theme::SPACE_M);
        let rect = Rect::from_min_size(pos2(left, area.top()), vec2(width, area.height() - 18.0));
        let heatmap = Heatmap::new(matrix).colours(ColourMap::default()).orientation(Orientation::Upright);
        heatmap.paint(ui, id.with(index), rect);
        let font = egui::TextStyle::Small.resolve(ui.style());
        let colour = theme::palette(ui).text_weak;
        ui.painter().text(rect.left_bottom() + vec2(0.0, 3.0), egui::Align2::LEFT_TOP, name, font, colour);
    }
}

fn key(sample: &ReconstructionSample) -> (usize, f32, Option<f32>) {
    (sample.segment, sample.accuracy, sample.output.first().copied())
}

fn pictures(sample: &ReconstructionSample) -> Option<Sample> {
    Some(Sample {
        key: key(sample),
        input: Matrix::new(sample.frames, sample.bands, sample.input.clone())?,
        output: Matrix::new(sample.frames, sample.bands, sample.output.clone())?,
    })
}
