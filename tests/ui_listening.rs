//! The listening study in the window: worked by keys alone, blind until a round is answered, and what it leads to.

#[expect(dead_code, reason = "the listening study needs a part of the window alone")]
mod ui;

use std::sync::Arc;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use songline::audio::message::PlayerCommand;
use songline::domain::{
    ListeningPick, ListeningRound, ListeningSession, Metric, Question, Response, Standing, TrackId,
};
use songline::jobs::message::{
    ChooserResult, Estimate, JobCommand, JobError, JobEvent, JobOutput, JobSpec, Lesson, Lessons, ListeningResults,
};
use songline::settings::Settings;
use songline::state::{AppCommand, Effect, EvaluateTab, ListeningCommand, Screen, Stage};
use ui::Window;

type Shown<'a> = Harness<'a, Window>;

fn open<'a>(window: Window) -> Shown<'a> {
    sized(window, 800.0)
}

/// With room for everything at once.
fn open_tall<'a>(window: Window) -> Shown<'a> {
    sized(window, 1_600.0)
}

fn sized<'a>(window: Window, height: f32) -> Shown<'a> {
    let builder = Harness::builder().with_size(egui::vec2(1_280.0, height)).with_step_dt(1.0 / 60.0);
    let mut harness = builder.with_max_steps(200).build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    harness.run_steps(8);
    harness
}

/// Two rounds of two recommendations each.
fn session() -> ListeningSession {
    let pick = |id: i64, track: i64| ListeningPick { id, track: TrackId(track), response: Response::default() };
    ListeningSession {
        id: 4,
        listener: "Ada".to_owned(),
        seed: 7,
        created_at: 0,
        rounds: vec![
            ListeningRound { query: TrackId(3), picks: vec![pick(11, 20), pick(12, 30)] },
            ListeningRound { query: TrackId(40), picks: vec![pick(13, 50), pick(14, 60)] },
        ],
    }
}

fn at_evaluate() -> Window {
    let mut window = Window::new(Settings::default(), 80);
    window.ask(AppCommand::ShowEvaluateTab(EvaluateTab::Listening));
    window
}

/// A window in which the session begins.
fn listening<'a>() -> Shown<'a> {
    let mut window = at_evaluate();
    window.answer(JobOutput::Listening { sessions: Vec::new(), results: Arc::default() });
    window.state.listening.spec.listener = "Ada".to_owned();
    window.ask(AppCommand::Listening(ListeningCommand::Start));
    window.answer(JobOutput::ListeningPlanned(Box::new(session())));
    open(window)
}

fn press(harness: &mut Shown<'_>, key: Key) {
    harness.key_press(key);
    harness.run_steps(3);
}

fn stage(harness: &Shown<'_>) -> Stage {
    harness.state().state.listening.hearing.as_ref().unwrap().stage
}

/// What the newest writing of answers holds.
fn written(window: &Window) -> Vec<(i64, Response)> {
    let found = window.effects.iter().rev().find_map(|effect| match effect {
        Effect::Job(JobCommand::Start { spec: JobSpec::KeepAnswers(answers), .. }) => Some(answers.clone()),
        _ => None,
    });
    found.unwrap_or_default()
}

/// Everything that can be read on the screen.
fn words(harness: &Shown<'_>) -> String {
    let mut words = String::new();
    for node in harness.query_all_by(|_| true) {
        let node = node.accesskit_node();
        for text in [node.label(), node.value()].into_iter().flatten() {
            words.push_str(&text);
            words.push('\n');
        }
    }
    words
}

