//! What may be recommended: tempo, key and label in one row, and the tracks that are hidden.

use egui::{Button, DragValue, Layout, Popup, PopupCloseBehavior, Response, RichText, Role, ScrollArea, TextEdit, Ui};

use crate::domain::{Filter, Key, KeyRule, TempoRange, Track};
use crate::jobs::message::Recommendations;
use crate::state::{AppCommand, AppState};
use crate::ui::Commands;
use crate::ui::theme::{self, SPACE_S, SPACE_XS};
use crate::ui::widgets::{Icon, count, elide, icon_button, key_name, named, quiet};

/// What the row remembers.
#[derive(Debug, Default)]
pub struct View {
    /// The tempos under the finger.
    tempo: Option<TempoRange>,
    /// The words that are being typed, and when the last letter came, in seconds of the window.
    words: Option<(String, f64)>,
}

/// Seconds without a letter after which words are searched for.
const PAUSE_S: f64 = 0.3;
/// How far from a track's tempo another is still near it: what a player's pitch control reaches.
const NEAR: f32 = 0.06;
const WIDTH: f32 = 270.0;

/// Draws the filters, one after the other.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let filter = &state.query.filter;
    let text = filter.tempo.map_or_else(|| "Tempo".to_owned(), tempo_text);
    let button = chip(ui, &text, filter.tempo.is_some(), "Filter by tempo", "Only tracks of some tempos");
    below(&button, |ui| tempo(ui, state, view, commands));
    let text = match filter.key {
        KeyRule::Any => "Key",
        KeyRule::Same => "Same key",
        KeyRule::Compatible => "Mixing key",
    };
    let button = chip(ui, text, filter.key != KeyRule::Any, "Filter by key", "Only tracks whose key fits the query's");
    below(&button, |ui| key(ui, state, commands));
    let text = label_text(filter);
    let hint = "Only tracks with a genre or words in their tags";
    let button = chip(ui, &text, filter.has_label(), "Filter by label", hint);
    below(&button, |ui| label(ui, state, view, commands));
    if filter.versions {
        let hint = "Other encodes and re-releases are recommended too";
        if chip(ui, "Every version", true, "Versions", hint).clicked() {
            set(commands, Filter { versions: false, ..filter.clone() });
        }
    }
    if !state.library.hidden.is_empty() {
        let text = format!("{} hidden", count(state.library.hidden.len()));
        let button = chip(ui, &text, false, "Hidden tracks", "Tracks that are never recommended");
        below(&button, |ui| hidden(ui, state, commands));
    }
    if !filter.is_open() && icon_button(ui, Icon::Close, 20.0, "Clear the filters").clicked() {
        set(commands, Filter::default());
        *view = View::default();
    }
}

/// How many tracks pass, where not all do.
pub fn passing(ui: &mut Ui, state: &AppState) {
    if let Some(results) = state.query.results.as_ref().filter(|results| results.filtered > 0) {
        let all = results.compared + results.filtered;
        let verb = if results.compared == 1 { "passes" } else { "pass" };
        quiet(ui, format!("{} of {} tracks {verb}", count(results.compared), count(all)));
    }
}

/// What is said where nothing passes, with the ways out of it.
pub fn nothing_passes(ui: &mut Ui, state: &AppState, results: &Recommendations, commands: &mut Commands) {
    let filter = &state.query.filter;
    ui.label("No track passes these filters.");
    quiet(ui, format!("All {} tracks are left out. Relax one of them:", count(results.filtered)));
    ui.add_space(SPACE_XS);
    ui.horizontal_wrapped(|ui| {
        if let Some(range) = filter.tempo {
            if !range.half_double && ui.button("Half and double time too").clicked() {
                let range = TempoRange { half_double: true, ..range };
                set(commands, Filter { tempo: Some(range), ..filter.clone() });
            }
            if ui.button("Any tempo").clicked() {
                set(commands, Filter { tempo: None, ..filter.clone() });
            }
        }
        if filter.key == KeyRule::Same && ui.button("Keys that mix too").clicked() {
            set(commands, Filter { key: KeyRule::Compatible, ..filter.clone() });
        }
        if filter.key != KeyRule::Any && ui.button("Any key").clicked() {
            set(commands, Filter { key: KeyRule::Any, ..filter.clone() });
        }
        if filter.has_label() && ui.button("Any label").clicked() {
            set(commands, Filter { genre: String::new(), words: String::new(), ..filter.clone() });
        }
        if !state.library.hidden.is_empty() && ui.button("Take hidden tracks back").clicked() {
            commands.push(AppCommand::Unhide(state.library.hidden.clone()));
        }
    });
}

