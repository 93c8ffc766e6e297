//! A made-up library, inspection and training run for the tests of the screens.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use songline::domain::{
    ContentHash, DeviceChoice, Metric, Progress, SegmentGrid, Tags, Track, TrackId, Trajectory, Waveform,
};
use songline::jobs::message::{
    CurvePoint, DeviceSummary, EvaluationReport, FailedFile, FileQuery, Flow, Inspection, JobCommand, JobEvent, JobId,
    JobOutput, JobSpec, LibrarySnapshot, Measure, MetricReport, ModelSummary, Partial, Phase, Recommendation,
    Recommendations, ReconstructionSample, Score, Subject, SystemKind, SystemReport, TrainingEvent,
};
use songline::settings::Settings;
use songline::state::{AppCommand, AppState, Effect, Screen, Session};

const BANDS: usize = 60;
const FRAMES: usize = 200;
const HOP: usize = 100;

/// A number from 0 to 1 that looks like chance and is the same every time.
pub fn noise(seed: usize) -> f32 {
    let mut x = (seed as u32).wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    x = ((x >> ((x >> 28) + 4)) ^ x).wrapping_mul(277_803_737);
    ((x >> 22) ^ x) as f32 / u32::MAX as f32
}

/// The value of a piece at frame and band: a bass, chords that change, a melody with overtones, and drums.
fn piece(key: usize, frame: usize, band: usize) -> f32 {
    let (t, b) = (frame as f32 / 50.0, band as f32);
    let beat = 0.5 + 0.06 * (key % 4) as f32;
    let since = t % beat;
    let chord = (t / (4.0 * beat)) as usize;
    let bump = |centre: f32, width: f32| (-((b - centre) / width).powi(2)).exp();
    let mut value = 0.16 * (1.0 - b / 90.0) + 0.10 * noise(frame * 61 + band + key * 7_919);
    value += 0.7 * bump(2.0 + (chord * 3 % 5) as f32, 1.6) * (-since * 2.5).exp();
    for (voice, step) in [0, 4, 7].into_iter().enumerate() {
        let root = 12.0 + (chord * 5 % 7) as f32 + step as f32 * 0.9;
        value += 0.34 * bump(root, 0.9) + 0.2 * bump(root + 13.0, 1.1) + 0.05 * voice as f32 * bump(root + 21.0, 1.4);
    }
    let note = (t / (beat / 2.0)) as usize;
    let melody = 26.0 + 9.0 * noise(note + key * 131) + 0.5 * (t * 34.0).sin();
    let fade = (-(t % (beat / 2.0)) * 4.0).exp();
    value += fade * (0.6 * bump(melody, 0.9) + 0.35 * bump(melody + 9.0, 1.0) + 0.2 * bump(melody + 15.0, 1.0));
    value += 0.5 * (b / 60.0).powi(2) * (-(t % (beat / 2.0)) * 26.0).exp();
    if (t / beat) as usize % 2 == 1 {
        value += 0.42 * (-since * 12.0).exp() * bump(34.0, 22.0);
    }
    let quiet = if t < 5.0 { 0.35 + 0.13 * t } else { 1.0 };
    (value * quiet).clamp(0.0, 1.0)
}

/// A plausible flow: the reconstruction is the input, blurred.
pub fn flow(key: usize, segments: usize) -> Flow {
    let frame = |row: usize, frame: usize, band: usize| piece(key, row * HOP + frame, band);
    let mut input = Vec::new();
    let mut reconstruction = Vec::new();
    let mut accuracy = Vec::new();
    for row in 0..segments {
        let (mut dot, mut a, mut b) = (0.0, 0.0, 0.0);
        for f in 0..FRAMES {
            for band in 0..BANDS {
                let seen = frame(row, f, band);
                let mut sum = 0.0;
                for (df, db) in [(-9, 0), (-5, 0), (0, 0), (5, 0), (9, 0), (0, 1), (0, -1), (-3, 1), (3, -1)] {
                    let near = (f as i32 + df).clamp(0, FRAMES as i32 - 1) as usize;
                    sum += frame(row, near, (band as i32 + db).clamp(0, BANDS as i32 - 1) as usize);
                }
                let given = sum / 9.0;
                input.push(seen);
                reconstruction.push(given);
                dot += seen * given;
                a += seen * seen;
                b += given * given;
            }
        }
        accuracy.push(dot / (a * b).sqrt());
    }
    let layer = |dim: usize, salt: usize, floor: f32| -> Vec<f32> {
        let value = |i: usize| {
            let (row, unit) = (i / dim, i % dim);
            let own = noise(unit * 31 + salt + key * 977) * 2.4 - 0.9;
            let drift = 0.6 * ((row as f32 * 0.5 + unit as f32 * 1.7).sin()) * noise(unit + salt * 3);
            (own + drift + 0.25 * noise(i + salt)).max(floor)
        };
        (0..segments * dim).map(value).collect()
    };
    Flow {
        segments,
        frames: FRAMES,
        bands: BANDS,
        input,
        hidden_in: layer(128, 1, 0.0),
        encoding: layer(128, 2, 0.0),
        hidden_out: layer(128, 3, 0.0),
        reconstruction,
        embedding: layer(64, 4, -9.0),
        hidden_dims: [128, 128],
        encoding_dim: 128,
        embedding_dim: 64,
        accuracy,
    }
}

