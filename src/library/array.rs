//! The format of the array files, and reading them without trusting them.
//!
//! A file is a header of 128 bytes and then the values, row by row, little-endian:
//!
//! | bytes | meaning |
//! |---|---|
//! | 0..8 | `SONGLINE` |
//! | 8..10 | version of this format: 1 |
//! | 10..12 | what it holds: 1 spectrogram, 2 waveform, 3 trajectories |
//! | 12..14 | type of a value: 1 `u8`, 2 `u16`, 3 `f32` |
//! | 14..16 | zero |
//! | 16..24 | rows; 0 in a file that grows, whose length the database knows |
//! | 24..32 | columns |
//! | 32..36 | version of the features it was made from |
//! | 36..40 | zero |
//! | 40..72 | BLAKE3 of the weights that made it, or zero |
//! | 72..104 | BLAKE3 of the values, or zero in a file that grows |
//! | 104..128 | the first 24 bytes of BLAKE3 of the 104 before |

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use memmap2::Mmap;

use super::LibraryError;
use crate::domain::ContentHash;

#[cfg(target_endian = "big")]
compile_error!("the arrays of a library are mapped as they lie on disk: little-endian");

/// Length of the header.
pub(super) const HEADER_BYTES: usize = 128;
const MAGIC: [u8; 8] = *b"SONGLINE";
const FORMAT: u16 = 1;
/// No array read in one piece is longer: a day of music has half a gigabyte of spectrogram.
const LONGEST: u64 = 1 << 31;

/// What an array file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArrayKind {
    /// `u16` fixed point, frames × bands.
    Spectrogram,
    /// `u8`, 1 × peaks.
    Waveform,
    /// `f32`, points × dimensions; grows.
    Trajectories,
}

impl ArrayKind {
    const ALL: [Self; 3] = [Self::Spectrogram, Self::Waveform, Self::Trajectories];

    fn code(self) -> u16 {
        match self {
            Self::Spectrogram => 1,
            Self::Waveform => 2,
            Self::Trajectories => 3,
        }
    }

    fn element_code(self) -> u16 {
        match self {
            Self::Waveform => 1,
            Self::Spectrogram => 2,
            Self::Trajectories => 3,
        }
    }

    /// Bytes of one value.
    pub(super) fn element_bytes(self) -> u64 {
        match self {
            Self::Waveform => 1,
            Self::Spectrogram => 2,
            Self::Trajectories => 4,
        }
    }

    fn grows(self) -> bool {
        self == Self::Trajectories
    }
}

/// What the header of an array file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub kind: ArrayKind,
    pub rows: u64,
    pub columns: u64,
    pub features_version: u32,
    /// Hash of the weights that made it; zeros where no model did.
    pub weights: [u8; 32],
    /// Hash of the values; zeros in a file that grows.
    pub values: [u8; 32],
}

