//! The network by ear: what is left of a track, and what one number of an encoding means.

use std::sync::Arc;

use egui::{Rect, Role, Sense, Slider, Ui, vec2};

use crate::jobs::message::{Drawn, Inspection, SoundSpec, Subject};
use crate::render::{ColourMap, Heatmap, Matrix, Orientation};
use crate::state::{AppCommand, AppState, JobKind, Shape};
use crate::ui::theme::{self, SPACE_M, SPACE_S};
use crate::ui::widgets::{named, quiet, segmented, slider};
use crate::ui::{Commands, panel};

use super::stages::{Layer, Picture, Stages};

/// Height of a picture.
const PICTURE: f32 = 120.0;
/// What of the window's height is not for the two pictures of a card: bars, the player, controls and texts.
const AROUND: f32 = 560.0;

/// What the page remembers.
#[derive(Debug, Default)]
pub struct View {
    /// Whether all of the span is heard, or the chosen segment alone.
    all: bool,
    drawn: Option<(Arc<Drawn>, Matrix)>,
    /// The difference of what is drawn and what the network draws of the segment itself.
    change: Option<Matrix>,
    row: usize,
    segment: Option<Segment>,
}

/// The chosen segment as the network saw it and as it drew it, not mixed with the segments that overlap it.
#[derive(Debug)]
struct Segment {
    of: (Arc<Inspection>, usize),
    pictures: [Matrix; 2],
}

impl Segment {
    fn new(stages: &Stages, row: usize) -> Option<Self> {
        let picture = |picture| {
            let values = stages.segment_values(picture, row).to_vec();
            Matrix::new(stages.grid.frames, stages.input.columns(), values)
        };
        let pictures = [picture(Picture::Input)?, picture(Picture::Reconstruction)?];
        Some(Self { of: (stages.source.clone(), row), pictures })
    }
}

/// Draws the page with `row` chosen.
pub fn show(
    ui: &mut Ui,
    state: &AppState,
    view: &mut View,
    stages: &Stages,
    row: usize,
    map: ColourMap,
    commands: &mut Commands,
) {
    ui.spacing_mut().item_spacing.x = SPACE_M;
    ui.columns(2, |columns| {
        let [left, right] = columns else { return };
        left.spacing_mut().item_spacing.x = SPACE_S;
        right.spacing_mut().item_spacing.x = SPACE_S;
        // Columns justify their text; prose is set ragged.
        let ragged = egui::Layout::top_down(egui::Align::Min);
        left.with_layout(ragged, |ui| panel::card(ui, |ui| kept(ui, state, view, stages, row, map, commands)));
        right.with_layout(ragged, |ui| panel::card(ui, |ui| shaped(ui, state, view, stages, row, map, commands)));
    });
}

/// What is heard of a picture of the span, or of one segment of it.
fn sound_of(stages: &Stages, picture: Picture, row: usize, all: bool, title: String) -> AppCommand {
    let matrix = stages.picture(picture);
    let (frames, values) = match all {
        true => (matrix.rows(), matrix.values().to_vec()),
        false => (stages.grid.frames, stages.segment_values(picture, row).to_vec()),
    };
    AppCommand::Hear(Box::new(SoundSpec { title, frames, bands: matrix.columns(), values }))
}

fn kept(
    ui: &mut Ui,
    state: &AppState,
    view: &mut View,
    stages: &Stages,
    row: usize,
    map: ColourMap,
    commands: &mut Commands,
) {
    panel::title(ui, "What is left to hear");
    let options = [
        (false, "This segment", "The four seconds chosen above"),
        (true, "All of it", "The whole span shown under Flow"),
    ];
    if let Some(all) = segmented(ui, view.all, &options) {
        view.all = all;
    }
    let (title, _) = state.named(&stages.source.subject);
    let id = match stages.source.subject {
        Subject::Track(id) => Some(id),
        Subject::File(_) => None,
    };
    ui.add_space(SPACE_S);
    let busy = state.jobs.of_kind(&JobKind::Sound).is_some();
    if view.segment.as_ref().is_none_or(|known| !Arc::ptr_eq(&known.of.0, &stages.source) || known.of.1 != row) {
        view.segment = Segment::new(stages, row);
    }
    let shown = |picture: Picture| {
        let own = view.segment.as_ref().map(|own| &own.pictures[usize::from(picture == Picture::Reconstruction)]);
        let matrix = own.filter(|_| !view.all).unwrap_or(stages.picture(picture));
        super::picture::upright(matrix, map, (0.0, 1.0))
    };
    for (name, about, picture) in [
        ("Original", "The recording itself.", None),
        (
            "Input, heard back",
            "Made of the spectrogram alone: what mel bands and lost phases cost before any network has worked.",
            Some(Picture::Input),
        ),
        (
            "Reconstruction, heard back",
            "Made of what the network drew from its encoding.",
            Some(Picture::Reconstruction),
        ),
    ] {
        ui.horizontal(|ui| {
            let button = ui.add_enabled(!busy || picture.is_none(), egui::Button::new(name));
            named(&button, Role::Button, || format!("Hear: {name}"));
            if button.clicked() {
                commands.push(match (picture, view.all, id) {
                    (Some(picture), all, _) => sound_of(stages, picture, row, all, format!("{title} ({name})")),
                    (None, true, Some(id)) => AppCommand::PlayTrack(id),
                    (None, _, id) => AppCommand::PlaySegment(id, stages.segment_of(row)),
                });
            }
            if busy && picture.is_some() {
                ui.spinner();
            }
        });
        quiet(ui, about);
        if let Some(picture) = picture {
            image(ui, name, &shown(picture));
        }
        ui.add_space(SPACE_S);
    }
    quiet(
        ui,
        "Heard back: bands spread over frequencies as their filters allow, phases found in 48 rounds of Griffin-Lim. Loudness and \
         stereo are not in the picture.",
    );
}

