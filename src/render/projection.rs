//! From the plane of a map to the pixels of a view.

/// Where a view looks: map coordinates with y upwards, pixels with y downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// Map coordinates in the middle of the view.
    pub centre: [f32; 2],
    /// Pixels to one unit of the map.
    pub scale: f32,
    /// Size of the view in pixels.
    pub size: [f32; 2],
}

impl Projection {
    /// The pixel, with fractions, of a place on the map.
    pub fn pixel(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let (x, y) = ((x - self.centre[0]) * self.scale, -((y - self.centre[1]) * self.scale));
        [x + self.size[0] * 0.5, y + self.size[1] * 0.5]
    }

    /// The view in whole pixels.
    pub(super) fn pixels(&self) -> [usize; 2] {
        self.size.map(|side| side.max(0.0) as usize)
    }
}

/// The pixels of a row or column of `count` whose middles lie within `reach` of `middle`.
pub(super) fn around(middle: f32, reach: f32, count: usize) -> std::ops::Range<usize> {
    // `as` sends what lies outside to the nearer end.
    let first = (middle - reach - 0.5).ceil().max(0.0) as usize;
    let last = (middle + reach + 0.5).floor().max(0.0) as usize;
    first.min(count)..last.min(count)
}
