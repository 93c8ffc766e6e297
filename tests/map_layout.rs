//! Maps of few, many, equal and unfit points.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use songline::domain::{Control, TrackId, Trajectory};
use songline::map::{KnownNearest, MapError, MapLayout, MapSettings, Placer, PointSet, exact_neighbours, layout};

fn blobs(count: usize, groups: usize, dim: usize) -> Vec<(TrackId, Vec<f32>)> {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let centres: Vec<Vec<f32>> = (0..groups).map(|_| (0..dim).map(|_| rng.random_range(-5.0..5.0)).collect()).collect();
    (0..count)
        .map(|i| {
            let point = centres[i % groups].iter().map(|centre| centre + rng.random_range(-0.5..0.5)).collect();
            (TrackId(100 + i as i64), point)
        })
        .collect()
}

fn map(points: &[(TrackId, Vec<f32>)], settings: &MapSettings) -> MapLayout {
    layout("test", points, settings, None, &Control::default(), &mut |_| {}).unwrap()
}

fn assert_sane(map: &MapLayout, points: &[(TrackId, Vec<f32>)]) {
    assert_eq!(map.points.len(), points.len());
    for (point, (track, _)) in map.points.iter().zip(points) {
        assert_eq!(point.track, *track);
        assert!(point.x.is_finite() && point.y.is_finite() && point.x.abs() < 1e4, "{point:?}");
    }
    assert!(map.kl.is_none_or(f64::is_finite));
    assert!(map.recall_10.is_none_or(|recall| (0.0..=1.0).contains(&recall)));
}

#[test]
fn any_number_of_points_has_a_map() {
    for count in [0, 1, 2, 3, 5, 7, 8, 9, 12, 31] {
        let points = blobs(count, 3.min(count.max(1)), 6);
        let map = map(&points, &MapSettings::default());
        assert_sane(&map, &points);
        assert_eq!(map.kl.is_some(), count >= 8, "{count}");
    }
}

#[test]
fn tracks_that_sound_alike_can_be_pointed_at() {
    for count in [2, 6, 40] {
        let points: Vec<_> = (0..count).map(|i| (TrackId(i), vec![0.3; 5])).collect();
        let map = map(&points, &MapSettings::default());
        assert_sane(&map, &points);
        for a in &map.points {
            let apart = |b: &&songline::map::MapPoint| (a.x - b.x).hypot(a.y - b.y) > 0.1;
            assert_eq!(map.points.iter().filter(apart).count(), count as usize - 1);
        }
        assert!(map.points.iter().all(|point| point.cluster == 0));
    }
}

#[test]
fn duplicates_lie_together() {
    let mut points = blobs(30, 3, 4);
    for copy in 0..10 {
        points.push((TrackId(1_000 + copy), points[0].1.clone()));
    }
    let map = map(&points, &MapSettings { perplexity: 5.0, ..MapSettings::default() });
    assert_sane(&map, &points);
    let distance = |a: usize, b: usize| {
        let (a, b) = (&map.points[a], &map.points[b]);
        (a.x - b.x).hypot(a.y - b.y)
    };
    let nearest_stranger = (0..30).filter(|i| i % 3 != 0).map(|i| distance(0, i)).fold(f32::INFINITY, f32::min);
    assert!((30..40).all(|copy| distance(0, copy) < nearest_stranger));
}

#[test]
fn a_seed_gives_one_map_on_any_number_of_threads() {
    let points = blobs(60, 4, 8);
    let settings = MapSettings { seed: 3, perplexity: 10.0, exact_limit: 50, ..MapSettings::default() };
    let here = map(&points, &settings);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).thread_name(|_| "alone".to_owned()).build().unwrap();
    assert_eq!(pool.install(|| map(&points, &settings)), here);
    assert_ne!(map(&points, &MapSettings { seed: 4, ..settings }).points, here.points);
}

#[test]
fn past_the_limit_a_sample_is_laid_out_and_the_rest_placed_among_it() {
    let points = blobs(300, 4, 8);
    let settings = MapSettings { perplexity: 8.0, exact_limit: 80, ..MapSettings::default() };
    let mut reports = Vec::new();
    let map = layout("test", &points, &settings, None, &Control::default(), &mut |progress| {
        assert_eq!(progress.tracks.len(), progress.positions.len());
        reports.push((progress.epoch, progress.epochs, progress.positions.len()));
    })
    .unwrap();
    assert_sane(&map, &points);
    assert_eq!(map.points.iter().filter(|point| !point.approximate).count(), 80);
    assert!(!reports.is_empty());
    assert!(reports.iter().all(|(epoch, epochs, positions)| *positions == 300 && epoch < epochs));
    assert!(reports.is_sorted_by(|a, b| a.0 < b.0));

    // A placed track lies among its own: nearer to its group's middle than to any other.
    let middle = |group: usize| {
        let of_group: Vec<_> =
            map.points.iter().enumerate().filter(|(i, p)| i % 4 == group && !p.approximate).map(|(_, p)| p).collect();
        let n = of_group.len() as f32;
        [of_group.iter().map(|p| p.x).sum::<f32>() / n, of_group.iter().map(|p| p.y).sum::<f32>() / n]
    };
    let middles: Vec<_> = (0..4).map(middle).collect();
    for (i, point) in map.points.iter().enumerate() {
        let nearest = (0..4).min_by(|a, b| {
            let far = |group: usize| (point.x - middles[group][0]).hypot(point.y - middles[group][1]);
            far(*a).total_cmp(&far(*b))
        });
        assert_eq!(nearest, Some(i % 4));
    }
}

