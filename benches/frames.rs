//! How long a frame takes while every core imports, and while nothing else is done: `cargo bench --profile dev --bench frames`.
//!
//! The window's own rooms are driven 60 times a second without a screen: taking in the worker's events, commands, layout and
//! the accessibility tree are in it; what the graphics driver takes is not.

#[allow(dead_code, reason = "other programs need the rest")]
mod stage;

use std::error::Error;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use songline::domain::Control;
use songline::source::demo;
use songline::state::{AppCommand, JobKind};

use stage::Stage;

/// From the begin of one frame to the begin of the next.
const FRAME: Duration = Duration::from_micros(16_667);
/// Fewest frames of which a share of one in a hundred says something.
const FEWEST: usize = 600;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let music = folder.path().join("music");
    demo::compose_all(&music, &Control::default(), &|_, _| {})?;
    let mut harness = Stage::open(&folder.path().join("library"))?.harness();
    while !harness.state().state.library.loaded {
        frame(&mut harness);
    }
    let mut importing = Vec::new();
    let mut copies = 0;
    // The same music under other names is known by its content, so each round has a library of its own.
    while importing.len() < FEWEST {
        copies += 1;
        harness = Stage::open(&folder.path().join(format!("library {copies}")))?.harness();
        while !harness.state().state.library.loaded {
            frame(&mut harness);
        }
        harness.state_mut().ask(AppCommand::Import(vec![music.clone()]));
        let busy = |harness: &Harness<'_, Stage>| {
            let jobs = &harness.state().state.jobs;
            [JobKind::Import, JobKind::Embed].iter().any(|kind| jobs.of_kind(kind).is_some())
        };
        while busy(&harness) {
            importing.push(frame(&mut harness));
        }
    }
    // The map and the first search, which follow by themselves.
    while harness.state().state.jobs.iter().next().is_some() {
        frame(&mut harness);
    }
    let idle: Vec<f64> = (0..importing.len()).map(|_| frame(&mut harness)).collect();
    let cores = std::thread::available_parallelism()?;
    println!("milliseconds a frame, {} frames each, {cores} cores:", importing.len());
    let (importing, idle) = (told("while importing and embedding", importing), told("while nothing is done", idle));
    println!("  the slowest in a hundred: {:.1} times as long while importing", importing / idle);
    Ok(())
}

/// Milliseconds that one frame takes; waits until the next one is due.
fn frame(harness: &mut Harness<'_, Stage>) -> f64 {
    let begun = Instant::now();
    harness.step();
    let took = begun.elapsed();
    std::thread::sleep(FRAME.saturating_sub(took));
    took.as_secs_f64() * 1_000.0
}

/// Prints and gives the 99th percentile.
fn told(what: &str, mut frames: Vec<f64>) -> f64 {
    frames.sort_by(f64::total_cmp);
    let at = |share: f64| frames[((frames.len() - 1) as f64 * share).round() as usize];
    println!("  {what:<30} median {:6.2}   99th percentile {:6.2}   longest {:6.2}", at(0.5), at(0.99), at(1.0));
    at(0.99)
}
