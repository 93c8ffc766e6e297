//! The worker's queue through its public face: heavy work is done one after the other, what is looked at comes first, and what a
//! program leaves undone the next one takes up.

#[allow(dead_code, reason = "the other pieces are for other tests")]
mod music;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use songline::domain::DeviceChoice;
use songline::jobs::message::{JobCommand, JobError, JobEvent, JobId, JobOutput, JobSpec, JobState, Waiting, Work};
use songline::jobs::{Context, Worker};
use songline::library::Library;

/// Nothing here takes longer unless it hangs.
const LONG: Duration = Duration::from_secs(120);

fn worker(folder: &Path) -> (Worker, Receiver<JobEvent>, Arc<Context>) {
    let context = Arc::new(Context::new(Arc::new(Library::open(folder).unwrap())));
    let (worker, events) = Worker::spawn(context.clone(), || {}).unwrap();
    (worker, events, context)
}

fn start(worker: &Worker, id: u64, spec: JobSpec) {
    worker.send(JobCommand::Start { id: JobId(id), spec });
}

/// The next event that is no report of progress.
fn next(events: &Receiver<JobEvent>) -> JobEvent {
    loop {
        match events.recv_timeout(LONG).expect("an event") {
            JobEvent::Progress { .. } | JobEvent::Partial { .. } => {}
            event => return event,
        }
    }
}

fn end_of(events: &Receiver<JobEvent>, id: u64) -> Result<JobOutput, JobError> {
    loop {
        match next(events) {
            JobEvent::Finished { id: ended, result } if ended == JobId(id) => return result,
            _ => {}
        }
    }
}

fn import(folder: &Path) -> JobSpec {
    JobSpec::Import { paths: vec![folder.to_path_buf()], retry_failed: false }
}

fn pieces(folder: &Path, count: usize) -> std::path::PathBuf {
    let pieces = folder.join("music");
    std::fs::create_dir(&pieces).unwrap();
    for index in 0..count {
        music::write(&pieces, &format!("{index}.wav"), 31.0, 110.0 + 20.0 * index as f32, 1.0, 0.1);
    }
    pieces
}

#[test]
fn heavy_work_waits_its_turn_and_what_is_asked_to_be_first_is() {
    let folder = tempfile::tempdir().unwrap();
    let pieces = pieces(folder.path(), 2);
    let (worker, events, _) = worker(&folder.path().join("library"));
    // Paused, the first keeps nobody waiting.
    start(&worker, 1, import(&pieces));
    worker.send(JobCommand::Pause(JobId(1)));
    start(&worker, 2, JobSpec::Embed { model: "none of that name".to_owned(), device: DeviceChoice::Cpu });
    assert!(matches!(end_of(&events, 2), Err(JobError::Failed { .. })));
    start(&worker, 3, import(&pieces));
    worker.send(JobCommand::Pause(JobId(3)));
    worker.send(JobCommand::Resume(JobId(1)));
    worker.send(JobCommand::Pause(JobId(1)));
    worker.send(JobCommand::Prefer(JobId(3)));
    worker.send(JobCommand::Resume(JobId(3)));
    assert!(matches!(end_of(&events, 3), Ok(JobOutput::Imported(_))));
    worker.send(JobCommand::Resume(JobId(1)));
    assert!(matches!(end_of(&events, 1), Ok(JobOutput::Imported(_))));
}

#[test]
fn an_import_steps_aside_for_what_is_more_urgent_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let pieces = pieces(folder.path(), 6);
    let (worker, events, _) = worker(&folder.path().join("library"));
    start(&worker, 1, import(&pieces));
    loop {
        // Once it is at work, it is not at its end.
        if matches!(events.recv_timeout(LONG).unwrap(), JobEvent::Started { id: JobId(1) }) {
            break;
        }
    }
    start(&worker, 2, JobSpec::Embed { model: "none of that name".to_owned(), device: DeviceChoice::Cpu });
    let mut seen = Vec::new();
    loop {
        match next(&events) {
            JobEvent::Waiting { id, why: Waiting::Behind(other) } => seen.push(format!("{} behind {}", id.0, other.0)),
            JobEvent::Started { id } => seen.push(format!("{} works", id.0)),
            JobEvent::Finished { id, result } => {
                seen.push(format!("{} ends", id.0));
                if id == JobId(1) {
                    let Ok(JobOutput::Imported(summary)) = result else { panic!("{result:?}") };
                    assert_eq!((summary.imported, summary.failed), (6, 0));
                    break;
                }
            }
            _ => {}
        }
    }
    seen.dedup();
    let place = |what: &str| seen.iter().position(|seen| seen == what).unwrap_or_else(|| panic!("{what} in {seen:?}"));
    assert!(place("1 behind 2") < place("2 ends"), "{seen:?}");
    assert!(place("2 ends") < place("1 ends"), "{seen:?}");
    assert!(seen.iter().rposition(|seen| seen == "1 works").unwrap() > place("1 behind 2"), "{seen:?}");
}

#[test]
fn what_a_program_leaves_undone_the_next_one_takes_up() {
    let folder = tempfile::tempdir().unwrap();
    let pieces = pieces(folder.path(), 3);
    let library = folder.path().join("library");
    let (first, events, context) = worker(&library);
    assert!(context.library.jobs(9).unwrap().is_empty());
    start(&first, 1, import(&pieces));
    first.send(JobCommand::Pause(JobId(1)));
    // The library is read: its job knows nothing of work that is under way.
    start(&first, 2, JobSpec::ReadLibrary);
    let Ok(JobOutput::Library(snapshot)) = end_of(&events, 2) else { panic!("the library is read") };
    assert_eq!(snapshot.left, []);
    // Work that cannot be taken up again is said to have been interrupted.
    context.library.note_job("Evaluation", "", None, &[]).unwrap();
    drop((first, context));

    let (second, events, context) = worker(&library);
    start(&second, 1, JobSpec::ReadLibrary);
    let Ok(JobOutput::Library(snapshot)) = end_of(&events, 1) else { panic!("the library is read") };
    let [left] = snapshot.left.as_slice() else { panic!("{:?}", snapshot.left) };
    assert!(left.paused);
    start(&second, 2, left.work.clone().spec());
    let Ok(JobOutput::Imported(summary)) = end_of(&events, 2) else { panic!("the import ends") };
    assert_eq!((summary.imported + summary.unchanged, summary.failed), (3, 0));
    start(&second, 3, JobSpec::ReadHistory);
    let Ok(JobOutput::History(past)) = end_of(&events, 3) else { panic!("the history is read") };
    let told: Vec<_> = past.iter().map(|job| (job.title.as_str(), job.state, job.attempts)).collect();
    assert_eq!(told, [("Evaluation", JobState::Interrupted, 1), ("Import", JobState::Done, 2)]);
    assert!(past[1].detail.ends_with("imported") || past[1].detail.ends_with("unchanged"), "{}", past[1].detail);
    assert_eq!(past[1].work, Work::of(&import(&pieces)));
    // It is told once.
    start(&second, 4, JobSpec::ReadLibrary);
    let Ok(JobOutput::Library(snapshot)) = end_of(&events, 4) else { panic!("the library is read") };
    assert_eq!(snapshot.left, []);
    drop((second, context));
}
