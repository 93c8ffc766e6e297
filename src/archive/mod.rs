//! Files, and members of archives read in place: `music.zip/000/000002.mp3` is a path like any other.
//!
//! A path leads into an archive where one of its ancestors is a zip or tar file. Members that would lead out of the archive,
//! links, encrypted members, archives in archives and members that grow beyond all measure are listed with the reason for
//! which they are not read. Tar members and large zip members that are stored are read straight from the archive; the other
//! zip members are read into memory, one at a time, and their checksum is checked. The last archives' lists of members are kept.

mod at;
mod names;
mod tars;
mod unpack;
mod zips;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

pub use at::Part;
pub use unpack::{Unpacked, unpack};

/// The most that a compressed member may hold, in bytes: forty minutes of sound at 44,100 Hz in 16-bit stereo.
pub const LARGEST_MEMBER: u64 = 512 << 20;
/// A compressed member may be so many times larger than its bytes in the archive; silence in a WAV file reaches this only
/// beyond [`SMALL`].
const MOST_GROWTH: u64 = 200;
/// Members up to this size may grow as they like.
const SMALL: u64 = 32 << 20;
/// Archives whose members are remembered.
const REMEMBERED: usize = 8;

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("cannot read the archive: {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("the archive is damaged or incomplete ({reason}): {}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("it is compressed as a whole and cannot be read in place; unpack it: {}", .0.display())]
    CompressedWhole(PathBuf),
    #[error("cannot write; see that the folder is writable and the disk is not full: {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Cancelled(#[from] crate::domain::Cancelled),
}

/// One file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its path inside the archive, with `/` between its parts.
    pub name: String,
    /// Unpacked, in bytes.
    pub size: u64,
    /// Why it is not read, for people.
    pub refused: Option<&'static str>,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Number in the zip's directory.
    Zip(usize),
    /// Offset of the bytes in a tar.
    Tar(u64),
}

/// The kinds of archive that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Zip,
    Tar,
    /// A tar in gzip. It can be unpacked, not read in place.
    TarGz,
}

impl Kind {
    /// By the name's ending.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        if ends(&[".zip"]) {
            Some(Self::Zip)
        } else if ends(&[".tar"]) {
            Some(Self::Tar)
        } else if ends(&[".tar.gz", ".tgz"]) {
            Some(Self::TarGz)
        } else {
            None
        }
    }

    fn of_path(path: &Path) -> Option<Self> {
        Self::of_name(&path.file_name()?.to_string_lossy())
    }

    /// Whether a file that begins with `head`, 512 bytes where it has them, can be of this kind.
    pub fn fits(self, head: &[u8]) -> bool {
        match self {
            // An empty zip has its end alone.
            Self::Zip => head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06"),
            // Very old tars have no mark; all have an octal sum of their head.
            Self::Tar => {
                head.get(148..156).is_some_and(|sum| sum.iter().all(|byte| matches!(byte, b'0'..=b'7' | b' ' | 0)))
            }
            Self::TarGz => head.starts_with(&[0x1f, 0x8b]),
        }
    }
}

/// An open file or member: bytes that can be read from any place.
pub enum Opened {
    File(File),
    Part(Part),
    Memory(Cursor<Vec<u8>>),
}

impl Opened {
    /// Its length in bytes, where the system tells.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::File(file) => file.metadata().ok().map(|metadata| metadata.len()),
            Self::Part(part) => Some(part.length()),
            Self::Memory(bytes) => Some(bytes.get_ref().len() as u64),
        }
    }
}

impl Read for Opened {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(to),
            Self::Part(part) => part.read(to),
            Self::Memory(bytes) => bytes.read(to),
        }
    }
}

impl Seek for Opened {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Part(part) => part.seek(to),
            Self::Memory(bytes) => bytes.seek(to),
        }
    }
}

/// Size and time of a file or member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// In bytes.
    pub size: u64,
    /// Of the file, or of the archive.
    pub modified: Option<SystemTime>,
}

/// Opens the file or the member at `path`.
///
/// # Errors
/// As [`File::open`]; for members also where the archive or the member is damaged, or the member is refused: the error's
/// text says why.
pub fn open(path: &Path) -> io::Result<Opened> {
    let error = match File::open(path) {
        Ok(file) if file.metadata()?.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(file) => return Ok(Opened::File(file)),
        Err(error) => error,
    };
    let Some((archive, name)) = split(path) else { return Err(error) };
    let list = list(&archive).map_err(told)?;
    let Some(member) = list.find(&name) else {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the archive has no such file"));
    };
    if let Some(reason) = member.refused {
        return Err(io::Error::other(reason));
    }
    list.open(member)
}

/// Size and time of the file or member at `path`, without reading it.
///
/// # Errors
/// As [`open`].
pub fn facts(path: &Path) -> io::Result<Facts> {
    let error = match std::fs::metadata(path) {
        Ok(metadata) => return Ok(Facts { size: metadata.len(), modified: metadata.modified().ok() }),
        Err(error) => error,
    };
    let Some((archive, name)) = split(path) else { return Err(error) };
    let modified = std::fs::metadata(&archive)?.modified().ok();
    let list = list(&archive).map_err(told)?;
    let member = list.find(&name).ok_or(io::ErrorKind::NotFound)?;
    Ok(Facts { size: member.size, modified })
}

