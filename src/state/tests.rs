//! What happens by itself, and what must not.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::audio::message::PlayerEvent;
use crate::domain::{ContentHash, Metric, SegmentGrid, Tags, Track};
use crate::jobs::message::{
    JobCommand, JobError, JobEvent, JobId, JobOutput, JobSpec, LibrarySnapshot, ModelSummary, Query, Recommendation,
    Recommendations,
};

fn track(id: i64) -> Arc<Track> {
    Arc::new(Track {
        id: TrackId(id),
        hash: ContentHash([id as u8; 32]),
        sound: ContentHash([id as u8; 32]),
        path: PathBuf::from(format!("/music/{id}.mp3")),
        tags: Tags { title: Some(format!("Song {id}")), ..Tags::default() },
        duration_s: 30.0,
        segments: 14,
        preview_start: 0,
        tempo: None,
        key: None,
        loudness: None,
        damaged_packets: 0,
        added_at: id,
    })
}

fn snapshot(tracks: i64, embedded: usize) -> JobOutput {
    let model = ModelSummary {
        name: "base".to_owned(),
        architecture: "dense".to_owned(),
        encoding: 128,
        embedding: 128,
        bundled: true,
        active: true,
        created_at: 0,
        encoding_accuracy: None,
        triplet_accuracy: None,
        retrieval: None,
        embedded,
        grid: SegmentGrid::default(),
    };
    let tracks = (1..=tracks).map(track).collect();
    JobOutput::Library(Box::new(LibrarySnapshot { tracks, models: vec![model], ..LibrarySnapshot::default() }))
}

fn started(effects: &[Effect], fits: impl Fn(&JobSpec) -> bool) -> Option<JobId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Job(JobCommand::Start { id, spec }) if fits(spec) => Some(*id),
        _ => None,
    })
}

fn finish(state: &mut AppState, id: JobId, output: JobOutput) -> Vec<Effect> {
    state.on_job(JobEvent::Finished { id, result: Ok(output) })
}

fn read(state: &mut AppState, output: JobOutput) -> Vec<Effect> {
    let effects = state.start();
    let id = started(&effects, |spec| *spec == JobSpec::ReadLibrary).unwrap();
    finish(state, id, output)
}

#[test]
fn tracks_that_cannot_be_embedded_do_not_start_embedding_for_ever() {
    let mut state = AppState::default();
    let effects = read(&mut state, snapshot(3, 0));
    let embed = started(&effects, |spec| matches!(spec, JobSpec::Embed { .. })).expect("embedding begins by itself");
    let effects = finish(&mut state, embed, JobOutput::Embedded { model: "base".to_owned(), tracks: 2 });
    let again = started(&effects, |spec| *spec == JobSpec::ReadLibrary).unwrap();
    let effects = finish(&mut state, again, snapshot(3, 2));
    assert_eq!(started(&effects, |spec| matches!(spec, JobSpec::Embed { .. })), None);
    assert!(started(&effects, |spec| matches!(spec, JobSpec::BuildMap { .. })).is_some(), "the map follows");
}

#[test]
fn a_late_answer_of_a_replaced_search_is_dropped() {
    let mut state = AppState::default();
    read(&mut state, snapshot(3, 3));
    let first = state.apply(AppCommand::Select(TrackId(1)));
    let first = started(&first, |spec| matches!(spec, JobSpec::Recommend(_))).unwrap();
    let second = state.apply(AppCommand::SetMetric(Metric::Dtw));
    assert!(second.contains(&Effect::Job(JobCommand::Cancel(first))));
    let late = Recommendations {
        seeds: vec![TrackId(1)],
        metric: Metric::Mean,
        items: vec![Recommendation { track: TrackId(2), distance: 1.0, distances: [1.0; 5], ranks: [1; 5] }],
        compared: 2,
        folded: Vec::new(),
        capped: 0,
        took: Duration::ZERO,
    };
    finish(&mut state, first, JobOutput::Recommended { recommendations: Arc::new(late), file: None });
    assert_eq!(state.query.results, None);
}

#[test]
fn several_seeds_ask_together_and_the_selected_one_comes_first() {
    let mut state = AppState::default();
    read(&mut state, snapshot(3, 3));
    state.apply(AppCommand::Select(TrackId(2)));
    let effects = state.apply(AppCommand::ToggleSeed(TrackId(3)));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Job(JobCommand::Start { spec: JobSpec::Recommend(spec), .. }) => Some(spec.query.clone()),
        _ => None,
    });
    assert_eq!(asked, Some(Query::Tracks(vec![TrackId(2), TrackId(3)])));
}

#[test]
fn without_an_audio_device_a_notice_says_so_once_and_the_rest_goes_on() {
    let mut state = AppState::default();
    read(&mut state, snapshot(2, 2));
    for _ in 0..3 {
        state.on_player(&PlayerEvent::NoDevice { reason: "none".to_owned() });
    }
    assert_eq!(state.notices.iter().count(), 1);
    assert!(!state.apply(AppCommand::Select(TrackId(2))).is_empty());
}

#[test]
fn a_cancelled_job_is_no_error_and_a_failed_one_is_told() {
    let mut state = AppState::default();
    read(&mut state, snapshot(0, 0));
    for (error, notices) in
        [(JobError::Cancelled, 0), (JobError::Failed { doing: "Importing", reason: "the disk is full".to_owned() }, 1)]
    {
        let effects = state.apply(AppCommand::Import(vec![PathBuf::from("/music")]));
        let id = started(&effects, |spec| matches!(spec, JobSpec::Import { .. })).unwrap();
        state.on_job(JobEvent::Finished { id, result: Err(error) });
        assert_eq!(state.notices.iter().count(), notices);
    }
}

#[test]
fn unknown_values_sort_last_in_both_directions() {
    let mut tracks: Vec<Arc<Track>> = (1..=3).map(track).collect();
    Arc::make_mut(&mut tracks[0]).tempo = Some(90.0);
    Arc::make_mut(&mut tracks[2]).tempo = Some(120.0);
    let mut table = TableView::default();
    table.rebuild(&tracks, SortKey::Tempo, false);
    assert_eq!(table.rows, [TrackId(1), TrackId(3), TrackId(2)]);
    table.rebuild(&tracks, SortKey::Tempo, true);
    assert_eq!(table.rows, [TrackId(3), TrackId(1), TrackId(2)]);
    table.search = "song 3".to_owned();
    table.rebuild(&tracks, SortKey::Title, false);
    assert_eq!(table.rows, [TrackId(3)]);
}

#[test]
fn the_window_is_remembered() {
    let session = Session { selected: Some(TrackId(4)), screen: Screen::Inspect, ..Session::default() };
    let text = serde_json::to_string(&session).unwrap();
    assert_eq!(serde_json::from_str::<Session>(&text).unwrap(), session);
    assert_eq!(serde_json::from_str::<Session>("{\"from_the_future\": 1}").unwrap(), Session::default());
}
