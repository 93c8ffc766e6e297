//! What encoders pad at the start and the end, for containers whose reader leaves it in.
//!
//! MP3, Ogg and the like are trimmed packet by packet as they are read. MP4 and CAF only say in their heads how much is
//! padding, so it is cut off here.

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::formats::well_known::{FORMAT_ID_CAF, FORMAT_ID_ISOMP4, FORMAT_ID_OGG};
use symphonia::core::formats::{FormatReader, Track};

use crate::archive;

/// Where the sound lies within the frames that decoding gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Trim {
    /// The first frame that is sound.
    pub(super) start: u64,
    /// The frame after the last one that is sound.
    pub(super) end: Option<u64>,
    /// The frame that the container's timestamps count from. Below 0 where they count priming that decoding leaves out.
    pub(super) zero: i64,
}

/// A [`Trim`] at work on a stream of packets.
#[derive(Debug)]
pub(super) struct TrimState {
    trim: Trim,
    position: u64,
    skip_to: u64,
}

impl TrimState {
    pub(super) fn new(trim: Trim) -> Self {
        Self { trim, position: 0, skip_to: trim.start }
    }

    /// Counts the next `frames` decoded frames and tells which of them are sound.
    pub(super) fn take(&mut self, frames: usize) -> Range<usize> {
        let offset = |frame: u64| frame.saturating_sub(self.position).min(frames as u64) as usize;
        let end = self.trim.end.map_or(frames, offset);
        let start = offset(self.skip_to).min(end);
        self.position = self.position.saturating_add(frames as u64);
        start..end
    }

    /// After a seek: the next packet begins at the container's frame `frame`.
    pub(super) fn resume_at(&mut self, frame: i64) {
        self.position = frame.saturating_add(self.trim.zero).max(0).unsigned_abs();
    }

    /// Drops what comes before the frame `wanted` of the sound.
    pub(super) fn skip_to(&mut self, wanted: u64) {
        self.skip_to = wanted.saturating_add(self.trim.start);
    }

    /// The container's frame at which the frame `wanted` of the sound is.
    pub(super) fn container_frame(&self, wanted: u64) -> u64 {
        wanted.saturating_add(self.trim.start).saturating_add_signed(self.trim.zero.saturating_neg())
    }

    /// Frames of sound among all `frames` of the container.
    pub(super) fn sound_of(&self, frames: u64) -> u64 {
        let declared = frames.saturating_add_signed(self.trim.zero.min(0));
        self.trim.end.unwrap_or(declared).saturating_sub(self.trim.start)
    }
}

/// The padding that the container around `track` declares and does not cut off itself.
pub(super) fn of_track(format: &mut dyn FormatReader, track_id: u32, path: &Path) -> Trim {
    let kind = format.format_info().format;
    let Some(track) = format.tracks().iter().find(|track| track.id == track_id) else { return Trim::default() };
    if kind == FORMAT_ID_CAF {
        let start = u64::from(track.delay.unwrap_or(0));
        let end = track.num_frames.map(|frames| start.saturating_add(frames));
        return Trim { start, end, zero: start as i64 };
    }
    if kind == FORMAT_ID_OGG && is_opus(track) {
        return Trim { start: 0, end: None, zero: -i64::from(track.delay.unwrap_or(0)) };
    }
    if kind != FORMAT_ID_ISOMP4 {
        return Trim::default();
    }
    let (rate, total) = (rate_of(track), track.num_frames.filter(|&frames| frames > 0));
    if let Some((start, length)) = itunes_padding(format) {
        return Trim { start, end: start.checked_add(length), zero: 0 };
    }
    let edit = archive::open(path).ok().and_then(|file| edit_of(&mut BufReader::new(file), track_id));
    match (edit, rate) {
        (Some(edit), Some(rate)) => edit.trim(rate, total),
        _ => Trim { start: 0, end: total, zero: 0 },
    }
}

fn is_opus(track: &Track) -> bool {
    track.codec_params.as_ref().and_then(|params| params.audio()).is_some_and(|params| params.codec == CODEC_ID_OPUS)
}

fn rate_of(track: &Track) -> Option<u32> {
    track.codec_params.as_ref()?.audio()?.sample_rate.filter(|&rate| rate > 0)
}

/// Priming and length as iTunes writes them: hexadecimal words, of which the second is the priming and the fourth the
/// number of frames of sound.
fn itunes_padding(format: &mut dyn FormatReader) -> Option<(u64, u64)> {
    let metadata = format.metadata();
    let revision = metadata.current()?;
    let containers = std::iter::once(&revision.media).chain(revision.per_track.iter().map(|track| &track.metadata));
    let tag = containers.flat_map(|container| &container.tags).find(|tag| tag.raw.key.ends_with("iTunSMPB"))?;
    parse_itunes_padding(&tag.raw.value.to_string())
}

