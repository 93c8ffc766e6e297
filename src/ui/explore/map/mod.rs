//! The map of the library: its tools, its caption, and what is shown while there is no map.

mod audition;
mod camera;
mod canvas;
mod discs;
mod field;
mod gather;
mod legend;
mod paths;
mod points;
mod regions;
mod titles;

use std::collections::BTreeSet;

use egui::{
    Align, Align2, Area, ComboBox, DragValue, Frame, Id, Layout, Margin, Order, Popup, PopupCloseBehavior, Rect,
    Response, RichText, Role, Ui, UiBuilder, vec2,
};

use crate::domain::{Span, TrackId};
use crate::jobs::message::{MapLayout, MapSettings};
use crate::settings::Settings;
use crate::state::{AppCommand, AppState, ColourBy, Dialog, JobKind, Screen};
use crate::ui::Commands;
use crate::ui::theme::{self, SPACE_M, SPACE_S, SPACE_XS, TEXT_TITLE};
use crate::ui::widgets::{Icon, count, icon_button, icon_toggle, named, primary, progress_bar, progress_line, quiet};

use self::audition::{Ask, Audition};
use self::camera::{Bounds, Camera};
use self::discs::Discs;
use self::field::Field;
use self::gather::{Gathering, Shaped};
use self::points::Points;

/// Height of the tools above the map.
const TOOLS: f32 = 44.0;
/// Height of the caption below it.
const CAPTION: f32 = 24.0;

/// Width of a map whose tools have no room for all their names.
const NARROW: f32 = 640.0;

/// Width of a map whose tools go into a menu in part.
const NARROWEST: f32 = 500.0;

/// What can be drawn around tracks to mark them.
const SHAPES: [(Icon, Shaped, &str, &str); 2] = [
    (Icon::Lasso, Shaped::Lasso, "Mark with a lasso", "Mark what a drag goes round; without the tool, drag with Shift"),
    (Icon::Frame, Shaped::Box, "Mark with a box", "Mark what a box holds; without the tool, drag with Ctrl"),
];

/// What the map remembers.
#[derive(Default)]
pub struct View {
    camera: Camera,
    points: Points,
    discs: Discs,
    field: Field,
    audition: Audition,
    /// Categories that were clicked in the legend: the others are dimmed. Empty: none is.
    focus: BTreeSet<String>,
    coloured_by: Option<ColourBy>,
    /// What a drag draws around tracks to mark them, instead of moving the map.
    tool: Option<Shaped>,
    gathering: Option<Gathering>,
    /// The track whose menu was asked for last.
    menu: Option<TrackId>,
    /// Settings of the next layout, while they are chosen.
    draft: Option<MapSettings>,
}

/// Draws the map. `hovered` is the track under the pointer elsewhere, or takes the one under the pointer here.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, hovered: &mut Option<TrackId>, commands: &mut Commands) {
    let rect = ui.max_rect();
    view.points.refresh(state);
    if view.coloured_by.replace(state.session.colour_by) != Some(state.session.colour_by) {
        view.focus.clear();
    }
    let (top, rest) = rect.split_top_bottom_at_y(rect.top() + TOOLS);
    if view.points.list.is_empty() {
        nothing(ui, rect, state, commands);
        return;
    }
    let (middle, bottom) = rest.split_top_bottom_at_y(rest.bottom() - CAPTION);
    let middle = legend::show(ui, middle, view, commands);
    if view.camera.following {
        view.camera.fit(view.points.bounds, middle);
    }
    strip(ui, top, |ui| tools(ui, middle, state, view, commands));
    canvas::show(ui, middle, state, view, hovered, commands);
    strip(ui, bottom, |ui| caption(ui, state));
    if state.map.making.is_some() {
        making(ui, middle, state, commands);
    }
}

/// Draws all of the map into `rect`, and nothing beside it.
pub fn bare(
    ui: &mut Ui,
    rect: Rect,
    state: &AppState,
    view: &mut View,
    hovered: &mut Option<TrackId>,
    commands: &mut Commands,
) {
    view.points.refresh(state);
    if view.points.list.is_empty() {
        return;
    }
    if view.camera.following {
        view.camera.fit(view.points.bounds, rect);
    }
    canvas::show(ui, rect, state, view, hovered, commands);
}

