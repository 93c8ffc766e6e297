//! The points of the map with their categories, found by place.

use std::borrow::Cow;
use std::collections::HashMap;

use egui::Color32;

use crate::domain::TrackId;
use crate::state::{AppState, ColourBy};
use crate::ui::theme::{CATEGORIES, Palette};

use super::camera::Bounds;

/// One track on the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub track: TrackId,
    pub position: [f32; 2],
    /// Index into [`Points::categories`].
    pub category: u8,
}

/// A category with a place in the legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub name: String,
    pub count: usize,
}

/// What the cached points were made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Made {
    revision: u64,
    colour_by: ColourBy,
    tracks: usize,
}

/// All points, made anew only where the map, the library or the colouring has changed.
#[derive(Debug)]
pub struct Points {
    made: Option<Made>,
    /// Rises whenever they are made anew.
    pub revision: u64,
    pub list: Vec<Point>,
    /// The largest categories, then one for all others where there are any.
    pub categories: Vec<Category>,
    pub bounds: Bounds,
    /// Whether the categories are steps of one scale rather than different things.
    stepped: bool,
    grid: Grid,
}

impl Default for Points {
    fn default() -> Self {
        Self {
            made: None,
            revision: 0,
            list: Vec::new(),
            categories: Vec::new(),
            bounds: Bounds::around([].iter()),
            stepped: false,
            grid: Grid::default(),
        }
    }
}

impl Points {
    /// Follows the state.
    pub fn refresh(&mut self, state: &AppState) {
        let made = Made {
            revision: state.map.revision,
            colour_by: state.session.colour_by,
            tracks: state.library.tracks.len(),
        };
        if self.made == Some(made) {
            return;
        }
        self.made = Some(made);
        self.revision += 1;
        let placed = state.map.points();
        self.stepped = state.session.colour_by == ColourBy::Distortion;
        let (of, categories) = if self.stepped { steps(state, &placed) } else { categorise(state, &placed) };
        self.categories = categories;
        self.list = placed
            .into_iter()
            .zip(of)
            .map(|((track, position), category)| Point { track, position, category })
            .collect();
        self.bounds = Bounds::around(self.list.iter().map(|point| &point.position));
        self.grid = Grid::new(&self.list, self.bounds);
    }

    /// The point nearest to `at`, no further than `reach` map units away.
    pub fn nearest(&self, at: [f32; 2], reach: f32) -> Option<&Point> {
        let area = Bounds { min: [at[0] - reach, at[1] - reach], max: [at[0] + reach, at[1] + reach] };
        let distance = |point: &Point| {
            let [x, y] = [point.position[0] - at[0], point.position[1] - at[1]];
            x * x + y * y
        };
        self.within(area)
            .map(|point| (distance(point), point))
            .filter(|(distance, _)| *distance <= reach * reach)
            .min_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, point)| point)
    }

    /// How many points lie in the cells that `area` touches.
    pub fn count_within(&self, area: Bounds) -> usize {
        self.grid.cells(area).map(<[u32]>::len).sum()
    }

    /// The colours of the categories.
    pub fn colours(&self, palette: &Palette) -> [Color32; CATEGORIES] {
        if self.stepped { std::array::from_fn(|index| palette.step(index, STEPS)) } else { palette.categories }
    }

    /// Which of the colours of categories one has; `None` for what has none of its own.
    pub fn colour(&self, category: u8) -> Option<usize> {
        let index = usize::from(category);
        let rest = index + 1 == self.categories.len()
            && self.categories.last().is_some_and(|last| matches!(last.name.as_str(), "Other" | "Not known"));
        (index < CATEGORIES && !rest).then_some(index)
    }

    /// The points of the cells that `area` touches.
    pub fn within(&self, area: Bounds) -> impl Iterator<Item = &Point> {
        self.grid.cells(area).flat_map(|items| items.iter()).filter_map(|index| self.list.get(*index as usize))
    }
}

/// Steps of the share of neighbours lost.
const STEPS: usize = 5;

