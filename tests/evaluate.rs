//! The scorecard from music to report: the program on a library of its own.

#[expect(dead_code, reason = "the scorecard needs other pieces than the rest")]
mod music;

use std::path::Path;

use serde_json::Value;
use songline::domain::{Control, DeviceChoice};
use songline::evaluate::{Measure, Report, Score, SystemKind, csv, markdown, tables, text};
use songline::jobs::message::{EvaluateSpec, JobError};
use songline::jobs::{Context, Silent, evaluate, export, import};
use songline::library::Library;

/// Three kinds of music, three pieces each, two clips of every piece.
fn library(folder: &Path) -> Context {
    let files = folder.join("music");
    std::fs::create_dir_all(&files).unwrap();
    let mut labels = String::from("file,recording,artist,album,style\n");
    for (kind, (pitch, pulse, noise)) in
        [(110.0, 1.0, 0.05), (700.0, 4.0, 0.5), (300.0, 2.0, 0.9)].into_iter().enumerate()
    {
        for piece in 0..3 {
            for clip in 0..2 {
                let shift = 1.0 + piece as f32 * 0.07 + clip as f32 * 0.004;
                let name = format!("{kind}-{piece}-{clip}.wav");
                music::write(&files, &name, 30.5, pitch * shift, pulse * shift, noise);
                labels.push_str(&format!(
                    "music/{name},{kind}-{piece},artist {kind}-{},album {kind}-{},kind {kind}\n",
                    piece / 2,
                    piece % 2
                ));
            }
        }
    }
    std::fs::write(folder.join("labels.csv"), labels).unwrap();
    let library = Library::open(&folder.join("library")).unwrap();
    let context = Context::new(std::sync::Arc::new(library));
    let summary = import::import(&context, &[files], false, &Control::default(), &Silent).unwrap();
    assert_eq!(summary.imported, 18);
    context
}

fn spec(folder: &Path) -> EvaluateSpec {
    EvaluateSpec { labels: Some(folder.join("labels.csv")), device: DeviceChoice::Cpu, ..EvaluateSpec::default() }
}

fn run(context: &Context, spec: &EvaluateSpec) -> Result<(i64, Report), JobError> {
    evaluate::evaluate(context, spec, &Control::default(), &Silent)
}

fn reason(error: JobError) -> String {
    match error {
        JobError::Failed { reason, .. } => reason,
        error => panic!("{error:?}"),
    }
}

#[test]
fn systems_are_scored_beside_baselines_and_runs_are_kept() {
    let home = tempfile::tempdir().unwrap();
    let context = library(home.path());
    let (id, report) = run(&context, &spec(home.path())).unwrap();
    assert_eq!((id, report.tracks, report.altered_tracks), (1, 18, 18));
    let names: Vec<&str> = report.systems.iter().map(|system| system.name.as_str()).collect();
    assert_eq!(
        names[1..],
        ["untrained network", "MFCC statistics", "MFCC statistics, no deltas", "MFCC Gaussian", "random ranking"]
    );
    assert_eq!(report.systems[0].kind, SystemKind::Model);
    assert_eq!(report.systems[0].weights.as_ref().unwrap().len(), 64);
    let model = &report.systems[0];
    assert_eq!(model.metrics.len(), 5);
    for place in 0..5 {
        let recording = model.score(place, Measure::RecallAt1, "recording").unwrap();
        assert_eq!((recording.queries, recording.chance), (18, Some(1.0 / 17.0)));
        assert!(recording.low <= recording.value && recording.value <= recording.high);
        assert!(model.score(place, Measure::PrecisionAt10, "style").is_some());
        assert!(model.score(place, Measure::AveragePrecision, "album").is_some());
    }
    assert_eq!(model.triplets.len(), 2);
    assert_eq!(model.agreement.len(), 10);
    assert_eq!(model.metrics[0].styles.len(), 3);
    // Level must not decide: a spectrogram is relative to its track's maximum.
    for measure in [Measure::RecordingAt1, Measure::RecallAt1] {
        let of = |score: &&Score| (score.measure, score.label.as_str()) == (measure, "-12 dB");
        assert_eq!(model.metrics[0].robustness.iter().find(of).unwrap().value, 1.0);
    }
    let gaussian = report.systems[4].score(0, Measure::RecallAt1, "recording").unwrap().value;
    let random = report.systems[5].score(0, Measure::RecallAt1, "recording").unwrap().value;
    assert!(gaussian > 0.5 && random < 0.4, "{gaussian} {random}");

    // The same seed scores the same.
    let without = EvaluateSpec { robustness: false, ..spec(home.path()) };
    let (again, second) = run(&context, &without).unwrap();
    assert_eq!(again, 2);
    for (a, b) in report.systems.iter().zip(&second.systems) {
        for (a, b) in a.metrics.iter().zip(&b.metrics) {
            assert_eq!((&a.scores, &a.styles), (&b.scores, &b.styles));
            assert!(b.robustness.is_empty());
        }
        assert_eq!(a.triplets, b.triplets);
    }
    let earlier = evaluate::earlier(&context).unwrap();
    assert_eq!(earlier.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2]);
    // To the last digit but one: JSON does not keep the last.
    let (kept, made) = (&earlier[0].1, &report);
    assert_eq!((kept.created_at, kept.tracks, &kept.labels), (made.created_at, made.tracks, &made.labels));
    assert_eq!(tables(kept, "mean"), tables(made, "mean"), "a report survives the library");

    let out = home.path().join("out/scores");
    evaluate::write(&report, songline::domain::Metric::Min, &out).unwrap();
    let json: Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    assert_eq!(json["tracks"], 18);
    let rows = std::fs::read_to_string(out.join("scores.csv")).unwrap();
    assert!(rows.starts_with("system,metric,measure,label,value,low,high,chance,queries\n"), "{rows}");
    assert!(rows.contains("random ranking,random,R@1,recording,"), "{rows}");
    let mut in_memory = Vec::new();
    csv(&report, &mut in_memory).unwrap();
    assert_eq!(String::from_utf8(in_memory).unwrap(), rows);
    assert!(markdown(&report, "min").contains("| random ranking | random |"));
    assert!(text(&report, "mean").contains("expected by chance"));
    assert!(tables(&report, "mean").iter().all(|table| table.rows.iter().all(|row| row.len() == table.header.len())));
}

