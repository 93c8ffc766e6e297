//! Followed folders on the data screen.

use egui::{Align, Button, Label, Layout, RichText, Ui};

use crate::domain::FolderState;
use crate::state::{AppCommand, AppState, Dialog, FolderCommand, FollowedFolder};

use super::{Commands, panel, theme, widgets};

/// Draws the card's inside.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.label(panel::title_text(ui, "Followed folders"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let about = "Imports a folder, and whatever is added to it or changed in it later";
            if ui.add_enabled(!state.read_only, Button::new("Follow a folder…")).on_hover_text(about).clicked() {
                commands.push(AppCommand::OpenDialog(Dialog::FollowFolder));
            }
        });
    });
    if state.folders.is_empty() {
        widgets::quiet(
            ui,
            "What is added to a followed folder is imported by itself. What is moved or removed keeps its analysis.",
        );
    }
    for folder in &state.folders {
        ui.add_space(theme::SPACE_XS);
        ui.add_enabled_ui(!state.read_only, |ui| line(ui, folder, commands));
    }
}

fn line(ui: &mut Ui, folder: &FollowedFolder, commands: &mut Commands) {
    let path = folder.path.display().to_string();
    let (words, missing) = match folder.state {
        Some(FolderState::Watched) => ("followed", false),
        Some(FolderState::LookedThrough) => {
            ("looked through every minute: the system tells nothing of its changes", false)
        }
        Some(FolderState::Missing) => ("not there; its tracks stay, and it is followed again once it is back", true),
        None => ("about to be followed", false),
    };
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let forget = ui.button("Forget").on_hover_text("No longer follows it; its tracks stay");
            widgets::named(&forget, egui::Role::Button, || format!("Forget {path}"));
            if forget.clicked() {
                commands.push(AppCommand::Folder(FolderCommand::Forget(folder.path.clone())));
            }
            let again = ui.add_enabled(!missing, egui::Button::new("Look again"));
            widgets::named(&again, egui::Role::Button, || format!("Look again in {path}"));
            if again.clicked() {
                commands.push(AppCommand::Folder(FolderCommand::LookAgain(folder.path.clone())));
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.add(Label::new(RichText::new(&path).monospace()).truncate()).on_hover_text(&path);
                let palette = theme::palette(ui);
                let colour = if missing { palette.warning } else { palette.text_weak };
                ui.add(Label::new(RichText::new(words).small().color(colour)).truncate());
            });
        });
    });
}
