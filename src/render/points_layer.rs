//! Points that the processor draws itself, as a picture that is kept until something of it changes.

use egui::{Color32, ColorImage, Id, Rect, TextureHandle, TextureOptions, Ui, pos2};

use super::place;
use super::points::{Points, Style};
use super::projection::Projection;

/// What is drawn at a place, and what it was drawn from.
#[derive(Clone)]
struct Kept {
    cloud: u64,
    projection: Projection,
    style: Style,
    picture: TextureHandle,
}

/// Draws `points` in `rect`; the picture of the place named `id` is used again where it is the same.
pub(super) fn paint(points: &Points, ui: &Ui, id: Id, rect: Rect) {
    let Some(place) = place::place(ui, rect) else { return };
    let mut points = points.clone();
    points.projection.size = place.size;
    let (cloud, projection) = (points.cloud.revision(), points.projection);
    let kept: Option<Kept> = ui.ctx().data(|data| data.get_temp(id));
    let same = |kept: &Kept| kept.cloud == cloud && kept.projection == projection && kept.style == points.style;
    let picture = match kept {
        Some(kept) if same(&kept) => kept.picture,
        kept => {
            let picture = draw(&points, ui, kept.map(|kept| kept.picture));
            let kept = Kept { cloud, projection, style: points.style, picture: picture.clone() };
            ui.ctx().data_mut(|data| data.insert_temp(id, kept));
            picture
        }
    };
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter().image(picture.id(), place.rect, whole, Color32::WHITE);
}

fn draw(points: &Points, ui: &Ui, before: Option<TextureHandle>) -> TextureHandle {
    let image = ColorImage::new(points.projection.pixels(), points.layer());
    match before {
        Some(mut picture) => {
            picture.set(image, TextureOptions::NEAREST);
            picture
        }
        None => ui.ctx().load_texture("points", image, TextureOptions::NEAREST),
    }
}
