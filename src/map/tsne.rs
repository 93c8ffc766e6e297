//! t-SNE (van der Maaten 2014) through the `bhtsne` crate.
//!
//! The crate is used within what was measured of it: it is given exact neighbours, its starting positions and its
//! learning rate, and its own cost is never read.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bhtsne::{Neighbor, tSNE};
use crossbeam_channel::Sender;
use rayon::ThreadPoolBuilder;

use crate::domain::{Cancelled, Control};

use super::MapError;
use super::points::Neighbours;
use super::projection::{Problem, Projection, Watch};

/// Epochs between two reports of positions.
const REPORT_EVERY: usize = 10;

/// One stretch of gradient descent.
#[derive(Debug, Clone, Copy)]
struct Phase {
    epochs: usize,
    /// Factor on the attraction.
    exaggeration: f32,
    momentum: f32,
    /// Learning rate as a share of the number of points.
    rate: f32,
}

/// Gathering, then spreading, then settling.
///
/// The crate's gradient lacks t-SNE's factor 4 and its gains stop at 2, so that its own learning rate leaves a map far
/// from finished. Once the exaggeration is over, six times the number of points is still stable with a momentum of 0.9;
/// the last phase takes the trembling out that so large steps leave. On 4,000 clustered points of 64 dimensions this gave
/// a divergence of 0.747 where the crate's one rate n gave 0.855 after 1,000 epochs and 0.796 after 2,500, and
/// scikit-learn's default 0.823.
const PHASES: [Phase; 3] = [
    Phase { epochs: 250, exaggeration: 12.0, momentum: 0.8, rate: 0.5 },
    Phase { epochs: 750, exaggeration: 1.0, momentum: 0.9, rate: 6.0 },
    Phase { epochs: 250, exaggeration: 1.0, momentum: 0.9, rate: 1.0 },
];

/// How small a cell must look from a point to be taken as one: so small that hardly any is, and how it is usual.
///
/// The crate's own exact mode is not used: it counts every point as its own neighbour when it normalises, and took three
/// times as long for a worse map.
const THETA_EXACT: f32 = 1e-3;
const THETA_BARNES_HUT: f32 = 0.5;

/// t-SNE with every pair of points, for small maps.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExactTsne;

/// t-SNE with far points taken together (Barnes-Hut), for large maps.
#[derive(Debug, Clone, Copy, Default)]
pub struct BarnesHutTsne;

impl Projection for ExactTsne {
    fn name(&self) -> &'static str {
        "t-SNE (exact)"
    }

    fn project(
        &self,
        problem: &Problem<'_>,
        control: &Control,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<[f32; 2]>, MapError> {
        run(problem, THETA_EXACT, control, watch)
    }
}

impl Projection for BarnesHutTsne {
    fn name(&self) -> &'static str {
        "t-SNE (Barnes-Hut)"
    }

    fn project(
        &self,
        problem: &Problem<'_>,
        control: &Control,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<[f32; 2]>, MapError> {
        run(problem, THETA_BARNES_HUT, control, watch)
    }
}

/// A moment of the descent on its way to the one who watches.
struct Frame {
    epoch: usize,
    positions: Vec<[f32; 2]>,
}

fn run(problem: &Problem<'_>, theta: f32, control: &Control, watch: &mut Watch<'_>) -> Result<Vec<[f32; 2]>, MapError> {
    // The crate adds floats in an order that depends on how its threads share the work, and t-SNE makes large what
    // differs by the last bit. On a pool of one thread the order is always the same.
    let pool = ThreadPoolBuilder::new()
        .num_threads(1)
        .thread_name(|_| "songline-tsne".to_owned())
        .build()
        .map_err(MapError::Threads)?;
    let epochs = PHASES.iter().map(|phase| phase.epochs).sum();
    let (sender, frames) = crossbeam_channel::bounded(1);
    let mut result = Ok(Vec::new());
    pool.in_place_scope(|scope| {
        let result = &mut result;
        scope.spawn(move |_| *result = descend(problem, theta, control, sender));
        // Ends when the descent ends and drops its side.
        for Frame { epoch, positions } in frames {
            watch(epoch, epochs, &positions);
        }
    });
    result
}

fn descend(
    problem: &Problem<'_>,
    theta: f32,
    control: &Control,
    sender: Sender<Frame>,
) -> Result<Vec<[f32; 2]>, MapError> {
    let neighbours = table(problem.neighbours);
    let mut positions = problem.start.to_vec();
    let mut before = 0;
    for phase in PHASES {
        let step = || fit(problem, &neighbours, theta, phase, &positions, before, control, &sender);
        positions = catch_unwind(AssertUnwindSafe(step)).map_err(|payload| {
            if payload.is::<Cancelled>() {
                return MapError::Cancelled(Cancelled);
            }
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            MapError::Projection(text.unwrap_or("unknown reason").to_owned())
        })?;
        before += phase.epochs;
    }
    Ok(positions)
}

/// One fit by the crate, which can be left only by unwinding: its callback then carries [`Cancelled`] out. (The callback
/// is called between two epochs, on this thread. A build that aborts on panics could not be cancelled.)
#[expect(clippy::too_many_arguments, reason = "one call, taken apart so that unwinding has a clear edge")]
fn fit(
    problem: &Problem<'_>,
    neighbours: &[Vec<Neighbor<f32>>],
    theta: f32,
    phase: Phase,
    start: &[[f32; 2]],
    before: usize,
    control: &Control,
    sender: &Sender<Frame>,
) -> Vec<[f32; 2]> {
    let samples = vec![(); start.len()];
    let mut tsne: tSNE<'_, f32, (), 2> = tSNE::new(&samples);
    tsne.perplexity(problem.perplexity)
        .learning_rate(phase.rate * start.len() as f32)
        .epochs(phase.epochs)
        .early_exaggeration(phase.exaggeration)
        .stop_lying_epoch(phase.epochs)
        .momentum(phase.momentum)
        .final_momentum(phase.momentum)
        .initial_embedding(start.as_flattened())
        .epoch_callback(|epoch, positions| {
            if control.checkpoint().is_err() {
                resume_unwind(Box::new(Cancelled));
            }
            if epoch % REPORT_EVERY == 0 {
                let frame = Frame { epoch: before + epoch, positions: pairs(positions) };
                // A frame that finds the one who watches still busy is dropped: another follows.
                let _ = sender.try_send(frame);
            }
        });
    tsne.barnes_hut_with_neighbors(theta, neighbours);
    pairs(&tsne.embedding())
}

fn pairs(values: &[f32]) -> Vec<[f32; 2]> {
    values.as_chunks().0.to_vec()
}

fn table(neighbours: &Neighbours) -> Vec<Vec<Neighbor<f32>>> {
    // The crate's search for the Gaussian's width starts at 1; distances of about 1 are found in few steps.
    let mean = neighbours.squared.iter().map(|squared| f64::from(*squared)).sum::<f64>();
    let mean = mean / neighbours.squared.len().max(1) as f64;
    let scale = if mean > 0.0 { (1.0 / mean.sqrt()) as f32 } else { 1.0 };
    let row = |(places, squared): (&[u32], &[f32])| {
        let neighbour =
            |(place, squared): (&u32, &f32)| Neighbor { index: *place as usize, distance: squared.sqrt() * scale };
        places.iter().zip(squared).map(neighbour).collect()
    };
    neighbours.places.chunks(neighbours.k.max(1)).zip(neighbours.squared.chunks(neighbours.k.max(1))).map(row).collect()
}
