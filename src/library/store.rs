//! Spectrograms, waveforms and covers on disk, each named by the hash of what it holds.
//!
//! A name that is a hash of the contents makes writing safe to repeat and to interrupt: a file that is there is right,
//! two tracks with the same sound share it, and an album's cover is kept once.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::LibraryError;
use super::array::{ArrayFile, ArrayKind, HEADER_BYTES, Header, array_hash, file_bytes};
use super::file::{remove_quietly, write_atomically};
use super::spectrogram::{MappedSpectrogram, to_fixed};
use crate::domain::{ContentHash, FEATURES_VERSION, Spectrogram, Waveform};

/// Larger covers are not kept.
pub const LONGEST_COVER: usize = 16 << 20;

/// What is kept under a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Shelf {
    Spectrograms,
    Waveforms,
    Covers,
}

impl Shelf {
    pub(super) const ALL: [Self; 3] = [Self::Spectrograms, Self::Waveforms, Self::Covers];

    /// The folder below the library's root.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Spectrograms => "spectrograms",
            Self::Waveforms => "waveforms",
            Self::Covers => "covers",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Spectrograms => "spectrogram",
            Self::Waveforms => "waveform",
            Self::Covers => "cover",
        }
    }

    /// The hash that a file of this shelf is named by; `None` for a file that is not one.
    pub(super) fn hash_of(self, path: &Path) -> Option<ContentHash> {
        (path.extension()? == self.extension()).then(|| ContentHash::from_hex(path.file_stem()?.to_str()?))?
    }
}

/// The hashes and shapes under which a track's arrays were put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    pub sound: ContentHash,
    pub waveform: ContentHash,
    pub cover: Option<ContentHash>,
    pub frames: usize,
    pub bands: usize,
    pub peaks: usize,
}

/// The folders of the three shelves.
pub(super) struct Store {
    root: PathBuf,
}

impl Store {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// Where the array `hash` lies: in one of 256 folders a shelf.
    pub(super) fn path(&self, shelf: Shelf, hash: ContentHash) -> PathBuf {
        let name = hash.to_string();
        // A hash has 64 ASCII digits.
        self.root.join(shelf.folder()).join(&name[..2]).join(format!("{name}.{}", shelf.extension()))
    }

    /// Writes what is not there yet. Everything is durable on return.
    pub(super) fn put(
        &self,
        spectrogram: &Spectrogram,
        waveform: &Waveform,
        cover: Option<&[u8]>,
    ) -> Result<Stored, LibraryError> {
        let (frames, bands) = (spectrogram.frames(), spectrogram.bands());
        let sound = self.put_spectrogram(spectrogram)?;
        let peaks = waveform.peaks.len();
        // A track without an outline still has columns.
        let waveform = self.put_array(ArrayKind::Waveform, peaks, 1, &waveform.peaks)?;
        let cover = match cover {
            Some(bytes) if bytes.len() > LONGEST_COVER => {
                tracing::debug!(bytes = bytes.len(), "a cover is too large to be kept");
                None
            }
            Some(bytes) if !bytes.is_empty() => {
                let hash = ContentHash(*blake3::hash(bytes).as_bytes());
                let path = self.path(Shelf::Covers, hash);
                if self.cover(hash).is_err() {
                    write_atomically(&path, &[bytes])?;
                }
                Some(hash)
            }
            _ => None,
        };
        Ok(Stored { sound, waveform, cover, frames, bands, peaks })
    }

    /// Writes a spectrogram unless it is there.
    pub(super) fn put_spectrogram(&self, spectrogram: &Spectrogram) -> Result<ContentHash, LibraryError> {
        let (frames, bands) = (spectrogram.frames(), spectrogram.bands());
        self.put_array(ArrayKind::Spectrogram, frames, bands, &to_fixed(spectrogram))
    }

