//! Files into planes of samples at their own rate: containers, codecs, gapless trimming, damage.

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::OnceLock;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::{Error as SymphoniaError, SeekErrorKind};
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::FORMAT_ID_WAVE;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{Duration, Time, TimeBase, Timestamp};
use symphonia_adapter_libopus::OpusDecoder;

use super::AudioError;
use super::codec;
use super::riff;
use super::tags::TagCollector;
use super::trim::{self, Trim, TrimState};
use crate::archive::{self, Opened};

/// Broken packets in a row after which the rest of a file is given up. A reader that finds its way back does so sooner;
/// one that cannot would give errors for ever.
const MOST_ERRORS_IN_A_ROW: u32 = 64;
/// Packets without sound in a row after which a file is given up, for a stream that gives empty packets for ever.
const MOST_EMPTY_IN_A_ROW: u32 = 100_000;

/// A seek goes this far ahead of its place, so that a decoder that hears itself again only after some packets has done
/// so when the place comes. 80 ms is what Opus asks for.
const PREROLL_S: f64 = 0.1;

/// An open file as symphonia wants it.
struct Source(Opened);

impl Read for Source {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.read(to)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl MediaSource for Source {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        self.0.length()
    }
}

/// A container's timestamps in frames.
#[derive(Debug, Clone, Copy)]
struct Clock {
    time_base: TimeBase,
    rate: f64,
}

impl Clock {
    fn frame(self, time: Timestamp) -> i64 {
        (self.time_base.calc_time_saturating(time).as_secs_f64() * self.rate).round() as i64
    }
}

/// One audio track of a file, decoded packet by packet.
pub(super) struct Decoder {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    codec: &'static str,
    tags: TagCollector,
    trim: TrimState,
    planes: Vec<Vec<f32>>,
    /// The part of `planes` that is sound of the track.
    sound: std::ops::Range<usize>,
    rate: u32,
    damaged_packets: u32,
    heard: bool,
    /// A seek is under way: the next packet with sound tells where it landed.
    landing: Option<Clock>,
    ended: bool,
    last_error: Option<SymphoniaError>,
}

impl Decoder {
    /// Opens the file or archive member at `path` and finds its audio track. The name does not count: the content tells what it is.
    ///
    /// # Errors
    /// [`AudioError`] where the file cannot be read or holds no audio track that can be decoded.
    pub(super) fn open(path: &Path) -> Result<Self, AudioError> {
        let file = archive::open(path).map_err(AudioError::Io)?;
        guarded(|| Self::open_file(file, path)).unwrap_or(Err(AudioError::DecoderPanicked))
    }

