//! The pages of the inspect screen: points, units, by ear, two models side by side, and the playhead that they follow.

#[expect(dead_code, reason = "the inspect screen needs a part of the panels alone")]
mod panels;

use std::sync::Arc;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::audio::message::{PlayerCommand, PlayerEvent};
use songline::domain::{SegmentGrid, TrackId};
use songline::jobs::message::{
    Drawn, Inspection, JobEvent, JobOutput, JobSpec, LayerUse, SoundFile, StrongSegment, Subject, UnitLayer, UnitUse,
    UnitsOutput, WeightKind, WeightPictures,
};
use songline::state::{AppCommand, AppState, Effect, JobKind, Shape};
use songline::ui::{self, Commands};

struct Screened {
    state: AppState,
    view: ui::inspect::View,
    asked: Vec<AppCommand>,
    effects: Vec<Effect>,
}

type Shown<'a> = Harness<'a, Screened>;

fn open<'a>(state: AppState) -> Shown<'a> {
    let screened = Screened { state, view: ui::inspect::View::default(), asked: Vec::new(), effects: Vec::new() };
    let show = |ui: &mut egui::Ui, screened: &mut Screened| {
        let mut commands = Commands::default();
        ui::inspect::show(ui, &screened.state, &mut screened.view, &mut commands);
        for command in commands.drain() {
            screened.effects.extend(screened.state.apply(command.clone()));
            screened.asked.push(command);
        }
    };
    let builder = Harness::builder().with_size(egui::vec2(1_400.0, 1_600.0)).with_max_steps(32);
    let mut harness = builder.with_context_setup(ui::theme::apply).build_ui_state(show, screened);
    harness.run_steps(4);
    harness
}

fn click(harness: &mut Shown<'_>, label: &str) {
    harness.state_mut().asked.clear();
    harness.get_by_label(label).click();
    harness.run_steps(4);
}

