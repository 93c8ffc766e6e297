//! The learning curves: loss and accuracy of both phases, thin by step and bold by epoch.

use egui::{Color32, Ui};
use egui_plot::{Corner, GridInput, GridMark, Legend, Line, MarkerShape, Plot, PlotPoints, Points};

use crate::jobs::message::{CurvePoint, Phase};
use crate::state::TrainingView;
use crate::ui::{panel, theme, widgets};

/// Points of a thin curve at most: more cannot be told apart, and every frame draws them.
const DRAWN: usize = 1_500;

/// Least and greatest height of a plot, which grows with its width.
const HEIGHT: [f32; 2] = [168.0, 300.0];

/// Which number of a point is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Loss,
    Accuracy,
}

impl What {
    fn of(self, point: &CurvePoint) -> f64 {
        match self {
            Self::Loss => f64::from(point.loss),
            Self::Accuracy => f64::from(point.accuracy) * 100.0,
        }
    }
}

/// Draws the curves of the run shown, one card for each phase.
pub fn show(ui: &mut Ui, training: &TrainingView) {
    if training.steps.is_empty() && training.epochs.is_empty() {
        panel::card(ui, |ui| {
            panel::title(ui, "Learning curves");
            widgets::quiet(
                ui,
                "Loss and accuracy are drawn here while a model learns. “Show curves” in the table of models draws those of a \
                 finished one.",
            );
        });
        return;
    }
    for phase in Phase::ALL {
        let curves = Curves::of(training, phase);
        if !curves.is_empty() {
            panel::card(ui, |ui| draw(ui, phase, training.shown.as_deref(), &curves));
        }
    }
}

/// The points of one phase.
struct Curves<'a> {
    steps: Vec<&'a CurvePoint>,
    training: Vec<&'a CurvePoint>,
    validation: Vec<&'a CurvePoint>,
}

impl<'a> Curves<'a> {
    fn of(training: &'a TrainingView, phase: Phase) -> Self {
        let ours = |point: &&CurvePoint| point.phase == phase;
        Self {
            steps: training.steps.iter().filter(ours).collect(),
            training: training.epochs.iter().map(|(training, _)| training).filter(ours).collect(),
            validation: training.epochs.iter().filter_map(|(_, validation)| validation.as_ref()).filter(ours).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.training.is_empty()
    }

    /// Where an epoch stands on the horizontal axis: after its last step, where steps are known.
    fn epoch_x(&self, point: &CurvePoint) -> f64 {
        if self.steps.is_empty() {
            return point.epoch as f64;
        }
        let step = self.training.iter().find(|training| training.epoch == point.epoch).map(|training| training.step);
        step.unwrap_or(point.step) as f64
    }
}

fn draw(ui: &mut Ui, phase: Phase, model: Option<&str>, curves: &Curves) {
    let (loss, accuracy) = match phase {
        Phase::Encoding | Phase::Decoding => ("Loss: mean squared error", "Accuracy: cosine similarity, %"),
        Phase::Embedding => ("Loss: triplet margin", "Accuracy: triplets in order, %"),
        Phase::Contrast => ("Loss: contrast; validation: 1 − reciprocal rank", "Accuracy: same recording nearest, %"),
    };
    ui.horizontal(|ui| {
        ui.label(panel::title_text(ui, phase.title()));
        if let Some(model) = model {
            widgets::quiet(ui, model);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let last = curves.validation.last().or(curves.training.last());
            if let Some(last) = last {
                let which = if curves.validation.is_empty() { "training" } else { "validation" };
                widgets::quiet(
                    ui,
                    format!(
                        "epoch {} · {which} loss {:.5}, accuracy {:.1} %",
                        last.epoch,
                        last.loss,
                        last.accuracy * 100.0
                    ),
                );
            }
        });
    });
    ui.columns(2, |columns| {
        if let [left, right] = columns {
            plot(left, phase, What::Loss, loss, curves);
            plot(right, phase, What::Accuracy, accuracy, curves);
        }
    });
}

