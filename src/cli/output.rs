//! Results on standard output, progress on standard error.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use crate::domain::Progress;
use crate::jobs::Report;
use crate::jobs::message::{Partial, RESTRICTED, TrainingEvent};

/// Where a command says what it found.
pub(super) struct Output {
    pub json: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json, bar: Mutex::new(None) }
    }

    /// Prints the result: `value` with `--json`, else `text`. A reader that has gone away (`| head`) is no failure.
    pub fn result(&self, value: &Value, text: impl FnOnce() -> String) {
        self.clear();
        let mut line = if self.json { format!("{value:#}") } else { text() };
        if !line.ends_with('\n') {
            line.push('\n');
        }
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    }

    /// Takes the progress bar off the terminal.
    pub fn clear(&self) {
        let mut bar = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(bar) = bar.take() {
            bar.finish_and_clear();
        }
    }

    fn say(&self, text: &str) {
        let bar = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match bar.as_ref() {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }
}

impl Report for Output {
    fn progress(&self, progress: Progress) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let mut slot = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let bar = slot.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        let template = match progress.total {
            Some(total) => {
                bar.set_length(total);
                "{prefix:<22} {wide_bar:.cyan/blue} {pos}/{len}  {eta}  {msg:.dim}"
            }
            None => {
                bar.unset_length();
                "{prefix:<22} {spinner} {pos}  {msg:.dim}"
            }
        };
        // The templates above are constants that parse.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(progress.stage);
        bar.set_message(progress.detail);
        bar.set_position(progress.done);
    }

    fn partial(&self, partial: Partial) {
        match partial {
            Partial::FileFailed(failed) => self.say(&format!("failed: {}: {}", failed.path.display(), failed.reason)),
            Partial::Training(TrainingEvent::Started {
                device,
                training_tracks,
                validation_tracks,
                refused,
                resumed_from,
            }) => {
                let mut text = format!(
                    "training on {device}: {training_tracks} tracks, {validation_tracks} kept aside for validation"
                );
                let restricted = refused.iter().filter(|(_, reason)| reason.starts_with(RESTRICTED)).count();
                if restricted > 0 {
                    text.push_str(&format!(
                        ", {restricted} left out because networks may not learn from them (--include-restricted takes them)"
                    ));
                }
                let refused: Vec<_> = refused.iter().filter(|(_, reason)| !reason.starts_with(RESTRICTED)).collect();
                if !refused.is_empty() {
                    text.push_str(&format!(", {} refused", refused.len()));
                }
                if let Some(epoch) = resumed_from {
                    text.push_str(&format!("; going on from epoch {epoch}"));
                }
                self.say(&text);
                if let Some((track, reason)) = refused.first() {
                    self.say(&format!("the first refused is track {}: {reason}", track.0));
                }
            }
            Partial::Training(TrainingEvent::Epoch { training, validation, best, .. }) => {
                let mut text = format!(
                    "{}, epoch {}: loss {:.5}, accuracy {:.2} %",
                    training.phase.title(),
                    training.epoch,
                    training.loss,
                    training.accuracy * 100.0
                );
                if let Some(validation) = validation {
                    text.push_str(&format!(
                        "; validation loss {:.5}, accuracy {:.2} %",
                        validation.loss,
                        validation.accuracy * 100.0
                    ));
                }
                if best {
                    text.push_str(" (best)");
                }
                self.say(&text);
            }
            Partial::Visit { page, redirect } => {
                self.say(&format!("Register {redirect} at your application, then agree on this page:\n{page}"));
            }
            _ => {}
        }
    }

    fn warning(&self, text: String) {
        self.say(&format!("warning: {text}"));
    }
}
