//! Studies of sizes as the window shows them: the settings of the next one, and those that were made.

use std::path::PathBuf;
use std::sync::Arc;

use crate::jobs::message::{JobSpec, Study, StudySpec};

use super::{AppState, Effect, JobKind};

/// Settings and runs.
#[derive(Debug, Clone, Default)]
pub struct StudyView {
    pub spec: StudySpec,
    /// Every study of the library, oldest first; `None` until they were read.
    pub runs: Option<Vec<(i64, Arc<Study>)>>,
    /// The run that is shown; the newest where there is none.
    pub shown: Option<i64>,
    /// The run beside it.
    pub beside: Option<i64>,
    /// The study under way, with what is trained by now.
    pub under_way: Option<Arc<Study>>,
}

impl StudyView {
    fn run(&self, wanted: i64) -> Option<&(i64, Arc<Study>)> {
        self.runs.iter().flatten().find(|(id, _)| *id == wanted)
    }

    /// The run that is shown.
    pub fn shown(&self) -> Option<&(i64, Arc<Study>)> {
        self.shown.and_then(|shown| self.run(shown)).or_else(|| self.runs.as_deref()?.last())
    }

    /// The run beside it.
    pub fn beside(&self) -> Option<&(i64, Arc<Study>)> {
        let shown = self.shown().map(|(id, _)| *id);
        self.beside.filter(|beside| Some(*beside) != shown).and_then(|beside| self.run(beside))
    }

    pub(super) fn add(&mut self, id: i64, study: Arc<Study>) {
        self.runs.get_or_insert_default().push((id, study));
        self.shown = Some(id);
        self.under_way = None;
    }
}

impl AppState {
    /// Earlier studies are read when they are looked at first.
    pub(super) fn read_studies(&mut self) -> Vec<Effect> {
        if self.study.runs.is_some() {
            return Vec::new();
        }
        self.once(JobKind::ReadStudies, JobSpec::ReadStudies)
    }

    pub(super) fn start_study(&mut self) -> Vec<Effect> {
        let spec = StudySpec { span: self.settings.span, device: self.settings.device, ..self.study.spec.clone() };
        self.study.under_way = None;
        self.once(JobKind::Study, JobSpec::Study(Box::new(spec)))
    }

    /// Writes the study that is shown.
    pub(super) fn save_study(&mut self, folder: PathBuf) -> Vec<Effect> {
        let Some((_, study)) = self.study.shown().cloned() else { return Vec::new() };
        vec![self.launch(JobKind::WriteStudy, JobSpec::WriteStudy { study, folder })]
    }
}
