//! The folders whose changes the library follows.

use std::path::{Path, PathBuf};

use super::{Library, LibraryError, path_bytes};

impl Library {
    /// All of them, in order.
    pub fn folders(&self) -> Result<Vec<PathBuf>, LibraryError> {
        self.database.read(|connection| {
            let mut all = connection.prepare_cached("SELECT path FROM folders ORDER BY path")?;
            let paths = all.query_map([], |row| row.get(0).map(path_bytes::from_bytes))?;
            Ok(paths.collect::<Result<_, _>>()?)
        })
    }

    /// Follows a folder from now on, or no longer.
    pub fn follow_folder(&self, path: &Path, follow: bool) -> Result<(), LibraryError> {
        let bytes = path_bytes::to_bytes(path);
        self.database.write(|transaction| {
            let sql = if follow {
                "INSERT OR IGNORE INTO folders (path) VALUES (?1)"
            } else {
                "DELETE FROM folders WHERE path = ?1"
            };
            transaction.prepare_cached(sql)?.execute([bytes])?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_followed_until_they_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        for path in ["/b", "/a", "/b"] {
            library.follow_folder(Path::new(path), true).unwrap();
        }
        assert_eq!(library.folders().unwrap(), [PathBuf::from("/a"), PathBuf::from("/b")]);
        library.follow_folder(Path::new("/a"), false).unwrap();
        assert_eq!(library.folders().unwrap(), [PathBuf::from("/b")]);
    }
}
