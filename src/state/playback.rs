//! Commands that play: from a track or a segment to what the player is told.

use crate::audio::message::{PlayItem, PlayerCommand, PlayerEvent};
use crate::domain::{FRAMES_PER_SECOND, PlaylistId, SegmentGrid, Span, TrackId};
use crate::jobs::message::{JobSpec, Subject};

use super::player::PlayerNews;
use super::{AppState, Effect, JobKind, QueueItem, Severity, Side};

impl AppState {
    /// How the active model cuts tracks: where segments lie in time.
    pub fn grid(&self) -> SegmentGrid {
        self.library.active_model().map(|model| model.grid).unwrap_or_default()
    }

    /// The segment under the playhead.
    pub fn playing_segment(&self) -> usize {
        let frames = self.player.position_s * FRAMES_PER_SECOND as f64;
        (frames / self.grid().hop as f64).max(0.0) as usize
    }

    pub(super) fn play_track(&mut self, id: TrackId) -> Vec<Effect> {
        let Some(track) = self.library.track(id) else { return Vec::new() };
        // In preview mode the music that was compared is the music that is heard.
        let start_s = match self.settings.span {
            Span::Preview => SegmentGrid::default().start_s(track.preview_start),
            Span::Whole => 0.0,
        };
        self.play(id, start_s, None)
    }

    /// Plays one segment of a track, or of the file asked about.
    pub(super) fn play_segment(&mut self, track: Option<TrackId>, segment: usize) -> Vec<Effect> {
        let Some(id) = track else { return self.play_file_segment(segment) };
        let grid = self.grid();
        let start_s = grid.start_s(segment);
        self.play(id, start_s, Some(start_s + grid.length_s()))
    }

    pub(super) fn play_side(&mut self, side: Side) -> Vec<Effect> {
        let Some(view) = &self.query.explanation else { return Vec::new() };
        let Some(output) = &view.output else { return Vec::new() };
        let (target, pair) = (view.target, view.pair);
        match side {
            Side::Target => self.play_segment(Some(target), output.target_offset + pair.1),
            Side::Query => self.play_segment(self.explained_query(), output.query_offset + pair.0),
        }
    }

    /// Plays where a way over the map comes closest to the query: the query's segment, then the way's own.
    pub(super) fn play_meeting(&mut self, track: Option<TrackId>) -> Vec<Effect> {
        let ways = &self.map.trajectories;
        let meeting = ways.iter().find(|way| way.track == track).and_then(|way| way.meeting);
        let Some((first, meeting)) = ways.first().map(|way| way.track).zip(meeting) else { return Vec::new() };
        let effects = self.play_segment(first, meeting.first);
        self.player.then = Some((track, meeting.own));
        effects
    }

    /// The library track whose match is explained; `None` where the query is a file.
    pub fn explained_query(&self) -> Option<TrackId> {
        if self.query.file_query.is_some() {
            return None;
        }
        self.query.results.as_ref().and_then(|results| results.seeds.first().copied())
    }

    fn play_file_segment(&mut self, segment: usize) -> Vec<Effect> {
        let grid = self.grid();
        let start_s = grid.start_s(segment);
        self.play_file(start_s, Some(start_s + grid.length_s()))
    }

    /// Plays the file that is asked about.
    fn play_file(&mut self, start_s: f64, end_s: Option<f64>) -> Vec<Effect> {
        let asked = self.query.file_query.as_ref();
        let known = self.query.file.clone().or_else(|| asked.map(|file| file.track.path.clone()));
        let Some(path) = known else { return Vec::new() };
        let asked = asked.filter(|file| file.track.path == path);
        let (title, artist) = self.named(&Subject::File(path.clone()));
        // Until the player has opened a file that was not analysed, it is as long as is known to be wanted.
        let duration_s = asked.map_or(end_s.unwrap_or(start_s), |file| file.track.duration_s);
        let waveform = asked.map(|file| file.waveform.clone());
        let item = QueueItem { track: None, unseen: None, path, title, artist, duration_s, start_s, end_s };
        self.player.waveform = waveform;
        self.player.cover = None;
        vec![self.load(item)]
    }

    fn play(&mut self, id: TrackId, start_s: f64, end_s: Option<f64>) -> Vec<Effect> {
        let Some(track) = self.library.track(id).cloned() else { return Vec::new() };
        let mut effects = Vec::new();
        if self.player.track() != Some(id) || self.player.waveform.is_none() {
            self.player.waveform = None;
            self.player.cover = None;
            effects.push(self.launch(JobKind::Sketch(id), JobSpec::ReadSketch { track: id }));
        }
        self.player.queue = self.queue_around(id);
        self.player.playlist = None;
        effects.push(self.load(QueueItem {
            track: Some(id),
            unseen: None,
            path: track.path.clone(),
            title: track.title().to_owned(),
            artist: track.artist().to_owned(),
            duration_s: track.duration_s,
            start_s,
            end_s,
        }));
        effects
    }

    pub(super) fn load(&mut self, item: QueueItem) -> Effect {
        self.player.token += 1;
        self.player.then = None;
        self.player.position_s = item.start_s;
        let load = PlayItem { path: item.path.clone(), start_s: item.start_s, end_s: item.end_s };
        self.player.item = Some(item);
        Effect::Player(PlayerCommand::Load { token: self.player.token, item: load })
    }

