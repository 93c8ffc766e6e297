//! Triplets of segments: an anchor, one that belongs with it, one that does not.

use std::collections::BTreeMap;

use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Setting;
use super::autoencode::Autoencode;
use crate::model::data::{TrainingTrack, read_batch};
use crate::model::embedder::values;
use crate::model::{ModelError, Positives, inputs};

/// Rows of segments: an anchor, its positive, its negative.
pub(super) type Triplet = [usize; 3];

/// The segments of one side of the split, numbered through all its tracks: which of them make triplets.
pub(super) struct Rows {
    /// First row of each track, and the row past the last one at the end.
    starts: Vec<usize>,
    /// Rows that have a positive, with their track.
    pub anchors: Vec<(usize, usize)>,
    /// Tracks that belong together: of each track, the number of its artist; with [`Positives::Recording`] its own.
    groups: Vec<usize>,
    /// Tracks of each group.
    members: Vec<Vec<usize>>,
    /// Whether every other positive is the next segment all the same.
    both: bool,
}

impl Rows {
    /// `tracks` with the segments that each has.
    pub fn of(tracks: &[TrainingTrack], segments: &[usize], positives: Positives) -> Self {
        let mut starts = vec![0];
        for count in segments {
            starts.push(starts[starts.len() - 1] + count);
        }
        let (groups, members) = match positives {
            Positives::Recording => ((0..tracks.len()).collect(), (0..tracks.len()).map(|track| vec![track]).collect()),
            Positives::Artist | Positives::Both => {
                let mut artists: BTreeMap<&str, usize> = BTreeMap::new();
                let mut members: Vec<Vec<usize>> = Vec::new();
                let mut groups = Vec::new();
                for (index, track) in tracks.iter().enumerate() {
                    let group = *artists.entry(&track.artist).or_insert(members.len());
                    if group == members.len() {
                        members.push(Vec::new());
                    }
                    members[group].push(index);
                    groups.push(group);
                }
                (groups, members)
            }
        };
        let mut rows = Self { starts, anchors: Vec::new(), groups, members, both: positives == Positives::Both };
        for track in 0..tracks.len() {
            let (start, end) = (rows.starts[track], rows.starts[track + 1]);
            // The last segment has no next one; with another track of the artist each has its positive there.
            let end = if rows.has_sibling(track) { end } else { end.saturating_sub(1) };
            rows.anchors.extend((start..end).map(|row| (row, track)));
        }
        rows
    }

    fn has_sibling(&self, track: usize) -> bool {
        self.members[self.groups[track]]
            .iter()
            .any(|other| *other != track && self.starts[*other] < self.starts[other + 1])
    }

    pub fn count(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// Whether there is a pair to learn from and another group to tell it from.
    pub fn is_enough(&self) -> bool {
        let known = |group: &&Vec<usize>| group.iter().any(|track| self.starts[*track] < self.starts[track + 1]);
        !self.anchors.is_empty() && self.members.iter().filter(known).count() > 1
    }

    /// The track of a row, and the segment that it is there.
    pub fn place(&self, row: usize) -> (usize, usize) {
        let track = self.starts.partition_point(|start| *start <= row) - 1;
        (track, row - self.starts[track])
    }

    /// The positive, the next segment of the track or any of another track by its artist, and a row of another group.
    pub fn triplet(&self, (anchor, track): (usize, usize), random: &mut ChaCha8Rng) -> Triplet {
        let next = anchor + 1 < self.starts[track + 1];
        let positive = if self.has_sibling(track) && !(self.both && next && random.random::<bool>()) {
            let group = &self.members[self.groups[track]];
            loop {
                let other = group[random.random_range(0..group.len())];
                let rows = self.starts[other]..self.starts[other + 1];
                if other != track && !rows.is_empty() {
                    break random.random_range(rows);
                }
            }
        } else {
            anchor + 1
        };
        loop {
            let row = random.random_range(0..self.count());
            if self.groups[self.place(row).0] != self.groups[track] {
                return [anchor, positive, row];
            }
        }
    }
}

/// Encodings of one side of the split: rows × N.
pub(super) struct Encodings {
    dim: usize,
    values: Vec<f32>,
    pub rows: Rows,
}

impl Encodings {
    pub fn of<A: Autoencode>(
        setting: &Setting<'_>,
        autoencoder: &A,
        tracks: &[TrainingTrack],
    ) -> Result<Self, ModelError> {
        let (mut encoded, mut segments) = (Vec::new(), Vec::new());
        for track in tracks {
            setting.control.checkpoint()?;
            let batch = read_batch(setting.source, &[track], setting.config.grid, setting.config.source_bands())?;
            segments.push(batch.rows);
            let input = inputs::tensor(batch.values, setting.config, &setting.device.device);
            encoded.extend(values(autoencoder.encode(input))?);
        }
        let rows = Rows::of(tracks, &segments, setting.spec.positives);
        Ok(Self { dim: setting.config.encoding, values: encoded, rows })
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.dim..(row + 1) * self.dim]
    }

