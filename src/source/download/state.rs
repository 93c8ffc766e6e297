//! What is known of a download that is not complete: a small JSON file beside the partial one.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A stretch of the file, fetched from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub(super) start: u64,
    /// Behind the last byte.
    pub(super) end: u64,
    /// Bytes that are on the disk.
    pub(super) got: u64,
}

/// How far a download is. It says no more than what is on the disk for certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) url: String,
    pub(super) length: u64,
    /// What tells one version of the file from another: a strong `ETag`, or `Last-Modified`.
    pub(super) version: Option<String>,
    pub(super) stretches: Vec<Stretch>,
}

impl State {
    pub(super) fn new(url: &str, length: u64, version: Option<String>, parts: u64) -> Self {
        let parts = parts.clamp(1, length.max(1));
        let bound = |part: u64| (u128::from(length) * u128::from(part) / u128::from(parts)) as u64;
        let stretches = (0..parts).map(|part| Stretch { start: bound(part), end: bound(part + 1), got: 0 });
        Self { url: url.to_owned(), length, version, stretches: stretches.collect() }
    }

    pub(super) fn got(&self) -> u64 {
        self.stretches.iter().map(|stretch| stretch.got).sum()
    }

    /// Reads the state beside `partial`; `None` where there is none that makes sense together with the file.
    pub(super) fn read(partial: &Path) -> Option<Self> {
        let state: Self = serde_json::from_slice(&fs::read(beside(partial)).ok()?).ok()?;
        let mut next = 0;
        for stretch in &state.stretches {
            if stretch.start != next || stretch.end < stretch.start || stretch.got > stretch.end - stretch.start {
                return None;
            }
            next = stretch.end;
        }
        let on_disk = fs::metadata(partial).ok()?.len();
        let needs = state.stretches.iter().filter(|stretch| stretch.got > 0).map(|stretch| stretch.start + stretch.got);
        (next == state.length && needs.max().unwrap_or(0) <= on_disk).then_some(state)
    }

    /// Writes it whole or not at all.
    pub(super) fn write(&self, partial: &Path) -> io::Result<()> {
        let path = beside(partial);
        let mut new = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        new.write_all(&serde_json::to_vec(self)?)?;
        new.persist(&path)?;
        Ok(())
    }
}

/// Where the state of the partial file is kept.
pub(super) fn beside(partial: &Path) -> PathBuf {
    let mut name = partial.as_os_str().to_owned();
    name.push(".json");
    name.into()
}
