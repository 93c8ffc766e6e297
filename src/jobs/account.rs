//! The user's account at Spotify: signing in as an application or as oneself, and out.

use super::Report;
use super::failure::RoomError;
use super::message::{Account, AccountSpec, JobError, Partial};
use super::previews::credentials;
use crate::domain::{Control, Progress};
use crate::settings::Addresses;
use crate::source::spotify::{CredentialStore, Credentials, Door, Kept, REDIRECT_PORT, SignIn, TokenError, token};

const SIGNING_IN: &str = "Signing in to Spotify";

/// Does what `spec` asks; how Songline is signed in then.
///
/// # Errors
/// [`JobError::Failed`] where Spotify or the user refuses, the port for the browser's answer is in use, or the credentials
/// cannot be kept; [`JobError::Cancelled`]. What was kept before stays until something else is kept.
pub fn account(spec: AccountSpec, control: &Control, report: &dyn Report) -> Result<Option<Account>, JobError> {
    account_in(&credentials()?, REDIRECT_PORT, spec, control, report)
}

/// As [`account`], with a store of one's own and another port for the browser's answer.
pub fn account_in(
    store: &CredentialStore,
    port: u16,
    spec: AccountSpec,
    control: &Control,
    report: &dyn Report,
) -> Result<Option<Account>, JobError> {
    let credentials = match spec {
        AccountSpec::Read => {
            let kept = store.load().map_err(|error| error.doing(SIGNING_IN))?;
            return Ok(kept.map(|(credentials, kept)| described(&credentials, kept)));
        }
        AccountSpec::SignOut => {
            store.forget().map_err(|error| error.doing(SIGNING_IN))?;
            return Ok(None);
        }
        AccountSpec::Application { credentials, addresses } => {
            report.progress(Progress::new("Asking Spotify", 0, None));
            token::request(&addresses, &credentials, control).map_err(refused)?;
            credentials
        }
        AccountSpec::Browser { client_id, addresses } => {
            let refresh_token = in_browser(&client_id, &addresses, port, control, report)?;
            Credentials { client_id, secret: None, refresh_token }
        }
    };
    let kept = store.save(&credentials).map_err(|error| error.doing(SIGNING_IN))?;
    Ok(Some(described(&credentials, kept)))
}

/// Waits until the user has agreed on the page that is told as [`Partial::Visit`]; the token that signs in from then on.
fn in_browser(
    client_id: &str,
    addresses: &Addresses,
    port: u16,
    control: &Control,
    report: &dyn Report,
) -> Result<Option<String>, JobError> {
    let door = Door::open(port).map_err(|error| JobError::Failed {
        doing: SIGNING_IN,
        reason: format!("port {port} of this computer, where the browser brings the answer, cannot be used: {error}"),
    })?;
    let begun = SignIn::begin(addresses, client_id, &door.redirect).map_err(refused)?;
    report.progress(Progress::new("Waiting for the browser", 0, None));
    report.partial(Partial::Visit { page: begun.page.clone(), redirect: door.redirect.clone() });
    let code = door.code(begun.state(), control).map_err(refused)?;
    Ok(begun.finish(&code, control).map_err(refused)?.refresh)
}

fn described(credentials: &Credentials, kept: Kept) -> Account {
    Account { as_user: credentials.refresh_token.is_some(), in_keyring: kept == Kept::Keyring }
}

fn refused(error: TokenError) -> JobError {
    match error {
        TokenError::Cancelled(_) => JobError::Cancelled,
        error => JobError::Failed { doing: SIGNING_IN, reason: error.to_string() },
    }
}
