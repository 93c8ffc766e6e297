//! The listening study as the window shows it: the settings of the next session, the one under way, and what was said.
//!
//! A session is heard round by round: first the query, then its recommendations one by one, each with four questions. What
//! is heard has neither name nor maker here: the state has the numbers of the tracks, and only the results know of models.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{
    ListeningPick, ListeningRound, ListeningSession, Question, Response, SegmentGrid, Span, Standing, TrackId,
};
use crate::jobs::message::{JobSpec, Lessons, ListeningResults, ListeningSpec};

use super::{AppState, Effect, JobKind, QueueItem};

/// Seconds of a track that are heard at first.
const HEARD_S: f64 = 30.0;

/// Settings, sessions and what they came to.
#[derive(Debug, Clone, Default)]
pub struct ListeningView {
    pub spec: ListeningSpec,
    /// Every session of the library, oldest first; `None` until they were read.
    pub sessions: Option<Vec<ListeningSession>>,
    /// What was said, by everybody or by `listener`.
    pub results: Option<Arc<ListeningResults>>,
    /// The listener whose answers are shown alone.
    pub listener: Option<String>,
    pub lessons: Option<Arc<Lessons>>,
    /// The session that is heard.
    pub hearing: Option<Hearing>,
    /// What was said and is not written yet, by the number of the recommendation.
    unsaved: BTreeMap<i64, Response>,
    /// What is being written.
    saving: Vec<(i64, Response)>,
}

impl ListeningView {
    /// A seed with other music, where the listener was given that of the chosen one before.
    pub fn other_seed(&self) -> Option<u64> {
        let listener = self.spec.listener.trim();
        let seeds = || {
            let sessions = self.sessions.iter().flatten().filter(|session| session.listener == listener);
            sessions.map(|session| session.seed)
        };
        seeds().any(|seed| seed == self.spec.seed).then(|| seeds().max().unwrap_or(0).wrapping_add(1))
    }

    /// The latest session that is not finished.
    pub fn open_session(&self) -> Option<&ListeningSession> {
        self.sessions.iter().flatten().rev().find(|session| !session.is_done())
    }
}

/// Where a listener is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The query is heard.
    Query,
    /// A recommendation is heard and asked about.
    Pick(usize),
    /// Every recommendation of the round was answered or skipped.
    Answered,
    /// The last round is behind the listener.
    Finished,
}

/// What is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    Query,
    Pick,
}

/// A session under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Hearing {
    pub session: ListeningSession,
    /// Place of the round in hand.
    pub round: usize,
    pub stage: Stage,
    /// The question that a key answers.
    pub question: Question,
    /// Whether the names of the tracks of an answered round are shown.
    pub names: bool,
}

impl Hearing {
    /// Goes on where the listener stopped.
    fn of(session: ListeningSession) -> Self {
        let mut hearing =
            Self { round: 0, stage: Stage::Finished, question: Question::default(), names: false, session };
        if let Some(round) = hearing.session.rounds.iter().position(|round| !round.is_done()) {
            hearing.round = round;
            hearing.stage = Stage::Query;
        }
        hearing
    }

    /// The round in hand.
    pub fn current(&self) -> Option<&ListeningRound> {
        self.session.rounds.get(self.round)
    }

    /// The recommendation in hand.
    pub fn pick(&self) -> Option<&ListeningPick> {
        match self.stage {
            Stage::Pick(place) => self.current()?.picks.get(place),
            _ => None,
        }
    }

    fn pick_mut(&mut self) -> Option<&mut ListeningPick> {
        match self.stage {
            Stage::Pick(place) => self.session.rounds.get_mut(self.round)?.picks.get_mut(place),
            _ => None,
        }
    }

    /// The first recommendation of the round that was neither answered nor skipped.
    fn first_open(&self) -> usize {
        let picks = self.current().map(|round| round.picks.as_slice()).unwrap_or_default();
        picks.iter().position(|pick| pick.response.standing == Standing::Open).unwrap_or(0)
    }

    /// Whether keys answer questions.
    pub fn is_asking(&self) -> bool {
        matches!(self.stage, Stage::Pick(_))
    }
}

