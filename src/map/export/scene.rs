//! What is drawn of a map, and where.

use std::collections::HashMap;

use super::palette::{GROUPS, OTHER, Rgb};

/// A track on the drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnPoint {
    /// Map coordinates.
    pub at: [f32; 2],
    /// What the point is coloured by: a genre, an artist, a cluster. Empty is no group.
    pub group: String,
    /// Shown where the pointer rests, in the formats that can.
    pub name: String,
    /// Placed rather than laid out: drawn fainter.
    pub approximate: bool,
}

/// A trajectory on the drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnLine {
    /// Map coordinates, in the order of time.
    pub points: Vec<[f32; 2]>,
    pub colour: Rgb,
}

/// A map with what belongs around it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawing {
    pub title: String,
    pub points: Vec<DrawnPoint>,
    pub lines: Vec<DrawnLine>,
}

/// Size and colours of a drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// Radius of a point in pixels.
    pub radius: f32,
    pub background: Rgb,
    pub ink: Rgb,
    /// Colours of the groups, the largest group first; further groups are drawn in `other`.
    pub groups: Vec<Rgb>,
    pub other: Rgb,
}

impl Look {
    /// Light on dark.
    pub fn dark() -> Self {
        Self { background: [0x12, 0x14, 0x1A], ink: [0xE6, 0xE8, 0xEC], ..Self::light() }
    }

    /// Dark on light.
    pub fn light() -> Self {
        Self {
            width: 1_600,
            height: 1_200,
            radius: 5.0,
            background: [0xFF, 0xFF, 0xFF],
            ink: [0x1A, 0x1C, 0x22],
            groups: GROUPS.to_vec(),
            other: OTHER,
        }
    }
}

/// A row of the legend.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LegendRow {
    pub label: String,
    pub colour: Rgb,
    pub count: usize,
}

/// The colour of each point's group, and the legend: groups by falling size, those of one size by name; what has no
/// colour of its own comes last, together.
pub(super) fn coloured(drawing: &Drawing, look: &Look) -> (Vec<Rgb>, Vec<LegendRow>) {
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    drawing.points.iter().for_each(|point| *sizes.entry(&point.group).or_default() += 1);
    let mut named: Vec<(&str, usize)> = sizes.into_iter().filter(|(group, _)| !group.is_empty()).collect();
    named.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let colours: HashMap<&str, Rgb> =
        named.iter().zip(&look.groups).map(|((group, _), colour)| (*group, *colour)).collect();
    let of_points: Vec<Rgb> =
        drawing.points.iter().map(|point| colours.get(point.group.as_str()).copied().unwrap_or(look.other)).collect();
    let mut legend: Vec<LegendRow> = named
        .iter()
        .zip(&look.groups)
        .map(|((group, count), colour)| LegendRow { label: (*group).to_owned(), colour: *colour, count: *count })
        .collect();
    let rest = drawing.points.len() - legend.iter().map(|row| row.count).sum::<usize>();
    if rest > 0 && !legend.is_empty() {
        legend.push(LegendRow { label: "Other".to_owned(), colour: look.other, count: rest });
    }
    (of_points, legend)
}

/// From map coordinates to pixels, y upwards, both axes in one scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    scale: f32,
    map_centre: [f32; 2],
    centre: [f32; 2],
}

impl Frame {
    /// Fits all of the drawing into the area from `left`, `top` to the other edges less the margin.
    pub fn new(drawing: &Drawing, look: &Look, left: f32, top: f32) -> Self {
        let margin = 2.0 * look.radius + 16.0;
        let all = drawing
            .points
            .iter()
            .map(|point| point.at)
            .chain(drawing.lines.iter().flat_map(|line| line.points.iter().copied()));
        let mut low = [f32::INFINITY; 2];
        let mut high = [f32::NEG_INFINITY; 2];
        for at in all.filter(|at| at.iter().all(|value| value.is_finite())) {
            low = [low[0].min(at[0]), low[1].min(at[1])];
            high = [high[0].max(at[0]), high[1].max(at[1])];
        }
        let (width, height) = (look.width as f32 - left, look.height as f32 - top);
        let room = [(width - 2.0 * margin).max(1.0), (height - 2.0 * margin).max(1.0)];
        let centre = [left + width / 2.0, top + height / 2.0];
        if low[0] > high[0] {
            return Self { scale: 1.0, map_centre: [0.0; 2], centre };
        }
        let scale = (room[0] / (high[0] - low[0])).min(room[1] / (high[1] - low[1]));
        // One place alone has no size: it lies in the middle at any scale.
        let scale = if scale.is_finite() { scale } else { 1.0 };
        Self { scale, map_centre: [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0], centre }
    }

    pub fn pixel(&self, at: [f32; 2]) -> [f32; 2] {
        [
            self.centre[0] + (at[0] - self.map_centre[0]) * self.scale,
            self.centre[1] - (at[1] - self.map_centre[1]) * self.scale,
        ]
    }
}
