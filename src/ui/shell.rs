//! The frame around every screen: navigation above, player and status below, notices and overlays on top.

use std::sync::{Arc, Mutex, PoisonError};

use egui::{Align, Align2, CornerRadius, Id, Layout, Rect, Role, Sense, Stroke, StrokeKind, TextStyle, Ui, pos2, vec2};

use crate::state::{AppCommand, AppState, PresentCommand, Screen};

use super::theme::{
    self, Palette, RADIUS_L, SPACE_L, SPACE_M, SPACE_S, SPACE_XS, TEXT_HEADING, TEXT_SMALL, TEXT_TITLE,
};
use super::widgets::{Icon, icon_button, named, paint_icon};
use super::{
    Commands, ViewState, data, evaluate, explore, help, inspect, lab, notices, palette, player_bar, present, prompt,
    settings, shortcuts, status_bar, train, welcome,
};

/// Height of the navigation bar.
const NAVIGATION: f32 = 46.0;
/// Room that the name of the model needs.
const MODEL_NAME: f32 = 120.0;

/// What the frame remembers.
#[derive(Debug, Default)]
pub struct View {
    /// Whether the list of shortcuts is open.
    pub help: bool,
    scale: Option<f32>,
    /// Whether a picture of the window was asked for.
    picturing: bool,
    taken: Arc<Mutex<Option<Arc<egui::ColorImage>>>>,
}

/// Draws the whole window.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut ViewState, commands: &mut Commands) {
    follow_settings(ui, state, &mut view.shell);
    picture(ui, state, &mut view.shell, commands);
    if present::show(ui, state, view, commands) {
        return;
    }
    let keyboard = shortcuts::Keyboard::before(ui);
    let palette = theme::palette(ui);
    let bar = || theme::bar_frame(palette).inner_margin(egui::Margin::symmetric(SPACE_M as i8, 0));
    egui::Panel::top("navigation").exact_size(NAVIGATION).resizable(false).frame(bar()).show(ui, |ui| {
        navigation(ui, state, &mut view.shell, commands);
    });
    if state.read_only {
        egui::Panel::top("read only")
            .resizable(false)
            .frame(bar())
            .show(ui, |ui| read_only(ui, state.library.unwritable, palette));
    }
    egui::Panel::bottom("status").resizable(false).frame(bar()).show(ui, |ui| {
        status_bar::show(ui, state, &mut view.status, commands);
    });
    egui::Panel::bottom("player").exact_size(player_bar::HEIGHT).resizable(false).frame(bar()).show(ui, |ui| {
        player_bar::show(ui, state, &mut view.player, commands);
    });
    egui::CentralPanel::no_frame().show(ui, |ui| {
        ui.painter().rect_filled(ui.max_rect(), CornerRadius::ZERO, palette.ground);
        screen(ui, state, view, commands);
        notices::show(ui, state, &mut view.notices, commands);
    });
    files(ui, palette, commands);
    help::show(ui, &mut view.shell.help);
    palette::show(ui, state, &mut view.palette, commands);
    prompt::show(ui, state, &mut view.prompt, commands);
    shortcuts::act(ui, &keyboard, state, view, commands);
}

fn screen(ui: &mut Ui, state: &AppState, view: &mut ViewState, commands: &mut Commands) {
    match state.session.screen {
        Screen::Explore if state.library.is_empty() => welcome::show(ui, state, commands),
        Screen::Explore => explore::show(ui, state, &mut view.explore, commands),
        Screen::Inspect => inspect::show(ui, state, &mut view.inspect, commands),
        Screen::Lab => lab::show(ui, state, &mut view.lab, commands),
        Screen::Train => train::show(ui, state, &mut view.train, commands),
        Screen::Evaluate => evaluate::show(ui, state, &mut view.evaluate, commands),
        Screen::Data => data::show(ui, state, commands),
        Screen::Settings => settings::show(ui, state, &mut view.settings, commands),
    }
}

/// Asks for a picture of the window where one is wanted, and hands it on when it is there.
fn picture(ui: &Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    if state.picture.is_none() {
        view.picturing = false;
        return;
    }
    if !std::mem::replace(&mut view.picturing, true) {
        let (taken, ctx) = (view.taken.clone(), ui.ctx().clone());
        ui.ctx().request_screenshot(move |image| {
            *taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(image);
            ctx.request_repaint();
        });
    }
    if let Some(image) = view.taken.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let pixels = image.pixels.iter().flat_map(egui::Color32::to_array).collect();
        commands.push(AppCommand::TakePicture { size: image.size, pixels });
    }
}

/// Theme and scale as the settings say. The scale is set when it changes only: between two changes the platform's own
/// scale may move.
fn follow_settings(ui: &Ui, state: &AppState, view: &mut View) {
    theme::choose(ui.ctx(), state.settings.theme);
    let scale = state.settings.scale.clamp(0.5, 4.0);
    if view.scale != Some(scale) {
        view.scale = Some(scale);
        ui.ctx().set_zoom_factor(scale);
    }
}