/// Asked by the listening study.
#[derive(Debug, Clone, PartialEq)]
pub enum ListeningCommand {
    Edit(Box<ListeningSpec>),
    Start,
    /// Goes on with a session.
    GoOn(i64),
    /// Stops; what was answered is kept.
    Leave,
    Hear(Heard),
    /// Answers a question, or takes the answer back, and goes on to the next one.
    Answer(Question, Option<u8>),
    /// The question that a key answers.
    Ask(Question),
    /// On to the next recommendation, round, or the end.
    Next,
    /// Back to the recommendation before, or to the query.
    Back,
    /// Leaves the recommendation in hand out.
    Skip,
    /// Shows or hides the names of the tracks of an answered round.
    ShowNames(bool),
    /// Shows what one listener said, or everybody.
    ShowListener(Option<String>),
    Learn,
}

impl AppState {
    pub(super) fn listening_command(&mut self, command: ListeningCommand) -> Vec<Effect> {
        match command {
            ListeningCommand::Edit(spec) => {
                self.listening.spec = *spec;
                Vec::new()
            }
            ListeningCommand::Start => self.plan_listening(),
            ListeningCommand::GoOn(id) => {
                let found = self.listening.sessions.iter().flatten().find(|session| session.id == id).cloned();
                found.map_or_else(Vec::new, |session| self.begin_listening(session))
            }
            ListeningCommand::Leave => self.leave_listening(),
            ListeningCommand::Hear(what) => self.hear_unseen(what),
            ListeningCommand::Answer(question, answer) => self.answer(question, answer),
            ListeningCommand::Ask(question) => {
                if let Some(hearing) = &mut self.listening.hearing {
                    hearing.question = question;
                }
                Vec::new()
            }
            ListeningCommand::Next => self.next_pick(None),
            ListeningCommand::Skip => self.next_pick(Some(Standing::Skipped)),
            ListeningCommand::Back => self.previous_pick(),
            ListeningCommand::ShowNames(show) => {
                if let Some(hearing) = &mut self.listening.hearing {
                    hearing.names = show;
                }
                Vec::new()
            }
            ListeningCommand::ShowListener(listener) => {
                self.listening.listener = listener;
                self.reread_listening()
            }
            ListeningCommand::Learn => self.learn_blend(),
        }
    }

    /// Sessions and results are read when they are looked at first.
    pub(super) fn read_listening(&mut self) -> Vec<Effect> {
        if self.listening.sessions.is_some() { Vec::new() } else { self.reread_listening() }
    }

    fn reread_listening(&mut self) -> Vec<Effect> {
        let listener = self.listening.listener.clone();
        self.replace(JobKind::ReadListening, JobSpec::ReadListening { listener })
    }

    fn plan_listening(&mut self) -> Vec<Effect> {
        let spec = ListeningSpec {
            span: self.settings.span,
            device: self.settings.device,
            per_artist: self.settings.per_artist,
            blend: self.settings.blend,
            ..self.listening.spec.clone()
        };
        self.once(JobKind::PlanListening, JobSpec::PlanListening(Box::new(spec)))
    }

    pub(super) fn begin_listening(&mut self, session: ListeningSession) -> Vec<Effect> {
        self.listening.hearing = Some(Hearing::of(session));
        self.hear_unseen(Heard::Query)
    }

    fn leave_listening(&mut self) -> Vec<Effect> {
        let Some(hearing) = self.listening.hearing.take() else { return Vec::new() };
        if hearing.stage == Stage::Finished {
            // The same listener hears other music the next time.
            self.listening.spec.seed = hearing.session.seed.wrapping_add(1);
        }
        let mut effects = vec![Effect::Player(crate::audio::message::PlayerCommand::Stop)];
        self.player.item = None;
        effects.extend(self.save_answers());
        if self.jobs.of_kind(&JobKind::KeepAnswers).is_none() {
            effects.extend(self.reread_listening());
        }
        effects
    }

    /// Plays the query or the recommendation in hand, under no name.
    fn hear_unseen(&mut self, what: Heard) -> Vec<Effect> {
        let Some(hearing) = &self.listening.hearing else { return Vec::new() };
        let (id, title) = match (what, hearing.stage) {
            (Heard::Query, Stage::Finished) => return Vec::new(),
            (Heard::Query, _) => (hearing.current().map(|round| round.query), "Query".to_owned()),
            (Heard::Pick, Stage::Pick(place)) => {
                (hearing.pick().map(|pick| pick.track), format!("Recommendation {}", place + 1))
            }
            (Heard::Pick, _) => return Vec::new(),
        };
        id.map_or_else(Vec::new, |id| self.play_unseen(id, title))
    }