#[test]
fn a_round_is_heard_and_answered_by_keys_alone() {
    let mut harness = listening();
    assert_eq!(stage(&harness), Stage::Query);
    let playing = |harness: &Shown<'_>| harness.state().state.player.item.clone().unwrap();
    assert_eq!((playing(&harness).unseen, playing(&harness).track), (Some(TrackId(3)), None));
    press(&mut harness, Key::Enter);
    assert_eq!((stage(&harness), playing(&harness).unseen), (Stage::Pick(0), Some(TrackId(20))));
    // A digit answers; it opens no screen. The question after it is in hand at once.
    press(&mut harness, Key::Num4);
    press(&mut harness, Key::Num2);
    assert_eq!(harness.state().state.session.screen, Screen::Evaluate);
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::Num5);
    assert_eq!(harness.state().state.listening.hearing.as_ref().unwrap().question, Question::Known);
    press(&mut harness, Key::Y);
    press(&mut harness, Key::ArrowUp);
    press(&mut harness, Key::ArrowUp);
    press(&mut harness, Key::Num0);
    press(&mut harness, Key::Q);
    assert_eq!(playing(&harness).unseen, Some(TrackId(3)), "the query again");
    press(&mut harness, Key::R);
    assert_eq!(playing(&harness).unseen, Some(TrackId(20)));
    press(&mut harness, Key::Enter);
    let hearing = harness.state().state.listening.hearing.clone().unwrap();
    let response = hearing.session.rounds[0].picks[0].response;
    let answers = Question::ALL.map(|question| response.answers.get(question));
    assert_eq!((answers, response.standing), ([Some(4), None, None, Some(1)], Standing::Answered));
    assert_eq!(hearing.stage, Stage::Pick(1));
    press(&mut harness, Key::Backspace);
    assert_eq!(stage(&harness), Stage::Pick(0), "back to the one before, with its answers");
    press(&mut harness, Key::Enter);
    press(&mut harness, Key::X);
    assert_eq!(stage(&harness), Stage::Answered);
    press(&mut harness, Key::Backspace);
    assert_eq!(stage(&harness), Stage::Answered, "what is answered stays answered");
    press(&mut harness, Key::Enter);
    assert_eq!((stage(&harness), playing(&harness).unseen), (Stage::Query, Some(TrackId(40))));
    press(&mut harness, Key::Enter);
    press(&mut harness, Key::Enter);
    press(&mut harness, Key::Enter);
    press(&mut harness, Key::Enter);
    assert_eq!(stage(&harness), Stage::Finished);
    harness.get_by_label_contains("Thank you, Ada");
    let rounds = &harness.state().state.listening.hearing.as_ref().unwrap().session.rounds;
    assert!(rounds[1].picks.iter().all(|pick| pick.response.standing == Standing::Skipped), "no answer is no answer");
    press(&mut harness, Key::Enter);
    assert!(harness.state().state.listening.hearing.is_none());
    assert_eq!(harness.state().state.listening.spec.seed, 8, "the next session is about other music");
}

#[test]
fn answers_are_written_one_after_the_other_and_again_when_that_failed() {
    let mut harness = listening();
    press(&mut harness, Key::Enter);
    press(&mut harness, Key::Num4);
    assert_eq!(written(harness.state())[0].1.answers.get(Question::Vibe), Some(4));
    press(&mut harness, Key::Num1);
    assert_eq!(written(harness.state())[0].1.answers.get(Question::Style), None, "the first is being written");
    let window = harness.state_mut();
    let id = window.job(|spec| matches!(spec, JobSpec::KeepAnswers(_)));
    let error = JobError::Failed { doing: "Keeping the answers", reason: "the disk is full".to_owned() };
    window.state.on_job(JobEvent::Finished { id, result: Err(error) });
    press(&mut harness, Key::Enter);
    let again = written(harness.state());
    assert_eq!((again[0].0, again[0].1.standing), (11, Standing::Answered));
    assert_eq!(again[0].1.answers.get(Question::Style), Some(1));
    press(&mut harness, Key::X);
    harness.state_mut().answer(JobOutput::Kept);
    let last = written(harness.state());
    assert_eq!((last[0].0, last[0].1.standing), (12, Standing::Skipped), "what came meanwhile follows");
}