    /// Previous and next walk through the results where the track is among them or asked about, else the table.
    fn queue_around(&self, id: TrackId) -> Vec<TrackId> {
        if let Some(results) = &self.query.results {
            let queue: Vec<TrackId> =
                results.seeds.iter().copied().chain(results.items.iter().map(|item| item.track)).collect();
            if queue.contains(&id) {
                return queue;
            }
        }
        self.table.rows.clone()
    }

    pub(super) fn play_neighbour(&mut self, step: isize) -> Vec<Effect> {
        let Some(current) = self.player.track() else { return Vec::new() };
        if let Some((_, row)) = self.player.playlist {
            // Where what plays was taken out, what stands in its place comes next.
            let gone = self.player.queue.get(row) != Some(&current);
            let next = if gone && step > 0 { Some(row) } else { row.checked_add_signed(step) };
            let next = next.filter(|next| *next < self.player.queue.len());
            return next.map_or_else(Vec::new, |next| self.play_row(next));
        }
        let queue = &self.player.queue;
        let next = queue
            .iter()
            .position(|track| *track == current)
            .and_then(|position| position.checked_add_signed(step))
            .and_then(|position| queue.get(position).copied());
        next.map_or_else(Vec::new, |next| self.play_track(next))
    }

    /// Plays the open playlist from a row on.
    pub(super) fn play_playlist(&mut self, row: usize) -> Vec<Effect> {
        let Some(playlist) = self.playlists.opened() else { return Vec::new() };
        self.player.playlist = Some((playlist.id, row));
        self.player.queue = playlist.tracks.clone();
        self.play_row(row)
    }

    /// Plays a row of the playlist in the player; from the start of the track, for that is how playlists are heard.
    fn play_row(&mut self, row: usize) -> Vec<Effect> {
        let Some((playlist, _)) = self.player.playlist else { return Vec::new() };
        let queue = std::mem::take(&mut self.player.queue);
        let effects = queue.get(row).map_or_else(Vec::new, |track| self.play(*track, 0.0, None));
        self.player.queue = queue;
        self.player.playlist = Some((playlist, row));
        effects
    }

    /// A playlist was changed: what plays of it goes on from where it is now.
    pub(super) fn follow_in_player(&mut self, id: PlaylistId) {
        let Some((_, row)) = self.player.playlist.filter(|(playlist, _)| *playlist == id) else { return };
        let Some(playlist) = self.playlists.get(id) else {
            self.player.playlist = None;
            return;
        };
        let current = self.player.track();
        let rows = playlist.tracks.iter().enumerate().filter(|(_, track)| Some(**track) == current);
        let now = rows.map(|(other, _)| other).min_by_key(|other| other.abs_diff(row));
        self.player.queue.clone_from(&playlist.tracks);
        self.player.playlist = Some((id, now.unwrap_or(row)));
    }

    pub(super) fn toggle_play(&mut self) -> Vec<Effect> {
        match (&self.player.item, self.player.playing) {
            (Some(_), true) => vec![Effect::Player(PlayerCommand::Pause)],
            (Some(item), false) => {
                // A segment that played to its end starts again.
                let ended = item.end_s.is_some_and(|end| self.player.position_s >= end - 0.05)
                    || self.player.position_s >= item.duration_s - 0.05;
                if ended {
                    let mut item = item.clone();
                    if item.end_s.is_none() {
                        item.start_s = 0.0;
                    }
                    return vec![self.load(item)];
                }
                vec![Effect::Player(PlayerCommand::Play)]
            }
            (None, _) => match self.inspected() {
                Some(Subject::Track(track)) => self.play_track(track),
                Some(Subject::File(_)) => self.play_file(0.0, None),
                None => Vec::new(),
            },
        }
    }

    pub(super) fn seek(&mut self, seconds: f64) -> Vec<Effect> {
        let Some(item) = &mut self.player.item else { return Vec::new() };
        let seconds = seconds.clamp(0.0, item.duration_s);
        if item.end_s.take().is_some() || !self.player.playing {
            // Leaving a segment, or starting from a stop: the rest of the track is meant.
            let item = QueueItem { start_s: seconds, ..item.clone() };
            return vec![self.load(item)];
        }
        self.player.position_s = seconds;
        vec![Effect::Player(PlayerCommand::Seek { seconds })]
    }

    /// Takes in what the player says.
    pub fn on_player(&mut self, event: &PlayerEvent) -> Vec<Effect> {
        match self.player.take(event) {
            PlayerNews::Ended if self.player.then.is_some() => {
                self.player.then.take().map_or_else(Vec::new, |(track, segment)| self.play_segment(track, segment))
            }
            PlayerNews::Ended if self.player.item.as_ref().is_some_and(|item| item.end_s.is_none()) => {
                self.play_neighbour(1)
            }
            PlayerNews::NoDevice => {
                // It goes by itself: the player's bar goes on saying so.
                let reason = self.player.no_device.clone().unwrap_or_default();
                self.notices.push(
                    Severity::Info,
                    "Nothing can be heard: no audio output",
                    format!("Everything else works. Connect an output and press play to try again. {reason}"),
                );
                Vec::new()
            }
            PlayerNews::Failed => {
                if let PlayerEvent::Failed { reason, .. } = event {
                    self.notices.push(Severity::Error, "This track cannot be played", reason.clone());
                }
                // A playlist goes on without it.
                if self.player.playlist.is_some() { self.play_neighbour(1) } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }
}
