//! The steps of the tour, drawn live from the same state as the window's screens.

use egui::{Align2, FontId, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::domain::{Metric, TrackId};
use crate::jobs::message::ReconstructionSample;
use crate::render::{ColourMap, Heatmap, Matrix, Orientation};
use crate::state::{AppCommand, JobKind, Side, TourStep, thinned};
use crate::ui::inspect::picture;
use crate::ui::inspect::stages::{Layer, Picture};
use crate::ui::theme::{self, TEXT_STAGE, TEXT_TITLE};
use crate::ui::widgets::{clock, count, elide, named};
use crate::ui::{Commands, explore, lab};

use super::{MINUTE, Stage, View};

/// The colours of spectrograms and layers, and those of distances.
const MAP: ColourMap = ColourMap::Magma;
const NEARNESS: ColourMap = ColourMap::Viridis;
/// Points of a curve that an audience can tell apart.
const DRAWN: usize = 400;

/// The watched segment, and what the network gives back of it so far.
pub struct Sample {
    of: (f32, Option<f32>),
    input: Matrix,
    output: Matrix,
}

/// Draws a step that is ready.
pub fn show(ui: &mut Ui, area: Rect, stage: &Stage<'_>, step: TourStep, view: &mut View, commands: &mut Commands) {
    match step {
        TourStep::Library | TourStep::Line => explore::map(ui, area, stage.state, &mut view.map, commands),
        TourStep::Spectrogram => spectrogram(ui, area, stage, view),
        TourStep::Encoding => encoding(ui, area, stage, view),
        TourStep::Points => points(ui, area, stage, view),
        TourStep::Neighbours => neighbours(ui, area, stage, 6, commands),
        TourStep::Heard => heard(ui, area, stage, view, commands),
        TourStep::Another => {
            let (upper, lower) = area.split_top_bottom_at_fraction(0.4);
            spectrogram(ui, upper.with_max_y(upper.bottom() - 16.0 * stage.size), stage, view);
            let (left, right) = lower.split_left_right_at_fraction(0.5);
            neighbours(ui, left.with_max_x(left.right() - 16.0 * stage.size), stage, 4, commands);
            explore::map(ui, right, stage.state, &mut view.map, commands);
        }
        TourStep::Distances => distances(ui, area, stage, view, commands),
        TourStep::Training => training(ui, area, stage, view, commands),
    }
}

/// Draws a heat map with a name.
fn paint(ui: &mut Ui, rect: Rect, name: &str, heatmap: &Heatmap) {
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::hover());
    named(&response, Role::Image, || name.to_owned());
    heatmap.paint(ui, response.id, rect);
}

fn caption(ui: &Ui, stage: &Stage<'_>, at: Pos2, anchor: Align2, text: &str) {
    let colour = theme::palette(ui).text;
    ui.painter().text(at, anchor, text, stage.font(TEXT_TITLE), colour);
}

fn spectrogram(ui: &mut Ui, area: Rect, stage: &Stage<'_>, view: &View) {
    let Some(stages) = &view.stages else { return };
    let line = 34.0 * stage.size;
    let (title, artist) = stage.state.named(&stages.source.subject);
    caption(ui, stage, area.left_top(), Align2::LEFT_TOP, &format!("{title} · {artist}"));
    let rect = area.with_min_y(area.top() + line);
    paint(ui, rect, "Spectrogram", &picture::upright(stages.picture(Picture::Input), MAP, (0.0, 1.0)));
    let seconds = stage.state.player.position_s;
    let share = ((seconds - stages.start_s()) / stages.length_s()) as f32;
    if stage.state.is_loaded(&stages.source.subject) && (0.0..=1.0).contains(&share) {
        picture::marker(ui, rect.left() + share * rect.width(), rect, MAP);
    }
}

/// The row under the playhead; the first one while nothing plays.
fn playing_row(stage: &Stage<'_>, view: &View) -> usize {
    let Some(stages) = &view.stages else { return 0 };
    if stage.state.is_loaded(&stages.source.subject) { stages.row_at(stage.state.player.position_s) } else { 0 }
}