#[test]
fn nothing_tells_who_or_what_is_heard_until_the_round_is_answered() {
    let mut harness = listening();
    let library = harness.state().state.library.clone();
    let of = |id: i64| library.track(TrackId(id)).unwrap().clone();
    let heard = [3, 20, 30].map(of);
    let model = library.active_model().unwrap().name.clone();
    let told = |harness: &Shown<'_>| -> Vec<String> {
        let words = words(harness);
        let mut names: Vec<String> =
            heard.iter().flat_map(|track| [track.title().to_owned(), track.artist().to_owned()]).collect();
        names.extend(["Fréchet", "DTW", "by chance"].map(str::to_owned));
        names.retain(|name| words.contains(name));
        // The bar above names the model in use, whoever recommended.
        if words.matches(&model).count() > 1 {
            names.push(model.clone());
        }
        names
    };
    assert_eq!(told(&harness), [""; 0]);
    for key in [Key::Enter, Key::Num4, Key::Enter] {
        press(&mut harness, key);
        // The outline of what plays arrives, with its cover.
        let playing = harness.state().state.player.item.as_ref().and_then(|item| item.unseen).unwrap();
        let mut sketch = ui::sketch(playing);
        sketch.cover = Some(Arc::from([1_u8, 2, 3]));
        harness.state_mut().answer(JobOutput::Sketch(sketch));
        harness.run_steps(3);
        assert!(harness.state().state.player.waveform.is_some() && harness.state().state.player.cover.is_none());
        assert_eq!(told(&harness), [""; 0], "after {key:?}");
    }
    press(&mut harness, Key::X);
    assert_eq!(stage(&harness), Stage::Answered);
    assert_eq!(told(&harness), [""; 0], "names are shown when they are asked for");
    press(&mut harness, Key::T);
    let names = told(&harness);
    assert!(heard.iter().all(|track| names.iter().any(|name| name == track.title())), "{names:?}");
    assert!(!names.contains(&model) && !names.iter().any(|name| name == "DTW"), "who recommended it stays unknown");
    press(&mut harness, Key::T);
    assert_eq!(told(&harness), [""; 0]);
}

#[test]
fn a_session_is_left_and_taken_up_where_it_was() {
    let mut harness = listening();
    press(&mut harness, Key::Enter);
    press(&mut harness, Key::Num5);
    press(&mut harness, Key::Enter);
    press(&mut harness, Key::Escape);
    let window = harness.state_mut();
    assert!(window.state.listening.hearing.is_none() && window.state.player.item.is_none());
    assert!(window.effects.contains(&Effect::Player(PlayerCommand::Stop)));
    window.answer(JobOutput::Kept);
    window.answer(JobOutput::Kept);
    let mut kept = session();
    kept.rounds[0].picks[0].response.standing = Standing::Answered;
    window.answer(JobOutput::Listening { sessions: vec![kept], results: Arc::default() });
    harness.run_steps(4);
    harness.get_by_label("Go on as Ada (1 of 4)").click();
    harness.run_steps(4);
    assert_eq!(stage(&harness), Stage::Query);
    press(&mut harness, Key::Enter);
    assert_eq!(stage(&harness), Stage::Pick(1), "the first that is open");
    press(&mut harness, Key::Escape);
    // The same seed would play the same to the same listener.
    harness.state_mut().state.listening.spec.seed = 7;
    harness.run_steps(4);
    harness.get_by_label("Ada has been given the music of seed 7.");
    harness.get_by_label("Take seed 8").click();
    harness.run_steps(4);
    assert_eq!(harness.state().state.listening.spec.seed, 8);
    assert!(harness.query_by_label_contains("has been given").is_none());
}

#[test]
fn a_session_is_set_up_with_the_mouse_and_needs_a_name() {
    let mut window = at_evaluate();
    window.answer(JobOutput::Listening { sessions: Vec::new(), results: Arc::default() });
    let mut harness = open(window);
    harness.get_by_label_contains("Say at the left who listens");
    harness.get_by_label("Start listening").click();
    harness.run_steps(3);
    assert!(!harness.state().asked.contains(&AppCommand::Listening(ListeningCommand::Start)));
    harness.get_by_role_and_label(Role::TextInput, "Listener").focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, "Listener").type_text("Ada");
    harness.run_steps(3);
    harness.get_by_label("Listen to DTW").click();
    harness.run_steps(3);
    harness.get_by_label("Listen to Blend").click();
    harness.run_steps(3);
    let spec = &harness.state().state.listening.spec;
    assert_eq!(
        (spec.listener.as_str(), spec.metrics.as_slice()),
        ("Ada", &[Metric::Mean, Metric::Min, Metric::Blend][..])
    );
    harness.get_by_label("Start listening").click();
    harness.run_steps(3);
    assert!(harness.state().asked.contains(&AppCommand::Listening(ListeningCommand::Start)));
    let window = harness.state();
    window
        .job(|spec| matches!(spec, JobSpec::PlanListening(spec) if spec.listener == "Ada" && spec.metrics.len() == 3));
}

