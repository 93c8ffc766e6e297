//! The index against plain definitions, and the rules around a search.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use songline::domain::{Cancelled, Control, Metric, TrackId, Trajectory};
use songline::similarity::{Index, SearchOptions, SimilarityError, distance};

const DIM: usize = 12;

fn walk(rng: &mut ChaCha8Rng, points: usize) -> Trajectory {
    let mut at: Vec<f32> = (0..DIM).map(|_| rng.random_range(-2.0..2.0)).collect();
    let mut values = Vec::new();
    for _ in 0..points {
        at.iter_mut().for_each(|value| *value += rng.random_range(-0.4..0.4));
        values.extend_from_slice(&at);
    }
    Trajectory::new(DIM, values).unwrap()
}

/// Tracks 10, 20, … of 1 to 16 points, given out of order.
fn library(tracks: usize) -> Vec<(TrackId, Trajectory)> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut all: Vec<_> = (1..=tracks).map(|i| (TrackId(10 * i as i64), walk(&mut rng, 1 + i * 5 % 16))).collect();
    all.reverse();
    all
}

fn plain_order(metric: Metric, query: &Trajectory, tracks: &[(TrackId, Trajectory)]) -> Vec<TrackId> {
    let mut order: Vec<_> = tracks.iter().map(|(id, track)| (distance(metric, query, track), *id)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order.into_iter().map(|(_, id)| id).collect()
}

#[test]
fn a_search_gives_the_order_distances_and_ranks_of_the_definitions() {
    let mut tracks = library(200);
    let index = Index::new(tracks.clone()).unwrap();
    let seed = TrackId(500);
    let query = index.trajectory(seed).unwrap();
    tracks.retain(|(id, _)| *id != seed);
    for metric in Metric::SINGLE {
        let options = SearchOptions { metric, top: 15, seeds: vec![seed], ..SearchOptions::default() };
        let found = index.search(std::slice::from_ref(&query), &options).unwrap();
        assert_eq!((found.compared, found.capped, found.seeds.as_slice()), (199, 0, [seed].as_slice()));
        let ids: Vec<_> = found.items.iter().map(|item| item.track).collect();
        assert_eq!(ids, plain_order(metric, &query, &tracks)[..15]);
        for item in &found.items {
            let target = index.trajectory(item.track).unwrap();
            for (i, single) in Metric::SINGLE.into_iter().enumerate() {
                let plain = distance(single, &query, &target);
                assert!((item.distances[i] - plain).abs() <= 1e-4 * plain, "{} {plain}", item.distances[i]);
                let rank = plain_order(single, &query, &tracks).iter().position(|id| *id == item.track).unwrap() + 1;
                assert_eq!(item.ranks[i] as usize, rank);
            }
            assert_eq!(item.distance, item.distances[Metric::ALL.iter().position(|m| *m == metric).unwrap()]);
        }
    }
}

#[test]
fn a_blend_scales_by_the_medians_of_what_was_compared() {
    let tracks = library(101);
    let index = Index::new(tracks).unwrap();
    let query = walk(&mut ChaCha8Rng::seed_from_u64(3), 14);
    let blend = [2.0, 0.0, 1.0, 1.0];
    let options = SearchOptions { metric: Metric::Blend, top: 101, blend, per_artist: 0, ..SearchOptions::default() };
    let found = index.search(std::slice::from_ref(&query), &options).unwrap();
    let medians: Vec<f32> = Metric::SINGLE
        .iter()
        .map(|metric| {
            let mut all = index.distances(*metric, &query).unwrap();
            all.sort_by(f32::total_cmp);
            all[50]
        })
        .collect();
    for (rank, item) in (1..).zip(&found.items) {
        let expected: f32 = (0..4).map(|i| blend[i] / 4.0 * item.distances[i] / medians[i]).sum();
        assert!((item.distance - expected).abs() <= 1e-4 * expected, "{} {expected}", item.distance);
        assert_eq!((item.ranks[4], item.distances[4]), (rank, item.distance));
    }
    assert!(found.items.is_sorted_by(|a, b| a.distance <= b.distance));
}

#[test]
fn several_queries_count_by_the_mean_of_their_distances() {
    let index = Index::new(library(60)).unwrap();
    let seeds = vec![TrackId(100), TrackId(300)];
    let queries: Vec<_> = seeds.iter().map(|id| index.trajectory(*id).unwrap()).collect();
    let options = SearchOptions { metric: Metric::Dtw, seeds: seeds.clone(), ..SearchOptions::default() };
    let found = index.search(&queries, &options).unwrap();
    assert_eq!(found.compared, 58);
    assert!(found.items.iter().all(|item| !seeds.contains(&item.track)));
    for item in &found.items {
        let target = index.trajectory(item.track).unwrap();
        let mean = queries.iter().map(|query| distance(Metric::Dtw, query, &target)).sum::<f32>() / 2.0;
        assert!((item.distance - mean).abs() <= 1e-4 * mean);
    }
}

#[test]
fn duplicates_are_folded_and_equal_distances_are_in_the_order_of_ids() {
    let track = walk(&mut ChaCha8Rng::seed_from_u64(1), 8);
    let other = walk(&mut ChaCha8Rng::seed_from_u64(2), 8);
    let ids = [9, 4, 7, 2, 5];
    let mut tracks: Vec<_> = ids.iter().map(|id| (TrackId(*id), track.clone())).collect();
    tracks.push((TrackId(1), other));
    let index = Index::new(tracks).unwrap();
    let exclude = HashSet::from([TrackId(7), TrackId(99), TrackId(4)]);
    let options = SearchOptions { seeds: vec![TrackId(4)], exclude, ..SearchOptions::default() };
    let found = index.search(std::slice::from_ref(&track), &options).unwrap();
    assert_eq!(found.folded, [TrackId(7)], "the seed itself is no duplicate, and track 99 is not there");
    let order: Vec<_> = found.items.iter().map(|item| (item.track.0, item.distance == 0.0, item.ranks)).collect();
    assert_eq!(
        order,
        [(2, true, [1; 5]), (5, true, [2; 5]), (9, true, [3; 5]), (1, false, [4; 5])],
        "all metrics agree on copies"
    );
}

#[test]
fn an_artist_takes_its_places_and_no_more() {
    let tracks = library(12);
    let index = Index::new(tracks.clone()).unwrap();
    let query = walk(&mut ChaCha8Rng::seed_from_u64(5), 9);
    let order = plain_order(Metric::Mean, &query, &tracks);
    let mut artists = HashMap::new();
    for (place, id) in order.iter().enumerate() {
        let artist = match place {
            0 => "Ava",
            1 => " ava ",
            2 => "AVA",
            3..=5 => "Unknown artist",
            6 | 7 => "",
            8 => "Ava",
            _ => continue,
        };
        artists.insert(*id, artist.to_owned());
    }
    let artists = Arc::new(artists);
    let search = |top, per_artist| {
        let options = SearchOptions { top, per_artist, artists: artists.clone(), ..SearchOptions::default() };
        let found = index.search(std::slice::from_ref(&query), &options).unwrap();
        let places = found.items.iter().map(|item| order.iter().position(|id| *id == item.track).unwrap());
        (places.collect::<Vec<_>>(), found.capped)
    };
    assert_eq!(search(20, 2), (vec![0, 1, 3, 4, 5, 6, 7, 9, 10, 11], 2));
    assert_eq!(search(4, 1), (vec![0, 3, 4, 5], 2));
    assert_eq!(search(20, 0), ((0..12).collect(), 0));
    assert_eq!(search(0, 2), (vec![], 0));
}

#[test]
fn nothing_to_compare_gives_nothing() {
    let query = walk(&mut ChaCha8Rng::seed_from_u64(1), 3);
    let empty = Index::new(Vec::new()).unwrap();
    assert!(empty.is_empty());
    assert_eq!(empty.search(std::slice::from_ref(&query), &SearchOptions::default()).unwrap().items, []);
    assert!(empty.distances(Metric::Blend, &query).unwrap().is_empty());
    assert_eq!(empty.neighbours(Metric::Dtw, 3, &Control::default(), &|_| {}), Ok(vec![]));
    let index = Index::new(library(3)).unwrap();
    assert_eq!(index.search(&[], &SearchOptions::default()).unwrap().compared, 0);
    let foreign = Trajectory::new(DIM + 1, vec![0.0; DIM + 1]).unwrap();
    assert!(matches!(index.check(&foreign), Err(SimilarityError::DifferentDimensions { .. })));
    assert!(index.search(&[foreign], &SearchOptions::default()).is_err());
}

#[test]
fn an_index_refuses_mixed_models_and_repeated_tracks() {
    let mut tracks = library(3);
    tracks.push((TrackId(10), tracks[0].1.clone()));
    assert!(matches!(Index::new(tracks), Err(SimilarityError::RepeatedTrack { track: TrackId(10) })));
    let mut tracks = library(3);
    tracks.push((TrackId(99), Trajectory::new(2, vec![0.0; 2]).unwrap()));
    assert!(matches!(Index::new(tracks), Err(SimilarityError::MixedDimensions { track: TrackId(99), .. })));
}

#[test]
fn neighbours_of_all_are_what_a_search_finds_for_each() {
    let index = Index::new(library(70)).unwrap();
    for metric in Metric::ALL {
        let reports = Mutex::new(Vec::new());
        let report = |done| reports.lock().unwrap().push(done);
        let rows = index.neighbours(metric, 5, &Control::default(), &report).unwrap();
        assert_eq!(rows.len(), 70 * 5);
        assert_eq!(reports.into_inner().unwrap().last(), Some(&70));
        for (rows, seed) in rows.chunks(5).zip(index.ids()) {
            let query = index.trajectory(*seed).unwrap();
            let options = SearchOptions { metric, top: 5, seeds: vec![*seed], ..SearchOptions::default() };
            let found = index.search(&[query], &options).unwrap();
            for ((row, item), rank) in rows.iter().zip(&found.items).zip(1..) {
                assert_eq!((row.query, row.rank, row.neighbour), (*seed, rank, item.track), "{}", metric.name());
                assert!((row.distance - item.distance).abs() <= 1e-4 * item.distance);
            }
        }
    }
    assert_eq!(index.neighbours(Metric::Mean, 1_000, &Control::default(), &|_| {}).unwrap().len(), 70 * 69);
}

#[test]
fn neighbours_stop_when_cancelled() {
    let index = Index::new(library(200)).unwrap();
    let control = Control::default();
    let inside = control.clone();
    let reports = AtomicUsize::new(0);
    let result = index.neighbours(Metric::Dtw, 5, &control, &|_| {
        reports.fetch_add(1, Ordering::Relaxed);
        inside.cancel();
    });
    assert_eq!((result, reports.into_inner()), (Err(Cancelled), 1));
}
