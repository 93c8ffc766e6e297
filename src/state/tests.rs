//! What happens by itself, and what must not.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::audio::message::{PlayItem, PlayerCommand, PlayerEvent};
use crate::domain::{
    ContentHash, FolderNews, FolderState, Metric, SegmentGrid, Span, Tags, Track, Trajectory, Waveform,
};
use crate::jobs::message::{
    FileQuery, ImportSummary, JobCommand, JobError, JobEvent, JobId, JobOutput, JobSpec, LibrarySnapshot, MapWays,
    ModelSummary, Query, Recommendation, Recommendations, Subject,
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
        filtered: 0,
        folded: Vec::new(),
        capped: 0,
        exact: true,
        stages: Vec::new(),
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
    table.rebuild(&tracks, &Marks::default(), SortKey::Tempo, false);
    assert_eq!(table.rows, [TrackId(1), TrackId(3), TrackId(2)]);
    table.rebuild(&tracks, &Marks::default(), SortKey::Tempo, true);
    assert_eq!(table.rows, [TrackId(3), TrackId(1), TrackId(2)]);
    table.search = "song 3".to_owned();
    table.rebuild(&tracks, &Marks::default(), SortKey::Title, false);
    assert_eq!(table.rows, [TrackId(3)]);
}

#[test]
fn the_window_is_remembered() {
    let session = Session { selected: Some(TrackId(4)), screen: Screen::Inspect, ..Session::default() };
    let text = serde_json::to_string(&session).unwrap();
    assert_eq!(serde_json::from_str::<Session>(&text).unwrap(), session);
    assert_eq!(serde_json::from_str::<Session>("{\"from_the_future\": 1}").unwrap(), Session::default());
}

fn asked_under(effects: &[Effect]) -> Option<Metric> {
    effects.iter().find_map(|effect| match effect {
        Effect::Job(JobCommand::Start { spec: JobSpec::Recommend(spec), .. }) => Some(spec.metric),
        _ => None,
    })
}

fn results(seeds: Vec<TrackId>, found: &[i64]) -> Recommendations {
    let item = |id: &i64| Recommendation { track: TrackId(*id), distance: 1.0, distances: [1.0; 5], ranks: [1; 5] };
    Recommendations {
        seeds,
        metric: Metric::Mean,
        items: found.iter().map(item).collect(),
        compared: 2,
        filtered: 0,
        folded: Vec::new(),
        capped: 0,
        exact: true,
        stages: Vec::new(),
        took: Duration::ZERO,
    }
}

/// A state whose query is a file outside the library.
fn asked_about_a_file() -> (AppState, PathBuf) {
    let mut state = AppState::default();
    read(&mut state, snapshot(3, 3));
    let path = PathBuf::from("/elsewhere/song.ogg");
    let effects = state.apply(AppCommand::RecommendFile(path.clone()));
    let search = started(&effects, |spec| matches!(spec, JobSpec::Recommend(_))).unwrap();
    let file = FileQuery {
        track: Track { id: TrackId(0), path: path.clone(), ..(*track(9)).clone() },
        trajectory: Trajectory::new(1, vec![0.0; 14]).unwrap(),
        waveform: Waveform { peaks: vec![1, 2, 3] },
    };
    let recommendations = Arc::new(results(Vec::new(), &[2, 1]));
    finish(&mut state, search, JobOutput::Recommended { recommendations, file: Some(Box::new(file)) });
    (state, path)
}

fn loaded(effects: &[Effect]) -> Option<PlayItem> {
    effects.iter().find_map(|effect| match effect {
        Effect::Player(PlayerCommand::Load { item, .. }) => Some(item.clone()),
        _ => None,
    })
}

