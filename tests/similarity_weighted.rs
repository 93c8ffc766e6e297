//! More of this, less of that: what weights mean, in a small index and through the engine of a large one.

use proptest::prelude::*;
use songline::domain::{Metric, TrackId, Trajectory};
use songline::similarity::{Index, Recommendations, SearchOptions, distance};

const DIM: usize = 3;

fn trajectory(values: &[f32]) -> Trajectory {
    Trajectory::new(DIM, values.to_vec()).unwrap()
}

fn tracks() -> impl Strategy<Value = Vec<Vec<f32>>> {
    prop::collection::vec(prop::collection::vec(-3.0..3.0_f32, DIM * 4), 8..40)
}

fn indexes(tracks: &[Vec<f32>]) -> [Index; 2] {
    let make = || Index::new((1..).map(TrackId).zip(tracks.iter().map(|track| trajectory(track))).collect()).unwrap();
    [make(), make().compacted()]
}

fn options(metric: Metric, seeds: usize) -> SearchOptions {
    let seeds = (1..=seeds as i64).map(TrackId).collect();
    SearchOptions { metric, top: 100, per_artist: 0, seeds, ..SearchOptions::default() }
}

fn order(found: &Recommendations) -> Vec<(TrackId, f32)> {
    found.items.iter().map(|item| (item.track, item.distance)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_distance_is_the_weighted_mean_in_the_small_and_in_the_large(
        tracks in tracks(),
        weights in prop::collection::vec(-1.0..1.0_f32, 3),
    ) {
        let seeds: Vec<Trajectory> = tracks[..3].iter().map(|track| trajectory(track)).collect();
        let total: f32 = weights.iter().map(|weight| weight.abs()).sum();
        prop_assume!(total > 0.1);
        for index in indexes(&tracks) {
            for metric in Metric::SINGLE {
                let found = index.search_weighted(&seeds, &weights, &options(metric, 3), None).unwrap();
                prop_assert_eq!(found.items.len(), tracks.len() - 3);
                for pair in found.items.windows(2) {
                    prop_assert!(pair[0].distance <= pair[1].distance);
                }
                for item in &found.items {
                    let target = trajectory(&tracks[item.track.0 as usize - 1]);
                    let of = |(seed, weight): (&Trajectory, &f32)| weight * distance(metric, seed, &target) / total;
                    let expected: f32 = seeds.iter().zip(&weights).map(of).sum();
                    prop_assert!((item.distance - expected).abs() < 1e-4, "{} {} {}", metric.name(), item.distance, expected);
                }
            }
        }
    }

    #[test]
    fn one_weight_alone_is_the_plain_search_and_a_weight_of_0_is_as_if_not_there(
        tracks in tracks(),
        weight in 0.1..1.0_f32,
    ) {
        let seeds: Vec<Trajectory> = tracks[..2].iter().map(|track| trajectory(track)).collect();
        for index in indexes(&tracks) {
            for metric in Metric::ALL {
                let options = options(metric, 1);
                let plain = index.search(&seeds[..1], &options).unwrap();
                let alone = index.search_weighted(&seeds[..1], &[weight], &options, None).unwrap();
                prop_assert_eq!(order(&plain), order(&alone));
                let beside = index.search_weighted(&seeds, &[weight, 0.0], &options, None).unwrap();
                prop_assert_eq!(order(&plain), order(&beside));
                let both = index.search(&seeds, &options).unwrap();
                let alike = index.search_weighted(&seeds, &[weight, weight], &options, None).unwrap();
                for (a, b) in order(&both).into_iter().zip(order(&alike)) {
                    prop_assert!((a.1 - b.1).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    fn pushing_away_never_brings_a_track_at_the_pushed_place_up(
        tracks in tracks(),
        weight in 0.05..1.0_f32,
    ) {
        // The last track is where the pushed query is.
        let mut tracks = tracks;
        let pushed = tracks[1].clone();
        tracks.push(pushed);
        let last = TrackId(tracks.len() as i64);
        let seeds: Vec<Trajectory> = tracks[..2].iter().map(|track| trajectory(track)).collect();
        for index in indexes(&tracks) {
            for metric in Metric::SINGLE {
                let rank = |weights: &[f32]| {
                    let found = index.search_weighted(&seeds, weights, &options(metric, 2), None).unwrap();
                    found.items.iter().position(|item| item.track == last).unwrap()
                };
                // Ties may fall either way by rounding, so one place is given.
                prop_assert!(rank(&[1.0, -weight]) + 1 >= rank(&[1.0, 0.0]), "{}", metric.name());
            }
        }
    }
}