impl Header {
    /// The header as it stands in the file.
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[10..12].copy_from_slice(&self.kind.code().to_le_bytes());
        bytes[12..14].copy_from_slice(&self.kind.element_code().to_le_bytes());
        bytes[16..24].copy_from_slice(&self.rows.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.columns.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.features_version.to_le_bytes());
        bytes[40..72].copy_from_slice(&self.weights);
        bytes[72..104].copy_from_slice(&self.values);
        let check = blake3::hash(&bytes[..104]);
        bytes[104..128].copy_from_slice(&check.as_bytes()[..24]);
        bytes
    }

    /// Reads what [`Header::encode`] writes, or says what is wrong.
    pub(super) fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<Self, String> {
        // The ranges are constants within the fixed length, so the conversions cannot fail.
        let u16_at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let u64_at = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        let hash_at = |at: usize| std::array::from_fn(|i| bytes[at + i]);
        if bytes[0..8] != MAGIC {
            return Err("it does not begin as an array file does".to_owned());
        }
        if u16_at(8) != FORMAT {
            return Err(format!("its format is {}, this program knows {FORMAT}", u16_at(8)));
        }
        if blake3::hash(&bytes[..104]).as_bytes()[..24] != bytes[104..128] {
            return Err("its header does not match its checksum".to_owned());
        }
        let kind = ArrayKind::ALL.into_iter().find(|kind| kind.code() == u16_at(10));
        let kind = kind.ok_or_else(|| format!("it holds something of unknown kind {}", u16_at(10)))?;
        if u16_at(12) != kind.element_code() {
            return Err(format!("its values have the type {}, not {}", u16_at(12), kind.element_code()));
        }
        Ok(Self {
            kind,
            rows: u64_at(16),
            columns: u64_at(24),
            features_version: u32::from_le_bytes(std::array::from_fn(|i| bytes[32 + i])),
            weights: hash_at(40),
            values: hash_at(72),
        })
    }

    /// Length of the whole file; `None` where no file can be so long.
    pub(super) fn file_bytes(&self) -> Option<u64> {
        file_bytes(self.kind, self.rows, self.columns)
    }
}

/// Length of a file of `rows` × `columns` values; `None` where no file can be so long.
pub(super) fn file_bytes(kind: ArrayKind, rows: u64, columns: u64) -> Option<u64> {
    rows.checked_mul(columns)?.checked_mul(kind.element_bytes())?.checked_add(HEADER_BYTES as u64)
}

/// An array file opened, its header and its length checked.
pub(super) struct ArrayFile {
    pub header: Header,
    file: File,
    bytes: u64,
}

impl ArrayFile {
    /// Opens `path`, which must hold a `kind`.
    ///
    /// # Errors
    /// [`LibraryError::Damaged`] where the header is wrong, or the file is not as long as its header says.
    pub(super) fn open(path: &Path, kind: ArrayKind) -> Result<Self, LibraryError> {
        let mut file = File::open(path).map_err(|source| LibraryError::io("open", path, source))?;
        let read = |file: &mut File| -> io::Result<Result<(Header, u64), String>> {
            let bytes = file.metadata()?.len();
            if bytes < HEADER_BYTES as u64 {
                return Ok(Err(format!("it has {bytes} bytes, too few for a header")));
            }
            let mut header = [0; HEADER_BYTES];
            file.read_exact(&mut header)?;
            Ok(Header::decode(&header).map(|header| (header, bytes)))
        };
        let damaged = |reason| LibraryError::Damaged { path: path.to_path_buf(), reason };
        let (header, bytes) =
            read(&mut file).map_err(|source| LibraryError::io("read", path, source))?.map_err(damaged)?;
        if header.kind != kind {
            return Err(damaged(format!("it holds {:?}, not {kind:?}", header.kind)));
        }
        if header.columns == 0 || (!kind.grows() && header.file_bytes() != Some(bytes)) {
            let Header { rows, columns, .. } = header;
            return Err(damaged(format!("its {bytes} bytes are not the {rows} × {columns} values of its header")));
        }
        Ok(Self { header, file, bytes })
    }

    /// Length of the whole file.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Maps the file into memory: its first `bytes` bytes, header included, which [`ArrayFile::bytes`] must reach.
    pub(super) fn map(&self, path: &Path, bytes: u64) -> Result<Mmap, LibraryError> {
        let length =
            usize::try_from(bytes).ok().filter(|_| bytes <= self.bytes).ok_or_else(|| LibraryError::Damaged {
                path: path.to_path_buf(),
                reason: format!("it has {} bytes, not {bytes}", self.bytes),
            })?;
        // SAFETY: the files of a library are written under another name and then renamed, or grow behind what is mapped
        // here; no Songline shortens one or writes over what it has committed. Values are plain numbers, so that bytes
        // changed from outside give wrong numbers and nothing worse.
        unsafe { memmap2::MmapOptions::new().len(length).map(&self.file) }
            .map_err(|source| LibraryError::io("map", path, source))
    }

