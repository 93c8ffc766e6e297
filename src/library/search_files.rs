//! Files that make search fast: what was computed from trajectories and can be computed again.
//!
//! They lie in `search/` and are named by model, generation of its trajectories and what they hold, so that whatever
//! changes the trajectories of a model leaves its old files behind, which are removed when the next are written. A compact
//! store is written whole or not at all and never changed; tracks added later get a store of their own. Neighbours grow
//! chunk by chunk; a chunk that a kill cut short is recognised by its checksum and taken away.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use super::file::{TEMPORARY_PREFIX, make_folder, remove_quietly, write_atomically};
use super::models::stored_model;
use super::{Library, LibraryError};

/// A file of which the bytes are mapped.
pub struct SearchFile {
    path: PathBuf,
    number: u64,
    map: Mmap,
}

impl AsRef<[u8]> for SearchFile {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

impl SearchFile {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its number among those of its name; never given to another.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Library {
    fn search_folder(&self) -> PathBuf {
        self.root().join("search")
    }

    /// How the names of the files of a model begin, as long as its trajectories stay.
    fn search_prefix(&self, model: &str) -> Result<(String, String), LibraryError> {
        let stored = self.database.read(|connection| stored_model(connection, model))?;
        Ok((format!("{}-", stored.id), format!("{}-{}-", stored.id, stored.generation)))
    }

    /// The compact stores of `model` under `name`, the oldest first, mapped. One that cannot be mapped is left out.
    ///
    /// # Errors
    /// [`LibraryError::NoModel`]
    pub fn search_files(&self, model: &str, name: &str) -> Result<Vec<Arc<SearchFile>>, LibraryError> {
        let (_, prefix) = self.search_prefix(model)?;
        let found = numbered(&self.search_folder(), &format!("{prefix}{name}."));
        Ok(found.into_iter().filter_map(|(number, path)| map(path, number)).map(Arc::new).collect())
    }

    /// Keeps a compact store of `model` under `name`, beside those there are or, with `alone`, in their place. Returns its
    /// number.
    ///
    /// # Errors
    /// [`LibraryError::NoModel`], and errors of writing.
    pub fn put_search_file(&self, model: &str, name: &str, bytes: &[u8], alone: bool) -> Result<u64, LibraryError> {
        let (of_model, prefix) = self.search_prefix(model)?;
        let folder = self.search_folder();
        let before = numbered(&folder, &format!("{prefix}{name}."));
        let next = before.last().map_or(0, |(number, _)| number + 1);
        write_atomically(&folder.join(format!("{prefix}{name}.{next:08}.search")), &[bytes])?;
        if alone {
            before.iter().for_each(|(_, path)| remove_quietly(path));
        }
        // What was made of trajectories that are forgotten, and what a kill left.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            let outdated = file.starts_with(&of_model) && !file.starts_with(&prefix);
            if outdated || (file.starts_with(TEMPORARY_PREFIX) && is_old(&entry)) {
                remove_quietly(&entry.path());
            }
        }
        Ok(next)
    }

    /// Keeps what says who is where in the compact stores of `model` under `name`.
    ///
    /// # Errors
    /// [`LibraryError::NoModel`], and errors of writing.
    pub fn put_search_roster(&self, model: &str, name: &str, bytes: &[u8]) -> Result<(), LibraryError> {
        let (_, prefix) = self.search_prefix(model)?;
        write_atomically(&self.search_folder().join(format!("{prefix}{name}.roster")), &[bytes])
    }

    /// What was kept last by [`Library::put_search_roster`].
    ///
    /// # Errors
    /// [`LibraryError::NoModel`]
    pub fn search_roster(&self, model: &str, name: &str) -> Result<Option<Vec<u8>>, LibraryError> {
        let (_, prefix) = self.search_prefix(model)?;
        Ok(fs::read(self.search_folder().join(format!("{prefix}{name}.roster"))).ok())
    }

    /// Takes a file away that turned out to be damaged.
    pub fn drop_search_file(&self, file: &SearchFile) {
        tracing::warn!(file = %file.path.display(), "a damaged search file is made again");
        remove_quietly(&file.path);
    }

