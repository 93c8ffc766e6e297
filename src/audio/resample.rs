//! Sample rates converted in a stream: no delay, and exactly as many samples out as the ratio of the rates says.

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use super::AudioError;

/// Music is sampled within these rates. Beyond them a header is broken, and a transform would not fit in memory.
const LOWEST_RATE: u32 = 1_000;
const HIGHEST_RATE: u32 = 768_000;
/// Frames that a transform takes at least, at the higher of the two rates. The low-pass is a sinc of that length under
/// a squared Blackman-Harris window, whose stopband is below −100 dB; its passband ends 2.7 % under half the lower rate.
const BLOCK: usize = 2_048;

/// Converts planar sound of any number of channels from one rate to another.
pub(super) struct Resampler {
    from: u32,
    to: u32,
    /// `None` where the rates are equal.
    fft: Option<Box<Fft<f32>>>,
    /// Samples that do not fill a block yet, for each channel.
    pending: Vec<Vec<f32>>,
    /// One converted block, for each channel.
    block: Vec<Vec<f32>>,
    /// Samples of the filter's delay that are still to be dropped.
    delay: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// # Errors
    /// [`AudioError::UnsupportedRate`] outside 1 kHz to 768 kHz.
    pub(super) fn new(from: u32, to: u32, channels: usize) -> Result<Self, AudioError> {
        if let Some(&rate) = [from, to].iter().find(|rate| !(LOWEST_RATE..=HIGHEST_RATE).contains(*rate)) {
            return Err(AudioError::UnsupportedRate { rate });
        }
        let fft = if from == to {
            None
        } else {
            // The smallest block whose length is whole at both rates, repeated an even number of times: the delay is
            // half a block and has to be whole too.
            let unit = from / greatest_common_divisor(from, to);
            let longest_unit = from.max(to) / greatest_common_divisor(from, to);
            let repeats = BLOCK.div_ceil(longest_unit as usize).next_multiple_of(2);
            let length = unit as usize * repeats;
            let window = WindowFunction::BlackmanHarris2;
            let fft = Fft::new_custom(from as usize, to as usize, length, 1, channels, window, FixedSync::Both)?;
            Some(Box::new(fft))
        };
        let (delay, block) = fft.as_ref().map_or((0, 0), |fft| (fft.output_delay(), fft.output_frames_max()));
        Ok(Self {
            from,
            to,
            fft,
            pending: vec![Vec::new(); channels],
            block: vec![vec![0.0; block]; channels],
            delay,
            taken: 0,
            given: 0,
        })
    }

    /// The rate of what is pushed.
    pub(super) fn from(&self) -> u32 {
        self.from
    }

    /// Takes equally long planes, one for each channel, and appends what is converted to the planes of `out`.
    pub(super) fn push(&mut self, planes: &[&[f32]], out: &mut [Vec<f32>]) -> Result<(), AudioError> {
        self.taken += planes.first().map_or(0, |plane| plane.len()) as u64;
        let Some(needed) = self.fft.as_ref().map(|fft| fft.input_frames_next()) else {
            for (out, plane) in out.iter_mut().zip(planes) {
                out.extend_from_slice(plane);
            }
            self.given = self.taken;
            return Ok(());
        };
        for (pending, plane) in self.pending.iter_mut().zip(planes) {
            pending.extend_from_slice(plane);
        }
        let mut used = 0;
        while self.pending.first().is_some_and(|pending| pending.len() - used >= needed) {
            self.convert(used, out)?;
            used += needed;
        }
        for pending in &mut self.pending {
            pending.drain(..used);
        }
        Ok(())
    }

    /// Appends what the filter still holds. All in all `round(taken · to / from)` samples came out.
    pub(super) fn finish(mut self, out: &mut [Vec<f32>]) -> Result<(), AudioError> {
        let Some(needed) = self.fft.as_ref().map(|fft| fft.input_frames_next()) else {
            return Ok(());
        };
        let (taken, from, to) = (u128::from(self.taken), u128::from(self.from), u128::from(self.to));
        let total = ((2 * taken * to + from) / (2 * from)) as u64;
        while self.given < total {
            for pending in &mut self.pending {
                pending.resize(needed, 0.0);
            }
            let (before, left) = (self.given, total - self.given);
            self.convert(0, out)?;
            self.pending.iter_mut().for_each(Vec::clear);
            let surplus = (self.given - before).saturating_sub(left) as usize;
            for plane in out.iter_mut() {
                plane.truncate(plane.len() - surplus);
            }
            self.given -= surplus as u64;
        }
        Ok(())
    }

