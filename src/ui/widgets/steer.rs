//! The buttons that steer a job.

use egui::{Button, Role, Ui, WidgetText};

use crate::jobs::message::{JobId, Waiting};
use crate::state::{AppCommand, RunningJob, WorkCommand};
use crate::ui::Commands;

use super::named;

/// Draws them from right to left: cancel, pause or resume, and "First" where it waits for another job. `name` is the job's for
/// those who hear the buttons, `text` how their words are written.
pub fn steer(
    ui: &mut Ui,
    id: JobId,
    job: &RunningJob,
    name: &str,
    text: impl Fn(&'static str) -> WidgetText,
    commands: &mut Commands,
) {
    let cancel =
        ui.add_enabled(!job.cancelling, Button::new(text(if job.cancelling { "Cancelling…" } else { "Cancel" })));
    named(&cancel, Role::Button, || format!("Cancel {name}"));
    if cancel.clicked() {
        commands.push(AppCommand::Cancel(id));
    }
    let again = matches!(job.waiting, Some(Waiting::Again { .. }));
    let (word, command) = match (job.paused, again) {
        (true, _) => ("Resume", AppCommand::Resume(id)),
        (false, true) => ("Try now", AppCommand::Resume(id)),
        (false, false) => ("Pause", AppCommand::Pause(id)),
    };
    let pause = ui.add_enabled(!job.cancelling, Button::new(text(word)));
    named(&pause, Role::Button, || format!("{word} {name}"));
    if pause.clicked() {
        commands.push(command);
    }
    if matches!(job.waiting, Some(Waiting::Behind(_))) && !job.paused && !job.cancelling {
        let first = ui.button(text("First")).on_hover_text("Does this now; the other job goes on after it");
        named(&first, Role::Button, || format!("Do {name} first"));
        if first.clicked() {
            commands.push(AppCommand::Work(WorkCommand::First(id)));
        }
    }
}