fn stack(ui: &mut Ui, rect: Rect, name: &str, matrix: &Matrix, map: ColourMap, row: usize) {
    let (low, high) = matrix.range();
    paint(ui, rect, name, &Heatmap::new(matrix).colours(map).range(low, high));
    let height = rect.height() / matrix.rows() as f32;
    let top = rect.top() + row as f32 * height;
    picture::outline(ui, Rect::from_x_y_ranges(rect.x_range(), top..=top + height), map);
}

fn encoding(ui: &mut Ui, area: Rect, stage: &Stage<'_>, view: &View) {
    let Some(stages) = &view.stages else { return };
    let row = playing_row(stage, view);
    let gap = 40.0 * stage.size;
    let width = (area.width() - 2.0 * gap) / 3.0;
    let column = |index: usize| {
        let left = area.left() + index as f32 * (width + gap);
        Rect::from_min_max(pos2(left, area.top() + 36.0 * stage.size), pos2(left + width, area.bottom()))
    };
    let segment = picture::segment_view(stages, row);
    let image = |picture: Picture| picture::upright(stages.picture(picture), MAP, (0.0, 1.0)).view(segment);
    let code = stages.layer(Layer::Encoding);
    let values = stages.grid.frames * stages.input.columns();
    let names = [
        format!("Four seconds: {} numbers", count(values)),
        format!("Kept: {} numbers a row", code.columns()),
        stages
            .accuracy(row)
            .map_or_else(|| "Drawn back".to_owned(), |accuracy| format!("Drawn back: {:.0} % alike", accuracy * 100.0)),
    ];
    for (index, name) in names.iter().enumerate() {
        let at = column(index).left_top() - vec2(0.0, 8.0 * stage.size);
        caption(ui, stage, at, Align2::LEFT_BOTTOM, name);
    }
    paint(ui, column(0), "Segment", &image(Picture::Input));
    stack(ui, column(1), "Encoding", code, MAP, row);
    paint(ui, column(2), "Reconstruction", &image(Picture::Reconstruction));
    for index in 0..2 {
        let (from, to) = (column(index).right_center(), column(index + 1).left_center());
        picture::arrow(ui, &[from + vec2(8.0, 0.0), to - vec2(8.0, 0.0)]);
    }
}

fn points(ui: &mut Ui, area: Rect, stage: &Stage<'_>, view: &View) {
    let Some(stages) = &view.stages else { return };
    let row = playing_row(stage, view);
    let line = 36.0 * stage.size;
    let side = (area.height() - line).min(area.width() * 0.4);
    let square = Rect::from_min_size(pos2(area.right() - side, area.top() + line), vec2(side, side));
    let rows = Rect::from_min_max(pos2(area.left(), area.top() + line), pos2(square.left() - line, square.bottom()));
    let embedding = stages.layer(Layer::Embedding);
    let name = format!("{} points of {} dimensions", embedding.rows(), embedding.columns());
    caption(ui, stage, rows.left_top() - vec2(0.0, 8.0 * stage.size), Align2::LEFT_BOTTOM, &name);
    caption(ui, stage, square.left_top() - vec2(0.0, 8.0 * stage.size), Align2::LEFT_BOTTOM, "Which moments are alike");
    stack(ui, rows, "Embedding", embedding, MAP, row);
    stack(ui, square, "Self-similarity", stages.alike(), NEARNESS, row);
}

fn title_of(stage: &Stage<'_>, track: TrackId) -> String {
    stage.state.library.track(track).map_or_else(String::new, |track| format!("{} · {}", track.title(), track.artist()))
}

