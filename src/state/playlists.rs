//! Playlists as the window shows and changes them. Every change is kept in the library at once and can be undone.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use crate::domain::{Playlist, PlaylistChange, PlaylistId, TrackId, free_name, move_rows};
use crate::jobs::message::{CopySummary, ImportedPlaylist, JobSpec, WalkSpec, Walked};
use crate::similarity::{Mixable, mixing_order};

use super::history::{Change, Changed};
use super::{AnswerTab, AppState, Effect, JobKind, Severity};

/// Tracks of a walk at least and at most.
pub const WALK_TRACKS: std::ops::RangeInclusive<usize> = 3..=40;

/// The playlists of the library, and what of them is in hand.
#[derive(Debug, Clone)]
pub struct PlaylistsView {
    /// By name.
    pub all: Vec<Playlist>,
    /// The one that is shown.
    pub open: Option<PlaylistId>,
    /// Rows of it that are chosen.
    pub chosen: BTreeSet<usize>,
    /// The row that was chosen last.
    pub at: usize,
    /// The row from which a range extends.
    anchor: usize,
    /// The last walk, with the playlist it became.
    pub walk: Option<(PlaylistId, Walked)>,
    /// Tracks of the next walk, both ends with it.
    pub walk_tracks: usize,
    /// What is not kept yet; `None` for what is to be gone.
    unkept: BTreeMap<PlaylistId, Option<Playlist>>,
}

impl Default for PlaylistsView {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            open: None,
            chosen: BTreeSet::new(),
            at: 0,
            anchor: 0,
            walk: None,
            walk_tracks: 12,
            unkept: BTreeMap::new(),
        }
    }
}

/// How a click chooses a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    /// It alone.
    Only,
    /// It too, or not any more.
    Toggle,
    /// All from the row chosen before to it.
    Through,
}

/// An order that a playlist can be brought into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrangement {
    /// So that neighbours mix by key and tempo; the first stays the first.
    Harmonic,
    Tempo,
    Reversed,
}

/// Asked of playlists.
#[derive(Debug, Clone, PartialEq)]
pub enum PlaylistCommand {
    Open(PlaylistId),
    /// Makes a playlist and shows it.
    New(Vec<TrackId>),
    /// Adds tracks that are not there yet at the end: of the open playlist where none is named, of a new one where none is
    /// open.
    Add {
        to: Option<PlaylistId>,
        tracks: Vec<TrackId>,
    },
    Rename(PlaylistId, String),
    Duplicate(PlaylistId),
    Delete(PlaylistId),
    Choose(usize, Choose),
    ChooseAll,
    /// Moves rows to before the row that stands at `to`.
    Move {
        rows: BTreeSet<usize>,
        to: usize,
    },
    /// Moves the chosen rows up (negative) or down.
    MoveChosen(isize),
    RemoveChosen,
    Arrange(Arrangement),
    /// Plays from a row on.
    Play(usize),
    Import(PathBuf),
    Export(PathBuf),
    /// Copies the chosen files, or all where none is chosen, into a folder.
    CopyFiles(PathBuf),
    /// Walks from the selected track to this one.
    WalkTo(TrackId),
    /// Tracks of the walk.
    SetWalk(usize),
}

impl PlaylistsView {
    pub fn get(&self, id: PlaylistId) -> Option<&Playlist> {
        self.all.iter().find(|playlist| playlist.id == id)
    }

    /// The playlist that is shown.
    pub fn opened(&self) -> Option<&Playlist> {
        self.open.and_then(|id| self.get(id))
    }

    fn put(&mut self, id: PlaylistId, value: Option<Playlist>) {
        self.all.retain(|playlist| playlist.id != id);
        self.all.extend(value);
        self.all.sort_by_cached_key(|playlist| (playlist.name.to_lowercase(), playlist.id));
        if self.opened().is_none() {
            self.open = self.all.first().map(|playlist| playlist.id);
            self.chosen.clear();
        }
        let count = self.opened().map_or(0, |playlist| playlist.tracks.len());
        self.chosen.retain(|row| *row < count);
    }