fn shows(harness: &Shown<'_>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

/// Answers the newest job of a kind.
fn answer(harness: &mut Shown<'_>, kind: &JobKind, output: JobOutput) {
    let id = harness.state().state.jobs.of_kind(kind).expect("such a job runs").0;
    let effects = harness.state_mut().state.on_job(JobEvent::Finished { id, result: Ok(output) });
    harness.state_mut().effects.extend(effects);
    harness.run_steps(4);
}

fn strong(track: i64, segment: usize, value: f32) -> StrongSegment {
    StrongSegment { track: TrackId(track), segment, value }
}

#[test]
fn segments_like_the_chosen_one_are_found_and_played() {
    let mut harness = open(panels::with_inspection());
    click(&mut harness, "Points");
    assert!(harness.state().asked.contains(&AppCommand::FindNearest { track: TrackId(1), segment: 9 }));
    harness.get_by_label("Self-similarity of 14 segments");
    harness.get_by_label("Embedding: 14 segments × 64 units");
    let found = vec![strong(6, 12, 0.25), strong(2, 3, 0.5)];
    answer(&mut harness, &JobKind::Nearest, JobOutput::Nearest { track: TrackId(1), segment: 9, found });
    click(&mut harness, "Play Marigold Arithmetic at 0:24");
    assert_eq!(harness.state().asked, [AppCommand::PlaySegment(Some(TrackId(6)), 12)]);
    // Another segment is looked up anew, once.
    click(&mut harness, "Next segment");
    let asked =
        harness.state().asked.iter().filter(|command| matches!(command, AppCommand::FindNearest { .. })).count();
    assert_eq!(asked, 1);
}

fn units() -> UnitsOutput {
    let unit = |used, track| UnitUse {
        mean: 0.5,
        deviation: if used { 0.3 } else { 0.0 },
        used,
        strongest: vec![strong(track, 4, 2.0)],
    };
    let weights = |kind, units, frames| WeightPictures {
        kind,
        units,
        frames,
        bands: 60,
        values: (0..units * frames * 60).map(|i| panels::noise(i) - 0.5).collect(),
    };
    UnitsOutput {
        model: "songline-128".into(),
        weights: vec![weights(WeightKind::LooksFor, 3, 200), weights(WeightKind::Kernel, 2, 6)],
        layers: vec![
            LayerUse { layer: UnitLayer::HiddenIn, units: vec![unit(true, 2), unit(false, 3), unit(true, 4)] },
            LayerUse { layer: UnitLayer::Encoding, units: vec![unit(true, 5)] },
        ],
        tracks: 8,
        of: 8,
        grid: SegmentGrid::default(),
    }
}

#[test]
fn units_show_their_weights_what_drives_them_and_which_do_nothing() {
    let mut harness = open(panels::with_inspection());
    click(&mut harness, "Units");
    assert_eq!(harness.state().asked, [AppCommand::ReadUnits]);
    assert!(shows(&harness, "Looking into the units"), "progress is shown");
    answer(&mut harness, &JobKind::Units, JobOutput::Units(Arc::new(units())));
    assert!(shows(&harness, "1 unit is unused") && shows(&harness, "8 of 8 tracks heard"));
    harness.get_by_label("Weights of unit 0");
    click(&mut harness, "Play Night Bus to Tarn at 0:08");
    assert_eq!(harness.state().asked, [AppCommand::PlaySegment(Some(TrackId(2)), 4)]);
    click(&mut harness, "Unit 1, unused");
    assert!(shows(&harness, "This unit is unused"));
    click(&mut harness, "Kernels");
    assert!(shows(&harness, "pooled over time inside the network"));
    click(&mut harness, "Encoding");
    click(&mut harness, "Play Hundred Fathom Step at 0:08");
}

#[test]
fn a_picture_is_heard_and_called_what_it_is() {
    let mut harness = open(panels::with_inspection());
    click(&mut harness, "By ear");
    click(&mut harness, "Hear: Original");
    assert_eq!(harness.state().asked, [AppCommand::PlaySegment(Some(TrackId(1)), 9)]);
    click(&mut harness, "Hear: Reconstruction, heard back");
    let asked = harness.state().asked.clone();
    let [AppCommand::Hear(sound)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((sound.frames, sound.bands, sound.values.len()), (200, 60, 12_000));
    assert!(sound.title.contains("Reconstruction, heard back"));
    let file = SoundFile { title: sound.title.clone(), path: "/tmp/1.wav".into(), seconds: 4.0, convergence: 0.2 };
    answer(&mut harness, &JobKind::Sound, JobOutput::Sound(file));
    let item = harness.state().state.player.item.clone().unwrap();
    assert!(item.artist.contains("not a recording") && item.track.is_none());
    let heard =
        harness.state().effects.iter().any(|effect| matches!(effect, Effect::Player(PlayerCommand::Load { .. })));
    assert!(heard);
    click(&mut harness, "All of it");
    click(&mut harness, "Hear: Input, heard back");
    let asked = harness.state().asked.clone();
    assert!(matches!(asked.as_slice(), [AppCommand::Hear(sound)] if sound.frames == 1_500), "the whole span");
}

#[test]
fn a_number_of_the_code_is_moved_and_what_it_draws_is_seen_and_heard() {
    let mut harness = open(panels::with_comparison());
    click(&mut harness, "By ear");
    assert!(harness.state().asked.contains(&AppCommand::DrawShape));
    let draw = |harness: &Shown<'_>| {
        harness.state().effects.iter().rev().find_map(|effect| match effect {
            Effect::Job(songline::jobs::message::JobCommand::Start { spec: JobSpec::Draw(spec), .. }) => {
                Some(spec.clone())
            }
            _ => None,
        })
    };
    let untouched = draw(&harness).unwrap();
    let drawn = Drawn { encoding: untouched.encoding.clone(), frames: 200, bands: 60, values: vec![0.25; 12_000] };
    answer(&mut harness, &JobKind::Draw, JobOutput::Drawn(Arc::new(drawn)));
    harness.get_by_label("Picture: what the changed encoding draws");
    harness.get_by_role_and_label(Role::Slider, "Moved by").focus();
    harness.run_steps(2);
    harness.key_press(egui::Key::ArrowRight);
    harness.run_steps(4);
    let shape = harness.state().state.inspect.shape.shape;
    assert!(shape.by > 0.0, "{shape:?}");
    let moved = draw(&harness).unwrap();
    assert!(moved.encoding[0] > untouched.encoding[0] && moved.encoding[1..] == untouched.encoding[1..]);
    harness.state_mut().state.apply(AppCommand::SetShape(Shape { towards: 1.0, ..Shape::default() }));
    harness.run_steps(4);
    let other = &panels::inspection(6).flow.encoding[4 * 128..5 * 128];
    assert_eq!(draw(&harness).unwrap().encoding, other, "all the way is the other track");
    click(&mut harness, "Hear the changed encoding");
    assert!(matches!(harness.state().asked.as_slice(), [AppCommand::Hear(_)]));
}

#[test]
fn two_models_look_at_one_track_side_by_side() {
    let mut harness = open(panels::with_inspection());
    harness.get_by_role_and_label(Role::ComboBox, "Compare with a recommendation or a model").click();
    harness.run_steps(4);
    click(&mut harness, "The same, seen by my-model");
    assert_eq!(harness.state().asked, [AppCommand::CompareModel(Some("my-model".into()))]);
    let other = Inspection { model: "my-model".into(), ..panels::inspection(1) };
    answer(&mut harness, &JobKind::Inspect { beside: true }, JobOutput::Inspected(Arc::new(other)));
    assert!(shows(&harness, "seen by songline-128") && shows(&harness, "seen by my-model"));
    // Another track: both models look at it.
    let effects = harness.state_mut().state.apply(AppCommand::Select(TrackId(2)));
    let models: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Job(songline::jobs::message::JobCommand::Start {
                spec: JobSpec::Inspect { subject, model, .. },
                ..
            }) => {
                assert_eq!(*subject, Subject::Track(TrackId(2)));
                Some(model.clone())
            }
            _ => None,
        })
        .collect();
    assert_eq!(models, [None, Some("my-model".to_owned())]);
}

#[test]
fn the_chosen_segment_follows_the_music_until_told_not_to() {
    let mut harness = open(panels::with_inspection());
    let state = &mut harness.state_mut().state;
    state.apply(AppCommand::PlayTrack(TrackId(1)));
    state.on_player(&PlayerEvent::Started { token: 1, duration_s: 195.0 });
    let at = |harness: &mut Shown<'_>, seconds| {
        harness.state_mut().state.on_player(&PlayerEvent::Position { token: 1, seconds });
        harness.run_steps(3);
        harness.state().state.session.segment
    };
    assert_eq!(at(&mut harness, 22.0), 10, "the segment whose middle is at 22 s");
    assert_eq!(at(&mut harness, 26.1), 12);
    click(&mut harness, "Follow");
    assert_eq!(at(&mut harness, 30.1), 12);
}
