//! The tokens of the look: colours, spacing, type scale, radii. Views name a token and never a colour of their own.

use std::collections::BTreeMap;

use egui::style::{Selection, WidgetVisuals, Widgets};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, Visuals, vec2};

use crate::render::ColourMap;
use crate::settings;

/// The tint under which a texture keeps its own colours.
pub const UNTINTED: Color32 = Color32::WHITE;

/// Space inside one control.
pub const SPACE_XS: f32 = 4.0;
/// Space between things that belong together.
pub const SPACE_S: f32 = 8.0;
/// Space between groups.
pub const SPACE_M: f32 = 12.0;
/// Space around a screen.
pub const SPACE_L: f32 = 16.0;
/// Space between parts of an almost empty screen.
pub const SPACE_XL: f32 = 28.0;

/// Corners of controls.
pub const RADIUS_S: u8 = 4;
/// Corners of rows and chips.
pub const RADIUS_M: u8 = 6;
/// Corners of cards and popups.
pub const RADIUS_L: u8 = 10;

/// Smallest text that is read, not only glanced at.
pub const TEXT_SMALL: f32 = 12.5;
/// Running text.
pub const TEXT_BODY: f32 = 14.5;
/// Titles of parts of a screen.
pub const TEXT_TITLE: f32 = 17.0;
/// Titles of screens.
pub const TEXT_HEADING: f32 = 22.0;
/// Words read across a room, on a projector.
pub const TEXT_STAGE: f32 = 24.0;
/// Titles read across a room.
pub const TEXT_STAGE_TITLE: f32 = 44.0;

/// Height of a control.
pub const CONTROL_HEIGHT: f32 = 28.0;
/// Height of a row of the library table.
pub const ROW_HEIGHT: f32 = 28.0;

/// Categories of the map with a colour of their own; the rest share [`Palette::other`].
pub const CATEGORIES: usize = 8;
/// Recommendations whose way over the map has a colour of its own.
pub const PATHS: usize = 5;

/// All colours of one theme.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    /// Ground of the window.
    pub ground: Color32,
    /// Ground of bars and panels.
    pub panel: Color32,
    /// Ground of cards, fields and buttons.
    pub raised: Color32,
    /// Ground under the pointer.
    pub hover: Color32,
    /// Ground of a control that is held down.
    pub press: Color32,
    /// Lines between parts.
    pub line: Color32,
    /// Lines of controls.
    pub line_strong: Color32,
    /// What has to stand out: titles, figures.
    pub text_strong: Color32,
    /// Running text.
    pub text: Color32,
    /// Secondary text; still 4.5 : 1 against `panel`.
    pub text_weak: Color32,
    /// What is chosen and what plays.
    pub accent: Color32,
    /// The accent as a ground for text.
    pub accent_ground: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// Ground of the selected row.
    pub selected_row: Color32,
    pub info: Color32,
    pub warning: Color32,
    pub error: Color32,
    /// Colours of map categories, told apart by eyes of every kind (after Okabe and Ito 2008, lightness set for the
    /// ground).
    pub categories: [Color32; CATEGORIES],
    /// Categories beyond those and tracks without one.
    pub other: Color32,
    /// Ways of the first recommendations over the map.
    pub paths: [Color32; PATHS],
    /// The way of the query over the map.
    pub query: Color32,
    /// Lines over pictures, with an outline of `over_picture_edge`.
    pub over_picture: Color32,
    pub over_picture_edge: Color32,
    /// Veil over what is behind an overlay.
    pub veil: Color32,
    pub shadow: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

impl Palette {
    /// The colour of a step of a scale of `count`, the first the nearest to the ground.
    pub fn step(&self, index: usize, count: usize) -> Color32 {
        let share = index as f32 / count.saturating_sub(1).max(1) as f32;
        // Either end of the colour map would be lost on one of the grounds.
        let dark = self.ground.r() < 128;
        let [red, green, blue] = ColourMap::Viridis.colour(if dark { 0.3 + 0.7 * share } else { 0.8 - 0.8 * share });
        Color32::from_rgb(red, green, blue)
    }
}

