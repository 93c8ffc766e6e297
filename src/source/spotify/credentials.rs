//! What the user signs in to Spotify with: kept in the system's keyring, or in a file that nobody else can read where there is
//! none. Never shown, never logged.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::source::SourceError;

const SERVICE: &str = "songline";
const ENTRY: &str = "spotify";

/// The user's own application at Spotify.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    pub client_id: String,
    /// With it, Songline signs in as the application.
    pub secret: Option<String>,
    /// With it, as the user, who agreed in a browser. Each can be used once and brings the next.
    pub refresh_token: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Where credentials were put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Keyring,
    /// There is no keyring.
    File,
}

/// Keeps credentials.
#[derive(Debug, Clone)]
pub struct CredentialStore {
    file: PathBuf,
    keyring: bool,
}

impl CredentialStore {
    /// In the system's keyring, with `file` in its place where there is none.
    pub fn of_system(file: &Path) -> Self {
        Self { file: file.to_path_buf(), keyring: true }
    }

    /// In `file` alone.
    pub fn in_file(file: &Path) -> Self {
        Self { file: file.to_path_buf(), keyring: false }
    }

    /// What is kept, and where; `None` where nothing is.
    ///
    /// # Errors
    /// [`SourceError::Read`] where the file cannot be read or understood.
    pub fn load(&self) -> Result<Option<(Credentials, Kept)>, SourceError> {
        if let Some(text) = self.entry().and_then(|entry| entry.get_password().ok())
            && let Ok(credentials) = serde_json::from_str(&text)
        {
            return Ok(Some((credentials, Kept::Keyring)));
        }
        let read = |source| SourceError::Read { path: self.file.clone(), source };
        match std::fs::read(&self.file) {
            Ok(text) => {
                let credentials = serde_json::from_slice(&text);
                let credentials = credentials.map_err(|_| read(std::io::ErrorKind::InvalidData.into()))?;
                Ok(Some((credentials, Kept::File)))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(read(source)),
        }
    }

    /// Keeps credentials in the place of those before.
    ///
    /// # Errors
    /// [`SourceError::Write`] where there is no keyring and the file cannot be written.
    pub fn save(&self, credentials: &Credentials) -> Result<Kept, SourceError> {
        let write = |source: std::io::Error| SourceError::Write { path: self.file.clone(), source };
        let text = serde_json::to_string(credentials).map_err(|error| write(error.into()))?;
        if self.entry().is_some_and(|entry| entry.set_password(&text).is_ok()) {
            self.remove_file()?;
            return Ok(Kept::Keyring);
        }
        let folder = self.file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(write)?;
        // Temporary files are made readable and writable for their owner alone (0600).
        let mut file = tempfile::Builder::new().prefix(".spotify-").tempfile_in(folder).map_err(write)?;
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(write)?;
        file.persist(&self.file).map_err(|error| write(error.error))?;
        Ok(Kept::File)
    }

    /// Forgets what is kept.
    ///
    /// # Errors
    /// [`SourceError::Write`] where the file is there and cannot be removed.
    pub fn forget(&self) -> Result<(), SourceError> {
        if let Some(entry) = self.entry() {
            // There may be none.
            let _ = entry.delete_credential();
        }
        self.remove_file()
    }

    fn remove_file(&self) -> Result<(), SourceError> {
        match std::fs::remove_file(&self.file) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(SourceError::Write { path: self.file.clone(), source })
            }
            _ => Ok(()),
        }
    }

    fn entry(&self) -> Option<keyring::v1::Entry> {
        if self.keyring { keyring::v1::Entry::new(SERVICE, ENTRY).ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_lie_in_a_file_for_their_owner_alone_and_are_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/spotify.json");
        let store = CredentialStore::in_file(&file);
        assert_eq!(store.load().unwrap(), None);
        let credentials = Credentials {
            client_id: "the-id".to_owned(),
            secret: Some("the-secret".to_owned()),
            refresh_token: Some("the-token".to_owned()),
        };
        assert!(!format!("{credentials:?}").contains("the-"));
        assert_eq!(store.save(&credentials).unwrap(), Kept::File);
        assert_eq!(store.load().unwrap(), Some((credentials, Kept::File)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        store.forget().unwrap();
        store.forget().unwrap();
        assert_eq!(store.load().unwrap(), None);
        std::fs::write(&file, "{").unwrap();
        assert!(!store.load().unwrap_err().to_string().contains("the-"));
    }
}
