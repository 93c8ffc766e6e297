//! A small chart of values over named places: what was found beside what was reported.

use egui::{Color32, Ui};
use egui_plot::{Corner, GridMark, Legend, Line, MarkerShape, Plot, PlotPoints, Points};

use crate::ui::theme;

/// Height of a chart, in windows from small to large.
const HEIGHT: std::ops::RangeInclusive<f32> = 190.0..=340.0;

/// A line of the chart: a value for each place, where there is one.
pub struct Series {
    pub name: String,
    pub colour: Color32,
    pub values: Vec<Option<f64>>,
}

/// Draws the series over `places`, with their names in `corner` and `digits` behind the point.
pub fn show(ui: &mut Ui, salt: &str, corner: Corner, places: &[String], series: &[Series], digits: usize) {
    let height = (ui.clip_rect().height() * 0.28).clamp(*HEIGHT.start(), *HEIGHT.end());
    let names = places.to_vec();
    let hovered = places.to_vec();
    let last = places.len().saturating_sub(1) as f64;
    Plot::new(salt)
        .height(height)
        .grid_color(theme::palette(ui).line_strong)
        .include_x(-0.3)
        .include_x(last + 0.3)
        .x_grid_spacer(move |_| {
            (0..=last as usize).map(|place| GridMark { value: place as f64, step_size: 1.0 }).collect()
        })
        .x_axis_formatter(move |mark, _| names.get(mark.value.round() as usize).cloned().unwrap_or_default())
        .y_axis_formatter(move |mark, _| format!("{:.digits$}", mark.value))
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .show_x(false)
        .label_formatter(move |hover| match hover {
            egui_plot::HoverPosition::NearDataPoint { plot_name, position, .. } => {
                let place = hovered.get(position.x.round() as usize).cloned().unwrap_or_default();
                Some(format!("{plot_name}\n{place}: {:.digits$}", position.y))
            }
            egui_plot::HoverPosition::Elsewhere { .. } => None,
        })
        .legend(Legend::default().position(corner).text_style(egui::TextStyle::Small).follow_insertion_order(true))
        .show(ui, |plot| {
            for Series { name, colour, values } in series {
                let points: Vec<[f64; 2]> =
                    values.iter().enumerate().filter_map(|(place, value)| Some([place as f64, (*value)?])).collect();
                if points.is_empty() {
                    continue;
                }
                plot.line(Line::new(name.clone(), PlotPoints::from(points.clone())).color(*colour).width(2.0));
                let marks = Points::new(name.clone(), PlotPoints::from(points));
                plot.points(marks.color(*colour).radius(4.0).shape(MarkerShape::Circle));
            }
        });
}
