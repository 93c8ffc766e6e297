//! Inside the network over the real rooms: weights, units, nearest segments, made-up encodings, and pictures heard.

mod music;

use std::path::Path;
use std::sync::Arc;

use songline::audio::AudioReader;
use songline::domain::{Control, DeviceChoice, Span};
use songline::jobs::message::{DrawSpec, ExplainQuery, ExplainSpec, SoundSpec, Subject, UnitLayer, WeightKind};
use songline::jobs::{Context, Silent, import, inspect, models, nearest, pair, sound, units};
use songline::library::Library;
use songline::model::{Architecture, ContrastSpec, Input, TrainingSpec};

const CPU: DeviceChoice = DeviceChoice::Cpu;

/// Makes stereo of a mono WAV file: the same on the left, and on the right the same at `right` of its height.
fn widen(path: &Path, right: f32) {
    let mono = std::fs::read(path).unwrap();
    let (mut wide, samples) = (mono[..44].to_vec(), mono[44..].chunks_exact(2));
    wide[22] = 2;
    // The bytes of a second, of a frame, of the file and of its samples.
    let rate = u32::from_le_bytes(wide[24..28].try_into().unwrap());
    wide[28..32].copy_from_slice(&(rate * 4).to_le_bytes());
    wide[32] = 4;
    let data = 4 * samples.len() as u32;
    wide[4..8].copy_from_slice(&(36 + data).to_le_bytes());
    wide[40..44].copy_from_slice(&data.to_le_bytes());
    for left in samples.map(|pair| i16::from_le_bytes([pair[0], pair[1]])) {
        wide.extend(left.to_le_bytes());
        wide.extend(((f32::from(left) * right) as i16).to_le_bytes());
    }
    std::fs::write(path, wide).unwrap();
}

#[test]
fn a_model_that_listens_to_the_side_asks_for_the_files_again() {
    let folder = tempfile::tempdir().unwrap();
    let library = Arc::new(Library::open(&folder.path().join("library")).unwrap());
    let context = Context::new(library.clone());
    let (control, report) = (Control::default(), Silent);
    let files = music::six(folder.path());
    // Two pieces that differ in nothing but their width.
    std::fs::copy(&files[0], &files[2]).unwrap();
    for (file, right) in files.iter().zip([0.5, 1.0, 0.9, 0.0, 0.3, 0.7]) {
        widen(file, right);
    }
    import::import(&context, &files, false, &control, &report).unwrap();
    let tracks = library.tracks().unwrap();
    assert!(tracks.iter().all(|track| library.side(track.id).unwrap().is_none()), "nobody needed it yet");
    std::fs::remove_file(&files[5]).unwrap();
    let mut spec = TrainingSpec {
        name: "wide".to_owned(),
        architecture: Architecture::Contrastive,
        input: Input::Stereo,
        epochs: 1,
        minimum_steps: 0,
        ..TrainingSpec::default()
    };
    spec.contrast = ContrastSpec { steps: 4, steps_per_epoch: 2, recordings: 4, segments: 2, ..spec.contrast };
    models::train(&context, &spec, CPU, &control, &report).unwrap();
    let (model, embedded) = models::embed(&context, Some("wide"), CPU, &control, &report).unwrap();
    assert_eq!((model.name.as_str(), embedded), ("wide", 5), "one has no file any more");
    models::activate(&context, "wide").unwrap();
    let of = |name: &str| tracks.iter().find(|track| track.path.ends_with(name)).unwrap().id;
    let (narrow, wide) = (of("piece-2.wav"), of("piece-0.wav"));
    let side = |id| library.side(id).unwrap().unwrap();
    assert_ne!(side(narrow), side(wide));
    assert!(side(of("piece-1.wav")).values().iter().all(|value| *value == 0.0), "left and right alike");
    assert_ne!(library.trajectory("wide", narrow).unwrap(), library.trajectory("wide", wide).unwrap());
    assert!(library.check().unwrap().orphans.is_empty() && library.sweep().unwrap().files == 0);

    // A file beside the library is heard on both sides too, and the flow shows the middle.
    let inspection = inspect::inspect(&context, &Subject::Track(wide), None, Span::Preview, CPU, &control).unwrap();
    let as_file =
        inspect::inspect(&context, &Subject::File(files[0].clone()), None, Span::Preview, CPU, &control).unwrap();
    assert_eq!(as_file.flow.embedding.len(), inspection.flow.embedding.len());
    let apart = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // The library's spectrograms are rounded to 16 bits.
    assert!(apart(&as_file.flow.embedding, &inspection.flow.embedding) < 1e-2);
    let units = units::units(&context, Span::Preview, CPU, &control, &report).unwrap();
    assert_eq!((units.tracks, units.of), (5, 6));
    assert_eq!((units.weights[0].kind, units.weights[0].bands), (WeightKind::Kernel, 120));

    // A side that was lost is made again; a track whose file changed forgets its own.
    std::fs::remove_dir_all(library.root().join("spectrograms")).unwrap();
    assert_eq!(library.side(wide).unwrap(), None);
    import::import(&context, &files[..1], false, &control, &report).unwrap();
    inspect::inspect(&context, &Subject::Track(wide), None, Span::Preview, CPU, &control).unwrap();
    assert!(library.side(wide).unwrap().is_some());
}

