//! The log-mel spectrogram against librosa 0.11. `tests/golden/mel.py` made the goldens, from the same formulas.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::Command;

use songline::audio::AudioReader;
use songline::domain::Spectrogram;
use songline::dsp::log_mel;

const RATE: f64 = 22_050.0;
const COUNT: usize = 3 * 22_050 + 100;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn noise(seed: u32) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 23) - 1.0
    }
}

fn signal(mut at: impl FnMut(usize, f64) -> f64) -> Vec<f32> {
    (0..COUNT).map(|n| at(n, n as f64 / RATE) as f32).collect()
}

fn note(t: f64, start: f64, hz: f64, decay: f64) -> f64 {
    let since = t - start;
    if since < 0.0 {
        return 0.0;
    }
    let tone: f64 = (1..=5).map(f64::from).map(|k| (TAU * hz * k * since).sin() / k.powf(1.5)).sum();
    tone * (-since / decay).exp()
}

/// Four chords in A minor at 120 BPM with a bass and a hi-hat.
fn music() -> Vec<f32> {
    const CHORDS: [[i32; 3]; 4] = [[57, 60, 64], [53, 57, 60], [55, 59, 62], [52, 56, 59]];
    let hz = |midi: i32| 440.0 * 2_f64.powf(f64::from(midi - 69) / 12.0);
    let mut noise = noise(99);
    signal(|_, t| {
        let mut sum = 0.0;
        for beat in 0..6 {
            let chord = CHORDS[(beat / 2) % 4];
            let start = beat as f64 * 0.5;
            sum += 0.3 * note(t, start, hz(chord[0] - 24), 0.4);
            for (step, midi) in chord.into_iter().enumerate() {
                sum += 0.15 * note(t, start + 0.125 * step as f64, hz(midi), 0.3);
            }
        }
        let hat = noise() * (-(t % 0.25) / 0.02).exp();
        0.5 * (sum + 0.1 * hat)
    })
}

fn signals() -> [(&'static str, Vec<f32>); 6] {
    let (mut hiss, mut fading) = (noise(7), noise(3));
    [
        ("sine", signal(|_, t| 0.5 * (TAU * 440.0 * t).sin())),
        ("sweep", signal(|_, t| 0.8 * (TAU * (50.0 * t + 1_800.0 * t * t)).sin())),
        ("noise", signal(|_, _| 0.3 * hiss())),
        ("clicks", signal(|n, _| if n % 5_000 == 1_234 { 0.9 } else { 0.0 })),
        (
            "fade",
            signal(|_, t| {
                let tone = if t > 2.0 { 0.2 * (TAU * 3_000.0 * t).sin() } else { 0.0 };
                0.9 * fading() * 10_f64.powf(-2.5 * t) + tone
            }),
        ),
        ("music", music()),
    ]
}

/// Mean and largest absolute difference.
fn difference(ours: &Spectrogram, theirs: &[f32]) -> (f64, f64) {
    assert_eq!(ours.values().len(), theirs.len());
    let differences = ours.values().iter().zip(theirs).map(|(a, b)| f64::from((a - b).abs()));
    let (sum, largest) = differences.fold((0.0, 0.0_f64), |(sum, largest), d| (sum + d, largest.max(d)));
    (sum / theirs.len() as f64, largest)
}

#[test]
fn six_signals_agree_with_librosa() {
    for (name, samples) in signals() {
        let bytes = std::fs::read(golden("mel").join(format!("{name}.u16"))).unwrap();
        let values = bytes.as_chunks::<2>().0.iter().map(|&pair| f32::from(u16::from_le_bytes(pair)) / 65_535.0);
        let (mean, largest) = difference(&log_mel(&samples).unwrap(), &values.collect::<Vec<_>>());
        println!("{name}: mean difference {mean:.1e}, largest {largest:.1e}");
        assert!(mean < 1e-4, "{name}: mean difference {mean:.2e}");
        assert!(largest < 5e-3, "{name}: largest difference {largest:.2e}");
    }
}

/// Real music, where there is some, through librosa itself, where it is installed.
#[test]
fn clips_of_the_corpus_agree_with_librosa() {
    let python = std::env::var("SONGLINE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if !Command::new(&python).args(["-c", "import librosa"]).output().is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} has no librosa; SONGLINE_PYTHON names one that has");
        return;
    }
    let Ok(clips) = std::fs::read_dir(corpus().join("clips")) else {
        println!("skipped: no music in {}; SONGLINE_CORPUS names its directory", corpus().display());
        return;
    };
    let mut clips: Vec<PathBuf> = clips.map(|clip| clip.unwrap().path()).collect();
    clips.sort();
    let directory = tempfile::tempdir().unwrap();
    let (input, output) = (directory.path().join("samples.f32"), directory.path().join("mel.f32"));
    for clip in clips.iter().step_by(100) {
        let mut reader = AudioReader::open(clip).unwrap();
        let mut samples = Vec::new();
        while let Some(block) = reader.next_block().unwrap() {
            samples.extend_from_slice(block);
        }
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        std::fs::write(&input, bytes).unwrap();
        let status = Command::new(&python).arg(golden("mel.py")).args([&input, &output]).status().unwrap();
        assert!(status.success());
        let bytes = std::fs::read(&output).unwrap();
        let theirs: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)).collect();
        let (mean, largest) = difference(&log_mel(&samples).unwrap(), &theirs);
        println!("{}: mean difference {mean:.1e}, largest {largest:.1e}", clip.display());
        assert!(mean < 1e-4, "{}: mean difference {mean:.2e}", clip.display());
    }
}

fn corpus() -> PathBuf {
    std::env::var_os("SONGLINE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from)
}
