//! Work on the data screen: what is under way and what waits, then what became of earlier work.

use std::time::{SystemTime, UNIX_EPOCH};

use egui::{Align, Button, Color32, Label, Layout, RichText, Role, ScrollArea, Ui, vec2};

use crate::jobs::message::{JobState, PastJob};
use crate::state::{AppCommand, AppState, WorkCommand};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::named;
use crate::ui::{Commands, panel, widgets};

/// Height of a line of the history.
const ROW: f32 = 40.0;
/// The history scrolls above this height.
const HEIGHT: f32 = 240.0;

/// Draws the card's inside.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let past: Vec<&PastJob> = state.past.iter().flatten().filter(|job| job.state.has_ended()).collect();
    ui.horizontal(|ui| {
        ui.label(panel::title_text(ui, "Work"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let clear = ui.add_enabled(!past.is_empty() && !state.read_only, Button::new("Clear history"));
            if clear.on_hover_text("Forgets the work below that has ended; its results stay").clicked() {
                commands.push(AppCommand::Work(WorkCommand::Forget));
            }
        });
    });
    let mut idle = true;
    for (id, job) in state.jobs.iter().filter(|(_, job)| job.kind.title().is_some()) {
        idle = false;
        ui.add_space(theme::SPACE_XS);
        panel::job(ui, id, job, &state.jobs, commands);
        ui.add_space(theme::SPACE_XS);
    }
    if idle && past.is_empty() {
        widgets::quiet(
            ui,
            "Nothing was done yet. Imports, training and the like are listed here: heavy work is done one after the other, and \
             goes on where it was when Songline is started again.",
        );
    }
    if past.is_empty() {
        return;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().cast_signed();
    let row = ROW - ui.spacing().item_spacing.y;
    let height = (ROW * past.len() as f32).min(HEIGHT);
    ScrollArea::vertical().id_salt("history of work").max_height(height).auto_shrink([false, true]).show_rows(
        ui,
        row,
        past.len(),
        |ui, rows| {
            for job in past.get(rows).unwrap_or_default() {
                line(ui, job, state.read_only, row, now, commands);
            }
        },
    );
}

fn line(ui: &mut Ui, job: &PastJob, read_only: bool, height: f32, now: i64, commands: &mut Commands) {
    ui.allocate_ui_with_layout(vec2(ui.available_width(), height), Layout::right_to_left(Align::Center), |ui| {
        let name = if job.about.is_empty() { job.title.clone() } else { format!("{} · {}", job.title, job.about) };
        if let Some(work) = job.work.as_ref().filter(|_| job.state != JobState::Done) {
            let again = ui.add_enabled(!read_only, Button::new("Again"));
            named(&again, Role::Button, || format!("Do again: {name}"));
            if again.on_hover_text("Does it again; what was finished is kept").clicked() {
                commands.push(AppCommand::Work(WorkCommand::Again(Box::new(work.clone()))));
            }
        }
        widgets::quiet(ui, ago(now - job.ended_at.unwrap_or(job.asked_at)));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add(Label::new(&name).truncate()).on_hover_text(&name);
            let outcome = outcome(job);
            let colour = colour(job.state, theme::palette(ui));
            ui.add(Label::new(RichText::new(&outcome).small().color(colour)).truncate()).on_hover_text(&outcome);
        });
    });
}

fn colour(state: JobState, palette: &Palette) -> Color32 {
    match state {
        JobState::Failed => palette.error,
        JobState::Interrupted => palette.warning,
        _ => palette.text_weak,
    }
}

/// What became of a job: "64 imported · 12 s · 2 attempts".
fn outcome(job: &PastJob) -> String {
    let word = match job.state {
        JobState::Done if job.detail.is_empty() => "Done",
        JobState::Failed if job.detail.is_empty() => "Failed",
        JobState::Cancelled => "Cancelled",
        _ => "",
    };
    let mut parts = vec![word.to_owned(), job.detail.clone()];
    parts.extend(job.seconds.filter(|seconds| *seconds >= 1.0).map(panel::duration));
    if job.attempts > 1 {
        parts.push(format!("{} attempts", job.attempts));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// How long ago something was. A clock that was set back since says "just now".
fn ago(seconds: i64) -> String {
    let times = |count: i64, what: &str| format!("{count} {what}{} ago", if count == 1 { "" } else { "s" });
    match seconds {
        ..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => times(seconds / 3_600, "hour"),
        _ => times(seconds / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words_whatever_the_clock_did() {
        let said = [-5_000, 0, 59, 60, 3_599, 3_600, 90_000, 400_000].map(ago);
        let expected =
            ["just now", "just now", "just now", "1 min ago", "59 min ago", "1 hour ago", "1 day ago", "4 days ago"];
        assert_eq!(said, expected);
    }

    #[test]
    fn what_became_of_a_job_is_said_in_a_line() {
        let job = |state, detail: &str, attempts| PastJob {
            id: 1,
            title: "Import".to_owned(),
            about: String::new(),
            state,
            attempts,
            asked_at: 0,
            ended_at: Some(9),
            seconds: Some(12.4),
            detail: detail.to_owned(),
            work: None,
        };
        assert_eq!(outcome(&job(JobState::Done, "64 imported", 1)), "64 imported · 12 s");
        assert_eq!(outcome(&job(JobState::Cancelled, "", 2)), "Cancelled · 12 s · 2 attempts");
        assert_eq!(outcome(&job(JobState::Failed, "the disk is full", 4)), "the disk is full · 12 s · 4 attempts");
        assert_eq!(outcome(&job(JobState::Done, "", 1)), "Done · 12 s");
    }
}