static DARK: Palette = Palette {
    ground: rgb(0x0e1115),
    panel: rgb(0x14181e),
    raised: rgb(0x1d232b),
    hover: rgb(0x262e38),
    press: rgb(0x303a47),
    line: rgb(0x262d37),
    line_strong: rgb(0x3a4452),
    text_strong: rgb(0xf6f8fa),
    text: rgb(0xd5dbe2),
    text_weak: rgb(0x97a3b1),
    accent: rgb(0x7db4ff),
    accent_ground: rgb(0x24466f),
    on_accent: rgb(0x08131f),
    selected_row: rgb(0x1d324c),
    info: rgb(0x7db4ff),
    warning: rgb(0xf2b84b),
    error: rgb(0xff7d6b),
    categories: [
        rgb(0x5ab8ee),
        rgb(0xe9a21b),
        rgb(0x1fb58a),
        rgb(0xdb8bb6),
        rgb(0xf0e45c),
        rgb(0xe8692e),
        rgb(0x4a7fe0),
        rgb(0xa9b665),
    ],
    other: rgb(0x7b8695),
    paths: [rgb(0xffb454), rgb(0x3ddbb0), rgb(0xf78fb3), rgb(0xf4e76e), rgb(0xb99cff)],
    query: rgb(0xffffff),
    over_picture: rgb(0xffffff),
    over_picture_edge: rgb(0x101317),
    veil: Color32::from_rgba_premultiplied(6, 8, 10, 208),
    shadow: Color32::from_rgba_premultiplied(0, 0, 0, 110),
};

static LIGHT: Palette = Palette {
    ground: rgb(0xf3f4f6),
    panel: rgb(0xfbfbfc),
    raised: rgb(0xeceef2),
    hover: rgb(0xe1e5ea),
    press: rgb(0xd3d9e1),
    line: rgb(0xdee2e8),
    line_strong: rgb(0xb9c1cc),
    text_strong: rgb(0x0c1116),
    text: rgb(0x222a33),
    text_weak: rgb(0x56616e),
    accent: rgb(0x1f5fbf),
    accent_ground: rgb(0xcfe0f8),
    on_accent: rgb(0xffffff),
    selected_row: rgb(0xdbe8fa),
    info: rgb(0x1f5fbf),
    warning: rgb(0x935a00),
    error: rgb(0xb3261e),
    categories: [
        rgb(0x2f93cc),
        rgb(0xcf8600),
        rgb(0x00875f),
        rgb(0xb85c90),
        rgb(0xb3a500),
        rgb(0xc84e0a),
        rgb(0x1d4fa8),
        rgb(0x6c7a2a),
    ],
    other: rgb(0x8c96a3),
    paths: [rgb(0xc06a00), rgb(0x00815f), rgb(0xb83b73), rgb(0x867a00), rgb(0x6b45c6)],
    query: rgb(0x11161c),
    over_picture: rgb(0xffffff),
    over_picture_edge: rgb(0x101317),
    veil: Color32::from_rgba_premultiplied(200, 202, 205, 208),
    shadow: Color32::from_rgba_premultiplied(0, 0, 0, 40),
};

/// The colours of the theme that `ui` is drawn in.
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    of(ui.visuals().dark_mode)
}

/// The colours of the dark or the light theme.
pub fn of(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// The colour that `map` gives `value` of 0 to 1.
pub fn of_map(map: ColourMap, value: f32) -> Color32 {
    let [red, green, blue] = map.colour(value);
    Color32::from_rgb(red, green, blue)
}

/// Gives `ctx` the look, for both themes.
pub fn apply(ctx: &egui::Context) {
    ctx.set_style_of(Theme::Dark, style(true));
    ctx.set_style_of(Theme::Light, style(false));
    ctx.options_mut(|options| options.fallback_theme = Theme::Dark);
}

/// Follows the user's choice of theme.
pub fn choose(ctx: &egui::Context, theme: settings::Theme) {
    ctx.set_theme(match theme {
        settings::Theme::Dark => egui::ThemePreference::Dark,
        settings::Theme::Light => egui::ThemePreference::Light,
        settings::Theme::System => egui::ThemePreference::System,
    });
}

/// A bar or panel: inner margin and ground, no line of its own.
pub fn bar_frame(palette: &Palette) -> egui::Frame {
    egui::Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(SPACE_M as i8, SPACE_XS as i8))
}

