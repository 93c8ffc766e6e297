//! Decoding against what the files are known to hold: the fixtures of `tests/golden/audio`, and the corpus where it is.

use std::f64::consts::{PI, TAU};
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;
use songline::audio::{AudioError, AudioReader, is_supported};
use songline::domain::Tags;

struct Decoded {
    samples: Vec<f32>,
    damaged: u32,
}

fn decode(path: &Path) -> Result<Decoded, AudioError> {
    let mut reader = AudioReader::open(path)?;
    let mut samples = Vec::new();
    while let Some(block) = reader.next_block()? {
        assert!(!block.is_empty() && block.len() < 200_000, "a block of {} samples", block.len());
        samples.extend_from_slice(block);
    }
    assert!(reader.next_block()?.is_none(), "the end stays the end");
    Ok(Decoded { samples, damaged: reader.damaged_packets() })
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/audio").join(name)
}

/// What `tests/golden/audio_fixtures.sh` puts into every fixture, mixed to mono at 22,050 Hz.
fn tones(seconds: f64) -> Vec<f32> {
    tones_of(seconds, 1.0)
}

/// Half of left and right together, the right one with a `sign`.
fn tones_of(seconds: f64, sign: f64) -> Vec<f32> {
    let count = (seconds * 22_050.0).round() as usize;
    let at = |n: usize| {
        let t = n as f64 / 22_050.0;
        let left = 0.4 * (TAU * 440.0 * t).sin() + 0.2 * (TAU * 1_500.0 * t).sin();
        let right = 0.4 * (TAU * 660.0 * t).sin();
        (0.5 * (left + sign * right) * (PI * t / seconds).sin()) as f32
    };
    (0..count).map(at).collect()
}

/// How far `heard` is from `wanted`, in dB of the power of `wanted`.
fn error_db(heard: &[f32], wanted: &[f32]) -> f64 {
    let power = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let error = power(&mut heard.iter().zip(wanted).map(|(a, b)| f64::from(a - b)));
    10.0 * (error / power(&mut wanted.iter().map(|&value| f64::from(value)))).log10()
}

/// Name, codec, seconds, samples too many at the start and in all, and the largest error in dB. An ADTS stream cannot
/// say how much padding it has, nor does Vorbis in Matroska at its end; that of Opus in WebM is not read.
const FIXTURES: [(&str, &str, f64, usize, usize, f64); 12] = [
    ("tones.mp3", "MP3", 0.5, 0, 0, -25.0),
    ("tones.m4a", "AAC", 0.5, 0, 0, -14.0),
    ("tones.aac", "AAC", 0.5, 470, 735, -12.0),
    ("tones.ogg", "Vorbis", 0.5, 0, 0, -35.0),
    ("tones.opus", "Opus", 0.5, 0, 0, -35.0),
    ("tones.flac", "FLAC", 0.3, 0, 0, -85.0),
    ("tones-alac.m4a", "ALAC", 0.3, 0, 0, -85.0),
    ("tones.wav", "PCM", 0.3, 0, 0, -85.0),
    ("tones.aiff", "PCM", 0.3, 0, 0, -85.0),
    ("tones.caf", "PCM", 0.3, 0, 0, -85.0),
    ("tones.mka", "Vorbis", 0.5, 0, 59, -35.0),
    ("tones.webm", "Opus", 0.5, 0, 298, -35.0),
];

