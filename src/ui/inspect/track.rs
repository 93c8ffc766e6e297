//! One track's way through the network, drawn from left to right: the spectrogram of the span with the accuracy of each
//! segment, then the stages of the chosen segment.

use egui::{Align2, Id, Pos2, Rect, RichText, Role, Sense, Stroke, TextStyle, Ui, pos2, vec2};

use crate::render::{ColourMap, Heatmap};
use crate::ui::{panel, theme, widgets};

use super::picture::{self, RowClick};
use super::stages::{Layer, Picture, Stages};

/// Room left of the spectrogram for its frequencies.
const GUTTER: f32 = 50.0;
const TIME_AXIS: f32 = 18.0;
const BARS: f32 = 52.0;
/// Room between two stages, for an arrow.
const BETWEEN: f32 = 22.0;
/// Room over a stage for its name and shape, and under it for its range.
const TITLE: f32 = 36.0;
const FOOT: f32 = 16.0;
/// Room between two lines of stages, for the arrows from the first to the second.
const BETWEEN_LINES: f32 = 18.0;

/// How a track is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub picture: Picture,
    pub map: ColourMap,
    /// Ranges of the four layers, shared by the tracks compared.
    pub ranges: Ranges,
    /// All stages in one line, or in two.
    pub wide: bool,
    /// Height of the spectrogram and of a stage.
    pub spectrogram: f32,
    pub stage: f32,
}

/// The values that take the first and the last colour, by layer.
#[derive(Debug, Clone, Copy)]
pub struct Ranges {
    pub hidden_in: (f32, f32),
    pub encoding: (f32, f32),
    pub hidden_out: (f32, f32),
    pub embedding: (f32, f32),
}

impl Ranges {
    /// Ranges that hold every value of all the tracks, so that equal colours mean equal values.
    pub fn of<'a>(tracks: impl Iterator<Item = &'a Stages> + Clone) -> Self {
        let of = |layer| {
            let ranges = tracks.clone().map(|stages| stages.layer(layer).range());
            ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0.0, 1.0))
        };
        Self {
            hidden_in: of(Layer::HiddenIn),
            encoding: of(Layer::Encoding),
            hidden_out: of(Layer::HiddenOut),
            embedding: of(Layer::Embedding),
        }
    }

    fn get(&self, layer: Layer) -> (f32, f32) {
        match layer {
            Layer::HiddenIn => self.hidden_in,
            Layer::Encoding => self.encoding,
            Layer::HiddenOut => self.hidden_out,
            Layer::Embedding => self.embedding,
        }
    }
}

/// The height that [`show`] takes.
pub fn height(look: &Look) -> f32 {
    let line = TITLE + look.stage + FOOT;
    let stages = if look.wide { line + 22.0 } else { 2.0 * line + BETWEEN_LINES };
    look.spectrogram + BARS + TIME_AXIS + 10.0 + stages
}

/// Draws the track with `row` chosen; `playing_s` is the playhead, where it is this track's. Answers a click on a row.
pub fn show(ui: &mut Ui, id: Id, stages: &Stages, row: usize, playing_s: Option<f64>, look: &Look) -> Option<RowClick> {
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), height(look)), Sense::hover());
    let left = area.left() + GUTTER;
    let span = Rect::from_min_max(pos2(left, area.top()), pos2(area.right(), area.top() + look.spectrogram));
    let bars = Rect::from_min_size(span.left_bottom(), vec2(span.width(), BARS));
    let axis = Rect::from_min_size(bars.left_bottom(), vec2(span.width(), TIME_AXIS));
    let mut click = span_picture(ui, id, span, stages, row, playing_s, look);
    click = accuracy_bars(ui, id, bars, stages, row).or(click);
    picture::time_axis(ui, axis, stages.start_s(), stages.length_s());
    let top = axis.bottom() + 10.0;
    let lines = Rect::from_min_max(pos2(area.left(), top), area.right_bottom());
    stage_row(ui, id, lines, stages, row, look).or(click)
}

