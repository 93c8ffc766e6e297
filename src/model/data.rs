//! What a model learns from: segments of spectrograms, split by artist, brought batch by batch.

use std::collections::HashMap;
use std::ops::Range;
use std::thread;

use crossbeam_channel::{Receiver, bounded};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{ModelError, TrainingSpec};
use crate::domain::{MEL_BANDS, Origin, PREVIEW_FRAMES, SegmentGrid, Span, Spectrogram, TrackId};
use crate::library::{Library, MappedSpectrogram};

/// A track that may take part in training.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingTrack {
    pub id: TrackId,
    /// Validation is split by it; a track without an artist stands alone.
    pub artist: String,
    /// Batches are mixed by it.
    pub album: Option<String>,
    /// Frames that take part, of the whole spectrogram.
    pub frames: Range<usize>,
}

impl TrainingTrack {
    /// The part that one epoch sees: all of a preview, and of longer music 30 seconds that seed, epoch and track decide, so
    /// that a batch takes the same memory whatever the tracks' length.
    pub(super) fn view(&self, seed: u64, epoch: usize) -> Self {
        let room = self.frames.len().saturating_sub(PREVIEW_FRAMES);
        if room == 0 {
            return self.clone();
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add((epoch as u64) << 32));
        random.set_stream(self.id.0.unsigned_abs());
        let start = self.frames.start + random.random_range(0..=room);
        Self { frames: start..start + PREVIEW_FRAMES, ..self.clone() }
    }
}

/// Where spectrograms come from.
pub trait SpectrogramSource: Send + Sync {
    /// Every track with the frames that `span` lets take part, or the reason why it takes none.
    ///
    /// # Errors
    /// What keeps the source from being read.
    fn tracks(
        &self,
        span: Span,
        grid: SegmentGrid,
    ) -> Result<Vec<Result<TrainingTrack, (TrackId, String)>>, ModelError>;

    /// Appends the values of `frames` (frames × bands) of a track to `out`.
    ///
    /// # Errors
    /// What keeps the track from being read.
    fn read(&self, track: TrackId, frames: Range<usize>, out: &mut Vec<f32>) -> Result<(), ModelError>;
}

/// Why a track takes no part unless the user decides otherwise.
pub const RESTRICTED: &str = "networks may not learn from it";

/// Why a track takes no part where the side is asked for.
const NO_SIDE: &str = "its side could not be heard; its file has to be where it was imported from";

/// The tracks of a library.
pub struct LibrarySource<'a> {
    pub library: &'a Library,
    /// Takes tracks too from which networks may not learn: the user's own, explicit decision.
    pub include_restricted: bool,
    /// Gives the side beside the middle, as far as the library has it.
    pub with_side: bool,
}