fn set(commands: &mut Commands, filter: Filter) {
    commands.push(AppCommand::SetFilter(Box::new(filter)));
}

fn chip(ui: &mut Ui, text: &str, active: bool, name: &str, hint: &str) -> Response {
    let palette = theme::palette(ui);
    let colour = if active { palette.text_strong } else { palette.text };
    let button =
        ui.add(Button::selectable(active, RichText::new(text).small().color(colour)).frame_when_inactive(true));
    named(&button, Role::Button, || format!("{name}: {text}"));
    button.on_hover_text(hint)
}

fn below(button: &Response, add: impl FnOnce(&mut Ui)) {
    Popup::from_toggle_button_response(button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(WIDTH);
        add(ui);
    });
}

fn tempo_text(range: TempoRange) -> String {
    let half = if range.half_double { " ½ ×2" } else { "" };
    format!("{:.0} to {:.0} BPM{half}", range.from, range.to)
}

fn label_text(filter: &Filter) -> String {
    match (filter.genre.trim(), filter.words.trim()) {
        ("", "") => "Label".to_owned(),
        (genre, "") => genre.to_owned(),
        ("", words) => format!("“{words}”"),
        (genre, words) => format!("{genre}, “{words}”"),
    }
}

/// The track or file asked about.
fn asked(state: &AppState) -> Option<&Track> {
    match (&state.query.file, &state.query.file_query) {
        (Some(_), Some(file)) => Some(&file.track),
        (Some(_), None) => None,
        (None, _) => state.selected().and_then(|id| state.library.track(id)).map(|track| &**track),
    }
}

fn tempo(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let filter = &state.query.filter;
    let whole = TempoRange { from: 60.0, to: 200.0, half_double: false };
    let mut range = view.tempo.or(filter.tempo).unwrap_or(whole);
    let mut settled = false;
    let mut touched = false;
    ui.horizontal(|ui| {
        let high = range.to;
        let low = range.from;
        for (value, within, name) in
            [(&mut range.from, 20.0..=high, "Slowest tempo"), (&mut range.to, low..=400.0, "Fastest tempo")]
        {
            let drag = ui.add(DragValue::new(value).range(within).speed(0.5).max_decimals(0));
            named(&drag, Role::SpinButton, || name.to_owned());
            touched |= drag.changed();
            settled |= drag.drag_stopped() || drag.lost_focus();
            if name.starts_with('S') {
                ui.label("to");
            }
        }
        ui.label("BPM");
    });
    let both = ui.checkbox(&mut range.half_double, "Half and double time too");
    if both.on_hover_text("70 and 140 beats a minute are one beat, counted otherwise").changed() {
        (touched, settled) = (true, true);
    }
    ui.horizontal(|ui| {
        if let Some(tempo) = asked(state).and_then(|track| track.tempo) {
            let near = format!("Near the query's {tempo:.0}");
            if ui.button(near).on_hover_text("Within 6 %, as far as a pitch control reaches").clicked() {
                range.from = (tempo * (1.0 - NEAR)).round();
                range.to = (tempo * (1.0 + NEAR)).round();
                (touched, settled) = (true, true);
            }
        }
        if filter.tempo.is_some() && ui.button("Any tempo").clicked() {
            view.tempo = None;
            touched = false;
            set(commands, Filter { tempo: None, ..filter.clone() });
        }
    });
    quiet(ui, "Tracks in which no beat was found do not pass.");
    if touched {
        view.tempo = Some(range);
    }
    if settled && let Some(range) = view.tempo.take() {
        set(commands, Filter { tempo: Some(range), ..filter.clone() });
    }
}

