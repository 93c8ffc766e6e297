//! Made of beats: drum and bass, hip-hop, house, chiptune.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{Part, part};
use crate::source::demo::drums::{chip_noise, clap, hat, kick, snare};
use crate::source::demo::instruments::{Chip, Ensemble, Noise, bass, chip, electric_piano, ensemble};
use crate::source::demo::mix::{LENGTH, Mix};
use crate::source::demo::theory::{DORIAN, MAJOR, MINOR, Pulse, Tonality, human, lead, melody};

pub(super) fn drum_and_bass(random: &mut ChaCha8Rng, variant: usize) -> [Vec<f32>; 2] {
    let tempo = [170.0, 174.0, 168.0, 176.0, 172.0, 165.0, 178.0, 173.0][variant];
    let key = Tonality { root: [41, 43, 38, 45, 40, 42, 39, 44][variant], scale: &MINOR };
    let progressions: [&[i32]; 4] = [&[0, 0, 5, 6], &[0, 3, 0, 4], &[0, 0, 0, 5], &[0, 6, 5, 6]];
    let progression = progressions[variant % 4];
    let pulse = Pulse::of_tempo(tempo, 0.06);
    let bars = pulse.bars(30.0);
    let (boom, crack) = (kick(48.0, 210.0, 0.22, 0.5), snare(190.0, 0.2, 0.75, 5));
    let (ghost, tick, ride) = (snare(210.0, 0.09, 0.4, 9), hat(0.05, 0.8, 21), hat(0.25, 0.9, 22));
    // Breaks of sixteenths: kicks and snares.
    let breaks: [(&[usize], &[usize]); 4] =
        [(&[0, 10], &[4, 12]), (&[0, 6, 10], &[4, 12, 15]), (&[0, 2, 10], &[4, 9, 12]), (&[0, 7, 10, 11], &[4, 12])];
    let mut mix = Mix::new();
    let mut seed = 1;
    for bar in 0..bars {
        let here = part(bar, bars, variant);
        let (kicks, snares) = breaks[(variant + usize::from(bar % 4 == 3)) % 4];
        let full = matches!(here, Part::Tune | Part::Return);
        for step in 0..16 {
            let at = pulse.at(bar, step) + human(random, 0.002);
            if (full || here == Part::Opening) && (step % 2 == 0 || random.random_range(0.0..1.0) < 0.35) {
                let sound = if step % 4 == 2 { &ride } else { &tick };
                mix.add(at, sound, 0.2 + human(random, 0.05), 0.25, 0.05);
            }
            if full && kicks.contains(&step) {
                mix.add(at, &boom, 0.95, 0.0, 0.02);
            }
            if snares.contains(&step) && (full || (here == Part::Break && step == 12)) {
                mix.add(at, &crack, 0.62, 0.05, 0.18);
            }
            if full && !snares.contains(&step) && random.random_range(0.0..1.0) < 0.16 {
                mix.add(at, &ghost, 0.16, -0.15, 0.1);
            }
        }
        let degree = progression[(bar / 2) % progression.len()];
        if full {
            for (start, length) in [(0, 6), (6, 4), (10, 6)] {
                seed += 1;
                let leap = if start == 6 && random.random_range(0.0..1.0) < 0.5 { 7.0 } else { 0.0 };
                let held = length as f32 * pulse.beat / 4.0 * 0.92;
                let growl = [1.0, 0.5, 1.6, 0.8][variant % 4];
                let tone = bass(key.note(degree) as f32 - 12.0 + leap, held, 900.0 + 500.0 * growl, growl, seed);
                mix.add(pulse.at(bar, start), &tone, 0.5, 0.0, 0.0);
            }
        }
        if bar % 2 == 0 {
            for (voice, pitch) in lead(&[60, 64, 67], &key.chord(degree, 4)).iter().enumerate() {
                seed += 1;
                let pad = Ensemble {
                    voices: 4,
                    detune: 0.25,
                    attack: 0.4,
                    release: 0.8,
                    cutoff: if here == Part::Break { 2_600.0 } else { 1_200.0 },
                    opening: 900.0,
                    resonance: 0.1,
                    vibrato: 0.0,
                    decay: 0.0,
                };
                let tone = ensemble(*pitch as f32, 2.0 * pulse.bar(), pad, seed);
                mix.add(pulse.at(bar, 0), &tone, 0.06, voice as f32 * 0.5 - 0.7, 0.5);
            }
        }
    }
    mix.echo(pulse.beat * 0.75, 0.4, 0.3);
    mix.reverb(0.72, 0.4, 0.6);
    mix.master(0.17)
}

