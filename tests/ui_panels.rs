//! The inspect, train, data and settings screens: what a click asks for.

mod panels;

use std::sync::Arc;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use songline::domain::{DeviceChoice, Metric, Origin, Outcome, Span, TrackId};
use songline::jobs::message::{Coverage, JobEvent, JobOutput, JobSpec, PhaseChoice};
use songline::settings::Theme;
use songline::state::{AppCommand, AppState, Dialog, JobKind, Screen};
use songline::ui::{self, Commands};

/// A screen over a state, with everything it asked for.
struct Screened<V> {
    state: AppState,
    view: V,
    asked: Vec<AppCommand>,
}

type Draw<V> = fn(&mut egui::Ui, &AppState, &mut V, &mut Commands);

/// The screen in a window tall enough for all of it; commands are carried out, as the app does.
fn screen<'a, V: Default + 'a>(state: AppState, draw: Draw<V>) -> Harness<'a, Screened<V>> {
    let screened = Screened { state, view: V::default(), asked: Vec::new() };
    let show = move |ui: &mut egui::Ui, screened: &mut Screened<V>| {
        let mut commands = Commands::default();
        draw(ui, &screened.state, &mut screened.view, &mut commands);
        for command in commands.drain() {
            screened.state.apply(command.clone());
            screened.asked.push(command);
        }
    };
    let builder = Harness::builder().with_size(egui::vec2(1_280.0, 2_400.0)).with_max_steps(32);
    let mut harness = builder.with_context_setup(ui::theme::apply).build_ui_state(show, screened);
    harness.run_ok();
    harness
}

fn click<V>(harness: &mut Harness<Screened<V>>, label: &str) -> Vec<AppCommand> {
    harness.state_mut().asked.clear();
    harness.get_by_label(label).click();
    harness.run_ok();
    std::mem::take(&mut harness.state_mut().asked)
}

/// Opens a combo box and takes one of its options.
fn choose<V>(harness: &mut Harness<Screened<V>>, combo: &str, option: &str) -> Vec<AppCommand> {
    harness.get_by_role_and_label(Role::ComboBox, combo).click();
    harness.run_ok();
    harness.state_mut().asked.clear();
    harness.get_by_role_and_label(Role::Button, option).click();
    harness.run_ok();
    std::mem::take(&mut harness.state_mut().asked)
}

fn data(ui: &mut egui::Ui, state: &AppState, _: &mut (), commands: &mut Commands) {
    ui::data::show(ui, state, commands);
}

// --- train

#[test]
fn training_starts_pauses_goes_on_and_stops() {
    let mut harness = screen(panels::with_library(), ui::train::show);
    assert_eq!(click(&mut harness, "Start training"), [AppCommand::StartTraining]);
    let id = harness.state().state.jobs.of_kind(&JobKind::Train).unwrap().0;
    assert!(harness.query_by_label("Start training").is_none());
    assert_eq!(click(&mut harness, "Pause training"), [AppCommand::Pause(id)]);
    assert_eq!(click(&mut harness, "Resume training"), [AppCommand::Resume(id)]);
    assert_eq!(click(&mut harness, "Stop training"), [AppCommand::Cancel(id)]);
}

#[test]
fn a_name_that_cannot_be_used_keeps_training_from_starting() {
    for name in ["", "songline-128", "../elsewhere", "a/b"] {
        let mut state = panels::with_library();
        state.training.spec.name = name.to_owned();
        let mut harness = screen(state, ui::train::show);
        assert_eq!(click(&mut harness, "Start training"), [], "{name:?}");
    }
}

#[test]
fn fields_edit_the_settings_of_the_next_run() {
    let mut harness = screen(panels::with_library(), ui::train::show);
    choose(&mut harness, "Encoding", "256");
    choose(&mut harness, "Embedding", "64");
    click(&mut harness, "3 s");
    click(&mut harness, "1");
    harness.get_by_role_and_label(Role::SpinButton, "Epochs, phase 2").set_value_accesskit(25.0);
    harness.run_ok();
    let spec = &harness.state().state.training.spec;
    assert_eq!((spec.encoding, spec.embedding, spec.embedding_epochs), (256, 64, 25));
    assert_eq!((spec.grid.frames, spec.phases), (150, PhaseChoice::One));
    let asked = click(&mut harness, "Reset to defaults");
    assert!(matches!(asked.as_slice(), [AppCommand::EditTraining(spec)] if spec.encoding == 128));
}