impl SpectrogramSource for LibrarySource<'_> {
    fn tracks(
        &self,
        span: Span,
        grid: SegmentGrid,
    ) -> Result<Vec<Result<TrainingTrack, (TrackId, String)>>, ModelError> {
        let tracks = self.library.tracks()?;
        let restricted: HashMap<TrackId, Origin> =
            self.library.origins()?.into_iter().filter(|(_, origin)| !origin.trainable).collect();
        let default = SegmentGrid::default();
        let mut sounds = HashMap::new();
        let take = |track: crate::domain::Track| {
            if let Some(origin) = restricted.get(&track.id).filter(|_| !self.include_restricted) {
                return Err((track.id, format!("{RESTRICTED}: {}", origin.source)));
            }
            let frames = match span {
                Span::Preview => {
                    if track.span(span).is_none() {
                        let reason = format!("it lasts {:.1} s; the 30-second view needs 30 s", track.duration_s);
                        return Err((track.id, reason));
                    }
                    let start = track.preview_start * default.hop;
                    start..start + PREVIEW_FRAMES
                }
                Span::Whole => 0..default.frames_of(track.segments.saturating_sub(1)).end,
            };
            if grid.count(frames.len()) == 0 {
                return Err((track.id, format!("it lasts {:.1} s; a segment is longer", track.duration_s)));
            }
            // One that cannot be read must not end a long run; one that is there twice is not its own negative.
            match self.library.mapped_spectrogram(track.id) {
                Ok(mapped) if mapped.bands() != MEL_BANDS || mapped.frames() < frames.end => {
                    let reason = format!("its spectrogram is {} frames by {} bands", mapped.frames(), mapped.bands());
                    return Err((track.id, reason));
                }
                Ok(_) if self.with_side => match self.library.mapped_side(track.id) {
                    Ok(Some(side)) if side.bands() == MEL_BANDS && side.frames() >= frames.end => {}
                    Ok(_) => return Err((track.id, NO_SIDE.to_owned())),
                    Err(error) => return Err((track.id, error.to_string())),
                },
                Ok(_) => {}
                Err(error) => return Err((track.id, error.to_string())),
            }
            if let Some(title) = sounds.insert(track.sound, track.title().to_owned()) {
                return Err((track.id, format!("it sounds exactly like “{title}”, which takes part")));
            }
            let artist = track.tags.artist.clone().unwrap_or_else(|| format!("track {}", track.hash));
            Ok(TrainingTrack { id: track.id, artist, album: track.tags.album, frames })
        };
        Ok(tracks.into_iter().map(take).collect())
    }

    fn read(&self, track: TrackId, frames: Range<usize>, out: &mut Vec<f32>) -> Result<(), ModelError> {
        let read = |mapped: &MappedSpectrogram, values: &mut Vec<f32>| {
            mapped.read_frames(frames.clone(), values).ok_or(ModelError::Shape {
                frames: mapped.frames(),
                bands: mapped.bands(),
                needed: frames.end,
                model_bands: mapped.bands(),
            })
        };
        let middle = self.library.mapped_spectrogram(track)?;
        if !self.with_side {
            return read(&middle, out);
        }
        let side = self.library.mapped_side(track)?.ok_or_else(|| ModelError::NoTracks(NO_SIDE.to_owned()))?;
        let (mut of_middle, mut of_side) = (Vec::new(), Vec::new());
        read(&middle, &mut of_middle)?;
        read(&side, &mut of_side)?;
        let beside = of_middle.chunks_exact(middle.bands()).zip(of_side.chunks_exact(side.bands()));
        out.extend(beside.flat_map(|(middle, side)| middle.iter().chain(side)));
        Ok(())
    }
}

/// Tracks in memory: artist and spectrogram, numbered from 1.
pub struct MemorySource(pub Vec<(String, Spectrogram)>);

impl SpectrogramSource for MemorySource {
    fn tracks(
        &self,
        span: Span,
        grid: SegmentGrid,
    ) -> Result<Vec<Result<TrainingTrack, (TrackId, String)>>, ModelError> {
        let take = |(index, (artist, spectrogram)): (usize, &(String, Spectrogram))| {
            let id = TrackId(index as i64 + 1);
            let frames = match span {
                Span::Preview => PREVIEW_FRAMES,
                Span::Whole => spectrogram.frames(),
            };
            if spectrogram.frames() < frames || grid.count(frames) == 0 {
                return Err((id, "it is too short".to_owned()));
            }
            Ok(TrainingTrack { id, artist: artist.clone(), album: None, frames: 0..frames })
        };
        Ok(self.0.iter().enumerate().map(take).collect())
    }

    fn read(&self, track: TrackId, frames: Range<usize>, out: &mut Vec<f32>) -> Result<(), ModelError> {
        let spectrogram = usize::try_from(track.0 - 1).ok().and_then(|index| self.0.get(index));
        let values = spectrogram.and_then(|(_, spectrogram)| {
            let bands = spectrogram.bands();
            spectrogram.values().get(frames.start * bands..frames.end * bands)
        });
        out.extend_from_slice(values.ok_or(ModelError::NoTracks("a track is gone".to_owned()))?);
        Ok(())
    }
}

/// Whether an artist is kept aside for validation: decided by a hash of the name alone, so that an artist stays on its
/// side whatever else is in the library. The hash is a place from 0 to 1, and those from `from` on, `share` of all, are
/// kept aside.
pub fn is_validation_artist(artist: &str, from: f64, share: f64) -> bool {
    let hash = blake3::hash(artist.trim().to_lowercase().as_bytes());
    let head: [u8; 8] = std::array::from_fn(|index| hash.as_bytes()[index]);
    // The first 53 bits as a number from 0 to 1.
    let place = (u64::from_le_bytes(head) >> 11) as f64 / (1_u64 << 53) as f64;
    (from..from + share).contains(&place)
}

/// Tracks on either side, and those refused.
pub(super) struct Split {
    pub training: Vec<TrainingTrack>,
    pub validation: Vec<TrainingTrack>,
    pub refused: Vec<(TrackId, String)>,
}

