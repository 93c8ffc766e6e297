//! t-SNE by the crate bhtsne, told what its own defaults get wrong.
//!
//! Its gradient lacks the factor 4 of the usual one, so the learning rate is n and the epochs are 2,500; its own search
//! for neighbours is quadratic with a large constant, so ours are given; its own divergence reads the wrong entries, so
//! [`kl_divergence`](super::kl_divergence) is ours. Its exact mode counts a point among its own neighbours, so small maps
//! take Barnes-Hut too, with all other points as neighbours and a finer θ.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bhtsne::{Neighbor, tSNE};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::neighbours::nearest;
use super::pca::principal_plane;
use super::projection::{Epoch, Projected, Projection};
use super::MapError;
use crate::domain::{Cancelled, Control};

/// t-SNE (van der Maaten 2014), from the principal plane.
#[derive(Debug, Clone, PartialEq)]
pub struct TSne {
    /// Effective number of neighbours; lowered where there are too few points for it.
    pub perplexity: f32,
}

const EPOCHS: usize = 2_500;
/// One intermediate state in so many epochs is shown.
const SHOWN_EVERY: usize = 10;
/// Below this, t-SNE has nothing to say: the principal plane is the map.
const FEWEST: usize = 8;
/// Up to here every other point is a neighbour, and θ is finer.
const SMALL: usize = 1_000;
/// Up to here one thread lays out the map, which makes it the same to the last bit on every run.
const REPEATABLE: usize = 5_000;

impl Projection for TSne {
    fn project(
        &self,
        points: &[&[f32]],
        seed: u64,
        control: &Control,
        on_epoch: &mut dyn FnMut(Epoch<'_>),
    ) -> Result<Projected, MapError> {
        let count = points.len();
        let plane = principal_plane(points, seed);
        let spread = plane.iter().map(|[x, _]| x * x).sum::<f64>() / count.max(1) as f64;
        if count < FEWEST || spread.sqrt() <= f64::EPSILON {
            return Ok(Projected { positions: small(&plane), method: "principal plane" });
        }
        // The usual start: the principal plane, shrunk so far that no pair is apart yet. The noise parts equal points.
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let start: Vec<f32> = plane
            .iter()
            .flatten()
            .map(|value| (value / spread.sqrt() * 1e-4) as f32 + random.random_range(-1e-6..1e-6))
            .collect();

        let perplexity = self.perplexity.clamp(1.0, ((count - 1) / 3) as f32);
        let wanted = if count <= SMALL { count - 1 } else { (3.0 * perplexity) as usize + 1 };
        let neighbours: Vec<Vec<Neighbor<f32>>> = nearest(points, wanted.min(count - 1), control)?
            .into_iter()
            .map(|row| row.into_iter().map(|(index, distance)| Neighbor { index, distance }).collect())
            .collect();
        let theta = if count <= SMALL { 0.2 } else { 0.5 };

        let threads = if count <= REPEATABLE { 1 } else { 0 };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|index| format!("t-sne-{index}"));
        let pool = pool.build().map_err(|error| MapError::Threads(Box::new(error)))?;
        let (sender, receiver) = crossbeam_channel::bounded(2);
        let fit = || {
            // Moved in, so that the channel closes when the layout ends, however it ends.
            let sender = sender;
            let mut tsne: tSNE<'_, f32, &[f32]> = tSNE::new(points);
            tsne.perplexity(perplexity)
                .learning_rate(count as f32)
                .epochs(EPOCHS)
                .initial_embedding(start)
                .epoch_callback(move |epoch, embedding| {
                    if control.checkpoint().is_err() {
                        // The library has no other way to stop. This unwinds without a message, to the scope below.
                        resume_unwind(Box::new(Cancelled));
                    }
                    if epoch % SHOWN_EVERY == 0 {
                        // Whoever watches too slowly misses a state and sees a later one.
                        let _ = sender.try_send((epoch + 1, pairs(embedding)));
                    }
                })
                .barnes_hut_with_neighbors(theta, &neighbours);
            tsne.embedding()
        };
        let mut embedding = Vec::new();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            pool.in_place_scope(|scope| {
                scope.spawn(|_| embedding = fit());
                for (epoch, positions) in receiver {
                    on_epoch(Epoch { epoch, epochs: EPOCHS, positions: &positions });
                }
            });
        }));
        if let Err(payload) = ended {
            if payload.is::<Cancelled>() {
                return Err(MapError::Cancelled(Cancelled));
            }
            resume_unwind(payload);
        }
        let positions = pairs(&embedding);
        if positions.iter().flatten().any(|value| !value.is_finite()) {
            return Err(MapError::NonFinite);
        }
        Ok(Projected { positions, method: "t-SNE (Barnes-Hut)" })
    }
}

/// A handful of points, scaled to a spread that reads well; equal points side by side on a circle.
fn small(plane: &[[f64; 2]]) -> Vec<[f32; 2]> {
    let largest = plane.iter().flatten().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest <= f64::EPSILON {
        let turn = std::f64::consts::TAU / plane.len().max(1) as f64;
        let radius = if plane.len() > 1 { 1.0 } else { 0.0 };
        return (0..plane.len())
            .map(|index| {
                let (sin, cos) = (turn * index as f64).sin_cos();
                [(radius * cos) as f32, (radius * sin) as f32]
            })
            .collect();
    }
    plane.iter().map(|position| position.map(|value| (value / largest * 10.0) as f32)).collect()
}

fn pairs(embedding: &[f32]) -> Vec<[f32; 2]> {
    embedding.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}