fn key(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let filter = &state.query.filter;
    let known = asked(state).and_then(|track| track.key);
    let with = |key: Option<Key>, text: &str| match key {
        Some(key) => format!("{text}: {}, {}", key_name(key), key.camelot()),
        None => text.to_owned(),
    };
    let options = [
        (KeyRule::Any, "Any key".to_owned()),
        (KeyRule::Same, with(known, "The query's key")),
        (KeyRule::Compatible, "Keys that mix with it".to_owned()),
    ];
    for (rule, text) in options {
        let usable = rule == KeyRule::Any || known.is_some() || filter.key == rule;
        let radio = ui.add_enabled(usable, egui::RadioButton::new(filter.key == rule, text));
        if radio.clicked() && filter.key != rule {
            set(commands, Filter { key: rule, ..filter.clone() });
        }
    }
    let about = match known {
        Some(_) => {
            "Mixing keys are the relative key and the fifths to either side: the neighbours on the Camelot wheel."
        }
        None => "The key of what is asked about is not known.",
    };
    quiet(ui, about);
}

fn label(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let filter = &state.query.filter;
    let now = ui.input(|input| input.time);
    let mut words = view.words.as_ref().map_or_else(|| filter.words.clone(), |(words, _)| words.clone());
    let edit = ui.add(TextEdit::singleline(&mut words).hint_text("Words in any tag").desired_width(f32::INFINITY));
    named(&edit, Role::TextInput, || "Words in any tag".to_owned());
    if edit.changed() {
        view.words = Some((words, now));
    }
    if let Some((words, since)) = &view.words {
        let rest = PAUSE_S - (now - since);
        if rest > 0.0 && !edit.lost_focus() {
            ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(rest));
        } else {
            set(commands, Filter { words: words.clone(), ..filter.clone() });
            view.words = None;
        }
    }
    ui.add_space(SPACE_XS);
    let chosen = filter.genre.to_lowercase();
    ScrollArea::vertical().id_salt("genres").max_height(220.0).show(ui, |ui| {
        ui.with_layout(Layout::top_down_justified(egui::Align::Min), |ui| {
            let any = std::iter::once("").chain(state.library.genres.iter().map(String::as_str));
            for genre in any.take(200) {
                let name = if genre.is_empty() { "Any genre" } else { genre };
                let selected = chosen == genre.to_lowercase();
                if ui.add(Button::selectable(selected, name).truncate()).clicked() && !selected {
                    set(commands, Filter { genre: genre.to_owned(), ..filter.clone() });
                }
            }
        });
    });
}

fn hidden(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    quiet(ui, "Never recommended, under any query:");
    ui.add_space(SPACE_XS);
    let rows = state.library.hidden.len();
    ScrollArea::vertical().id_salt("hidden").max_height(220.0).show_rows(
        ui,
        theme::CONTROL_HEIGHT,
        rows,
        |ui, rows| {
            for id in &state.library.hidden[rows] {
                let Some(track) = state.library.track(*id) else { continue };
                ui.horizontal(|ui| {
                    let font = egui::TextStyle::Body.resolve(ui.style());
                    let colour = theme::palette(ui).text;
                    let text = format!("{} – {}", track.artist(), track.title());
                    let galley = elide(ui, &text, font, colour, WIDTH - 90.0);
                    ui.label(galley).on_hover_text(text);
                    ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                        let back = ui.small_button("Back");
                        named(&back, Role::Button, || format!("Recommend {} again", track.title()));
                        if back.clicked() {
                            commands.push(AppCommand::Unhide(vec![*id]));
                        }
                    });
                });
            }
        },
    );
    if rows > 1 {
        ui.add_space(SPACE_S);
        if ui.button("Take all back").clicked() {
            commands.push(AppCommand::Unhide(state.library.hidden.clone()));
            ui.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chips_say_what_they_let_through() {
        let range = TempoRange { from: 120.0, to: 128.4, half_double: true };
        assert_eq!(tempo_text(range), "120 to 128 BPM ½ ×2");
        let filter =
            |genre: &str, words: &str| Filter { genre: genre.to_owned(), words: words.to_owned(), ..Filter::default() };
        assert_eq!(label_text(&filter("", " ")), "Label");
        assert_eq!(label_text(&filter("House", "")), "House");
        assert_eq!(label_text(&filter("House", "night")), "House, “night”");
    }
}
