//! What the window was asked to do, and what became of it.

use serde_json::{Value, json};

use super::output::Output;
use crate::jobs::message::{JobError, PastJob};
use crate::jobs::{Context, history};

/// Lists the newest `top` lines; forgets what has ended first where `clear`.
pub(super) fn run(context: &Context, top: usize, clear: bool, output: &Output) -> Result<(), JobError> {
    let past = if clear { history::forget(context)? } else { history::read(context)? };
    let past = &past[..past.len().min(top)];
    let value: Vec<Value> = past
        .iter()
        .map(|job| {
            json!({
                "id": job.id, "title": job.title, "about": job.about, "state": job.state.name(),
                "attempts": job.attempts, "asked_at": job.asked_at, "ended_at": job.ended_at,
                "seconds": job.seconds, "detail": job.detail,
            })
        })
        .collect();
    output.result(&Value::Array(value), || match past {
        [] => "Nothing yet.".to_owned(),
        past => past.iter().map(line).collect(),
    });
    Ok(())
}

fn line(job: &PastJob) -> String {
    let seconds = job.seconds.map_or_else(String::new, |seconds| format!("{seconds:.1} s"));
    let what = if job.about.is_empty() { job.title.clone() } else { format!("{}: {}", job.title, job.about) };
    format!("{:>6}  {:<11}  {seconds:>10}  {what}  {}\n", job.id, job.state.name(), job.detail)
}
