//! Files that are no music, or were once: every one ends with sound or with an error, and soon.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use songline::audio::{AudioError, AudioReader};

/// Reads to the end and counts the samples. A stream much longer than its file could hold is an endless one.
fn decode(path: &Path) -> Result<(usize, u32), AudioError> {
    let mut reader = AudioReader::open(path)?;
    let mut samples = 0;
    while let Some(block) = reader.next_block()? {
        samples += block.len();
        assert!(samples < 100_000_000, "{} does not end", path.display());
        assert!(block.iter().all(|sample| !sample.is_nan()), "{} gives NaN", path.display());
    }
    Ok((samples, reader.damaged_packets()))
}

fn decode_bytes(bytes: &[u8]) -> Result<(usize, u32), AudioError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    decode(file.path())
}

fn fixtures() -> Vec<(PathBuf, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/audio");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

fn generator(seed: u64) -> impl FnMut() -> u32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    }
}

#[test]
fn what_is_no_audio_file_says_so() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(decode(directory.path()), Err(AudioError::Io(_))));
    assert!(matches!(decode(&directory.path().join("missing.mp3")), Err(AudioError::Io(_))));
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(500);
    for bytes in [&b""[..], b"x", b"RIFF", text.as_bytes(), &[0; 100_000]] {
        let result = decode_bytes(bytes);
        assert!(matches!(result, Err(AudioError::NotAudio)), "{} bytes: {result:?}", bytes.len());
    }
}

#[test]
fn random_bytes_give_no_sound() {
    (0..40_u64).into_par_iter().for_each(|seed| {
        let mut next = generator(seed);
        let bytes: Vec<u8> = (0..50_000).map(|_| next() as u8).collect();
        let result = decode_bytes(&bytes);
        assert!(result.is_err(), "seed {seed}: {result:?}");
    });
}

#[test]
fn a_file_cut_short_gives_what_is_left_of_it_or_an_error() {
    fixtures().par_iter().for_each(|(path, bytes)| {
        let whole = decode_bytes(bytes).unwrap().0;
        for cut in (0..40).map(|step| bytes.len() * step / 40) {
            match decode_bytes(&bytes[..cut]) {
                Ok((samples, _)) => assert!(samples <= whole, "{} cut at {cut}: {samples} samples", path.display()),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    });
}

#[test]
fn flipped_bytes_are_survived() {
    fixtures().par_iter().for_each(|(path, bytes)| {
        let mut next = generator(bytes.len() as u64);
        for round in 0..60 {
            let mut broken = bytes.clone();
            // The first kilobyte holds the heads, where a wrong number does the most harm.
            let reach = if round % 2 == 0 { 1_024.min(bytes.len()) } else { bytes.len() };
            for _ in 0..1 + round % 12 {
                let place = next() as usize % reach;
                broken[place] = next() as u8;
            }
            if let Err(AudioError::DecoderPanicked) = decode_bytes(&broken) {
                println!("{} round {round}: a decoder panicked", path.display());
            }
        }
    });
}

#[test]
fn damage_in_the_middle_of_an_mp3_is_skipped_and_counted() {
    let (_, bytes) = fixtures().into_iter().find(|(path, _)| path.ends_with("tones.mp3")).unwrap();
    let whole = decode_bytes(&bytes).unwrap().0;
    let mut broken = bytes.clone();
    let middle = bytes.len() * 2 / 3;
    broken[middle..middle + 300].fill(0xff);
    let (samples, damaged) = decode_bytes(&broken).unwrap();
    assert!(samples > whole / 2, "{samples} of {whole} samples are left");
    assert!(damaged > 0 || samples < whole, "{damaged} damaged packets, {samples} samples");
}

/// A WAVE head with the given numbers, over `data` bytes of sound.
fn wave(channels: u16, rate: u32, block: u16, bits: u16, declared: u32, data: usize) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend_from_slice(&declared.wrapping_add(36).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend_from_slice(&channels.to_le_bytes());
    bytes.extend_from_slice(&rate.to_le_bytes());
    bytes.extend_from_slice(&rate.wrapping_mul(u32::from(block)).to_le_bytes());
    bytes.extend_from_slice(&block.to_le_bytes());
    bytes.extend_from_slice(&bits.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&declared.to_le_bytes());
    bytes.resize(bytes.len() + data, 0x21);
    bytes
}

#[test]
fn absurd_heads_are_errors() {
    for (channels, rate, block, bits) in [
        (0, 44_100, 0, 16),
        (0, 44_100, 4, 16),
        (2, 0, 4, 16),
        (2, u32::MAX, 4, 16),
        (2, 7, 4, 16),
        (u16::MAX, 44_100, 4, 16),
        (u16::MAX, 44_100, u16::MAX, 16),
        (2, 44_100, 0, 16),
        (2, 44_100, 4, 0),
        (2, 44_100, 4, 1_000),
    ] {
        let result = decode_bytes(&wave(channels, rate, block, bits, 20_000, 20_000));
        println!("{channels} channels, {rate} Hz, blocks of {block}, {bits} bits: {result:?}");
        if channels == 0 || !(1_000..=768_000).contains(&rate) {
            assert!(result.is_err(), "{channels} channels, {rate} Hz: {result:?}");
        }
    }
}

#[test]
fn a_length_that_is_a_lie_is_not_believed() {
    let (samples, _) = decode_bytes(&wave(2, 44_100, 4, 16, u32::MAX - 100, 40_000)).unwrap();
    assert!((4_000..=5_000).contains(&samples), "{samples}");
    let empty = decode_bytes(&wave(2, 44_100, 4, 16, 0, 0));
    assert!(matches!(empty, Err(AudioError::NothingDecodable { .. })), "{empty:?}");
}
