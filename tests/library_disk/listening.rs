//! Listening sessions: what a listener is told of them, and what is known of them afterwards.

use songline::domain::{Answers, Chooser, Metric, Question, Response, ScaledDistances, Span, Standing, TrackId};
use songline::library::{Library, LibraryError, NewListening, NewPick, NewRound};

use crate::support::*;

fn session(tracks: &[TrackId]) -> NewListening {
    let mean = Chooser::Model { name: "m".to_owned(), weights: hash(1), metric: Metric::Mean };
    let frechet = Chooser::Model { name: "m".to_owned(), weights: hash(1), metric: Metric::Frechet };
    let distances = |value| vec![ScaledDistances { model: "m".to_owned(), weights: hash(1), values: [value; 4] }];
    let first = NewRound {
        query: tracks[0],
        picks: vec![
            NewPick { track: tracks[2], credits: vec![(Chooser::Chance, 1)], distances: distances(1.5) },
            NewPick {
                track: tracks[1],
                credits: vec![(mean.clone(), 1), (frechet, 2), (Chooser::Chance, 2)],
                distances: distances(0.25),
            },
        ],
    };
    let second = NewRound {
        query: tracks[1],
        picks: vec![NewPick { track: tracks[0], credits: vec![(mean, 1)], distances: Vec::new() }],
    };
    NewListening {
        listener: "Ada ♯".to_owned(),
        seed: u64::MAX,
        span: Span::Preview,
        blend: [0.5, 0.0, 0.25, 0.25],
        rounds: vec![first, second],
    }
}

fn three(library: &Library) -> Vec<TrackId> {
    (1..=3).map(|seed| add(library, format!("/{seed}.mp3"), seed).id()).collect()
}

#[test]
fn sessions_keep_what_was_recommended_by_whom_and_what_was_said() {
    let (_folder, library) = library();
    let tracks = three(&library);
    let new = session(&tracks);
    let id = library.add_listening(&new).unwrap();
    let sessions = library.listening_sessions().unwrap();
    let [kept] = sessions.as_slice() else { panic!("{sessions:?}") };
    assert_eq!((kept.id, kept.listener.as_str(), kept.seed), (id, "Ada ♯", u64::MAX));
    let heard: Vec<(TrackId, Vec<TrackId>)> =
        kept.rounds.iter().map(|round| (round.query, round.picks.iter().map(|pick| pick.track).collect())).collect();
    assert_eq!(heard, [(tracks[0], vec![tracks[2], tracks[1]]), (tracks[1], vec![tracks[0]])]);
    assert_eq!((kept.progress(), kept.is_done()), ((0, 3), false));

    let mut answers = Answers::default();
    answers.set(Question::Vibe, Some(4));
    answers.set(Question::Known, Some(0));
    let said = Response { answers, standing: Standing::Answered };
    let skipped = Response { standing: Standing::Skipped, ..Response::default() };
    let picks = &kept.rounds[0].picks;
    library.keep_responses(&[(picks[0].id, said), (picks[1].id, skipped)]).unwrap();
    let kept = &library.listening_sessions().unwrap()[0];
    assert_eq!(kept.rounds[0].picks[0].response, said);
    assert_eq!(kept.rounds[0].picks[1].response, skipped);
    assert_eq!((kept.progress(), kept.rounds[0].is_done(), kept.is_done()), ((2, 3), true, false));

    let records = library.listening_records().unwrap();
    let places: Vec<(usize, usize)> = records.iter().map(|record| (record.round, record.position)).collect();
    assert_eq!(places, [(1, 1), (1, 2), (2, 1)]);
    assert_eq!(records[0].response, said);
    assert!(records[0].answered_at.is_some() && records[2].answered_at.is_none());
    assert_eq!(
        (&records[1].credits, &records[1].distances),
        (&new.rounds[0].picks[1].credits, &new.rounds[0].picks[1].distances)
    );
    assert_eq!((records[1].blend, records[1].seed, records[1].session), (new.blend, u64::MAX, id));
    assert_eq!(records[0].credits, [(Chooser::Chance, 1)]);
}

#[test]
fn a_session_about_tracks_that_are_not_there_is_not_kept() {
    let (_folder, library) = library();
    let mut tracks = three(&library);
    tracks[2] = TrackId(77);
    assert!(matches!(library.add_listening(&session(&tracks)), Err(LibraryError::Database { .. })));
    assert_eq!(library.listening_sessions().unwrap(), [], "nothing of it stays");
}

#[test]
fn studies_and_evaluations_are_numbered_on_their_own() {
    let (_folder, library) = library();
    assert_eq!(library.add_evaluation(5, "{\"a\": 1}").unwrap(), 1);
    assert_eq!(library.add_study(6, "{\"b\": 2}").unwrap(), 1);
    assert_eq!(library.add_study(7, "{\"b\": 3}").unwrap(), 2);
    let studies = library.studies().unwrap();
    assert_eq!(studies.iter().map(|study| (study.id, study.created_at)).collect::<Vec<_>>(), [(1, 6), (2, 7)]);
    assert_eq!(library.evaluations().unwrap()[0].json, "{\"a\": 1}");
}
