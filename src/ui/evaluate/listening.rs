//! The listening study between two sessions: the settings of the next one, how it goes, and what was said.

use egui::{Button, ComboBox, DragValue, RichText, TextEdit, Ui};

use crate::domain::{ListeningSession, Metric};
use crate::jobs::message::{ListeningResults, ListeningSpec, results_table};
use crate::state::{AppCommand, AppState, Dialog, JobKind, ListeningCommand};
use crate::ui::{Commands, panel, theme, widgets};

use super::{intervals, lesson, round};

/// From this width on cards stand side by side.
const WIDE: f32 = 1_400.0;

/// Draws the listening study.
pub fn show(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    if let Some(hearing) = &state.listening.hearing {
        round::show(ui, state, hearing, commands);
        return;
    }
    let width = (ui.available_width() * 0.3).clamp(290.0, 380.0);
    let ground = egui::Frame::new().fill(theme::palette(ui).panel);
    egui::Panel::left("listening settings").resizable(false).exact_size(width).frame(ground).show(ui, |ui| {
        panel::scroll(ui, "listening form", |ui| form(ui, state, commands));
    });
    egui::CentralPanel::no_frame().show(ui, |ui| {
        panel::scroll(ui, "listening", |ui| {
            let results = state.listening.results.as_ref().filter(|results| !results.listeners.is_empty());
            match results {
                Some(results) => {
                    panel::card(ui, |ui| start(ui, state, commands));
                    panel::card(ui, |ui| outcome(ui, state, results, commands));
                    if ui.available_width() < WIDE {
                        panel::card(ui, |ui| lesson::show(ui, state, commands));
                        panel::card(ui, |ui| sessions(ui, state, commands));
                        return;
                    }
                    ui.columns(2, |columns| {
                        let [left, right] = columns else { return };
                        let layout = egui::Layout::top_down(egui::Align::Min);
                        left.with_layout(layout, |ui| panel::card(ui, |ui| lesson::show(ui, state, commands)));
                        right.with_layout(layout, |ui| panel::card(ui, |ui| sessions(ui, state, commands)));
                    });
                }
                None => panel::centred(ui, "nobody listened", 1_640.0, |ui| {
                    panel::card(ui, |ui| start(ui, state, commands));
                    panel::cards(ui, 370.0, 96.0, &HOW);
                    panel::card(ui, keys);
                    if state.listening.sessions.as_ref().is_some_and(|sessions| !sessions.is_empty()) {
                        panel::card(ui, |ui| sessions(ui, state, commands));
                    }
                }),
            }
        });
    });
}

/// How a session goes.
const HOW: [(&str, &str); 4] = [
    ("1  Hear a query", "30 s of a track of your library, drawn at random. Its name is not shown."),
    (
        "2  Hear what was recommended",
        "By several models and metrics, in random order, with tracks drawn by chance mixed in.",
    ),
    ("3  Answer four questions", "A similar vibe? A similar style? Enjoyed? Known before? Any of it can be skipped."),
    ("4  See who was right", "Means with intervals by model, metric and chance. Enough ratings teach the blend."),
];

/// The keys of a session.
fn keys(ui: &mut Ui) {
    panel::title(ui, "All from the keyboard");
    round::key_list(ui, &round::KEYS);
}

/// Why no session can start; `None` where one can.
fn refusal(state: &AppState, spec: &ListeningSpec) -> Option<&'static str> {
    match () {
        () if state.read_only => Some(panel::READS_ONLY),
        () if state.library.tracks.len() < 5 => {
            Some("There is too little to listen to. Import music, or make the demo library, under Data.")
        }
        () if spec.listener.trim().is_empty() => {
            Some("Say at the left who listens: a name, or any word that stands for you.")
        }
        () if spec.metrics.is_empty() => Some("Choose a metric at the left."),
        () => None,
    }
}

/// The session in preparation, or the buttons that start one or go on with one.
fn start(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    if let Some((id, job)) = state.jobs.of_kind(&JobKind::PlanListening) {
        panel::job(ui, id, job, &state.jobs, commands);
        return;
    }
    let spec = &state.listening.spec;
    let refusal = refusal(state, spec);
    ui.horizontal(|ui| {
        ui.label(panel::title_text(ui, "Ready to listen"));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_enabled_ui(refusal.is_none(), |ui| {
                if widgets::primary(ui, "Start listening").clicked() {
                    commands.push(AppCommand::Listening(ListeningCommand::Start));
                }
            });
            if let Some(open) = state.listening.open_session() {
                let (done, of) = open.progress();
                let text = format!("Go on as {} ({done} of {of})", open.listener);
                if ui.button(text).clicked() {
                    commands.push(AppCommand::Listening(ListeningCommand::GoOn(open.id)));
                }
            }
        });
    });
    match refusal {
        Some(refusal) => ui.label(RichText::new(refusal).color(theme::palette(ui).warning)),
        None => widgets::quiet(ui, amount(state, spec)),
    };
    if let Some(seed) = state.listening.other_seed() {
        ui.horizontal(|ui| {
            let text = format!("{} has been given the music of seed {}.", spec.listener.trim(), spec.seed);
            ui.label(RichText::new(text).color(theme::palette(ui).warning));
            if ui.button(format!("Take seed {seed}")).clicked() {
                let spec = ListeningSpec { seed, ..spec.clone() };
                commands.push(AppCommand::Listening(ListeningCommand::Edit(Box::new(spec))));
            }
        });
    }
}

