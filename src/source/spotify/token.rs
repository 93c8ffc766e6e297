//! Tokens of Spotify, by the crate `rspotify`: for the application, or for a user who agrees in a browser (PKCE).
//!
//! That crate blocks for up to ten seconds, so it works on a thread of its own.

use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, bounded};
use rspotify::clients::{BaseClient, OAuthClient};
use rspotify::http::HttpError;
use rspotify::{AuthCodePkceSpotify, ClientCredsSpotify, ClientError, Config, OAuth};

use super::Credentials;
use crate::domain::{Cancelled, Control};
use crate::settings::Addresses;

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Why there is no token. No text holds anything secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("Spotify does not accept these credentials; enter client id and secret again")]
    Refused,
    #[error("Spotify asks to wait {seconds} s before the next sign-in")]
    Later { seconds: u64 },
    #[error("Spotify answers the sign-in with error {0}")]
    Status(u16),
    #[error("Spotify cannot be reached for the sign-in; see that this computer is connected")]
    Unreachable,
    #[error("Spotify answers the sign-in with something that cannot be understood")]
    Garbled,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A token that lets ask for an hour.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    pub(super) secret: String,
    /// The next refresh token, where the user signed in.
    pub refresh: Option<String>,
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken").finish_non_exhaustive()
    }
}

/// A token for `credentials`: by the refresh token where there is one, else by the secret.
///
/// # Errors
/// [`TokenError`]; [`TokenError::Cancelled`] at once when `control` is cancelled.
pub fn request(addresses: &Addresses, credentials: &Credentials, control: &Control) -> Result<AccessToken, TokenError> {
    let config = config(addresses);
    let credentials = credentials.clone();
    apart(control, move || match (&credentials.refresh_token, &credentials.secret) {
        (Some(refresh), _) => {
            let known = rspotify::Token { refresh_token: Some(refresh.clone()), ..rspotify::Token::default() };
            let app = rspotify::Credentials::new_pkce(&credentials.client_id);
            let client = AuthCodePkceSpotify::from_token_with_config(known, app, OAuth::default(), config);
            let token = client.refetch_token().map_err(of_client)?.ok_or(TokenError::Refused)?;
            Ok(AccessToken { secret: token.access_token, refresh: token.refresh_token.or(Some(refresh.clone())) })
        }
        (None, Some(secret)) => {
            let app = rspotify::Credentials::new(&credentials.client_id, secret);
            let client = ClientCredsSpotify::with_config(app, config);
            client.request_token().map_err(of_client)?;
            taken(&client.get_token())
        }
        (None, None) => Err(TokenError::Refused),
    })
}

/// A sign-in that waits for the user to agree in a browser.
pub struct SignIn {
    client: AuthCodePkceSpotify,
    /// The page where the user agrees.
    pub page: String,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

impl SignIn {
    /// Begins a sign-in whose answer comes to `redirect`, an address of this computer that is registered at Spotify.
    ///
    /// # Errors
    /// [`TokenError::Garbled`] where the address of Spotify's accounts is none.
    pub fn begin(addresses: &Addresses, client_id: &str, redirect: &str) -> Result<Self, TokenError> {
        let oauth = OAuth {
            redirect_uri: redirect.to_owned(),
            scopes: ["playlist-read-private".to_owned(), "playlist-read-collaborative".to_owned()].into(),
            ..OAuth::default()
        };
        let app = rspotify::Credentials::new_pkce(client_id);
        let mut client = AuthCodePkceSpotify::with_config(app, oauth, config(addresses));
        let page = client.get_authorize_url(None).map_err(of_client)?;
        Ok(Self { client, page })
    }

    /// The word that the answer must repeat, or it is not the answer to this question.
    pub fn state(&self) -> &str {
        &self.client.oauth.state
    }

    /// Turns the code that the browser brought into tokens.
    ///
    /// # Errors
    /// As of [`request`].
    pub fn finish(self, code: &str, control: &Control) -> Result<AccessToken, TokenError> {
        let (client, code) = (self.client, code.to_owned());
        apart(control, move || {
            client.request_token(&code).map_err(of_client)?;
            taken(&client.get_token())
        })
    }
}

fn config(addresses: &Addresses) -> Config {
    Config {
        api_base_url: format!("{}/", addresses.spotify),
        auth_base_url: format!("{}/", addresses.spotify_accounts),
        ..Config::default()
    }
}

fn taken(token: &rspotify::sync::Mutex<Option<rspotify::Token>>) -> Result<AccessToken, TokenError> {
    let token = token.lock().map_err(|_| TokenError::Garbled)?;
    let token = token.as_ref().ok_or(TokenError::Garbled)?;
    Ok(AccessToken { secret: token.access_token.clone(), refresh: token.refresh_token.clone() })
}

fn of_client(error: ClientError) -> TokenError {
    match error {
        ClientError::Http(error) => match *error {
            HttpError::StatusCode(response) => match response.status() {
                400 | 401 => TokenError::Refused,
                429 => {
                    let seconds = response.header("retry-after").and_then(|text| text.parse().ok()).unwrap_or(60);
                    TokenError::Later { seconds }
                }
                status => TokenError::Status(status),
            },
            HttpError::Transport(_) | HttpError::Io(_) => TokenError::Unreachable,
        },
        _ => TokenError::Garbled,
    }
}

/// Runs `work` on a thread of its own; a cancelled caller does not wait for its end.
fn apart<T: Send + 'static>(
    control: &Control,
    work: impl FnOnce() -> Result<T, TokenError> + Send + 'static,
) -> Result<T, TokenError> {
    let (to, from) = bounded(1);
    let work = move || {
        // Nobody listens any more where it was cancelled.
        let _ = to.send(work());
    };
    std::thread::Builder::new().name("token".to_owned()).spawn(work).map_err(|_| TokenError::Unreachable)?;
    loop {
        control.checkpoint()?;
        match from.recv_timeout(LOOK_EVERY) {
            Ok(done) => return done,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(TokenError::Garbled),
        }
    }
}