/// A card on a panel.
pub fn card_frame(palette: &Palette) -> egui::Frame {
    egui::Frame::new()
        .fill(palette.raised)
        .corner_radius(CornerRadius::same(RADIUS_M))
        .inner_margin(Margin::same(SPACE_M as i8))
}

fn style(dark: bool) -> Style {
    let palette = of(dark);
    let font = |size| FontId::new(size, FontFamily::Proportional);
    let mut style = Style {
        text_styles: BTreeMap::from([
            (TextStyle::Small, font(TEXT_SMALL)),
            (TextStyle::Body, font(TEXT_BODY)),
            (TextStyle::Button, font(TEXT_BODY)),
            (TextStyle::Heading, font(TEXT_HEADING)),
            (TextStyle::Monospace, FontId::new(TEXT_SMALL, FontFamily::Monospace)),
        ]),
        visuals: visuals(dark, palette),
        animation_time: 0.12,
        ..Style::default()
    };
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(SPACE_S, SPACE_S * 0.75);
    spacing.button_padding = vec2(10.0, 4.0);
    spacing.interact_size = vec2(CONTROL_HEIGHT, CONTROL_HEIGHT);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(SPACE_L as i8);
    spacing.slider_width = 130.0;
    spacing.slider_rail_height = 4.0;
    spacing.extra_text_line_spacing = 2.0;
    spacing.icon_width = 16.0;
    spacing.tooltip_width = 380.0;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style
}

fn visuals(dark: bool, palette: &Palette) -> Visuals {
    let radius = CornerRadius::same(RADIUS_S);
    let widget = |fill: Color32, line: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: radius,
        fg_stroke: Stroke::new(1.2, text),
        expansion: 0.0,
    };
    let popup = Shadow { offset: [0, 6], blur: 18, spread: 0, color: palette.shadow };
    Visuals {
        widgets: Widgets {
            noninteractive: widget(palette.panel, palette.line, palette.text),
            inactive: widget(palette.raised, palette.line, palette.text),
            hovered: widget(palette.hover, palette.line_strong, palette.text_strong),
            active: widget(palette.press, palette.accent, palette.text_strong),
            open: widget(palette.hover, palette.line_strong, palette.text_strong),
        },
        selection: Selection { bg_fill: palette.accent_ground, stroke: Stroke::new(1.2, palette.text_strong) },
        weak_text_color: Some(palette.text_weak),
        hyperlink_color: palette.accent,
        faint_bg_color: palette.raised,
        extreme_bg_color: palette.ground,
        code_bg_color: palette.raised,
        warn_fg_color: palette.warning,
        error_fg_color: palette.error,
        window_corner_radius: CornerRadius::same(RADIUS_L),
        window_shadow: popup,
        window_fill: palette.panel,
        window_stroke: Stroke::new(1.0, palette.line_strong),
        menu_corner_radius: CornerRadius::same(RADIUS_M),
        panel_fill: palette.panel,
        popup_shadow: popup,
        slider_trailing_fill: true,
        handle_shape: egui::style::HandleShape::Circle,
        ..if dark { Visuals::dark() } else { Visuals::light() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two colours (WCAG 2), 1 to 21.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let luminance = |colour: Color32| {
            let linear = |channel: u8| {
                let value = f64::from(channel) / 255.0;
                if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.212_6 * linear(colour.r()) + 0.715_2 * linear(colour.g()) + 0.072_2 * linear(colour.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for palette in [&DARK, &LIGHT] {
            for ground in [palette.ground, palette.panel, palette.raised, palette.selected_row, palette.hover] {
                assert!(contrast(palette.text, ground) >= 7.0, "text on {ground:?}");
                assert!(contrast(palette.text_weak, ground) >= 4.5, "weak text on {ground:?}");
            }
            assert!(contrast(palette.on_accent, palette.accent) >= 4.5);
            for signal in [palette.accent, palette.warning, palette.error] {
                assert!(contrast(signal, palette.panel) >= 4.5, "{signal:?}");
            }
        }
    }

    #[test]
    fn points_stand_out_from_the_map() {
        for palette in [&DARK, &LIGHT] {
            let colours = palette.categories.iter().chain(&palette.paths).chain([&palette.query, &palette.other]);
            for colour in colours {
                assert!(contrast(*colour, palette.ground) >= 2.2, "{colour:?}");
            }
        }
    }
}
