//! `songline train`: from what was typed to the settings of a run, and what is said at its end.

use super::args::{AugmentationName, TrainArguments};
use crate::domain::{SegmentGrid, Span};
use crate::jobs::message::{TrainingOutcome, TrainingSpec};
use crate::model::{Architecture, Training};
use crate::settings::Settings;

/// The run that `arguments` ask for.
pub(super) fn spec(arguments: &TrainArguments, settings: &Settings) -> TrainingSpec {
    let architecture = Architecture::from(arguments.architecture);
    let contrasts = architecture.training() == Training::Contrast;
    let mut spec = TrainingSpec {
        architecture,
        input: arguments.input.into(),
        start_from: arguments.start_from.clone(),
        positives: arguments.positives.into(),
        fine_tune: arguments.fine_tune,
        phases: arguments.phase.into(),
        encoding: arguments.encoding,
        embedding: arguments.embedding,
        seed: arguments.seed,
        include_restricted: arguments.include_restricted,
        span: arguments.span.map_or_else(|| architecture.span(settings.span), Span::from),
        ..TrainingSpec::default()
    };
    if let Some(epochs) = arguments.epochs {
        set_epochs(&mut spec, epochs);
    }
    spec.minimum_steps = arguments.minimum_steps.unwrap_or(spec.minimum_steps);
    spec.batch_tracks = arguments.batch.unwrap_or(spec.batch_tracks);
    spec.validation_share = arguments.validation_share.unwrap_or(spec.validation_share);
    if let Some(fold) = arguments.validation_fold {
        (spec.validation_from, spec.validation_share) = (fold.from(), fold.share());
    }
    if let Some(rate) = arguments.learning_rate {
        *if contrasts { &mut spec.contrast.learning_rate } else { &mut spec.learning_rate } = rate;
    }
    if let Some(margin) = arguments.margin {
        *if contrasts { &mut spec.contrast.margin } else { &mut spec.margin } = margin;
    }
    if arguments.three_seconds {
        spec.grid = SegmentGrid::THREE_SECONDS;
    }
    let contrast = &mut spec.contrast;
    contrast.loss = arguments.loss.into();
    contrast.negatives = arguments.negatives.into();
    contrast.augmentation.mix = arguments.mix;
    contrast.augmentation.stretch = arguments.stretch;
    contrast.augmentation.variation = arguments.variation;
    contrast.augmentation.bands = arguments.mask_bands;
    contrast.augmentation.frames = arguments.mask_frames;
    contrast.steps = arguments.steps.unwrap_or(contrast.steps);
    contrast.recordings = arguments.recordings.unwrap_or(contrast.recordings);
    contrast.segments = arguments.segments.unwrap_or(contrast.segments);
    contrast.temperature = arguments.temperature.unwrap_or(contrast.temperature);
    contrast.mean_weight = arguments.mean_weight.unwrap_or(contrast.mean_weight);
    contrast.measured = arguments.measured.unwrap_or(contrast.measured);
    contrast.context = arguments.context.unwrap_or(contrast.context);
    for kind in &arguments.without {
        match kind {
            AugmentationName::Level => contrast.augmentation.level = 0.0,
            AugmentationName::Equaliser => contrast.augmentation.equaliser = 0.0,
            AugmentationName::Noise => contrast.augmentation.noise = 0.0,
            AugmentationName::Gate => contrast.augmentation.gate = 0.0,
        }
    }
    spec.name = arguments
        .name
        .clone()
        .unwrap_or_else(|| format!("{}-{}-{}-seed-{}", architecture.name(), spec.encoding, spec.embedding, spec.seed));
    spec
}

/// Who names the epochs means them: no more are added for a small library.
fn set_epochs(spec: &mut TrainingSpec, epochs: usize) {
    spec.epochs = epochs;
    spec.embedding_epochs = epochs;
    spec.minimum_steps = 0;
}

/// How a run ended, in lines.
pub(super) fn summary(outcome: &TrainingOutcome) -> String {
    let mut text = format!("{} is trained and active, after {:.0} s.\n", outcome.name, outcome.seconds);
    if let (Some(loss), Some(accuracy)) = (outcome.encoding_loss, outcome.encoding_accuracy) {
        text.push_str(&format!("Reconstruction: loss {loss:.5}, cosine accuracy {:.2} %\n", accuracy * 100.0));
    }
    if let Some(centred) = outcome.centred_accuracy {
        text.push_str(&format!("Cosine accuracy of what differs from the mean segment: {:.2} %\n", centred * 100.0));
    }
    if let Some(detail) = outcome.detail {
        text.push_str(&format!("Fast change in the upper bands that comes back: {:.1} %\n", detail * 100.0));
    }
    if let (Some(loss), Some(accuracy)) = (outcome.embedding_loss, outcome.triplet_accuracy) {
        text.push_str(&format!("Embedding: loss {loss:.5}, triplets in order {:.2} %\n", accuracy * 100.0));
    }
    if let Some(retrieval) = outcome.retrieval {
        text.push_str(&format!("Contrast: nearest window of the same recording {:.2} %\n", retrieval * 100.0));
    }
    text
}