#[test]
fn settings_and_query_never_disagree() {
    let mut state = AppState::default();
    read(&mut state, snapshot(3, 3));
    state.apply(AppCommand::Select(TrackId(1)));
    let settings = Settings { metric: Metric::Frechet, volume: 0.25, ..state.settings.clone() };
    let effects = state.apply(AppCommand::ChangeSettings(Box::new(settings)));
    assert_eq!(state.query.metric, Metric::Frechet);
    assert_eq!(asked_under(&effects), Some(Metric::Frechet), "the search runs again");
    assert!(effects.contains(&Effect::Player(PlayerCommand::SetVolume(0.25))));
    let effects = state.apply(AppCommand::SetMetric(Metric::Dtw));
    assert_eq!((state.settings.metric, asked_under(&effects)), (Metric::Dtw, Some(Metric::Dtw)));
    let settings = Settings { theme: crate::settings::Theme::Light, ..state.settings.clone() };
    let effects = state.apply(AppCommand::ChangeSettings(Box::new(settings)));
    assert_eq!(asked_under(&effects), None, "what does not change the answer does not ask again");
}

#[test]
fn a_change_of_span_reaches_map_training_and_search() {
    let mut state = AppState::default();
    read(&mut state, snapshot(3, 3));
    state.apply(AppCommand::Select(TrackId(1)));
    let settings = Settings { span: Span::Whole, ..state.settings.clone() };
    let effects = state.apply(AppCommand::ChangeSettings(Box::new(settings)));
    assert_eq!((state.map.settings.span, state.training.spec.span), (Span::Whole, Span::Whole));
    let spans: Vec<Span> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Job(JobCommand::Start { spec: JobSpec::Recommend(spec), .. }) => Some(spec.span),
            Effect::Job(JobCommand::Start { spec: JobSpec::BuildMap { settings, .. }, .. }) => Some(settings.span),
            _ => None,
        })
        .collect();
    assert_eq!(spans, [Span::Whole; 2]);
}

#[test]
fn a_segment_of_a_file_outside_the_library_is_played() {
    let (mut state, path) = asked_about_a_file();
    let item = loaded(&state.apply(AppCommand::PlaySegment(None, 3))).unwrap();
    assert_eq!(item, PlayItem { path: path.clone(), start_s: 6.0, end_s: Some(10.0) });
    assert_eq!(state.player.waveform, Some(Waveform { peaks: vec![1, 2, 3] }));
    assert!(state.is_loaded(&Subject::File(path)) && state.player.track().is_none());
}

#[test]
fn what_is_asked_about_is_inspected_be_it_a_file() {
    let (mut state, path) = asked_about_a_file();
    let effects = state.apply(AppCommand::Show(Screen::Inspect));
    let file = Subject::File(path);
    assert!(started(&effects, |spec| matches!(spec, JobSpec::Inspect { subject, .. } if *subject == file)).is_some());
    assert_eq!(state.named(&file).0, "Song 9");
    let effects = state.apply(AppCommand::Select(TrackId(2)));
    let track = Subject::Track(TrackId(2));
    assert!(started(&effects, |spec| matches!(spec, JobSpec::Inspect { subject, .. } if *subject == track)).is_some());
}

#[test]
fn the_written_map_has_the_ways_that_the_window_shows() {
    let written = |state: &mut AppState| {
        let effects = state.apply(AppCommand::ExportMap(PathBuf::from("/m.svg")));
        effects.into_iter().find_map(|effect| match effect {
            Effect::Job(JobCommand::Start { spec: JobSpec::WriteMap { ways, .. }, .. }) => Some(ways),
            _ => None,
        })
    };
    let (mut state, path) = asked_about_a_file();
    let ways = written(&mut state).unwrap();
    assert_eq!(ways.files.iter().map(|file| file.track.path.clone()).collect::<Vec<_>>(), [path]);
    assert_eq!((ways.asked, ways.others), (vec![], vec![TrackId(2), TrackId(1)]));
    state.apply(AppCommand::ShowTrajectories(false));
    assert_eq!(written(&mut state), Some(MapWays::default()));
}

#[test]
fn what_a_model_lacks_is_embedded_on_request_and_once_at_a_time() {
    let mut state = AppState::default();
    read(&mut state, snapshot(3, 3));
    let effects = state.apply(AppCommand::Embed("other".to_owned()));
    let id = started(&effects, |spec| matches!(spec, JobSpec::Embed { model, .. } if model == "other")).unwrap();
    assert_eq!(state.apply(AppCommand::Embed("other".to_owned())), []);
    state.map.layout = Some(Arc::new(crate::jobs::message::MapLayout {
        model: "base".to_owned(),
        settings: crate::jobs::message::MapSettings::default(),
        regions: Vec::new(),
        method: String::new(),
        kl: None,
        recall_10: None,
        points: Vec::new(),
    }));
    let effects = finish(&mut state, id, JobOutput::Embedded { model: "other".to_owned(), tracks: 3 });
    assert!(started(&effects, |spec| *spec == JobSpec::ReadLibrary).is_some());
    assert!(state.map.layout.is_some(), "the map of the model in use stays");
}