#[test]
fn a_large_map_separates_its_groups_by_barnes_hut() {
    let points = blobs(1_100, 5, 6);
    let map = map(&points, &MapSettings { perplexity: 10.0, ..MapSettings::default() });
    assert_sane(&map, &points);
    assert_eq!(map.method, "t-SNE (Barnes-Hut)");
    assert!(map.recall_10.unwrap() > 0.3, "{:?}", map.recall_10);
}

#[test]
fn clusters_find_the_groups_and_are_numbered_by_size() {
    let mut points = blobs(8, 2, 5);
    points.truncate(7);
    let map = map(&points, &MapSettings::default());
    // √(7 / 2) rounds to 2: four points of the first group, three of the second.
    let clusters: Vec<u16> = map.points.iter().map(|point| point.cluster).collect();
    assert_eq!(clusters, [0, 1, 0, 1, 0, 1, 0]);
}

#[test]
fn a_map_stops_when_cancelled() {
    let points = blobs(200, 3, 6);
    let control = Control::default();
    let inside = control.clone();
    let mut last = 0;
    let result = layout("test", &points, &MapSettings::default(), None, &control, &mut |progress| {
        last = progress.epoch;
        inside.cancel();
    });
    assert!(matches!(result, Err(MapError::Cancelled(_))), "{result:?}");
    assert!(last < 200, "{last}");
    assert!(matches!(
        layout("test", &points, &MapSettings::default(), None, &control, &mut |_| {}),
        Err(MapError::Cancelled(_))
    ));
}

#[test]
fn unfit_points_are_named() {
    let try_map = |points: &[(TrackId, Vec<f32>)]| {
        layout("test", points, &MapSettings::default(), None, &Control::default(), &mut |_| {}).unwrap_err()
    };
    let good = (TrackId(1), vec![1.0, 2.0]);
    let mixed = try_map(&[good.clone(), (TrackId(2), vec![1.0])]);
    assert!(matches!(mixed, MapError::MixedDimensions { track: TrackId(2), expected: 2, found: 1 }));
    for value in [f32::NAN, f32::NEG_INFINITY, 1e30] {
        let broken = try_map(&[good.clone(), (TrackId(3), vec![1.0, value])]);
        assert!(matches!(broken, MapError::Unusable { track: TrackId(3) }));
    }
    assert!(matches!(try_map(&[good.clone(), good]), MapError::RepeatedTrack { track: TrackId(1) }));
}

#[test]
fn strange_settings_are_brought_into_range() {
    let points = blobs(20, 2, 3);
    for perplexity in [f32::NAN, f32::INFINITY, -3.0, 0.0, 1e9] {
        for exact_limit in [0, 10_000] {
            assert_sane(&map(&points, &MapSettings { perplexity, exact_limit, ..MapSettings::default() }), &points);
        }
    }
}

#[test]
fn a_mean_is_placed_where_its_track_lies_and_others_between() {
    let points = blobs(60, 3, 5);
    let map = map(&points, &MapSettings { perplexity: 10.0, ..MapSettings::default() });
    let placer = Placer::new(&map, &points);
    for (point, (_, mean)) in map.points.iter().zip(&points) {
        assert_eq!(placer.place(mean), [point.x, point.y]);
    }
    let values: Vec<f32> = points[..3].iter().flat_map(|(_, mean)| mean.clone()).collect();
    let line = placer.place_trajectory(&Trajectory::new(5, values).unwrap());
    assert_eq!(line, map.points[..3].iter().map(|point| [point.x, point.y]).collect::<Vec<_>>());

    let halfway: Vec<f32> = points[0].1.iter().zip(&points[3].1).map(|(a, b)| (a + b) / 2.0).collect();
    let [x, y] = placer.place(&halfway);
    let inside = |value: f32, all: &mut dyn Iterator<Item = f32>| {
        let all: Vec<f32> = all.collect();
        let most = |pick: fn(f32, f32) -> f32, start| all.iter().copied().fold(start, pick);
        (most(f32::min, f32::INFINITY)..=most(f32::max, f32::NEG_INFINITY)).contains(&value)
    };
    assert!(inside(x, &mut map.points.iter().map(|p| p.x)) && inside(y, &mut map.points.iter().map(|p| p.y)));
    assert_eq!(placer.place(&[0.0; 4]), [0.0; 2], "a point of another model has no place");
    assert_eq!(Placer::new(&map, &[]).place(&points[0].1), [0.0; 2]);
}

#[test]
fn neighbours_that_are_known_already_give_the_same_map() {
    // (points, how many of them are laid out): a sample, and all of them.
    for (count, exact_limit) in [(400, 80), (1_040, 2_000)] {
        let points = blobs(count, 5, 8);
        let settings = MapSettings { perplexity: 9.0, exact_limit, ..MapSettings::default() };
        let set = PointSet::new(&points).unwrap();
        let nearest = exact_neighbours(&set, 30, &Control::default()).unwrap();
        let known = KnownNearest::new(points.len(), 30, &nearest.places);
        assert!(known.is_some());
        let with = layout("test", &points, &settings, known, &Control::default(), &mut |_| {}).unwrap();
        assert_eq!(with, map(&points, &settings), "{count} points");
        // Had they not been read, a mistake in them would change nothing.
        let wrong: Vec<u32> = nearest.places.iter().map(|place| (place + 7) % count as u32).collect();
        let known = KnownNearest::new(points.len(), 30, &wrong);
        let with = layout("test", &points, &settings, known, &Control::default(), &mut |_| {}).unwrap();
        assert_ne!(with.points, map(&points, &settings).points, "{count} points");
    }
    assert!(KnownNearest::new(2, 1, &[1, 2]).is_none(), "there is no third point");
    assert!(KnownNearest::new(2, 1, &[1]).is_none());
}
