//! The settings of the next training run, each with one line that says what it does.

use egui::{ComboBox, DragValue, TextEdit, Ui};

use crate::domain::{SegmentGrid, Span};
use crate::jobs::message::{Architecture, Input, ModelSummary, PhaseChoice, Positives, Training, TrainingSpec};
use crate::state::{AppCommand, AppState, JobKind};
use crate::ui::{Commands, panel, theme, widgets};

use super::contrast;

/// Widths of the bottleneck that the published system was measured with.
const ENCODINGS: [usize; 5] = [16, 32, 64, 128, 256];
const EMBEDDINGS: [usize; 2] = [64, 128];

/// Why a run of that name cannot start; `None` where it can.
pub fn refusal(state: &AppState) -> Option<String> {
    if state.read_only {
        return Some(panel::READS_ONLY.to_owned());
    }
    let name = state.training.spec.name.as_str();
    if name.trim().is_empty() {
        return Some("Give the model a name.".to_owned());
    }
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    if !name.chars().all(allowed) || name.starts_with(['.', ' ']) || name.ends_with(['.', ' ']) {
        return Some("The name becomes a folder: letters, digits, spaces, - _ and . inside it are fine.".to_owned());
    }
    if state.library.models.iter().any(|model| model.bundled && model.name == name) {
        return Some(format!("{name} came with Songline and stays as it is. Choose another name."));
    }
    if state.library.tracks.is_empty() {
        return Some("There is nothing to train on. Import music, or make the demo library, under Data.".to_owned());
    }
    None
}

/// Draws the form.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let mut spec = state.training.spec.clone();
    ui.add_space(theme::SPACE_XS);
    panel::heading(ui, "Training", about(spec.architecture));
    let running = state.jobs.of_kind(&JobKind::Train).is_some();
    if running {
        widgets::quiet(ui, "The run under way keeps its settings; changes here are for the next one.");
        ui.add_space(theme::SPACE_S);
    }
    model(ui, &mut spec, state.settings.span);
    phases(ui, &mut spec);
    restricted(ui, state, &mut spec);
    egui::CollapsingHeader::new("Advanced").id_salt("advanced").show_unindented(ui, |ui| {
        ui.add_space(theme::SPACE_S);
        advanced(ui, &state.library.models, &mut spec);
        watched(ui, state, &mut spec);
    });
    ui.add_space(theme::SPACE_S);
    let defaults = TrainingSpec {
        name: spec.name.clone(),
        span: state.settings.span,
        watch: spec.watch,
        ..TrainingSpec::default()
    };
    if ui.add_enabled(spec != defaults, egui::Button::new("Reset to defaults")).clicked() {
        spec = defaults;
    }
    ui.add_space(theme::SPACE_M);
    if spec != state.training.spec {
        commands.push(AppCommand::EditTraining(Box::new(spec)));
    }
}

/// `span` is what is heard of a track where the architecture leaves that open.
fn model(ui: &mut Ui, spec: &mut TrainingSpec, span: Span) {
    panel::field(
        ui,
        "Name",
        "Names the model and its folder. The same name and settings go on with a stopped run.",
        |ui| {
            ui.add(TextEdit::singleline(&mut spec.name).desired_width(f32::INFINITY).align(egui::Align2::LEFT_CENTER))
                .accessible_name("Name");
        },
    );
    panel::field(ui, "Architecture", layers_of(spec.architecture), |ui| {
        let text = title_of(spec.architecture);
        ComboBox::from_id_salt("architecture")
            .selected_text(text)
            .show_ui(ui, |ui| {
                for architecture in Architecture::ALL {
                    let title = title_of(architecture);
                    if ui.selectable_value(&mut spec.architecture, architecture, title).clicked() {
                        spec.span = architecture.span(span);
                    }
                }
            })
            .response
            .accessible_name("Architecture");
    });
    let explanation = "N: how many numbers a segment is squeezed into. More keep more detail and train longer.";
    panel::field(ui, "Encoding", explanation, |ui| {
        numbers(ui, "Encoding", &mut spec.encoding, &ENCODINGS);
    });
    let explanation = "M: dimensions of the point that similarity compares.";
    panel::field(ui, "Embedding", explanation, |ui| {
        numbers(ui, "Embedding", &mut spec.embedding, &EMBEDDINGS);
    });
}

