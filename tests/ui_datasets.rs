//! Data sets and work on the data screen: clicked by what is labelled so.

#[allow(dead_code, reason = "the other screens need the rest")]
mod panels;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::domain::{Recording, Version};
use songline::jobs::message::{
    JobCommand, JobError, JobEvent, JobOutput, JobSpec, JobState, PastJob, RecordingsFound, SetSource, SetSummary,
    Sets, Waiting, Work,
};
use songline::state::{AppCommand, AppState, Effect, JobKind, Screen, SetCommand, WorkCommand};
use songline::ui::{self, Commands};

struct Shown {
    state: AppState,
    asked: Vec<AppCommand>,
    effects: Vec<Effect>,
}

fn screen<'a>(state: AppState) -> Harness<'a, Shown> {
    let draw = |ui: &mut egui::Ui, shown: &mut Shown| {
        let mut commands = Commands::default();
        ui::data::show(ui, &shown.state, &mut commands);
        for command in commands.drain() {
            shown.effects.extend(shown.state.apply(command.clone()));
            shown.asked.push(command);
        }
    };
    let builder = Harness::builder().with_size(egui::vec2(1_280.0, 2_400.0)).with_max_steps(32);
    let shown = Shown { state, asked: Vec::new(), effects: Vec::new() };
    let mut harness = builder.with_context_setup(ui::theme::apply).build_ui_state(draw, shown);
    harness.run_ok();
    harness
}

fn click(harness: &mut Harness<'_, Shown>, label: &str) -> Vec<AppCommand> {
    harness.get_by_label(label).click();
    harness.run_ok();
    std::mem::take(&mut harness.state_mut().asked)
}

fn set(title: &str, got: u64, available: bool) -> SetSummary {
    let name = title.to_lowercase();
    let (about, licence) = (format!("About {title}."), "CC BY".to_owned());
    SetSummary { name, title: title.to_owned(), about, licence, bytes: 5_000_000_000, got, available }
}

/// The answer to the newest job of that kind.
fn answer(state: &mut AppState, kind: &JobKind, result: Result<JobOutput, JobError>) {
    let (id, _) = state.jobs.of_kind(kind).expect("a job of that kind");
    state.on_job(JobEvent::Finished { id, result });
}

fn with_sets(free: Option<u64>) -> AppState {
    let mut state = panels::with_library();
    state.apply(AppCommand::Show(Screen::Data));
    let sets = vec![set("Small", 0, true), set("Half", 2_000_000_000, true), set("Gone", 0, false)];
    answer(&mut state, &JobKind::Sets, Ok(JobOutput::Sets(Sets { sets, free })));
    state
}

#[test]
fn a_set_is_downloaded_gone_on_with_and_deleted_after_a_question() {
    let mut harness = screen(with_sets(Some(1 << 40)));
    harness.get_by_label_contains("5.0 GB, 2.0 GB there");
    assert!(harness.query_by_label("Download Gone").is_none(), "what has no host cannot be downloaded");
    assert_eq!(click(&mut harness, "Download Small"), [AppCommand::Set(SetCommand::Download("small".to_owned()))]);
    let started = harness.state().effects.iter().any(|effect| {
        matches!(effect, Effect::Job(songline::jobs::message::JobCommand::Start { spec: JobSpec::TakeSet(spec), .. })
            if spec.source == SetSource::Known("small".to_owned()) && !spec.unpack && spec.bytes_a_second.is_none())
    });
    assert!(started, "{:?}", harness.state().effects);
    // On its way, it is steered and not begun again.
    assert!(harness.query_by_label("Download Small").is_none());
    let id = harness.state().state.jobs.of_kind(&JobKind::TakeSet(SetSource::Known("small".to_owned()))).unwrap().0;
    harness.get_by_label("Go on Half");
    assert_eq!(
        click(&mut harness, "Delete the archives of Half"),
        [AppCommand::Set(SetCommand::AskToRemove(Some("half".to_owned())))]
    );
    assert_eq!(click(&mut harness, "Keep"), [AppCommand::Set(SetCommand::AskToRemove(None))]);
    click(&mut harness, "Delete the archives of Half");
    assert_eq!(click(&mut harness, "Delete 2.0 GB"), [AppCommand::Set(SetCommand::Remove("half".to_owned()))]);
    let failed = JobError::Failed { doing: "Downloading", reason: "the host is gone".to_owned() };
    harness.state_mut().state.on_job(JobEvent::Finished { id, result: Err(failed) });
    harness.run_ok();
    harness.get_by_label("Download Small");
}

#[test]
fn a_full_disk_is_told_before_anything_is_downloaded() {
    let mut harness = screen(with_sets(Some(4_000_000_000)));
    harness.get_by_label("1.0 GB more are needed than are free.");
    assert_eq!(click(&mut harness, "Download Small"), []);
    // Of the other one less is missing than is free.
    assert_eq!(click(&mut harness, "Go on Half"), [AppCommand::Set(SetCommand::Download("half".to_owned()))]);
}

