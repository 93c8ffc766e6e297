//! Long lines: ambient and string orchestra.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{Part, part};
use crate::source::demo::instruments::{Ensemble, Noise, breath, ensemble, pluck};
use crate::source::demo::mix::{LENGTH, Mix, RATE};
use crate::source::demo::theory::{DORIAN, LYDIAN, MAJOR, MINOR, Pulse, Tonality, human, lead, melody};

pub(super) fn ambient(random: &mut ChaCha8Rng, variant: usize) -> [Vec<f32>; 2] {
    let key = Tonality {
        root: [45, 50, 47, 52, 43, 48, 46, 54][variant],
        scale: [&LYDIAN, &MINOR, &MAJOR, &DORIAN][variant % 4],
    };
    let progressions: [&[i32]; 4] = [&[0, 4, 1, 0], &[0, 5, 3, 5], &[0, 3, 4, 3], &[0, 6, 4, 0]];
    let progression = progressions[variant % 4];
    let hold = [6.5, 5.0, 7.5, 6.0][variant % 4];
    let mut mix = Mix::new();
    let mut chord: Vec<i32> = Vec::new();
    let mut seed = 1;
    let chords = (30.0_f32 / hold).ceil() as usize;
    for index in 0..chords {
        let degree = progression[index % progression.len()];
        chord = lead(&chord, &key.chord(degree, 4));
        for (voice, pitch) in chord.iter().enumerate() {
            seed += 1;
            let sound = Ensemble {
                voices: 4,
                detune: 0.18,
                attack: 2.2,
                release: 3.0,
                cutoff: [380.0, 620.0, 500.0, 800.0][variant % 4],
                opening: [700.0, 300.0, 1_100.0, 500.0][(variant + index) % 4],
                resonance: 0.25,
                vibrato: 0.04,
                decay: 0.0,
            };
            let tone = ensemble(*pitch as f32 + 12.0 * f32::from(voice > 2), hold, sound, seed);
            mix.add(index as f32 * hold, &tone, 0.16, voice as f32 * 0.5 - 0.75, 0.7);
        }
        // A floor below everything.
        let low = breath(key.note(degree) as f32 - 12.0, hold, seed);
        mix.add(index as f32 * hold, &low, 0.3, 0.0, 0.2);
    }
    // Far bells or a flute, sparse, on notes of the scale.
    let mut at = 2.5 + random.random_range(0.0..1.5);
    while at < 27.0 {
        let pitch = key.note(random.random_range(7..17)) as f32 + if variant.is_multiple_of(3) { 12.0 } else { 0.0 };
        seed += 1;
        if variant.is_multiple_of(2) {
            let bell = pluck(pitch, 2.5, 0.25, seed);
            mix.add(at, &bell, 0.3, random.random_range(-0.8..0.8), 0.9);
        } else {
            let tone = breath(pitch - 12.0, random.random_range(1.2..2.6), seed);
            mix.add(at, &tone, 0.12, random.random_range(-0.6..0.6), 0.9);
        }
        at += random.random_range(0.9..3.4);
    }
    // Air: wind or a distant sea.
    let mut noise = Noise::new(variant as u32 + 99);
    let (mut low, mut lower) = (0.0_f32, 0.0_f32);
    let speed = 0.02 + 0.03 * (variant % 3) as f32;
    let air: Vec<f32> = (0..LENGTH)
        .map(|index| {
            low += (noise.next() - low) * speed;
            lower += (low - lower) * speed;
            let swell = 0.6 + 0.4 * (index as f32 / RATE as f32 * 0.7 + variant as f32).sin();
            lower * swell
        })
        .collect();
    mix.add(0.0, &air, 0.35, -0.2, 0.5);
    mix.echo(0.62, 0.45, 0.35);
    mix.reverb(0.93, 0.35, 1.1);
    mix.master(0.1)
}