fn span_picture(
    ui: &mut Ui,
    id: Id,
    rect: Rect,
    stages: &Stages,
    row: usize,
    playing_s: Option<f64>,
    look: &Look,
) -> Option<RowClick> {
    let matrix = stages.picture(look.picture);
    let heatmap = picture::upright(matrix, look.map, range_of(look.picture));
    let name = format!("{} of {} segments", look.picture.title(), stages.segments());
    let response = picture::spectrogram(ui, id.with("span"), rect, &heatmap, matrix, &name, stages.start_s());
    frequencies(ui, rect, matrix.columns());
    let (from, to) = stages.seconds_of(row);
    let x = |seconds: f64| rect.left() + ((seconds - stages.start_s()) / stages.length_s()) as f32 * rect.width();
    let chosen = Rect::from_x_y_ranges(x(from)..=x(to), rect.y_range());
    picture::outline(ui, chosen.shrink2(vec2(0.0, 1.0)), look.map);
    let end = stages.start_s() + stages.length_s();
    if let Some(seconds) = playing_s.filter(|seconds| (stages.start_s()..=end).contains(seconds)) {
        picture::marker(ui, x(seconds), rect, look.map);
    }
    let pos = response.interact_pointer_pos().filter(|_| response.clicked())?;
    let share = f64::from((pos.x - rect.left()) / rect.width());
    let row = stages.row_at(stages.start_s() + share * stages.length_s());
    Some(RowClick { row, double: response.double_clicked() })
}

fn frequencies(ui: &Ui, rect: Rect, bands: usize) {
    let font = TextStyle::Small.resolve(ui.style());
    let colour = theme::palette(ui).text_weak;
    for (share, label) in picture::frequency_ticks(bands, rect.height()) {
        let y = rect.top() + share * rect.height();
        ui.painter().hline(rect.left() - 4.0..=rect.left() - 1.0, y, Stroke::new(1.0, colour));
        ui.painter().text(pos2(rect.left() - 6.0, y), Align2::RIGHT_CENTER, label, font.clone(), colour);
    }
}

/// One bar per segment, as high as its input and reconstruction agree, over the middle of the segment.
fn accuracy_bars(ui: &mut Ui, id: Id, rect: Rect, stages: &Stages, row: usize) -> Option<RowClick> {
    let worst = (0..stages.segments()).filter_map(|row| stages.accuracy(row)).fold(1.0, f32::min);
    // Bars from 0 would all look full: they start at the ten per cent under the worst one, and the axis says so.
    let floor = ((worst * 10.0 - 0.5).floor() / 10.0).clamp(-1.0, 0.9);
    let font = TextStyle::Small.resolve(ui.style());
    let weak = theme::palette(ui).text_weak;
    let inner = Rect::from_min_max(rect.min + vec2(0.0, 10.0), rect.max - vec2(0.0, 4.0));
    let edge = rect.left() - 6.0;
    ui.painter().text(pos2(edge, inner.top()), Align2::RIGHT_TOP, "100 %", font.clone(), weak);
    let low = format!("{:.0} %", floor * 100.0);
    ui.painter().text(pos2(edge, inner.bottom()), Align2::RIGHT_BOTTOM, low, font.clone(), weak);
    let seconds = rect.width() / stages.length_s() as f32;
    let hop = stages.grid.hop as f32 / crate::domain::FRAMES_PER_SECOND as f32;
    let width = (hop * seconds).max(1.0);
    let mut click = None;
    for index in 0..stages.segments() {
        let Some(accuracy) = stages.accuracy(index) else { continue };
        let middle = (index as f32 * hop + stages.grid.length_s() as f32 / 2.0) * seconds;
        let cell = Rect::from_x_y_ranges(
            rect.left() + middle - width / 2.0..=rect.left() + middle + width / 2.0,
            inner.y_range(),
        );
        let response = ui.interact(cell, id.with(("bar", index)), Sense::click());
        let (from, to) = stages.seconds_of(index);
        let name = format!("Segment {}, {:.1} %", index + 1, accuracy * 100.0);
        widgets::named(&response, Role::Button, || name.clone());
        let share = ((accuracy - floor) / (1.0 - floor)).clamp(0.02, 1.0);
        let mut bar = cell.shrink2(vec2((width * 0.08).min(2.0), 0.0));
        bar.min.y = bar.max.y - share * bar.height();
        let palette = theme::palette(ui);
        let (fill, text) = match index == row {
            true => (palette.accent, palette.on_accent),
            false if response.hovered() || response.has_focus() => (palette.line_strong, palette.text_strong),
            false => (palette.press, palette.text),
        };
        ui.painter().rect_filled(bar, 2.0, fill);
        if width >= 30.0 {
            let label = format!("{:.1}", accuracy * 100.0);
            ui.painter().text(bar.center(), Align2::CENTER_CENTER, label, font.clone(), text);
        }
        if response.clicked() {
            click = Some(RowClick { row: index, double: response.double_clicked() });
        }
        response.on_hover_text(format!(
            "{name}: cosine similarity of input and reconstruction\n{from:.0}–{to:.0} s · click to choose, double-click to hear"
        ));
    }
    click
}

