//! Commands of the views: each changes the state and says what has to happen outside.

use std::path::PathBuf;

use crate::audio::message::PlayerCommand;
use crate::domain::{Metric, TrackId};
use crate::jobs::message::{JobCommand, JobSpec, MapSettings, TrainingSpec};
use crate::settings::Settings;

use super::{AppCommand, AppState, Effect, EvaluateTab, JobKind, Screen, Severity, SortKey};

impl AppState {
    /// Carries out a command.
    pub fn apply(&mut self, command: AppCommand) -> Vec<Effect> {
        match command {
            AppCommand::Show(screen) => self.show(screen),
            AppCommand::Select(track) => self.select(track),
            AppCommand::SelectStep(step) => self.select_step(step),
            AppCommand::ToggleSeed(track) => self.toggle_seed(track),
            AppCommand::SetWeight { track, weight } => {
                self.query.weights.insert(track, weight.clamp(-1.0, 1.0));
                self.recommend()
            }
            AppCommand::LessLike(track) => self.less_like(track),
            AppCommand::ClearSeeds => {
                self.query.seeds.clear();
                self.query.weights.clear();
                self.recommend()
            }
            AppCommand::SelectSegment(segment) => {
                self.session.segment = segment;
                Vec::new()
            }
            AppCommand::SelectRandom => self.select_random(),
            AppCommand::Mark(command) => self.mark(command),
            AppCommand::MakeDemo => self.once(JobKind::Demo, JobSpec::MakeDemo),
            AppCommand::OpenDialog(dialog) => vec![Effect::OpenDialog(dialog)],
            AppCommand::AskForPath { dialog, reason } => {
                self.prompt = Some(super::Prompt { dialog, reason });
                Vec::new()
            }
            AppCommand::AnswerPath(typed) => self.answer_prompt(&typed),
            AppCommand::Import(paths) => self.import(paths, false),
            AppCommand::RetryFailed => {
                let paths = self.library.failures.iter().map(|failure| failure.path.clone()).collect();
                self.import(paths, true)
            }
            AppCommand::Search(text) => {
                self.table.search = text;
                self.rebuild_table();
                Vec::new()
            }
            AppCommand::Sort(key) => self.sort(key),
            AppCommand::Recommend => self.recommend(),
            AppCommand::RecommendFile(path) => self.recommend_file(path),
            AppCommand::SetMetric(metric) => self.set_metric(metric),
            AppCommand::SetBlend(weights) => self.set_blend(weights),
            AppCommand::SetFilter(filter) => self.set_filter(*filter),
            AppCommand::Hide(track) => self.hide(vec![track], true),
            AppCommand::Unhide(tracks) => self.hide(tracks, false),
            AppCommand::FindRecordings => self.once(JobKind::FindRecordings, JobSpec::FindRecordings),
            AppCommand::KeepApart { tracks, apart } => self.keep_apart(tracks, apart),
            AppCommand::FindNeighbours => {
                let (metric, span) = (self.query.metric, self.settings.span);
                self.once(JobKind::FindNeighbours, JobSpec::FindNeighbours { metric, span })
            }
            AppCommand::ReadNeighbours => {
                let span = self.settings.span;
                self.once(JobKind::ReadNeighbours, JobSpec::ReadNeighbours { span })
            }
            AppCommand::Explain(track) => self.explain(track),
            AppCommand::SelectPair { query, target } => {
                if let Some(view) = &mut self.query.explanation {
                    view.pair = (query, target);
                }
                Vec::new()
            }
            AppCommand::ExportPlaylist(path) => self.export_playlist(path),
            AppCommand::Playlist(command) => self.playlist_command(command),
            AppCommand::ShowAnswer(tab) => self.show_answer(tab),
            AppCommand::Undo => self.go_through_history(false),
            AppCommand::Redo => self.go_through_history(true),
            AppCommand::PlayTrack(track) => self.play_track(track),
            AppCommand::PlaySegment(track, segment) => self.play_segment(track, segment),
            AppCommand::PlaySide(side) => self.play_side(side),
            AppCommand::TogglePlay => self.toggle_play(),
            AppCommand::Stop => vec![Effect::Player(PlayerCommand::Stop)],
            AppCommand::Next => self.play_neighbour(1),
            AppCommand::Previous => self.play_neighbour(-1),
            AppCommand::Seek(seconds) => self.seek(seconds),
            AppCommand::SeekBy(seconds) => self.seek(self.player.position_s + seconds),
            AppCommand::SetVolume(volume) => self.set_volume(volume),
            AppCommand::BuildMap { fresh } => self.build_map(fresh),
            AppCommand::SetMapSettings(settings) => {
                self.map.settings = settings;
                Vec::new()
            }
            AppCommand::ColourMapBy(colour) => {
                self.session.colour_by = colour;
                vec![Effect::SaveSession]
            }
            AppCommand::ShowTrajectories(show) => {
                self.session.show_trajectories = show;
                vec![Effect::SaveSession]
            }
            AppCommand::ShowNeighbours(show) => {
                self.session.show_neighbours = show;
                vec![Effect::SaveSession]
            }
            AppCommand::PlayMeeting(track) => self.play_meeting(track),
            AppCommand::ShowRegions(show) => {
                self.session.show_regions = show;
                vec![Effect::SaveSession]
            }
            AppCommand::ExportMap(path) => self.export_map(path),
            AppCommand::CompareWith(track) => self.compare_with(track),
            AppCommand::CompareModel(model) => self.compare_model(model),
            AppCommand::ReadUnits => self.read_units(),
            AppCommand::FindNearest { track, segment } => self.find_nearest(track, segment),
            AppCommand::SetShape(shape) => {
                self.inspect.shape.shape = shape;
                Vec::new()
            }
            AppCommand::DrawShape => self.draw_shape(),
            AppCommand::Hear(sound) => self.hear(*sound),
            AppCommand::Present(command) => self.present(command),
            AppCommand::Lab(command) => self.lab_command(command),
            AppCommand::EditTraining(spec) => {
                self.training.spec = *spec;
                Vec::new()
            }
            AppCommand::StartTraining => self.start_training(),
            AppCommand::EditEvaluation(spec) => {
                self.evaluation.spec = *spec;
                Vec::new()
            }
            AppCommand::ChooseLabels(path) => {
                self.evaluation.spec.labels = Some(path);
                Vec::new()
            }
            AppCommand::StartEvaluation => self.start_evaluation(),
            AppCommand::ShowEvaluation(run) => {
                self.evaluation.shown = Some(run);
                Vec::new()
            }
            AppCommand::SetEvaluationMetric(metric) => {
                self.evaluation.metric = metric;
                Vec::new()
            }
            AppCommand::SaveEvaluation(folder) => self.save_evaluation(folder),
            AppCommand::ShowEvaluateTab(tab) => {
                self.session.evaluate_tab = tab;
                self.show(Screen::Evaluate)
            }
            AppCommand::ChooseVectors(path) => {
                if !self.evaluation.spec.vectors.contains(&path) {
                    self.evaluation.spec.vectors.push(path);
                }
                Vec::new()
            }
            AppCommand::Listening(command) => self.listening_command(command),
            AppCommand::SaveAnswers(path) => {
                vec![self.launch(JobKind::WriteAnswers, JobSpec::WriteListening { path })]
            }
            AppCommand::UseLearntBlend => self.use_learnt_blend(),
            AppCommand::ForgetLearntBlend => self.forget_learnt_blend(),
            AppCommand::EditStudy(spec) => {
                self.study.spec = *spec;
                Vec::new()
            }
            AppCommand::StartStudy => self.start_study(),
            AppCommand::ShowStudy(run) => {
                self.study.shown = Some(run);
                Vec::new()
            }
            AppCommand::CompareStudy(run) => {
                self.study.beside = run;
                Vec::new()
            }
            AppCommand::SaveStudy(folder) => self.save_study(folder),
            AppCommand::Folder(command) => self.folder(command),
            AppCommand::Spotify(command) => self.spotify(command),
            AppCommand::Account(command) => self.account(command),
            AppCommand::Set(command) => self.set(command),
            AppCommand::ActivateModel(model) => {
                vec![self.launch(JobKind::Activate, JobSpec::Activate { model })]
            }
            AppCommand::Embed(model) => {
                let device = self.settings.device;
                self.once(JobKind::Embed, JobSpec::Embed { model, device })
            }
            AppCommand::ShowCurves(model) => {
                vec![self.launch(JobKind::Curves, JobSpec::ReadCurves { model })]
            }
            AppCommand::Pause(id) => self.pause(id, true),
            AppCommand::Resume(id) => self.pause(id, false),
            AppCommand::Cancel(id) => self.cancel(id),
            AppCommand::Work(command) => self.work(command),
            AppCommand::ChangeSettings(settings) => self.change_settings(*settings),
            AppCommand::OpenLibrary(folder) => self.open_library(folder),
            AppCommand::Tell { severity, title, detail } => {
                self.notices.push(severity, title, detail);
                Vec::new()
            }
            AppCommand::SavePicture(path) => {
                self.picture = Some(path);
                Vec::new()
            }
            AppCommand::TakePicture { size, pixels } => match self.picture.take() {
                Some(path) => vec![self.launch(JobKind::WritePicture, JobSpec::WritePicture { path, size, pixels })],
                None => Vec::new(),
            },
            AppCommand::DismissNotice(id) => {
                self.notices.dismiss(id);
                Vec::new()
            }
            AppCommand::RevealTrack(track) => {
                self.library.track(track).map_or_else(Vec::new, |track| vec![Effect::Reveal(track.path.clone())])
            }
            AppCommand::CopyPath(track) => self
                .library
                .track(track)
                .map_or_else(Vec::new, |track| vec![Effect::CopyText(track.path.display().to_string())]),
            AppCommand::SetPanelWidths { left, right } => {
                self.session.left_width = Some(left);
                self.session.right_width = Some(right);
                Vec::new()
            }
        }
    }