#[test]
fn another_library_begins_anew_and_is_remembered() {
    let mut state = AppState::default();
    read(&mut state, snapshot(3, 3));
    state.apply(AppCommand::Select(TrackId(1)));
    state.apply(AppCommand::PlayTrack(TrackId(1)));
    let folder = PathBuf::from("/music/library");
    let import = state.apply(AppCommand::Import(vec![PathBuf::from("/music")]));
    let import = started(&import, |spec| matches!(spec, JobSpec::Import { .. })).unwrap();
    assert_eq!(state.apply(AppCommand::OpenLibrary(Some(folder.clone()))), [], "not while music is imported");
    finish(&mut state, import, JobOutput::Imported(crate::jobs::message::ImportSummary::default()));
    let asked = state.apply(AppCommand::OpenLibrary(Some(folder.clone())));
    assert_eq!(asked, [Effect::OpenLibrary(Some(folder.clone()))]);
    let effects = state.opened_library(Some(folder.clone()));
    assert!(effects.contains(&Effect::Player(PlayerCommand::Stop)) && effects.contains(&Effect::SaveSettings));
    assert!(started(&effects, |spec| *spec == JobSpec::ReadLibrary).is_some());
    assert_eq!((state.settings.library.clone(), state.selected(), state.library.loaded), (Some(folder), None, false));
    state.on_player(&PlayerEvent::Started { token: 1, duration_s: 9.0 });
    assert!(!state.player.is_playing(), "news of the track of before is dropped");
}

#[test]
fn a_selection_remembered_with_another_library_is_forgotten() {
    for (library, selected) in [("/other", None), ("", Some(TrackId(2)))] {
        let session = Session { selected: Some(TrackId(2)), library: Some(library.into()), ..Session::default() };
        let mut state = AppState::new(Settings::default(), session);
        read(&mut state, snapshot(3, 3));
        assert_eq!(state.selected(), selected, "the library of the snapshot has an empty path");
    }
}

#[test]
fn what_was_embedded_since_takes_part_in_the_search() {
    let mut state = AppState::default();
    read(&mut state, snapshot(3, 3));
    state.apply(AppCommand::Select(TrackId(1)));
    let id = started(&state.apply(AppCommand::Embed("base".to_owned())), |_| true).unwrap();
    let effects = finish(&mut state, id, JobOutput::Embedded { model: "base".to_owned(), tracks: 2 });
    assert!(asked_under(&effects).is_some());
}

#[test]
fn play_plays_the_file_that_is_asked_about() {
    let (mut state, path) = asked_about_a_file();
    let item = loaded(&state.apply(AppCommand::TogglePlay)).unwrap();
    assert_eq!(item, PlayItem { path, start_s: 0.0, end_s: None });
}

#[test]
fn the_train_screen_shows_how_the_model_in_use_learnt() {
    let curves =
        |effects: &[Effect]| started(effects, |spec| matches!(spec, JobSpec::ReadCurves { model } if model == "base"));
    let mut state = AppState::new(crate::settings::Settings::default(), Session::default());
    let effects = state.start();
    let read = started(&effects, |spec| *spec == JobSpec::ReadLibrary).unwrap();
    finish(&mut state, read, snapshot(3, 3));
    let effects = state.apply(AppCommand::Show(Screen::Train));
    let id = curves(&effects).unwrap();
    assert_eq!(curves(&state.apply(AppCommand::Show(Screen::Train))), None, "they are on their way");
    finish(&mut state, id, JobOutput::Curves { model: "base".to_owned(), epochs: Vec::new() });
    assert_eq!(state.training.shown.as_deref(), Some("base"));
    assert_eq!(curves(&state.apply(AppCommand::Show(Screen::Train))), None, "they are shown");
}

