//! Played by hand: solo piano and folk guitar.

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::{Part, part};
use crate::source::demo::instruments::{piano as piano_tone, pluck};
use crate::source::demo::mix::Mix;
use crate::source::demo::theory::{DORIAN, MAJOR, MINOR, Note, Pulse, Tonality, human, lead, melody};

pub(super) fn piano(random: &mut ChaCha8Rng, variant: usize) -> [Vec<f32>; 2] {
    let tempo = [62.0, 74.0, 88.0, 68.0, 56.0, 96.0, 80.0, 70.0][variant];
    let key = Tonality {
        root: [57, 60, 53, 62, 55, 58, 52, 61][variant],
        scale: if variant % 3 == 1 { &MAJOR } else { &MINOR },
    };
    let progressions: [&[i32]; 4] = [&[0, 5, 2, 6], &[0, 3, 5, 4], &[0, 4, 5, 3], &[5, 3, 0, 4]];
    let progression = progressions[variant % 4];
    let pulse = Pulse::of_tempo(tempo, 0.05);
    let bars = pulse.bars(30.0);
    let mut notes: Vec<Note> = Vec::new();
    let mut chord: Vec<i32> = Vec::new();
    for bar in 0..bars {
        let degree = progression[bar % progression.len()];
        chord = lead(&chord, &key.chord(degree, 3));
        let soft = if part(bar, bars, variant) == Part::Break { 0.6 } else { 1.0 };
        // The left hand: octaves, broken chords, or a rocking tenth.
        let low = key.note(degree) - 12;
        let pattern: &[(usize, i32)] = match variant % 3 {
            0 => &[(0, low), (4, chord[1]), (8, chord[2]), (12, chord[1])],
            1 => &[
                (0, low),
                (2, chord[0]),
                (4, chord[1]),
                (6, chord[2]),
                (8, low + 12),
                (10, chord[1]),
                (12, chord[2]),
                (14, chord[1]),
            ],
            _ => &[(0, low), (6, chord[1]), (8, chord[2]), (14, chord[0])],
        };
        for (sixteenth, pitch) in pattern {
            notes.push(Note {
                start: pulse.at(bar, *sixteenth) + human(random, 0.012),
                length: pulse.beat * 2.2,
                pitch: *pitch as f32,
                velocity: (0.42 + human(random, 0.07)) * soft,
                pan: -0.25,
            });
        }
    }
    let density = [0.75, 0.9, 0.6, 0.8][variant % 4];
    for (bar, sixteenth, length, degree) in melody(random, progression, bars, density) {
        let here = part(bar, bars, variant);
        if here == Part::Opening || (here == Part::Break && sixteenth > 8) {
            continue;
        }
        let lift = if here == Part::Return { 12 } else { 0 };
        let pitch = key.note(degree) + lift.min(84 - key.note(degree)).max(0);
        let note = Note {
            start: pulse.at(bar, sixteenth) + human(random, 0.015),
            length: length as f32 * pulse.beat / 4.0 * 1.1,
            pitch: pitch as f32,
            velocity: 0.66 + human(random, 0.12),
            pan: 0.2,
        };
        notes.push(note);
        if here == Part::Return && length >= 6 {
            notes.push(Note { pitch: note.pitch - 12.0, velocity: note.velocity * 0.6, ..note });
        }
    }
    let mut mix = Mix::new();
    for (index, note) in notes.iter().enumerate() {
        let tone = piano_tone(note.pitch, note.length, note.velocity.clamp(0.1, 1.0), index as u32 + 1);
        mix.add(note.start, &tone, note.velocity * 0.4, note.pan, 0.35);
    }
    mix.reverb([0.82, 0.74, 0.86, 0.78][variant % 4], 0.45, 0.9);
    mix.master(0.115)
}