fn neighbours(ui: &mut Ui, area: Rect, stage: &Stage<'_>, most: usize, commands: &mut Commands) {
    let Some(results) = &stage.state.query.results else { return };
    let palette = theme::palette(ui);
    let height = (area.height() / most as f32).min(96.0 * stage.size);
    for (index, item) in results.items.iter().take(most).enumerate() {
        let rect = Rect::from_min_size(
            area.min + vec2(0.0, index as f32 * height),
            vec2(area.width(), height - 8.0 * stage.size),
        );
        let response = ui.interact(rect, ui.scope_id().with(("neighbour", index)), Sense::click());
        let title = title_of(stage, item.track);
        named(&response, Role::Button, || format!("Play {title}"));
        let playing = stage.state.player.track() == Some(item.track);
        let ground = if playing {
            palette.selected_row
        } else if response.hovered() {
            palette.hover
        } else {
            palette.panel
        };
        ui.painter().rect_filled(rect, 8.0 * stage.size, ground);
        let radius = (height * 0.24).min(20.0 * stage.size);
        let centre = pos2(rect.left() + 2.0 * radius, rect.center().y);
        ui.painter().circle_filled(centre, radius, palette.paths.get(index).copied().unwrap_or(palette.other));
        let font = FontId::proportional(radius * 1.1);
        ui.painter().text(centre, Align2::CENTER_CENTER, index + 1, font, palette.ground);
        let size = (height * 0.3).min(TEXT_STAGE * 1.2 * stage.size);
        let distance = format!("{:.2}", item.distance);
        let number = ui.painter().layout_no_wrap(distance, FontId::monospace(size * 0.8), palette.text_weak);
        let room = rect.width() - 5.0 * radius - number.size().x - 16.0 * stage.size;
        let text = elide(ui, &title, FontId::proportional(size), palette.text_strong, room);
        let left = pos2(centre.x + 2.0 * radius, rect.center().y - text.size().y / 2.0);
        ui.painter().galley(left, text, palette.text_strong);
        let right = pos2(rect.right() - number.size().x - 12.0 * stage.size, rect.center().y - number.size().y / 2.0);
        ui.painter().galley(right, number, palette.text_weak);
        if response.clicked() {
            commands.push(AppCommand::PlayTrack(item.track));
        }
    }
}