/// Where the library has sound of others, whether to learn from it is the user's own decision.
fn restricted(ui: &mut Ui, state: &AppState, spec: &mut TrainingSpec) {
    let count = state.spotify.origins.values().filter(|origin| !origin.trainable).count();
    if count == 0 {
        return;
    }
    let explanation = "Those who give previews do not allow networks to learn from them. They are left out unless you decide \
        otherwise.";
    panel::field(ui, "Previews", explanation, |ui| {
        let text = if count == 1 {
            "Learn from 1 preview too".to_owned()
        } else {
            format!("Learn from {} previews too", widgets::count(count))
        };
        ui.checkbox(&mut spec.include_restricted, text);
    });
}

fn phases(ui: &mut Ui, spec: &mut TrainingSpec) {
    let (explanation, one, two) = match spec.architecture.training() {
        Training::Reconstruction => (
            "1 learns to give a picture back from its encoding; 2 learns which segments belong together.",
            "The autoencoder alone",
            "The embedding alone, on top of a finished phase 1 of the same name",
        ),
        Training::Contrast => (
            "1 learns which segments belong together; 2 learns to draw what the encoding has kept.",
            "Encoder and embedding alone",
            "The decoder alone, on top of a finished phase 1 of the same name",
        ),
    };
    panel::field(ui, "Phases", explanation, |ui| {
        let options = [
            (PhaseChoice::Both, "Both", "One after the other"),
            (PhaseChoice::One, "1", one),
            (PhaseChoice::Two, "2", two),
        ];
        if let Some(phases) = widgets::segmented(ui, spec.phases, &options) {
            spec.phases = phases;
        }
    });
    match spec.architecture.training() {
        Training::Reconstruction => epochs(ui, spec),
        Training::Contrast => contrast::main(ui, spec),
    }
    let explanation = "What belongs together. Recordings need no labels; artists use the tags.";
    panel::field(ui, "Positives", explanation, |ui| {
        let options = [
            (Positives::Recording, "Recording", "Segments of the same recording"),
            (Positives::Artist, "Artist", "Segments of different recordings by the same artist"),
            (Positives::Both, "Both", "Either as often as the other"),
        ];
        if let Some(positives) = widgets::segmented(ui, spec.positives, &options) {
            spec.positives = positives;
        }
    });
    let explanation = "Preview trains on 30 s of each track; whole on all of it, which takes longer.";
    panel::field(ui, "Span", explanation, |ui| {
        let options = [
            (Span::Preview, "Preview", "30 s of each track"),
            (Span::Whole, "Whole tracks", "All of each track, from 4 s up"),
        ];
        if let Some(span) = widgets::segmented(ui, spec.span, &options) {
            spec.span = span;
        }
    });
    let explanation = "How tracks are cut: 4 s every 2 s (14 in 30 s), or 3 s without overlap (10 in 30 s).";
    panel::field(ui, "Segments", explanation, |ui| {
        let options = [
            (SegmentGrid::default(), "4 s / 2 s", "4 s long, one every 2 s"),
            (SegmentGrid::THREE_SECONDS, "3 s", "3 s long, one after the other"),
        ];
        if let Some(grid) = widgets::segmented(ui, spec.grid, &options) {
            spec.grid = grid;
        }
    });
}

