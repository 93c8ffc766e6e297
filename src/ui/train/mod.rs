//! The train screen: the settings of the next run, the run under way with its curves, and the models there are.

mod contrast;
mod curves;
mod form;
mod models;
mod run;

use egui::Ui;

use crate::render::Matrix;
use crate::state::{AppState, JobKind};

use super::{Commands, panel, theme};

/// What the screen remembers while the window is open.
#[derive(Debug, Default)]
pub struct View {
    /// The reconstruction shown, as pictures.
    sample: Option<Sample>,
}

/// A reconstruction as pictures: input and output, frames × bands.
#[derive(Debug)]
struct Sample {
    /// Accuracy and first values of the source, by which a new one is told apart.
    key: (usize, f32, Option<f32>),
    input: Matrix,
    output: Matrix,
}

/// Draws the screen.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let width = (ui.available_width() * 0.32).clamp(300.0, 420.0);
    let ground = egui::Frame::new().fill(theme::palette(ui).panel);
    egui::Panel::left("training settings").resizable(false).exact_size(width).frame(ground).show(ui, |ui| {
        panel::scroll(ui, "form", |ui| form::show(ui, state, commands));
    });
    egui::CentralPanel::no_frame().show(ui, |ui| {
        panel::scroll(ui, "training", |ui| {
            panel::card(ui, |ui| run::show(ui, state, commands));
            // What is being made comes first while it is made, what there is when nothing is.
            let running = state.jobs.of_kind(&JobKind::Train).is_some();
            if !running {
                panel::card(ui, |ui| models::show(ui, state, commands));
            }
            curves::show(ui, &state.training);
            panel::card(ui, |ui| run::reconstruction(ui, state, view));
            if running {
                panel::card(ui, |ui| models::show(ui, state, commands));
            }
        });
    });
}
