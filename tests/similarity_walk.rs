//! Walks from track to track: laws that hold for every library, and one where the way is known.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use proptest::prelude::*;
use songline::domain::{Control, TrackId, Trajectory};
use songline::similarity::{Index, Walk, WalkOptions};

/// A track of one segment at each of these points.
fn index(points: &[Vec<f32>]) -> Index {
    let tracks =
        points.iter().zip(1..).map(|(point, id)| (TrackId(id), Trajectory::new(point.len(), point.clone()).unwrap()));
    Index::new(tracks.collect()).unwrap()
}

fn walk(index: &Index, from: i64, to: i64, options: &WalkOptions) -> Walk {
    index.walk(TrackId(from), TrackId(to), options, &Control::default()).unwrap().unwrap()
}

fn ids(walk: &Walk) -> Vec<i64> {
    walk.tracks.iter().map(|track| track.0).collect()
}

#[test]
fn the_stations_of_a_straight_line_are_found_in_order() {
    // Ten stations on a line, shuffled, with others far off it.
    let mut points: Vec<Vec<f32>> = [0, 9, 4, 2, 7, 5, 1, 8, 3, 6].iter().map(|x| vec![*x as f32, 0.0]).collect();
    points.extend([2.0, 5.0, 7.5].map(|x| vec![x, 3.0]));
    let index = index(&points);
    let options = WalkOptions { tracks: 10, ..WalkOptions::default() };
    let found = walk(&index, 1, 2, &options);
    assert_eq!(ids(&found), [1, 7, 4, 9, 3, 6, 10, 5, 8, 2]);
    assert_eq!((found.jumps, found.direct), (vec![1.0; 9], 9.0));
    // Every third station: even steps, though nearer ones would be there.
    assert_eq!(ids(&walk(&index, 1, 2, &WalkOptions { tracks: 4, ..options.clone() })), [1, 9, 10, 2]);
    assert_eq!(ids(&walk(&index, 2, 1, &WalkOptions { tracks: 4, ..options.clone() })), [2, 10, 9, 1]);
    assert_eq!(ids(&walk(&index, 1, 1, &options)), [1]);
    assert_eq!(index.walk(TrackId(1), TrackId(99), &options, &Control::default()), Ok(None));
    let cancelled = Control::default();
    cancelled.cancel();
    assert!(index.walk(TrackId(1), TrackId(2), &options, &cancelled).is_err());
}

#[test]
fn an_artist_takes_no_more_places_than_allowed() {
    let points: Vec<Vec<f32>> = (0..10).map(|x| vec![x as f32]).collect();
    let artists: HashMap<TrackId, String> =
        (1..=10).map(|id| (TrackId(id), if id % 2 == 0 { "Even" } else { " odd" }.to_owned())).collect();
    let options = WalkOptions { tracks: 10, per_artist: 2, artists: Arc::new(artists), ..WalkOptions::default() };
    let found = walk(&index(&points), 1, 10, &options);
    assert_eq!(found.tracks.len(), 4, "two of each: {found:?}");
    assert_eq!(found.tracks.iter().filter(|track| track.0 % 2 == 0).count(), 2);
}

proptest! {
    #[test]
    fn every_walk_keeps_the_laws(
        points in prop::collection::vec(prop::collection::vec(-5.0..5.0_f32, 3), 2..60),
        tracks in 2..20_usize,
        per_artist in 0..4_usize,
        left_out in prop::collection::hash_set(3..60_i64, 0..10),
    ) {
        let index = index(&points);
        let artists: HashMap<TrackId, String> =
            (1..=points.len() as i64).map(|id| (TrackId(id), format!("artist {}", id % 5))).collect();
        let exclude: HashSet<TrackId> = left_out.into_iter().map(TrackId).collect();
        let options = WalkOptions { tracks, per_artist, artists: Arc::new(artists.clone()), exclude: exclude.clone() };
        let found = walk(&index, 1, 2, &options);
        prop_assert_eq!((found.tracks[0], *found.tracks.last().unwrap()), (TrackId(1), TrackId(2)));
        prop_assert!(found.tracks.len() <= tracks);
        let distinct: HashSet<TrackId> = found.tracks.iter().copied().collect();
        prop_assert_eq!(distinct.len(), found.tracks.len(), "no track twice");
        prop_assert!(found.tracks.iter().all(|track| !exclude.contains(track)));
        prop_assert_eq!(found.jumps.len(), found.tracks.len() - 1);
        prop_assert!(found.jumps.iter().all(|jump| *jump <= found.direct * 1.000_001), "{:?}", found);
        let between = &found.tracks[1..found.tracks.len() - 1];
        let energy = |walk: &Walk| walk.jumps.iter().map(|jump| jump * jump).sum::<f32>();
        prop_assert!(energy(&found) * 1.000_1 >= found.direct * found.direct / found.jumps.len() as f32);
        let mut places: HashMap<&str, usize> = HashMap::new();
        for track in &found.tracks {
            *places.entry(&artists[track]).or_default() += 1;
        }
        for track in between {
            prop_assert!(per_artist == 0 || places[artists[track].as_str()] <= per_artist, "{:?}", found);
        }
    }
}
