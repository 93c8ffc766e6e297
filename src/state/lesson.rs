//! Weights of the blend that were learnt from ratings: taken into use, and taken back.

use crate::jobs::message::{JobSpec, Lessons};
use crate::settings::{LearntBlend, Settings};

use super::{AppState, Effect, JobKind};

impl AppState {
    /// Learns from all ratings, beside the weights in use, or those from before where learnt ones are in use.
    pub(super) fn learn_blend(&mut self) -> Vec<Effect> {
        let before = self.settings.learnt.as_ref().map_or(self.settings.blend, |learnt| learnt.before);
        self.listening.lessons = None;
        self.once(JobKind::LearnBlend, JobSpec::LearnBlend { before })
    }

    pub(super) fn use_learnt_blend(&mut self) -> Vec<Effect> {
        let Some(Lessons::Learnt(lesson)) = self.listening.lessons.as_deref() else { return Vec::new() };
        // Learning once more does not make what was learnt before the state to go back to.
        let before = self.settings.learnt.as_ref().map_or(self.settings.blend, |learnt| learnt.before);
        let learnt = LearntBlend { model: lesson.model.clone(), ratings: lesson.ratings, before };
        let settings = Settings { blend: lesson.weights, learnt: Some(learnt), ..self.settings.clone() };
        self.change_settings(settings)
    }

    pub(super) fn forget_learnt_blend(&mut self) -> Vec<Effect> {
        let Some(learnt) = self.settings.learnt.clone() else { return Vec::new() };
        self.change_settings(Settings { blend: learnt.before, learnt: None, ..self.settings.clone() })
    }
}
