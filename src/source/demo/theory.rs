//! Notes, scales, chords and time: what the styles compose with.

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Semitones of the scales above their root.
pub const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
pub const MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];
pub const DORIAN: [i32; 7] = [0, 2, 3, 5, 7, 9, 10];
pub const LYDIAN: [i32; 7] = [0, 2, 4, 6, 7, 9, 11];

/// Frequency of a MIDI note in Hz; fractions of semitones count.
pub fn hertz(note: f32) -> f32 {
    440.0 * ((note - 69.0) / 12.0).exp2()
}

/// A key: the MIDI note of its root, and its scale.
#[derive(Debug, Clone, Copy)]
pub struct Tonality {
    pub root: i32,
    pub scale: &'static [i32; 7],
}

impl Tonality {
    /// The MIDI note of a degree of the scale, from 0; degrees above 6 and below 0 lie in other octaves.
    pub fn note(&self, degree: i32) -> i32 {
        self.root + self.scale[degree.rem_euclid(7) as usize] + 12 * degree.div_euclid(7)
    }

    /// The chord of thirds on a degree: three voices, or four with the seventh.
    pub fn chord(&self, degree: i32, voices: usize) -> Vec<i32> {
        (0..voices as i32).map(|voice| self.note(degree + 2 * voice)).collect()
    }
}

/// Moves each voice of `chord` by octaves to where it is nearest to the chord before, so that voices step instead of
/// leaping.
pub fn lead(before: &[i32], chord: &[i32]) -> Vec<i32> {
    if before.is_empty() {
        return chord.to_vec();
    }
    let centre = before.iter().sum::<i32>() / before.len() as i32;
    let mut voices: Vec<i32> = chord
        .iter()
        .map(|note| {
            let octaves = (centre - note + 6).div_euclid(12);
            note + 12 * octaves
        })
        .collect();
    voices.sort_unstable();
    voices
}

/// A note to play.
#[derive(Debug, Clone, Copy)]
pub struct Note {
    /// Seconds from the start of the piece.
    pub start: f32,
    /// Seconds the key is held.
    pub length: f32,
    /// MIDI note.
    pub pitch: f32,
    /// 0 to 1.
    pub velocity: f32,
    /// −1 left, 1 right.
    pub pan: f32,
}

/// The pulse of a piece: 4/4.
#[derive(Debug, Clone, Copy)]
pub struct Pulse {
    /// Seconds of a beat.
    pub beat: f32,
    /// How late every second sixteenth is, as a share of a sixteenth.
    pub swing: f32,
}

impl Pulse {
    pub fn of_tempo(tempo: f32, swing: f32) -> Self {
        Self { beat: 60.0 / tempo, swing }
    }

    /// Seconds of a bar.
    pub fn bar(&self) -> f32 {
        4.0 * self.beat
    }

    /// When a sixteenth of a bar sounds.
    pub fn at(&self, bar: usize, sixteenth: usize) -> f32 {
        let late = if sixteenth % 2 == 1 { self.swing } else { 0.0 };
        bar as f32 * self.bar() + (sixteenth as f32 + late) * self.beat / 4.0
    }

    /// Bars that begin within `seconds`.
    pub fn bars(&self, seconds: f32) -> usize {
        (seconds / self.bar()).ceil() as usize
    }
}

/// A number a little off, as a hand plays it.
pub fn human(random: &mut ChaCha8Rng, spread: f32) -> f32 {
    random.random_range(-spread..=spread)
}

/// A melody over one chord a bar: a motif of rhythm and contour that returns, changed a little, and comes to rest on
/// notes of the chord. Gives (bar, sixteenth, length in sixteenths, degree).
pub fn melody(random: &mut ChaCha8Rng, progression: &[i32], bars: usize, density: f32) -> Vec<(usize, usize, usize, i32)> {
    const RHYTHMS: [&[(usize, usize)]; 6] = [
        &[(0, 4), (4, 2), (6, 2), (8, 8)],
        &[(0, 6), (6, 2), (8, 4), (12, 4)],
        &[(2, 2), (4, 4), (8, 2), (10, 6)],
        &[(0, 3), (3, 3), (6, 2), (8, 6), (14, 2)],
        &[(0, 8), (8, 4), (12, 4)],
        &[(4, 4), (8, 3), (11, 5)],
    ];
    let motifs: Vec<(&[(usize, usize)], Vec<i32>)> = (0..2)
        .map(|_| {
            let rhythm = RHYTHMS.choose(random).copied().unwrap_or(RHYTHMS[0]);
            let mut step = 0;
            let contour = rhythm
                .iter()
                .map(|_| {
                    step += [-2, -1, -1, 1, 1, 2].choose(random).copied().unwrap_or(1);
                    step = step.clamp(-4, 5);
                    step
                })
                .collect();
            (rhythm, contour)
        })
        .collect();
    let mut notes = Vec::new();
    for bar in 0..bars {
        // A A B A, as songs go.
        let (rhythm, contour) = &motifs[usize::from(bar % 4 == 2)];
        let chord = progression[bar % progression.len()];
        for (index, ((start, length), step)) in rhythm.iter().zip(contour).enumerate() {
            if index > 0 && random.random_range(0.0..1.0) > density {
                continue;
            }
            let last = index + 1 == rhythm.len();
            // The last note of a bar rests on the chord; the others pass by.
            let degree = if last { chord + 7 + [0, 2, 4][bar % 3] } else { chord + 7 + step };
            notes.push((bar, *start, *length, degree));
        }
    }
    notes
}
