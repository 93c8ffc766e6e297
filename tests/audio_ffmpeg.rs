//! Formats that are not worth a fixture each, made and decoded by ffmpeg where it is installed.

use std::path::Path;
use std::process::Command;

use songline::audio::AudioReader;

fn decode(path: &Path) -> Vec<f32> {
    let mut reader = AudioReader::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut samples = Vec::new();
    while let Some(block) = reader.next_block().unwrap_or_else(|error| panic!("{}: {error}", path.display())) {
        samples.extend_from_slice(block);
    }
    assert_eq!(reader.damaged_packets(), 0, "{}", path.display());
    samples
}

/// How far apart they are, in dB of the power of `theirs`.
fn difference_db(ours: &[f32], theirs: &[f32]) -> f64 {
    let power = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let error = power(&mut ours.iter().zip(theirs).map(|(a, b)| f64::from(a - b)));
    10.0 * (error / power(&mut theirs.iter().map(|&value| f64::from(value)))).log10()
}

/// File, sample rate, channels, arguments of the encoder, and the largest difference in dB. ffmpeg resamples coarse
/// samples in 16 bits, and decodes speech in Opus by a decoder of its own.
const FORMATS: &[(&str, u32, u32, &str, f64)] = &[
    ("low.mp3", 22_050, 1, "-c:a libmp3lame -b:a 32k", -90.0),
    ("variable.mp3", 48_000, 2, "-c:a libmp3lame -q:a 4", -90.0),
    ("without-head.mp3", 44_100, 2, "-c:a libmp3lame -b:a 128k -write_xing 0", -90.0),
    ("layer2.mp2", 44_100, 2, "-c:a mp2 -b:a 192k", -70.0),
    ("fast-start.m4a", 44_100, 2, "-c:a aac -movflags +faststart", -90.0),
    ("fragmented.mp4", 44_100, 2, "-c:a aac -movflags +frag_keyframe+empty_moov", -90.0),
    ("flac.oga", 44_100, 2, "-c:a flac", -90.0),
    ("fine.flac", 96_000, 2, "-c:a flac -sample_fmt s32", -90.0),
    ("surround.flac", 48_000, 6, "-c:a flac", -90.0),
    ("alac.caf", 44_100, 2, "-c:a alac", -90.0),
    ("eight-bit.wav", 11_025, 1, "-c:a pcm_u8", -50.0),
    ("fine.wav", 192_000, 2, "-c:a pcm_s24le", -90.0),
    ("float.wav", 44_100, 2, "-c:a pcm_f32le", -90.0),
    ("alaw.wav", 8_000, 1, "-c:a pcm_alaw", -50.0),
    ("adpcm.wav", 44_100, 2, "-c:a adpcm_ms", -60.0),
    ("pcm.aiff", 44_100, 2, "-c:a pcm_s24be", -90.0),
    ("flac.mka", 44_100, 2, "-c:a flac", -90.0),
    ("mono.opus", 48_000, 1, "-c:a libopus -b:a 32k -application voip", -30.0),
    ("short-frames.opus", 48_000, 2, "-c:a libopus -frame_duration 2.5", -90.0),
    ("mono.ogg", 44_100, 1, "-c:a libvorbis -q:a 6", -90.0),
];

#[test]
fn more_formats_sound_as_ffmpeg_decodes_them() {
    if !Command::new("ffmpeg").arg("-version").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no ffmpeg");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for &(name, rate, channels, encoder, most_db) in FORMATS {
        let path = directory.path().join(name);
        let tones: Vec<String> =
            (0..channels).map(|channel| format!("0.3*sin(2*PI*{}*t)*sin(PI*t/2)", 300 + 170 * channel)).collect();
        let source = format!("aevalsrc={}:s={rate}:d=2", tones.join("|"));
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", &source])
            .args(encoder.split(' '))
            .arg(&path)
            .output()
            .unwrap();
        if !made.status.success() {
            println!("{name}: skipped, this ffmpeg cannot make it");
            continue;
        }
        let share = 1.0 / f64::from(channels);
        let mix: Vec<String> = (0..channels).map(|channel| format!("{share}*c{channel}")).collect();
        let filter = format!("pan=mono|c0={},aresample=22050:filter_size=64", mix.join("+"));
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(&path)
            .args(["-af", &filter, "-f", "f32le", "-"])
            .output()
            .unwrap();
        let theirs: Vec<f32> =
            output.stdout.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        let ours = decode(&path);
        let db = difference_db(&ours, &theirs);
        println!("{name}: {} samples, ffmpeg {}; difference {db:.1} dB", ours.len(), theirs.len());
        assert!(db < most_db, "{name}: {db:.1} dB from ffmpeg");
        // ffmpeg 5 leaves the padding at the end of MP4 in.
        if name == "fast-start.m4a" {
            assert_eq!(ours.len(), 44_100);
        } else {
            assert_eq!(ours.len(), theirs.len(), "{name}");
        }
    }
}