    /// Opens a log of chunks of `model` under `name` with all whole chunks in it; one that was begun with another
    /// `stamp` is begun anew.
    ///
    /// # Errors
    /// [`LibraryError::NoModel`], and errors of reading and writing.
    pub fn search_log(&self, model: &str, name: &str, stamp: [u8; 32]) -> Result<(SearchLog, Vec<u8>), LibraryError> {
        let (_, prefix) = self.search_prefix(model)?;
        let folder = self.search_folder();
        make_folder(&folder)?;
        SearchLog::open(folder.join(format!("{prefix}{name}.log")), stamp)
    }
}

impl Library {
    /// The names of all logs of `model` whose trajectories are still there.
    ///
    /// # Errors
    /// [`LibraryError::NoModel`]
    pub fn search_logs(&self, model: &str) -> Result<Vec<String>, LibraryError> {
        let (_, prefix) = self.search_prefix(model)?;
        let name = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_prefix(&prefix)?.strip_suffix(".log")?.to_owned())
        };
        Ok(fs::read_dir(self.search_folder()).into_iter().flatten().flatten().filter_map(name).collect())
    }

    /// What the whole chunks of a log hold; nothing where it is not there or was begun with another `stamp`.
    ///
    /// # Errors
    /// [`LibraryError::NoModel`]
    pub fn read_search_log(&self, model: &str, name: &str, stamp: [u8; 32]) -> Result<Option<Vec<u8>>, LibraryError> {
        let (_, prefix) = self.search_prefix(model)?;
        let bytes = fs::read(self.search_folder().join(format!("{prefix}{name}.log"))).unwrap_or_default();
        let begun = bytes.get(..8) == Some(&MAGIC) && bytes.get(8..HEAD) == Some(&stamp);
        Ok(begun.then(|| whole_chunks(&bytes).1))
    }

    /// How many bytes the chunks of a log hold, without checking each; nothing as for [`Library::read_search_log`].
    ///
    /// # Errors
    /// [`LibraryError::NoModel`]
    pub fn search_log_length(&self, model: &str, name: &str, stamp: [u8; 32]) -> Result<Option<usize>, LibraryError> {
        let (_, prefix) = self.search_prefix(model)?;
        let Ok(mut file) = File::open(self.search_folder().join(format!("{prefix}{name}.log"))) else {
            return Ok(None);
        };
        let mut head = [0; HEAD];
        if file.read_exact(&mut head).is_err() || head[..8] != MAGIC || head[8..] != stamp {
            return Ok(None);
        }
        let (mut held, mut at) = (0, HEAD as u64);
        let end = file.metadata().map_or(0, |metadata| metadata.len());
        let mut length = [0; 8];
        while file.seek(SeekFrom::Start(at)).is_ok() && file.read_exact(&mut length).is_ok() {
            let length = u64::from_le_bytes(length);
            at = at.saturating_add(CHUNK_HEAD as u64).saturating_add(length);
            if at > end {
                break;
            }
            held += length;
        }
        Ok(Some(usize::try_from(held).unwrap_or(usize::MAX)))
    }
}

/// Whether nobody can be writing it any more.
fn is_old(entry: &fs::DirEntry) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age.as_secs() > 3_600))
}

fn numbered(folder: &Path, prefix: &str) -> Vec<(u64, PathBuf)> {
    let number = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        let number = name.strip_prefix(prefix)?.strip_suffix(".search")?.parse().ok()?;
        Some((number, entry.path()))
    };
    let mut found: Vec<(u64, PathBuf)> =
        fs::read_dir(folder).into_iter().flatten().flatten().filter_map(number).collect();
    found.sort();
    found
}

fn map(path: PathBuf, number: u64) -> Option<SearchFile> {
    let file = File::open(&path).ok()?;
    // SAFETY: the file was renamed into place whole, and no Songline changes it afterwards. It holds plain numbers, so that
    // bytes changed from outside give wrong numbers and nothing worse.
    let map = unsafe { Mmap::map(&file) }.ok()?;
    Some(SearchFile { path, number, map })
}

