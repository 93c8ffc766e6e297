//! The tour: live steps for an audience, each of which asks for what it shows.

use crate::domain::TrackId;
use crate::jobs::message::{JobSpec, PhaseChoice, Subject, TrainingSpec};

use super::{AppCommand, AppState, Effect, JobKind, Screen};

/// A step of the tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TourStep {
    Library,
    Spectrogram,
    Encoding,
    Points,
    Line,
    Neighbours,
    Heard,
    Another,
    Distances,
    Training,
}

impl TourStep {
    pub const ALL: [Self; 10] = [
        Self::Library,
        Self::Spectrogram,
        Self::Encoding,
        Self::Points,
        Self::Line,
        Self::Neighbours,
        Self::Heard,
        Self::Another,
        Self::Distances,
        Self::Training,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Library => "Music, by sound alone",
            Self::Spectrogram => "A track becomes a picture",
            Self::Encoding => "A network keeps what matters",
            Self::Points => "Fourteen moments, fourteen points",
            Self::Line => "A song is a path",
            Self::Neighbours => "What sounds like it",
            Self::Heard => "Hear why",
            Self::Another => "And another style",
            Self::Distances => "What each distance sees",
            Self::Training => "Learning, live",
        }
    }

    /// One line for the audience.
    pub fn about(self) -> &'static str {
        match self {
            Self::Library => {
                "Every point is a track. Nobody told the network what a genre is: what lies together sounds alike."
            }
            Self::Spectrogram => {
                "Time runs to the right, pitch upwards, light is loud. This is all the network ever sees."
            }
            Self::Encoding => {
                "Each row is four seconds of the track, squeezed into a few numbers. Beside it: what can be drawn back from them."
            }
            Self::Points => {
                "Each row is a point that is compared. The square shows which moments of the track are alike."
            }
            Self::Line => "The points in time order, drawn over the map. The light glides with the music.",
            Self::Neighbours => "The nearest of all tracks, found by sound alone.",
            Self::Heard => "The two moments that match best, one after the other.",
            Self::Another => "The same, for a track of another kind.",
            Self::Distances => "A man and his dog walk both paths. Four ways to say how far apart they are.",
            Self::Training => "A fresh network hears this library for one minute. Nothing of it is kept.",
        }
    }
}

/// The tour under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Tour {
    pub step: TourStep,
    /// The track that is shown, and one of another style.
    pub tracks: [Option<TrackId>; 2],
    /// What the window showed before.
    before: (Screen, Option<TrackId>),
    /// The newest notice when the step began: what came later is the step's own trouble.
    notices: u64,
}

/// Asked of the tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresentCommand {
    Start,
    Leave,
    Next,
    Back,
}

/// Whether a step can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    Yes,
    /// On its way.
    Soon,
    /// It will not come; why.
    Never(String),
}

impl AppState {
    pub(super) fn present(&mut self, command: PresentCommand) -> Vec<Effect> {
        let steps = TourStep::ALL;
        let at = self.tour.as_ref().and_then(|tour| steps.iter().position(|step| *step == tour.step));
        match (command, at) {
            (PresentCommand::Start, None) => {
                let tracks = self.tour_tracks();
                let before = (self.session.screen, self.session.selected);
                self.tour = Some(Tour { step: steps[0], tracks, before, notices: 0 });
                self.enter(steps[0])
            }
            (PresentCommand::Leave, Some(_)) => self.leave(),
            (PresentCommand::Next, Some(at)) if at + 1 < steps.len() => self.enter(steps[at + 1]),
            (PresentCommand::Back, Some(at)) if at > 0 => self.enter(steps[at - 1]),
            _ => Vec::new(),
        }
    }

    /// The selected track, or the first of the table, or of the library where a search has emptied the table; and the one of
    /// another genre that lies farthest from it on the map.
    fn tour_tracks(&self) -> [Option<TrackId>; 2] {
        let listed = || self.table.rows.first().copied().or_else(|| self.library.tracks.first().map(|track| track.id));
        let first = self.selected().or_else(listed);
        let Some(track) = first.and_then(|first| self.library.track(first)) else { return [None; 2] };
        let here = self.map.position(track.id);
        let far = |other: TrackId| match (here, self.map.position(other)) {
            (Some(a), Some(b)) => (a[0] - b[0]).hypot(a[1] - b[1]),
            _ => 0.0,
        };
        let others = self.library.tracks.iter().filter(|other| other.id != track.id && other.segments > 0);
        let second = others.max_by(|a, b| {
            let differs = |other: &&std::sync::Arc<crate::domain::Track>| other.tags.genre != track.tags.genre;
            differs(a).cmp(&differs(b)).then(far(a.id).total_cmp(&far(b.id)))
        });
        [first, second.map(|second| second.id)]
    }

    fn leave(&mut self) -> Vec<Effect> {
        let Some(tour) = self.tour.take() else { return Vec::new() };
        let mut effects = self.stop_rehearsal();
        effects.extend(self.apply(AppCommand::Stop));
        effects.extend(self.apply(AppCommand::Explain(None)));
        self.lab.leave_pair();
        if let Some(track) = tour.before.1 {
            effects.extend(self.apply(AppCommand::Select(track)));
        }
        effects.extend(self.apply(AppCommand::Show(tour.before.0)));
        effects
    }

    fn stop_rehearsal(&mut self) -> Vec<Effect> {
        let running = self.jobs.of_kind(&JobKind::Rehearse).map(|(id, _)| id);
        running.map_or_else(Vec::new, |id| self.apply(AppCommand::Cancel(id)))
    }

