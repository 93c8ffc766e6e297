//! The thin binary: everything lives in the library.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use songline::cli::{self, Arguments};
use songline::settings::{Directories, Settings};
use songline::{app, log, model};

fn main() -> ExitCode {
    model::default_to_cpu();
    let arguments = Arguments::parse();
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("songline: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &Arguments) -> Result<(), String> {
    let directories = Directories::of_platform();
    let _log = log::start(directories.as_ref().ok().map(|directories| directories.state.as_path()), arguments.verbose);
    let settings_file = directories.as_ref().ok().map(Directories::settings_file);
    let (settings, trouble) = settings_file.as_deref().map(Settings::load).unwrap_or_default();
    if let Some(trouble) = &trouble {
        tracing::warn!(%trouble, "the settings could not be read");
    }
    let folder: PathBuf = match (&arguments.library, &settings.library, &directories) {
        (Some(folder), _, _) | (None, Some(folder), _) => folder.clone(),
        (None, None, Ok(directories)) => directories.library.clone(),
        (None, None, Err(error)) => return Err(error.to_string()),
    };
    // Paths in the library stay right when a later command starts elsewhere.
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    match &arguments.command {
        Some(command) => cli::run(arguments, command, &folder, &settings),
        None => app::run(app::Start {
            library: folder,
            standard_library: directories.ok().map(|directories| directories.library),
            settings,
            settings_file,
            trouble: trouble.map(|trouble| trouble.to_string()),
            device: arguments.device.map(Into::into),
        }),
    }
}
