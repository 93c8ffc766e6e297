//! The compact store: what the first pass over a catalogue reads, as one run of bytes that is the same in memory and on
//! disk.
//!
//! Tracks stand in blocks of sixteen. Within a block, each point is a run of groups of four dimensions, and each group
//! holds the bytes of all sixteen tracks. There are four sets of points: of each track's mean and of all its points, each
//! as an image of 32 coordinates ([`Basis`]) and in all dimensions; and the first and the last point's image once more, for
//! they are read alone. Beside each: squared norms on the grid, and by how much rounding may have moved each track.

use std::ops::Range;
use std::sync::Arc;

use super::assist::Means;
use super::basis::{Basis, NEAR};
use super::grid::{GROUP, Grid};
use super::kernels::Block;
use super::simd::LANES;
use crate::domain::TrackId;

/// Told apart from older and newer layouts.
pub const VERSION: u32 = 1;
pub(super) const MAGIC: [u8; 8] = *b"SLsearch";
/// Sections begin at multiples of this many bytes, as vector registers like it.
pub(super) const ALIGN: usize = 64;
pub(super) const HEADER: usize = 1024;

/// The sections in the order in which they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Axes,
    Centre,
    Offsets,
    Tracks,
    Starts,
    Lengths,
    Rows,
    MeanNear,
    MeanNearNorms,
    MeanNearErrors,
    Radii,
    MeanWhole,
    MeanWholeNorms,
    MeanWholeErrors,
    Ends,
    EndsNorms,
    Near,
    NearNorms,
    NearErrors,
    Whole,
    WholeNorms,
    WholeErrors,
}

pub(super) const SECTIONS: usize = 22;

/// Bytes that a store lies in: memory of its own, or a mapped file.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Why bytes are no store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("it is no search file, or of another version")]
    Foreign,
    #[error("its header or its size is damaged")]
    Damaged,
}

/// Dimensions that no model has; what names more is damaged.
const WIDEST: usize = 1 << 16;

/// A part of a catalogue, ready for the first pass.
#[derive(Clone)]
pub struct Store {
    bytes: Bytes,
    sections: [Range<usize>; SECTIONS],
    dim: usize,
    tracks: usize,
    basis: Basis,
    near: Grid,
    mean: Grid,
    whole: Grid,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({} tracks of {} dimensions)", self.tracks, self.dim)
    }
}

/// Bytes of each section, in the order of [`Section`].
pub(super) fn lengths(dim: usize, blocks: usize, rows: usize) -> [usize; SECTIONS] {
    let slots = blocks * LANES;
    let whole = dim.div_ceil(GROUP) * GROUP;
    [
        NEAR.saturating_sub(1).min(dim) * dim * 4,
        dim * 4,
        (NEAR + dim + dim) * 4,
        slots * 8,
        slots * 8,
        slots * 4,
        (blocks + 1) * 4,
        slots * NEAR,
        slots * 4,
        slots * 4,
        slots * 4,
        slots * whole,
        slots * 4,
        slots * 4,
        2 * slots * NEAR,
        2 * slots * 4,
        rows * LANES * NEAR,
        rows * LANES * 4,
        slots * 4,
        rows * LANES * whole,
        rows * LANES * 4,
        slots * 4,
    ]
}