/// The members of the archive at `path`, in the archive's order; folders are left out.
///
/// # Errors
/// [`ArchiveError`] where it cannot be read, is damaged as a whole, or is compressed as a whole.
pub fn members(path: &Path) -> Result<Vec<Member>, ArchiveError> {
    list(path).map(|list| list.members.clone())
}

/// Whether there is a file at `path` whose name is an archive's.
pub fn is_archive(path: &Path) -> bool {
    Kind::of_path(path).is_some() && path.is_file()
}

/// The archive that `path` leads into, and the member's name.
pub fn split(path: &Path) -> Option<(PathBuf, String)> {
    for ancestor in path.ancestors().skip(1) {
        if is_archive(ancestor) {
            let inside = path.strip_prefix(ancestor).ok()?;
            let parts: Option<Vec<_>> = inside.iter().map(|part| part.to_str()).collect();
            return Some((ancestor.to_path_buf(), parts?.join("/")));
        }
    }
    None
}

fn told(error: ArchiveError) -> io::Error {
    match error {
        ArchiveError::Read { source, .. } => source,
        error => io::Error::other(error),
    }
}

/// The members of one archive, found by name.
struct List {
    members: Vec<Member>,
    by_name: HashMap<String, usize>,
    file: Arc<File>,
    zip: Option<zip::ZipArchive<Part>>,
}

impl List {
    fn read(path: &Path) -> Result<Self, ArchiveError> {
        let failed = |source| ArchiveError::Read { path: path.to_path_buf(), source };
        let file = Arc::new(File::open(path).map_err(failed)?);
        let length = file.metadata().map_err(failed)?.len();
        let whole = Part::new(file.clone(), 0, length);
        let (members, zip) = match Kind::of_path(path) {
            Some(Kind::Zip) => {
                let (members, zip) = zips::members(whole, path)?;
                (members, Some(zip))
            }
            Some(Kind::TarGz) => return Err(ArchiveError::CompressedWhole(path.to_path_buf())),
            Some(Kind::Tar) | None => (tars::members(whole, path)?, None),
        };
        // Of two members of one name the later one counts, as it does when an archive is unpacked.
        let by_name = members.iter().enumerate().map(|(at, member)| (member.name.clone(), at)).collect();
        Ok(Self { members, by_name, file, zip })
    }

    fn find(&self, name: &str) -> Option<&Member> {
        self.members.get(*self.by_name.get(name)?)
    }

    fn open(&self, member: &Member) -> io::Result<Opened> {
        match (member.place, &self.zip) {
            (Place::Zip(number), Some(zip)) => zips::open(zip, number, member.size, &self.file),
            (Place::Tar(start), _) => Ok(Opened::Part(Part::new(self.file.clone(), start, member.size))),
            (Place::Zip(_), None) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// An archive as it was when its list was read.
type Stamp = (PathBuf, u64, Option<SystemTime>);

static LISTS: Mutex<Vec<(Stamp, Arc<List>)>> = Mutex::new(Vec::new());

/// The archive's list, remembered or read.
fn list(path: &Path) -> Result<Arc<List>, ArchiveError> {
    let metadata = std::fs::metadata(path).map_err(|source| ArchiveError::Read { path: path.to_path_buf(), source })?;
    let stamp = (path.to_path_buf(), metadata.len(), metadata.modified().ok());
    // Held while a list is read: threads that want the same archive wait for one reading of it.
    let mut lists = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(at) = lists.iter().position(|(known, _)| *known == stamp) {
        let found = lists.remove(at);
        let list = found.1.clone();
        lists.push(found);
        return Ok(list);
    }
    let list = Arc::new(List::read(path)?);
    lists.retain(|(known, _)| known.0 != stamp.0);
    if lists.len() >= REMEMBERED {
        lists.remove(0);
    }
    lists.push((stamp, list.clone()));
    Ok(list)
}

/// Why a member is not read whatever it holds: its name, its kind, its growth.
fn refusal(name: &str, is_link: bool, encrypted: bool, size: u64, packed: Option<u64>) -> Option<&'static str> {
    if is_link {
        Some("it is a link, which archives may not have here")
    } else if encrypted {
        Some("it is encrypted")
    } else if Kind::of_name(name).is_some() {
        Some("it is an archive inside the archive; unpack it and add it by itself")
    } else if packed.is_some() && size > LARGEST_MEMBER {
        Some("it is larger than 512 MiB, too large to be read from a compressed archive; unpack the archive")
    } else if packed.is_some_and(|packed| size > SMALL && size / packed.max(1) > MOST_GROWTH) {
        Some("it grows more than 200-fold when it is unpacked, as harmful files do")
    } else {
        None
    }
}