fn results() -> ListeningResults {
    let estimate = Some(Estimate { value: 4.0, low: 3.5, high: 4.5, count: 12 });
    let row = |system: &str, metric: &str| ChooserResult {
        system: system.to_owned(),
        metric: metric.to_owned(),
        answered: 12,
        skipped: 1,
        questions: [estimate, estimate, None, Some(Estimate { value: 0.25, low: 0.0, high: 0.5, count: 12 })],
    };
    ListeningResults {
        listeners: vec!["Ada".to_owned(), "Ben".to_owned()],
        answered: 24,
        skipped: 2,
        queries: 6,
        rows: vec![row("base-128", "mean"), row("chance", "")],
    }
}

#[test]
fn results_are_shown_for_everybody_or_one_and_ratings_teach_the_blend() {
    let mut window = at_evaluate();
    window.answer(JobOutput::Listening { sessions: vec![session()], results: Arc::new(results()) });
    let mut harness = open_tall(window);
    assert_eq!(harness.query_all_by_label("4.00 [3.50, 4.50] (12)").count(), 4);
    assert_eq!(harness.query_all_by_label("25 % [0, 50] (12)").count(), 2);
    harness.get_by_label("Whose answers").click();
    harness.run_steps(4);
    harness.get_by_label("Ben").click();
    harness.run_steps(4);
    harness.state().job(|spec| matches!(spec, JobSpec::ReadListening { listener: Some(name) } if name == "Ben"));

    harness.get_by_label("Learn from the ratings").click();
    harness.run_steps(4);
    let few = Lessons::TooFew { model: "base-128".to_owned(), ratings: 24, queries: 6 };
    harness.state_mut().answer(JobOutput::Lesson(Arc::new(few)));
    harness.run_steps(4);
    harness.get_by_label_contains("16 ratings and 2 queries more");
    assert!(harness.query_by_label("Use these weights").is_none());

    harness.get_by_label("Learn from the ratings").click();
    harness.run_steps(4);
    let lesson = Lesson {
        model: "base-128".to_owned(),
        weights: [0.1, 0.6, 0.0, 0.3],
        before: [0.25; 4],
        ratings: 64,
        queries: 16,
        pairs: 90,
        learnt: 0.74,
        current: 0.66,
        gain: Estimate { value: 0.08, low: -0.02, high: 0.17, count: 90 },
    };
    harness.state_mut().answer(JobOutput::Lesson(Arc::new(Lessons::Learnt(lesson))));
    harness.run_steps(4);
    harness.get_by_label_contains("Whether they help is not shown: +8.0 points [-2.0, +17.0]");
    let before = harness.state().state.settings.blend;
    harness.get_by_label("Use these weights").click();
    harness.run_steps(4);
    let state = &harness.state().state;
    assert_eq!((state.settings.blend, state.query.blend), ([0.1, 0.6, 0.0, 0.3], [0.1, 0.6, 0.0, 0.3]));
    harness.get_by_label_contains("learnt from 64 ratings");
    // Wherever the blend is set, it says where it comes from.
    harness.state_mut().ask(AppCommand::Select(TrackId(3)));
    harness.state_mut().ask(AppCommand::SetMetric(Metric::Blend));
    harness.state_mut().ask(AppCommand::Show(Screen::Explore));
    harness.run_steps(6);
    harness.get_by_label("Learnt from 64 ratings");
    harness.state().job(|spec| matches!(spec, JobSpec::Recommend(spec) if spec.blend == [0.1, 0.6, 0.0, 0.3]));
    harness.state_mut().ask(AppCommand::Show(Screen::Settings));
    harness.run_steps(6);
    harness.get_by_label("Learnt from 64 ratings");
    harness.get_by_label("Back to the weights from before").click();
    harness.run_steps(6);
    let state = &harness.state().state;
    assert_eq!((state.settings.blend, state.settings.learnt.is_some()), (before, false));
    assert!(harness.query_by_label_contains("Learnt from").is_none());
}

#[test]
fn weights_moved_by_hand_are_not_called_learnt() {
    let mut window = at_evaluate();
    window.state.settings.learnt =
        Some(songline::settings::LearntBlend { model: "m".to_owned(), ratings: 50, before: [1.0; 4] });
    window.ask(AppCommand::SetBlend([1.0, 0.0, 0.0, 0.0]));
    assert_eq!((window.state.settings.blend, &window.state.settings.learnt), ([1.0, 0.0, 0.0, 0.0], &None));
}
