//! What is judged: models, vectors, and the baselines that are computed on the same tracks.

use std::collections::HashMap;

use rayon::prelude::*;

use super::super::context::{cut, grid_of};
use super::super::failure::RoomError;
use super::super::message::{EvaluateSpec, JobError, TrainingSpec};
use super::super::{Context, Report};
use super::{DOING, Judged, PUBLISHED, file_name};
use crate::domain::{Control, PREVIEW_FRAMES, Progress, SegmentGrid, Span, Spectrogram, Track, TrackId, Trajectory};
use crate::evaluate::mfcc::{COEFFICIENTS, Gaussian};
use crate::evaluate::{Collection, Description, Points, Representation, SystemKind, describe};
use crate::model::{Architecture, Embedder, Input, ModelConfig};
use crate::similarity::Index;

/// Tracks whose spectrograms are held at once.
const BLOCK: usize = 32;

/// Something that is judged.
pub(super) struct System {
    pub name: String,
    pub kind: SystemKind,
    pub weights: Option<String>,
    pub about: String,
    pub representation: Representation,
    pub terms: Terms,
}

/// In which terms a system describes a sound that is not in the library; `None` where only its maker can.
pub(super) enum Terms {
    None,
    Network {
        embedder: std::sync::Arc<Embedder>,
        grid: SegmentGrid,
    },
    Statistics,
    /// The statistics without the deltas.
    Static,
    Gaussian,
}

impl System {
    /// Its trajectories, where it has them.
    pub fn index(&self) -> Option<&Index> {
        match &self.representation {
            Representation::Trajectories(index) => Some(index),
            _ => None,
        }
    }

    /// Whether it takes the side beside the middle, which altered sounds do not have.
    pub fn listens_to_the_side(&self) -> bool {
        matches!(&self.terms, Terms::Network { embedder, .. } if embedder.config().input == Input::Stereo)
    }

    /// What it makes of a sound; `track` is what the sound's own analysis says of it.
    pub fn describe(&self, track: &Track, spectrogram: &Spectrogram, span: Span) -> Option<Description> {
        match &self.terms {
            Terms::None => None,
            Terms::Network { embedder, grid } => {
                let (_, whole) = embedder.embed(spectrogram).ok()?;
                cut(track, &whole.0, *grid, span).ok().map(|(_, part)| Description::Trajectory(part))
            }
            Terms::Statistics => Some(Description::Point(describe(&view(track, spectrogram, span)?)?.0)),
            Terms::Static => {
                let (statistics, _) = describe(&view(track, spectrogram, span)?)?;
                Some(Description::Point(without_deltas(&statistics)))
            }
            Terms::Gaussian => Some(Description::Gaussian(describe(&view(track, spectrogram, span)?)?.1)),
        }
    }
}

/// What the baselines know of a track.
pub(super) struct Described {
    statistics: Vec<f32>,
    gaussian: Gaussian,
    untrained: Trajectory,
}

/// The part of the statistics that is about the coefficients themselves. The mean of a delta is the way from the first frame
/// to the last and says little; standardised, it weighs as much as all else.
fn without_deltas(statistics: &[f32]) -> Vec<f32> {
    statistics.iter().take(2 * COEFFICIENTS).copied().collect()
}

/// The frames that `span` compares.
fn view(track: &Track, spectrogram: &Spectrogram, span: Span) -> Option<Spectrogram> {
    let frames = match span {
        Span::Whole => 0..spectrogram.frames(),
        Span::Preview => {
            let start = track.preview_start * SegmentGrid::default().hop;
            start..start + PREVIEW_FRAMES
        }
    };
    let bands = spectrogram.bands();
    let values = spectrogram.values().get(frames.start * bands..frames.end * bands)?;
    Spectrogram::new(frames.len(), bands, values.to_vec()).ok()
}

fn grid(judged: &Judged) -> SegmentGrid {
    judged.models.first().map(|(model, _)| grid_of(model)).unwrap_or_default()
}

/// The published architecture without any training, cut as the first model cuts.
fn untrained(context: &Context, spec: &EvaluateSpec, grid: SegmentGrid) -> Result<Embedder, JobError> {
    let shape = ModelConfig::of(&TrainingSpec { architecture: Architecture::Dense, grid, ..TrainingSpec::default() })
        .map_err(|error| error.doing(DOING))?;
    Ok(Embedder::untrained(shape, spec.seed, &context.device(spec.device)?))
}