    fn open_file(file: Opened, path: &Path) -> Result<Self, AudioError> {
        let stream = MediaSourceStream::new(Box::new(Source(file)), MediaSourceStreamOptions::default());
        let probe = symphonia::default::get_probe();
        let mut format = probe
            .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| match error {
                // The probe reports what it does not know as unsupported, and running out of bytes as an error of I/O.
                SymphoniaError::Unsupported(_) => AudioError::NotAudio,
                SymphoniaError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    AudioError::NotAudio
                }
                SymphoniaError::IoError(error) => AudioError::Io(error),
                error => AudioError::Damaged(error),
            })?;
        let (track_id, decoder, codec) = audio_track(&*format)?;
        let trim = trim::of_track(&mut *format, track_id, path);
        let mut tags = TagCollector::default();
        tags.update(&mut *format);
        if format.format_info().format == FORMAT_ID_WAVE
            && let Ok(mut file) = archive::open(path)
            && let Some(info) = riff::info_of(&mut file)
        {
            tags.fill(info);
        }
        Ok(Self {
            format,
            decoder,
            track_id,
            codec,
            tags,
            trim: TrimState::new(trim),
            planes: Vec::new(),
            sound: 0..0,
            rate: 0,
            damaged_packets: 0,
            heard: false,
            landing: None,
            ended: false,
            last_error: None,
        })
    }

    pub(super) fn tags(&self) -> &TagCollector {
        &self.tags
    }

    pub(super) fn codec(&self) -> &'static str {
        self.codec
    }

    pub(super) fn damaged_packets(&self) -> u32 {
        self.damaged_packets
    }

    /// Length in seconds, where the header tells it.
    pub(super) fn duration_s(&self) -> Option<f64> {
        let (track, rate) = (self.track()?, self.declared_rate()?);
        let media = self.format.media_info();
        let seconds = |base: Option<TimeBase>, length: Option<Duration>| base?.calc_duration(length?);
        let frames = track.num_frames.or_else(|| {
            // Matroska knows the length of the whole alone.
            let length = seconds(track.time_base, track.duration).or_else(|| seconds(media.time_base, media.duration));
            Some((length?.as_secs_f64() * f64::from(rate)).round() as u64)
        })?;
        Some(self.trim.sound_of(frames) as f64 / f64::from(rate)).filter(|&seconds| seconds > 0.0)
    }

    /// The sound of the last packet: one plane for each channel, all equally long.
    pub(super) fn planes(&self) -> impl Iterator<Item = &[f32]> {
        self.planes.iter().map(|plane| plane.get(self.sound.clone()).unwrap_or_default())
    }

    /// The sample rate of [`Decoder::planes`]. It may change between packets of chained streams.
    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Decodes up to the next packet with sound; `false` at the end. What is damaged is skipped and counted.
    ///
    /// # Errors
    /// [`AudioError::NothingDecodable`] where the file ends and there was no sound in it,
    /// [`AudioError::UnsupportedRate`] where its rate is 0.
    pub(super) fn advance(&mut self) -> Result<bool, AudioError> {
        if !self.ended && !guarded(|| self.find_sound()).unwrap_or_else(|| self.give_up())? {
            self.ended = true;
            self.tags.update(&mut *self.format);
        }
        if self.ended {
            self.sound = 0..0;
            if !self.heard {
                let (damaged_packets, source) = (self.damaged_packets, self.last_error.take());
                return Err(AudioError::NothingDecodable { damaged_packets, source });
            }
        }
        Ok(!self.ended)
    }

    /// What was heard before a decoder's panic stays; a file of which nothing was heard fails.
    fn give_up(&mut self) -> Result<bool, AudioError> {
        self.damaged_packets += 1;
        if self.heard { Ok(false) } else { Err(AudioError::DecoderPanicked) }
    }

    fn find_sound(&mut self) -> Result<bool, AudioError> {
        let (mut errors, mut empty) = (0, 0);
        while errors < MOST_ERRORS_IN_A_ROW && empty < MOST_EMPTY_IN_A_ROW {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track_id => packet,
                Ok(Some(_)) => continue,
                Ok(None) => return Ok(false),
                Err(SymphoniaError::ResetRequired) => {
                    self.restart()?;
                    errors += 1;
                    continue;
                }
                Err(error) => {
                    // A file cut short ends here; anything else may come right at the next packet.
                    let cut = matches!(&error, SymphoniaError::IoError(_));
                    self.count_damage(error);
                    errors += 1;
                    if cut {
                        return Ok(false);
                    }
                    continue;
                }
            };
            match self.decoder.decode(&packet) {
                Ok(sound) => {
                    let rate = sound.spec().rate();
                    sound.copy_to_vecs_planar(&mut self.planes);
                    let frames = self.planes.first().map_or(0, Vec::len);
                    if let Some(clock) = self.landing.take_if(|_| frames > 0) {
                        self.trim.resume_at(clock.frame(packet.pts));
                    }
                    self.sound = self.trim.take(frames);
                    if self.sound.is_empty() {
                        empty += 1;
                        continue;
                    }
                    if rate == 0 {
                        return Err(AudioError::UnsupportedRate { rate });
                    }
                    self.rate = rate;
                    self.heard = true;
                    return Ok(true);
                }
                Err(SymphoniaError::ResetRequired) => {
                    self.decoder.reset();
                    errors += 1;
                }
                Err(error) => {
                    self.count_damage(error);
                    errors += 1;
                }
            }
        }
        Ok(false)
    }

    /// A new stream begins within the file: another track list, another decoder.
    fn restart(&mut self) -> Result<(), AudioError> {
        let (track_id, decoder, codec) = audio_track(&*self.format)?;
        (self.track_id, self.decoder, self.codec) = (track_id, decoder, codec);
        self.trim = TrimState::new(Trim::default());
        self.tags.update(&mut *self.format);
        Ok(())
    }

    fn count_damage(&mut self, error: SymphoniaError) {
        tracing::debug!(%error, "skipped a damaged packet");
        self.damaged_packets = self.damaged_packets.saturating_add(1);
        self.last_error = Some(error);
    }

    /// Opens the file at `path` where it has been playing for `seconds`. Past the end there is no sound. A file that
    /// cannot be sought in is decoded up to there.
    ///
    /// # Errors
    /// As [`Decoder::open`], and as [`Decoder::advance`] where there is no sound at all.
    pub(super) fn open_at(path: &Path, seconds: f64) -> Result<Self, AudioError> {
        let mut decoder = Self::open(path)?;
        if seconds > PREROLL_S {
            // Some decoders cut their priming off the first packet they see, which must not be the one sought.
            decoder.advance()?;
            if guarded(|| decoder.seek(seconds)).unwrap_or(false) {
                return Ok(decoder);
            }
            let rate = decoder.rate;
            decoder = Self::open(path)?;
            decoder.trim.skip_to((seconds * f64::from(rate)).round() as u64);
        } else if let Some(rate) = decoder.declared_rate() {
            decoder.trim.skip_to((seconds.max(0.0) * f64::from(rate)).round() as u64);
        }
        Ok(decoder)
    }

    /// Goes some way before `seconds` and skips up to there; `false` where the container cannot.
    fn seek(&mut self, seconds: f64) -> bool {
        let rate = f64::from(self.rate);
        let wanted = (seconds * rate).round() as u64;
        let target_s = self.trim.container_frame(wanted) as f64 / rate - PREROLL_S;
        let clock = self.track().and_then(|track| Some(Clock { time_base: track.time_base?, rate }));
        let (Some(clock), Some(time)) = (clock, Time::try_from_secs_f64(target_s.max(0.0))) else { return false };
        match self.format.seek(SeekMode::Accurate, SeekTo::Time { time, track_id: Some(self.track_id) }) {
            Ok(_) => {
                self.decoder.reset();
                self.trim.skip_to(wanted);
                self.landing = Some(clock);
                true
            }
            Err(SymphoniaError::SeekError(SeekErrorKind::OutOfRange)) => {
                self.end_after_seek();
                true
            }
            Err(_) => false,
        }
    }

    /// There is no sound where a seek went, which does not mean that there is none in the file.
    fn end_after_seek(&mut self) {
        self.ended = true;
        self.heard = true;
    }

    fn declared_rate(&self) -> Option<u32> {
        self.track()?.codec_params.as_ref()?.audio()?.sample_rate.filter(|&rate| rate > 0)
    }

    fn track(&self) -> Option<&Track> {
        self.format.tracks().iter().find(|track| track.id == self.track_id)
    }
}

