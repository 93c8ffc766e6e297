//! The strip below everything: jobs under way, or what the library holds.

use std::collections::HashMap;
use std::time::Duration;

use egui::{Align, Label, Layout, RichText, Ui, vec2};

use crate::jobs::message::{JobId, Waiting};
use crate::state::{AppState, JobKind, JobList, RunningJob};

use super::Commands;
use super::theme::{self, SPACE_M, SPACE_S};
use super::widgets::{count, progress_bar, quiet, steer, work_line};

/// Height of one line.
const LINE: f32 = 28.0;
/// Searches shorter than this are not shown, nor those that a newer one replaced: they would only flicker.
const PATIENCE_S: f64 = 0.5;
/// Jobs shown at once.
const SHOWN: usize = 3;

/// When each job was first seen.
#[derive(Debug, Default)]
pub struct View {
    since: HashMap<JobId, f64>,
}

/// Draws the strip.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let now = ui.input(|input| input.time);
    view.since.retain(|id, _| state.jobs.get(*id).is_some());
    let mut jobs = Vec::new();
    for (id, job) in state.jobs.iter() {
        let since = *view.since.entry(id).or_insert(now);
        let search = matches!(job.kind, JobKind::Recommend | JobKind::Walk);
        let quick = search && (job.cancelling || now - since < PATIENCE_S);
        if let Some(title) = job.kind.title().filter(|_| !quick) {
            jobs.push((id, title, job));
        }
    }
    if jobs.iter().any(|(_, _, job)| matches!(job.waiting, Some(Waiting::Again { .. }))) {
        // The seconds that are left are told.
        ui.ctx().request_repaint_after(Duration::from_secs(1));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    if jobs.is_empty() {
        line(ui, |ui| idle(ui, state));
    }
    let hidden = jobs.len().saturating_sub(SHOWN);
    for (id, title, job) in jobs.into_iter().take(SHOWN) {
        line(ui, |ui| running(ui, id, title, job, &state.jobs, commands));
    }
    if hidden > 0 {
        line(ui, |ui| {
            quiet(ui, format!("and {hidden} more"));
        });
    }
}

fn line(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), LINE);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        ui.spacing_mut().item_spacing.x = SPACE_S;
        add(ui);
    });
}

fn idle(ui: &mut Ui, state: &AppState) {
    if !state.library.loaded {
        quiet(ui, "Reading the library…");
        return;
    }
    let tracks = state.library.tracks.len();
    quiet(ui, if tracks == 1 { "1 track".to_owned() } else { format!("{} tracks", count(tracks)) });
    if let Some(model) = state.library.active_model() {
        quiet(ui, "·");
        quiet(ui, format!("{} embedded by {}", count(model.embedded), model.name));
    }
    if !state.library.failures.is_empty() {
        quiet(ui, "·");
        let failed = state.library.failures.len();
        quiet(ui, if failed == 1 { "1 file failed".to_owned() } else { format!("{} files failed", count(failed)) });
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let root = state.library.root.display().to_string();
        ui.add(Label::new(RichText::new(root).small().color(theme::palette(ui).text_weak)).truncate());
    });
}

fn running(ui: &mut Ui, id: JobId, title: &str, job: &RunningJob, jobs: &JobList, commands: &mut Commands) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(title).small().color(palette.text_strong));
    let fraction = job.progress.fraction();
    progress_bar(ui, fraction.unwrap_or(0.0), 170.0, &format!("Progress of {title}"));
    if let Some(fraction) = fraction {
        quiet(ui, format!("{:.0} %", fraction * 100.0));
    }
    ui.add_space(SPACE_M - SPACE_S);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().interact_size.y = LINE - 6.0;
        ui.spacing_mut().button_padding = vec2(SPACE_S, 1.0);
        steer(ui, id, job, title, |word| RichText::new(word).small().into(), commands);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let detail = work_line(job, jobs);
            ui.add(Label::new(RichText::new(detail).small().color(palette.text_weak)).truncate());
        });
    });
}
