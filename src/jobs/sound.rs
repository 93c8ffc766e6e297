//! Pictures of sound, heard: what the network draws of an encoding, and the sound that has a given picture.

use std::fs;
use std::path::PathBuf;

use super::failure::RoomError;
use super::message::{DrawSpec, Drawn, JobError, SoundFile, SoundSpec};
use super::{Context, Report};
use crate::domain::{Control, Progress, SAMPLE_RATE, Spectrogram};
use crate::dsp::invert;

const DOING: &str = "Making sound of a picture";
/// Rounds of Griffin-Lim. More change what is heard by little.
const ROUNDS: usize = 48;

/// What the decoder of a model draws of a made-up encoding.
pub fn draw(context: &Context, spec: &DrawSpec) -> Result<Drawn, JobError> {
    let model = context.model(Some(&spec.model))?;
    let embedder = context.embedder(&model, spec.device)?;
    let values = embedder.draw(&spec.encoding).map_err(|error| error.doing("Drawing the encoding"))?;
    let config = embedder.config();
    Ok(Drawn { encoding: spec.encoding.clone(), frames: config.grid.frames, bands: config.bands, values })
}

/// Finds sound that has the picture and writes it as a file that is gone when the program ends.
pub fn sound(
    context: &Context,
    spec: &SoundSpec,
    control: &Control,
    report: &dyn Report,
) -> Result<SoundFile, JobError> {
    report.progress(Progress::new("Finding the phases", 0, None));
    let failed = |reason: String| JobError::Failed { doing: DOING, reason };
    let values = spec.values.iter().map(|value| value.clamp(0.0, 1.0)).collect();
    let picture = Spectrogram::new(spec.frames, spec.bands, values).map_err(|error| failed(error.to_string()))?;
    let found = invert(&picture, ROUNDS, control)?;
    let path = context.scratch_file("wav").map_err(|error| error.doing(DOING))?;
    fs::write(&path, wav(&found.samples)).map_err(|error| error.doing(DOING))?;
    let seconds = found.samples.len() as f64 / f64::from(SAMPLE_RATE);
    let convergence = found.convergence.last().copied().unwrap_or_default();
    Ok(SoundFile { title: spec.title.clone(), path, seconds, convergence })
}

/// Mono samples at [`SAMPLE_RATE`] as a RIFF WAVE file of 16 bits.
fn wav(samples: &[f32]) -> Vec<u8> {
    let size = samples.len() as u32 * 2;
    let mut bytes = Vec::with_capacity(44 + samples.len() * 2);
    bytes.extend(b"RIFF");
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    // Plain numbers, one channel.
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(SAMPLE_RATE.to_le_bytes());
    bytes.extend((SAMPLE_RATE * 2).to_le_bytes());
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(size.to_le_bytes());
    for sample in samples {
        bytes.extend(((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16).to_le_bytes());
    }
    bytes
}

/// Where a context puts files that nobody needs after it.
#[derive(Default)]
pub struct Scratch {
    folder: Option<tempfile::TempDir>,
    files: u64,
}

impl Scratch {
    pub fn file(&mut self, extension: &str) -> std::io::Result<PathBuf> {
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => tempfile::Builder::new().prefix("songline-").tempdir()?,
        };
        self.files += 1;
        let path = folder.path().join(format!("{}.{extension}", self.files));
        self.folder = Some(folder);
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::AudioReader;

    #[test]
    fn what_is_written_is_read_again() {
        let mut scratch = Scratch::default();
        let (first, second) = (scratch.file("wav").unwrap(), scratch.file("wav").unwrap());
        assert_ne!(first, second);
        let samples: Vec<f32> = (0..22_050).map(|n| (n as f32 * 0.05).sin() * 0.5).collect();
        fs::write(&first, wav(&samples)).unwrap();
        let mut reader = AudioReader::open(&first).unwrap();
        let mut read = Vec::new();
        while let Some(block) = reader.next_block().unwrap() {
            read.extend_from_slice(block);
        }
        assert_eq!(read.len(), samples.len());
        assert!(read.iter().zip(&samples).all(|(read, sample)| (read - sample).abs() < 1e-4));
        let folder = first.parent().unwrap().to_path_buf();
        drop(scratch);
        assert!(!folder.exists(), "nothing is left behind");
    }
}