/// The default audio track, or else the first one that there is a decoder for.
fn audio_track(format: &dyn FormatReader) -> Result<(u32, Box<dyn AudioDecoder>, &'static str), AudioError> {
    let is_audio = |track: &&Track| track.track_type() == Some(TrackType::Audio);
    let tracks = format.default_track(TrackType::Audio).into_iter().chain(format.tracks().iter().filter(is_audio));
    let mut failure = AudioError::NoAudioTrack;
    for track in tracks {
        let Some(params) = track.codec_params.as_ref().and_then(|params| params.audio()) else { continue };
        match codecs().make_audio_decoder(params, &AudioDecoderOptions::default()) {
            Ok(decoder) => return Ok((track.id, decoder, codec::name(params.codec))),
            Err(source) if matches!(failure, AudioError::NoAudioTrack) => {
                failure = AudioError::UnsupportedCodec { codec: codec::name(params.codec).to_owned(), source };
            }
            Err(_) => {}
        }
    }
    Err(failure)
}

/// Every decoder of symphonia, and libopus for Opus.
fn codecs() -> &'static CodecRegistry {
    static CODECS: OnceLock<CodecRegistry> = OnceLock::new();
    CODECS.get_or_init(|| {
        let mut registry = CodecRegistry::new();
        symphonia::default::register_enabled_codecs(&mut registry);
        registry.register_audio_decoder::<OpusDecoder>();
        registry
    })
}

/// Runs code over the bytes of a stranger's file. A panic in a demuxer or decoder, which no input should cause, costs
/// that file alone and not the import it is part of: `None`. What it leaves half done is not used again.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/audio").join(name)
    }

    fn rest(decoder: &mut Decoder) -> Vec<f32> {
        let mut left = Vec::new();
        while decoder.advance().unwrap() {
            left.extend_from_slice(decoder.planes().next().unwrap());
        }
        left
    }

    const ALL: [&str; 12] = [
        "tones.mp3",
        "tones.m4a",
        "tones.aac",
        "tones.ogg",
        "tones.opus",
        "tones.flac",
        "tones-alac.m4a",
        "tones.wav",
        "tones.aiff",
        "tones.caf",
        "tones.mka",
        "tones.webm",
    ];

    #[test]
    fn a_seek_lands_on_the_sample_it_asks_for() {
        for name in ALL {
            let whole = rest(&mut Decoder::open(&fixture(name)).unwrap());
            for seconds in [0.0, 0.05, 0.13, 0.2, 0.28] {
                let mut decoder = Decoder::open_at(&fixture(name), seconds).unwrap();
                let heard = rest(&mut decoder);
                let wanted = &whole[(seconds * f64::from(decoder.rate())).round() as usize..];
                let error: f32 = wanted.iter().zip(&heard).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                // Matroska's timestamps are milliseconds.
                if name.ends_with(".mka") || name.ends_with(".webm") {
                    assert!(heard.len().abs_diff(wanted.len()) < 200, "{name} from {seconds} s: {}", heard.len());
                    continue;
                }
                // Opus takes longer than its preroll to agree with itself to the last bit.
                let most = if name.ends_with(".opus") { 0.04 } else { 1e-4 };
                assert_eq!(heard.len(), wanted.len(), "{name} from {seconds} s");
                assert!(error < most, "{name} from {seconds} s: error {error:.1e}");
            }
        }
    }

    #[test]
    fn past_the_end_there_is_no_sound_and_no_error() {
        for name in ALL {
            let mut decoder = Decoder::open_at(&fixture(name), 100.0).unwrap();
            assert!(rest(&mut decoder).is_empty(), "{name}");
        }
    }

    #[test]
    fn heads_tell_the_length() {
        for name in ALL {
            let decoder = Decoder::open(&fixture(name)).unwrap();
            let told = decoder.duration_s().unwrap();
            let heard = rest(&mut Decoder::open(&fixture(name)).unwrap()).len() as f64;
            let heard = heard / f64::from(decoder.declared_rate().unwrap());
            assert!((told - heard).abs() < 0.015, "{name}: {told} s are told, {heard} s are heard");
        }
    }
}