pub(super) fn hip_hop(random: &mut ChaCha8Rng, variant: usize) -> [Vec<f32>; 2] {
    let tempo = [86.0, 92.0, 80.0, 88.0, 94.0, 78.0, 84.0, 90.0][variant];
    let key = Tonality {
        root: [48, 50, 45, 53, 46, 51, 49, 47][variant],
        scale: if variant.is_multiple_of(2) { &DORIAN } else { &MINOR },
    };
    let progressions: [&[i32]; 4] = [&[0, 3], &[1, 4, 0, 0], &[0, 5, 3, 4], &[3, 0]];
    let progression = progressions[variant % 4];
    let pulse = Pulse::of_tempo(tempo, 0.28);
    let bars = pulse.bars(30.0);
    let (boom, crack, tick) = (kick(52.0, 130.0, 0.3, 0.25), snare(170.0, 0.26, 0.6, 31), hat(0.06, 0.45, 41));
    let kicks: [&[usize]; 4] = [&[0, 7, 10], &[0, 3, 10], &[0, 6, 9], &[0, 10, 15]];
    let mut mix = Mix::new();
    let mut chord: Vec<i32> = vec![60, 63, 67];
    let mut seed = 1;
    for bar in 0..bars {
        let here = part(bar, bars, variant);
        let drums = here != Part::Opening || variant % 2 == 1;
        for step in 0..16 {
            let late = 0.012 + human(random, 0.006);
            let at = pulse.at(bar, step) + late;
            if drums && here != Part::Break {
                if kicks[variant % 4].contains(&step) {
                    mix.add(at, &boom, 0.95, 0.0, 0.03);
                }
                if step % 2 == 0 {
                    mix.add(at, &tick, 0.2 + human(random, 0.07), 0.2, 0.05);
                }
            }
            if drums && (step == 4 || step == 12) {
                mix.add(at + 0.008, &crack, 0.6, -0.03, 0.15);
            }
        }
        let degree = progression[bar % progression.len()];
        chord = lead(&chord, &key.chord(degree, 4));
        for strike in [0, 6, 11].into_iter().take(if here == Part::Break { 1 } else { 3 }) {
            if strike > 0 && random.random_range(0.0..1.0) < 0.35 {
                continue;
            }
            for (voice, pitch) in chord.iter().enumerate() {
                let held = if strike == 0 { pulse.beat * 1.6 } else { pulse.beat * 0.7 };
                let tone = electric_piano(*pitch as f32, held, 0.55);
                mix.add(pulse.at(bar, strike) + voice as f32 * 0.008, &tone, 0.13, voice as f32 * 0.3 - 0.45, 0.3);
            }
        }
        if here != Part::Opening {
            for (start, length, up) in [(0, 5, 0), (7, 3, 0), (10, 4, 4)] {
                seed += 1;
                let held = length as f32 * pulse.beat / 4.0;
                let tone = bass(key.note(degree + up) as f32 - 12.0, held, 420.0, 0.0, seed);
                mix.add(pulse.at(bar, start) + 0.01, &tone, 0.5, 0.0, 0.0);
            }
        }
    }
    if variant % 4 != 3 {
        for (bar, sixteenth, length, degree) in melody(random, progression, bars, 0.55) {
            if matches!(part(bar, bars, variant), Part::Tune | Part::Return) {
                let tone = electric_piano(key.note(degree) as f32, length as f32 * pulse.beat / 5.0, 0.9);
                mix.add(pulse.at(bar, sixteenth) + 0.01, &tone, 0.16, 0.3, 0.45);
            }
        }
    }
    // The record it was taken from: hiss, and a crackle now and then.
    let mut noise = Noise::new(500 + variant as u32);
    let mut low = 0.0_f32;
    let dust: Vec<f32> = (0..LENGTH)
        .map(|_| {
            let raw = noise.next();
            low += (raw - low) * 0.4;
            let crackle = if noise.next() > 0.999_6 { raw * 5.0 } else { 0.0 };
            low * 0.35 + crackle
        })
        .collect();
    mix.add(0.0, &dust, 0.022, 0.0, 0.0);
    mix.echo(pulse.beat * 0.75, 0.3, 0.18);
    mix.reverb(0.6, 0.6, 0.5);
    mix.master(0.15)
}

