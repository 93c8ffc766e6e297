//! The first pass of a search on a graphics processor gives what its twin on this processor gives.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use songline::domain::{Metric, TrackId, Trajectory};
use songline::gpu::{BoundsPass, GpuError};
use songline::similarity::exact::{Assist, FirstPass, Level, centres, rows};
use songline::similarity::{Index, SearchOptions};

fn tracks(seed: u64, count: usize, dim: usize, spread: f32) -> Vec<(TrackId, Trajectory)> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let homes: Vec<Vec<f32>> = (0..5).map(|_| (0..dim).map(|_| random.random_range(-2.0..2.0)).collect()).collect();
    (0..count)
        .map(|i| {
            let points = random.random_range(1..=14);
            let values = (0..points).flat_map(|_| homes[i % 5].clone());
            let values = values.map(|value| value + spread * random.random_range(-1.0..1.0_f32)).collect();
            (TrackId(i as i64), Trajectory::new(dim, values).unwrap())
        })
        .collect()
}

/// `None`, with a message, where no adapter, real or imitated, is there.
fn pass(index: &Index) -> Option<BoundsPass> {
    match BoundsPass::new(index.parts(), true) {
        Ok(pass) => Some(pass),
        Err(GpuError::NoAdapter) => {
            eprintln!("skipped: no graphics adapter");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn its_bounds_are_those_of_the_twin() {
    for (dim, spread) in [(128, 0.5), (40, 2.0), (8, 0.0)] {
        let tracks = tracks(dim as u64, 3_001, dim, spread);
        let index = Index::new(tracks.clone()).unwrap().compacted();
        let Some(pass) = pass(&index) else { return };
        let part = &index.parts()[0];
        for query in [0, 17, 999] {
            let query = &tracks[query].1;
            let found = pass.centres(0, &rows(&part.store, query)).unwrap();
            let twin = centres(part, query, Level::Portable);
            assert_eq!(found.len(), twin.len());
            let mut above = 0;
            for (found, twin) in found.iter().zip(&twin) {
                for (found, twin) in found.iter().zip(twin) {
                    // Roots are taken a ten-thousandth too small here and a millionth there.
                    assert!((found - twin).abs() <= 4e-4 * twin.abs().max(4.0), "{found} {twin}");
                    above += usize::from(*found > 0.0);
                }
            }
            assert!(above > 0 || spread == 0.0, "nothing was computed");
        }
    }
}

#[test]
fn searches_with_it_answer_the_same() {
    let tracks = tracks(3, 2_000, 64, 0.6);
    let plain = Index::new(tracks.clone()).unwrap().compacted();
    let assisted = Index::new(tracks.clone()).unwrap().compacted();
    let Some(pass) = pass(&assisted) else { return };
    assisted.assist(Assist::always(Box::new(pass)));
    for metric in Metric::ALL {
        for (id, query) in tracks.iter().step_by(400) {
            let options =
                SearchOptions { metric, top: 30, seeds: vec![*id], per_artist: 0, ..SearchOptions::default() };
            let answer = |index: &Index| {
                let found = index.search(std::slice::from_ref(query), &options).unwrap();
                found.items.iter().map(|item| (item.track, item.distance)).collect::<Vec<_>>()
            };
            assert_eq!(answer(&assisted), answer(&plain), "{}", metric.name());
        }
    }
}

#[test]
fn a_trial_decides_and_the_answer_is_right_either_way() {
    let tracks = tracks(4, 2_000, 64, 3.0);
    let index = Index::new(tracks.clone()).unwrap().compacted();
    let Some(pass) = pass(&index) else { return };
    let plain = Index::new(tracks.clone()).unwrap().compacted();
    assert!(index.assist(Assist::new(Box::new(pass))).is_faster().is_none());
    let options = SearchOptions { metric: Metric::Min, per_artist: 0, ..SearchOptions::default() };
    for (_, query) in tracks.iter().take(3) {
        let answer = |index: &Index| {
            let found = index.search(std::slice::from_ref(query), &options).unwrap();
            found.items.iter().map(|item| (item.track, item.distance)).collect::<Vec<_>>()
        };
        assert_eq!(answer(&index), answer(&plain));
    }
    // Nothing of this spread can be told apart early, so there was enough to do for a trial.
    let again = BoundsPass::new(index.parts(), true).unwrap();
    assert!(index.assist(Assist::new(Box::new(again))).is_faster().is_some());
}

#[test]
fn an_imitated_processor_counts_only_when_it_is_asked_for() {
    let index = Index::new(tracks(5, 100, 16, 0.5)).unwrap().compacted();
    // Whatever is found here is a real one.
    if let Ok(pass) = BoundsPass::new(index.parts(), false) {
        let name = pass.name().to_lowercase();
        assert!(!name.contains("llvmpipe") && !name.contains("swiftshader"), "{name}");
    }
}
