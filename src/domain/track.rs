//! A track of the library: facts only, no arrays.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Key, PREVIEW_SEGMENTS, SegmentGrid, Span};

/// The library's number for a track. It never changes and is never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrackId(pub i64);

/// BLAKE3 of a file's bytes, or of a spectrogram's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Reads what [`std::fmt::Display`] writes: 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl std::fmt::Display for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

/// What a file's container says about the music in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    pub title: Option<String>,
    pub artist: Option<String>,
    pub album: Option<String>,
    pub genre: Option<String>,
    pub year: Option<i32>,
}

/// A track of the library.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    pub id: TrackId,
    /// Hash of the file's bytes: the same file under two paths is one track.
    pub hash: ContentHash,
    /// Hash of the spectrogram: files that differ in their tags alone share it.
    pub sound: ContentHash,
    /// Where the file is, as imported. The first path, where there are several.
    pub path: PathBuf,
    pub tags: Tags,
    /// Length of the decoded sound, in seconds.
    pub duration_s: f64,
    /// Segments of the default grid in the whole track.
    pub segments: usize,
    /// First segment of the 30-second view.
    pub preview_start: usize,
    /// Beats a minute, where a beat was found.
    pub tempo: Option<f32>,
    pub key: Option<Key>,
    /// Integrated loudness (ITU-R BS.1770), in LUFS; `None` for silence.
    pub loudness: Option<f32>,
    /// Damaged packets that decoding skipped.
    pub damaged_packets: u32,
    /// Seconds since the Unix epoch at which it was imported.
    pub added_at: i64,
}

impl Track {
    /// The title, or the file's name where there is none.
    pub fn title(&self) -> &str {
        self.tags.title.as_deref().unwrap_or_else(|| stem(&self.path))
    }

    /// The artist, or "Unknown artist".
    pub fn artist(&self) -> &str {
        self.tags.artist.as_deref().unwrap_or("Unknown artist")
    }

    /// The segments of the default grid that `span` compares; `None` where the track is too short for the 30-second view.
    pub fn span(&self, span: Span) -> Option<Range<usize>> {
        self.span_on(SegmentGrid::default(), span, self.segments)
    }

    /// The segments of `grid` that `span` compares, of a trajectory with `count` points; `None` where the track is too
    /// short for the 30-second view.
    pub fn span_on(&self, grid: SegmentGrid, span: Span, count: usize) -> Option<Range<usize>> {
        match span {
            Span::Whole => (count > 0).then_some(0..count),
            Span::Preview => {
                let long_enough = self.preview_start + PREVIEW_SEGMENTS <= self.segments;
                let start = self.preview_start * SegmentGrid::default().hop / grid.hop;
                let end = start + grid.preview_count();
                (long_enough && end <= count).then_some(start..end)
            }
        }
    }
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("Untitled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_survives_its_text() {
        let hash = ContentHash(std::array::from_fn(|i| i as u8 * 7));
        assert_eq!(ContentHash::from_hex(&hash.to_string()), Some(hash));
        assert_eq!(ContentHash::from_hex("zz"), None);
        assert_eq!(ContentHash::from_hex(&"g".repeat(64)), None);
    }
}
