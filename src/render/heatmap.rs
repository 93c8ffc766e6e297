//! A matrix drawn as colours. This file holds what is drawn and computes it on the CPU; `heatmap_gpu.rs` and
//! `shaders/heatmap.wgsl` draw the same on the GPU.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use egui::{Color32, ColorImage, Id, Pos2, Rect, TextureHandle, TextureOptions, pos2, vec2};

use super::ColourMap;
use super::heatmap_gpu;

/// Numbers in rows, shared between copies. Every matrix made anew has a revision of its own, by which what was uploaded
/// of it is found again.
#[derive(Debug, Clone)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Arc<[f32]>,
    range: (f32, f32),
    revision: u64,
}

impl Matrix {
    /// Takes `rows` × `columns` values, row by row; `None` where they do not fill it, or where it is empty.
    pub fn new(rows: usize, columns: usize, values: impl Into<Arc<[f32]>>) -> Option<Self> {
        static REVISIONS: AtomicU64 = AtomicU64::new(1);
        let values = values.into();
        (!values.is_empty() && rows.checked_mul(columns) == Some(values.len())).then(|| Self {
            rows,
            columns,
            range: range_of(&values),
            values,
            revision: REVISIONS.fetch_add(1, Ordering::Relaxed),
        })
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Names this content; no other matrix has it.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The value in a cell; `None` outside.
    pub fn value(&self, row: usize, column: usize) -> Option<f32> {
        (column < self.columns).then(|| self.values.get(row * self.columns + column).copied()).flatten()
    }

    /// The smallest and the largest finite value; (0, 1) where there is none.
    pub fn range(&self) -> (f32, f32) {
        self.range
    }
}

fn range_of(values: &[f32]) -> (f32, f32) {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = finite.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// How the rows of a matrix lie in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Orientation {
    /// Row 0 on top, columns to the right.
    #[default]
    Table,
    /// Rows to the right, column 0 at the bottom: frames run with time and the lowest mel band is the lowest line.
    Upright,
}

/// One drawing of a matrix.
#[derive(Debug, Clone)]
pub struct Heatmap {
    matrix: Matrix,
    map: ColourMap,
    range: (f32, f32),
    orientation: Orientation,
    view: Rect,
}

/// The part of an image that is the whole image.
const WHOLE: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1.0, 1.0) };

impl Heatmap {
    /// Draws `matrix` as a table, from 0 (first colour) to 1 (last colour).
    pub fn new(matrix: &Matrix) -> Self {
        Self {
            matrix: matrix.clone(),
            map: ColourMap::default(),
            range: (0.0, 1.0),
            orientation: Orientation::Table,
            view: WHOLE,
        }
    }

    #[must_use]
    pub fn colours(mut self, map: ColourMap) -> Self {
        self.map = map;
        self
    }

    /// The values that take the first and the last colour.
    #[must_use]
    pub fn range(mut self, low: f32, high: f32) -> Self {
        self.range = (low, high);
        self
    }

    #[must_use]
    pub fn orientation(mut self, orientation: Orientation) -> Self {
        self.orientation = orientation;
        self
    }

    /// The part of the image that is shown, in shares of its width and height from the left top corner.
    #[must_use]
    pub fn view(mut self, view: Rect) -> Self {
        self.view = view.intersect(WHOLE);
        self
    }

    /// The colours it draws in.
    pub fn colour_map(&self) -> ColourMap {
        self.map
    }

    pub(super) fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    pub(super) fn parts(&self) -> (ColourMap, (f32, f32), Orientation, Rect) {
        (self.map, self.range, self.orientation, self.view)
    }

    /// Columns and rows of the image, in cells.
    pub fn extent(&self) -> [usize; 2] {
        match self.orientation {
            Orientation::Table => [self.matrix.columns, self.matrix.rows],
            Orientation::Upright => [self.matrix.rows, self.matrix.columns],
        }
    }

    /// Row and column of the matrix under `pos`, where the heat-map is drawn in `rect`; `None` outside.
    pub fn cell_at(&self, rect: Rect, pos: Pos2) -> Option<(usize, usize)> {
        if !rect.contains(pos) || !rect.is_positive() {
            return None;
        }
        let [columns, rows] = self.extent();
        let share = (pos - rect.min) / rect.size();
        let at = self.view.min.to_vec2() + share * self.view.size();
        let x = ((at.x * columns as f32) as usize).min(columns - 1);
        let y = ((at.y * rows as f32) as usize).min(rows - 1);
        Some(match self.orientation {
            Orientation::Table => (y, x),
            Orientation::Upright => (x, self.matrix.columns - 1 - y),
        })
    }

