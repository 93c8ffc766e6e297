//! A path that is typed, where the desktop has no dialog to choose it with.

use std::path::PathBuf;

use super::{AppCommand, AppState, Dialog, Effect, PlaylistCommand};

/// What a path is asked for, and why the dialog could not be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub dialog: Dialog,
    pub reason: String,
}

impl AppState {
    /// Does with a typed path what the dialog would have done; nothing where the path is empty.
    pub(super) fn answer_prompt(&mut self, typed: &str) -> Vec<Effect> {
        let Some(prompt) = self.prompt.take() else { return Vec::new() };
        let typed = typed.trim();
        if typed.is_empty() {
            return Vec::new();
        }
        let path = from_home(typed);
        self.apply(match prompt.dialog {
            Dialog::ImportFiles | Dialog::ImportFolder => AppCommand::Import(vec![path]),
            Dialog::QueryFile => AppCommand::RecommendFile(path),
            Dialog::SavePlaylist => AppCommand::ExportPlaylist(path),
            Dialog::ExportPlaylist => AppCommand::Playlist(PlaylistCommand::Export(path)),
            Dialog::ImportPlaylist => AppCommand::Playlist(PlaylistCommand::Import(path)),
            Dialog::CopyFiles => AppCommand::Playlist(PlaylistCommand::CopyFiles(path)),
            Dialog::SaveMap => AppCommand::ExportMap(path),
            Dialog::SavePicture => AppCommand::SavePicture(path),
            Dialog::Labels => AppCommand::ChooseLabels(path),
            Dialog::SaveEvaluation => AppCommand::SaveEvaluation(path),
            Dialog::Vectors => AppCommand::ChooseVectors(path),
            Dialog::SaveAnswers => AppCommand::SaveAnswers(path),
            Dialog::FollowFolder => AppCommand::Folder(super::FolderCommand::Follow(path)),
            Dialog::ImportSpotify => AppCommand::Spotify(super::SpotifyCommand::Import(path)),
            Dialog::SaveStudy => AppCommand::SaveStudy(path),
            Dialog::Library => AppCommand::OpenLibrary(Some(path)),
        })
    }
}

/// A path as shells read it: a tilde at its start stands for the user's own folder.
fn from_home(typed: &str) -> PathBuf {
    let rest = typed.strip_prefix("~/").or((typed == "~").then_some(""));
    match (rest, std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(dialog: Dialog, typed: &str) -> Vec<Effect> {
        let mut state = AppState::default();
        let reason = "no portal".to_owned();
        state.apply(AppCommand::AskForPath { dialog, reason });
        assert!(state.prompt.is_some());
        let effects = state.apply(AppCommand::AnswerPath(typed.to_owned()));
        assert_eq!(state.prompt, None);
        effects
    }

    #[test]
    fn a_typed_path_does_what_the_dialog_would_have_done() {
        assert_eq!(answered(Dialog::Library, " /music/a "), [Effect::OpenLibrary(Some("/music/a".into()))]);
        assert_eq!(answered(Dialog::ImportFolder, "/music").len(), 1);
        assert_eq!(answered(Dialog::ImportFolder, "  "), [], "nothing typed is a cancelled dialog");
        let home = std::env::home_dir().unwrap();
        assert_eq!(answered(Dialog::Library, "~/a b"), [Effect::OpenLibrary(Some(home.join("a b")))]);
    }
}