/// The baselines' descriptions of tracks. Tracks whose stored sound is damaged are not among them.
pub(super) fn describe_all(
    context: &Context,
    spec: &EvaluateSpec,
    tracks: &[TrackId],
    known: &HashMap<TrackId, &Track>,
    judged: &Judged,
    control: &Control,
    report: &dyn Report,
) -> Result<HashMap<TrackId, Described>, JobError> {
    let grid = grid(judged);
    let network = untrained(context, spec, grid)?;
    let total = Some(tracks.len() as u64);
    let mut all = HashMap::with_capacity(tracks.len());
    for (block, ids) in tracks.chunks(BLOCK).enumerate() {
        control.checkpoint()?;
        let heard: Vec<_> = ids
            .par_iter()
            .filter_map(|id| {
                let track = *known.get(id)?;
                let spectrogram = context.library.spectrogram(*id).ok()?;
                let (statistics, gaussian) = describe(&view(track, &spectrogram, spec.span)?)?;
                Some((track, spectrogram, statistics, gaussian))
            })
            .collect();
        for (track, spectrogram, statistics, gaussian) in heard {
            let (_, whole) = network.embed(&spectrogram).map_err(|error| error.doing(DOING))?;
            if let Ok((_, untrained)) = cut(track, &whole.0, grid, spec.span) {
                all.insert(track.id, Described { statistics, gaussian, untrained });
            }
        }
        report.progress(Progress::new("Computing the baselines", (block * BLOCK + ids.len()) as u64, total));
    }
    Ok(all)
}

/// All systems on the tracks of the collection: models, vectors, baselines.
pub(super) fn all(
    context: &Context,
    spec: &EvaluateSpec,
    collection: &Collection,
    judged: Judged,
    mut described: HashMap<TrackId, Described>,
) -> Result<Vec<System>, JobError> {
    let grid = grid(&judged);
    let index = |trajectories| Index::new(trajectories).map_err(|error| error.doing(DOING));
    let mut systems = Vec::new();
    for (model, found) in &judged.models {
        let own = collection.tracks.iter().filter_map(|id| Some((*id, found.index.trajectory(*id)?))).collect();
        let sizes = format!("{} {} to {}", model.architecture, model.encoding, model.embedding);
        let (kind, about) = match model.name == PUBLISHED {
            true => (SystemKind::Baseline, format!("the model as published, trained on this library: {sizes}")),
            false => (SystemKind::Model, sizes),
        };
        systems.push(System {
            name: model.name.clone(),
            kind,
            weights: Some(model.weights_hash.to_string()),
            about,
            representation: Representation::Trajectories(index(own)?),
            terms: Terms::Network { embedder: context.embedder(model, spec.device)?, grid: grid_of(model) },
        });
    }
    for file in judged.vectors {
        let known: HashMap<TrackId, Trajectory> = file.tracks.into_iter().collect();
        let own: Vec<_> = collection.tracks.iter().filter_map(|id| Some((*id, known.get(id)?.clone()))).collect();
        let dim = own.first().map_or(0, |(_, trajectory)| trajectory.dim());
        systems.push(System {
            name: file_name(&file.path),
            kind: SystemKind::Vectors,
            weights: None,
            about: format!("vectors of {dim} dimensions from {}", file.path.display()),
            representation: Representation::Trajectories(index(own)?),
            terms: Terms::None,
        });
    }
    let (mut trajectories, mut statistics, mut gaussians) = (Vec::new(), Vec::new(), Vec::new());
    for id in &collection.tracks {
        if let Some(found) = described.remove(id) {
            trajectories.push((*id, found.untrained));
            statistics.push(found.statistics);
            gaussians.push(found.gaussian);
        }
    }
    let baseline = |name: &str, about: &str, representation, terms| System {
        name: name.to_owned(),
        kind: SystemKind::Baseline,
        weights: None,
        about: about.to_owned(),
        representation,
        terms,
    };
    let embedder = std::sync::Arc::new(untrained(context, spec, grid)?);
    systems.push(baseline(
        "untrained network",
        "the dense architecture with the weights that training starts from",
        Representation::Trajectories(index(trajectories)?),
        Terms::Network { embedder, grid },
    ));
    systems.push(baseline(
        "MFCC statistics",
        "mean and standard deviation of 20 MFCC and their deltas, standardised, Euclidean distance",
        Representation::Points(Points::new(&statistics)),
        Terms::Statistics,
    ));
    let of_coefficients: Vec<Vec<f32>> = statistics.iter().map(|row| without_deltas(row)).collect();
    systems.push(baseline(
        "MFCC statistics, no deltas",
        "mean and standard deviation of 20 MFCC, standardised, Euclidean distance",
        Representation::Points(Points::new(&of_coefficients)),
        Terms::Static,
    ));
    systems.push(baseline(
        "MFCC Gaussian",
        "one Gaussian of 20 MFCC, symmetrised Kullback-Leibler divergence (Mandel and Ellis 2005)",
        Representation::Gaussians(gaussians),
        Terms::Gaussian,
    ));
    systems.push(baseline(
        "random ranking",
        "distances drawn at random",
        Representation::Random { seed: spec.seed, tracks: collection.len() },
        Terms::None,
    ));
    Ok(systems)
}
