//! The open playlist beside the map: which one it is, its order, what can be done with it.

use egui::{Align, Button, ComboBox, Label, Layout, RichText, Role, Slider, TextEdit, Ui};

use crate::domain::{Playlist, TrackId};
use crate::state::{AnswerTab, AppCommand, AppState, Arrangement, Dialog, PlaylistCommand, WALK_TRACKS};
use crate::ui::Commands;
use crate::ui::panel::duration;
use crate::ui::theme::{self, CONTROL_HEIGHT, SPACE_S, SPACE_XS};
use crate::ui::widgets::{Icon, icon_button_for, named, primary, quiet, segmented, slider};

use super::playlist_rows;

/// What the playlist remembers.
#[derive(Debug, Default)]
pub struct View {
    rows: playlist_rows::View,
    /// The name while it is written, and whether the field was drawn before.
    name: Option<(String, bool)>,
    /// Tracks of the walk under the finger.
    walk: Option<usize>,
}

const TABS: [(AnswerTab, &str, &str); 2] = [
    (AnswerTab::Similar, "Similar", "What sounds like the query"),
    (AnswerTab::Playlist, "Playlist", "The open playlist"),
];

/// What stands beside the map: what sounds alike, or the playlist.
pub fn tabs(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    if let Some(tab) = segmented(ui, state.session.answer, &TABS) {
        commands.push(AppCommand::ShowAnswer(tab));
    }
}

/// Draws the playlist.
pub fn show(
    ui: &mut Ui,
    state: &AppState,
    view: &mut View,
    lit: Option<TrackId>,
    hovered: &mut Option<TrackId>,
    commands: &mut Commands,
) {
    ui.horizontal(|ui| {
        tabs(ui, state, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = SPACE_XS;
            more(ui, state, view, commands);
            history(ui, state, commands);
        });
    });
    ui.add_space(SPACE_XS);
    let Some(playlist) = state.playlists.opened() else {
        nothing(ui, state, commands);
        return;
    };
    choice(ui, state, playlist, view, commands);
    facts(ui, state, playlist, commands);
    walk(ui, state, playlist, view, commands);
    if playlist.tracks.is_empty() {
        ui.add_space(SPACE_S);
        quiet(ui, "Nothing in it yet. P adds the selected track; every track has a menu that adds it.");
        return;
    }
    playlist_rows::show(ui, state, playlist, &mut view.rows, lit, hovered, commands);
}

fn history(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let steps = [
        (Icon::Redo, "Redo", "Ctrl Shift Z", state.history.to_redo(), AppCommand::Redo),
        (Icon::Undo, "Undo", "Ctrl Z", state.history.to_undo(), AppCommand::Undo),
    ];
    for (icon, name, key, change, command) in steps {
        let hint = match change {
            Some(change) => format!("{name}: {} ({key})", change.what),
            None => format!("Nothing to {} ({key})", name.to_lowercase()),
        };
        let button = |ui: &mut Ui| icon_button_for(ui, icon, CONTROL_HEIGHT, name, &hint);
        if ui.add_enabled_ui(change.is_some(), button).inner.clicked() {
            commands.push(command);
        }
    }
}

/// Everything that is not needed all the time.
fn more(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let menu = ui.menu_button("…", |ui| {
        let mut entry = |ui: &mut Ui, enabled: bool, name: &str, command: AppCommand| {
            if ui.add_enabled(enabled, Button::new(name)).clicked() {
                commands.push(command);
                ui.close();
            }
        };
        let playlist = |command| AppCommand::Playlist(command);
        entry(ui, true, "New playlist", playlist(PlaylistCommand::New(Vec::new())));
        entry(ui, true, "Read a playlist…", AppCommand::OpenDialog(Dialog::ImportPlaylist));
        ui.separator();
        let open = state.playlists.opened();
        let filled = open.is_some_and(|playlist| !playlist.tracks.is_empty());
        entry(ui, filled, "Save as…", AppCommand::OpenDialog(Dialog::ExportPlaylist));
        entry(ui, filled, "Copy files to a folder…", AppCommand::OpenDialog(Dialog::CopyFiles));
        if let Some(open) = open {
            ui.separator();
            if ui.button("Rename").clicked() {
                view.name = Some((open.name.clone(), false));
                ui.close();
            }
            let mut entry = |ui: &mut Ui, name: &str, command: PlaylistCommand| {
                if ui.button(name).clicked() {
                    commands.push(AppCommand::Playlist(command));
                    ui.close();
                }
            };
            entry(ui, "Duplicate", PlaylistCommand::Duplicate(open.id));
            entry(ui, "Delete", PlaylistCommand::Delete(open.id));
        }
    });
    named(&menu.response, Role::Button, || "More for playlists".to_owned());
    menu.response.on_hover_text("New, read, save, copy files, rename, duplicate, delete");
}

