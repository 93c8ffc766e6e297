//! `songline dataset fetch`, `terms`, `sign-in` and `sign-out`: sound for tracks of the Spotify catalogue.

use std::io::BufRead;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use serde_json::json;

use super::output::Output;
use crate::domain::{Control, DeviceChoice};
use crate::jobs::message::{AccountSpec, Coverage, Credentials, FetchSpec, JobError};
use crate::jobs::{Context, account, models, previews};
use crate::settings::{Addresses, Settings};
use crate::source::preview;

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
    let client_id = arguments.client_id.trim().to_owned();
    let addresses = addresses.clone();
    let spec = if arguments.browser {
        AccountSpec::Browser { client_id, addresses }
    } else {
        eprintln!("Type the client secret and press Enter:");
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(|error| JobError::Failed {
            doing: "Signing in to Spotify",
            reason: format!("the client secret cannot be read: {error}"),
        })?;
        let secret = Some(line.trim().to_owned()).filter(|secret| !secret.is_empty());
        AccountSpec::Application { credentials: Credentials { client_id, secret, refresh_token: None }, addresses }
    };
    let account = account::account(spec, control, output)?;
    let place = match account {
        Some(account) if account.in_keyring => "the system's keyring",
        _ => "a file that you alone can read, because the system has no keyring",
    };
    output.result(&json!({ "kept_in": place }), || format!("Signed in; the credentials are in {place}."));
    Ok(())
}

pub(super) fn sign_out(control: &Control, output: &Output) -> Result<(), JobError> {
    account::account(AccountSpec::SignOut, control, output)?;
    output.result(&json!({ "signed_in": false }), || "Signed out; the credentials are forgotten.".to_owned());
    Ok(())
}
