//! What comes first: how each piece of work shares the processor with the others.

use crate::jobs::message::JobSpec;

/// How work shares the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    /// Somebody looks at where its answer will be: it begins at once, and heavy work steps aside meanwhile.
    Looking,
    /// It waits for a network or a disk most of the time: it begins at once and disturbs nobody.
    Beside,
    /// It keeps every core busy: one at a time, the most urgent first.
    Heavy(u8),
}

impl Rank {
    pub(super) fn of(spec: &JobSpec) -> Self {
        match spec {
            // The window shows its places while it is laid out.
            JobSpec::BuildMap { .. } => Self::Heavy(4),
            JobSpec::PlanListening(_) => Self::Heavy(3),
            // What has been imported can be recommended once it is embedded.
            JobSpec::Embed { .. } => Self::Heavy(3),
            JobSpec::MakeDemo
            | JobSpec::Import { .. }
            | JobSpec::CatchUp { .. }
            | JobSpec::ImportSpotify { .. }
            | JobSpec::MatchSpotify => Self::Heavy(2),
            JobSpec::Train { .. } | JobSpec::Evaluate(_) | JobSpec::Study(_) => Self::Heavy(1),
            JobSpec::FindNeighbours { .. } | JobSpec::FindRecordings => Self::Heavy(0),
            JobSpec::FetchPreviews(_)
            | JobSpec::Account(_)
            | JobSpec::TakeSet(_)
            | JobSpec::CopyFiles { .. }
            | JobSpec::WriteMap { .. } => Self::Beside,
            _ => Self::Looking,
        }
    }
}