pub(super) fn house(random: &mut ChaCha8Rng, variant: usize) -> [Vec<f32>; 2] {
    let tempo = [122.0, 125.0, 120.0, 124.0, 126.0, 118.0, 123.0, 121.0][variant];
    let key = Tonality {
        root: [45, 48, 43, 50, 46, 41, 47, 44][variant],
        scale: if variant.is_multiple_of(3) { &DORIAN } else { &MINOR },
    };
    let progressions: [&[i32]; 4] = [&[0, 0, 3, 4], &[0, 5, 6, 6], &[0, 3, 0, 6], &[5, 6, 0, 0]];
    let progression = progressions[variant % 4];
    let pulse = Pulse::of_tempo(tempo, 0.1);
    let bars = pulse.bars(30.0);
    let (open, closed, hands) = (hat(0.16, 0.7, 61), hat(0.04, 0.7, 62), clap(0.2, 63));
    let boom = kick(46.0, 180.0, 0.3, 0.3);
    let stabs: [&[usize]; 4] = [&[0, 3, 6, 11], &[2, 5, 10, 13], &[0, 6, 12], &[3, 6, 9, 14]];
    let mut mix = Mix::new();
    let mut chord: Vec<i32> = vec![57, 60, 64];
    let mut beats = Vec::new();
    let mut seed = 1;
    // What the kick pushes aside comes first.
    for bar in 0..bars {
        let here = part(bar, bars, variant);
        let degree = progression[bar % progression.len()];
        chord = lead(&chord, &key.chord(degree, 4));
        let quiet = here == Part::Opening;
        for step in stabs[variant % 4] {
            for (voice, pitch) in chord.iter().enumerate() {
                seed += 1;
                let stab = Ensemble {
                    voices: 3,
                    detune: 0.12,
                    attack: 0.004,
                    release: 0.16,
                    cutoff: if quiet { 700.0 } else { 2_200.0 + 250.0 * (variant % 4) as f32 },
                    opening: 600.0,
                    resonance: 0.35,
                    vibrato: 0.0,
                    decay: 5.0,
                };
                let tone = ensemble(*pitch as f32 + 12.0, pulse.beat * 0.4, stab, seed);
                mix.add(pulse.at(bar, *step), &tone, 0.13, voice as f32 * 0.4 - 0.6, 0.4);
            }
        }
        if !quiet && here != Part::Break {
            for (step, up) in [(2, 0), (6, 0), (10, 0), (13, 4), (14, 7)] {
                seed += 1;
                let held = pulse.beat * 0.4;
                let tone = bass(key.note(degree + up) as f32 - 12.0, held, 700.0, 0.2, seed);
                mix.add(pulse.at(bar, step), &tone, 0.42, 0.0, 0.0);
            }
        }
        if variant % 2 == 1 || here == Part::Break {
            for (voice, pitch) in chord.iter().enumerate() {
                seed += 1;
                let pad = Ensemble {
                    voices: 4,
                    detune: 0.2,
                    attack: 0.3,
                    release: 0.4,
                    cutoff: 900.0,
                    opening: if here == Part::Break { 3_000.0 } else { 500.0 },
                    resonance: 0.1,
                    vibrato: 0.0,
                    decay: 0.0,
                };
                let tone = ensemble(*pitch as f32, pulse.bar(), pad, seed);
                mix.add(pulse.at(bar, 0), &tone, 0.06, 0.6 - voice as f32 * 0.4, 0.5);
            }
        }
        if here != Part::Break {
            beats.extend((0..4).map(|beat| pulse.at(bar, beat * 4)));
        }
    }
    mix.duck(&beats, 0.75, pulse.beat * 0.7);
    mix.echo(pulse.beat * 0.75, 0.45, 0.22);
    mix.reverb(0.75, 0.4, 0.5);
    for beat in &beats {
        mix.add(*beat, &boom, 0.85, 0.0, 0.0);
    }
    for bar in 0..bars {
        let here = part(bar, bars, variant);
        for step in 0..16 {
            let at = pulse.at(bar, step);
            if step % 4 == 2 && here != Part::Opening {
                mix.add(at, &open, 0.28, 0.15, 0.0);
            } else if here != Part::Break {
                mix.add(at, &closed, 0.1 + human(random, 0.03), -0.2, 0.0);
            }
            if (step == 4 || step == 12) && matches!(here, Part::Tune | Part::Return) {
                mix.add(at, &hands, 0.5, 0.0, 0.0);
            }
        }
    }
    mix.master(0.17)
}