fn parse_itunes_padding(text: &str) -> Option<(u64, u64)> {
    let mut words = text.split_whitespace().skip(1).map(|word| u64::from_str_radix(word, 16));
    let priming = words.next()?.ok()?;
    let length = words.nth(1)?.ok().filter(|&length| length > 0)?;
    Some((priming, length))
}

/// The edit list of a track that plays one stretch of its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edit {
    /// Where the stretch begins, in ticks of the media.
    media_time: u64,
    media_ticks_per_second: u32,
    /// How long the stretch is, in ticks of the movie.
    duration: u64,
    movie_ticks_per_second: u32,
}

impl Edit {
    /// The movie's ticks are often milliseconds, too coarse to end on a frame, so the media's own end counts where it
    /// is less than a tick away.
    fn trim(self, rate: u32, total: Option<u64>) -> Trim {
        let frames = |ticks: u64, per_second: u32| {
            let frames = u128::from(ticks) * u128::from(rate) / u128::from(per_second.max(1));
            u64::try_from(frames).unwrap_or(u64::MAX)
        };
        let start = frames(self.media_time, self.media_ticks_per_second);
        let tick = frames(1, self.movie_ticks_per_second) + 1;
        let end = start.saturating_add(frames(self.duration, self.movie_ticks_per_second));
        let end = match total {
            Some(total) if self.duration == 0 || end.saturating_add(tick) >= total => Some(total),
            _ if self.duration == 0 => None,
            _ => Some(end),
        };
        Trim { start, end, zero: 0 }
    }
}

/// Boxes that are looked at on one level, more than any real file has.
const MOST_BOXES: usize = 4_096;

/// The one edit of the track, from the boxes moov/mvhd and moov/trak/{tkhd, edts/elst, mdia/mdhd}.
fn edit_of(file: &mut (impl Read + Seek), track_id: u32) -> Option<Edit> {
    let length = file.seek(SeekFrom::End(0)).ok()?;
    let movie = find(file, 0..length, b"moov")?;
    let movie_header = find(file, movie.clone(), b"mvhd")?;
    let movie_ticks_per_second = ticks_per_second(file, movie_header)?;
    let track =
        boxes(file, movie).into_iter().filter(|(kind, _)| kind == b"trak").map(|(_, range)| range).find(|range| {
            let header = find(file, range.clone(), b"tkhd");
            header.and_then(|header| track_number(file, header)) == Some(track_id)
        })?;
    let media = find(file, track.clone(), b"mdia")?;
    let media_header = find(file, media, b"mdhd")?;
    let media_ticks_per_second = ticks_per_second(file, media_header)?;
    let edits = find(file, track, b"edts")?;
    let list = find(file, edits, b"elst")?;
    let (media_time, duration) = single_edit(file, list)?;
    Some(Edit { media_time, media_ticks_per_second, duration, movie_ticks_per_second })
}

fn find(file: &mut (impl Read + Seek), within: Range<u64>, kind: &[u8; 4]) -> Option<Range<u64>> {
    boxes(file, within).into_iter().find(|(found, _)| found == kind).map(|(_, range)| range)
}

/// The boxes within a range: their kind and where their content lies.
fn boxes(file: &mut (impl Read + Seek), within: Range<u64>) -> Vec<([u8; 4], Range<u64>)> {
    let mut found = Vec::new();
    let mut start = within.start;
    while found.len() < MOST_BOXES && start < within.end {
        let Some(header) = read::<8>(file, start) else { break };
        let [a, b, c, d, kind @ ..] = header;
        let (size, head) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (within.end - start, 8),
            1 => match read::<8>(file, start + 8) {
                Some(size) => (u64::from_be_bytes(size), 16),
                None => break,
            },
            size => (u64::from(size), 8),
        };
        let Some(end) = start.checked_add(size).filter(|&end| size >= head && end <= within.end) else { break };
        found.push((kind, start + head..end));
        start = end;
    }
    found
}

