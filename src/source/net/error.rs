//! What can go wrong on the way to a host, for people.

use std::io;

use crate::domain::Cancelled;

/// Why a host gave no answer, or not all of it. An answer of any status is none of these.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    #[error("this is not an address on the web, which begins with https:// or http://: {0}")]
    BadAddress(String),
    #[error("the request has a header that cannot be sent")]
    BadHeader,
    #[error("there is no host called {host}, or this computer is not connected")]
    NoSuchHost { host: String },
    #[error("cannot connect to {host}; see that this computer is connected")]
    NoConnection { host: String, source: io::Error },
    #[error("{host} does not answer in time")]
    TooSlow { host: String },
    #[error("there is no secure connection to {host}: {reason}")]
    NotSecure { host: String, reason: String },
    #[error("the proxy does not let a connection to {host} through: {reason}")]
    Proxy { host: String, reason: String },
    #[error("{host} broke the connection off after {got} bytes{}", of(*.promised))]
    Truncated { host: String, got: u64, promised: Option<u64> },
    #[error("{host} sends more than the {largest} bytes that were expected at most")]
    TooLarge { host: String, largest: u64 },
    #[error("{host} sends the request around in circles")]
    Circles { host: String },
    #[error("{host} gives an answer that cannot be understood: {reason}")]
    Garbled { host: String, reason: String },
    #[error("the system gives no thread for a request; close other programs and try again")]
    Threads { source: io::Error },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn of(promised: Option<u64>) -> String {
    promised.map_or_else(String::new, |promised| format!(" of {promised}"))
}

impl NetError {
    /// Whether the same request may succeed when it is made again a little later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NoSuchHost { .. }
            | Self::NoConnection { .. }
            | Self::TooSlow { .. }
            | Self::Proxy { .. }
            | Self::Truncated { .. }
            | Self::Garbled { .. }
            | Self::Threads { .. } => true,
            Self::BadAddress(_)
            | Self::BadHeader
            | Self::NotSecure { .. }
            | Self::TooLarge { .. }
            | Self::Circles { .. }
            | Self::Cancelled(_) => false,
        }
    }

    /// The thread of a request ended without a word.
    pub(super) fn ended(host: &str) -> Self {
        Self::Garbled { host: host.to_owned(), reason: "it ended early".to_owned() }
    }

    pub(super) fn of_ureq(error: ureq::Error, host: &str) -> Self {
        let host = host.to_owned();
        match error {
            ureq::Error::HostNotFound => Self::NoSuchHost { host },
            ureq::Error::Timeout(_) => Self::TooSlow { host },
            ureq::Error::Io(source) => match source.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::TooSlow { host },
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => Self::Truncated { host, got: 0, promised: None },
                io::ErrorKind::InvalidData => Self::NotSecure { host, reason: source.to_string() },
                _ => Self::NoConnection { host, source },
            },
            ureq::Error::ConnectionFailed => {
                Self::NoConnection { host, source: io::ErrorKind::ConnectionRefused.into() }
            }
            ureq::Error::ConnectProxyFailed(reason) => Self::Proxy { host, reason },
            ureq::Error::InvalidProxyUrl => {
                Self::Proxy { host, reason: "its address in the environment is not valid".to_owned() }
            }
            ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => Self::Circles { host },
            error @ (ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) | ureq::Error::TlsRequired) => {
                Self::NotSecure { host, reason: error.to_string() }
            }
            ureq::Error::Protocol(error) => Self::Garbled { host, reason: error.to_string() },
            ureq::Error::LargeResponseHeader(..) => Self::Garbled { host, reason: "its head is too long".to_owned() },
            // The rest cannot come from a request of ours; the reason names no address and no header.
            _ => Self::Garbled { host, reason: "it is none of HTTP".to_owned() },
        }
    }
}
