//! The lab: two curves in a plane, drawn by hand or two real tracks, and what every distance makes of them.

use crate::domain::{Metric, TrackId, Trajectory};
use crate::jobs::message::{ExplainQuery, ExplainSpec, Explanation, JobSpec, PairOutput, Subject};
use crate::similarity::{self, Coupling};

use super::{AppState, Effect, Example, JobKind, Screen};

/// Points of a curve in the plane, in the order in which it is walked.
pub type Curve = Vec<[f32; 2]>;

/// Steps that can be undone.
const UNDO: usize = 100;
/// Points that a curve has at least.
const LEAST: usize = 2;
/// Points that a curve has at most.
const MOST: usize = 40;

/// Asked by the lab.
#[derive(Debug, Clone, PartialEq)]
pub enum LabCommand {
    /// Loads an example.
    Load(Example),
    /// A drag begins: what follows up to the next one is undone in one step.
    Hold,
    /// Moves a point of the query (0) or the target (1).
    Move {
        curve: usize,
        point: usize,
        to: [f32; 2],
    },
    /// Puts a new point before `point`, or at the end.
    Insert {
        curve: usize,
        point: usize,
        at: [f32; 2],
    },
    Remove {
        curve: usize,
        point: usize,
    },
    /// Compares the target with the query instead.
    Swap,
    Undo,
    Redo,
    /// The distance that is drawn.
    Draw(Metric),
    /// Opens the query and this track, projected.
    Open(TrackId),
    /// Back from real tracks to the curves drawn by hand.
    Leave,
}

/// Two real tracks in the lab.
#[derive(Debug, Clone, PartialEq)]
pub struct LabPair {
    pub query: Subject,
    pub target: TrackId,
    /// `None` while it is read.
    pub output: Option<Box<PairOutput>>,
}

/// What the distances make of the two curves, in the direction chosen: query and target are swapped already.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// In the order of [`Metric::SINGLE`].
    pub values: [f32; 4],
    /// All distances between points, and the warping path through them.
    pub explanation: Explanation,
    /// The nearest target point of each query point.
    pub nearest: Vec<usize>,
    pub coupling: Coupling,
}

impl Measured {
    fn of(query: &Trajectory, target: &Trajectory) -> Self {
        let explanation = similarity::explain(query, target);
        Self {
            values: Metric::SINGLE.map(|metric| similarity::distance(metric, query, target)),
            nearest: similarity::nearest_points(&explanation),
            coupling: similarity::coupling(&explanation),
            explanation,
        }
    }

    /// How far a query point is from a target point.
    pub fn between(&self, (query, target): (usize, usize)) -> f32 {
        self.explanation.matrix.get(query * self.explanation.target_segments + target).copied().unwrap_or_default()
    }

    /// The pairs of points that the distance looks at, in order; the means are no points.
    pub fn pairs(&self, metric: Metric) -> Vec<(usize, usize)> {
        match metric {
            Metric::Min => self.nearest.iter().copied().enumerate().collect(),
            Metric::Frechet => self.coupling.pairs.clone(),
            Metric::Dtw => self.explanation.path.clone(),
            Metric::Mean | Metric::Blend => Vec::new(),
        }
    }
}

/// The lab.
#[derive(Debug, Clone)]
pub struct LabView {
    /// Query and target as they were drawn by hand.
    pub curves: [Curve; 2],
    /// The example they come from, while nothing was moved.
    pub example: Option<Example>,
    pub pair: Option<LabPair>,
    /// Whether the target is compared with the query instead.
    pub swapped: bool,
    pub metric: Metric,
    /// `None` while real tracks are read.
    pub measured: Option<Measured>,
    undo: Vec<Step>,
    redo: Vec<Step>,
}

/// What undo brings back.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    curves: [Curve; 2],
    example: Option<Example>,
    swapped: bool,
}

impl Default for LabView {
    fn default() -> Self {
        let example = Example::default();
        let mut view = Self {
            curves: example.curves(),
            example: Some(example),
            pair: None,
            swapped: false,
            metric: Metric::Frechet,
            measured: None,
            undo: Vec::new(),
            redo: Vec::new(),
        };
        view.measure();
        view
    }
}

impl LabView {
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Whether a point can be added to, or taken from, a curve.
    pub fn can_grow(&self, curve: usize) -> bool {
        self.curves[curve].len() < MOST
    }

