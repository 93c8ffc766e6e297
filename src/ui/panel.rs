//! Pieces that the screens beside the map are built of: cards, fields with an explanation, running jobs.

use egui::{CornerRadius, Frame, Margin, ProgressBar, Response, RichText, Sense, Stroke, Ui, vec2};

use crate::jobs::message::JobId;
use crate::state::{JobList, RunningJob};

use super::{Commands, theme, widgets};

/// Width in which a line of prose is still easy to read.
const READABLE: f32 = 760.0;

/// A group with a line around it.
pub fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = theme::palette(ui);
    let frame = Frame::new()
        .fill(palette.panel)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(CornerRadius::same(theme::RADIUS_L))
        .inner_margin(Margin::same(theme::SPACE_L as i8));
    let inner = frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        add(ui)
    });
    ui.add_space(theme::SPACE_M);
    inner.inner
}

/// A scrolling part of a screen with room around what it shows.
pub fn scroll(ui: &mut Ui, salt: &str, add: impl FnOnce(&mut Ui)) {
    egui::ScrollArea::vertical().id_salt(salt).auto_shrink(false).content_margin(theme::SPACE_L).show(ui, add);
}

/// The parts of a page: side by side where the window is wide, else the third below the first, or all one under the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    First,
    Second,
    Third,
}

/// A scrolling page of cards, no wider than can be read; `add` is called for each part.
pub fn page(ui: &mut Ui, title: &str, about: &str, mut add: impl FnMut(&mut Ui, Part)) {
    scroll(ui, title, |ui| {
        heading(ui, title, about);
        let width = ui.available_width();
        let columns: &[&[Part]] = if width < 1.3 * READABLE {
            &[&[Part::First, Part::Third, Part::Second]]
        } else if width < 2.2 * READABLE {
            &[&[Part::First, Part::Third], &[Part::Second]]
        } else {
            &[&[Part::First], &[Part::Second], &[Part::Third]]
        };
        ui.set_max_width(width.min(columns.len() as f32 * READABLE));
        ui.spacing_mut().item_spacing.x = theme::SPACE_L;
        ui.columns(columns.len(), |uis| {
            for (ui, parts) in uis.iter_mut().zip(columns) {
                ui.spacing_mut().item_spacing.x = theme::SPACE_S;
                // Columns justify their text; prose is set ragged.
                ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                    parts.iter().for_each(|part| add(ui, *part));
                });
            }
        });
    });
}

/// The title of a screen, and what it is for.
pub fn heading(ui: &mut Ui, title: &str, about: &str) {
    ui.heading(RichText::new(title).color(theme::palette(ui).text_strong));
    widgets::quiet(ui, about);
    ui.add_space(theme::SPACE_M);
}

/// The title of a group.
pub fn title(ui: &mut Ui, text: &str) {
    ui.label(title_text(ui, text));
    ui.add_space(theme::SPACE_XS);
}

/// The letters of a title.
pub fn title_text(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).size(theme::TEXT_TITLE).color(theme::palette(ui).text_strong)
}

/// A named control with one line that says what it does.
pub fn field<R>(ui: &mut Ui, name: &str, explanation: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    let value = ui
        .horizontal(|ui| {
            let width = (ui.available_width() * 0.44).min(240.0);
            let height = theme::CONTROL_HEIGHT + theme::SPACE_XS;
            ui.allocate_ui_with_layout(vec2(width, height), egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.set_min_width(width);
                ui.label(name);
            });
            control(ui)
        })
        .inner;
    widgets::quiet(ui, explanation);
    ui.add_space(theme::SPACE_S);
    value
}

/// A screen with nothing to show yet: what is missing, and what to do.
pub fn empty(ui: &mut Ui, what: &str, to_do: &str, add: impl FnOnce(&mut Ui)) {
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.3).max(theme::SPACE_M));
        ui.heading(what);
        ui.add_space(theme::SPACE_XS);
        ui.label(RichText::new(to_do).color(theme::palette(ui).text_weak));
        ui.add_space(theme::SPACE_M);
        add(ui);
    });
}

/// What leads on from a screen with nothing to show yet, in the middle of it: no wider than can be read.
pub fn centred(ui: &mut Ui, salt: &str, widest: f32, add: impl FnOnce(&mut Ui)) {
    let id = ui.scope_id().with((salt, "height"));
    // How high it is was seen when it was last drawn.
    let height: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(0.0);
    // Within a part that scrolls, what is seen of it is the room there is.
    let room = ui.clip_rect().bottom() - ui.cursor().top();
    let above = ((room - height) * 0.42).max(theme::SPACE_S);
    ui.add_space(above);
    let taken = column(ui, widest, add);
    if (taken - height).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, taken));
        ui.ctx().request_repaint();
    }
}

