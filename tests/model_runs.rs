//! Training runs that are broken off, repeated, or asked for twice.

use std::path::Path;
use std::process::Command;

use songline::domain::{Control, DeviceChoice, SegmentGrid, Span, Spectrogram};
use songline::model::{
    Architecture, ComputeDevice, ContrastSpec, Embedder, Input, Loss, MemorySource, ModelError, Phase, PhaseChoice,
    Positives, Run, TrainingEvent, TrainingSpec, default_to_cpu, resolve_device, train_on,
};

fn cpu() -> ComputeDevice {
    resolve_device(DeviceChoice::Cpu).unwrap()
}

/// Tracks that differ in their sound and move a little, so that there is something to learn.
fn music(tracks: usize) -> MemorySource {
    let spectrogram = |track: usize| {
        let value = |at: usize| {
            let (frame, band) = ((at / 60) as f32, (at % 60) as f32);
            let slow = (frame / 90.0 + track as f32).sin() * 0.15;
            0.4 + slow + ((band * (1.0 + track as f32 * 0.13)).sin() + (frame / 7.0).cos() * 0.2) * 0.2
        };
        Spectrogram::new(600, 60, (0..600 * 60).map(value).collect()).unwrap()
    };
    MemorySource((0..tracks).map(|track| (format!("artist {track}"), spectrogram(track))).collect())
}

fn spec() -> TrainingSpec {
    TrainingSpec {
        span: Span::Whole,
        encoding: 16,
        embedding: 64,
        epochs: 3,
        embedding_epochs: 2,
        minimum_steps: 0,
        batch_tracks: 2,
        batch_triplets: 4,
        validation_share: 0.3,
        ..TrainingSpec::default()
    }
}

/// Trains in `folder` until `until` says stop; the losses of the steps on the way, and how it ended.
fn run(
    folder: &Path,
    spec: &TrainingSpec,
    until: &dyn Fn(&TrainingEvent) -> bool,
) -> (Vec<(Phase, usize, f32)>, Result<Run, ModelError>) {
    let (control, mut losses) = (Control::default(), Vec::new());
    let result = train_on(&music(9), folder, spec, &cpu(), &control, &mut |event| {
        if let TrainingEvent::Step(point) = &event {
            losses.push((point.phase, point.step, point.loss));
        }
        if until(&event) {
            control.cancel();
        }
    });
    (losses, result.map(|(_, _, run)| run))
}

fn to_the_end(_: &TrainingEvent) -> bool {
    false
}

#[test]
fn the_same_seed_gives_the_same_losses_and_the_same_weights() {
    let [first, second, other] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let (losses, result) = run(first.path(), &spec(), &to_the_end);
    result.unwrap();
    let (again, result) = run(second.path(), &spec(), &to_the_end);
    result.unwrap();
    assert_eq!(losses, again);
    let weights = |folder: &Path| std::fs::read(folder.join("model.safetensors")).unwrap();
    assert!(weights(first.path()) == weights(second.path()), "byte by byte");
    let (different, result) = run(other.path(), &TrainingSpec { seed: 2, ..spec() }, &to_the_end);
    result.unwrap();
    assert_ne!(losses, different);
}

#[test]
fn a_run_that_was_broken_off_goes_on_with_the_losses_it_would_have_had() {
    let whole = tempfile::tempdir().unwrap();
    let (expected, result) = run(whole.path(), &spec(), &to_the_end);
    let expected_run = result.unwrap();
    for (phase, step) in [(Phase::Encoding, 5), (Phase::Embedding, 9)] {
        let folder = tempfile::tempdir().unwrap();
        let stop = move |event: &TrainingEvent| matches!(event, TrainingEvent::Step(point) if point.phase == phase && point.step == step);
        let (mut losses, result) = run(folder.path(), &spec(), &stop);
        assert!(matches!(result, Err(ModelError::Cancelled(_))));
        assert!(losses.len() < expected.len());
        let (rest, result) = run(folder.path(), &spec(), &to_the_end);
        assert!(rest.len() < expected.len(), "it went on rather than start again");
        losses.extend(rest);
        assert_eq!(losses, expected, "broken off in {phase:?}");
        let run = result.unwrap();
        assert_eq!(run.epochs, expected_run.epochs);
        let weights = |folder: &Path| std::fs::read(folder.join("model.safetensors")).unwrap();
        assert!(weights(folder.path()) == weights(whole.path()));
    }
}

