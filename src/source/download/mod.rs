//! Large files from the web: resumed where they were cut off, fetched in parts where the host allows, checked at the end.
//!
//! A file is fetched as `NAME.part`, with `NAME.part.json` beside it, and gets its name when it is complete and checked; so a
//! file of the right name is the right file. Every part is asked for with `Range` and `If-Range`: a host that answers 200
//! gives the whole file, which starts anew.

mod checksum;
mod error;
mod rate;
mod space;
mod state;
mod transfer;

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use checksum::Checksum;
pub use error::DownloadError;
pub use space::free;

use crate::archive::Kind;
use crate::domain::Control;
use crate::source::net::Client;
use rate::{Rate, pause};
use state::{State, beside};
use transfer::{Fetched, Head, Transfer};

/// Bytes that stay free on the disk whatever comes.
const KEEP_FREE: u64 = 64 << 20;

/// A file that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where it can be had, the best first.
    pub urls: Vec<String>,
    pub to: PathBuf,
    /// In bytes, where its publisher tells exactly.
    pub size: Option<u64>,
    pub checksum: Option<Checksum>,
    /// What it is to be, where it is an archive.
    pub kind: Option<Kind>,
}

/// How a download goes about it.
#[derive(Debug, Clone)]
pub struct Manner {
    /// At most so many connections at once.
    pub parts: u64,
    /// Files below this size are fetched in one part.
    pub smallest_part: u64,
    /// A cap over all connections.
    pub bytes_a_second: Option<u64>,
    /// Tries in a row without one new byte after which a host is given up.
    pub tries: u32,
    /// Before the second try; it doubles with each one.
    pub first_wait: Duration,
}

impl Default for Manner {
    fn default() -> Self {
        Self { parts: 3, smallest_part: 32 << 20, bytes_a_second: None, tries: 6, first_wait: Duration::from_secs(1) }
    }
}

/// News of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Bytes on the disk, of so many.
    Bytes { got: u64, of: Option<u64> },
    /// Bytes whose checksum is reckoned, of so many.
    Checking { read: u64, of: u64 },
    /// What people should know: a retry, a new beginning, another host.
    Note(String),
}

