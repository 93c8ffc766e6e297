//! Import speed: decoding and analysis in clips a second on all cores, beside librosa on the same files in the same run.
//!
//! `SONGLINE_CORPUS` names a directory with `clips/*.mp3`, `SONGLINE_PYTHON` a Python that has librosa.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use rayon::prelude::*;
use songline::audio::{AudioError, AudioReader};
use songline::dsp::{Analyser, log_mel};

const MOST_CLIPS: usize = 60;

fn samples(path: &Path) -> Result<Vec<f32>, AudioError> {
    let mut reader = AudioReader::open(path)?;
    let mut samples = Vec::new();
    while let Some(block) = reader.next_block()? {
        samples.extend_from_slice(block);
    }
    Ok(samples)
}

/// What an import does with one file, and all of it.
fn import(path: &Path) -> bool {
    let Ok(mut reader) = AudioReader::open(path) else { return false };
    let mut analyser = Analyser::new();
    while let Ok(Some(block)) = reader.next_block() {
        analyser.push(block);
    }
    analyser.finish().is_ok()
}

/// Decoding and the spectrogram alone, which is what librosa does beside it.
fn spectrogram(path: &Path) -> bool {
    samples(path).is_ok_and(|samples| log_mel(&samples).is_ok())
}

fn clips_a_second(name: &str, clips: usize, work: impl Fn() -> usize) -> f64 {
    work();
    let start = Instant::now();
    let done = work();
    let speed = done as f64 / start.elapsed().as_secs_f64();
    println!("{name:<44}{speed:>9.1} clips/s  ({done} of {clips} clips)");
    speed
}

fn corpus() -> PathBuf {
    std::env::var_os("SONGLINE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from)
}

fn main() -> ExitCode {
    let directory = corpus().join("clips");
    let mut clips: Vec<PathBuf> = std::fs::read_dir(&directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "mp3"))
        .collect();
    clips.sort();
    clips.truncate(MOST_CLIPS);
    if clips.is_empty() {
        println!("no clips in {}; SONGLINE_CORPUS names the directory above them", directory.display());
        return ExitCode::SUCCESS;
    }
    let threads = rayon::current_num_threads();
    println!("{} clips of {}, {threads} threads", clips.len(), directory.display());
    let count = |work: fn(&Path) -> bool| clips.par_iter().filter(|clip| work(clip)).count();
    let ours = clips_a_second("decode + spectrogram", clips.len(), || count(spectrogram));
    clips_a_second("import: all features", clips.len(), || count(import));
    let decoded: Vec<Vec<f32>> = clips.par_iter().filter_map(|clip| samples(clip).ok()).collect();
    clips_a_second("spectrogram alone", clips.len(), || {
        decoded.par_iter().filter(|samples| log_mel(samples).is_ok()).count()
    });
    match librosa(&clips) {
        Ok((theirs, version)) => {
            println!("{:<44}{theirs:>9.1} clips/s", format!("librosa {version}, decode + spectrogram"));
            println!("ratio {:.2}", ours / theirs);
        }
        Err(reason) => println!("no comparison with librosa: {reason}"),
    }
    ExitCode::SUCCESS
}

/// Clips a second and librosa's version, or why there are none.
fn librosa(clips: &[PathBuf]) -> Result<(f64, String), String> {
    let python = std::env::var("SONGLINE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", "import librosa"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        return Err(format!("{python} has none; SONGLINE_PYTHON names a Python that has"));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/import_librosa.py");
    let mut child = Command::new(&python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let names: String = clips.iter().map(|clip| format!("{}\n", clip.display())).collect();
    if let Some(mut input) = child.stdin.take() {
        input.write_all(names.as_bytes()).map_err(|error| error.to_string())?;
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (speed, version) = text.trim().split_once(' ').ok_or_else(|| "its script failed".to_owned())?;
    Ok((speed.parse().map_err(|_| format!("its script said {text}"))?, version.to_owned()))
}