    /// Converts one block of the pending samples from `start` on.
    fn convert(&mut self, start: usize, out: &mut [Vec<f32>]) -> Result<(), AudioError> {
        let Some(fft) = self.fft.as_mut() else { return Ok(()) };
        let (channels, needed, made) = (self.pending.len(), fft.input_frames_next(), fft.output_frames_next());
        let input = SequentialSliceOfVecs::new(&self.pending, channels, start + needed)?;
        let mut output = SequentialSliceOfVecs::new_mut(&mut self.block, channels, made)?;
        let indexing = rubato::Indexing::new().input_offset(start);
        fft.process_into_buffer(&input, &mut output, Some(&indexing))?;
        let skip = self.delay.min(made);
        self.delay -= skip;
        self.given += (made - skip) as u64;
        for (out, block) in out.iter_mut().zip(&self.block) {
            out.extend_from_slice(&block[skip..made]);
        }
        Ok(())
    }
}

fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn convert(from: u32, to: u32, samples: &[f32], block: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(from, to, 1).unwrap();
        let mut out = [Vec::new()];
        samples.chunks(block).for_each(|block| resampler.push(&[block], &mut out).unwrap());
        resampler.finish(&mut out).unwrap();
        out.into_iter().next().unwrap()
    }

    fn sine(rate: u32, hz: f64, count: usize) -> Vec<f32> {
        (0..count).map(|n| (0.5 * (TAU * hz * n as f64 / f64::from(rate)).sin()) as f32).collect()
    }

    fn rms_db(values: &[f32]) -> f64 {
        let power = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / values.len() as f64;
        10.0 * (2.0 * power / 0.25).log10()
    }

    #[test]
    fn the_length_is_exact_for_every_rate_and_length() {
        for from in [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 44_101, 48_000, 88_200, 96_000, 192_000] {
            for count in [0_usize, 1, 2, 3, 1_000, 2_047, 2_048, 2_049, 50_001] {
                let wanted = (count as f64 * 22_050.0 / f64::from(from)).round() as usize;
                assert_eq!(convert(from, 22_050, &vec![0.1; count], 700).len(), wanted, "{count} at {from} Hz");
            }
        }
        assert_eq!(convert(44_100, 22_050, &vec![0.0; 1_323_000], 1_152).len(), 661_500);
    }

    #[test]
    fn what_is_heard_stays_and_in_its_place() {
        for from in [44_100, 48_000, 96_000, 32_000, 8_000] {
            for hz in [100.0, 1_000.0, 3_500.0] {
                let out = convert(from, 22_050, &sine(from, hz, from as usize), 1_152);
                let wanted = sine(22_050, hz, out.len());
                let middle = 4_000..out.len() - 4_000;
                let error: Vec<f32> = out[middle.clone()].iter().zip(&wanted[middle]).map(|(a, b)| a - b).collect();
                assert!(rms_db(&error) < -90.0, "{hz} Hz from {from} Hz: {:.1} dB", rms_db(&error));
            }
        }
    }

    #[test]
    fn the_passband_is_flat_and_what_is_too_high_is_gone() {
        let level = |hz: f64| {
            let out = convert(44_100, 22_050, &sine(44_100, hz, 44_100), 1_152);
            rms_db(&out[4_000..out.len() - 4_000])
        };
        for hz in [50.0, 5_000.0, 10_000.0, 10_500.0] {
            assert!(level(hz).abs() < 0.05, "{hz} Hz: {:.2} dB", level(hz));
        }
        for hz in [11_100.0, 11_500.0, 13_000.0, 17_000.0, 21_000.0] {
            assert!(level(hz) < -80.0, "{hz} Hz: {:.1} dB", level(hz));
        }
    }

    #[test]
    fn blocks_do_not_matter_and_absurd_rates_are_refused() {
        let samples = sine(48_000, 440.0, 30_000);
        let whole = convert(48_000, 22_050, &samples, 30_000);
        assert_eq!(whole, convert(48_000, 22_050, &samples, 1));
        assert_eq!(whole, convert(48_000, 22_050, &samples, 1_921));
        for rate in [0, 1, 999, 768_001, u32::MAX] {
            assert!(matches!(Resampler::new(rate, 22_050, 1), Err(AudioError::UnsupportedRate { .. })));
        }
    }
}