    fn show(&mut self, id: PlaylistId) {
        if self.open != Some(id) {
            self.open = Some(id);
            self.chosen.clear();
            (self.at, self.anchor) = (0, 0);
        }
    }
}

impl AppState {
    pub(super) fn playlist_command(&mut self, command: PlaylistCommand) -> Vec<Effect> {
        match command {
            PlaylistCommand::Open(id) => {
                self.playlists.show(id);
                self.show_answer(AnswerTab::Playlist)
            }
            PlaylistCommand::New(tracks) => self.new_playlist("Playlist", tracks),
            PlaylistCommand::Add { to, tracks } => self.add_to_playlist(to, &tracks),
            PlaylistCommand::Rename(id, name) => self.rename_playlist(id, &name),
            PlaylistCommand::Duplicate(id) => {
                let Some(playlist) = self.playlists.get(id).cloned() else { return Vec::new() };
                self.new_playlist(&playlist.name, playlist.tracks)
            }
            PlaylistCommand::Delete(id) => {
                let Some(playlist) = self.playlists.get(id) else { return Vec::new() };
                let what = format!("Delete {}", playlist.name);
                self.change_playlist(what, id, None, false)
            }
            PlaylistCommand::Choose(row, how) => self.choose_row(row, how),
            PlaylistCommand::ChooseAll => {
                let count = self.playlists.opened().map_or(0, |playlist| playlist.tracks.len());
                self.playlists.chosen = (0..count).collect();
                Vec::new()
            }
            PlaylistCommand::Move { rows, to } => self.move_in_playlist(&rows, to),
            PlaylistCommand::MoveChosen(step) => {
                let rows = self.playlists.chosen.clone();
                let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
                let to = if step < 0 { first.saturating_add_signed(step) } else { last + 1 + step.unsigned_abs() };
                self.move_in_playlist(&rows, to)
            }
            PlaylistCommand::RemoveChosen => self.remove_chosen(),
            PlaylistCommand::Arrange(arrangement) => self.arrange(arrangement),
            PlaylistCommand::Play(row) => self.play_playlist(row),
            PlaylistCommand::Import(path) => {
                vec![self.launch(JobKind::ImportPlaylist, JobSpec::ReadPlaylistFile { path })]
            }
            PlaylistCommand::Export(path) => {
                let Some(playlist) = self.playlists.opened() else { return Vec::new() };
                let (name, tracks) = (playlist.name.clone(), playlist.tracks.clone());
                let relative = self.settings.relative_playlists;
                vec![self.launch(JobKind::Playlist, JobSpec::WritePlaylist { name, tracks, path, relative })]
            }
            PlaylistCommand::CopyFiles(folder) => self.copy_files(folder),
            PlaylistCommand::WalkTo(track) => {
                let Some(from) = self.selected().filter(|from| *from != track) else { return Vec::new() };
                self.playlists.walk = None;
                self.walk(from, track)
            }
            PlaylistCommand::SetWalk(tracks) => {
                self.playlists.walk_tracks = tracks.clamp(*WALK_TRACKS.start(), *WALK_TRACKS.end());
                let walked = self.playlists.walk.as_ref().map(|(_, walked)| (walked.spec.from, walked.spec.to));
                walked.map_or_else(Vec::new, |(from, to)| self.walk(from, to))
            }
        }
    }

    /// Shows what sounds alike, or the playlist.
    pub(super) fn show_answer(&mut self, tab: AnswerTab) -> Vec<Effect> {
        self.session.answer = tab;
        vec![Effect::SaveSession]
    }

    /// Takes back the last change, or does it again.
    pub(super) fn go_through_history(&mut self, redo: bool) -> Vec<Effect> {
        let change = if redo { self.history.redo() } else { self.history.undo() };
        let Some(change) = change else { return Vec::new() };
        let (id, value) = match change.data {
            Changed::Playlist { id, before, after } => (id, if redo { after } else { before }),
            Changed::Hidden { tracks, hidden } => return self.set_hidden(tracks, hidden == redo),
            Changed::Apart { tracks, apart } => return self.set_apart(tracks, apart == redo),
            Changed::Followed { path, follow } => return self.set_followed(path, follow == redo),
        };
        let mut effects = self.put_playlist(id, value);
        if self.playlists.get(id).is_some() {
            self.playlists.show(id);
        }
        effects.extend(self.show_answer(AnswerTab::Playlist));
        effects
    }

