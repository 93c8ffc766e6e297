//! What the units of a network do with the library: how much each is used, and which segments drive it most.

use std::collections::HashMap;

use super::context::grid_of;
use super::failure::RoomError;
use super::message::{Flow, JobError, LayerUse, StrongSegment, UnitLayer, UnitUse, UnitsOutput};
use super::{Context, Report, sides};
use crate::domain::{Control, DeviceChoice, Progress, Span, TrackId};

const DOING: &str = "Looking into the units";
/// Tracks that are heard at most, evenly spread over the library.
const MOST_TRACKS: usize = 300;
/// Segments kept for each unit, one a track.
const KEPT: usize = 6;
/// A unit whose values deviate by less than this share of the layer's median deviation does nothing.
const UNUSED: f32 = 0.01;

/// Sends tracks of the library through the active network and reads its weights.
pub fn units(
    context: &Context,
    span: Span,
    device: DeviceChoice,
    control: &Control,
    report: &dyn Report,
) -> Result<UnitsOutput, JobError> {
    let model = context.active_model()?;
    let embedder = context.embedder(&model, device)?;
    let weights = embedder.weight_pictures().map_err(|error| error.doing(DOING))?;
    let tracks = context.library.tracks().map_err(|error| error.doing(DOING))?;
    let grid = grid_of(&model);
    let step = tracks.len().div_ceil(MOST_TRACKS).max(1);
    let chosen: Vec<_> = tracks.iter().step_by(step).collect();
    let mut tallies: HashMap<UnitLayer, Vec<Tally>> = HashMap::new();
    let mut heard = 0;
    for (done, track) in chosen.iter().enumerate() {
        control.checkpoint()?;
        let progress = Progress::new("Listening", done as u64, Some(chosen.len() as u64));
        report.progress(progress.with_detail(track.title()));
        let Some(range) = track.span_on(grid, span, usize::MAX).filter(|range| !range.is_empty()) else { continue };
        let spectrogram = sides::of_track(context, embedder.config().input, track.id, control);
        let spectrogram = match spectrogram {
            Err(JobError::Failed { reason, .. }) => {
                tracing::debug!(track = track.id.0, reason, "left out");
                continue;
            }
            other => other?,
        };
        let Ok(flow) = embedder.flow(&spectrogram, range.clone()) else { continue };
        heard += 1;
        for (layer, width, values) in layers(&flow) {
            let tallies = tallies.entry(layer).or_insert_with(|| vec![Tally::default(); width]);
            for (unit, tally) in tallies.iter_mut().enumerate() {
                let column = values.iter().skip(unit).step_by(width.max(1)).copied();
                tally.add(track.id, range.start, column);
            }
        }
    }
    let mut layers: Vec<LayerUse> =
        tallies.into_iter().map(|(layer, tallies)| LayerUse { layer, units: used(&tallies) }).collect();
    layers.sort_by_key(|layer| layer.layer);
    Ok(UnitsOutput { model: model.name, weights, layers, tracks: heard, of: tracks.len(), grid })
}

fn layers(flow: &Flow) -> [(UnitLayer, usize, &[f32]); 4] {
    [
        (UnitLayer::HiddenIn, flow.hidden_dims[0], &flow.hidden_in),
        (UnitLayer::Encoding, flow.encoding_dim, &flow.encoding),
        (UnitLayer::HiddenOut, flow.hidden_dims[1], &flow.hidden_out),
        (UnitLayer::Embedding, flow.embedding_dim, &flow.embedding),
    ]
}

/// What a unit did so far.
#[derive(Debug, Clone, Default)]
struct Tally {
    count: f64,
    sum: f64,
    squares: f64,
    /// Highest first.
    strongest: Vec<StrongSegment>,
}

impl Tally {
    /// Takes the values of a track's segments from `first` on.
    fn add(&mut self, track: TrackId, first: usize, values: impl Iterator<Item = f32>) {
        let mut highest: Option<StrongSegment> = None;
        for (index, value) in values.enumerate() {
            self.count += 1.0;
            self.sum += f64::from(value);
            self.squares += f64::from(value).powi(2);
            if highest.is_none_or(|highest| value > highest.value) {
                highest = Some(StrongSegment { track, segment: first + index, value });
            }
        }
        self.strongest.extend(highest);
        self.strongest.sort_by(|a, b| b.value.total_cmp(&a.value));
        self.strongest.truncate(KEPT);
    }

    fn mean(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }

    fn deviation(&self) -> f32 {
        (self.squares / self.count.max(1.0) - self.mean().powi(2)).max(0.0).sqrt() as f32
    }
}

fn used(tallies: &[Tally]) -> Vec<UnitUse> {
    let mut deviations: Vec<f32> = tallies.iter().map(Tally::deviation).collect();
    deviations.sort_by(f32::total_cmp);
    let median = deviations.get(deviations.len() / 2).copied().unwrap_or_default();
    let unit = |tally: &Tally| {
        let deviation = tally.deviation();
        UnitUse {
            mean: tally.mean() as f32,
            deviation,
            used: deviation > UNUSED * median,
            strongest: tally.strongest.clone(),
        }
    };
    tallies.iter().map(unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_keeps_the_strongest_segment_of_each_track_and_an_idle_one_is_called_so() {
        let mut tallies = vec![Tally::default(); 3];
        for track in 1..=9_i64 {
            tallies[0].add(TrackId(track), 5, [0.0, track as f32, 1.0].into_iter());
            tallies[1].add(TrackId(track), 5, [2.0, -2.0, 0.0].into_iter());
            tallies[2].add(TrackId(track), 5, [0.5; 3].into_iter());
        }
        let units = used(&tallies);
        let strongest: Vec<_> = units[0].strongest.iter().map(|found| (found.track.0, found.segment)).collect();
        assert_eq!(strongest, [(9, 6), (8, 6), (7, 6), (6, 6), (5, 6), (4, 6)]);
        assert_eq!(units.iter().map(|unit| unit.used).collect::<Vec<_>>(), [true, true, false]);
        // By hand: the values 2, −2 and 0 have the mean 0 and the variance 8/3.
        assert!(units[1].mean.abs() < 1e-6 && (units[1].deviation - (8.0_f32 / 3.0).sqrt()).abs() < 1e-5);
    }
}
