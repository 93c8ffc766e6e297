//! The keyboard. Every shortcut stands in [`TABLE`], which the help overlay shows.

use egui::{Event, Key, Modifiers, Popup, Ui};

use crate::state::{AppCommand, AppState, Dialog, MarkCommand, PlaylistCommand, PresentCommand, Screen, Side};

use super::{Commands, ViewState};

/// All shortcuts for people, in groups: what to press and what it does.
pub const TABLE: [(&str, &[(&str, &str)]); 6] = [
    (
        "Everywhere",
        &[
            ("1 to 7", "Explore, Inspect, Lab, Train, Evaluate, Data, Settings"),
            ("Ctrl K", "Every command by name"),
            ("Ctrl O", "Open audio files"),
            ("F or Ctrl F", "Search the library"),
            ("Esc", "Close, clear, go back"),
            ("F11", "Present: a tour in full screen; arrows, page keys or space go on and back, Esc leaves"),
            ("Ctrl Z, Ctrl Shift Z", "Undo, redo: playlists, hidden tracks, versions, followed folders"),
            ("?", "This list"),
        ],
    ),
    (
        "Listen",
        &[
            ("Space", "Play or pause"),
            ("Enter", "Play the selected track"),
            ("Left, right", "Five seconds back or on; under Inspect, the segment before or after"),
            ("Up, down", "Previous or next track; it plays where something plays"),
            ("R", "A track at random"),
            ("P", "Add the selected track to the playlist"),
            ("A, B", "The two sides of the pair under “why”"),
        ],
    ),
    (
        "Map",
        &[
            ("Click", "Select and play"),
            ("Ctrl click", "Add to the query, or take out"),
            ("Right click", "All that can be done with a track"),
            ("Drag, scroll", "Move, zoom"),
            ("Shift drag, Ctrl drag", "Mark what a line, or a box, goes round, beside what is marked"),
            ("M, Ctrl M", "Mark the selected track, or all that the search found"),
            ("Double click", "Show the whole map"),
        ],
    ),
    (
        "Playlist",
        &[
            ("Up, down, Ctrl A", "Choose a row; more with shift; all"),
            ("Alt up, Alt down", "Move the chosen rows; dragging does too"),
            ("Delete", "Remove the chosen rows"),
            ("Enter", "Play from the row on"),
        ],
    ),
    (
        "Lab",
        &[
            ("Tab, arrows", "Choose a point, move it; finer with shift"),
            ("Insert, Delete", "Add a point after it, take it away"),
            ("Ctrl Z, Ctrl Shift Z", "Undo, redo"),
        ],
    ),
    (
        "Listening study",
        &[
            ("1 to 5, 0", "Answer the question in hand; take the answer back"),
            ("Y, N", "Known before, or not"),
            ("Up, down", "Another question"),
            ("Enter, X, Backspace", "Go on, skip the recommendation, go back"),
            ("Q, R", "Hear the query, the recommendation"),
            ("T", "Show the names once a round is answered"),
            ("Esc", "Stop; it goes on later"),
        ],
    ),
];

/// The keys of the screens, in their order.
const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// How the keyboard stood before the frame was drawn: fields give up their focus while they are drawn.
#[derive(Debug)]
pub struct Keyboard {
    typing: bool,
    focused: bool,
    popup: bool,
}

impl Keyboard {
    pub fn before(ui: &Ui) -> Self {
        Self {
            typing: ui.ctx().text_edit_focused(),
            focused: ui.ctx().egui_wants_keyboard_input(),
            popup: Popup::is_any_open(ui.ctx()),
        }
    }
}

