//! What the window remembers between two starts beside the settings.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::TrackId;

use super::{ColourBy, SortKey};

/// The screens of the window, in the order of their number keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Screen {
    #[default]
    Explore,
    Inspect,
    Lab,
    Train,
    Evaluate,
    Data,
    Settings,
}

impl Screen {
    pub const ALL: [Self; 7] =
        [Self::Explore, Self::Inspect, Self::Lab, Self::Train, Self::Evaluate, Self::Data, Self::Settings];

    pub fn title(self) -> &'static str {
        match self {
            Self::Explore => "Explore",
            Self::Inspect => "Inspect",
            Self::Lab => "Lab",
            Self::Train => "Train",
            Self::Evaluate => "Evaluate",
            Self::Data => "Data",
            Self::Settings => "Settings",
        }
    }
}

/// The parts of the evaluate screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum EvaluateTab {
    #[default]
    Scorecard,
    Listening,
    Studies,
}

impl EvaluateTab {
    pub const ALL: [Self; 3] = [Self::Scorecard, Self::Listening, Self::Studies];

    pub fn title(self) -> &'static str {
        match self {
            Self::Scorecard => "Scorecard",
            Self::Listening => "Listening study",
            Self::Studies => "Study tables",
        }
    }

    /// What it asks.
    pub fn about(self) -> &'static str {
        match self {
            Self::Scorecard => "Does the nearest music belong together? Measured by labels",
            Self::Listening => "Does it sound alike? Asked of people, who do not know what they hear",
            Self::Studies => "The publication's tables, on this library",
        }
    }
}

/// What stands to the right of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum AnswerTab {
    /// What sounds like the query.
    #[default]
    Similar,
    /// The open playlist.
    Playlist,
}

/// The remembered window: unknown fields are ignored, missing ones take their default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    pub screen: Screen,
    pub evaluate_tab: EvaluateTab,
    pub answer: AnswerTab,
    pub selected: Option<TrackId>,
    /// The library that `selected` is a track of.
    pub library: Option<PathBuf>,
    pub segment: usize,
    pub sort: SortKey,
    pub descending: bool,
    pub colour_by: ColourBy,
    pub show_trajectories: bool,
    /// Lines from the selected track to its nearest, however far away the map has put them.
    pub show_neighbours: bool,
    /// The names of regions of the map.
    pub show_regions: bool,
    /// Widths of the left and right panels in points; `None` for the default.
    pub left_width: Option<f32>,
    pub right_width: Option<f32>,
    /// Inner size of the window in points.
    pub window_size: Option<[f32; 2]>,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            screen: Screen::Explore,
            evaluate_tab: EvaluateTab::Scorecard,
            answer: AnswerTab::Similar,
            selected: None,
            library: None,
            segment: 0,
            sort: SortKey::Title,
            descending: false,
            colour_by: ColourBy::Genre,
            show_trajectories: true,
            show_neighbours: true,
            show_regions: true,
            left_width: None,
            right_width: None,
            window_size: None,
        }
    }
}
