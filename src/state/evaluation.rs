//! Evaluations as the window shows them: the settings of the next one, and those that were made.

use std::sync::Arc;

use crate::domain::Metric;
use crate::jobs::message::{EvaluateSpec, EvaluationReport};

/// Settings and runs.
#[derive(Debug, Clone, Default)]
pub struct EvaluationView {
    pub spec: EvaluateSpec,
    /// The metric of tables with room for one.
    pub metric: Metric,
    /// Every evaluation of the library, oldest first; `None` until they were read.
    pub runs: Option<Vec<(i64, Arc<EvaluationReport>)>>,
    /// The run that is shown; the newest where there is none.
    pub shown: Option<i64>,
}

impl EvaluationView {
    /// The run that is shown.
    pub fn shown(&self) -> Option<&(i64, Arc<EvaluationReport>)> {
        let runs = self.runs.as_deref()?;
        let wanted = self.shown.and_then(|shown| runs.iter().find(|(id, _)| *id == shown));
        wanted.or_else(|| runs.last())
    }

    pub(super) fn add(&mut self, id: i64, report: Arc<EvaluationReport>) {
        // Those that were never read come with the next reading.
        if let Some(runs) = &mut self.runs {
            runs.push((id, report));
        } else {
            self.runs = Some(vec![(id, report)]);
        }
        self.shown = Some(id);
    }
}
