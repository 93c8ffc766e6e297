//! How each distance works, drawn over the curves: the mean segment, the nearest points, the leash, the warping path.

use egui::{Align2, Color32, FontId, Painter, Pos2, Shape, Stroke};

use crate::domain::Metric;
use crate::state::{LabView, Measured};
use crate::ui::theme::{Palette, TEXT_SMALL};

use super::field::Field;

/// What a figure is drawn with.
pub struct Pen<'a> {
    pub painter: &'a Painter,
    pub palette: &'a Palette,
    pub field: Field,
    pub lab: &'a LabView,
    /// How far the walk is, counted in pairs.
    pub walk: f32,
    /// Size of what is drawn beside the lines; 1 in a window.
    pub size: f32,
}

impl Pen<'_> {
    /// The colour of the query's (0) or the target's (1) curve. It stays with the curve when the direction is swapped.
    pub fn colour(&self, curve: usize) -> Color32 {
        if curve == 0 { self.palette.query } else { self.palette.paths[0] }
    }

    /// The colour of the longest leash, unlike that of either curve.
    fn longest(&self) -> Color32 {
        self.palette.paths[2]
    }

    /// Where the points of a measured pair are on the screen: of the one compared first.
    fn ends(&self, curves: [&[[f32; 2]]; 2], pair: (usize, usize)) -> Option<[Pos2; 2]> {
        let (from, to) = if self.lab.swapped { (curves[1], curves[0]) } else { (curves[0], curves[1]) };
        Some([self.field.to_screen(*from.get(pair.0)?), self.field.to_screen(*to.get(pair.1)?)])
    }

    fn line(&self, ends: [Pos2; 2], width: f32, colour: Color32) {
        self.painter.line_segment(ends, Stroke::new(width * self.size, colour));
    }

    fn value(&self, ends: [Pos2; 2], text: String) {
        let middle = ends[0].lerp(ends[1], 0.5);
        let font = FontId::proportional(TEXT_SMALL * self.size);
        let galley = self.painter.layout_no_wrap(text, font, self.palette.text_strong);
        let beside = egui::vec2(8.0, 0.0) * self.size;
        let mut rect = Align2::LEFT_CENTER.anchor_size(middle + beside, galley.size());
        if rect.right() > self.painter.clip_rect().right() {
            rect = Align2::RIGHT_CENTER.anchor_size(middle - beside, galley.size());
        }
        self.painter.rect_filled(rect.expand(3.0), 3.0, self.palette.ground.gamma_multiply(0.85));
        self.painter.galley(rect.min, galley, self.palette.text_strong);
    }
}

/// Draws a curve: faint at its start, full at its end, with an arrow: the direction of time.
pub fn curve(pen: &Pen<'_>, points: &[Pos2], colour: Color32) {
    let last = points.len().saturating_sub(1).max(1) as f32;
    for (index, pair) in points.windows(2).enumerate() {
        let share = (index + 1) as f32 / last;
        pen.line([pair[0], pair[1]], 2.0 + share, colour.gamma_multiply(0.45 + 0.55 * share));
    }
    if let [.., before, end] = points {
        let along = (*end - *before).normalized();
        if along.x.is_finite() && along.length() > 0.5 {
            let (tip, base) = (*end + along * 20.0 * pen.size, *end + along * 9.0 * pen.size);
            let side = along.rot90() * 6.0 * pen.size;
            pen.painter.add(Shape::convex_polygon(vec![tip, base + side, base - side], colour, Stroke::NONE));
        }
    }
}

/// Draws the distance chosen at work.
pub fn draw(pen: &Pen<'_>, curves: [&[[f32; 2]]; 2], measured: &Measured) {
    match pen.lab.metric {
        Metric::Mean | Metric::Blend => mean(pen, curves, measured),
        Metric::Min => nearest(pen, curves, measured),
        Metric::Frechet => leash(pen, curves, measured),
        Metric::Dtw => warp(pen, curves, measured),
    }
}

fn mean(pen: &Pen<'_>, curves: [&[[f32; 2]]; 2], measured: &Measured) {
    let ends = curves.map(|curve| {
        let count = curve.len().max(1) as f32;
        let sum = curve.iter().fold([0.0, 0.0], |sum, point| [sum[0] + point[0], sum[1] + point[1]]);
        pen.field.to_screen([sum[0] / count, sum[1] / count])
    });
    pen.line(ends, 3.0, pen.palette.accent);
    for (index, at) in ends.into_iter().enumerate() {
        pen.painter.circle_filled(at, 10.0 * pen.size, pen.palette.ground);
        pen.painter.circle_filled(at, 8.0 * pen.size, pen.colour(index));
    }
    pen.value(ends, format!("{:.3}", measured.values[0]));
}

fn nearest(pen: &Pen<'_>, curves: [&[[f32; 2]]; 2], measured: &Measured) {
    for pair in measured.pairs(Metric::Min) {
        let Some(ends) = pen.ends(curves, pair) else { continue };
        pen.line(ends, 1.8, pen.palette.accent);
        pen.painter.circle_filled(ends[1], 3.0 * pen.size, pen.palette.accent);
    }
}

fn leash(pen: &Pen<'_>, curves: [&[[f32; 2]]; 2], measured: &Measured) {
    let coupling = &measured.coupling;
    for pair in &coupling.pairs {
        let Some(ends) = pen.ends(curves, *pair) else { continue };
        pen.line(ends, 1.0, pen.palette.text_weak.gamma_multiply(0.6));
    }
    if let Some(pair) = coupling.pairs.get(coupling.longest)
        && let Some(ends) = pen.ends(curves, *pair)
    {
        pen.line(ends, 3.0, pen.longest());
        pen.value(ends, format!("longest {:.3}", measured.values[2]));
    }
    walkers(pen, curves, &coupling.pairs);
}

fn warp(pen: &Pen<'_>, curves: [&[[f32; 2]]; 2], measured: &Measured) {
    for pair in &measured.explanation.path {
        let Some(ends) = pen.ends(curves, *pair) else { continue };
        pen.line(ends, 1.4, pen.palette.accent.gamma_multiply(0.75));
    }
    walkers(pen, curves, &measured.explanation.path);
}

/// The man on one curve and the dog on the other, with the leash between them.
fn walkers(pen: &Pen<'_>, curves: [&[[f32; 2]]; 2], pairs: &[(usize, usize)]) {
    let Some(last) = pairs.len().checked_sub(1) else { return };
    let at = pen.walk.clamp(0.0, last as f32);
    let index = at as usize;
    let (Some(from), Some(to)) = (pen.ends(curves, pairs[index]), pen.ends(curves, pairs[(index + 1).min(last)]))
    else {
        return;
    };
    let rest = at - index as f32;
    let ends = [from[0].lerp(to[0], rest), from[1].lerp(to[1], rest)];
    pen.line(ends, 2.2, pen.palette.text_strong);
    for (which, at) in ends.into_iter().enumerate() {
        let curve = if pen.lab.swapped { 1 - which } else { which };
        pen.painter.circle_filled(at, 11.0 * pen.size, pen.palette.ground);
        pen.painter.circle_filled(at, 8.0 * pen.size, pen.colour(curve));
        pen.painter.circle_stroke(at, 11.0 * pen.size, Stroke::new(2.0 * pen.size, pen.palette.accent));
    }
}
