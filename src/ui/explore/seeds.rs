//! More of this, less of that: how much each of several tracks asked about weighs.

use std::time::Duration;

use egui::{Align, Label, Layout, RichText, Role, Slider, Ui};

use crate::domain::TrackId;
use crate::state::{AppCommand, AppState};
use crate::ui::Commands;
use crate::ui::theme::{self, SPACE_XS};
use crate::ui::widgets::{Icon, icon_button, named, slider};

/// Seconds between two searches while a weight is dragged: often enough to follow, seldom enough for none to wait.
const EVERY_S: f64 = 0.2;

/// What the weights remember.
#[derive(Debug, Default)]
pub struct View {
    /// The weight under the finger, until it was asked with.
    weight: Option<(TrackId, f32)>,
    held: bool,
    /// When it was asked with last, in seconds of the window.
    asked: f64,
}

/// One line for each track asked about: its title, its weight, and the way out of the query.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    /// Width of a slider and of the word beside it.
    const SLIDER: f32 = 84.0;
    const WORD: f32 = 74.0;
    let palette = theme::palette(ui);
    let mut held = false;
    for (place, seed) in state.seeds().into_iter().enumerate() {
        let Some(track) = state.library.track(seed) else { continue };
        let known = view.weight.filter(|(track, _)| *track == seed).map(|(_, weight)| weight);
        let mut weight = known.unwrap_or_else(|| state.query.weight(seed));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE_XS;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = format!("Take {} out of the query", track.title());
                if place == 0 {
                    // What is selected stays in the query.
                    ui.add_space(20.0 + SPACE_XS);
                } else if icon_button(ui, Icon::Close, 20.0, &name).clicked() {
                    commands.push(AppCommand::ToggleSeed(seed));
                }
                let text = RichText::new(words(weight)).small().color(palette.text_weak);
                ui.add_sized([WORD, 18.0], Label::new(text).truncate());
                ui.spacing_mut().slider_width = SLIDER;
                ui.spacing_mut().interact_size.y = 18.0;
                let control = slider(ui, Slider::new(&mut weight, -1.0..=1.0).step_by(0.05).show_value(false));
                named(&control, Role::Slider, || format!("How much of {}", track.title()));
                held |= control.dragged();
                if control.changed() {
                    view.weight = Some((seed, weight));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let colour = if place == 0 { palette.text_strong } else { palette.text };
                    ui.add(Label::new(RichText::new(track.title()).color(colour)).truncate());
                });
            });
        });
    }
    let let_go = std::mem::replace(&mut view.held, held) && !held;
    let Some((track, weight)) = view.weight else { return };
    let now = ui.input(|input| input.time);
    let rest = EVERY_S - (now - view.asked);
    if rest > 0.0 && held && !let_go {
        ui.ctx().request_repaint_after(Duration::from_secs_f64(rest));
        return;
    }
    view.asked = now;
    view.weight = None;
    commands.push(AppCommand::SetWeight { track, weight });
}

/// A weight in a word, as far as it is not plain.
fn words(weight: f32) -> String {
    match weight {
        0.0 => "not at all".to_owned(),
        weight if weight > 0.0 => format!("more, {weight:.2}"),
        weight => format!("less, {:.2}", -weight),
    }
}
