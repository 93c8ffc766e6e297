//! The settings of a contrastive model: what a batch is made of, how long it learns, and what it must not listen to.

use egui::{DragValue, Ui, emath::Numeric};

use crate::jobs::message::{ContrastSpec, Loss, Negatives, TrainingSpec};
use crate::ui::{panel, widgets};

/// The settings that most runs change.
pub fn main(ui: &mut Ui, spec: &mut TrainingSpec) {
    let explanation = "How many batches the encoder learns from. More learn longer and hear finer.";
    number(ui, "Steps", explanation, &mut spec.contrast.steps, 1..=1_000_000, "");
    let explanation = "How often the decoder goes through all the music afterwards, to show what the encoding keeps.";
    number(ui, "Epochs, decoder", explanation, &mut spec.epochs, 1..=1_000, "");
}

/// The others. Siamese networks learn by pairs alone.
pub fn advanced(ui: &mut Ui, spec: &mut ContrastSpec, siamese: bool) {
    if !siamese {
        let explanation = "NT-Xent tells each segment from the whole batch at once; the others look at a few.";
        panel::field(ui, "Loss", explanation, |ui| {
            let options = [
                (Loss::NtXent, "NT-Xent", "Every segment against all others of the batch"),
                (Loss::BatchHard, "Triplets", "The farthest positive against the nearest negative"),
                (Loss::Pairs, "Pairs", "Pairs, alike or not, each by itself"),
            ];
            if let Some(loss) = widgets::segmented(ui, spec.loss, &options) {
                spec.loss = loss;
            }
        });
    }
    if siamese || spec.loss != Loss::NtXent {
        let explanation = "How much farther what does not belong must be; no two points are more than 2 apart.";
        real(ui, "Margin", explanation, &mut spec.margin, 0.01..=2.0);
    }
    let explanation = "What is pushed apart: an artist's recordings may well sound alike.";
    panel::field(ui, "Negatives", explanation, |ui| {
        let options = [
            (Negatives::Artists, "Artists", "Recordings by other artists, as far as the tags tell"),
            (Negatives::Recordings, "Recordings", "All other recordings"),
        ];
        if let Some(negatives) = widgets::segmented(ui, spec.negatives, &options) {
            spec.negatives = negatives;
        }
    });
    let explanation = "Recordings told apart at once. More make a harder task and need more memory.";
    number(ui, "Recordings in a batch", explanation, &mut spec.recordings, 2..=4_096, "");
    let explanation = "Segments of each recording in a batch; from two different half minutes where it is long enough.";
    number(ui, "Segments of each", explanation, &mut spec.segments, 2..=64, "");
    if !siamese && spec.loss == Loss::NtXent {
        let explanation = "The lower, the more the nearest wrong recordings count.";
        real(ui, "Temperature", explanation, &mut spec.temperature, 0.01..=10.0);
    }
    let explanation = "How much the means of half minutes count beside single segments.";
    real(ui, "Weight of means", explanation, &mut spec.mean_weight, 0.0..=100.0);
    if !siamese {
        let explanation =
            "How much measured timbre, roughness, rhythm and interplay count beside what is learnt. 0 leaves them out.";
        percent(ui, "Measured", explanation, &mut spec.measured, 90.0);
        let explanation = "How much the 15 seconds before and after a segment count beside the segment itself.";
        real(ui, "Context", explanation, &mut spec.context, 0.0..=10.0);
    }
    let explanation = "The highest; it rises for a tenth of the steps, then falls.";
    real(ui, "Learning rate", explanation, &mut spec.learning_rate, 1e-6..=1.0);
    let explanation = "Pulls all weights towards 0, against learning by heart.";
    real(ui, "Weight decay", explanation, &mut spec.weight_decay, 0.0..=1.0);
    let explanation = "Steps between two looks at the artists kept aside.";
    number(ui, "Steps an epoch", explanation, &mut spec.steps_per_epoch, 1..=10_000, "");

    let augmentation = &mut spec.augmentation;
    let explanation = "The most a segment's level is turned down, so that loudness does not decide. 0 leaves it.";
    decibels(ui, "Change of level", explanation, &mut augmentation.level);
    let explanation = "How far its spectrum is bent, so that equalisation does not decide. 0 leaves it.";
    decibels(ui, "Change of spectrum", explanation, &mut augmentation.equaliser);
    let explanation =
        "The highest floor of noise, above silence at −80 dB, that every other segment gets. 0 adds none.";
    decibels(ui, "Noise", explanation, &mut augmentation.noise);
    let explanation = "Every other segment loses what lies below a level up to this, as in lossy files. 0 keeps all.";
    decibels(ui, "Gate", explanation, &mut augmentation.gate);
    let explanation = "The most mel bands hidden at once. 0 hides none.";
    number(ui, "Hidden bands", explanation, &mut augmentation.bands, 0..=60, "");
    let explanation = "The most frames hidden at once, 50 a second. 0 hides none.";
    number(ui, "Hidden frames", explanation, &mut augmentation.frames, 0..=150, "");
    let explanation = "Other music mixed into every other segment, at up to this share of its amplitude. 0 adds none.";
    percent(ui, "Mixed in", explanation, &mut augmentation.mix, 100.0);
    let explanation = "How much faster or slower a segment may be played. 0 leaves its tempo.";
    percent(ui, "Stretch", explanation, &mut augmentation.stretch, 50.0);
    let explanation = "How far all segments of a recording change alike, in pitch, tempo and spectrum. 0 leaves them.";
    percent(ui, "Variation", explanation, &mut augmentation.variation, 100.0);
}

fn number<N: Numeric>(
    ui: &mut Ui,
    name: &str,
    explanation: &str,
    value: &mut N,
    range: std::ops::RangeInclusive<N>,
    suffix: &str,
) {
    panel::field(ui, name, explanation, |ui| {
        ui.add(DragValue::new(value).range(range).suffix(suffix)).accessible_name(name);
    });
}

fn real<N: Numeric>(ui: &mut Ui, name: &str, explanation: &str, value: &mut N, range: std::ops::RangeInclusive<N>) {
    panel::field(ui, name, explanation, |ui| {
        let speed = (value.to_f64() * 0.01).max(1e-5);
        ui.add(DragValue::new(value).range(range).speed(speed).max_decimals(5)).accessible_name(name);
    });
}

fn percent(ui: &mut Ui, name: &str, explanation: &str, value: &mut f32, most: f32) {
    let mut shown = *value * 100.0;
    panel::field(ui, name, explanation, |ui| {
        let drag = DragValue::new(&mut shown).range(0.0..=most).speed(0.5).max_decimals(0).suffix(" %");
        if ui.add(drag).accessible_name(name).changed() {
            *value = shown / 100.0;
        }
    });
}

/// A share of the 80 dB that a spectrogram's 0 to 1 stand for.
fn decibels(ui: &mut Ui, name: &str, explanation: &str, value: &mut f32) {
    let mut shown = *value * 80.0;
    panel::field(ui, name, explanation, |ui| {
        let drag = DragValue::new(&mut shown).range(0.0..=80.0).speed(0.1).max_decimals(1).suffix(" dB");
        if ui.add(drag).accessible_name(name).changed() {
            *value = shown / 80.0;
        }
    });
}
