//! Data sets as the window shows them: which there are, what is there of them, and how the next one is taken in.

use crate::jobs::message::{JobSpec, SetSource, SetSpec, Sets};

use super::{AppState, Effect, JobKind, Severity};

/// Sets, and how the next one is taken in.
#[derive(Debug, Clone, Default)]
pub struct SetsView {
    /// `None` until they were read.
    pub known: Option<Sets>,
    /// An address as it is typed.
    pub url: String,
    /// Whether the files of archives are written out.
    pub unpack: bool,
    /// Megabytes a second at most; 0 sets no limit.
    pub limit: u64,
    /// The set whose archives are to be deleted, until that is confirmed.
    pub removing: Option<String>,
}

/// What is done with data sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetCommand {
    /// Downloads a known set and imports it, or goes on with that.
    Download(String),
    EditUrl(String),
    /// Downloads the archive at the address that was typed.
    AddUrl,
    Unpack(bool),
    /// Megabytes a second at most.
    Limit(u64),
    /// Asks whether the archives of a set are to be deleted; `None` leaves them.
    AskToRemove(Option<String>),
    /// Deletes the archives of a known set.
    Remove(String),
}

impl AppState {
    pub(super) fn set(&mut self, command: SetCommand) -> Vec<Effect> {
        match command {
            SetCommand::Download(name) => self.take_set(SetSource::Known(name)),
            SetCommand::EditUrl(url) => {
                self.sets.url = url;
                Vec::new()
            }
            SetCommand::AddUrl => {
                let url = std::mem::take(&mut self.sets.url).trim().to_owned();
                if url.is_empty() { Vec::new() } else { self.take_set(SetSource::Url(url)) }
            }
            SetCommand::Unpack(unpack) => {
                self.sets.unpack = unpack;
                Vec::new()
            }
            SetCommand::Limit(limit) => {
                self.sets.limit = limit;
                Vec::new()
            }
            SetCommand::AskToRemove(name) => {
                self.sets.removing = name;
                Vec::new()
            }
            SetCommand::Remove(name) => {
                self.sets.removing = None;
                let hosts = self.settings.dataset_hosts.clone();
                vec![self.launch(JobKind::Sets, JobSpec::RemoveSet { name, hosts })]
            }
        }
    }

    /// Reads which sets there are.
    pub(super) fn read_sets(&mut self) -> Vec<Effect> {
        let hosts = self.settings.dataset_hosts.clone();
        self.once(JobKind::Sets, JobSpec::ReadSets { hosts })
    }

    fn take_set(&mut self, source: SetSource) -> Vec<Effect> {
        let kind = JobKind::TakeSet(source.clone());
        if self.jobs.of_kind(&kind).is_some() {
            self.notices.push(Severity::Info, "This set is on its way already", "");
            return Vec::new();
        }
        let spec = SetSpec {
            source,
            unpack: self.sets.unpack,
            bytes_a_second: (self.sets.limit > 0).then_some(self.sets.limit * 1_000_000),
            hosts: self.settings.dataset_hosts.clone(),
            device: self.settings.device,
        };
        vec![self.launch(kind, JobSpec::TakeSet(Box::new(spec)))]
    }
}
