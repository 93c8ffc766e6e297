//! Instruments that play one note: each gives the sound of that note from its start.

use std::f32::consts::TAU;

use super::mix::{RATE, samples};
use super::theory::hertz;

/// White noise, the same for the same seed.
#[derive(Debug, Clone, Copy)]
pub struct Noise(u32);

impl Noise {
    pub fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453) | 1)
    }

    /// The next sample, −1 to 1 (xorshift, Marsaglia 2003).
    pub fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / (u32::MAX / 2) as f32 - 1.0
    }
}

/// A low-pass of 12 dB an octave with resonance: the state-variable filter of Chamberlin, run twice a sample.
#[derive(Debug, Clone, Copy, Default)]
pub struct LowPass {
    low: f32,
    band: f32,
}

impl LowPass {
    pub fn run(&mut self, input: f32, cutoff: f32, resonance: f32) -> f32 {
        let f = 2.0 * (std::f32::consts::PI * (cutoff / (2 * RATE) as f32).min(0.22)).sin();
        let q = 1.0 - resonance.clamp(0.0, 0.95);
        for _ in 0..2 {
            self.low += f * self.band;
            let high = input - self.low - q.max(0.1) * 2.0 * self.band * 0.7;
            self.band += f * high;
        }
        self.low
    }
}

/// Attack and release in seconds around a held level that falls by `decay` a second.
fn envelope(length: f32, attack: f32, release: f32, decay: f32) -> impl Fn(usize) -> f32 {
    let (attack, held, release) = (samples(attack).max(1), samples(length), samples(release).max(1));
    move |index| {
        let rise = (index as f32 / attack as f32).min(1.0);
        let fall = if index > held { (1.0 - (index - held) as f32 / release as f32).max(0.0) } else { 1.0 };
        rise * fall * fall * (-decay * index as f32 / RATE as f32).exp()
    }
}

/// A saw without the worst of its aliases (polynomial steps, Välimäki 2005).
#[derive(Debug, Clone, Copy)]
struct Saw {
    phase: f32,
}

impl Saw {
    fn next(&mut self, step: f32) -> f32 {
        self.phase += step;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
        }
        let mut value = 2.0 * self.phase - 1.0;
        if self.phase < step {
            let t = self.phase / step;
            value -= t + t - t * t - 1.0;
        } else if self.phase > 1.0 - step {
            let t = (self.phase - 1.0) / step;
            value -= t * t + t + t + 1.0;
        }
        value
    }
}

/// A string plucked (Karplus and Strong 1983): noise in a loop that loses its highs, heard through a small body.
pub fn pluck(pitch: f32, length: f32, brightness: f32, seed: u32) -> Vec<f32> {
    let period = RATE as f32 / hertz(pitch);
    let size = (period - 0.5).floor().max(2.0) as usize;
    let fraction = period - 0.5 - size as f32;
    let mut noise = Noise::new(seed);
    let mut line = vec![0.0_f32; size + 1];
    let mut low = 0.0;
    // A soft finger takes the highs out of the pluck.
    for value in &mut line {
        low += (noise.next() - low) * (0.15 + 0.8 * brightness);
        *value = low;
    }
    let loss = 0.5_f32.powf(1.0 / (hertz(pitch) * (0.6 + 1.6 * (60.0 / pitch.max(30.0)))));
    let gate = envelope(length, 0.001, 0.25, 0.0);
    let total = samples(length + 0.25);
    let (mut at, mut body, mut before) = (0, 0.0_f32, 0.0_f32);
    let mut sound = Vec::with_capacity(total);
    for index in 0..total {
        let next = (at + 1) % line.len();
        let value = line[at] * (1.0 - fraction) + line[next] * fraction;
        line[at] = (0.5 * value + 0.5 * before) * loss;
        before = value;
        at = next;
        body += (value - body) * 0.08;
        sound.push((value * 0.7 + body * 0.9) * gate(index));
    }
    sound
}

