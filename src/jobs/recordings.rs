//! Which tracks are one recording: other encodes and re-releases, told by their fingerprints.
//!
//! Fingerprints are made of tracks that have a near neighbour alone: a pair that is one recording is near in the space as
//! well, and decoding everything again would take as long as an import.

use std::collections::HashSet;
use std::path::PathBuf;

use rayon::prelude::*;

use super::context::SearchIndex;
use super::failure::RoomError;
use super::message::{JobError, RecordingsFound};
use super::{Context, Report};
use crate::audio::AudioReader;
use crate::domain::{Cancelled, Control, Metric, Progress, Recording, Span, TrackId};
use crate::dsp::{Printer, is_same_recording};

const DOING: &str = "Looking for versions";
/// Nearest tracks of each that may be the same recording.
const CANDIDATES: usize = 6;
/// Distance by mean, over whole tracks, beyond which two are not the same recording. Other encodes of the corpus's clips
/// (MP3 at 64 kbit/s the worst) are at .02 to .58; `docs/recordings.md` says how that was measured.
const NEAR: f32 = 0.7;
/// Tracks that are looked at between two times of keeping what was found.
const CHUNK: usize = 64;
/// The longest track that is fingerprinted, in seconds.
const LONGEST_S: f64 = 2.0 * 3_600.0;
/// Up to this length, in seconds, a track may be a preview of a longer one.
const PREVIEW_S: f64 = 45.0;
/// How far the lengths of two versions may be apart: in seconds, or as part of the longer one.
const APART: (f64, f64) = (10.0, 0.1);

/// Every recording with several versions.
pub fn all(context: &Context) -> Result<Vec<Recording>, JobError> {
    context.library.recordings().map_err(|error| error.doing(DOING))
}

/// Keeps tracks apart from their other versions, or folds them again; all recordings as they are then.
pub fn keep_apart(context: &Context, tracks: &[TrackId], apart: bool) -> Result<Vec<Recording>, JobError> {
    context.library.set_apart(tracks, apart).map_err(|error| error.doing("Keeping versions apart"))?;
    all(context)
}

/// Tracks that another version stands for, and all other versions of the `seeds`.
pub(super) fn folded(context: &Context, seeds: &[TrackId]) -> Result<HashSet<TrackId>, JobError> {
    let mut folded = HashSet::new();
    for recording in context.recordings().map_err(|error| error.doing("Searching"))?.iter() {
        folded.extend(recording.folded());
        folded.extend(seeds.iter().flat_map(|seed| recording.others(*seed)));
    }
    folded.retain(|track| !seeds.contains(track));
    Ok(folded)
}

/// Looks for versions of every track that none were looked for yet. What was found is kept, however it ends.
///
/// # Errors
/// Where nothing is embedded by the active model, or the library cannot be written.
pub fn find(context: &Context, control: &Control, report: &dyn Report) -> Result<RecordingsFound, JobError> {
    control.checkpoint()?;
    let model = context.active_model()?;
    let found = context.index(&model, Span::Whole)?;
    let failed = |error: crate::library::LibraryError| error.doing(DOING);
    let ids = found.index.ids();
    let missing = context.library.tracks_not_compared().map_err(failed)?;
    let places: Vec<u32> = missing.iter().filter_map(|id| Some(ids.binary_search(id).ok()? as u32)).collect();
    let total = Some(places.len() as u64);
    let pool = rayon::ThreadPoolBuilder::new().thread_name(|index| format!("fingerprint-{index}")).build();
    let pool = pool.map_err(|error| JobError::Failed { doing: DOING, reason: error.to_string() })?;
    let mut summary = RecordingsFound::default();
    report.progress(Progress::new(DOING, 0, total));
    for places in places.chunks(CHUNK) {
        control.checkpoint()?;
        let pairs = candidates(&found, places, control)?;
        let mut wanted: Vec<TrackId> = pairs.iter().flatten().copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let prints = prints(context, &found, &wanted, &pool, control)?;
        let print = |track: TrackId| {
            let place = prints.binary_search_by_key(&track, |(track, _)| *track).ok()?;
            prints[place].1.as_deref()
        };
        summary.fingerprinted += wanted.len();
        let is_one = |pair: &[TrackId; 2]| {
            let [one, other] = pair.map(print);
            one.zip(other).is_some_and(|(one, other)| is_same_recording(one, other))
        };
        let joined: Vec<[TrackId; 2]> = pool.install(|| pairs.into_par_iter().filter(is_one).collect());
        // What could not be read now is looked for again the next time.
        let unread =
            |place: &&u32| prints.iter().any(|(track, print)| print.is_none() && *track == ids[**place as usize]);
        let (unread, compared): (Vec<&u32>, Vec<&u32>) = places.iter().partition(unread);
        summary.unreadable += unread.len();
        summary.compared += compared.len();
        summary.pairs += joined.len();
        let compared: Vec<TrackId> = compared.into_iter().map(|place| ids[*place as usize]).collect();
        context.library.put_recordings(&compared, &joined).map_err(failed)?;
        report.progress(Progress::new(DOING, (summary.compared + summary.unreadable) as u64, total));
    }
    Ok(summary)
}