#[test]
fn an_architecture_that_pairs_a_whole_recording_is_trained_on_whole_tracks() {
    let mut harness = screen(panels::with_library(), ui::train::show);
    choose(&mut harness, "Architecture", "Contrastive");
    assert_eq!(harness.state().state.training.spec.span, Span::Whole);
    click(&mut harness, "Preview");
    assert_eq!(harness.state().state.training.spec.span, Span::Preview, "it can still be chosen");
    choose(&mut harness, "Architecture", "Siamese");
    assert_eq!(harness.state().state.training.spec.span, Span::Whole);
    choose(&mut harness, "Architecture", "Dense");
    assert_eq!(harness.state().state.training.spec.span, Span::Preview);
}

#[test]
fn advanced_fields_are_folded_away_and_there() {
    let mut state = panels::with_library();
    state.apply(AppCommand::Select(TrackId(2)));
    let mut harness = screen(state, ui::train::show);
    assert!(harness.query_by_label("Seed").is_none());
    click(&mut harness, "Advanced");
    for (field, value) in [
        ("Batch, phase 1", 32.0),
        ("Batch, phase 2", 8.0),
        ("Learning rate", 0.01),
        ("Margin", 0.5),
        ("Validation share", 20.0),
        ("Patience", 0.0),
        ("Seed", 7.0),
    ] {
        harness.get_by_role_and_label(Role::SpinButton, field).set_value_accesskit(value);
        harness.run_ok();
    }
    click(&mut harness, "Watch selected");
    let spec = &harness.state().state.training.spec;
    assert_eq!((spec.batch_tracks, spec.batch_triplets, spec.patience, spec.seed), (32, 8, 0, 7));
    assert_eq!((spec.learning_rate, spec.margin, spec.validation_share), (0.01, 0.5, 0.2));
    assert_eq!(spec.watch, Some(TrackId(2)));
}

#[test]
fn a_run_shows_its_progress_and_the_models_can_be_used() {
    let mut harness = screen(panels::with_training(), ui::train::show);
    harness.get_by_label("Phase 1 · encoding");
    harness.get_by_label_contains("57 tracks to learn from, 6 kept aside");
    harness.get_by_label_contains("about 4 min 52 s left");
    harness.get_by_label_contains("Input and reconstruction, accuracy");
    let use_it = AppCommand::ActivateModel("my-model".to_owned());
    assert_eq!(click(&mut harness, "Show curves of my-model"), [AppCommand::ShowCurves("my-model".to_owned())]);
    assert_eq!(click(&mut harness, "Use my-model"), [use_it]);
}

#[test]
fn what_a_model_lacks_can_be_embedded_watched_and_stopped() {
    let mut harness = screen(panels::with_library(), ui::train::show);
    harness.get_by_label("all 8");
    let asked = click(&mut harness, "Embed 8 tracks with my-model");
    assert_eq!(asked, [AppCommand::Embed("my-model".to_owned())]);
    let id = harness.state().state.jobs.of_kind(&JobKind::Embed).unwrap().0;
    let progress = songline::domain::Progress::new("Embedding", 3, Some(8));
    harness.state_mut().state.on_job(JobEvent::Progress { id, progress });
    harness.run_ok();
    harness.get_by_label("Embedding 3 of 8");
    assert_eq!(click(&mut harness, "Embed 8 tracks with my-model"), [], "one at a time");
    assert_eq!(click(&mut harness, "Pause Embedding"), [AppCommand::Pause(id)]);
    assert_eq!(click(&mut harness, "Resume Embedding"), [AppCommand::Resume(id)]);
    assert_eq!(click(&mut harness, "Cancel Embedding"), [AppCommand::Cancel(id)]);
}

// --- data

#[test]
fn music_is_added_and_failures_are_tried_again() {
    let mut harness = screen(panels::with_library(), data);
    assert_eq!(click(&mut harness, "Add folder…"), [AppCommand::OpenDialog(Dialog::ImportFolder)]);
    assert_eq!(click(&mut harness, "Add files…"), [AppCommand::OpenDialog(Dialog::ImportFiles)]);
    assert_eq!(click(&mut harness, "Retry all"), [AppCommand::RetryFailed]);
    harness.get_by_label("the file holds no audio track");
    harness.get_by_label_contains("Too short for preview mode: 1 track");
    harness.get_by_label_contains("Damaged in places: 1 track");
}

