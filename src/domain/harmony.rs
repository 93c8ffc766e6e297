//! How well two tracks mix: by their keys on the Camelot wheel, and by their tempos.

use super::{Key, Mode};

impl Key {
    /// Steps between two keys on the Camelot wheel: hours apart by the shorter way, and one more from major to minor. Keys
    /// no more than one step apart mix: the same key, its relative, a fifth up or down.
    pub fn wheel_steps(self, other: Self) -> u8 {
        let major = |key: Self| if key.mode == Mode::Minor { (key.tonic + 3) % 12 } else { key.tonic % 12 };
        // An hour is a fifth of seven semitones, and 7 × 7 = 1 (mod 12) undoes that.
        let hours = (12 + major(self) - major(other)) % 12 * 7 % 12;
        hours.min(12 - hours) + u8::from(self.mode != other.mode)
    }
}

/// How far two tempos are apart, in octaves of tempo: 0 where one is the other, its half or its double; at most 0.5.
pub fn tempo_gap(a: f32, b: f32) -> f32 {
    let octaves = (a / b).log2().abs();
    let rest = octaves - octaves.floor();
    // Only the same, half and double tempo are counted alike.
    if octaves >= 1.5 { 0.5 } else { rest.min(1.0 - rest) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys() -> impl Iterator<Item = Key> + Clone {
        (0..24).filter_map(Key::from_index)
    }

    #[test]
    fn the_wheel_is_walked_the_shorter_way() {
        for (a, b) in keys().flat_map(|a| keys().map(move |b| (a, b))) {
            // The printed wheel says it too: hour and letter.
            let hour = |key: Key| key.camelot()[..key.camelot().len() - 1].parse::<i32>().unwrap();
            let apart = (hour(a) - hour(b)).rem_euclid(12);
            let expected = apart.min(12 - apart) + i32::from(a.mode != b.mode);
            assert_eq!(i32::from(a.wheel_steps(b)), expected, "{a} and {b}");
            assert_eq!(a.wheel_steps(b), b.wheel_steps(a));
            assert_eq!(a.wheel_steps(b) == 0, a == b);
            for c in keys() {
                assert!(a.wheel_steps(c) <= a.wheel_steps(b) + b.wheel_steps(c), "{a}, {b}, {c}");
            }
        }
        for a in keys() {
            assert_eq!(keys().filter(|b| a.wheel_steps(*b) <= 1).count(), 4, "{a}: itself, its relative, two fifths");
        }
    }

    #[test]
    fn a_beat_may_be_counted_in_halves_and_doubles() {
        assert!(tempo_gap(70.0, 140.0) < 1e-6 && tempo_gap(140.0, 70.0) < 1e-6 && tempo_gap(120.0, 120.0) < 1e-6);
        assert!((tempo_gap(120.0, 128.0) - tempo_gap(60.0, 128.0)).abs() < 1e-6);
        assert_eq!(tempo_gap(60.0, 240.0), 0.5, "four times as fast is another tempo");
    }

    proptest! {
        #[test]
        fn tempos_are_apart_alike_both_ways(a in 40.0..240.0_f32, b in 40.0..240.0_f32) {
            prop_assert!((tempo_gap(a, b) - tempo_gap(b, a)).abs() < 1e-4);
            prop_assert!((0.0..=0.5).contains(&tempo_gap(a, b)));
        }
    }
}
