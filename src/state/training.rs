//! Training as the window shows it: the settings of the next run, and the run under way or just finished.

use crate::jobs::message::{
    CurvePoint, Phase, RESTRICTED, ReconstructionSample, TrainingEvent, TrainingOutcome, TrainingSpec,
};

/// Settings, curves and reconstruction.
#[derive(Debug, Clone, Default)]
pub struct TrainingView {
    pub spec: TrainingSpec,
    /// The run whose curves are shown: a model's name.
    pub shown: Option<String>,
    pub device: String,
    pub training_tracks: usize,
    pub validation_tracks: usize,
    pub refused: usize,
    /// Tracks that networks may not learn from.
    pub restricted: usize,
    /// Phase, its epochs and its steps per epoch.
    pub phase: Option<(Phase, usize, usize)>,
    pub steps: Vec<CurvePoint>,
    pub epochs: Vec<(CurvePoint, Option<CurvePoint>)>,
    pub reconstruction: Option<Box<ReconstructionSample>>,
    pub eta: Option<std::time::Duration>,
    pub outcome: Option<Box<TrainingOutcome>>,
}

impl TrainingView {
    /// Forgets the curves shown and shows those of `name` as they come.
    pub(super) fn begin(&mut self, name: &str) {
        *self = Self { spec: self.spec.clone(), shown: Some(name.to_owned()), ..Self::default() };
    }

    pub(super) fn take(&mut self, event: TrainingEvent) {
        match event {
            TrainingEvent::Started { device, training_tracks, validation_tracks, refused, .. } => {
                self.device = device;
                self.training_tracks = training_tracks;
                self.validation_tracks = validation_tracks;
                self.restricted = refused.iter().filter(|(_, reason)| reason.starts_with(RESTRICTED)).count();
                self.refused = refused.len() - self.restricted;
            }
            TrainingEvent::PhaseStarted { phase, epochs, steps_per_epoch } => {
                self.phase = Some((phase, epochs, steps_per_epoch));
            }
            TrainingEvent::Step(point) => self.steps.push(point),
            TrainingEvent::Epoch { training, validation, eta, .. } => {
                self.epochs.push((training, validation));
                self.eta = Some(eta);
            }
            TrainingEvent::Reconstruction(sample) => self.reconstruction = Some(sample),
            TrainingEvent::PhaseFinished { .. } => self.phase = None,
        }
    }

    pub(super) fn finish(&mut self, outcome: TrainingOutcome) {
        self.phase = None;
        self.eta = None;
        self.outcome = Some(Box::new(outcome));
    }
}