    /// Starts a job and remembers what its answer is for.
    pub(super) fn launch(&mut self, kind: JobKind, spec: JobSpec) -> Effect {
        Effect::Job(JobCommand::Start { id: self.jobs.begin(kind), spec })
    }

    /// Starts a job unless one of its kind is under way.
    pub(super) fn once(&mut self, kind: JobKind, spec: JobSpec) -> Vec<Effect> {
        if self.jobs.of_kind(&kind).is_some() { Vec::new() } else { vec![self.launch(kind, spec)] }
    }

    /// Starts a job in place of those of its kind, whose answers nobody waits for any more.
    pub(super) fn replace(&mut self, kind: JobKind, spec: JobSpec) -> Vec<Effect> {
        let mut effects: Vec<Effect> = Vec::new();
        while let Some((old, _)) = self.jobs.of_kind(&kind) {
            effects.extend(self.apply(AppCommand::Cancel(old)));
        }
        effects.push(self.launch(kind, spec));
        effects
    }

    fn show(&mut self, screen: Screen) -> Vec<Effect> {
        self.session.screen = screen;
        let mut effects = vec![Effect::SaveSession];
        if screen == Screen::Inspect {
            effects.extend(self.inspect_selected());
        }
        if screen == Screen::Evaluate {
            effects.extend(self.read_evaluate_tab());
        }
        if screen == Screen::Data {
            effects.extend(self.read_history());
            effects.extend(self.read_sets());
            effects.extend(self.read_spotify());
        }
        if screen == Screen::Train {
            effects.extend(self.read_curves());
        }
        effects
    }

