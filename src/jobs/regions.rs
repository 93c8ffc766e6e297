//! What regions of the map are named by: the tags, keys and tempi of tracks, and how a sample of them sounds.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::{Context, SearchIndex};
use crate::domain::{Cancelled, Control, Mode, PREVIEW_FRAMES, SegmentGrid, Track, TrackId};
use crate::dsp::{Character, character};
use crate::map::{Has, MapLayout, Property, Region, RegionKind, regions};

/// Tracks that are listened to at most, evenly over the library.
const LISTENED: usize = 480;
/// Tracks that are listened to between two checkpoints.
const AT_ONCE: usize = 32;
/// Between the limits of a tempo band, in beats a minute.
const TEMPO_STEP: f32 = 20.0;

/// The regions of a finished map; without how they sound where no spectrogram can be read.
///
/// # Errors
/// [`Cancelled`] soon after `control` is cancelled.
pub fn named(
    context: &Context,
    found: &SearchIndex,
    layout: &MapLayout,
    control: &Control,
) -> Result<Vec<Region>, Cancelled> {
    let known = found.tracks();
    let tracks: Vec<Option<&Arc<Track>>> = layout.points.iter().map(|point| known.get(&point.track)).collect();
    control.checkpoint()?;
    let mut properties = vec![
        tagged(RegionKind::Genre, &tracks, |track| track.tags.genre.as_deref().map(Cow::Borrowed)),
        tagged(RegionKind::Artist, &tracks, |track| track.tags.artist.as_deref().map(Cow::Borrowed)),
        tagged(RegionKind::Tempo, &tracks, |track| track.tempo.map(|tempo| tempo_band(tempo).into())),
        tagged(RegionKind::Key, &tracks, |track| track.key.map(|key| key.to_string().into())),
        tagged(RegionKind::Key, &tracks, |track| {
            track.key.map(|key| if key.mode == Mode::Minor { "minor keys" } else { "major keys" }.into())
        }),
    ];
    let loudness: Vec<(usize, f32)> =
        (0..).zip(&tracks).filter_map(|(place, track)| Some((place, (*track)?.loudness?))).collect();
    properties.push(contrast(tracks.len(), &loudness, ["quiet", "loud"]));
    let heard = heard(context, &tracks, control)?;
    let sides: [([&str; 2], fn(&Character) -> f32); 3] = [
        (["dark", "bright"], |heard| heard.brightness),
        (["sparse", "busy"], |heard| heard.business),
        (["floating", "driving"], |heard| heard.pulse),
    ];
    for (names, of) in sides {
        let values: Vec<(usize, f32)> = heard.iter().map(|(place, heard)| (*place, of(heard))).collect();
        properties.push(contrast(tracks.len(), &values, names));
    }
    Ok(regions(layout, &properties))
}

/// "100 to 120 BPM".
fn tempo_band(tempo: f32) -> String {
    let low = (tempo / TEMPO_STEP).floor() * TEMPO_STEP;
    format!("{low:.0} to {:.0} BPM", low + TEMPO_STEP)
}

/// What tracks are labelled with: one name however it is spelt, as it is spelt first.
fn tagged<'a>(
    kind: RegionKind,
    tracks: &[Option<&'a Arc<Track>>],
    label: impl Fn(&'a Track) -> Option<Cow<'a, str>>,
) -> Property {
    let mut names = Vec::new();
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut number = |track: &Option<&'a Arc<Track>>| {
        let Some(name) = track.and_then(|track| label(track)) else { return Has::Nothing };
        let name = name.trim();
        if name.is_empty() {
            return Has::Nothing;
        }
        Has::One(*numbers.entry(name.to_lowercase()).or_insert_with(|| {
            names.push(name.to_owned());
            names.len() as u32 - 1
        }))
    };
    let of = tracks.iter().map(&mut number).collect();
    Property { kind, names, of }
}

/// The lower and the upper quarter of what was measured; tracks that were not measured do not count.
fn contrast(count: usize, values: &[(usize, f32)], names: [&str; 2]) -> Property {
    let mut sorted: Vec<f32> = values.iter().map(|(_, value)| *value).collect();
    sorted.sort_by(f32::total_cmp);
    let mut of = vec![Has::Unknown; count];
    if let (Some(low), Some(high)) = (sorted.get(sorted.len() / 4), sorted.get(sorted.len() * 3 / 4)) {
        for (place, value) in values {
            of[*place] = match (value < low, value > high) {
                (true, _) => Has::One(0),
                (_, true) => Has::One(1),
                _ => Has::Nothing,
            };
        }
    }
    Property { kind: RegionKind::Heard, names: names.map(str::to_owned).to_vec(), of }
}

