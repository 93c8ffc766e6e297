//! Where the services are, how often they may be asked, and what they allow.

use super::Service;
use crate::settings::Addresses as Settings;
use crate::source::net::Client;
use crate::source::pace::{Limit, Pace};

pub use crate::settings::Addresses;

/// Spotify does not publish its limit.
const SPOTIFY: Limit = Limit::new(30, 30);
/// 50 requests in 5 s for an address of the Internet.
const DEEZER: Limit = Limit::new(50, 5);
/// "Approximately 20 calls per minute (subject to change)".
const ITUNES: Limit = Limit::new(20, 60);

/// What the user is told before the first request, and agrees to.
pub const TERMS: &str = "Previews belong to the services and to those who made the music.\n\
    • Spotify: its developer policy forbids training any machine-learning model on its content, and previews are no longer \
    given to new applications.\n\
    • Deezer: the interface is not for commercial use; 50 requests in 5 seconds.\n\
    • iTunes: previews are there to promote what the store sells; about 20 requests a minute.\n\
    None of them grants downloads in bulk or for training. Songline asks for the tracks that you choose alone, keeps within \
    these limits, keeps the clips in your library for you, marks where each came from, and leaves them out of training unless \
    you say otherwise there.";

/// The services with their queues. One for the whole program.
pub struct Services {
    pub(super) client: Client,
    addresses: Settings,
    spotify: Pace,
    deezer: Pace,
    itunes: Pace,
}

impl Services {
    /// At the rates that the services document.
    pub fn new(addresses: Settings) -> Self {
        Self::with_limits(addresses, Client::default(), SPOTIFY, DEEZER, ITUNES)
    }

    /// With other rates, for services of one's own.
    pub fn with_limits(addresses: Settings, client: Client, spotify: Limit, deezer: Limit, itunes: Limit) -> Self {
        Self { client, addresses, spotify: Pace::new(spotify), deezer: Pace::new(deezer), itunes: Pace::new(itunes) }
    }

    pub fn addresses(&self) -> &Settings {
        &self.addresses
    }

    /// The queue in front of a service.
    pub fn pace(&self, service: Service) -> &Pace {
        match service {
            Service::Spotify => &self.spotify,
            Service::Deezer => &self.deezer,
            Service::Itunes => &self.itunes,
        }
    }

    /// The client that all requests go through.
    pub fn client(&self) -> &Client {
        &self.client
    }
}
