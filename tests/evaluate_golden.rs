//! The scorecard's measures against `tests/golden/evaluate_measures.py`: scikit-learn, scipy and numpy.

use std::collections::HashMap;

use serde::Deserialize;
use songline::domain::{Control, Spectrogram, TrackId, Trajectory};
use songline::evaluate::mfcc::{Gaussian, mfcc, statistics};
use songline::evaluate::{Collection, Column, Measure, Representation, score};
use songline::similarity::Index;

#[derive(Deserialize)]
struct Golden {
    points: Vec<Vec<f32>>,
    recording: Vec<String>,
    artist: Vec<String>,
    album: Vec<String>,
    style: Vec<String>,
    left_out: String,
    scores: HashMap<String, HashMap<String, f64>>,
    hubness: f64,
    spectrograms: Vec<Vec<f32>>,
    mfcc_of_the_first_frame: Vec<f64>,
    statistics: Vec<Vec<f64>>,
    divergence: f64,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/evaluate_measures.json")).unwrap()
}

#[test]
fn retrieval_measures_are_those_of_independent_implementations() {
    let golden = golden();
    let ids: Vec<TrackId> = (1..=golden.points.len() as i64).map(TrackId).collect();
    let column = |name: &str, values: &[String]| {
        Column::new(name, &values.iter().map(|value| Some(value.clone())).collect::<Vec<_>>())
    };
    let columns = vec![
        column("track_id", &golden.recording),
        column("artist", &golden.artist),
        column("album", &golden.album),
        column("style", &golden.style),
    ];
    let collection = Collection::new(ids.clone(), columns, &[], std::slice::from_ref(&golden.left_out)).unwrap();
    let point = |values: &Vec<f32>| Trajectory::new(3, values.clone()).unwrap();
    let index = Index::new(ids.into_iter().zip(golden.points.iter().map(point)).collect()).unwrap();
    let scored = score(&Representation::Trajectories(index), &collection, 1, &Control::default(), &|_| {}).unwrap();
    let scores = &scored.metrics[0].scores;
    assert_eq!(scores.len(), 2 + 3 + 3 + 1 + 1);
    for score in scores {
        let expected = match score.measure {
            Measure::Hubness => golden.hubness,
            measure => {
                assert_eq!(score.queries as f64, golden.scores[&score.label]["queries"], "{}", score.label);
                golden.scores[&score.label][measure.name()]
            }
        };
        let name = score.measure.name();
        assert!((score.value - expected).abs() < 1e-9, "{name} of {}: {} is not {expected}", score.label, score.value);
        assert!(score.low <= score.value && score.value <= score.high, "{name} of {}", score.label);
    }
}

#[test]
fn the_mfcc_baselines_are_those_of_independent_implementations() {
    let golden = golden();
    let frames: Vec<_> = golden
        .spectrograms
        .iter()
        .map(|values| mfcc(&Spectrogram::new(values.len() / 60, 60, values.clone()).unwrap()))
        .collect();
    for (found, expected) in frames[0][0].iter().zip(&golden.mfcc_of_the_first_frame) {
        assert!((found - expected).abs() < 1e-3, "{found} is not {expected}");
    }
    for (frames, expected) in frames.iter().zip(&golden.statistics) {
        for (found, expected) in statistics(frames).unwrap().iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-3 * (1.0 + expected.abs()), "{found} is not {expected}");
        }
    }
    let [p, q] = [&frames[0], &frames[1]].map(|frames| Gaussian::fit(frames).unwrap());
    let found = p.divergence(&q);
    assert!((found / golden.divergence - 1.0).abs() < 1e-3, "{found} is not {}", golden.divergence);
}