fn stage_row(ui: &mut Ui, id: Id, area: Rect, stages: &Stages, row: usize, look: &Look) -> Option<RowClick> {
    let columns = if look.wide { 6 } else { 3 };
    let width = (area.width() - BETWEEN * (columns - 1) as f32) / columns as f32;
    let line = TITLE + look.stage + FOOT + BETWEEN_LINES;
    // Where each stage's picture lies, by its number from left to right.
    let place = |index: usize| {
        let (column, line_index) = (index % columns, index / columns);
        let left = area.left() + column as f32 * (width + BETWEEN);
        let top = area.top() + line_index as f32 * line + TITLE;
        Rect::from_min_size(pos2(left, top), vec2(width, look.stage))
    };
    image_stage(ui, id, place(0), stages, row, Picture::Input, look);
    let last = if look.picture == Picture::Error { Picture::Error } else { Picture::Reconstruction };
    image_stage(ui, id, place(4), stages, row, last, look);
    let mut click = None;
    let layers = [(1, Layer::HiddenIn), (2, Layer::Encoding), (3, Layer::HiddenOut), (5, Layer::Embedding)];
    for (index, layer) in layers {
        let rect = place(index);
        let range = look.ranges.get(layer);
        let matrix = stages.layer(layer);
        let shape = format!("{} × {}", matrix.rows(), matrix.columns());
        caption(ui, rect, layer.title(), &shape, range, layer.explanation(), id.with(("caption", index)));
        let heatmap = Heatmap::new(matrix).colours(look.map).range(range.0, range.1);
        click = picture::stack(ui, id.with(index), rect, stages, layer, &heatmap, row).or(click);
    }
    connections(ui, &place, look.wide);
    click
}

fn image_stage(ui: &mut Ui, id: Id, rect: Rect, stages: &Stages, row: usize, what: Picture, look: &Look) {
    let matrix = stages.picture(what);
    let range = range_of(what);
    let (from, _) = stages.seconds_of(row);
    let heatmap = picture::upright(matrix, look.map, range).view(picture::segment_view(stages, row));
    let name = format!("{}, segment {}", what.title(), row + 1);
    let shape = format!("{} × {}", stages.grid.frames, matrix.columns());
    caption(ui, rect, what.title(), &shape, range, what.explanation(), id.with(("caption", what)));
    let id = id.with(("image", what));
    picture::spectrogram(ui, id, rect, &heatmap, matrix, &name, stages.start_s());
    let length = stages.grid.length_s();
    let font = TextStyle::Small.resolve(ui.style());
    let label = format!("{from:.0}–{:.0} s", from + length);
    let colour = theme::palette(ui).text_weak;
    ui.painter().text(rect.right_bottom() + vec2(0.0, 2.0), Align2::RIGHT_TOP, label, font, colour);
}