const TITLES: [(&str, &str, &str); 8] = [
    ("Glass Harbour", "Ondine Ferrars", "Ambient"),
    ("Night Bus to Tarn", "The Low Meadows", "Indie Rock"),
    ("Copper Kites", "Sable & Finch", "Electronic"),
    ("Prelude for a Slow Lift", "M. Arkwright", "Classical"),
    ("Hundred Fathom Step", "Kilo Drift", "Drum and Bass"),
    ("Marigold Arithmetic", "Ondine Ferrars", "Ambient"),
    ("Second Hand Weather", "Pale Avenue", "Folk"),
    ("Turnstile", "Kilo Drift", "Drum and Bass"),
];

pub fn track(id: i64) -> Track {
    let (title, artist, genre) = TITLES[(id as usize - 1) % TITLES.len()];
    let short = id == 7;
    Track {
        id: TrackId(id),
        hash: ContentHash([id as u8; 32]),
        sound: ContentHash([id as u8 + 100; 32]),
        path: PathBuf::from(format!("/music/{artist}/{title}.flac")),
        tags: Tags {
            title: Some(title.to_owned()),
            artist: Some(artist.to_owned()),
            album: Some("Unsent Letters".to_owned()),
            genre: Some(genre.to_owned()),
            year: Some(2019),
        },
        duration_s: if short { 21.4 } else { 188.0 + id as f64 * 7.0 },
        segments: if short { 9 } else { 93 },
        preview_start: if short { 0 } else { 5 },
        tempo: Some(96.0),
        key: None,
        loudness: Some(-12.0),
        damaged_packets: if id == 3 { 2 } else { 0 },
        added_at: 1_700_000_000,
    }
}

fn model(name: &str, active: bool, bundled: bool) -> ModelSummary {
    ModelSummary {
        name: name.to_owned(),
        architecture: "dense".to_owned(),
        encoding: 128,
        embedding: 64,
        bundled,
        active,
        created_at: 1_700_000_000,
        encoding_accuracy: Some(0.944),
        triplet_accuracy: (!bundled).then_some(0.913),
        retrieval: None,
        embedded: if active { 8 } else { 0 },
        grid: SegmentGrid::default(),
    }
}

/// Where the job of an effect is answered.
pub fn job_of(effects: &[Effect], wanted: impl Fn(&JobSpec) -> bool) -> Option<JobId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Job(JobCommand::Start { id, spec }) if wanted(spec) => Some(*id),
        _ => None,
    })
}

pub fn answer(state: &mut AppState, id: JobId, output: JobOutput) -> Vec<Effect> {
    state.on_job(JobEvent::Finished { id, result: Ok(output) })
}