#[test]
fn every_format_gives_the_sound_that_was_put_in() {
    for (name, codec, seconds, early, surplus, least_db) in FIXTURES {
        let decoded = decode(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let wanted = tones(seconds);
        let db = error_db(&decoded.samples[early..], &wanted);
        println!("{name}: {} samples, error {db:.1} dB", decoded.samples.len());
        assert_eq!(AudioReader::open(&fixture(name)).unwrap().codec(), codec, "{name}");
        assert_eq!(decoded.samples.len(), wanted.len() + surplus, "{name}");
        assert!(db < least_db, "{name}: error {db:.1} dB");
        assert_eq!(decoded.damaged, 0, "{name}");
    }
}

/// Containers whose tags symphonia does not read (CAF), or reads but for the title (Matroska), are named here.
#[test]
fn the_side_is_half_of_what_left_has_and_right_has_not() {
    for (name, _, seconds, _, _, worst) in FIXTURES.iter().filter(|fixture| fixture.3 == 0 && fixture.4 == 0) {
        let mut reader = AudioReader::open_with_side(&fixture(name)).unwrap();
        assert!(reader.side().is_empty(), "nothing was read yet");
        let (mut middle, mut side) = (Vec::new(), Vec::new());
        while let Some(block) = reader.next_block().unwrap().map(<[f32]>::to_vec) {
            assert_eq!(block.len(), reader.side().len());
            middle.extend(block);
            side.extend_from_slice(reader.side());
        }
        assert_eq!(middle, decode(&fixture(name)).unwrap().samples, "{name}: the middle is what it was");
        let error = error_db(&side, &tones_of(*seconds, -1.0));
        assert!(error < worst + 3.0, "{name}: {error} dB");
    }
    // The WAV file as one channel: twice as long, and nothing on its side.
    let mut mono = std::fs::read(fixture("tones.wav")).unwrap();
    let format = mono.windows(4).position(|bytes| bytes == b"fmt ").unwrap() + 8;
    assert_eq!(mono[format + 2..format + 4], [2, 0], "two channels");
    mono[format + 2] = 1;
    mono[format + 12] /= 2;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mono.wav");
    std::fs::write(&path, mono).unwrap();
    let mut reader = AudioReader::open_with_side(&path).unwrap();
    let mut samples = 0;
    while reader.next_block().unwrap().is_some() {
        samples += reader.side().len();
        assert!(reader.side().iter().all(|sample| *sample == 0.0));
    }
    assert!(samples > 6_000, "{samples}");
}

#[test]
fn tags_and_covers_are_read_from_every_container_that_has_them() {
    for (name, ..) in FIXTURES {
        let reader = AudioReader::open(&fixture(name)).unwrap();
        let tags = reader.tags();
        if name.ends_with(".aac") || name.ends_with(".caf") {
            assert_eq!(*tags, Tags::default(), "{name}");
            continue;
        }
        let matroska = name.ends_with(".mka") || name.ends_with(".webm");
        let wanted = Tags {
            title: (!matroska).then(|| "Two tones".to_owned()),
            artist: Some("Songline".to_owned()),
            album: Some("Fixtures".to_owned()),
            genre: Some("Ambient".to_owned()),
            year: Some(2024),
        };
        assert_eq!(*tags, wanted, "{name}");
        let has_cover = matches!(name, "tones.mp3" | "tones.m4a" | "tones.flac");
        assert_eq!(reader.cover().is_some_and(|cover| cover.starts_with(b"\x89PNG")), has_cover, "{name}");
    }
}

#[test]
fn the_name_of_a_file_does_not_matter() {
    let directory = tempfile::tempdir().unwrap();
    for (name, codec, ..) in FIXTURES {
        let path = directory.path().join("song.txt");
        std::fs::copy(fixture(name), &path).unwrap();
        assert_eq!(AudioReader::open(&path).unwrap().codec(), codec, "{name}");
        assert!(is_supported(&fixture(name)), "{name}");
    }
}

/// ffmpeg decodes, mixes and resamples the same files.
#[test]
fn every_format_sounds_as_ffmpeg_decodes_it() {
    if !Command::new("ffmpeg").arg("-version").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no ffmpeg");
        return;
    }
    for (name, ..) in FIXTURES {
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(fixture(name))
            .args(["-map", "0:a", "-af", "pan=mono|c0=.5*c0+.5*c1,aresample=22050:filter_size=64", "-f", "f32le", "-"])
            .output()
            .unwrap();
        let theirs: Vec<f32> =
            output.stdout.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        let ours = decode(&fixture(name)).unwrap().samples;
        let db = error_db(&ours, &theirs);
        println!("{name}: {} samples, ffmpeg {}; difference {db:.1} dB", ours.len(), theirs.len());
        assert!(db < -75.0, "{name}: {db:.1} dB from ffmpeg");
    }
}

/// Every clip was cut to 30 s and encoded with its padding declared.
#[test]
fn every_clip_of_the_corpus_has_exactly_thirty_seconds() {
    let corpus = std::env::var_os("SONGLINE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let Ok(clips) = std::fs::read_dir(corpus.join("clips")) else {
        println!("skipped: no music in {}; SONGLINE_CORPUS names its directory", corpus.display());
        return;
    };
    let clips: Vec<PathBuf> = clips.map(|clip| clip.unwrap().path()).collect();
    clips.par_iter().for_each(|clip| {
        let decoded = decode(clip).unwrap_or_else(|error| panic!("{}: {error}", clip.display()));
        assert_eq!((decoded.samples.len(), decoded.damaged), (661_500, 0), "{}", clip.display());
    });
    println!("{} clips", clips.len());
}
