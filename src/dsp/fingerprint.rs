//! Acoustic fingerprints: what tells one recording from another, whatever it was encoded with.
//!
//! Chromaprint's, as `fpcalc` makes them, of mono samples at [`SAMPLE_RATE`]: a 32-bit word every 0.124 s.

use rusty_chromaprint::{Configuration, Fingerprinter, match_fingerprints};

use super::DspError;
use crate::domain::SAMPLE_RATE;

/// Bits of 32 that may differ, on average, in a stretch that is the same sound. Chromaprint's own matcher finds stretches
/// up to 10, which takes other passages of quiet music for the same one: `docs/recordings.md`.
const DIFFERENT_BITS: f64 = 6.0;
/// The part of the shorter one that must be the same sound.
const SHARE: f32 = 0.8;

/// Takes samples block by block, and gives their fingerprint.
pub struct Printer {
    fingerprinter: Fingerprinter,
    block: Vec<i16>,
}

impl Printer {
    /// # Errors
    /// [`DspError::Fingerprint`] where the crate does not take mono at [`SAMPLE_RATE`], which it does.
    pub fn new() -> Result<Self, DspError> {
        let mut fingerprinter = Fingerprinter::new(&configuration());
        fingerprinter.start(SAMPLE_RATE, 1).map_err(|error| DspError::Fingerprint(error.to_string()))?;
        Ok(Self { fingerprinter, block: Vec::new() })
    }

    /// Takes the next samples, from -1 to 1; louder ones are clipped.
    pub fn push(&mut self, samples: &[f32]) {
        self.block.clear();
        // A cast from float saturates.
        self.block.extend(samples.iter().map(|sample| (sample * f32::from(i16::MAX)).round() as i16));
        self.fingerprinter.consume(&self.block);
    }

    /// The fingerprint; empty for less than 2 s.
    pub fn finish(mut self) -> Vec<u32> {
        self.fingerprinter.finish();
        self.fingerprinter.fingerprint().to_vec()
    }
}

fn configuration() -> Configuration {
    Configuration::preset_test2()
}

/// The part of the shorter fingerprint that is in the longer one as well, from 0 to 1.
pub fn shared(one: &[u32], other: &[u32]) -> f32 {
    let shorter = one.len().min(other.len());
    // One that is too long for the matcher (18 hours) is not known to be in any other.
    let segments = match_fingerprints(one, other, &configuration()).unwrap_or_default();
    let same: usize =
        segments.iter().filter(|segment| segment.score <= DIFFERENT_BITS).map(|segment| segment.items_count).sum();
    if shorter == 0 { 0.0 } else { (same as f32 / shorter as f32).min(1.0) }
}

/// Whether two fingerprints are of the same recording, or the shorter one of a part of the longer.
pub fn is_same_recording(one: &[u32], other: &[u32]) -> bool {
    shared(one, other) >= SHARE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever a file holds: a share, and no panic.
        #[test]
        fn any_two_fingerprints_are_compared(
            one in prop::collection::vec(prop_oneof![any::<u32>(), Just(7_u32)], 0..200),
            other in prop::collection::vec(prop_oneof![any::<u32>(), Just(7_u32)], 0..200),
        ) {
            let share = shared(&one, &other);
            prop_assert!((0.0..=1.0).contains(&share));
        }
    }

    #[test]
    fn a_part_is_found_in_the_whole_and_noise_is_not() {
        let word =
            |seed: u32| (0..300).map(move |at: u32| (at + seed).wrapping_mul(2_654_435_761).rotate_left(at % 13));
        let (one, noise): (Vec<u32>, Vec<u32>) = (word(1).collect(), word(90_000).collect());
        assert_eq!(shared(&one, &one), 1.0);
        assert!(is_same_recording(&one, &one[60..200]) && is_same_recording(&one[60..200], &one));
        assert!(!is_same_recording(&one, &noise));
        // The same for the first half alone.
        let half: Vec<u32> = one[..150].iter().chain(&noise[..150]).copied().collect();
        assert!(!is_same_recording(&one, &half) && shared(&one, &half) > 0.4);
    }

    #[test]
    fn less_than_a_word_of_sound_has_no_fingerprint() {
        let mut printer = Printer::new().unwrap();
        printer.push(&[0.5; 100]);
        assert!(printer.finish().is_empty());
        assert!(!is_same_recording(&[], &[]));
    }
}
