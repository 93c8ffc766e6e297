//! The side of a stereo recording: what is left of one channel and lacks in the other.

use crate::domain::{HOP, Spectrogram};

use super::DspError;
use super::spectrogram::MelFrames;

/// The log-mel spectrogram of the side, in decibels below the loudest moment of the middle, so that it says how wide the
/// sound is (after Sakashita 2018). Takes both in blocks of any size.
pub struct SideAnalyser {
    middle: Channel,
    side: Channel,
}

struct Channel {
    mel: MelFrames,
    /// The samples of a hop that is not full yet.
    pending: Vec<f32>,
}

impl Channel {
    fn new() -> Self {
        Self { mel: MelFrames::new(), pending: Vec::new() }
    }

    fn push(&mut self, samples: &[f32]) {
        self.pending.extend_from_slice(samples);
        let whole = self.pending.len() / HOP * HOP;
        self.pending[..whole].chunks_exact(HOP).for_each(|hop| self.mel.push(hop));
        self.pending.drain(..whole);
    }
}

impl Default for SideAnalyser {
    fn default() -> Self {
        Self::new()
    }
}

impl SideAnalyser {
    /// An analyser that has heard nothing.
    pub fn new() -> Self {
        Self { middle: Channel::new(), side: Channel::new() }
    }

    /// Takes the next samples of (L + R) / 2 and of (L − R) / 2, as many of each, at 22,050 Hz.
    pub fn push(&mut self, middle: &[f32], side: &[f32]) {
        self.middle.push(middle);
        self.side.push(side);
    }

    /// The spectrogram of the side: as many frames and bands as that of the middle, 0..1, 0 throughout where there is no
    /// side.
    ///
    /// # Errors
    /// [`DspError`] for less than 20 ms of sound and for samples that are not numbers.
    pub fn finish(self) -> Result<Spectrogram, DspError> {
        let loudest = self.middle.mel.loudest();
        let side = self.side.mel.below(loudest)?;
        if side.frames() == 0 {
            return Err(DspError::TooShort { samples: self.side.pending.len() as u64 });
        }
        Ok(side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::log_mel;

    fn tone(step: f32, height: f32) -> Vec<f32> {
        (0..44_100).map(|n| (n as f32 * step).sin() * height).collect()
    }

    fn side_of(left: &[f32], right: &[f32], block: usize) -> Spectrogram {
        let half = |sign: f32| -> Vec<f32> { left.iter().zip(right).map(|(l, r)| (l + sign * r) / 2.0).collect() };
        let (middle, side) = (half(1.0), half(-1.0));
        let mut analyser = SideAnalyser::new();
        middle.chunks(block).zip(side.chunks(block)).for_each(|(middle, side)| analyser.push(middle, side));
        analyser.finish().unwrap()
    }

    #[test]
    fn the_side_of_one_channel_is_its_middle_and_that_of_two_alike_is_nothing() {
        let (left, silence) = (tone(0.07, 0.5), vec![0.0; 44_100]);
        let side = side_of(&left, &silence, 1_000);
        // What sounds on one side alone has a side as loud as its middle.
        let middle = log_mel(&left).unwrap();
        assert_eq!((side.frames(), side.bands()), (middle.frames(), middle.bands()));
        for (side, middle) in side.values().iter().zip(middle.values()) {
            approx::assert_abs_diff_eq!(side, middle, epsilon = 1e-5);
        }
        assert!(side_of(&left, &left, 1_000).values().iter().all(|value| *value == 0.0));
        assert_eq!(side, side_of(&left, &silence, 77), "however it was cut");
    }

    #[test]
    fn a_side_twenty_decibels_down_is_a_quarter_lower() {
        // L = m + s and R = m - s, s a tenth of m.
        let (middle, side) = (tone(0.07, 0.5), tone(0.07, 0.05));
        let left: Vec<f32> = middle.iter().zip(&side).map(|(m, s)| m + s).collect();
        let right: Vec<f32> = middle.iter().zip(&side).map(|(m, s)| m - s).collect();
        let highest = |spectrogram: &Spectrogram| spectrogram.values().iter().copied().fold(0.0_f32, f32::max);
        approx::assert_abs_diff_eq!(highest(&side_of(&left, &right, 441)), 0.75, epsilon = 1e-4);
    }

    #[test]
    fn too_little_and_what_is_no_number_are_refused() {
        let mut analyser = SideAnalyser::new();
        analyser.push(&[0.1; 440], &[0.0; 440]);
        assert_eq!(analyser.finish(), Err(DspError::TooShort { samples: 440 }));
        let mut analyser = SideAnalyser::new();
        analyser.push(&[0.1; 4_410], &[f32::NAN; 4_410]);
        assert!(matches!(analyser.finish(), Err(DspError::Spectrogram(_))));
    }
}