impl Split {
    pub fn of(source: &dyn SpectrogramSource, spec: &TrainingSpec) -> Result<Self, ModelError> {
        let kept_aside = |artist: &str| is_validation_artist(artist, spec.validation_from, spec.validation_share);
        let (mut training, mut validation, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for track in source.tracks(spec.span, spec.grid)? {
            match track {
                Ok(track) if kept_aside(&track.artist) => validation.push(track),
                Ok(track) => training.push(track),
                Err(reason) => refused.push(reason),
            }
        }
        if training.len() < 2 {
            // Few artists may fall on one side: learning comes first, and phase 2 needs two tracks.
            training.append(&mut validation);
        }
        if training.is_empty() {
            let reason = match refused.first() {
                Some((_, reason)) => format!("{} tracks are refused, the first because {reason}", refused.len()),
                None => "the library has no tracks; import some music first".to_owned(),
            };
            return Err(ModelError::NoTracks(reason));
        }
        Ok(Self { training, validation, refused })
    }

    /// A hash of which frames of which tracks are on which side.
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for side in [&self.training, &self.validation] {
            hasher.update(&(side.len() as u64).to_le_bytes());
            for track in side {
                hasher.update(&track.id.0.to_le_bytes());
                hasher.update(&(track.frames.start as u64).to_le_bytes());
                hasher.update(&(track.frames.end as u64).to_le_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// The order in which the tracks of an epoch are seen: by seed and epoch alone, so that a run that goes on after a kill
/// sees what it would have seen.
pub(super) fn shuffled(count: usize, seed: u64, epoch: usize, stream: u64) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add((epoch as u64) << 32));
    random.set_stream(stream);
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut random);
    order
}

/// The segments of some tracks: rows × H·W, with the side beside the middle where the source gives it.
pub(super) struct Batch {
    pub rows: usize,
    pub values: Vec<f32>,
}

/// Reads the segments of `tracks`, one row each.
pub(super) fn read_batch(
    source: &dyn SpectrogramSource,
    tracks: &[&TrainingTrack],
    grid: SegmentGrid,
    bands: usize,
) -> Result<Batch, ModelError> {
    let mut batch = Batch { rows: 0, values: Vec::new() };
    let mut frames = Vec::new();
    for track in tracks {
        frames.clear();
        source.read(track.id, track.frames.clone(), &mut frames)?;
        let rows = grid.count(track.frames.len());
        for row in 0..rows {
            let range = grid.frames_of(row);
            let segment = frames.get(range.start * bands..range.end * bands).ok_or(ModelError::Shape {
                frames: frames.len() / bands.max(1),
                bands,
                needed: range.end,
                model_bands: bands,
            })?;
            batch.values.extend_from_slice(segment);
        }
        batch.rows += rows;
    }
    Ok(batch)
}

/// Brings the batches of an epoch while the network learns from the one before: a thread of its own, one batch ahead.
/// Dropping the receiver ends it; so does the first error.
pub(super) fn feed<'scope, 'env, T: Send + 'env>(
    scope: &'scope thread::Scope<'scope, 'env>,
    batches: Box<dyn Iterator<Item = Result<T, ModelError>> + Send + 'env>,
) -> Result<Receiver<Result<T, ModelError>>, ModelError> {
    let (sender, receiver) = bounded(1);
    thread::Builder::new()
        .name("training-data".to_owned())
        .spawn_scoped(scope, move || {
            for batch in batches {
                let failed = batch.is_err();
                if sender.send(batch).is_err() || failed {
                    break;
                }
            }
        })
        .map_err(|source| ModelError::Io { action: "start a thread for", path: "training data".into(), source })?;
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_artist_is_in_one_fold_and_the_first_fold_is_the_share() {
        let artists: Vec<String> = (0..500).map(|index| format!("Artist {index}")).collect();
        let mut sizes = [0; 5];
        for artist in &artists {
            let folds: Vec<usize> =
                (0..5).filter(|fold| is_validation_artist(artist, *fold as f64 / 5.0, 1.0 / 5.0)).collect();
            assert_eq!(folds.len(), 1, "{artist}");
            sizes[folds[0]] += 1;
        }
        assert!(sizes.iter().all(|size| (70..130).contains(size)), "{sizes:?}");
        assert!(is_validation_artist("  ARTIST 3", 0.0, 0.5) == is_validation_artist("artist 3 ", 0.0, 0.5));
    }
}