#[test]
fn a_window_that_only_reads_offers_nothing_that_it_would_refuse() {
    let reading = || {
        let mut state = panels::with_library();
        state.read_only = true;
        state
    };
    let mut harness = screen(reading(), data);
    for label in ["Add folder…", "Make the demo library", "Retry all", "Follow a folder…", "Read a table…"] {
        assert_eq!(click(&mut harness, label), [], "{label}");
    }
    let mut harness = screen(reading(), ui::train::show);
    harness.get_by_label_contains("only reads the library");
    assert_eq!(click(&mut harness, "Start training"), []);
}

#[test]
fn a_running_import_can_be_paused_and_cancelled() {
    let mut state = panels::with_library();
    state.apply(AppCommand::Import(vec!["/music".into()]));
    let id = state.jobs.of_kind(&JobKind::Import).unwrap().0;
    let progress = songline::domain::Progress::new("Analysing", 3, Some(12)).with_detail("04 Low Tide.flac");
    state.on_job(JobEvent::Progress { id, progress });
    let mut harness = screen(state, data);
    harness.get_by_label("Analysing 3 of 12, 04 Low Tide.flac");
    assert_eq!(click(&mut harness, "Pause Importing"), [AppCommand::Pause(id)]);
    assert_eq!(click(&mut harness, "Resume Importing"), [AppCommand::Resume(id)]);
    assert_eq!(click(&mut harness, "Cancel Importing"), [AppCommand::Cancel(id)]);
    assert_eq!(click(&mut harness, "Pause Importing"), [], "a job that ends takes no more orders");
}

#[test]
fn the_demo_is_made_once_at_a_time() {
    let mut harness = screen(panels::with_library(), data);
    assert_eq!(click(&mut harness, "Make the demo library"), [AppCommand::MakeDemo]);
    assert_eq!(click(&mut harness, "Make the demo library"), []);
}

// --- settings

#[test]
fn settings_change_at_once() {
    let mut harness = screen(panels::with_library(), ui::settings::show);
    click(&mut harness, "Light");
    click(&mut harness, "Whole tracks");
    click(&mut harness, "Absolute");
    choose(&mut harness, "Device", "vulkan · llvmpipe (LLVM 19.1) (software, slow)");
    let metric = choose(&mut harness, "Metric", "Fréchet");
    assert!(matches!(&metric[..], [AppCommand::ChangeSettings(settings)] if settings.metric == Metric::Frechet));
    assert_eq!(harness.state().state.query.metric, Metric::Frechet, "Explore follows");
    harness.get_by_role_and_label(Role::SpinButton, "Recommendations").set_value_accesskit(50.0);
    harness.run_ok();
    let settings = &harness.state().state.settings;
    assert_eq!((settings.theme, settings.span, settings.relative_playlists), (Theme::Light, Span::Whole, false));
    assert_eq!((settings.device, settings.metric, settings.top), (DeviceChoice::Vulkan, Metric::Frechet, 50));
}

#[test]
fn another_library_is_chosen_unless_something_is_under_way() {
    let mut harness = screen(panels::with_library(), ui::settings::show);
    let change = "Change the library folder";
    assert_eq!(click(&mut harness, change), [AppCommand::OpenDialog(Dialog::Library)]);
    assert_eq!(click(&mut harness, "Standard folder"), [], "it is the one in use");
    harness.state_mut().state.settings.library = Some("/music/library".into());
    harness.run_ok();
    assert_eq!(click(&mut harness, "Standard folder"), [AppCommand::OpenLibrary(None)]);
    harness.state_mut().state.apply(AppCommand::Import(vec!["/music".into()]));
    harness.run_ok();
    assert_eq!(click(&mut harness, change), []);
}

#[test]
fn a_number_counts_once_when_its_drag_has_ended() {
    let mut harness = screen(panels::with_library(), ui::settings::show);
    let rect = harness.get_by_role_and_label(Role::SpinButton, "Recommendations").rect();
    harness.drag_at(rect.center());
    harness.run_ok();
    for step in 1..20 {
        harness.hover_at(rect.center() + egui::vec2(step as f32 * 3.0, 0.0));
        harness.run_ok();
    }
    assert_eq!(harness.state().asked, []);
    harness.drop_at(rect.center() + egui::vec2(57.0, 0.0));
    harness.run_ok();
    assert_eq!(harness.state().asked.len(), 1, "{:?}", harness.state().asked);
    assert!(harness.state().state.settings.top > 20);
}

