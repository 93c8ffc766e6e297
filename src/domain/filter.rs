//! Which tracks may be recommended: tempo, key, label, and those that are not wanted.

use super::{Key, Mode, Track, TrackId};

/// Tempos that pass, in beats a minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TempoRange {
    pub from: f32,
    pub to: f32,
    /// Half and double the track's tempo count as its tempo too: the same beat, counted otherwise.
    pub half_double: bool,
}

impl TempoRange {
    /// Whether a tempo lies within, ends included.
    pub fn holds(self, tempo: f32) -> bool {
        let within = |tempo: f32| tempo >= self.from && tempo <= self.to;
        within(tempo) || (self.half_double && (within(tempo / 2.0) || within(tempo * 2.0)))
    }
}

/// Which keys pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyRule {
    #[default]
    Any,
    /// The key of each track asked about.
    Same,
    /// Keys that mix with that of each track asked about.
    Compatible,
}

impl Key {
    /// Whether two tracks in these keys can be mixed by the rule of the Camelot wheel: the same key, its relative, or a fifth
    /// up or down in the same mode.
    pub fn mixes_with(self, other: Self) -> bool {
        let major = |key: Self| if key.mode == Mode::Minor { (key.tonic + 3) % 12 } else { key.tonic % 12 };
        // Hours of the wheel are apart by as many fifths of seven semitones.
        match (12 + major(self) - major(other)) % 12 {
            0 => true,
            5 | 7 => self.mode == other.mode,
            _ => false,
        }
    }
}

/// What a track must be like to be recommended. A track of which the tempo, key or label is not known does not pass a
/// rule about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    pub tempo: Option<TempoRange>,
    pub key: KeyRule,
    /// The genre, whatever its case; empty for any.
    pub genre: String,
    /// Words that must each occur in title, artist, album or genre; empty for any.
    pub words: String,
    /// Tracks that are not wanted.
    pub not: Vec<TrackId>,
    /// Every version of a recording, not only the one that stands for the others.
    pub versions: bool,
}

impl Filter {
    /// Whether every track passes.
    pub fn is_open(&self) -> bool {
        self.tempo.is_none() && self.key == KeyRule::Any && !self.has_label() && self.not.is_empty() && !self.versions
    }

    /// Whether a rule asks for a track's tags.
    pub fn has_label(&self) -> bool {
        !self.genre.trim().is_empty() || !self.words.trim().is_empty()
    }

    /// Whether tempo and key pass. `keys` are those of the tracks asked about, as far as they are known; where none is, the
    /// rule about keys has nothing to compare with and lets nothing through.
    pub fn lets_sound(&self, tempo: Option<f32>, key: Option<Key>, keys: &[Key]) -> bool {
        let by_tempo = self.tempo.is_none_or(|range| tempo.is_some_and(|tempo| range.holds(tempo)));
        let fits = |asked: &Key| match self.key {
            KeyRule::Any => true,
            KeyRule::Same => key == Some(*asked),
            KeyRule::Compatible => key.is_some_and(|key| key.mixes_with(*asked)),
        };
        by_tempo && (self.key == KeyRule::Any || (!keys.is_empty() && keys.iter().all(fits)))
    }

    /// Whether the tags pass.
    pub fn lets_label(&self, track: &Track) -> bool {
        let genre = self.genre.trim();
        let of_genre =
            || track.tags.genre.as_deref().is_some_and(|own| own.trim().to_lowercase() == genre.to_lowercase());
        if !genre.is_empty() && !of_genre() {
            return false;
        }
        let mut words = self.words.split_whitespace().peekable();
        if words.peek().is_none() {
            return true;
        }
        let tags = &track.tags;
        let fields = [Some(track.title()), tags.artist.as_deref(), tags.album.as_deref(), tags.genre.as_deref()];
        let text = fields.into_iter().flatten().collect::<Vec<_>>().join("\n").to_lowercase();
        words.all(|word| text.contains(&word.to_lowercase()))
    }

    /// Whether a track passes all of it.
    pub fn lets(&self, track: &Track, keys: &[Key]) -> bool {
        !self.not.contains(&track.id) && self.lets_sound(track.tempo, track.key, keys) && self.lets_label(track)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beat_may_be_counted_in_halves_and_doubles() {
        let plain = TempoRange { from: 120.0, to: 130.0, half_double: false };
        let both = TempoRange { half_double: true, ..plain };
        assert!(plain.holds(120.0) && plain.holds(130.0) && !plain.holds(130.1) && !plain.holds(62.0));
        assert!(both.holds(62.0) && both.holds(250.0) && both.holds(125.0) && !both.holds(90.0) && !both.holds(31.0));
        assert!(!both.holds(f32::NAN));
    }

    #[test]
    fn keys_mix_with_their_neighbours_on_the_camelot_wheel() {
        // The wheel itself says who is beside whom: the same hour, or an hour on or back with the same letter.
        let hour = |key: Key| key.camelot()[..key.camelot().len() - 1].parse::<i32>().unwrap();
        for a in (0..24).filter_map(Key::from_index) {
            for b in (0..24).filter_map(Key::from_index) {
                let apart = (hour(a) - hour(b)).rem_euclid(12);
                let expected = apart == 0 || (a.mode == b.mode && (apart == 1 || apart == 11));
                assert_eq!(a.mixes_with(b), expected, "{a} and {b}");
            }
            assert_eq!((0..24).filter_map(Key::from_index).filter(|b| a.mixes_with(*b)).count(), 4);
        }
    }

    #[test]
    fn what_is_not_known_does_not_pass_a_rule_about_it() {
        let key = Key::from_index(0);
        let keys = [key.unwrap()];
        let open = Filter::default();
        assert!(open.is_open() && open.lets_sound(None, None, &[]));
        let tempo = Filter { tempo: Some(TempoRange { from: 0.0, to: 1e3, half_double: true }), ..Filter::default() };
        assert!(!tempo.lets_sound(None, key, &keys) && tempo.lets_sound(Some(5.0), None, &[]));
        let same = Filter { key: KeyRule::Same, ..Filter::default() };
        assert!(same.lets_sound(None, key, &keys) && !same.lets_sound(None, Key::from_index(7), &keys));
        assert!(!same.lets_sound(None, None, &keys) && !same.lets_sound(None, key, &[]));
        let compatible = Filter { key: KeyRule::Compatible, ..Filter::default() };
        assert!(compatible.lets_sound(None, Key::from_index(7), &keys));
        let two = [keys[0], Key::from_index(2).unwrap()];
        assert!(compatible.lets_sound(None, Key::from_index(7), &two), "G mixes with C and with D");
        assert!(!compatible.lets_sound(None, Key::from_index(5), &two), "F does not mix with D");
    }
}