pub(super) fn folk_guitar(random: &mut ChaCha8Rng, variant: usize) -> [Vec<f32>; 2] {
    let tempo = [92.0, 108.0, 84.0, 120.0, 100.0, 76.0, 112.0, 96.0][variant];
    let key = Tonality {
        root: [55, 52, 50, 57, 48, 53, 52, 55][variant],
        scale: [&MAJOR, &DORIAN, &MAJOR, &MINOR][variant % 4],
    };
    let progressions: [&[i32]; 4] = [&[0, 4, 5, 3], &[0, 6, 3, 0], &[0, 3, 0, 4], &[5, 3, 0, 4]];
    let progression = progressions[variant % 4];
    let pulse = Pulse::of_tempo(tempo, [0.08, 0.0, 0.16, 0.04][variant % 4]);
    let bars = pulse.bars(30.0);
    let picked = variant.is_multiple_of(2);
    let mut mix = Mix::new();
    let mut seed = 1;
    let mut pick = |mix: &mut Mix, note: Note, brightness: f32, send: f32| {
        seed += 1;
        let tone = pluck(note.pitch, note.length, brightness, seed);
        mix.add(note.start, &tone, note.velocity, note.pan, send);
    };
    for bar in 0..bars {
        let degree = progression[bar % progression.len()];
        let triad = key.chord(degree, 3);
        let strings: Vec<i32> =
            [triad[0] - 12, triad[2] - 12, triad[0], triad[1], triad[2], triad[0] + 12].into_iter().collect();
        let here = part(bar, bars, variant);
        if picked || here == Part::Break {
            // Thumb and fingers: bass and fifth in turn, the upper strings between.
            let order = [0, 3, 4, 5, 1, 3, 5, 4];
            for (step, string) in order.iter().enumerate() {
                if here == Part::Break && step % 2 == 1 {
                    continue;
                }
                let thumb = *string < 2;
                let note = Note {
                    start: pulse.at(bar, step * 2) + human(random, 0.008),
                    length: if thumb { pulse.beat * 2.0 } else { pulse.beat * 1.4 },
                    pitch: strings[*string] as f32,
                    velocity: if thumb { 0.5 } else { 0.36 } + human(random, 0.06),
                    pan: -0.18 + *string as f32 * 0.06,
                };
                pick(&mut mix, note, 0.45, 0.2);
            }
        } else {
            // Strummed: down on the beat, up between, the strings one after the other.
            for (sixteenth, down, force) in [
                (0, true, 0.4),
                (4, true, 0.28),
                (6, false, 0.22),
                (10, false, 0.24),
                (12, true, 0.32),
                (14, false, 0.2),
            ] {
                let order: Vec<i32> =
                    if down { strings.clone() } else { strings.iter().rev().take(4).copied().collect() };
                for (nth, pitch) in order.into_iter().enumerate() {
                    let note = Note {
                        start: pulse.at(bar, sixteenth) + nth as f32 * 0.011 + human(random, 0.004),
                        length: pulse.beat * 1.2,
                        pitch: pitch as f32,
                        velocity: (force + human(random, 0.05)) * 0.8,
                        pan: -0.2,
                    };
                    pick(&mut mix, note, 0.6, 0.15);
                }
            }
        }
    }
    // A second guitar sings the tune.
    for (bar, sixteenth, length, degree) in melody(random, progression, bars, 0.85) {
        if matches!(part(bar, bars, variant), Part::Opening | Part::Break) {
            continue;
        }
        let note = Note {
            start: pulse.at(bar, sixteenth) + human(random, 0.012),
            length: length as f32 * pulse.beat / 4.0 + 0.4,
            pitch: key.note(degree) as f32,
            velocity: 0.5 + human(random, 0.08),
            pan: 0.3,
        };
        pick(&mut mix, note, 0.75, 0.3);
        // Now and then a grace note from the step below.
        if random.random_range(0.0..1.0) < 0.2 {
            let below = [1, 2].choose(random).copied().unwrap_or(2);
            let grace = Note {
                start: note.start - 0.06,
                length: 0.08,
                pitch: note.pitch - below as f32,
                velocity: 0.3,
                ..note
            };
            pick(&mut mix, grace, 0.7, 0.2);
        }
    }
    mix.reverb([0.62, 0.7][variant % 2], 0.5, 0.7);
    mix.master(0.115)
}