    fn change_playlist(&mut self, what: String, id: PlaylistId, after: Option<Playlist>, goes_on: bool) -> Vec<Effect> {
        let before = self.playlists.get(id).cloned();
        if before == after {
            return Vec::new();
        }
        let data = Changed::Playlist { id, before, after: after.clone() };
        self.history.note(Change { what, data }, goes_on);
        self.put_playlist(id, after)
    }

    /// Gives the open playlist other tracks.
    fn set_tracks(&mut self, what: impl Into<String>, tracks: Vec<TrackId>) -> Vec<Effect> {
        let Some(playlist) = self.playlists.opened().cloned() else { return Vec::new() };
        self.change_playlist(what.into(), playlist.id, Some(Playlist { tracks, ..playlist }), false)
    }

    fn put_playlist(&mut self, id: PlaylistId, value: Option<Playlist>) -> Vec<Effect> {
        self.playlists.put(id, value.clone());
        self.follow_in_player(id);
        self.playlists.unkept.insert(id, value);
        self.keep_playlists()
    }

    /// Keeps what was changed. One job at a time, so that what was changed last is kept last.
    pub(super) fn keep_playlists(&mut self) -> Vec<Effect> {
        if self.playlists.unkept.is_empty() || self.jobs.of_kind(&JobKind::KeepPlaylists).is_some() {
            return Vec::new();
        }
        let unkept = std::mem::take(&mut self.playlists.unkept);
        let change = |(id, value): (PlaylistId, Option<Playlist>)| match value {
            Some(playlist) => PlaylistChange::Put(playlist),
            None => PlaylistChange::Remove(id),
        };
        let changes = unkept.into_iter().map(change).collect();
        vec![self.launch(JobKind::KeepPlaylists, JobSpec::KeepPlaylists(changes))]
    }

    /// What could not be kept is not shown either: the library says what there is.
    pub(super) fn playlists_not_kept(&mut self) -> Vec<Effect> {
        self.playlists.unkept.clear();
        self.history.forget();
        vec![self.launch(JobKind::ReadPlaylists, JobSpec::ReadPlaylists)]
    }

    pub(super) fn take_playlists(&mut self, all: Vec<Playlist>) {
        // What was changed meanwhile is newer.
        if self.playlists.unkept.is_empty() && self.jobs.of_kind(&JobKind::KeepPlaylists).is_none() {
            self.playlists.all = all;
            self.playlists.chosen.clear();
        }
        if self.playlists.opened().is_none() {
            self.playlists.open = self.playlists.all.first().map(|playlist| playlist.id);
        }
    }

    fn new_playlist(&mut self, name: &str, tracks: Vec<TrackId>) -> Vec<Effect> {
        use rand::RngExt;
        let name = free_name(name, self.playlists.all.iter().map(|playlist| playlist.name.as_str()));
        // 53 bits: a number that JSON keeps too.
        let id = PlaylistId(rand::rng().random_range(1..1_i64 << 53));
        let what = format!("Make {name}");
        let mut effects = self.change_playlist(what, id, Some(Playlist { id, name, tracks }), false);
        self.playlists.show(id);
        effects.extend(self.show_answer(AnswerTab::Playlist));
        effects
    }