/// How tracks sound in their 30-second view, or all of one that has none, with their places: an even sample of a library
/// of more than 480.
fn heard(
    context: &Context,
    tracks: &[Option<&Arc<Track>>],
    control: &Control,
) -> Result<Vec<(usize, Character)>, Cancelled> {
    let mut order: Vec<(TrackId, usize)> =
        (0..).zip(tracks).filter_map(|(place, track)| Some(((*track)?.id, place))).collect();
    order.sort_unstable();
    let listened = order.len().min(LISTENED);
    let chosen: Vec<usize> = (0..listened).map(|index| order[index * order.len() / listened].1).collect();
    let listen = |place: &usize| -> Option<(usize, Character)> {
        let place = *place;
        let track = tracks[place]?;
        let spectrogram = match context.library.mapped_spectrogram(track.id) {
            Ok(spectrogram) => spectrogram,
            Err(error) => {
                tracing::debug!(track = track.id.0, %error, "not listened to for the map");
                return None;
            }
        };
        let start = (track.preview_start * SegmentGrid::default().hop).min(spectrogram.frames());
        let end = (start + PREVIEW_FRAMES).min(spectrogram.frames());
        let heard = spectrogram.slice(start..end).and_then(|piece| character(&piece));
        heard.map(|heard| (place, heard))
    };
    let mut all = Vec::with_capacity(chosen.len());
    for block in chosen.chunks(AT_ONCE) {
        control.checkpoint()?;
        all.par_extend(block.par_iter().filter_map(listen));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContentHash, Tags};
    use crate::library::Library;

    #[test]
    fn a_map_that_steps_aside_leaves_the_threads_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let context = Context::new(Arc::new(Library::open(folder.path()).unwrap()));
        // In no library: there is nothing to listen to.
        let track = Arc::new(Track {
            id: TrackId(1),
            hash: ContentHash([0; 32]),
            sound: ContentHash([0; 32]),
            path: "one.wav".into(),
            tags: Tags::default(),
            duration_s: 30.0,
            segments: 14,
            preview_start: 0,
            tempo: None,
            key: None,
            loudness: None,
            damaged_packets: 0,
            added_at: 0,
        });
        let tracks = vec![Some(&track); LISTENED];
        let control = Control::default();
        control.hold(true);
        std::thread::scope(|scope| {
            let listening = scope.spawn(|| heard(&context, &tracks, &control));
            // It comes to its checkpoint; were that on a thread that all share, the sum below would wait for it.
            std::thread::sleep(std::time::Duration::from_millis(200));
            let (sender, receiver) = std::sync::mpsc::sync_channel(1);
            rayon::spawn(move || {
                let sum: u64 = (0..10_000_u64).into_par_iter().sum();
                // Nobody waits for it where the time is up.
                let _ = sender.send(sum);
            });
            let summed = receiver.recv_timeout(std::time::Duration::from_secs(10));
            control.hold(false);
            assert_eq!(listening.join().unwrap().unwrap(), []);
            assert_eq!(summed, Ok(49_995_000));
        });
    }

    #[test]
    fn quarters_are_named_and_what_was_not_measured_does_not_count() {
        let values: Vec<(usize, f32)> = (0..8).map(|place| (place, place as f32)).collect();
        let Property { of, .. } = contrast(9, &values, ["dark", "bright"]);
        assert_eq!(of[..3], [Has::One(0), Has::One(0), Has::Nothing]);
        assert_eq!(of[6..], [Has::Nothing, Has::One(1), Has::Unknown]);
        assert_eq!(contrast(2, &[], ["a", "b"]).of, [Has::Unknown; 2]);
        let same: Vec<(usize, f32)> = (0..8).map(|place| (place, 1.0)).collect();
        assert_eq!(contrast(8, &same, ["a", "b"]).of, [Has::Nothing; 8]);
    }

    #[test]
    fn bands_of_tempo_have_round_limits() {
        assert_eq!(tempo_band(127.4), "120 to 140 BPM");
        assert_eq!(tempo_band(60.0), "60 to 80 BPM");
    }
}