fn image(ui: &mut Ui, name: &str, heatmap: &Heatmap) -> Rect {
    let height = ((ui.ctx().content_rect().height() - AROUND) / 2.0).max(PICTURE);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    named(&response, Role::Image, || format!("Picture: {name}"));
    heatmap.paint(ui, response.id, rect);
    rect
}

fn shaped(
    ui: &mut Ui,
    state: &AppState,
    view: &mut View,
    stages: &Stages,
    row: usize,
    map: ColourMap,
    commands: &mut Commands,
) {
    panel::title(ui, "Move what is kept");
    quiet(ui, "The encoding of this segment, changed by hand: the network draws what it then stands for.");
    if state.shaped() != state.inspect.shape.asked {
        commands.push(AppCommand::DrawShape);
    }
    let now = state.inspect.shape.shape;
    let mut shape = now;
    let encoding = stages.layer(Layer::Encoding);
    let last = encoding.columns().saturating_sub(1);
    shape.unit = shape.unit.min(last);
    // As far as the encodings of this track reach, and once more.
    let values = (0..encoding.rows()).filter_map(|row| encoding.value(row, shape.unit));
    let (low, high) = values.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let (whole_low, whole_high) = encoding.range();
    let reach = (2.0 * (high - low)).max(0.5 * (whole_high - whole_low)).max(1e-3);
    let row_of = |ui: &mut Ui, name: &str, value: String, add: Slider<'_>| {
        ui.horizontal(|ui| {
            ui.allocate_ui(vec2(150.0, theme::CONTROL_HEIGHT), |ui| {
                ui.set_min_width(150.0);
                ui.label(name);
            });
            slider(ui, add.show_value(false)).accessible_name(name);
            ui.monospace(value);
        });
    };
    let text = format!("{} of {}", shape.unit + 1, last + 1);
    row_of(ui, "Number of the code", text, Slider::new(&mut shape.unit, 0..=last));
    row_of(ui, "Moved by", format!("{:+.2}", shape.by), Slider::new(&mut shape.by, -reach..=reach));
    let other = state.beside_for_blending().map(|beside| state.named(&beside.subject).0);
    match &other {
        Some(other) => {
            row_of(ui, "On the way", format!("{:.2}", shape.towards), Slider::new(&mut shape.towards, 0.0..=1.0));
            quiet(ui, format!("0 is this segment, 1 the same place of {other}."));
        }
        None => {
            quiet(ui, "Choose a track under “Compare with…” above to walk from this segment to one of that track.");
        }
    }
    if shape != now {
        commands.push(AppCommand::SetShape(shape));
    }
    ui.add_space(SPACE_S);
    let Some(drawn) = state.inspect.shape.drawn.as_ref() else {
        quiet(ui, "Drawing…");
        return;
    };
    refresh(view, stages, row, drawn);
    let Some((_, picture)) = &view.drawn else { return };
    quiet(ui, "What it draws");
    image(ui, "what the changed encoding draws", &super::picture::upright(picture, map, (0.0, 1.0)));
    if let Some(change) = &view.change {
        let (low, high) = change.range();
        let reach = low.abs().max(high.abs()).max(1e-3);
        quiet(
            ui,
            format!("What changed against the untouched reconstruction: dark is less, light is more, up to {reach:.3}"),
        );
        let heatmap = Heatmap::new(change).colours(map).range(-reach, reach).orientation(Orientation::Upright);
        image(ui, "what changed", &heatmap);
    }
    ui.add_space(SPACE_S);
    ui.horizontal(|ui| {
        let busy = state.jobs.of_kind(&JobKind::Sound).is_some();
        let button = ui.add_enabled(!busy, egui::Button::new("Hear it"));
        named(&button, Role::Button, || "Hear the changed encoding".to_owned());
        if button.clicked() {
            commands.push(AppCommand::Hear(Box::new(SoundSpec {
                title: "A changed encoding".to_owned(),
                frames: drawn.frames,
                bands: drawn.bands,
                values: drawn.values.clone(),
            })));
        }
        let reset = ui.add_enabled(now != Shape { unit: now.unit, ..Shape::default() }, egui::Button::new("Reset"));
        if reset.clicked() {
            commands.push(AppCommand::SetShape(Shape { unit: now.unit, ..Shape::default() }));
        }
        if busy {
            ui.spinner();
        }
    });
}

/// Makes the pictures anew where something else was drawn.
fn refresh(view: &mut View, stages: &Stages, row: usize, drawn: &Arc<Drawn>) {
    if view.row == row && view.drawn.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, drawn)) {
        return;
    }
    view.row = row;
    let before = stages.segment_values(Picture::Reconstruction, row);
    let change: Vec<f32> = drawn.values.iter().zip(before).map(|(now, before)| now - before).collect();
    view.change = Matrix::new(drawn.frames, drawn.bands, change);
    let picture = Matrix::new(drawn.frames, drawn.bands, drawn.values.clone());
    view.drawn = picture.map(|picture| (drawn.clone(), picture));
}
