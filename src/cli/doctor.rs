//! What a person who reports a problem is asked for: devices, audio output, versions, health of the library.

use std::path::Path;

use serde_json::json;

use super::output::Output;
use crate::domain::DeviceChoice;
use crate::library::{Library, LibraryError};
use crate::settings::Directories;

/// Looks at everything, and tidies up before where `sweep`; fails where the library is not healthy.
pub(super) fn run(folder: &Path, device: DeviceChoice, sweep: bool, output: &Output) -> Result<(), String> {
    let devices = crate::model::list_devices();
    let chosen = crate::model::resolve_device(device).map(|device| device.name);
    let audio = crate::audio::default_output();
    let media = crate::app::media::session_bus();
    // Looking must not make a library where there is none.
    let exists = folder.join("library.db").exists();
    let mut swept = None;
    let health = exists.then(|| -> Result<_, LibraryError> {
        let library = Library::open(folder)?;
        if sweep {
            swept = Some(library.sweep()?);
        }
        library.check()
    });

    let health_json = match &health {
        None => json!({ "root": folder, "exists": false }),
        Some(Err(error)) => json!({ "root": folder, "error": error.to_string() }),
        Some(Ok(health)) => json!({
            "root": folder, "healthy": health.is_healthy(), "tracks": health.tracks, "failures": health.failures,
            "models": health.models, "orphans": health.orphans.len(), "outdated": health.outdated,
            "schema_version": health.schema_version, "sqlite": health.sqlite_version, "bytes": health.disk.total(),
            "problems": health.problems.iter().map(|problem| json!({ "path": problem.path, "reason": problem.reason }))
                .collect::<Vec<_>>(),
            "database_problems": health.database_problems,
        }),
    };
    let logs = Directories::of_platform().map(|directories| directories.state).ok();
    let value = json!({
        "logs": logs,
        "version": env!("CARGO_PKG_VERSION"),
        "devices": devices.iter().map(|device| json!({
            "choice": device.choice.name(), "name": device.name, "software": device.software,
        })).collect::<Vec<_>>(),
        "model_runs_on": chosen.as_ref().ok(), "model_error": chosen.as_ref().err().map(ToString::to_string),
        "audio_output": audio.as_ref().ok(), "audio_error": audio.as_ref().err(),
        "player_control": media.is_ok(), "player_control_error": media.as_ref().err(),
        "library": health_json,
        "swept": swept.map(|swept| json!({ "files": swept.files, "bytes": swept.bytes })),
    });
    output.result(&value, || {
        let mut text = format!("songline {}\n\nDevices\n", env!("CARGO_PKG_VERSION"));
        for device in &devices {
            let note = if device.software { " (software: slow)" } else { "" };
            text.push_str(&format!("  {:<7} {}{note}\n", device.choice.name(), device.name));
        }
        match &chosen {
            Ok(name) => text.push_str(&format!("  the model runs on: {name}\n")),
            Err(error) => text.push_str(&format!("  the model cannot run: {error}\n")),
        }
        text.push_str("\nAudio output\n");
        match &audio {
            Ok(name) => text.push_str(&format!("  {name}\n")),
            Err(reason) => text.push_str(&format!("  none: {reason}\n")),
        }
        text.push_str("\nMedia keys and player control\n");
        match &media {
            Ok(()) => text.push_str("  MPRIS on the D-Bus session bus\n"),
            Err(reason) => text.push_str(&format!("  none: {reason}\n")),
        }
        if let Some(logs) = &logs {
            text.push_str(&format!("\nLogs\n  {}\n", logs.display()));
        }
        text.push_str(&format!("\nLibrary\n  {}\n", folder.display()));
        match &health {
            None => text.push_str("  not made yet\n"),
            Some(Err(error)) => text.push_str(&format!("  {error}\n")),
            Some(Ok(health)) => {
                text.push_str(&format!(
                    "  {} tracks, {} failures, {:.1} MB; schema {}, SQLite {}\n",
                    health.tracks,
                    health.failures,
                    health.disk.total() as f64 / 1e6,
                    health.schema_version,
                    health.sqlite_version
                ));
                for (name, embedded) in &health.models {
                    text.push_str(&format!("  model {name}: {embedded} tracks embedded\n"));
                }
                for problem in &health.problems {
                    text.push_str(&format!("  problem: {}: {}\n", problem.reason, problem.path.display()));
                }
                for problem in &health.database_problems {
                    text.push_str(&format!("  database: {problem}\n"));
                }
                if let Some(swept) = &swept {
                    text.push_str(&format!(
                        "  {} unused files removed, {:.1} MB\n",
                        swept.files,
                        swept.bytes as f64 / 1e6
                    ));
                } else if !health.orphans.is_empty() {
                    text.push_str(&format!(
                        "  {} files that nothing refers to; `songline doctor --sweep` removes them\n",
                        health.orphans.len()
                    ));
                }
                text.push_str(if health.is_healthy() { "  healthy\n" } else { "  not healthy\n" });
            }
        }
        text
    });
    match health {
        Some(Ok(health)) if !health.is_healthy() => {
            Err("the library has damaged parts; import its music again to rebuild them".to_owned())
        }
        Some(Err(error)) => Err(error.to_string()),
        _ => Ok(()),
    }
}
