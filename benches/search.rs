//! Time of one query over 20,000 synthetic tracks of 14 points of 128 dimensions, per metric, as a ratio to the plain
//! definition measured in the same run: `cargo bench --bench search`.
//!
//! The plain definition fills the table of distances coordinate by coordinate on one thread; it is timed on a share of
//! the tracks and scaled up.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use songline::domain::{Metric, TrackId, Trajectory};
use songline::similarity::{Index, SearchOptions, distance};

const TRACKS: usize = 20_000;
const POINTS: usize = 14;
const DIM: usize = 128;
const PLAIN_TRACKS: usize = 1_000;
const RUNS: usize = 5;

fn walk(rng: &mut ChaCha8Rng) -> Trajectory {
    let mut at: Vec<f32> = (0..DIM).map(|_| rng.random_range(-1.0..1.0)).collect();
    let mut values = Vec::with_capacity(POINTS * DIM);
    for _ in 0..POINTS {
        at.iter_mut().for_each(|value| *value += rng.random_range(-0.3..0.3));
        values.extend_from_slice(&at);
    }
    Trajectory::new(DIM, values).expect("whole points of finite values")
}

fn fastest(mut work: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..RUNS).map(time).min().unwrap_or_default()
}

fn main() {
    // `cargo test --benches` asks benches to do no more than run.
    let (tracks, plain) =
        if std::env::args().any(|argument| argument == "--bench") { (TRACKS, PLAIN_TRACKS) } else { (50, 10) };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let library: Vec<_> = (0..tracks).map(|i| (TrackId(i as i64), walk(&mut rng))).collect();
    let query = walk(&mut rng);
    let index = Index::new(library.clone()).expect("one dimension, each track once");

    println!("{tracks} tracks × {POINTS} × {DIM}, {} threads, best of {RUNS}", rayon::current_num_threads());
    println!("{:<10}{:>12}{:>12}{:>10}", "metric", "index ms", "plain ms", "ratio");
    for metric in Metric::SINGLE {
        let fast = fastest(|| {
            black_box(index.distances(metric, black_box(&query)).expect("same dimension"));
        });
        let slow = fastest(|| {
            for (_, track) in &library[..plain] {
                black_box(distance(metric, black_box(&query), black_box(track)));
            }
        });
        row(metric.title(), fast, slow.mul_f64(tracks as f64 / plain as f64));
    }
    let options = SearchOptions { metric: Metric::Blend, ..SearchOptions::default() };
    let fast = fastest(|| {
        black_box(index.search(std::slice::from_ref(&query), &options).expect("same dimension"));
    });
    let slow = fastest(|| {
        for (_, track) in &library[..plain] {
            black_box(distance(Metric::Blend, black_box(&query), black_box(track)));
        }
    });
    row("search", fast, slow.mul_f64(tracks as f64 / plain as f64));
}

fn row(name: &str, fast: Duration, slow: Duration) {
    let (fast, slow) = (1e3 * fast.as_secs_f64(), 1e3 * slow.as_secs_f64());
    println!("{name:<10}{fast:>12.1}{slow:>12.1}{:>10.1}", slow / fast);
}
