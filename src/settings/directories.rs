//! Where things lie on this platform.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::SettingsError;

/// The folders of the platform: the XDG ones on Linux (honouring `XDG_DATA_HOME`, `XDG_CONFIG_HOME`, `XDG_STATE_HOME`),
/// `~/Library/Application Support` on macOS, `%APPDATA%` and `%LOCALAPPDATA%` on Windows. None is made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// The library that opens when no other is named.
    pub library: PathBuf,
    /// Settings.
    pub config: PathBuf,
    /// Logs.
    pub state: PathBuf,
}

impl Directories {
    /// Asks the platform.
    ///
    /// # Errors
    /// [`SettingsError::NoHome`], which says what to set.
    pub fn of_platform() -> Result<Self, SettingsError> {
        Self::of_project(ProjectDirs::from("", "", "Songline"))
    }

    fn of_project(project: Option<ProjectDirs>) -> Result<Self, SettingsError> {
        let project = project.ok_or(SettingsError::NoHome)?;
        let data = project.data_local_dir();
        Ok(Self {
            library: data.join("library"),
            config: project.config_dir().to_path_buf(),
            // Only Linux has a place for state.
            state: project.state_dir().map_or_else(|| data.join("logs"), Path::to_path_buf),
        })
    }

    /// The file that [`Settings::load`](super::Settings::load) reads.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    /// The file of credentials at Spotify where the system has no keyring.
    pub fn credentials_file(&self) -> PathBuf {
        self.config.join("spotify.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs itself again with other variables: those of a process are not changed while its threads may read them.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_folders_of_the_platform_are_honoured() {
        const CHILD: &str = "SONGLINE_TEST_DIRECTORIES";
        if std::env::var_os(CHILD).is_some() {
            let directories = Directories::of_platform().unwrap();
            assert_eq!(directories.library, Path::new("/xdg/data/songline/library"));
            assert_eq!(directories.settings_file(), Path::new("/home/someone/.config/songline/settings.json"));
            assert_eq!(directories.state, Path::new("/xdg/state/songline"));
            return;
        }
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "settings::directories::tests::the_folders_of_the_platform_are_honoured"])
            .env(CHILD, "1")
            .env("HOME", "/home/someone")
            .env("XDG_DATA_HOME", "/xdg/data")
            .env("XDG_STATE_HOME", "/xdg/state")
            .env_remove("XDG_CONFIG_HOME")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }

    #[test]
    fn without_a_home_the_error_says_what_to_set() {
        let error = Directories::of_project(None).unwrap_err();
        assert!(error.to_string().contains("HOME") && error.to_string().contains("--library"));
    }
}