    fn play_unseen(&mut self, id: TrackId, title: String) -> Vec<Effect> {
        let Some(track) = self.library.track(id).cloned() else { return Vec::new() };
        let start_s = match self.settings.span {
            Span::Preview => SegmentGrid::default().start_s(track.preview_start),
            Span::Whole => 0.0,
        };
        self.player.waveform = None;
        self.player.cover = None;
        self.player.queue.clear();
        let sketch = self.launch(JobKind::Sketch(id), JobSpec::ReadSketch { track: id });
        let item = QueueItem {
            track: None,
            unseen: Some(id),
            path: track.path.clone(),
            title,
            artist: "Listening study".to_owned(),
            duration_s: track.duration_s,
            start_s,
            end_s: (track.duration_s > start_s + HEARD_S).then_some(start_s + HEARD_S),
        };
        vec![sketch, self.load(item)]
    }

    fn answer(&mut self, question: Question, answer: Option<u8>) -> Vec<Effect> {
        let Some(hearing) = &mut self.listening.hearing else { return Vec::new() };
        let Some(pick) = hearing.pick_mut() else { return Vec::new() };
        pick.response.answers.set(question, answer);
        let (id, response) = (pick.id, pick.response);
        hearing.question = if answer.is_some() { question.step(1) } else { question };
        self.listening.unsaved.insert(id, response);
        self.save_answers()
    }

    /// Leaves the stage in hand for the next one. A recommendation without an answer counts as skipped.
    fn next_pick(&mut self, standing: Option<Standing>) -> Vec<Effect> {
        let Some(hearing) = &mut self.listening.hearing else { return Vec::new() };
        if let Some(pick) = hearing.pick_mut() {
            let empty = pick.response.answers.is_empty();
            pick.response.standing = standing.unwrap_or(if empty { Standing::Skipped } else { Standing::Answered });
            let (id, response) = (pick.id, pick.response);
            self.listening.unsaved.insert(id, response);
        } else if standing.is_some() {
            return Vec::new();
        }
        let picks = hearing.current().map_or(0, |round| round.picks.len());
        hearing.stage = match hearing.stage {
            Stage::Query if picks == 0 => Stage::Answered,
            Stage::Query => Stage::Pick(hearing.first_open()),
            Stage::Pick(place) if place + 1 < picks => Stage::Pick(place + 1),
            Stage::Pick(_) => Stage::Answered,
            Stage::Answered if hearing.round + 1 < hearing.session.rounds.len() => {
                hearing.round += 1;
                Stage::Query
            }
            Stage::Answered | Stage::Finished => Stage::Finished,
        };
        hearing.question = Question::default();
        hearing.names = false;
        let stage = hearing.stage;
        let mut effects = self.save_answers();
        effects.extend(match stage {
            Stage::Query => self.hear_unseen(Heard::Query),
            Stage::Pick(_) => self.hear_unseen(Heard::Pick),
            Stage::Answered | Stage::Finished => vec![Effect::Player(crate::audio::message::PlayerCommand::Pause)],
        });
        effects
    }

    fn previous_pick(&mut self) -> Vec<Effect> {
        let Some(hearing) = &mut self.listening.hearing else { return Vec::new() };
        let (stage, what) = match hearing.stage {
            Stage::Pick(0) => (Stage::Query, Heard::Query),
            Stage::Pick(place) => (Stage::Pick(place - 1), Heard::Pick),
            // Once names can be seen, nothing is answered again.
            Stage::Query | Stage::Answered | Stage::Finished => return Vec::new(),
        };
        hearing.stage = stage;
        hearing.question = Question::default();
        self.hear_unseen(what)
    }

    /// Writes what was said; one write at a time, so that a later answer is never overtaken by an earlier one.
    fn save_answers(&mut self) -> Vec<Effect> {
        if self.listening.unsaved.is_empty() || self.jobs.of_kind(&JobKind::KeepAnswers).is_some() {
            return Vec::new();
        }
        let answers: Vec<(i64, Response)> = std::mem::take(&mut self.listening.unsaved).into_iter().collect();
        self.listening.saving.clone_from(&answers);
        vec![self.launch(JobKind::KeepAnswers, JobSpec::KeepAnswers(answers))]
    }

    /// What could not be written is tried again with the next answer.
    pub(super) fn keep_answers_again(&mut self) {
        for (id, response) in std::mem::take(&mut self.listening.saving) {
            self.listening.unsaved.entry(id).or_insert(response);
        }
    }

    pub(super) fn kept_answers(&mut self) -> Vec<Effect> {
        self.listening.saving.clear();
        let mut effects = self.save_answers();
        if effects.is_empty() && self.listening.hearing.is_none() {
            effects = self.reread_listening();
        }
        effects
    }
}