/// A state with eight tracks, two models and two processors; no job runs.
pub fn with_library() -> AppState {
    let mut state = AppState::new(Settings::default(), Session::default());
    let effects = state.start();
    let read = job_of(&effects, |spec| *spec == JobSpec::ReadLibrary).unwrap();
    let devices = job_of(&effects, |spec| *spec == JobSpec::ListDevices).unwrap();
    let snapshot = LibrarySnapshot {
        hidden: Vec::new(),
        recordings: Vec::new(),
        features: Vec::new(),
        origins: Vec::new(),
        terms_accepted: false,
        left: Vec::new(),
        folders: Vec::new(),
        root: PathBuf::from("/home/ada/.local/share/songline"),
        unwritable: false,
        tracks: (1..=8).map(|id| Arc::new(track(id))).collect(),
        failures: vec![
            FailedFile {
                path: PathBuf::from("/music/Pale Avenue/Side B/03 Unfinished.mp3"),
                reason: "the file holds no audio track".to_owned(),
            },
            FailedFile {
                path: PathBuf::from("/music/incoming/live_2011_take4.wav"),
                reason: "the file ends after 0.2 s of 4 s that a segment needs".to_owned(),
            },
        ],
        models: vec![model("songline-128", true, true), model("my-model", false, false)],
    };
    answer(&mut state, read, JobOutput::Library(Box::new(snapshot)));
    let list = [(DeviceChoice::Cpu, "AMD Ryzen 7 7840U", false), (DeviceChoice::Vulkan, "llvmpipe (LLVM 19.1)", true)];
    let list = list.map(|(choice, name, software)| DeviceSummary { choice, name: name.to_owned(), software });
    answer(&mut state, devices, JobOutput::Devices(list.into()));
    let running: Vec<JobId> = state.jobs.iter().map(|(id, _)| id).collect();
    for id in running {
        state.on_job(JobEvent::Finished { id, result: Err(songline::jobs::message::JobError::Cancelled) });
    }
    state
}

/// The state with track 1 selected, recommendations found, and the track sent through the network.
pub fn with_inspection() -> AppState {
    let mut state = with_library();
    let effects = state.apply(AppCommand::Select(TrackId(1)));
    let search = job_of(&effects, |spec| matches!(spec, JobSpec::Recommend(_))).unwrap();
    let items = [6, 2, 4].map(|id| Recommendation {
        track: TrackId(id),
        distance: 0.2 * id as f32,
        distances: [0.2 * id as f32; 5],
        ranks: [id as u32; 5],
    });
    let recommendations = Recommendations {
        seeds: vec![TrackId(1)],
        metric: Metric::Mean,
        items: items.into(),
        compared: 7,
        filtered: 0,
        folded: Vec::new(),
        capped: 0,
        exact: true,
        stages: Vec::new(),
        took: Duration::from_millis(1),
    };
    let recommended = JobOutput::Recommended { recommendations: Arc::new(recommendations), file: None };
    answer(&mut state, search, recommended);
    let effects = state.apply(AppCommand::Show(Screen::Inspect));
    let inspect = job_of(&effects, |spec| matches!(spec, JobSpec::Inspect { .. })).unwrap();
    answer(&mut state, inspect, JobOutput::Inspected(Arc::new(inspection(1))));
    state.apply(AppCommand::SelectSegment(9));
    state
}

/// The state with track 6 beside track 1.
pub fn with_comparison() -> AppState {
    let mut state = with_inspection();
    let effects = state.apply(AppCommand::CompareWith(Some(TrackId(6))));
    let inspect = job_of(&effects, |spec| matches!(spec, JobSpec::Inspect { .. })).unwrap();
    answer(&mut state, inspect, JobOutput::Inspected(Arc::new(inspection(6))));
    state
}

/// The state with a file outside the library asked about and sent through the network.
pub fn with_inspected_file() -> AppState {
    let mut state = with_library();
    let path = PathBuf::from("/elsewhere/found.ogg");
    let effects = state.apply(AppCommand::RecommendFile(path.clone()));
    let search = job_of(&effects, |spec| matches!(spec, JobSpec::Recommend(_))).unwrap();
    let tags = Tags { title: Some("Found on a Tape".to_owned()), ..Tags::default() };
    let track = Track { id: TrackId(0), path: path.clone(), tags, ..(*state.library.tracks[0]).clone() };
    let trajectory = Trajectory::new(1, vec![0.0; 14]).unwrap();
    let file = FileQuery { track, trajectory, waveform: Waveform { peaks: vec![9; 40] } };
    let recommendations = Recommendations {
        seeds: Vec::new(),
        metric: Metric::Mean,
        items: Vec::new(),
        compared: 7,
        filtered: 0,
        folded: Vec::new(),
        capped: 0,
        exact: true,
        stages: Vec::new(),
        took: Duration::from_millis(1),
    };
    let file = Some(Box::new(file));
    answer(&mut state, search, JobOutput::Recommended { recommendations: Arc::new(recommendations), file });
    let effects = state.apply(AppCommand::Show(Screen::Inspect));
    let inspect = job_of(&effects, |spec| matches!(spec, JobSpec::Inspect { .. })).unwrap();
    let inspection = Inspection { subject: Subject::File(path), ..inspection(1) };
    answer(&mut state, inspect, JobOutput::Inspected(Arc::new(inspection)));
    state.apply(AppCommand::SelectSegment(7));
    state
}

