//! A listening session under way: the query, the recommendation in hand, four questions, and the keys that work them.

use egui::{Button, CornerRadius, Frame, Key, Margin, Modifiers, Popup, Rect, RichText, Sense, Stroke, Ui, vec2};

use crate::domain::{ListeningPick, ListeningRound, Question, Standing, TrackId};
use crate::state::{AppCommand, AppState, Heard, Hearing, ListeningCommand, Stage};
use crate::ui::theme::{self, SPACE_L, SPACE_M, SPACE_S, SPACE_XS};
use crate::ui::{Commands, panel, widgets};

/// Widest that a session is drawn.
const WIDTH: f32 = 980.0;
/// Height of a recommendation with its questions.
const HEIGHT: f32 = 540.0;
/// Height of one question.
const QUESTION: f32 = theme::CONTROL_HEIGHT + SPACE_S;
/// The keys of a session and what they do.
pub const KEYS: [(&str, &str); 12] = [
    ("1 to 5", "not at all to very much"),
    ("Y  N", "known before, or not"),
    ("Up  Down", "another question"),
    ("0", "take an answer back"),
    ("Enter", "go on"),
    ("X", "skip the recommendation"),
    ("Backspace", "go back"),
    ("Q", "hear the query"),
    ("R", "hear the recommendation"),
    ("Space", "pause"),
    ("Left  Right", "five seconds back or on"),
    ("Esc", "stop, and go on later"),
];

/// Draws the session and takes in its keys.
pub fn show(ui: &mut Ui, state: &AppState, hearing: &Hearing, commands: &mut Commands) {
    let mut ask = |command: ListeningCommand| commands.push(AppCommand::Listening(command));
    act(ui, state, hearing, &mut ask);
    egui::CentralPanel::no_frame().show(ui, |ui| {
        panel::scroll(ui, "session", |ui| {
            // What is pressed again and again stays where it is from one stage to the next.
            let room = ui.clip_rect().bottom() - ui.cursor().top();
            ui.add_space(((room - HEIGHT) * 0.4).max(0.0));
            panel::column(ui, WIDTH, |ui| {
                head(ui, hearing, &mut ask);
                match (hearing.stage, hearing.current()) {
                    (Stage::Query | Stage::Pick(_), Some(round)) => {
                        sounds(ui, state, hearing, round, &mut ask);
                        questions(ui, hearing, &mut ask);
                        steps(ui, hearing, &mut ask);
                    }
                    (Stage::Answered, Some(round)) => answered(ui, state, hearing, round, &mut ask),
                    _ => finished(ui, hearing, &mut ask),
                }
                ui.add_space(SPACE_M);
                legend(ui, hearing);
            });
        });
    });
}

type Ask<'a> = dyn FnMut(ListeningCommand) + 'a;

/// Keys. They come before those of the window: a digit answers here and opens no screen.
fn act(ui: &Ui, state: &AppState, hearing: &Hearing, ask: &mut Ask<'_>) {
    let elsewhere = ui.ctx().text_edit_focused() || Popup::is_any_open(ui.ctx()) || state.prompt.is_some();
    if elsewhere || ui.input(|input| input.modifiers.any()) {
        return;
    }
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let digits = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
    for (digit, key) in (1..).zip(digits) {
        if pressed(key) && hearing.is_asking() && hearing.question.accepts(digit) && !hearing.question.is_yes_or_no() {
            ask(ListeningCommand::Answer(hearing.question, Some(digit)));
        }
    }
    for (key, answer) in [(Key::Y, 1), (Key::N, 0)] {
        if pressed(key) && hearing.is_asking() {
            ask(ListeningCommand::Answer(Question::Known, Some(answer)));
        }
    }
    if pressed(Key::Num0) && hearing.is_asking() {
        ask(ListeningCommand::Answer(hearing.question, None));
    }
    for (key, step) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1)] {
        if pressed(key) && hearing.is_asking() {
            ask(ListeningCommand::Ask(hearing.question.step(step)));
        }
    }
    // A button that has the focus keeps the key that presses it.
    if !ui.ctx().egui_wants_keyboard_input() && pressed(Key::Enter) {
        ask(if hearing.stage == Stage::Finished { ListeningCommand::Leave } else { ListeningCommand::Next });
    }
    let rest = [
        (Key::X, ListeningCommand::Skip),
        (Key::Backspace, ListeningCommand::Back),
        (Key::Q, ListeningCommand::Hear(Heard::Query)),
        (Key::R, ListeningCommand::Hear(Heard::Pick)),
        (Key::Escape, ListeningCommand::Leave),
    ];
    for (key, command) in rest {
        if pressed(key) {
            ask(command);
        }
    }
    if pressed(Key::T) && hearing.stage == Stage::Answered {
        ask(ListeningCommand::ShowNames(!hearing.names));
    }
}