impl Store {
    /// Reads the header; nothing else is touched, so that a mapped file opens at once.
    ///
    /// # Errors
    /// [`StoreError`] where the bytes are not a whole store.
    pub fn open(bytes: Bytes) -> Result<Self, StoreError> {
        let all = (*bytes).as_ref();
        if all.get(..8) != Some(&MAGIC) {
            return Err(StoreError::Foreign);
        }
        let header = all.get(..HEADER).ok_or(StoreError::Damaged)?;
        if !all.as_ptr().addr().is_multiple_of(ALIGN) {
            return Err(StoreError::Damaged);
        }
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| header[at + byte]));
        if word(8) != u64::from(VERSION) {
            return Err(StoreError::Foreign);
        }
        if word(HEADER - 8) != checksum(&header[..HEADER - 8]) {
            return Err(StoreError::Damaged);
        }
        let size = |at: usize| usize::try_from(word(at)).map_err(|_| StoreError::Damaged);
        let (dim, tracks) = (size(16)?, size(24)?);
        let float = |at: usize| f32::from_le_bytes(std::array::from_fn(|byte| header[at + byte]));
        let steps = [float(32), float(36), float(40)];
        let mut sections: [Range<usize>; SECTIONS] = std::array::from_fn(|_| 0..0);
        for (index, section) in sections.iter_mut().enumerate() {
            let (start, length) = (size(64 + index * 16)?, size(72 + index * 16)?);
            let end = start.checked_add(length).ok_or(StoreError::Damaged)?;
            if start % ALIGN != 0 || end > all.len() {
                return Err(StoreError::Damaged);
            }
            *section = start..end;
        }
        if dim == 0 || dim > WIDEST || tracks > u32::MAX as usize {
            return Err(StoreError::Damaged);
        }
        let rows = sections[Section::Near as usize].len() / (NEAR * LANES);
        let expected = lengths(dim, tracks.div_ceil(LANES), rows);
        if sections.iter().zip(expected).any(|(section, expected)| section.len() != expected) {
            return Err(StoreError::Damaged);
        }
        let floats = |section: Section| cast::<f32>(&all[sections[section as usize].clone()]);
        let offsets = floats(Section::Offsets);
        let basis = Basis { centre: floats(Section::Centre).to_vec(), axes: floats(Section::Axes).to_vec() };
        let near = Grid { offset: offsets[..NEAR].to_vec(), step: steps[0] };
        let mean = Grid { offset: offsets[NEAR..NEAR + dim].to_vec(), step: steps[1] };
        let whole = Grid { offset: offsets[NEAR + dim..].to_vec(), step: steps[2] };
        let store = Self { sections, dim, tracks, basis, near, mean, whole, bytes: bytes.clone() };
        let starts = store.rows();
        let rising = starts.windows(2).all(|pair| pair[0] < pair[1]);
        if starts.first() != Some(&0) || starts.last().map(|last| *last as usize) != Some(rows) || !rising {
            return Err(StoreError::Damaged);
        }
        Ok(store)
    }

    /// The bytes it lies in.
    pub fn bytes(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }

    /// Number of tracks.
    pub fn len(&self) -> usize {
        self.tracks
    }

    /// Whether there is no track.
    pub fn is_empty(&self) -> bool {
        self.tracks == 0
    }

    /// Dimensions of a point.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of blocks.
    pub(super) fn blocks(&self) -> usize {
        self.tracks.div_ceil(LANES)
    }

    pub(super) fn basis(&self) -> &Basis {
        &self.basis
    }

    /// The grids of images, of whole means and of whole points.
    pub(super) fn grids(&self) -> [&Grid; 3] {
        [&self.near, &self.mean, &self.whole]
    }

    fn section<T: bytemuck::AnyBitPattern>(&self, section: Section) -> &[T] {
        cast(&self.bytes()[self.sections[section as usize].clone()])
    }

    /// The track of each place, where its points start in the file they come from, and how many there are.
    pub fn tracks(&self) -> impl ExactSizeIterator<Item = (TrackId, u64, usize)> {
        let (ids, starts) = (self.section::<i64>(Section::Tracks), self.section::<u64>(Section::Starts));
        let lengths = self.lengths();
        (0..self.tracks).map(move |slot| (TrackId(ids[slot]), starts[slot], lengths[slot].max(0) as usize))
    }

    fn rows(&self) -> &[u32] {
        self.section(Section::Rows)
    }

    fn lengths(&self) -> &[i32] {
        self.section(Section::Lengths)
    }

    /// Points of each track of a block.
    pub(super) fn block_lengths(&self, block: usize) -> &[i32] {
        &self.lengths()[block * LANES..(block + 1) * LANES]
    }

    /// Points of the longest track of a block.
    pub(super) fn points(&self, block: usize) -> usize {
        let rows = &self.rows()[block..block + 2];
        (rows[1] - rows[0]) as usize
    }

    fn part(&self, sections: [Section; 3], groups: usize, rows: Range<usize>, block: usize) -> Block<'_> {
        self.parts(sections, groups, rows, block..block + 1)
    }

    fn parts(&self, sections: [Section; 3], groups: usize, rows: Range<usize>, blocks: Range<usize>) -> Block<'_> {
        let width = groups * GROUP * LANES;
        Block {
            data: &self.section::<u8>(sections[0])[rows.start * width..rows.end * width],
            norms: &self.section::<i32>(sections[1])[rows.start * LANES..rows.end * LANES],
            errors: &self.section::<f32>(sections[2])[blocks.start * LANES..blocks.end * LANES],
        }
    }

    /// The images of the means of neighbouring blocks, and their radii.
    pub(super) fn means_near(&self, blocks: Range<usize>) -> (Block<'_>, &[f32]) {
        let sections = [Section::MeanNear, Section::MeanNearNorms, Section::MeanNearErrors];
        let radii = &self.section::<f32>(Section::Radii)[blocks.start * LANES..blocks.end * LANES];
        (self.parts(sections, NEAR / GROUP, blocks.clone(), blocks), radii)
    }

    /// The images of the first and the last points of neighbouring blocks.
    pub(super) fn all_ends(&self, blocks: Range<usize>) -> Block<'_> {
        let sections = [Section::Ends, Section::EndsNorms, Section::NearErrors];
        self.parts(sections, NEAR / GROUP, 2 * blocks.start..2 * blocks.end, blocks)
    }

    /// The images of the means of all blocks.
    pub fn means(&self) -> Means<'_> {
        let (block, radii) = self.means_near(0..self.blocks());
        Means { points: block.data, norms: block.norms, errors: block.errors, radii }
    }

    /// The images of the means.
    pub(super) fn mean_near(&self, block: usize) -> Block<'_> {
        let sections = [Section::MeanNear, Section::MeanNearNorms, Section::MeanNearErrors];
        self.part(sections, NEAR / GROUP, block..block + 1, block)
    }

    /// For each track of a block: how far any of its points' images is from its mean's.
    pub(super) fn radii(&self, block: usize) -> &[f32] {
        &self.section::<f32>(Section::Radii)[block * LANES..(block + 1) * LANES]
    }

    /// The means in all dimensions.
    pub(super) fn mean_whole(&self, block: usize) -> Block<'_> {
        let sections = [Section::MeanWhole, Section::MeanWholeNorms, Section::MeanWholeErrors];
        self.part(sections, self.whole.groups(), block..block + 1, block)
    }

    /// The images of the first and the last points.
    pub(super) fn ends(&self, block: usize) -> Block<'_> {
        let sections = [Section::Ends, Section::EndsNorms, Section::NearErrors];
        self.part(sections, NEAR / GROUP, 2 * block..2 * block + 2, block)
    }

    fn block_rows(&self, block: usize) -> Range<usize> {
        let rows = &self.rows()[block..block + 2];
        rows[0] as usize..rows[1] as usize
    }

    /// The images of all points.
    pub(super) fn near(&self, block: usize) -> Block<'_> {
        let sections = [Section::Near, Section::NearNorms, Section::NearErrors];
        self.part(sections, NEAR / GROUP, self.block_rows(block), block)
    }

    /// All points in all dimensions.
    pub(super) fn whole(&self, block: usize) -> Block<'_> {
        let sections = [Section::Whole, Section::WholeNorms, Section::WholeErrors];
        self.part(sections, self.whole.groups(), self.block_rows(block), block)
    }

    /// Bytes of each part, by name: what a query reads first comes first.
    pub fn sizes(&self) -> Vec<(&'static str, usize)> {
        let sum = |from: Section, to: Section| {
            self.sections[from as usize..=to as usize].iter().map(|section| section.len()).sum::<usize>()
        };
        vec![
            ("tracks", sum(Section::Axes, Section::Rows)),
            ("images of means", sum(Section::MeanNear, Section::Radii)),
            ("images of end points", sum(Section::Ends, Section::EndsNorms)),
            ("whole means", sum(Section::MeanWhole, Section::MeanWholeErrors)),
            ("images of points", sum(Section::Near, Section::NearErrors)),
            ("whole points", sum(Section::Whole, Section::WholeErrors)),
        ]
    }
}

/// Sections start at multiples of 64 bytes in bytes that start at such a multiple, and hold whole numbers of values.
fn cast<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> &[T] {
    bytemuck::try_cast_slice(bytes).unwrap_or_default()
}

/// FNV-1a, for the header alone.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
