//! Fetching previews: what is asked for, and what came of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::Outcome;
use crate::settings::Addresses;

/// Which tracks of the catalogue are given sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchSpec {
    /// Words that title, artist or album must have; empty for a sample of the whole table.
    pub words: String,
    /// Tracks of the catalogue at most.
    pub limit: usize,
    /// Links to tracks, albums and playlists of Spotify; where there are some, only their tracks are fetched.
    pub links: Vec<String>,
    /// Asks again for what was not found before.
    pub retry: bool,
    pub addresses: Addresses,
}

/// How a run went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Tracks that were looked for in this run, and came to an end.
    pub asked: usize,
    /// What became of them.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// Previews by the name of the service.
    pub by_service: BTreeMap<&'static str, usize>,
    /// Tracks that are still to be asked for, because services want to be left alone.
    pub waiting: usize,
    /// Items of links that are no tracks.
    pub skipped: usize,
    /// Until when services want to be left alone: name, seconds since the Unix epoch.
    pub rests: Vec<(&'static str, i64)>,
    /// What became of all rows so far, over all runs.
    pub all: BTreeMap<Outcome, usize>,
}

impl Coverage {
    pub fn count(&self, outcome: Outcome) -> usize {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// In one line.
    pub fn line(&self) -> String {
        let previews = self.count(Outcome::Preview);
        let mut text = format!("{previews} of {} tracks have a preview", self.asked);
        if self.waiting > 0 {
            text.push_str(&format!("; {} wait for services that want to be left alone", self.waiting));
        }
        text
    }

    /// Outcome by outcome, a line each, as the publication reported its coverage.
    pub fn text(&self, now: i64) -> String {
        let share = |count: usize, of: usize| if of == 0 { 0.0 } else { count as f64 * 100.0 / of as f64 };
        let mut text = format!("{}\n", self.line());
        for (outcome, count) in &self.outcomes {
            text.push_str(&format!("  {count:>7}  {:>5.1} %  {}\n", share(*count, self.asked), outcome.title()));
        }
        for (service, count) in &self.by_service {
            text.push_str(&format!("  {count:>7}  from {service}\n"));
        }
        if self.skipped > 0 {
            text.push_str(&format!("  {:>7}  items of links are no tracks\n", self.skipped));
        }
        for (service, until) in &self.rests {
            text.push_str(&format!("{}\n", resting(service, until - now)));
        }
        let total: usize = self.all.values().sum();
        if total > self.asked {
            let previews = self.all.get(&Outcome::Preview).copied().unwrap_or(0);
            text.push_str(&format!("Over all runs: {previews} of {total} tracks ({:.1} %)\n", share(previews, total)));
        }
        text
    }
}

/// "Deezer wants to be left alone for 2 h 5 min".
pub fn resting(service: &str, seconds: i64) -> String {
    let seconds = seconds.max(0);
    let time = match (seconds / 3_600, seconds % 3_600 / 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    };
    format!("{service} wants to be left alone for {time}; fetch again after that, what is done is kept")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_is_told_in_shares() {
        let coverage = Coverage {
            asked: 200,
            outcomes: [(Outcome::Preview, 150), (Outcome::TooShort, 50)].into(),
            by_service: [("Deezer", 150)].into(),
            waiting: 3,
            rests: vec![("iTunes", 7_600)],
            all: [(Outcome::Preview, 250), (Outcome::Nothing, 150)].into(),
            ..Coverage::default()
        };
        let text = coverage.text(100);
        for part in [
            "150 of 200",
            "75.0 %",
            "25.0 %  are shorter",
            "3 wait",
            "iTunes wants to be left alone for 2 h 5 min",
            "250 of 400",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
