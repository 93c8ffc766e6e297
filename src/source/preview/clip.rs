//! The bytes of a preview, checked before they are kept.

use crate::domain::Control;
use crate::source::net::Request;

use super::{Miss, QUIET, Service, Services, Stop};
use crate::source::pace::Turn;

/// A preview of 30 s is half a megabyte; a whole song in lossless sound would fit.
const LARGEST: u64 = 64 << 20;

/// Sound as it came, in a container that decodes.
#[derive(Clone, PartialEq, Eq)]
pub struct Clip {
    pub bytes: Vec<u8>,
    /// The ending of a file that holds it: `mp3`, `m4a`, …
    pub ending: &'static str,
}

impl std::fmt::Debug for Clip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clip").field("bytes", &self.bytes.len()).field("ending", &self.ending).finish()
    }
}

/// What came in place of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongContent {
    Empty,
    /// A web page, as proxies and log-in screens send.
    Page,
    Unknown,
}

/// The container that bytes begin with.
///
/// # Errors
/// [`WrongContent`] where it is none that decodes.
pub fn kind_of(bytes: &[u8]) -> Result<&'static str, WrongContent> {
    if bytes.is_empty() {
        return Err(WrongContent::Empty);
    }
    let at = |from: usize, text: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(text));
    if at(0, b"ID3") {
        return Ok("mp3");
    }
    if at(4, b"ftyp") {
        return Ok("m4a");
    }
    for (text, ending) in [(b"RIFF", "wav"), (b"OggS", "ogg"), (b"fLaC", "flac")] {
        if at(0, text) {
            return Ok(ending);
        }
    }
    match bytes {
        // A frame of MPEG audio: eleven bits set, then a version and a layer that exist (layer 0 is AAC in ADTS).
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x18 != 0x08 => {
            Ok(if second & 0x06 == 0 { "aac" } else { "mp3" })
        }
        _ => {
            let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
            Err(if matches!(start, Some(b'<' | b'{')) { WrongContent::Page } else { WrongContent::Unknown })
        }
    }
}

impl Services {
    /// Downloads a preview; once more where the connection ended early.
    pub(super) fn download(&self, service: Service, url: &str, control: &Control) -> Result<Clip, Stop> {
        let first = self.download_once(service, url, control);
        match first {
            Err(Stop::Miss(Miss::Truncated)) => self.download_once(service, url, control),
            other => other,
        }
    }

    fn download_once(&self, service: Service, url: &str, control: &Control) -> Result<Clip, Stop> {
        // Previews lie on servers of their own, whose turns are not counted; a rest is kept all the same.
        if let Some(until) = self.pace(service).not_before() {
            return Err(Miss::Later(until).into());
        }
        let response = self.client.send(Request::get(url).at_most(LARGEST), control)?;
        match response.status {
            200..300 => {}
            403 | 410 => return Err(Miss::Expired.into()),
            404 => return Err(Miss::NoPreview.into()),
            429 => {
                let rest = response.retry_after(std::time::SystemTime::now()).unwrap_or(QUIET);
                return Err(Miss::Later(self.pace(service).leave_alone(rest)).into());
            }
            status => return Err(Miss::Failed(format!("{} answers with error {status}", service.title())).into()),
        }
        let bytes = response.bytes()?;
        let ending = kind_of(&bytes).map_err(Miss::Wrong)?;
        Ok(Clip { bytes, ending })
    }

    /// Asks a service a question whose answer is JSON; `None` for 404.
    pub(super) fn ask(
        &self,
        service: Service,
        request: Request,
        control: &Control,
    ) -> Result<Option<serde_json::Value>, Stop> {
        match self.pace(service).turn(control).map_err(|error| Stop::Cancelled(error.into()))? {
            Turn::Granted => {}
            Turn::NotBefore(until) => return Err(Miss::Later(until).into()),
        }
        let response = self.client.send(request.at_most(16 << 20), control)?;
        match response.status {
            200..300 => {}
            404 => return Ok(None),
            // iTunes says 403 to those who ask too often.
            status if status == 429 || (status == 403 && service == Service::Itunes) => {
                let rest = response.retry_after(std::time::SystemTime::now()).unwrap_or(QUIET);
                return Err(Miss::Later(self.pace(service).leave_alone(rest)).into());
            }
            status => return Err(Miss::Failed(format!("{} answers with error {status}", service.title())).into()),
        }
        let bytes = response.bytes()?;
        let value = serde_json::from_slice(&bytes);
        let garbled = |_| Miss::Failed(format!("{} gives an answer that cannot be understood", service.title()));
        Ok(Some(value.map_err(garbled)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_told_by_their_first_bytes() {
        assert_eq!(kind_of(b"ID3\x04"), Ok("mp3"));
        assert_eq!(kind_of(b"\xff\xfb\x90\x00"), Ok("mp3"));
        assert_eq!(kind_of(b"\xff\xf1\x50"), Ok("aac"));
        assert_eq!(kind_of(b"\0\0\0\x1cftypM4A "), Ok("m4a"));
        assert_eq!(kind_of(b"RIFF...."), Ok("wav"));
        assert_eq!(kind_of(b""), Err(WrongContent::Empty));
        assert_eq!(kind_of(b" \n<!DOCTYPE html>"), Err(WrongContent::Page));
        assert_eq!(kind_of(b"{\"error\": 1}"), Err(WrongContent::Page));
        assert_eq!(kind_of(b"plain"), Err(WrongContent::Unknown));
    }
}
