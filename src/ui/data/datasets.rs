//! Data sets from the web on the data screen.

use egui::{Align, Button, DragValue, Label, Layout, RichText, Role, TextEdit, Ui};

use crate::jobs::message::{SetSource, SetSummary};
use crate::state::{AppCommand, AppState, JobKind, SetCommand};
use crate::ui::widgets::named;
use crate::ui::{Commands, panel, theme, widgets};

/// The fastest limit that can be set, in megabytes a second.
const FASTEST: u64 = 1_000;

/// Draws the card's inside.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    panel::title(ui, "Data sets");
    let Some(known) = &state.sets.known else {
        widgets::quiet(ui, "Looking which are there…");
        return;
    };
    let free = known.free.map_or_else(String::new, |free| format!(" {} are free there.", size(free)));
    widgets::quiet(
        ui,
        format!(
            "Music for research, downloaded into the library's folder, checked, and imported while the rest arrives. What was cut \
             off goes on where it was.{free}"
        ),
    );
    for set in &known.sets {
        ui.add_space(theme::SPACE_S);
        one(ui, state, set, known.free, commands);
    }
    ui.add_space(theme::SPACE_M);
    by_address(ui, state, commands);
    how(ui, state, commands);
}

fn one(ui: &mut Ui, state: &AppState, set: &SetSummary, free: Option<u64>, commands: &mut Commands) {
    let under_way = state.jobs.of_kind(&JobKind::TakeSet(SetSource::Known(set.name.clone())));
    let left = set.bytes.saturating_sub(set.got);
    let short = free.is_some_and(|free| free < left);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            buttons(ui, state, set, under_way.is_some(), short, commands);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(RichText::new(&set.title).strong());
                let there = match set.got {
                    0 => String::new(),
                    got => format!(", {} there", size(got)),
                };
                ui.add(Label::new(RichText::new(format!("{}{there}", size(set.bytes))).weak()).truncate());
            });
        });
    });
    ui.label(&set.about);
    widgets::quiet(ui, &set.licence);
    if short && under_way.is_none() && set.available {
        let text = format!("{} more are needed than are free.", size(left - free.unwrap_or(0)));
        ui.label(RichText::new(text).small().color(theme::palette(ui).warning));
    }
    if state.sets.removing.as_ref() == Some(&set.name) {
        confirm(ui, set, commands);
    }
    if let Some((id, job)) = under_way {
        panel::job(ui, id, job, &state.jobs, commands);
    }
}

fn buttons(ui: &mut Ui, state: &AppState, set: &SetSummary, under_way: bool, short: bool, commands: &mut Commands) {
    let may = !under_way && !state.read_only;
    if set.got > 0 {
        let remove = ui.add_enabled(may, Button::new("Delete…"));
        named(&remove, Role::Button, || format!("Delete the archives of {}", set.title));
        if remove.clicked() {
            commands.push(AppCommand::Set(SetCommand::AskToRemove(Some(set.name.clone()))));
        }
    }
    if set.available && !under_way {
        let word = if set.got > 0 { "Go on" } else { "Download" };
        let download = ui.add_enabled(may && !short, Button::new(word));
        named(&download, Role::Button, || format!("{word} {}", set.title));
        let why =
            if short { "There is not enough room on the disk" } else { "A window that only reads downloads nothing" };
        if download.on_disabled_hover_text(why).clicked() {
            commands.push(AppCommand::Set(SetCommand::Download(set.name.clone())));
        }
    }
}

fn confirm(ui: &mut Ui, set: &SetSummary, commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| {
        ui.label("Its tracks stay in the library and can no longer be played.");
        if ui.button(format!("Delete {}", size(set.got))).clicked() {
            commands.push(AppCommand::Set(SetCommand::Remove(set.name.clone())));
        }
        if ui.button("Keep").clicked() {
            commands.push(AppCommand::Set(SetCommand::AskToRemove(None)));
        }
    });
}

fn by_address(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let may = !state.sets.url.trim().is_empty() && !state.read_only;
            let add = ui.add_enabled(may, Button::new("Add by address"));
            let mut url = state.sets.url.clone();
            let field = TextEdit::singleline(&mut url).hint_text("https://…/music.zip").desired_width(f32::INFINITY);
            let field = ui.add(field).on_hover_text("A .zip, .tar, .tar.gz or .tgz file of music");
            named(&field, Role::TextInput, || "Address of an archive".to_owned());
            if field.changed() {
                commands.push(AppCommand::Set(SetCommand::EditUrl(url)));
            }
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) && may;
            if add.clicked() || entered {
                commands.push(AppCommand::Set(SetCommand::AddUrl));
            }
        });
    });
    for (id, job) in state.jobs.iter() {
        if let JobKind::TakeSet(SetSource::Url(url)) = &job.kind {
            ui.add(Label::new(RichText::new(url).small()).truncate());
            panel::job(ui, id, job, &state.jobs, commands);
        }
    }
}

fn how(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| {
        let mut unpack = state.sets.unpack;
        let about = "Else archives are played and analysed as they are, without a second copy on the disk";
        if ui.checkbox(&mut unpack, "Write the archives' files out").on_hover_text(about).changed() {
            commands.push(AppCommand::Set(SetCommand::Unpack(unpack)));
        }
        ui.add_space(theme::SPACE_M);
        ui.label("At most");
        let mut limit = state.sets.limit;
        let field = DragValue::new(&mut limit).range(0..=FASTEST).custom_formatter(|value, _| match value as u64 {
            0 => "as fast as it goes".to_owned(),
            limit => format!("{limit} MB a second"),
        });
        let field = ui.add(field).accessible_name("Megabytes a second at most");
        if field.on_hover_text("For downloads that begin after this; 0 sets no limit").changed() {
            commands.push(AppCommand::Set(SetCommand::Limit(limit)));
        }
    });
}

/// Bytes for people, in steps of a thousand: "7.7 GB".
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!([0, 12, 999_000, 5_400_000, 7_728_000_000].map(size), ["0 kB", "1 kB", "999 kB", "5 MB", "7.7 GB"]);
    }
}
