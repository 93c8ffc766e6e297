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
    /// Distance from the altered track to the original, divided by the distance that tracks typically have.
    pub displacement: f64,
}

impl Found {
    /// Judges the distances from the altered version of `track` to every track. `typical` is the median over tracks of the
    /// median distance to the others. Of equally near tracks the one with the lower id is first.
    pub fn of(track: usize, alteration: Alteration, distances: &[f32], typical: f64) -> Self {
        let own = distances[track];
        let nearer = distances
            .iter()
            .enumerate()
            .any(|(place, distance)| distance.total_cmp(&own).then(place.cmp(&track)).is_lt());
        let displacement = if typical > 0.0 { f64::from(own) / typical } else { 0.0 };
        Self { track, alteration, first: !nearer, displacement }
    }
}

/// R@1 (the original is the nearest track) and the mean displacement for each alteration. Chance for R@1 is one in as many
/// as there are tracks.
pub fn robustness(found: &[Found], collection: &Collection, seed: u64) -> Vec<Score> {
    let groups = collection.groups();
    let chance = 1.0 / collection.len().max(1) as f64;
    let scores = Alteration::ALL.into_iter().flat_map(|alteration| {
        let of = |value: fn(&Found) -> f64, chance: f64| -> Vec<(usize, (f64, f64))> {
            let found = found.iter().filter(|found| found.alteration == alteration);
            found.map(|found| (groups[found.track], (value(found), chance))).collect()
        };
        let first = of(|found| f64::from(u8::from(found.first)), chance);
        // There is no chance level for a distance.
        let moved = of(|found| found.displacement, f64::NAN);
        [
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
        let found = |distances: &[f32]| Found::of(1, Alteration::Quieter, distances, 2.0);
        assert!(found(&[2.0, 1.0, 3.0]).first && !found(&[0.5, 1.0, 3.0]).first);
        assert!(!found(&[1.0, 1.0]).first && found(&[3.0, 1.0, 1.0]).first, "the lower id is first");
        assert_eq!(found(&[2.0, 1.0, 3.0]).displacement, 0.5);
        assert_eq!(Found::of(0, Alteration::Shift, &[1.0], 0.0).displacement, 0.0);
    }

    #[test]
    fn the_means_over_tracks_stand_beside_chance() {
        let names: Vec<Option<String>> = (0..4).map(|index| Some(index.to_string())).collect();
        let columns = vec![Column::new("recording", &names), Column::new("artist", &names)];
        let collection = Collection::new((1..=4).map(TrackId).collect(), columns, &[], &[]).unwrap();
        let found = [
            Found::of(0, Alteration::Noise, &[1.0, 2.0, 2.0, 2.0], 2.0),
            Found::of(1, Alteration::Noise, &[1.0, 3.0, 2.0, 2.0], 2.0),
        ];
        let scores = robustness(&found, &collection, 1);
        assert_eq!(scores.len(), 2);
        assert_eq!((scores[0].value, scores[0].chance, scores[0].queries), (0.5, Some(0.25), 2));
        assert_eq!((scores[1].measure, scores[1].value, scores[1].chance), (Measure::Displacement, 1.0, None));
    }
}
