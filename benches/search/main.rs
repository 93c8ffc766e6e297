//! Milliseconds a query at 10,000, 100,000 and 1,090,000 tracks of 14 points of 128 dimensions, with what each stage of the
//! search leaves over, against comparing every track, the memory's bandwidth and FAISS in the same run.
//!
//! `cargo bench --bench search -- [10k] [100k] [1090k] [--points FILE.trajectories] [--out FOLDER] [--queries N]`; without
//! sizes the first two. `--points` tiles and perturbs the embeddings of a library (`trajectories/*.trajectories` of its
//! folder, of a model of 128 dimensions) beside the made ones. `--out` gets the figures as CSV and the cost against the size
//! as SVG; `--docs docs/search.md` puts both into the document, with the figures of earlier runs where `--from` names their
//! folders, parted by commas. FAISS is asked through `SONGLINE_PYTHON` (else `python3`) where it has `faiss-cpu`.
//!
//! `--library FOLDER` measures nothing and makes a library of that many tracks there instead, for trials of the program.
//!
//! Times are processor time over two threads, which is what a quiet machine of two cores needs; wall times stand beside
//! them. Processor time is that of /proc, so elsewhere than on Linux it is the wall time.

mod data;
mod figures;
mod library;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use songline::domain::{Control, Metric, TrackId, Trajectory};
use songline::similarity::exact::{Level, Share};
use songline::similarity::{Curves, Index, SearchOptions};

use data::{Kind, Mapped, mapped};
use figures::Figure;

const POINTS: usize = 14;
const DIM: usize = 128;
const WIDTH: usize = POINTS * DIM;
/// Tracks that comparing every one is timed on, then scaled up.
const PLAIN: usize = 20_000;
const TOP: usize = 10;

/// Seconds of processor time of all threads of this process so far.
fn cpu_seconds(start: Instant) -> f64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return start.elapsed().as_secs_f64() };
    let of = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    tasks.flatten().filter_map(of).sum::<f64>() / 1e9
}

/// Milliseconds: processor time over two threads, and wall.
#[derive(Clone, Copy, Default)]
struct Time {
    half: f64,
    wall: f64,
}

fn time(work: impl FnOnce()) -> Time {
    let start = Instant::now();
    let before = cpu_seconds(start);
    work();
    Time { half: 500.0 * (cpu_seconds(start) - before), wall: 1e3 * start.elapsed().as_secs_f64() }
}

fn median(mut times: Vec<Time>) -> Time {
    times.sort_by(|a, b| a.half.total_cmp(&b.half));
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Gigabytes a second that all threads together read from memory.
fn bandwidth() -> f64 {
    let memory = vec![1_u64; 1 << 26];
    let best = (0..4)
        .map(|_| {
            time(|| {
                let sum: u64 = memory
                    .par_chunks(1 << 16)
                    .map(|chunk| {
                        let mut sums = [0_u64; 16];
                        for words in chunk.as_chunks::<16>().0 {
                            for (sum, word) in sums.iter_mut().zip(words) {
                                *sum = sum.wrapping_add(*word);
                            }
                        }
                        sums.iter().fold(0, |sum: u64, value| sum.wrapping_add(*value))
                    })
                    .sum();
                black_box(sum);
            })
            .half
        })
        .fold(f64::INFINITY, f64::min);
    (memory.len() * 8) as f64 / best / 1e6
}

struct Row {
    kind: Kind,
    tracks: usize,
    metric: Metric,
    fast: Time,
    slowest: f64,
    first: f64,
    plain: Time,
    stages: Vec<Share>,
}

struct Bench {
    queries: usize,
    out: Option<PathBuf>,
    /// Folders of earlier runs.
    from: Vec<PathBuf>,
    /// The document that gets the table and the plot.
    docs: Option<PathBuf>,
    corpus: Vec<f32>,
    rows: Vec<Row>,
}

fn main() {
    let mut sizes = Vec::new();
    let mut bench =
        Bench { queries: 12, out: None, from: Vec::new(), docs: None, corpus: Vec::new(), rows: Vec::new() };
    let mut kinds = vec![Kind::Clustered, Kind::Slow, Kind::Worst];
    let mut arguments = std::env::args().skip(1);
    let mut measure = false;
    let mut all = false;
    let mut library = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "10k" => sizes.push(10_000),
            "100k" => sizes.push(100_000),
            "1090k" => sizes.push(1_090_000),
            "--bench" => measure = true,
            "--neighbours" => all = true,
            "--queries" => bench.queries = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(12),
            "--library" => library = arguments.next().map(PathBuf::from),
            "--from" => {
                let folders = arguments.next().unwrap_or_default();
                bench.from = folders.split(',').map(PathBuf::from).collect();
            }
            "--docs" => bench.docs = arguments.next().map(PathBuf::from),
            "--out" => bench.out = arguments.next().map(PathBuf::from),
            "--only" => {
                let name = arguments.next().unwrap_or_default();
                kinds.retain(|kind| name.split(',').any(|name| kind.name() == name));
            }
            "--points" => {
                let bytes = arguments.next().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
                // A library's file: a header of 128 bytes, then the points.
                bench.corpus = bytes
                    .get(128..)
                    .unwrap_or_default()
                    .chunks_exact(4)
                    .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
                    .collect();
                if bench.corpus.len() > 20 * WIDTH && !kinds.contains(&Kind::Corpus) {
                    kinds.push(Kind::Corpus);
                }
            }
            _ => eprintln!("`{argument}` is not understood"),
        }
    }
    if !measure {
        // `cargo test --benches` asks benches to do no more than run.
        sizes = vec![300];
        bench.queries = 1;
    } else if sizes.is_empty() && bench.from.is_empty() {
        sizes = vec![10_000, 100_000];
    }
    if let Some(folder) = library {
        let kind = kinds.first().copied().unwrap_or(Kind::Clustered);
        for tracks in sizes {
            if let Err(error) = library::write(kind, tracks, &bench.corpus, &folder) {
                eprintln!("{}: {error}", folder.display());
            }
        }
        return;
    }
    let gigabytes = bandwidth();
    println!("{} threads, {:?}, reading {gigabytes:.1} GB/s", rayon::current_num_threads(), Level::best());
    for kind in kinds {
        for tracks in &sizes {
            if let Err(error) = bench.run(kind, *tracks, gigabytes, all) {
                eprintln!("{} of {tracks}: {error}", kind.name());
            }
        }
    }
    if let Err(error) = bench.write() {
        eprintln!("the figures could not be written: {error}");
    }
}

