//! The engine for large catalogues against comparing every track: the same tracks, distances and order, to the last bit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use songline::domain::{Control, Metric, TrackId, Trajectory};
use songline::similarity::exact::{Level, Store};
use songline::similarity::{Index, SearchOptions, distance};

type Tracks = Vec<(TrackId, Trajectory)>;

/// The distance and the id of every track but the seeds, nearest first, equals by id.
fn brute(metric: Metric, queries: &[Trajectory], tracks: &Tracks, options: &SearchOptions) -> Vec<(f32, TrackId)> {
    let share = 1.0 / queries.len() as f32;
    let allowed = |id: &TrackId| {
        !options.seeds.contains(id)
            && !options.exclude.contains(id)
            && options.only.as_ref().is_none_or(|only| {
                let place = tracks.iter().filter(|(other, _)| other < id).count();
                only.get(place) == Some(&true)
            })
    };
    let mut order: Vec<(f32, TrackId)> = tracks
        .iter()
        .filter(|(id, _)| allowed(id))
        .map(|(id, track)| (queries.iter().fold(0.0, |sum, query| sum + distance(metric, query, track) * share), *id))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order
}

fn capped(order: Vec<(f32, TrackId)>, options: &SearchOptions) -> Vec<(f32, TrackId)> {
    let mut taken: HashMap<String, usize> = HashMap::new();
    let lets = |id: &TrackId| {
        let Some(artist) = options.artists.of(id.to_owned()).filter(|_| options.per_artist > 0) else { return true };
        let places = taken.entry(artist.clone()).or_default();
        *places += 1;
        *places <= options.per_artist
    };
    let mut lets = lets;
    order.into_iter().filter(|(_, id)| lets(id)).take(options.top).collect()
}

fn check(tracks: &Tracks, queries: &[Trajectory], options: &SearchOptions) {
    let plain = Index::new(tracks.clone()).unwrap();
    for level in Level::available() {
        let index = Index::new(tracks.clone()).unwrap().compacted().with_level(level);
        for metric in Metric::SINGLE {
            let options = SearchOptions { metric, ..options.clone() };
            let found = index.search(queries, &options).unwrap();
            let expected = capped(brute(metric, queries, tracks, &options), &options);
            let items: Vec<(f32, TrackId)> = found.items.iter().map(|item| (item.distance, item.track)).collect();
            assert_eq!(items, expected, "{} with {level:?}", metric.name());
            assert!(found.exact);
        }
        let options = SearchOptions { metric: Metric::Blend, ..options.clone() };
        let (found, all) = (index.search(queries, &options).unwrap(), plain.search(queries, &options).unwrap());
        let items = |answer: &songline::similarity::Recommendations| -> Vec<(f32, TrackId)> {
            answer.items.iter().map(|item| (item.distance, item.track)).collect()
        };
        assert_eq!(items(&found), items(&all), "blend with {level:?}");
        assert_eq!((found.compared, found.filtered), (all.compared, all.filtered));
        assert_eq!((found.capped, &found.folded), (all.capped, &all.folded));
        for (a, b) in found.items.iter().zip(&all.items) {
            assert_eq!((a.ranks[4], a.distances), (b.ranks[4], b.distances));
        }
    }
}

fn walk(random: &mut ChaCha8Rng, dim: usize, points: usize, home: &[f32], spread: f32) -> Trajectory {
    let values =
        (0..points).flat_map(|_| home.to_vec()).map(|value| value + spread * random.random_range(-1.0..1.0f32));
    Trajectory::new(dim, values.collect()).unwrap()
}

/// Tracks around a few homes, of 1 to `longest` points.
fn clustered(seed: u64, tracks: usize, dim: usize, longest: usize, spread: f32) -> Tracks {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let homes: Vec<Vec<f32>> = (0..6).map(|_| (0..dim).map(|_| random.random_range(-2.0..2.0)).collect()).collect();
    (0..tracks)
        .map(|i| {
            let home: Vec<f32> = homes[i % 6].iter().map(|value| value + random.random_range(-0.5..0.5f32)).collect();
            let points = random.random_range(1..=longest);
            (TrackId(3 * i as i64 + 1), walk(&mut random, dim, points, &home, spread))
        })
        .collect()
}

fn options(top: usize) -> SearchOptions {
    SearchOptions { top, per_artist: 0, ..SearchOptions::default() }
}

