//! A walk from one track to another in small, even steps through the embedding.
//!
//! Between two points the way of `n` jumps with the least energy Σ ‖xᵢ₊₁ − xᵢ‖² goes straight in `n` equal jumps, and its
//! energy is d² ÷ n (Cauchy and Schwarz); the energy of a way through given points is the discrete form of that of a
//! geodesic (do Carmo, Riemannian Geometry, 1992, chapter 9). So each next track is the one that makes what was walked
//! and the least that can be left smallest:
//!
//! d(last, x)² + d(x, end)² ÷ jumps left
//!
//! Then every track between is exchanged for a better one, d(before, x)² + d(x, after)², until none is. Distances are those
//! between the means of the tracks' segments.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::domain::{Cancelled, Control, TrackId};

use super::Index;
use super::artists::known;
use super::kernel::squared_distance;

/// How a walk is to be.
#[derive(Debug, Clone, Default)]
pub struct WalkOptions {
    /// Tracks of the walk, both ends with it; at least 2. Fewer where there are not enough tracks between.
    pub tracks: usize,
    /// Places one artist may take, the ends with it; 0 is no limit. Tracks without a known artist are not limited.
    pub per_artist: usize,
    /// The artist of each track, as far as known.
    pub artists: Arc<HashMap<TrackId, String>>,
    /// Tracks that take no part: duplicates of the ends, hidden ones.
    pub exclude: HashSet<TrackId>,
}

/// A walk, from its first track to its last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Walk {
    pub tracks: Vec<TrackId>,
    /// The distance of each jump, one less than tracks.
    pub jumps: Vec<f32>,
    /// The distance between the two ends.
    pub direct: f32,
}

/// Rounds of exchanging tracks at most; each makes the walk shorter, so there are few in practice.
const ROUNDS: usize = 12;

/// One end and the other with what lies between, on the way.
struct Way<'a> {
    index: &'a Index,
    options: &'a WalkOptions,
    /// Places of the tracks that may be walked over: no farther from either end than the ends from each other.
    between: Vec<usize>,
    /// The square of the distance between the ends: no jump is longer.
    longest: f32,
    places: Vec<usize>,
    artists: Vec<Option<String>>,
}

impl Index {
    /// A walk from `from` to `to`: no track twice, no jump longer than the direct one, no artist more often than allowed.
    /// `None` where either end is not here. A walk to itself has one track.
    ///
    /// # Errors
    /// [`Cancelled`] as soon as the work is.
    pub fn walk(
        &self,
        from: TrackId,
        to: TrackId,
        options: &WalkOptions,
        control: &Control,
    ) -> Result<Option<Walk>, Cancelled> {
        let (Some(start), Some(end)) = (self.place(from), self.place(to)) else { return Ok(None) };
        if start == end {
            return Ok(Some(Walk { tracks: vec![from], jumps: Vec::new(), direct: 0.0 }));
        }
        let squared = |a: usize, b: usize| squared_distance(self.mean_at(a), self.mean_at(b));
        let longest = squared(start, end);
        let is_between = |place: &usize| {
            *place != start
                && *place != end
                && !options.exclude.contains(&self.ids()[*place])
                && squared(start, *place) <= longest
                && squared(*place, end) <= longest
        };
        let between = (0..self.len()).into_par_iter().with_min_len(1 << 10).filter(is_between).collect();
        let artist = |place: usize| known(&*options.artists, self.ids()[place]);
        let mut way = Way {
            index: self,
            options,
            between,
            longest,
            places: vec![start],
            artists: vec![artist(start), artist(end)],
        };
        let jumps = options.tracks.max(2) - 1;
        for left in (1..jumps).rev() {
            control.checkpoint()?;
            let last = way.places[way.places.len() - 1];
            let share = 1.0 / left as f32;
            let Some(next) = way.best(&[], last, |place| squared(place, end) * share) else { break };
            way.artists.push(artist(next));
            way.places.push(next);
        }
        way.places.push(end);
        way.improve(control)?;
        let distance = |pair: &[usize]| squared(pair[0], pair[1]).sqrt();
        Ok(Some(Walk {
            tracks: way.places.iter().map(|place| self.ids()[*place]).collect(),
            jumps: way.places.windows(2).map(distance).collect(),
            direct: longest.sqrt(),
        }))
    }
}

impl Way<'_> {
    /// The track that may follow `last` for which the square of that jump and `rest` are least together. `given_up` are
    /// artists that have a place less taken than they have.
    fn best(&self, given_up: &[Option<String>], last: usize, rest: impl Fn(usize) -> f32 + Sync) -> Option<usize> {
        let mut taken: HashMap<&str, usize> = HashMap::new();
        for artist in self.artists.iter().flatten() {
            *taken.entry(artist).or_default() += 1;
        }
        for artist in given_up.iter().flatten() {
            taken.entry(artist).and_modify(|count| *count -= 1);
        }
        let limit = self.options.per_artist;
        let full: HashSet<&str> =
            taken.into_iter().filter(|(_, count)| limit > 0 && *count >= limit).map(|(artist, _)| artist).collect();
        let on_the_way: HashSet<usize> = self.places.iter().copied().collect();
        let ids = self.index.ids();
        let is_full = |place: usize| {
            !full.is_empty()
                && known(&*self.options.artists, ids[place]).is_some_and(|artist| full.contains(artist.as_str()))
        };
        let cost = |place: &usize| {
            let jump = squared_distance(self.index.mean_at(last), self.index.mean_at(*place));
            let fits = jump <= self.longest && !on_the_way.contains(place) && !is_full(*place);
            fits.then(|| (jump + rest(*place), *place))
        };
        let costs = self.between.par_iter().with_min_len(1 << 9).filter_map(cost);
        costs.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(_, place)| place)
    }

    /// Exchanges tracks between the ends as long as the energy falls.
    fn improve(&mut self, control: &Control) -> Result<(), Cancelled> {
        let index = self.index;
        let squared = |a: usize, b: usize| squared_distance(index.mean_at(a), index.mean_at(b));
        for _ in 0..ROUNDS {
            let mut improved = false;
            for at in 1..self.places.len() - 1 {
                control.checkpoint()?;
                let [before, here, after] = [self.places[at - 1], self.places[at], self.places[at + 1]];
                let longest = self.longest;
                // A jump too long is none at all.
                let onward = |place: usize| {
                    let jump = squared(place, after);
                    if jump <= longest { jump } else { f32::INFINITY }
                };
                let own = known(&*self.options.artists, index.ids()[here]);
                let Some(found) = self.best(std::slice::from_ref(&own), before, onward) else { continue };
                let energy = |place: usize| squared(before, place) + squared(place, after);
                if energy(found) < energy(here) && squared(found, after) <= longest {
                    let new = known(&*self.options.artists, index.ids()[found]);
                    if let Some(place) = self.artists.iter().position(|artist| *artist == own) {
                        self.artists[place] = new;
                    }
                    self.places[at] = found;
                    improved = true;
                }
            }
            if !improved {
                break;
            }
        }
        Ok(())
    }
}
