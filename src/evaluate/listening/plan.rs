//! What is played for a query: recommendations of several models and metrics and chance picks, each track once, in random
//! order.

use rand::Rng;
use rand::seq::SliceRandom;

use crate::domain::{Chooser, TrackId};

/// What one model under one metric, or chance, recommends for a query, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub chooser: Chooser,
    pub tracks: Vec<TrackId>,
}

/// A track with all who recommended it, each with the place it gave, from 1.
pub type Credited = (TrackId, Vec<(Chooser, usize)>);

/// Every proposed track once, credited to all who proposed it, in an order that tells nothing of them.
pub fn mixed(proposals: &[Proposal], random: &mut impl Rng) -> Vec<Credited> {
    let mut picks: Vec<Credited> = Vec::new();
    for proposal in proposals {
        for (rank, track) in (1..).zip(&proposal.tracks) {
            let credit = (proposal.chooser.clone(), rank);
            match picks.iter_mut().find(|(known, _)| known == track) {
                Some((_, credits)) => credits.push(credit),
                None => picks.push((*track, vec![credit])),
            }
        }
    }
    // By number first, so that the order follows from the seed and the tracks alone, not from who came first.
    picks.sort_by_key(|(track, _)| *track);
    picks.shuffle(random);
    picks
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::domain::{ContentHash, Metric};

    fn proposal(metric: Option<Metric>, tracks: &[i64]) -> Proposal {
        let model = |metric| Chooser::Model { name: "m".to_owned(), weights: ContentHash([1; 32]), metric };
        let tracks = tracks.iter().copied().map(TrackId).collect();
        Proposal { chooser: metric.map_or(Chooser::Chance, model), tracks }
    }

    #[test]
    fn a_track_that_several_recommend_is_played_once_and_credited_to_all() {
        let proposals =
            [proposal(Some(Metric::Mean), &[7, 3]), proposal(Some(Metric::Min), &[3, 9]), proposal(None, &[9, 4])];
        let picks = mixed(&proposals, &mut ChaCha8Rng::seed_from_u64(1));
        let mut tracks: Vec<i64> = picks.iter().map(|(track, _)| track.0).collect();
        tracks.sort_unstable();
        assert_eq!(tracks, [3, 4, 7, 9]);
        let credits = |track: i64| picks.iter().find(|(known, _)| known.0 == track).unwrap().1.clone();
        let [mean, min, chance] = proposals.map(|proposal| proposal.chooser);
        assert_eq!(credits(3), [(mean, 2), (min.clone(), 1)]);
        assert_eq!(credits(9), [(min, 2), (chance, 1)], "chance is credited like anyone");
    }

    #[test]
    fn the_order_follows_from_the_seed_and_says_nothing_of_who_recommended() {
        let proposals = [proposal(Some(Metric::Mean), &[1, 2, 3, 4]), proposal(None, &[5, 6, 7, 8])];
        let order = |seed: u64| -> Vec<i64> {
            mixed(&proposals, &mut ChaCha8Rng::seed_from_u64(seed)).iter().map(|(track, _)| track.0).collect()
        };
        assert_eq!(order(3), order(3));
        // Over many seeds each half of the picks comes first as often as the other: 4.5 is the middle of the places.
        let places: f64 =
            (0..400).map(|seed| order(seed).iter().position(|track| *track == 1).unwrap() as f64).sum::<f64>() / 400.0;
        assert!((places - 3.5).abs() < 0.35, "{places}");
    }
}
