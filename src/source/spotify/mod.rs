//! The Spotify catalogue: tables of tracks with Spotify's audio features; and its tracks, albums and playlists by link, with
//! the user's own credentials.

mod browser;
mod credentials;
pub mod csv;
mod link;
pub mod python_list;
mod read;
pub mod token;

pub use browser::{Door, REDIRECT_PORT};
pub use credentials::{CredentialStore, Credentials, Kept};
pub use link::{Kind, Link};
pub use read::{Listing, ReadError, Told};
pub use token::{AccessToken, SignIn, TokenError};