#[test]
fn an_archive_is_added_by_its_address() {
    let mut state = with_sets(None);
    state.apply(AppCommand::Set(SetCommand::EditUrl(" https://example.org/music.zip ".to_owned())));
    let mut harness = screen(state);
    assert_eq!(click(&mut harness, "Add by address"), [AppCommand::Set(SetCommand::AddUrl)]);
    let kind = JobKind::TakeSet(SetSource::Url("https://example.org/music.zip".to_owned()));
    assert!(harness.state().state.jobs.of_kind(&kind).is_some());
    assert!(harness.state().state.sets.url.is_empty());
    click(&mut harness, "Write the archives' files out");
    assert!(harness.state().state.sets.unpack);
}

#[test]
fn work_that_waits_says_for_what_and_can_be_put_first() {
    let mut state = with_sets(None);
    state.apply(AppCommand::MakeDemo);
    state.apply(AppCommand::FindNeighbours);
    let id = |state: &AppState, kind| state.jobs.of_kind(kind).unwrap().0;
    let (demo, neighbours) = (id(&state, &JobKind::Demo), id(&state, &JobKind::FindNeighbours));
    state.on_job(JobEvent::Started { id: demo });
    state.on_job(JobEvent::Waiting { id: neighbours, why: Waiting::Behind(demo) });
    let mut harness = screen(state);
    harness.get_by_label("Waits for another job: Composing the demo library");
    assert_eq!(click(&mut harness, "Do Finding neighbours first"), [AppCommand::Work(WorkCommand::First(neighbours))]);
    let at = std::time::Instant::now() + std::time::Duration::from_secs(300);
    let why = Waiting::Again { at, reason: "the disk is full".to_owned() };
    harness.state_mut().state.on_job(JobEvent::Waiting { id: neighbours, why });
    harness.run_ok();
    harness.get_by_label_contains("s: the disk is full");
    assert_eq!(click(&mut harness, "Try now Finding neighbours"), [AppCommand::Resume(neighbours)]);
}

#[test]
fn what_became_of_work_is_listed_and_done_again() {
    let mut state = with_sets(None);
    let work = Work::Import { paths: vec!["/music".into()], retry_failed: false };
    let past = |id, state, detail: &str, work| PastJob {
        id,
        title: "Import".to_owned(),
        about: format!("folder {id}"),
        state,
        attempts: 1,
        asked_at: 0,
        ended_at: Some(0),
        seconds: Some(3.0),
        detail: detail.to_owned(),
        work,
    };
    let list = vec![
        past(2, JobState::Failed, "the disk is full", Some(work.clone())),
        past(1, JobState::Done, "3 imported", Some(work.clone())),
    ];
    answer(&mut state, &JobKind::History, Ok(JobOutput::History(list)));
    let mut harness = screen(state);
    harness.get_by_label("the disk is full · 3 s");
    harness.get_by_label("3 imported · 3 s");
    assert!(harness.query_by_label("Do again: Import · folder 1").is_none(), "it is done");
    assert_eq!(
        click(&mut harness, "Do again: Import · folder 2"),
        [AppCommand::Work(WorkCommand::Again(Box::new(work)))]
    );
    assert!(harness.state().state.jobs.of_kind(&JobKind::Import).is_some());
    assert_eq!(click(&mut harness, "Clear history"), [AppCommand::Work(WorkCommand::Forget)]);
}

#[test]
fn versions_are_looked_for_listed_and_kept_apart() {
    let mut harness = screen(with_sets(None));
    assert_eq!(click(&mut harness, "Look for versions"), [AppCommand::FindRecordings]);
    let tracks: Vec<_> = harness.state().state.library.tracks.iter().take(2).map(|track| track.id).collect();
    let names: Vec<String> = harness.state().state.library.tracks[..2]
        .iter()
        .map(|track| track.path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let of = |apart| Recording {
        versions: tracks.iter().map(|track| Version { track: *track, apart: apart && *track == tracks[1] }).collect(),
    };
    let found = Some(RecordingsFound { compared: 8, fingerprinted: 2, pairs: 1, unreadable: 0 });
    let output = JobOutput::Recordings { recordings: vec![of(false)], found };
    answer(&mut harness.state_mut().state, &JobKind::FindRecordings, Ok(output));
    harness.run_ok();
    assert!(harness.state().state.notices.iter().any(|notice| notice.title == "1 pair of versions was found"));
    harness.get_by_label("stands for them");
    let asked = click(&mut harness, &format!("Keep apart {}", names[1]));
    assert_eq!(asked, [AppCommand::KeepApart { tracks: vec![tracks[1]], apart: true }]);
    let output = JobOutput::Recordings { recordings: vec![of(true)], found: None };
    answer(&mut harness.state_mut().state, &JobKind::KeepApart, Ok(output));
    harness.run_ok();
    harness.get_by_label("kept apart");
    harness.get_by_label(&format!("Fold {}", names[1]));
    // Undo folds it again.
    let effects = harness.state_mut().state.apply(AppCommand::Undo);
    let folds = |effect: &Effect| {
        matches!(effect, Effect::Job(JobCommand::Start { spec: JobSpec::KeepApart { apart: false, .. }, .. }))
    };
    assert!(effects.iter().any(folds));
}