/// Says why nothing can be changed, for as long as it cannot.
fn read_only(ui: &mut Ui, unwritable: bool, palette: &Palette) {
    let why = if unwritable {
        "The library's folder cannot be written to. This window searches, shows and plays; make the folder writable and start again to change something."
    } else {
        "Another window works with this library. This one searches, shows and plays; it writes again once that one is closed."
    };
    ui.horizontal_wrapped(|ui| {
        ui.set_min_height(SPACE_L * 2.0);
        ui.label(egui::RichText::new("Read-only").color(palette.warning));
        ui.label(why);
    });
}

fn navigation(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    let palette = theme::palette(ui);
    ui.horizontal_centered(|ui| {
        let (mark, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
        paint_icon(ui.painter(), mark, Icon::Path, palette.accent);
        ui.label(egui::RichText::new("Songline").size(TEXT_TITLE).color(palette.text_strong));
        ui.add_space(SPACE_L);
        ui.spacing_mut().item_spacing.x = SPACE_XS;
        for (index, screen) in Screen::ALL.into_iter().enumerate() {
            if tab(ui, screen, index + 1, state.session.screen == screen).clicked() {
                commands.push(AppCommand::Show(screen));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = ui.button("?").on_hover_text("Keyboard shortcuts (?)");
            named(&button, Role::Button, || "Keyboard shortcuts".to_owned());
            if button.clicked() {
                view.help = !view.help;
            }
            let tour = ui.button("Present").on_hover_text("A tour for an audience, in full screen (F11)");
            if tour.clicked() {
                commands.push(AppCommand::Present(PresentCommand::Start));
            }
            ui.add_space(SPACE_S);
            // In a narrow window the screens come first.
            let room = ui.available_width() > MODEL_NAME;
            if let Some(model) = state.library.active_model().filter(|_| room) {
                let text = egui::RichText::new(&model.name).size(TEXT_SMALL).color(palette.text_weak);
                let hint = format!(
                    "The model that recommends: {}, encoding {}, embedding {}. Click for all models.",
                    model.architecture, model.encoding, model.embedding
                );
                if ui.add(egui::Button::new(text).frame(false)).on_hover_text(hint).clicked() {
                    commands.push(AppCommand::Show(Screen::Train));
                }
            }
        });
    });
}

fn tab(ui: &mut Ui, screen: Screen, number: usize, selected: bool) -> egui::Response {
    let palette = theme::palette(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let colour = if selected { palette.text_strong } else { palette.text_weak };
    let galley = ui.painter().layout_no_wrap(screen.title().to_owned(), font, colour);
    let size = vec2(galley.size().x + SPACE_M * 2.0, NAVIGATION - 1.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(Role::Tab, true, selected, screen.title()));
    let colour = if response.hovered() || response.has_focus() { palette.text_strong } else { colour };
    if response.hovered() && !selected {
        let ground = rect.shrink2(vec2(2.0, 8.0));
        ui.painter().rect_filled(ground, CornerRadius::same(theme::RADIUS_S), palette.raised);
    }
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley_with_override_text_color(at, galley, colour);
    if selected {
        let line = Rect::from_min_max(
            pos2(rect.left() + SPACE_S, rect.bottom() - 2.0),
            pos2(rect.right() - SPACE_S, rect.bottom()),
        );
        ui.painter().rect_filled(line, CornerRadius::same(1), palette.accent);
    }
    response.on_hover_text(format!("{} ({number})", screen.title()))
}

/// Files over the window, and files that were let go.
fn files(ui: &Ui, palette: &Palette, commands: &mut Commands) {
    let (hovering, dropped) = ui.input(|input| {
        let dropped: Vec<_> = input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect();
        (input.raw.hovered_files.len(), dropped)
    });
    if !dropped.is_empty() {
        commands.push(AppCommand::Import(dropped));
    }
    if hovering == 0 {
        return;
    }
    let layer = egui::LayerId::new(egui::Order::Foreground, Id::unique("drop"));
    let painter = ui.ctx().layer_painter(layer);
    let rect = ui.ctx().content_rect();
    painter.rect_filled(rect, CornerRadius::ZERO, palette.veil);
    let frame = rect.shrink(SPACE_L);
    painter.rect_stroke(frame, CornerRadius::same(RADIUS_L), Stroke::new(2.0, palette.accent), StrokeKind::Inside);
    let font = egui::FontId::proportional(TEXT_HEADING);
    painter.text(rect.center(), Align2::CENTER_BOTTOM, "Drop to import", font, palette.text_strong);
    let what = if hovering == 1 { "1 file or folder".to_owned() } else { format!("{hovering} files and folders") };
    let at = rect.center() + vec2(0.0, SPACE_S);
    painter.text(at, Align2::CENTER_TOP, what, egui::FontId::proportional(theme::TEXT_BODY), palette.text_weak);
}

/// A quiet cross that closes something.
pub fn close_button(ui: &mut Ui, name: &str) -> egui::Response {
    icon_button(ui, Icon::Close, 22.0, name)
}