/// The step of each placed track on the scale of neighbours lost, and the legend: every step in its order.
fn steps(state: &AppState, placed: &[(TrackId, [f32; 2])]) -> (Vec<u8>, Vec<Category>) {
    let points = state.map.layout.iter().flat_map(|layout| &layout.points);
    let lost: HashMap<TrackId, f32> = points.filter_map(|point| Some((point.track, point.lost?))).collect();
    let step = |lost: f32| ((lost * STEPS as f32) as usize).min(STEPS - 1);
    let of: Vec<u8> = placed.iter().map(|(id, _)| lost.get(id).map_or(STEPS, |lost| step(*lost)) as u8).collect();
    let count = |step: usize| of.iter().filter(|own| usize::from(**own) == step).count();
    let name = |step: usize| format!("{} to {} % lost", step * 100 / STEPS, (step + 1) * 100 / STEPS);
    let mut categories: Vec<Category> =
        (0..STEPS).map(|step| Category { name: name(step), count: count(step) }).collect();
    if count(STEPS) > 0 {
        categories.push(Category { name: "Not known".to_owned(), count: count(STEPS) });
    }
    (of, categories)
}

/// The category of each placed track, and the legend: the largest categories first, the rest as one.
fn categorise(state: &AppState, placed: &[(TrackId, [f32; 2])]) -> (Vec<u8>, Vec<Category>) {
    let clusters: HashMap<TrackId, u16> = match (state.session.colour_by, &state.map.layout) {
        (ColourBy::Cluster, Some(layout)) => layout.points.iter().map(|point| (point.track, point.cluster)).collect(),
        _ => HashMap::new(),
    };
    let names: Vec<Option<Cow<'_, str>>> = placed
        .iter()
        .map(|(id, _)| match state.session.colour_by {
            ColourBy::Cluster => clusters.get(id).map(|cluster| format!("Cluster {}", cluster + 1).into()),
            by => state.library.track(*id).and_then(|track| {
                let tags = &track.tags;
                let name = match by {
                    ColourBy::Genre => &tags.genre,
                    ColourBy::Artist => &tags.artist,
                    _ => &tags.album,
                };
                name.as_deref().map(Cow::Borrowed)
            }),
        })
        .collect();
    let (keys, ordered) = by_size(&names);
    let known = ordered.len().min(CATEGORIES);
    let index: HashMap<&str, u8> =
        ordered.iter().take(known).enumerate().map(|(index, (key, ..))| (key.as_str(), index as u8)).collect();
    let of: Vec<u8> =
        keys.iter().map(|key| key.as_deref().and_then(|key| index.get(key).copied()).unwrap_or(known as u8)).collect();
    let mut categories: Vec<Category> =
        ordered.iter().take(known).map(|(_, name, count)| Category { name: name.clone(), count: *count }).collect();
    let others = of.iter().filter(|category| usize::from(**category) == known).count();
    if others > 0 {
        let name = match (known, ordered.len() > known) {
            (_, true) => "Other",
            _ => "Not known",
        };
        categories.push(Category { name: name.to_owned(), count: others });
    }
    (of, categories)
}

/// The key of each name, by which "ambient" is "Ambient", and the keys with the spelling that occurs most and the number of
/// those that have them, largest first.
fn by_size(names: &[Option<Cow<'_, str>>]) -> (Vec<Option<String>>, Vec<(String, String, usize)>) {
    let keys: Vec<Option<String>> =
        names.iter().map(|name| name.as_deref().map(|name| name.trim().to_lowercase())).collect();
    let mut spellings: HashMap<&str, HashMap<&str, usize>> = HashMap::new();
    for (key, name) in keys.iter().zip(names) {
        if let (Some(key), Some(name)) = (key, name) {
            *spellings.entry(key).or_default().entry(name.trim()).or_default() += 1;
        }
    }
    let mut ordered: Vec<(String, String, usize)> = spellings
        .into_iter()
        .filter_map(|(key, spelt)| {
            let name = spelt.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))?.0;
            Some((key.to_owned(), (*name).to_owned(), spelt.values().sum()))
        })
        .collect();
    ordered.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    (keys, ordered)
}

