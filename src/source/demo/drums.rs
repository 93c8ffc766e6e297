//! Drums: each gives the sound of one stroke.

use std::f32::consts::TAU;

use super::instruments::{LowPass, Noise};
use super::mix::{RATE, samples};

/// A bass drum: a sine that falls from `high` to `low` Hz.
pub fn kick(low: f32, high: f32, seconds: f32, click: f32) -> Vec<f32> {
    let mut phase = 0.0_f32;
    let mut noise = Noise::new(11);
    (0..samples(seconds))
        .map(|index| {
            let time = index as f32 / RATE as f32;
            let frequency = low + (high - low) * (-time * 34.0).exp();
            phase = (phase + frequency / RATE as f32).fract();
            let body = (TAU * phase).sin() * (-time * 4.5 / seconds).exp();
            let edge = (time / 0.002).min(1.0) * (1.0 - time / seconds).max(0.0);
            (body + click * noise.next() * (-time * 400.0).exp()) * edge
        })
        .collect()
}

/// A snare: two tones under a burst of noise.
pub fn snare(tone: f32, seconds: f32, snap: f32, seed: u32) -> Vec<f32> {
    let mut noise = Noise::new(seed);
    let mut low = 0.0_f32;
    (0..samples(seconds))
        .map(|index| {
            let time = index as f32 / RATE as f32;
            let drum = ((TAU * tone * time).sin() + 0.6 * (TAU * tone * 1.78 * time).sin()) * (-time * 26.0).exp();
            let raw = noise.next();
            low += (raw - low) * 0.18;
            let wires = (raw - low) * (-time * 5.0 / seconds).exp();
            let end = (1.0 - time / seconds).max(0.0);
            (drum * 0.55 + wires * snap) * end
        })
        .collect()
}

/// A cymbal: noise above `colour` (0 dull, 1 bright), short for a closed hat and long for a ride.
pub fn hat(seconds: f32, colour: f32, seed: u32) -> Vec<f32> {
    let mut noise = Noise::new(seed);
    let (mut low, mut lower) = (0.0_f32, 0.0_f32);
    let speed = 0.35 + 0.5 * colour;
    (0..samples(seconds))
        .map(|index| {
            let through = index as f32 / samples(seconds).max(1) as f32;
            let raw = noise.next();
            low += (raw - low) * speed;
            lower += (low - lower) * speed;
            (raw - lower) * (-4.5 * through).exp() * (1.0 - through)
        })
        .collect()
}

/// Hands: a few bursts close together.
pub fn clap(seconds: f32, seed: u32) -> Vec<f32> {
    let mut noise = Noise::new(seed);
    let mut filter = LowPass::default();
    let mut low = 0.0_f32;
    (0..samples(seconds))
        .map(|index| {
            let time = index as f32 / RATE as f32;
            let burst = if time < 0.03 { 1.0 - (time % 0.01) / 0.01 } else { (-(time - 0.03) * 18.0).exp() };
            let raw = filter.run(noise.next(), 3_200.0, 0.2);
            low += (raw - low) * 0.08;
            (raw - low) * burst * (1.0 - time / seconds).max(0.0)
        })
        .collect()
}

/// The console's noise: a shift register heard at one of its few rates.
pub fn chip_noise(seconds: f32, hold: usize, seed: u32) -> Vec<f32> {
    let mut noise = Noise::new(seed);
    let mut value = 0.0;
    (0..samples(seconds))
        .map(|index| {
            if index.is_multiple_of(hold.max(1)) {
                value = noise.next().signum() * 0.5;
            }
            let level = (1.0 - index as f32 / samples(seconds).max(1) as f32).powi(2);
            value * (level * 15.0).ceil() / 15.0
        })
        .collect()
}