    /// Mean distance of random pairs of rows.
    pub fn scale(&self, seed: u64) -> f32 {
        const PAIRS: usize = 2_000;
        let rows = self.rows.count();
        if rows < 2 {
            return 1.0;
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let sum: f64 = (0..PAIRS)
            .map(|_| {
                let a = self.row(random.random_range(0..rows));
                let b = self.row(random.random_range(0..rows));
                let squares = a.iter().zip(b).map(|(x, y)| f64::from(x - y).powi(2));
                squares.sum::<f64>().sqrt()
            })
            .sum();
        let mean = (sum / PAIRS as f64) as f32;
        if mean > 0.0 { mean } else { 1.0 }
    }

    /// Anchors, positives and negatives: rows × N each.
    pub fn triplets(&self, triplets: &[Triplet], device: &Device) -> [Tensor<2>; 3] {
        std::array::from_fn(|side| {
            let values: Vec<f32> = triplets.iter().flat_map(|rows| self.row(rows[side])).copied().collect();
            Tensor::from_data(TensorData::new(values, [triplets.len(), self.dim]), device)
        })
    }
}

/// The loss of every triplet, and 1 for each in the right order: rows × 1.
pub(super) fn losses(
    layer: &Linear,
    [anchors, positives, negatives]: [Tensor<2>; 3],
    margin: f64,
) -> (Tensor<2>, Tensor<2>) {
    let anchors = layer.forward(anchors);
    let near = distance(anchors.clone(), layer.forward(positives));
    let far = distance(anchors, layer.forward(negatives));
    let order = near.clone().lower(far.clone()).float();
    ((near - far).add_scalar(margin).clamp_min(0.0), order)
}

/// Euclidean distance of the rows; the small number keeps the root's slope finite where two points meet.
fn distance(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    (a - b).square().sum_dim(1).add_scalar(1e-12).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TrackId;

    fn tracks(artists: &[&str]) -> Vec<TrainingTrack> {
        let track = |(index, artist): (usize, &&str)| TrainingTrack {
            id: TrackId(index as i64),
            artist: (*artist).to_owned(),
            album: None,
            frames: 0..1_500,
        };
        artists.iter().enumerate().map(track).collect()
    }

    #[test]
    fn a_recordings_positive_is_the_next_segment_and_the_negative_of_another() {
        let rows = Rows::of(&tracks(&["a", "a", "b"]), &[3, 2, 1], Positives::Recording);
        assert_eq!(rows.anchors, [(0, 0), (1, 0), (3, 1)]);
        assert!(rows.is_enough());
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..100 {
            for anchor in &rows.anchors {
                let [row, positive, negative] = rows.triplet(*anchor, &mut random);
                assert!(row == anchor.0 && positive == row + 1 && rows.place(negative).0 != anchor.1);
            }
        }
    }

    #[test]
    fn an_artists_positive_is_of_another_track_and_the_negative_of_another_artist() {
        let rows = Rows::of(&tracks(&["a", "b", "a", "c"]), &[2, 2, 3, 0], Positives::Artist);
        // The only track of an artist falls back on its next segment.
        assert_eq!(rows.anchors.iter().filter(|(_, track)| *track == 1).count(), 1);
        assert_eq!(rows.anchors.len(), 2 + 1 + 3);
        let mut random = ChaCha8Rng::seed_from_u64(2);
        for _ in 0..100 {
            for anchor in &rows.anchors {
                let [row, positive, negative] = rows.triplet(*anchor, &mut random);
                let (of, with) = (rows.place(row).0, rows.place(positive).0);
                assert_eq!((of, with), if anchor.1 == 1 { (1, 1) } else { (anchor.1, 2 - anchor.1) });
                assert_eq!(rows.place(negative).0 == 1, anchor.1 != 1);
            }
        }
        assert!(!Rows::of(&tracks(&["a", "a"]), &[2, 2], Positives::Artist).is_enough());
    }
}
