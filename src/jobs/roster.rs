//! Who is where in the compact stores of a catalogue, as one file that opens without a look into the database.

use crate::domain::{ContentHash, TrackId};
use crate::library::Extent;

const MAGIC: [u8; 16] = *b"SLroster\x01\0\0\0\0\0\0\0";
/// Magic, checksum, stamp, weights, extent, then dimensions, tracks and stores.
const HEAD: usize = 16 + 32 + 32 + 32 + 6 * 8 + 3 * 8;

/// A catalogue and where its tracks lie.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Roster {
    /// What the library had when it was written.
    pub extent: Extent,
    pub weights: ContentHash,
    /// The stamp of the catalogue.
    pub stamp: [u8; 32],
    pub dim: usize,
    /// Number of each store's file, and how many tracks it has.
    pub stores: Vec<(u64, usize)>,
    /// Track, first value and number of values, by rising track.
    pub lies: Vec<(TrackId, usize, usize)>,
    /// For each of them its slot, counted through all stores.
    pub slots: Vec<u32>,
}

impl Roster {
    pub fn encode(&self) -> Vec<u8> {
        let extent = &self.extent;
        let words = [
            extent.generation,
            extent.points as i64,
            extent.trajectories[0],
            extent.trajectories[1],
            extent.paths[0],
            extent.paths[1],
            self.dim as i64,
            self.lies.len() as i64,
            self.stores.len() as i64,
        ];
        let mut bytes = Vec::with_capacity(HEAD + self.stores.len() * 16 + self.lies.len() * 24);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[0; 32]);
        bytes.extend_from_slice(&self.stamp);
        bytes.extend_from_slice(&self.weights.0);
        words.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        for (number, tracks) in &self.stores {
            bytes.extend_from_slice(&number.to_le_bytes());
            bytes.extend_from_slice(&(*tracks as u64).to_le_bytes());
        }
        self.lies.iter().for_each(|(track, ..)| bytes.extend_from_slice(&track.0.to_le_bytes()));
        self.lies.iter().for_each(|(_, start, _)| bytes.extend_from_slice(&(*start as u64).to_le_bytes()));
        self.lies.iter().for_each(|(.., length)| bytes.extend_from_slice(&(*length as u32).to_le_bytes()));
        self.slots.iter().for_each(|slot| bytes.extend_from_slice(&slot.to_le_bytes()));
        let sum = blake3::hash(&bytes[48..]);
        bytes[16..48].copy_from_slice(sum.as_bytes());
        bytes
    }

    /// Nothing where the bytes are damaged or of another version.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.get(..16)? != MAGIC || bytes.get(16..48)? != blake3::hash(bytes.get(48..)?).as_bytes() {
            return None;
        }
        let array = |at: usize| -> Option<[u8; 32]> { bytes.get(at..at + 32)?.try_into().ok() };
        let word = |at: usize| -> Option<i64> { Some(i64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?)) };
        let mut words = [0; 9];
        for (index, value) in words.iter_mut().enumerate() {
            *value = word(112 + index * 8)?;
        }
        let size = |value: i64| usize::try_from(value).ok();
        let (dim, tracks, stores) = (size(words[6])?, size(words[7])?, size(words[8])?);
        let mut rest = bytes.get(HEAD..)?;
        let mut take = |count: usize, width: usize| {
            let (head, tail) = rest.split_at_checked(count.checked_mul(width)?)?;
            rest = tail;
            Some(head)
        };
        let eights =
            |bytes: &[u8]| -> Vec<u64> { bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect() };
        let fours =
            |bytes: &[u8]| -> Vec<u32> { bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect() };
        let stores = eights(take(stores, 16)?);
        let (ids, starts) = (eights(take(tracks, 8)?), eights(take(tracks, 8)?));
        let (lengths, slots) = (fours(take(tracks, 4)?), fours(take(tracks, 4)?));
        let lies = ids.iter().zip(&starts).zip(&lengths);
        Some(Self {
            extent: Extent {
                generation: words[0],
                points: words[1] as u64,
                trajectories: [words[2], words[3]],
                paths: [words[4], words[5]],
            },
            weights: ContentHash(array(80)?),
            stamp: array(48)?,
            dim,
            stores: stores.as_chunks::<2>().0.iter().map(|[number, tracks]| (*number, *tracks as usize)).collect(),
            lies: lies.map(|((id, start), length)| (TrackId(*id as i64), *start as usize, *length as usize)).collect(),
            slots,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roster_survives_its_bytes_and_no_damaged_one_is_read() {
        let roster = Roster {
            extent: Extent { generation: 3, points: 700, trajectories: [50, 1_275], paths: [51, 1_326] },
            weights: ContentHash([7; 32]),
            stamp: [9; 32],
            dim: 8,
            stores: vec![(4, 30), (6, 20)],
            lies: (0..50).map(|i| (TrackId(i + 1), i as usize * 112, 112)).collect(),
            slots: (0..50).rev().collect(),
        };
        let bytes = roster.encode();
        assert_eq!(Roster::decode(&bytes), Some(roster));
        for cut in 0..bytes.len() {
            assert_eq!(Roster::decode(&bytes[..cut]), None, "cut at {cut}");
        }
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 16;
            assert_eq!(Roster::decode(&bent), None, "byte {at}");
        }
    }
}