fn epochs(ui: &mut Ui, spec: &mut TrainingSpec) {
    let explanation = "How often phase 1 goes through all the music.";
    panel::field(ui, "Epochs, phase 1", explanation, |ui| {
        ui.add(DragValue::new(&mut spec.epochs).range(1..=1_000)).accessible_name("Epochs, phase 1");
    });
    let explanation = "How often phase 2 goes through all the music.";
    panel::field(ui, "Epochs, phase 2", explanation, |ui| {
        ui.add(DragValue::new(&mut spec.embedding_epochs).range(1..=1_000)).accessible_name("Epochs, phase 2");
    });
}

fn advanced(ui: &mut Ui, models: &[ModelSummary], spec: &mut TrainingSpec) {
    if spec.architecture != Architecture::Dense {
        convolutions(ui, models, spec);
    }
    match spec.architecture.training() {
        Training::Reconstruction => advanced_reconstruction(ui, spec),
        Training::Contrast => {
            contrast::advanced(ui, &mut spec.contrast, spec.architecture == Architecture::Siamese);
        }
    }
    let explanation = "Artists kept aside to measure on music the model has never heard.";
    panel::field(ui, "Validation share", explanation, |ui| {
        let mut percent = spec.validation_share * 100.0;
        let value = DragValue::new(&mut percent).range(0.0..=50.0).speed(0.5).max_decimals(0).suffix(" %");
        if ui.add(value).accessible_name("Validation share").changed() {
            spec.validation_share = percent / 100.0;
        }
    });
    let explanation =
        "Epochs of the autoencoder, embedding or decoder without progress after which it ends; 0 never ends early.";
    panel::field(ui, "Patience", explanation, |ui| {
        ui.add(DragValue::new(&mut spec.patience).range(0..=1_000)).accessible_name("Patience");
    });
    let explanation = "The same seed and music give the same model again.";
    panel::field(ui, "Seed", explanation, |ui| {
        ui.add(DragValue::new(&mut spec.seed)).accessible_name("Seed");
    });
}

fn advanced_reconstruction(ui: &mut Ui, spec: &mut TrainingSpec) {
    let explanation = "Tracks learned from at once in phase 1. Larger is steadier and needs more memory.";
    panel::field(ui, "Batch, phase 1", explanation, |ui| {
        let value = DragValue::new(&mut spec.batch_tracks).range(1..=1_024).suffix(" tracks");
        ui.add(value).accessible_name("Batch, phase 1");
    });
    let explanation = "Phase 1 takes at least so many steps: a small library is seen more often than the epochs say.";
    panel::field(ui, "Steps at least", explanation, |ui| {
        ui.add(DragValue::new(&mut spec.minimum_steps).range(0..=100_000)).accessible_name("Steps at least");
    });
    let explanation = "Phase 1 takes at least so many steps an epoch: with few tracks, batches are smaller.";
    panel::field(ui, "Steps an epoch at least", explanation, |ui| {
        let value = DragValue::new(&mut spec.steps_per_epoch).range(0..=10_000);
        ui.add(value).accessible_name("Steps an epoch at least");
    });
    let explanation = "Triplets (a segment, the next one, one of another track) learned from at once in phase 2.";
    panel::field(ui, "Batch, phase 2", explanation, |ui| {
        let value = DragValue::new(&mut spec.batch_triplets).range(1..=4_096).suffix(" triplets");
        ui.add(value).accessible_name("Batch, phase 2");
    });
    let explanation = "How far each step moves the weights. Too large never settles, too small takes for ever.";
    panel::field(ui, "Learning rate", explanation, |ui| {
        let value = DragValue::new(&mut spec.learning_rate).range(1e-6..=1.0).speed(1e-5).max_decimals(6);
        ui.add(value).accessible_name("Learning rate");
    });
    let explanation = "How much farther another track's segment must be than the one that belongs.";
    panel::field(ui, "Margin", explanation, |ui| {
        let value = DragValue::new(&mut spec.margin).range(0.0..=10.0).speed(0.01).max_decimals(3);
        ui.add(value).accessible_name("Margin");
    });
    let explanation = "Lets phase 2 change the encoder too, where it otherwise stays as phase 1 left it. Takes longer.";
    panel::field(ui, "Fine-tune encoder", explanation, |ui| {
        ui.checkbox(&mut spec.fine_tune, "").accessible_name("Fine-tune encoder");
    });
}