pub(super) fn chiptune(random: &mut ChaCha8Rng, variant: usize) -> [Vec<f32>; 2] {
    let tempo = [140.0, 160.0, 128.0, 150.0, 112.0, 172.0, 136.0, 145.0][variant];
    let key = Tonality {
        root: [60, 57, 62, 55, 64, 59, 58, 61][variant],
        scale: if variant % 3 == 2 { &MINOR } else { &MAJOR },
    };
    let progressions: [&[i32]; 4] = [&[0, 4, 5, 3], &[5, 3, 0, 4], &[0, 5, 1, 4], &[0, 6, 5, 4]];
    let progression = progressions[variant % 4];
    let pulse = Pulse::of_tempo(tempo, 0.0);
    let bars = pulse.bars(30.0);
    let (thud, hiss) = (chip_noise(0.09, 24, 71), chip_noise(0.06, 2, 72));
    let duty = [0.5, 0.25, 0.125, 0.25][variant % 4];
    let mut mix = Mix::new();
    for bar in 0..bars {
        let here = part(bar, bars, variant);
        let degree = progression[bar % progression.len()];
        let triad = key.chord(degree, 3);
        for step in 0..16 {
            let at = pulse.at(bar, step);
            // Chords as fast broken notes: the console has no fourth voice.
            let pitch = triad[step % 3] as f32 + if step % 6 > 2 { 12.0 } else { 0.0 };
            if here != Part::Break || step % 2 == 0 {
                let tone = chip(pitch, pulse.beat / 4.0 * 0.9, Chip::Pulse(0.125), 0.0, 6.0);
                mix.add(at, &tone, 0.15, -0.35, 0.05);
            }
            if step % 2 == 0 && here != Part::Opening {
                let low = key.note(degree) as f32 - 24.0 + if step % 4 == 2 { 12.0 } else { 0.0 };
                let tone = chip(low, pulse.beat / 2.0 * 0.85, Chip::Triangle, 0.0, 0.5);
                mix.add(at, &tone, 0.4, 0.0, 0.0);
            }
            if matches!(here, Part::Tune | Part::Return) {
                if step % 8 == 0 {
                    mix.add(at, &thud, 0.4, 0.0, 0.0);
                }
                if step % 8 == 4 || (step % 2 == 0 && random.random_range(0.0..1.0) < 0.4) {
                    mix.add(at, &hiss, 0.22, 0.1, 0.0);
                }
            }
        }
    }
    for (bar, sixteenth, length, degree) in melody(random, progression, bars, 0.95) {
        let here = part(bar, bars, variant);
        if here == Part::Opening {
            continue;
        }
        let held = length as f32 * pulse.beat / 4.0 * 0.92;
        let pitch = key.note(degree) as f32 + if here == Part::Return { 12.0 } else { 0.0 };
        let tone = chip(pitch, held, Chip::Pulse(duty), 0.25, 0.6);
        mix.add(pulse.at(bar, sixteenth), &tone, 0.3, 0.3, 0.12);
        // The echo that consoles play on their second pulse.
        mix.add(pulse.at(bar, sixteenth) + pulse.beat * 0.75, &tone, 0.1, -0.4, 0.0);
    }
    mix.reverb(0.4, 0.5, 0.3);
    mix.master(0.13)
}