/// Burn reads the state of the optimiser back onto its own default device, which is a GPU where there is one.
#[cfg(target_os = "linux")]
#[test]
fn a_run_goes_on_without_any_graphics_driver() {
    const CHILD: &str = "SONGLINE_TEST_WITHOUT_DRIVERS";
    if let Some(folder) = std::env::var_os(CHILD) {
        default_to_cpu();
        assert_eq!(resolve_device(DeviceChoice::Auto).unwrap().choice, DeviceChoice::Cpu);
        assert!(resolve_device(DeviceChoice::Vulkan).is_err());
        let stop = |event: &TrainingEvent| matches!(event, TrainingEvent::Step(point) if point.step == 5);
        assert!(matches!(run(folder.as_ref(), &spec(), &stop).1, Err(ModelError::Cancelled(_))));
        run(folder.as_ref(), &spec(), &to_the_end).1.unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_run_goes_on_without_any_graphics_driver", "--nocapture"])
        .env(CHILD, folder.path())
        .env("VK_DRIVER_FILES", "/nonexistent")
        .env("VK_ICD_FILENAMES", "/nonexistent")
        .env("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent")
        .env("LIBGL_DRIVERS_PATH", "/nonexistent")
        .env_remove("BURN_DEVICE")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_name_is_taken_only_by_a_finished_model_with_other_settings() {
    let folder = tempfile::tempdir().unwrap();
    let other = TrainingSpec { epochs: 2, ..spec() };
    // A library without music, and a run that was broken off, leave the name free.
    let (control, empty) = (Control::default(), MemorySource(Vec::new()));
    assert!(train_on(&empty, folder.path(), &spec(), &cpu(), &control, &mut |_| {}).is_err());
    let stop = |event: &TrainingEvent| matches!(event, TrainingEvent::Step(_));
    assert!(matches!(run(folder.path(), &other, &stop).1, Err(ModelError::Cancelled(_))));
    run(folder.path(), &spec(), &to_the_end).1.unwrap();
    let weights = || std::fs::read(folder.path().join("model.safetensors")).unwrap();
    let config = || std::fs::read(folder.path().join("config.json")).unwrap();
    let before = (weights(), config());
    let two = |phases| TrainingSpec { phases, embedding: 128, ..spec() };
    let one = TrainingSpec { phases: PhaseChoice::One, ..spec() };
    for other in [other, two(PhaseChoice::Both), two(PhaseChoice::Two), one] {
        assert!(matches!(run(folder.path(), &other, &to_the_end).1, Err(ModelError::NameTaken(_))), "{other:?}");
        assert!(before == (weights(), config()), "nothing of the finished model was touched");
    }
}

#[test]
fn the_same_settings_learn_again_from_other_music() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &spec(), &to_the_end).1.unwrap();
    let before = std::fs::read(folder.path().join("model.safetensors")).unwrap();
    let (control, mut steps) = (Control::default(), 0);
    let mut count = |event| steps += usize::from(matches!(event, TrainingEvent::Step(_)));
    train_on(&music(12), folder.path(), &spec(), &cpu(), &control, &mut count).unwrap();
    assert!(steps > 0);
    assert!(before != std::fs::read(folder.path().join("model.safetensors")).unwrap());
}

#[test]
fn a_model_stays_whole_while_it_learns_again() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &spec(), &to_the_end).1.unwrap();
    let control = Control::default();
    let broken_off = train_on(&music(12), folder.path(), &spec(), &cpu(), &control, &mut |event| {
        if matches!(event, TrainingEvent::Step(_)) {
            control.cancel();
        }
    });
    assert!(matches!(broken_off, Err(ModelError::Cancelled(_))));
    Embedder::load(folder.path(), &cpu()).unwrap();
}