/// Turns keys into commands; after everything was drawn, so that a letter that moves the focus into a field is not
/// typed there.
pub fn act(ui: &Ui, before: &Keyboard, state: &AppState, view: &mut ViewState, commands: &mut Commands) {
    let pressed = |modifiers: Modifiers, key: Key| ui.input_mut(|input| input.consume_key(modifiers, key));
    // While a path is asked for, every key is for that.
    if state.prompt.is_some() {
        return;
    }
    if pressed(Modifiers::COMMAND, Key::K) {
        view.palette.toggle();
    }
    if view.palette.is_open() {
        return;
    }
    if pressed(Modifiers::COMMAND, Key::O) {
        commands.push(AppCommand::OpenDialog(Dialog::ImportFiles));
    }
    if pressed(Modifiers::COMMAND, Key::M) {
        commands.push(AppCommand::Mark(MarkCommand::Found));
    }
    if pressed(Modifiers::COMMAND, Key::F) {
        focus_search(state, view, commands);
    }
    if pressed(Modifiers::NONE, Key::F11) {
        commands.push(AppCommand::Present(PresentCommand::Start));
    }
    // The lab has steps of its own to undo.
    if !before.typing && state.session.screen != Screen::Lab {
        if pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) || pressed(Modifiers::COMMAND, Key::Y) {
            commands.push(AppCommand::Redo);
        } else if pressed(Modifiers::COMMAND, Key::Z) {
            commands.push(AppCommand::Undo);
        }
    }
    if before.typing || before.popup || ui.input(|input| input.modifiers.command || input.modifiers.alt) {
        return;
    }
    let asks = ui.input(|input| {
        input.key_pressed(Key::Questionmark)
            || input.events.iter().any(|event| matches!(event, Event::Text(text) if text == "?"))
    });
    if asks {
        view.shell.help = !view.shell.help;
    }
    if pressed(Modifiers::NONE, Key::Escape) {
        escape(state, view, commands);
    }
    for (key, screen) in DIGITS.into_iter().zip(Screen::ALL) {
        if pressed(Modifiers::NONE, key) {
            commands.push(AppCommand::Show(screen));
        }
    }
    if pressed(Modifiers::NONE, Key::F) {
        focus_search(state, view, commands);
    }
    if pressed(Modifiers::NONE, Key::R) {
        commands.push(AppCommand::SelectRandom);
    }
    if let Some(track) = state.selected()
        && pressed(Modifiers::NONE, Key::P)
    {
        commands.push(AppCommand::Playlist(PlaylistCommand::Add { to: None, tracks: vec![track] }));
    }
    if state.query.explanation.as_ref().is_some_and(|view| view.output.is_some()) {
        for (key, side) in [(Key::A, Side::Query), (Key::B, Side::Target)] {
            if pressed(Modifiers::NONE, key) {
                commands.push(AppCommand::PlaySide(side));
            }
        }
    }
    if let Some(track) = state.selected()
        && pressed(Modifiers::NONE, Key::M)
    {
        commands.push(AppCommand::Mark(MarkCommand::Toggle(track)));
    }
    // A control that has the focus keeps the keys that work it.
    if before.focused {
        return;
    }
    if pressed(Modifiers::NONE, Key::Space) {
        commands.push(AppCommand::TogglePlay);
    }
    if let Some(track) = state.selected()
        && pressed(Modifiers::NONE, Key::Enter)
    {
        commands.push(AppCommand::PlayTrack(track));
    }
    for (key, seconds) in [(Key::ArrowLeft, -5.0), (Key::ArrowRight, 5.0)] {
        if state.player.item.is_some() && pressed(Modifiers::NONE, key) {
            commands.push(AppCommand::SeekBy(seconds));
        }
    }
    for (key, step) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1)] {
        if pressed(Modifiers::NONE, key) {
            step_row(state, step, commands);
        }
    }
}

fn focus_search(state: &AppState, view: &mut ViewState, commands: &mut Commands) {
    if state.session.screen != Screen::Explore {
        commands.push(AppCommand::Show(Screen::Explore));
    }
    view.explore.focus_search();
}

fn escape(state: &AppState, view: &mut ViewState, commands: &mut Commands) {
    if view.shell.help {
        view.shell.help = false;
    } else if state.query.explanation.is_some() {
        commands.push(AppCommand::Explain(None));
    } else if !state.table.search.is_empty() {
        commands.push(AppCommand::Search(String::new()));
    } else if !state.marks.is_empty() {
        commands.push(AppCommand::Mark(MarkCommand::Clear));
    } else if !state.query.seeds.is_empty() {
        commands.push(AppCommand::ClearSeeds);
    }
}

/// The row above or below; it is auditioned where something plays.
fn step_row(state: &AppState, step: isize, commands: &mut Commands) {
    commands.push(AppCommand::SelectStep(step));
    let rows = &state.table.rows;
    let at = state.selected().and_then(|track| state.table.position(track));
    let next = at.map_or(0, |at| at.saturating_add_signed(step).min(rows.len().saturating_sub(1)));
    if state.player.is_playing()
        && at != Some(next)
        && let Some(track) = rows.get(next)
    {
        commands.push(AppCommand::PlayTrack(*track));
    }
}
