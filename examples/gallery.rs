//! A picture of every screen over a real library, in two sizes and two themes, by the rooms that the window itself is made of:
//!
//! ```sh
//! cargo run --example gallery -- LIBRARY FOLDER [NAME…]
//! ```
//!
//! LIBRARY is the folder of a library with an embedded model (`songline demo` makes one); FOLDER gets `NAME-SIZE-THEME.png`.
//! Names leave out the other screens. Nothing is played, and nothing but what jobs keep is written to the library.

#[path = "../benches/stage/mod.rs"]
#[allow(dead_code, reason = "other programs need the rest")]
mod stage;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui_wgpu::RendererOptions;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use egui_kittest::wgpu::{WgpuTestRenderer, create_render_state, default_wgpu_setup};
use songline::library::Library;
use songline::settings::{Settings, Theme};
use songline::state::{AppCommand, EvaluateTab, PlaylistCommand, PresentCommand, Screen, TourStep};
use songline::{model, render};

use stage::Stage;

const SIZES: [[f32; 2]; 2] = [[1_280.0, 800.0], [2_560.0, 1_440.0]];
const THEMES: [Theme; 2] = [Theme::Dark, Theme::Light];
/// What the harness leaves free around the window, in pixels; it is cut off.
const MARGIN: u32 = 8;
/// How long a scene may work before its picture is taken as it is.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is done before a picture is taken.
enum Act {
    Ask(AppCommand),
    /// Selects the track whose title is first in the alphabet.
    SelectFirst,
    /// Compares the selected track with its best recommendation.
    CompareBest,
    /// Asks for more of the best recommendation and less of the last.
    Weigh,
    /// Walks to the last recommendation.
    Walk,
    /// Opens "why" for the best recommendation.
    ExplainBest,
    /// Clicks what is labelled so.
    Click(&'static str),
    Key(egui::Key),
}

struct Scene {
    name: &'static str,
    acts: Vec<Act>,
}

fn scenes() -> Vec<Scene> {
    let show = |screen| Act::Ask(AppCommand::Show(screen));
    let scene = |name, acts: Vec<Act>| Scene { name, acts };
    let inspect =
        |name, page| scene(name, vec![Act::SelectFirst, show(Screen::Inspect), Act::CompareBest, Act::Click(page)]);
    let evaluate = |name, tab| scene(name, vec![show(Screen::Evaluate), Act::Ask(AppCommand::ShowEvaluateTab(tab))]);
    let mut scenes = vec![
        scene("explore", vec![Act::SelectFirst]),
        scene("explore-why", vec![Act::SelectFirst, Act::ExplainBest]),
        scene("explore-weights", vec![Act::SelectFirst, Act::Weigh]),
        scene("explore-playlist", vec![Act::SelectFirst, Act::Walk]),
        scene("explore-keys", vec![Act::SelectFirst, Act::Key(egui::Key::Questionmark)]),
        inspect("inspect-flow", "Flow"),
        inspect("inspect-points", "Points"),
        inspect("inspect-units", "Units"),
        inspect("inspect-by-ear", "By ear"),
        scene("lab", vec![show(Screen::Lab)]),
        scene("lab-pair", vec![Act::SelectFirst, Act::ExplainBest, Act::Click("Open both in the lab")]),
        scene("train", vec![show(Screen::Train)]),
        evaluate("evaluate-scorecard", EvaluateTab::Scorecard),
        evaluate("evaluate-listening", EvaluateTab::Listening),
        evaluate("evaluate-study", EvaluateTab::Studies),
        scene("data", vec![show(Screen::Data)]),
        scene("settings", vec![show(Screen::Settings)]),
    ];
    for (index, step) in TourStep::ALL.into_iter().enumerate() {
        const NAMES: [&str; 10] = [
            "present-01",
            "present-02",
            "present-03",
            "present-04",
            "present-05",
            "present-06",
            "present-07",
            "present-08",
            "present-09",
            "present-10",
        ];
        // The last step trains for a minute; its picture would be of the clock.
        if step != TourStep::Training {
            let mut acts = vec![Act::SelectFirst, Act::Ask(AppCommand::Present(PresentCommand::Start))];
            acts.extend((0..index).map(|_| Act::Ask(AppCommand::Present(PresentCommand::Next))));
            scenes.push(scene(NAMES[index], acts));
        }
    }
    scenes
}

type Shown<'a> = Harness<'a, Stage>;

/// Draws until nothing is under way any more.
fn settle(harness: &mut Shown<'_>) {
    let start = Instant::now();
    let mut quiet = 0;
    while quiet < 8 && start.elapsed() < PATIENCE {
        harness.run_steps(1);
        let busy = harness.state().state.jobs.any_running() || !harness.state().state.library.loaded;
        quiet = if busy { 0 } else { quiet + 1 };
        std::thread::sleep(Duration::from_millis(15));
    }
}

fn act(harness: &mut Shown<'_>, act: &Act) -> Result<(), Box<dyn Error>> {
    let best = |stage: &Stage| {
        let results = stage.state.query.results.as_ref();
        results.and_then(|results| results.items.first()).map(|item| item.track)
    };
    let last = |stage: &Stage| {
        let results = stage.state.query.results.as_ref();
        results.and_then(|results| results.items.last()).map(|item| item.track)
    };
    match act {
        Act::Ask(command) => harness.state_mut().ask(command.clone()),
        Act::SelectFirst => {
            let tracks = &harness.state().state.library.tracks;
            let first = tracks.iter().min_by_key(|track| track.title().to_owned()).ok_or("the library is empty")?.id;
            harness.state_mut().ask(AppCommand::Select(first));
        }
        Act::CompareBest => {
            let best = best(harness.state());
            harness.state_mut().ask(AppCommand::CompareWith(best));
        }
        Act::Weigh => {
            let (best, last) = best(harness.state()).zip(last(harness.state())).ok_or("nothing is recommended")?;
            harness.state_mut().ask(AppCommand::ToggleSeed(best));
            harness.state_mut().ask(AppCommand::LessLike(last));
        }
        Act::Walk => {
            let last = last(harness.state()).ok_or("nothing is recommended")?;
            harness.state_mut().ask(AppCommand::Playlist(PlaylistCommand::WalkTo(last)));
        }
        Act::ExplainBest => {
            let best = best(harness.state());
            harness.state_mut().ask(AppCommand::Explain(best));
        }
        Act::Click(label) => {
            harness.query_by_label(label).ok_or_else(|| format!("nothing is labelled {label:?}"))?.click()
        }
        Act::Key(key) => harness.key_press(*key),
    }
    settle(harness);
    Ok(())
}

fn picture(
    library: &Arc<Library>,
    scene: &Scene,
    size: [f32; 2],
    theme: Theme,
    file: &Path,
) -> Result<(), Box<dyn Error>> {
    let stage = Stage::new(library.clone(), Settings { theme, ..Settings::default() })?;
    let setup = create_render_state(default_wgpu_setup(), RendererOptions::PREDICTABLE);
    let installed = setup.clone();
    let mut harness = Harness::builder()
        .with_size(size.map(|side| side + 2.0 * MARGIN as f32))
        .with_pixels_per_point(1.0)
        .with_context_setup(move |context| render::install(context, &installed))
        .renderer(WgpuTestRenderer::from_render_state(setup))
        .build_ui_state(|ui, stage: &mut Stage| stage.frame(ui), stage);
    settle(&mut harness);
    for next in &scene.acts {
        act(&mut harness, next)?;
    }
    harness.run_steps(30);
    let [width, height] = size.map(|side| side as u32);
    let mut drawn = harness.render()?;
    image::imageops::crop(&mut drawn, MARGIN, MARGIN, width, height).to_image().save(file)?;
    // What a scene made in the library is taken back.
    while harness.state().state.history.to_undo().is_some() {
        harness.state_mut().ask(AppCommand::Undo);
        settle(&mut harness);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [library, folder, wanted @ ..] = arguments.as_slice() else {
        return Err("usage: cargo run --example gallery -- LIBRARY FOLDER [NAME…]".into());
    };
    model::default_to_cpu();
    let library = Arc::new(Library::open(library)?);
    std::fs::create_dir_all(folder)?;
    let mut failed = 0;
    for scene in scenes() {
        if !wanted.is_empty() && !wanted.iter().any(|name| name.as_os_str() == scene.name) {
            continue;
        }
        for size in SIZES {
            for theme in THEMES {
                let shade = if theme == Theme::Dark { "dark" } else { "light" };
                let file = folder.join(format!("{}-{}x{}-{shade}.png", scene.name, size[0], size[1]));
                match picture(&library, &scene, size, theme, &file) {
                    Ok(()) => println!("{}", file.display()),
                    Err(error) => {
                        failed += 1;
                        eprintln!("{}: {error}", scene.name);
                    }
                }
            }
        }
    }
    if failed > 0 { Err(format!("{failed} pictures failed").into()) } else { Ok(()) }
}
