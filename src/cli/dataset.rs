//! `songline dataset`: catalogues of music.

use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

use super::output::Output;
use super::previews::{self, FetchArguments, SignInArguments};
use super::sets::{self, SetsCommand};
use crate::domain::{Control, DeviceChoice, SpotifyTrack};
use crate::jobs::message::{ImportSummary, JobError};
use crate::jobs::{Context, spotify};
use crate::settings::Settings;

/// What to do with catalogues of music.
#[derive(Debug, Subcommand)]
pub enum DatasetCommand {
    /// Read a table of Spotify tracks with their audio features (tracks_features.csv) into the library
    #[command(after_help = "Example: songline dataset import-csv tracks_features.csv")]
    ImportCsv {
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
    },
    /// Find rows of the Spotify catalogue by words of title, artist or album
    #[command(after_help = "Example: songline dataset find testify rage")]
    Find {
        words: Vec<String>,
        /// Rows that are listed
        #[arg(long, default_value_t = 20, value_name = "N")]
        top: usize,
    },
    /// Find the library's own tracks in the Spotify catalogue, by title, artist and length
    #[command(after_help = "Example: songline dataset match")]
    Match,
    /// Give tracks of the catalogue their sound: your own files, or previews of services
    #[command(after_help = "Example: songline dataset fetch --limit 500 --search radiohead")]
    Fetch(FetchArguments),
    /// Show what services of previews allow
    #[command(after_help = "Example: songline dataset terms --accept")]
    Terms {
        /// Accept it
        #[arg(long)]
        accept: bool,
    },
    /// Sign in to Spotify with your own application, for links
    #[command(after_help = "Example: songline dataset sign-in CLIENT_ID --browser")]
    SignIn(SignInArguments),
    /// Forget the credentials at Spotify
    #[command(after_help = "Example: songline dataset sign-out")]
    SignOut,
    #[command(flatten)]
    Sets(SetsCommand),
}

pub(super) fn run(
    context: &Context,
    command: &DatasetCommand,
    settings: &Settings,
    device: DeviceChoice,
    control: &Control,
    output: &Output,
) -> Result<Option<ImportSummary>, JobError> {
    match command {
        DatasetCommand::Sets(command) => return sets::run(context, command, settings, device, control, output),
        DatasetCommand::ImportCsv { file } => {
            let summary = spotify::import_csv(context, file, control, output)?;
            let told: Vec<_> =
                summary.told.iter().map(|(line, reason)| json!({ "line": line, "reason": reason })).collect();
            let value = json!({
                "new": summary.new, "changed": summary.changed, "unchanged": summary.same, "bad": summary.bad,
                "bad_rows": told, "seconds": summary.seconds,
            });
            output.result(&value, || summary.text());
        }
        DatasetCommand::Find { words, top } => {
            let (found, of) = spotify::find(context, &words.join(" "), *top)?;
            let value = json!({ "of": of, "rows": found.iter().map(row).collect::<Vec<_>>() });
            output.result(&value, || {
                let mut text: String = found
                    .iter()
                    .map(|row| format!("{}  {} · {} · {}\n", row.id, row.title, row.artist(), row.album))
                    .collect();
                text.push_str(&format!("{} of {of} rows\n", found.len()));
                text
            });
        }
        DatasetCommand::Fetch(arguments) => {
            previews::fetch(context, arguments, settings, device, control, output)?;
        }
        DatasetCommand::Terms { accept } => previews::terms(context, *accept, output)?,
        DatasetCommand::SignIn(arguments) => previews::sign_in(arguments, &settings.addresses, control, output)?,
        DatasetCommand::SignOut => previews::sign_out(control, output)?,
        DatasetCommand::Match => {
            let (found, of) = spotify::link(context, control, output)?;
            output.result(&json!({ "found": found, "of": of }), || {
                format!("{found} of {of} tracks are in the Spotify catalogue")
            });
        }
    }
    Ok(None)
}

fn row(row: &SpotifyTrack) -> serde_json::Value {
    json!({
        "id": row.id, "title": row.title, "artists": row.artists, "album": row.album, "duration_ms": row.duration_ms,
        "year": row.year, "valence": row.features.valence, "energy": row.features.energy, "tempo": row.features.tempo,
    })
}
