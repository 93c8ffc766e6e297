//! What the worker says: each answer is taken in by the kind of its job.

use std::time::Instant;

use crate::jobs::message::{JobError, JobEvent, JobId, JobOutput, JobSpec, Partial, Query};

use super::{AppState, Effect, JobKind, Screen, Severity, notice};

/// Tracks that have to arrive before the first of them are embedded.
const FIRST_EMBEDDED: usize = 100;

impl AppState {
    /// Takes in what the worker says.
    pub fn on_job(&mut self, event: JobEvent) -> Vec<Effect> {
        match event {
            JobEvent::Started { id } => {
                self.job_waits(id, None);
                Vec::new()
            }
            JobEvent::Waiting { id, why } => {
                self.job_waits(id, Some(why));
                Vec::new()
            }
            JobEvent::Progress { id, progress } => {
                if let Some(job) = self.jobs.get_mut(id) {
                    job.advance(progress, Instant::now());
                }
                Vec::new()
            }
            JobEvent::Partial { id, partial } => {
                let Some(job) = self.jobs.get(id) else { return Vec::new() };
                // The curves are of the model that is trained on the train screen.
                let elsewhere = job.kind != JobKind::Train && job.kind != JobKind::Rehearse;
                let unwanted = elsewhere && matches!(partial, Partial::Training(_));
                if !unwanted && (!job.cancelling || matches!(partial, Partial::TrackAdded(_))) {
                    return self.take_partial(partial);
                }
                Vec::new()
            }
            JobEvent::Warning { text, .. } => {
                self.notices.push(Severity::Warning, text, "");
                Vec::new()
            }
            JobEvent::Finished { id, result } => self.finish(id, result),
        }
    }

    fn take_partial(&mut self, partial: Partial) -> Vec<Effect> {
        match partial {
            Partial::TrackAdded(track) => {
                self.library.add(track);
                self.rebuild_table();
                return self.embed_meanwhile();
            }
            Partial::Visit { page, redirect } => return self.visit(page, redirect),
            Partial::FileFailed(failure) => self.library.add_failure(failure),
            Partial::Training(event) => self.training.take(event),
            Partial::Study(study) => self.study.under_way = Some(study),
            Partial::Map { epoch, epochs, positions } => self.map.watch(epoch, epochs, positions),
            Partial::FirstResults(recommendations) => {
                self.query.answered = Some(Query::Tracks(recommendations.seeds.clone()));
                self.query.file_query = None;
                self.query.results = Some(recommendations);
            }
        }
        Vec::new()
    }

    /// Embeds what has arrived while the rest is on its way, so that it can be recommended: whenever the library has doubled
    /// since the last time, for the map is laid out anew each time.
    fn embed_meanwhile(&mut self) -> Vec<Effect> {
        self.arrived += 1;
        let Some(model) = self.library.active_model() else { return Vec::new() };
        let enough = self.arrived >= FIRST_EMBEDDED.max(model.embedded);
        if !enough || self.read_only || self.jobs.of_kind(&JobKind::Embed).is_some() {
            return Vec::new();
        }
        self.arrived = 0;
        let spec = JobSpec::Embed { model: model.name.clone(), device: self.settings.device };
        vec![self.launch(JobKind::Embed, spec)]
    }

    fn finish(&mut self, id: JobId, result: Result<JobOutput, JobError>) -> Vec<Effect> {
        let Some(job) = self.jobs.end(id) else { return Vec::new() };
        let mut effects = match result {
            Err(error) => self.fail(&job.kind, &error),
            // An answer nobody waits for any more. What it changed in the library is read again.
            Ok(_) if job.cancelling => self.reread(&job.kind),
            Ok(output) => self.take(&job.kind, output),
        };
        // Work that has a title has a line in the history.
        if job.kind.title().is_some() {
            effects.extend(self.read_history());
        }
        if job.kind == JobKind::CatchUp {
            effects.extend(self.look_at_changes());
        }
        // What there is of it has changed, however far it came.
        if matches!(job.kind, JobKind::TakeSet(_)) && self.session.screen == Screen::Data {
            effects.extend(self.read_sets());
        }
        effects
    }

