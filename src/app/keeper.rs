//! Writes settings and window once the user pauses, on a thread: the window never waits for a disk.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::settings::Settings;
use crate::state::Session;

/// Settings and window are saved this long after the last change.
const QUIET: Duration = Duration::from_millis(300);

/// What is to be written, where, and when.
#[derive(Debug, Default)]
pub struct Keeper {
    settings: Option<PathBuf>,
    session: Option<PathBuf>,
    due: Option<Instant>,
    writing: Option<JoinHandle<Option<String>>>,
}

/// What there is to do about files that were changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Nothing,
    /// Ask again after this time.
    Later(Duration),
    Now,
}

impl Keeper {
    /// Keeps both in these files; what has no file is forgotten.
    pub fn new(settings: Option<PathBuf>, session: Option<PathBuf>) -> Self {
        Self { settings, session, ..Self::default() }
    }

    /// Something changed.
    pub fn touch(&mut self, now: Instant) {
        self.due = Some(now + QUIET);
    }

    /// Whether it is time to write. While a control is `held` it never is: a drag is one change, however long it lasts.
    pub fn due(&mut self, now: Instant, held: bool) -> Due {
        let busy = self.writing.as_ref().is_some_and(|thread| !thread.is_finished());
        match self.due {
            None => Due::Nothing,
            Some(_) if held || busy => {
                self.due = Some(now + QUIET);
                Due::Later(QUIET)
            }
            Some(due) if now < due => Due::Later(due - now),
            Some(_) => Due::Now,
        }
    }

    /// Begins to write. Returns what the last writing met with, where it failed.
    pub fn write(&mut self, settings: &Settings, session: &Session) -> Option<String> {
        self.due = None;
        let trouble = self.finish();
        let (settings, session) = (settings.clone(), session.clone());
        let files = (self.settings.clone(), self.session.clone());
        let work = move || write_both(&settings, files.0.as_deref(), &session, files.1.as_deref());
        match thread::Builder::new().name("keeper".to_owned()).spawn(work) {
            Ok(thread) => self.writing = Some(thread),
            Err(error) => return Some(error.to_string()),
        }
        trouble
    }

    /// What a writing that has ended since met with, where it failed.
    pub fn trouble(&mut self) -> Option<String> {
        if self.writing.as_ref().is_some_and(JoinHandle::is_finished) { self.finish() } else { None }
    }

    /// Writes before the window closes, and waits for it.
    pub fn write_last(&mut self, settings: &Settings, session: &Session) {
        let before = self.write(settings, session);
        if let Some(trouble) = self.finish().or(before) {
            tracing::warn!(trouble, "the settings cannot be saved");
        }
    }

    fn finish(&mut self) -> Option<String> {
        // A writer that panicked has said so in the log.
        self.writing.take().and_then(|thread| thread.join().unwrap_or_default())
    }
}

fn write_both(
    settings: &Settings,
    settings_file: Option<&Path>,
    session: &Session,
    session_file: Option<&Path>,
) -> Option<String> {
    let trouble = settings_file.and_then(|file| settings.save(file).err()).map(|error| error.to_string());
    // A window that is not remembered is no loss worth a message.
    if let Some(file) = session_file
        && let Err(error) = save_session(session, file)
    {
        tracing::warn!(%error, "the window cannot be remembered");
    }
    trouble
}

/// The window as it was; one that cannot be remembered opens like the first time.
pub fn read_session(file: &Path) -> Session {
    let text = std::fs::read_to_string(file).ok();
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn save_session(session: &Session, file: &Path) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut written = tempfile::NamedTempFile::new_in(folder)?;
    written.write_all(&serde_json::to_vec_pretty(session)?)?;
    written.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_of_the_volume_is_written_once_and_after_it_has_ended() {
        let mut keeper = Keeper::default();
        let start = Instant::now();
        let frame = |index: u32| start + Duration::from_millis(16) * index;
        // Two seconds of dragging, with a rest of a second in the middle.
        for index in (0..60).chain(120..180) {
            keeper.touch(frame(index));
            assert!(matches!(keeper.due(frame(index), true), Due::Later(_)));
        }
        assert!(matches!(keeper.due(frame(181), false), Due::Later(_)), "let go a moment ago");
        let end = frame(181) + QUIET;
        assert_eq!(keeper.due(end, false), Due::Now);
        keeper.write(&Settings::default(), &Session::default());
        assert_eq!(keeper.due(end, false), Due::Nothing);
    }

    #[test]
    fn both_files_are_written_and_what_fails_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (settings, session) = (folder.path().join("new/settings.json"), folder.path().join("new/window.json"));
        let mut keeper = Keeper::new(Some(settings.clone()), Some(session.clone()));
        keeper.write_last(&Settings { top: 7, ..Settings::default() }, &Session { segment: 3, ..Session::default() });
        assert_eq!(Settings::load(&settings).0.top, 7);
        assert_eq!(read_session(&session).segment, 3);

        std::fs::write(folder.path().join("file"), b"").unwrap();
        let mut keeper = Keeper::new(Some(folder.path().join("file/settings.json")), None);
        assert_eq!(keeper.write(&Settings::default(), &Session::default()), None);
        let mut trouble = None;
        while keeper.writing.is_some() {
            trouble = keeper.trouble();
        }
        assert!(trouble.unwrap().contains("settings.json"));
    }
}