pub fn inspection(id: i64) -> Inspection {
    Inspection {
        subject: Subject::Track(TrackId(id)),
        model: "songline-128".to_owned(),
        offset: 5,
        flow: flow(id as usize, 14),
    }
}

/// The state with a training run in its second phase.
pub fn with_training() -> AppState {
    let mut state = with_library();
    let effects = state.apply(AppCommand::StartTraining);
    let id = job_of(&effects, |spec| matches!(spec, JobSpec::Train { .. })).unwrap();
    let mut tell = |event: TrainingEvent| {
        state.on_job(JobEvent::Partial { id, partial: Partial::Training(event) });
    };
    tell(TrainingEvent::Started {
        device: "AMD Ryzen 7 7840U (flex)".to_owned(),
        training_tracks: 57,
        validation_tracks: 6,
        refused: vec![(TrackId(7), "21.4 s".to_owned())],
        resumed_from: None,
    });
    for (phase, epochs, steps) in [(Phase::Encoding, 10, 24), (Phase::Embedding, 4, 60)] {
        tell(TrainingEvent::PhaseStarted { phase, epochs: 10, steps_per_epoch: steps });
        let point = |epoch: usize, step: usize, better: f32| {
            let x = step as f32 / steps as f32;
            let jitter = 0.25 * noise(step * 7 + epoch) * better;
            let (loss, accuracy) = match phase {
                Phase::Encoding | Phase::Decoding => (0.09 * (-x * 0.8).exp() + 0.012, 0.955 - 0.4 * (-x * 0.7).exp()),
                Phase::Embedding | Phase::Contrast => (0.12 * (-x * 0.9).exp() + 0.018, 0.93 - 0.3 * (-x).exp()),
            };
            CurvePoint { phase, epoch, step, loss: loss * (1.0 + jitter), accuracy: accuracy - 0.06 * jitter }
        };
        for epoch in 1..=epochs {
            for step in 1..=steps {
                tell(TrainingEvent::Step(point(epoch, (epoch - 1) * steps + step, 1.0)));
            }
            let training = point(epoch, epoch * steps, 0.1);
            let validation =
                CurvePoint { loss: training.loss * 1.12 + 0.002, accuracy: training.accuracy - 0.012, ..training };
            let eta = Duration::from_secs(372 - epoch as u64 * 20);
            tell(TrainingEvent::Epoch { training, validation: Some(validation), best: true, eta });
        }
        let flow = flow(4, 1);
        tell(TrainingEvent::Reconstruction(Box::new(ReconstructionSample {
            track: TrackId(4),
            segment: 5,
            frames: flow.frames,
            bands: flow.bands,
            input: flow.input,
            output: flow.reconstruction,
            accuracy: flow.accuracy[0],
        })));
    }
    let progress = Progress::new("Phase 2 · embedding", 14, Some(20)).with_detail("epoch 5 of 10");
    state.on_job(JobEvent::Progress { id, progress });
    state
}

/// An evaluation of one model beside chance, whose score is `value` under every metric.
pub fn evaluation(value: f64) -> EvaluationReport {
    let score = |measure, label: &str| Score {
        measure,
        label: label.to_owned(),
        value,
        low: value - 0.5,
        high: value + 0.2,
        chance: Some(0.05),
        queries: 40,
    };
    let metric = |name: &str| MetricReport {
        metric: name.to_owned(),
        scores: vec![score(Measure::RecallAt1, "recording")],
        styles: Vec::new(),
        robustness: Vec::new(),
    };
    let system = SystemReport {
        name: "songline-128".to_owned(),
        kind: SystemKind::Model,
        weights: Some("ab".repeat(32)),
        about: "dense 128 to 128".to_owned(),
        metrics: vec![metric("min")],
        triplets: Vec::new(),
        agreement: Vec::new(),
    };
    EvaluationReport {
        version: 1,
        created_at: 0,
        program: "0.1.0".to_owned(),
        seed: 1,
        span: "preview".to_owned(),
        labels_from: "labels.csv".to_owned(),
        labels: Vec::new(),
        tracks: 40,
        validation_share: None,
        validation_from: 0.0,
        left_out_styles: Vec::new(),
        systems: vec![system],
        altered_tracks: 0,
        not_run: Vec::new(),
        notes: Vec::new(),
        seconds: 1.0,
    }
}