#[test]
fn clusters_of_any_lengths_and_dimensions() {
    for (dim, longest, spread) in [(128, 1, 0.3), (128, 14, 0.3), (64, 40, 1.5), (5, 20, 0.2), (33, 14, 0.0)] {
        let tracks = clustered(dim as u64, 700, dim, longest, spread);
        let query = tracks[17].1.clone();
        check(&tracks, std::slice::from_ref(&query), &SearchOptions { seeds: vec![tracks[17].0], ..options(10) });
        check(&tracks, &[query], &options(120));
    }
}

#[test]
fn more_wanted_than_there_are() {
    let tracks = clustered(1, 37, 16, 9, 0.4);
    let query = tracks[0].1.clone();
    check(&tracks, std::slice::from_ref(&query), &options(1_000));
    check(&tracks, std::slice::from_ref(&query), &options(1));
    check(&tracks, &[query], &options(0));
    check(&tracks[..1].to_vec(), &[tracks[1].1.clone()], &options(5));
}

#[test]
fn ties_and_duplicates_come_in_the_order_of_ids() {
    let few = clustered(2, 9, 32, 14, 0.4);
    let tracks: Tracks = (0..600).map(|i| (TrackId(600 - i), few[i as usize % 9].1.clone())).collect();
    check(&tracks, &[few[3].1.clone()], &options(100));
    let still: Tracks = (0..300).map(|i| (TrackId(i), Trajectory::new(8, vec![1.0; 8 * 14]).unwrap())).collect();
    check(&still, &[still[0].1.clone()], &options(20));
    check(&still, &[Trajectory::new(8, vec![2.5; 8 * 3]).unwrap()], &options(20));
}

#[test]
fn one_point_far_away_costs_no_answer() {
    let mut tracks = clustered(4, 400, 24, 14, 0.3);
    for (place, far) in [(5, 1e4), (77, -1e6), (200, 1e19), (201, 3e38)] {
        let mut values = tracks[place].1.values().to_vec();
        values[3] = far;
        tracks[place].1 = Trajectory::new(24, values).unwrap();
    }
    for query in [0, 5, 77] {
        check(&tracks, &[tracks[query].1.clone()], &options(30));
    }
}

#[test]
fn a_query_far_from_everything_and_one_much_longer() {
    let tracks = clustered(5, 500, 40, 14, 0.3);
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let far = walk(&mut random, 40, 14, &[50.0; 40], 0.5);
    let long = walk(&mut random, 40, 130, &[0.3; 40], 1.0);
    check(&tracks, &[far], &options(15));
    check(&tracks, &[long], &options(15));
}

#[test]
fn filters_apply_inside_the_search() {
    let tracks = clustered(6, 800, 32, 14, 0.4);
    let artists: HashMap<TrackId, String> = tracks
        .iter()
        .enumerate()
        .filter(|(i, _)| i % 5 != 0)
        .map(|(i, (id, _))| (*id, format!("a{}", i % 6)))
        .collect();
    let only: Vec<bool> = tracks.iter().map(|(id, _)| id.0 % 2 == 0).collect();
    let base = SearchOptions {
        top: 40,
        seeds: vec![tracks[2].0],
        exclude: tracks[10..60].iter().map(|(id, _)| *id).collect(),
        artists: Arc::new(artists),
        per_artist: 3,
        ..SearchOptions::default()
    };
    let query = [tracks[2].1.clone()];
    check(&tracks, &query, &base);
    check(&tracks, &query, &SearchOptions { only: Some(Arc::new(only)), ..base.clone() });
    check(&tracks, &query, &SearchOptions { only: Some(Arc::default()), ..base });
}

#[test]
fn several_queries_and_uneven_blends() {
    let tracks = clustered(7, 500, 20, 14, 0.6);
    let queries = [tracks[1].1.clone(), tracks[44].1.clone(), tracks[90].1.clone()];
    let seeds = vec![tracks[1].0, tracks[44].0, tracks[90].0];
    for blend in [[1.0; 4], [0.0, 0.0, 1.0, 0.0], [5.0, 0.0, 0.1, 2.0]] {
        check(&tracks, &queries, &SearchOptions { blend, seeds: seeds.clone(), ..options(25) });
    }
}