/// A piano tone: stretched partials that die the faster the higher they are, after a short knock.
pub fn piano(pitch: f32, length: f32, velocity: f32, seed: u32) -> Vec<f32> {
    let base = hertz(pitch);
    let total = samples((length + 0.9).min(7.0));
    let mut sound = vec![0.0_f32; total];
    let stiffness = 0.000_12 * ((pitch - 40.0) / 18.0).exp2();
    let mut noise = Noise::new(seed);
    for partial in 1..=10_usize {
        let order = partial as f32;
        let frequency = base * order * (1.0 + stiffness * order * order).sqrt();
        if frequency > 15_000.0 {
            break;
        }
        let loudness = velocity.powf(0.5 + 0.18 * order) / order.powf(1.15);
        let decay = (0.35 + 0.28 * order) * (1.0 + (pitch - 60.0).max(-20.0) / 40.0);
        // Two strings a little apart, as on every grand.
        for detune in [0.9997_f32, 1.0004] {
            let step = TAU * frequency * detune / RATE as f32;
            let (turn_sin, turn_cos) = step.sin_cos();
            let phase = noise.next() * 0.6;
            let (mut y, mut x) = phase.sin_cos();
            let fall = (-decay / RATE as f32).exp();
            let mut level = loudness * 0.5;
            for slot in &mut sound {
                *slot += y * level;
                (x, y) = (x * turn_cos - y * turn_sin, x * turn_sin + y * turn_cos);
                level *= fall;
            }
        }
    }
    let gate = envelope(length, 0.002, 0.9, 0.0);
    let mut low = 0.0;
    for (index, slot) in sound.iter_mut().enumerate() {
        let knock = (-(index as f32) / 500.0).exp() * velocity * 0.15;
        low += (noise.next() - low) * 0.12;
        *slot = (*slot + low * knock) * gate(index);
    }
    sound
}

/// An electric piano by frequency modulation (Chowning 1973): a bell that fades into a hum.
pub fn electric_piano(pitch: f32, length: f32, velocity: f32) -> Vec<f32> {
    let step = hertz(pitch) / RATE as f32;
    let gate = envelope(length, 0.004, 0.3, 0.9);
    let (mut carrier, mut modulator) = (0.0_f32, 0.0_f32);
    (0..samples(length + 0.3))
        .map(|index| {
            let time = index as f32 / RATE as f32;
            modulator = (modulator + step * 14.0).fract();
            carrier = (carrier + step).fract();
            let bell = (TAU * modulator).sin() * velocity * 0.9 * (-9.0 * time).exp();
            let hum = (TAU * carrier + (TAU * carrier).sin() * velocity * 0.9 * (-1.6 * time).exp() + bell).sin();
            hum * gate(index) * (0.85 + 0.15 * (TAU * 5.0 * time).sin())
        })
        .collect()
}

/// How an ensemble of saws sounds.
#[derive(Debug, Clone, Copy)]
pub struct Ensemble {
    /// Players, each a little off.
    pub voices: usize,
    /// Semitones between the outermost.
    pub detune: f32,
    pub attack: f32,
    pub release: f32,
    /// Cut-off in Hz at the start and how far it opens, over the note.
    pub cutoff: f32,
    pub opening: f32,
    pub resonance: f32,
    /// Semitones of vibrato, which comes in late.
    pub vibrato: f32,
    /// How fast the sound dies, a second.
    pub decay: f32,
}

/// Many saws through one filter: strings, pads, stabs and basses.
pub fn ensemble(pitch: f32, length: f32, sound: Ensemble, seed: u32) -> Vec<f32> {
    let mut noise = Noise::new(seed);
    let mut saws: Vec<(Saw, f32)> = (0..sound.voices)
        .map(|voice| {
            let place = if sound.voices > 1 { voice as f32 / (sound.voices - 1) as f32 - 0.5 } else { 0.0 };
            let saw = Saw { phase: (noise.next() + 1.0) / 2.0 };
            (saw, (place * sound.detune / 12.0).exp2())
        })
        .collect();
    let base = hertz(pitch) / RATE as f32;
    let gate = envelope(length, sound.attack, sound.release, sound.decay);
    let mut filter = LowPass::default();
    let total = samples(length + sound.release);
    let gain = 1.0 / (sound.voices as f32).sqrt();
    let mut bend = 1.0_f32;
    let mut cutoff = sound.cutoff;
    (0..total)
        .map(|index| {
            // What moves slowly is worked out once in 64 samples.
            if index.is_multiple_of(64) {
                let time = index as f32 / RATE as f32;
                let depth = sound.vibrato * (time / 0.6).min(1.0);
                bend = (depth / 12.0 * (TAU * 5.3 * time).sin()).exp2();
                cutoff = sound.cutoff + sound.opening * (index as f32 / total as f32 * std::f32::consts::PI).sin();
            }
            let sum: f32 = saws.iter_mut().map(|(saw, detune)| saw.next(base * bend * *detune)).sum();
            filter.run(sum * gain, cutoff, sound.resonance) * gate(index)
        })
        .collect()
}