/// How much there is to hear at most.
fn amount(state: &AppState, spec: &ListeningSpec) -> String {
    let models = spec.models.len().max(1);
    let picks = (models * spec.metrics.len() * spec.top + spec.chance).min(state.library.tracks.len());
    format!(
        "{} rounds; at most {picks} recommendations in each, fewer where models agree. Stop at any time and go on later.",
        spec.rounds
    )
}

fn form(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let mut spec = state.listening.spec.clone();
    ui.add_space(theme::SPACE_XS);
    panel::heading(ui, "Listening study", "Blind: nobody sees who recommended what, or what it is called.");
    panel::field(ui, "Listener", "A name, or any word that stands for you. Any number of people can listen.", |ui| {
        ui.add(TextEdit::singleline(&mut spec.listener).desired_width(f32::INFINITY).char_limit(60))
            .accessible_name("Listener");
    });
    let active = state.library.active_model().map(|model| model.name.clone());
    let mut chosen = if spec.models.is_empty() { active.clone().into_iter().collect() } else { spec.models.clone() };
    panel::field(ui, "Models", "Who recommends.", |ui| {
        ui.vertical(|ui| {
            for model in &state.library.models {
                toggle(ui, &mut chosen, model.name.clone(), &model.name);
            }
            if state.library.models.is_empty() {
                widgets::quiet(ui, "The bundled model");
            }
        });
    });
    spec.models = if chosen.len() == 1 && chosen.first() == active.as_ref() { Vec::new() } else { chosen };
    panel::field(ui, "Metrics", "How they compare tracks.", |ui| {
        ui.vertical(|ui| {
            for metric in Metric::ALL {
                toggle(ui, &mut spec.metrics, metric, metric.title());
            }
        });
    });
    spec.metrics.sort_by_key(|metric| *metric as usize);
    let number = |ui: &mut Ui, value: &mut usize, range, name: &str| {
        ui.add(DragValue::new(value).range(range)).accessible_name(name);
    };
    panel::field(ui, "Recommendations", "Of each model under each metric.", |ui| {
        number(ui, &mut spec.top, 1..=10, "Recommendations of each");
    });
    panel::field(ui, "By chance", "Tracks drawn at random in each round: what everything is measured against.", |ui| {
        number(ui, &mut spec.chance, 0..=10, "Chance picks");
    });
    panel::field(ui, "Rounds", "Queries, of as many artists as there are.", |ui| {
        number(ui, &mut spec.rounds, 1..=200, "Rounds");
    });
    panel::field(ui, "Seed", "The same seed plays the same music to everybody.", |ui| {
        ui.add(DragValue::new(&mut spec.seed)).accessible_name("Seed");
    });
    if spec != state.listening.spec {
        commands.push(AppCommand::Listening(ListeningCommand::Edit(Box::new(spec))));
    }
}

/// A box that puts something among the chosen ones, or takes it out.
fn toggle<T: PartialEq>(ui: &mut Ui, chosen: &mut Vec<T>, value: T, name: &str) {
    let mut on = chosen.contains(&value);
    if ui.checkbox(&mut on, name).accessible_name(format!("Listen to {name}")).changed() {
        if on {
            chosen.push(value);
        } else {
            chosen.retain(|known| *known != value);
        }
    }
}

/// What was said, by whom, and where it can be taken.
fn outcome(ui: &mut Ui, state: &AppState, results: &ListeningResults, commands: &mut Commands) {
    ui.horizontal(|ui| {
        panel::figure(ui, results.answered.to_string(), "answered");
        ui.add_space(theme::SPACE_L);
        panel::figure(ui, results.skipped.to_string(), "skipped");
        ui.add_space(theme::SPACE_L);
        panel::figure(ui, results.queries.to_string(), "queries");
        ui.add_space(theme::SPACE_L);
        panel::figure(ui, results.listeners.len().to_string(), "listeners");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Save answers…").on_hover_text("Every answer as a line of CSV").clicked() {
                commands.push(AppCommand::OpenDialog(Dialog::SaveAnswers));
            }
            let shown = &state.listening.listener;
            let mut chosen = shown.clone();
            ComboBox::from_id_salt("listener")
                .selected_text(chosen.as_deref().unwrap_or("Everybody"))
                .show_ui(ui, |ui| {
                    ui.selectable_value(&mut chosen, None, "Everybody");
                    for name in &results.listeners {
                        ui.selectable_value(&mut chosen, Some(name.clone()), name);
                    }
                })
                .response
                .accessible_name("Whose answers");
            if chosen != *shown {
                commands.push(AppCommand::Listening(ListeningCommand::ShowListener(chosen)));
            }
        });
    });
    ui.add_space(theme::SPACE_S);
    intervals::show(ui, results, &results_table(results));
}

/// Every session with how far it is.
fn sessions(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    panel::title(ui, "Sessions");
    egui::Grid::new("sessions").num_columns(4).striped(true).spacing([theme::SPACE_L, theme::SPACE_XS]).show(
        ui,
        |ui| {
            for session in state.listening.sessions.iter().flatten().rev() {
                row(ui, session, commands);
                ui.end_row();
            }
        },
    );
}

fn row(ui: &mut Ui, session: &ListeningSession, commands: &mut Commands) {
    let (done, of) = session.progress();
    ui.label(format!("{}  {}", session.id, session.listener));
    widgets::quiet(ui, format!("{} rounds, seed {}", session.rounds.len(), session.seed));
    widgets::quiet(ui, format!("{done} of {of}"));
    if session.is_done() {
        widgets::quiet(ui, "finished");
    } else if ui
        .add(Button::new("Go on").small())
        .accessible_name(format!("Go on with session {}", session.id))
        .clicked()
    {
        commands.push(AppCommand::Listening(ListeningCommand::GoOn(session.id)));
    }
}