    /// How the active model learnt, where no curves are shown and none are on their way.
    pub(super) fn read_curves(&mut self) -> Vec<Effect> {
        let free = self.training.shown.is_none()
            && [JobKind::Curves, JobKind::Train].iter().all(|kind| self.jobs.of_kind(kind).is_none());
        match self.library.active_model().map(|model| model.name.clone()).filter(|_| free) {
            Some(model) => vec![self.launch(JobKind::Curves, JobSpec::ReadCurves { model })],
            None => Vec::new(),
        }
    }

    /// What the shown part of the evaluate screen needs and was not read yet.
    pub(super) fn read_evaluate_tab(&mut self) -> Vec<Effect> {
        match self.session.evaluate_tab {
            EvaluateTab::Scorecard => self.read_evaluations(),
            EvaluateTab::Listening => self.read_listening(),
            EvaluateTab::Studies => self.read_studies(),
        }
    }

    fn import(&mut self, paths: Vec<PathBuf>, retry_failed: bool) -> Vec<Effect> {
        if paths.is_empty() {
            return Vec::new();
        }
        vec![self.launch(JobKind::Import, JobSpec::Import { paths, retry_failed })]
    }

    fn sort(&mut self, key: SortKey) -> Vec<Effect> {
        self.session.descending = self.session.sort == key && !self.session.descending;
        self.session.sort = key;
        self.rebuild_table();
        vec![Effect::SaveSession]
    }

