//! Integrated loudness after ITU-R BS.1770-4, of the mono mix at 22,050 Hz.

use std::f64::consts::PI;

use crate::domain::SAMPLE_RATE;

/// Blocks are 400 ms long and start every 100 ms; energy is kept for each 100 ms.
const STEP: usize = SAMPLE_RATE as usize / 10;
const STEPS_IN_BLOCK: usize = 4;
/// Blocks below are silence, in LUFS.
const ABSOLUTE_GATE: f64 = -70.0;
/// Blocks this far below the mean of those above the absolute gate do not count, in LU.
const RELATIVE_GATE: f64 = -10.0;
/// The offset of BS.1770 that makes a 997 Hz sine at full scale −3.01 LUFS.
const OFFSET: f64 = -0.691;

/// A second-order filter, transposed direct form II.
#[derive(Clone, Copy)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    #[inline]
    fn run(&mut self, input: f64) -> f64 {
        let output = self.b[0] * input + self.state[0];
        self.state[0] = self.b[1] * input - self.a[0] * output + self.state[1];
        self.state[1] = self.b[2] * input - self.a[1] * output;
        output
    }

    /// The first stage of K-weighting, a high shelf of +4 dB: the analogue filter behind BS.1770's coefficients for
    /// 48 kHz, mapped to `rate` by the bilinear transform.
    fn shelf(rate: f64) -> Self {
        const CENTRE: f64 = 1_681.974_450_955_533;
        const GAIN_DB: f64 = 3.999_843_853_973_347;
        const Q: f64 = 0.707_175_236_955_419_6;
        let k = (PI * CENTRE / rate).tan();
        let high = 10_f64.powf(GAIN_DB / 20.0);
        let band = high.powf(0.499_666_774_154_541_6);
        let a0 = 1.0 + k / Q + k * k;
        Self {
            b: [(high + band * k / Q + k * k) / a0, 2.0 * (k * k - high) / a0, (high - band * k / Q + k * k) / a0],
            a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / Q + k * k) / a0],
            state: [0.0; 2],
        }
    }

    /// The second stage of K-weighting, a high pass, mapped likewise.
    fn high_pass(rate: f64) -> Self {
        const CENTRE: f64 = 38.135_470_876_024_44;
        const Q: f64 = 0.500_327_037_323_877_3;
        let k = (PI * CENTRE / rate).tan();
        let a0 = 1.0 + k / Q + k * k;
        Self { b: [1.0, -2.0, 1.0], a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / Q + k * k) / a0], state: [0.0; 2] }
    }
}

/// The K-weighted energy of a stream, one number for 100 ms.
pub(super) struct Meter {
    shelf: Biquad,
    high_pass: Biquad,
    steps: Vec<f64>,
    filled: usize,
    energy: f64,
}

impl Meter {
    pub(super) fn new() -> Self {
        let rate = f64::from(SAMPLE_RATE);
        Self {
            shelf: Biquad::shelf(rate),
            high_pass: Biquad::high_pass(rate),
            steps: Vec::new(),
            filled: 0,
            energy: 0.0,
        }
    }

    pub(super) fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let take = (STEP - self.filled).min(samples.len());
            let (now, later) = samples.split_at(take);
            let (mut shelf, mut high_pass, mut energy) = (self.shelf, self.high_pass, self.energy);
            for &sample in now {
                let weighted = high_pass.run(shelf.run(f64::from(sample)));
                energy += weighted * weighted;
            }
            (self.shelf, self.high_pass, self.energy) = (shelf, high_pass, energy);
            self.filled += take;
            samples = later;
            if self.filled == STEP {
                self.steps.push(self.energy);
                (self.filled, self.energy) = (0, 0.0);
            }
        }
    }

    /// The integrated loudness in LUFS; `None` where no block of 400 ms is above −70 LUFS.
    pub(super) fn finish(self) -> Option<f32> {
        let blocks: Vec<f64> = self
            .steps
            .windows(STEPS_IN_BLOCK)
            .map(|steps| steps.iter().sum::<f64>() / (STEPS_IN_BLOCK * STEP) as f64)
            .collect();
        let mean_above = |gate: f64| {
            let (count, sum) = blocks
                .iter()
                .filter(|&&block| lufs(block) > gate)
                .fold((0_u64, 0.0), |(count, sum), block| (count + 1, sum + block));
            (count > 0).then(|| sum / count as f64)
        };
        let ungated = mean_above(ABSOLUTE_GATE)?;
        let gated = mean_above((lufs(ungated) + RELATIVE_GATE).max(ABSOLUTE_GATE))?;
        Some(lufs(gated) as f32).filter(|loudness| loudness.is_finite())
    }
}

fn lufs(mean_square: f64) -> f64 {
    OFFSET + 10.0 * mean_square.log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, amplitude: f64, seconds: f64) -> Vec<f32> {
        let rate = f64::from(SAMPLE_RATE);
        (0..(seconds * rate) as usize).map(|n| (amplitude * (2.0 * PI * hz * n as f64 / rate).sin()) as f32).collect()
    }

    fn loudness(parts: &[Vec<f32>]) -> Option<f32> {
        let mut meter = Meter::new();
        parts.iter().for_each(|part| meter.push(part));
        meter.finish()
    }

    /// BS.1770-4, annex 1: a 0 dB FS sine of 997 Hz in one channel reads −3.01 LKFS.
    #[test]
    fn the_reference_sine_reads_as_the_recommendation_says() {
        approx::assert_abs_diff_eq!(loudness(&[sine(997.0, 1.0, 10.0)]).unwrap(), -3.01, epsilon = 0.05);
    }

    #[test]
    fn the_filter_at_48_khz_is_the_one_printed_in_the_recommendation() {
        let shelf = Biquad::shelf(48_000.0);
        let high_pass = Biquad::high_pass(48_000.0);
        let printed = [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85];
        for (ours, printed) in shelf.b.iter().zip(printed) {
            approx::assert_abs_diff_eq!(*ours, printed, epsilon = 1e-8);
        }
        for (ours, printed) in shelf.a.iter().zip([-1.690_659_293_182_41, 0.732_480_774_215_85]) {
            approx::assert_abs_diff_eq!(*ours, printed, epsilon = 1e-8);
        }
        for (ours, printed) in high_pass.a.iter().zip([-1.990_047_454_833_98, 0.990_072_250_366_21]) {
            approx::assert_abs_diff_eq!(*ours, printed, epsilon = 1e-8);
        }
    }

    /// EBU Tech 3341, test case 3: quiet passages fall under the relative gate.
    #[test]
    fn quiet_passages_do_not_count() {
        let at = |dbfs: f64, seconds| sine(1_000.0, 10_f64.powf(dbfs / 20.0), seconds);
        let gated = loudness(&[at(-36.0, 10.0), at(-23.0, 60.0), at(-36.0, 10.0)]).unwrap();
        let alone = loudness(&[at(-23.0, 60.0)]).unwrap();
        approx::assert_abs_diff_eq!(gated, alone, epsilon = 0.1);
        approx::assert_abs_diff_eq!(alone, -26.0, epsilon = 0.1);
    }

    #[test]
    fn silence_and_a_blink_have_no_loudness() {
        assert_eq!(loudness(&[vec![0.0; 100_000]]), None);
        assert_eq!(loudness(&[sine(997.0, 1.0, 0.3)]), None);
        assert_eq!(loudness(&[]), None);
    }
}
