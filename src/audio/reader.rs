//! Any sound file as a mono stream for the analysis, and beside it what its left channel has and its right one lacks.

use std::path::Path;

use crate::domain::{SAMPLE_RATE, Tags};

use super::AudioError;
use super::decoder::Decoder;
use super::resample::Resampler;

/// A block holds at least this many samples, one second, except for the last one.
const BLOCK: usize = SAMPLE_RATE as usize;

/// Reads a sound file as the mean of its channels at 22,050 Hz, in blocks of about a second. It never holds more than
/// two blocks, however long the file is.
///
/// The stream has `round(frames · 22050 / rate)` samples: what encoders pad at the start and the end is trimmed where
/// the file says how much it is, and the resampler adds no delay.
pub struct AudioReader {
    decoder: Decoder,
    resampler: Option<Resampler>,
    /// The middle and, where it is asked for, the side, at the file's own rate.
    mixed: Vec<Vec<f32>>,
    /// The same at 22,050 Hz.
    block: Vec<Vec<f32>>,
    ended: bool,
}

impl AudioReader {
    /// Opens the file at `path`, whatever its name ends in, and reads its tags.
    ///
    /// # Errors
    /// [`AudioError`] where the file cannot be read, is no audio file, or has no track that can be decoded.
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        let decoder = Decoder::open(path)?;
        Ok(Self { decoder, resampler: None, mixed: vec![Vec::new()], block: vec![Vec::new()], ended: false })
    }

    /// Opens it as [`AudioReader::open`] does, to give the side beside the middle: see [`AudioReader::side`].
    ///
    /// # Errors
    /// As [`AudioReader::open`].
    pub fn open_with_side(path: &Path) -> Result<Self, AudioError> {
        Ok(Self { mixed: vec![Vec::new(); 2], block: vec![Vec::new(); 2], ..Self::open(path)? })
    }

    /// The tags found so far; more may come up to the end of the file.
    pub fn tags(&self) -> &Tags {
        self.decoder.tags().tags()
    }

    /// The cover, as the bytes of a PNG or JPEG file.
    pub fn cover(&self) -> Option<&[u8]> {
        self.decoder.tags().cover()
    }

    /// The codec's name, for people: "MP3", "FLAC".
    pub fn codec(&self) -> &str {
        self.decoder.codec()
    }

    /// Length in seconds, where the header tells it. The stream itself has the last word.
    pub fn duration_s(&self) -> Option<f64> {
        self.decoder.duration_s()
    }

    /// Packets skipped so far because they could not be decoded.
    pub fn damaged_packets(&self) -> u32 {
        self.decoder.damaged_packets()
    }

    /// The next block of mono samples at 22,050 Hz; `None` at the end, from then on.
    ///
    /// # Errors
    /// [`AudioError`] where nothing in the file can be decoded, or its sample rate is none of music.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        self.block.iter_mut().for_each(Vec::clear);
        while !self.ended && self.block[0].len() < BLOCK {
            if self.decoder.advance()? {
                self.take_packet()?;
            } else {
                self.ended = true;
                self.finish_resampler()?;
            }
        }
        Ok((!self.block[0].is_empty()).then_some(self.block[0].as_slice()))
    }

    /// Half the difference of the left and the right channel, as long as the block that [`AudioReader::next_block`] gave
    /// last; zeros where there is one channel. Empty unless the file was opened with its side.
    pub fn side(&self) -> &[f32] {
        self.block.get(1).map_or(&[], Vec::as_slice)
    }

    fn take_packet(&mut self) -> Result<(), AudioError> {
        mix(self.decoder.planes(), &mut self.mixed[0]);
        if let Some(side) = self.mixed.get_mut(1) {
            differ(self.decoder.planes(), side);
        }
        let rate = self.decoder.rate();
        if self.resampler.as_ref().is_some_and(|resampler| resampler.from() != rate) {
            self.finish_resampler()?;
        }
        let resampler = match &mut self.resampler {
            Some(resampler) => resampler,
            none => none.insert(Resampler::new(rate, SAMPLE_RATE, self.mixed.len())?),
        };
        let mixed: Vec<&[f32]> = self.mixed.iter().map(Vec::as_slice).collect();
        resampler.push(&mixed, &mut self.block)
    }

    fn finish_resampler(&mut self) -> Result<(), AudioError> {
        self.resampler.take().map_or(Ok(()), |resampler| resampler.finish(&mut self.block))
    }
}

/// The mean of the channels.
fn mix<'a>(planes: impl Iterator<Item = &'a [f32]>, out: &mut Vec<f32>) {
    out.clear();
    let mut channels = 0_u32;
    for plane in planes {
        channels += 1;
        if channels == 1 {
            out.extend_from_slice(plane);
        } else {
            out.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += sample);
        }
    }
    if channels > 1 {
        let share = 1.0 / channels as f32;
        out.iter_mut().for_each(|sum| *sum *= share);
    }
}

/// Half the difference of the first two channels.
fn differ<'a>(mut planes: impl Iterator<Item = &'a [f32]>, out: &mut Vec<f32>) {
    out.clear();
    let (left, right) = (planes.next().unwrap_or_default(), planes.next());
    match right {
        Some(right) => out.extend(left.iter().zip(right).map(|(left, right)| (left - right) / 2.0)),
        None => out.resize(left.len(), 0.0),
    }
}
