//! The evaluate screen in three parts: the scorecard, the listening study, and the publication's tables.

mod chart;
mod form;
mod intervals;
mod lesson;
mod listening;
mod round;
mod scorecard;
mod studies;
mod tables;

use egui::Ui;

use crate::state::{AppCommand, AppState, EvaluateTab};

use super::{Commands, theme, widgets};

/// What the screen remembers while the window is open.
#[derive(Debug, Default)]
pub struct View {
    scorecard: scorecard::View,
}

/// Draws the screen.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let palette = theme::palette(ui);
    let strip = egui::Frame::new()
        .fill(palette.ground)
        .inner_margin(egui::Margin::symmetric(theme::SPACE_L as i8, theme::SPACE_S as i8));
    let tab = state.session.evaluate_tab;
    egui::Panel::top("evaluate parts").resizable(false).frame(strip).show(ui, |ui| {
        ui.horizontal(|ui| {
            let options = EvaluateTab::ALL.map(|tab| (tab, tab.title(), tab.about()));
            if let Some(tab) = widgets::segmented(ui, tab, &options) {
                commands.push(AppCommand::ShowEvaluateTab(tab));
            }
            ui.add_space(theme::SPACE_S);
            let about = egui::RichText::new(tab.about()).small().color(palette.text_weak);
            ui.add(egui::Label::new(about).truncate());
        });
    });
    match tab {
        EvaluateTab::Scorecard => scorecard::show(ui, state, &mut view.scorecard, commands),
        EvaluateTab::Listening => listening::show(ui, state, commands),
        EvaluateTab::Studies => studies::show(ui, state, commands),
    }
}