fn heard(ui: &mut Ui, area: Rect, stage: &Stage<'_>, view: &mut View, commands: &mut Commands) {
    let Some((target, output)) =
        stage.state.query.explanation.as_ref().and_then(|view| Some((view.target, view.output.as_ref()?)))
    else {
        return;
    };
    // One after the other, by themselves; a click plays either again.
    let length = output.grid.length_s();
    let due = [(0, 0.3, Side::Query), (1, length + 0.9, Side::Target)];
    for (index, second, side) in due {
        if view.sides == index && stage.seconds > second {
            view.sides += 1;
            commands.push(AppCommand::PlaySide(side));
        }
    }
    let palette = theme::palette(ui);
    let explanation = &output.explanation;
    let query = stage.state.explained_query().map_or_else(String::new, |track| title_of(stage, track));
    let best = explanation.best;
    let sides = [
        (Side::Query, query, output.query_offset + best.0, palette.query),
        (Side::Target, title_of(stage, target), output.target_offset + best.1, palette.paths[0]),
    ];
    let (left, right) = area.split_left_right_at_fraction(0.5);
    let height = 130.0 * stage.size;
    for (index, (side, title, segment, colour)) in sides.into_iter().enumerate() {
        let top = left.top() + index as f32 * (height + 20.0 * stage.size) + left.height() * 0.12;
        let rect = Rect::from_min_size(pos2(left.left(), top), vec2(left.width() - 40.0 * stage.size, height));
        let response = ui.interact(rect, ui.scope_id().with(("side", index)), Sense::click());
        named(&response, Role::Button, || format!("Play the moment of {title}"));
        let start = output.grid.start_s(segment);
        let item = stage.state.player.item.as_ref();
        let playing = stage.state.player.is_playing()
            && item.is_some_and(|item| item.start_s == start && title.starts_with(&item.title));
        ui.painter().rect_filled(rect, 10.0 * stage.size, if playing { palette.selected_row } else { palette.panel });
        let bar = Rect::from_min_size(rect.min, vec2(8.0 * stage.size, rect.height()));
        ui.painter().rect_filled(bar, 0.0, colour);
        let at = rect.left_top() + vec2(30.0, 24.0) * stage.size;
        let text = elide(ui, &title, stage.font(TEXT_STAGE), palette.text_strong, rect.width() - 60.0 * stage.size);
        ui.painter().galley(at, text, palette.text_strong);
        let span = format!("{} to {}", clock(start), clock(start + length));
        let at = rect.left_bottom() + vec2(30.0, -24.0) * stage.size;
        ui.painter().text(at, Align2::LEFT_BOTTOM, span, stage.font(TEXT_STAGE), palette.text_weak);
        if response.clicked() {
            view.sides = 2;
            commands.push(AppCommand::PlaySide(side));
        }
    }
    let near: Vec<f32> = explanation.matrix.iter().map(|distance| -distance).collect();
    let id = ui.scope_id().with("pair matrix");
    let known = ui
        .data(|data| data.get_temp::<(TrackId, Matrix)>(id))
        .filter(|(of, _)| *of == target)
        .map(|(_, matrix)| matrix);
    let Some(matrix) = known.or_else(|| Matrix::new(explanation.query_segments, explanation.target_segments, near))
    else {
        return;
    };
    ui.data_mut(|data| data.insert_temp(id, (target, matrix.clone())));
    let cell =
        (right.width() / matrix.columns() as f32).min((right.height() - 40.0 * stage.size) / matrix.rows() as f32);
    let square = Rect::from_min_size(right.min, vec2(cell * matrix.columns() as f32, cell * matrix.rows() as f32));
    let (low, high) = matrix.range();
    paint(ui, square, "Every moment with every moment", &Heatmap::new(&matrix).colours(NEARNESS).range(low, high));
    let corner = square.min + vec2(best.1 as f32, best.0 as f32) * cell;
    let mark = Rect::from_min_size(corner, egui::Vec2::splat(cell));
    ui.painter().rect_stroke(mark, 2.0, Stroke::new(6.0, palette.over_picture_edge), StrokeKind::Middle);
    ui.painter().rect_stroke(mark, 2.0, Stroke::new(3.0, palette.over_picture), StrokeKind::Middle);
    let at = square.left_bottom() + vec2(0.0, 10.0) * stage.size;
    caption(ui, stage, at, Align2::LEFT_TOP, "Every moment of one with every moment of the other: bright is alike");
}

fn distances(ui: &mut Ui, area: Rect, stage: &Stage<'_>, view: &mut View, commands: &mut Commands) {
    let palette = theme::palette(ui);
    let (left, right) = area.split_left_right_at_fraction(0.6);
    let line = 34.0 * stage.size;
    // The figures are those of the lab, in letters for a room.
    lab::curves(ui, left.with_max_y(left.bottom() - line), stage.state, &mut view.lab, 1.4 * stage.size, commands);
    if let Some(output) = stage.state.lab.pair.as_ref().and_then(|pair| pair.output.as_ref()) {
        let text = format!(
            "The plane shows {:.0} % of their spread; the values are of all {} dimensions",
            output.kept * 100.0,
            output.query.dim()
        );
        caption(ui, stage, left.left_bottom(), Align2::LEFT_BOTTOM, &text);
    }
    let Some(measured) = &stage.state.lab.measured else { return };
    let results = stage.state.query.results.as_ref();
    let height = (right.height() / 4.0).min(130.0 * stage.size);
    for (index, metric) in Metric::SINGLE.into_iter().enumerate() {
        let rect = Rect::from_min_size(
            right.min + vec2(0.0, index as f32 * height),
            vec2(right.width(), height - 12.0 * stage.size),
        );
        ui.painter().rect_filled(rect, 8.0 * stage.size, palette.panel);
        let inner = rect.shrink2(vec2(20.0, 14.0) * stage.size);
        let value = format!("{:.2}", measured.values[index]);
        ui.painter().text(
            inner.left_top(),
            Align2::LEFT_TOP,
            metric.title(),
            stage.font(TEXT_STAGE),
            palette.text_strong,
        );
        let font = FontId::monospace(TEXT_STAGE * stage.size);
        ui.painter().text(inner.right_top(), Align2::RIGHT_TOP, value, font, palette.text_strong);
        let nearest = results.and_then(|results| {
            let place = Metric::ALL.iter().position(|other| *other == metric)?;
            results.items.iter().min_by_key(|item| item.ranks[place]).map(|item| item.track)
        });
        let text = nearest.map_or_else(String::new, |track| format!("nearest: {}", title_of(stage, track)));
        let galley = elide(ui, &text, stage.font(TEXT_TITLE), palette.text_weak, inner.width());
        ui.painter().galley(inner.left_bottom() - vec2(0.0, galley.size().y), galley, palette.text_weak);
    }
}

