//! `songline dataset`: sets of music from the web, downloaded and imported.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::Output;
use crate::domain::{Control, DeviceChoice};
use crate::jobs::Context;
use crate::jobs::datasets::{self, Part, Taking, delete, named, part_of_url, parts, take};
use crate::jobs::message::{ImportSummary, JobError};
use crate::settings::Settings;
use crate::source::download::Manner;

/// What to do with sets of music.
#[derive(Debug, Subcommand)]
pub enum SetsCommand {
    /// List the data sets that are known, with their size, licence and how much is there
    #[command(after_help = "Example: songline dataset list")]
    List,
    /// Download a data set and import it; called again it goes on where it was cut off
    #[command(after_help = "Example: songline dataset download fma-small --limit-rate 2000000")]
    Download {
        name: String,
        #[command(flatten)]
        how: How,
    },
    /// Delete what was downloaded of a data set; its tracks stay in the library and can no longer be played
    #[command(after_help = "Example: songline dataset remove fma-small")]
    Remove {
        name: String,
        /// Folder of the archives; `datasets` in the library's folder by default
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Download an archive of music, a .zip, .tar, .tar.gz or .tgz file, and import it
    #[command(after_help = "Example: songline dataset add https://example.org/music.zip")]
    Add {
        url: String,
        #[command(flatten)]
        how: How,
    },
}

/// How a set is taken in.
#[derive(Debug, clap::Args)]
pub struct How {
    /// Folder for the archives; `datasets` in the library's folder by default
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// Bytes a second at most
    #[arg(long, value_name = "BYTES")]
    limit_rate: Option<u64>,
    /// Write the archives' files out, and import those
    #[arg(long)]
    unpack: bool,
}

pub(super) fn run(
    context: &Context,
    command: &SetsCommand,
    settings: &Settings,
    device: DeviceChoice,
    control: &Control,
    output: &Output,
) -> Result<Option<ImportSummary>, JobError> {
    let folder = |how: Option<&How>| how.and_then(|how| how.into.clone()).unwrap_or_else(|| datasets::folder(context));
    let taken = |all: Vec<Part>, how: &How| {
        let manner = Manner { bytes_a_second: how.limit_rate, ..Manner::default() };
        let taking = Taking { into: folder(Some(how)), unpack: how.unpack, manner, device };
        take(context, &all, &taking, control, output).map(Some)
    };
    let hosts = &settings.dataset_hosts;
    match command {
        SetsCommand::List => {
            let sets = datasets::sets(context, hosts).sets;
            let value = sets.iter().map(|set| {
                json!({ "name": set.name, "title": set.title, "about": set.about, "bytes": set.bytes,
                    "licence": set.licence, "available": set.available, "downloaded": set.got })
            });
            output.result(&Value::Array(value.collect()), || {
                let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
                sets.iter()
                    .map(|set| {
                        format!(
                            "{:<12} {:>7.1} GiB, {:.1} GiB there  {}\n{:13}{}\n",
                            set.name,
                            gib(set.bytes),
                            gib(set.got),
                            set.about,
                            "",
                            set.licence
                        )
                    })
                    .collect()
            });
            Ok(None)
        }
        SetsCommand::Download { name, how } => taken(parts(&named(name, hosts)?), how),
        SetsCommand::Remove { name, into } => {
            let into = into.clone().unwrap_or_else(|| folder(None));
            delete(&parts(&named(name, hosts)?), &into)?;
            output.result(&json!({ "removed": name }), || format!("The archives of {name} are deleted."));
            Ok(None)
        }
        SetsCommand::Add { url, how } => taken(vec![part_of_url(url)?], how),
    }
}
