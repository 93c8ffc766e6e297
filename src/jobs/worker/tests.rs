use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::domain::{Metric, Span};
use crate::library::Library;

/// Nothing here takes longer unless it hangs.
const LONG: Duration = Duration::from_secs(60);

/// The next event that is no report of progress.
fn next(events: &Receiver<JobEvent>) -> JobEvent {
    events.recv_timeout(LONG).expect("an event")
}

fn neighbours() -> JobSpec {
    JobSpec::FindNeighbours { metric: Metric::Mean, span: Span::Preview }
}

#[test]
fn work_that_failed_for_a_reason_that_passes_is_tried_again() {
    static TIMES: AtomicUsize = AtomicUsize::new(0);
    fn fails_once(_: &Context, _: JobSpec, _: &Control, _: &dyn Report) -> Result<JobOutput, JobError> {
        match TIMES.fetch_add(1, Ordering::Relaxed) {
            0 => Err(JobError::Passing { doing: "Testing", reason: "the disk is full".to_owned() }),
            _ => Ok(JobOutput::PlaylistsKept),
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let context = Arc::new(Context::new(Arc::new(Library::open(folder.path()).unwrap())));
    let (worker, events) = Worker::spawn_with(context.clone(), || {}, fails_once).unwrap();
    let id = JobId(1);
    worker.send(JobCommand::Start { id, spec: neighbours() });
    loop {
        match next(&events) {
            JobEvent::Waiting { why: Waiting::Again { reason, at }, .. } => {
                assert_eq!(reason, "the disk is full");
                assert!(at > Instant::now());
                break;
            }
            JobEvent::Started { .. } => {}
            event => panic!("{event:?}"),
        }
    }
    // Nobody waits for what rests.
    worker.send(JobCommand::Start { id: JobId(2), spec: JobSpec::MatchSpotify });
    while !matches!(next(&events), JobEvent::Finished { id: JobId(2), result: Ok(_) }) {}
    // The rest may begin a moment after it is told, so it is asked to end until it does.
    let result = loop {
        worker.send(JobCommand::Resume(id));
        if let Ok(JobEvent::Finished { result, .. }) = events.recv_timeout(Duration::from_millis(10)) {
            break result;
        }
    };
    assert_eq!(result, Ok(JobOutput::PlaylistsKept));
    let past = context.library.jobs(9).unwrap();
    let told: Vec<_> = past.iter().map(|job| (job.title.as_str(), job.state, job.attempts)).collect();
    let (matching, found) = ("Matching with the Spotify catalogue", "Neighbours");
    assert_eq!(told, [(matching, JobState::Done, 1), (found, JobState::Done, 2)]);
}

#[test]
fn what_fails_for_good_is_not_tried_again_and_a_mistake_ends_one_job_alone() {
    fn fails(_: &Context, spec: JobSpec, _: &Control, _: &dyn Report) -> Result<JobOutput, JobError> {
        match spec {
            JobSpec::FindNeighbours { .. } => panic!("a mistake of the program"),
            // Nothing of this is kept, so it is not begun again.
            JobSpec::ReadPlaylists => Err(JobError::Passing { doing: "Testing", reason: "busy".to_owned() }),
            _ => Err(JobError::NoModel),
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let context = Arc::new(Context::new(Arc::new(Library::open(folder.path()).unwrap())));
    let (worker, events) = Worker::spawn_with(context, || {}, fails).unwrap();
    for (id, spec) in [neighbours(), JobSpec::MatchSpotify, JobSpec::ReadPlaylists].into_iter().enumerate() {
        worker.send(JobCommand::Start { id: JobId(id as u64), spec });
    }
    let mut ended = Vec::new();
    while ended.len() < 3 {
        match next(&events) {
            JobEvent::Finished { id, result } => ended.push((id.0, result.unwrap_err())),
            JobEvent::Waiting { why: Waiting::Again { .. }, .. } => panic!("tried again"),
            _ => {}
        }
    }
    ended.sort_by_key(|(id, _)| *id);
    assert!(matches!(&ended[0].1, JobError::Failed { reason, .. } if reason.contains("mistake")), "{ended:?}");
    assert_eq!(ended[1].1, JobError::NoModel);
    assert!(matches!(ended[2].1, JobError::Passing { .. }));
}

#[test]
fn heavy_work_steps_aside_while_somebody_looks() {
    static STEPS: AtomicUsize = AtomicUsize::new(0);
    static ASIDE: AtomicUsize = AtomicUsize::new(0);
    fn work(_: &Context, spec: JobSpec, control: &Control, _: &dyn Report) -> Result<JobOutput, JobError> {
        if spec == neighbours() {
            loop {
                control.checkpoint()?;
                STEPS.fetch_add(1, Ordering::SeqCst);
                std::thread::yield_now();
            }
        }
        // It is looked at until the other stands still: at most one step was under way.
        let mut before = usize::MAX;
        for _ in 0..LONG.as_millis() {
            let now = STEPS.load(Ordering::SeqCst);
            if now == before {
                ASIDE.store(now, Ordering::SeqCst);
                break;
            }
            before = now;
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(JobOutput::PlaylistsKept)
    }
    let folder = tempfile::tempdir().unwrap();
    let context = Arc::new(Context::new(Arc::new(Library::open(folder.path()).unwrap())));
    let (worker, events) = Worker::spawn_with(context, || {}, work).unwrap();
    worker.send(JobCommand::Start { id: JobId(1), spec: neighbours() });
    while STEPS.load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    worker.send(JobCommand::Start { id: JobId(2), spec: JobSpec::ReadPlaylists });
    while !matches!(next(&events), JobEvent::Finished { id: JobId(2), .. }) {}
    let aside = ASIDE.load(Ordering::SeqCst);
    assert!(aside > 0, "it never stood still");
    // It goes on after that.
    while STEPS.load(Ordering::SeqCst) <= aside {
        std::thread::yield_now();
    }
    worker.send(JobCommand::Cancel(JobId(1)));
    while !matches!(next(&events), JobEvent::Finished { id: JobId(1), result: Err(JobError::Cancelled) }) {}
}