fn training(ui: &mut Ui, area: Rect, stage: &Stage<'_>, view: &mut View, commands: &mut Commands) {
    let palette = theme::palette(ui);
    let running = stage.state.jobs.of_kind(&JobKind::Rehearse).map(|(id, _)| id);
    if let Some(id) = running.filter(|_| stage.seconds > MINUTE) {
        commands.push(AppCommand::Cancel(id));
    }
    let losses: Vec<f32> = stage.state.training.steps.iter().map(|point| point.loss).collect();
    let (Some(first), Some(last)) = (losses.first(), losses.last()) else { return };
    let left = if running.is_some() { (MINUTE - stage.seconds).max(0.0) } else { 0.0 };
    let words = if running.is_some() { format!("{left:.0} s left") } else { "The minute is over".to_owned() };
    let text = format!("{} steps · error {first:.4} at first, {last:.4} now · {words}", losses.len());
    caption(ui, stage, area.left_top(), Align2::LEFT_TOP, &text);
    let body = area.with_min_y(area.top() + 44.0 * stage.size);
    let (upper, lower) = body.split_top_bottom_at_fraction(0.55);
    let plot = upper.with_max_y(upper.bottom() - 20.0 * stage.size);
    let response = ui.interact(plot, ui.scope_id().with("loss"), Sense::hover());
    named(&response, Role::Image, || "The error of the network, step by step".to_owned());
    ui.painter().rect_filled(plot, 8.0 * stage.size, palette.panel);
    let curve = thinned(&losses, DRAWN);
    let highest = curve.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let inner = plot.shrink(20.0 * stage.size);
    let place = |(index, loss): (usize, &f32)| {
        let x = inner.left() + index as f32 / (curve.len().max(2) - 1) as f32 * inner.width();
        pos2(x, inner.bottom() - loss / highest * inner.height())
    };
    let points: Vec<Pos2> = curve.iter().enumerate().map(place).collect();
    ui.painter().add(Shape::line(points, Stroke::new(4.0 * stage.size, palette.accent)));
    if let Some(sample) = stage.state.training.reconstruction.as_deref() {
        refresh(&mut view.sample, sample);
    }
    let Some(sample) = &view.sample else { return };
    let (seen, drawn) = lower.split_left_right_at_fraction(0.5);
    let gap = 12.0 * stage.size;
    for (rect, name, matrix) in [
        (seen.with_max_x(seen.right() - gap), "What it hears", &sample.input),
        (drawn.with_min_x(drawn.left() + gap), "What it can draw of it by now", &sample.output),
    ] {
        caption(ui, stage, rect.left_top(), Align2::LEFT_TOP, name);
        let rect = rect.with_min_y(rect.top() + 34.0 * stage.size);
        paint(ui, rect, name, &Heatmap::new(matrix).colours(MAP).orientation(Orientation::Upright));
    }
}

fn refresh(shown: &mut Option<Sample>, sample: &ReconstructionSample) {
    let of = (sample.accuracy, sample.output.first().copied());
    if shown.as_ref().is_some_and(|shown| shown.of == of) {
        return;
    }
    let matrix = |values: &Vec<f32>| Matrix::new(sample.frames, sample.bands, values.clone());
    if let (Some(input), Some(output)) = (matrix(&sample.input), matrix(&sample.output)) {
        *shown = Some(Sample { of, input, output });
    }
}
