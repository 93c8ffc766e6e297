//! Steps a second of phase 1 on the CPU, at 64 tracks of 14 segments: `cargo bench --bench training`.
//!
//! Baseline, in the same run: the matrix products that such a step cannot do without, by ndarray on one thread.

use std::time::Instant;

use ndarray::Array2;
use songline::domain::{Control, DeviceChoice, MEL_BANDS, PREVIEW_FRAMES, Spectrogram};
use songline::model::{MemorySource, PhaseChoice, TrainingEvent, TrainingSpec, resolve_device, train_on};

const TRACKS: usize = 64;
const ROWS: usize = TRACKS * 14;
const SEGMENT: usize = 200 * MEL_BANDS;
const STEPS: usize = 8;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = MemorySource((0..TRACKS).map(|track| (format!("artist {track}"), spectrogram(track))).collect());
    let spec = TrainingSpec {
        phases: PhaseChoice::One,
        epochs: STEPS,
        minimum_steps: 0,
        steps_per_epoch: 0,
        validation_share: 0.0,
        patience: 0,
        ..TrainingSpec::default()
    };
    let device = resolve_device(DeviceChoice::Cpu).expect("every machine has a CPU");
    let mut times = Vec::new();
    let mut on_event = |event: TrainingEvent| {
        if matches!(event, TrainingEvent::Step(_)) {
            times.push(Instant::now());
        }
    };
    train_on(&source, folder.path(), &spec, &device, &Control::default(), &mut on_event).expect("training works");
    // The first step also warms up.
    let seconds = (times[times.len() - 1] - times[1]).as_secs_f64() / (times.len() - 2) as f64;

    let (input, wide, narrow) =
        (Array2::<f32>::ones((ROWS, SEGMENT)), Array2::<f32>::ones((SEGMENT, 128)), Array2::<f32>::ones((ROWS, 128)));
    let begun = Instant::now();
    let forward_in = input.dot(&wide);
    let forward_out = narrow.dot(&wide.t());
    let gradient_out = narrow.t().dot(&input);
    let gradient_hidden = input.dot(&wide);
    let gradient_in = input.t().dot(&narrow);
    let baseline = begun.elapsed().as_secs_f64();
    let kept =
        forward_in[[0, 0]] + forward_out[[0, 0]] + gradient_out[[0, 0]] + gradient_hidden[[0, 0]] + gradient_in[[0, 0]];
    assert!(kept.is_finite());

    println!("phase 1, {ROWS} rows of {SEGMENT}: {:.2} steps/s, {:.0} clips/s", 1.0 / seconds, TRACKS as f64 / seconds);
    println!("its matrix products by ndarray on one thread: {:.2} steps/s", 1.0 / baseline);
    println!("ratio: {:.2}", baseline / seconds);
}

fn spectrogram(track: usize) -> Spectrogram {
    let value = |index: usize| ((index * 7 + track * 131) % 997) as f32 / 997.0;
    let values = (0..PREVIEW_FRAMES * MEL_BANDS).map(value).collect();
    Spectrogram::new(PREVIEW_FRAMES, MEL_BANDS, values).expect("finite values of the right shape")
}
