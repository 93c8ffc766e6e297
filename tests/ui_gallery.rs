//! Pictures of every state of the window, to be looked at: written to the folder that `SONGLINE_GALLERY` names,
//! skipped without it.

mod ui;

use std::path::PathBuf;
use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use songline::audio::message::PlayerEvent;
use songline::domain::{Metric, Progress, TrackId};
use songline::jobs::message::{JobOutput, JobSpec, Partial};
use songline::settings::{Settings, Theme};
use songline::state::{AppCommand, ColourBy, Example, LabCommand, PresentCommand, Screen, Severity};
use ui::Window;

fn explored(theme: Theme) -> Window {
    let mut window = Window::new(Settings { theme, ..Settings::default() }, 200);
    window.ask(AppCommand::Select(TrackId(3)));
    window.answer_all(20);
    let best = window.state.query.results.as_ref().unwrap().items[0].track;
    window.ask(AppCommand::PlayTrack(TrackId(3)));
    let token = 1;
    window.state.on_player(&PlayerEvent::Started { token, duration_s: 201.0 });
    window.state.on_player(&PlayerEvent::Position { token, seconds: 27.0 });
    window.answer(JobOutput::Sketch(ui::sketch(TrackId(3))));
    window.ask(AppCommand::ToggleSeed(best));
    window.answer_results(20);
    window
}

