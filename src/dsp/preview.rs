//! Where the 30-second view of a track starts.

use crate::domain::{FRAMES_PER_SECOND, PREVIEW_FRAMES, SAMPLE_RATE, SegmentGrid};

/// Seconds between two segments of the default grid.
const STEP_S: usize = 2;
const STEP: usize = STEP_S * SAMPLE_RATE as usize;
/// Steps under the whole view.
const STEPS: usize = PREVIEW_FRAMES / (STEP_S * FRAMES_PER_SECOND);

/// Energy of each step of the default grid: one number for two seconds.
pub(super) struct StepEnergies {
    steps: Vec<f64>,
    filled: usize,
    energy: f64,
}

impl StepEnergies {
    pub(super) fn new() -> Self {
        Self { steps: Vec::new(), filled: 0, energy: 0.0 }
    }

    pub(super) fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let take = (STEP - self.filled).min(samples.len());
            let (now, later) = samples.split_at(take);
            // One running sum, so that the size of the blocks does not change its rounding.
            self.energy = now.iter().fold(self.energy, |sum, &sample| sum + f64::from(sample) * f64::from(sample));
            self.filled += take;
            samples = later;
            if self.filled == STEP {
                self.steps.push(self.energy);
                (self.filled, self.energy) = (0, 0.0);
            }
        }
    }

    /// The first segment of the window of 14 segments (30 s) that holds the greatest energy, the earliest of equals; 0
    /// for a track of up to 30 s. `frames` are the track's.
    pub(super) fn preview_start(&self, frames: usize) -> usize {
        let grid = SegmentGrid::default();
        let last = grid.count(frames).saturating_sub(grid.preview_count());
        let mut best = (0, f64::NEG_INFINITY);
        for (start, window) in self.steps.windows(STEPS).enumerate().take(last + 1) {
            let energy: f64 = window.iter().sum();
            if energy > best.1 {
                best = (start, energy);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start_of(levels: &[(usize, f32)]) -> usize {
        let mut energies = StepEnergies::new();
        let mut samples = 0;
        for &(seconds, level) in levels {
            let block = vec![level; seconds * SAMPLE_RATE as usize];
            block.chunks(999).for_each(|block| energies.push(block));
            samples += block.len();
        }
        energies.preview_start(samples / crate::domain::HOP)
    }

    #[test]
    fn the_loudest_thirty_seconds_are_found() {
        assert_eq!(start_of(&[(40, 0.1), (30, 0.9), (50, 0.1)]), 20);
        assert_eq!(start_of(&[(40, 0.1), (31, 0.9)]), 20);
        assert_eq!(start_of(&[(90, 0.5)]), 0);
    }

    #[test]
    fn short_tracks_start_at_their_start() {
        assert_eq!(start_of(&[(20, 0.1), (10, 0.9)]), 0);
        assert_eq!(start_of(&[(3, 0.9)]), 0);
        assert_eq!(start_of(&[]), 0);
        assert_eq!(start_of(&[(2, 0.1), (30, 0.9)]), 1);
    }
}