#[test]
fn phase_two_goes_on_from_a_finished_phase_one() {
    let [apart, together] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let two = TrainingSpec { phases: PhaseChoice::Two, ..spec() };
    assert!(matches!(run(apart.path(), &two, &to_the_end).1, Err(ModelError::NoPhaseOne(_))));
    run(apart.path(), &TrainingSpec { phases: PhaseChoice::One, ..spec() }, &to_the_end).1.unwrap();
    let (losses, result) = run(apart.path(), &two, &to_the_end);
    let run_apart = result.unwrap();
    assert!(losses.iter().all(|(phase, ..)| *phase == Phase::Embedding));
    let run_together = run(together.path(), &spec(), &to_the_end).1.unwrap();
    assert_eq!(run_apart.epochs, run_together.epochs, "both phases are in its curves");
}

#[test]
fn nothing_is_left_behind_by_a_finished_run_but_the_model() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &spec(), &to_the_end).1.unwrap();
    let size: u64 = walkdir::WalkDir::new(folder.path())
        .into_iter()
        .map(|entry| entry.unwrap().metadata().unwrap())
        .filter(|metadata| metadata.is_file())
        .map(|metadata| metadata.len())
        .sum();
    let model = std::fs::metadata(folder.path().join("model.safetensors")).unwrap().len();
    assert!(size < 4 * model, "{size} bytes for a model of {model}");
}

fn contrast_spec() -> TrainingSpec {
    let contrast = ContrastSpec { steps: 6, steps_per_epoch: 3, recordings: 4, segments: 2, ..ContrastSpec::default() };
    TrainingSpec { architecture: Architecture::Contrastive, contrast, epochs: 2, validation_share: 0.4, ..spec() }
}

/// A run repeats itself to the bit, also where it was broken off at the given steps.
fn repeats(spec: &TrainingSpec, breaks: &[(Phase, usize)]) -> Run {
    let whole = tempfile::tempdir().unwrap();
    let (expected, result) = run(whole.path(), spec, &to_the_end);
    let expected_run = result.unwrap();
    assert!(expected.iter().all(|(_, _, loss)| loss.is_finite()));
    for (phase, step) in breaks {
        let folder = tempfile::tempdir().unwrap();
        let stop = |event: &TrainingEvent| matches!(event, TrainingEvent::Step(point) if point.phase == *phase && point.step == *step);
        let (mut losses, result) = run(folder.path(), spec, &stop);
        assert!(matches!(result, Err(ModelError::Cancelled(_))));
        let (rest, result) = run(folder.path(), spec, &to_the_end);
        assert!(rest.len() < expected.len(), "it went on rather than start again");
        losses.extend(rest);
        assert_eq!(losses, expected, "broken off in {phase:?}");
        assert_eq!(result.unwrap().epochs, expected_run.epochs);
        let weights = |folder: &Path| std::fs::read(folder.join("model.safetensors")).unwrap();
        assert!(weights(folder.path()) == weights(whole.path()));
    }
    expected_run
}

#[test]
fn a_contrastive_run_repeats_itself_and_goes_on_after_a_break_in_either_phase() {
    let run = repeats(&contrast_spec(), &[(Phase::Contrast, 4), (Phase::Decoding, 3)]);
    assert!(run.outcome.retrieval.is_some() && run.outcome.encoding_accuracy.is_some() && run.outcome.detail.is_some());
}

#[test]
fn every_loss_and_augmentation_repeats_itself() {
    for loss in [Loss::BatchHard, Loss::Pairs] {
        let mut spec = TrainingSpec { phases: PhaseChoice::One, ..contrast_spec() };
        spec.contrast.loss = loss;
        spec.contrast.augmentation.mix = 0.5;
        (spec.contrast.augmentation.bands, spec.contrast.augmentation.frames) = (8, 30);
        repeats(&spec, &[(Phase::Contrast, 4)]);
    }
    let siamese = TrainingSpec { architecture: Architecture::Siamese, ..contrast_spec() };
    repeats(&siamese, &[(Phase::Contrast, 2)]);
}

