//! Free space of the disk that a file is written to.

use std::path::Path;

/// Bytes that this user may still write where the folder `at` is; `None` where the system does not tell.
#[cfg(unix)]
#[allow(clippy::unnecessary_cast, reason = "the fields' types differ between systems")]
pub fn free(at: &Path) -> Option<u64> {
    let told = rustix::fs::statvfs(at).ok()?;
    (told.f_bavail as u64).checked_mul(told.f_frsize as u64)
}

/// Not told here: a full disk shows when it is written to.
#[cfg(not(unix))]
pub fn free(_at: &Path) -> Option<u64> {
    None
}
