//! User settings and the directories of the platform.

mod addresses;
mod directories;
mod error;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::{DeviceChoice, Metric, Span};

pub use addresses::Addresses;
pub use directories::Directories;
pub use error::SettingsError;

/// The colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    #[default]
    Dark,
    Light,
    /// What the desktop uses.
    System,
}

/// What is known of weights that were learnt from ratings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearntBlend {
    /// The model whose distances were weighed.
    pub model: String,
    /// Rated recommendations they were learnt from.
    pub ratings: usize,
    /// The weights that were in use before.
    pub before: [f32; 4],
}

/// What the user has chosen; kept as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: Theme,
    /// Size of the window's contents: 1 is normal. 0.5 to 4.
    pub scale: f32,
    pub device: DeviceChoice,
    pub span: Span,
    pub metric: Metric,
    /// Weights of mean, min, Fréchet and DTW in the blend.
    pub blend: [f32; 4],
    /// Where those weights come from, while they are learnt ones.
    pub learnt: Option<LearntBlend>,
    /// Recommendations shown: 1 to 500.
    pub top: usize,
    /// Recommendations of one artist; 0 for no limit. Up to 500.
    pub per_artist: usize,
    /// 0 to 1.
    pub volume: f32,
    /// Nothing glides: what changes, changes at once.
    pub reduce_motion: bool,
    /// Playlists name files relative to themselves.
    pub relative_playlists: bool,
    /// The library to open; the platform's where `None`.
    pub library: Option<PathBuf>,
    /// Base addresses of data sets that replace the usual ones: `fma`, `jamendo`.
    pub dataset_hosts: BTreeMap<String, String>,
    /// Where services are asked.
    pub addresses: Addresses,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            scale: 1.0,
            device: DeviceChoice::default(),
            span: Span::default(),
            metric: Metric::default(),
            blend: [1.0; 4],
            learnt: None,
            top: 20,
            per_artist: 3,
            volume: 0.8,
            reduce_motion: false,
            relative_playlists: true,
            library: None,
            dataset_hosts: BTreeMap::new(),
            addresses: Addresses::default(),
        }
    }
}

impl Settings {
    /// Reads the file `path`. There are always settings, if need be the defaults, and beside them what was wrong:
    ///
    /// - no file: the defaults, nothing wrong;
    /// - unknown names: ignored;
    /// - a value that cannot be understood: the default for that one;
    /// - a number out of its range: the nearest within;
    /// - not a JSON object: the defaults; the file is renamed to `NAME.broken`, so that saving does not lose it.
    pub fn load(path: &Path) -> (Self, Option<SettingsError>) {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Self::default(), None),
            Err(source) => return (Self::default(), Some(SettingsError::Read { path: path.to_path_buf(), source })),
        };
        match serde_json::from_slice::<Map<String, Value>>(&text) {
            Ok(values) => {
                let (settings, names) = Self::of_values(&values);
                let wrong = !names.is_empty();
                (settings, wrong.then(|| SettingsError::Values { path: path.to_path_buf(), names }))
            }
            Err(source) => match keep_aside(path) {
                Ok(kept) => (Self::default(), Some(SettingsError::Broken { kept, source })),
                Err(source) => (Self::default(), Some(SettingsError::Read { path: path.to_path_buf(), source })),
            },
        }
    }

    /// Writes the file `path`, whole or not at all. Makes its folder.
    ///
    /// # Errors
    /// [`SettingsError::Write`]; the old file stays.
    pub fn save(&self, path: &Path) -> Result<(), SettingsError> {
        let write = || -> std::io::Result<()> {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new().prefix(".settings-").tempfile_in(folder)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| SettingsError::Write { path: path.to_path_buf(), source })
    }

    /// The settings within their ranges.
    #[must_use]
    pub fn clamped(mut self) -> Self {
        let default = Self::default();
        let within = |value: f32, low, high, default| if value.is_nan() { default } else { value.clamp(low, high) };
        self.scale = within(self.scale, 0.5, 4.0, default.scale);
        self.volume = within(self.volume, 0.0, 1.0, default.volume);
        self.blend = weights(self.blend);
        if let Some(learnt) = &mut self.learnt {
            learnt.before = weights(learnt.before);
        }
        self.top = self.top.clamp(1, 500);
        self.per_artist = self.per_artist.min(500);
        self.library = self.library.filter(|library| !library.as_os_str().is_empty());
        self
    }

    /// Takes each value on its own, so that one that cannot be understood costs no other; returns the names of those.
    fn of_values(values: &Map<String, Value>) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut wrong = Vec::new();
        for (name, value) in values {
            match settings.with(name, value) {
                Ok(changed) => settings = changed,
                Err(_) => wrong.push(name.clone()),
            }
        }
        (settings.clamped(), wrong)
    }

    fn with(&self, name: &str, value: &Value) -> serde_json::Result<Self> {
        let mut all = serde_json::to_value(self)?;
        if let Some(place) = all.get_mut(name) {
            *place = value.clone();
        }
        serde_json::from_value(all)
    }
}

