//! Where on the map the window looks.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// Maps map coordinates (y upwards) to points of the screen (y downwards).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Map coordinates in the middle of the view.
    centre: [f32; 2],
    /// Points of the screen to one unit of the map; 0 before the first fit.
    scale: f32,
    /// The scale at which everything is seen.
    fitted: f32,
    /// Whether the view follows the map by itself, until the user moves it.
    pub following: bool,
}

impl Default for Camera {
    fn default() -> Self {
        Self { centre: [0.0; 2], scale: 0.0, fitted: 0.0, following: true }
    }
}

impl Camera {
    /// Margin around the whole map, in points of the screen.
    const MARGIN: f32 = 36.0;

    /// Shows all of `bounds` in `rect`, as the whole that the zoom is measured by.
    pub fn fit(&mut self, bounds: Bounds, rect: Rect) {
        self.look_at(bounds, rect);
        self.fitted = self.scale;
        self.following = true;
    }

    /// Shows `bounds`, a part of the map, in `rect`.
    pub fn look_at(&mut self, bounds: Bounds, rect: Rect) {
        let size = bounds.size();
        let room = (rect.size() - Vec2::splat(Self::MARGIN * 2.0)).max(Vec2::splat(20.0));
        self.scale = (room.x / size.x).min(room.y / size.y);
        self.centre = bounds.centre();
        self.following = false;
    }

    /// How far it is zoomed in: 1 where everything is seen.
    pub fn zoom(&self) -> f32 {
        if self.fitted > 0.0 { self.scale / self.fitted } else { 1.0 }
    }

    pub fn to_screen(self, rect: Rect, [x, y]: [f32; 2]) -> Pos2 {
        rect.center() + vec2((x - self.centre[0]) * self.scale, (self.centre[1] - y) * self.scale)
    }

    pub fn to_map(self, rect: Rect, at: Pos2) -> [f32; 2] {
        let offset = at - rect.center();
        [self.centre[0] + offset.x / self.scale, self.centre[1] - offset.y / self.scale]
    }

    /// Map units under `points` of the screen.
    pub fn units(self, points: f32) -> f32 {
        points / self.scale.max(f32::MIN_POSITIVE)
    }

    /// What of the map `rect` shows, with `margin` points around it.
    pub fn visible(self, rect: Rect, margin: f32) -> Bounds {
        let rect = rect.expand(margin);
        let [left, bottom] = self.to_map(rect, pos2(rect.left(), rect.bottom()));
        let [right, top] = self.to_map(rect, pos2(rect.right(), rect.top()));
        Bounds { min: [left, bottom], max: [right, top] }
    }

    /// Moves the map by `delta` points of the screen.
    pub fn pan(&mut self, delta: Vec2) {
        self.centre[0] -= delta.x / self.scale;
        self.centre[1] += delta.y / self.scale;
        self.following = false;
    }

    /// Zooms by `factor`; what is under `at` stays there.
    pub fn zoom_at(&mut self, rect: Rect, at: Pos2, factor: f32) {
        let fixed = self.to_map(rect, at);
        let (least, most) = (self.fitted * 0.3, self.fitted * 400.0);
        self.scale = (self.scale * factor).clamp(least, most);
        let moved = self.to_map(rect, at);
        self.centre[0] += fixed[0] - moved[0];
        self.centre[1] += fixed[1] - moved[1];
        self.following = false;
    }
}

/// A box in map coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub min: [f32; 2],
    pub max: [f32; 2],
}

impl Bounds {
    /// The box around `positions`, never of no size.
    pub fn around<'a>(positions: impl Iterator<Item = &'a [f32; 2]>) -> Self {
        let (mut min, mut max) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for position in positions.filter(|position| position.iter().all(|value| value.is_finite())) {
            for axis in 0..2 {
                min[axis] = min[axis].min(position[axis]);
                max[axis] = max[axis].max(position[axis]);
            }
        }
        for axis in 0..2 {
            if min[axis] > max[axis] {
                (min[axis], max[axis]) = (0.0, 0.0);
            }
            if max[axis] - min[axis] < 1e-6 {
                min[axis] -= 0.5;
                max[axis] += 0.5;
            }
        }
        Self { min, max }
    }

    pub fn size(&self) -> Vec2 {
        vec2(self.max[0] - self.min[0], self.max[1] - self.min[1])
    }

    pub fn centre(&self) -> [f32; 2] {
        [(self.min[0] + self.max[0]) / 2.0, (self.min[1] + self.max[1]) / 2.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> (Camera, Rect) {
        let rect = Rect::from_min_size(pos2(100.0, 50.0), vec2(400.0, 300.0));
        let mut camera = Camera::default();
        camera.fit(Bounds { min: [-3.0, 2.0], max: [5.0, 4.0] }, rect);
        (camera, rect)
    }

    #[test]
    fn everything_is_seen_after_a_fit() {
        let (camera, rect) = camera();
        for corner in [[-3.0, 2.0], [5.0, 4.0]] {
            assert!(rect.contains(camera.to_screen(rect, corner)));
        }
        assert!(camera.to_screen(rect, [0.0, 4.0]).y < camera.to_screen(rect, [0.0, 2.0]).y, "y points up");
    }

    #[test]
    fn what_is_under_the_pointer_stays_there_while_zooming() {
        let (mut camera, rect) = camera();
        let at = pos2(170.0, 300.0);
        let before = camera.to_map(rect, at);
        camera.zoom_at(rect, at, 3.7);
        let after = camera.to_map(rect, at);
        assert!((before[0] - after[0]).abs() < 1e-4 && (before[1] - after[1]).abs() < 1e-4);
        assert!((camera.zoom() - 3.7).abs() < 1e-3);
    }

    #[test]
    fn bounds_of_one_point_or_none_have_a_size() {
        assert!(Bounds::around([[2.0, 3.0]].iter()).size().min_elem() > 0.0);
        assert!(Bounds::around([].iter()).size().min_elem() > 0.0);
        assert!(Bounds::around([[f32::NAN, 1.0], [0.0, 0.0]].iter()).size().x.is_finite());
    }
}