/// A bass: a saw whose filter closes, on a sine an octave below or at pitch.
pub fn bass(pitch: f32, length: f32, cutoff: f32, growl: f32, seed: u32) -> Vec<f32> {
    let step = hertz(pitch) / RATE as f32;
    let mut noise = Noise::new(seed);
    let mut saws = [Saw { phase: (noise.next() + 1.0) / 2.0 }, Saw { phase: 0.3 }];
    let mut filter = LowPass::default();
    let gate = envelope(length, 0.004, 0.05, 0.0);
    let mut phase = 0.0_f32;
    (0..samples(length + 0.05))
        .map(|index| {
            let time = index as f32 / RATE as f32;
            phase = (phase + step).fract();
            let saw = saws[0].next(step * (1.0 + 0.006 * growl)) + saws[1].next(step * (1.0 - 0.006 * growl));
            let open = cutoff * (0.35 + 0.65 * (-3.0 * time).exp()) * (1.0 + 0.4 * growl * (TAU * 2.0 * time).sin());
            (filter.run(saw * 0.5, open, 0.3) * 0.7 + (TAU * phase).sin() * 0.6) * gate(index)
        })
        .collect()
}

/// The voices of an early game console.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Chip {
    /// A pulse that is high for this share of its period.
    Pulse(f32),
    /// A triangle in sixteen steps.
    Triangle,
}

/// A note of a game console; `vibrato` in semitones.
pub fn chip(pitch: f32, length: f32, voice: Chip, vibrato: f32, decay: f32) -> Vec<f32> {
    let base = hertz(pitch) / RATE as f32;
    let gate = envelope(length, 0.001, 0.01, decay);
    let mut phase = 0.0_f32;
    let mut smooth = 0.0_f32;
    (0..samples(length + 0.01))
        .map(|index| {
            let time = index as f32 / RATE as f32;
            let wobble = if time > 0.15 { vibrato * (TAU * 6.0 * time).sin() } else { 0.0 };
            phase = (phase + base * (wobble / 12.0).exp2()).fract();
            let value = match voice {
                Chip::Pulse(duty) => {
                    if phase < duty {
                        0.6
                    } else {
                        -0.6
                    }
                }
                Chip::Triangle => ((1.0 - 4.0 * (phase - 0.5).abs()) * 8.0).round() / 8.0,
            };
            smooth += (value - smooth) * 0.55;
            // Four bits of volume.
            smooth * (gate(index) * 15.0).ceil() / 15.0
        })
        .collect()
}

/// A flute-like sine with breath, for melodies over pads.
pub fn breath(pitch: f32, length: f32, seed: u32) -> Vec<f32> {
    let step = hertz(pitch) / RATE as f32;
    let gate = envelope(length, 0.12, 0.5, 0.2);
    let mut noise = Noise::new(seed);
    let (mut phase, mut air) = (0.0_f32, 0.0_f32);
    (0..samples(length + 0.5))
        .map(|index| {
            let time = index as f32 / RATE as f32;
            phase = (phase + step * (1.0 + 0.003 * (TAU * 4.7 * time).sin() * (time / 0.5).min(1.0))).fract();
            air += (noise.next() - air) * 0.25;
            ((TAU * phase).sin() + 0.25 * (2.0 * TAU * phase).sin() + 0.08 * air) * gate(index)
        })
        .collect()
}
