//! Milliseconds that the bundled model takes for the 14 segments of a 30-second clip on one core, after the spectrogram:
//! `cargo bench --bench embed`.
//!
//! Baseline, in the same run: the spectrogram of such a clip, on the same core.

use std::path::Path;
use std::time::Instant;

use songline::domain::{DeviceChoice, MEL_BANDS, PREVIEW_FRAMES, SAMPLE_RATE, Spectrogram};
use songline::dsp::Analyser;
use songline::model::{Embedder, resolve_device};

const ROUNDS: usize = 20;

fn main() {
    // Matrix products share rayon's threads; one core means one of them.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("the pool is not in use yet");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/weights/songline-base");
    let device = resolve_device(DeviceChoice::Cpu).expect("every machine has a CPU");
    let embedder = Embedder::load(&folder, &device).expect("the bundled model is whole");
    let clip = spectrogram();
    let embed = time(|| {
        let (_, embedding) = embedder.embed(&clip).expect("a clip of the right shape");
        assert_eq!(embedding.0.len(), 14);
    });
    let samples: Vec<f32> =
        (0..30 * u64::from(SAMPLE_RATE)).map(|index| ((index * index % 7_919) as f32 / 7_919.0 - 0.5) * 0.5).collect();
    let analyse = time(|| {
        let mut analyser = Analyser::new();
        analyser.push(&samples);
        analyser.finish().expect("thirty seconds of sound");
    });
    println!("embedding a 30-second clip, one core: {:.1} ms", embed * 1e3);
    println!("its spectrogram, tempo, key and loudness, the same core: {:.1} ms", analyse * 1e3);
    println!("ratio: {:.2}", embed / analyse);
}

/// The fastest of some rounds, in seconds, after one that warms up.
fn time(mut work: impl FnMut()) -> f64 {
    work();
    let rounds = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed().as_secs_f64()
    });
    rounds.fold(f64::INFINITY, f64::min)
}

fn spectrogram() -> Spectrogram {
    let value = |index: usize| ((index * 7) % 997) as f32 / 997.0;
    let values = (0..PREVIEW_FRAMES * MEL_BANDS).map(value).collect();
    Spectrogram::new(PREVIEW_FRAMES, MEL_BANDS, values).expect("finite values of the right shape")
}
