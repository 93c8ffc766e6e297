//! Inspecting: what is sent through which network, and what is drawn and heard of made-up encodings.

use crate::domain::TrackId;
use crate::jobs::message::{DrawSpec, Inspection, JobSpec, SoundFile, SoundSpec, Subject};

use super::player::QueueItem;
use super::{AppState, Effect, JobKind};

/// What the player shows in the place of an artist.
const HEARD_BACK: &str = "heard back from a spectrogram, not a recording";

impl AppState {
    pub(super) fn inspect_selected(&mut self) -> Vec<Effect> {
        let Some(subject) = self.inspected() else { return Vec::new() };
        let Some(model) = self.library.active_model() else { return Vec::new() };
        let shows = |inspection: &Inspection| inspection.subject == subject;
        let current = self.inspect.inspection.as_ref();
        if current.is_some_and(|shown| shows(shown) && shown.model == model.name) {
            return Vec::new();
        }
        let mut effects = self.inspect_job(subject.clone(), None, false);
        // Another model looks at whatever is selected.
        if let Some(model) = self.inspect.beside_model.clone() {
            self.inspect.beside = None;
            effects.extend(self.inspect_job(subject, Some(model), true));
        }
        effects
    }

    fn inspect_job(&mut self, subject: Subject, model: Option<String>, beside: bool) -> Vec<Effect> {
        let (span, device) = (self.settings.span, self.settings.device);
        self.replace(JobKind::Inspect { beside }, JobSpec::Inspect { subject, model, span, device })
    }

    pub(super) fn compare_with(&mut self, track: Option<TrackId>) -> Vec<Effect> {
        self.inspect.beside_track = track;
        self.inspect.beside_model = None;
        self.inspect.beside = None;
        track.map_or_else(Vec::new, |track| self.inspect_job(Subject::Track(track), None, true))
    }

    pub(super) fn compare_model(&mut self, model: Option<String>) -> Vec<Effect> {
        self.inspect.beside_track = None;
        self.inspect.beside = None;
        self.inspect.beside_model.clone_from(&model);
        match (self.inspected(), model) {
            (Some(subject), Some(model)) => self.inspect_job(subject, Some(model), true),
            _ => Vec::new(),
        }
    }

    pub(super) fn read_units(&mut self) -> Vec<Effect> {
        let current = self.library.active_model().map(|model| &model.name);
        if current.is_none() || self.inspect.units.as_ref().map(|units| &units.model) == current {
            return Vec::new();
        }
        let (span, device) = (self.settings.span, self.settings.device);
        self.once(JobKind::Units, JobSpec::ReadUnits { span, device })
    }

    pub(super) fn find_nearest(&mut self, track: TrackId, segment: usize) -> Vec<Effect> {
        self.inspect.nearest = Some((track, segment, Vec::new()));
        self.replace(JobKind::Nearest, JobSpec::Nearest { track, segment })
    }

    /// The encoding of the chosen segment as its shape changes it; `None` while no track is inspected.
    pub fn shaped(&self) -> Option<Vec<f32>> {
        let row = |inspection: &Inspection| {
            let flow = &inspection.flow;
            let row = self.session.segment.saturating_sub(inspection.offset).min(flow.segments.checked_sub(1)?);
            flow.encoding.get(row * flow.encoding_dim..(row + 1) * flow.encoding_dim).map(<[f32]>::to_vec)
        };
        let shown = self.inspect.inspection.as_ref()?;
        let mut encoding = row(shown)?;
        let shape = self.inspect.shape.shape;
        if let Some(other) = self.beside_for_blending().and_then(|inspection| {
            // The same place of its own span: both start at their loudest.
            let flow = &inspection.flow;
            let row = self.session.segment.saturating_sub(shown.offset).min(flow.segments.checked_sub(1)?);
            flow.encoding.get(row * flow.encoding_dim..(row + 1) * flow.encoding_dim)
        }) {
            let towards = shape.towards.clamp(0.0, 1.0);
            encoding
                .iter_mut()
                .zip(other)
                .for_each(|(value, other)| *value = *value * (1.0 - towards) + other * towards);
        }
        if let Some(value) = encoding.get_mut(shape.unit) {
            *value += shape.by;
        }
        Some(encoding)
    }

