//! What a filter lets through, for every track of an index at once.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::Context;
use super::context::SearchIndex;
use super::failure::RoomError;
use super::message::JobError;
use crate::domain::{Filter, Key, TrackId};

/// Tempo and key of a track, close together for all tracks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sound {
    pub tempo: Option<f32>,
    pub key: Option<Key>,
}

/// Hides tracks from all recommendations, or takes them back; returns all that are hidden then.
pub fn hide(context: &Context, tracks: &[TrackId], hidden: bool) -> Result<Vec<TrackId>, JobError> {
    let doing = "Hiding";
    context.library.set_hidden(tracks, hidden).map_err(|error| error.doing(doing))?;
    context.library.hidden().map_err(|error| error.doing(doing))
}

/// For each place of the index whether its track may be recommended; `None` where all may. Hidden tracks may not.
pub(super) fn passing(
    context: &Context,
    found: &SearchIndex,
    filter: &Filter,
    keys: &[Key],
) -> Result<Option<Arc<Vec<bool>>>, JobError> {
    let mut unwanted: HashSet<TrackId> = filter.not.iter().copied().collect();
    unwanted.extend(context.library.hidden().map_err(|error| error.doing("Searching"))?);
    Ok(places(found, filter, keys, &unwanted))
}

/// The same with the unwanted tracks in hand; those of the filter do not count.
pub(super) fn places(
    found: &SearchIndex,
    filter: &Filter,
    keys: &[Key],
    unwanted: &HashSet<TrackId>,
) -> Option<Arc<Vec<bool>>> {
    let ids = found.index.ids();
    let by_sound =
        Filter { versions: false, not: Vec::new(), genre: String::new(), words: String::new(), ..filter.clone() };
    if by_sound.is_open() && !filter.has_label() && unwanted.iter().all(|track| !found.index.contains(*track)) {
        return None;
    }
    let sounds = found.sounds();
    let mut only: Vec<bool> = sounds
        .par_iter()
        .with_min_len(1 << 12)
        .zip(ids)
        .map(|(sound, id)| {
            by_sound.lets_sound(sound.tempo, sound.key, keys)
                && (!filter.has_label() || found.tracks().get(id).is_some_and(|track| filter.lets_label(track)))
        })
        .collect();
    for place in unwanted.iter().filter_map(|track| ids.binary_search(track).ok()) {
        only[place] = false;
    }
    Some(Arc::new(only))
}
