//! What is known of a track's sound beside its spectrogram.

use serde::{Deserialize, Serialize};

/// Major or minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    Major,
    Minor,
}

/// A musical key. `tonic` counts semitones from C, 0 to 11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    pub tonic: u8,
    pub mode: Mode,
}

impl Key {
    /// The key numbered as [`Key::index`] does; `None` from 24 up.
    pub fn from_index(index: u8) -> Option<Self> {
        let mode = if index < 12 { Mode::Major } else { Mode::Minor };
        (index < 24).then_some(Self { tonic: index % 12, mode })
    }

    /// 0 to 11 for C to B major, 12 to 23 for C to B minor.
    pub fn index(self) -> u8 {
        self.tonic % 12 + if self.mode == Mode::Minor { 12 } else { 0 }
    }

    /// The place on the Camelot wheel that DJs mix by: "8B" for C major, "8A" for A minor.
    pub fn camelot(self) -> String {
        // A fifth up is one hour on; a minor key shares the hour of its relative major, three semitones up.
        let major = if self.mode == Mode::Minor { (self.tonic + 3) % 12 } else { self.tonic % 12 };
        let hour = (7 + usize::from(major) * 7) % 12 + 1;
        format!("{hour}{}", if self.mode == Mode::Minor { 'A' } else { 'B' })
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const NAMES: [&str; 12] = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
        let mode = if self.mode == Mode::Minor { "minor" } else { "major" };
        write!(f, "{} {mode}", NAMES[usize::from(self.tonic % 12)])
    }
}

/// The outline of a track for drawing: the largest absolute sample of each of equally long slices, 0 to 255.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waveform {
    pub peaks: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_camelot_wheel_turns_by_fifths() {
        let key = |tonic, mode| Key { tonic, mode }.camelot();
        assert_eq!(key(0, Mode::Major), "8B");
        assert_eq!(key(7, Mode::Major), "9B");
        assert_eq!(key(5, Mode::Major), "7B");
        assert_eq!(key(9, Mode::Minor), "8A");
        assert_eq!(key(4, Mode::Minor), "9A");
        assert_eq!(key(8, Mode::Minor), "1A");
        assert_eq!(key(11, Mode::Major), "1B");
    }

    #[test]
    fn a_key_survives_its_index() {
        for index in 0..24 {
            assert_eq!(Key::from_index(index).map(Key::index), Some(index));
        }
        assert_eq!(Key::from_index(24), None);
    }
}
