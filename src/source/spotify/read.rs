//! Tracks, albums and playlists of Spotify by their identifiers, whatever fields are missing or null in its answers.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::{AccessToken, Kind, Link};
use crate::domain::{Control, is_spotify_id};
use crate::source::net::{NetError, Request};
use crate::source::pace::Turn;
use crate::source::preview::{Service, Services, Wanted};

/// Items of a page.
const PAGE: usize = 50;
/// Pages that are read at most: 10,000 tracks.
const PAGES: usize = 200;
/// What a service that names no time to wait is left alone for.
const QUIET: Duration = Duration::from_secs(30);

/// A track as Spotify tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub id: String,
    pub album: String,
    pub wanted: Wanted,
}

/// Tracks of a link.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    pub tracks: Vec<Told>,
    /// Items that are no tracks: removed ones, local files, episodes.
    pub skipped: usize,
}

/// Why Spotify told nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("Spotify asks to be left alone for a while")]
    Later(SystemTime),
    #[error("Spotify has nothing under this link, or does not show it to you")]
    Missing,
    #[error("Spotify does not accept the sign-in any more; sign in again")]
    SignedOut,
    #[error("Spotify answers with error {0}")]
    Status(u16),
    #[error("Spotify gives an answer that cannot be understood")]
    Garbled,
    #[error(transparent)]
    Net(#[from] NetError),
}

impl Services {
    /// Reads every track that a link stands for.
    ///
    /// # Errors
    /// [`ReadError`]; [`NetError::Cancelled`] in it.
    pub fn spotify_tracks(&self, link: &Link, token: &AccessToken, control: &Control) -> Result<Listing, ReadError> {
        let id = &link.id;
        match link.kind {
            Kind::Track => {
                let value = self.spotify(&format!("/tracks/{id}"), token, control)?;
                let told = told(&value, "").ok_or(ReadError::Garbled)?;
                Ok(Listing { tracks: vec![told], skipped: 0 })
            }
            Kind::Album => {
                let album = self.spotify(&format!("/albums/{id}"), token, control)?;
                let name = album["name"].as_str().unwrap_or_default();
                self.pages(&format!("/albums/{id}/tracks"), name, token, control)
            }
            Kind::Playlist => match self.pages(&format!("/playlists/{id}/items"), "", token, control) {
                // Applications from before February 2026 know the older name.
                Err(ReadError::Missing) => self.pages(&format!("/playlists/{id}/tracks"), "", token, control),
                other => other,
            },
        }
    }

    /// Pages are counted here and the address of the next one is not followed, so that no answer makes this go in circles.
    fn pages(&self, path: &str, album: &str, token: &AccessToken, control: &Control) -> Result<Listing, ReadError> {
        let mut listing = Listing::default();
        for page in 0..PAGES {
            let offset = page * PAGE;
            let value = self.spotify(&format!("{path}?limit={PAGE}&offset={offset}"), token, control)?;
            let items = value["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            for item in items {
                let track = [&item["item"], &item["track"]].into_iter().find(|inner| inner.is_object()).unwrap_or(item);
                match told(track, album) {
                    Some(told) => listing.tracks.push(told),
                    None => listing.skipped += 1,
                }
            }
            let more =
                value["total"].as_u64().map_or(value["next"].is_string(), |total| total > (offset + PAGE) as u64);
            if items.is_empty() || !more {
                break;
            }
        }
        Ok(listing)
    }

    fn spotify(&self, path: &str, token: &AccessToken, control: &Control) -> Result<Value, ReadError> {
        let pace = self.pace(Service::Spotify);
        if let Turn::NotBefore(until) = pace.turn(control).map_err(NetError::from)? {
            return Err(ReadError::Later(until));
        }
        let request = Request::get(format!("{}{path}", self.addresses().spotify))
            .header("Authorization", format!("Bearer {}", token.secret))
            .at_most(32 << 20);
        let response = self.client().send(request, control)?;
        match response.status {
            200..300 => {}
            401 => return Err(ReadError::SignedOut),
            403 | 404 => return Err(ReadError::Missing),
            429 => {
                let rest = response.retry_after(SystemTime::now()).unwrap_or(QUIET);
                return Err(ReadError::Later(pace.leave_alone(rest)));
            }
            status => return Err(ReadError::Status(status)),
        }
        serde_json::from_slice(&response.bytes()?).map_err(|_| ReadError::Garbled)
    }
}

/// A track; `None` for null, local files, episodes and whatever has no identifier. Any other field may be missing.
fn told(value: &Value, album: &str) -> Option<Told> {
    let id = value["id"].as_str().filter(|id| is_spotify_id(id))?;
    if value["type"].as_str().is_some_and(|kind| kind != "track") {
        return None;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let some = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let artists = value["artists"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = text(&value["album"]["name"]);
    Some(Told {
        id: id.to_owned(),
        album: if named.is_empty() { album.to_owned() } else { named },
        wanted: Wanted {
            title: text(&value["name"]),
            artists: artists.iter().map(|artist| text(&artist["name"])).filter(|name| !name.is_empty()).collect(),
            duration_s: value["duration_ms"].as_f64().map_or(f64::NAN, |length| length / 1_000.0),
            isrc: some(&value["external_ids"]["isrc"]),
            preview_url: some(&value["preview_url"]),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "7lmeHLHBe4nmXzuXc0HDjk";

    #[test]
    fn a_track_is_read_whatever_is_missing() {
        let full = told(
            &json!({
                "id": ID, "type": "track", "name": "T", "duration_ms": 1500, "artists": [{"name": "A"}, null, {"name": null}],
                "album": {"name": "L"}, "external_ids": {"isrc": "X"}, "preview_url": "http://p"
            }),
            "",
        )
        .unwrap();
        assert_eq!((full.album.as_str(), full.wanted.duration_s), ("L", 1.5));
        assert_eq!((full.wanted.artists, full.wanted.isrc), (vec!["A".to_owned()], Some("X".to_owned())));
        let bare =
            told(&json!({ "id": ID, "external_ids": null, "preview_url": null, "artists": null }), "Of").unwrap();
        assert_eq!((bare.album.as_str(), bare.wanted.isrc, bare.wanted.preview_url), ("Of", None, None));
        assert!(bare.wanted.duration_s.is_nan());
        for other in
            [json!(null), json!({"id": null}), json!({"id": "short"}), json!({"id": ID, "type": "episode"}), json!([1])]
        {
            assert_eq!(told(&other, ""), None, "{other}");
        }
    }
}
