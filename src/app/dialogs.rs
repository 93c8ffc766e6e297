//! The dialogs of the platform. They block, so each has a thread of its own; its answer comes back as a command.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::Sender;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, registry};

use crate::state::{AppCommand, Dialog, FolderCommand, PlaylistCommand, SpotifyCommand};

/// Opens a dialog; what it comes back with is sent to `answers`, then `tell` is called.
///
/// # Errors
/// [`std::io::Error`] where no thread can be started.
pub fn open(dialog: Dialog, answers: Sender<AppCommand>, tell: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    thread::Builder::new().name("dialog".to_owned()).spawn(move || {
        if let Some(command) = watched(dialog, || ask(dialog)) {
            // The window may be gone by now.
            let _ = answers.send(command);
            tell();
        }
    })?;
    Ok(())
}

fn ask(dialog: Dialog) -> Option<AppCommand> {
    let music = || rfd::FileDialog::new().add_filter("Music", &crate::audio::EXTENSIONS);
    match dialog {
        Dialog::ImportFiles => music().set_title("Import files").pick_files().filter(some).map(AppCommand::Import),
        Dialog::ImportFolder => {
            rfd::FileDialog::new().set_title("Import folders").pick_folders().filter(some).map(AppCommand::Import)
        }
        Dialog::QueryFile => {
            music().set_title("Find what sounds like this file").pick_file().map(AppCommand::RecommendFile)
        }
        Dialog::SavePlaylist => playlist_file().map(AppCommand::ExportPlaylist),
        Dialog::ExportPlaylist => playlist_file().map(PlaylistCommand::Export).map(AppCommand::Playlist),
        Dialog::ImportPlaylist => rfd::FileDialog::new()
            .set_title("Read a playlist")
            .add_filter("Playlist", &["m3u8", "m3u"])
            .pick_file()
            .map(PlaylistCommand::Import)
            .map(AppCommand::Playlist),
        Dialog::CopyFiles => rfd::FileDialog::new()
            .set_title("Copy the files into a folder")
            .pick_folder()
            .map(PlaylistCommand::CopyFiles)
            .map(AppCommand::Playlist),
        Dialog::Labels => rfd::FileDialog::new()
            .set_title("Choose a table of labels")
            .add_filter("Table", &["csv"])
            .pick_file()
            .map(AppCommand::ChooseLabels),
        Dialog::SaveEvaluation => {
            rfd::FileDialog::new().set_title("Folder for the report").pick_folder().map(AppCommand::SaveEvaluation)
        }
        Dialog::Vectors => rfd::FileDialog::new()
            .set_title("Choose vectors of another program")
            .add_filter("Vectors", &["npy", "parquet"])
            .pick_file()
            .map(AppCommand::ChooseVectors),
        Dialog::FollowFolder => rfd::FileDialog::new()
            .set_title("Follow a folder")
            .pick_folder()
            .map(|path| AppCommand::Folder(FolderCommand::Follow(path))),
        Dialog::ImportSpotify => rfd::FileDialog::new()
            .set_title("Read a table of Spotify tracks")
            .add_filter("Table", &["csv"])
            .pick_file()
            .map(|path| AppCommand::Spotify(SpotifyCommand::Import(path))),
        Dialog::SaveAnswers => rfd::FileDialog::new()
            .set_title("Save the answers")
            .set_file_name("songline-answers.csv")
            .add_filter("Table", &["csv"])
            .save_file()
            .map(AppCommand::SaveAnswers),
        Dialog::SaveStudy => {
            rfd::FileDialog::new().set_title("Folder for the tables").pick_folder().map(AppCommand::SaveStudy)
        }
        Dialog::SaveMap => rfd::FileDialog::new()
            .set_title("Save the map")
            .set_file_name("songline-map.png")
            .add_filter("Picture", &["png"])
            .add_filter("Drawing", &["svg"])
            .add_filter("Web page", &["html"])
            .add_filter("Table", &["csv"])
            .save_file()
            .map(AppCommand::ExportMap),
        Dialog::SavePicture => rfd::FileDialog::new()
            .set_title("Save this view")
            .set_file_name("songline.png")
            .add_filter("Picture", &["png"])
            .save_file()
            .map(AppCommand::SavePicture),
        Dialog::Library => rfd::FileDialog::new()
            .set_title("Library folder")
            .pick_folder()
            .map(|folder| AppCommand::OpenLibrary(Some(folder))),
    }
}

/// Where a playlist is to be written.
fn playlist_file() -> Option<PathBuf> {
    rfd::FileDialog::new()
        .set_title("Save the playlist")
        .set_file_name("songline.m3u8")
        .add_filter("Playlist", &["m3u8"])
        .add_filter("Table", &["csv"])
        .add_filter("DJ library (rekordbox XML)", &["xml"])
        .save_file()
}

#[expect(clippy::ptr_arg, reason = "the filter of an option hands out what the option holds")]
fn some(paths: &Vec<PathBuf>) -> bool {
    !paths.is_empty()
}

/// Runs a dialog. One that could not be shown and one that was cancelled both answer nothing; what tells them apart is
/// that the first complains in the log, so this listens there. The window asks for the path itself then.
fn watched(dialog: Dialog, ask: impl FnOnce() -> Option<AppCommand>) -> Option<AppCommand> {
    let complaints = Complaints::default();
    let answer = tracing::subscriber::with_default(registry().with(complaints.clone()), ask);
    if answer.is_some() {
        return answer;
    }
    let said = std::mem::take(&mut *complaints.0.lock().unwrap_or_else(PoisonError::into_inner));
    let reason = said.last()?;
    tracing::warn!(?said, "a dialog cannot be shown");
    Some(AppCommand::AskForPath { dialog, reason: reason.clone() })
}

/// Hears the errors of one thread.
#[derive(Debug, Clone, Default)]
struct Complaints(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Complaints {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == tracing::Level::ERROR {
            let mut text = Text(String::new());
            event.record(&mut text);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text.0);
        }
    }
}

/// The message of an event.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_that_cannot_be_shown_is_told_from_one_that_was_cancelled() {
        let watched = |ask: &dyn Fn() -> Option<AppCommand>| watched(Dialog::SaveMap, ask);
        assert_eq!(watched(&|| None), None);
        let told = watched(&|| {
            tracing::error!("Failed to save with zenity: No such file or directory");
            None
        });
        let reason = "Failed to save with zenity: No such file or directory".to_owned();
        assert_eq!(told, Some(AppCommand::AskForPath { dialog: Dialog::SaveMap, reason }));
        let answered = watched(&|| {
            tracing::error!("an odd file name");
            Some(AppCommand::Stop)
        });
        assert_eq!(answered, Some(AppCommand::Stop), "an answer is an answer");
    }
}
