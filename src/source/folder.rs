//! Audio files in folders.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use walkdir::{DirEntry, WalkDir};

use crate::archive;
use crate::audio::is_supported;
use crate::domain::Control;

/// Folders that systems keep on every disk and that hold no music of the user's.
const SYSTEM_FOLDERS: [&str; 4] = ["$RECYCLE.BIN", "System Volume Information", "__MACOSX", "lost+found"];

/// A file that may be music.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// As it was reached from the root that was asked for.
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
    /// In nanoseconds since the Unix epoch; 0 where the file system does not tell.
    pub modified_ns: i64,
}

/// One result of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    File(FoundFile),
    /// A folder, a file or a member of an archive that cannot be looked at. The scan goes on.
    Unreadable {
        path: PathBuf,
        reason: String,
    },
}

/// Looks for audio files in `roots`, one after the other: a folder with everything below it, sorted by name, a file
/// whatever its extension. Lazy: nothing is looked at before it is asked for.
///
/// An archive that is a root is looked into: its audio files are found as paths that lead through it. Archives in folders
/// are left alone.
///
/// Links are followed. A folder is visited once, however many ways lead to it, so loops end. Hidden files and folders
/// are skipped unless they are roots. `control` can pause the scan between two entries; when it is cancelled the scan
/// ends.
pub fn scan(roots: &[PathBuf], control: &Control) -> impl Iterator<Item = Found> + use<> {
    let mut roots = roots.to_vec();
    roots.reverse();
    Scan {
        roots,
        walk: None,
        members: Vec::new(),
        control: control.clone(),
        folders: HashSet::new(),
        files: HashSet::new(),
    }
}

struct Scan {
    /// Roots to come, the next one last.
    roots: Vec<PathBuf>,
    walk: Option<walkdir::IntoIter>,
    /// What was found in an archive and is still to be given, the next one last.
    members: Vec<Found>,
    control: Control,
    /// Folders visited, by their one true path.
    folders: HashSet<PathBuf>,
    /// Files given as roots, likewise.
    files: HashSet<PathBuf>,
}

impl Iterator for Scan {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            self.control.checkpoint().ok()?;
            if let Some(member) = self.members.pop() {
                return Some(member);
            }
            let found = match &mut self.walk {
                Some(walk) => match walk.next() {
                    Some(entry) => self.entry(entry),
                    None => {
                        self.walk = None;
                        None
                    }
                },
                None => {
                    let root = self.roots.pop()?;
                    self.root(root)
                }
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

impl Scan {
    fn root(&mut self, root: PathBuf) -> Option<Found> {
        let metadata = match std::fs::metadata(&root) {
            Ok(metadata) => metadata,
            Err(error) => {
                return Some(match archive::facts(&root) {
                    Ok(facts) => Found::File(member_file(root, facts)),
                    Err(_) => unreadable(root, &error),
                });
            }
        };
        if archive::is_archive(&root) {
            return self.archive(&root);
        }
        if metadata.is_dir() {
            self.walk = Some(WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter());
            return None;
        }
        if !metadata.is_file() {
            return Some(Found::Unreadable { path: root, reason: "neither a file nor a folder".to_owned() });
        }
        let true_path = root.canonicalize().unwrap_or_else(|_| root.clone());
        let in_a_visited_folder =
            is_supported(&root) && true_path.parent().is_some_and(|folder| self.folders.contains(folder));
        let is_new = self.files.insert(true_path) && !in_a_visited_folder;
        is_new.then(|| Found::File(found_file(root, &metadata)))
    }

    /// Takes an archive's audio files in, and what is told of the rest.
    fn archive(&mut self, root: &Path) -> Option<Found> {
        let true_path = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        if !self.files.insert(true_path) {
            return None;
        }
        let modified = std::fs::metadata(root).and_then(|metadata| metadata.modified()).ok();
        match archive::members(root) {
            Ok(members) => {
                let music = members.into_iter().filter(is_music).map(|member| {
                    let path = root.join(&member.name);
                    match member.refused {
                        // The path of such a name would lead elsewhere, so it is told with the archive's.
                        Some(reason) => Found::Unreadable {
                            path: root.join(member.name.replace(['/', '\\'], "∕").replace('\0', "␀")),
                            reason: reason.to_owned(),
                        },
                        None => Found::File(member_file(path, archive::Facts { size: member.size, modified })),
                    }
                });
                self.members = music.collect();
                self.members.reverse();
                None
            }
            Err(error) => Some(Found::Unreadable { path: root.to_path_buf(), reason: error.to_string() }),
        }
    }

    fn entry(&mut self, entry: walkdir::Result<DirEntry>) -> Option<Found> {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return walk_error(&error),
        };
        if entry.file_type().is_dir() {
            if !self.enters(&entry) {
                // The entry just given is a folder, so this skips what is in it.
                if let Some(walk) = &mut self.walk {
                    walk.skip_current_dir();
                }
            }
            return None;
        }
        if !entry.file_type().is_file() || is_hidden(entry.file_name()) || !is_supported(entry.path()) {
            return None;
        }
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            Err(error) => return walk_error(&error),
        };
        let path = entry.into_path();
        let is_root = !self.files.is_empty() && path.canonicalize().is_ok_and(|path| self.files.contains(&path));
        (!is_root).then(|| Found::File(found_file(path, &metadata)))
    }