    /// The track beside, where the same model has looked at it: what an encoding can be moved towards.
    pub fn beside_for_blending(&self) -> Option<&Inspection> {
        let shown = self.inspect.inspection.as_ref()?;
        let beside = self.inspect.beside.as_deref().filter(|_| self.inspect.beside_track.is_some())?;
        (beside.model == shown.model && beside.flow.encoding_dim == shown.flow.encoding_dim).then_some(beside)
    }

    /// Draws the encoding as it is shaped now, unless that was asked already.
    pub(super) fn draw_shape(&mut self) -> Vec<Effect> {
        let Some(encoding) = self.shaped() else { return Vec::new() };
        let Some(model) = self.inspect.inspection.as_ref().map(|shown| shown.model.clone()) else { return Vec::new() };
        if self.inspect.shape.asked.as_ref() == Some(&encoding) {
            return Vec::new();
        }
        self.inspect.shape.asked = Some(encoding.clone());
        let device = self.settings.device;
        self.replace(JobKind::Draw, JobSpec::Draw(DrawSpec { model, encoding, device }))
    }

    pub(super) fn hear(&mut self, sound: SoundSpec) -> Vec<Effect> {
        self.replace(JobKind::Sound, JobSpec::MakeSound(sound))
    }

    pub(super) fn play_sound(&mut self, sound: SoundFile) -> Vec<Effect> {
        let item = QueueItem {
            track: None,
            unseen: None,
            path: sound.path,
            title: sound.title,
            artist: HEARD_BACK.to_owned(),
            duration_s: sound.seconds,
            start_s: 0.0,
            end_s: None,
        };
        self.player.waveform = None;
        self.player.cover = None;
        vec![self.load(item)]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::jobs::message::Flow;
    use crate::state::Shape;

    fn inspection(track: i64, values: [f32; 4]) -> Arc<Inspection> {
        let flow = Flow {
            segments: 2,
            frames: 1,
            bands: 1,
            input: vec![0.0; 2],
            hidden_in: vec![0.0; 2],
            encoding: values.to_vec(),
            hidden_out: vec![0.0; 2],
            reconstruction: vec![0.0; 2],
            embedding: vec![0.0; 2],
            hidden_dims: [1, 1],
            encoding_dim: 2,
            embedding_dim: 1,
            accuracy: vec![1.0; 2],
        };
        Arc::new(Inspection {
            subject: Subject::Track(TrackId(track)),
            model: "m".into(),
            offset: 4 * track as usize,
            flow,
        })
    }

    #[test]
    fn a_shape_is_moved_and_blended() {
        let mut state = AppState::default();
        assert_eq!(state.shaped(), None);
        state.inspect.inspection = Some(inspection(1, [1.0, 2.0, 3.0, 4.0]));
        state.session.segment = 5;
        assert_eq!(state.shaped(), Some(vec![3.0, 4.0]));
        state.inspect.shape.shape = Shape { unit: 1, by: 0.5, towards: 0.5 };
        assert_eq!(state.shaped(), Some(vec![3.0, 4.5]), "there is nothing to move towards yet");
        state.inspect.beside_track = Some(TrackId(2));
        state.inspect.beside = Some(inspection(2, [0.0, 0.0, 5.0, 0.0]));
        assert_eq!(state.shaped(), Some(vec![4.0, 2.5]));
        assert_eq!(state.draw_shape().len(), 1);
        assert!(state.draw_shape().is_empty(), "the same is not asked twice");
        state.inspect.beside_track = None;
        assert_eq!(state.shaped(), Some(vec![3.0, 4.5]), "another model's encoding is another language");
    }
}
