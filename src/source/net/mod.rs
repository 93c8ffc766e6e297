//! The one HTTP client of Songline: requests that can be paused and cancelled at any moment, and errors for people.
//!
//! A request runs on a thread of its own, which hands the answer over in pieces through a bounded channel; the caller
//! looks at its [`Control`] while it waits. Answers of every status are values. Proxies come from the environment
//! (`HTTPS_PROXY`, `NO_PROXY` and their kin); addresses of this computer are always reached directly.

mod body;
mod error;
mod retry;

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use ureq::http;

use crate::domain::Control;

pub use body::Body;
pub use error::NetError;
pub use retry::retry_after;

/// How long a waiting caller may overlook that it was cancelled.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Pieces of an answer that may wait to be read.
const PIECES_AHEAD: usize = 16;

/// How long the parts of a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// To find the host and to connect to it, each.
    pub connect: Duration,
    /// From the request to the head of the answer.
    pub answer: Duration,
    /// Between two pieces of the answer.
    pub read: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(15), answer: Duration::from_secs(60), read: Duration::from_secs(30) }
    }
}

/// Sends requests. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    /// Through the proxy that the environment names, if any.
    agent: ureq::Agent,
    /// For this computer's own addresses.
    direct: ureq::Agent,
}

impl Default for Client {
    fn default() -> Self {
        Self::new(Patience::default())
    }
}

impl Client {
    pub fn new(patience: Patience) -> Self {
        let config = || {
            ureq::Agent::config_builder()
                .http_status_as_error(false)
                .user_agent(concat!("Songline/", env!("CARGO_PKG_VERSION")))
                .accept("*/*")
                .timeout_resolve(Some(patience.connect))
                .timeout_connect(Some(patience.connect))
                .timeout_recv_response(Some(patience.answer))
                .timeout_per_read(Some(patience.read.max(patience.answer)))
        };
        let agent = config().build().into();
        let direct = config().proxy(None).build().into();
        Self { agent, direct }
    }

    /// Sends `request` and waits for the head of its answer, which may have any status.
    ///
    /// # Errors
    /// [`NetError`], [`NetError::Cancelled`] as soon as `control` is cancelled.
    pub fn send(&self, request: Request, control: &Control) -> Result<Response, NetError> {
        control.checkpoint()?;
        let host = request.host()?;
        let agent = if is_this_computer(&host) { &self.direct } else { &self.agent }.clone();
        let largest = request.largest;
        let message = request.into_message()?;
        let (sender, receiver) = bounded(PIECES_AHEAD);
        let for_thread = host.clone();
        std::thread::Builder::new()
            .name("net".to_owned())
            .spawn(move || run(&agent, message, &for_thread, &sender))
            .map_err(|source| NetError::Threads { source })?;
        let (status, headers) = match wait(&receiver, control)? {
            Some(Piece::Head { status, headers }) => (status, headers),
            Some(Piece::Failed(error)) => return Err(error),
            Some(Piece::Bytes(_)) | None => return Err(NetError::ended(&host)),
        };
        let body = Body::new(receiver, control.clone(), host, largest, length_of(&headers), status)?;
        Ok(Response { status, headers, body })
    }
}

/// What is asked for. Headers are never shown in an error, nor is more of the address than the host.
#[derive(Clone)]
pub struct Request {
    method: http::Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    largest: u64,
}

impl Request {
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: http::Method::GET, url: url.into(), headers: Vec::new(), body: Vec::new(), largest: u64::MAX }
    }

    /// Sends `body` along; say what it is with a `Content-Type` header.
    pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { method: http::Method::POST, body: body.into(), ..Self::get(url) }
    }

    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Refuses an answer of more than `bytes` bytes. Without it there is no limit.
    #[must_use]
    pub fn at_most(mut self, bytes: u64) -> Self {
        self.largest = bytes;
        self
    }

    fn host(&self) -> Result<String, NetError> {
        let bad = || NetError::BadAddress(self.url.split(['?', '#', '@']).next().unwrap_or_default().to_owned());
        let uri: http::Uri = self.url.parse().map_err(|_| bad())?;
        match (uri.scheme_str(), uri.host()) {
            (Some("http" | "https"), Some(host)) if !host.is_empty() => {
                Ok(host.trim_matches(['[', ']']).to_ascii_lowercase())
            }
            _ => Err(bad()),
        }
    }

    fn into_message(self) -> Result<http::Request<Vec<u8>>, NetError> {
        let mut message = http::Request::builder().method(self.method).uri(&self.url);
        for (name, value) in &self.headers {
            message = message.header(name, value);
        }
        // The address was understood by `host`: what is left to be wrong are headers.
        message.body(self.body).map_err(|_| NetError::BadHeader)
    }
}

/// The head of an answer, and its bytes to be read.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Body,
}

impl Response {
    /// A header by its name in any case; the first, where there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The bytes that the answer says it has.
    pub fn length(&self) -> Option<u64> {
        length_of(&self.headers)
    }

    /// How long the host asks to be left alone, from `now` on.
    pub fn retry_after(&self, now: std::time::SystemTime) -> Option<Duration> {
        retry_after(self.header("retry-after")?, now)
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// As of [`Body::next_piece`].
    pub fn bytes(mut self) -> Result<Vec<u8>, NetError> {
        let mut all = Vec::new();
        while let Some(piece) = self.body.next_piece()? {
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }
}

/// What the thread of a request hands over.
enum Piece {
    Head { status: u16, headers: Vec<(String, String)> },
    Bytes(Vec<u8>),
    Failed(NetError),
}

/// The request's thread. It ends when nobody listens any more, at the latest after the patience for one read.
fn run(agent: &ureq::Agent, message: http::Request<Vec<u8>>, host: &str, to: &Sender<Piece>) {
    let answer =
        if message.method() == http::Method::GET { agent.run(message.map(|_| ())) } else { agent.run(message) };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let _ = to.send(Piece::Failed(NetError::of_ureq(error, host)));
            return;
        }
    };
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let head = Piece::Head { status: answer.status().as_u16(), headers: headers.collect() };
    if to.send(head).is_err() {
        return;
    }
    body::forward(answer.into_body().into_reader(), host, to);
}

/// The next piece; `None` at the end.
fn wait(from: &Receiver<Piece>, control: &Control) -> Result<Option<Piece>, NetError> {
    loop {
        control.checkpoint()?;
        match from.recv_timeout(LOOK_EVERY) {
            Ok(piece) => return Ok(Some(piece)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn length_of(headers: &[(String, String)]) -> Option<u64> {
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    value.trim().parse().ok()
}

fn is_this_computer(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
