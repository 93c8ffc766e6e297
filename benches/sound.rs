//! How long it takes to hear a spectrogram back, and how near the sound comes: `cargo bench --profile dev --bench sound`.

use std::time::Instant;

use songline::domain::{Control, FRAMES_PER_SECOND, Spectrogram};
use songline::dsp::{invert, log_mel};
use songline::source::demo::{pieces, render};

const ROUNDS: usize = 48;
const RUNS: usize = 3;
/// Pieces of different styles.
const PIECES: [usize; 3] = [0, 20, 40];

fn main() {
    for index in PIECES {
        let spectrogram = spectrogram(index);
        let seconds = spectrogram.frames() as f64 / FRAMES_PER_SECOND as f64;
        let mut best = f64::INFINITY;
        let mut convergence = (0.0, 0.0);
        for _ in 0..RUNS {
            let begun = Instant::now();
            let found = invert(&spectrogram, ROUNDS, &Control::default()).expect("nobody cancels it");
            best = best.min(begun.elapsed().as_secs_f64());
            convergence = (found.convergence[0], found.convergence[ROUNDS - 1]);
        }
        println!(
            "{:<28} {seconds:.0} s of sound in {best:.2} s; spectral convergence {:.3} after 1 round, {:.3} after {ROUNDS}",
            pieces()[index].title,
            convergence.0,
            convergence.1,
        );
    }
}

/// The spectrogram of a demo piece, every other sample of the mean of both sides.
fn spectrogram(index: usize) -> Spectrogram {
    let [left, right] = render(index);
    // The demo is composed at twice the rate of the analysis; the mean of two samples is filter enough here.
    let mono: Vec<f32> = left.iter().zip(&right).map(|(left, right)| 0.5 * (left + right)).collect();
    let halved: Vec<f32> = mono.chunks_exact(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
    log_mel(&halved).expect("a piece is sound")
}
