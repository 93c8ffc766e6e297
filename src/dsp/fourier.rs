//! Windowed power spectra. The transforms are planned once a thread.

use std::cell::RefCell;
use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

thread_local! {
    static PLANNER: RefCell<RealFftPlanner<f32>> = RefCell::new(RealFftPlanner::new());
}

/// A Hann window followed by a Fourier transform of fixed length. The window may be shorter than the transform; the
/// rest is zeros. Where the window lies inside the transform changes phases alone, and only power is given.
pub(super) struct PowerSpectrum {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl PowerSpectrum {
    /// A periodic Hann window of `window` samples, zero-padded to `length`.
    pub(super) fn new(window: usize, length: usize) -> Self {
        let transform = PLANNER.with_borrow_mut(|planner| planner.plan_fft_forward(length));
        let (input, output) = (transform.make_input_vec(), transform.make_output_vec());
        let scratch = transform.make_scratch_vec();
        let power = vec![0.0; output.len()];
        Self { transform, window: hann(window), input, output, scratch, power }
    }

    /// The power in each of `length / 2 + 1` bins of the frame that `head` and then `tail` make up, together as long as
    /// the window.
    pub(super) fn of(&mut self, head: &[f32], tail: &[f32]) -> &[f32] {
        debug_assert_eq!(head.len() + tail.len(), self.window.len());
        let (window_head, window_tail) = self.window.split_at(head.len());
        let (input_head, rest) = self.input.split_at_mut(head.len());
        let (input_tail, padding) = rest.split_at_mut(tail.len());
        multiply(input_head, head, window_head);
        multiply(input_tail, tail, window_tail);
        padding.fill(0.0);
        // The buffers were made by the transform itself, so their lengths are right, and that is all it checks.
        if self.transform.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch).is_err() {
            self.output.fill(Complex::new(0.0, 0.0));
        }
        for (power, bin) in self.power.iter_mut().zip(&self.output) {
            *power = bin.re * bin.re + bin.im * bin.im;
        }
        &self.power
    }
}

fn multiply(out: &mut [f32], samples: &[f32], window: &[f32]) {
    for ((out, sample), weight) in out.iter_mut().zip(samples).zip(window) {
        *out = sample * weight;
    }
}

/// The periodic Hann window: 0.5 − 0.5·cos(2πn / length).
pub(super) fn hann(length: usize) -> Vec<f32> {
    (0..length).map(|n| (0.5 - 0.5 * (TAU * n as f64 / length as f64).cos()) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_on_a_bin_has_the_power_of_theory() {
        // |X[k]| of a sine of amplitude a under a Hann window of N samples is a·N/4.
        let samples: Vec<f32> = (0..1_024).map(|n| (TAU * 64.0 * n as f64 / 1_024.0).sin() as f32).collect();
        let mut spectrum = PowerSpectrum::new(1_024, 1_024);
        let (head, tail) = samples.split_at(300);
        let power = spectrum.of(head, tail);
        approx::assert_relative_eq!(power[64], 256.0 * 256.0, max_relative = 1e-4);
        assert!(power[70] < 1e-3);
    }
}