#[test]
fn the_scale_counts_when_the_slider_is_let_go() {
    let mut harness = screen(panels::with_library(), ui::settings::show);
    let rect = harness.get_by_role_and_label(Role::Slider, "Interface scale").rect();
    harness.drag_at(rect.left_center() + egui::vec2(20.0, 0.0));
    harness.run_ok();
    harness.hover_at(rect.left_center() + egui::vec2(90.0, 0.0));
    harness.run_ok();
    assert_eq!(harness.state().state.settings.scale, 1.0, "it does not move under the pointer");
    harness.drop_at(rect.left_center() + egui::vec2(90.0, 0.0));
    harness.run_ok();
    assert!(harness.state().state.settings.scale > 1.2);
}

// --- inspect

#[test]
fn a_segment_is_chosen_by_click_and_by_key_and_played() {
    let mut harness = screen(panels::with_inspection(), ui::inspect::show);
    // The span starts at segment 5 of the track: its second row is segment 6.
    let bar = label_with(&harness, "Segment 2,");
    assert_eq!(click(&mut harness, &bar), [AppCommand::SelectSegment(6)]);
    harness.key_press(egui::Key::ArrowRight);
    harness.run_ok();
    assert_eq!(harness.state().state.session.segment, 7);
    assert_eq!(click(&mut harness, "Previous segment"), [AppCommand::SelectSegment(6)]);
    let play = AppCommand::PlaySegment(Some(TrackId(1)), 6);
    assert_eq!(click(&mut harness, "Play segment of Glass Harbour"), [play]);
}

#[test]
fn every_stage_is_there_and_the_error_replaces_the_reconstruction() {
    let mut harness = screen(panels::with_inspection(), ui::inspect::show);
    for stage in ["Encoding: 14 segments × 128 units", "Embedding: 14 segments × 64 units", "Input, segment 5"] {
        harness.get_by_label(stage);
    }
    assert_eq!(harness.get_all_by_label("Hidden: 14 segments × 128 units").count(), 2);
    harness.get_by_label("Reconstruction, segment 5");
    assert_eq!(click(&mut harness, "Error"), []);
    harness.get_by_label("Error, segment 5");
    harness.get_by_label("Error of 14 segments");
}

#[test]
fn a_click_in_a_stack_chooses_its_segment() {
    let mut harness = screen(panels::with_inspection(), ui::inspect::show);
    let rect = harness.get_by_label("Encoding: 14 segments × 128 units").rect();
    let at = egui::pos2(rect.center().x, rect.top() + rect.height() * 11.5 / 14.0);
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run_ok();
    assert_eq!(harness.state().asked, [AppCommand::SelectSegment(5 + 11)]);
}

#[test]
fn a_recommendation_is_shown_beside_and_put_away() {
    let mut harness = screen(panels::with_inspection(), ui::inspect::show);
    let combo = "Compare with a recommendation or a model";
    let asked = choose(&mut harness, combo, "2. Night Bus to Tarn · The Low Meadows");
    assert_eq!(asked, [AppCommand::CompareWith(Some(TrackId(2)))]);
    harness.get_by_label_contains("Sending Night Bus to Tarn through the network");
    assert_eq!(click(&mut harness, "Close comparison"), [AppCommand::CompareWith(None)]);
}

#[test]
fn both_tracks_of_a_comparison_move_together() {
    let mut harness = screen(panels::with_comparison(), ui::inspect::show);
    let play_other = "Play segment of Marigold Arithmetic";
    assert_eq!(click(&mut harness, play_other), [AppCommand::PlaySegment(Some(TrackId(6)), 9)]);
    harness.key_press(egui::Key::ArrowRight);
    harness.run_ok();
    assert_eq!(click(&mut harness, play_other), [AppCommand::PlaySegment(Some(TrackId(6)), 10)]);
    let right =
        harness.get_all_by_label("Encoding: 14 segments × 128 units").map(|node| node.rect()).next_back().unwrap();
    let at = egui::pos2(right.center().x, right.top() + right.height() * 0.5 / 14.0);
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run_ok();
    assert_eq!(click(&mut harness, play_other), [AppCommand::PlaySegment(Some(TrackId(6)), 5)]);
    assert_eq!(click(&mut harness, "Align segments"), []);
    assert_eq!(click(&mut harness, play_other), [AppCommand::PlaySegment(Some(TrackId(6)), 10)]);
}