#[test]
fn what_a_network_does_with_a_library_can_be_seen_and_heard() {
    let folder = tempfile::tempdir().unwrap();
    let library = Arc::new(Library::open(&folder.path().join("library")).unwrap());
    let context = Context::new(library.clone());
    let (control, report) = (Control::default(), Silent);
    let files = music::six(folder.path());
    import::import(&context, &files, false, &control, &report).unwrap();
    let (model, embedded) = models::embed(&context, None, CPU, &control, &report).unwrap();
    assert_eq!(embedded, 6);
    let tracks = library.tracks().unwrap();
    let of = |name: &str| tracks.iter().find(|track| track.path.ends_with(name)).unwrap().id;
    let (first, alike) = (of("piece-0.wav"), of("piece-2.wav"));

    // The bundled network is contrastive: kernels of six frames, and what its decoder draws.
    let found = units::units(&context, Span::Preview, CPU, &control, &report).unwrap();
    assert_eq!((found.tracks, found.of), (6, 6));
    let shapes: Vec<_> = found.weights.iter().map(|layer| (layer.kind, layer.frames, layer.bands)).collect();
    assert_eq!(shapes, [(WeightKind::Kernel, 6, 60), (WeightKind::Draws, 200, 60)]);
    for layer in &found.weights {
        assert_eq!(layer.values.len(), layer.units * layer.frames * layer.bands);
        assert!(layer.values.iter().any(|value| *value != 0.0));
    }
    let layers: Vec<_> = found.layers.iter().map(|layer| layer.layer).collect();
    assert_eq!(layers, [UnitLayer::HiddenIn, UnitLayer::Encoding, UnitLayer::HiddenOut, UnitLayer::Embedding]);

    let inspection = inspect::inspect(&context, &Subject::Track(first), None, Span::Preview, CPU, &control).unwrap();
    let flow = &inspection.flow;
    // The strongest segment of a unit is as strong as the flow says.
    let strongest = found.layers[1].units[3].strongest.iter().find(|found| found.track == first).copied();
    let highest = (0..flow.segments).map(|row| flow.encoding[row * flow.encoding_dim + 3]).fold(f32::MIN, f32::max);
    assert!(strongest.is_some_and(|found| (found.value - highest).abs() < 1e-4), "{strongest:?} {highest}");

    let near = nearest::nearest(&context, first, inspection.offset, &control).unwrap();
    assert_eq!(near.len(), 5);
    assert_eq!(near[0].track, alike, "the nearest segment is of the piece of the same kind: {near:?}");
    assert!(near.windows(2).all(|pair| pair[0].value <= pair[1].value));

    // What the decoder draws of the untouched encoding is the reconstruction; of another, something else.
    let mut spec = DrawSpec { model: model.name, encoding: flow.encoding[..flow.encoding_dim].to_vec(), device: CPU };
    let drawn = sound::draw(&context, &spec).unwrap();
    let size = flow.frames * flow.bands;
    let same = drawn.values.iter().zip(&flow.reconstruction[..size]).all(|(a, b)| (a - b).abs() < 1e-4);
    assert!(same && drawn.values.len() == size);
    spec.encoding[5] += 3.0;
    assert_ne!(sound::draw(&context, &spec).unwrap().values, drawn.values);
    spec.encoding.pop();
    assert!(sound::draw(&context, &spec).is_err());

    let picture = SoundSpec {
        title: "A picture".into(),
        frames: flow.frames,
        bands: flow.bands,
        values: flow.input[..size].to_vec(),
    };
    let heard = sound::sound(&context, &picture, &control, &report).unwrap();
    assert!(heard.seconds == 4.0 && heard.convergence < 0.6, "{heard:?}");
    let mut reader = AudioReader::open(&heard.path).unwrap();
    let mut samples = 0;
    while let Some(block) = reader.next_block().unwrap() {
        samples += block.len();
    }
    assert_eq!(samples, 88_200);

    let spec = ExplainSpec { query: ExplainQuery::Track(first), target: alike, span: Span::Preview };
    let both = pair::pair(&context, &spec).unwrap();
    assert_eq!(both.positions.each_ref().map(Vec::len), [both.query.len(), both.target.len()]);
    assert!(both.kept > 0.0 && both.kept <= 1.0);
    // A line in the plane is never longer than the distance it stands for.
    for (a, point) in both.query.points().zip(&both.positions[0]) {
        for (b, other) in both.target.points().zip(&both.positions[1]) {
            let whole = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
            assert!((point[0] - other[0]).hypot(point[1] - other[1]) <= whole + 1e-3);
        }
    }

    // A run for an audience leaves no model behind.
    let before = library.models().unwrap().len();
    let spec = songline::jobs::message::TrainingSpec {
        name: "tour".into(),
        encoding: 16,
        embedding: 64,
        epochs: 1,
        embedding_epochs: 1,
        minimum_steps: 2,
        steps_per_epoch: 2,
        validation_share: 0.0,
        ..Default::default()
    };
    let outcome = models::rehearse(&context, &spec, CPU, &control, &report).unwrap();
    assert!(outcome.encoding_loss.is_some());
    assert_eq!((library.models().unwrap().len(), library.model_directory("tour").exists()), (before, false));
}