#[test]
fn a_window_that_only_reads_starts_no_embedding_and_says_why_it_refuses() {
    let mut state = AppState::new(crate::settings::Settings::default(), Session::default());
    state.read_only = true;
    let effects = state.start();
    let read = started(&effects, |spec| *spec == JobSpec::ReadLibrary).unwrap();
    let effects = finish(&mut state, read, snapshot(3, 1));
    assert_eq!(started(&effects, JobSpec::changes_library), None);
    let effects = state.apply(AppCommand::Import(vec!["/music".into()]));
    let import = started(&effects, JobSpec::changes_library).unwrap();
    state.on_job(JobEvent::Finished { id: import, result: Err(JobError::ReadOnly) });
    let notice = state.notices.iter().last().unwrap();
    assert_eq!(notice.title, "Another window works with this library");
}

#[test]
fn a_window_that_opens_on_the_data_screen_reads_what_it_shows() {
    let session = Session { screen: Screen::Data, ..Session::default() };
    let mut state = AppState::new(crate::settings::Settings::default(), session);
    let effects = state.start();
    let read = started(&effects, |spec| *spec == JobSpec::ReadLibrary).unwrap();
    let effects = finish(&mut state, read, snapshot(3, 3));
    assert!(started(&effects, |spec| matches!(spec, JobSpec::ReadSets { .. })).is_some());
    assert!(started(&effects, |spec| *spec == JobSpec::ReadHistory).is_some());
    assert!(started(&effects, |spec| matches!(spec, JobSpec::FindSpotify { .. })).is_some());
}

/// What was left undone is begun again, paused where it was, and said; training is begun once.
#[test]
fn what_an_earlier_start_left_undone_is_taken_up() {
    use crate::jobs::message::{LeftJob, Work};
    let mut state = AppState::new(crate::settings::Settings::default(), Session::default());
    let effects = state.start();
    let read = started(&effects, |spec| *spec == JobSpec::ReadLibrary).unwrap();
    let import = Work::Import { paths: vec!["/music".into()], retry_failed: false };
    let train = Work::Train { spec: Box::default(), device: crate::domain::DeviceChoice::Cpu };
    let left = |work: &Work, paused| LeftJob { work: work.clone(), paused };
    let output = match snapshot(3, 3) {
        JobOutput::Library(read) => {
            let left = vec![left(&import, true), left(&train, false), left(&train, false)];
            JobOutput::Library(Box::new(crate::jobs::message::LibrarySnapshot { left, ..*read }))
        }
        other => other,
    };
    let effects = finish(&mut state, read, output);
    let id = started(&effects, |spec| *spec == import.clone().spec()).unwrap();
    assert!(effects.contains(&Effect::Job(JobCommand::Pause(id))));
    assert!(state.jobs.get(id).is_some_and(|job| job.paused));
    let trained = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Job(JobCommand::Start { spec: JobSpec::Train { .. }, .. })));
    assert_eq!(trained.count(), 1);
    let notice = state.notices.iter().last().unwrap();
    assert_eq!(notice.title, "Going on with what was left undone");
    assert!(notice.detail.starts_with("Import: music, Training: "), "{}", notice.detail);
}

