//! Evaluations as the window shows them: the settings of the next one, and those that were made.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::Metric;
use crate::jobs::message::{EvaluateSpec, EvaluationReport, JobSpec};

use super::{AppState, Effect, JobKind};

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

impl AppState {
    /// Earlier evaluations are read when they are looked at first.
    pub(super) fn read_evaluations(&mut self) -> Vec<Effect> {
        if self.evaluation.runs.is_some() || self.jobs.of_kind(&JobKind::Evaluations).is_some() {
            return Vec::new();
        }
        vec![self.launch(JobKind::Evaluations, JobSpec::ReadEvaluations)]
    }

    pub(super) fn start_evaluation(&mut self) -> Vec<Effect> {
        if self.jobs.of_kind(&JobKind::Evaluate).is_some() {
            return Vec::new();
        }
        let spec =
            EvaluateSpec { span: self.settings.span, device: self.settings.device, ..self.evaluation.spec.clone() };
        vec![self.launch(JobKind::Evaluate, JobSpec::Evaluate(Box::new(spec)))]
    }

    /// Writes the evaluation that is shown.
    pub(super) fn save_evaluation(&mut self, folder: PathBuf) -> Vec<Effect> {
        let Some((_, report)) = self.evaluation.shown().cloned() else { return Vec::new() };
        let metric = self.evaluation.metric;
        vec![self.launch(JobKind::WriteEvaluation, JobSpec::WriteEvaluation { report, metric, folder })]
    }
}
