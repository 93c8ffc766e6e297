//! Inside the network over the real rooms: weights, units, nearest segments, made-up encodings, and pictures heard.

mod music;

use std::sync::Arc;

use songline::audio::AudioReader;
use songline::domain::{Control, DeviceChoice, Span};
use songline::jobs::message::{DrawSpec, ExplainQuery, ExplainSpec, SoundSpec, Subject, UnitLayer, WeightKind};
use songline::jobs::{Context, Silent, import, inspect, models, nearest, pair, sound, units};
use songline::library::Library;

const CPU: DeviceChoice = DeviceChoice::Cpu;

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
