//! Requests for parts of a file, and their bytes into the file.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::DownloadError;
use super::rate::Rate;
use super::state::State;
use crate::domain::Control;
use crate::source::net::{Client, Request, Response};

/// Bytes between two notes of the state on the disk.
const NOTE_EVERY: u64 = 8 << 20;

/// What a host says of a file before it is fetched.
pub(super) struct Head {
    /// In bytes.
    pub(super) length: Option<u64>,
    /// A strong `ETag`, or else `Last-Modified`.
    pub(super) version: Option<String>,
    /// Whether the host gives parts.
    pub(super) ranges: bool,
}

/// How a round of requests ended.
pub(super) enum Fetched {
    All,
    /// The host has another version of the file.
    Changed,
    /// It may pass; `wait` is what the host asked for.
    Failed {
        error: DownloadError,
        wait: Option<Duration>,
    },
}

type Tell<'a> = &'a (dyn Fn(u64, Option<u64>) -> Result<(), DownloadError> + Sync);

pub(super) struct Transfer<'a> {
    pub(super) client: &'a Client,
    pub(super) url: &'a str,
    pub(super) control: &'a Control,
    pub(super) rate: &'a Rate,
}

impl Transfer<'_> {
    /// Asks for the first byte: the answer tells the length, the version, and whether parts are given. An answer that gives
    /// the whole file comes back to be read.
    pub(super) fn head(&self) -> Result<Result<(Head, Response), Fetched>, DownloadError> {
        let response = self.client.send(Request::get(self.url).header("Range", "bytes=0-0"), self.control)?;
        let of_range = response.header("content-range").and_then(total);
        let (length, ranges) = match response.status {
            206 => (of_range, of_range.is_some()),
            // Nothing to give: an empty file, fetched as a whole.
            416 if of_range == Some(0) => (Some(0), true),
            200 => (response.length(), false),
            _ => return Ok(Err(self.refused(&response))),
        };
        Ok(Ok((Head { length, version: version(&response), ranges }, response)))
    }

    fn refused(&self, response: &Response) -> Fetched {
        let error = DownloadError::Status { status: response.status, url: self.url.to_owned() };
        Fetched::Failed { error, wait: response.retry_after(SystemTime::now()) }
    }

    /// Fetches what is missing of every stretch, each on a connection of its own.
    pub(super) fn parts(
        &self,
        file: &File,
        partial: &Path,
        state: State,
        tell: Tell<'_>,
    ) -> Result<Fetched, DownloadError> {
        let failed = |source| DownloadError::Write { path: partial.to_path_buf(), source };
        state.write(partial).map_err(failed)?;
        let missing: Vec<usize> = (0..state.stretches.len())
            .filter(|at| state.stretches[*at].start + state.stretches[*at].got < state.stretches[*at].end)
            .collect();
        let of = Some(state.length);
        tell(state.got(), of)?;
        let state = Mutex::new(state);
        let outcomes: Vec<Result<Fetched, DownloadError>> = std::thread::scope(|scope| {
            let threads: Vec<_> = missing
                .iter()
                .map(|at| {
                    let state = &state;
                    std::thread::Builder::new()
                        .name("download".to_owned())
                        .spawn_scoped(scope, move || self.part(*at, file, partial, state, tell))
                })
                .collect();
            let panicked = || DownloadError::WrongPart { url: self.url.to_owned() };
            let join = |thread: io::Result<std::thread::ScopedJoinHandle<'_, _>>| match thread {
                Ok(thread) => thread.join().unwrap_or_else(|_| Err(panicked())),
                Err(source) => Err(failed(source)),
            };
            threads.into_iter().map(join).collect()
        });
        file.sync_data().map_err(failed)?;
        let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.write(partial).map_err(failed)?;
        tell(state.got(), of)?;
        let mut worst = Fetched::All;
        for outcome in outcomes {
            match outcome? {
                Fetched::All => {}
                Fetched::Changed => return Ok(Fetched::Changed),
                other => worst = other,
            }
        }
        Ok(worst)
    }

    fn part(
        &self,
        at: usize,
        file: &File,
        partial: &Path,
        shared: &Mutex<State>,
        tell: Tell<'_>,
    ) -> Result<Fetched, DownloadError> {
        let failed = |source| DownloadError::Write { path: partial.to_path_buf(), source };
        let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
        let (stretch, version, length) = {
            let state = lock();
            (state.stretches[at].clone(), state.version.clone(), state.length)
        };
        let (mut from, end) = (stretch.start + stretch.got, stretch.end);
        let mut request = Request::get(self.url).header("Range", format!("bytes={from}-{}", end - 1));
        if let Some(version) = version {
            request = request.header("If-Range", version);
        }
        let mut response = match self.client.send(request, self.control) {
            Ok(response) => response,
            Err(error) => return passing(error.into()),
        };
        match response.status {
            206 => {}
            // The whole file, or a place behind its end: it is not the file that was begun.
            200 | 416 => return Ok(Fetched::Changed),
            _ => return Ok(self.refused(&response)),
        }
        let range = response.header("content-range");
        if range.and_then(first) != Some(from) || range.and_then(total) != Some(length) {
            return Err(DownloadError::WrongPart { url: self.url.to_owned() });
        }
        let mut since = 0;
        loop {
            let piece = match response.body.next_piece() {
                Ok(Some(piece)) => piece,
                Ok(None) if from == end => return Ok(Fetched::All),
                Ok(None) => return Err(DownloadError::WrongPart { url: self.url.to_owned() }),
                Err(error) => return passing(error.into()),
            };
            // More than was asked for is left.
            let count = piece.len().min(usize::try_from(end - from).unwrap_or(usize::MAX));
            write_at(file, &piece[..count], from).map_err(failed)?;
            from += count as u64;
            since += count as u64;
            let (got, note) = {
                let mut state = lock();
                state.stretches[at].got = from - stretch.start;
                (state.got(), (since >= NOTE_EVERY).then(|| state.clone()))
            };
            if let Some(note) = note {
                since = 0;
                // The copy was taken before, so it never says more than is on the disk now.
                file.sync_data().map_err(failed)?;
                note.write(partial).map_err(failed)?;
            }
            tell(got, Some(length))?;
            self.rate.pass(count, self.control)?;
            if from == end {
                return Ok(Fetched::All);
            }
        }
    }

    /// Writes the answer that is the whole file, from its beginning.
    pub(super) fn whole(
        &self,
        mut response: Response,
        file: &File,
        partial: &Path,
        length: Option<u64>,
        tell: Tell<'_>,
    ) -> Result<Fetched, DownloadError> {
        let failed = |source| DownloadError::Write { path: partial.to_path_buf(), source };
        file.set_len(0).map_err(failed)?;
        let mut got = 0;
        loop {
            match response.body.next_piece() {
                Ok(Some(piece)) => {
                    write_at(file, &piece, got).map_err(failed)?;
                    got += piece.len() as u64;
                    tell(got, length)?;
                    self.rate.pass(piece.len(), self.control)?;
                }
                Ok(None) => break,
                Err(error) => return passing(error.into()),
            }
        }
        file.sync_data().map_err(failed)?;
        Ok(Fetched::All)
    }
}

/// An error that may pass ends one round alone.
fn passing(error: DownloadError) -> Result<Fetched, DownloadError> {
    if error.may_pass() { Ok(Fetched::Failed { error, wait: None }) } else { Err(error) }
}

/// A weak `ETag` does not tell versions apart byte by byte (RFC 9110, 13.1.5).
fn version(response: &Response) -> Option<String> {
    let strong = response.header("etag").filter(|tag| !tag.starts_with("W/"));
    strong.or_else(|| response.header("last-modified")).map(str::to_owned)
}

/// Of `bytes 3-7/10`: 10.
fn total(range: &str) -> Option<u64> {
    range.strip_prefix("bytes")?.rsplit_once('/')?.1.trim().parse().ok()
}

/// Of `bytes 3-7/10`: 3.
fn first(range: &str) -> Option<u64> {
    range.strip_prefix("bytes")?.trim().split_once('-')?.0.parse().ok()
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        bytes = &bytes[count..];
        at += count as u64;
    }
    Ok(())
}
