//! Follows folders: tells what is new or changed in them, and when one goes away and comes back.
//!
//! A thread of its own holds the system's watches. Where the system gives none, as on some network drives or where the number
//! of watches is limited, the folder is looked through every minute instead.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use notify::{PollWatcher, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{
    DebounceEventResult, Debouncer, NoCache, RecommendedCache, new_debouncer, new_debouncer_opt,
};

use crate::domain::{FolderNews, FolderState};

/// Quiet time after a change before it is told: copying a file changes it many times.
const QUIET: Duration = Duration::from_millis(1_500);
/// Changes that may wait to be told. Above that, the system's own queue fills.
const CHANGES: usize = 1_024;
/// How often missing folders are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often folders without watches are looked through.
const POLL_EVERY: Duration = Duration::from_secs(60);

/// Follows folders for as long as it is kept.
pub struct Watcher {
    folders: Option<Sender<Vec<PathBuf>>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts with no folder. `tell` is called on the watcher's thread.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn spawn(tell: impl FnMut(FolderNews) + Send + 'static) -> std::io::Result<Self> {
        Self::with(QUIET, LOOK_EVERY, tell)
    }

    /// As [`Watcher::spawn`], with other times of quiet and between two looks for missing folders.
    ///
    /// # Errors
    /// As of [`Watcher::spawn`].
    pub fn with(
        quiet: Duration,
        look: Duration,
        tell: impl FnMut(FolderNews) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (folders, wanted) = bounded(4);
        let thread = thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || Following { quiet, look, tell, watched: BTreeMap::new() }.run(&wanted))?;
        Ok(Self { folders: Some(folders), thread: Some(thread) })
    }

    /// Follows these folders from now on, and no others.
    pub fn follow(&self, folders: Vec<PathBuf>) {
        if let Some(sender) = &self.folders
            && sender.send(folders).is_err()
        {
            tracing::error!("the thread that follows folders is gone");
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.folders = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that follows folders panicked");
        }
    }
}

/// The system's watch on a folder, or our own. Dropping it ends it.
enum Watch {
    System(
        #[expect(dead_code, reason = "kept for what dropping it does")] Debouncer<RecommendedWatcher, RecommendedCache>,
    ),
    Polled(#[expect(dead_code, reason = "kept for what dropping it does")] Debouncer<PollWatcher, NoCache>),
}

struct Following<F> {
    quiet: Duration,
    look: Duration,
    tell: F,
    /// The folders, each with its watch while it is there.
    watched: BTreeMap<PathBuf, Option<Watch>>,
}

impl<F: FnMut(FolderNews)> Following<F> {
    fn run(mut self, wanted: &Receiver<Vec<PathBuf>>) {
        let (changes, changed) = bounded(CHANGES);
        loop {
            crossbeam_channel::select! {
                recv(wanted) -> folders => {
                    let Ok(folders) = folders else { return };
                    self.watched.retain(|path, _| folders.contains(path));
                    for folder in folders {
                        self.watched.entry(folder).or_insert(None);
                    }
                    self.look(&changes, false);
                    self.tell_states();
                }
                recv(changed) -> paths => {
                    // The sender of changes lives as long as this loop.
                    if let Ok(paths) = paths {
                        self.tell_changes(paths, &changed);
                    }
                }
                default(self.look) => {
                    if self.look(&changes, true) {
                        self.tell_states();
                    }
                }
            }
        }
    }

    /// Watches folders that are there and were not watched, gives up those that are gone; whether anything changed. One that
    /// `came_back` is told as changed, all of it.
    fn look(&mut self, changes: &Sender<Vec<PathBuf>>, came_back: bool) -> bool {
        let mut different = false;
        let mut back = Vec::new();
        for (path, watch) in &mut self.watched {
            let there = path.is_dir();
            if there && watch.is_none() {
                *watch = start(path, self.quiet, changes);
                different |= watch.is_some();
                if came_back && watch.is_some() {
                    back.push(path.clone());
                }
            } else if !there && watch.is_some() {
                *watch = None;
                different = true;
            }
        }
        if !back.is_empty() {
            (self.tell)(FolderNews::Changed(back));
        }
        different
    }

    fn tell_states(&mut self) {
        let state = |watch: &Option<Watch>| match watch {
            Some(Watch::System(_)) => FolderState::Watched,
            Some(Watch::Polled(_)) => FolderState::LookedThrough,
            None => FolderState::Missing,
        };
        let states = self.watched.iter().map(|(path, watch)| (path.clone(), state(watch))).collect();
        (self.tell)(FolderNews::States(states));
    }

    /// Tells paths that are there, each once, with all that have come meanwhile.
    fn tell_changes(&mut self, mut paths: Vec<PathBuf>, more: &Receiver<Vec<PathBuf>>) {
        while let Ok(further) = more.try_recv() {
            paths.extend(further);
        }
        paths.retain(|path| path.exists());
        paths.sort();
        paths.dedup();
        // What lies in a folder that is told anyway is told with it.
        let folders = paths.clone();
        paths
            .retain(|path| !folders.iter().any(|folder| folder != path && path.starts_with(folder) && folder.is_dir()));
        if !paths.is_empty() {
            (self.tell)(FolderNews::Changed(paths));
        }
    }
}

/// The system's watch where it gives one, else our own.
fn start(path: &PathBuf, quiet: Duration, changes: &Sender<Vec<PathBuf>>) -> Option<Watch> {
    let teller = || {
        let changes = changes.clone();
        move |result: DebounceEventResult| match result {
            Ok(events) => {
                let paths = events
                    .iter()
                    .filter(|event| !event.kind.is_access() && !event.kind.is_remove())
                    .flat_map(|event| event.paths.clone())
                    .collect::<Vec<_>>();
                if !paths.is_empty() {
                    // The loop that listens may have ended.
                    let _ = changes.send(paths);
                }
            }
            Err(errors) => tracing::warn!(?errors, "a folder cannot be followed in part"),
        }
    };
    let system = new_debouncer(quiet, None, teller())
        .and_then(|mut debouncer| debouncer.watch(path, RecursiveMode::Recursive).map(|()| debouncer));
    match system {
        Ok(debouncer) => return Some(Watch::System(debouncer)),
        Err(error) => tracing::warn!(%error, path = %path.display(), "the system watches no such folder"),
    }
    let config = notify::Config::default().with_poll_interval(POLL_EVERY);
    let polled = new_debouncer_opt::<_, PollWatcher, NoCache>(quiet, None, teller(), NoCache, config)
        .and_then(|mut debouncer| debouncer.watch(path, RecursiveMode::Recursive).map(|()| debouncer));
    polled
        .inspect_err(|error| tracing::warn!(%error, path = %path.display(), "the folder cannot be looked through"))
        .ok()
        .map(Watch::Polled)
}
