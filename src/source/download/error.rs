//! What can go wrong while a file is downloaded, for people.

use std::io;
use std::path::PathBuf;

use crate::domain::Cancelled;
use crate::source::net::NetError;

/// Why a file is not complete. What came before stays on the disk unless the text says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error(transparent)]
    Net(#[from] NetError),
    #[error("the host answers {status} ({meaning}): {url}", meaning = meaning(*.status))]
    Status { status: u16, url: String },
    #[error("the host does not give the part of the file that was asked for: {url}")]
    WrongPart { url: String },
    #[error("the file is {got} bytes at the host, not the {expected} that its publisher names: {url}")]
    WrongSize { url: String, got: u64, expected: u64 },
    #[error("what the host gave is no such archive, perhaps a page that asks for something; it was set aside: {}", .0.display())]
    WrongContent(PathBuf),
    #[error("the checksum is not the publisher's; the file was set aside, download it again: {}", .0.display())]
    WrongChecksum(PathBuf),
    #[error("the disk has {free} bytes free, and {needed} more are needed; free some and resume: {}", path.display())]
    DiskFull { path: PathBuf, free: u64, needed: u64 },
    #[error("cannot write; see that the folder is writable and the disk is not full: {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the file changes at the host while it is fetched; try again later: {url}")]
    KeepsChanging { url: String },
    #[error("there is no address to download from")]
    NoAddress,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl DownloadError {
    /// Whether the same request may succeed a little later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Net(error) => error.may_pass(),
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// Whether another host of the same file may do better.
    pub(super) fn is_of_host(&self) -> bool {
        match self {
            Self::Net(NetError::Cancelled(_)) => false,
            Self::Net(_) | Self::Status { .. } | Self::WrongPart { .. } | Self::WrongSize { .. } => true,
            Self::WrongContent(_) | Self::WrongChecksum(_) | Self::KeepsChanging { .. } => true,
            _ => false,
        }
    }

    /// Whether the work was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled(_) | Self::Net(NetError::Cancelled(_)))
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        401 | 403 => "not allowed",
        404 | 410 => "it is not there any more",
        429 => "too many requests",
        500..=599 => "the host has a fault",
        _ => "no success",
    }
}
