//! Music made for tests: WAV files of tones and noise.

use std::f32::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};

const RATE: u32 = 22_050;

/// Writes a piece: a chord on `pitch` Hz that beats `pulse` times a second, `noise` of it noise, faded in and out.
pub fn write(folder: &Path, name: &str, seconds: f32, pitch: f32, pulse: f32, noise: f32) -> PathBuf {
    let count = (seconds * RATE as f32) as usize;
    let mut state = 1_u32;
    let samples: Vec<i16> = (0..count)
        .map(|index| {
            let time = index as f32 / RATE as f32;
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let hiss = (state >> 16) as f32 / 32_768.0 - 1.0;
            let chord: f32 = [1.0, 1.25, 1.5].iter().map(|part| (TAU * pitch * part * time).sin()).sum();
            let beat = (-6.0 * (time * pulse).fract()).exp();
            let value = (chord / 3.0 * (1.0 - noise) + hiss * noise) * beat;
            (value * 20_000.0) as i16
        })
        .collect();
    let path = folder.join(name);
    fs::write(&path, wav(&samples)).unwrap();
    path
}

/// 16-bit mono PCM in a RIFF file.
pub fn wav(samples: &[i16]) -> Vec<u8> {
    let data = samples.len() as u32 * 2;
    let mut bytes = Vec::with_capacity(44 + data as usize);
    bytes.extend(b"RIFF");
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

/// Six pieces of 31 s in two kinds, each unlike the others.
pub fn six(folder: &Path) -> Vec<PathBuf> {
    (0..6)
        .map(|index| {
            let (pitch, pulse, noise) = if index % 2 == 0 { (110.0, 1.0, 0.05) } else { (700.0, 4.0, 0.5) };
            let shift = 1.0 + index as f32 * 0.06;
            write(folder, &format!("piece-{index}.wav"), 31.0, pitch * shift, pulse * shift, noise)
        })
        .collect()
}
