//! Folders whose changes are followed.

use std::path::PathBuf;

use super::history::{Change, Changed};
use super::{AppState, Effect, JobKind};
use crate::domain::{FolderNews, FolderState, Track};
use crate::jobs::message::JobSpec;

/// What is asked of the folders, and what is heard of them.
#[derive(Debug, Clone, PartialEq)]
pub enum FolderCommand {
    /// Follows a folder from now on, and imports what is in it.
    Follow(PathBuf),
    /// No longer follows it. Its tracks stay.
    Forget(PathBuf),
    /// Looks through it now.
    LookAgain(PathBuf),
    Heard(FolderNews),
}

/// A folder, and how it is followed as far as that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedFolder {
    pub path: PathBuf,
    pub state: Option<FolderState>,
}

impl AppState {
    pub(super) fn folder(&mut self, command: FolderCommand) -> Vec<Effect> {
        match command {
            FolderCommand::Follow(path) => self.follow(path, true),
            FolderCommand::Forget(path) => self.follow(path, false),
            FolderCommand::LookAgain(path) => self.import_from(vec![path]),
            FolderCommand::Heard(FolderNews::Changed(paths)) => self.catch_up(paths),
            FolderCommand::Heard(FolderNews::States(states)) => {
                for folder in &mut self.folders {
                    folder.state = states.iter().find(|(path, _)| *path == folder.path).map(|(_, state)| *state);
                }
                Vec::new()
            }
        }
    }

    /// The library's folders as they are now: has them followed where they are others than before.
    pub(super) fn take_folders(&mut self, paths: Vec<PathBuf>) -> Vec<Effect> {
        if self.folders.iter().map(|folder| &folder.path).eq(&paths) {
            return Vec::new();
        }
        self.folders = paths.iter().map(|path| FollowedFolder { path: path.clone(), state: None }).collect();
        vec![Effect::Follow(paths)]
    }

    /// Imports what changed in followed folders, or may have changed while nobody followed them.
    pub(super) fn catch_up(&mut self, paths: Vec<PathBuf>) -> Vec<Effect> {
        self.changed.extend(paths);
        self.look_at_changes()
    }

    /// Looks at everything that changed in one go: while this window only reads, and while the last look is under way, more
    /// is gathered.
    pub fn look_at_changes(&mut self) -> Vec<Effect> {
        if self.read_only || self.changed.is_empty() || self.jobs.of_kind(&JobKind::CatchUp).is_some() {
            return Vec::new();
        }
        let paths = std::mem::take(&mut self.changed).into_iter().collect();
        vec![self.launch(JobKind::CatchUp, JobSpec::CatchUp { paths })]
    }

    /// Whether a track's file cannot be there now: its followed folder is gone, as when a drive is not plugged in.
    pub fn is_away(&self, track: &Track) -> bool {
        let gone = |folder: &FollowedFolder| {
            folder.state == Some(FolderState::Missing) && track.path.starts_with(&folder.path)
        };
        self.folders.iter().any(gone)
    }

    fn follow(&mut self, path: PathBuf, follow: bool) -> Vec<Effect> {
        if self.folders.iter().any(|folder| folder.path == path) != follow {
            let what = if follow { "Follow a folder" } else { "Stop following a folder" };
            let data = Changed::Followed { path: path.clone(), follow };
            self.history.note(Change { what: what.to_owned(), data }, false);
        }
        self.set_followed(path, follow)
    }

    /// Has a folder followed from now on, and what is in it imported; or no longer.
    pub(super) fn set_followed(&mut self, path: PathBuf, follow: bool) -> Vec<Effect> {
        let mut effects =
            vec![self.launch(JobKind::FollowFolder, JobSpec::FollowFolder { path: path.clone(), follow })];
        if follow {
            effects.extend(self.import_from(vec![path]));
        }
        effects
    }

    /// Another import may be under way; what is in both is found unchanged by the later one.
    fn import_from(&mut self, paths: Vec<PathBuf>) -> Vec<Effect> {
        vec![self.launch(JobKind::Import, JobSpec::Import { paths, retry_failed: false })]
    }
}