/// One line of controls in `rect`.
fn strip(ui: &mut Ui, rect: Rect, add: impl FnOnce(&mut Ui)) {
    let inner = rect.shrink2(vec2(SPACE_M, 0.0));
    let builder = UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.set_clip_rect(rect);
        add(ui);
    });
}

fn tools(ui: &mut Ui, map: Rect, state: &AppState, view: &mut View, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.x = SPACE_XS;
    let mut chosen = state.session.colour_by;
    let width = if map.width() < NARROWEST { 70.0 } else { 96.0 };
    let combo = ComboBox::from_id_salt("colour by").width(width).truncate().selected_text(chosen.title());
    let combo = combo.show_ui(ui, |ui| {
        for by in ColourBy::ALL {
            ui.selectable_value(&mut chosen, by, by.title());
        }
    });
    named(&combo.response, Role::ComboBox, || "Colour by".to_owned());
    combo.response.on_hover_text("What the colour of a point says");
    if chosen != state.session.colour_by {
        commands.push(AppCommand::ColourMapBy(chosen));
    }
    let ways = state.session.show_trajectories;
    let toggle = if map.width() < NARROW {
        icon_toggle(ui, Icon::Path, theme::CONTROL_HEIGHT, ways, "Trajectories")
    } else {
        ui.selectable_label(ways, "Trajectories")
    };
    let hint = "Trajectories: the query and its first recommendations as lines, one point per 4-second segment";
    if toggle.on_hover_text(hint).clicked() {
        commands.push(AppCommand::ShowTrajectories(!ways));
    }
    let neighbours = state.session.show_neighbours;
    let toggle = icon_toggle(ui, Icon::Star, theme::CONTROL_HEIGHT, neighbours, "True neighbours");
    let hint = "True neighbours: lines from the selected track to its ten nearest in the embedding, however far the map \
                has put them";
    if toggle.on_hover_text(hint).clicked() {
        commands.push(AppCommand::ShowNeighbours(!neighbours));
    }
    let regions = state.session.show_regions;
    let toggle = icon_toggle(ui, Icon::Letter, theme::CONTROL_HEIGHT, regions, "Names of regions");
    let hint = "Names of regions: what most tracks of a region have in common, and few elsewhere";
    if toggle.on_hover_text(hint).clicked() {
        commands.push(AppCommand::ShowRegions(!regions));
    }
    if icon_button(ui, Icon::Fit, theme::CONTROL_HEIGHT, "Show the whole map").clicked() {
        view.camera.following = true;
    }
    let hint = "Hear by hovering: rest on a point to hear it, leave it to stop";
    let toggle = icon_toggle(ui, Icon::Volume, theme::CONTROL_HEIGHT, view.audition.on, "Hear by hovering");
    if toggle.on_hover_text(hint).clicked() && view.audition.toggle() == Some(Ask::Stop) {
        commands.push(AppCommand::Stop);
    }
    for (icon, shaped, name, hint) in SHAPES {
        let on = view.tool == Some(shaped);
        if icon_toggle(ui, icon, theme::CONTROL_HEIGHT, on, name).on_hover_text(hint).clicked() {
            view.tool = (!on).then_some(shaped);
        }
    }
    let asked = asked_about(state);
    let zoom = ui.add_enabled_ui(!asked.is_empty(), |ui| {
        icon_button(ui, Icon::Target, theme::CONTROL_HEIGHT, "Zoom to the query and its recommendations")
    });
    if zoom.inner.clicked() {
        view.camera.look_at(Bounds::around(asked.iter()), map);
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = SPACE_XS;
        if map.width() < NARROWEST {
            more(ui, commands);
            return;
        }
        let narrow = map.width() < NARROW;
        let save = ui.button(if narrow { "Save…" } else { "Save map…" });
        named(&save, Role::Button, || "Save map…".to_owned());
        if save.clicked() {
            commands.push(AppCommand::OpenDialog(Dialog::SaveMap));
        }
        let again = ui.button(if narrow { "Lay out…" } else { "Lay out again…" });
        named(&again, Role::Button, || "Lay out again…".to_owned());
        lay_out_again(&again, state, view, commands);
    });
}