    fn add_to_playlist(&mut self, to: Option<PlaylistId>, tracks: &[TrackId]) -> Vec<Effect> {
        let Some(playlist) = to.or(self.playlists.open).and_then(|id| self.playlists.get(id)).cloned() else {
            return if tracks.is_empty() { Vec::new() } else { self.new_playlist("Playlist", tracks.to_vec()) };
        };
        let mut known: HashSet<TrackId> = playlist.tracks.iter().copied().collect();
        let new: Vec<TrackId> = tracks.iter().copied().filter(|track| known.insert(*track)).collect();
        let title = match (&new[..], tracks) {
            ([], []) => return Vec::new(),
            ([], [_]) => format!("The track is in {} already", playlist.name),
            ([], _) => format!("All of these are in {} already", playlist.name),
            ([_], _) => format!("1 track added to {}", playlist.name),
            (new, _) => format!("{} tracks added to {}", new.len(), playlist.name),
        };
        if self.session.answer != AnswerTab::Playlist || self.playlists.open != Some(playlist.id) || new.is_empty() {
            self.notices.push(Severity::Info, title, "");
        }
        let what = if new.len() == 1 { "Add a track".to_owned() } else { format!("Add {} tracks", new.len()) };
        let tracks = [&playlist.tracks[..], &new[..]].concat();
        self.change_playlist(what, playlist.id, Some(Playlist { tracks, ..playlist }), false)
    }

    fn rename_playlist(&mut self, id: PlaylistId, name: &str) -> Vec<Effect> {
        let Some(playlist) = self.playlists.get(id).cloned() else { return Vec::new() };
        let others = self.playlists.all.iter().filter(|other| other.id != id).map(|other| other.name.as_str());
        let name = free_name(name, others);
        if name.is_empty() {
            return Vec::new();
        }
        self.change_playlist("Rename".to_owned(), id, Some(Playlist { name, ..playlist }), false)
    }

    fn choose_row(&mut self, row: usize, how: Choose) -> Vec<Effect> {
        let view = &mut self.playlists;
        match how {
            Choose::Only => view.chosen = BTreeSet::from([row]),
            Choose::Toggle if view.chosen.remove(&row) => {}
            Choose::Toggle => {
                view.chosen.insert(row);
            }
            Choose::Through => {
                view.chosen = (view.anchor.min(row)..=view.anchor.max(row)).collect();
                view.at = row;
                return Vec::new();
            }
        }
        (view.at, view.anchor) = (row, row);
        Vec::new()
    }

    fn move_in_playlist(&mut self, rows: &BTreeSet<usize>, to: usize) -> Vec<Effect> {
        let Some(playlist) = self.playlists.opened() else { return Vec::new() };
        let (tracks, first) = move_rows(&playlist.tracks, rows, to);
        let moved = rows.iter().filter(|row| **row < tracks.len()).count();
        let what = if moved == 1 { "Move a track".to_owned() } else { format!("Move {moved} tracks") };
        self.playlists.chosen = (first..first + moved).collect();
        (self.playlists.at, self.playlists.anchor) = (first, first);
        self.set_tracks(what, tracks)
    }

    fn remove_chosen(&mut self) -> Vec<Effect> {
        let chosen = std::mem::take(&mut self.playlists.chosen);
        let Some(playlist) = self.playlists.opened() else { return Vec::new() };
        let kept = playlist.tracks.iter().enumerate().filter(|(row, _)| !chosen.contains(row));
        let tracks: Vec<TrackId> = kept.map(|(_, track)| *track).collect();
        let what = match chosen.len() {
            1 => "Remove a track".to_owned(),
            count => format!("Remove {count} tracks"),
        };
        // The next row is chosen, so that one can go on.
        let next = chosen.first().copied().filter(|_| !tracks.is_empty()).map(|row| row.min(tracks.len() - 1));
        let effects = self.set_tracks(what, tracks);
        self.playlists.chosen = next.into_iter().collect();
        (self.playlists.at, self.playlists.anchor) = (next.unwrap_or(0), next.unwrap_or(0));
        effects
    }

