//! Tempo from the spectrogram: onset strength, its autocorrelation, and a prior for the tempos people tap.

use crate::domain::{FRAMES_PER_SECOND, Spectrogram};

/// The tempos that are looked for, in beats a minute.
const SLOWEST: f64 = 40.0;
const FASTEST: f64 = 240.0;
/// The prior is log-normal: most likely at 120 BPM, one octave of standard deviation (Ellis 2007, "Beat Tracking by
/// Dynamic Programming").
const LIKELIEST: f64 = 120.0;
const PRIOR_OCTAVES: f64 = 1.0;
/// Beats over which a period must hold: the longest lag is this many periods of the slowest tempo.
const BEATS: usize = 4;
/// Below this mean autocorrelation at one to four periods there is no beat. White noise reaches 0.06 in 30 s.
const LEAST_PULSE: f64 = 0.1;
/// Below this mean rise a frame, in units of the spectrogram, nothing happens that could be a beat: a steady tone has
/// 0.0003 by the rounding near its floor, a click every second and a half 0.01.
const LEAST_ONSET: f64 = 1e-3;
/// Shorter sound has too few beats.
const LEAST_FRAMES: usize = 4 * FRAMES_PER_SECOND;

/// Beats a minute, or `None` where no steady beat is found.
pub(super) fn tempo(spectrogram: &Spectrogram) -> Option<f32> {
    if spectrogram.frames() < LEAST_FRAMES {
        return None;
    }
    let onsets = onset_strength(spectrogram);
    if onsets.iter().sum::<f64>() / (onsets.len() as f64) < LEAST_ONSET {
        return None;
    }
    let pulse = smooth(&without_trend(&onsets));
    let longest = (BEATS as f64 * period(SLOWEST)).ceil() as usize + 2;
    let correlation = autocorrelation(&pulse, longest.min(pulse.len() / 2));
    let candidates = tempos();
    let (_, bpm) = candidates
        .iter()
        .filter_map(|&bpm| Some((pulse_clarity(&correlation, bpm)?, bpm)))
        .filter(|(clarity, _)| *clarity > LEAST_PULSE)
        .map(|(clarity, bpm)| (clarity * prior(bpm), bpm))
        .max_by(|left, right| left.0.total_cmp(&right.0))?;
    Some(bpm as f32)
}

/// Frames from one beat to the next.
fn period(bpm: f64) -> f64 {
    60.0 * FRAMES_PER_SECOND as f64 / bpm
}

/// Candidates, a quarter of a percent apart.
fn tempos() -> Vec<f64> {
    let steps = ((FASTEST / SLOWEST).ln() / 1.0025_f64.ln()) as i32;
    (0..=steps).map(|step| SLOWEST * 1.0025_f64.powi(step)).collect()
}

fn prior(bpm: f64) -> f64 {
    (-0.5 * ((bpm / LIKELIEST).log2() / PRIOR_OCTAVES).powi(2)).exp()
}

/// For each frame the mean rise of its bands over the frame before: the flux of the log-mel spectrogram.
fn onset_strength(spectrogram: &Spectrogram) -> Vec<f64> {
    let bands = spectrogram.bands();
    let frames: Vec<&[f32]> = spectrogram.values().chunks_exact(bands).collect();
    let rise = |pair: &[&[f32]]| -> f64 {
        let sum: f32 = pair[0].iter().zip(pair[1]).map(|(before, now)| (now - before).max(0.0)).sum();
        f64::from(sum) / bands as f64
    };
    frames.windows(2).map(rise).collect()
}