fn picture(name: &str, size: [f32; 2], scale: f32, window: Window) {
    let Some(folder) = std::env::var_os("SONGLINE_GALLERY").map(PathBuf::from) else {
        println!("skipped: SONGLINE_GALLERY is not set");
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    let mut harness = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .wgpu()
        .build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    harness.run_steps(4);
    harness.render().unwrap().save(folder.join(format!("{name}.png"))).unwrap();
}

/// A picture after something was done with the mouse or the keyboard.
fn picture_after(name: &str, window: Window, act: impl Fn(&Harness<'_, Window>)) {
    let Some(folder) = std::env::var_os("SONGLINE_GALLERY").map(PathBuf::from) else {
        println!("skipped: SONGLINE_GALLERY is not set");
        return;
    };
    let builder = Harness::builder().with_size(SMALL).wgpu();
    let mut harness = builder.build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
    harness.run_steps(3);
    act(&harness);
    harness.run_steps(40);
    harness.render().unwrap().save(folder.join(format!("{name}.png"))).unwrap();
}

#[test]
fn touched() {
    picture_after("help", explored(Theme::Dark), |harness| harness.key_press(egui::Key::Questionmark));
    picture_after("zoomed", explored(Theme::Dark), |harness| {
        harness.get_by_label("Zoom to the query and its recommendations").click();
    });
    picture_after("hover", explored(Theme::Light), |harness| {
        harness.hover_at(egui::pos2(503.0, 419.0));
    });
    picture_after("focus", explored(Theme::Dark), |harness| harness.get_by_label("Only Jazz, 24 tracks").click());
    picture_after("again", explored(Theme::Dark), |harness| harness.get_by_label("Lay out again…").click());
    picture_after("menu", explored(Theme::Dark), |harness| {
        harness.get_by_label("Slow River by Static Ensemble").click_secondary();
    });
}

const SMALL: [f32; 2] = [1280.0, 800.0];
const LARGE: [f32; 2] = [2560.0, 1440.0];

#[test]
fn explore() {
    picture("explore-dark", SMALL, 1.0, explored(Theme::Dark));
    picture("explore-light", SMALL, 1.0, explored(Theme::Light));
    picture("explore-dark-large", LARGE, 1.0, explored(Theme::Dark));
    picture("explore-projector", [1920.0, 1080.0], 2.0, explored(Theme::Light));
}

#[test]
fn why() {
    for (name, theme) in [("why-dark", Theme::Dark), ("why-light", Theme::Light)] {
        let mut window = explored(theme);
        let target = window.state.query.results.as_ref().unwrap().items[0].track;
        window.ask(AppCommand::Explain(Some(target)));
        window.answer(JobOutput::Explained(Box::new(ui::explanation(target))));
        window.ask(AppCommand::SelectPair { query: 9, target: 8 });
        picture(name, SMALL, 1.0, window);
    }
}

#[test]
fn first_start() {
    for (name, theme) in [("welcome-dark", Theme::Dark), ("welcome-light", Theme::Light)] {
        picture(name, SMALL, 1.0, Window::new(Settings { theme, ..Settings::default() }, 0));
    }
    let mut window = Window::new(Settings::default(), 0);
    window.ask(AppCommand::MakeDemo);
    let id = window.job(|spec| matches!(spec, JobSpec::MakeDemo));
    window.progress(id, Progress::new("Composing", 23, Some(72)).with_detail("Glass Harbour"));
    picture("welcome-busy", SMALL, 1.0, window);
}

#[test]
fn unfinished() {
    let mut window = Window::new(Settings::default(), 200);
    picture("no-map", SMALL, 1.0, window);
    window = Window::new(Settings::default(), 200);
    let points = ui::layout(&window.state).points;
    let positions = points.iter().map(|point| (point.track, [point.x, point.y])).collect();
    let id = window.job(|spec| matches!(spec, JobSpec::BuildMap { .. }));
    window.progress(id, Progress::new("t-SNE", 120, Some(1_000)));
    window.state.on_job(songline::jobs::message::JobEvent::Partial {
        id,
        partial: Partial::Map { epoch: 120, epochs: 1_000, positions: Arc::new(positions) },
    });
    window.ask(AppCommand::SetMetric(Metric::Blend));
    window.state.notices.push(Severity::Info, "64 tracks imported, 2 unchanged", "");
    window.state.notices.push(
        Severity::Warning,
        "Nothing can be heard: no audio output",
        "Everything else works. Connect an output and press play to try again.",
    );
    window.state.notices.push(Severity::Error, "Import failed", "The folder /music/broken is not there any more.");
    picture("making", SMALL, 1.0, window);
}

#[test]
fn asked_about_a_file() {
    let mut window = explored(Theme::Dark);
    window.ask(AppCommand::RecommendFile("/home/ada/Sketches/rehearsal take 7.wav".into()));
    window.ask(AppCommand::SetMetric(Metric::Blend));
    window.ask(AppCommand::ColourMapBy(ColourBy::Cluster));
    picture("file", SMALL, 1.0, window);
}

#[test]
fn many_points() {
    let mut window = Window::new(Settings::default(), 30_000);
    window.ask(AppCommand::Select(TrackId(3)));
    window.answer_all(20);
    picture("many", SMALL, 1.0, window);
}

#[test]
fn lab() {
    for (name, size, theme) in
        [("lab-dark", SMALL, Theme::Dark), ("lab-light", SMALL, Theme::Light), ("lab-large", LARGE, Theme::Dark)]
    {
        let mut window = explored(theme);
        window.ask(AppCommand::Show(Screen::Lab));
        window.ask(AppCommand::Lab(LabCommand::Load(Example::Outlier)));
        picture(name, size, 1.0, window);
    }
    for metric in [Metric::Mean, Metric::Min, Metric::Dtw] {
        let mut window = explored(Theme::Dark);
        window.ask(AppCommand::Show(Screen::Lab));
        window.ask(AppCommand::Lab(LabCommand::Load(Example::Slower)));
        window.ask(AppCommand::Lab(LabCommand::Draw(metric)));
        picture(&format!("lab-{}", metric.name()), SMALL, 1.0, window);
    }
}

#[test]
fn present() {
    for (name, size, theme, steps) in [
        ("present-library", SMALL, Theme::Dark, 0),
        ("present-line", SMALL, Theme::Light, 4),
        ("present-neighbours", LARGE, Theme::Dark, 5),
    ] {
        let mut window = explored(theme);
        window.ask(AppCommand::Present(PresentCommand::Start));
        for _ in 0..steps {
            window.ask(AppCommand::Present(PresentCommand::Next));
        }
        picture(name, size, 1.0, window);
    }
}
