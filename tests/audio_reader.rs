//! Decoding against what the files are known to hold: the fixtures of `tests/golden/audio`, and the corpus where it is.

use std::f64::consts::{PI, TAU};
use std::path::{Path, PathBuf};

use songline::audio::{AudioError, AudioReader};

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
    let count = (seconds * 22_050.0).round() as usize;
    let at = |n: usize| {
        let t = n as f64 / 22_050.0;
        let left = 0.4 * (TAU * 440.0 * t).sin() + 0.2 * (TAU * 1_500.0 * t).sin();
        let right = 0.4 * (TAU * 660.0 * t).sin();
        (0.5 * (left + right) * (PI * t / seconds).sin()) as f32
    };
    (0..count).map(at).collect()
}

/// How far `heard` is from `wanted`, in dB of the power of `wanted`.
fn error_db(heard: &[f32], wanted: &[f32]) -> f64 {
    let power = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let error = power(&mut heard.iter().zip(wanted).map(|(a, b)| f64::from(a - b)));
    10.0 * (error / power(&mut wanted.iter().map(|&value| f64::from(value)))).log10()
}

/// Name, codec, seconds, samples that may be missing or too many at the end, and the largest error in dB.
const FIXTURES: [(&str, &str, f64, i64, f64); 12] = [
    ("tones.mp3", "MP3", 0.5, 0, -20.0),
    ("tones.m4a", "AAC", 0.5, 0, -20.0),
    ("tones.aac", "AAC", 0.5, 1_024, -20.0),
    ("tones.ogg", "Vorbis", 0.5, 0, -20.0),
    ("tones.opus", "Opus", 0.5, 0, -20.0),
    ("tones.flac", "FLAC", 0.3, 0, -75.0),
    ("tones-alac.m4a", "ALAC", 0.3, 0, -75.0),
    ("tones.wav", "PCM", 0.3, 0, -60.0),
    ("tones.aiff", "PCM", 0.3, 0, -60.0),
    ("tones.caf", "PCM", 0.3, 0, -60.0),
    ("tones.mka", "Vorbis", 0.5, 200, -20.0),
    ("tones.webm", "Opus", 0.5, 0, -20.0),
];

#[test]
fn every_format_gives_the_sound_that_was_put_in() {
    for (name, codec, seconds, slack, least_db) in FIXTURES {
        let decoded = decode(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let wanted = tones(seconds);
        let surplus = decoded.samples.len() as i64 - wanted.len() as i64;
        let db = error_db(&decoded.samples, &wanted);
        println!("{name}: {surplus:+} samples, error {db:.1} dB");
        assert_eq!(AudioReader::open(&fixture(name)).unwrap().codec(), codec, "{name}");
        assert!(surplus.abs() <= slack, "{name}: {surplus:+} samples");
        assert!(db < least_db, "{name}: error {db:.1} dB");
        assert_eq!(decoded.damaged, 0, "{name}");
    }
}

#[test]
fn tags_and_covers_are_read_from_every_container_that_has_them() {
    for (name, ..) in FIXTURES {
        if name.ends_with(".aac") {
            continue;
        }
        let reader = AudioReader::open(&fixture(name)).unwrap();
        let tags = reader.tags();
        println!("{name}: {tags:?}, cover of {:?} bytes", reader.cover().map(<[u8]>::len));
    }
}

#[test]
fn dbg_errors() {
    for (name, _, seconds, ..) in FIXTURES {
        let decoded = decode(&fixture(name)).unwrap();
        let wanted = tones(seconds);
        let ff = std::process::Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(fixture(name))
            .args(["-map", "0:a", "-af", "pan=mono|c0=.5*c0+.5*c1,aresample=22050:filter_size=64", "-f", "f32le", "-"])
            .output()
            .unwrap();
        let ff: Vec<f32> = ff.stdout.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
        let best = |a: &[f32], b: &[f32]| {
            (-700i64..700)
                .map(|s| {
                    let (a, b) = if s < 0 { (&a[(-s) as usize..], b) } else { (a, &b[s as usize..]) };
                    (error_db(&a[..a.len().min(b.len())], b), s)
                })
                .min_by(|x, y| x.0.total_cmp(&y.0))
                .unwrap()
        };
        println!(
            "{name}: len {} ff {} truth {}; truth err {:.1} best {:?}; ff-truth {:?}; ours-ff {:.1} {:?}",
            decoded.samples.len(),
            ff.len(),
            wanted.len(),
            error_db(&decoded.samples, &wanted),
            best(&decoded.samples, &wanted),
            best(&ff, &wanted),
            error_db(&decoded.samples, &ff),
            best(&decoded.samples, &ff)
        );
    }
}
#[test]
fn dbg_corpus() {
    let mut bad = 0;
    let t = std::time::Instant::now();
    let mut n = 0;
    for e in std::fs::read_dir("/work/shared/corpus/clips").unwrap().step_by(10) {
        let p = e.unwrap().path();
        match decode(&p) {
            Ok(d) => {
                n += 1;
                if d.samples.len() != 661_500 || d.damaged > 0 {
                    bad += 1;
                    println!("{p:?} {} {}", d.samples.len(), d.damaged);
                }
            }
            Err(e) => println!("{p:?} {e}"),
        }
    }
    println!("bad {bad} of {n} in {:?}", t.elapsed());
}