/// Chunks of bytes, each with its length and checksum, behind a stamp that says what they belong to.
pub struct SearchLog {
    path: PathBuf,
    file: File,
}

const MAGIC: [u8; 8] = *b"SLlog\0\0\x01";
const HEAD: usize = 8 + 32;
/// Length and checksum of a chunk.
const CHUNK_HEAD: usize = 8 + 32;

impl SearchLog {
    /// See [`Library::search_log`].
    fn open(path: PathBuf, stamp: [u8; 32]) -> Result<(Self, Vec<u8>), LibraryError> {
        let failed = |source| LibraryError::io("read", &path, source);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let failed = |source| LibraryError::io("write", &path, source);
        let begun = bytes.get(..8) == Some(&MAGIC) && bytes.get(8..HEAD) == Some(&stamp);
        let (whole, values) = if begun { whole_chunks(&bytes) } else { (HEAD, Vec::new()) };
        if !begun {
            file.set_len(0).map_err(failed)?;
            file.seek(SeekFrom::Start(0)).map_err(failed)?;
            file.write_all(&[&MAGIC[..], &stamp].concat()).map_err(failed)?;
            file.sync_all().map_err(failed)?;
        } else if whole < bytes.len() {
            tracing::info!(file = %path.display(), "a chunk that was not finished is taken away");
            file.set_len(whole as u64).map_err(failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok((Self { path, file }, values))
    }

    /// Adds a chunk, which is there after a kill as soon as this returns.
    ///
    /// # Errors
    /// Those of writing.
    pub fn append(&mut self, chunk: &[u8]) -> Result<(), LibraryError> {
        let length = (chunk.len() as u64).to_le_bytes();
        let bytes = [&length[..], blake3::hash(chunk).as_bytes(), chunk].concat();
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|source| LibraryError::io("write", &self.path, source))
    }
}

/// Up to where the chunks are whole, and what they hold.
fn whole_chunks(bytes: &[u8]) -> (usize, Vec<u8>) {
    let mut values = Vec::new();
    let mut at = HEAD;
    while let Some(head) = bytes.get(at..at + CHUNK_HEAD) {
        let length = u64::from_le_bytes(std::array::from_fn(|byte| head[byte]));
        let start = at + CHUNK_HEAD;
        let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
        let Some(chunk) = end.and_then(|end| bytes.get(start..end)) else { break };
        if blake3::hash(chunk).as_bytes() != &head[8..] {
            break;
        }
        values.extend_from_slice(chunk);
        at = start + chunk.len();
    }
    (at, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_cut_anywhere_goes_on_behind_its_last_whole_chunk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let (mut log, values) = SearchLog::open(path.clone(), [7; 32]).unwrap();
        assert!(values.is_empty());
        for chunk in [&b"first"[..], b"", b"second!"] {
            log.append(chunk).unwrap();
        }
        drop(log);
        let whole = fs::read(&path).unwrap();
        let ends = [HEAD, HEAD + CHUNK_HEAD + 5, HEAD + 2 * CHUNK_HEAD + 5, whole.len()];
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (mut log, values) = SearchLog::open(path.clone(), [7; 32]).unwrap();
            let expected: &[u8] = if cut < ends[1] {
                b""
            } else if cut < ends[3] {
                b"first"
            } else {
                b"firstsecond!"
            };
            assert_eq!(values, expected, "cut at {cut}");
            log.append(b"more").unwrap();
            drop(log);
            let (_, values) = SearchLog::open(path.clone(), [7; 32]).unwrap();
            assert_eq!(values, [expected, b"more"].concat(), "goes on after a cut at {cut}");
        }
        fs::write(&path, &whole).unwrap();
        assert!(SearchLog::open(path, [8; 32]).unwrap().1.is_empty(), "another stamp begins anew");
    }

    #[test]
    fn a_flipped_byte_ends_the_log_before_its_chunk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let (mut log, _) = SearchLog::open(path.clone(), [0; 32]).unwrap();
        log.append(b"one").unwrap();
        log.append(b"two").unwrap();
        drop(log);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(SearchLog::open(path, [0; 32]).unwrap().1, b"one");
    }
}
