//! Spectrograms on disk: `u16` fixed point, 0 to 65,535 for 0 to 1, so that rounding moves a value by less than 8e-6.

use std::ops::Range;
use std::path::Path;

use memmap2::Mmap;

use super::LibraryError;
use super::array::{ArrayFile, ArrayKind, HEADER_BYTES};
use crate::domain::{SegmentGrid, Spectrogram};

const ONE: f32 = 65_535.0;

/// The values as they lie in the file. Values outside 0..1 are clamped.
pub(super) fn to_fixed(spectrogram: &Spectrogram) -> Vec<u8> {
    let fixed = |value: &f32| ((value.clamp(0.0, 1.0) * ONE).round() as u16).to_le_bytes();
    spectrogram.values().iter().flat_map(fixed).collect()
}

/// A spectrogram in its file, mapped into memory: what is not looked at is not read. Its header and length were checked
/// when it was opened; its values are checked against their checksum only by [`Library::spectrogram`].
///
/// Each one holds a mapping of the system, of which a process has a limited number (65,530 on Linux): open them as they
/// are needed rather than a whole library at once.
///
/// [`Library::spectrogram`]: super::Library::spectrogram
pub struct MappedSpectrogram {
    map: Mmap,
    frames: usize,
    bands: usize,
}

impl MappedSpectrogram {
    pub(super) fn open(path: &Path) -> Result<Self, LibraryError> {
        let file = ArrayFile::open(path, ArrayKind::Spectrogram)?;
        let (frames, bands) = shape(&file, path)?;
        let map = file.map(path, file.bytes())?;
        Ok(Self { map, frames, bands })
    }

    pub(super) fn read_whole(path: &Path) -> Result<Spectrogram, LibraryError> {
        let file = ArrayFile::open(path, ArrayKind::Spectrogram)?;
        let (frames, bands) = shape(&file, path)?;
        let bytes = file.read_values(path)?;
        let values = bytes.chunks_exact(2).map(|pair| to_float(u16::from_le_bytes([pair[0], pair[1]]))).collect();
        Ok(Spectrogram::new(frames, bands, values)?)
    }

    /// Frames, 50 a second.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Mel bands of a frame, low to high.
    pub fn bands(&self) -> usize {
        self.bands
    }

    /// All values in fixed point, frame by frame: frames × bands, 65,535 for 1.
    pub fn fixed(&self) -> &[u16] {
        // The map starts at a page and the header is 128 bytes, so the values are aligned; its length was checked.
        self.map.get(HEADER_BYTES..).and_then(|bytes| bytemuck::try_cast_slice(bytes).ok()).unwrap_or_default()
    }

    /// The values of `frames` as floats from 0 to 1, appended to `out`; `None`, with nothing appended, past the end.
    pub fn read_frames(&self, frames: Range<usize>, out: &mut Vec<f32>) -> Option<()> {
        let range = frames.start.checked_mul(self.bands)?..frames.end.checked_mul(self.bands)?;
        out.extend(self.fixed().get(range)?.iter().copied().map(to_float));
        Some(())
    }

    /// Segment `index` of `grid`, `grid.frames` × bands values appended to `out`; `None` past the end.
    pub fn read_segment(&self, grid: SegmentGrid, index: usize, out: &mut Vec<f32>) -> Option<()> {
        self.read_frames(grid.frames_of(index), out)
    }

    /// Segments of `grid` that fit.
    pub fn segment_count(&self, grid: SegmentGrid) -> usize {
        grid.count(self.frames)
    }

    /// The frames of `range` as a spectrogram of their own; `None` where it is empty or reaches past the end.
    pub fn slice(&self, range: Range<usize>) -> Option<Spectrogram> {
        let frames = range.end.checked_sub(range.start).filter(|frames| *frames > 0)?;
        let mut values = Vec::new();
        self.read_frames(range, &mut values)?;
        Spectrogram::new(frames, self.bands, values).ok()
    }
}

impl std::fmt::Debug for MappedSpectrogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MappedSpectrogram({} × {})", self.frames, self.bands)
    }
}

fn to_float(fixed: u16) -> f32 {
    f32::from(fixed) / ONE
}

fn shape(file: &ArrayFile, path: &Path) -> Result<(usize, usize), LibraryError> {
    let (rows, columns) = (file.header.rows, file.header.columns);
    match (usize::try_from(rows), usize::try_from(columns)) {
        (Ok(frames), Ok(bands)) => Ok((frames, bands)),
        _ => Err(LibraryError::Damaged { path: path.to_path_buf(), reason: format!("{rows} × {columns} values") }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn fixed_point_moves_a_value_by_less_than_a_hundred_thousandth(values in proptest::collection::vec(0.0_f32..=1.0, 1..64)) {
            let spectrogram = Spectrogram::new(values.len(), 1, values.clone()).unwrap();
            let bytes = to_fixed(&spectrogram);
            for (pair, value) in bytes.chunks_exact(2).zip(&values) {
                let back = to_float(u16::from_le_bytes([pair[0], pair[1]]));
                prop_assert!((back - value).abs() < 1e-5, "{value} came back as {back}");
            }
        }
    }

    #[test]
    fn the_ends_are_exact_and_the_outside_is_clamped() {
        let spectrogram = Spectrogram::new(4, 1, vec![0.0, 1.0, -3.0, 7.0]).unwrap();
        assert_eq!(to_fixed(&spectrogram), [0, 0, 255, 255, 0, 0, 255, 255]);
        assert_eq!(to_float(0), 0.0);
        assert_eq!(to_float(u16::MAX), 1.0);
    }
}
