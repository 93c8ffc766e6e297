//! Another library: which folder is meant by the one that was chosen, and opening it beside the one in use.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::Sender;

use crate::library::Library;

/// The name of the folder that a library makes for itself.
const OWN: &str = "Songline";
/// The file that every library has.
const DATABASE: &str = "library.db";

/// A library that was opened, or why it was not.
pub type Opened = Result<(Option<PathBuf>, Arc<Library>), String>;

/// The folder of the library that is meant by `chosen`: that folder where it holds a library or nothing at all, else a
/// folder of its own in there, so that no library is strewn among other files.
pub fn folder_in(chosen: &Path) -> PathBuf {
    let empty = std::fs::read_dir(chosen).map_or(true, |mut entries| entries.next().is_none());
    if empty || chosen.join(DATABASE).is_file() || chosen.file_name().is_some_and(|name| name == OWN) {
        chosen.to_path_buf()
    } else {
        chosen.join(OWN)
    }
}

/// Opens the library in `chosen`, or the platform's in `standard`, on a thread: it may be made anew, or brought up to
/// date. `tell` is called when the answer is there.
///
/// # Errors
/// [`std::io::Error`] where no thread can be started.
pub fn open(
    chosen: Option<PathBuf>,
    standard: Option<PathBuf>,
    answers: Sender<Opened>,
    tell: impl FnOnce() + Send + 'static,
) -> std::io::Result<()> {
    thread::Builder::new().name("library".to_owned()).spawn(move || {
        // The window may be gone by now.
        let _ = answers.send(open_now(chosen, standard));
        tell();
    })?;
    Ok(())
}

fn open_now(chosen: Option<PathBuf>, standard: Option<PathBuf>) -> Opened {
    let chosen = chosen.map(|folder| folder_in(&std::path::absolute(&folder).unwrap_or(folder)));
    let folder = chosen.clone().or(standard).ok_or("this platform has no folder for programs' data")?;
    let library = Library::open(&folder).map_err(|error| error.to_string())?;
    Ok((chosen, Arc::new(library)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_found_made_in_an_empty_folder_or_given_one_of_its_own() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = home.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            folder
        };
        let (empty, music, library) = (folder("empty"), folder("music"), folder("library"));
        std::fs::write(music.join("song.mp3"), b"").unwrap();
        std::fs::write(library.join(DATABASE), b"").unwrap();
        std::fs::write(library.join("other"), b"").unwrap();
        assert_eq!(folder_in(&empty), empty);
        assert_eq!(folder_in(&library), library);
        assert_eq!(folder_in(&music), music.join(OWN));
        let own = folder("music/Songline");
        std::fs::write(own.join("spare"), b"").unwrap();
        assert_eq!(folder_in(&own), own, "not a folder in a folder in a folder");
    }

    #[test]
    fn opening_says_what_was_opened_and_why_not() {
        let home = tempfile::tempdir().unwrap();
        let (answers, opened) = crossbeam_channel::bounded(4);
        let music = home.path().join("music");
        std::fs::create_dir_all(&music).unwrap();
        std::fs::write(music.join("song.mp3"), b"sound").unwrap();
        open(Some(music.clone()), None, answers.clone(), || {}).unwrap();
        let (chosen, library) = opened.recv().unwrap().unwrap();
        assert_eq!(chosen, Some(music.join(OWN)));
        assert_eq!(library.track_count().unwrap(), 0);
        assert_eq!(std::fs::read(music.join("song.mp3")).unwrap(), b"sound");
        open(None, Some(music.join("song.mp3")), answers.clone(), || {}).unwrap();
        assert!(opened.recv().unwrap().is_err(), "a file is no folder");
        open(None, None, answers, || {}).unwrap();
        assert!(opened.recv().unwrap().is_err());
    }
}
