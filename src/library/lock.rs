//! One window writes to a library at a time; others read. The system lets go of the lock when the window ends, however it
//! ends.

use std::fs::{File, OpenOptions, TryLockError};

use super::{Library, LibraryError};

const FILE: &str = "window.lock";

/// The right to write, for as long as it is kept.
#[derive(Debug)]
pub struct WindowLock {
    _file: File,
}

impl Library {
    /// Takes the right to write; `None` while another window has it.
    ///
    /// # Errors
    /// Where the lock's file cannot be made. A file system without locks lets every window write.
    pub fn lock_window(&self) -> Result<Option<WindowLock>, LibraryError> {
        let path = self.root.join(FILE);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| LibraryError::io("write", &path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(WindowLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, path = %path.display(), "the file system has no locks");
                Ok(Some(WindowLock { _file: file }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_window_at_a_time_may_write() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Library::open(folder.path()).unwrap(), Library::open(folder.path()).unwrap());
        let lock = one.lock_window().unwrap();
        assert!(lock.is_some());
        assert!(other.lock_window().unwrap().is_none());
        drop(lock);
        assert!(other.lock_window().unwrap().is_some());
    }
}