    /// Whether to look into a folder: it is not hidden, and it is the first time.
    fn enters(&mut self, entry: &DirEntry) -> bool {
        let is_root = entry.depth() == 0;
        let is_system = SYSTEM_FOLDERS.iter().any(|name| entry.file_name() == *name);
        if !is_root && (is_hidden(entry.file_name()) || is_system) {
            return false;
        }
        match entry.path().canonicalize() {
            Ok(path) => self.folders.insert(path),
            // It will be reported when it is read.
            Err(_) => true,
        }
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

/// What to report of an entry that walkdir could not look at: nothing for a loop, which is not the user's concern, or
/// for what a scan would have skipped anyway.
fn walk_error(error: &walkdir::Error) -> Option<Found> {
    let path = error.path().unwrap_or(Path::new("")).to_path_buf();
    if error.loop_ancestor().is_some() || (error.depth() > 0 && path.file_name().is_some_and(is_hidden)) {
        return None;
    }
    let error = error.io_error()?;
    // A link to nowhere is of interest only where it should have been music.
    let is_broken_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    if is_broken_link && !is_supported(&path) {
        return None;
    }
    Some(unreadable(path, error))
}

fn unreadable(path: PathBuf, error: &std::io::Error) -> Found {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "there is nothing at this path".to_owned(),
        std::io::ErrorKind::PermissionDenied => "you are not allowed to read it".to_owned(),
        _ => error.to_string(),
    };
    Found::Unreadable { path, reason }
}

/// Whether a member is of interest: audio, or an archive that might have held some; not what systems and hidden folders keep.
fn is_music(member: &archive::Member) -> bool {
    let name = Path::new(&member.name);
    let aside = |part: &OsStr| (is_hidden(part) && part != "..") || SYSTEM_FOLDERS.iter().any(|system| part == *system);
    let known = is_supported(name) || archive::Kind::of_name(&member.name).is_some();
    known && !name.iter().any(aside)
}

fn member_file(path: PathBuf, facts: archive::Facts) -> FoundFile {
    FoundFile { path, size: facts.size, modified_ns: facts.modified.map_or(0, nanoseconds) }
}

fn found_file(path: PathBuf, metadata: &Metadata) -> FoundFile {
    let modified_ns = metadata.modified().map_or(0, nanoseconds);
    FoundFile { path, size: metadata.len(), modified_ns }
}

/// Nanoseconds since the Unix epoch, negative before it.
fn nanoseconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |before| -before),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    fn touch(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"sound").unwrap();
    }

    /// What a scan of `roots` finds, as paths below `base`; unreadable ones with a "!".
    fn names(base: &Path, roots: &[&str]) -> Vec<String> {
        let roots: Vec<_> = roots.iter().map(|root| base.join(root)).collect();
        let below = |path: &Path| path.strip_prefix(base).unwrap().to_str().unwrap().replace('\\', "/");
        scan(&roots, &Control::default())
            .map(|found| match found {
                Found::File(file) => below(&file.path),
                Found::Unreadable { path, .. } => format!("!{}", below(&path)),
            })
            .collect()
    }

    #[test]
    fn audio_is_found_sorted_and_the_rest_is_skipped() {
        let base = tempfile::tempdir().unwrap();
        for name in [
            "b/2.MP3",
            "b/10.flac",
            "b/cover.jpg",
            "a.ogg",
            ".hidden.mp3",
            ".git/x.mp3",
            "__MACOSX/b/2.mp3",
            "b/noext",
            "list.m3u8",
            "c/deep/er/x.opus",
        ] {
            touch(&base.path().join(name));
        }
        assert_eq!(names(base.path(), &["."]).len(), 4);
        let found: Vec<_> = scan(&[base.path().to_path_buf()], &Control::default()).collect();
        let found: Vec<_> = found
            .iter()
            .map(|found| match found {
                Found::File(file) => file.path.strip_prefix(base.path()).unwrap().to_str().unwrap().to_owned(),
                Found::Unreadable { .. } => panic!("{found:?}"),
            })
            .collect();
        assert_eq!(found, ["a.ogg", "b/10.flac", "b/2.MP3", "c/deep/er/x.opus"]);
    }

    #[test]
    fn a_root_is_taken_whatever_its_name_and_a_missing_one_is_told() {
        let base = tempfile::tempdir().unwrap();
        for name in ["odd.bin", ".hidden/x.wav", "a/1.mp3"] {
            touch(&base.path().join(name));
        }
        let roots = ["odd.bin", ".hidden", "gone", "a/1.mp3"];
        assert_eq!(names(base.path(), &roots), ["odd.bin", ".hidden/x.wav", "!gone", "a/1.mp3"]);
    }

    #[test]
    fn what_is_named_twice_is_found_once() {
        let base = tempfile::tempdir().unwrap();
        for name in ["a/1.mp3", "a/b/2.mp3", "odd.bin"] {
            touch(&base.path().join(name));
        }
        assert_eq!(names(base.path(), &["a/b", "a", "a", "a/b/2.mp3"]), ["a/b/2.mp3", "a/1.mp3"]);
        assert_eq!(names(base.path(), &["a/1.mp3", "a", "odd.bin", "odd.bin"]), ["a/1.mp3", "a/b/2.mp3", "odd.bin"]);
    }

    #[test]
    fn size_and_time_are_of_the_file() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("a.mp3");
        touch(&path);
        let time = UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        let found: Vec<_> = scan(std::slice::from_ref(&path), &Control::default()).collect();
        let Some(Found::File(file)) = found.first() else { panic!("{found:?}") };
        assert_eq!((file.size, file.modified_ns / 1_000), (5, 1_000_000_000_123_456));
        assert_eq!(nanoseconds(UNIX_EPOCH - Duration::from_secs(1)), -1_000_000_000);
    }

    #[test]
    fn it_is_lazy_and_ends_when_cancelled() {
        let base = tempfile::tempdir().unwrap();
        for i in 0..5 {
            touch(&base.path().join(format!("{i}.mp3")));
        }
        let control = Control::default();
        let mut found = scan(&[base.path().to_path_buf()], &control);
        assert!(found.next().is_some());
        control.cancel();
        assert_eq!(found.next(), None);
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::{PermissionsExt, symlink};

        use super::*;

        #[test]
        fn links_are_followed_and_loops_end() {
            let base = tempfile::tempdir().unwrap();
            let at = |name: &str| base.path().join(name);
            touch(&at("music/a/1.mp3"));
            touch(&at("elsewhere/2.mp3"));
            symlink(at("music"), at("music/a/loop")).unwrap();
            symlink(at("elsewhere"), at("music/b")).unwrap();
            symlink(at("elsewhere"), at("music/c")).unwrap();
            symlink(at("elsewhere/2.mp3"), at("music/d.mp3")).unwrap();
            symlink(at("nowhere"), at("music/e.mp3")).unwrap();
            symlink(at("nowhere"), at("music/f.txt")).unwrap();
            assert_eq!(
                names(base.path(), &["music"]),
                ["music/a/1.mp3", "music/b/2.mp3", "music/d.mp3", "!music/e.mp3"]
            );
        }

        #[test]
        fn names_need_not_be_text() {
            let base = tempfile::tempdir().unwrap();
            let path = base.path().join(OsStr::from_bytes(b"caf\xe9.mp3"));
            if fs::write(&path, b"sound").is_err() {
                println!("skipped: this file system takes only UTF-8 names");
                return;
            }
            let found: Vec<_> = scan(&[base.path().to_path_buf()], &Control::default()).collect();
            assert!(matches!(&found[..], [Found::File(file)] if file.path == path), "{found:?}");
        }

        #[test]
        fn an_unreadable_folder_is_told_and_the_scan_goes_on() {
            let base = tempfile::tempdir().unwrap();
            for name in ["a/1.mp3", "b/2.mp3"] {
                touch(&base.path().join(name));
            }
            fs::set_permissions(base.path().join("a"), fs::Permissions::from_mode(0o0)).unwrap();
            let found = names(base.path(), &["."]);
            if fs::read_dir(base.path().join("a")).is_ok() {
                println!("skipped: this user may read everything");
            } else {
                assert_eq!(found, ["!./a", "./b/2.mp3"].map(|name| name.replace("./", "")));
            }
            fs::set_permissions(base.path().join("a"), fs::Permissions::from_mode(0o755)).unwrap();
        }

        #[test]
        fn a_pipe_is_no_file() {
            let base = tempfile::tempdir().unwrap();
            let made = std::process::Command::new("mkfifo").arg(base.path().join("p.mp3")).status();
            if !made.is_ok_and(|status| status.success()) {
                println!("skipped: mkfifo is missing");
                return;
            }
            assert!(names(base.path(), &["."]).is_empty());
            assert_eq!(names(base.path(), &["p.mp3"]), ["!p.mp3"]);
        }
    }
}