#[test]
fn folds_share_the_tracks_out_and_untagged_ones_are_told() {
    let home = tempfile::tempdir().unwrap();
    let context = library(home.path());
    let of_fold = |from| {
        let half = EvaluateSpec { validation_share: Some(0.5), validation_from: from, ..spec(home.path()) };
        run(&context, &EvaluateSpec { robustness: false, ..half }).unwrap().1
    };
    let (first, second) = (of_fold(0.0), of_fold(0.5));
    assert!(first.tracks > 0 && second.tracks > 0, "{} {}", first.tracks, second.tracks);
    assert_eq!(first.tracks + second.tracks, 18);
    assert!(markdown(&second, "mean").contains("from 50 % on") && !markdown(&first, "mean").contains("% on"));
    let told = |report: &Report| report.notes.iter().any(|note| note.contains("no artist in their tags"));
    assert!(told(&first), "{:?}", first.notes);
}

#[test]
fn vectors_of_a_model_score_as_the_model_does() {
    let home = tempfile::tempdir().unwrap();
    let context = library(home.path());
    let model = context.active_model().unwrap().name;
    songline::jobs::models::embed(&context, None, DeviceChoice::Cpu, &Control::default(), &Silent).unwrap();
    let span = songline::domain::Span::Preview;
    let files: Vec<_> = [("v.npy", export::EmbeddingFormat::Npy), ("v.parquet", export::EmbeddingFormat::Parquet)]
        .into_iter()
        .map(|(name, format)| {
            let path = home.path().join(name);
            export::embeddings(&context, span, format, &path).unwrap();
            path
        })
        .collect();
    let spec = EvaluateSpec { vectors: files, robustness: false, ..spec(home.path()) };
    let (_, report) = run(&context, &spec).unwrap();
    assert_eq!(report.systems[0].name, model);
    for file in [1, 2] {
        assert_eq!(report.systems[file].kind, SystemKind::Vectors);
        assert_eq!(report.systems[file].metrics, report.systems[0].metrics);
        assert_eq!(report.systems[file].triplets, report.systems[0].triplets);
    }
}

#[test]
fn the_published_model_is_a_baseline_and_is_not_trained_twice() {
    use songline::model::{Run, TrainingSpec};
    let home = tempfile::tempdir().unwrap();
    let context = library(home.path());
    // A short run that says it was the long one.
    let published = TrainingSpec { name: "dense-as-published".to_owned(), ..TrainingSpec::default() };
    let short = TrainingSpec { epochs: 1, embedding_epochs: 1, minimum_steps: 0, ..published.clone() };
    let control = Control::default();
    songline::jobs::models::train(&context, &short, DeviceChoice::Cpu, &control, &Silent).unwrap();
    let path = context.library.model_directory(&published.name).join("run.json");
    let mut run: Run = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    run.spec = published;
    std::fs::write(&path, serde_json::to_vec(&run).unwrap()).unwrap();
    let weights = context.model(Some("dense-as-published")).unwrap().weights_hash;
    let spec = EvaluateSpec { published: true, robustness: false, ..spec(home.path()) };
    let (_, report) = evaluate::evaluate(&context, &spec, &control, &Silent).unwrap();
    let system = &report.systems[1];
    assert_eq!((system.name.as_str(), system.kind), ("dense-as-published", SystemKind::Baseline));
    assert!(system.about.contains("as published") && system.about.contains("dense 128 to 128"), "{}", system.about);
    assert_eq!(system.weights, Some(weights.to_string()));
    assert_eq!(report.systems[0].kind, SystemKind::Model);
    assert_eq!(system.metrics.len(), 5);
}

#[test]
fn what_cannot_be_evaluated_is_said() {
    let home = tempfile::tempdir().unwrap();
    let context = library(home.path());
    let quick = EvaluateSpec { robustness: false, ..spec(home.path()) };
    let wrong = EvaluateSpec { by: vec!["mood".to_owned()], ..quick.clone() };
    let text = reason(run(&context, &wrong).unwrap_err());
    assert!(text.contains("mood") && text.contains("recording, artist, album, style"), "{text}");
    std::fs::write(home.path().join("other.csv"), "file,artist\nnobody.mp3,X\n").unwrap();
    let other = EvaluateSpec { labels: Some(home.path().join("other.csv")), ..quick.clone() };
    let text = reason(run(&context, &other).unwrap_err());
    assert!(text.contains("1 file names") && text.contains("nobody.mp3") && text.contains(".wav"), "{text}");
    let tags = EvaluateSpec { labels: None, ..quick.clone() };
    let text = reason(run(&context, &tags).unwrap_err());
    assert!(text.contains("--labels"), "{text}");
    let model = EvaluateSpec { models: vec!["nobody's".to_owned()], ..quick.clone() };
    assert!(reason(run(&context, &model).unwrap_err()).contains("nobody's"));
    let control = Control::default();
    control.cancel();
    assert_eq!(evaluate::evaluate(&context, &quick, &control, &Silent), Err(JobError::Cancelled));
    assert!(evaluate::earlier(&context).unwrap().is_empty(), "nothing half-made is kept");
}