/// A column in the middle, no wider than can be read; returns how high it is.
pub fn column(ui: &mut Ui, widest: f32, add: impl FnOnce(&mut Ui)) -> f32 {
    let width = ui.available_width().min(widest);
    let side = (ui.available_width() - width) / 2.0;
    let drawn = ui.horizontal(|ui| {
        ui.add_space(side);
        ui.allocate_ui_with_layout(vec2(width, 0.0), egui::Layout::top_down(egui::Align::Min), |ui| {
            ui.set_width(width);
            add(ui);
        });
    });
    drawn.response.rect.height()
}

/// Cards of one height side by side, as many as the width has room for, each with a title and what it says.
pub fn cards(ui: &mut Ui, narrowest: f32, height: f32, entries: &[(&str, &str)]) {
    let room = ((ui.available_width() + theme::SPACE_M) / (narrowest + theme::SPACE_M)).floor() as usize;
    let columns = full_rows(entries.len(), room.max(1));
    let width = (ui.available_width() - theme::SPACE_M * (columns - 1) as f32) / columns as f32;
    for row in entries.chunks(columns) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::SPACE_M;
            for (title, text) in row {
                ui.allocate_ui_with_layout(vec2(width, height), egui::Layout::top_down(egui::Align::Min), |ui| {
                    ui.set_width(width);
                    let palette = theme::palette(ui);
                    let frame = Frame::new()
                        .fill(palette.panel)
                        .stroke(Stroke::new(1.0, palette.line))
                        .corner_radius(CornerRadius::same(theme::RADIUS_L))
                        .inner_margin(Margin::same(theme::SPACE_M as i8));
                    frame.show(ui, |ui| {
                        ui.set_min_size(vec2(ui.available_width(), height - 2.0 * theme::SPACE_M));
                        // Where there is room, what is read first is larger.
                        let (name, about) = match width > 440.0 {
                            true => (theme::TEXT_TITLE, theme::TEXT_BODY),
                            false => (theme::TEXT_BODY, theme::TEXT_SMALL),
                        };
                        ui.label(RichText::new(*title).size(name).color(palette.text_strong));
                        ui.label(RichText::new(*text).size(about).color(palette.text_weak));
                    });
                });
            }
        });
        ui.add_space(theme::SPACE_XS);
    }
}

/// How many columns, up to `room`, leave no gap in the last row of `count` things; one where none does.
fn full_rows(count: usize, room: usize) -> usize {
    (1..=room).rev().find(|columns| count.is_multiple_of(*columns)).unwrap_or(1)
}

/// Why work that changes the library cannot be begun in a window that only reads it.
pub const READS_ONLY: &str = "This window only reads the library; the line at the top says why.";

/// A job: what it does, how far it is or what it waits for, and the buttons that steer it.
pub fn job(ui: &mut Ui, id: JobId, job: &RunningJob, jobs: &JobList, commands: &mut Commands) {
    let name = job.kind.title().unwrap_or("Working");
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).strong());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widgets::steer(ui, id, job, name, |word| RichText::new(word).into(), commands);
        });
    });
    if job.waiting.is_none() {
        bar(ui, job.progress.fraction(), name);
    }
    let line = widgets::work_line(job, jobs);
    if !line.is_empty() {
        ui.add(egui::Label::new(RichText::new(&line).small().weak()).truncate()).on_hover_text(line);
    }
}

/// A thin bar of progress, moving where the end is not known.
pub fn bar(ui: &mut Ui, fraction: Option<f32>, name: &str) {
    let bar = ProgressBar::new(fraction.unwrap_or(1.0)).desired_height(6.0).animate(fraction.is_none());
    let bar = bar.fill(theme::palette(ui).accent);
    ui.add(bar).accessible_name(format!("Progress of {name}"));
}

/// One figure with its name underneath.
pub fn figure(ui: &mut Ui, value: impl Into<String>, name: &str) {
    ui.vertical(|ui| {
        ui.label(RichText::new(value).heading());
        widgets::quiet(ui, name);
    });
}

/// A length of time for people: "2 h 05 min", "3 min 20 s", "45 s".
pub fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match (whole / 3_600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

/// Takes `size` for drawing by hand.
pub fn canvas(ui: &mut Ui, size: egui::Vec2, sense: Sense) -> (egui::Rect, Response) {
    ui.allocate_exact_size(size, sense)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_leave_no_gap() {
        assert_eq!([1, 2, 3, 4, 5].map(|room| full_rows(9, room)), [1, 1, 3, 3, 3]);
        assert_eq!([3, 4, 9].map(|room| full_rows(4, room)), [2, 4, 4]);
    }

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(duration(45.2), "45 s");
        assert_eq!(duration(200.0), "3 min 20 s");
        assert_eq!(duration(7_500.0), "2 h 05 min");
        assert_eq!(duration(-1.0), "0 s");
    }
}
