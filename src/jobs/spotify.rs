//! The Spotify catalogue: its table read into the library, searched, and matched with the library's own tracks.

use std::path::Path;
use std::time::{Duration, Instant};

use super::failure::RoomError;
use super::message::{JobError, SpotifySummary};
use super::{Context, Report};
use crate::domain::{Control, Progress, SpotifyTrack, Track, TrackId, same_name};
use crate::source::spotify::csv::Rows;

const DOING: &str = "Reading the Spotify catalogue";
/// Rows that are written in one transaction.
const BATCH: usize = 20_000;
/// Bad rows that are told one by one; the rest is counted.
const TOLD: usize = 20;
/// Rows of the catalogue that are looked at for each track of the library.
const CANDIDATES: usize = 200;
/// Seconds by which two lengths of one recording differ at most.
const SAME_LENGTH_S: f64 = 3.0;

/// Reads a table of the catalogue into the library. Memory does not grow with the table. What was read before it is
/// cancelled stays; reading the same table again changes nothing.
///
/// # Errors
/// [`JobError::Failed`] where the file cannot be opened or is no such table, or the library cannot be written;
/// [`JobError::Cancelled`].
pub fn import_csv(
    context: &Context,
    path: &Path,
    control: &Control,
    report: &dyn Report,
) -> Result<SpotifySummary, JobError> {
    let begun = Instant::now();
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let mut rows = Rows::open(path).map_err(|error| error.doing(DOING))?;
    let mut summary = SpotifySummary::default();
    let mut batch: Vec<SpotifyTrack> = Vec::with_capacity(BATCH);
    let mut ended = false;
    while !ended {
        control.checkpoint()?;
        match rows.next() {
            Some(Ok(row)) => batch.push(row),
            Some(Err(bad)) => {
                summary.bad += 1;
                if summary.told.len() < TOLD {
                    summary.told.push((bad.line, bad.reason));
                }
            }
            None => ended = true,
        }
        if ended || batch.len() == BATCH {
            let listed = context.library.put_spotify(&batch).map_err(|error| error.doing(DOING))?;
            summary.new += listed.new;
            summary.changed += listed.changed;
            summary.same += listed.same;
            batch.clear();
            let read = (summary.new + summary.changed + summary.same) as u64;
            let progress = Progress::new(DOING, rows.position() >> 10, Some((size >> 10).max(1)));
            report.progress(progress.with_detail(format!("{read} rows")));
        }
    }
    summary.seconds = begun.elapsed().as_secs_f64();
    Ok(summary)
}

/// Rows that have all the words, and how many there are in the catalogue.
pub fn find(context: &Context, words: &str, limit: usize) -> Result<(Vec<SpotifyTrack>, usize), JobError> {
    let doing = "Searching the Spotify catalogue";
    let found = context.library.find_spotify(words, limit).map_err(|error| error.doing(doing))?;
    Ok((found, context.library.spotify_count().map_err(|error| error.doing(doing))?))
}

/// Finds the library's own tracks in the catalogue, by title, artist and length; returns how many of how many were found.
pub fn link(context: &Context, control: &Control, report: &dyn Report) -> Result<(usize, usize), JobError> {
    let doing = "Matching tracks with the Spotify catalogue";
    let tracks = context.library.tracks().map_err(|error| error.doing(doing))?;
    let mut links: Vec<(TrackId, String)> = Vec::new();
    let mut told = Instant::now();
    for (index, track) in tracks.iter().enumerate() {
        control.checkpoint()?;
        if let (Some(title), Some(artist)) = (&track.tags.title, &track.tags.artist) {
            let candidates = context
                .library
                .find_spotify(&crate::domain::plain_name(&format!("{title} {artist}")), CANDIDATES)
                .map_err(|error| error.doing(doing))?;
            if let Some(row) = candidates
                .into_iter()
                .filter(|row| is_same(track, title, artist, row))
                .min_by(|a, b| off(track, a).total_cmp(&off(track, b)))
            {
                links.push((track.id, row.id));
            }
        }
        if told.elapsed() > Duration::from_millis(100) {
            told = Instant::now();
            report.progress(Progress::new(doing, index as u64 + 1, Some(tracks.len() as u64)));
        }
    }
    context.library.link_spotify(&links).map_err(|error| error.doing(doing))?;
    Ok((links.len(), tracks.len()))
}

fn is_same(track: &Track, title: &str, artist: &str, row: &SpotifyTrack) -> bool {
    let by = row.artists.iter().any(|name| same_name(name, artist)) || same_name(&row.artist(), artist);
    by && same_name(&row.title, title) && off(track, row) <= SAME_LENGTH_S
}

/// Seconds between the two lengths.
fn off(track: &Track, row: &SpotifyTrack) -> f64 {
    (track.duration_s - f64::from(row.duration_ms) / 1_000.0).abs()
}