/// A key as it is drawn on a keyboard.
fn key_cap(ui: &mut Ui, key: &str) {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.line_strong))
        .corner_radius(CornerRadius::same(theme::RADIUS_S))
        .inner_margin(Margin::symmetric(6, 1))
        .show(ui, |ui| ui.label(RichText::new(key).small().color(palette.text)));
}

/// A button with its key.
fn button(ui: &mut Ui, text: &str, key: &str, is_primary: bool) -> bool {
    let palette = theme::palette(ui);
    let (text_colour, key_colour) =
        if is_primary { (palette.on_accent, palette.on_accent) } else { (palette.text, palette.text_weak) };
    let mut button =
        Button::new(RichText::new(text).color(text_colour)).shortcut_text(RichText::new(key).color(key_colour));
    if is_primary {
        button = button.fill(palette.accent);
    }
    ui.add(button).accessible_name(text).clicked()
}

fn head(ui: &mut Ui, hearing: &Hearing, ask: &mut Ask<'_>) {
    let (done, of) = hearing.session.progress();
    ui.horizontal(|ui| {
        let title = match hearing.stage {
            Stage::Finished => format!("Thank you, {}", hearing.session.listener),
            _ => format!("Round {} of {}", hearing.round + 1, hearing.session.rounds.len()),
        };
        ui.heading(RichText::new(title).color(theme::palette(ui).text_strong));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if hearing.stage != Stage::Finished && button(ui, "Stop", "Esc", false) {
                ask(ListeningCommand::Leave);
            }
            widgets::quiet(ui, format!("{done} of {of} · {}", hearing.session.listener));
        });
    });
    let width = ui.available_width();
    widgets::progress_bar(ui, done as f32 / of.max(1) as f32, width, "Recommendations behind you");
    ui.add_space(SPACE_M);
}

/// The query and the recommendation in hand, side by side.
fn sounds(ui: &mut Ui, state: &AppState, hearing: &Hearing, round: &ListeningRound, ask: &mut Ask<'_>) {
    let count = round.picks.len();
    ui.columns(2, |columns| {
        let [left, right] = columns else { return };
        if sound(left, state, "Query", "Q", Some(round.query)) {
            ask(ListeningCommand::Hear(Heard::Query));
        }
        let (title, track) = match (hearing.stage, hearing.pick()) {
            (Stage::Pick(place), Some(pick)) => (format!("Recommendation {} of {count}", place + 1), Some(pick.track)),
            _ => (format!("{count} recommendations follow"), None),
        };
        if sound(right, state, &title, "R", track) {
            ask(ListeningCommand::Hear(Heard::Pick));
        }
    });
}