/// Pairs of near tracks that may be one recording by their length, each once.
fn candidates(found: &SearchIndex, places: &[u32], control: &Control) -> Result<Vec<[TrackId; 2]>, Cancelled> {
    let rows = found.index.neighbours_among(Metric::Mean, places, CANDIDATES, control, &|_| ())?;
    let length = |track: TrackId| found.track(track).map_or(f64::INFINITY, |track| track.duration_s);
    let mut pairs: Vec<[TrackId; 2]> = rows
        .iter()
        .filter(|row| row.distance <= NEAR && may_be_one(length(row.query), length(row.neighbour)))
        .map(|row| [row.query.min(row.neighbour), row.query.max(row.neighbour)])
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    Ok(pairs)
}

/// Whether two lengths, in seconds, may be those of versions of one recording.
fn may_be_one(one: f64, other: f64) -> bool {
    let (shorter, longer) = (one.min(other), one.max(other));
    let apart = longer - shorter;
    longer <= LONGEST_S && (apart <= APART.0 || apart <= APART.1 * longer || shorter <= PREVIEW_S)
}

/// The fingerprints of tracks, kept ones and new ones, in their order; none for what cannot be read.
fn prints(
    context: &Context,
    found: &SearchIndex,
    tracks: &[TrackId],
    pool: &rayon::ThreadPool,
    control: &Control,
) -> Result<Vec<(TrackId, Option<Vec<u32>>)>, JobError> {
    let failed = |error: crate::library::LibraryError| error.doing(DOING);
    let mut all = Vec::with_capacity(tracks.len());
    let mut new: Vec<(usize, TrackId, PathBuf)> = Vec::new();
    for track in tracks {
        let print = context.library.fingerprint(*track).map_err(failed)?;
        if let (None, Some(known)) = (&print, found.track(*track)) {
            new.push((all.len(), *track, known.path.clone()));
        }
        all.push((*track, print));
    }
    let make = |(place, track, path): (usize, TrackId, PathBuf)| -> Result<_, Cancelled> {
        let print = print_of(&path, control)?;
        if print.is_none() {
            tracing::info!(track = track.0, path = %path.display(), "no fingerprint: the file cannot be read");
        }
        Ok((place, track, print))
    };
    let made: Result<Vec<_>, Cancelled> = pool.install(|| new.into_par_iter().map(make).collect());
    let mut kept = Vec::new();
    for (place, track, print) in made? {
        kept.extend(print.clone().map(|print| (track, print)));
        all[place].1 = print;
    }
    context.library.put_fingerprints(&kept).map_err(failed)?;
    Ok(all)
}

fn print_of(path: &std::path::Path, control: &Control) -> Result<Option<Vec<u32>>, Cancelled> {
    let (Ok(mut reader), Ok(mut printer)) = (AudioReader::open(path), Printer::new()) else { return Ok(None) };
    loop {
        control.checkpoint()?;
        match reader.next_block() {
            Ok(Some(samples)) => printer.push(samples),
            Ok(None) => return Ok(Some(printer.finish())),
            Err(_) => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_of_like_length_or_a_preview() {
        assert!(may_be_one(200.0, 208.0) && may_be_one(3_000.0, 2_750.0) && may_be_one(30.0, 400.0));
        assert!(!may_be_one(200.0, 240.0) && !may_be_one(7_300.0, 7_300.0));
    }
}
