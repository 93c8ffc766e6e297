//! Distances against `tests/golden/similarity_distances.py`: scipy, similaritymeasures and dtw-python.

use serde::Deserialize;
use songline::domain::{Metric, TrackId, Trajectory};
use songline::similarity::{Index, distance, explain};

#[derive(Deserialize)]
struct Case {
    dim: usize,
    query: Vec<f32>,
    target: Vec<f32>,
    mean: f64,
    min: f64,
    frechet: f64,
    dtw: f64,
    path: Vec<(usize, usize)>,
}

fn cases() -> Vec<(Trajectory, Trajectory, Case)> {
    let cases: Vec<Case> = serde_json::from_str(include_str!("golden/similarity_distances.json")).unwrap();
    let pair = |case: Case| {
        let query = Trajectory::new(case.dim, case.query.clone()).unwrap();
        let target = Trajectory::new(case.dim, case.target.clone()).unwrap();
        (query, target, case)
    };
    cases.into_iter().map(pair).collect()
}

fn assert_near(found: f32, golden: f64, what: &str) {
    // Float sums over at most 128 squares and 70 pairs; the matrix product costs a digit more.
    assert!((f64::from(found) - golden).abs() <= 2e-5 * golden.max(1e-3), "{what}: {found} instead of {golden}");
}

#[test]
fn single_distances_are_those_of_independent_implementations() {
    for (query, target, case) in cases() {
        assert_near(distance(Metric::Mean, &query, &target), case.mean, "mean");
        assert_near(distance(Metric::Min, &query, &target), case.min, "min");
        assert_near(distance(Metric::Frechet, &query, &target), case.frechet, "Fréchet");
        assert_near(distance(Metric::Dtw, &query, &target), case.dtw, "DTW");
        let blend = (case.mean + case.min + case.frechet + case.dtw) / 4.0;
        assert_near(distance(Metric::Blend, &query, &target), blend, "blend");
    }
}

#[test]
fn the_index_computes_the_same_distances() {
    for (query, target, case) in cases() {
        let index = Index::new(vec![(TrackId(1), target), (TrackId(2), query.clone())]).unwrap();
        let of = |metric| index.distances(metric, &query).unwrap();
        for (metric, golden) in [
            (Metric::Mean, case.mean),
            (Metric::Min, case.min),
            (Metric::Frechet, case.frechet),
            (Metric::Dtw, case.dtw),
        ] {
            assert_near(of(metric)[0], golden, metric.name());
            assert_eq!(of(metric)[1], 0.0, "{} to itself", metric.name());
        }
    }
}

#[test]
fn the_warping_path_is_dtw_pythons() {
    for (query, target, case) in cases() {
        let why = explain(&query, &target);
        assert_eq!(why.path, case.path);
        assert_eq!((why.query_segments, why.target_segments), (query.len(), target.len()));
        let at = |(i, j): (usize, usize)| why.matrix[i * why.target_segments + j];
        assert_eq!(at(why.best), why.best_distance);
        assert!(why.path.iter().all(|pair| at(*pair) >= why.best_distance));
        let sum: f32 = why.path.iter().map(|pair| at(*pair)).sum();
        assert_near(sum / why.path.len() as f32, case.dtw, "DTW along the path");
    }
}