    fn arrange(&mut self, arrangement: Arrangement) -> Vec<Effect> {
        let Some(playlist) = self.playlists.opened() else { return Vec::new() };
        let mixable = |id: &TrackId| {
            self.library
                .track(*id)
                .map_or_else(Mixable::default, |track| Mixable { key: track.key, tempo: track.tempo })
        };
        let sounds: Vec<Mixable> = playlist.tracks.iter().map(mixable).collect();
        let mut order: Vec<usize> = (0..sounds.len()).collect();
        let what = match arrangement {
            Arrangement::Harmonic => {
                order = mixing_order(&sounds);
                "Order by key and tempo"
            }
            Arrangement::Tempo => {
                let tempo = |at: &usize| sounds[*at].tempo.unwrap_or(f32::INFINITY);
                order.sort_by(|a, b| tempo(a).total_cmp(&tempo(b)));
                "Order by tempo"
            }
            Arrangement::Reversed => {
                order.reverse();
                "Reverse"
            }
        };
        let tracks = order.into_iter().map(|at| playlist.tracks[at]).collect();
        self.playlists.chosen.clear();
        self.set_tracks(what, tracks)
    }

    fn copy_files(&mut self, folder: PathBuf) -> Vec<Effect> {
        let Some(playlist) = self.playlists.opened() else { return Vec::new() };
        let chosen = &self.playlists.chosen;
        // One row is chosen by every click; whoever means some of many chooses more.
        let some = chosen.len() > 1;
        let rows = playlist.tracks.iter().enumerate().filter(|(row, _)| !some || chosen.contains(row));
        let tracks = rows.map(|(_, track)| *track).collect();
        let name = Some(playlist.name.clone());
        self.once(JobKind::CopyFiles, JobSpec::CopyFiles { tracks, folder, playlist: name })
    }

    pub(super) fn copied(&mut self, summary: &CopySummary) {
        let mut title = match summary.copied {
            1 => "1 file copied".to_owned(),
            count => format!("{count} files copied"),
        };
        if summary.there > 0 {
            title.push_str(&format!(", {} there already", summary.there));
        }
        let Some(first) = summary.failed.first() else {
            self.notices.push(Severity::Info, title, summary.folder.display().to_string());
            return;
        };
        title.push_str(&format!(", {} left out", summary.failed.len()));
        self.notices.push(Severity::Warning, title, format!("{}: {}", first.reason, first.path.display()));
    }

    pub(super) fn playlist_read(&mut self, read: ImportedPlaylist) -> Vec<Effect> {
        let (found, missing) = (read.tracks.len(), read.missing.len());
        if let Some(first) = read.missing.first() {
            let title = format!("{missing} of {} files are not in the library", found + missing);
            let detail =
                format!("Import them under Data, then read the playlist again. The first: {}", first.display());
            self.notices.push(Severity::Warning, title, detail);
        }
        if found == 0 { Vec::new() } else { self.new_playlist(&read.name, read.tracks) }
    }

    fn walk(&mut self, from: TrackId, to: TrackId) -> Vec<Effect> {
        let spec = WalkSpec {
            from,
            to,
            tracks: self.playlists.walk_tracks,
            per_artist: self.settings.per_artist,
            span: self.settings.span,
        };
        self.replace(JobKind::Walk, JobSpec::Walk(spec))
    }

    pub(super) fn take_walk(&mut self, walked: Walked) -> Vec<Effect> {
        let tracks = walked.walk.tracks.clone();
        if tracks.len() < walked.spec.tracks {
            let title = format!("The walk has {} of {} tracks", tracks.len(), walked.spec.tracks);
            self.notices.push(Severity::Info, title, "There are no more between the two that fit.");
        }
        // The walk with another number of tracks takes the place of the one before.
        let before = self.playlists.walk.as_ref().map(|(id, _)| *id).and_then(|id| self.playlists.get(id)).cloned();
        if let Some(playlist) = before {
            let id = playlist.id;
            self.playlists.walk = Some((id, walked));
            self.playlists.chosen.clear();
            return self.change_playlist("Walk".to_owned(), id, Some(Playlist { tracks, ..playlist }), true);
        }
        let title = |id: TrackId| self.library.track(id).map(|track| track.title().to_owned()).unwrap_or_default();
        let name = format!("{} to {}", title(walked.spec.from), title(walked.spec.to));
        let effects = self.new_playlist(&name, tracks);
        self.playlists.walk = self.playlists.open.map(|id| (id, walked));
        effects
    }
}