#[test]
fn a_convolutional_autoencoder_repeats_itself_and_gives_segments_back() {
    let conv = TrainingSpec { architecture: Architecture::Conv, input: Input::Separated, ..spec() };
    let expected = repeats(&conv, &[(Phase::Encoding, 3), (Phase::Embedding, 2)]);
    // It begins where the axes end, and these draw music as simple as this nearly whole.
    let losses: Vec<f32> = expected.epochs[..3].iter().map(|(training, _)| training.loss).collect();
    assert!(losses.iter().all(|loss| *loss < 0.003), "{losses:?}");
    assert!(expected.outcome.detail.is_some() && expected.outcome.triplet_accuracy.is_some());
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &conv, &to_the_end).1.unwrap();
    let flow = Embedder::load(folder.path(), &cpu()).unwrap().flow(&music(1).0[0].1, 0..3).unwrap();
    assert_eq!((flow.input.len(), flow.reconstruction.len()), (3 * 12_000, 3 * 12_000));
    assert_eq!(flow.hidden_out.len(), 3 * flow.hidden_dims[1]);
    // Segments of another length.
    let short = TrainingSpec { grid: SegmentGrid::THREE_SECONDS, input: Input::Plain, ..conv };
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &short, &to_the_end).1.unwrap();
    let flow = Embedder::load(folder.path(), &cpu()).unwrap().flow(&music(1).0[0].1, 0..3).unwrap();
    assert_eq!(flow.reconstruction.len(), 3 * 9_000);
}

#[test]
fn a_convolutional_autoencoder_is_sharper_than_a_dense_one_of_the_same_width() {
    let learnt = |architecture| {
        let folder = tempfile::tempdir().unwrap();
        let spec = TrainingSpec { architecture, phases: PhaseChoice::One, ..spec() };
        run(folder.path(), &spec, &to_the_end).1.unwrap().outcome
    };
    let (dense, conv) = (learnt(Architecture::Dense), learnt(Architecture::Conv));
    assert!(conv.encoding_accuracy > dense.encoding_accuracy, "{conv:?} {dense:?}");
    assert!(conv.centred_accuracy > dense.centred_accuracy, "{conv:?} {dense:?}");
    assert!(conv.detail > dense.detail, "{conv:?} {dense:?}");
}

/// The music with a side that grows wider from track to track.
fn wide_music(tracks: usize) -> MemorySource {
    let widen = |(index, (artist, middle)): (usize, (String, Spectrogram))| {
        let width = 0.1 * index as f32;
        let side = middle.values().iter().map(|value| (value - 0.5 + width).clamp(0.0, 1.0)).collect();
        let side = Spectrogram::new(middle.frames(), middle.bands(), side).unwrap();
        (artist, middle.beside(&side).unwrap())
    };
    MemorySource(music(tracks).0.into_iter().enumerate().map(widen).collect())
}

#[test]
fn a_network_that_listens_to_the_side_hears_it_and_draws_the_middle() {
    let mut spec = TrainingSpec { input: Input::Stereo, ..contrast_spec() };
    spec.contrast.measured = 0.33;
    spec.contrast.augmentation.mix = 0.5;
    for spec in [TrainingSpec { architecture: Architecture::Conv, ..spec.clone() }, spec] {
        let folder = tempfile::tempdir().unwrap();
        let (source, control, mut shown) = (wide_music(9), Control::default(), 0);
        train_on(&source, folder.path(), &spec, &cpu(), &control, &mut |event| {
            if let TrainingEvent::Reconstruction(sample) = event {
                shown += 1;
                assert_eq!((sample.input.len(), sample.output.len()), (12_000, 12_000));
            }
        })
        .unwrap();
        assert!(shown > 0);
        let embedder = Embedder::load(folder.path(), &cpu()).unwrap();
        let (wide, middle) = (&source.0[4].1, &music(9).0[4].1);
        let flow = embedder.flow(wide, 0..3).unwrap();
        assert_eq!(flow.input[..12_000], middle.values()[..12_000]);
        assert_eq!(flow.reconstruction.len(), 3 * 12_000);
        let other_side = middle.beside(middle).unwrap();
        assert_ne!(embedder.embed(wide).unwrap().1, embedder.embed(&other_side).unwrap().1, "the side is heard");
        assert!(matches!(embedder.embed(middle), Err(ModelError::Shape { model_bands: 120, .. })));
    }
    let dense = TrainingSpec { input: Input::Stereo, ..self::spec() };
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(run(folder.path(), &dense, &to_the_end).1, Err(ModelError::Setting { .. })));
}