/// Which playlist it is, or the field that its name is written in.
fn choice(ui: &mut Ui, state: &AppState, playlist: &Playlist, view: &mut View, commands: &mut Commands) {
    if let Some((name, drawn)) = &mut view.name {
        let edit = TextEdit::singleline(name).desired_width(f32::INFINITY).margin(egui::Margin::symmetric(8, 5));
        let field = ui.add(edit).accessible_name("Name of the playlist");
        if !std::mem::replace(drawn, true) {
            field.request_focus();
            return;
        }
        if field.lost_focus() {
            if !ui.input(|input| input.key_pressed(egui::Key::Escape)) {
                commands.push(AppCommand::Playlist(PlaylistCommand::Rename(playlist.id, name.clone())));
            }
            view.name = None;
        }
        return;
    }
    let mut chosen = playlist.id;
    let width = ui.available_width();
    let combo = ComboBox::from_id_salt("playlist").width(width).selected_text(&playlist.name).truncate();
    let combo = combo.show_ui(ui, |ui| {
        for other in &state.playlists.all {
            let text = format!("{}  ({})", other.name, other.tracks.len());
            ui.selectable_value(&mut chosen, other.id, text);
        }
    });
    named(&combo.response, Role::ComboBox, || format!("Playlist {}", playlist.name));
    if chosen != playlist.id {
        commands.push(AppCommand::Playlist(PlaylistCommand::Open(chosen)));
    }
}

/// How much it is, and the orders it can be brought into.
fn facts(ui: &mut Ui, state: &AppState, playlist: &Playlist, commands: &mut Commands) {
    let known = playlist.tracks.iter().filter_map(|id| state.library.track(*id));
    let seconds: f64 = known.map(|track| track.duration_s).sum();
    let count = playlist.tracks.len();
    ui.horizontal(|ui| {
        let tracks = if count == 1 { "1 track".to_owned() } else { format!("{count} tracks") };
        quiet(ui, if count == 0 { tracks } else { format!("{tracks}  ·  {}", duration(seconds)) });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = SPACE_XS;
            let orders = [
                (
                    Arrangement::Harmonic,
                    "By key and tempo",
                    "Neighbours mix: close on the Camelot wheel and in tempo. The first stays",
                ),
                (Arrangement::Tempo, "By tempo", "Slow to fast"),
                (Arrangement::Reversed, "Reverse", "The last becomes the first"),
            ];
            let menu = ui.add_enabled_ui(count > 1, |ui| {
                ui.menu_button("Order", |ui| {
                    for (arrangement, name, hint) in orders {
                        if ui.button(name).on_hover_text(hint).clicked() {
                            commands.push(AppCommand::Playlist(PlaylistCommand::Arrange(arrangement)));
                            ui.close();
                        }
                    }
                })
            });
            named(&menu.inner.response, Role::Button, || "Order the playlist".to_owned());
            let play = ui.add_enabled(count > 0, Button::new("Play"));
            named(&play, Role::Button, || "Play the playlist".to_owned());
            if play.on_hover_text("Play from the first track on").clicked() {
                commands.push(AppCommand::Playlist(PlaylistCommand::Play(0)));
            }
        });
    });
}

/// How many tracks the walk has, where the playlist is one.
fn walk(ui: &mut Ui, state: &AppState, playlist: &Playlist, view: &mut View, commands: &mut Commands) {
    let Some((_, walked)) = state.playlists.walk.as_ref().filter(|(id, _)| *id == playlist.id) else { return };
    let mut tracks = view.walk.unwrap_or(state.playlists.walk_tracks);
    ui.horizontal(|ui| {
        quiet(ui, "Walk of");
        ui.spacing_mut().slider_width = 90.0;
        ui.spacing_mut().interact_size.y = 18.0;
        let control = slider(ui, Slider::new(&mut tracks, WALK_TRACKS).show_value(false));
        named(&control, Role::Slider, || "Tracks of the walk".to_owned());
        quiet(ui, format!("{tracks} tracks"));
        if control.changed() {
            view.walk = Some(tracks);
        }
        if !control.dragged()
            && let Some(tracks) = view.walk.take()
        {
            commands.push(AppCommand::Playlist(PlaylistCommand::SetWalk(tracks)));
        }
        let longest = walked.walk.jumps.iter().copied().fold(0.0, f32::max);
        let text = format!("steps up to {longest:.2} of {:.2}", walked.walk.direct);
        let hint = "The longest distance between neighbours, and that from the first to the last, between the means of \
                    their segments. What is moved by hand does not count.";
        let text = RichText::new(text).small().color(theme::palette(ui).text_weak);
        ui.add(Label::new(text).truncate()).on_hover_text(hint);
    });
}

fn nothing(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    ui.add_space(SPACE_S);
    quiet(
        ui,
        "A playlist keeps tracks in an order of yours. P adds the selected track, every track has a menu that adds it, and \
         a walk from one track to another becomes one.",
    );
    ui.add_space(SPACE_S);
    ui.horizontal_wrapped(|ui| {
        if let Some(results) = &state.query.results {
            let tracks: Vec<TrackId> =
                results.seeds.iter().copied().chain(results.items.iter().map(|item| item.track)).collect();
            if primary(ui, "Make one of what sounds alike").clicked() {
                commands.push(AppCommand::Playlist(PlaylistCommand::New(tracks)));
            }
        }
        if ui.button("New playlist").clicked() {
            commands.push(AppCommand::Playlist(PlaylistCommand::New(Vec::new())));
        }
        if ui.button("Read a playlist…").clicked() {
            commands.push(AppCommand::OpenDialog(Dialog::ImportPlaylist));
        }
    });
}