/// What there is no room for, in a menu.
fn more(ui: &mut Ui, commands: &mut Commands) {
    let menu = ui.menu_button("…", |ui| {
        if ui.button("Lay out again").clicked() {
            commands.push(AppCommand::BuildMap { fresh: true });
            ui.close();
        }
        if ui.button("Save map…").clicked() {
            commands.push(AppCommand::OpenDialog(Dialog::SaveMap));
            ui.close();
        }
    });
    named(&menu.response, Role::Button, || "More for the map".to_owned());
    menu.response.on_hover_text("Lay out again, save");
}

/// Where the query, its recommendations and their ways lie.
fn asked_about(state: &AppState) -> Vec<[f32; 2]> {
    let Some(results) = &state.query.results else { return Vec::new() };
    let tracks = results.seeds.iter().copied().chain(results.items.iter().map(|item| item.track));
    let ways = state.map.trajectories.iter().flat_map(|way| way.positions.iter().copied());
    tracks.filter_map(|track| state.map.position(track)).chain(ways).collect()
}

/// The settings of the next layout, below the button that asks for them.
fn lay_out_again(button: &Response, state: &AppState, view: &mut View, commands: &mut Commands) {
    let popup =
        Popup::from_toggle_button_response(button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
            ui.set_width(280.0);
            let draft = view.draft.get_or_insert_with(|| state.map.settings.clone());
            egui::Grid::new("layout settings").num_columns(2).spacing([SPACE_M, SPACE_S]).show(ui, |ui| {
                let label = ui.label("Perplexity");
                let perplexity = DragValue::new(&mut draft.perplexity).range(2.0..=200.0).speed(0.5).max_decimals(0);
                ui.add(perplexity).labelled_by(label.id);
                ui.end_row();
                let label = ui.label("Seed");
                ui.add(DragValue::new(&mut draft.seed).speed(0.1)).labelled_by(label.id);
                ui.end_row();
            });
            quiet(
                ui,
                "Perplexity is about how many neighbours a track keeps close. The same seed and settings lay out the \
             same map.",
            );
            let asked = primary(ui, "Lay out").clicked();
            if asked {
                commands.push(AppCommand::SetMapSettings(draft.clone()));
                commands.push(AppCommand::BuildMap { fresh: true });
                ui.close();
            }
            asked
        });
    if popup.is_none_or(|popup| popup.inner) {
        view.draft = None;
    }
}

/// What kind of map it is, how good it is, and what of it is approximate.
fn caption(ui: &mut Ui, state: &AppState) {
    let Some(layout) = state.map.layout.as_ref().filter(|_| state.map.making.is_none()) else { return };
    let text = match state.session.colour_by {
        ColourBy::Distortion => CANNOT.to_owned(),
        _ => caption_text(layout),
    };
    let text = RichText::new(text).small().color(theme::palette(ui).text_weak);
    let response = ui.add(egui::Label::new(text).truncate());
    response.on_hover_text(
        "KL is the Kullback-Leibler divergence that t-SNE minimises: lower is better. Neighbours kept is the share of \
         each track's 10 nearest in the embedding that are among its 10 nearest on this map. Distances between \
         groups on a t-SNE map mean little; approximate points were placed between their neighbours.",
    );
}

/// What no flat map can show.
const CANNOT: &str =
    "A flat map cannot keep every neighbour: what lies apart here may sound alike; the lines show the truth.";

fn caption_text(layout: &MapLayout) -> String {
    let mut parts = vec![layout.method.clone(), format!("perplexity {:.0}", layout.settings.perplexity)];
    parts.extend(layout.kl.map(|kl| format!("KL {kl:.2}")));
    parts.extend(layout.recall_10.map(|recall| format!("{:.0} % of neighbours kept", recall * 100.0)));
    let approximate = layout.points.iter().filter(|point| point.approximate).count();
    if approximate > 0 {
        parts.push(format!("{} approximate", count(approximate)));
    }
    parts.join("  ·  ")
}