#[test]
fn fine_tuning_changes_the_encoder_and_repeats_itself() {
    for architecture in [Architecture::Dense, Architecture::Conv] {
        let tuned = TrainingSpec { architecture, fine_tune: true, ..spec() };
        repeats(&tuned, &[(Phase::Embedding, 3)]);
        let encodings = [tuned.clone(), TrainingSpec { fine_tune: false, ..tuned }].map(|spec| {
            let folder = tempfile::tempdir().unwrap();
            run(folder.path(), &spec, &to_the_end).1.unwrap();
            Embedder::load(folder.path(), &cpu()).unwrap().embed(&music(1).0[0].1).unwrap().0
        });
        assert!(encodings[0] != encodings[1]);
    }
}

#[test]
fn triplets_of_artists_are_learnt_from() {
    let artists = TrainingSpec { positives: Positives::Artist, ..spec() };
    repeats(&artists, &[(Phase::Embedding, 2)]);
}

#[test]
fn a_contrastive_model_starts_from_the_convolutions_of_another() {
    let models = tempfile::tempdir().unwrap();
    let train = |name: &str, spec: TrainingSpec| run(&models.path().join(name), &spec, &to_the_end);
    train("conv", TrainingSpec { architecture: Architecture::Conv, ..spec() }).1.unwrap();
    train("dense", spec()).1.unwrap();
    let from = |name: &str| TrainingSpec { start_from: Some(name.to_owned()), ..contrast_spec() };
    let (fresh, started) = (train("fresh", contrast_spec()), train("started", from("conv")));
    started.1.unwrap();
    assert_ne!(fresh.0[0], started.0[0]);
    for name in ["dense", "missing", "../conv"] {
        assert!(train("refused", from(name)).1.is_err(), "{name}");
    }
}

#[test]
fn a_contrastive_model_puts_points_on_the_unit_sphere_whatever_else_is_embedded_with_them() {
    let mut spec = contrast_spec();
    spec.contrast.context = 0.0;
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &spec, &to_the_end).1.unwrap();
    let embedder = Embedder::load(folder.path(), &cpu()).unwrap();
    let (_, spectrogram) = &music(3).0[2];
    let (encoding, embedding) = embedder.embed(spectrogram).unwrap();
    assert_eq!((encoding.0.dim(), embedding.0.dim(), embedding.0.len()), (16, 64, 5));
    for point in embedding.0.points() {
        assert!((point.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-4);
    }
    // Normalisation uses what training saw, not what happens to be embedded together.
    let alone = Spectrogram::new(200, 60, spectrogram.values()[..200 * 60].to_vec()).unwrap();
    let (_, first) = embedder.embed(&alone).unwrap();
    let difference = first.0.values().iter().zip(embedding.0.values()).map(|(a, b)| (a - b).abs());
    assert!(difference.fold(0.0, f32::max) < 1e-5);
    let flow = embedder.flow(spectrogram, 0..5).unwrap();
    assert_eq!(flow.hidden_in.len(), 5 * flow.hidden_dims[0]);
    assert_eq!(flow.hidden_out.len(), 5 * flow.hidden_dims[1]);
    assert_eq!(flow.reconstruction.len(), flow.input.len());
}

#[test]
fn what_is_measured_and_the_context_are_in_every_point_the_same_way() {
    let mut spec = contrast_spec();
    (spec.contrast.measured, spec.contrast.context) = (0.75, 1.0);
    let folder = tempfile::tempdir().unwrap();
    repeats(&spec, &[(Phase::Contrast, 4)]);
    run(folder.path(), &spec, &to_the_end).1.unwrap();
    let embedder = Embedder::load(folder.path(), &cpu()).unwrap();
    let (_, spectrogram) = &music(3).0[2];
    let (_, embedding) = embedder.embed(spectrogram).unwrap();
    let points: Vec<&[f32]> = embedding.0.points().collect();
    assert!(points.iter().all(|point| (point.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-4));
    // Some of its segments are given as all of them are, though their context reaches beyond them.
    let flow = embedder.flow(spectrogram, 1..3).unwrap();
    assert_eq!(flow.embedding.len(), 2 * embedding.0.dim());
    let given = flow.embedding.iter().zip(points[1].iter().chain(points[2]));
    assert!(given.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-4);
    // A segment heard alone is another point than in its piece.
    let alone = Spectrogram::new(200, 60, spectrogram.values()[..200 * 60].to_vec()).unwrap();
    let (_, first) = embedder.embed(&alone).unwrap();
    assert!(first.0.values().iter().zip(points[0]).any(|(a, b)| (a - b).abs() > 1e-3));
}