pub(super) fn strings(random: &mut ChaCha8Rng, variant: usize) -> [Vec<f32>; 2] {
    let tempo = [66.0, 84.0, 58.0, 72.0, 92.0, 62.0, 100.0, 76.0][variant];
    let key = Tonality {
        root: [50, 55, 48, 53, 52, 57, 50, 46][variant],
        scale: if variant.is_multiple_of(2) { &MINOR } else { &MAJOR },
    };
    let progressions: [&[i32]; 4] = [&[0, 3, 4, 0], &[0, 5, 3, 4], &[0, 6, 5, 4], &[0, 4, 5, 2]];
    let progression = progressions[variant % 4];
    let pulse = Pulse::of_tempo(tempo, 0.0);
    let bars = pulse.bars(30.0);
    let bowed = Ensemble {
        voices: 6,
        detune: 0.22,
        attack: 0.22,
        release: 0.4,
        cutoff: 1_500.0,
        opening: 1_400.0,
        resonance: 0.05,
        vibrato: 0.16,
        decay: 0.0,
    };
    let mut mix = Mix::new();
    let mut seed = 1;
    let mut chord: Vec<i32> = Vec::new();
    for bar in 0..bars {
        let degree = progression[bar % progression.len()];
        chord = lead(&chord, &key.chord(degree, 3));
        let here = part(bar, bars, variant);
        let start = pulse.at(bar, 0);
        seed += 1;
        // Cellos and basses hold the ground.
        let ground = ensemble(key.note(degree) as f32 - 12.0, pulse.bar(), Ensemble { cutoff: 900.0, ..bowed }, seed);
        mix.add(start, &ground, 0.2, 0.35, 0.4);
        let moving = variant % 4 >= 2 && matches!(here, Part::Tune | Part::Return);
        for (voice, pitch) in chord.iter().enumerate() {
            seed += 1;
            let pan = voice as f32 * 0.35 - 0.45;
            if moving {
                // Violas in quavers, short bows.
                for step in 0..8 {
                    let short = Ensemble { attack: 0.03, release: 0.12, voices: 4, vibrato: 0.0, ..bowed };
                    let tone = ensemble(*pitch as f32 + 12.0, pulse.beat * 0.34, short, seed + step);
                    let accent = if step % 4 == 0 { 0.13 } else { 0.09 };
                    mix.add(pulse.at(bar, step as usize * 2) + human(random, 0.01), &tone, accent, pan, 0.4);
                }
            } else {
                let tone = ensemble(*pitch as f32 + 12.0, pulse.bar() * 0.98, bowed, seed);
                mix.add(start, &tone, 0.12, pan, 0.45);
            }
        }
        if variant % 3 == 1 && here != Part::Opening {
            // Plucked basses on the beat.
            for beat in 0..4 {
                let tone = pluck(key.note(degree + [0, 4, 2, 4][beat]) as f32 - 12.0, 0.5, 0.3, seed);
                mix.add(pulse.at(bar, beat * 4), &tone, 0.3, 0.4, 0.35);
            }
        }
    }
    for (bar, sixteenth, length, degree) in melody(random, progression, bars, 0.8) {
        let here = part(bar, bars, variant);
        if here == Part::Opening {
            continue;
        }
        seed += 1;
        let octave = if here == Part::Return { 24.0 } else { 12.0 };
        let held = length as f32 * pulse.beat / 4.0;
        let tone = ensemble(
            key.note(degree) as f32 + octave - 12.0,
            held,
            Ensemble { cutoff: 2_600.0, voices: 5, ..bowed },
            seed,
        );
        mix.add(pulse.at(bar, sixteenth), &tone, 0.22, -0.4, 0.5);
        if here == Part::Return {
            let below = ensemble(key.note(degree - 2) as f32 + octave - 12.0, held, bowed, seed + 7);
            mix.add(pulse.at(bar, sixteenth), &below, 0.13, -0.1, 0.5);
        }
    }
    mix.reverb(0.88, 0.4, 0.9);
    mix.master(0.11)
}