fn read<const N: usize>(file: &mut (impl Read + Seek), at: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// Times in the boxes' heads have 4 bytes in version 0 and 8 in version 1.
fn is_long(file: &mut (impl Read + Seek), range: &Range<u64>) -> Option<bool> {
    read::<1>(file, range.start).map(|[version]| version == 1)
}

fn ticks_per_second(file: &mut (impl Read + Seek), range: Range<u64>) -> Option<u32> {
    let at = range.start + if is_long(file, &range)? { 20 } else { 12 };
    read::<4>(file, at).map(u32::from_be_bytes).filter(|&ticks| ticks > 0)
}

fn track_number(file: &mut (impl Read + Seek), range: Range<u64>) -> Option<u32> {
    let at = range.start + if is_long(file, &range)? { 20 } else { 12 };
    read::<4>(file, at).map(u32::from_be_bytes)
}

/// Media time and duration of a list with one edit, which may follow empty ones. Tracks cut from several stretches are
/// read whole.
fn single_edit(file: &mut (impl Read + Seek), range: Range<u64>) -> Option<(u64, u64)> {
    let long = is_long(file, &range)?;
    let count = u32::from_be_bytes(read::<4>(file, range.start + 4)?);
    let size = if long { 20 } else { 12 };
    let mut edits = Vec::new();
    for index in 0..u64::from(count.min(8)) {
        let at = range.start + 8 + index * size;
        let (duration, media_time) = if long {
            (u64::from_be_bytes(read::<8>(file, at)?), i64::from_be_bytes(read::<8>(file, at + 8)?))
        } else {
            let duration = u64::from(u32::from_be_bytes(read::<4>(file, at)?));
            (duration, i64::from(i32::from_be_bytes(read::<4>(file, at + 4)?)))
        };
        // A media time of −1 is an empty edit: a pause before the sound.
        if let Ok(media_time) = u64::try_from(media_time) {
            edits.push((media_time, duration));
        }
    }
    match edits.as_slice() {
        [edit] => Some(*edit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn atom(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = (content.len() as u32 + 8).to_be_bytes().to_vec();
        bytes.extend_from_slice(kind);
        bytes.extend_from_slice(content);
        bytes
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn movie(edits: &[u32]) -> Vec<u8> {
        let track_header = atom(b"tkhd", &words(&[0, 0, 0, 7]));
        let list = atom(b"edts", &atom(b"elst", &words(edits)));
        let media = atom(b"mdia", &atom(b"mdhd", &words(&[0, 0, 0, 44_100, 0])));
        let track = atom(b"trak", &[track_header, list, media].concat());
        let movie = atom(b"moov", &[atom(b"mvhd", &words(&[0, 0, 0, 1_000])), track].concat());
        [atom(b"ftyp", b"M4A "), movie].concat()
    }

    #[test]
    fn an_edit_list_says_where_the_sound_begins_and_ends() {
        let file = movie(&[0, 1, 2_000, 1_024, 0x1_0000]);
        let edit = edit_of(&mut Cursor::new(&file), 7).unwrap();
        assert_eq!(edit.trim(44_100, Some(89_224)), Trim { start: 1_024, end: Some(89_224), zero: 0 });
        assert_eq!(edit.trim(44_100, Some(90_112)), Trim { start: 1_024, end: Some(89_224), zero: 0 });
        assert_eq!(edit_of(&mut Cursor::new(&file), 8), None);
    }

    #[test]
    fn empty_edits_are_passed_over_and_broken_boxes_are_none() {
        let file = movie(&[0, 2, 50, u32::MAX, 0x1_0000, 2_000, 1_024, 0x1_0000]);
        assert_eq!(edit_of(&mut Cursor::new(&file), 7).unwrap().media_time, 1_024);
        for cut in 0..file.len() {
            assert_eq!(edit_of(&mut Cursor::new(&file[..cut]), 7), None);
        }
        let mut huge = file.clone();
        huge[12..16].copy_from_slice(&[0xff; 4]);
        assert_eq!(edit_of(&mut Cursor::new(&huge), 7), None);
    }

    #[test]
    fn the_tag_of_itunes_is_read() {
        let text = " 00000000 00000840 000001CA 00000000003F31F6 00000000 00000000";
        assert_eq!(parse_itunes_padding(text), Some((0x840, 0x3f_31f6)));
        assert_eq!(parse_itunes_padding("00000000 00000840"), None);
        assert_eq!(parse_itunes_padding("nonsense of four words"), None);
    }

    #[test]
    fn packets_are_cut_where_the_sound_begins_and_ends() {
        let mut state = TrimState::new(Trim { start: 100, end: Some(250), zero: 0 });
        assert_eq!(state.take(80), 80..80);
        assert_eq!(state.take(80), 20..80);
        assert_eq!(state.take(80), 0..80);
        assert_eq!(state.take(80), 0..10);
        assert_eq!(state.take(80), 0..0);
        state.skip_to(90);
        state.resume_at(160);
        assert_eq!(state.take(80), 30..80);
    }
}