#[test]
fn the_first_answers_come_before_the_exact_ones_and_are_true_distances() {
    let tracks = clustered(8, 2_000, 64, 14, 0.5);
    let index = Index::new(tracks.clone()).unwrap().compacted();
    let query = tracks[3].1.clone();
    let first = Mutex::new(Vec::new());
    let options = SearchOptions { metric: Metric::Dtw, ..options(10) };
    let tell = |answer| first.lock().unwrap().push(answer);
    let answer = index.search_first(std::slice::from_ref(&query), &options, Some(&tell)).unwrap();
    let first = first.into_inner().unwrap();
    assert_eq!(first.len(), 1);
    assert!(!first[0].exact && answer.exact);
    assert_eq!(first[0].items.len(), 10);
    for item in &first[0].items {
        let track = &tracks.iter().find(|(id, _)| *id == item.track).unwrap().1;
        assert_eq!(item.distance, distance(Metric::Dtw, &query, track));
    }
    assert!(answer.stages.last().unwrap().seen < 400, "{:?}", answer.stages);
}

#[test]
fn neighbours_of_all_with_and_without_a_store() {
    let tracks = clustered(10, 300, 48, 14, 0.4);
    let (plain, compact) = (Index::new(tracks.clone()).unwrap(), Index::new(tracks.clone()).unwrap().compacted());
    for metric in Metric::ALL {
        let of = |index: &Index| index.neighbours(metric, 7, &Control::default(), &|_| {}).unwrap();
        let (a, b) = (of(&plain), of(&compact));
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(&b) {
            assert_eq!((a.query, a.rank), (b.query, b.rank));
            assert!((a.distance - b.distance).abs() <= 1e-4 * b.distance, "{} {a:?} {b:?}", metric.name());
        }
        if metric == Metric::Mean {
            for (query, rows) in tracks.iter().zip(b.chunks(7)) {
                let options = SearchOptions { seeds: vec![query.0], ..options(7) };
                let expected = brute(metric, std::slice::from_ref(&query.1), &tracks, &options);
                let rows: Vec<(f32, TrackId)> = rows.iter().map(|row| (row.distance, row.neighbour)).collect();
                assert_eq!(rows, expected[..7]);
            }
        }
    }
}

#[test]
fn a_store_cut_short_or_bent_is_refused() {
    let tracks = clustered(11, 90, 24, 14, 0.4);
    let index = Index::new(tracks).unwrap().compacted();
    let whole = index.parts()[0].store.bytes().to_vec();
    let open = |bytes: &[u8]| {
        // Mapped files begin at a page; so does this.
        let mut room = vec![0_u8; bytes.len() + 4_096];
        let start = room.as_ptr().align_offset(4_096);
        room[start..start + bytes.len()].copy_from_slice(bytes);
        struct Part(Vec<u8>, std::ops::Range<usize>);
        impl AsRef<[u8]> for Part {
            fn as_ref(&self) -> &[u8] {
                &self.0[self.1.clone()]
            }
        }
        Store::open(Arc::new(Part(room, start..start + bytes.len())))
    };
    assert_eq!(open(&whole).unwrap().len(), 90);
    for cut in (0..1_100).chain((1_100..whole.len()).step_by(97)).chain([whole.len() - 1]) {
        assert!(open(&whole[..cut]).is_err(), "cut at {cut}");
    }
    for at in 0..1_024 {
        let mut bent = whole.clone();
        bent[at] ^= 4;
        assert!(open(&bent).is_err(), "byte {at}");
    }
}

fn small_track(dim: usize) -> impl Strategy<Value = Trajectory> {
    // Small whole numbers make ties common.
    let whole = prop::collection::vec((-2i8..=2).prop_map(f32::from), dim..=dim * 9);
    let real = prop::collection::vec(-3.0f32..3.0, dim..=dim * 9);
    prop_oneof![whole, real].prop_map(move |mut values| {
        values.truncate(values.len() / dim * dim);
        Trajectory::new(dim, values).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_catalogue_is_searched_as_if_every_track_were_compared(
        tracks in prop::collection::vec(small_track(3), 1..120),
        query in small_track(3),
        top in 1usize..40,
        per_artist in 0usize..3,
        filter in prop_oneof![Just(None), (1usize..9, any::<u64>()).prop_map(Some)],
    ) {
        let tracks: Tracks = tracks.into_iter().enumerate().map(|(i, track)| (TrackId(i as i64), track)).collect();
        let artists: HashMap<_, _> = tracks.iter().map(|(id, _)| (*id, format!("artist {}", id.0 % 4))).collect();
        // One in so many passes, by a number that knows nothing of the tracks.
        let only = filter.map(|(share, seed)| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            Arc::new(tracks.iter().map(|_| random.random_range(0..share) == 0).collect())
        });
        let options = SearchOptions { top, per_artist, artists: Arc::new(artists), only, ..SearchOptions::default() };
        check(&tracks, &[query], &options);
    }
}
