//! User settings and the directories of the platform.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::{DeviceChoice, Metric, Span};

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    #[default]
    Dark,
    Light,
    System,
}

/// What the user chose, for every library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: Theme,
    pub scale: f32,
    pub device: DeviceChoice,
    pub span: Span,
    pub metric: Metric,
    pub top: usize,
    pub per_artist: usize,
    pub volume: f32,
    pub relative_playlists: bool,
    pub library: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::Dark,
            scale: 1.0,
            device: DeviceChoice::Auto,
            span: Span::Preview,
            metric: Metric::Mean,
            top: 20,
            per_artist: 3,
            volume: 0.8,
            relative_playlists: true,
            library: None,
        }
    }
}