#[test]
fn a_file_outside_the_library_is_inspected_and_heard() {
    let mut harness = screen(panels::with_inspected_file(), ui::inspect::show);
    let play = "Play segment of Found on a Tape";
    assert_eq!(click(&mut harness, play), [AppCommand::PlaySegment(None, 7)]);
    let item = harness.state().state.player.item.clone().unwrap();
    assert_eq!((item.track, item.start_s, item.end_s), (None, 14.0, Some(18.0)));
}

#[test]
fn what_is_missing_is_said() {
    let mut harness = screen(panels::with_library(), ui::inspect::show);
    harness.get_by_label("No track is selected");
    assert_eq!(click(&mut harness, "Go to Explore"), [AppCommand::Show(Screen::Explore)]);

    let mut state = panels::with_library();
    state.apply(AppCommand::Select(TrackId(1)));
    state.apply(AppCommand::Show(Screen::Inspect));
    screen(state, ui::inspect::show).get_by_label_contains("Sending Glass Harbour through the network");

    let mut state = panels::with_library();
    state.library.models.clear();
    state.apply(AppCommand::Select(TrackId(1)));
    screen(state, ui::inspect::show).get_by_label("No model is active");

    let mut state = panels::with_library();
    Arc::make_mut(&mut state.library.tracks[0]).segments = 0;
    state.apply(AppCommand::Select(TrackId(1)));
    screen(state, ui::inspect::show).get_by_label("This track is too short");
}

/// The full label of the one node whose label starts with `start`.
fn label_with<V>(harness: &Harness<Screened<V>>, start: &str) -> String {
    let node = harness.get_by(|node| node.label().is_some_and(|label| label.starts_with(start)));
    node.accesskit_node().label().unwrap()
}

#[test]
fn all_work_is_on_the_data_screen() {
    let mut state = panels::with_library();
    state.apply(AppCommand::BuildMap { fresh: true });
    screen(state, data).get_by_label("Laying out the map");
}

// --- evaluate

#[test]
fn an_evaluation_is_set_up_started_and_steered() {
    let mut harness = screen(panels::with_library(), ui::evaluate::show);
    assert_eq!(click(&mut harness, "Choose table…"), [AppCommand::OpenDialog(Dialog::Labels)]);
    harness.state_mut().state.apply(AppCommand::ChooseLabels("/music/labels.csv".into()));
    harness.run_ok();
    harness.get_by_label("labels.csv");
    click(&mut harness, "Look for altered versions");
    click(&mut harness, "Only held-out artists");
    click(&mut harness, "Evaluate my-model");
    harness.get_by_role_and_label(Role::TextInput, "Score by").focus();
    harness.run_ok();
    harness.get_by_role_and_label(Role::TextInput, "Score by").type_text("artist, mood,");
    harness.run_ok();
    let spec = harness.state().state.evaluation.spec.clone();
    assert_eq!(spec.labels, Some("/music/labels.csv".into()));
    assert_eq!((spec.robustness, spec.validation_share), (false, Some(0.1)));
    assert_eq!(spec.models, ["songline-128", "my-model"]);
    assert_eq!(spec.by, ["artist", "mood"]);

    assert_eq!(click(&mut harness, "Start evaluation"), [AppCommand::StartEvaluation]);
    let id = harness.state().state.jobs.of_kind(&JobKind::Evaluate).unwrap().0;
    assert!(harness.query_by_label("Start evaluation").is_none());
    assert_eq!(click(&mut harness, "Pause Evaluating"), [AppCommand::Pause(id)]);
    assert_eq!(click(&mut harness, "Resume Evaluating"), [AppCommand::Resume(id)]);
    assert_eq!(click(&mut harness, "Cancel Evaluating"), [AppCommand::Cancel(id)]);
    click(&mut harness, "Use tags");
    harness.get_by_label("Tags of the files");
}

