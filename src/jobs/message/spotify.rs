//! How a table of the Spotify catalogue was read.

/// Counts of rows, and the first that could not be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpotifySummary {
    pub new: usize,
    /// Known, and said otherwise before.
    pub changed: usize,
    /// Known as they are.
    pub same: usize,
    /// Could not be read.
    pub bad: usize,
    /// The first of those: line and reason.
    pub told: Vec<(u64, String)>,
    pub seconds: f64,
}

impl SpotifySummary {
    /// In one line.
    pub fn line(&self) -> String {
        let mut parts = vec![format!("{} rows new", self.new)];
        for (count, what) in [(self.changed, "changed"), (self.same, "unchanged"), (self.bad, "could not be read")] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join(", ")
    }

    /// With the first rows that could not be read, a line each.
    pub fn text(&self) -> String {
        let mut text = format!("{}, in {:.1} s\n", self.line(), self.seconds);
        for (line, reason) in &self.told {
            text.push_str(&format!("  line {line}: {reason}\n"));
        }
        if self.bad > self.told.len() {
            text.push_str(&format!("  and {} more\n", self.bad - self.told.len()));
        }
        text
    }
}
