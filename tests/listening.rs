//! The listening study from music to answers: what is played, what is kept, what it comes to.

mod music;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use songline::domain::{
    Answers, Chooser, Control, DeviceChoice, ListeningSession, Metric, Question, Response, Standing, TrackId,
};
use songline::jobs::message::{JobError, Lessons, ListeningSpec};
use songline::jobs::{Context, Silent, import, listening};
use songline::library::Library;

fn library(folder: &Path) -> Context {
    let files = folder.join("music");
    std::fs::create_dir_all(&files).unwrap();
    music::six(&files);
    for extra in 0..4 {
        let name = format!("extra-{extra}.wav");
        music::write(&files, &name, 34.0, 200.0 + 90.0 * extra as f32, 1.0 + extra as f32, 0.2);
    }
    let library = Library::open(&folder.join("library")).unwrap();
    let context = Context::new(Arc::new(library));
    import::import(&context, &[files], false, &Control::default(), &Silent).unwrap();
    context
}

fn spec(listener: &str) -> ListeningSpec {
    ListeningSpec {
        listener: listener.to_owned(),
        metrics: vec![Metric::Mean, Metric::Min],
        rounds: 3,
        device: DeviceChoice::Cpu,
        ..ListeningSpec::default()
    }
}

fn plan(context: &Context, spec: &ListeningSpec) -> Result<ListeningSession, JobError> {
    listening::plan(context, spec, &Control::default(), &Silent)
}

fn heard(session: &ListeningSession) -> Vec<(TrackId, Vec<TrackId>)> {
    let round =
        |round: &songline::domain::ListeningRound| (round.query, round.picks.iter().map(|pick| pick.track).collect());
    session.rounds.iter().map(round).collect()
}

#[test]
fn a_session_mixes_models_metrics_and_chance_and_knows_afterwards_who_was_who() {
    let home = tempfile::tempdir().unwrap();
    let context = library(home.path());
    let session = plan(&context, &spec(" Ada ")).unwrap();
    assert_eq!((session.listener.as_str(), session.rounds.len()), ("Ada", 3));
    let model = context.active_model().unwrap();
    let records = context.library.listening_records().unwrap();
    for (place, round) in session.rounds.iter().enumerate() {
        let tracks: HashSet<TrackId> = round.picks.iter().map(|pick| pick.track).collect();
        assert_eq!(tracks.len(), round.picks.len(), "each track is played once");
        assert!(!tracks.contains(&round.query), "the query is not recommended to itself");
        let of_round: Vec<_> = records.iter().filter(|record| record.round == place + 1).collect();
        let credits: Vec<_> = of_round.iter().flat_map(|record| &record.credits).collect();
        let of = |wanted: Option<Metric>| {
            let mut ranks: Vec<usize> = credits
                .iter()
                .filter(|(chooser, _)| match chooser {
                    Chooser::Chance => wanted.is_none(),
                    Chooser::Model { name, weights, metric } => {
                        *name == model.name && *weights == model.weights_hash && wanted == Some(*metric)
                    }
                })
                .map(|(_, rank)| *rank)
                .collect();
            ranks.sort_unstable();
            ranks
        };
        for chooser in [Some(Metric::Mean), Some(Metric::Min), None] {
            assert_eq!(of(chooser), [1, 2], "two of each, credited even where they agree");
        }
        // Near is what is nearest: no track has a smaller distance than the first recommendation.
        let first = |metric: Metric| {
            let is_first = |record: &&&songline::domain::ListeningRecord| {
                let by =
                    |chooser: &Chooser| matches!(chooser, Chooser::Model { metric: known, .. } if *known == metric);
                record.credits.iter().any(|(chooser, rank)| by(chooser) && *rank == 1)
            };
            of_round.iter().find(is_first).unwrap().distances[0].values[metric as usize]
        };
        for metric in [Metric::Mean, Metric::Min] {
            assert!(of_round.iter().all(|record| record.distances[0].values[metric as usize] >= first(metric)));
        }
        assert_eq!(of_round.iter().filter(|record| record.distances.len() == 1).count(), of_round.len());
    }
    // The same seed plays the same to everybody, another one other music.
    let ben = plan(&context, &spec("Ben")).unwrap();
    assert_eq!(heard(&ben), heard(&session));
    let other = plan(&context, &ListeningSpec { seed: 2, ..spec("Ben") }).unwrap();
    assert_ne!(heard(&other), heard(&session));
    assert_eq!(listening::sessions(&context).unwrap().len(), 3);
}