#[test]
fn evaluations_are_read_compared_and_saved() {
    let mut state = panels::with_library();
    let effects = state.apply(AppCommand::Show(Screen::Evaluate));
    let id = panels::job_of(&effects, |spec| matches!(spec, JobSpec::ReadEvaluations)).unwrap();
    assert_eq!(state.apply(AppCommand::Show(Screen::Evaluate)).len(), 1, "they are read once");
    let runs = vec![(1, Arc::new(panels::evaluation(0.25)))];
    state.on_job(JobEvent::Finished { id, result: Ok(JobOutput::Evaluations(runs)) });
    let effects = state.apply(AppCommand::StartEvaluation);
    let id = panels::job_of(&effects, |spec| matches!(spec, JobSpec::Evaluate(_))).unwrap();
    let mut harness = screen(state, ui::evaluate::show);
    harness.get_by_label_contains("from labels.csv");
    harness.get_by_label("expected by chance");
    assert!(harness.query_by_label("Earlier runs").is_none());

    let output = JobOutput::Evaluated { id: 2, report: Arc::new(panels::evaluation(0.75)) };
    harness.state_mut().state.on_job(JobEvent::Finished { id, result: Ok(output) });
    harness.run_ok();
    harness.get_by_label("Earlier runs");
    harness.get_by_label(".750");
    let chosen = choose(&mut harness, "Run", "Run 1 · 1970-01-01 00:00 · songline-128");
    assert_eq!(chosen, [AppCommand::ShowEvaluation(1)]);
    harness.get_by_label(".250");
    assert!(harness.query_all_by_label(".250 [−.250, .450]").next().is_some());
    assert_eq!(click(&mut harness, "Min"), [AppCommand::SetEvaluationMetric(Metric::Min)]);
    assert_eq!(click(&mut harness, "Save report…"), [AppCommand::OpenDialog(Dialog::SaveEvaluation)]);
    let effects = harness.state_mut().state.apply(AppCommand::SaveEvaluation("/out".into()));
    let written = panels::job_of(
        &effects,
        |spec| matches!(spec, JobSpec::WriteEvaluation { report, metric: Metric::Min, .. } if report.systems[0].metrics[0].scores[0].value == 0.25),
    );
    assert!(written.is_some(), "the run that is shown is written: {effects:?}");
}

#[test]
fn previews_are_asked_for_only_after_the_terms_are_read_and_accepted() {
    let mut state = panels::with_library();
    state.spotify.count = Some(1_204_025);
    let mut harness = screen(state, data);
    click(&mut harness, "Fetch previews");
    assert!(harness.state().state.jobs.of_kind(&JobKind::FetchPreviews).is_none());
    assert!(harness.query_by_label_contains("forbids training").is_some(), "what the services allow is shown");
    click(&mut harness, "Not now");
    assert!(harness.query_by_label_contains("forbids training").is_none());
    click(&mut harness, "Fetch previews");
    click(&mut harness, "Accept and fetch");
    let (id, _) = harness.state().state.jobs.of_kind(&JobKind::AcceptTerms).unwrap();
    harness.state_mut().state.on_job(JobEvent::Finished { id, result: Ok(JobOutput::TermsAccepted) });
    harness.run_ok();
    let (id, _) = harness.state().state.jobs.of_kind(&JobKind::FetchPreviews).unwrap();
    let coverage = Coverage {
        asked: 4,
        outcomes: [(Outcome::Preview, 3), (Outcome::TooShort, 1)].into(),
        waiting: 2,
        ..Coverage::default()
    };
    harness.state_mut().state.on_job(JobEvent::Finished { id, result: Ok(JobOutput::Fetched(Box::new(coverage))) });
    harness.run_ok();
    assert!(harness.query_by_label_contains("3 of 4 tracks have a preview; 2 wait").is_some());
    assert!(harness.query_by_label_contains("1 (25 %) are shorter than 30 s").is_some());
}

#[test]
fn learning_from_previews_is_a_decision_of_its_own() {
    let harness = screen(panels::with_library(), ui::train::show);
    assert!(harness.query_by_label_contains("previews too").is_none(), "there are none");
    let mut state = panels::with_library();
    let origin = Origin { source: "Deezer preview".to_owned(), licence: None, trainable: false };
    state.spotify.origins = [(TrackId(1), origin.clone()), (TrackId(2), origin)].into();
    let mut harness = screen(state, ui::train::show);
    assert!(!harness.state().state.training.spec.include_restricted);
    click(&mut harness, "Learn from 2 previews too");
    assert!(harness.state().state.training.spec.include_restricted);
}
