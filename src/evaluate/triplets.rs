//! Triplet accuracy: is a segment nearer to its own music than to another artist's?

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::domain::TrackId;
use crate::similarity::Index;
use crate::similarity::kernel::squared_distance;

use super::collection::Collection;
use super::report::{Measure, Score};
use super::score::mean_score;

/// Triplets of each kind that every track is the anchor of.
const PER_TRACK: usize = 20;
/// Draws after which no track of another artist is looked for any more.
const DRAWS: usize = 200;

/// Where the positive of a triplet comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The segment after the anchor, as in training. Where segments overlap, the two share sound.
    NextSegment,
    /// Any segment of another clip of the same recording.
    OtherClip,
}

/// The share of triplets (a, p, n) with d(a, p) < d(a, n), d the Euclidean distance of points; an equal distance counts
/// half. For every track 20 triplets of each kind: a random segment as the anchor; the next segment, or a random segment of
/// another clip of the recording, as the positive; a random segment of a random track of another artist as the
/// negative. The same seed draws the same triplets for every system with the same segments. Chance is ½.
pub fn triplets(index: &Index, collection: &Collection, seed: u64) -> Vec<Score> {
    let groups = collection.groups();
    let kinds = [(Kind::NextSegment, "next segment"), (Kind::OtherClip, "other clip")];
    let scores = kinds.iter().zip(1..).filter_map(|((kind, label), stream)| {
        let values: Vec<(usize, (f64, f64))> = (0..collection.len())
            .into_par_iter()
            .filter_map(|track| {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream((track as u64) * 2 + stream);
                Some((groups[track], (accuracy(index, collection, *kind, track, &mut random)?, 0.5)))
            })
            .collect();
        mean_score(Measure::Triplets, label, &values, seed)
    });
    scores.collect()
}

/// The share of a track's triplets in the right order; `None` where it has none.
fn accuracy(index: &Index, collection: &Collection, kind: Kind, track: usize, random: &mut ChaCha8Rng) -> Option<f64> {
    let points = |place: usize| {
        index.points(id(collection, place)).map(|values| values.chunks_exact(index.dim()).collect::<Vec<&[f32]>>())
    };
    let own = points(track)?;
    let clips: Vec<usize> =
        (0..collection.len()).filter(|other| *other != track && collection.same_recording(track, *other)).collect();
    let (mut right, mut count) = (0.0, 0_usize);
    for _ in 0..PER_TRACK {
        let (anchor, positive) = match kind {
            Kind::NextSegment => {
                let anchor = random.random_range(0..own.len().checked_sub(1).filter(|count| *count > 0)?);
                (anchor, own[anchor + 1])
            }
            Kind::OtherClip => {
                let anchor = random.random_range(0..own.len());
                let clip = points(*clips.get(random.random_range(0..clips.len().max(1)))?)?;
                (anchor, clip[random.random_range(0..clip.len())])
            }
        };
        let others = (0..DRAWS).map(|_| random.random_range(0..collection.len()));
        let other = others.into_iter().find(|other| *other != track && !collection.may_share_artist(track, *other))?;
        let other = points(other)?;
        let negative = other[random.random_range(0..other.len())];
        let anchor = own[anchor];
        let (near, far) = (squared_distance(anchor, positive), squared_distance(anchor, negative));
        right += if near < far {
            1.0
        } else if near > far {
            0.0
        } else {
            0.5
        };
        count += 1;
    }
    Some(right / count as f64)
}

fn id(collection: &Collection, place: usize) -> TrackId {
    collection.tracks[place]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Trajectory;
    use crate::evaluate::Column;

    #[test]
    fn tracks_that_stay_in_their_place_are_told_apart_and_equal_ones_are_not() {
        let names: Vec<Option<String>> = (0..4).map(|index| Some(format!("artist {}", index / 2))).collect();
        let recordings: Vec<Option<String>> = (0..4).map(|index| Some(format!("{}", index / 2))).collect();
        let columns = vec![Column::new("artist", &names), Column::new("recording", &recordings)];
        let ids: Vec<TrackId> = (1..=4).map(TrackId).collect();
        let collection = Collection::new(ids.clone(), columns, &[], &[]).unwrap();
        let index = |step: f32| {
            let path = |place: usize| Trajectory::new(1, vec![(place / 2) as f32 * step; 3]).unwrap();
            Index::new(ids.iter().enumerate().map(|(place, id)| (*id, path(place))).collect()).unwrap()
        };
        let apart = triplets(&index(10.0), &collection, 1);
        assert_eq!(
            apart.iter().map(|score| (score.label.as_str(), score.value)).collect::<Vec<_>>(),
            [("next segment", 1.0), ("other clip", 1.0)]
        );
        assert!(triplets(&index(0.0), &collection, 1).iter().all(|score| score.value == 0.5));
    }
}