    fn fail(&mut self, kind: &JobKind, error: &JobError) -> Vec<Effect> {
        let mut more = Vec::new();
        match kind {
            JobKind::Map => self.map.stop_watching(),
            JobKind::Explain => self.query.explanation = None,
            JobKind::Pair => self.lab.leave_pair(),
            JobKind::Study => self.study.under_way = None,
            JobKind::SignIn => self.account.page = None,
            // Signing in again puts readable credentials in their place.
            JobKind::ReadAccount => self.account.account = Some(None),
            JobKind::KeepAnswers => self.keep_answers_again(),
            JobKind::KeepPlaylists => more = self.playlists_not_kept(),
            JobKind::Recommend if *error != JobError::Cancelled => {
                self.query.results = None;
                self.query.file_query = None;
                self.map.trajectories.clear();
            }
            _ => {}
        }
        if let Some((title, detail)) = notice::describe(error) {
            self.notices.push(Severity::Error, title, detail);
        }
        more.extend(self.reread(kind));
        more
    }

    /// Jobs that change the library leave what they finished: it is read again, however they ended.
    fn reread(&mut self, kind: &JobKind) -> Vec<Effect> {
        match kind {
            JobKind::Demo
            | JobKind::Import
            | JobKind::CatchUp
            | JobKind::FetchPreviews
            | JobKind::TakeSet(_)
            | JobKind::Train
            | JobKind::Embed
            | JobKind::Activate
            | JobKind::Evaluate
            | JobKind::PlanListening
            | JobKind::Study => {
                vec![self.launch(JobKind::ReadLibrary, JobSpec::ReadLibrary)]
            }
            _ => Vec::new(),
        }
    }