/// Indices of points by cell, cell after cell.
#[derive(Debug, Default)]
struct Grid {
    origin: [f32; 2],
    cell: [f32; 2],
    side: usize,
    /// Where each cell's items start; one more than cells.
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Grid {
    fn new(points: &[Point], bounds: Bounds) -> Self {
        // About two points to a cell, where they are spread evenly.
        let side = ((points.len() as f32 / 2.0).sqrt().ceil() as usize).clamp(1, 512);
        let size = bounds.size();
        let mut grid = Self {
            origin: bounds.min,
            cell: [size.x / side as f32, size.y / side as f32],
            side,
            starts: vec![0; side * side + 1],
            items: vec![0; points.len()],
        };
        let cells: Vec<usize> = points.iter().map(|point| grid.cell_of(point.position)).collect();
        for cell in &cells {
            grid.starts[cell + 1] += 1;
        }
        for cell in 0..side * side {
            grid.starts[cell + 1] += grid.starts[cell];
        }
        let mut next = grid.starts.clone();
        for (index, cell) in cells.iter().enumerate() {
            grid.items[next[*cell] as usize] = index as u32;
            next[*cell] += 1;
        }
        grid
    }

    fn axis(&self, value: f32, axis: usize) -> usize {
        // `as` sends what is not a number, or lies left of the grid, to 0.
        (((value - self.origin[axis]) / self.cell[axis]) as usize).min(self.side.saturating_sub(1))
    }

    fn cell_of(&self, [x, y]: [f32; 2]) -> usize {
        self.axis(y, 1) * self.side + self.axis(x, 0)
    }

    fn cells(&self, area: Bounds) -> impl Iterator<Item = &[u32]> {
        let filled = !self.items.is_empty();
        let columns = self.axis(area.min[0], 0)..=self.axis(area.max[0], 0);
        let rows = self.axis(area.min[1], 1)..=self.axis(area.max[1], 1);
        rows.filter(move |_| filled).flat_map(move |row| {
            // The cells of a row lie side by side, and so do their items.
            let from = self.starts[row * self.side + columns.start()];
            let to = self.starts[row * self.side + columns.end() + 1];
            std::iter::once(&self.items[from as usize..to as usize])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(positions: &[[f32; 2]]) -> Points {
        let list: Vec<Point> = positions
            .iter()
            .enumerate()
            .map(|(index, position)| Point { track: TrackId(index as i64), position: *position, category: 0 })
            .collect();
        let bounds = Bounds::around(positions.iter());
        Points {
            made: None,
            revision: 0,
            categories: Vec::new(),
            grid: Grid::new(&list, bounds),
            bounds,
            list,
            stepped: false,
        }
    }

    #[test]
    fn the_grid_finds_what_looking_at_every_point_finds() {
        // A fixed pseudo-random scatter (linear congruential, Numerical Recipes).
        let mut seed = 7_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 24) as f32 * 20.0 - 10.0
        };
        let positions: Vec<[f32; 2]> = (0..500).map(|_| [random(), random()]).collect();
        let points = points(&positions);
        for _ in 0..200 {
            let (at, reach) = ([random() * 1.2, random() * 1.2], random().abs() * 0.2);
            let distance = |p: &[f32; 2]| (p[0] - at[0]).hypot(p[1] - at[1]);
            let expected = positions
                .iter()
                .enumerate()
                .filter(|(_, p)| distance(p) <= reach)
                .min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)))
                .map(|(index, _)| TrackId(index as i64));
            assert_eq!(points.nearest(at, reach).map(|point| point.track), expected);
        }
    }

    #[test]
    fn a_category_is_one_however_it_is_spelt() {
        let names = ["ambient", "Ambient", "Dub", "Ambient ", "dub", "Jazz"].map(|name| Some(Cow::Borrowed(name)));
        let (keys, ordered) = by_size(&names.into_iter().chain([None]).collect::<Vec<_>>());
        let shown: Vec<_> = ordered.iter().map(|(_, name, count)| (name.as_str(), *count)).collect();
        assert_eq!(shown, [("Ambient", 3), ("Dub", 2), ("Jazz", 1)]);
        assert_eq!((keys[0].as_deref(), keys[3].as_deref(), &keys[6]), (Some("ambient"), Some("ambient"), &None));
    }

    #[test]
    fn no_points_and_points_in_one_place_are_no_trouble() {
        assert!(points(&[]).nearest([0.0, 0.0], 1.0).is_none());
        let stacked = points(&[[1.0, 1.0]; 9]);
        assert!(stacked.nearest([1.0, 1.0], 0.1).is_some());
        assert!(stacked.nearest([3.0, 1.0], 0.1).is_none());
        assert_eq!(stacked.within(stacked.bounds).count(), 9);
    }
}
