//! Work that was asked for, and what became of it.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Instant;

use super::{FetchSpec, JobId, JobSpec, SetSource, SetSpec, TrainingSpec};
use crate::domain::{DeviceChoice, Metric, Span};
pub use crate::library::JobState;

/// Why a job that was asked for is not at work.
#[derive(Debug, Clone, PartialEq)]
pub enum Waiting {
    /// Other work keeps the processor busy.
    Behind(JobId),
    /// It failed and is tried again at `at`, by itself.
    Again { at: Instant, reason: String },
}

/// Work of this program or of an earlier start of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PastJob {
    /// Its number in the library.
    pub id: i64,
    /// What it is: "Import".
    pub title: String,
    /// What of; may be empty.
    pub about: String,
    pub state: JobState,
    pub attempts: u32,
    /// Seconds since the Unix epoch, by a clock that may have been set since.
    pub asked_at: i64,
    pub ended_at: Option<i64>,
    /// Seconds at work.
    pub seconds: Option<f64>,
    /// What came of it, or why not.
    pub detail: String,
    /// What to do to have it done again.
    pub work: Option<Work>,
}

/// Work that an earlier start of the program left undone.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftJob {
    pub work: Work,
    pub paused: bool,
}

/// Work that can be taken up again by another start of the program: each of these keeps what it has finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Work {
    Demo,
    Import { paths: Vec<PathBuf>, retry_failed: bool },
    ImportSpotify { path: PathBuf },
    MatchSpotify,
    FetchPreviews { spec: Box<FetchSpec> },
    TakeSet { spec: Box<SetSpec> },
    Embed { model: String, device: DeviceChoice },
    Train { spec: Box<TrainingSpec>, device: DeviceChoice },
    FindNeighbours { metric: Metric, span: Span },
    FindRecordings,
}

impl Work {
    /// The work that `spec` asks for, where it can be taken up again.
    pub fn of(spec: &JobSpec) -> Option<Self> {
        Some(match spec.clone() {
            JobSpec::MakeDemo => Self::Demo,
            JobSpec::Import { paths, retry_failed } => Self::Import { paths, retry_failed },
            JobSpec::ImportSpotify { path } => Self::ImportSpotify { path },
            JobSpec::MatchSpotify => Self::MatchSpotify,
            JobSpec::FetchPreviews(spec) => Self::FetchPreviews { spec },
            JobSpec::TakeSet(spec) => Self::TakeSet { spec },
            JobSpec::Embed { model, device } => Self::Embed { model, device },
            JobSpec::Train { spec, device } => Self::Train { spec, device },
            JobSpec::FindNeighbours { metric, span } => Self::FindNeighbours { metric, span },
            JobSpec::FindRecordings => Self::FindRecordings,
            _ => return None,
        })
    }

    /// What to ask of the worker.
    pub fn spec(self) -> JobSpec {
        match self {
            Self::Demo => JobSpec::MakeDemo,
            Self::Import { paths, retry_failed } => JobSpec::Import { paths, retry_failed },
            Self::ImportSpotify { path } => JobSpec::ImportSpotify { path },
            Self::MatchSpotify => JobSpec::MatchSpotify,
            Self::FetchPreviews { spec } => JobSpec::FetchPreviews(spec),
            Self::TakeSet { spec } => JobSpec::TakeSet(spec),
            Self::Embed { model, device } => JobSpec::Embed { model, device },
            Self::Train { spec, device } => JobSpec::Train { spec, device },
            Self::FindNeighbours { metric, span } => JobSpec::FindNeighbours { metric, span },
            Self::FindRecordings => JobSpec::FindRecordings,
        }
    }
}

impl JobSpec {
    /// What the history calls this work, and what it is of; `None` for work that is over in a moment.
    pub fn words(&self) -> Option<(&'static str, String)> {
        Some(match self {
            Self::MakeDemo => ("Demo library", String::new()),
            Self::Import { paths, .. } => ("Import", files(paths)),
            Self::CatchUp { paths } => ("Followed folders", files(paths)),
            Self::ImportSpotify { path } => ("Spotify catalogue", files(std::slice::from_ref(path))),
            Self::MatchSpotify => ("Matching with the Spotify catalogue", String::new()),
            Self::FetchPreviews(spec) => ("Previews", spec.words.clone()),
            Self::TakeSet(spec) => match &spec.source {
                SetSource::Known(name) => ("Data set", name.clone()),
                SetSource::Url(url) => ("Data set", url.clone()),
            },
            Self::Embed { model, .. } => ("Embedding", model.clone()),
            Self::Train { spec, .. } => ("Training", spec.name.clone()),
            Self::FindNeighbours { metric, .. } => ("Neighbours", metric.title().to_owned()),
            Self::FindRecordings => ("Versions of recordings", String::new()),
            Self::Evaluate(_) => ("Evaluation", String::new()),
            Self::Study(_) => ("Study of sizes", String::new()),
            // One that is kept is read in a moment.
            Self::BuildMap { fresh: true, .. } => ("Map", String::new()),
            Self::CopyFiles { folder, .. } => ("Copying files", files(std::slice::from_ref(folder))),
            _ => return None,
        })
    }
}

fn files(paths: &[PathBuf]) -> String {
    match paths {
        [path] => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        paths => format!("{} files and folders", paths.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_taken_up_again_survives_being_written() {
        let specs = [
            JobSpec::MakeDemo,
            JobSpec::Import { paths: vec!["/music/ä".into()], retry_failed: true },
            JobSpec::FindNeighbours { metric: Metric::Dtw, span: Span::Whole },
            JobSpec::Train { spec: Box::default(), device: DeviceChoice::Cpu },
        ];
        for spec in specs {
            let work = Work::of(&spec).unwrap();
            let written = serde_json::to_string(&work).unwrap();
            assert_eq!(serde_json::from_str::<Work>(&written).unwrap().spec(), spec, "{written}");
            assert!(spec.words().is_some());
        }
        assert_eq!(Work::of(&JobSpec::ReadLibrary), None);
        assert_eq!(JobSpec::ReadLibrary.words(), None);
    }

    #[test]
    fn files_are_named_or_counted() {
        assert_eq!(files(&["/a/b.wav".into()]), "b.wav");
        assert_eq!(files(&["/".into()]), "/");
        assert_eq!(files(&["a".into(), "b".into()]), "2 files and folders");
    }
}
