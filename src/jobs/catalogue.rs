//! The index over a library's trajectories where they lie, with the compact stores that the library keeps of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::failure::RoomError;
use super::message::JobError;
use super::roster::Roster;
use crate::domain::{Span, TrackId};
use crate::library::{Extent, Library, ModelRecord, TrajectorySet};
use crate::similarity::exact::{Item, Part, Store, VERSION};
use crate::similarity::{Curves, Index, LARGE};

/// More stores than this are made into one, for each costs every query something.
const STORES: usize = 6;

/// From how many tracks on something is worth it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Tracks that get a compact store; fewer are compared in full.
    pub large: usize,
    /// New tracks whose store goes onto the disk; fewer stay in memory until there are more.
    pub written: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { large: LARGE, written: 512 }
    }
}

/// Trajectories in a mapped file.
struct Mapped {
    set: TrajectorySet,
    /// First value and number of values of each.
    lies: Vec<(usize, usize)>,
}

impl Curves for Mapped {
    fn points(&self, place: usize) -> &[f32] {
        let (start, length) = self.lies[place];
        &self.set.values()[start..start + length]
    }
}

/// Opens the index over `lies` (track, first value, number of values, by rising track), which are within `set`, and gives a
/// stamp of what it holds. `extent` is what the library had before `set` was read. A trajectory with a value that is not
/// finite is left out, with a warning in the log.
pub fn open(
    library: &Library,
    model: &ModelRecord,
    span: Span,
    extent: Extent,
    set: TrajectorySet,
    mut lies: Vec<(TrackId, usize, usize)>,
    sizes: Sizes,
) -> Result<(Index, [u8; 32]), JobError> {
    let dim = set.dim();
    if lies.len() < sizes.large {
        lies.retain(|place| is_finite(&set, place));
        let stamp = stamp(model, span, &lies);
        return Ok((over(set, &lies, dim, Vec::new()), stamp));
    }
    let name = span.name();
    let files = library.search_files(&model.name, name).map_err(|error| error.doing("Reading the library"))?;
    let mut stores = Vec::new();
    // The number of each store's file; nothing for one that is in memory alone.
    let mut numbers = Vec::new();
    for file in files {
        match Store::open(file.clone()) {
            Ok(store) if store.dim() == dim => {
                stores.push(store);
                numbers.push(Some(file.number()));
            }
            Ok(_) | Err(_) => library.drop_search_file(&file),
        }
    }
    // A store says who it holds by number, first value and length; whoever was embedded again has another first value.
    let mut open: HashMap<(TrackId, u64), usize> =
        lies.iter().map(|(track, start, length)| ((*track, *start as u64), *length)).collect();
    let mut kept: Vec<Vec<bool>> = Vec::new();
    for store in stores.iter().rev() {
        let holds = |(track, start, points): (TrackId, u64, usize)| {
            let same = open.get(&(track, start)) == Some(&(points * dim));
            same && open.remove(&(track, start)).is_some()
        };
        kept.push(store.tracks().map(holds).collect());
    }
    kept.reverse();
    let missing: Vec<(TrackId, usize, usize)> =
        lies.iter().filter(|(track, start, _)| open.contains_key(&(*track, *start as u64))).copied().collect();
    let dead = kept.iter().flatten().filter(|kept| !**kept).count();
    let all_anew = stores.len() >= STORES && !missing.is_empty() || dead * 3 > lies.len() || stores.is_empty();
    let fresh: Vec<(TrackId, usize, usize)> = if all_anew { lies.clone() } else { missing };
    let refused: Vec<TrackId> =
        fresh.iter().filter(|place| !is_finite(&set, place)).map(|(track, ..)| *track).collect();
    lies.retain(|(track, ..)| !refused.contains(track));
    let fresh: Vec<_> = fresh.into_iter().filter(|(track, ..)| !refused.contains(track)).collect();
    if all_anew {
        (stores, kept, numbers) = (Vec::new(), Vec::new(), Vec::new());
    }
    if !fresh.is_empty() {
        let store = build(&set, dim, &fresh).map_err(|reason| JobError::Failed { doing: "Searching", reason })?;
        let written = fresh.len() >= sizes.written;
        let written = written.then(|| library.put_search_file(&model.name, name, store.bytes(), all_anew));
        // The search works without; the next start makes it again.
        let warn = |error| tracing::warn!(%error, "the search file could not be kept");
        numbers.push(written.and_then(|written| written.map_err(warn).ok()));
        kept.push(vec![true; store.len()]);
        stores.push(store);
    }
    let place_of: HashMap<TrackId, u32> = lies.iter().zip(0..).map(|((track, ..), place)| (*track, place)).collect();
    let stamp = stamp(model, span, &lies);
    let mut first = 0;
    let mut slots = vec![u32::MAX; lies.len()];
    for (store, kept) in stores.iter().zip(&kept) {
        for (slot, ((track, ..), kept)) in (first..).zip(store.tracks().zip(kept)) {
            if let Some(place) = place_of.get(&track).filter(|_| *kept) {
                slots[*place as usize] = slot;
            }
        }
        first += store.len() as u32;
    }
    let numbers: Option<Vec<(u64, usize)>> =
        numbers.iter().zip(&stores).map(|(number, store)| Some(((*number)?, store.len()))).collect();
    if let Some(stores) = numbers {
        let roster = Roster { extent, weights: model.weights_hash, stamp, dim, stores, lies: lies.clone(), slots };
        if let Err(error) = library.put_search_roster(&model.name, name, &roster.encode()) {
            tracing::warn!(%error, "the list of the catalogue could not be kept");
        }
    }
    let parts = stores.into_iter().zip(kept).map(|(store, kept)| {
        let place = |((track, ..), kept): ((TrackId, u64, usize), bool)| {
            if kept { place_of.get(&track).copied().unwrap_or(Part::NOBODY) } else { Part::NOBODY }
        };
        let places = store.tracks().zip(kept).map(place).collect();
        Part::new(store, places)
    });
    let parts = parts.collect();
    Ok((over(set, &lies, dim, parts), stamp))
}

