//! Messages in the corner. News goes by itself after a while; warnings and errors stay until they are dismissed.

use std::collections::HashMap;

use egui::{Align2, Area, CornerRadius, Frame, Id, Label, Margin, Order, Rect, RichText, Stroke, Ui, pos2, vec2};

use crate::state::{AppCommand, AppState, Notice, Severity};

use super::Commands;
use super::shell::close_button;
use super::theme::{self, RADIUS_M, SPACE_L, SPACE_M, SPACE_S};

/// Seconds for which news is shown.
const NEWS_S: f64 = 6.0;
/// Width of a message.
const WIDTH: f32 = 340.0;

/// When each message was first shown.
#[derive(Debug, Default)]
pub struct View {
    since: HashMap<u64, f64>,
}

/// Shows the messages in the lower right corner of `ui`.
pub fn show(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    view.since.retain(|id, _| state.notices.iter().any(|notice| notice.id == *id));
    if state.notices.iter().next().is_none() {
        return;
    }
    let corner = ui.max_rect().right_bottom() - vec2(SPACE_L, SPACE_M);
    let area = Area::new(Id::unique("notices")).order(Order::Foreground).fixed_pos(corner).pivot(Align2::RIGHT_BOTTOM);
    area.show(ui.ctx(), |ui| {
        ui.spacing_mut().item_spacing.y = SPACE_S;
        let now = ui.input(|input| input.time);
        for notice in state.notices.iter() {
            let since = *view.since.entry(notice.id).or_insert(now);
            let hovered = card(ui, notice, commands);
            if hovered {
                view.since.insert(notice.id, now);
            } else if notice.severity == Severity::Info {
                if now - since > NEWS_S {
                    commands.push(AppCommand::DismissNotice(notice.id));
                } else {
                    let rest = std::time::Duration::from_secs_f64((NEWS_S - (now - since)).max(0.1));
                    ui.ctx().request_repaint_after(rest);
                }
            }
        }
    });
}

/// One message; whether the pointer is over it.
fn card(ui: &mut Ui, notice: &Notice, commands: &mut Commands) -> bool {
    let palette = theme::palette(ui);
    let colour = match notice.severity {
        Severity::Info => palette.info,
        Severity::Warning => palette.warning,
        Severity::Error => palette.error,
    };
    let frame = Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.line_strong))
        .corner_radius(CornerRadius::same(RADIUS_M))
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin { left: 16, right: 8, top: 8, bottom: 10 });
    let shown = frame.show(ui, |ui| {
        ui.set_width(WIDTH);
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(WIDTH - 34.0);
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.add(Label::new(RichText::new(&notice.title).color(palette.text_strong)).wrap());
                if !notice.detail.is_empty() {
                    ui.add(Label::new(RichText::new(&notice.detail).small().color(palette.text_weak)).wrap());
                }
            });
            if close_button(ui, "Dismiss").clicked() {
                commands.push(AppCommand::DismissNotice(notice.id));
            }
        });
    });
    let rect = shown.response.rect;
    let mark = Rect::from_min_max(rect.min + vec2(6.0, 8.0), pos2(rect.left() + 9.0, rect.bottom() - 8.0));
    ui.painter().rect_filled(mark, CornerRadius::same(2), colour);
    shown.response.contains_pointer()
}
