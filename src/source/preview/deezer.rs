//! Deezer: tracks by ISRC or by names. Addresses of its previews hold for some fifteen minutes.

use serde_json::Value;

use crate::domain::Control;
use crate::source::net::Request;
use crate::source::percent::encoded;

use super::{Clip, Miss, Service, Services, Stop, Wanted};

/// Deezer's numbers for its errors.
const QUOTA: i64 = 4;
const BUSY: i64 = 700;
const NO_DATA: i64 = 800;
/// The limit is counted over so long, so it is over after that.
const QUOTA_REST: std::time::Duration = std::time::Duration::from_secs(5);

/// What is read of a track; anything may be missing or null.
struct Track<'a> {
    id: Option<i64>,
    title: &'a str,
    artists: Vec<&'a str>,
    duration_s: f64,
    preview: Option<&'a str>,
}

impl<'a> Track<'a> {
    fn of(value: &'a Value) -> Self {
        let text = |value: &'a Value| value.as_str().unwrap_or_default();
        let others = value["contributors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let artists = std::iter::once(&value["artist"]).chain(others).map(|artist| text(&artist["name"]));
        Self {
            id: value["id"].as_i64(),
            title: text(&value["title"]),
            artists: artists.filter(|name| !name.is_empty()).collect(),
            duration_s: value["duration"].as_f64().unwrap_or(f64::NAN),
            preview: value["preview"].as_str().filter(|url| !url.is_empty()),
        }
    }

    fn is(&self, wanted: &Wanted) -> bool {
        wanted.is(self.title, &self.artists, self.duration_s)
    }
}

impl Services {
    pub(super) fn of_deezer(&self, wanted: &Wanted, control: &Control) -> Result<Clip, Stop> {
        let mut seen = false;
        if let Some(isrc) = wanted.isrc.as_deref().filter(|isrc| isrc.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        {
            let answer = self.deezer(&format!("/track/isrc:{isrc}"), control)?;
            if let Some(value) = answer {
                let track = Track::of(&value);
                if track.is(wanted) && track.preview.is_some() {
                    return self.deezer_preview(&track, control);
                }
                // One code may stand for two recordings: the search may find the other.
                seen = track.is(wanted);
            }
        }
        let artist = wanted.artists.first().map_or("", String::as_str);
        let words = |text: &str| text.replace('"', " ");
        let query = format!("artist:\"{}\" track:\"{}\"", words(artist), words(&wanted.title));
        let answer = self.deezer(&format!("/search?q={}&limit=25", encoded(&query)), control)?;
        let value = answer.unwrap_or_default();
        let found = value["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        let tracks: Vec<Track<'_>> = found.iter().map(Track::of).collect();
        match tracks.iter().filter(|track| track.is(wanted)).find(|track| track.preview.is_some()) {
            Some(track) => self.deezer_preview(track, control),
            None if seen || tracks.iter().any(|track| track.is(wanted)) => Err(Miss::NoPreview.into()),
            None if tracks.is_empty() => Err(Miss::Unknown.into()),
            None => Err(Miss::Other.into()),
        }
    }

    /// Downloads the preview; where its address has expired, asks for the track once more.
    fn deezer_preview(&self, track: &Track<'_>, control: &Control) -> Result<Clip, Stop> {
        let url = track.preview.ok_or(Miss::NoPreview)?;
        match (self.download(Service::Deezer, url, control), track.id) {
            (Err(Stop::Miss(Miss::Expired)), Some(id)) => {
                let value = self.deezer(&format!("/track/{id}"), control)?.ok_or(Miss::Expired)?;
                let again = Track::of(&value).preview.ok_or(Miss::Expired)?;
                self.download(Service::Deezer, again, control)
            }
            (other, _) => other,
        }
    }

    /// Deezer tells errors within answers of success; `None` where it has no data.
    fn deezer(&self, path: &str, control: &Control) -> Result<Option<Value>, Stop> {
        let request = Request::get(format!("{}{path}", self.addresses().deezer));
        let Some(value) = self.ask(Service::Deezer, request, control)? else { return Ok(None) };
        if value["error"].is_object() {
            return match value["error"]["code"].as_i64() {
                Some(QUOTA | BUSY) => Err(Miss::Later(self.pace(Service::Deezer).leave_alone(QUOTA_REST)).into()),
                Some(NO_DATA) => Ok(None),
                _ => {
                    let said = value["error"]["message"].as_str().unwrap_or("no reason");
                    Err(Miss::Failed(format!("Deezer says: {said}")).into())
                }
            };
        }
        Ok(Some(value))
    }
}