/// Weights of 0 to 1 of which one at least is not 0; all alike where they are not.
fn weights(weights: [f32; 4]) -> [f32; 4] {
    let clean = weights.map(|weight| if weight.is_finite() { weight.clamp(0.0, 1.0) } else { 0.0 });
    if clean.iter().any(|weight| *weight > 0.0) { clean } else { [1.0; 4] }
}

/// Renames a file that could not be understood to the first free of `NAME.broken`, `NAME.2.broken`, …
fn keep_aside(path: &Path) -> std::io::Result<PathBuf> {
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let numbered = (2..1_000).map(|number| with(&format!(".{number}.broken")));
    let kept = std::iter::once(with(".broken")).chain(numbered).find(|kept| kept.symlink_metadata().is_err());
    let kept = kept.ok_or_else(|| std::io::Error::other("there are too many broken settings"))?;
    std::fs::rename(path, &kept)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn load(text: &str) -> (Settings, Option<SettingsError>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, text).unwrap();
        Settings::load(&path)
    }

    #[test]
    fn settings_survive_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/settings.json");
        let settings = Settings {
            theme: Theme::System,
            scale: 1.5,
            device: DeviceChoice::Cpu,
            span: Span::Whole,
            metric: Metric::Frechet,
            blend: [0.5, 0.0, 0.25, 0.25],
            learnt: Some(LearntBlend { model: "mine".to_owned(), ratings: 60, before: [1.0; 4] }),
            top: 50,
            per_artist: 0,
            volume: 0.25,
            reduce_motion: true,
            relative_playlists: false,
            library: Some(PathBuf::from("/music/library")),
            dataset_hosts: BTreeMap::from([("fma".to_owned(), "http://localhost/fma".to_owned())]),
            addresses: Addresses::all_at("http://127.0.0.1:1"),
        };
        settings.save(&path).unwrap();
        let (loaded, error) = Settings::load(&path);
        assert_eq!(loaded, settings);
        assert!(error.is_none());
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary stays");
    }

    #[test]
    fn no_file_and_an_empty_object_are_the_defaults() {
        let (settings, error) = Settings::load(Path::new("/no/such/settings.json"));
        assert!(settings == Settings::default() && error.is_none());
        let (settings, error) = load("{}");
        assert!(settings == Settings::default() && error.is_none());
    }

    #[test]
    fn one_bad_value_costs_no_other_and_unknown_names_are_ignored() {
        let (settings, error) = load(r#"{"theme": "purple", "top": 7, "metric": "dtw", "volume": "loud", "x": [1]}"#);
        assert_eq!(settings, Settings { top: 7, metric: Metric::Dtw, ..Settings::default() });
        let Some(SettingsError::Values { names, .. }) = error else { panic!("{error:?}") };
        assert_eq!(names, ["theme", "volume"]);
    }

    #[test]
    fn numbers_come_into_their_ranges() {
        let (settings, error) = load(r#"{"scale": 99, "volume": -1, "top": 0, "per_artist": 100000, "library": ""}"#);
        assert!(error.is_none());
        assert_eq!((settings.scale, settings.volume, settings.top, settings.per_artist), (4.0, 0.0, 1, 500));
        assert_eq!(settings.library, None);
        assert_eq!(load(r#"{"blend": [-1, 0, 0, 0]}"#).0.blend, [1.0; 4]);
        assert_eq!(load(r#"{"blend": [9, 0, 0.5, -2]}"#).0.blend, [1.0, 0.0, 0.5, 0.0]);
        assert_eq!(Settings { scale: f32::NAN, ..Settings::default() }.clamped().scale, 1.0);
    }

    #[test]
    fn a_broken_file_is_kept_aside_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        for (text, kept_as) in [("{\"top\": 7", "settings.json.broken"), ("[7]", "settings.json.2.broken")] {
            std::fs::write(&path, text).unwrap();
            let (settings, error) = Settings::load(&path);
            assert_eq!(settings, Settings::default());
            assert!(matches!(&error, Some(SettingsError::Broken { kept, .. }) if kept.ends_with(kept_as)), "{error:?}");
            assert!(!path.exists());
            assert_eq!(std::fs::read_to_string(folder.path().join(kept_as)).unwrap(), text);
        }
    }

    #[test]
    fn a_save_that_fails_names_the_path() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), b"").unwrap();
        let error = Settings::default().save(&folder.path().join("file/settings.json")).unwrap_err();
        assert!(error.to_string().contains("settings.json"));
    }

    proptest! {
        #[test]
        fn any_text_gives_settings_within_their_ranges(text in "\\PC{0,60}", top in any::<i64>(), scale in any::<f64>()) {
            for text in [text, format!(r#"{{"top": {top}, "scale": {scale:e}}}"#)] {
                let (settings, _) = load(&text);
                prop_assert!((1..=500).contains(&settings.top) && (0.5..=4.0).contains(&settings.scale));
            }
        }
    }
}
