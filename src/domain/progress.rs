//! How far a piece of long work is.

/// One report of progress. Reports may be dropped or merged on the way; the last one counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Steps finished.
    pub done: u64,
    /// Steps in all, once known.
    pub total: Option<u64>,
    /// What the work is doing now, for people: "Analysing", "Phase 1".
    pub stage: String,
    /// The item in hand, for people: a file name, an epoch.
    pub detail: String,
}

impl Progress {
    /// A report of `done` of `total` steps of `stage`.
    pub fn new(stage: impl Into<String>, done: u64, total: Option<u64>) -> Self {
        Self { done, total, stage: stage.into(), detail: String::new() }
    }

    /// Names the item in hand.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The finished share, 0 to 1, where the total is known and not zero.
    pub fn fraction(&self) -> Option<f32> {
        self.total.filter(|total| *total > 0).map(|total| (self.done as f32 / total as f32).clamp(0.0, 1.0))
    }
}