    fn put_array(
        &self,
        kind: ArrayKind,
        rows: usize,
        columns: usize,
        values: &[u8],
    ) -> Result<ContentHash, LibraryError> {
        let (rows_64, columns_64) = (rows as u64, columns as u64);
        let hash = array_hash(rows_64, columns_64, values);
        let path = self.path(shelf_of(kind), hash);
        let header = Header {
            kind,
            rows: rows_64,
            columns: columns_64,
            features_version: FEATURES_VERSION,
            weights: [0; 32],
            values: *blake3::hash(values).as_bytes(),
        };
        if header.file_bytes() != Some((HEADER_BYTES + values.len()) as u64) {
            return Err(LibraryError::Shape { rows, columns });
        }
        // Mostly there is none; where there is one, another track has it, or it is here to be mended.
        let whole =
            ArrayFile::open(&path, kind).and_then(|file| file.read_values(&path)).is_ok_and(|old| old == values);
        if !whole {
            write_atomically(&path, &[&header.encode(), values])?;
        }
        Ok(hash)
    }

    /// Whether all of a track's arrays are there, by their lengths.
    pub(super) fn has(&self, stored: &Stored) -> bool {
        self.missing(stored).is_none()
    }

    /// The first of a track's arrays that is not there or has a wrong length.
    pub(super) fn missing(&self, stored: &Stored) -> Option<PathBuf> {
        let array = |kind, hash, rows: usize, columns: usize| {
            let path = self.path(shelf_of(kind), hash);
            let bytes = file_bytes(kind, rows as u64, columns as u64);
            (!bytes.is_some_and(|bytes| has_length(&path, bytes))).then_some(path)
        };
        array(ArrayKind::Spectrogram, stored.sound, stored.frames, stored.bands)
            .or_else(|| array(ArrayKind::Waveform, stored.waveform, stored.peaks, 1))
            .or_else(|| {
                let path = self.path(Shelf::Covers, stored.cover?);
                (!path.is_file()).then_some(path)
            })
    }

    /// The spectrogram named `hash`, mapped.
    pub(super) fn mapped_spectrogram(&self, hash: ContentHash) -> Result<MappedSpectrogram, LibraryError> {
        MappedSpectrogram::open(&self.path(Shelf::Spectrograms, hash))
    }

    /// The spectrogram named `hash`, read whole and checked.
    pub(super) fn spectrogram(&self, hash: ContentHash) -> Result<Spectrogram, LibraryError> {
        MappedSpectrogram::read_whole(&self.path(Shelf::Spectrograms, hash))
    }

    /// The waveform named `hash`.
    pub(super) fn waveform(&self, hash: ContentHash) -> Result<Waveform, LibraryError> {
        let path = self.path(Shelf::Waveforms, hash);
        Ok(Waveform { peaks: ArrayFile::open(&path, ArrayKind::Waveform)?.read_values(&path)? })
    }

    /// The image named `hash`.
    pub(super) fn cover(&self, hash: ContentHash) -> Result<Vec<u8>, LibraryError> {
        use std::io::Read;
        let path = self.path(Shelf::Covers, hash);
        let mut bytes = Vec::new();
        fs::File::open(&path)
            .and_then(|file| file.take(LONGEST_COVER as u64).read_to_end(&mut bytes))
            .map_err(|source| LibraryError::io("read", &path, source))?;
        if *blake3::hash(&bytes).as_bytes() != hash.0 {
            return Err(LibraryError::Damaged { path, reason: "it is not the image it is named after".to_owned() });
        }
        Ok(bytes)
    }

    /// Removes the arrays `unused`; the caller holds the database's write lock and has seen that no track has them.
    pub(super) fn remove(&self, unused: &BTreeSet<(Shelf, ContentHash)>) {
        for (shelf, hash) in unused {
            remove_quietly(&self.path(*shelf, *hash));
        }
    }
}

fn shelf_of(kind: ArrayKind) -> Shelf {
    match kind {
        ArrayKind::Waveform => Shelf::Waveforms,
        ArrayKind::Spectrogram | ArrayKind::Trajectories => Shelf::Spectrograms,
    }
}

fn has_length(path: &Path, bytes: u64) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == bytes)
}