    /// Reads the values and checks them against their hash.
    pub(super) fn read_values(mut self, path: &Path) -> Result<Vec<u8>, LibraryError> {
        let damaged = |reason: &str| LibraryError::Damaged { path: path.to_path_buf(), reason: reason.to_owned() };
        if self.bytes > LONGEST {
            return Err(damaged("it is longer than any array of a track"));
        }
        let length = (self.bytes as usize).saturating_sub(HEADER_BYTES);
        let mut values = Vec::new();
        values.try_reserve_exact(length).map_err(|_| damaged("it does not fit into memory"))?;
        // `open` left the file behind its header. The limit holds even where the file grew meanwhile.
        let read = self.file.by_ref().take(length as u64).read_to_end(&mut values);
        read.map_err(|source| LibraryError::io("read", path, source))?;
        if *blake3::hash(&values).as_bytes() != self.header.values {
            return Err(damaged("its values do not match their checksum"));
        }
        Ok(values)
    }
}

/// The hash by which an array is named: of its shape and its values.
pub(super) fn array_hash(rows: u64, columns: u64, values: &[u8]) -> ContentHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&rows.to_le_bytes()).update(&columns.to_le_bytes()).update(values);
    ContentHash(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> Header {
        Header {
            kind: ArrayKind::Spectrogram,
            rows: 2,
            columns: 3,
            features_version: 7,
            weights: [0; 32],
            values: *blake3::hash(&[9; 12]).as_bytes(),
        }
    }

    fn open(bytes: &[u8]) -> Result<ArrayFile, LibraryError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("array");
        std::fs::write(&path, bytes).unwrap();
        ArrayFile::open(&path, ArrayKind::Spectrogram)
    }

    fn file() -> Vec<u8> {
        [&header().encode()[..], &[9; 12]].concat()
    }

    #[test]
    fn a_header_survives_its_bytes() {
        assert_eq!(Header::decode(&header().encode()), Ok(header()));
        assert_eq!(open(&file()).unwrap().header, header());
    }

    #[test]
    fn every_truncation_and_every_flipped_header_byte_is_an_error() {
        let whole = file();
        for length in 0..whole.len() {
            assert!(matches!(open(&whole[..length]), Err(LibraryError::Damaged { .. })), "{length} bytes");
        }
        for at in 0..HEADER_BYTES {
            let mut bent = whole.clone();
            bent[at] ^= 0x10;
            assert!(matches!(open(&bent), Err(LibraryError::Damaged { .. })), "byte {at}");
        }
        assert!(matches!(open(&[&whole[..], &[0]].concat()), Err(LibraryError::Damaged { .. })));
    }

    #[test]
    fn a_huge_claim_is_refused_without_believing_it() {
        for (rows, columns) in [(u64::MAX, 3), (u64::MAX, u64::MAX), (1 << 40, 60), (2, 0)] {
            let claim = Header { rows, columns, ..header() };
            let bytes = [&claim.encode()[..], &[9; 12]].concat();
            assert!(matches!(open(&bytes), Err(LibraryError::Damaged { .. })), "{rows} × {columns}");
        }
    }

    #[test]
    fn flipped_values_do_not_match_their_checksum() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("array");
        let mut bytes = file();
        std::fs::write(&path, &bytes).unwrap();
        let read = || ArrayFile::open(&path, ArrayKind::Spectrogram)?.read_values(&path);
        assert_eq!(read().unwrap(), [9; 12]);
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(read(), Err(LibraryError::Damaged { .. })));
    }

    proptest! {
        #[test]
        fn any_bytes_open_or_fail_but_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = open(&bytes);
            let mut dressed = file();
            let end = dressed.len().min(bytes.len());
            dressed[..end].iter_mut().zip(&bytes).for_each(|(a, b)| *a ^= b & 1);
            let _ = open(&dressed);
        }
    }
}