/// Takes away the mean of the two seconds around each frame.
fn without_trend(onsets: &[f64]) -> Vec<f64> {
    let reach = FRAMES_PER_SECOND;
    let mut sums = Vec::with_capacity(onsets.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for onset in onsets {
        sum += onset;
        sums.push(sum);
    }
    let mean_around = |index: usize| {
        let (start, end) = (index.saturating_sub(reach), (index + reach + 1).min(onsets.len()));
        (sums[end] - sums[start]) / (end - start) as f64
    };
    onsets.iter().enumerate().map(|(index, onset)| onset - mean_around(index)).collect()
}

/// Widens each onset to a few frames, so that a period between two whole lags still correlates.
fn smooth(values: &[f64]) -> Vec<f64> {
    const KERNEL: [f64; 5] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];
    let at = |index: isize| usize::try_from(index).ok().and_then(|index| values.get(index)).copied().unwrap_or(0.0);
    (0..values.len() as isize)
        .map(|index| KERNEL.iter().zip(index - 2..).map(|(weight, neighbour)| weight * at(neighbour)).sum())
        .collect()
}

/// Autocorrelation for lags 0 to `longest`, divided by the overlap and by its value at lag 0.
fn autocorrelation(values: &[f64], longest: usize) -> Vec<f64> {
    let at_lag = |lag: usize| {
        let pairs = values.iter().zip(values.iter().skip(lag));
        pairs.map(|(a, b)| a * b).sum::<f64>() / (values.len() - lag) as f64
    };
    let energy = at_lag(0).max(f64::MIN_POSITIVE);
    (0..=longest.min(values.len().saturating_sub(1))).map(|lag| at_lag(lag) / energy).collect()
}

/// The mean correlation at one to [`BEATS`] periods of `bpm`, as far as the lags reach; `None` where not even one does.
fn pulse_clarity(correlation: &[f64], bpm: f64) -> Option<f64> {
    let at = |lag: f64| {
        let before = lag.floor() as usize;
        let share = lag - lag.floor();
        Some(correlation.get(before)? * (1.0 - share) + correlation.get(before + 1)? * share)
    };
    let beats: Vec<f64> = (1..=BEATS).map_while(|beat| at(beat as f64 * period(bpm))).collect();
    (!beats.is_empty()).then(|| beats.iter().sum::<f64>() / beats.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::log_mel;

    const RATE: f64 = crate::domain::SAMPLE_RATE as f64;

    /// Deterministic noise in −1..1.
    fn noise(seed: u32) -> impl FnMut() -> f32 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        }
    }

    fn clicks(bpm: f64, seconds: f64) -> Vec<f32> {
        let mut samples = vec![0.0; (seconds * RATE) as usize];
        let mut noise = noise(7);
        let mut beat = 0.1;
        while beat < seconds - 0.1 {
            for offset in 0..400 {
                samples[(beat * RATE) as usize + offset] += 0.8 * noise() * (-(offset as f32) / 80.0).exp();
            }
            beat += 60.0 / bpm;
        }
        samples
    }

    #[test]
    fn click_tracks_have_their_tempo() {
        for bpm in [72.0, 84.0, 96.5, 110.0, 120.0, 128.0, 133.3, 140.0, 160.0] {
            let found = tempo(&log_mel(&clicks(bpm, 30.0)).unwrap()).unwrap();
            assert!((f64::from(found) / bpm - 1.0).abs() < 0.01, "{bpm} BPM was found as {found}");
        }
    }

    #[test]
    fn very_fast_clicks_are_found_up_to_an_octave() {
        for bpm in [45.0, 174.0, 200.0] {
            let found = f64::from(tempo(&log_mel(&clicks(bpm, 30.0)).unwrap()).unwrap());
            let octaves = (found / bpm).log2();
            assert!((octaves - octaves.round()).abs() < 0.02 && octaves.abs() < 1.1, "{bpm} BPM was found as {found}");
        }
    }

    #[test]
    fn what_has_no_beat_has_no_tempo() {
        let mut source = noise(1);
        let hiss: Vec<f32> = (0..661_500).map(|_| source() * 0.3).collect();
        let tone: Vec<f32> =
            (0..661_500).map(|n| (n as f64 * 440.0 * std::f64::consts::TAU / RATE).sin() as f32).collect();
        for samples in [hiss, tone, vec![0.0; 661_500], clicks(120.0, 3.0)] {
            assert_eq!(tempo(&log_mel(&samples).unwrap()), None);
        }
    }
}
