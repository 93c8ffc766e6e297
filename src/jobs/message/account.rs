//! The user's account at Spotify: what is asked about it and what is told.

use super::Credentials;
use crate::settings::Addresses;

/// What is to become of the account. Credentials never show in a log: their `Debug` leaves everything out.
#[derive(Debug, Clone, PartialEq)]
pub enum AccountSpec {
    /// Tells whether there is one.
    Read,
    /// Signs in as the user's own application.
    Application {
        credentials: Credentials,
        addresses: Addresses,
    },
    /// Signs in as the user, who agrees in a browser.
    Browser {
        client_id: String,
        addresses: Addresses,
    },
    SignOut,
}

/// How Songline is signed in to Spotify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// As the user, rather than as the application alone.
    pub as_user: bool,
    /// Whether the credentials lie in the system's keyring; in a file for their owner alone where it has none.
    pub in_keyring: bool,
}
