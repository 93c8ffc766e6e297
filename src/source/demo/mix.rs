//! The mixing desk: two channels, a reverb and an echo, and a master that keeps the peaks.

/// Samples a second.
pub const RATE: u32 = 44_100;
/// Length of a piece in samples: 30 s.
pub const LENGTH: usize = 30 * RATE as usize;

pub fn samples(seconds: f32) -> usize {
    (seconds.max(0.0) * RATE as f32) as usize
}

/// What has been played so far.
pub struct Mix {
    pub left: Vec<f32>,
    pub right: Vec<f32>,
    /// What the reverb will hear.
    send: Vec<f32>,
}

impl Mix {
    pub fn new() -> Self {
        Self { left: vec![0.0; LENGTH], right: vec![0.0; LENGTH], send: vec![0.0; LENGTH] }
    }

    /// Adds a sound from `start` seconds on. `pan`: −1 left, 1 right, at equal power; `send`: the share that the reverb
    /// hears. What reaches past the end is cut.
    pub fn add(&mut self, start: f32, sound: &[f32], gain: f32, pan: f32, send: f32) {
        let start = samples(start).min(LENGTH);
        let end = (start + sound.len()).min(LENGTH);
        let angle = (pan.clamp(-1.0, 1.0) + 1.0) * std::f32::consts::FRAC_PI_4;
        let (right, left) = angle.sin_cos();
        let (left, right) = (left * gain, right * gain);
        for (slot, value) in self.left[start..end].iter_mut().zip(sound) {
            *slot += value * left;
        }
        for (slot, value) in self.right[start..end].iter_mut().zip(sound) {
            *slot += value * right;
        }
        if send > 0.0 {
            for (slot, value) in self.send[start..end].iter_mut().zip(sound) {
                *slot += value * gain * send;
            }
        }
    }

    /// Ducks everything so far after each of `beats`: the pump of house music.
    pub fn duck(&mut self, beats: &[f32], depth: f32, seconds: f32) {
        let length = samples(seconds);
        for beat in beats {
            let start = samples(*beat).min(LENGTH);
            let end = (start + length).min(LENGTH);
            for index in start..end {
                let through = (index - start) as f32 / length as f32;
                let gain = 1.0 - depth * (1.0 - through) * (1.0 - through);
                self.left[index] *= gain;
                self.right[index] *= gain;
                self.send[index] *= gain;
            }
        }
    }

    /// Echoes to and fro between the sides.
    pub fn echo(&mut self, seconds: f32, feedback: f32, wet: f32) {
        let delay = samples(seconds).max(1);
        let (mut a, mut b) = (vec![0.0_f32; delay], vec![0.0_f32; delay]);
        for index in 0..LENGTH {
            let slot = index % delay;
            let (from_a, from_b) = (a[slot], b[slot]);
            a[slot] = self.send[index] + from_b * feedback;
            b[slot] = from_a * feedback;
            self.left[index] += from_a * wet;
            self.right[index] += from_b * wet;
        }
    }

    /// A room after Schroeder and Moorer: eight damped combs and two all-passes on each side.
    pub fn reverb(&mut self, size: f32, damping: f32, wet: f32) {
        const COMBS: [usize; 8] = [1_116, 1_188, 1_277, 1_356, 1_422, 1_491, 1_557, 1_617];
        const PASSES: [usize; 2] = [556, 441];
        for (side, spread) in [(&mut self.left, 0), (&mut self.right, 23)] {
            let mut wet_signal = vec![0.0_f32; LENGTH];
            for comb in COMBS {
                let mut line = vec![0.0_f32; comb + spread];
                let (mut at, mut low) = (0, 0.0_f32);
                for (input, output) in self.send.iter().zip(wet_signal.iter_mut()) {
                    let delayed = line[at];
                    *output += delayed;
                    low = delayed * (1.0 - damping) + low * damping;
                    // The tiny constant keeps the tail out of the denormal numbers, which are slow.
                    line[at] = input * 0.03 + low * size + 1e-18;
                    at += 1;
                    if at == line.len() {
                        at = 0;
                    }
                }
            }
            for pass in PASSES {
                let mut line = vec![0.0_f32; pass + spread];
                let mut at = 0;
                for value in &mut wet_signal {
                    let delayed = line[at];
                    line[at] = *value + delayed * 0.5;
                    *value = delayed - *value;
                    at += 1;
                    if at == line.len() {
                        at = 0;
                    }
                }
            }
            for (dry, wet_value) in side.iter_mut().zip(&wet_signal) {
                *dry += wet_value * wet;
            }
        }
    }

    /// Brings the piece to a common level without clipping, removes what is below hearing, fades both ends.
    pub fn master(mut self, level: f32) -> [Vec<f32>; 2] {
        for side in [&mut self.left, &mut self.right] {
            // One pole at about 20 Hz.
            let (mut before, mut out) = (0.0_f32, 0.0_f32);
            for value in side.iter_mut() {
                out = 0.997 * (out + *value - before);
                before = *value;
                *value = out;
            }
        }
        let energy: f64 = self.left.iter().chain(&self.right).map(|value| f64::from(*value).powi(2)).sum();
        let rms = (energy / (2 * LENGTH) as f64).sqrt() as f32;
        let gain = if rms > 0.0 { level / rms } else { 1.0 };
        let fade = samples(0.03);
        let sides = [self.left, self.right];
        sides.map(|mut side| {
            for (index, value) in side.iter_mut().enumerate() {
                let edge = index.min(LENGTH - 1 - index);
                let fade = if edge < fade { edge as f32 / fade as f32 } else { 1.0 };
                *value = limit(*value * gain) * fade;
            }
            side
        })
    }
}

/// Straight up to 0.6, then bent so that nothing passes 0.88.
fn limit(value: f32) -> f32 {
    const KNEE: f32 = 0.6;
    const CEILING: f32 = 0.88;
    let size = value.abs();
    if size <= KNEE {
        return value;
    }
    let room = CEILING - KNEE;
    (KNEE + room * ((size - KNEE) / room).tanh()).copysign(value)
}