#[test]
fn followed_folders_are_followed_imported_and_forgotten() {
    let mut state = AppState::new(crate::settings::Settings::default(), Session::default());
    let effects = state.apply(AppCommand::Folder(FolderCommand::Follow("/music".into())));
    let follow = started(&effects, |spec| matches!(spec, JobSpec::FollowFolder { follow: true, .. })).unwrap();
    assert!(started(&effects, |spec| matches!(spec, JobSpec::Import { .. })).is_some());
    let effects = finish(&mut state, follow, JobOutput::Folders(vec!["/music".into()]));
    assert_eq!(effects, [Effect::Follow(vec!["/music".into()])]);
    let states = FolderNews::States(vec![("/music".into(), FolderState::Missing)]);
    state.apply(AppCommand::Folder(FolderCommand::Heard(states)));
    assert_eq!(state.folders[0].state, Some(FolderState::Missing));
    let changed = AppCommand::Folder(FolderCommand::Heard(FolderNews::Changed(vec!["/music/new.mp3".into()])));
    let wanted = JobSpec::CatchUp { paths: vec!["/music/new.mp3".into()] };
    let away = Track { path: "/music/a/b.mp3".into(), ..(*track(1)).clone() };
    assert!(state.is_away(&away) && !state.is_away(&Track { path: "/musical/b.mp3".into(), ..away.clone() }));
    let first = started(&state.apply(changed.clone()), |spec| *spec == wanted).unwrap();
    // What is heard meanwhile is looked at in one go afterwards, and nothing is said of a look that found nothing new.
    let more = |name: &str| AppCommand::Folder(FolderCommand::Heard(FolderNews::Changed(vec![name.into()])));
    assert_eq!((state.apply(more("/music/b.mp3")), state.apply(more("/music/a.mp3"))), (Vec::new(), Vec::new()));
    let notices = state.notices.iter().count();
    let effects =
        finish(&mut state, first, JobOutput::Imported(ImportSummary { unchanged: 1, ..ImportSummary::default() }));
    let wanted = JobSpec::CatchUp { paths: vec!["/music/a.mp3".into(), "/music/b.mp3".into()] };
    let second = started(&effects, |spec| *spec == wanted).unwrap();
    assert_eq!(state.notices.iter().count(), notices);
    finish(&mut state, second, JobOutput::Imported(ImportSummary { imported: 2, ..ImportSummary::default() }));
    assert_eq!(state.notices.iter().count(), notices + 1);
    // No longer followed by mistake: taken back, it is followed and looked through again.
    state.apply(AppCommand::Folder(FolderCommand::Forget("/music".into())));
    assert_eq!(state.history.to_undo().map(|change| change.what.as_str()), Some("Stop following a folder"));
    let effects = state.apply(AppCommand::Undo);
    assert!(started(&effects, |spec| matches!(spec, JobSpec::FollowFolder { follow: true, .. })).is_some());
    assert!(started(&effects, |spec| matches!(spec, JobSpec::Import { .. })).is_some());
    let effects = state.apply(AppCommand::Redo);
    assert!(started(&effects, |spec| matches!(spec, JobSpec::FollowFolder { follow: false, .. })).is_some());
    assert!(started(&effects, |spec| matches!(spec, JobSpec::Import { .. })).is_none());
    // A window that only reads remembers what it heard until it may write.
    state.read_only = true;
    assert_eq!(state.apply(changed), []);
    state.read_only = false;
    assert_eq!(state.look_at_changes().len(), 1);
    assert!(state.opened_library(None).contains(&Effect::Follow(Vec::new())));
}

#[test]
fn marks_are_a_set_that_the_table_can_be_narrowed_to_and_asked_with() {
    let mut state = AppState::default();
    read(&mut state, snapshot(5, 5));
    let mark = |state: &mut AppState, command| state.apply(AppCommand::Mark(command));
    mark(&mut state, MarkCommand::These { tracks: vec![TrackId(2), TrackId(4)], add: false });
    mark(&mut state, MarkCommand::Toggle(TrackId(5)));
    assert!(state.marks.len() == 3 && state.marks.lights(TrackId(4)) && !state.marks.lights(TrackId(1)));
    mark(&mut state, MarkCommand::Only(true));
    let mut rows = state.table.rows.clone();
    rows.sort();
    assert_eq!(rows, [TrackId(2), TrackId(4), TrackId(5)]);
    state.apply(AppCommand::Select(TrackId(4)));
    let effects = mark(&mut state, MarkCommand::Recommend);
    assert_eq!(state.seeds(), [TrackId(4), TrackId(2), TrackId(5)], "the selected track stays the first");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Job(JobCommand::Start { .. }))));
    mark(&mut state, MarkCommand::These { tracks: vec![TrackId(1)], add: false });
    assert!(state.marks.len() == 1 && state.marks.only);
    mark(&mut state, MarkCommand::Clear);
    assert!(!state.marks.only && state.table.rows.len() == 5 && state.marks.lights(TrackId(1)));
}