/// Something that is heard: a button to hear it, and how far it is; whether it was asked for.
fn sound(ui: &mut Ui, state: &AppState, title: &str, key: &str, track: Option<TrackId>) -> bool {
    let palette = theme::palette(ui);
    let item = state.player.item.as_ref().filter(|item| track.is_some() && item.unseen == track);
    let frame = Frame::new()
        .fill(if item.is_some() { palette.selected_row } else { palette.panel })
        .stroke(Stroke::new(1.0, if item.is_some() { palette.accent } else { palette.line }))
        .corner_radius(CornerRadius::same(theme::RADIUS_L))
        .inner_margin(Margin::same(SPACE_L as i8));
    let mut asked = false;
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(panel::title_text(ui, title));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add_enabled_ui(track.is_some(), |ui| {
                    let word = if item.is_some() { "Again" } else { "Play" };
                    let palette = theme::palette(ui);
                    let play = Button::new(word).shortcut_text(RichText::new(key).color(palette.text_weak));
                    asked = ui.add(play).accessible_name(format!("Play {title}")).clicked();
                });
            });
        });
        let size = vec2(ui.available_width(), 6.0);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let radius = CornerRadius::same(3);
        ui.painter().rect_filled(rect, radius, palette.hover);
        if let Some(item) = item {
            let end = item.end_s.unwrap_or(item.duration_s);
            let share = (state.player.position_s - item.start_s) / (end - item.start_s).max(0.001);
            let filled = rect.with_max_x(rect.left() + rect.width() * share.clamp(0.0, 1.0) as f32);
            ui.painter().rect_filled(filled, radius, palette.accent);
        }
    });
    asked
}

fn questions(ui: &mut Ui, hearing: &Hearing, ask: &mut Ask<'_>) {
    ui.add_space(SPACE_M);
    panel::card(ui, |ui| {
        ui.set_min_height(QUESTION * 4.0 + SPACE_XS * 3.0);
        let Some(pick) = hearing.pick() else {
            ui.label("Listen to the query. The recommendations follow one by one, each with these questions:");
            for question in Question::ALL {
                widgets::quiet(ui, question.text());
            }
            return;
        };
        ui.spacing_mut().item_spacing.y = SPACE_XS;
        for question in Question::ALL {
            asked(ui, hearing, pick, question, ask);
        }
    });
}

/// One question with its answers.
fn asked(ui: &mut Ui, hearing: &Hearing, pick: &ListeningPick, question: Question, ask: &mut Ask<'_>) {
    let palette = theme::palette(ui);
    let current = hearing.question == question;
    let answer = pick.response.answers.get(question);
    let size = vec2(ui.available_width(), QUESTION);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    if current {
        ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_M), palette.raised);
        let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        ui.painter().rect_filled(bar, CornerRadius::same(1), palette.accent);
    }
    let inner = rect.shrink2(vec2(SPACE_M, SPACE_XS));
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner).layout(layout), |ui| {
        let colour = if current { palette.text_strong } else { palette.text };
        ui.label(RichText::new(question.text()).color(colour));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let options: Vec<(u8, String)> = match question.is_yes_or_no() {
                true => vec![(1, "Yes  Y".to_owned()), (0, "No  N".to_owned())],
                false => (1..=5).map(|value| (value, value.to_string())).collect(),
            };
            let wide = ui.available_width() > 380.0;
            let end = |ui: &mut Ui, text: &str| {
                if wide && !question.is_yes_or_no() {
                    widgets::quiet(ui, text);
                }
            };
            end(ui, "very much");
            for (value, name) in options.into_iter().rev() {
                let chosen = answer == Some(value);
                let text = RichText::new(&name).color(if chosen { palette.on_accent } else { palette.text });
                let fill = if chosen { palette.accent } else { palette.hover };
                let response = ui.add(Button::new(text).fill(fill).min_size(vec2(40.0, theme::CONTROL_HEIGHT)));
                let response = response.accessible_name(format!("{}: {name}", question.title()));
                if response.clicked() {
                    // A click on the answer takes it back.
                    ask(ListeningCommand::Answer(question, (!chosen).then_some(value)));
                }
            }
            end(ui, "not at all");
        });
    });
}

/// Back, skip, on.
fn steps(ui: &mut Ui, hearing: &Hearing, ask: &mut Ask<'_>) {
    ui.horizontal(|ui| {
        if hearing.is_asking() {
            if button(ui, "Back", "Backspace", false) {
                ask(ListeningCommand::Back);
            }
            if button(ui, "Skip it", "X", false) {
                ask(ListeningCommand::Skip);
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let text = if hearing.is_asking() { "Next" } else { "Hear the recommendations" };
            if button(ui, text, "Enter", true) {
                ask(ListeningCommand::Next);
            }
        });
    });
}

