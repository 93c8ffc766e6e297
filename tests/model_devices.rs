//! The same model on the CPU and on a graphics adapter gives the same points.

use songline::domain::{Control, DeviceChoice, Span, Spectrogram};
use songline::model::{
    Architecture, ComputeDevice, ContrastSpec, Embedder, MemorySource, TrainingEvent, TrainingSpec, resolve_device,
    train_on,
};

fn music() -> MemorySource {
    let spectrogram = |track: usize| {
        let value =
            |at: usize| 0.5 + 0.4 * ((at / 60) as f32 / 40.0 + (at % 60) as f32 * (0.1 + track as f32 * 0.05)).sin();
        Spectrogram::new(400, 60, (0..400 * 60).map(value).collect()).unwrap()
    };
    MemorySource((0..4).map(|track| (format!("artist {track}"), spectrogram(track))).collect())
}

#[test]
fn training_and_embedding_agree_on_cpu_and_vulkan() {
    let vulkan = match resolve_device(DeviceChoice::Vulkan) {
        Ok(device) => device,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let cpu = resolve_device(DeviceChoice::Cpu).unwrap();
    let dense = TrainingSpec {
        span: Span::Whole,
        encoding: 16,
        embedding: 64,
        epochs: 1,
        embedding_epochs: 1,
        minimum_steps: 0,
        batch_tracks: 2,
        validation_share: 0.0,
        ..TrainingSpec::default()
    };
    // Few steps: the first of Adam's moves a weight by the sign of its gradient, and where that is all but nothing the order
    // in which the two devices add decides it.
    let contrast = ContrastSpec { steps: 2, steps_per_epoch: 2, recordings: 3, segments: 2, ..ContrastSpec::default() };
    let contrastive = TrainingSpec { architecture: Architecture::Contrastive, contrast, ..dense.clone() };
    let conv = TrainingSpec { architecture: Architecture::Conv, ..dense.clone() };
    for (spec, tolerance) in [(dense, 1e-3), (conv, 1e-2), (contrastive, 1e-2)] {
        agree(&spec, &cpu, &vulkan, tolerance);
    }
}

/// Losses of a training run within `tolerance` and, with the same weights, encodings and embeddings within 1e-3.
fn agree(spec: &TrainingSpec, cpu: &ComputeDevice, vulkan: &ComputeDevice, tolerance: f32) {
    let music = music();
    let [of_cpu, of_vulkan] = [cpu, vulkan].map(|device| {
        let folder = tempfile::tempdir().unwrap();
        let mut losses = Vec::new();
        train_on(&music, folder.path(), spec, device, &Control::default(), &mut |event| {
            if let TrainingEvent::Step(point) = event {
                losses.push(point.loss);
            }
        })
        .unwrap();
        (folder, losses)
    });
    let within = |a: &[f32], b: &[f32], tolerance: f32| {
        let scale = a.iter().fold(1.0_f32, |scale, value| scale.max(value.abs()));
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance * scale)
    };
    let alike = |a: &[f32], b: &[f32]| within(a, b, 1e-3);
    assert!(within(&of_cpu.1, &of_vulkan.1, tolerance), "losses {:?} and {:?}", of_cpu.1, of_vulkan.1);

    // One set of weights on both.
    let [on_cpu, on_vulkan] = [cpu, vulkan].map(|device| Embedder::load(of_cpu.0.path(), device).unwrap());
    for (_, spectrogram) in &music.0 {
        let ((encoding, embedding), (encoding_2, embedding_2)) =
            (on_cpu.embed(spectrogram).unwrap(), on_vulkan.embed(spectrogram).unwrap());
        assert!(alike(encoding.0.values(), encoding_2.0.values()));
        assert!(alike(embedding.0.values(), embedding_2.0.values()));
        let (flow, flow_2) = (on_cpu.flow(spectrogram, 0..2).unwrap(), on_vulkan.flow(spectrogram, 0..2).unwrap());
        assert!(alike(&flow.reconstruction, &flow_2.reconstruction));
        assert!(alike(&flow.accuracy, &flow_2.accuracy));
    }
}