fn caption(ui: &mut Ui, rect: Rect, title: &str, shape: &str, range: (f32, f32), explanation: &str, id: Id) {
    let head = Rect::from_min_max(pos2(rect.left(), rect.top() - TITLE), rect.right_top());
    let body = TextStyle::Body.resolve(ui.style());
    let small = TextStyle::Small.resolve(ui.style());
    let visuals = ui.visuals().clone();
    let painter = ui.painter().with_clip_rect(head.expand(1.0).intersect(ui.clip_rect()));
    painter.text(head.left_top(), Align2::LEFT_TOP, title, body, visuals.strong_text_color());
    let under = head.left_bottom() - vec2(0.0, 4.0);
    painter.text(under, Align2::LEFT_BOTTOM, shape, small.clone(), visuals.weak_text_color());
    let foot = rect.left_bottom() + vec2(0.0, 2.0);
    let range = format!("{:.2} to {:.2}", range.0, range.1);
    ui.painter().text(foot, Align2::LEFT_TOP, range, small, visuals.weak_text_color());
    ui.interact(head, id, Sense::hover()).on_hover_text(explanation);
}

/// Arrows from each stage to the next; the embedding comes from the encoding, not from the reconstruction.
fn connections(ui: &Ui, place: &impl Fn(usize) -> Rect, wide: bool) {
    let across = |from: usize, to: usize| {
        let (from, to) = (place(from).right_center(), place(to).left_center());
        picture::arrow(ui, &[from + vec2(4.0, 0.0), to - vec2(4.0, 0.0)]);
    };
    let (encoding, hidden, embedding) = (place(2), place(3), place(5));
    across(0, 1);
    across(1, 2);
    across(3, 4);
    if wide {
        across(2, 3);
        let y = encoding.bottom() + FOOT + 12.0;
        let (from, to) = (encoding.center().x, embedding.center().x);
        let up = embedding.bottom() + FOOT + 2.0;
        picture::arrow(ui, &[pos2(from, encoding.bottom() + FOOT), pos2(from, y), pos2(to, y), pos2(to, up)]);
        note(ui, pos2((from + to) / 2.0, y), "phase 2");
    } else {
        let y = encoding.bottom() + FOOT + BETWEEN_LINES / 2.0;
        let down = encoding.right() - encoding.width() * 0.25;
        let foot = encoding.bottom() + FOOT;
        picture::arrow(ui, &[pos2(down, foot), pos2(down, embedding.top() - 3.0)]);
        note(ui, pos2(down, embedding.top() - TITLE / 2.0), "phase 2");
        let (from, to) = (encoding.left() + encoding.width() * 0.55, hidden.right() - hidden.width() * 0.25);
        picture::arrow(ui, &[pos2(from, foot), pos2(from, y), pos2(to, y), pos2(to, hidden.top() - 3.0)]);
    }
}

/// A word on a line, on the ground of the screen.
fn note(ui: &Ui, centre: Pos2, text: &str) {
    let font = TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, theme::palette(ui).text_weak);
    let rect = Rect::from_center_size(centre, galley.size());
    ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), 0.0, theme::palette(ui).ground);
    ui.painter().galley(rect.min, galley, theme::palette(ui).text_weak);
}

/// A spectrogram fills 0 to 1; its error rarely passes a half.
fn range_of(picture: Picture) -> (f32, f32) {
    if picture == Picture::Error { (0.0, 0.5) } else { (0.0, 1.0) }
}

/// The title over a track, its accuracy, and a button that plays the chosen segment: whether it was clicked.
pub fn heading(ui: &mut Ui, title: &str, artist: &str, stages: &Stages) -> bool {
    let row = ui.horizontal(|ui| {
        let right = ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let play = widgets::icon_button(ui, widgets::Icon::Play, 28.0, "Play the chosen segment")
                .accessible_name(format!("Play segment of {title}"));
            if let Some(mean) = stages.mean_accuracy() {
                widgets::quiet(ui, format!("{:.1} % reconstructed", mean * 100.0))
                    .on_hover_text("Mean cosine similarity of input and reconstruction");
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(panel::title_text(ui, title)).truncate());
                ui.add(egui::Label::new(RichText::new(artist).weak()).truncate());
            });
            play.clicked()
        });
        right.inner
    });
    row.inner
}