/// A round behind the listener, with the names of its tracks where they are wanted.
fn answered(ui: &mut Ui, state: &AppState, hearing: &Hearing, round: &ListeningRound, ask: &mut Ask<'_>) {
    panel::card(ui, |ui| {
        panel::title(ui, "This round is answered");
        let name = |track: TrackId, place: &str| match state.library.track(track).filter(|_| hearing.names) {
            Some(track) => format!("{place}: {} by {}", track.title(), track.artist()),
            None => place.to_owned(),
        };
        ui.label(name(round.query, "Query"));
        let width = ui.available_width() * 0.55;
        egui::Grid::new("answers").num_columns(5).striped(true).spacing([SPACE_L, SPACE_XS]).show(ui, |ui| {
            ui.allocate_exact_size(vec2(width, 1.0), Sense::hover());
            for question in Question::ALL {
                widgets::quiet(ui, question.title());
            }
            ui.end_row();
            for (place, pick) in round.picks.iter().enumerate() {
                let name = name(pick.track, &format!("Recommendation {}", place + 1));
                ui.add(egui::Label::new(name).truncate());
                if pick.response.standing == Standing::Skipped {
                    widgets::quiet(ui, "skipped");
                } else {
                    for question in Question::ALL {
                        ui.monospace(answer_text(question, pick.response.answers.get(question)));
                    }
                }
                ui.end_row();
            }
        });
    });
    ui.horizontal(|ui| {
        let (word, show) = if hearing.names { ("Hide the names", false) } else { ("Show the names", true) };
        if button(ui, word, "T", false) {
            ask(ListeningCommand::ShowNames(show));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let last = hearing.round + 1 == hearing.session.rounds.len();
            if button(ui, if last { "Finish" } else { "Next round" }, "Enter", true) {
                ask(ListeningCommand::Next);
            }
        });
    });
}

fn answer_text(question: Question, answer: Option<u8>) -> String {
    match answer {
        None => "–".to_owned(),
        Some(answer) if question.is_yes_or_no() => if answer == 1 { "yes" } else { "no" }.to_owned(),
        Some(answer) => answer.to_string(),
    }
}

fn finished(ui: &mut Ui, hearing: &Hearing, ask: &mut Ask<'_>) {
    panel::card(ui, |ui| {
        let (done, _) = hearing.session.progress();
        ui.label(format!("{done} recommendations in {} rounds are behind you.", hearing.session.rounds.len()));
        ui.add_space(SPACE_S);
        if button(ui, "See what came out", "Enter", true) {
            ask(ListeningCommand::Leave);
        }
    });
}

/// The keys that work now.
fn legend(ui: &mut Ui, hearing: &Hearing) {
    let now: &[&str] = match hearing.stage {
        Stage::Pick(_) => &[],
        Stage::Query => &["Enter", "Q", "Space", "Left  Right", "Esc"],
        Stage::Answered => &["Enter", "Q", "Esc"],
        Stage::Finished => &["Enter"],
    };
    let keys = KEYS.iter().copied().filter(|(key, _)| now.is_empty() || now.contains(key));
    key_list(ui, &keys.collect::<Vec<_>>());
}

/// Keys with what they do, in as many columns as there is room for.
pub fn key_list(ui: &mut Ui, keys: &[(&str, &str)]) {
    const COLUMN: f32 = 270.0;
    let columns = ((ui.available_width() / COLUMN).floor() as usize).clamp(1, 4);
    let width = ui.available_width() / columns as f32;
    for row in keys.chunks(columns) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for (key, meaning) in row {
                let size = vec2(width, theme::CONTROL_HEIGHT);
                ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    ui.set_min_width(width);
                    ui.spacing_mut().item_spacing.x = SPACE_S;
                    key_cap(ui, key);
                    widgets::quiet(ui, *meaning);
                });
            }
        });
    }
}
