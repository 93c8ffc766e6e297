//! A map as SVG text.

use std::fmt::Write;

use super::palette::Rgb;
use super::scene::{Drawing, Frame, Look, coloured};

/// Pixels kept for the legend, and for the title above.
const LEGEND_WIDTH: f32 = 240.0;
const TITLE_HEIGHT: f32 = 56.0;
const LEGEND_LINE: f32 = 26.0;

/// The map with its title and the legend of its groups. A point tells its name where the pointer rests on it.
pub fn svg(drawing: &Drawing, look: &Look) -> String {
    let (colours, legend) = coloured(drawing, look);
    let left = if legend.is_empty() { 0.0 } else { LEGEND_WIDTH };
    let top = if drawing.title.is_empty() { 0.0 } else { TITLE_HEIGHT };
    let frame = Frame::new(drawing, look, left, top);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"sans-serif\" fill=\"{ink}\">\n<rect width=\"{w}\" height=\"{h}\" fill=\"{background}\"/>\n",
        w = look.width,
        h = look.height,
        ink = hex(look.ink),
        background = hex(look.background),
    );
    let mut line = |content: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = text.write_fmt(content);
        text.push('\n');
    };
    if top > 0.0 {
        line(format_args!("<text x=\"24\" y=\"38\" font-size=\"24\">{}</text>", escaped(&drawing.title)));
    }
    for trajectory in &drawing.lines {
        let points: Vec<String> =
            trajectory.points.iter().map(|at| frame.pixel(*at)).map(|[x, y]| format!("{x:.1},{y:.1}")).collect();
        line(format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-linejoin=\"round\"/>",
            points.join(" "),
            hex(trajectory.colour)
        ));
    }
    for (point, colour) in drawing.points.iter().zip(colours) {
        let [x, y] = frame.pixel(point.at);
        let opacity = if point.approximate { 0.4 } else { 0.85 };
        line(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{}\" fill=\"{}\" fill-opacity=\"{opacity}\"><title>{}</title></circle>",
            look.radius,
            hex(colour),
            escaped(&point.name)
        ));
    }
    for (row, y) in legend.iter().zip((0..).map(|row| top + 24.0 + LEGEND_LINE * row as f32)) {
        line(format_args!("<circle cx=\"32\" cy=\"{y}\" r=\"7\" fill=\"{}\"/>", hex(row.colour)));
        line(format_args!(
            "<text x=\"48\" y=\"{}\" font-size=\"15\">{} ({})</text>",
            y + 5.0,
            escaped(&row.label),
            row.count
        ));
    }
    text.push_str("</svg>\n");
    text
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text as XML holds it; characters that XML cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