    pub fn can_shrink(&self, curve: usize) -> bool {
        self.curves[curve].len() > LEAST
    }

    /// The curves shown: the tracks' where two are open, else those drawn by hand. Swapping does not move them.
    pub fn shown(&self) -> Option<[&[[f32; 2]]; 2]> {
        match &self.pair {
            Some(LabPair { output, .. }) => {
                output.as_ref().map(|output| output.positions.each_ref().map(Vec::as_slice))
            }
            None => Some(self.curves.each_ref().map(Vec::as_slice)),
        }
    }

    pub(super) fn take(&mut self, output: PairOutput) {
        if let Some(pair) = &mut self.pair {
            pair.output = Some(Box::new(output));
        }
        self.measure();
    }

    pub(super) fn leave_pair(&mut self) {
        self.pair = None;
        self.measure();
    }

    fn step(&self) -> Step {
        Step { curves: self.curves.clone(), example: self.example, swapped: self.swapped }
    }

    /// Remembers the curves as they are, to come back to.
    fn remember(&mut self) {
        let step = self.step();
        if self.undo.last() != Some(&step) {
            self.undo.push(step);
        }
        if self.undo.len() > UNDO {
            self.undo.remove(0);
        }
        self.redo.clear();
    }

    fn go_back(&mut self, forward: bool) {
        let now = self.step();
        let (from, to) = if forward { (&mut self.redo, &mut self.undo) } else { (&mut self.undo, &mut self.redo) };
        // A drag that moved nothing has left a step that looks like now.
        while from.last() == Some(&now) {
            from.pop();
        }
        if let Some(step) = from.pop() {
            to.push(now);
            Step { curves: self.curves, example: self.example, swapped: self.swapped } = step;
        }
    }

    /// Curves of finite points only reach here, so the measures are those of real trajectories.
    fn measure(&mut self) {
        let trajectories = match &self.pair {
            Some(pair) => pair.output.as_ref().map(|output| [output.query.clone(), output.target.clone()]),
            None => {
                let [query, target] = self.curves.each_ref().map(|curve| Trajectory::new(2, curve.concat()).ok());
                query.zip(target).map(|(query, target)| [query, target])
            }
        };
        self.measured =
            trajectories.map(
                |[query, target]| {
                    if self.swapped { Measured::of(&target, &query) } else { Measured::of(&query, &target) }
                },
            );
    }

    fn edit(&mut self, command: &LabCommand) {
        let finite = |at: &[f32; 2]| at.iter().all(|value| value.is_finite());
        match command {
            LabCommand::Hold => self.remember(),
            LabCommand::Load(example) => {
                self.remember();
                self.curves = example.curves();
                self.example = Some(*example);
                self.swapped = false;
            }
            LabCommand::Move { curve, point, to } if finite(to) => {
                if let Some(place) = self.curves.get_mut(*curve).and_then(|curve| curve.get_mut(*point)) {
                    *place = *to;
                    self.example = None;
                }
            }
            LabCommand::Insert { curve, point, at } if *curve < 2 && finite(at) && self.can_grow(*curve) => {
                self.remember();
                let curve = &mut self.curves[*curve];
                curve.insert((*point).min(curve.len()), *at);
                self.example = None;
            }
            LabCommand::Remove { curve, point }
                if *curve < 2 && self.can_shrink(*curve) && *point < self.curves[*curve].len() =>
            {
                self.remember();
                self.curves[*curve].remove(*point);
                self.example = None;
            }
            LabCommand::Swap => {
                if self.pair.is_none() {
                    self.remember();
                }
                self.swapped = !self.swapped;
            }
            LabCommand::Undo => self.go_back(false),
            LabCommand::Redo => self.go_back(true),
            LabCommand::Draw(metric) => self.metric = *metric,
            _ => {}
        }
        self.measure();
    }
}

impl AppState {
    pub(super) fn lab_command(&mut self, command: LabCommand) -> Vec<Effect> {
        match command {
            LabCommand::Open(target) => self.open_in_lab(target),
            LabCommand::Leave => {
                self.lab.leave_pair();
                Vec::new()
            }
            command => {
                self.lab.edit(&command);
                Vec::new()
            }
        }
    }

    fn open_in_lab(&mut self, target: TrackId) -> Vec<Effect> {
        let mut effects = self.open_pair(target);
        if !effects.is_empty() {
            effects.extend(self.apply(super::AppCommand::Show(Screen::Lab)));
        }
        effects
    }