impl Bench {
    fn run(&mut self, kind: Kind, tracks: usize, gigabytes: f64, all: bool) -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let curves = Arc::new(mapped(kind, tracks, &self.corpus, folder.path())?);
        let ids: Vec<TrackId> = (0..tracks as i64).map(TrackId).collect();
        let mut index = Index::default();
        let built = time(|| index = Index::over(ids, curves.clone(), DIM, Vec::new()).compacted());
        let mut asked = ChaCha8Rng::seed_from_u64(5);
        let places: Vec<usize> = (0..self.queries).map(|_| asked.random_range(0..tracks)).collect();
        println!(
            "\n{} {tracks} × {POINTS} × {DIM}: stored at {:.0} tracks a second of two threads",
            kind.name(),
            1e3 * tracks as f64 / built.half
        );
        for (name, bytes) in index.parts().iter().flat_map(|part| part.store.sizes()) {
            print!("{name} {:.0} MB, ", bytes as f64 / 1e6);
        }
        println!();
        println!(
            "{:<8}{:>9}{:>9}{:>9}{:>9}{:>10}{:>8}  stages: left of all",
            "metric", "CPU/2 ms", "slowest", "wall ms", "first ms", "plain ms", "ratio"
        );
        for metric in Metric::ALL {
            let row = self.metric(kind, &index, &curves, &places, metric);
            let stages: Vec<String> = row
                .stages
                .iter()
                .map(|stage| format!("{} {:.3} %", stage.stage, 100.0 * stage.left as f64 / tracks as f64))
                .collect();
            println!(
                "{:<8}{:>9.1}{:>9.1}{:>9.1}{:>9.1}{:>10.0}{:>8.0}  {}",
                metric.name(),
                row.fast.half,
                row.slowest,
                row.fast.wall,
                row.first,
                row.plain.half,
                row.plain.half / row.fast.half,
                stages.join(", ")
            );
            if metric == Metric::Mean {
                let whole = (tracks * DIM * 4) as f64 / gigabytes / 1e6;
                println!("        reading all means in full precision would take {whole:.1} ms");
                self.faiss(&curves, tracks, &places, folder.path(), row.fast.half);
            }
            self.rows.push(row);
        }
        if all {
            let reports = |_: usize| {};
            let took = time(|| {
                black_box(
                    index.neighbours(Metric::Mean, TOP, &Control::default(), &reports).map_or(0, |rows| rows.len()),
                );
            });
            println!(
                "all {TOP} neighbours of {tracks} by mean: {:.1} s (CPU/2), {:.1} s wall",
                took.half / 1e3,
                took.wall / 1e3
            );
        }
        Ok(())
    }

    fn metric(&self, kind: Kind, index: &Index, curves: &Arc<Mapped>, places: &[usize], metric: Metric) -> Row {
        let tracks = index.len();
        let query = |place: usize| {
            let trajectory =
                Trajectory::new(DIM, curves.points(place).to_vec()).expect("whole points of finite values");
            (TrackId(place as i64), trajectory)
        };
        let ask = |place: usize| {
            let (id, trajectory) = query(place);
            let options =
                SearchOptions { metric, top: TOP, seeds: vec![id], per_artist: 0, ..SearchOptions::default() };
            let mut first = 0.0;
            let mut answer = None;
            let start = Instant::now();
            let when = std::sync::Mutex::new(None);
            let tell = |_| *when.lock().expect("nobody panicked") = Some(start.elapsed());
            let taken = time(|| answer = index.search_first(&[trajectory], &options, Some(&tell)).ok());
            if let Some(when) = when.into_inner().expect("nobody panicked") {
                first = 1e3 * when.as_secs_f64();
            }
            (taken, first, answer.map(|answer| answer.stages).unwrap_or_default())
        };
        ask(places[0]);
        let answers: Vec<(Time, f64, Vec<Share>)> = places.iter().map(|place| ask(*place)).collect();
        let stages = answers[0].2.iter().enumerate().map(|(at, share)| {
            let mean = |of: fn(&Share) -> usize| {
                answers.iter().filter_map(|answer| answer.2.get(at)).map(of).sum::<usize>() / answers.len()
            };
            Share { stage: share.stage, seen: mean(|share| share.seen), left: mean(|share| share.left) }
        });
        // Every track compared in full precision with the same vector instructions, on a part of the catalogue.
        let count = tracks.min(PLAIN);
        let part = Index::over((0..count as i64).map(TrackId).collect(), curves.clone(), DIM, Vec::new());
        let (_, trajectory) = query(places[0]);
        let plain = median(
            (0..3)
                .map(|_| {
                    time(|| {
                        black_box(part.distances(metric, &trajectory).map_or(0, |all| all.len()));
                    })
                })
                .collect(),
        );
        let scale = tracks as f64 / count as f64;
        Row {
            kind,
            tracks,
            metric,
            fast: median(answers.iter().map(|answer| answer.0).collect()),
            slowest: answers.iter().map(|answer| answer.0.half).fold(0.0, f64::max),
            first: answers.iter().map(|answer| answer.1).fold(0.0, f64::max),
            plain: Time { half: plain.half * scale, wall: plain.wall * scale },
            stages: stages.collect(),
        }
    }

    fn faiss(&self, curves: &Mapped, tracks: usize, places: &[usize], folder: &Path, ours: f64) {
        let mean = |place: usize| {
            let points = curves.points(place);
            (0..DIM)
                .map(|k| (0..POINTS).map(|p| f64::from(points[p * DIM + k])).sum::<f64>() as f32 / POINTS as f32)
                .collect::<Vec<f32>>()
        };
        let all: Vec<f32> = (0..tracks).into_par_iter().flat_map_iter(mean).collect();
        let asked: Vec<f32> = places.iter().flat_map(|place| mean(*place)).collect();
        let (means, queries) = (folder.join("means.f32"), folder.join("queries.f32"));
        let written = std::fs::write(&means, bytemuck::cast_slice(&all))
            .and_then(|()| std::fs::write(&queries, bytemuck::cast_slice(&asked)));
        drop(all);
        let python = std::env::var_os("SONGLINE_PYTHON").unwrap_or_else(|| "python3".into());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/search/peer.py");
        let run = std::process::Command::new(python)
            .args([script.as_ref(), means.as_os_str(), DIM.to_string().as_ref(), queries.as_os_str(), "10".as_ref()])
            .output();
        let json = run.ok().filter(|run| run.status.success() && written.is_ok());
        let json = json.and_then(|run| serde_json::from_slice::<serde_json::Value>(&run.stdout).ok());
        match json {
            Some(json) => {
                let cpu = json["cpu_ms"].as_f64().unwrap_or(f64::NAN);
                println!(
                    "        FAISS {} IndexFlatL2, {} threads: {cpu:.1} ms of processor time a query, {:.1} ms wall; ours {:.1}, {:.2} of it",
                    json["version"].as_str().unwrap_or("?"),
                    json["threads"],
                    json["wall_ms"].as_f64().unwrap_or(f64::NAN),
                    2.0 * ours,
                    2.0 * ours / cpu
                );
            }
            None => {
                println!("        FAISS is not there: pip install faiss-cpu, and SONGLINE_PYTHON names that Python")
            }
        }
    }

    /// All rows, a line for each stage.
    fn figures(&self) -> Vec<Figure> {
        let lines = self.rows.iter().flat_map(|row| {
            row.stages.iter().map(|stage| Figure {
                data: row.kind.name().to_owned(),
                tracks: row.tracks,
                metric: row.metric.name().to_owned(),
                cpu_half_ms: row.fast.half,
                slowest_ms: row.slowest,
                wall_ms: row.fast.wall,
                first_ms: row.first,
                plain_ms: row.plain.half,
                stage: stage.stage.to_owned(),
                seen: stage.seen,
                left: stage.left,
            })
        });
        lines.collect()
    }

    /// Writes what was measured, and publishes it with what earlier runs measured.
    fn write(&self) -> std::io::Result<()> {
        let mut figures = self.figures();
        if let Some(out) = &self.out {
            figures::write(&figures, out)?;
        }
        for folder in &self.from {
            figures.extend(figures::read(folder)?);
        }
        match &self.docs {
            Some(document) => figures::publish(&figures, document),
            None => Ok(()),
        }
    }
}
