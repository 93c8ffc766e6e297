//! `songline dataset fetch`, `terms`, `sign-in` and `sign-out`: sound for tracks of the Spotify catalogue.

use std::io::BufRead;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use serde_json::json;

use super::output::Output;
use crate::domain::{Control, DeviceChoice};
use crate::jobs::message::{Coverage, FetchSpec, JobError};
use crate::jobs::{Context, models, previews};
use crate::settings::{Addresses, Settings};
use crate::source::preview;
use crate::source::spotify::{Credentials, Door, Kept, REDIRECT_PORT, SignIn};

const SIGNING_IN: &str = "Signing in to Spotify";

#[derive(Debug, Args)]
pub struct FetchArguments {
    /// Links to tracks, albums and playlists of Spotify; rows of the imported table where there are none
    #[arg(value_name = "LINK")]
    pub links: Vec<String>,
    /// Tracks at most
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub limit: usize,
    /// Only rows with these words in title, artist or album
    #[arg(long, default_value = "", value_name = "WORDS")]
    pub search: String,
    /// Ask again for what was not found before
    #[arg(long)]
    pub retry: bool,
}

#[derive(Debug, Args)]
pub struct SignInArguments {
    /// The client id of your own application at Spotify
    pub client_id: String,
    /// Agree in a browser, as yourself; otherwise the client secret is read from standard input
    #[arg(long)]
    pub browser: bool,
}

pub(super) fn fetch(
    context: &Context,
    arguments: &FetchArguments,
    settings: &Settings,
    device: DeviceChoice,
    control: &Control,
    output: &Output,
) -> Result<(), JobError> {
    let spec = FetchSpec {
        words: arguments.search.clone(),
        limit: arguments.limit,
        links: arguments.links.clone(),
        retry: arguments.retry,
        addresses: settings.addresses.clone(),
    };
    let coverage = previews::fetch(context, &spec, control, output)?;
    if !coverage.by_service.is_empty() {
        models::embed(context, None, device, control, output)?;
    }
    output.result(&value(&coverage), || coverage.text(now()));
    Ok(())
}

fn value(coverage: &Coverage) -> serde_json::Value {
    let named = |counts: &std::collections::BTreeMap<crate::domain::Outcome, usize>| -> serde_json::Value {
        counts.iter().map(|(outcome, count)| (outcome.key().to_owned(), json!(count))).collect()
    };
    json!({
        "asked": coverage.asked, "outcomes": named(&coverage.outcomes), "by_service": coverage.by_service,
        "waiting": coverage.waiting, "skipped": coverage.skipped, "all": named(&coverage.all),
        "not_before": coverage.rests.iter().map(|(service, until)| json!({ "service": service, "unix_seconds": until }))
            .collect::<Vec<_>>(),
    })
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Shows what the services allow, and keeps that it was accepted.
pub(super) fn terms(context: &Context, accept: bool, output: &Output) -> Result<(), JobError> {
    if accept {
        previews::accept(context)?;
    }
    let accepted = previews::accepted(context)?;
    output.result(&json!({ "terms": preview::TERMS, "accepted": accepted }), || {
        let end = if accepted { "You have accepted this." } else { "`songline dataset terms --accept` accepts it." };
        format!("{}\n{end}", preview::TERMS)
    });
    Ok(())
}

pub(super) fn sign_in(
    arguments: &SignInArguments,
    addresses: &Addresses,
    control: &Control,
    output: &Output,
) -> Result<(), JobError> {
    let failed = |reason: String| JobError::Failed { doing: SIGNING_IN, reason };
    let client_id = arguments.client_id.trim().to_owned();
    let mut credentials = Credentials { client_id, secret: None, refresh_token: None };
    if arguments.browser {
        let door = Door::open(REDIRECT_PORT)
            .map_err(|error| failed(format!("port {REDIRECT_PORT} of this computer cannot be used: {error}")))?;
        let begun = SignIn::begin(addresses, &credentials.client_id, &door.redirect)
            .map_err(|error| failed(error.to_string()))?;
        eprintln!("Register {} at your application, then agree on this page:\n{}", door.redirect, begun.page);
        let code = door.code(begun.state(), control).map_err(|error| failed(error.to_string()))?;
        let token = begun.finish(&code, control).map_err(|error| failed(error.to_string()))?;
        credentials.refresh_token = token.refresh;
    } else {
        eprintln!("Type the client secret and press Enter:");
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(|error| failed(error.to_string()))?;
        credentials.secret = Some(line.trim().to_owned()).filter(|secret| !secret.is_empty());
        previews::check(addresses, &credentials, control)?;
    }
    let kept = previews::credentials()?.save(&credentials).map_err(|error| failed(error.to_string()))?;
    let place = match kept {
        Kept::Keyring => "the system's keyring",
        Kept::File => "a file that you alone can read, because the system has no keyring",
    };
    output.result(&json!({ "kept_in": place }), || format!("Signed in; the credentials are in {place}."));
    Ok(())
}

pub(super) fn sign_out(output: &Output) -> Result<(), JobError> {
    let forgotten = previews::credentials()?.forget();
    forgotten.map_err(|error| JobError::Failed { doing: "Signing out", reason: error.to_string() })?;
    output.result(&json!({ "signed_in": false }), || "Signed out; the credentials are forgotten.".to_owned());
    Ok(())
}