    fn take(&mut self, kind: &JobKind, output: JobOutput) -> Vec<Effect> {
        match output {
            JobOutput::Library(snapshot) => {
                let folders = snapshot.folders.clone();
                let left = snapshot.left.clone();
                self.spotify.features = snapshot.features.iter().copied().collect();
                self.spotify.origins = snapshot.origins.iter().cloned().collect();
                self.spotify.terms_accepted = snapshot.terms_accepted;
                self.library.replace(*snapshot);
                self.belong_to_library();
                self.marks.retain(|track| self.library.track(track).is_some());
                self.rebuild_table();
                let mut effects = self.take_folders(folders.clone());
                if !effects.is_empty() {
                    effects.extend(self.catch_up(folders));
                }
                effects.extend(self.take_up_left(left));
                effects.extend(self.after_reading());
                if self.session.screen == Screen::Train {
                    effects.extend(self.read_curves());
                }
                // A window that opens on this screen was never shown it.
                if self.session.screen == Screen::Data && self.sets.known.is_none() {
                    effects.extend(self.read_history());
                    effects.extend(self.read_sets());
                    effects.extend(self.read_spotify());
                }
                effects
            }
            JobOutput::Imported(summary) => {
                let severity = if summary.failed > 0 { Severity::Warning } else { Severity::Info };
                let detail = if summary.failed > 0 { "The list of failures is under Data." } else { "" };
                // Nobody asked for a look through followed folders, and where nothing is new there is nothing to say.
                if *kind != JobKind::CatchUp || summary.imported + summary.failed > 0 {
                    self.notices.push(severity, notice::import_summary(&summary), detail);
                }
                if *kind == JobKind::Demo {
                    self.session.screen = Screen::Explore;
                }
                self.reread(kind)
            }
            JobOutput::Trained(outcome) => {
                self.notices.push(Severity::Info, format!("The model {} is trained", outcome.name), "");
                let activate = JobSpec::Activate { model: outcome.name.clone() };
                self.training.finish(*outcome);
                vec![self.launch(JobKind::Activate, activate)]
            }
            JobOutput::Rehearsed(outcome) => {
                self.training.finish(*outcome);
                Vec::new()
            }
            JobOutput::Embedded { model, tracks } => {
                let active = self.library.active_model().is_some_and(|active| active.name == model);
                let mut effects = Vec::new();
                if tracks > 0 {
                    // The library's own reading below comes first: this is the least urgent work there is.
                    self.versions_again = self.jobs.of_kind(&JobKind::FindRecordings).is_some();
                    effects.extend(self.once(JobKind::FindRecordings, JobSpec::FindRecordings));
                }
                if active && tracks > 0 {
                    self.map.layout = None;
                    // What was found before was found among fewer tracks.
                    effects.extend(self.recommend());
                } else if tracks > 0 {
                    let tracks = if tracks == 1 { "1 track".to_owned() } else { format!("{tracks} tracks") };
                    self.notices.push(Severity::Info, format!("{tracks} embedded by {model}"), "");
                }
                effects.extend(self.reread(kind));
                effects
            }
            JobOutput::Activated { .. } => {
                self.query.results = None;
                self.inspect =
                    super::InspectView { shape: self.inspect.shape.clone(), ..super::InspectView::default() };
                self.inspect.shape.asked = None;
                self.lab.leave_pair();
                self.map.layout = None;
                self.map.trajectories.clear();
                self.reread(kind)
            }
            JobOutput::Recommended { recommendations, file } => {
                self.query.answered = Some(match &file {
                    Some(file) => Query::File(file.track.path.clone()),
                    None => Query::Tracks(recommendations.seeds.clone()),
                });
                self.query.results = Some(recommendations);
                self.query.file_query = file;
                let mut effects = self.place_trajectories();
                effects.extend(self.tour_goes_on());
                effects
            }
            JobOutput::Recordings { recordings, found } => self.take_recordings(recordings, found),
            JobOutput::Hidden(hidden) => {
                self.library.hidden = hidden;
                self.recommend()
            }
            JobOutput::Neighbours(kept) => {
                if *kind == JobKind::FindNeighbours {
                    let text = "The nearest tracks of every track are kept";
                    self.notices.push(Severity::Info, text, "They are shown at once when a track is chosen.");
                }
                self.query.kept = Some(kept);
                Vec::new()
            }
            JobOutput::Explained(output) => {
                if let Some(view) = &mut self.query.explanation
                    && view.target == output.target
                {
                    view.pair = output.explanation.best;
                    view.output = Some(output);
                }
                Vec::new()
            }
            JobOutput::Paired(output) => {
                self.lab.take(*output);
                Vec::new()
            }
            JobOutput::Mapped(layout) => {
                self.map.finish(layout);
                self.place_trajectories()
            }
            JobOutput::Placed(trajectories) => {
                self.map.trajectories = trajectories;
                self.map.revision += 1;
                Vec::new()
            }
            JobOutput::Inspected(inspection) => {
                if *kind == (JobKind::Inspect { beside: true }) {
                    self.inspect.beside = Some(inspection);
                } else {
                    self.inspect.inspection = Some(inspection);
                }
                Vec::new()
            }
            JobOutput::Units(units) => {
                self.inspect.units = Some(units);
                Vec::new()
            }
            JobOutput::Nearest { track, segment, found } => {
                self.inspect.nearest = Some((track, segment, found));
                Vec::new()
            }
            JobOutput::Drawn(drawn) => {
                self.inspect.shape.drawn = Some(drawn);
                Vec::new()
            }
            JobOutput::Sound(sound) => self.play_sound(sound),
            JobOutput::Sketch(sketch) => {
                if self.player.track() == Some(sketch.track) {
                    self.player.waveform = Some(sketch.waveform);
                    self.player.cover = sketch.cover;
                } else if self.player.item.as_ref().is_some_and(|item| item.unseen == Some(sketch.track)) {
                    // A cover would tell what is heard.
                    self.player.waveform = Some(sketch.waveform);
                }
                Vec::new()
            }
            JobOutput::Wrote(path) => {
                self.notices.push(Severity::Info, "Written", path.display().to_string());
                Vec::new()
            }
            JobOutput::Folders(paths) => self.take_folders(paths),
            JobOutput::SpotifyImported(summary) => self.spotify_imported(summary),
            JobOutput::SpotifyFound { words, rows, count } => {
                self.spotify_found(&words, rows, count);
                Vec::new()
            }
            JobOutput::Sets(sets) => {
                self.sets.known = Some(sets);
                Vec::new()
            }
            JobOutput::Account(account) => {
                self.take_account(kind, account);
                Vec::new()
            }
            JobOutput::TermsAccepted => self.terms_accepted(),
            JobOutput::Fetched(coverage) => self.previews_fetched(*coverage),
            JobOutput::SpotifyMatched { found, features } => {
                self.spotify_matched(found, features);
                Vec::new()
            }
            JobOutput::Curves { model, epochs } => {
                self.training.begin(&model);
                self.training.epochs = epochs;
                Vec::new()
            }
            JobOutput::Evaluated { id, report } => {
                let text = format!("The evaluation of {} tracks is finished", report.tracks);
                self.notices.push(Severity::Info, text, "");
                self.evaluation.add(id, report);
                self.reread(kind)
            }
            JobOutput::Evaluations(runs) => {
                self.evaluation.runs = Some(runs);
                Vec::new()
            }
            JobOutput::ListeningPlanned(session) => self.begin_listening(*session),
            JobOutput::Listening { sessions, results } => {
                self.listening.sessions = Some(sessions);
                self.listening.results = Some(results);
                Vec::new()
            }
            JobOutput::Kept => self.kept_answers(),
            JobOutput::Lesson(lessons) => {
                self.listening.lessons = Some(lessons);
                Vec::new()
            }
            JobOutput::Studied { id, study } => {
                self.notices.push(Severity::Info, "The study is finished", "");
                self.study.add(id, study);
                self.reread(kind)
            }
            JobOutput::Studies(runs) => {
                self.study.runs = Some(runs);
                Vec::new()
            }
            JobOutput::Playlists(all) => {
                self.take_playlists(all);
                Vec::new()
            }
            JobOutput::PlaylistsKept => self.keep_playlists(),
            JobOutput::PlaylistRead(read) => self.playlist_read(read),
            JobOutput::Copied(summary) => {
                self.copied(&summary);
                Vec::new()
            }
            JobOutput::Walked(walked) => self.take_walk(walked),
            JobOutput::History(past) => {
                self.take_history(past);
                Vec::new()
            }
            JobOutput::Devices(devices) => {
                self.devices = devices;
                Vec::new()
            }
        }
    }

