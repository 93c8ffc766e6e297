//! The lab: two curves moved by hand, or two real tracks, and every distance between them at work.

mod canvas;
mod field;
mod figures;
mod side;

use egui::{Frame, Key, Margin, Modifiers, Panel, RichText, Role, Ui};

use crate::domain::Metric;
use crate::state::{AppCommand, AppState, Example, LabCommand};

use super::theme::{self, SPACE_L, SPACE_M, SPACE_S};
use super::widgets::{named, quiet};
use super::{Commands, panel};

pub use canvas::show as curves;

/// What the screen remembers.
#[derive(Debug, Default)]
pub struct View {
    walk: Walk,
}

/// The man and the dog on their way.
#[derive(Debug)]
pub struct Walk {
    /// How far they are, counted in pairs.
    at: f32,
    running: bool,
}

impl Default for Walk {
    fn default() -> Self {
        Self { at: 0.0, running: true }
    }
}

impl Walk {
    /// Pairs a second.
    const SPEED: f32 = 1.6;
    /// Rest at the end before they begin anew, in pairs.
    const REST: f32 = 1.5;

    /// One frame on, through `pairs` pairs and from the start again.
    fn go_on(&mut self, ui: &Ui, pairs: usize) {
        if !self.running || pairs < 2 {
            return;
        }
        self.at += ui.input(|input| input.stable_dt.min(0.1)) * Self::SPEED;
        if self.at > (pairs - 1) as f32 + Self::REST {
            self.at = 0.0;
        }
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(16));
    }
}

/// Draws the screen.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    undo_keys(ui, commands);
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::same(SPACE_M as i8));
    let width = (ui.available_width() * 0.3).clamp(300.0, 420.0);
    Panel::right("lab side").resizable(false).exact_size(width).frame(frame).show(ui, |ui| {
        egui::ScrollArea::vertical()
            .id_salt("lab side")
            .auto_shrink(false)
            .show(ui, |ui| side::show(ui, state, commands));
    });
    egui::CentralPanel::no_frame().show(ui, |ui| {
        let bar = Frame::new().inner_margin(Margin::symmetric(SPACE_L as i8, SPACE_S as i8));
        bar.show(ui, |ui| tools(ui, state, view, commands));
        if state.lab.measured.is_none() {
            panel::empty(ui, "One moment", "Reading both tracks", |ui| {
                ui.spinner();
            });
            return;
        }
        let rect = ui.available_rect_before_wrap();
        canvas::show(ui, rect, state, view, 1.0, commands);
    });
}

fn undo_keys(ui: &Ui, commands: &mut Commands) {
    if ui.ctx().text_edit_focused() {
        return;
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) || pressed(Modifiers::COMMAND, Key::Y) {
        commands.push(AppCommand::Lab(LabCommand::Redo));
    } else if pressed(Modifiers::COMMAND, Key::Z) {
        commands.push(AppCommand::Lab(LabCommand::Undo));
    }
}

fn tools(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let lab = &state.lab;
    ui.horizontal_wrapped(|ui| {
        let mut button = |ui: &mut Ui, enabled: bool, text: &str, name: &str, hint: &str, command: LabCommand| {
            let button = ui.add_enabled(enabled, egui::Button::new(text));
            named(&button, Role::Button, || name.to_owned());
            if button.on_hover_text(hint).clicked() {
                commands.push(AppCommand::Lab(command));
            }
        };
        let direction = "Compare the other way round. Only min depends on it.";
        if lab.pair.is_some() {
            button(
                ui,
                true,
                "Back to curves by hand",
                "Back to curves by hand",
                "Leave these tracks",
                LabCommand::Leave,
            );
            button(ui, true, "Swap direction", "Swap query and target", direction, LabCommand::Swap);
        } else {
            button(ui, lab.can_undo(), "Undo", "Undo", "Undo (Ctrl Z)", LabCommand::Undo);
            button(ui, lab.can_redo(), "Redo", "Redo", "Redo (Ctrl Shift Z)", LabCommand::Redo);
            ui.separator();
            for (curve, name) in [(0, "query"), (1, "target")] {
                let at = canvas::next_point(lab, curve);
                let add = LabCommand::Insert { curve, point: usize::MAX, at };
                let (text, full) = (format!("+ {name}"), format!("Add a point to the {name}"));
                let hint = "A point at the end. Double click on the field to add one in between.";
                button(ui, lab.can_grow(curve), &text, &full, hint, add);
                let remove = LabCommand::Remove { curve, point: lab.curves[curve].len().saturating_sub(1) };
                let (text, full) = (format!("- {name}"), format!("Remove the last point of the {name}"));
                button(
                    ui,
                    lab.can_shrink(curve),
                    &text,
                    &full,
                    "Its last point. Right click removes any other.",
                    remove,
                );
            }
            ui.separator();
            button(ui, true, "Swap direction", "Swap query and target", direction, LabCommand::Swap);
        }
        if matches!(lab.metric, Metric::Frechet | Metric::Dtw) {
            let (text, name) = if view.walk.running { ("Pause", "Pause the walk") } else { ("Walk", "Start the walk") };
            let walk = ui.button(text);
            named(&walk, Role::Button, || name.to_owned());
            if walk.on_hover_text("The man walks one curve, his dog the other; neither turns back").clicked() {
                view.walk.running = !view.walk.running;
            }
        }
        let (from, to) = if lab.swapped { ("target", "query") } else { ("query", "target") };
        quiet(ui, format!("from the {from} to the {to}"));
    });
    if lab.pair.is_none() {
        examples(ui, state, commands);
    }
    if let Some(output) = lab.pair.as_ref().and_then(|pair| pair.output.as_ref()) {
        let text = format!(
            "Drawn in the plane of both tracks' largest spread, which shows {:.0} % of it; the other {} dimensions are not \
             seen, and no line is longer than the distance it stands for. All values are of all {} dimensions.",
            output.kept * 100.0,
            output.query.dim().saturating_sub(2),
            output.query.dim(),
        );
        ui.label(RichText::new(text).small().color(theme::palette(ui).text_weak));
    }
}

/// Pairs of curves that set the distances apart, and what the one shown says.
fn examples(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| {
        for example in Example::ALL {
            let chosen = state.lab.example == Some(example);
            let button = ui.add(egui::Button::selectable(chosen, example.title()));
            if button.on_hover_text(example.explanation()).clicked() {
                commands.push(AppCommand::Lab(LabCommand::Load(example)));
            }
        }
    });
    // The line keeps its room, so that the field does not jump when a point is moved.
    quiet(ui, state.lab.example.map_or("Your own curves.", Example::explanation));
}
