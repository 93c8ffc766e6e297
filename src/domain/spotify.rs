//! A track as the Spotify catalogue lists it: names, and what Spotify's own analysis said of the sound.

use super::{Key, Mode};

/// A row of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct SpotifyTrack {
    /// 22 letters and digits.
    pub id: String,
    /// May be empty, as other texts may.
    pub title: String,
    pub album: String,
    pub album_id: String,
    /// Names and identifiers in the same order.
    pub artists: Vec<String>,
    pub artist_ids: Vec<String>,
    pub track_number: u32,
    pub disc_number: u32,
    pub explicit: bool,
    pub features: AudioFeatures,
    pub duration_ms: u32,
    pub year: Option<u16>,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub release_date: Option<String>,
}

impl SpotifyTrack {
    /// The artists as people write them.
    pub fn artist(&self) -> String {
        self.artists.join(", ")
    }
}

/// Whether `id` is made as Spotify's identifiers are: 22 letters and digits.
pub fn is_spotify_id(id: &str) -> bool {
    id.len() == 22 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What Spotify's analysis says of a recording. Kept for evaluation and display: no network is ever shown it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AudioFeatures {
    /// 0 to 1, as those below without a unit.
    pub danceability: f64,
    pub energy: f64,
    /// Pitch class of the key with its mode, where one was found.
    pub key: Option<Key>,
    /// Decibels below full scale.
    pub loudness: f64,
    /// Whether the mode is major.
    pub major: bool,
    pub speechiness: f64,
    pub acousticness: f64,
    pub instrumentalness: f64,
    pub liveness: f64,
    pub valence: f64,
    /// Beats a minute; `None` where the analysis found none.
    pub tempo: Option<f64>,
    /// Beats in a bar; `None` where the analysis found none.
    pub time_signature: Option<u8>,
}

/// A feature in which a recommendation may differ from the track asked about: the seven that the publication compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    Valence,
    Energy,
    Mode,
    Acousticness,
    Danceability,
    Instrumentalness,
    Tempo,
}

impl Feature {
    pub const ALL: [Self; 7] = [
        Self::Valence,
        Self::Energy,
        Self::Mode,
        Self::Acousticness,
        Self::Danceability,
        Self::Instrumentalness,
        Self::Tempo,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Valence => "valence",
            Self::Energy => "energy",
            Self::Mode => "mode",
            Self::Acousticness => "acousticness",
            Self::Danceability => "danceability",
            Self::Instrumentalness => "instrumentalness",
            Self::Tempo => "tempo",
        }
    }

    /// How far `other` lies above `one`: tempo in beats a minute, mode as -1, 0 or 1, the rest from -1 to 1. `None` where one
    /// of the two is not known.
    pub fn difference(self, one: &AudioFeatures, other: &AudioFeatures) -> Option<f64> {
        let of = |features: &AudioFeatures| match self {
            Self::Valence => Some(features.valence),
            Self::Energy => Some(features.energy),
            Self::Mode => Some(f64::from(u8::from(features.major))),
            Self::Acousticness => Some(features.acousticness),
            Self::Danceability => Some(features.danceability),
            Self::Instrumentalness => Some(features.instrumentalness),
            Self::Tempo => features.tempo,
        };
        Some(of(other)? - of(one)?)
    }
}

/// Key and mode as Spotify numbers them: pitch class from C = 0, or -1.
pub fn spotify_key(pitch_class: i64, major: bool) -> Option<Key> {
    let tonic = u8::try_from(pitch_class).ok().filter(|tonic| *tonic < 12)?;
    Some(Key { tonic, mode: if major { Mode::Major } else { Mode::Minor } })
}