    /// The colour of pixel (`x`, `y`) of an image of `size` pixels: that of the nearest cell along an axis that is
    /// magnified, of the mean of the cells under the pixel along one that is minified.
    pub fn pixel(&self, size: [usize; 2], x: usize, y: usize) -> [u8; 3] {
        let [columns, rows] = self.extent();
        let across = Footprint::of(x, size[0], self.view.min.x, self.view.max.x, columns);
        let down = Footprint::of(y, size[1], self.view.min.y, self.view.max.y, rows);
        let (mut sum, mut weights) = (0.0, 0.0);
        for y in down.cells.clone() {
            for x in across.cells.clone() {
                let weight = down.weight(y) * across.weight(x);
                sum += weight * self.cell(x, y);
                weights += weight;
            }
        }
        let (low, high) = self.range;
        let value = (sum / f32::max(weights, 1e-12) - low) / f32::max(high - low, 1e-12);
        self.map.colour(value)
    }

    /// The whole drawing in `size` pixels.
    pub fn image(&self, size: [usize; 2]) -> ColorImage {
        let mut pixels = Vec::with_capacity(size[0] * size[1]);
        for y in 0..size[1] {
            for x in 0..size[0] {
                let [red, green, blue] = self.pixel(size, x, y);
                pixels.push(Color32::from_rgb(red, green, blue));
            }
        }
        ColorImage::new(size, pixels)
    }

    /// Draws it in `rect`, which is moved to whole pixels: on the GPU where [`super::install`] was called, else as a
    /// texture made here. `id` names the place, so that the texture is made again only when something changed.
    pub fn paint(&self, ui: &egui::Ui, id: Id, rect: Rect) {
        let scale = ui.pixels_per_point();
        let left_top = (rect.min.to_vec2() * scale).round();
        let right_bottom = (rect.max.to_vec2() * scale).round();
        let size = (right_bottom - left_top).max(vec2(0.0, 0.0));
        let rect = Rect::from_min_max((left_top / scale).to_pos2(), (right_bottom / scale).to_pos2());
        if size.x < 1.0 || size.y < 1.0 || !ui.is_rect_visible(rect) {
            return;
        }
        if heatmap_gpu::is_installed(ui.ctx(), self.matrix.values.len()) {
            ui.painter().add(heatmap_gpu::callback(self.clone(), rect, left_top, size));
        } else {
            let texture = self.texture(ui.ctx(), id, size);
            ui.painter().image(texture.id(), rect, WHOLE, Color32::WHITE);
        }
    }

    fn texture(&self, ctx: &egui::Context, id: Id, size: egui::Vec2) -> TextureHandle {
        let side = ctx.input(|input| input.max_texture_side);
        let size = [(size.x as usize).min(side), (size.y as usize).min(side)];
        let drawn = Drawn { revision: self.matrix.revision, size, parts: self.parts() };
        let id = id.with("heatmap");
        if let Some((known, texture)) = ctx.data(|data| data.get_temp::<(Drawn, TextureHandle)>(id))
            && known == drawn
        {
            return texture;
        }
        let texture = ctx.load_texture("heatmap", self.image(size), TextureOptions::NEAREST);
        ctx.data_mut(|data| data.insert_temp(id, (drawn, texture.clone())));
        texture
    }

    /// The value of a cell of the image, counted from its left top corner.
    fn cell(&self, x: usize, y: usize) -> f32 {
        let columns = self.matrix.columns;
        let index = match self.orientation {
            Orientation::Table => y * columns + x,
            Orientation::Upright => x * columns + (columns - 1 - y),
        };
        self.matrix.values.get(index).copied().unwrap_or_default()
    }
}

/// What a texture shows.
#[derive(Debug, Clone, PartialEq)]
struct Drawn {
    revision: u64,
    size: [usize; 2],
    parts: (ColourMap, (f32, f32), Orientation, Rect),
}

/// The cells under one pixel along one axis, counted in `f32` as the shader does.
#[derive(Debug)]
struct Footprint {
    from: f32,
    to: f32,
    cells: Range<usize>,
}

