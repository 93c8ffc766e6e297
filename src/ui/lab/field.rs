//! The field that the curves lie in: from the plane to the screen and back.

use egui::{Pos2, Rect, Vec2, pos2};

/// The field of curves drawn by hand.
const BY_HAND: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(10.0, 6.0) };
/// Room around what is shown, in points of the screen.
const MARGIN: f32 = 44.0;

/// A part of the plane (y upwards) in a part of the screen (y downwards), both axes to the same scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    screen: Rect,
    centre: [f32; 2],
    scale: f32,
}

impl Field {
    /// The fixed field of curves drawn by hand: it does not move while a point is dragged.
    pub fn by_hand(screen: Rect) -> Self {
        Self::fit(screen, BY_HAND)
    }

    /// A field that shows all `points`.
    pub fn around<'a>(screen: Rect, points: impl Iterator<Item = &'a [f32; 2]>) -> Self {
        let bounds =
            points.fold(Rect::NOTHING, |bounds, [x, y]| bounds.union(Rect::from_min_max(pos2(*x, *y), pos2(*x, *y))));
        Self::fit(screen, if bounds.is_finite() { bounds } else { BY_HAND })
    }

    fn fit(screen: Rect, plane: Rect) -> Self {
        let room = (screen.size() - Vec2::splat(2.0 * MARGIN)).max(Vec2::splat(20.0));
        let least = Vec2::splat(f32::MIN_POSITIVE.sqrt());
        let scale = (room / plane.size().max(least)).min_elem().min(1e9);
        Self { screen, centre: [plane.center().x, plane.center().y], scale }
    }

    pub fn to_screen(self, [x, y]: [f32; 2]) -> Pos2 {
        let centre = self.screen.center();
        pos2(centre.x + (x - self.centre[0]) * self.scale, centre.y - (y - self.centre[1]) * self.scale)
    }

    /// The place in the plane under `at`, moved into the field.
    pub fn to_plane(self, at: Pos2) -> [f32; 2] {
        let at = self.screen.shrink(MARGIN * 0.4).clamp(at);
        let offset = at - self.screen.center();
        [self.centre[0] + offset.x / self.scale, self.centre[1] - offset.y / self.scale]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let screen = Rect::from_min_max(pos2(100.0, 50.0), pos2(900.0, 650.0));
        let field = Field::by_hand(screen);
        let [x, y] = field.to_plane(field.to_screen([2.5, 4.5]));
        assert!((x - 2.5).abs() < 1e-4 && (y - 4.5).abs() < 1e-4);
        assert!(screen.contains(field.to_screen([0.0, 0.0])) && screen.contains(field.to_screen([10.0, 6.0])));
        assert!(field.to_screen([0.0, 6.0]).y < field.to_screen([0.0, 0.0]).y, "up is up");
        let one = Field::around(screen, [[3.0, 3.0]].iter());
        assert!(one.to_screen([3.0, 3.0]).distance(screen.center()) < 1e-3);
        assert!(screen.contains(Field::around(screen, [].iter()).to_screen([1.0, 1.0])));
    }
}