/// Downloads `wanted`, or goes on where it was cut off. Returns at once where the file is there.
///
/// # Errors
/// [`DownloadError`]; after most of them the next call goes on where this one ended.
pub fn download(
    client: &Client,
    wanted: &Wanted,
    manner: &Manner,
    control: &Control,
    tell: &(dyn Fn(News) + Sync),
) -> Result<(), DownloadError> {
    if wanted.to.is_file() {
        return Ok(());
    }
    let folder = wanted.to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|source| DownloadError::Write { path: folder.to_path_buf(), source })?;
    let mut last = DownloadError::NoAddress;
    for (at, url) in wanted.urls.iter().enumerate() {
        let job = Download { client, wanted, manner, control, tell, url, rate: Rate::new(manner.bytes_a_second) };
        match job.run() {
            Ok(()) => return Ok(()),
            Err(error) if error.is_of_host() => {
                if at + 1 < wanted.urls.len() {
                    tell(News::Note(format!("{error}; trying another host")));
                }
                last = error;
            }
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// The bytes of a download that are on the disk, and how many there will be: of the complete file or the partial one.
pub fn progress(to: &Path) -> Option<(u64, u64)> {
    if let Ok(metadata) = fs::metadata(to) {
        return metadata.is_file().then_some((metadata.len(), metadata.len()));
    }
    State::read(&partial(to)).map(|state| (state.got(), state.length))
}

/// Deletes the file and what is there of it.
///
/// # Errors
/// Where one of them cannot be deleted.
pub fn remove(to: &Path) -> Result<(), DownloadError> {
    let partial = partial(to);
    [beside(&partial), partial, to.to_path_buf()].into_iter().try_for_each(delete)
}

fn partial(to: &Path) -> PathBuf {
    with_ending(to, ".part")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// One file from one host.
struct Download<'a> {
    client: &'a Client,
    wanted: &'a Wanted,
    manner: &'a Manner,
    control: &'a Control,
    tell: &'a (dyn Fn(News) + Sync),
    url: &'a str,
    rate: Rate,
}

impl Download<'_> {
    fn run(&self) -> Result<(), DownloadError> {
        let partial = partial(&self.wanted.to);
        let mut tries = 0;
        let mut beginnings = 0;
        loop {
            let before = State::read(&partial).map_or(0, |state| state.got());
            let (error, wait) = match self.once(&partial) {
                Ok(Fetched::All) => break,
                Ok(Fetched::Changed) => {
                    beginnings += 1;
                    if beginnings > 3 {
                        return Err(DownloadError::KeepsChanging { url: self.url.to_owned() });
                    }
                    (self.tell)(News::Note("the file is another one at the host now; it is fetched anew".to_owned()));
                    self.forget(&partial)?;
                    continue;
                }
                Ok(Fetched::Failed { error, wait }) => (error, wait),
                Err(error) => (error, None),
            };
            if !error.may_pass() {
                return Err(error);
            }
            let after = State::read(&partial).map_or(0, |state| state.got());
            tries = if after > before { 0 } else { tries + 1 };
            if tries >= self.manner.tries {
                return Err(error);
            }
            let back_off = self.manner.first_wait * 2_u32.saturating_pow(tries.min(8));
            let wait = wait.unwrap_or(back_off).max(self.manner.first_wait).min(Duration::from_secs(3_600));
            (self.tell)(News::Note(format!("{error}; going on in {:.0} s", wait.as_secs_f32().ceil())));
            pause(wait, self.control)?;
        }
        self.check(&partial)?;
        let failed = |source| DownloadError::Write { path: self.wanted.to.clone(), source };
        fs::rename(&partial, &self.wanted.to).map_err(failed)?;
        self.forget(&partial)
    }

    /// One round of requests.
    fn once(&self, partial: &Path) -> Result<Fetched, DownloadError> {
        let known = State::read(partial);
        let transfer = Transfer { client: self.client, url: self.url, control: self.control, rate: &self.rate };
        let (head, whole) = match transfer.head()? {
            Ok(found) => found,
            Err(failed) => return Ok(failed),
        };
        if let Some((expected, got)) = self.wanted.size.zip(head.length)
            && expected != got
        {
            return Err(DownloadError::WrongSize { url: self.url.to_owned(), got, expected });
        }
        let begun = known.as_ref().is_some_and(|known| known.got() > 0);
        let state = match (known, head.length) {
            // Bytes of another host are the same file only where a checksum will tell.
            (Some(known), Some(length)) if head.ranges && self.goes_on(&known, &head, length) => known,
            (Some(known), _) if head.ranges && known.got() > 0 => return Ok(Fetched::Changed),
            (_, length) => {
                let length = length.unwrap_or(0);
                let parts =
                    if head.ranges { (length / self.manner.smallest_part).clamp(1, self.manner.parts) } else { 1 };
                State::new(self.url, length, head.version.clone(), parts)
            }
        };
        self.room_for(state.length.saturating_sub(state.got()))?;
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(partial);
        let file: File = open.map_err(|source| DownloadError::Write { path: partial.to_path_buf(), source })?;
        let tell = |got: u64, of: Option<u64>| -> Result<(), DownloadError> {
            (self.tell)(News::Bytes { got, of });
            self.room_for(0)
        };
        if head.ranges && head.length.is_some() {
            drop(whole);
            transfer.parts(&file, partial, state, &tell)
        } else {
            if begun {
                let note = "the host cannot go on where a download was cut off; it is fetched anew";
                (self.tell)(News::Note(note.to_owned()));
            }
            self.forget_state(partial)?;
            transfer.whole(whole, &file, partial, head.length, &tell)
        }
    }

    fn goes_on(&self, known: &State, head: &Head, length: u64) -> bool {
        let same_version = known.version.is_some() && known.version == head.version;
        let checked = self.wanted.checksum.is_some();
        known.length == length
            && if known.url == self.url { same_version || (checked && known.version.is_none()) } else { checked }
    }

    fn room_for(&self, bytes: u64) -> Result<(), DownloadError> {
        let folder = self.wanted.to.parent().unwrap_or(Path::new("."));
        match space::free(folder) {
            Some(free) if free < bytes.saturating_add(KEEP_FREE) => Err(DownloadError::DiskFull {
                path: folder.to_path_buf(),
                free,
                needed: bytes.saturating_add(KEEP_FREE) - free,
            }),
            _ => Ok(()),
        }
    }

    /// Whether the complete file is what it should be. One that is not is set aside.
    fn check(&self, partial: &Path) -> Result<(), DownloadError> {
        let failed = |source| DownloadError::Write { path: partial.to_path_buf(), source };
        let of = fs::metadata(partial).map_err(failed)?.len();
        if let Some(kind) = self.wanted.kind {
            let mut head = Vec::new();
            File::open(partial).and_then(|file| file.take(512).read_to_end(&mut head)).map_err(failed)?;
            if !kind.fits(&head) {
                return Err(DownloadError::WrongContent(self.set_aside(partial)?));
            }
        }
        if let Some(checksum) = &self.wanted.checksum {
            let on_bytes = |read| (self.tell)(News::Checking { read, of });
            if !checksum.holds(partial, self.control, &on_bytes)? {
                return Err(DownloadError::WrongChecksum(self.set_aside(partial)?));
            }
        }
        Ok(())
    }

    fn set_aside(&self, partial: &Path) -> Result<PathBuf, DownloadError> {
        let aside = with_ending(&self.wanted.to, ".rejected");
        fs::rename(partial, &aside).map_err(|source| DownloadError::Write { path: aside.clone(), source })?;
        self.forget(partial)?;
        Ok(aside)
    }

    fn forget_state(&self, partial: &Path) -> Result<(), DownloadError> {
        delete(beside(partial))
    }

    fn forget(&self, partial: &Path) -> Result<(), DownloadError> {
        self.forget_state(partial)?;
        delete(partial.to_path_buf())
    }
}

/// Deletes a file that may be gone already.
fn delete(path: PathBuf) -> Result<(), DownloadError> {
    match fs::remove_file(&path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(DownloadError::Write { path, source }),
        _ => Ok(()),
    }
}