    /// Asks for all that a step shows.
    fn enter(&mut self, step: TourStep) -> Vec<Effect> {
        let notices = self.notices.newest();
        let Some(tour) = &mut self.tour else { return Vec::new() };
        tour.step = step;
        tour.notices = notices;
        let [first, second] = tour.tracks;
        let mut effects = self.stop_rehearsal();
        let track = if step == TourStep::Another { second } else { first };
        let Some(track) = track else { return effects };
        if step != TourStep::Library && step != TourStep::Training {
            effects.extend(self.apply(AppCommand::Select(track)));
            effects.extend(self.inspect_selected());
            if self.query.results.is_none() && self.jobs.of_kind(&JobKind::Recommend).is_none() {
                effects.extend(self.recommend());
            }
        }
        match step {
            TourStep::Spectrogram | TourStep::Line | TourStep::Another => {
                effects.extend(self.apply(AppCommand::PlayTrack(track)));
            }
            TourStep::Encoding if self.player.track() != Some(track) => {
                effects.extend(self.apply(AppCommand::PlayTrack(track)));
            }
            TourStep::Heard | TourStep::Distances | TourStep::Training => {
                effects.extend(self.apply(AppCommand::Stop));
            }
            _ => {}
        }
        if step == TourStep::Training {
            effects.extend(self.rehearse());
        }
        effects.extend(self.tour_goes_on());
        effects
    }

    /// What a step can ask for only once an answer is there.
    pub(super) fn tour_goes_on(&mut self) -> Vec<Effect> {
        let Some(tour) = &self.tour else { return Vec::new() };
        let Some(results) =
            self.query.results.as_ref().filter(|results| results.seeds.first() == tour.tracks[0].as_ref())
        else {
            return Vec::new();
        };
        let Some(best) = results.items.first().map(|item| item.track) else { return Vec::new() };
        match tour.step {
            TourStep::Heard if self.query.explanation.as_ref().is_none_or(|view| view.target != best) => {
                self.apply(AppCommand::Explain(Some(best)))
            }
            TourStep::Distances if self.lab.pair.as_ref().is_none_or(|pair| pair.target != best) => {
                self.open_pair(best)
            }
            _ => Vec::new(),
        }
    }

    /// A network that is forgotten again: small, so that a minute shows something.
    fn rehearse(&mut self) -> Vec<Effect> {
        let spec = TrainingSpec {
            name: "tour".to_owned(),
            encoding: 64,
            embedding: 64,
            phases: PhaseChoice::One,
            // As many as a minute has room for: the tour ends the run.
            epochs: 5_000,
            patience: 0,
            span: self.settings.span,
            watch: self.tour.as_ref().and_then(|tour| tour.tracks[0]),
            ..TrainingSpec::default()
        };
        self.training.begin(&spec.name);
        let device = self.settings.device;
        self.replace(JobKind::Rehearse, JobSpec::Rehearse { spec: Box::new(spec), device })
    }

    /// What went wrong since the step began.
    pub fn tour_trouble(&self) -> Option<String> {
        self.tour.as_ref().and_then(|tour| self.notices.newer(tour.notices))
    }

    /// Whether the step under way can be seen.
    pub fn tour_ready(&self) -> Ready {
        let Some(tour) = &self.tour else { return Ready::Yes };
        if tour.tracks[0].is_none() {
            return Ready::Never("The library is empty: make the demo library first, under Data.".to_owned());
        }
        let shown = if tour.step == TourStep::Another { tour.tracks[1] } else { tour.tracks[0] };
        if shown.is_none() {
            return Ready::Never("The library has no second track.".to_owned());
        }
        let inspected = self
            .inspect
            .inspection
            .as_ref()
            .is_some_and(|inspection| Some(&inspection.subject) == shown.map(Subject::Track).as_ref());
        let found = self.query.results.as_ref().is_some_and(|results| results.seeds.first() == shown.as_ref());
        let there = match tour.step {
            TourStep::Library => self.map.layout.is_some(),
            TourStep::Spectrogram | TourStep::Encoding | TourStep::Points => inspected,
            TourStep::Line => self.map.layout.is_some() && !self.map.trajectories.is_empty(),
            TourStep::Neighbours => found,
            TourStep::Heard => self.query.explanation.as_ref().is_some_and(|view| view.output.is_some()),
            TourStep::Another => inspected && found,
            TourStep::Distances => self.lab.pair.is_some() && self.lab.measured.is_some(),
            TourStep::Training => !self.training.steps.is_empty(),
        };
        let nothing = self.query.results.as_ref().is_some_and(|results| results.items.is_empty());
        match (there, tour.step) {
            (true, TourStep::Neighbours | TourStep::Another) | (false, TourStep::Heard | TourStep::Distances)
                if nothing =>
            {
                Ready::Never("There is nothing to compare this track with.".to_owned())
            }
            // What is there is shown, whatever else went wrong.
            (true, _) => Ready::Yes,
            (false, step) => match self.tour_trouble() {
                Some(trouble) => Ready::Never(trouble),
                None if step == TourStep::Training && self.jobs.of_kind(&JobKind::Rehearse).is_none() => {
                    Ready::Never("The training did not begin.".to_owned())
                }
                None => Ready::Soon,
            },
        }
    }
}

/// The curve of a loss, thinned to at most `most` means of equal runs of steps.
pub fn thinned(losses: &[f32], most: usize) -> Vec<f32> {
    let run = losses.len().div_ceil(most.max(1)).max(1);
    losses.chunks(run).map(|run| run.iter().sum::<f32>() / run.len() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_thinned_by_means() {
        assert_eq!(thinned(&[1.0, 3.0, 5.0, 7.0, 9.0], 3), [2.0, 6.0, 9.0]);
        assert_eq!(thinned(&[1.0, 3.0], 9), [1.0, 3.0]);
        assert!(thinned(&[], 9).is_empty());
    }
}
