//! Text that fits: shortened lines, times, facts about a track.

use std::sync::Arc;
use std::time::Instant;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align2, Color32, FontId, Galley, Pos2, Rect, Response, RichText, Sense, TextStyle, Ui};

use crate::domain::{Key, Progress, Track};
use crate::jobs::message::Waiting;
use crate::state::{JobList, RunningJob};
use crate::ui::panel::duration;
use crate::ui::theme;

/// One line of text, shortened with an ellipsis where it is wider than `width`.
pub fn elide(ui: &Ui, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(font, colour));
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}

/// Paints one line into `rect`, shortened to it. Returns the width taken.
pub fn paint_text(ui: &Ui, rect: Rect, text: &str, style: TextStyle, colour: Color32, align: Align2) -> f32 {
    paint(ui, rect, text, style, colour, align).0
}

/// Paints one line into `rect`; where it had to be shortened, the whole of it is in a tooltip.
pub fn paint_cell(ui: &mut Ui, rect: Rect, text: &str, style: TextStyle, colour: Color32, align: Align2) {
    let (_, cut) = paint(ui, rect, text, style, colour, align);
    if cut {
        ui.allocate_rect(rect, Sense::hover()).on_hover_text(text);
    }
}

/// The width taken, and whether the text was cut.
fn paint(ui: &Ui, rect: Rect, text: &str, style: TextStyle, colour: Color32, align: Align2) -> (f32, bool) {
    let galley = elide(ui, text, style.resolve(ui.style()), colour, rect.width());
    let at = align.align_size_within_rect(galley.size(), rect).min;
    let taken = (galley.size().x, galley.elided);
    ui.painter().galley(Pos2::new(at.x, at.y), galley, colour);
    taken
}

/// Secondary text in small letters.
pub fn quiet(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = theme::palette(ui).text_weak;
    ui.label(RichText::new(text).text_style(TextStyle::Small).color(colour))
}

/// A time as players write it: "3:07", "1:02:45".
pub fn clock(seconds: f64) -> String {
    let whole = if seconds.is_finite() { seconds.max(0.0) as u64 } else { 0 };
    match (whole / 3_600, whole / 60 % 60, whole % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A number with its thousands apart: "29,999".
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A tempo in whole beats a minute.
pub fn tempo(track: &Track) -> Option<String> {
    track.tempo.map(|tempo| format!("{tempo:.0} BPM"))
}

/// A key with the signs on every keyboard, "Eb minor": the fonts that come with the program have no ♭ and no ♯.
pub fn key_name(key: Key) -> String {
    key.to_string().replace('♭', "b").replace('♯', "#")
}

/// A key as it is written above a stave: "Ebm", "F#".
pub fn key_symbol(key: Key) -> String {
    let name = key_name(key);
    match name.split_once(' ') {
        Some((tonic, "minor")) => format!("{tonic}m"),
        Some((tonic, _)) => tonic.to_owned(),
        None => name,
    }
}

/// What is known of a track's sound in a few words: "124 BPM · A minor".
pub fn facts(track: &Track) -> String {
    [tempo(track), track.key.map(key_name)].into_iter().flatten().collect::<Vec<_>>().join("  ·  ")
}

/// What a job is doing in one line: "Analysing 12 of 64, a file name".
pub fn progress_line(progress: &Progress) -> String {
    let mut line = progress.stage.clone();
    if let Some(total) = progress.total {
        let count = format!("{} of {total}", progress.done);
        line = if line.is_empty() { count } else { format!("{line} {count}") };
    }
    match (line.is_empty(), progress.detail.is_empty()) {
        (_, true) => line,
        (true, false) => progress.detail.clone(),
        (false, false) => format!("{line}, {}", progress.detail),
    }
}

/// Where a job stands in one line: what it does and how long it will take, or what it waits for.
pub fn work_line(job: &RunningJob, jobs: &JobList) -> String {
    if job.paused {
        return "Paused".to_owned();
    }
    match &job.waiting {
        Some(Waiting::Behind(other)) => match jobs.get(*other).and_then(|other| other.kind.title()) {
            Some(title) => format!("Waits for another job: {title}"),
            None => "Waits for another job".to_owned(),
        },
        Some(Waiting::Again { at, reason }) => {
            let left = at.saturating_duration_since(Instant::now()).as_secs();
            format!("Tried again in {left} s: {reason}")
        }
        None => {
            let line = progress_line(&job.progress);
            match job.time_left() {
                Some(left) => format!("about {} left · {line}", duration(left.as_secs_f64())),
                None => line,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_players_write_them() {
        assert_eq!(clock(0.0), "0:00");
        assert_eq!(clock(187.9), "3:07");
        assert_eq!(clock(3_765.0), "1:02:45");
        assert_eq!(clock(-4.0), "0:00");
        assert_eq!(clock(f64::NAN), "0:00");
    }

    #[test]
    fn numbers_and_keys_are_easy_to_read() {
        assert_eq!(count(7), "7");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_090_000), "1,090,000");
        let key = |index| Key::from_index(index).unwrap();
        assert_eq!(key_name(key(15)), "Eb minor");
        assert_eq!(key_symbol(key(15)), "Ebm");
        assert_eq!(key_symbol(key(6)), "F#");
    }

    #[test]
    fn a_progress_line_leaves_out_what_is_not_known() {
        assert_eq!(progress_line(&Progress::default()), "");
        assert_eq!(
            progress_line(&Progress::new("Analysing", 2, Some(9)).with_detail("a.mp3")),
            "Analysing 2 of 9, a.mp3"
        );
        assert_eq!(progress_line(&Progress::new("", 2, None).with_detail("a.mp3")), "a.mp3");
    }
}
