//! How a spectrogram is cut into segments, and which of a track's segments take part.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{FRAMES_PER_SECOND, PREVIEW_FRAMES};

/// The cut of a spectrogram into equal segments of `frames` every `hop` frames; a rest too short for a segment is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SegmentGrid {
    /// Frames in one segment.
    pub frames: usize,
    /// Frames from the start of one segment to the start of the next.
    pub hop: usize,
}

impl Default for SegmentGrid {
    /// 4-second segments every 2 seconds: 14 in 30 s.
    fn default() -> Self {
        Self { frames: 4 * FRAMES_PER_SECOND, hop: 2 * FRAMES_PER_SECOND }
    }
}

impl SegmentGrid {
    /// The published system's other layout: 3-second segments without overlap, 10 in 30 s.
    pub const THREE_SECONDS: Self = Self { frames: 3 * FRAMES_PER_SECOND, hop: 3 * FRAMES_PER_SECOND };

    /// Segments in a spectrogram of `frames` frames; 0 where it is shorter than one segment.
    pub fn count(&self, frames: usize) -> usize {
        if frames < self.frames { 0 } else { (frames - self.frames) / self.hop + 1 }
    }

    /// The frames of segment `index`.
    pub fn frames_of(&self, index: usize) -> Range<usize> {
        let start = index * self.hop;
        start..start + self.frames
    }

    /// Where segment `index` starts, in seconds from the start of the track.
    pub fn start_s(&self, index: usize) -> f64 {
        (index * self.hop) as f64 / FRAMES_PER_SECOND as f64
    }

    /// How long a segment is, in seconds.
    pub fn length_s(&self) -> f64 {
        self.frames as f64 / FRAMES_PER_SECOND as f64
    }

    /// Segments of the 30-second view.
    pub fn preview_count(&self) -> usize {
        self.count(PREVIEW_FRAMES)
    }
}

/// Which segments of a track are trained on and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// The 30-second view alone. Shorter tracks take no part.
    #[default]
    Preview,
    /// Every segment of the track.
    Whole,
}

impl Span {
    /// The name used on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Whole => "whole",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_seconds_hold_fourteen_segments_of_four_and_ten_of_three() {
        assert_eq!(SegmentGrid::default().count(1_500), 14);
        assert_eq!(SegmentGrid::THREE_SECONDS.count(1_500), 10);
        assert_eq!(SegmentGrid::default().count(199), 0);
        assert_eq!(SegmentGrid::default().count(200), 1);
        assert_eq!(SegmentGrid::default().frames_of(13), 1_300..1_500);
    }
}