#[test]
fn answers_come_to_means_lines_and_lessons() {
    let home = tempfile::tempdir().unwrap();
    let context = library(home.path());
    let session = plan(&context, &spec("Ada")).unwrap();
    let said = |vibe: u8| {
        let mut answers = Answers::default();
        answers.set(Question::Vibe, Some(vibe));
        Response { answers, standing: Standing::Answered }
    };
    let picks: Vec<i64> = session.rounds.iter().flat_map(|round| &round.picks).map(|pick| pick.id).collect();
    let answers: Vec<(i64, Response)> = picks.iter().map(|id| (*id, said(3))).collect();
    listening::keep(&context, &answers[..2]).unwrap();
    assert!(listening::outcome(&context, None).unwrap().rows.is_empty(), "nothing is told of a round under way");
    let first = session.rounds[0].picks.len();
    listening::keep(&context, &answers[..first + 1]).unwrap();
    let results = listening::outcome(&context, None).unwrap();
    assert_eq!((results.answered, results.listeners.len()), (first, 1));
    listening::keep(&context, &answers).unwrap();
    let results = listening::outcome(&context, Some("Ada")).unwrap();
    assert_eq!((results.answered, results.queries), (picks.len(), 3));
    let rows: Vec<(&str, f64)> =
        results.rows.iter().map(|row| (row.metric.as_str(), row.questions[0].unwrap().value)).collect();
    assert_eq!(rows, [("mean", 3.0), ("min", 3.0), ("", 3.0)]);
    assert!(listening::outcome(&context, Some("Nobody")).unwrap().rows.is_empty());

    let path = home.path().join("answers.csv");
    assert_eq!(listening::export(&context, &path).unwrap(), picks.len());
    let mut table = csv::Reader::from_path(&path).unwrap();
    let header = table.headers().unwrap().clone();
    assert_eq!(header.iter().take(4).collect::<Vec<_>>(), ["session", "listener", "seed", "round"]);
    let lines: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), 3 * 6, "a line for each who recommended");
    let column = |name: &str| header.iter().position(|known| known == name).unwrap();
    assert!(lines.iter().all(|line| &line[column("vibe")] == "3" && line[column("style")].is_empty()));
    assert!(lines.iter().all(|line| line[column("query")].ends_with(".wav")));
    assert_eq!(lines.iter().filter(|line| &line[column("model")] == "chance").count(), 3 * 2);

    let lesson = listening::lesson(&context, None, [1.0; 4]).unwrap();
    assert!(matches!(lesson, Lessons::TooFew { ratings, queries: 3, .. } if ratings == picks.len()), "{lesson:?}");
}

#[test]
fn what_cannot_be_played_is_said() {
    let home = tempfile::tempdir().unwrap();
    let context = library(home.path());
    let reason = |spec: &ListeningSpec| match plan(&context, spec).unwrap_err() {
        JobError::Failed { reason, .. } => reason,
        error => panic!("{error:?}"),
    };
    assert!(reason(&spec("  ")).contains("who listens"));
    assert!(reason(&ListeningSpec { metrics: Vec::new(), ..spec("Ada") }).contains("metric"));
    assert!(reason(&ListeningSpec { chance: 20, ..spec("Ada") }).contains("22 are needed"));
    assert!(reason(&ListeningSpec { models: vec!["nobody's".to_owned()], ..spec("Ada") }).contains("nobody's"));
    assert!(listening::sessions(&context).unwrap().is_empty());
}
