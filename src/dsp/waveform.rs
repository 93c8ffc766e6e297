//! The outline of a track of any length in bounded memory.

use crate::domain::Waveform;

/// A waveform has at most this many peaks, and at least half as many once a track is longer than half a minute.
pub const MAX_PEAKS: usize = 2_000;

/// Samples under a peak before the first merge.
const FIRST_SLICE: usize = 256;

/// Peaks of equally long slices. When they are full, neighbours merge and the slices double.
pub(super) struct Outline {
    peaks: Vec<f32>,
    slice: usize,
    filled: usize,
    peak: f32,
}

impl Outline {
    pub(super) fn new() -> Self {
        Self { peaks: Vec::with_capacity(MAX_PEAKS), slice: FIRST_SLICE, filled: 0, peak: 0.0 }
    }

    pub(super) fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let take = (self.slice - self.filled).min(samples.len());
            let (now, later) = samples.split_at(take);
            self.peak = now.iter().fold(self.peak, |peak, sample| peak.max(sample.abs()));
            self.filled += take;
            samples = later;
            if self.filled == self.slice {
                self.close_slice();
            }
        }
    }

    fn close_slice(&mut self) {
        if self.peaks.len() == MAX_PEAKS {
            for index in 0..MAX_PEAKS / 2 {
                self.peaks[index] = self.peaks[2 * index].max(self.peaks[2 * index + 1]);
            }
            self.peaks.truncate(MAX_PEAKS / 2);
            self.slice *= 2;
            // The slice just filled is now the first half of one.
            return;
        }
        self.peaks.push(self.peak);
        self.peak = 0.0;
        self.filled = 0;
    }

    /// The outline; a last slice that is not full counts as one.
    pub(super) fn finish(mut self) -> Waveform {
        if self.filled > 0 {
            if self.peaks.len() == MAX_PEAKS {
                self.filled = self.slice;
                self.close_slice();
            }
            self.peaks.push(self.peak);
        }
        Waveform { peaks: self.peaks.iter().map(|peak| (peak.min(1.0) * 255.0).round() as u8).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: &[f32], block: usize) -> Vec<u8> {
        let mut outline = Outline::new();
        samples.chunks(block).for_each(|block| outline.push(block));
        outline.finish().peaks
    }

    #[test]
    fn a_ramp_stays_a_ramp_through_every_merge() {
        for length in [1, 256, 257, 512_000, 512_001, 512_300, 1_024_000, 3_000_000] {
            let samples: Vec<f32> = (0..length).map(|n| n as f32 / length as f32).collect();
            let peaks = of(&samples, 1_000);
            assert!(!peaks.is_empty() && peaks.len() <= MAX_PEAKS, "{length}: {}", peaks.len());
            assert!(peaks.is_sorted(), "{length}");
            assert_eq!(peaks, of(&samples, length), "{length}");
            if length > 512_000 {
                assert!(peaks.len() >= MAX_PEAKS / 2, "{length}: {}", peaks.len());
            }
            if length > 1_000 {
                assert!(peaks[peaks.len() - 1] >= 254);
                let middle = peaks[peaks.len() / 2];
                assert!((120..=140).contains(&middle), "{length}: {middle}");
            }
        }
    }

    #[test]
    fn the_loudest_sample_is_never_lost_and_no_sound_has_no_peaks() {
        let mut samples = vec![0.0; 2_000_000];
        samples[777_777] = -1.0;
        let peaks = of(&samples, 4_096);
        assert_eq!(peaks.iter().filter(|&&peak| peak == 255).count(), 1);
        assert!(of(&[], 1).is_empty());
    }
}