fn making(ui: &Ui, rect: Rect, state: &AppState, commands: &mut Commands) {
    let Some(making) = &state.map.making else { return };
    let palette = theme::palette(ui);
    let at = rect.center_bottom() - vec2(0.0, SPACE_M);
    let area =
        Area::new(Id::unique("map in the making")).order(Order::Middle).fixed_pos(at).pivot(Align2::CENTER_BOTTOM);
    area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).fill(palette.panel).inner_margin(Margin::symmetric(12, 6)).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(format!("Epoch {} of {}", count(making.epoch), count(making.epochs)));
                let share = making.epoch as f32 / making.epochs.max(1) as f32;
                progress_bar(ui, share, 140.0, "Epochs of the layout");
                if let Some((id, _)) = state.jobs.of_kind(&JobKind::Map) {
                    let cancel = ui.button("Cancel");
                    named(&cancel, Role::Button, || "Cancel the layout".to_owned());
                    if cancel.clicked() {
                        commands.push(AppCommand::Cancel(id));
                    }
                }
            });
        });
    });
}

/// Why there is no map, and what helps.
fn nothing(ui: &mut Ui, rect: Rect, state: &AppState, commands: &mut Commands) {
    let palette = theme::palette(ui);
    let area = Rect::from_center_size(rect.center(), vec2((rect.width() - 32.0).min(360.0), 180.0));
    let builder = UiBuilder::new().max_rect(area).layout(Layout::top_down(Align::Center));
    ui.scope_builder(builder, |ui| {
        let say = |ui: &mut Ui, title: &str, text: &str| {
            ui.label(RichText::new(title).size(TEXT_TITLE).color(palette.text_strong));
            ui.label(RichText::new(text).color(palette.text_weak));
            ui.add_space(SPACE_S);
        };
        let running = |kind: JobKind| state.jobs.of_kind(&kind).map(|(_, job)| job.progress.clone());
        let embedded = state.library.active_model().map(|model| model.embedded);
        if !state.library.loaded {
            say(ui, "Reading the library…", "");
        } else if let Some(progress) = running(JobKind::Embed) {
            say(ui, "The network is listening", &progress_line(&progress));
            progress_bar(ui, progress.fraction().unwrap_or(0.0), 300.0, "Tracks embedded");
        } else if let Some(progress) = running(JobKind::Map) {
            say(ui, "Laying out the map", &progress_line(&progress));
            ui.spinner();
        } else if embedded.is_none() {
            say(ui, "No model is active", "A model turns sound into places on the map. Choose or train one.");
            if primary(ui, "Go to Train").clicked() {
                commands.push(AppCommand::Show(Screen::Train));
            }
        } else if embedded == Some(0) {
            let preview = state.settings.span == Span::Preview;
            let text = "The active model has embedded no track yet. Tracks under 30 s take part in whole-track mode \
                        only.";
            say(ui, "Nothing to draw yet", text);
            if preview && primary(ui, "Compare whole tracks").clicked() {
                let settings = Settings { span: Span::Whole, ..state.settings.clone() };
                commands.push(AppCommand::ChangeSettings(Box::new(settings)));
            }
        } else {
            say(ui, "There is no map yet", "Lay out all tracks so that what sounds alike lies close together.");
            if primary(ui, "Lay out the map").clicked() {
                commands.push(AppCommand::BuildMap { fresh: false });
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::message::MapPoint;

    #[test]
    fn the_caption_says_what_is_known_and_what_is_approximate() {
        let point = |approximate| MapPoint { track: TrackId(1), x: 0.0, y: 0.0, approximate, cluster: 0, lost: None };
        let mut layout = MapLayout {
            model: "m".into(),
            settings: MapSettings::default(),
            method: "t-SNE (exact)".into(),
            kl: None,
            recall_10: None,
            points: vec![point(false)],
            regions: Vec::new(),
        };
        assert_eq!(caption_text(&layout), "t-SNE (exact)  ·  perplexity 30");
        layout.kl = Some(0.412);
        layout.recall_10 = Some(0.62);
        layout.points.push(point(true));
        let text = "t-SNE (exact)  ·  perplexity 30  ·  KL 0.41  ·  62 % of neighbours kept  ·  1 approximate";
        assert_eq!(caption_text(&layout), text);
    }
}