#[test]
fn too_many_marked_tracks_are_not_asked_about() {
    let mut state = AppState::default();
    read(&mut state, snapshot(MOST_ASKED as i64 + 1, MOST_ASKED + 1));
    state.apply(AppCommand::Mark(MarkCommand::Found));
    assert_eq!(state.marks.len(), MOST_ASKED + 1);
    assert!(state.apply(AppCommand::Mark(MarkCommand::Recommend)).is_empty());
    assert!(state.seeds().is_empty());
}

#[test]
fn what_has_arrived_is_embedded_while_the_rest_is_on_its_way() {
    let mut state = AppState::default();
    read(&mut state, snapshot(0, 0));
    let effects = state.apply(AppCommand::Import(vec!["/music".into()]));
    let import = started(&effects, |spec| matches!(spec, JobSpec::Import { .. })).unwrap();
    let embeds = |effects: &[Effect]| started(effects, |spec| matches!(spec, JobSpec::Embed { .. }));
    let arrive = |state: &mut AppState, id| {
        let partial = crate::jobs::message::Partial::TrackAdded(track(id));
        embeds(&state.on_job(JobEvent::Partial { id: import, partial }))
    };
    assert!((1..100).all(|id| arrive(&mut state, id).is_none()));
    let embed = arrive(&mut state, 100).expect("enough have arrived");
    // One embedding at a time, and the next one once the library has doubled.
    assert!((101..=160).all(|id| arrive(&mut state, id).is_none()));
    let effects = finish(&mut state, embed, JobOutput::Embedded { model: "base".into(), tracks: 120 });
    let again = started(&effects, |spec| *spec == JobSpec::ReadLibrary).unwrap();
    let effects = finish(&mut state, again, snapshot(160, 120));
    assert_eq!(embeds(&effects), None, "the import is still under way");
    assert!(started(&effects, |spec| matches!(spec, JobSpec::BuildMap { .. })).is_some(), "there is a map already");
    assert!((161..220).all(|id| arrive(&mut state, id).is_none()));
    assert!(arrive(&mut state, 220).is_some());
}

#[test]
fn what_is_embedded_while_versions_are_looked_for_is_compared_afterwards() {
    let mut state = AppState::default();
    read(&mut state, snapshot(10, 0));
    let looks = |effects: &[Effect]| started(effects, |spec| *spec == JobSpec::FindRecordings);
    let embedded = |state: &mut AppState| {
        let spec = JobSpec::Embed { model: "base".into(), device: state.settings.device };
        let embed = started(&[state.launch(JobKind::Embed, spec)], |_| true).unwrap();
        finish(state, embed, JobOutput::Embedded { model: "base".into(), tracks: 5 })
    };
    let nothing = || JobOutput::Recordings { recordings: Vec::new(), found: Some(Default::default()) };
    let first = looks(&embedded(&mut state)).expect("it begins by itself");
    assert_eq!(looks(&embedded(&mut state)), None, "one at a time");
    let second = looks(&finish(&mut state, first, nothing())).expect("the others are compared too");
    assert_eq!(looks(&finish(&mut state, second, nothing())), None);
}

#[test]
fn what_changed_in_followed_folders_before_the_start_is_looked_for_once() {
    let mut state = AppState::new(crate::settings::Settings::default(), Session::default());
    let JobOutput::Library(mut library) = snapshot(2, 2) else { panic!("it is a library") };
    library.folders = vec!["/music".into()];
    let imports = |effects: &[Effect]| started(effects, |spec| matches!(spec, JobSpec::CatchUp { .. }));
    let effects = state.start();
    let read = started(&effects, |spec| *spec == JobSpec::ReadLibrary).unwrap();
    let effects = finish(&mut state, read, JobOutput::Library(library.clone()));
    assert!(effects.contains(&Effect::Follow(vec!["/music".into()])));
    let import = imports(&effects).expect("it looks for changes");
    let effects = finish(&mut state, import, JobOutput::Imported(crate::jobs::message::ImportSummary::default()));
    let read = started(&effects, |spec| *spec == JobSpec::ReadLibrary).unwrap();
    let effects = finish(&mut state, read, JobOutput::Library(library));
    assert_eq!(imports(&effects), None);
}