/// What networks that listen by convolutions can be told.
fn convolutions(ui: &mut Ui, models: &[ModelSummary], spec: &mut TrainingSpec) {
    let explanation = "What the network is shown beside the log-mel bands: nothing, what lasts and what strikes, or what left and right do not share. More takes longer.";
    panel::field(ui, "Input", explanation, |ui| {
        let options = [
            (Input::Plain, "Plain", "The log-mel spectrogram alone"),
            (Input::Separated, "Separated", "Beside it its harmonic and its percussive part"),
            (
                Input::Stereo,
                "Stereo",
                "Beside it what left and right do not share; the files are listened to once more",
            ),
        ];
        if let Some(input) = widgets::segmented(ui, spec.input, &options) {
            spec.input = input;
        }
    });
    let explanation = "Begins with the convolutions that another model of the same input has learnt.";
    panel::field(ui, "Start from", explanation, |ui| {
        ComboBox::from_id_salt("start from")
            .selected_text(spec.start_from.as_deref().unwrap_or("Nothing"))
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut spec.start_from, None, "Nothing");
                let listening = models.iter().filter(|model| model.architecture != Architecture::Dense.name());
                for model in listening.filter(|model| model.name != spec.name) {
                    ui.selectable_value(&mut spec.start_from, Some(model.name.clone()), &model.name);
                }
            })
            .response
            .accessible_name("Start from");
    });
}

fn watched(ui: &mut Ui, state: &AppState, spec: &mut TrainingSpec) {
    let title = spec.watch.and_then(|track| state.library.track(track)).map(|track| track.title().to_owned());
    let explanation = "The track whose reconstruction is shown while the model learns.";
    panel::field(ui, "Watched track", explanation, |ui| {
        ui.vertical(|ui| {
            let text = title.unwrap_or_else(|| "First kept aside".to_owned());
            ui.add(egui::Label::new(text).truncate());
            ui.horizontal_wrapped(|ui| {
                let other = state.selected().filter(|track| spec.watch != Some(*track));
                if ui.add_enabled(other.is_some(), egui::Button::new("Watch selected")).clicked() {
                    spec.watch = other;
                }
                if spec.watch.is_some() && ui.button("Automatic").clicked() {
                    spec.watch = None;
                }
            });
        });
    });
}

fn numbers(ui: &mut Ui, name: &str, value: &mut usize, options: &[usize]) {
    ComboBox::from_id_salt(name)
        .selected_text(value.to_string())
        .width(72.0)
        .show_ui(ui, |ui| {
            for option in options {
                ui.selectable_value(value, *option, option.to_string());
            }
        })
        .response
        .accessible_name(name);
}

fn about(architecture: Architecture) -> &'static str {
    match architecture.training() {
        Training::Reconstruction => "Two phases: learn to compress sound, then learn which sounds belong together.",
        Training::Contrast => "Two phases: learn which sounds belong together, then learn to draw what was kept.",
    }
}

fn layers_of(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Dense => "Fully connected layers, H·W to N to N to N to H·W, then N to M: the published system.",
        Architecture::Conv => {
            "Principal axes, and convolutions that sharpen what they draw; then N to M. Slower to train."
        }
        Architecture::Siamese => "The contrastive network, learning from pairs alone. Train it on whole tracks.",
        Architecture::Contrastive => {
            "Convolutions along time, pooled to N and M: recommends better. Train it on whole tracks."
        }
    }
}

fn title_of(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Dense => "Dense",
        Architecture::Conv => "Convolutional",
        Architecture::Contrastive => "Contrastive",
        Architecture::Siamese => "Siamese",
    }
}