fn plot(ui: &mut Ui, phase: Phase, what: What, name: &str, curves: &Curves) {
    widgets::quiet(ui, name);
    let (thin, bold, other) = colours(ui);
    let axis = if curves.steps.is_empty() { "epoch" } else { "step" };
    let mut plot = Plot::new(("curves", phase, what))
        .height((ui.available_width() * 0.3).clamp(HEIGHT[0], HEIGHT[1]))
        .grid_color(theme::palette(ui).line_strong)
        .y_axis_formatter(|mark, _| decimals(mark.value, mark.step_size))
        .x_grid_spacer(|input| marks(input, 6.0))
        .y_grid_spacer(|input| marks(input, 5.0))
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .x_axis_label(axis)
        .show_x(false)
        .label_formatter(move |hover| match hover {
            egui_plot::HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\n{axis} {:.0}: {:.4}", position.x, position.y))
            }
            egui_plot::HoverPosition::Elsewhere { .. } => None,
        });
    // Both plots of a phase show the same three curves: one legend is enough.
    if what == What::Loss {
        let legend = Legend::default().position(Corner::RightTop).text_style(egui::TextStyle::Small);
        plot = plot.legend(legend.follow_insertion_order(true));
    }
    plot.show(ui, |plot| {
        if !curves.steps.is_empty() {
            let points: Vec<[f64; 2]> = thinned(&curves.steps, what);
            plot.line(Line::new("each step", PlotPoints::from(points)).color(thin).width(1.0));
        }
        let epochs = |points: &[&CurvePoint]| -> Vec<[f64; 2]> {
            points.iter().map(|point| [curves.epoch_x(point), what.of(point)]).collect()
        };
        for (label, points, colour, shape) in [
            ("training", epochs(&curves.training), bold, MarkerShape::Circle),
            ("validation", epochs(&curves.validation), other, MarkerShape::Diamond),
        ] {
            if points.is_empty() {
                continue;
            }
            plot.line(Line::new(label, PlotPoints::from(points.clone())).color(colour).width(2.5));
            plot.points(Points::new(label, PlotPoints::from(points)).color(colour).radius(3.5).shape(shape));
        }
    });
}

/// A number with as many decimals as tell it from its neighbours `step` away.
fn decimals(value: f64, step: f64) -> String {
    let digits = (-step.log10().floor()).clamp(0.0, 8.0) as usize;
    format!("{value:.digits$}")
}

/// Grid lines at about `count` round values: steps of 1, 2 or 5 times a power of ten.
fn marks(input: GridInput, count: f64) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let raw = (high - low) / count;
    if !raw.is_finite() || raw <= 0.0 {
        return Vec::new();
    }
    let power = 10.0_f64.powf(raw.log10().floor());
    let step_size = [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|step| *step >= raw);
    let step_size = step_size.unwrap_or(raw);
    let first = (low / step_size).ceil() as i64;
    let last = (high / step_size).floor() as i64;
    (first..=last).map(|index| GridMark { value: index as f64 * step_size, step_size }).collect()
}

/// At most [`DRAWN`] points: means of equal runs of steps.
fn thinned(steps: &[&CurvePoint], what: What) -> Vec<[f64; 2]> {
    let run = steps.len().div_ceil(DRAWN).max(1);
    let mean = |points: &[&CurvePoint]| {
        let count = points.len().max(1) as f64;
        let x = points.iter().map(|point| point.step as f64).sum::<f64>() / count;
        [x, points.iter().map(|point| what.of(point)).sum::<f64>() / count]
    };
    steps.chunks(run).map(mean).collect()
}

/// The colours of single steps, of training and of validation.
fn colours(ui: &Ui) -> (Color32, Color32, Color32) {
    let palette = theme::palette(ui);
    (palette.other, palette.categories[0], palette.categories[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(step: usize) -> CurvePoint {
        CurvePoint { phase: Phase::Encoding, epoch: 1, step, loss: step as f32, accuracy: 0.5 }
    }

    #[test]
    fn long_curves_are_drawn_by_their_means() {
        let points: Vec<CurvePoint> = (1..=4_000).map(point).collect();
        let steps: Vec<&CurvePoint> = points.iter().collect();
        let drawn = thinned(&steps, What::Loss);
        assert!(drawn.len() <= DRAWN && drawn.len() > DRAWN / 2);
        assert_eq!(drawn[0], [2.0, 2.0]);
        assert_eq!(thinned(&steps[..3], What::Loss).len(), 3);
    }

    #[test]
    fn grid_lines_stand_at_round_values() {
        let at = |low, high| {
            let marks = marks(GridInput { bounds: (low, high), base_step_size: 1.0 }, 5.0);
            marks.iter().map(|mark| (mark.value * 1e6).round() / 1e6).collect::<Vec<_>>()
        };
        assert_eq!(at(0.011, 0.104), [0.02, 0.04, 0.06, 0.08, 0.1]);
        assert_eq!(at(56.0, 97.0), [60.0, 70.0, 80.0, 90.0]);
        assert!(at(1.0, 1.0).is_empty());
        assert_eq!(
            (decimals(0.1, 0.02), decimals(0.02, 0.005), decimals(60.0, 10.0)),
            ("0.10".into(), "0.020".into(), "60".into())
        );
    }

    #[test]
    fn a_validation_point_stands_where_its_epoch_ended() {
        let mut view = TrainingView { steps: (1..=20).map(point).collect(), ..TrainingView::default() };
        view.epochs = vec![(point(10), Some(CurvePoint { step: 0, ..point(1) }))];
        let curves = Curves::of(&view, Phase::Encoding);
        assert_eq!(curves.epoch_x(curves.validation[0]), 10.0);
        view.steps.clear();
        let curves = Curves::of(&view, Phase::Encoding);
        assert_eq!(curves.epoch_x(curves.validation[0]), 1.0);
    }
}
