//! The log: a file for each of the last days in the platform's state folder; quiet on the terminal unless asked.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::{EnvFilter, FilterExt, FilterFn, LevelFilter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Days kept.
const DAYS: usize = 7;

/// Starts logging into `folder`, where there is one, and on standard error for `verbose` above 0. What waits to be
/// written is written when the guard is dropped. `SONGLINE_LOG` sets another filter for the file.
pub fn start(folder: Option<&Path>, verbose: u8) -> Option<WorkerGuard> {
    let file = folder.and_then(|folder| {
        std::fs::create_dir_all(folder).ok()?;
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("songline")
            .filename_suffix("log")
            .max_log_files(DAYS)
            .build(folder)
            .ok()
    });
    let (file, guard) = file.map(tracing_appender::non_blocking).unzip();
    // The graphics stack speaks at length at every start.
    let quiet = "info,wgpu_core=warn,wgpu_hal=warn,naga=warn,cubecl=warn,egui=warn,eframe=warn,symphonia=error";
    let file = file.map(|file| {
        let filter = EnvFilter::try_from_env("SONGLINE_LOG").unwrap_or_else(|_| EnvFilter::new(quiet));
        fmt::layer().with_writer(file).with_ansi(false).with_filter(filter.and(no_secrets()))
    });
    let level = match verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let terminal = fmt::layer().with_writer(std::io::stderr).with_filter(level.and(no_secrets()));
    // Fails only where something logs already, as in a test: then that is kept.
    let _ = tracing_subscriber::registry().with(file).with(terminal).try_init();
    guard
}

/// Keeps out, at every level and whatever `SONGLINE_LOG` says, what crates of the network tell of their requests: headers hold
/// secrets of the user's (rspotify writes them at INFO).
fn no_secrets() -> FilterFn<impl Fn(&tracing::Metadata<'_>) -> bool> {
    FilterFn::new(|metadata| {
        let talks = ["rspotify", "ureq", "rustls", "keyring", "zbus", "hyper"];
        *metadata.level() <= tracing::Level::WARN || !talks.iter().any(|name| metadata.target().starts_with(name))
    })
}