/// Opens the index as [`open`] left it, where the library still has what it had then; without reading who is in it.
pub fn reopen(
    library: &Library,
    model: &ModelRecord,
    span: Span,
    extent: Extent,
) -> Result<Option<(Index, [u8; 32])>, JobError> {
    let failed = |error: crate::library::LibraryError| error.doing("Reading the library");
    let bytes = library.search_roster(&model.name, span.name()).map_err(failed)?;
    let roster = bytes.and_then(|bytes| Roster::decode(&bytes));
    let Some(roster) = roster.filter(|roster| roster.extent == extent && roster.weights == model.weights_hash) else {
        return Ok(None);
    };
    let files = library.search_files(&model.name, span.name()).map_err(failed)?;
    let numbers = files.iter().map(|file| file.number());
    if !numbers.eq(roster.stores.iter().map(|(number, _)| *number)) {
        return Ok(None);
    }
    let set = library.trajectory_values(&model.name).map_err(failed)?;
    let end = set.values().len();
    let inside =
        |(_, start, length): &(TrackId, usize, usize)| start.checked_add(*length).is_some_and(|stop| stop <= end);
    if set.dim() != roster.dim || !roster.lies.iter().all(inside) {
        return Ok(None);
    }
    let mut parts = Vec::new();
    let mut place_of = vec![Part::NOBODY; roster.stores.iter().map(|(_, tracks)| tracks).sum()];
    for (slot, place) in roster.slots.iter().zip(0..) {
        let Some(slot) = place_of.get_mut(*slot as usize) else { return Ok(None) };
        *slot = place;
    }
    let mut rest = &place_of[..];
    for (file, (_, tracks)) in files.into_iter().zip(&roster.stores) {
        let (places, behind) = rest.split_at(*tracks);
        rest = behind;
        match Store::open(file) {
            Ok(store) if store.dim() == roster.dim && store.len() == *tracks => {
                parts.push(Part::new(store, places.to_vec()));
            }
            // What is damaged is found and made again by `open`.
            Ok(_) | Err(_) => return Ok(None),
        }
    }
    Ok(Some((over(set, &roster.lies, roster.dim, parts), roster.stamp)))
}

fn is_finite(set: &TrajectorySet, (track, start, length): &(TrackId, usize, usize)) -> bool {
    let values = set.values().get(*start..start + length);
    let finite = values.is_some_and(|values| values.iter().all(|value| value.is_finite()));
    if !finite {
        tracing::warn!(track = track.0, "a stored trajectory is left out; embed again");
    }
    finite
}

fn over(set: TrajectorySet, lies: &[(TrackId, usize, usize)], dim: usize, parts: Vec<Part>) -> Index {
    let ids = lies.iter().map(|(track, ..)| *track).collect();
    let lies = lies.iter().map(|(_, start, length)| (*start, *length)).collect();
    Index::over(ids, Arc::new(Mapped { set, lies }), dim, parts)
}

fn build(set: &TrajectorySet, dim: usize, lies: &[(TrackId, usize, usize)]) -> Result<Store, String> {
    let values = set.values();
    let items: Vec<Item<'_>> = lies
        .iter()
        .map(|(track, start, length)| Item {
            track: *track,
            start: *start as u64,
            values: &values[*start..start + length],
        })
        .collect();
    Store::build(dim, &items).map_err(|error| format!("The search file could not be made: {error}."))
}

fn stamp(model: &ModelRecord, span: Span, lies: &[(TrackId, usize, usize)]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&VERSION.to_le_bytes()).update(&model.weights_hash.0).update(span.name().as_bytes());
    for (track, start, length) in lies {
        hasher.update(&track.0.to_le_bytes());
        hasher.update(&(*start as u64).to_le_bytes()).update(&(*length as u64).to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}