    /// Reads the query and `target` as curves, whatever screen is shown.
    pub(super) fn open_pair(&mut self, target: TrackId) -> Vec<Effect> {
        let (query, subject) = match (&self.query.file_query, self.explained_query()) {
            (Some(file), _) => (ExplainQuery::File(file.clone()), Subject::File(file.track.path.clone())),
            (None, Some(track)) => (ExplainQuery::Track(track), Subject::Track(track)),
            (None, None) => return Vec::new(),
        };
        self.lab.pair = Some(LabPair { query: subject, target, output: None });
        self.lab.swapped = false;
        self.lab.measure();
        let span = self.settings.span;
        self.replace(JobKind::Pair, JobSpec::Pair(ExplainSpec { query, target, span }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(example: Example) -> [f32; 4] {
        let mut view = LabView::default();
        view.edit(&LabCommand::Load(example));
        view.measured.unwrap().values
    }

    #[test]
    fn each_example_shows_what_it_says() {
        let [mean, min, frechet, dtw] = values(Example::SameMean);
        assert!(mean < 1e-6 && min > 1.0 && frechet > 3.0 && dtw > 1.0);
        let [_, min, frechet, dtw] = values(Example::Backwards);
        assert!(min < 1e-6 && frechet > 5.0 && dtw > 1.0);
        let [mean, min, frechet, _] = values(Example::Outlier);
        assert!(mean < 1.2 && min < 1.5 && frechet > 2.4, "{mean} {min} {frechet}");
        let [_, min, frechet, _] = values(Example::PartOf);
        assert!(min < 1e-6 && frechet > 2.0);
        let [_, _, frechet, _] = values(Example::Slower);
        assert!(frechet < 1.2, "waiting costs little: {frechet}");
        let [mean, _, frechet, _] = values(Example::Alike);
        assert!((mean - 1.4).abs() < 1e-5 && (frechet - 1.4).abs() < 1e-5);
    }

    #[test]
    fn only_min_depends_on_the_direction() {
        let mut view = LabView::default();
        view.edit(&LabCommand::Load(Example::PartOf));
        let before = view.measured.clone().unwrap().values;
        view.edit(&LabCommand::Swap);
        let after = view.measured.clone().unwrap().values;
        assert!(after[1] > before[1] + 0.5);
        for metric in [0, 2, 3] {
            assert!((before[metric] - after[metric]).abs() < 1e-5);
        }
        assert_eq!(
            view.measured.unwrap().nearest.len(),
            view.curves[1].len(),
            "every target point looks for a query point"
        );
    }

    #[test]
    fn a_drag_is_one_step_back() {
        let mut view = LabView::default();
        let start = view.curves.clone();
        view.edit(&LabCommand::Hold);
        for step in 1..5 {
            view.edit(&LabCommand::Move { curve: 0, point: 1, to: [step as f32, 5.0] });
        }
        view.edit(&LabCommand::Insert { curve: 1, point: 99, at: [9.5, 1.0] });
        assert_eq!(view.curves[1].last(), Some(&[9.5, 1.0]));
        view.edit(&LabCommand::Undo);
        assert_eq!(view.curves[0][1], [4.0, 5.0]);
        view.edit(&LabCommand::Undo);
        assert_eq!((&view.curves, view.can_undo()), (&start, false));
        view.edit(&LabCommand::Redo);
        assert_eq!(view.curves[0][1], [4.0, 5.0]);
        assert!(view.can_redo());
    }

    #[test]
    fn a_curve_keeps_two_points_and_takes_no_point_from_nowhere() {
        let mut view = LabView::default();
        for _ in 0..9 {
            view.edit(&LabCommand::Remove { curve: 0, point: 0 });
        }
        assert_eq!(view.curves[0].len(), LEAST);
        let before = view.curves.clone();
        view.edit(&LabCommand::Move { curve: 0, point: 0, to: [f32::NAN, 0.0] });
        view.edit(&LabCommand::Move { curve: 7, point: 0, to: [0.0, 0.0] });
        assert_eq!(view.curves, before);
        for _ in 0..99 {
            view.edit(&LabCommand::Insert { curve: 1, point: 0, at: [0.0, 0.0] });
        }
        assert_eq!(view.curves[1].len(), MOST);
    }
}
