//! Is an altered recording still found?

use super::alterations::Alteration;
use super::collection::Collection;
use super::report::{Measure, Score};
use super::score::mean_score;

/// How an altered track was found in the collection under one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Place of the original in the collection.
    pub track: usize,
    pub alteration: Alteration,
    /// Whether the original is the nearest track.
    pub first: bool,
    /// Whether the nearest track is of the same recording.
    pub same_recording: bool,
    /// Distance from the altered track to the original, divided by the distance that tracks typically have.
    pub displacement: f64,
}

impl Found {
    /// Judges the distances from the altered version of `track` to every track; `recordings` has for each of them the number
    /// of its recording. `typical` is the median over tracks of the median distance to the others. Of equally near tracks
    /// the one with the lower id is first.
    pub fn of(track: usize, alteration: Alteration, distances: &[f32], recordings: &[usize], typical: f64) -> Self {
        let nearest = nearest(distances).unwrap_or(track);
        let displacement = if typical > 0.0 { f64::from(distances[track]) / typical } else { 0.0 };
        let same_recording = recordings[nearest] == recordings[track];
        Self { track, alteration, first: nearest == track, same_recording, displacement }
    }
}

/// The place of the least distance; the first of several.
pub fn nearest(distances: &[f32]) -> Option<usize> {
    distances.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map(|(place, _)| place)
}

/// Whether the nearest is the same recording, R@1 (it is the original itself) and the mean displacement for each alteration.
/// Chance for R@1 is one in as many as there are tracks, and for a recording its clips in as many.
pub fn robustness(found: &[Found], collection: &Collection, seed: u64) -> Vec<Score> {
    let groups = collection.groups();
    let chance = 1.0 / collection.len().max(1) as f64;
    let clips = |group: usize| groups.iter().filter(|other| **other == group).count() as f64;
    let scores = Alteration::ALL.into_iter().flat_map(|alteration| {
        let of = |value: &dyn Fn(&Found) -> (f64, f64)| -> Vec<(usize, (f64, f64))> {
            let found = found.iter().filter(|found| found.alteration == alteration);
            found.map(|found| (groups[found.track], value(found))).collect()
        };
        let one = |is: bool| f64::from(u8::from(is));
        let recording = of(&|found| (one(found.same_recording), chance * clips(groups[found.track])));
        let first = of(&|found| (one(found.first), chance));
        // There is no chance level for a distance.
        let moved = of(&|found| (found.displacement, f64::NAN));
        [
            mean_score(Measure::RecordingAt1, alteration.name(), &recording, seed),
            mean_score(Measure::RecallAt1, alteration.name(), &first, seed),
            mean_score(Measure::Displacement, alteration.name(), &moved, seed),
        ]
    });
    scores.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TrackId;
    use crate::evaluate::Column;

    #[test]
    fn the_original_must_be_first() {
        let found = |distances: &[f32]| Found::of(1, Alteration::Quieter, distances, &[7, 8, 8], 2.0);
        assert!(found(&[2.0, 1.0, 3.0]).first && !found(&[0.5, 1.0, 3.0]).first);
        assert!(!found(&[1.0, 1.0]).first && found(&[3.0, 1.0, 1.0]).first, "the lower id is first");
        assert_eq!(found(&[2.0, 1.0, 3.0]).displacement, 0.5);
        let sibling = found(&[2.0, 1.0, 0.5]);
        assert!(!sibling.first && sibling.same_recording, "another clip of the recording is nearer");
        assert!(!found(&[0.5, 1.0, 3.0]).same_recording && found(&[2.0, 1.0, 3.0]).same_recording);
        assert_eq!(Found::of(0, Alteration::Shift, &[1.0], &[0], 0.0).displacement, 0.0);
    }

    #[test]
    fn the_means_over_tracks_stand_beside_chance() {
        let names: Vec<Option<String>> = [0, 1, 2, 2].map(|index| Some(index.to_string())).to_vec();
        let columns = vec![Column::new("recording", &names), Column::new("artist", &names)];
        let collection = Collection::new((1..=4).map(TrackId).collect(), columns, &[], &[]).unwrap();
        let found = [
            Found::of(0, Alteration::Noise, &[1.0, 2.0, 2.0, 2.0], &[0, 1, 2, 2], 2.0),
            Found::of(2, Alteration::Noise, &[3.0, 3.0, 3.0, 2.0], &[0, 1, 2, 2], 2.0),
        ];
        let scores = robustness(&found, &collection, 1);
        assert_eq!(scores.len(), 3);
        let measures = scores.iter().map(|score| (score.measure, score.value, score.chance, score.queries));
        let expected = [
            (Measure::RecordingAt1, 1.0, Some(0.375), 2),
            (Measure::RecallAt1, 0.5, Some(0.25), 2),
            (Measure::Displacement, 1.0, None, 2),
        ];
        assert_eq!(measures.collect::<Vec<_>>(), expected);
    }
}
