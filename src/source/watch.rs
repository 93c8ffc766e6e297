//! Follows folders: tells what is new or changed in them, and when one goes away and comes back.
//!
//! A thread of its own holds the system's watches. Where the system gives none, or none that hears of changes by other
//! computers (network drives), the folder is looked through every minute instead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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

/// A watch, and which folder it is on: another one may stand at the same path later, as after a drive was plugged in again.
struct Watched {
    watch: Watch,
    identity: Option<Identity>,
}

struct Following<F> {
    quiet: Duration,
    look: Duration,
    tell: F,
    /// The folders, each with its watch while it is there.
    watched: BTreeMap<PathBuf, Option<Watched>>,
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
            let another = watch.as_ref().is_some_and(|watch| watch.identity != identity(path));
            if there && (watch.is_none() || another) {
                *watch = start(path, self.quiet, changes);
                different |= watch.is_some() || another;
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
        let state = |watch: &Option<Watched>| match watch {
            Some(Watched { watch: Watch::System(_), .. }) => FolderState::Watched,
            Some(Watched { watch: Watch::Polled(_), .. }) => FolderState::LookedThrough,
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

/// The system's watch where it gives one that hears of everything, else our own.
fn start(path: &Path, quiet: Duration, changes: &Sender<Vec<PathBuf>>) -> Option<Watched> {
    let identity = identity(path);
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
    if !is_remote(path) {
        let system = new_debouncer(quiet, None, teller())
            .and_then(|mut debouncer| debouncer.watch(path, RecursiveMode::Recursive).map(|()| debouncer));
        match system {
            Ok(debouncer) => return Some(Watched { watch: Watch::System(debouncer), identity }),
            Err(error) => tracing::warn!(%error, path = %path.display(), "the system watches no such folder"),
        }
    }
    let config = notify::Config::default().with_poll_interval(POLL_EVERY);
    let polled = new_debouncer_opt::<_, PollWatcher, NoCache>(quiet, None, teller(), NoCache, config)
        .and_then(|mut debouncer| debouncer.watch(path, RecursiveMode::Recursive).map(|()| debouncer));
    polled
        .inspect_err(|error| tracing::warn!(%error, path = %path.display(), "the folder cannot be looked through"))
        .ok()
        .map(|debouncer| Watched { watch: Watch::Polled(debouncer), identity })
}

/// What tells a folder from another one at the same path.
type Identity = (u64, u64);

/// Device and number of the folder.
#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Other systems tell neither: there a folder is another one when it was seen missing in between.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}

/// Whether the folder is on a network drive: the system's watches hear there of changes by this computer alone.
#[cfg(target_os = "linux")]
fn is_remote(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|system| is_network(system.f_type as u32))
}

#[cfg(not(target_os = "linux"))]
fn is_remote(_: &Path) -> bool {
    false
}

/// Whether a file system of that magic number is a network's: NFS, SMB, CIFS, AFS, Ceph, 9P, and FUSE, as sshfs is one.
#[cfg(target_os = "linux")]
fn is_network(magic: u32) -> bool {
    // From `linux/magic.h`, `fs/smb` and statfs(2).
    const NETWORK: [u32; 8] =
        [0x6969, 0x517B, 0xFE53_4D42, 0xFF53_4D42, 0x5346_414F, 0x00C3_6400, 0x0102_1997, 0x6573_5546];
    NETWORK.contains(&magic)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn network_drives_are_told_from_disks() {
        // From statfs(2): NFS_SUPER_MAGIC, CIFS_SUPER_MAGIC, FUSE_SUPER_MAGIC; EXT4, TMPFS, BTRFS.
        assert!([0x6969, 0xFF53_4D42, 0x6573_5546].into_iter().all(is_network));
        assert!(![0xEF53, 0x0102_1994, 0x9123_683E].into_iter().any(is_network));
        assert!(!is_remote(Path::new("/proc")));
    }
}