impl Footprint {
    /// Under pixel `index` of `size`, where the pixels show the part from `start` to `end` (0 to 1) of `count` cells.
    fn of(index: usize, size: usize, start: f32, end: f32, count: usize) -> Self {
        let span = (end - start) * count as f32;
        let start = start * count as f32;
        let from = start + index as f32 / size as f32 * span;
        let to = start + (index as f32 + 1.0) / size as f32 * span;
        let cells = if to - from <= 1.0 {
            let nearest = (((from + to) * 0.5).max(0.0) as usize).min(count - 1);
            nearest..nearest + 1
        } else {
            let first = (from.max(0.0) as usize).min(count - 1);
            first..(to.ceil() as usize).clamp(first + 1, count)
        };
        Self { from, to, cells }
    }

    fn weight(&self, cell: usize) -> f32 {
        if self.to - self.from <= 1.0 {
            return 1.0;
        }
        ((cell as f32 + 1.0).min(self.to) - (cell as f32).max(self.from)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(rows: usize, columns: usize) -> Matrix {
        let count = rows * columns;
        let values: Vec<f32> = (0..count).map(|i| i as f32 / (count - 1) as f32).collect();
        Matrix::new(rows, columns, values).unwrap()
    }

    #[test]
    fn a_matrix_is_filled_and_not_empty() {
        assert!(Matrix::new(2, 2, vec![0.0; 3]).is_none());
        assert!(Matrix::new(0, 2, vec![]).is_none());
        let matrix = ramp(2, 2);
        assert_eq!(matrix.value(1, 1), Some(1.0));
        assert_eq!(matrix.value(0, 2), None);
        assert_eq!(matrix.range(), (0.0, 1.0));
        assert_ne!(matrix.revision(), ramp(2, 2).revision());
    }

    #[test]
    fn magnified_cells_keep_their_own_colour() {
        let map = ColourMap::Viridis;
        let heatmap = Heatmap::new(&ramp(2, 2)).colours(map);
        let image = heatmap.image([6, 6]);
        for (x, y, value) in [(0, 0, 0.0), (2, 2, 0.0), (3, 0, 1.0 / 3.0), (0, 5, 2.0 / 3.0), (5, 5, 1.0)] {
            let [red, green, blue] = map.colour(value);
            assert_eq!(image[(x, y)], Color32::from_rgb(red, green, blue), "pixel {x}, {y}");
        }
    }

    #[test]
    fn minified_cells_are_averaged_with_the_share_they_take() {
        let matrix = Matrix::new(1, 3, vec![1.0, 0.0, 0.5]).unwrap();
        let map = ColourMap::Magma;
        let heatmap = Heatmap::new(&matrix).colours(map);
        // Two pixels over three cells: each covers one and a half.
        assert_eq!(heatmap.pixel([2, 1], 0, 0), map.colour(1.0 / 1.5));
        assert_eq!(heatmap.pixel([2, 1], 1, 0), map.colour(0.5 / 1.5));
        assert_eq!(heatmap.pixel([1, 1], 0, 0), map.colour(0.5));
    }

    #[test]
    fn upright_puts_the_first_column_at_the_bottom() {
        let matrix = ramp(3, 2);
        let map = ColourMap::Viridis;
        let heatmap = Heatmap::new(&matrix).colours(map).orientation(Orientation::Upright);
        assert_eq!(heatmap.extent(), [3, 2]);
        assert_eq!(heatmap.pixel([3, 2], 0, 1), map.colour(matrix.value(0, 0).unwrap()));
        assert_eq!(heatmap.pixel([3, 2], 2, 0), map.colour(matrix.value(2, 1).unwrap()));
        let rect = Rect::from_min_size(pos2(10.0, 10.0), vec2(30.0, 20.0));
        assert_eq!(heatmap.cell_at(rect, pos2(11.0, 29.0)), Some((0, 0)));
        assert_eq!(heatmap.cell_at(rect, pos2(39.0, 11.0)), Some((2, 1)));
        assert_eq!(heatmap.cell_at(rect, pos2(41.0, 11.0)), None);
    }

    #[test]
    fn a_view_shows_a_part() {
        let matrix = ramp(1, 4);
        let map = ColourMap::Viridis;
        let view = Rect::from_min_max(pos2(0.5, 0.0), pos2(1.0, 1.0));
        let heatmap = Heatmap::new(&matrix).colours(map).view(view);
        assert_eq!(heatmap.pixel([2, 1], 0, 0), map.colour(2.0 / 3.0));
        let rect = Rect::from_min_size(Pos2::ZERO, vec2(2.0, 1.0));
        assert_eq!(heatmap.cell_at(rect, pos2(0.1, 0.5)), Some((0, 2)));
    }
}