    /// A selection that was remembered with another library means another track in this one.
    fn belong_to_library(&mut self) {
        let root = &self.library.root;
        if self.session.library.as_ref().is_some_and(|library| library != root) {
            self.session.selected = None;
            self.session.segment = 0;
        }
        self.session.library = Some(root.clone());
    }

    /// Goes on by itself from tracks to embeddings, from embeddings to the map and the answer.
    fn after_reading(&mut self) -> Vec<Effect> {
        let Some(model) = self.library.active_model().cloned() else { return Vec::new() };
        let device = self.settings.device;
        let busy = self.read_only
            || [JobKind::Embed, JobKind::Import, JobKind::CatchUp, JobKind::Demo, JobKind::FetchPreviews]
                .iter()
                .any(|kind| self.jobs.of_kind(kind).is_some());
        let trial = (model.name.clone(), self.library.tracks.len());
        if model.embedded < self.library.tracks.len() && !busy && self.embedding_tried.as_ref() != Some(&trial) {
            self.embedding_tried = Some(trial);
            self.arrived = 0;
            return vec![self.launch(JobKind::Embed, JobSpec::Embed { model: model.name, device })];
        }
        let mut effects = Vec::new();
        if model.embedded > 0 && self.map.layout.is_none() && self.jobs.of_kind(&JobKind::Map).is_none() {
            effects.extend(self.build_map(false));
        }
        if self.query.results.is_none() {
            effects.extend(self.recommend());
        }
        if self.session.screen == Screen::Inspect {
            effects.extend(self.inspect_selected());
        }
        if self.session.screen == Screen::Evaluate {
            effects.extend(self.read_evaluate_tab());
        }
        effects
    }

    /// The ways of the query and its first recommendations over the map.
    fn place_trajectories(&mut self) -> Vec<Effect> {
        if self.query.results.is_none() || self.map.layout.is_none() {
            return Vec::new();
        }
        let (asked, others) = self.tracks_with_ways();
        let spec = JobSpec::PlaceTrajectories {
            tracks: asked.into_iter().chain(others).collect(),
            file: self.query.file_query.clone(),
            span: self.settings.span,
            settings: self.map.settings.clone(),
        };
        self.replace(JobKind::Place, spec)
    }
}
