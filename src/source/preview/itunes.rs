//! iTunes: tracks by names. It may answer with nothing where it means "later".

use serde_json::Value;

use crate::domain::Control;
use crate::source::net::Request;
use crate::source::percent::encoded;

use super::{Clip, Miss, Service, Services, Stop, Wanted};

impl Services {
    pub(super) fn of_itunes(&self, wanted: &Wanted, control: &Control) -> Result<Clip, Stop> {
        let artist = wanted.artists.first().map_or("", String::as_str);
        let term = encoded(&format!("{artist} {}", wanted.title));
        let addresses = self.addresses();
        let url = format!(
            "{}/search?term={term}&media=music&entity=song&limit=25&country={}",
            addresses.itunes,
            encoded(&addresses.country)
        );
        let answer = self.ask(Service::Itunes, Request::get(url), control)?.unwrap_or_default();
        let found = answer["results"].as_array().map(Vec::as_slice).unwrap_or_default();
        if found.is_empty() {
            return Err(Miss::Perhaps.into());
        }
        let text = |value: &'static str, of: &Value| of[value].as_str().unwrap_or_default().to_owned();
        let is = |track: &&Value| {
            let length = track["trackTimeMillis"].as_f64().map_or(f64::NAN, |length| length / 1_000.0);
            wanted.is(&text("trackName", track), &[&text("artistName", track)], length)
        };
        let mut matching = found.iter().filter(is).peekable();
        if matching.peek().is_none() {
            return Err(Miss::Other.into());
        }
        let preview = matching.find_map(|track| track["previewUrl"].as_str().filter(|url| !url.is_empty()));
        self.download(Service::Itunes, preview.ok_or(Miss::NoPreview)?, control)
    }
}