    pub(super) fn rebuild_table(&mut self) {
        self.table.rebuild(&self.library.tracks, &self.marks, self.session.sort, self.session.descending);
    }

    fn export_playlist(&mut self, path: PathBuf) -> Vec<Effect> {
        let Some(results) = &self.query.results else { return Vec::new() };
        let tracks: Vec<TrackId> =
            results.seeds.iter().copied().chain(results.items.iter().map(|item| item.track)).collect();
        let relative = self.settings.relative_playlists;
        let first = tracks.first().and_then(|track| self.library.track(*track));
        let name = first.map_or_else(|| "Songline".to_owned(), |track| format!("Like {}", track.title()));
        vec![self.launch(JobKind::Playlist, JobSpec::WritePlaylist { name, tracks, path, relative })]
    }

    fn set_volume(&mut self, volume: f32) -> Vec<Effect> {
        let volume = volume.clamp(0.0, 1.0);
        self.player.volume = volume;
        self.settings.volume = volume;
        vec![Effect::Player(PlayerCommand::SetVolume(volume)), Effect::SaveSettings]
    }

    pub(super) fn build_map(&mut self, fresh: bool) -> Vec<Effect> {
        if self.library.active_model().is_none_or(|model| model.embedded == 0) {
            return Vec::new();
        }
        let settings = MapSettings { span: self.settings.span, ..self.map.settings.clone() };
        self.replace(JobKind::Map, JobSpec::BuildMap { settings, fresh })
    }

    fn start_training(&mut self) -> Vec<Effect> {
        let spec: TrainingSpec = self.training.spec.clone();
        if self.library.tracks.is_empty() {
            self.notices.push(
                Severity::Warning,
                "There is nothing to train on",
                "Import music, or make the demo library, under Data.",
            );
            return Vec::new();
        }
        if self.jobs.of_kind(&JobKind::Train).is_some() {
            return Vec::new();
        }
        self.training.begin(&spec.name);
        let device = self.settings.device;
        vec![self.launch(JobKind::Train, JobSpec::Train { spec: Box::new(spec), device })]
    }

    /// Whatever shows a setting elsewhere follows, so that no two places of the window disagree.
    pub(super) fn change_settings(&mut self, settings: Settings) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.settings, settings.clamped());
        let now = &self.settings;
        let span_changed = now.span != before.span;
        let blend_changed = now.blend != self.query.blend;
        let asks_differently = span_changed
            || (blend_changed && now.metric == Metric::Blend)
            || now.metric != self.query.metric
            || now.top != before.top
            || now.per_artist != before.per_artist;
        self.query.metric = now.metric;
        self.query.blend = now.blend;
        let mut effects = vec![Effect::SaveSettings];
        if now.volume != self.player.volume {
            self.player.volume = now.volume;
            effects.push(Effect::Player(PlayerCommand::SetVolume(now.volume)));
        }
        if span_changed {
            self.training.spec.span = self.settings.span;
            self.map.settings.span = self.settings.span;
            self.inspect.inspection = None;
            self.inspect.beside = None;
            self.inspect.units = None;
            effects.extend(self.build_map(false));
            effects.extend(self.show(self.session.screen));
        }
        if asks_differently {
            effects.extend(self.recommend());
        }
        effects
    }
}
