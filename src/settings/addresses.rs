//! Where the services are that Songline may ask.

use serde::{Deserialize, Serialize};

/// Addresses without a slash at the end. Another one is for a mirror, or for a server of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Addresses {
    /// The catalogue of Spotify, with the version.
    pub spotify: String,
    /// Where Spotify gives out tokens.
    pub spotify_accounts: String,
    pub deezer: String,
    pub itunes: String,
    /// The store of iTunes that is asked: two letters.
    pub country: String,
}

impl Default for Addresses {
    fn default() -> Self {
        Self {
            spotify: "https://api.spotify.com/v1".to_owned(),
            spotify_accounts: "https://accounts.spotify.com".to_owned(),
            deezer: "https://api.deezer.com".to_owned(),
            itunes: "https://itunes.apple.com".to_owned(),
            country: "US".to_owned(),
        }
    }
}

impl Addresses {
    /// Every address at one server, as a test has it.
    pub fn all_at(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self {
            spotify: format!("{base}/v1"),
            spotify_accounts: base.to_owned(),
            deezer: format!("{base}/deezer"),
            itunes: format!("{base}/itunes"),
            country: "US".to_owned(),
        }
    }
}
