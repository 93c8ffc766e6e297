//! A field for a path, over everything else, where the desktop has no dialog to choose one with.

use egui::{Align, Frame, Id, Key, Label, Layout, Margin, Modal, RichText, TextEdit, Ui};

use crate::state::{AppCommand, AppState, Dialog, Prompt};

use super::Commands;
use super::theme::{self, SPACE_L, SPACE_M, SPACE_S, SPACE_XS, TEXT_TITLE};
use super::widgets::{primary, quiet};

/// What was typed so far, and what for.
#[derive(Debug, Default)]
pub struct View {
    open: Option<Prompt>,
    typed: String,
}

/// Shows the field while a path is asked for.
pub fn show(ui: &Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let opened = view.open != state.prompt;
    if opened {
        view.open.clone_from(&state.prompt);
        view.typed = state.prompt.as_ref().map_or("", |prompt| suggestion(prompt.dialog)).to_owned();
    }
    let Some(prompt) = &state.prompt else { return };
    let palette = theme::palette(ui);
    let frame = Frame::popup(ui.style()).fill(palette.panel).inner_margin(Margin::same(SPACE_L as i8));
    let modal = Modal::new(Id::unique("path")).frame(frame).backdrop_color(palette.veil).show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        let (title, button) = words(prompt.dialog);
        ui.label(RichText::new(title).size(TEXT_TITLE).color(palette.text_strong));
        ui.add_space(SPACE_XS);
        ui.add(Label::new(RichText::new(WHY).color(palette.text)).wrap());
        quiet(ui, &prompt.reason);
        ui.add_space(SPACE_S);
        let edit = TextEdit::singleline(&mut view.typed)
            .desired_width(f32::INFINITY)
            .margin(Margin::symmetric(8, 5))
            .hint_text("/home/you/Music");
        let field = ui.add(edit).accessible_name("Path");
        if opened {
            field.request_focus();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(SPACE_M);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let ready = !view.typed.trim().is_empty();
            let go = ui.add_enabled_ui(ready, |ui| primary(ui, button)).inner.clicked();
            if go || entered && ready {
                commands.push(AppCommand::AnswerPath(view.typed.clone()));
            }
            if ui.button("Cancel").on_hover_text("Cancel (Esc)").clicked() {
                commands.push(AppCommand::AnswerPath(String::new()));
            }
        });
    });
    if modal.should_close() {
        commands.push(AppCommand::AnswerPath(String::new()));
    }
}

const WHY: &str = "The desktop's own dialog cannot be shown here: that takes an XDG desktop portal, or the program zenity. \
Type the path instead; ~ stands for your own folder.";

/// Title and button.
fn words(dialog: Dialog) -> (&'static str, &'static str) {
    match dialog {
        Dialog::ImportFiles => ("Import a file", "Import"),
        Dialog::ImportFolder => ("Import a folder", "Import"),
        Dialog::QueryFile => ("Find what sounds like a file", "Search"),
        Dialog::SavePlaylist | Dialog::ExportPlaylist => ("Save the playlist as .m3u8, .csv or .xml", "Save"),
        Dialog::ImportPlaylist => ("Read a playlist, .m3u8 or .m3u", "Read"),
        Dialog::CopyFiles => ("Copy the files into a folder", "Copy"),
        Dialog::SavePicture => ("Save this view as .png", "Save"),
        Dialog::SaveMap => ("Save the map as .png, .svg, .html or .csv", "Save"),
        Dialog::Library => ("Library folder", "Open"),
        Dialog::Labels => ("Score by a table of labels", "Choose"),
        Dialog::SaveEvaluation => ("Folder for the report", "Save"),
        Dialog::Vectors => ("Judge vectors of another program, .npy or .parquet", "Choose"),
        Dialog::FollowFolder => ("Follow a folder", "Follow"),
        Dialog::ImportSpotify => ("Read a table of Spotify tracks, .csv", "Read"),
        Dialog::SaveAnswers => ("Save the answers as .csv", "Save"),
        Dialog::SaveStudy => ("Folder for the tables", "Save"),
    }
}

/// What stands in the field at first.
fn suggestion(dialog: Dialog) -> &'static str {
    match dialog {
        Dialog::ImportFiles
        | Dialog::ImportFolder
        | Dialog::QueryFile
        | Dialog::Library
        | Dialog::ImportPlaylist
        | Dialog::CopyFiles
        | Dialog::Labels
        | Dialog::ImportSpotify
        | Dialog::FollowFolder
        | Dialog::Vectors => "",
        Dialog::SavePlaylist | Dialog::ExportPlaylist => "~/songline.m3u8",
        Dialog::SavePicture => "~/songline.png",
        Dialog::SaveMap => "~/songline-map.png",
        Dialog::SaveEvaluation => "~/songline-report",
        Dialog::SaveAnswers => "~/songline-answers.csv",
        Dialog::SaveStudy => "~/songline-study",
    }
}
